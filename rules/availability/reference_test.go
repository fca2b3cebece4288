package availability_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "held/rules/availability"
)

// question is everything that Free is asked with.
type question struct {
	o             Offering
	all           []Resource
	booked        []time.Time
	zone          *time.Location
	now, from, to time.Time
}

// slow answers as Free must, by looking: at every step of the range, and at every
// minute of the appointment that would start there, at the clock on each wall.
func (q question) slow() []time.Time {
	var out []time.Time
	perDay := map[Date]int{}
	for _, b := range q.booked {
		perDay[DateOf(b, q.zone)]++
	}
	y, m, d := q.now.In(q.zone).Date()
	last := time.Date(y, m, d+q.o.HorizonDays, 0, 0, 0, 0, time.UTC) // a date, not an instant
	taken := make([]map[int64]bool, len(q.all))
	for i, r := range q.all {
		taken[i] = touched(r.Busy...)
	}
	for t := q.from.Truncate(Step); t.Before(q.to); t = t.Add(Step) {
		y, m, d := t.In(q.zone).Date()
		switch {
		case t.Before(q.from), t.Before(q.now.Add(q.o.Notice)):
		case q.o.HorizonDays > 0 && time.Date(y, m, d, 0, 0, 0, 0, time.UTC).After(last):
		case q.o.PerDay > 0 && perDay[DateOf(t, q.zone)] >= q.o.PerDay:
		case !q.onGrid(t):
		case !q.everyoneFree(t, taken):
		default:
			out = append(out, t.UTC())
		}
	}
	return out
}

// touched walks over spans step by step.
func touched(spans ...Span) map[int64]bool {
	out := map[int64]bool{}
	for _, s := range spans {
		for t := s.Start.Truncate(Step); t.Before(s.End) && s.Start.Before(s.End); t = t.Add(Step) {
			out[t.Unix()/300] = true
		}
	}
	return out
}

func (q question) everyoneFree(t time.Time, taken []map[int64]bool) bool {
	claim := touched(Span{t.Add(-q.o.Before), t.Add(q.o.Length + q.o.After)})
	for i, r := range q.all {
		for step := range claim {
			if taken[i][step] {
				return false
			}
		}
		if r.Hours == nil {
			continue
		}
		for at := t; at.Before(t.Add(q.o.Length)); at = at.Add(time.Minute) {
			if len(openingsAt(r.Hours, at)) == 0 {
				return false
			}
		}
		for _, away := range r.Hours.Away {
			if away.Start.Before(away.End) && t.Before(away.End) && away.Start.Before(t.Add(q.o.Length)) {
				return false
			}
		}
	}
	return true
}

func (q question) onGrid(t time.Time) bool {
	every := max(int(q.o.Every/time.Minute), 5)
	for _, r := range q.all {
		if r.Hours == nil {
			continue
		}
		for _, m := range openingsAt(r.Hours, t) {
			first := (m.From + 4) / 5 * 5
			if now := minuteOf(t, r.Hours.Zone); now >= first && (now-first)%every == 0 {
				return true
			}
		}
		return false // only the first with hours leads
	}
	return minuteOf(t, q.zone)%every == 0
}

func minuteOf(t time.Time, zone *time.Location) int {
	local := t.In(zone)
	return local.Hour()*60 + local.Minute()
}

// openingsAt are those that the clock on the wall is in.
func openingsAt(h *Hours, t time.Time) []Minutes {
	local := t.In(h.Zone)
	date := DateOf(t, h.Zone)
	today, changed := h.Overrides[date]
	if !changed && !h.Holidays[date] {
		today = h.Week[local.Weekday()]
	}
	var in []Minutes
	for _, m := range today {
		if now := minuteOf(t, h.Zone); m.From <= now && now < m.To {
			in = append(in, m)
		}
	}
	return in
}

// chance makes random questions.
type chance struct {
	*rand.Rand
	t testing.TB
}

func (c chance) zone() *time.Location { return zone(c.t, oddZones[c.IntN(len(oddZones))]) }

// minutes of at most most, mostly round ones, since round ones collide.
func (c chance) minutes(most int) int {
	n := c.IntN(most + 1)
	if c.IntN(8) > 0 {
		n -= n % 15
	}
	return n
}

func (c chance) duration(most int) time.Duration { return time.Duration(c.minutes(most)) * time.Minute }

// around gives an instant near another, sometimes off the minute.
func (c chance) around(t time.Time, days int) time.Time {
	t = t.Add(c.duration(days * 2 * 1440)).Add(-time.Duration(days) * 24 * hour)
	if c.IntN(6) == 0 {
		t = t.Add(time.Duration(c.Int64N(int64(10 * time.Minute))))
	}
	return t
}

func (c chance) spans(n int, near time.Time, most int) []Span {
	var out []Span
	for range c.IntN(n + 1) {
		start := c.around(near, 3)
		out = append(out, Span{start, start.Add(c.duration(most))})
	}
	return out
}

func (c chance) day() []Minutes {
	if c.IntN(5) == 0 {
		return []Minutes{{0, 1440}} // so that days join
	}
	var out []Minutes
	for range c.IntN(4) {
		a, b := c.minutes(1440), c.minutes(1440)
		out = append(out, Minutes{min(a, b), max(a, b)}) // may overlap, may be empty
	}
	return out
}

func (c chance) hours(zone *time.Location, near time.Time) *Hours {
	h := &Hours{Zone: zone, Overrides: map[Date][]Minutes{}, Holidays: map[Date]bool{}, Away: c.spans(2, near, 900)}
	for d := range h.Week {
		h.Week[d] = c.day()
	}
	for range c.IntN(3) {
		h.Overrides[DateOf(c.around(near, 2), zone)] = c.day()
	}
	for range c.IntN(2) {
		h.Holidays[DateOf(c.around(near, 2), zone)] = c.IntN(4) > 0
	}
	return h
}

func (c chance) question() question {
	q := question{zone: c.zone()}
	near := time.Unix(c.Int64N(88*365*86400)+3*365*86400, 0).Truncate(5 * time.Minute) // 1973 to 2060
	switch c.IntN(12) {
	case 0, 1:
	case 2:
		near = time.Date(1976+4*c.IntN(22), time.December, 31, 12, 0, 0, 0, time.UTC) // where Go's zone bounds err
	default:
		// Most go wrong where the clocks change: go to the next change.
		if _, change := near.In(q.zone).ZoneBounds(); !change.IsZero() {
			near = change
		}
	}
	q.o = Offering{
		Length: c.duration(240) + time.Minute, Before: c.duration(45), After: c.duration(45),
		Notice: c.duration(1440), HorizonDays: c.IntN(4), PerDay: c.IntN(4),
		Every: time.Duration(c.IntN(25)) * Step,
	}
	q.from, q.now = c.around(near, 1).Add(-18*hour), c.around(near, 1).Add(-36*hour)
	q.to = q.from.Add(c.duration(3 * 1440))
	for range 1 + c.IntN(3) {
		r := Resource{Busy: c.spans(6, near, 180)}
		if c.IntN(3) > 0 {
			place := q.zone
			if c.IntN(2) == 0 {
				place = c.zone()
			}
			r.Hours = c.hours(place, near)
		}
		q.all = append(q.all, r)
	}
	for range c.IntN(6) {
		q.booked = append(q.booked, c.around(near, 2))
	}
	return q
}

func TestFreeTimesAreThoseThatLookingWouldFind(t *testing.T) {
	seed := uint64(time.Now().UnixNano()) // #nosec G404 -- any number will do
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	offered := 0
	for i := range rounds {
		// A fixed half and a new half: the one never flickers, the other finds.
		s := seed + uint64(i)
		if i < rounds/2 {
			s = uint64(i)
		}
		offered += checkSeed(t, s)
	}
	if offered < rounds {
		t.Errorf("only %d times were offered in %d rounds: the questions are too hard to tell anything", offered, rounds)
	}
}

func checkSeed(t *testing.T, seed uint64) int {
	t.Helper()
	q := chance{rand.New(rand.NewPCG(seed, 2)), t}.question()
	want := q.slow()
	got := Free(q.o, q.all, q.booked, q.zone, q.now, q.from, q.to)
	if !slices.Equal(got, want) {
		t.Fatalf("seed %d: %s\n got %v\nwant %v\nfrom %v to %v", seed, q, differ(got, want), differ(want, got), q.from, q.to)
	}
	return len(got)
}

func (q question) String() string {
	s := fmt.Sprintf("host in %v, now %v, %+v", q.zone, q.now, q.o)
	for _, r := range q.all {
		if r.Hours != nil {
			s += fmt.Sprintf("\n  %+v", *r.Hours)
		}
		s += fmt.Sprintf("\n  busy %v", r.Busy)
	}
	return s
}

// differ gives what only a has.
func differ(a, b []time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(a), func(t time.Time) bool { return slices.Contains(b, t) })
}

func TestDrawnHoursAreThoseOfTheClockOnTheWall(t *testing.T) {
	for seed := range uint64(60) {
		c := chance{rand.New(rand.NewPCG(seed, 3)), t}
		q := c.question()
		h := c.hours(c.zone(), q.from)
		h.Away = nil
		open := h.Open(q.from, q.to)
		for at := q.from.Truncate(time.Minute).Add(time.Minute); at.Before(q.to); at = at.Add(time.Minute) {
			drawn := slices.ContainsFunc(open, func(s Span) bool { return !at.Before(s.Start) && at.Before(s.End) })
			if looked := len(openingsAt(h, at)) > 0; drawn != looked {
				t.Fatalf("seed %d: at %v drawn %v, by the clock %v", seed, at.In(h.Zone), drawn, looked)
			}
		}
		for i := 1; i < len(open); i++ {
			if !open[i-1].End.Before(open[i].Start) {
				t.Fatalf("seed %d: %v and %v should be one", seed, open[i-1], open[i])
			}
		}
	}
}
