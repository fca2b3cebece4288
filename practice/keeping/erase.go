package keeping

import (
	"context"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// Fate is what would become of one class if a client asked now.
type Fate struct {
	Class vault.Class
	Until time.Time // kept until then, because the practice must; zero: it goes at once
}

// Fates tells a client what would go at once and what is kept, until when.
func (s *Service) Fates(ctx context.Context, person db.ID) ([]Fate, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	return s.fates(ctx, s.DB.Reader(), person)
}

func (s *Service) fates(ctx context.Context, q db.Q, person db.ID) ([]Fate, error) {
	periods, err := s.Periods(ctx, q)
	if err != nil {
		return nil, err
	}
	seen, err := s.seen(ctx, person)
	if err != nil {
		return nil, err
	}
	out := make([]Fate, len(periods))
	for i, p := range periods {
		out[i] = Fate{Class: p.Class}
		if until := p.after(seen); p.Duty && until.After(s.Now()) {
			out[i].Until = until
		}
	}
	return out, nil
}

// seen is when somebody was last here, or will be.
func (s *Service) seen(ctx context.Context, person db.ID) (time.Time, error) {
	c, err := s.People.Card(ctx, person)
	if err != nil {
		return time.Time{}, err
	}
	last, err := s.Seen(ctx, person)
	if err != nil || c.Changed.After(last) {
		return c.Changed, err
	}
	return last, nil
}

var errAhead = fault.New(fault.Invalid, "There is still a time kept for you. Please cancel it first; nothing was erased.")

// Ask erases what can go of the client who asks, and keeps the rest for as
// long as the practice must. It cannot be undone.
func (s *Service) Ask(ctx context.Context, person db.ID) ([]Fate, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Leaving, Subject: person}); err != nil {
		return nil, err
	}
	if last, err := s.Seen(ctx, person); err != nil || last.After(s.Now()) {
		if err == nil {
			err = errAhead
		}
		return nil, err
	}
	var fates []Fate
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if fates, err = s.fates(ctx, tx, person); err != nil {
			return err
		}
		practice := access.From(ctx).Practice
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked to erase", Subject: person, Kind: "everything"}); err != nil {
			return err
		}
		for _, f := range fates {
			if f.Until.IsZero() {
				err = s.erase(ctx, tx, person, f.Class, "asked")
			} else {
				_, err = tx.Exec(ctx, sqlSetDue, practice, string(f.Class), person, db.Micros(f.Until), db.Micros(s.Now()))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return fates, err
}

// erase removes one class of a person's: what stands in the clear, then its keys.
func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID, c vault.Class, why string) error {
	practice := access.From(ctx).Practice
	for _, h := range s.holdings {
		if h.Class != c || h.Erase == nil {
			continue
		}
		if err := h.Erase(ctx, tx, person); err != nil {
			return err
		}
	}
	if err := s.Vault.Erase(ctx, tx, practice, person, c); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropDue, practice, string(c), person); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "erased", Subject: person, Kind: string(c), Why: why})
}

// batch is how many people one transaction, and one page of the preview, takes.
const batch = 50

// Run erases what has been kept for its period. It is a worker's work: done in
// small steps, each of which can be the last before the program is stopped.
func (s *Service) Run(ctx context.Context) error {
	periods, err := s.Periods(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	for _, p := range periods {
		if err := s.runDue(ctx, p); err != nil {
			return err
		}
		if p.Months > 0 {
			if err := s.runQuiet(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// runDue sees to whoever was to be looked at again by now. Without a period
// only those are left who asked themselves.
func (s *Service) runDue(ctx context.Context, p Period) error {
	practice := access.From(ctx).Practice
	for {
		rows, err := db.All(ctx, s.DB.Reader(), scanDue, sqlDue, practice, string(p.Class), db.Micros(s.Now()), int64(batch))
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := s.settle(ctx, p, r); err != nil {
				return err
			}
		}
	}
}

// settle erases one person's class, or puts it off to when its period ends.
func (s *Service) settle(ctx context.Context, p Period, r Due) error {
	seen, err := s.seen(ctx, r.Person)
	if err != nil {
		return err
	}
	practice, now := access.From(ctx).Practice, s.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		switch until := p.after(seen); {
		case p.Months == 0 && r.Asked.IsZero(): // the practice does not erase this by itself any more
			_, err = tx.Exec(ctx, sqlDropDue, practice, string(p.Class), r.Person)
		case r.Asked.IsZero() && until.After(now), p.Duty && until.After(now):
			_, err = tx.Exec(ctx, sqlSetDue, practice, string(p.Class), r.Person, db.Micros(until), db.Micros(r.Asked))
		default:
			why := "period"
			if !r.Asked.IsZero() {
				why = "asked"
			}
			err = s.erase(ctx, tx, r.Person, p.Class, why)
		}
		return err
	})
}

// runQuiet puts everybody who has gone quiet since the last run onto the list
// of those to be looked at; runDue takes them from there.
func (s *Service) runQuiet(ctx context.Context, p Period) error {
	practice := access.From(ctx).Practice
	before := p.before(s.Now())
	from, last := p.reached, db.ID{}
	for more := from.Before(before); more; {
		some, err := s.People.Quiet(ctx, from, last, before, batch)
		if err != nil {
			return err
		}
		to := before
		if more = len(some) == batch; more {
			to, last = some[batch-1].Changed, some[batch-1].ID
		}
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			for _, c := range some {
				if _, err := tx.Exec(ctx, sqlFirstDue, practice, string(p.Class), c.ID, db.Micros(p.after(c.Changed))); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, sqlReach, db.Micros(to), practice, string(p.Class))
			return err
		})
		if err != nil {
			return err
		}
		from = to
	}
	return s.runDue(ctx, p)
}

// Due is somebody whose class is looked at on a day.
type Due struct {
	Person db.ID
	At     time.Time
	Asked  time.Time // when they asked for it themselves; zero: the period says so
}

// Coming is who would be looked at until a day, soonest first, for the preview.
func (s *Service) Coming(ctx context.Context, p Period, until time.Time) ([]Due, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return nil, err
	}
	out, err := db.All(ctx, s.DB.Reader(), scanDue, sqlDue, access.From(ctx).Practice, string(p.Class), db.Micros(until), int64(batch))
	if err != nil || p.Months == 0 {
		return out, err
	}
	some, err := s.People.Quiet(ctx, p.reached, db.ID{}, p.before(until), batch)
	if err != nil {
		return nil, err
	}
	for _, c := range some {
		seen, err := s.seen(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if at := p.after(seen); !at.After(until) {
			out = append(out, Due{Person: c.ID, At: at})
		}
	}
	return out, nil
}

// Longer keeps one person's class a year longer than it would have been.
func (s *Service) Longer(ctx context.Context, person db.ID, c vault.Class) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLonger, access.From(ctx).Practice, string(c), person, db.Micros(s.Now().AddDate(1, 0, 0))); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "kept longer", Subject: person, Kind: string(c)})
	})
}
