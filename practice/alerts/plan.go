package alerts

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
)

// Plan is the practice's protocol for alerts. Nothing of it is set by itself.
type Plan struct {
	Named   db.ID  // who is told at once; zero: nobody is named
	Deputy  db.ID  // who is told when they have not acknowledged; zero: nobody
	Minutes int    // after which it goes on
	Outside string // what happens outside hours, as clients read it
	Changed time.Time
}

// Set tells whether somebody is named.
func (p Plan) Set() bool { return !p.Named.IsZero() }

// After is how long an alert waits before it goes on.
func (p Plan) After() time.Duration { return time.Duration(p.Minutes) * time.Minute }

// Plan is what the practice has set; a zero plan where it has set nothing.
func (s *Service) Plan(ctx context.Context) (Plan, error) { return s.plan(ctx, s.DB.Reader()) }

func (s *Service) plan(ctx context.Context, q db.Q) (Plan, error) {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, q, scanPlan, sqlPlan, practice)
	if errors.Is(err, db.ErrNone) {
		return Plan{}, nil
	}
	if err != nil {
		return Plan{}, err
	}
	r.Outside, err = s.open(ctx, q, planField(practice), r.outside)
	return r.Plan, err
}

// Named tells whether alerts go to somebody who still works here as a clinician.
func (s *Service) Named(ctx context.Context) (bool, error) {
	practice := access.From(ctx).Practice
	who, err := s.named.Get(s.DB, s.Now(), practice, func() (db.ID, error) {
		p, err := db.One(ctx, s.DB.Reader(), scanPlan, sqlPlan, practice)
		if errors.Is(err, db.ErrNone) {
			err = nil
		}
		return p.Named, err
	})
	if err != nil || who.IsZero() {
		return false, err
	}
	c, err := s.People.Card(ctx, who)
	return err == nil && Clinician(c), err
}

// SetPlan sets it. Everything must be said but the deputy.
func (s *Service) SetPlan(ctx context.Context, p Plan) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	if err := s.checkPlan(ctx, p); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		outside, err := s.Vault.Seal(ctx, tx, planField(practice), p.Outside)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetPlan, practice, p.Named, p.Deputy, int64(p.Minutes), outside, db.Micros(s.Now())); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "alert protocol", Object: practice}); err != nil {
			return err
		}
		return s.handOver(ctx, tx, p)
	})
}

// handOver gives whoever is named now what was raised while nobody was: from
// here on it waits for them, and goes on to others as every alert does.
func (s *Service) handOver(ctx context.Context, tx *db.Tx, p Plan) error {
	practice := access.From(ctx).Practice
	open, err := db.All(ctx, tx, scanAlert, sqlOpen, practice)
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.State != toTeam || r.Client == p.Named {
			continue
		}
		a := Alert{ID: r.ID, Client: r.Client, State: toNamed, Due: s.Now().Add(p.After())}
		if _, err := tx.Exec(ctx, sqlAdvance, string(a.State), db.Micros(a.Due), practice, a.ID, string(toTeam)); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a, []db.ID{p.Named}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkPlan(ctx context.Context, p Plan) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	named, err := s.People.Card(ctx, p.Named)
	if err != nil {
		return err
	}
	deputy, err := s.People.Card(ctx, p.Deputy)
	if err != nil {
		return err
	}
	if !Clinician(named) {
		e.AddField("named", "Please choose a guide or a prescriber who works here.")
	}
	if !p.Deputy.IsZero() && (!Clinician(deputy) || p.Deputy == p.Named) {
		e.AddField("deputy", "Please choose another guide or prescriber, or nobody.")
	}
	if p.Minutes < 1 || p.Minutes > maxMinutes {
		e.AddField("minutes", "Please say after how many minutes it goes on to others: a whole number from 1 to 10080.")
	}
	if p.Outside == "" {
		e.AddField("outside", "Please write what happens outside your hours. Clients read it.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}
