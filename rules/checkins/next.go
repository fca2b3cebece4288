package checkins

import (
	"cmp"
	"slices"
	"time"
)

// Earlier is something that was asked of somebody already.
type Earlier struct {
	What, Key string
	// Waits: it was not answered, and its time is not over.
	Waits bool
	// Keeps: it gives way to nothing: somebody has begun to answer it, or it was
	// asked by hand.
	Keeps bool
	// Quiet: until then nothing of the same kind is asked again: for the rest of the
	// day on which it was answered. Zero: no such time.
	Quiet time.Time
	// Away: until then it was put away, and only what is near a session is asked.
	Away time.Time
}

// Near tells whether a point stands beside a session. What is said there can be
// said at no other time, so it goes before what comes back each month.
func (p Point) Near() bool { return p == Day1 || p == Day7 }

// pointOf is the point of a key.
func pointOf(key string) Point {
	for i, c := range key {
		if c == ':' {
			return Point(key[:i])
		}
	}
	return Point(key)
}

// Next chooses what is asked now of everything that is open: of each kind one at
// a time. What waits holds the others back, and they are asked afterwards, while
// their own time lasts; only a point near a session takes the place of one that
// is not, where nobody has begun to answer it. What so gave way is back: it
// counts as not asked, and comes again when there is room.
func Next(open []Due, earlier []Earlier, now time.Time) (ask []Due, back []Earlier) {
	was := map[string][]Earlier{}
	for _, e := range earlier {
		was[e.What] = append(was[e.What], e)
	}
	by := map[string][]Due{}
	for _, d := range open {
		if !slices.ContainsFunc(was[d.What], func(e Earlier) bool { return e.Key == d.Key }) {
			by[d.What] = append(by[d.What], d)
		}
	}
	var kinds []string
	for what := range by {
		kinds = append(kinds, what)
	}
	slices.Sort(kinds)
	for _, what := range kinds {
		d := slices.MinFunc(by[what], before)
		gives, free := room(d, was[what], now)
		if free {
			ask, back = append(ask, d), append(back, gives...)
		}
	}
	return ask, back
}

// before: a point near a session first, then what can be answered for the
// shortest time, so that the least is lost.
func before(a, b Due) int {
	near := func(d Due) int {
		if d.Point.Near() {
			return 0
		}
		return 1
	}
	return cmp.Or(near(a)-near(b), a.Until.Compare(b.Until), a.From.Compare(b.From), slices.Index(Points, b.Point)-slices.Index(Points, a.Point))
}

// room tells whether something can be asked beside what was asked before, and
// what gives way to it.
func room(d Due, was []Earlier, now time.Time) (gives []Earlier, free bool) {
	for _, e := range was {
		near := d.Point.Near() && !pointOf(e.Key).Near()
		switch {
		case e.Quiet.After(now), e.Away.After(now) && !near, e.Waits && (e.Keeps || !near):
			return nil, false
		case e.Waits:
			gives = append(gives, e)
		}
	}
	return gives, true
}
