package availability

import (
	"cmp"
	"slices"
	"time"
)

// Minutes is an opening on one civil day: 0 ≤ From < To ≤ 1440.
type Minutes struct{ From, To int }

// Date is a day of the calendar, as it is written on a wall.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date on the calendar in zone at an instant.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(orUTC(zone)).Date()
	return Date{y, m, d}
}

// Hours say when a person can be booked. For a date, an entry in Overrides
// decides (empty: closed), else a holiday closes it, else the weekday's hours
// hold. Time away is then taken out. Openings are best given as ParseDay makes
// them; unsorted and overlapping ones are united, impossible ones ignored.
type Hours struct {
	Zone      *time.Location // of the minutes and dates; nil means UTC
	Week      [7][]Minutes   // by time.Weekday
	Overrides map[Date][]Minutes
	Holidays  map[Date]bool
	Away      []Span // no appointment then; a buffer may reach into it, as outside hours (give it as Busy too if not)
}

// Open gives the hours as instants, within [from, to): sorted, joined where they
// touch, without time away, in UTC. It is what a calendar draws.
func (h *Hours) Open(from, to time.Time) []Span {
	var out []Span
	for _, r := range h.openings(ceilSecond(from), ceilSecond(to)) {
		out = append(out, Span{time.Unix(r.from, 0).UTC(), time.Unix(r.to, 0).UTC()})
	}
	return out
}

// run is a half-open stretch of whole numbers: seconds or steps.
type run struct{ from, to int64 }

func (h *Hours) openings(from, to int64) []run {
	var open []run
	for part := (piece{}); part.next(h.Zone, from, to); {
		for _, m := range h.on(part.day) {
			if r := part.cut(m); r.from < r.to {
				open = append(open, r)
			}
		}
	}
	away := make([]run, 0, len(h.Away))
	for _, a := range h.Away {
		if a.Start.Before(a.End) {
			away = append(away, run{a.Start.Unix(), ceilSecond(a.End)})
		}
	}
	return subtract(tidy(open), tidy(away))
}

// starts are the points of the grid within [from, to), whether free or not.
func (h *Hours) starts(every, from, to int64) []int64 {
	var out []int64
	for part := (piece{}); part.next(h.Zone, from, to); {
		for _, m := range h.on(part.day) {
			r := part.cut(m)
			// An opening at 09:07 begins its grid at 09:10: starts are whole steps.
			origin := part.midnight + -floorDiv(-int64(m.From)*60, stepSeconds)*stepSeconds
			t := origin + max(0, -floorDiv(origin-r.from, every))*every
			for ; t < r.to; t += every {
				out = append(out, t)
			}
		}
	}
	if !slices.IsSorted(out) {
		slices.Sort(out)
	}
	return slices.Compact(out)
}

// on gives the openings of a civil day, counted from 1970-01-01.
func (h *Hours) on(day int64) []Minutes {
	if len(h.Overrides) > 0 || len(h.Holidays) > 0 {
		date := DateOf(time.Unix(day*daySeconds, 0), time.UTC)
		if hours, ok := h.Overrides[date]; ok {
			return hours
		}
		if h.Holidays[date] {
			return nil
		}
	}
	return h.Week[(day+4-7*floorDiv(day+4, 7))%7] // 1970-01-01 was a Thursday
}

// piece is a civil day, or as much of it as passes under one offset of the zone
// and inside the range asked for.
type piece struct {
	stretch  stretch
	day      int64
	midnight int64 // the instant that this offset calls 00:00, even where it never was
	from, to int64
}

// next moves on to the following piece of [from, to); false after the last.
func (p *piece) next(zone *time.Location, from, to int64) bool {
	if p.to > p.from { // not the first call
		from = p.to
	}
	if from >= to {
		return false
	}
	if !p.stretch.holds(from) {
		p.stretch = stretchAt(orUTC(zone), from)
	}
	p.day = floorDiv(from+p.stretch.offset, daySeconds)
	p.midnight = p.day*daySeconds - p.stretch.offset
	p.from, p.to = from, min(to, p.stretch.to, p.midnight+daySeconds)
	return true
}

// cut is the part of an opening that falls into this piece; an impossible
// opening has none.
func (p *piece) cut(m Minutes) run {
	if m.From < 0 || m.To > dayMinutes {
		return run{}
	}
	return run{max(p.from, p.midnight+int64(m.From)*60), min(p.to, p.midnight+int64(m.To)*60)}
}

// stretch is a time throughout which a zone keeps one offset.
type stretch struct{ from, to, offset int64 }

func (s stretch) holds(at int64) bool { return s.from <= at && at < s.to }

func stretchAt(zone *time.Location, at int64) stretch {
	t := time.Unix(at, 0).In(zone)
	_, offset := t.Zone()
	s := stretch{-forever, forever, int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		s.from = start.Unix()
	}
	if !end.IsZero() {
		s.to = end.Unix()
	}
	if !s.holds(at) {
		// Go 1.26 takes a year that zone data give only a rule for to have 365
		// days: on 31 December of a leap year the bounds end before the instant
		// they were asked for, and whoever goes on from them never arrives. The
		// offset is right; so that day is walked in single steps.
		s.from, s.to = at, (floorDiv(at, stepSeconds)+1)*stepSeconds
	}
	return s
}

// dates reads civil days off a zone's calendar, remembering the last stretch:
// looking the offset up for each start would cost more than all the rest.
type dates struct {
	zone    *time.Location
	stretch stretch
}

func (d *dates) day(at int64) int64 {
	if !d.stretch.holds(at) {
		d.stretch = stretchAt(d.zone, at)
	}
	return floorDiv(at+d.stretch.offset, daySeconds)
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// tidy sorts runs and joins those that touch or overlap.
func tidy(runs []run) []run {
	byStart := func(a, b run) int { return cmp.Compare(a.from, b.from) }
	if !slices.IsSortedFunc(runs, byStart) {
		slices.SortFunc(runs, byStart)
	}
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, r.to)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// subtract takes the tidy runs of less out of the tidy runs of open.
func subtract(open, less []run) []run {
	if len(less) == 0 {
		return open
	}
	var out []run
	for _, r := range open {
		for len(less) > 0 && less[0].to <= r.from {
			less = less[1:]
		}
		for _, l := range less {
			if l.from >= r.to {
				break
			}
			if r.from < l.from {
				out = append(out, run{r.from, l.from})
			}
			r.from = l.to
		}
		if r.from < r.to {
			out = append(out, r)
		}
	}
	return out
}
