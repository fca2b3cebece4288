package timeline_test

import (
	"testing"
	"time"

	"held/rules/timeline"
)

// points are those of the example with points and grace that a test can be read by.
func points(t *testing.T, d *device, now time.Time) map[int]timeline.Point {
	t.Helper()
	doc := example()
	grace := 5
	doc.Observation.AtMin, doc.Observation.GraceMin = []int{0, 10, 20, 40}, &grace
	doc.Observation.During = []string{"bp", "spo2"}
	out := map[int]timeline.Point{}
	for _, p := range timeline.Merge(d.made).Points(doc, now) {
		out[p.Min] = p
	}
	return out
}

func TestAPointComesIsDueIsLateAndIsMissing(t *testing.T) {
	d := &device{name: "a"}
	if got := points(t, d, noon); len(got) != 0 {
		t.Errorf("before a dose there are %d points", len(got))
	}
	d.enter(t, noon, timeline.Dose, timeline.DoseBody{})
	for _, c := range []struct {
		after time.Duration
		want  timeline.State
	}{{9 * time.Minute, timeline.Coming}, {10 * time.Minute, timeline.Due}, {15 * time.Minute, timeline.Due}, {16 * time.Minute, timeline.Missing}} {
		if got := points(t, d, noon.Add(c.after))[10].State; got != c.want {
			t.Errorf("after %s the point of 10 minutes is %s, want %s", c.after, got, c.want)
		}
	}
	if got := points(t, d, noon.Add(30*time.Minute))[20].State; got != timeline.Late {
		t.Errorf("ten minutes after, and five before the next stretch, it is %s", got)
	}
}

func TestAPointIsWholeWhenAllIsTaken(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Dose, timeline.DoseBody{})
	d.enter(t, noon.Add(6*time.Minute), timeline.Vitals, timeline.VitalsBody{Systolic: n(120), Diastolic: n(70)})
	p := points(t, d, noon.Add(11*time.Minute))[10]
	if p.State != timeline.Due || len(p.Missing) != 1 || p.Missing[0] != "spo2" {
		t.Errorf("half of it is %+v", p)
	}
	d.enter(t, noon.Add(12*time.Minute), timeline.Vitals, timeline.VitalsBody{Oxygen: n(97)})
	if p = points(t, d, noon.Add(13*time.Minute))[10]; p.State != timeline.Done || len(p.Entries) != 2 {
		t.Errorf("both halves are %+v", p)
	}
	d.enter(t, noon.Add(32*time.Minute), timeline.Vitals, timeline.VitalsBody{Systolic: n(120), Diastolic: n(70), Oxygen: n(97)})
	if p = points(t, d, noon.Add(33*time.Minute))[20]; p.State != timeline.DoneLate {
		t.Errorf("twelve minutes after it is %+v", p)
	}
	if p = points(t, d, noon.Add(time.Hour))[20]; p.State != timeline.DoneLate {
		t.Errorf("a reading that was late is %s for good", p.State)
	}
}

func TestWhenSomebodyHasLeftNothingIsDue(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Dose, timeline.DoseBody{})
	d.enter(t, noon.Add(15*time.Minute), timeline.Phase, timeline.PhaseBody{To: timeline.AgainstAdvice})
	got := points(t, d, noon.Add(2*time.Hour))
	if got[40].State != timeline.NotDue || got[10].State != timeline.Missing {
		t.Errorf("%v", got)
	}
}

func TestTheDoseThatStandsCounts(t *testing.T) {
	d := &device{name: "a"}
	first := d.enter(t, noon, timeline.Dose, timeline.DoseBody{})
	d.enter(t, noon.Add(5*time.Second), timeline.Undone, timeline.UndoneBody{Of: first})
	d.enter(t, noon.Add(time.Minute), timeline.Dose, timeline.DoseBody{})
	tl := timeline.Merge(d.made)
	if at, ok := tl.Dose(); !ok || !at.Equal(noon.Add(time.Minute)) {
		t.Errorf("the dose was at %s, %v", at, ok)
	}
	if e, _ := tl.Elapsed(noon.Add(11 * time.Minute)); e != 10*time.Minute {
		t.Errorf("elapsed: %s", e)
	}
}

func TestWhoIsInTheRoom(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Present, timeline.PresentBody{Person: "p1", Who: "Ines", Role: "guide", Action: "arrived"})
	d.enter(t, noon.Add(time.Minute), timeline.Present, timeline.PresentBody{Who: "A sister", Action: "arrived"})
	d.enter(t, noon.Add(2*time.Minute), timeline.Present, timeline.PresentBody{Who: "a sister ", Action: "left"})
	in := timeline.Merge(d.made).In()
	if len(in) != 1 || in[0].Who != "Ines" || !in[0].Since.Equal(noon) {
		t.Errorf("%+v", in)
	}
}

func TestARedOpensALogAndCalmClosesIt(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Log, timeline.WordsBody{Words: "of nothing"})
	red := d.enter(t, noon.Add(time.Minute), timeline.Red, timeline.RedBody{Why: []string{"chest pain"}})
	d.enter(t, noon.Add(2*time.Minute), timeline.Log, timeline.WordsBody{Words: "the number was called"})
	d.enter(t, noon.Add(3*time.Minute), timeline.Red, timeline.RedBody{})
	tl := timeline.Merge(d.made)
	if a, open := tl.OpenRed(); !open || a.Opened.ID != red || len(a.Log) != 2 {
		t.Errorf("%+v, %v", a, open)
	}
	d.enter(t, noon.Add(9*time.Minute), timeline.Calm, timeline.WordsBody{Words: "it is over"})
	if _, open := timeline.Merge(d.made).OpenRed(); open {
		t.Error("it was closed, and is open")
	}
}

func TestASymptomIsOverWhenSomebodySaysSo(t *testing.T) {
	d := &device{name: "a"}
	one := d.enter(t, noon, timeline.Symptom, timeline.CodeBody{Code: "chest_pain"})
	d.enter(t, noon.Add(time.Minute), timeline.Symptom, timeline.CodeBody{Code: "syncope"})
	d.enter(t, noon.Add(2*time.Minute), timeline.Symptom, timeline.CodeBody{Code: "chest_pain", Over: true, Of: one})
	if got := timeline.Merge(d.made).Symptoms(); len(got) != 1 || got[0] != "syncope" {
		t.Errorf("%v", got)
	}
}

func TestTheLastValuesWithTheirTrend(t *testing.T) {
	d := &device{name: "a"}
	d.enter(t, noon, timeline.Vitals, timeline.VitalsBody{Pulse: n(72), Oxygen: n(98)})
	d.enter(t, noon.Add(time.Minute), timeline.Vitals, timeline.VitalsBody{Pulse: n(80)})
	d.enter(t, noon.Add(2*time.Minute), timeline.Scale, timeline.ScaleBody{Instrument: "moaas", Answers: map[string]any{"1": 4}})
	got := map[string]timeline.Value{}
	for _, v := range timeline.Merge(d.made).Last() {
		got[v.Sign] = v
	}
	if v := got["hr"]; v.Value != "80" || v.Before != "72" || v.Trend != "up" {
		t.Errorf("%+v", v)
	}
	if v := got["spo2"]; v.Value != "98" || v.Trend != "" {
		t.Errorf("%+v", v)
	}
	if v := got["moaas"]; v.Value != "4" {
		t.Errorf("the scale of sedation by itself: %+v", v)
	}
}
