package calendar_test

import (
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	. "held/practice/calendar"
)

func TestAGroupIsNeverSaidToBeSmallerThanItIs(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		o := h.offering(func(o *Offering) { o.Hosts, o.Places = []db.ID{host}, 4 })
		var a Appointment
		for range 3 {
			a = h.booked(o, at(5, 10, 0))
		}
		says := func(want string, places int) {
			t.Helper()
			got, err := h.Get(h.owner, h.db.Reader(), a.ID)
			h.must(err)
			g, _, err := h.GroupOf(h.owner, a.Group)
			h.must(err)
			if got.InGroup() != want || g.Places != places {
				t.Errorf("it says %q and %d places", got.InGroup(), g.Places)
			}
		}
		says("in a group of up to 4", 4)
		for _, places := range []int{2, 1} { // fewer than are booked
			o.Places = places
			_, err := h.SaveOffering(h.owner, o)
			h.must(err)
			says("in a group of up to 3", 3)
			if g, _, err := h.GroupOf(h.owner, a.Group); err != nil || g.Left != 0 {
				t.Errorf("%d places are left: %v", g.Left, err)
			}
		}
	})
}
