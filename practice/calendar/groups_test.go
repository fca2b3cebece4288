package calendar_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	. "held/practice/calendar"
)

// together is an offering for up to three people at a time, in a room.
func (h *house) together(change ...func(*Offering)) Offering {
	h.t.Helper()
	host, room := h.person("Europe/Lisbon", "09:00–17:00"), h.room("Large")
	return h.offering(func(o *Offering) {
		o.Name, o.Places, o.Where, o.Hosts, o.Rooms = "In a group", 3, InRoom, []db.ID{host}, []db.ID{room}
		for _, c := range change {
			c(o)
		}
	})
}

// rows counts what a table holds.
func (h *house) rows(table string) (n int64) {
	h.t.Helper()
	n, err := db.One(h.t.Context(), h.db.Reader(), db.Value[int64], "SELECT COUNT(*) FROM "+table)
	h.must(err)
	return n
}

func TestSeveralPeopleHaveOneTimeAndItIsClaimedOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		second := h.person("Europe/Lisbon", "09:00–17:00")
		o := h.together(func(o *Offering) { o.Seconds = []db.ID{second} })
		other := h.offering(func(o2 *Offering) { o2.Name, o2.Hosts = "Alone", o.Hosts })
		a := h.booked(o, at(5, 10, 0))
		n := h.claims()
		if n != 3*14+1 {
			t.Errorf("%d claims", n)
		}
		b, c := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		if a.Group.IsZero() || b.Group != a.Group || c.Group != a.Group || c.Host != a.Host || c.Room != a.Room || c.Places != 3 {
			t.Errorf("%+v %+v %+v", a, b, c)
		}
		if h.claims() != n {
			t.Error("the second and the third claimed time of their own")
		}
		_, err := h.book(o, at(5, 10, 0))
		refused(t, err, fault.Taken)
		if h.free(o, at(5, 10, 0)) || h.free(other, at(5, 10, 0)) {
			t.Error("a full group is free")
		}
		got, err := h.Get(h.owner, d.Reader(), b.ID)
		h.must(err)
		if got.Group != a.Group || got.Places != 3 || !slices.Equal(got.Seconds, a.Seconds) {
			t.Errorf("%+v", got)
		}
		_, err = h.cancel(h.owner, b)
		h.must(err)
		if !h.free(o, at(5, 10, 0)) || h.free(other, at(5, 10, 0)) || h.free(o, at(5, 10, 30)) {
			t.Error("a place was given back: it is free for this offering, at exactly this time, and for nothing else")
		}
		h.booked(o, at(5, 10, 0))
		for _, x := range []Appointment{a, c} {
			_, err = h.cancel(h.owner, x)
			h.must(err)
		}
		if h.claims() != n || h.rows("calendar_groups") != 1 {
			t.Error("one is still there, and the time was given back")
		}
	})
}

func TestTheLastToLeaveGivesTheTimeBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		a, b := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		n := h.claims()
		moved, err := h.move(h.owner, a, at(5, 14, 0), false)
		h.must(err)
		if moved.Group == b.Group || moved.Group.IsZero() || h.claims() != 2*n || moved.Sequence != 1 {
			t.Errorf("one of two moved: %+v, %d claims", moved, h.claims())
		}
		again, err := h.move(h.owner, b, at(5, 14, 0), false)
		h.must(err)
		if again.Group != moved.Group || h.claims() != n || h.rows("calendar_groups") != 1 || h.rows("calendar_places") != 2 {
			t.Errorf("the other followed: %+v, %d claims", again, h.claims())
		}
		_, err = h.cancel(h.owner, again)
		h.must(err)
		// Alone, one moves onto what the group itself takes now.
		times, err := h.TimesToMove(h.public, moved, at(5, 14, 30), at(5, 14, 31))
		h.must(err)
		if len(times) != 1 {
			t.Error("what nobody else needs is in the way of the only one")
		}
		last, err := h.move(h.owner, moved, at(5, 14, 30), false)
		h.must(err)
		if h.claims() != n {
			t.Errorf("%d claims", h.claims())
		}
		_, err = h.cancel(h.owner, last)
		h.must(err)
		if h.claims() != 0 || h.rows("calendar_groups") != 0 || h.rows("calendar_places") != 0 {
			t.Error("nobody is there, and something is kept")
		}
	})
}

func TestNobodyHasTwoPlacesOfOneGroup(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		client := db.NewID()
		wish := Booking{Offering: o.ID, Client: client, Start: at(5, 10, 0), Zone: "Europe/Paris", ByStaff: true}
		_, err := h.bookAs(h.owner, wish)
		h.must(err)
		_, err = h.bookAs(h.owner, wish)
		refusedAt(t, err, "start")
		if h.rows("calendar_places") != 1 || h.rows("calendar_appointments") != 1 {
			t.Error("the refused one has left something")
		}
	})
}

func TestAPlaceIsHeldWhileAFormIsFilledIn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together(func(o *Offering) { o.Places = 2 })
		other := h.offering(func(o2 *Offering) { o2.Name, o2.Hosts = "Alone", o.Hosts })
		first, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		second, err := h.Hold(h.public, o, at(5, 10, 0), 20*minutes)
		h.must(err)
		_, err = h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		refused(t, err, fault.Taken)
		if h.free(o, at(5, 10, 0)) {
			t.Error("both places are held, and the time is free")
		}
		h.clock.Add(15 * minutes)
		if !h.free(o, at(5, 10, 0)) || h.free(other, at(5, 10, 0)) {
			t.Error("one hold has ended: its place is free, and the time is not")
		}
		a := h.booked(o, at(5, 10, 0), func(b *Booking) { b.Hold = second.ID })
		h.clock.Add(time.Hour)
		if h.free(other, at(5, 10, 0)) || !h.free(o, at(5, 10, 0)) {
			t.Error("the booked place keeps the time")
		}
		b := h.booked(o, at(5, 10, 0), func(b *Booking) { b.Hold = first.ID }) // long over, and its place free all the same
		if a.Group != b.Group {
			t.Errorf("%+v %+v", a, b)
		}
		h.must(h.Fold(h.owner))
		if h.rows("calendar_holds") != 0 || h.rows("calendar_places") != 2 {
			t.Errorf("%d holds, %d places", h.rows("calendar_holds"), h.rows("calendar_places"))
		}
	})
}

func TestAGroupThatWasOnlyHeldIsAnybodysOnceItsHoldsEnd(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		other := h.offering(func(o2 *Offering) { o2.Name, o2.Hosts = "Alone", o.Hosts })
		held, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		a := h.booked(o, at(5, 10, 0))
		_, err = h.cancel(h.owner, a) // what remains is held only
		h.must(err)
		_, err = h.book(other, at(5, 10, 0))
		refused(t, err, fault.Taken)
		h.clock.Add(11 * minutes)
		if !h.free(other, at(5, 10, 0)) || !h.free(o, at(5, 10, 0)) {
			t.Error("the hold has ended, and the time is not free")
		}
		b := h.booked(other, at(5, 10, 30))
		if _, err := h.book(o, at(5, 10, 0), func(b *Booking) { b.Hold = held.ID }); !errors.Is(err, ErrTaken) {
			t.Errorf("the time of a hold that ended was sold: %v", err)
		}
		h.must(h.Fold(h.owner))
		if h.rows("calendar_groups") != 0 || h.rows("calendar_places") != 0 {
			t.Error("the group is still there")
		}
		_, err = h.cancel(h.owner, b)
		h.must(err)
		if h.claims() != 0 {
			t.Errorf("%d claims", h.claims())
		}
		// A hold that is released gives the group back, too.
		held, err = h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		h.must(h.Release(h.public, held.ID))
		if h.claims() != 0 || h.rows("calendar_groups") != 0 {
			t.Error("nothing is held, and something is claimed")
		}
	})
}

func TestAFoldedGroupCanStillBeCancelled(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		a, b := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		h.clock.Add(6 * 24 * time.Hour)
		h.must(h.Fold(h.owner))
		if h.claims() != 0 {
			t.Errorf("%d claims", h.claims())
		}
		for _, x := range []Appointment{a, b} {
			now, err := h.cancel(h.owner, x)
			h.must(err)
			if now.State != Cancelled || h.claims() != 0 {
				t.Errorf("%+v", now)
			}
		}
	})
}

func TestAnOfferingWhosePlacesChangeKeepsWhatWasBooked(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		a, b := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		o.Places = 1
		o, err := h.SaveOffering(h.owner, o)
		h.must(err)
		_, err = h.book(o, at(5, 10, 0))
		refused(t, err, fault.Taken)
		n := h.claims()
		moved, err := h.move(h.owner, b, at(5, 14, 0), false)
		h.must(err)
		if !moved.Group.IsZero() || h.claims() != 2*n {
			t.Errorf("%+v, %d claims", moved, h.claims())
		}
		o.Places = 2
		o, err = h.SaveOffering(h.owner, o)
		h.must(err)
		if !h.free(o, at(5, 10, 0)) || h.free(o, at(5, 14, 0)) {
			t.Error("what was booked alone stays alone; what is a group has a place")
		}
		if moved, err = h.move(h.owner, moved, at(5, 10, 0), false); err != nil || moved.Group != a.Group || h.claims() != n {
			t.Errorf("%+v %v, %d claims", moved, err, h.claims())
		}
		for _, bad := range []int{-1, 13} {
			x := o
			x.Places = bad
			saved, err := h.SaveOffering(h.owner, x)
			if bad > 0 {
				refusedAt(t, err, "places")
			} else if h.must(err); saved.Places != 1 {
				t.Errorf("%d places", saved.Places)
			}
		}
	})
}

func TestOfOneGroupEverybodyMeetsEverybodyByVideoToo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together(func(o *Offering) { o.Where, o.Rooms = ByVideo, nil })
		a, b := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		client := db.NewID()
		all, err := h.Beside(h.owner, a, Sketch(o, client, o.Hosts[0], at(5, 10, 0)), Sketch(o, client, o.Hosts[0], at(5, 14, 0)))
		h.must(err)
		if !slices.Equal(all[0], []db.ID{b.Client}) || len(all[1]) != 2 || len(all[2]) != 0 {
			t.Errorf("%v", all)
		}
	})
}

// TestAGroupStaysOneWhenItsOfferingHasOnePlaceNow: who is in it still meets the
// others, and is still told so.
func TestAGroupStaysOneWhenItsOfferingHasOnePlaceNow(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together(func(o *Offering) { o.Where, o.Rooms = ByVideo, nil })
		a, b := h.booked(o, at(5, 10, 0)), h.booked(o, at(5, 10, 0))
		o.Places = 1
		_, err := h.SaveOffering(h.owner, o)
		h.must(err)
		a, err = h.Get(h.owner, d.Reader(), a.ID)
		h.must(err)
		if got := a.Called(); got != "In a group, in a group of up to 2" { // as many as are in it
			t.Errorf("it is called %q", got)
		}
		all, err := h.Beside(h.owner, a)
		h.must(err)
		if !slices.Equal(all[0], []db.ID{b.Client}) {
			t.Errorf("beside it: %v", all)
		}
	})
}

// TestNobodyJoinsAGroupOfWhatTheOfferingIsNoMore: a visitor is told a length, a
// place and people, and a group that was made before has others.
func TestNobodyJoinsAGroupOfWhatTheOfferingIsNoMore(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		second := h.person("Europe/Lisbon", "09:00–17:00")
		was := h.together()
		a := h.booked(was, at(5, 10, 0))
		for _, now := range []struct {
			what   string
			change func(o *Offering)
		}{
			{"longer", func(o *Offering) { o.Length += 30 * minutes }},
			{"by video", func(o *Offering) { o.Where, o.Rooms = ByVideo, nil }},
			{"in another room", func(o *Offering) { o.Rooms = []db.ID{h.room("Small")} }},
			{"with a second person", func(o *Offering) { o.Seconds = []db.ID{second} }},
		} {
			o := was
			now.change(&o)
			o, err := h.SaveOffering(h.owner, o)
			h.must(err)
			all, err := h.GroupsOf(h.owner, o, at(5, 0, 0), at(6, 0, 0))
			h.must(err)
			if h.free(o, at(5, 10, 0)) || len(all) != 1 || all[0].Left != 0 {
				t.Errorf("%s: the group has a place: %+v", now.what, all)
			}
			_, err = h.book(o, at(5, 10, 0))
			refused(t, err, fault.Taken)
		}
		was.After += 5 * minutes // quiet minutes are nobody's business but the house's
		was, err := h.SaveOffering(h.owner, was)
		h.must(err)
		if b := h.booked(was, at(5, 10, 0)); b.Group != a.Group {
			t.Errorf("%+v", b)
		}
	})
}

// never holds that nobody has a place twice, that no group has more than its
// places, and that its time is claimed once and by it alone.
func (h *house) never(o Offering) (all []Appointment) {
	h.t.Helper()
	all, err := h.Between(h.owner, at(1, 0, 0), at(31, 0, 0))
	h.must(err)
	groups := map[db.ID][]Appointment{}
	for _, a := range all {
		groups[a.Group] = append(groups[a.Group], a)
	}
	if len(groups[db.ID{}]) > 0 {
		h.t.Errorf("%d have no place in any group", len(groups[db.ID{}]))
	}
	steps := int64((o.Before + o.Length + o.After) / (5 * minutes))
	var rows int64
	var one []Appointment
	for _, members := range groups {
		one, rows = append(one, members[0]), rows+2*steps+1
		if len(members) > o.Places {
			h.t.Errorf("%d people in a group of %d", len(members), o.Places)
		}
		for _, a := range members {
			if !a.Start.Equal(members[0].Start) || a.Host != members[0].Host || a.Room != members[0].Room {
				h.t.Errorf("of one group: %+v and %+v", a, members[0])
			}
		}
	}
	for i, a := range one {
		for _, b := range one[:i] {
			apart := !a.Start.Add(-o.Before).Before(b.End.Add(o.After)) || !b.Start.Add(-o.Before).Before(a.End.Add(o.After))
			if !apart && (a.Host == b.Host || a.Room == b.Room) {
				h.t.Errorf("groups at %s and %s overlap", a.Start, b.Start)
			}
		}
	}
	if n := h.claims(); n != rows {
		h.t.Errorf("%d claims for %d groups, not %d", n, len(one), rows)
	}
	if p, g := h.rows("calendar_places"), h.rows("calendar_groups"); p != int64(len(all)) || g != int64(len(one)) {
		h.t.Errorf("%d places in %d groups for %d appointments in %d", p, g, len(all), len(one))
	}
	return all
}

func TestSixtyFourBookersOverOverlappingGroups(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for name, starts := range map[string]int{"one time": 1, "overlapping times": 24} {
			t.Run(name, func(t *testing.T) {
				h := newHouse(t, d)
				o := h.together(func(o *Offering) { o.Name, o.Every, o.Places = name, 0, 5 })
				errs := race(racers, func(i int) error {
					_, err := h.book(o, at(5, 9, 30).Add(time.Duration(i%starts)*5*minutes))
					return err
				})
				won := onlyTaken(t, errs)
				all := h.never(o)
				if won != len(all) || won == 0 || starts == 1 && won != o.Places {
					t.Errorf("%d were told yes, %d appointments", won, len(all))
				}
				for _, a := range all {
					_, err := h.cancel(h.owner, a)
					h.must(err)
				}
				if h.claims() != 0 || h.rows("calendar_groups") != 0 {
					t.Error("everybody has left, and something is claimed")
				}
			})
		}
	})
}

func TestJoiningLeavingAndMovingRaceWithoutLosingOrKeepingAPlace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together(func(o *Offering) {
			o.Every, o.Hosts, o.Rooms = 0, append(o.Hosts, h.person("Europe/Lisbon", "09:00–17:00")), append(o.Rooms, h.room("Small"))
		})
		var mine []Appointment
		for i := range 12 {
			mine = append(mine, h.booked(o, at(5, 9+2*(i%3), 30)))
		}
		errs := race(racers, func(i int) error {
			a, start := mine[i%len(mine)], at(5, 9+rand.IntN(6), 30)
			switch i % 6 {
			case 0:
				_, err := h.cancel(h.owner, a)
				return err
			case 1, 2:
				_, err := h.book(o, start)
				return err
			case 3:
				x, err := h.Hold(h.public, o, start, 10*minutes)
				if err != nil {
					return err
				}
				if i%2 == 0 {
					return h.Release(h.public, x.ID)
				}
				_, err = h.book(o, start, func(b *Booking) { b.Hold = x.ID })
				return err
			}
			_, err := h.move(h.owner, a, start, i%3 == 0)
			if errors.Is(err, ErrCancelled) {
				err = nil
			}
			return err
		})
		onlyTaken(t, errs)
		h.never(o)
	})
}

func TestHoldsOfManyNeverSellAPlaceTwice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.together()
		holds := make([]Hold, racers)
		errs := race(racers, func(i int) (err error) {
			holds[i], err = h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
			return err
		})
		if won := onlyTaken(t, errs); won != 3 {
			t.Fatalf("%d hold three places", won)
		}
		booked := race(racers, func(i int) error {
			_, err := h.book(o, at(5, 10, 0), func(b *Booking) { b.Hold = holds[i].ID })
			return err
		})
		if won := onlyTaken(t, booked); won != 3 {
			t.Errorf("%d booked", won)
		}
		for i := range errs {
			if (errs[i] == nil) != (booked[i] == nil) {
				t.Errorf("held: %v, booked: %v", errs[i], booked[i])
			}
		}
		h.never(o)
	})
}
