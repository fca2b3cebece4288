package calendar_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	. "held/practice/calendar"
	"held/rules/availability"
)

// TestAMonthOfTimesIsWhatTheRulesSay books at random and compares each month
// shown with what the rules make of the appointments themselves.
func TestAMonthOfTimesIsWhatTheRulesSay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		chance := rand.New(rand.NewPCG(1, 2))
		h := newHouse(t, d)
		zones := []string{"Europe/Lisbon", "Asia/Kolkata", "Pacific/Auckland"}
		var hosts []db.ID
		for _, zone := range zones {
			hosts = append(hosts, h.person(zone, "08:00–12:30, 14:00–20:00"))
		}
		rooms := []db.ID{h.room("One"), h.room("Two")}
		h.attendants(hosts[1], hosts[2], h.person("Europe/Lisbon", "10:00–16:00"))
		offerings := []Offering{
			h.offering(func(o *Offering) { o.Name, o.Hosts, o.PerDay, o.Notice = "A", hosts[:1], 2, 30*time.Hour }),
			h.offering(func(o *Offering) { o.Name, o.Hosts, o.Where, o.Rooms = "B", hosts, InRoom, rooms }),
			h.offering(func(o *Offering) {
				o.Name, o.Hosts, o.Seconds, o.Every, o.HorizonDays = "C", hosts[1:], hosts[:1], 15*minutes, 20
			}),
			h.offering(func(o *Offering) {
				o.Name, o.Hosts, o.Where, o.Rooms, o.Places, o.PerDay = "D", hosts[:2], InRoom, rooms, 3, 1
			}),
			h.offering(func(o *Offering) {
				o.Name, o.Hosts, o.Where, o.Rooms, o.Attended, o.PerDay = "E", hosts[:2], InRoom, rooms, true, 2
			}),
			h.offering(func(o *Offering) {
				o.Name, o.Hosts, o.Seconds, o.Attended, o.Places = "F", hosts[:1], hosts[1:2], true, 2
			}),
		}
		from, to := at(3, 0, 0), at(3, 0, 0).AddDate(0, 1, 0)
		for range 100 {
			o := offerings[chance.IntN(len(offerings))]
			free := h.times(o, from, to)
			if want := h.reckoned(o, from, to); !slices.EqualFunc(free, want, time.Time.Equal) {
				t.Fatalf("%s: %d free, the rules say %d", o.Name, len(free), len(want))
			}
			start := free[chance.IntN(len(free))]
			if joined := h.joinable(o); len(joined) > 0 && chance.IntN(3) > 0 {
				start = joined[chance.IntN(len(joined))]
			}
			a := h.booked(o, start)
			if chance.IntN(4) == 0 {
				_, err := h.cancel(h.owner, a)
				h.must(err)
			}
		}
	})
}

// reckoned asks the rules with what Between tells about the appointments.
func (h *house) reckoned(o Offering, from, to time.Time) (free []time.Time) {
	h.t.Helper()
	all, err := h.Between(h.owner, from.AddDate(0, 0, -2), to.AddDate(0, 0, 2))
	h.must(err)
	offerings, err := h.Offerings(h.owner)
	h.must(err)
	resource := func(id db.ID, room bool) (r availability.Resource) {
		for _, a := range all {
			if a.Host == id || a.Room == id || slices.Contains(a.Seconds, id) {
				x := offerings[slices.IndexFunc(offerings, func(x Offering) bool { return x.ID == a.Offering })]
				r.Busy = append(r.Busy, availability.Span{Start: a.Start.Add(-x.Before), End: a.End.Add(x.After)})
			}
		}
		if !room {
			hours, err := h.Hours(h.owner, id)
			h.must(err)
			r.Hours = &availability.Hours{}
			r.Hours.Zone, _ = time.LoadLocation(hours.Zone)
			for i, text := range hours.Week {
				r.Hours.Week[i], _ = availability.ParseDay(text)
			}
		}
		return r
	}
	rule := availability.Offering{Length: o.Length, Before: o.Before, After: o.After, Notice: o.Notice, HorizonDays: o.HorizonDays, PerDay: o.PerDay, Every: o.Every}
	for _, host := range o.Hosts {
		needs := []availability.Resource{resource(host, false)}
		for _, id := range o.Seconds {
			needs = append(needs, resource(id, false))
		}
		var starts []time.Time
		groups := map[db.ID]int{}
		for _, a := range all {
			if a.Offering != o.ID || a.Host != host {
				continue
			}
			if groups[a.Group]++; a.Group.IsZero() || groups[a.Group] == 1 {
				starts = append(starts, a.Start)
			}
		}
		// A group with a place is free where the rules would allow it, had nobody anything to do.
		for _, a := range all {
			if n := groups[a.Group]; !a.Group.IsZero() && a.Offering == o.ID && a.Host == host && n > 0 && n < o.Places {
				idle, anyDay := slices.Clone(needs), rule
				if o.Attended { // it has its attendant
					for _, id := range a.Seconds {
						idle = append(idle, resource(id, false))
					}
				}
				anyDay.PerDay = 0
				for i := range idle {
					idle[i].Busy = nil
				}
				free = append(free, availability.Free(anyDay, idle, nil, needs[0].Hours.Zone, h.clock.Now(), latest(from, a.Start), earliest(to, a.Start.Add(time.Second)))...)
			}
		}
		rooms := o.Rooms
		if o.Where != InRoom {
			rooms = []db.ID{{}}
		}
		along := []availability.Resource{{}} // nobody more
		if o.Attended {
			attendants, err := h.Attendants(h.owner)
			h.must(err)
			along = nil
			for _, id := range attendants {
				if id != host && !slices.Contains(o.Seconds, id) {
					along = append(along, resource(id, false))
				}
			}
		}
		for _, room := range rooms {
			for _, attendant := range along {
				free = append(free, availability.Free(rule, append(slices.Clip(needs), resource(room, true), attendant), starts, needs[0].Hours.Zone, h.clock.Now(), from, to)...)
			}
		}
	}
	slices.SortFunc(free, time.Time.Compare)
	return slices.CompactFunc(free, time.Time.Equal)
}

// joinable are the times of groups of an offering that have a place.
func (h *house) joinable(o Offering) (out []time.Time) {
	h.t.Helper()
	all, err := h.Between(h.owner, at(3, 0, 0), at(3, 0, 0).AddDate(0, 1, 0))
	h.must(err)
	n := map[db.ID]int{}
	for _, a := range all {
		n[a.Group]++
	}
	for _, a := range all {
		if !a.Group.IsZero() && a.Offering == o.ID && n[a.Group] < o.Places && h.free(o, a.Start) {
			out = append(out, a.Start)
		}
	}
	return out
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// TestClockChangesInTheZonesOfHosts looks at days of 23 and 25 hours, at one
// that begins at 01:00, and at zones that are not whole hours away.
func TestClockChangesInTheZonesOfHosts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for _, c := range []struct {
			zone, date string
			hours      int
		}{
			{"Europe/Lisbon", "2026-03-29", 23}, {"Europe/Lisbon", "2026-10-25", 25},
			{"Africa/Cairo", "2026-04-24", 23}, {"America/Havana", "2026-11-01", 25},
			{"Australia/Lord_Howe", "2026-04-05", 24}, {"Asia/Kathmandu", "2026-03-29", 24},
		} {
			zone, err := time.LoadLocation(c.zone)
			h.must(err)
			host := h.person(c.zone, "00:00–24:00")
			o := h.offering(func(o *Offering) {
				o.Name, o.Slug, o.Hosts, o.Length, o.Before, o.After, o.Every, o.PerDay = c.zone+c.date, "", []db.ID{host}, 60*minutes, 0, 0, 60*minutes, 3
				o.Slug = "day-" + c.date + "-" + map[bool]string{true: "a", false: "b"}[c.zone == "Asia/Kathmandu"]
			})
			noon, err := time.ParseInLocation("2006-01-02 15:04", c.date+" 12:00", zone)
			h.must(err)
			var day []time.Time
			for _, at := range h.times(o, noon.Add(-20*time.Hour), noon.Add(20*time.Hour)) {
				if at.In(zone).Format(time.DateOnly) == c.date {
					day = append(day, at)
				}
			}
			if len(day) < c.hours-1 || len(day) > c.hours {
				t.Errorf("%s %s: %d starts in a day of %d hours", c.zone, c.date, len(day), c.hours)
			}
			for _, start := range []time.Time{day[0], day[len(day)-1], day[len(day)/2]} {
				h.booked(o, start)
			}
			for _, at := range h.times(o, noon.Add(-20*time.Hour), noon.Add(20*time.Hour)) {
				if at.In(zone).Format(time.DateOnly) == c.date {
					t.Errorf("%s: %s is offered on a full day", c.zone, at.In(zone))
				}
			}
		}
	})
}

func TestTheNearestFreeTimesStandAroundTheOneThatIsGone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		h.booked(o, at(5, 12, 0))
		near, err := h.Nearest(h.public, o, at(5, 12, 0), 4)
		h.must(err)
		want := []time.Time{at(5, 10, 0), at(5, 10, 30), at(5, 13, 30), at(5, 14, 0)}
		if !slices.EqualFunc(near, want, time.Time.Equal) {
			t.Errorf("nearest %v", near)
		}
		h.clock.Add(72 * time.Hour)
		if near, err = h.Nearest(h.public, o, at(5, 12, 0), 1); err != nil || len(near) != 1 || near[0].Before(h.clock.Now()) {
			t.Errorf("nearest to a past time: %v %v", near, err)
		}
	})
}

func TestEveryChangeGrowsTheGeneration(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		last := h.Generation()
		grown := func(what string) {
			t.Helper()
			if h.Generation() <= last {
				t.Errorf("%s did not grow the generation", what)
			}
			last = h.Generation()
		}
		held, err := h.Hold(h.public, o, at(5, 10, 0), 10*minutes)
		h.must(err)
		grown("a hold")
		h.must(h.Release(h.public, held.ID))
		grown("a release")
		a := h.booked(o, at(5, 10, 0))
		grown("a booking")
		_, err = h.move(h.owner, a, at(5, 12, 0), true)
		h.must(err)
		grown("a move")
		_, err = h.cancel(h.owner, a)
		h.must(err)
		grown("a cancellation")
		h.must(h.SaveHours(h.owner, Hours{Person: o.Hosts[0], Zone: "UTC"}))
		grown("new hours")
	})
}
