package calendar_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	. "held/practice/calendar"
)

// attendants says who works here as one, from now on.
func (h *house) attendants(ids ...db.ID) {
	h.Attendants = func(context.Context) ([]db.ID, error) { return ids, nil }
}

// sorted gives so many people with the same hours, the smallest id first.
func (h *house) sorted(n int) (ids []db.ID) {
	for range n {
		ids = append(ids, h.person("Europe/Lisbon", "09:00–17:00"))
	}
	slices.SortFunc(ids, func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

func TestATimeIsFreeWhenOneAttendantIsAndBookingTakesOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		hosts := []db.ID{h.person("Europe/Lisbon", "09:00–17:00"), h.person("Europe/Lisbon", "09:00–17:00"), h.person("Europe/Lisbon", "09:00–17:00")}
		early, late := h.person("Europe/Lisbon", "09:00–12:00"), h.person("Europe/Lisbon", "11:00–17:00")
		h.attendants(early, late)
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended = hosts, true })
		for start, want := range map[int]db.ID{9: early, 14: late} {
			if a := h.booked(o, at(5, start, 0)); !slices.Equal(a.Seconds, []db.ID{want}) {
				t.Errorf("at %d came %v, not %v", start, a.Seconds, want)
			}
		}
		a, b := h.booked(o, at(5, 11, 0)), h.booked(o, at(5, 11, 0))
		if a.Seconds[0] == b.Seconds[0] {
			t.Error("one attendant is in two places")
		}
		if free := h.times(o, at(5, 11, 0), at(5, 11, 1)); len(free) != 0 {
			t.Error("a time is free without an attendant")
		}
		if _, err := h.book(o, at(5, 11, 0)); !errors.Is(err, ErrTaken) {
			t.Errorf("a third was booked without an attendant: %v", err)
		}
	})
}

func TestTheAttendantWithTheFewestAppointmentsThatWeekComes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		two := h.sorted(2)
		h.attendants(two[1], two[0])
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended = []db.ID{host}, true })
		first := h.booked(o, at(5, 9, 0))
		if first.Seconds[0] != two[0] {
			t.Error("of two with nothing to do it is not the first by id")
		}
		if a := h.booked(o, at(6, 9, 0)); a.Seconds[0] != two[1] {
			t.Error("the work of the week is not shared")
		}
		if a := h.booked(o, at(12, 9, 0)); a.Seconds[0] != two[0] {
			t.Error("another week counts")
		}
		h.booked(o, at(6, 11, 0)) // the first's second of this week
		var moved Appointment
		h.must(h.Write(h.owner, func(tx *db.Tx) (err error) {
			moved, err = h.Move(h.owner, tx, first.ID, at(6, 15, 0), true)
			return err
		}))
		if moved.Seconds[0] != two[0] {
			t.Error("somebody else comes along to what was only moved")
		}
	})
}

func TestAnAttendantWhomTheClientWouldNotMeetIsNeverChosen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		two := h.sorted(2)
		h.attendants(two...)
		h.Apart = func(_ context.Context, client db.ID, all []db.ID) ([]db.ID, error) { return two[:1], nil }
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended = []db.ID{host}, true })
		if a := h.booked(o, at(5, 9, 0)); a.Seconds[0] != two[1] {
			t.Error("the one whom they would not meet comes along")
		}
		hold, err := h.Hold(h.public, o, at(5, 11, 0), 10*minutes) // by nobody known: the first
		h.must(err)
		var a Appointment
		h.must(h.Write(h.public, func(tx *db.Tx) (err error) {
			a, err = h.Book(h.public, tx, Booking{Offering: o.ID, Client: db.NewID(), Start: at(5, 11, 0), Zone: "Europe/Lisbon", Hold: hold.ID})
			return err
		}))
		if a.Seconds[0] != two[1] {
			t.Error("who was chosen before anybody was known stays")
		}
		h.attendants(two[0])
		_, err = h.SaveOffering(h.owner, o)
		h.must(err)
		if _, err := h.book(o, at(5, 15, 0)); !errors.Is(err, ErrTaken) {
			t.Errorf("with nobody whom they would meet it is %v", err)
		}
	})
}

func TestAGroupHasOneAttendant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		two := h.sorted(2)
		h.attendants(two...)
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended, o.Places = []db.ID{host}, true, 3 })
		a, b := h.booked(o, at(5, 9, 0)), h.booked(o, at(5, 9, 0))
		if a.Group != b.Group || !slices.Equal(a.Seconds, two[:1]) || !slices.Equal(b.Seconds, two[:1]) {
			t.Errorf("the group has %v and %v", a.Seconds, b.Seconds)
		}
		_, err := h.SaveAway(h.owner, Away{Person: two[0], Start: at(5, 8, 0), End: at(5, 18, 0)})
		h.must(err)
		if free := h.times(o, at(5, 9, 0), at(5, 9, 1)); len(free) != 0 {
			t.Error("a group is offered whose attendant is away")
		}
	})
}

func TestARacerWhoLosesOneAttendantGetsTheNext(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var hosts, four []db.ID
		for range 5 {
			hosts = append(hosts, h.person("Europe/Lisbon", "09:00–17:00"))
		}
		for range 4 {
			four = append(four, h.person("Europe/Lisbon", "09:00–17:00"))
		}
		h.attendants(four...)
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended = hosts, true })
		errs := race(racers, func(int) error { _, err := h.book(o, at(5, 10, 0)); return err })
		if won := onlyTaken(t, errs); won != 4 {
			t.Errorf("%d appointments with four attendants", won)
		}
		all, err := h.Between(h.owner, at(5, 0, 0), at(6, 0, 0))
		h.must(err)
		seen := map[string]bool{}
		for _, a := range all {
			for _, id := range append([]db.ID{a.Host}, a.Seconds...) {
				if key := fmt.Sprint(id); seen[key] {
					t.Error("somebody is in two places")
				} else {
					seen[key] = true
				}
			}
		}
	})
}

func TestTheDeskGivesAnAppointmentAnotherAttendant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		hosts := []db.ID{h.person("Europe/Lisbon", "09:00–17:00"), h.person("Europe/Lisbon", "09:00–17:00")}
		three := h.sorted(3)
		h.attendants(three...)
		o := h.offering(func(o *Offering) { o.Hosts, o.Attended = hosts, true })
		a, b := h.booked(o, at(5, 9, 0)), h.booked(o, at(5, 9, 0))
		free, err := h.FreeAttendants(h.owner, a)
		h.must(err)
		if !slices.Equal(free, three[2:]) {
			t.Fatalf("free are %v", free)
		}
		swap := func(to db.ID) (got Appointment, err error) {
			err = h.Write(h.owner, func(tx *db.Tx) (err error) { got, err = h.Attend(h.owner, tx, a.ID, to); return err })
			return got, err
		}
		for _, not := range []db.ID{b.Seconds[0], hosts[1], db.NewID()} {
			if _, err := swap(not); err == nil {
				t.Error("somebody who is taken, or no attendant, comes along")
			}
		}
		before := h.claims()
		got, err := swap(three[2])
		h.must(err)
		if !slices.Equal(got.Seconds, three[2:]) || got.Sequence != 1 || h.claims() != before {
			t.Errorf("%v comes, sequence %d", got.Seconds, got.Sequence)
		}
		if free, err = h.FreeAttendants(h.owner, got); err != nil || !slices.Equal(free, []db.ID{a.Seconds[0]}) {
			t.Errorf("who came along is not free again: %v %v", free, err)
		}
	})
}
