// Package availability reckons which starts are free: from weekly hours in
// their own zones, changed dates, holidays, time away, what is already taken,
// and what an offering asks for. It is pure: no clock, no database; the caller
// hands in everything, "now" included.
//
// One idea carries the civil time: somebody is in when the clock on their wall
// says so. Every instant is read on that clock and looked up among the day's
// openings. Hence, without special cases:
//   - an opening in the hour that a spring change skips does not happen, and one
//     across it is an hour shorter;
//   - an opening in the hour that an autumn change repeats happens twice;
//   - a date that a zone skipped has no openings, a day without a midnight
//     begins when it begins;
//   - an opening until 24:00 and one from 00:00 the next day join.
//
// Starts lie on a grid counted on the same clock from each opening's own
// beginning: 09:10, 09:40, 10:10. A clock change never moves the grid; the times
// it skips are missing, the times it repeats are offered twice (two different
// instants). The grid begins anew with each opening, at midnight too.
package availability

import (
	"slices"
	"time"
)

// Span is a time from Start until just before End.
type Span struct{ Start, End time.Time }

// Offering is what is to be booked.
type Offering struct {
	Length        time.Duration // of the appointment itself; it must lie within everyone's hours
	Before, After time.Duration // buffers: claimed with it, but they may lie outside hours
	Notice        time.Duration // the earliest start is this long after now
	HorizonDays   int           // starts until the end of the day so many days after today; 0 = no limit
	PerDay        int           // most appointments on one date; 0 = no limit
	Every         time.Duration // distance of the starts, in whole steps; 0 = every step
}

// Claim is what an appointment starting at start takes of each resource: its
// own time and both buffers. Steps turns it into step numbers.
func (o Offering) Claim(start time.Time) Span {
	return Span{start.Add(-max(o.Before, 0)), start.Add(o.Length + max(o.After, 0))}
}

// Resource is a person or a room that the appointment needs.
type Resource struct {
	Hours *Hours // nil: always open, as a room is
	Busy  []Span // claimed already, buffers included; any order, may overlap
}

// Free gives the starts in [from, to) at which every resource is free, sorted,
// each once, in UTC. Without resources there are none.
//
// The first resource that has hours leads: its openings make the grid of starts.
// Where none has, the grid counts from midnight in zone. Zone is the host's: its
// dates count for PerDay and the horizon (nil means UTC). Booked are the starts
// of the appointments that PerDay counts, and must be complete for each date
// that [from, to) touches. Busy must be complete from from−Before until
// to+Length+After. Whatever is compared with Busy is rounded outward to whole
// steps first, so that a start offered here is one that the claims will accept.
func Free(o Offering, all []Resource, booked []time.Time, zone *time.Location, now, from, to time.Time) []time.Time {
	if o.Length <= 0 || len(all) == 0 {
		return nil
	}
	limit := newLimits(o, booked, zone, now)
	earliest := max(ceilSecond(from), ceilSecond(now.Add(max(o.Notice, 0))))
	latest := min(ceilSecond(to), limit.end)
	if earliest >= latest {
		return nil
	}
	starts := lead(all, zone).starts(stepsUp(o.Every), earliest, latest)
	starts = keep(starts, limit.allows)
	for _, r := range all {
		if r.Hours != nil {
			starts = within(starts, o.Length, r.Hours.openings(earliest, latest+ceilSeconds(o.Length)))
		}
		starts = unclaimed(starts, o, r.Busy)
	}
	return instants(starts)
}

// Nearest gives the n free starts closest to the wanted time, in order of time;
// of two equally close ones the later comes first to be chosen. Free must be
// sorted, as Free returns it.
func Nearest(free []time.Time, wanted time.Time, n int) []time.Time {
	low, _ := slices.BinarySearchFunc(free, wanted, time.Time.Compare)
	high := low // free[low:high] is chosen
	for ; n > 0 && high-low < len(free); n-- {
		switch {
		case low == 0:
			high++
		case high == len(free):
			low--
		case free[high].Sub(wanted) <= wanted.Sub(free[low-1]):
			high++
		default:
			low--
		}
	}
	return slices.Clone(free[low:high])
}

// lead finds the hours that make the grid.
func lead(all []Resource, zone *time.Location) *Hours {
	for _, r := range all {
		if r.Hours != nil {
			return r.Hours
		}
	}
	always := &Hours{Zone: zone}
	for day := range always.Week {
		always.Week[day] = []Minutes{{0, dayMinutes}}
	}
	return always
}

// within keeps the starts whose whole appointment lies in one of the openings.
func within(starts []int64, length time.Duration, open []run) []int64 {
	seconds := ceilSeconds(length)
	return keep(starts, func(start int64) bool {
		for len(open) > 0 && open[0].to <= start {
			open = open[1:]
		}
		return len(open) > 0 && open[0].from <= start && start+seconds <= open[0].to
	})
}

// unclaimed keeps the starts whose claim shares no step with what is busy.
func unclaimed(starts []int64, o Offering, busy []Span) []int64 {
	taken := make([]run, 0, len(busy))
	for _, b := range busy {
		if first, past := Steps(b.Start, b.End); first < past {
			taken = append(taken, run{first, past})
		}
	}
	taken = tidy(taken)
	before, after := ceilSeconds(max(o.Before, 0)), ceilSeconds(o.Length+max(o.After, 0))
	return keep(starts, func(start int64) bool {
		first := floorDiv(start-before, stepSeconds)
		past := -floorDiv(-(start + after), stepSeconds)
		for len(taken) > 0 && taken[0].to <= first {
			taken = taken[1:]
		}
		return len(taken) == 0 || past <= taken[0].from
	})
}

// limits are the two rules that speak of the host's dates.
type limits struct {
	dates   dates
	lastDay int64
	end     int64 // no start after this instant can be within the horizon
	perDay  int
	count   map[int64]int // appointments by civil day
}

func newLimits(o Offering, booked []time.Time, zone *time.Location, now time.Time) *limits {
	l := &limits{dates: dates{zone: orUTC(zone)}, lastDay: forever, end: forever, perDay: o.PerDay}
	if o.HorizonDays > 0 {
		l.lastDay = l.dates.day(now.Unix()) + min(int64(o.HorizonDays), 1<<20)
		l.end = (l.lastDay + 2) * daySeconds // a day's end in UTC, whatever the zone
	}
	if o.PerDay > 0 {
		l.count = make(map[int64]int, len(booked))
		for _, b := range booked {
			l.count[l.dates.day(b.Unix())]++
		}
	}
	return l
}

func (l *limits) allows(start int64) bool {
	day := l.dates.day(start)
	return day <= l.lastDay && (l.perDay <= 0 || l.count[day] < l.perDay)
}

// keep filters in place, asking once for each start and in order: the callers'
// questions move through sorted lists as they go.
func keep(starts []int64, ok func(int64) bool) []int64 {
	kept := starts[:0]
	for _, start := range starts {
		if ok(start) {
			kept = append(kept, start)
		}
	}
	return kept
}

func instants(seconds []int64) []time.Time {
	if len(seconds) == 0 {
		return nil
	}
	out := make([]time.Time, len(seconds))
	for i, s := range seconds {
		out[i] = time.Unix(s, 0).UTC()
	}
	return out
}
