package timeline_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	rule "held/rules/protocol"
	"held/rules/timeline"
)

// parity is where a browser's own reckoning is held against this program's:
// e2e/room-parity.test.mjs reads it.
const parity = "../../e2e/goldens/room-parity.json"

// likeness is one session, and what this program makes of it.
type likeness struct {
	Now         time.Time            `json:"now"`
	Limits      timeline.Limits      `json:"limits"`
	Observation timeline.Observation `json:"observation"`
	Baseline    timeline.Base        `json:"baseline"`
	Entries     []timeline.Entry     `json:"entries"`
	Lines       []timeline.Line      `json:"lines"`
	Waiting     []timeline.Gap       `json:"waiting"`
	Points      []timeline.Point     `json:"points"`
	Result      string               `json:"result"` // "" before the first dose, when the gate has spoken
	Owed        *timeline.Owed       `json:"owed"`
}

// TestABrowserReckonsAsThisProgramDoes writes down sessions of three devices
// whose clocks differ, with entries that come twice and otherwise, and what
// follows from them.
func TestABrowserReckonsAsThisProgramDoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	var all []likeness
	for range 50 {
		all = append(all, alike(r))
	}
	got, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	got = append(bytes.ReplaceAll(got, []byte(`{"now":`), []byte("\n"+`{"now":`)), '\n')
	if *update {
		if err := os.WriteFile(parity, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(parity)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s says otherwise; -update writes it anew, and the browser's side is held against it", parity)
	}
}

func alike(r *rand.Rand) likeness {
	doc := rule.ExampleOf("ketamine_im")
	base := timeline.Base{At: noon.Add(-time.Hour), Age: rule.Tell(40 + r.IntN(40))}
	if r.IntN(5) > 0 {
		base.BP, base.HR, base.SpO2 = rule.Tell(rule.BP{110 + r.IntN(30), 65 + r.IntN(20)}), rule.Tell(60+r.IntN(30)), rule.Tell(95+r.IntN(5))
	}
	x := likeness{Now: noon.Add(time.Duration(r.IntN(150*60)) * time.Second), Limits: timeline.LimitsOf(doc, base.Age), Observation: timeline.ObservationOf(doc), Baseline: base, Entries: threeDevices(r)}
	tl := timeline.Merge(x.Entries)
	tl.Base = base
	x.Lines, x.Waiting, x.Points = tl.Entries, tl.Waiting, tl.Points(doc, x.Now)
	if _, given := tl.Dose(); given {
		x.Result = tl.Judge(doc, x.Now).Result
	}
	if o, owed := tl.Owed(doc, x.Now); owed {
		x.Owed = &o
	}
	return x
}

// threeDevices are what three devices say, in an order that nobody chose.
func threeDevices(r *rand.Rand) (out []timeline.Entry) {
	type talker struct {
		name string
		skew time.Duration
		seq  int64
	}
	devices := []*talker{{name: "a"}, {name: "b", skew: time.Duration(r.IntN(40_000)-20_000) * time.Millisecond}, {name: "c", skew: time.Duration(r.IntN(600)) * time.Second}}
	at, ids := noon.Add(-20*time.Minute), []string{}
	kinds := map[string]timeline.Kind{}
	calm := r.IntN(2) == 0
	for range 4 + r.IntN(24) {
		at = at.Add(time.Duration(r.IntN(9*60_000)) * time.Millisecond)
		d := devices[r.IntN(3)]
		if !calm && r.IntN(14) == 0 {
			d.seq++ // something of it is still to come
		}
		if r.IntN(9) == 0 {
			d.skew += time.Duration(r.IntN(30_000)-15_000) * time.Millisecond
		}
		d.seq++
		e := timeline.Entry{ID: fmt.Sprintf("%s-%03d", d.name, d.seq), Session: "s", Device: d.name, Seq: d.seq, Taken: at.Add(d.skew), Entered: at.Add(d.skew + time.Duration(r.IntN(3))*time.Second)}
		if r.IntN(8) > 0 {
			offset, wrong := -d.skew.Milliseconds()+int64(r.IntN(1200)-600), int64(r.IntN(1500))
			e.Offset = &offset
			if r.IntN(3) > 0 {
				e.Error = &wrong
			}
		}
		e.Kind, e.Body = somethingSaid(r, calm, ids, kinds)
		if len(ids) > 0 && r.IntN(6) == 0 {
			e.Supersedes = ids[r.IntN(len(ids))]
			e.Kind = kinds[e.Supersedes]
		}
		if r.IntN(12) == 0 {
			e.Backdated, e.Taken = true, e.Taken.Add(-time.Duration(r.IntN(900))*time.Second)
		}
		if r.IntN(3) > 0 {
			e.Received, e.N, e.By, e.Name, e.Role = at.Add(time.Duration(r.IntN(100))*time.Second), int64(len(out)+1), "p", "Tomé", "attendant"
		}
		ids, kinds[e.ID] = append(ids, e.ID), e.Kind
		out = append(out, e)
		switch r.IntN(12) {
		case 0: // once more
			out = append(out, e)
		case 1: // and otherwise
			e.Body = json.RawMessage(`{"words":"otherwise <b> & “so”"}`)
			e.N = int64(r.IntN(30))
			out = append(out, e)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// ranges are from where to where a value of a sign lies: in every other session
// nothing of it is out of the bands.
var ranges = map[bool][]struct {
	key      string
	from, to int
}{
	true:  {{"systolic", 112, 128}, {"diastolic", 68, 80}, {"pulse", 60, 90}, {"oxygen", 96, 100}, {"breaths", 12, 18}, {"moaas", 5, 5}},
	false: {{"systolic", 100, 199}, {"diastolic", 60, 114}, {"pulse", 38, 145}, {"oxygen", 88, 100}, {"breaths", 7, 31}, {"moaas", 0, 5}},
}

func somethingSaid(r *rand.Rand, calm bool, ids []string, kinds map[string]timeline.Kind) (timeline.Kind, json.RawMessage) {
	of := "nothing"
	if len(ids) > 0 {
		of = ids[len(ids)-1-r.IntN(min(3, len(ids)))]
	}
	switch r.IntN(16) {
	case 0, 1, 2:
		return timeline.Dose, json.RawMessage(`{"medicine":"ketamine_im","mg":60}`)
	case 3:
		return timeline.Undone, json.RawMessage(`{"of":"` + of + `"}`)
	case 4:
		if calm {
			break
		}
		return timeline.Symptom, json.RawMessage(`{"code":"` + []string{"chest_pain", "dyspnoea"}[r.IntN(2)] + `","over":` + fmt.Sprint(r.IntN(3) == 0) + `}`)
	case 5:
		if calm {
			break
		}
		return timeline.Scale, json.RawMessage(fmt.Sprintf(`{"instrument":"moaas","answers":{"1":%d}}`, r.IntN(6)))
	case 6:
		if r.IntN(3) == 0 {
			return timeline.Phase, json.RawMessage(`{"to":"` + []string{"recovery", "ended"}[r.IntN(2)] + `"}`)
		}
		return timeline.Note, json.RawMessage(`{"words":"so"}`)
	}
	b := map[string]any{}
	for _, f := range ranges[calm] {
		if calm || f.key == "systolic" || f.key == "diastolic" || r.IntN(7) > 0 {
			b[f.key] = f.from + r.IntN(f.to-f.from+1)
		}
	}
	if r.IntN(10) == 0 {
		delete(b, "diastolic")
	}
	if kinds[of] == timeline.Vitals && r.IntN(4) == 0 {
		b["repeats"] = of
	}
	if r.IntN(20) == 0 {
		b["void"] = true
	}
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return timeline.Vitals, raw
}
