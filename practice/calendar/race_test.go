package calendar_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	. "held/practice/calendar"
)

const racers = 64

// race starts everybody at the same moment and gives back what each got.
func race(n int, run func(i int) error) []error {
	errs := make([]error, n)
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-gate
			errs[i] = run(i)
		})
	}
	close(gate)
	wg.Wait()
	return errs
}

// onlyTaken counts who got a time, and refuses every error but the one.
func onlyTaken(t *testing.T, errs []error) (won int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrTaken):
			t.Errorf("a racer got %v", err)
		}
	}
	return won
}

// soldOnce looks at what was booked and refuses overlaps of anybody and any room.
func soldOnce(t *testing.T, h *house, o Offering) []Appointment {
	t.Helper()
	all, err := h.Between(h.owner, at(1, 0, 0), at(31, 0, 0))
	h.must(err)
	var rows int64
	for i, a := range all {
		rows += int64((o.Before+o.Length+o.After)/(5*minutes)) * int64(1+len(a.Seconds))
		rows++
		if !a.Room.IsZero() {
			rows += int64((o.Before + o.Length + o.After) / (5 * minutes))
		}
		for _, b := range all[:i] {
			apart := !a.Start.Add(-o.Before).Before(b.End.Add(o.After)) || !b.Start.Add(-o.Before).Before(a.End.Add(o.After))
			if !apart && (a.Host == b.Host || !a.Room.IsZero() && a.Room == b.Room || len(a.Seconds) > 0) {
				t.Errorf("%s and %s were both sold", a.Start, b.Start)
			}
		}
	}
	if n := h.claims(); n != rows {
		t.Errorf("%d claims for %d appointments, not %d", n, len(all), rows)
	}
	return all
}

func TestSixtyFourRacersOverOverlappingTimes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		hosts := []db.ID{h.person("Europe/Lisbon", "09:00–17:00"), h.person("Europe/Lisbon", "09:00–17:00")}
		second := h.person("Europe/Lisbon", "08:00–18:00")
		rooms := []db.ID{h.room("One"), h.room("Two")}
		for name, change := range map[string]func(*Offering){
			"one host":                          func(o *Offering) { o.Hosts = hosts[:1] },
			"two hosts, two rooms":              func(o *Offering) { o.Hosts, o.Where, o.Rooms = hosts, InRoom, rooms },
			"two hosts, two rooms, one to join": func(o *Offering) { o.Hosts, o.Where, o.Rooms, o.Seconds = hosts, InRoom, rooms, []db.ID{second} },
		} {
			t.Run(name, func(t *testing.T) {
				o := h.offering(func(o *Offering) { o.Name, o.Every = name, 0; change(o) })
				errs := race(racers, func(i int) error {
					_, err := h.book(o, at(5, 9, 0).Add(time.Duration(i%24)*5*minutes))
					return err
				})
				won := onlyTaken(t, errs)
				all := soldOnce(t, h, o)
				if won == 0 || won != len(all) {
					t.Errorf("%d were told yes, %d appointments", won, len(all))
				}
				for _, a := range all {
					_, err := h.cancel(h.owner, a)
					h.must(err)
				}
			})
		}
	})
}

func TestARacerWhoLosesOneHostGetsTheOther(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var hosts, rooms []db.ID
		for i := range 4 {
			hosts, rooms = append(hosts, h.person("Europe/Lisbon", "09:00–17:00")), append(rooms, h.room(fmt.Sprint(i)))
		}
		o := h.offering(func(o *Offering) { o.Hosts, o.Where, o.Rooms = hosts, InRoom, rooms })
		errs := race(16, func(int) error { _, err := h.book(o, at(5, 10, 0)); return err })
		if won := onlyTaken(t, errs); won != 4 {
			t.Errorf("%d appointments with four people in four rooms", won)
		}
		soldOnce(t, h, o)
	})
}

func TestTheDaysLimitHoldsUnderARace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "00:00–24:00")
		o := h.offering(func(o *Offering) {
			o.Hosts, o.Length, o.Before, o.After, o.Every, o.PerDay = []db.ID{host}, 5*minutes, 0, 0, 0, 5
		})
		errs := race(racers, func(i int) error {
			_, err := h.book(o, at(5, 0, 0).Add(time.Duration(i)*40*minutes))
			return err
		})
		if won := onlyTaken(t, errs); won != 10 { // 64 starts within two days of five
			all, err := h.Between(h.owner, at(5, 0, 0), at(7, 0, 0))
			h.must(err)
			perDay := map[int]int{}
			for _, a := range all {
				perDay[a.Start.Day()]++
			}
			t.Errorf("%d won: %v", won, perDay)
		}
	})
}

func TestOneOfManyHoldsATimeAndOnlyItsHolderBooksIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		holds := make([]Hold, racers)
		errs := race(racers, func(i int) (err error) {
			holds[i], err = h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
			return err
		})
		if won := onlyTaken(t, errs); won != 1 {
			t.Fatalf("%d hold the same time", won)
		}
		var mine Hold
		for i, err := range errs {
			if err == nil {
				mine = holds[i]
			}
		}
		errs = race(racers, func(i int) error {
			_, err := h.book(o, at(5, 10, 0), func(b *Booking) {
				if i == 7 {
					b.Hold = mine.ID
				}
			})
			return err
		})
		if won := onlyTaken(t, errs); won != 1 || errs[7] != nil {
			t.Errorf("%d booked; its holder: %v", won, errs[7])
		}
		soldOnce(t, h, o)
	})
}

func TestMovesAndCancellationsRaceWithoutLosingOrKeepingTime(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		hosts := []db.ID{h.person("Europe/Lisbon", "00:00–24:00"), h.person("Europe/Lisbon", "00:00–24:00")}
		o := h.offering(func(o *Offering) { o.Hosts, o.Every, o.PerDay = hosts, 0, 12 })
		var all []Appointment
		for i := range 12 {
			all = append(all, h.booked(o, at(5, i, 0)))
		}
		errs := race(racers, func(i int) error {
			a := all[i%len(all)]
			switch i % 5 {
			case 0:
				_, err := h.cancel(h.owner, a)
				return err
			case 1:
				_, err := h.book(o, at(5+i%2, rand.IntN(20), 0))
				return err
			}
			_, err := h.move(h.owner, a, at(5+i%2, rand.IntN(20), 5*(i%3)), i%3 == 0)
			if errors.Is(err, ErrCancelled) {
				err = nil
			}
			return err
		})
		onlyTaken(t, errs)
		soldOnce(t, h, o)
	})
}

func TestTheSameFormSentAtOnceBooksOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		ids := make([]db.ID, 16)
		errs := race(len(ids), func(i int) error {
			a, err := h.book(o, at(5, 10, 0), func(b *Booking) { b.Once = []byte("one form") })
			ids[i] = a.ID
			return err
		})
		if won := onlyTaken(t, errs); won != len(ids) {
			t.Errorf("%d of %d were answered", won, len(ids))
		}
		for _, id := range ids {
			if id != ids[0] {
				t.Error("two appointments for one form")
			}
		}
		soldOnce(t, h, o)
	})
}
