package preparation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	. "held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
)

// course is a preparation, a medicine session some days after it, and a talk
// one to three days after that.
func (h *house) course() Course {
	h.Helper()
	c, err := h.SaveCourse(h.as("guide"), Course{Name: "One session", Steps: []Step{
		{Label: "Preparation", Offering: h.talk.ID, After: -1},
		{Label: "Medicine", Offering: h.medicine.ID, After: 0, Min: 2, Max: 10, Bring: "Something soft."},
		{Label: "Integration", Offering: h.talk.ID, After: 1, Min: 1, Max: 3},
	}})
	h.must(err)
	return c
}

func starts(all []Proposed) (out []time.Time) {
	for _, p := range all {
		out = append(out, p.Start)
	}
	return out
}

func (h *house) laid() (Plan, Course) {
	h.Helper()
	c := h.course()
	all, err := h.Propose(h.as("guide"), c, h.clock.Now().AddDate(0, 0, 20), nil)
	h.must(err)
	id := db.NewID()
	h.must(h.Lay(h.as("guide"), id, h.who["client"].ID, c, starts(all)))
	p, err := h.Plan(h.as("guide"), id)
	h.must(err)
	return p, c
}

func TestACourseIsProposedAtItsDistancesAndBookedWhole(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		p, c := h.laid()
		if len(p.Laid) != 3 {
			t.Fatalf("laid: %+v", p)
		}
		for _, l := range p.Laid {
			if !l.Fits() || l.State != calendar.Booked {
				t.Errorf("%s is not at its distance, or not booked: %v", l.Label, l.Start)
			}
		}
		h.must(h.Lay(h.as("guide"), p.ID, h.who["client"].ID, c, []time.Time{p.Laid[0].Start, p.Laid[1].Start, p.Laid[2].Start})) // the form, sent twice
		if all, err := h.PlansOf(h.as("guide"), h.who["client"].ID); err != nil || len(all) != 1 {
			t.Errorf("sent twice it is laid %d times, %v", len(all), err)
		}
		x, err := h.Session(h.as("client"), h.DB.Reader(), p.Laid[1].ID)
		h.must(err)
		if w, err := h.WrittenFor(h.as("client"), x); err != nil || w.Bring != "Something soft." {
			t.Errorf("the client is to bring %q, %v", w.Bring, err)
		}
		if err := h.Lay(h.as("client"), db.NewID(), h.who["client"].ID, c, starts(nil)); err == nil {
			t.Error("a client lays a course")
		}
	})
}

func TestOfACourseAllIsBookedOrNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		c := h.course()
		all, err := h.Propose(h.as("guide"), c, h.clock.Now().AddDate(0, 0, 20), nil)
		h.must(err)
		h.book(h.talk, all[2].Start) // meanwhile somebody took the last of them
		before, err := h.Calendar.OfClient(h.as("guide"), h.who["client"].ID)
		h.must(err)
		h.refused("a time that is taken", h.Lay(h.as("guide"), db.NewID(), h.who["client"].ID, c, starts(all)), fault.Taken)
		after, err := h.Calendar.OfClient(h.as("guide"), h.who["client"].ID)
		h.must(err)
		if len(after) != len(before) {
			t.Errorf("%d appointments before, %d after", len(before), len(after))
		}
		if plans, err := h.PlansOf(h.as("guide"), h.who["client"].ID); err != nil || len(plans) != 0 {
			t.Errorf("half a course stands there: %v, %v", plans, err)
		}
	})
}

func TestMovingOneOffersToMoveTheRestAndNothingMovesByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		p, _ := h.laid()
		was := []time.Time{p.Laid[1].Start, p.Laid[2].Start}
		h.must(h.Calendar.Write(h.as("guide"), func(tx *db.Tx) error {
			_, err := h.Calendar.Move(h.as("guide"), tx, p.Laid[0].ID, p.Laid[0].Start.AddDate(0, 0, 15), true)
			return err
		}))
		p, err := h.Plan(h.as("guide"), p.ID)
		h.must(err)
		if p.Look.IsZero() || p.Laid[1].Fits() || !slices.EqualFunc(was, []time.Time{p.Laid[1].Start, p.Laid[2].Start}, time.Time.Equal) {
			t.Errorf("after the move: look %v, %+v", p.Look, p.Laid)
		}
		rest, err := h.Rest(h.as("guide"), p, nil)
		h.must(err)
		if len(rest) != 2 || rest[0].Start.IsZero() || rest[1].Start.IsZero() {
			t.Fatalf("proposed: %+v", rest)
		}
		h.must(h.MoveRest(h.as("guide"), p.ID, map[int]time.Time{1: rest[0].Start, 2: rest[1].Start}))
		p, err = h.Plan(h.as("guide"), p.ID)
		h.must(err)
		for _, l := range p.Laid {
			if !l.Fits() {
				t.Errorf("%s is still not at its distance", l.Label)
			}
		}
		if !p.Look.IsZero() {
			t.Error("the rest was moved, and is offered again")
		}
		h.must(h.Calendar.Write(h.as("guide"), func(tx *db.Tx) error {
			_, err := h.Calendar.Cancel(h.as("guide"), tx, p.Laid[1].ID, "practice")
			return err
		}))
		if p, err = h.Plan(h.as("guide"), p.ID); err != nil || p.Look.IsZero() || p.Laid[2].State != calendar.Booked {
			t.Errorf("a cancelled one: look %v, the next %v, %v", p.Look, p.Laid[2].State, err)
		}
		h.must(h.Leave(h.as("guide"), p.ID))
	})
}

func TestATemplateHasNoDistanceByItself(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	c := Example()
	for i := range c.Steps {
		c.Steps[i].Offering = h.talk.ID
	}
	_, err := h.SaveCourse(h.as("guide"), c)
	h.refused("the example as it is", err, fault.Invalid)
	for _, field := range []string{"min2", "max2", "min4"} {
		if fault.Of(err).Fields[field] == "" {
			t.Errorf("%s is a default", field)
		}
	}
	if _, err := h.SaveCourse(h.as("coordinator"), c); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the front desk changes a course: %v", err)
	}
	if len(c.Steps) != 12 {
		t.Errorf("%d sessions", len(c.Steps))
	}
}

// TestACourseAsksTheCircleAboutAGroup: before it is booked, as the desk's own
// form does; a step that one has to oneself is not asked about.
func TestACourseAsksTheCircleAboutAGroup(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.Circle = &circle.Service{DB: d, Vault: h.Vault, Trail: h.Trail, People: h.People, Now: h.clock.Now}
		h.medicine.Places = 3
		o, err := h.Calendar.SaveOffering(h.ctx, h.medicine)
		h.must(err)
		h.medicine = o
		c := h.course()
		all, err := h.Propose(h.as("guide"), c, h.clock.Now().AddDate(0, 0, 20), nil)
		h.must(err)
		h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error {
			_, err := h.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: o.ID, Client: h.who["other client"].ID, Start: all[1].Start, Zone: "Europe/Lisbon", ByStaff: true})
			return err
		}))
		steps, err := h.TalkFirst(h.as("guide"), h.who["client"].ID, all)
		h.must(err)
		if len(steps) != 0 {
			t.Errorf("nobody listed anybody: %v", steps)
		}
		self := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: h.who["client"].ID, Roles: []access.Role{access.Client}, Via: access.Session})
		h.must(h.Circle.Add(self, circle.Entry{Kind: circle.Person, Name: "The other client"}))
		h.clock.Add(3 * time.Second)
		if steps, err = h.TalkFirst(h.as("guide"), h.who["client"].ID, all); err != nil || len(steps) != 1 || steps[0] != 1 {
			t.Errorf("%v %v", steps, err)
		}
		h.clock.Add(3 * time.Second)
		late, stop := context.WithCancel(h.as("guide"))
		stop()
		if steps, err = h.TalkFirst(late, h.who["client"].ID, all); err == nil {
			t.Errorf("what could not be looked at is clear: %v", steps)
		}
		// The time is still free: the others have left places.
		again, err := h.Propose(h.as("guide"), c, h.clock.Now().AddDate(0, 0, 20), map[int]time.Time{1: all[1].Start})
		h.must(err)
		h.must(h.Lay(h.as("guide"), db.NewID(), h.who["client"].ID, c, starts(again)))
	})
}
