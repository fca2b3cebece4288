package calendar

import (
	"cmp"
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/rules/availability"
)

// An offering can be attended: beside its host and everybody it names, one
// attendant of the practice comes along, whichever is free. Who it is is chosen
// in the transaction that claims the time, and is a second person from then on.

// noAttendant: nobody has the role, so no time will ever be free.
func noAttendant() error {
	return fault.Field("start", "Nobody works here as an attendant, and this needs one. Nothing was booked.")
}

// staffed gives a plan with those who are attendants now.
func (s *Service) staffed(ctx context.Context, p *plan) (*plan, error) {
	if s.Attendants == nil {
		return p, nil
	}
	all, err := s.Attendants(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.SortedFunc(slices.Values(all), byID)
	if slices.Equal(all, p.attendants) {
		return p, nil
	}
	with := *p
	with.attendants = all
	s.grow()
	return &with, nil
}

func byID(a, b db.ID) int { return slices.Compare(a[:], b[:]) }

// needed lists every person and room that an appointment may need.
func (p *plan) needed(o Offering) []db.ID {
	if !o.Attended {
		return o.everyone()
	}
	return slices.Concat(o.everyone(), o.others(p.attendants))
}

// others leaves out those who come along anyway.
func (o Offering) others(ids []db.ID) []db.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(id db.ID) bool { return slices.Contains(o.Seconds, id) })
}

// attended completes a wish with the attendants to choose from: never one whom
// its client would rather not meet, or who would rather not meet them. Nobody
// is told who was left out.
func (s *Service) attended(ctx context.Context, p *plan, w wish) (wish, error) {
	if !w.o.Attended {
		return w, nil
	}
	w.anyOf = w.o.others(p.attendants)
	if w.client.IsZero() || s.Apart == nil || len(w.anyOf) == 0 {
		return w, nil
	}
	apart, err := s.Apart(ctx, w.client, w.anyOf)
	w.anyOf = slices.DeleteFunc(w.anyOf, func(id db.ID) bool { return slices.Contains(apart, id) })
	return w, err
}

// suits tells whether what is held can become the appointment: the attendant
// was perhaps chosen before it was known for whom.
func (w wish) suits(r resources) bool {
	return !w.o.Attended || slices.ContainsFunc(r.seconds, func(id db.ID) bool { return slices.Contains(w.anyOf, id) })
}

// meets tells whether a group may be joined: its attendant comes with it. The
// desk is told to talk first instead.
func (w wish) meets(g group) bool { return w.staff || w.suits(g.resources) }

// in is the wish for a place in a group, with those who come along to it.
func (w wish) in(g group) wish {
	if w.o.Attended {
		w.o.Seconds, w.o.Attended = g.seconds, false
	}
	return w
}

// attendant is who was chosen; the zero id when nobody was.
func (r resources) attendant(o Offering) db.ID {
	if all := o.others(r.seconds); len(all) > 0 {
		return all[0]
	}
	return db.ID{}
}

// along chooses who comes along, beside a host; false when no attendant is
// free. Whoever does already stays. Then those within their hours go first, of
// them who has the fewest appointments in that week, then the smallest id: so
// the same question has the same answer, and the work is shared.
func (s *Service) along(ctx context.Context, tx *db.Tx, p *plan, w wish, c choice, taken map[db.ID]bool) ([]db.ID, bool, error) {
	if !w.o.Attended {
		return w.o.Seconds, true, nil
	}
	now := s.Now()
	inside := map[db.ID]int{}
	var free []db.ID
	for _, id := range w.anyOf {
		if id == c.host || taken[id] {
			continue
		}
		if !w.within(p, []availability.Resource{{Hours: p.of(c.host)}, {Hours: p.of(id)}}, c.host, now) {
			if !w.staff {
				continue
			}
			inside[id] = 1
		}
		free = append(free, id)
	}
	if len(free) == 0 {
		return nil, false, nil
	}
	if had := w.had.attendant(w.o); slices.Contains(free, had) {
		free = []db.ID{had}
	}
	if len(free) > 1 {
		week, err := s.week(ctx, tx, p, w, free)
		if err != nil {
			return nil, false, err
		}
		slices.SortFunc(free, func(a, b db.ID) int {
			return cmp.Or(inside[a]-inside[b], len(week[a])-len(week[b]), byID(a, b))
		})
	}
	return append(slices.Clip(w.o.Seconds), free[0]), true, nil
}

// week reads what people have in the week of a time, Monday to Sunday in the
// practice's zone: each appointment, group and hold is one.
func (s *Service) week(ctx context.Context, tx *db.Tx, p *plan, w wish, ids []db.ID) (map[db.ID][]claim, error) {
	d := w.start.In(p.zone)
	monday := time.Date(d.Year(), d.Month(), d.Day()-(int(d.Weekday())+6)%7, 0, 0, 0, 0, p.zone)
	first, past := availability.Steps(monday, monday.AddDate(0, 0, 7))
	return s.runs(ctx, tx, ids, first, past, s.Now(), w.holder)
}

// actorsOwn is the client who acts for themselves; the zero id when somebody else does.
func actorsOwn(ctx context.Context) db.ID {
	if a := access.From(ctx); a.Is(access.Client) {
		return a.Person
	}
	return db.ID{}
}

// alongGroups is who comes along to the groups of a time, whom somebody who
// joins one would meet.
func (s *Service) alongGroups(ctx context.Context, o Offering, start time.Time) (out []db.ID, err error) {
	if !o.Attended || o.Places < 2 {
		return nil, nil
	}
	all, err := s.groups(ctx, s.DB.Reader(), o.ID, start, start.Add(time.Microsecond))
	for _, g := range all {
		if id := g.attendant(o); g.lives(s.Now()) && !id.IsZero() {
			out = append(out, id)
		}
	}
	return out, err
}
