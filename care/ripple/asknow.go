package ripple

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/trail"
	"held/rules/checkins"
)

// outside begins the point of what was asked outside the plan.
const outside = "now"

// AskNow asks something of a client outside the plan, for some days. It goes
// away by itself and can be put away as what the plan asks.
func (s *Service) AskNow(ctx context.Context, person db.ID, what string, days int) error {
	if err := access.Check(ctx, access.Write, measuresOf(person)); err != nil {
		return err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	if err := checkPlan(all, checkins.Asking{What: what}); err != nil {
		return err
	}
	if days < 1 || days > MaxOpen {
		return fault.Field("days", fmt.Sprintf("Please say for how many days it can be answered, 1 to %d.", MaxOpen))
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.waitsAlready(ctx, tx, person, what); err != nil {
			return err
		}
		id, err := s.Forms.Give(ctx, tx, forms.Gift{Person: person, Form: formOf(what), Occasion: "check-in"})
		if err != nil {
			return err
		}
		now := s.Now()
		if _, err := tx.Exec(ctx, sqlAskNow, access.From(ctx).Practice, person, what, outside+":"+id.String(), id, Waiting, db.Micros(now), db.Micros(now.AddDate(0, 0, days))); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: person, Kind: "check-in"})
	})
}

// waitsAlready refuses what waits for somebody because the plan asked it: nobody
// answers the same questions twice over. What was asked by hand stays as it is.
func (s *Service) waitsAlready(ctx context.Context, tx *db.Tx, person db.ID, what string) error {
	asked, err := s.askedOf(ctx, tx, person)
	if err != nil {
		return err
	}
	for _, a := range asked {
		if a.What == what && a.State == Waiting && a.Until.After(s.Now()) && !byHand(a.Point) {
			return fault.Field("what", "These questions wait for them already: the plan asks them "+pointOf(a.Point)+". Nothing more was asked.")
		}
	}
	return nil
}

// Waiting is what waits for the actor, a client.
func (s *Service) Waiting(ctx context.Context) ([]Asked, error) {
	me := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: me}); err != nil {
		return nil, err
	}
	return s.waiting(ctx, me)
}

// waiting is what waits for the actor: what was asked, and what was given to
// them as a form by itself.
func (s *Service) waiting(ctx context.Context, me db.ID) ([]Asked, error) {
	asked, err := db.All(ctx, s.DB.Reader(), scanAsked, sqlAskedOf, access.From(ctx).Practice, me)
	if err != nil {
		return nil, err
	}
	given, err := s.Forms.Of(ctx, me)
	if err != nil {
		return nil, err
	}
	for _, g := range given {
		what, is := whatOf(g.Key)
		known := slices.ContainsFunc(asked, func(a Asked) bool { return a.Given == g.ID })
		if is && !known && g.SentAt.IsZero() && g.Open(s.Now()) {
			asked = append(asked, Asked{Person: me, What: what, Given: g.ID, State: Waiting, From: g.At})
		}
	}
	return slices.DeleteFunc(asked, func(a Asked) bool { return a.State != Waiting }), nil
}

// whatOf is what a form asks; false for a form that is no check-in.
func whatOf(form string) (string, bool) {
	if form == Ripple {
		return Ripple, true
	}
	return strings.CutPrefix(form, Prefix)
}

// PutAway puts away something that was asked. Nobody asks why.
func (s *Service) PutAway(ctx context.Context, given db.ID) error {
	a, err := db.One(ctx, s.DB.Reader(), scanAsked, sqlAskedByForm, access.From(ctx).Practice, given)
	if errors.Is(err, db.ErrNone) {
		return s.putAwayForm(ctx, given)
	}
	if err != nil {
		return err
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Person}); err != nil {
		return err
	}
	if a.State != Waiting {
		return nil // it is put away already
	}
	return s.settle(ctx, a, Skipped)
}

// putAwayForm puts away a check-in that was given as a form by itself. It is
// written down as one that was asked and skipped.
func (s *Service) putAwayForm(ctx context.Context, given db.ID) error {
	me := access.From(ctx)
	all, err := s.waiting(ctx, me.Person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a Asked) bool { return a.Given == given })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no check-in at this address.")
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: me.Person}); err != nil {
		return err
	}
	a := all[i]
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlAskNow, me.Practice, a.Person, a.What, outside+":"+given.String(), given, Waiting, db.Micros(a.From), db.Micros(a.From.Add(time.Duration(MaxOpen)*24*time.Hour)))
		return err
	})
	if err != nil {
		return err
	}
	return s.settle(ctx, a, Skipped)
}
