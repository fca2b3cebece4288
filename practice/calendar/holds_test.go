package calendar_test

import (
	"errors"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	. "held/practice/calendar"
)

func TestAHeldTimeIsOfferedToNobodyElseUntilItExpires(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		held, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		if got, err := h.GetHold(h.public, held.ID); err != nil || got != held {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = h.book(o, at(5, 10, 0))
		refused(t, err, fault.Taken)
		_, err = h.book(o, at(5, 10, 30))
		refused(t, err, fault.Taken)
		if h.free(o, at(5, 10, 0)) {
			t.Error("a held time is offered")
		}
		h.clock.Add(10 * minutes)
		if !h.free(o, at(5, 10, 0)) {
			t.Error("an expired hold still keeps its time")
		}
		if _, err := h.GetHold(h.public, held.ID); !errors.Is(err, ErrHold) {
			t.Error(err)
		}
		h.booked(o, at(5, 10, 30)) // overlaps the expired hold and sweeps it aside
		_, err = h.book(o, at(5, 10, 0), func(b *Booking) { b.Hold = held.ID })
		refused(t, err, fault.Taken)
		h.must(h.Fold(h.owner))
		soldOnce(t, h, o)
	})
}

func TestAHoldThatExpiredIsBookedAllTheSameWhileItsTimeIsFree(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		for _, fold := range []bool{false, true} {
			start := at(5, 10, 0)
			if fold {
				start = at(5, 12, 0)
			}
			held, err := h.Hold(h.public, o, start, 10*minutes)
			h.must(err)
			h.clock.Add(time.Hour)
			if fold {
				h.must(h.Fold(h.owner))
			}
			h.booked(o, start, func(b *Booking) { b.Hold = held.ID })
			soldOnce(t, h, o)
		}
	})
}

func TestAHoldOutlastsTheNoticeAndTheHours(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		o := h.offering(func(o *Offering) { o.Hosts, o.Notice = []db.ID{host}, 24*time.Hour })
		held, err := h.Hold(h.public, o, at(4, 9, 0), 10*minutes)
		h.must(err)
		h.clock.Add(9 * minutes)
		h.must(h.SaveHours(h.owner, Hours{Person: host, Zone: "Europe/Lisbon"}))
		_, err = h.book(o, at(4, 9, 0))
		refusedAt(t, err, "start")
		h.booked(o, at(4, 9, 0), func(b *Booking) { b.Hold = held.ID })
		soldOnce(t, h, o)
	})
}

func TestAHoldForAnotherTimeIsGivenBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		held, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		h.booked(o, at(5, 10, 30), func(b *Booking) { b.Hold = held.ID })
		soldOnce(t, h, o)
		held, err = h.Hold(h.public, o, at(5, 14, 0), 10*minutes)
		h.must(err)
		h.must(h.Release(h.public, held.ID))
		h.must(h.Release(h.public, held.ID))
		soldOnce(t, h, o)
		h.booked(o, at(5, 14, 0), func(b *Booking) { b.Hold = db.NewID() })
	})
}

func TestHoldsCountForTheDay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		o := h.offering(func(o *Offering) { o.Hosts, o.PerDay = []db.ID{host}, 1 })
		held, err := h.Hold(h.public, o, at(5, 9, 0), 10*minutes)
		h.must(err)
		_, err = h.book(o, at(5, 14, 0))
		refused(t, err, fault.Taken)
		h.clock.Add(10 * minutes)
		h.booked(o, at(5, 14, 0))
		_, err = h.book(o, at(5, 9, 0), func(b *Booking) { b.Hold = held.ID })
		refused(t, err, fault.Taken)
		h.must(h.Fold(h.owner))
		soldOnce(t, h, o)
	})
}

func TestWhatAHoldSweepsAsideLeavesNothingThatBlocks(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		other := h.offering(func(x *Offering) { x.Name, x.Hosts = "Another", o.Hosts })
		_, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		h.clock.Add(10 * minutes)
		a := h.booked(other, at(5, 10, 0)) // takes the host's steps, not the other offering's count
		_, err = h.cancel(h.owner, a)
		h.must(err)
		h.booked(o, at(5, 10, 0))
	})
}

func TestHoldsAreRefusedLikeBookings(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		_, err := h.Hold(h.public, o, at(5, 3, 0), 10*minutes)
		refusedAt(t, err, "start")
		_, err = h.Hold(h.public, Offering{ID: db.NewID()}, at(5, 10, 0), 10*minutes)
		refused(t, err, fault.NotFound)
		_, err = h.Hold(h.public, o, at(5, 10, 0), 1000*time.Hour)
		refused(t, err, fault.Invalid)
	})
}

func TestFoldingKeepsEveryClaimThatIsToCome(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		past := h.booked(o, at(4, 10, 0))
		future := h.booked(o, at(20, 10, 0))
		_, err := h.Hold(h.public, o, at(21, 10, 0), 10*minutes)
		h.must(err)
		h.must(h.Fold(h.owner))
		if n := h.claims(); n != 3*15 {
			t.Errorf("%d claims: folding took what is still to come", n)
		}
		h.clock.Add(10 * 24 * time.Hour)
		h.must(h.Fold(h.owner))
		if n := h.claims(); n != 15 {
			t.Errorf("%d claims after the past was folded away, want the one to come", n)
		}
		if _, err := h.Get(h.owner, d.Reader(), past.ID); err != nil {
			t.Errorf("the past appointment: %v", err)
		}
		_, err = h.book(o, at(20, 10, 0))
		refused(t, err, fault.Taken)
		_, err = h.cancel(h.owner, past)
		h.must(err)
		_, err = h.cancel(h.owner, future)
		h.must(err)
		if h.claims() != 0 {
			t.Error("claims were left behind")
		}
	})
}
