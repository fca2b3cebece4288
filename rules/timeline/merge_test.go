package timeline_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"held/rules/timeline"
)

// arrive is a set of entries as a network brings it: in batches, doubled, late,
// in any order, some of them twice with what the server added.
func arrive(r *rand.Rand, entries []timeline.Entry) []timeline.Entry {
	out := slices.Clone(entries)
	for _, e := range entries {
		if r.IntN(3) == 0 {
			out = append(out, e)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestTheOrderOfArrivalChangesNothing(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		entries := all(session(t, r, 5+r.IntN(60))...)
		want := text(t, timeline.Merge(entries))
		for range 6 {
			if got := text(t, timeline.Merge(arrive(r, entries))); got != want {
				t.Fatalf("seed %d: the same entries make another timeline\n%s\n%s", seed, got, want)
			}
		}
	}
}

func TestMergingWhatWasMergedChangesNothing(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 8))
		entries := all(session(t, r, 40)...)
		first := timeline.Merge(entries)
		var again []timeline.Entry
		for _, l := range first.Entries {
			again = append(again, l.Entry)
		}
		if text(t, timeline.Merge(append(again, entries...))) != text(t, first) {
			t.Fatalf("seed %d: merged again, it is another", seed)
		}
	}
}

func TestNoEntryIsEverLost(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		entries := all(session(t, r, 50)...)
		tl := timeline.Merge(arrive(r, entries))
		if len(tl.Entries) != len(entries) {
			t.Fatalf("seed %d: %d entries made %d lines", seed, len(entries), len(tl.Entries))
		}
		for _, e := range entries {
			if !line(t, tl, e.ID).Same(e) {
				t.Fatalf("seed %d: %s is another", seed, e.ID)
			}
		}
	}
}

// TestOfOneFamilyOneStands: of a reading and its corrections, whoever corrects
// whichever how often, one counts.
func TestOfOneFamilyOneStands(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 10))
		a, b := &device{name: "a"}, &device{name: "b", skew: time.Hour}
		family := []string{a.enter(t, noon, timeline.Dose, timeline.DoseBody{Medicine: "ketamine_im"})}
		for i := range 1 + r.IntN(6) {
			d := []*device{a, b}[r.IntN(2)]
			of := family[r.IntN(len(family))]
			family = append(family, d.enter(t, noon.Add(time.Duration(i+1)*time.Minute), timeline.Dose, timeline.DoseBody{Medicine: "ketamine_im"}, func(e *timeline.Entry) { e.Supersedes = of }))
		}
		if got := len(timeline.Merge(arrive(r, all(a, b))).Doses()); got != 1 {
			t.Fatalf("seed %d: one dose and its corrections are %d doses", seed, got)
		}
	}
}

func TestACircleOfCorrectionsLosesNothing(t *testing.T) {
	d := &device{name: "a"}
	x := d.enter(t, noon, timeline.Dose, timeline.DoseBody{}, func(e *timeline.Entry) { e.Supersedes = "a-002" })
	d.enter(t, noon.Add(time.Minute), timeline.Dose, timeline.DoseBody{}, func(e *timeline.Entry) { e.Supersedes = x })
	if got := len(timeline.Merge(d.made).Doses()); got != 1 {
		t.Errorf("two doses that correct one another are %d", got)
	}
}

func TestACorrectionCanSayThatItNeverWas(t *testing.T) {
	d := &device{name: "a"}
	x := d.enter(t, noon, timeline.Vitals, timeline.VitalsBody{Pulse: n(72)})
	d.enter(t, noon.Add(time.Minute), timeline.Vitals, timeline.VitalsBody{Void: true}, func(e *timeline.Entry) { e.Supersedes = x })
	tl := timeline.Merge(d.made)
	if len(tl.Vitals()) != 0 || len(tl.Entries) != 2 {
		t.Errorf("%d readings stand, of %d entries", len(tl.Vitals()), len(tl.Entries))
	}
}

func TestATapIsTakenBackWithinTenSeconds(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		skew  time.Duration // of the device that takes it back
		other bool
		doses int
	}{{3 * time.Second, 0, false, 0}, {10 * time.Second, 0, false, 0}, {11 * time.Second, 0, false, 1}, {5 * time.Second, time.Hour, true, 0}, {20 * time.Second, -15 * time.Second, true, 1}} {
		a := &device{name: "a", skew: -time.Minute}
		b := a
		if c.other {
			b = &device{name: "b", skew: c.skew}
		}
		x := a.enter(t, noon, timeline.Dose, timeline.DoseBody{})
		u := b.enter(t, noon.Add(c.after), timeline.Undone, timeline.UndoneBody{Of: x})
		devices := []*device{a}
		if c.other {
			devices = append(devices, b)
		}
		tl := timeline.Merge(all(devices...))
		if got := len(tl.Doses()); got != c.doses {
			t.Errorf("after %s by another device (%v) there are %d doses, want %d", c.after, c.other, got, c.doses)
		}
		if got := line(t, tl, u).Has(timeline.TooLate); got != (c.doses == 1) {
			t.Errorf("after %s: too late is %v", c.after, got)
		}
	}
}

func TestWhatTheMarksSay(t *testing.T) {
	near := &device{name: "near", skew: 2 * time.Second}
	far := &device{name: "far", skew: -7 * time.Minute}
	blind := &device{name: "blind", blind: true}
	jumps := &device{name: "jumps"}
	gap := &device{name: "gap"}
	a := near.enter(t, noon, timeline.Note, timeline.WordsBody{Words: "near"})
	b := far.enter(t, noon.Add(time.Second), timeline.Note, timeline.WordsBody{Words: "far"})
	c := blind.enter(t, noon.Add(2*time.Second), timeline.Note, timeline.WordsBody{Words: "blind"})
	d := jumps.enter(t, noon.Add(time.Hour), timeline.Note, timeline.WordsBody{Words: "before the jump"})
	e := jumps.enter(t, noon.Add(time.Minute), timeline.Note, timeline.WordsBody{Words: "after it"})
	f := gap.enter(t, noon, timeline.Note, timeline.WordsBody{Words: "one"})
	gap.seq += 2
	g := gap.enter(t, noon.Add(time.Minute), timeline.Note, timeline.WordsBody{Words: "four"}, func(e *timeline.Entry) { e.Received = noon.Add(10 * time.Minute) })
	h := gap.enter(t, noon.Add(2*time.Minute), timeline.Note, timeline.WordsBody{Words: "typed"}, func(e *timeline.Entry) { e.Backdated, e.Taken = true, noon.Add(-time.Hour) })
	tl := timeline.Merge(all(near, far, blind, jumps, gap))
	for id, want := range map[string][]timeline.Mark{
		a: nil, b: {timeline.ClockDiffers}, c: {timeline.ClockUnmeasured}, d: nil, e: {timeline.ClockJumped}, f: nil,
		g: {timeline.SentLate, timeline.Waiting}, h: {timeline.Backdated},
	} {
		if got := line(t, tl, id).Marks; !slices.Equal(got, want) {
			t.Errorf("%s is marked %v, want %v", id, got, want)
		}
	}
	if want := []timeline.Gap{{Device: "gap", From: 2, To: 3}}; !slices.Equal(tl.Waiting, want) {
		t.Errorf("waiting for %v, want %v", tl.Waiting, want)
	}
}

func TestWithinTheErrorOfItsClockADeviceKeepsItsOrder(t *testing.T) {
	d := &device{name: "a"}
	x := d.enter(t, noon, timeline.Note, timeline.WordsBody{Words: "first"})
	y := d.enter(t, noon.Add(-400*time.Millisecond), timeline.Note, timeline.WordsBody{Words: "second"})
	tl := timeline.Merge(d.made)
	if tl.Entries[0].ID != x || tl.Entries[1].ID != y || len(tl.Entries[1].Marks) != 0 {
		t.Errorf("in this order: %+v", tl.Entries)
	}
	small := int64(50)
	for i := range d.made {
		d.made[i].Error = &small
	}
	if tl = timeline.Merge(d.made); tl.Entries[0].ID != y || !tl.Entries[0].Has(timeline.ClockJumped) {
		t.Errorf("a clock that is known to 50 ms went back by 400, and nobody says so: %+v", tl.Entries)
	}
}

func TestTheSameIdWithOtherContentIsSaid(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Vitals, timeline.VitalsBody{Pulse: n(72)})
	other := d.made[0]
	other.Body = body(t, timeline.VitalsBody{Pulse: n(71)})
	one, two := timeline.Merge([]timeline.Entry{d.made[0], other}), timeline.Merge([]timeline.Entry{other, d.made[0]})
	if text(t, one) != text(t, two) || !one.Entries[0].Has(timeline.Conflict) || len(one.Entries) != 1 {
		t.Errorf("%s\n%s", text(t, one), text(t, two))
	}
}

func TestHowItIsWrittenIsNotWhatItSays(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Vitals, `{"pulse":72,"oxygen":98}`)
	other := d.made[0]
	other.Body, other.Taken = json.RawMessage(`{ "oxygen": 98, "pulse": 72 }`), other.Taken.In(time.FixedZone("", 3600))
	if tl := timeline.Merge([]timeline.Entry{d.made[0], other}); tl.Entries[0].Has(timeline.Conflict) {
		t.Error("the same content, written otherwise, is a conflict")
	}
}

// FuzzMerge holds the rule with whatever three devices may send.
func FuzzMerge(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*7))
	}
	f.Fuzz(func(t *testing.T, seed uint64, length uint8) {
		r := rand.New(rand.NewPCG(seed, uint64(length)))
		entries := all(session(t, r, int(length))...)
		for i := range entries { // and some that no device of ours would send
			switch r.IntN(12) {
			case 0:
				entries[i].Body = json.RawMessage(`{"systolic":"high"}`)
			case 1:
				entries[i].Seq = int64(r.IntN(9)) - 2
			case 2:
				entries[i].ID = entries[r.IntN(len(entries))].ID
			case 3:
				entries[i].Supersedes = entries[r.IntN(len(entries))].ID
			}
		}
		want := timeline.Merge(entries)
		if text(t, timeline.Merge(arrive(r, entries))) != text(t, want) {
			t.Fatal("the order of arrival changes the timeline")
		}
		doc := example()
		now := noon.Add(2 * time.Hour)
		a, b := want.Judge(doc, now), timeline.Merge(arrive(r, entries)).Judge(doc, now)
		if a.Result != b.Result || !slices.Equal(a.Why, b.Why) {
			t.Fatalf("%v or %v", a, b)
		}
	})
}
