package timeline_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"held/rules/protocol"
	"held/rules/timeline"
)

// entered is a worked case as somebody enters it in the room; now is when it is
// asked about.
func entered(t *testing.T, c protocol.Case) (tl timeline.Timeline, now time.Time) {
	t.Helper()
	d := &device{name: "tablet"}
	reading := timeline.VitalsBody{Pulse: told(c.HR), Oxygen: told(c.SpO2), Breaths: told(c.RR), MOAAS: told(c.MOAAS), Dissociation: told(c.Dissociation)}
	if c.BP.Known {
		reading.Systolic, reading.Diastolic = n(c.BP.Value[0]), n(c.BP.Value[1])
	}
	if c.Temp.Known {
		reading.Warmth = &c.Temp.Value
	}
	now = noon.Add(20 * time.Minute)
	if c.Elapsed.Known {
		now = noon.Add(time.Duration(c.Elapsed.Value) * time.Minute)
	}
	at := now.Add(-2 * time.Minute)
	if c.Phase != protocol.PhaseBefore {
		d.enter(t, noon, timeline.Dose, timeline.DoseBody{Medicine: string(c.Product)})
	}
	first := d.enter(t, at, timeline.Vitals, reading)
	if c.Repeat.Known {
		d.enter(t, at.Add(time.Minute), timeline.Vitals, timeline.VitalsBody{Systolic: n(c.Repeat.Value[0]), Diastolic: n(c.Repeat.Value[1]), Repeats: first})
	}
	for _, s := range c.Symptoms {
		d.enter(t, at, timeline.Symptom, timeline.CodeBody{Code: s})
	}
	leave(t, d, c, at)
	tl = timeline.Merge(d.made)
	tl.Base = timeline.Base{At: noon.Add(-time.Hour), Age: c.Age, BP: c.Baseline, SpO2: c.SpO2Base}
	return tl, now
}

func told(v protocol.Told[int]) *int {
	if !v.Known {
		return nil
	}
	return &v.Value
}

// leave enters what is asked before somebody goes.
func leave(t *testing.T, d *device, c protocol.Case, at time.Time) {
	t.Helper()
	for item, v := range map[string]protocol.Told[bool]{
		"walks": c.Walks, "nausea_controlled": c.Nausea, "fluids": c.Fluids, "instructions": c.Instructions, "intent": c.Intent, "bp_accepted": c.BPAgreed,
	} {
		if v.Known {
			d.enter(t, at, timeline.Check, `{"item":"`+item+`","value":`+strconv.FormatBool(v.Value)+`}`)
		}
	}
	if c.Oriented.Known {
		d.enter(t, at, timeline.Check, `{"item":"oriented","value":`+strconv.Itoa(c.Oriented.Value)+`}`)
	}
	if c.Escort.Known {
		d.enter(t, at, timeline.Check, `{"item":"escort","value":"`+c.Escort.Value+`"}`)
	}
	if c.Aldrete.Known {
		answers := map[string]any{}
		for i, v := range c.Aldrete.Value {
			answers[timeline.AldreteItems[i]] = v
		}
		d.enter(t, at, timeline.Scale, timeline.ScaleBody{Instrument: "aldrete", Answers: answers})
	}
}

// TestTheWorkedCasesComeOutOfTheRoom enters every worked case of the facts, and
// the further ones, as the room does; what comes out is what the protocol's
// rules say of the case itself.
func TestTheWorkedCasesComeOutOfTheRoom(t *testing.T) {
	read := 0
	for _, file := range []string{"../protocol/testdata/cases.jsonl", "../protocol/testdata/further.jsonl"} {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var want struct{ Case, Expect string }
			if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			c, err := protocol.ReadCase(bytes.NewReader(lines.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if c.Phase == protocol.PhaseEligibility {
				continue // asked before anybody has a room
			}
			read++
			comesOut(t, want.Case, want.Expect, c)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if read < 30 {
		t.Errorf("only %d cases came out of the room", read)
	}
}

func comesOut(t *testing.T, name, expect string, c protocol.Case) {
	t.Helper()
	doc := example()
	if c.Phase == protocol.PhaseBefore && c.Product != "" {
		return // before a dose, a room is for its session's medicine
	}
	tl, now := entered(t, c)
	got := tl.Judge(doc, now)
	if c.Phase == protocol.PhaseDischarge {
		leaving := tl.Case(protocol.PhaseDischarge, doc, now)
		leaving.AllOther = c.AllOther // nobody can enter that all else is as it should be
		if c.BPFalling.Known {
			leaving.BPFalling = c.BPFalling
		}
		got = doc.Evaluate(leaving)
	}
	if got.Result != expect {
		t.Errorf("%s comes out as %s, want %s: %v", name, got.Result, expect, got.Why)
	}
	if got.Result != protocol.OK && len(got.Why) == 0 {
		t.Errorf("%s is %s without a reason", name, got.Result)
	}
}

// weight is how grave a result is during a session.
func weight(t *testing.T, r protocol.Result) int {
	t.Helper()
	i := slices.Index([]string{protocol.OK, protocol.NotCleared, protocol.Amber, protocol.Red}, r.Result)
	if i < 0 {
		t.Fatalf("%s is no result during a session", r.Result)
	}
	return i
}

// during is a session with a dose, in which nothing speaks against anything.
func during(t *testing.T) (d *device, base timeline.Base) {
	t.Helper()
	d = &device{name: "tablet"}
	d.enter(t, noon, timeline.Dose, timeline.DoseBody{})
	return d, timeline.Base{At: noon.Add(-time.Hour), Age: protocol.Tell(44), BP: protocol.Tell(protocol.BP{124, 78})}
}

func calm() timeline.VitalsBody {
	return timeline.VitalsBody{Systolic: n(124), Diastolic: n(78), Pulse: n(72), Oxygen: n(98), Breaths: n(14), MOAAS: n(5)}
}

func judge(d *device, base timeline.Base, now time.Time) protocol.Result {
	tl := timeline.Merge(d.made)
	tl.Base = base
	return tl.Judge(example(), now)
}

func TestWhatIsMissingIsNeverOK(t *testing.T) {
	for _, less := range []func(*timeline.VitalsBody){
		func(v *timeline.VitalsBody) { v.Systolic, v.Diastolic = nil, nil }, func(v *timeline.VitalsBody) { v.Diastolic = nil }, func(v *timeline.VitalsBody) { v.Pulse = nil },
		func(v *timeline.VitalsBody) { v.Oxygen = nil }, func(v *timeline.VitalsBody) { v.Breaths = nil }, func(v *timeline.VitalsBody) { v.MOAAS = nil },
	} {
		d, base := during(t)
		v := calm()
		less(&v)
		d.enter(t, noon.Add(10*time.Minute), timeline.Vitals, v)
		if got := judge(d, timeline.Base{At: base.At, Age: base.Age, BP: base.BP}, noon.Add(16*time.Minute)); got.Result == protocol.OK {
			t.Errorf("%+v is ok", v)
		}
	}
	d, base := during(t)
	d.enter(t, noon.Add(10*time.Minute), timeline.Vitals, calm())
	if got := judge(d, base, noon.Add(16*time.Minute)); got.Result != protocol.OK {
		t.Errorf("all is there, and it is %v", got)
	}
	if got := judge(d, base, noon.Add(30*time.Minute)); got.Result != protocol.NotCleared {
		t.Errorf("the reading of 20 minutes is over its grace, and it is %v", got)
	}
	d.enter(t, noon.Add(20*time.Minute), timeline.Vitals, calm())
	if got := judge(d, base, noon.Add(30*time.Minute)); got.Result != protocol.OK {
		t.Errorf("it was taken, and it is %v", got)
	}
	d.seq++ // something that has not arrived
	d.enter(t, noon.Add(21*time.Minute), timeline.Note, timeline.WordsBody{})
	if got := judge(d, base, noon.Add(30*time.Minute)); got.Result != protocol.NotCleared {
		t.Errorf("an entry is still to come, and it is %v", got)
	}
}

// TestAWorseValueNeverLowersSeverity adds to a session a reading that is worse
// than the last, or a symptom, and lets time pass.
func TestAWorseValueNeverLowersSeverity(t *testing.T) {
	doc := example()
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 11))
		d, base := during(t)
		for i := range 1 + r.IntN(4) {
			d.enter(t, noon.Add(time.Duration(5+10*i)*time.Minute), timeline.Vitals, vitals(r))
		}
		now := noon.Add(time.Duration(10+r.IntN(60)) * time.Minute)
		tl := timeline.Merge(d.made)
		tl.Base = base
		was := weight(t, tl.Judge(doc, now))
		worse(t, r, d, now)
		tl = timeline.Merge(d.made)
		tl.Base = base
		if got := weight(t, tl.Judge(doc, now)); got < was {
			t.Fatalf("seed %d: a worse value made %d of %d: %s", seed, got, was, text(t, tl))
		}
		if got := weight(t, tl.Judge(doc, now.Add(time.Duration(r.IntN(90))*time.Minute))); got < was {
			t.Fatalf("seed %d: time alone made %d of %d", seed, got, was)
		}
	}
}

// worse enters the last known values once more, with one of them worse.
func worse(t *testing.T, r *rand.Rand, d *device, now time.Time) {
	t.Helper()
	last := map[string]string{}
	for _, v := range timeline.Merge(d.made).Last() {
		last[v.Sign] = v.Value
	}
	whole := func(sign string) (int, bool) {
		v, err := strconv.Atoi(last[sign])
		return v, err == nil
	}
	var v timeline.VitalsBody
	switch r.IntN(4) {
	case 0:
		if o, ok := whole("spo2"); ok {
			v.Oxygen = n(o - r.IntN(8))
		}
	case 1:
		if m, ok := whole("moaas"); ok {
			v.MOAAS = n(max(0, m-r.IntN(3)))
		}
	case 2:
		sys, dia, _ := strings.Cut(last["bp"], "/")
		a, _ := strconv.Atoi(sys)
		b, _ := strconv.Atoi(dia)
		if a >= 130 && b >= 70 {
			v.Systolic, v.Diastolic = n(a+r.IntN(60)), n(b+r.IntN(30))
		}
	case 3:
		d.enter(t, now, timeline.Symptom, timeline.CodeBody{Code: []string{"chest_pain", "syncope"}[r.IntN(2)]})
		return
	}
	d.enter(t, now, timeline.Vitals, v)
}

func TestAPressureThatStaysRedIsRed(t *testing.T) {
	high := timeline.VitalsBody{Systolic: n(184), Diastolic: n(104)}
	d, base := during(t)
	d.enter(t, noon.Add(10*time.Minute), timeline.Vitals, calm())
	first := d.enter(t, noon.Add(11*time.Minute), timeline.Vitals, high)
	now := noon.Add(13 * time.Minute)
	if got := judge(d, base, now); got.Result != protocol.Amber {
		t.Fatalf("a single reading is %v", got)
	}
	owed := func(at time.Time) (timeline.Owed, bool) { return timeline.Merge(d.made).Owed(example(), at) }
	if o, ok := owed(now); !ok || o.Of != first || o.Late || !o.Until.Equal(noon.Add(16*time.Minute)) {
		t.Errorf("owed: %+v, %v", o, ok)
	}
	if o, _ := owed(noon.Add(17 * time.Minute)); !o.Late {
		t.Error("after its five minutes the repeat is not late")
	}
	d.enter(t, noon.Add(14*time.Minute), timeline.Vitals, high) // nobody says that it repeats the other
	if got := judge(d, base, noon.Add(15*time.Minute)); got.Result != protocol.Red {
		t.Errorf("twice it is %v", got)
	}
	if _, ok := owed(noon.Add(15 * time.Minute)); ok {
		t.Error("the repeat was taken, and one is owed")
	}
	d.enter(t, noon.Add(16*time.Minute), timeline.Vitals, timeline.VitalsBody{Systolic: n(164), Diastolic: n(96)})
	if got := judge(d, base, noon.Add(17*time.Minute)); got.Result != protocol.Amber {
		t.Errorf("below red it is %v", got)
	}
}
