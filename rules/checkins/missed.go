package checkins

import "time"

// Stood is what was asked, and for how long it could be answered.
type Stood struct {
	What, Key   string
	From, Until time.Time
}

// Missed is a point whose time went by unasked, and what of the same kind stood
// in its way.
type Missed struct {
	Due
	Beside Stood
}

// Unasked lists the points of a plan whose time is over and that were never
// asked, because the same questions stood there from another point: nobody
// should take such a gap for a missing answer. Of several in the way it names
// the one that stood to the end, or the nearest to it. What nothing stood in the
// way of is left out: the plan did not ask it then.
func Unasked(all []Due, stood []Stood, now time.Time) (out []Missed) {
	for _, d := range all {
		if now.Before(d.Until) {
			continue // it may still come
		}
		m, asked := Missed{Due: d}, false
		for _, s := range stood {
			switch {
			case s.What != d.What:
			case s.Key == d.Key:
				asked = true
			case s.From.Before(d.Until) && d.From.Before(s.Until) && (m.Beside.Key == "" || s.Until.After(m.Beside.Until)):
				m.Beside = s
			}
		}
		if !asked && m.Beside.Key != "" {
			out = append(out, m)
		}
	}
	return out
}
