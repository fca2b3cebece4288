// Package checkins reckons when a person is asked how they are, from the plan
// that their practice made, the day they began, and their medicine sessions. It
// holds no plan of its own: a practice that chose nothing asks nothing.
package checkins

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Point is a place in a course at which something can be asked.
type Point string

// The points, in the order of a course. The ones in months count from the last
// session so far; a new session moves them.
const (
	Start   Point = "start"
	Day1    Point = "day1"
	Day7    Point = "day7"
	Monthly Point = "monthly"
	Month1  Point = "month1"
	Month3  Point = "month3"
	Month6  Point = "month6"
)

// Points lists them in their order.
var Points = []Point{Start, Day1, Day7, Monthly, Month1, Month3, Month6}

// Asking is one line of a practice's plan.
type Asking struct {
	What  string // an instrument, or the questions of the ripple
	At    []Point
	Open  int // days for which it can be answered; at least one
	Begin int // hour of the day at which it is asked, 0 to 23
	// Remind is after how many days somebody is reminded once; nought: never.
	Remind int
}

// Session is a medicine session that was held, or will be.
type Session struct {
	ID    string
	At    time.Time
	Given string // what was given, in words; "": nothing is kept about it
}

// Due is one question at one point: asked from From on, until Until.
type Due struct {
	What        string
	Point       Point
	Key         string // what is asked once: the point, and the session or month
	From, Until time.Time
	Remind      time.Time // zero: never
}

// lastMonth is for how many months after the last session "monthly" goes on.
const lastMonth = 6

// All gives everything that a plan asks of one person, in the order of time.
// begun is when they came onto the path (zero: not yet); sessions may come in
// any order. Days are the practice's days in its zone.
func All(plan []Asking, begun time.Time, sessions []Session, zone *time.Location) []Due {
	sessions = slices.Clone(sessions)
	slices.SortFunc(sessions, func(a, b Session) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	c := course{begun: begun, sessions: sessions, zone: zone}
	var out []Due
	for _, a := range plan {
		for _, p := range a.At {
			out = append(out, c.at(a, p)...)
		}
	}
	slices.SortStableFunc(out, func(a, b Due) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.What, b.What)) })
	return out
}

// Open are those of All that can be answered at an instant.
func Open(all []Due, now time.Time) []Due {
	return slices.DeleteFunc(slices.Clone(all), func(d Due) bool { return now.Before(d.From) || !now.Before(d.Until) })
}

type course struct {
	begun    time.Time
	sessions []Session
	zone     *time.Location
}

func (c course) at(a Asking, p Point) (out []Due) {
	add := func(key string, from time.Time, months, days int) {
		d := addMonths(from.In(c.zone), months)
		d = time.Date(d.Year(), d.Month(), d.Day()+days, a.Begin, 0, 0, 0, c.zone)
		until := time.Date(d.Year(), d.Month(), d.Day()+max(a.Open, 1), a.Begin, 0, 0, 0, c.zone)
		due := Due{What: a.What, Point: p, Key: string(p) + key, From: d, Until: until}
		if a.Remind > 0 && a.Remind < a.Open {
			due.Remind = time.Date(d.Year(), d.Month(), d.Day()+a.Remind, a.Begin, 0, 0, 0, c.zone)
		}
		out = append(out, due)
	}
	switch {
	case p == Start && !c.begun.IsZero():
		add("", c.begun, 0, 0)
	case p == Day1 || p == Day7:
		days := map[Point]int{Day1: 1, Day7: 7}[p]
		for _, s := range c.sessions {
			add(":"+s.ID, s.At, 0, days)
		}
	case len(c.sessions) == 0:
	case p == Monthly:
		first, last := c.sessions[0].At, c.sessions[len(c.sessions)-1].At
		for n := 1; ; n++ {
			if month := addMonths(first.In(c.zone), n); month.After(addMonths(last.In(c.zone), lastMonth)) {
				break
			}
			add(":"+strconv.Itoa(n), first, n, 0)
		}
	case p == Month1 || p == Month3 || p == Month6:
		last := c.sessions[len(c.sessions)-1]
		add(":"+last.ID, last.At, map[Point]int{Month1: 1, Month3: 3, Month6: 6}[p], 0)
	}
	return out
}

// addMonths goes months ahead, never past the end of the month it comes to.
func addMonths(t time.Time, n int) time.Time {
	last := time.Date(t.Year(), t.Month()+time.Month(n)+1, 0, 0, 0, 0, 0, t.Location()).Day()
	return time.Date(t.Year(), t.Month()+time.Month(n), min(t.Day(), last), t.Hour(), t.Minute(), 0, 0, t.Location())
}
