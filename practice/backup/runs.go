package backup

import (
	"context"
	"errors"
	"time"

	"held/internal/archive"
	"held/internal/db"
	"held/practice/access"
	"held/practice/letters"
)

// How often things are tried.
const (
	pause      = time.Hour           // between two tries that did not succeed
	drillEvery = 7 * 24 * time.Hour  // between two drills
	tellEvery  = 20 * time.Hour      // between two letters about the same trouble
	drillLate  = 31 * 24 * time.Hour // after which a drill is long ago
)

// MakeDue is the worker's work: a backup, when the last is old enough.
func (s *Service) MakeDue(ctx context.Context) error {
	if !s.Set() {
		return nil
	}
	if due, err := s.due(ctx, kindBackup, s.Every); err != nil || !due {
		return err
	}
	_, err := s.Make(ctx)
	return err
}

// DrillDue is the worker's work: a drill each week, where an identity is set.
func (s *Service) DrillDue(ctx context.Context) error {
	if !s.Set() || s.Identities == nil {
		return nil
	}
	if last, err := s.newest(ctx, kindBackup, stateOK); err != nil || last.at.IsZero() {
		return err // nothing to try yet
	}
	if due, err := s.due(ctx, kindDrill, drillEvery); err != nil || !due {
		return err
	}
	_, err := s.Drill(ctx, "")
	return err
}

// due tells whether it is time, and that this program does it: of several that
// serve one practice, one takes the turn.
func (s *Service) due(ctx context.Context, kind string, every time.Duration) (mine bool, err error) {
	last, err := s.newest(ctx, kind, stateOK)
	now := s.Now()
	if err != nil || now.Sub(last.at) < every && !now.Before(last.at) {
		return false, err
	}
	practice := access.From(ctx).Practice
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlAddTurn, practice, kind); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlTakeTurn, db.Micros(now.Add(pause)), practice, kind, db.Micros(now))
		mine = n == 1
		return err
	})
	return mine, err
}

// newest is the newest run of a kind that ended so; the zero run when none did.
func (s *Service) newest(ctx context.Context, kind, state string) (run, error) {
	r, err := db.One(ctx, s.DB.Reader(), scanRun, sqlNewestRun, access.From(ctx).Practice, kind, state)
	if errors.Is(err, db.ErrNone) {
		return run{}, nil
	}
	return r, err
}

// settle keeps how a run went, and tells the owners when it went badly. It
// does so even while the program is being stopped.
func (s *Service) settle(ctx context.Context, r run, went error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if went == nil {
		return s.DB.Write(ctx, func(tx *db.Tx) error { return s.keepRun(ctx, tx, r, stateOK) })
	}
	if errors.Is(went, context.Canceled) {
		return nil // it was stopped, and did not fail
	}
	r.why = why(went)
	told, err := s.newest(ctx, r.kind, stateTold)
	if err != nil {
		return err
	}
	if s.Now().Sub(told.at) < tellEvery {
		return s.DB.Write(ctx, func(tx *db.Tx) error { return s.keepRun(ctx, tx, r, stateFailed) })
	}
	owners, err := s.owners(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		var all []letters.Letter
		for _, id := range owners {
			all = append(all, letters.Letter{Kind: letterTrouble, Subject: id, Body: trouble{r.kind, r.why}})
		}
		if err := s.Letters.Queue(ctx, tx, all...); err != nil {
			return err
		}
		return s.keepRun(ctx, tx, r, stateTold)
	})
}

func (s *Service) keepRun(ctx context.Context, tx *db.Tx, r run, state string) error {
	if state == stateOK {
		if err := s.Trail.Record(ctx, tx, r.entry()); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, sqlAddRun, access.From(ctx).Practice, db.NewID(), r.kind, state, r.name, r.why, r.rows, db.Micros(r.begun), db.Micros(s.Now()))
	return err
}

func (s *Service) owners(ctx context.Context) (ids []db.ID, err error) {
	all, err := s.People.Cards(ctx)
	for _, c := range all {
		for _, r := range c.Roles {
			if r == access.Owner {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids, err
}

// reasons are the codes under which trouble is kept, with what is said of each.
var reasons = map[string]string{
	"damaged":  "the backup was altered or is not whole",
	"identity": "the identity does not open it",
	"forged":   "it was not made with the practice's keys",
	"newer":    "it was made by a newer version of Held",
	"space":    "there was no room on the disk",
	"other":    "the program's log says why",
}

func why(err error) string {
	for code, is := range map[string]error{
		"damaged": archive.ErrDamaged, "identity": archive.ErrIdentity, "forged": ErrForged, "newer": ErrNewer,
	} {
		if errors.Is(err, is) {
			return code
		}
	}
	if noRoom(err) {
		return "space"
	}
	return "other"
}
