package calendar

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/availability"
)

// longestLook bounds how much time is looked through at once.
const longestLook = 100 * 24 * time.Hour

// Times gives the free starts in [from, to), sorted, in UTC: those at which
// one of the hosts, everybody who comes along, one of the rooms and, where any
// attendant will do, one of them are free.
func (s *Service) Times(ctx context.Context, o Offering, from, to time.Time) ([]time.Time, error) {
	return s.times(ctx, s.DB.Reader(), o, from, to, spared{})
}

// TimesWith is Times with one of the offering's hosts.
func (s *Service) TimesWith(ctx context.Context, o Offering, host db.ID, from, to time.Time) ([]time.Time, error) {
	return s.times(ctx, s.DB.Reader(), o, from, to, spared{only: host})
}

// TimesToMove is Times for moving an appointment: what it takes itself counts
// as free, and what its group takes where nobody else is in it.
func (s *Service) TimesToMove(ctx context.Context, a Appointment, from, to time.Time) ([]time.Time, error) {
	q, x := s.DB.Reader(), spared{holder: a.ID, place: a.ID}
	if !a.Group.IsZero() {
		g, _, err := s.group(ctx, q, a.Group)
		if err != nil {
			return nil, err
		}
		if x.holder = (db.ID{}); g.alone(a.ID, s.Now()) {
			x.holder = a.Group
		}
	}
	return s.times(ctx, q, Offering{ID: a.Offering}, from, to, x)
}

// spared is whose claims and whose place count as free, and the one host to
// whom a look is kept; zero: nobody's, and everybody.
type spared struct{ holder, place, only db.ID }

func (s *Service) times(ctx context.Context, q db.Q, wanted Offering, from, to time.Time, x spared) ([]time.Time, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Times}); err != nil {
		return nil, err
	}
	p, err := s.plannedIn(ctx, q)
	if err != nil {
		return nil, err
	}
	o, ok := p.offering(wanted.ID)
	if !ok {
		return nil, ErrOffering
	}
	if why, err := s.closed(ctx, q, o); err != nil || why != "" {
		return nil, err
	}
	now := s.Now()
	if from.Before(now) {
		from = now
	}
	if to.Sub(from) > longestLook {
		to = from.Add(longestLook)
	}
	if !from.Before(to) {
		return nil, nil
	}
	look := look{p: p, o: o, rule: o.rule(), now: now, from: from, to: to}
	first, past := availability.Steps(from.Add(-o.Before), to.Add(o.Length+o.After))
	if look.busy, err = s.runs(ctx, q, p.needed(o), first, past, now, x.holder); err != nil {
		return nil, err
	}
	if look.counted, err = s.counted(ctx, q, p, o, from, to, now, x.holder); err != nil {
		return nil, err
	}
	free, err := s.places(ctx, q, look, x)
	if err != nil {
		return nil, err
	}
	for _, host := range o.Hosts {
		if x.only.IsZero() || x.only == host {
			free = append(free, look.with(host)...)
		}
	}
	slices.SortFunc(free, time.Time.Compare)
	return slices.CompactFunc(free, time.Time.Equal), nil
}

// places gives the starts at which a group of the offering has a place, and
// which the rules allow: no claim is needed, so nobody's is in the way.
func (s *Service) places(ctx context.Context, q db.Q, l look, x spared) (free []time.Time, err error) {
	if l.o.Places < 2 {
		return nil, nil
	}
	all, err := s.groups(ctx, q, l.o.ID, l.from, l.to)
	for _, g := range all {
		w := wish{o: l.o, start: g.start, host: x.only}.in(g)
		if g.id != x.holder && g.lives(l.now) && g.open(l.o, l.now, x.place) > 0 && slices.Contains(w.hosts(l.p, l.now), g.host) {
			free = append(free, g.start)
		}
	}
	return free, err
}

// counted reads the days' counts of the hosts.
func (s *Service) counted(ctx context.Context, q db.Q, p *plan, o Offering, from, to, now time.Time, except db.ID) (map[db.ID][]claim, error) {
	if o.PerDay == 0 {
		return nil, nil
	}
	var counters []db.ID
	var first, past int64
	for i, host := range o.Hosts {
		zone := p.of(host).Zone
		a, _ := dayOf(from, zone)
		_, z := dayOf(to, zone)
		if i == 0 || a < first {
			first = a
		}
		past = max(past, z)
		counters = append(counters, counter(o.ID, host))
	}
	return s.runs(ctx, q, counters, first, past, now, except)
}

// everyone lists every person and room that an appointment may need.
func (o Offering) everyone() []db.ID {
	return slices.Concat(o.Hosts, o.Seconds, o.Rooms)
}

func (o Offering) rule() availability.Offering {
	return availability.Offering{
		Length: o.Length, Before: o.Before, After: o.After, Notice: o.Notice,
		HorizonDays: o.HorizonDays, PerDay: o.PerDay, Every: o.Every,
	}
}

// look is one look for free starts.
type look struct {
	p             *plan
	o             Offering
	rule          availability.Offering
	now, from, to time.Time
	busy, counted map[db.ID][]claim
}

// with gives the free starts with one of the hosts, in any of the rooms.
func (l look) with(host db.ID) []time.Time {
	people := []availability.Resource{{Hours: l.p.of(host), Busy: spans(l.busy[host])}}
	for _, second := range l.o.Seconds {
		people = append(people, availability.Resource{Hours: l.p.of(second), Busy: spans(l.busy[second])})
	}
	var booked []time.Time
	for _, c := range l.counted[counter(l.o.ID, host)] {
		booked = append(booked, availability.StepStart(c.first))
	}
	free := func(all []availability.Resource) []time.Time {
		return availability.Free(l.rule, all, booked, l.p.of(host).Zone, l.now, l.from, l.to)
	}
	// One of several will do: free is what is free with any of them.
	with := func(all []availability.Resource) []time.Time {
		var any []time.Time
		for _, x := range all {
			any = append(any, free(append(slices.Clip(people), x))...)
		}
		slices.SortFunc(any, time.Time.Compare)
		return slices.CompactFunc(any, time.Time.Equal)
	}
	rooms, attendants := l.rooms(), l.attendants(host)
	switch {
	case l.o.Where != InRoom && !l.o.Attended:
		return free(people)
	case !l.o.Attended:
		return with(rooms)
	case l.o.Where != InRoom:
		return with(attendants)
	}
	return both(with(rooms), with(attendants))
}

func (l look) rooms() (all []availability.Resource) {
	for _, room := range l.o.Rooms {
		all = append(all, availability.Resource{Busy: spans(l.busy[room])})
	}
	return all
}

func (l look) attendants(host db.ID) (all []availability.Resource) {
	for _, id := range l.p.attendants {
		if id != host && !slices.Contains(l.o.Seconds, id) {
			all = append(all, availability.Resource{Hours: l.p.of(id), Busy: spans(l.busy[id])})
		}
	}
	return all
}

// both gives what is in a and in b, which are sorted.
func both(a, b []time.Time) []time.Time {
	return slices.DeleteFunc(a, func(t time.Time) bool {
		_, there := slices.BinarySearchFunc(b, t, time.Time.Compare)
		return !there
	})
}

func spans(claims []claim) []availability.Span {
	out := make([]availability.Span, len(claims))
	for i, c := range claims {
		out[i] = availability.Span{Start: availability.StepStart(c.first), End: availability.StepStart(c.past)}
	}
	return out
}

// Nearest gives the n free starts closest to a time, in order of time.
func (s *Service) Nearest(ctx context.Context, o Offering, start time.Time, n int) ([]time.Time, error) {
	now := s.Now()
	if start.Before(now) {
		start = now
	}
	var free []time.Time
	// Near first: most often a few days are enough.
	for _, days := range []int{3, 14, 45} {
		around := time.Duration(days) * 24 * time.Hour
		var err error
		if free, err = s.Times(ctx, o, start.Add(-around), start.Add(around)); err != nil {
			return nil, err
		}
		if len(free) >= n {
			break
		}
	}
	return availability.Nearest(free, start, n), nil
}
