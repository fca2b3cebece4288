package ripple

import (
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/measures"
)

func TestWhatCliniciansRatedStandsInTheCourseAndIsTakenAlong(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		first := measures.Rated{Client: h.wren.ID, Instrument: "moaas", Answers: map[string]int{"1": 3}, Taken: h.clock.Now(), Ref: db.NewID()}
		h.ok(h.Measures.Rate(h.as(h.mara), first))
		second := first
		second.Answers, second.Ref, second.Corrects = map[string]int{"1": 4}, db.NewID(), first.Ref
		h.ok(h.Measures.Rate(h.as(h.mara), second))
		v, err := h.ratings(h.as(h.mara), h.wren.ID, second.Ref.String(), nil, time.UTC)
		h.ok(err)
		if len(v.List) != 1 || len(v.Courses) != 1 || v.Courses[0].Charts[0].Points[0].Shown != "4" {
			t.Errorf("the course shows %+v", v.List)
		}
		if v.One == nil || len(v.Before) != 1 || *v.Before[0].Answers[0] != 3 {
			t.Errorf("what it was before is not to be read: %+v", v.Before)
		}
		own, err := h.ratedOf(h.as(h.wren), h.wren.ID)
		h.ok(err)
		if len(own) != 1 || own[0].By != "Mara" || own[0].Lines[0].Answer != "Lethargic response to name spoken in normal tone (4)" {
			t.Errorf("they read of themselves: %+v", own)
		}
		items, err := h.taken(h.as(h.wren), h.wren.ID)
		h.ok(err)
		if len(items) != 2 {
			t.Errorf("%d of 2 are taken along", len(items))
		}
		h.ok(d.Write(h.ctx, func(tx *db.Tx) error { return h.erase(h.ctx, tx, h.wren.ID) }))
		if all, err := h.Measures.Ratings(h.as(h.mara), h.wren.ID); err != nil || len(all) != 0 {
			t.Errorf("after everything was erased: %v, %v", all, err)
		}
	})
}

func TestACourseNamesThePracticesOwnValueWithItsSource(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		all, err := h.shelf(h.ctx, d.Reader())
		h.ok(err)
		in, _ := all.of(Prefix + "pcl5")
		c := Course{Instrument: in}
		if said := strings.Join(c.changes(nil, time.UTC), " "); !strings.Contains(said, "no published value") || !strings.Contains(said, "It has set none") {
			t.Errorf("without a value: %q", said)
		}
		h.ok(h.Measures.SetOwn(h.as(h.add("Amadeu", access.Prescriber)), measures.Own{Instrument: "pcl5", Score: "total", Points: "10", Worse: "higher", Source: "VA, older text."}))
		set, err := h.own(h.ctx)
		h.ok(err)
		if said := strings.Join(c.changes(set, time.UTC), " "); !strings.Contains(said, "The practice's own value for a change: 10 points or more, source: VA, older text. Set on") {
			t.Errorf("with a value: %q", said)
		}
	})
}
