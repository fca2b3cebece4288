package medicine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/rules/timeline"
)

func TestWhatADeviceSendsIsKeptOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		dose := h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{Medicine: string(im)})
		h.clock.Add(5 * time.Second)
		reading := h.entry("attendant", 0, timeline.Vitals, calm())
		said := h.entry("attendant", 0, timeline.Said, timeline.SaidBody{Words: "It is wide here."})
		for range 3 {
			h.keeps("attendant", dose, reading, said, dose)
		}
		tl := h.timeline(0)
		if len(tl.Entries) != 3 || len(tl.Waiting) != 0 {
			t.Fatalf("%+v", tl)
		}
		for i, l := range tl.Entries {
			if l.Name != "attendant" || l.Role != "attendant" || l.N != int64(i+1) || l.Received.IsZero() || len(l.Marks) != 0 {
				t.Errorf("%+v", l)
			}
		}
		var b timeline.SaidBody
		if !tl.Entries[2].Read(&b) || b.Words != "It is wide here." || len(b.Digest) != 64 || b.Gone {
			t.Errorf("%+v", b)
		}
		if tl.Base.BP.Value != [2]int{124, 78} {
			t.Errorf("the baseline is %+v", tl.Base)
		}
	})
}

func TestOneEntryThatCannotBeDoesNotKeepTheOthers(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		v := calm()
		v.Oxygen = n(980)
		no := h.entry("attendant", 0, timeline.Vitals, v)
		yes := h.entry("attendant", 0, timeline.Vitals, calm())
		k := h.send("attendant", no, yes)
		if len(k.IDs) != 1 || k.IDs[0] != yes.ID || len(k.Refused) != 1 || !strings.Contains(k.Refused[0].Why, "oxygen saturation") {
			t.Fatalf("%+v", k)
		}
		other := yes
		other.Body = []byte(`{"pulse":60}`)
		foreign := h.entry("attendant", 0, timeline.Note, timeline.WordsBody{Words: "x"}, func(e *timeline.Entry) { e.Device = db.RandomID().String() })
		nobody := h.entry("attendant", 0, timeline.Note, timeline.WordsBody{Words: "x"}, func(e *timeline.Entry) { e.Session = db.NewID().String() })
		signed := h.entry("attendant", 0, timeline.Signed, timeline.SignedBody{Part: "attendant"})
		if k = h.send("attendant", other, foreign, nobody, signed); len(k.Refused) != 4 {
			t.Errorf("%+v", k)
		}
		if got := len(h.timeline(0).Entries); got != 1 {
			t.Errorf("%d entries are kept", got)
		}
	})
}

func TestWhateverCanBeIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.keeps("attendant",
			h.entry("attendant", 0, timeline.Vitals, timeline.VitalsBody{Systolic: n(290), Diastolic: n(40), Oxygen: n(41), MOAAS: n(0)}),
			h.entry("attendant", 0, timeline.Vitals, timeline.VitalsBody{Systolic: n(120)}),
			h.entry("attendant", 0, timeline.Event, timeline.CodeBody{Code: "something_new"}),
			h.entry("attendant", 0, timeline.Vitals, calm(), func(e *timeline.Entry) {
				e.Taken, e.Offset = e.Taken.Add(-72*time.Hour), nil
			}))
	})
}

func TestWhoDoesNotCareForSomebodyKeepsAndReadsNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 2)
		e := h.entry("stranger", 0, timeline.Note, timeline.WordsBody{Words: "x"})
		for _, name := range []string{"stranger", "client 0", "client 1"} {
			_, err := h.Add(h.as(name), h.sessions[0], Batch{Device: e.Device, Entries: []timeline.Entry{e}})
			h.refused(name+" writes", err, fault.Forbidden)
			_, err = h.Timeline(h.as(name), d.Reader(), h.sessions[0])
			h.refused(name+" reads", err, fault.Forbidden)
			_, err = h.State(h.as(name), h.sessions[0])
			h.refused(name+" asks for the state", err, fault.Forbidden)
		}
	})
}

func TestATapThatIsTakenBackIsToldToWhoListens(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		var given, undone, noted []string
		hook := func(into *[]string) Hook {
			return func(_ context.Context, _ *db.Tx, _ Seat, e timeline.Entry) error {
				*into = append(*into, e.ID)
				return nil
			}
		}
		h.Given, h.Undone, h.Noted = []Hook{hook(&given)}, []Hook{hook(&undone)}, []Hook{hook(&noted)}
		dose := h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{})
		h.clock.Add(4 * time.Second)
		back := h.entry("attendant", 0, timeline.Undone, timeline.UndoneBody{Of: dose.ID})
		h.keeps("attendant", back) // it arrives before what it takes back
		h.keeps("attendant", dose, back)
		if len(given) != 1 || len(undone) != 1 || undone[0] != dose.ID || len(noted) != 2 {
			t.Errorf("given %v, undone %v, noted %v", given, undone, noted)
		}
		if _, there := h.timeline(0).Dose(); there {
			t.Error("the dose stands")
		}
		second := h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{})
		h.keeps("attendant", second)
		h.clock.Add(11 * time.Second)
		if k := h.send("attendant", h.entry("attendant", 0, timeline.Undone, timeline.UndoneBody{Of: second.ID})); len(k.Refused) != 1 {
			t.Errorf("after eleven seconds: %+v", k)
		}
	})
}

func TestAListenerRefusesOneEntryAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.Noted = []Hook{func(_ context.Context, _ *db.Tx, _ Seat, e timeline.Entry) error {
			if e.Kind == timeline.Dose {
				return fault.New(fault.Taken, "There is no order for it.")
			}
			return nil
		}}
		k := h.send("attendant", h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{}), h.entry("attendant", 0, timeline.Vitals, calm()))
		if len(k.IDs) != 1 || len(k.Refused) != 1 || k.Refused[0].Why != "There is no order for it." {
			t.Errorf("%+v", k)
		}
		h.Noted = []Hook{func(context.Context, *db.Tx, Seat, timeline.Entry) error { return errors.New("broken") }}
		e := h.entry("attendant", 0, timeline.Vitals, calm())
		if _, err := h.Add(h.as("attendant"), h.sessions[0], Batch{Device: e.Device, Entries: []timeline.Entry{e}}); err == nil {
			t.Error("what broke is kept")
		}
		if got := len(h.timeline(0).Entries); got != 1 {
			t.Errorf("%d entries", got)
		}
	})
}

func TestAListenerCanNoteSomethingItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.Given = []Hook{func(ctx context.Context, tx *db.Tx, x Seat, _ timeline.Entry) error {
			_, err := h.Note(ctx, tx, x.Session, string(timeline.Note), timeline.WordsBody{Words: "counted"})
			return err
		}}
		h.keeps("attendant", h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{}), h.entry("attendant", 0, timeline.Vitals, calm()))
		tl := h.timeline(0)
		if len(tl.Entries) != 3 {
			t.Fatalf("%+v", tl.Entries)
		}
		for _, l := range tl.Entries {
			if l.Kind == timeline.Note && (l.Device != timeline.Server || len(l.Marks) != 0 || l.N != 2) {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestASessionEndsByWhatIsEnteredAndGoesOnWhenThatIsTakenBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		seat := func() Seat {
			x, err := h.Seat(h.as("attendant"), d.Reader(), h.sessions[0])
			h.must(err)
			return x
		}
		h.keeps("attendant", h.entry("attendant", 0, timeline.Phase, timeline.PhaseBody{To: timeline.Recovery}))
		if x := seat(); !x.Ended.IsZero() {
			t.Errorf("in recovery it has ended: %+v", x)
		}
		end := h.entry("attendant", 0, timeline.Phase, timeline.PhaseBody{To: timeline.AgainstAdvice, Why: "They wish to go."})
		h.keeps("attendant", end)
		if x := seat(); x.Ended.IsZero() || x.Outcome != timeline.AgainstAdvice {
			t.Errorf("%+v", x)
		}
		h.keeps("attendant", h.entry("attendant", 0, timeline.Undone, timeline.UndoneBody{Of: end.ID}))
		if x := seat(); !x.Ended.IsZero() || x.Outcome != "" {
			t.Errorf("taken back, it has ended: %+v", x)
		}
	})
}

func TestManyDevicesAtOnceLoseNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		names := []string{"attendant", "guide 0", "prescriber"}
		batches := map[string][]timeline.Entry{}
		for i := range 60 {
			name := names[i%3]
			h.clock.Add(time.Second)
			batches[name] = append(batches[name], h.entry(name, 0, timeline.Vitals, calm()))
		}
		done := make(chan error)
		for _, name := range names {
			ctx, all := h.as(name), batches[name]
			for twice := range 2 {
				go func() {
					for i := range all {
						e := all[(i+7*twice)%len(all)]
						k, err := h.Add(ctx, h.sessions[0], Batch{Device: e.Device, Entries: []timeline.Entry{e}})
						if err == nil && len(k.IDs) != 1 {
							err = errors.New(k.Refused[0].Why)
						}
						if err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
		}
		for range 6 {
			h.must(<-done)
		}
		tl := h.timeline(0)
		if len(tl.Entries) != 60 || len(tl.Waiting) != 0 {
			t.Errorf("%d entries, waiting for %v", len(tl.Entries), tl.Waiting)
		}
	})
}

func TestASealedSessionTakesAdditionsOnly(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		kept := h.entry("attendant", 0, timeline.Vitals, calm())
		h.keeps("attendant", kept)
		h.must(d.Write(h.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE medicine_seats SET sealed_at = $1`, db.Micros(h.clock.Now()))
			return err
		}))
		k := h.send("attendant", kept, h.entry("attendant", 0, timeline.Vitals, calm()), h.entry("attendant", 0, timeline.Addendum, timeline.WordsBody{Words: "The cuff was the large one."}))
		if len(k.IDs) != 2 || len(k.Refused) != 1 {
			t.Errorf("%+v", k)
		}
		x, err := h.Seat(h.as("attendant"), d.Reader(), h.sessions[0])
		h.must(err)
		if calls := Calls(x, h.timeline(0), h.clock.Now()); len(calls) != 0 {
			t.Errorf("a sealed session calls: %+v", calls)
		}
	})
}

func TestWordsThatWereTakenAwayAreNotBroughtBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		said := h.entry("attendant", 0, timeline.Said, timeline.SaidBody{Words: "Only for me."})
		h.keeps("attendant", said)
		h.must(d.Write(h.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, `UPDATE medicine_said SET body = $1, gone_at = $2`, []byte{}, db.Micros(h.clock.Now()))
			return err
		}))
		h.keeps("attendant", said) // its device sends it once more
		var b timeline.SaidBody
		if l := h.timeline(0).Entries[0]; !l.Read(&b) || b.Words != "" || !b.Gone || len(b.Digest) != 64 {
			t.Errorf("%+v", b)
		}
	})
}
