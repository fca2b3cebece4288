package calendar

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/rules/availability"
)

// Write is db.Write for what claims time. The first time, Book claims without
// looking where there is nothing to choose from. When somebody else was faster,
// fn runs again in a new transaction (on PostgreSQL a violated key ends the old
// one), which looks first: another person, room or place in the day's count may
// be free, or what was in the way has expired. When there is none, the answer
// is ErrTaken. Like db.Write, fn must do nothing that cannot be repeated.
func (s *Service) Write(ctx context.Context, fn func(tx *db.Tx) error) error {
	for try := 1; ; try++ {
		if _, err := s.planned(ctx); err != nil {
			return err
		}
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			tx.Keep(hasty{}, try == 1)
			return fn(tx)
		})
		if err == nil || try == chances || !wasLost(err) {
			return err
		}
	}
}

// chances is how often a lost race is run again.
const chances = 20

// hasty is kept by the first transaction of Write.
type hasty struct{}

// InHaste tells that this is the first try of Write: nobody looks whether a
// form was sent before, because the key of what it has booked would tell, and
// the next try looks.
func InHaste(tx *db.Tx) bool { return tx.Kept(hasty{}) == true }

func wasLost(err error) bool {
	var l lost
	return errors.As(err, &l)
}

// wish is what somebody wants to claim.
type wish struct {
	o      Offering
	start  time.Time
	staff  bool      // hours, notice, horizon and the day's limit do not bind
	host   db.ID     // zero, or only this one
	holder db.ID     // whose claims count as free: what is being moved
	had    resources // what it has now, preferred
	kept   kept
	client db.ID   // zero: nobody is known yet
	anyOf  []db.ID // the attendants to choose from, where the offering takes any one
}

// choice is what to claim.
type choice struct {
	resources
	kept
	start, end time.Time
	group      db.ID // in which it has a place; zero: it has the time to itself
}

// claim chooses and claims for an appointment or, until it expires, for a hold.
func (s *Service) claim(ctx context.Context, tx *db.Tx, p *plan, w wish, holder db.ID, expires time.Time) (choice, error) {
	if w.o.Places > 1 {
		return s.sit(ctx, tx, p, w, holder, expires)
	}
	c, err := s.choose(ctx, tx, p, w)
	if err != nil {
		return c, err
	}
	return c, s.take(ctx, tx, holder, expires, c.claims(c.kept))
}

// choose finds a host, a room and a place in the day's count that are free,
// and sweeps what has expired there. ErrTaken when all are taken, a fault at
// "start" when the rules say no.
func (s *Service) choose(ctx context.Context, tx *db.Tx, p *plan, w wish) (choice, error) {
	c := choice{resources: resources{offering: w.o.ID, seconds: w.o.Seconds}, start: w.start, end: w.start.Add(w.o.Length)}
	now := s.Now()
	if err := w.check(now); err != nil {
		return c, err
	}
	span := w.o.rule().Claim(w.start)
	c.first, c.past = availability.Steps(span.Start, span.End)
	hosts := w.hosts(p, now)
	if len(hosts) == 0 {
		return c, notFree()
	}
	if w.o.Attended && len(p.attendants) == 0 {
		return c, noAttendant()
	}
	if w.only(hosts) && InHaste(tx) {
		c.host, c.day = hosts[0], availability.StepOf(w.start)
		if w.o.Where == InRoom {
			c.room = w.o.Rooms[0]
		}
		return c, nil
	}
	ids := slices.Concat(w.o.everyone(), w.anyOf)
	if w.o.PerDay == 0 {
		for _, host := range w.o.Hosts {
			ids = append(ids, counter(w.o.ID, host))
		}
	}
	rows, err := s.claimed(ctx, tx, ids, c.first, c.past)
	if err != nil {
		return c, err
	}
	taken, expired := map[db.ID]bool{}, map[db.ID]bool{}
	for _, r := range rows {
		switch {
		case r.holder == w.holder:
		case r.expires.IsZero() || r.expires.After(now):
			taken[r.resource] = true
		default:
			expired[r.resource] = true
		}
	}
	full := slices.ContainsFunc(w.o.Seconds, func(id db.ID) bool { return taken[id] })
	if w.o.Where == InRoom {
		free := slices.IndexFunc(w.preferred(w.o.Rooms, w.had.room), func(id db.ID) bool { return !taken[id] })
		if full = full || free < 0; !full {
			c.room = w.preferred(w.o.Rooms, w.had.room)[free]
		}
	}
	for _, host := range hosts {
		if full || taken[host] {
			continue
		}
		c.host = host
		along, found, err := s.along(ctx, tx, p, w, c, taken)
		if err != nil {
			return c, err
		}
		if !found {
			continue
		}
		c.seconds = along
		ok, err := s.place(ctx, tx, p, w, &c, now)
		if err != nil {
			return c, err
		}
		if ok {
			return c, s.sweepFor(ctx, tx, c, expired, now)
		}
	}
	return c, ErrTaken
}

func notFree() error {
	return fault.Field("start", "This time cannot be booked. Please choose one of the free times.")
}

// only tells that there is one way to have it: nothing to look for.
func (w wish) only(hosts []db.ID) bool {
	return !w.o.Attended && w.holder.IsZero() && w.o.PerDay == 0 && len(hosts) == 1 && (w.o.Where != InRoom || len(w.o.Rooms) == 1)
}

// check refuses what no plan could allow.
func (w wish) check(now time.Time) error {
	switch {
	case !w.start.After(now):
		return fault.Field("start", "This time has passed. Please choose another.")
	case !w.start.Equal(availability.StepStart(availability.StepOf(w.start))):
		return notFree()
	case w.start.Sub(now) > 2*maxHorizon*24*time.Hour:
		return fault.Field("start", "This is too far ahead. Please choose an earlier time.")
	}
	return nil
}

// preferred puts the one that an appointment has already first.
func (w wish) preferred(ids []db.ID, had db.ID) []db.ID {
	if i := slices.Index(ids, had); i > 0 {
		return slices.Concat([]db.ID{had}, ids[:i], ids[i+1:])
	}
	return ids
}

// hosts lists the hosts whom the rules allow at this time; for the practice
// itself all of them, those within their hours first.
func (w wish) hosts(p *plan, now time.Time) []db.ID {
	var in, out []db.ID
	for _, host := range w.preferred(w.o.Hosts, w.had.host) {
		if !w.host.IsZero() && host != w.host {
			continue
		}
		all := []availability.Resource{{Hours: p.of(host)}}
		for _, second := range w.o.Seconds {
			all = append(all, availability.Resource{Hours: p.of(second)})
		}
		inside := w.within(p, all, host, now)
		if inside && w.o.Attended {
			inside = slices.ContainsFunc(w.o.others(p.attendants), func(id db.ID) bool { // also whom the client would not meet: then it is taken, not closed
				return id != host && w.within(p, append(slices.Clip(all), availability.Resource{Hours: p.of(id)}), host, now)
			})
		}
		if inside {
			in = append(in, host)
		} else {
			out = append(out, host)
		}
	}
	if w.staff {
		return append(in, out...)
	}
	return in
}

// within tells whether the rules allow the time with all of these.
func (w wish) within(p *plan, all []availability.Resource, host db.ID, now time.Time) bool {
	rule := w.o.rule()
	rule.PerDay = 0 // counted where it is claimed
	if w.staff {
		rule = availability.Offering{Length: w.o.Length}
	}
	return len(availability.Free(rule, all, nil, p.of(host).Zone, now, w.start, w.start.Add(time.Second))) > 0
}

// place finds a step in the day's count; false when the day is full.
func (s *Service) place(ctx context.Context, tx *db.Tx, p *plan, w wish, c *choice, now time.Time) (bool, error) {
	c.day = availability.StepOf(w.start)
	if w.o.PerDay == 0 {
		return true, nil
	}
	count := counter(w.o.ID, c.host)
	first, past := dayOf(w.start, p.of(c.host).Zone)
	if w.had.host == c.host && w.had.offering == w.o.ID && w.kept.day >= first && w.kept.day < past {
		c.day = w.kept.day // moved within its date: it keeps its place
		return true, nil
	}
	rows, err := s.claimed(ctx, tx, []db.ID{count}, first, past)
	if err != nil {
		return false, err
	}
	used, expired := map[int64]bool{}, false
	for _, r := range rows {
		if r.expires.IsZero() || r.expires.After(now) {
			used[r.step] = true
		} else {
			expired = true
		}
	}
	free := slots(w.o.PerDay, first, used)
	if len(free) == 0 && w.staff {
		free = slots(len(used)+1, first, used) // one more than the limit
	}
	if len(free) == 0 {
		return false, nil
	}
	c.day = free[rand.IntN(len(free))] // #nosec G404 -- only so that not everybody meets at one row
	if expired {
		return true, s.sweep(ctx, tx, now, []claim{{count, first, past}})
	}
	return true, nil
}

// sweepFor removes what has expired among what was chosen.
func (s *Service) sweepFor(ctx context.Context, tx *db.Tx, c choice, expired map[db.ID]bool, now time.Time) error {
	if len(expired) == 0 {
		return nil
	}
	var all []claim
	for _, x := range c.claims(c.kept) {
		if expired[x.resource] {
			all = append(all, x)
		}
	}
	return s.sweep(ctx, tx, now, all)
}
