package calendar

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/availability"
)

const (
	// unfolded is how long past steps stay: today's count may have begun yesterday.
	unfolded = 48 * time.Hour
	// atOnce bounds what one transaction folds of a resource: four weeks of steps.
	atOnce = 28 * 24 * 12
)

// Fold is background work: it sweeps expired holds and folds away claims on
// steps in the past. Appointments stay; only their claims go. Each piece is a
// transaction of its own, so that nobody waits long and it may be stopped
// anywhere.
func (s *Service) Fold(ctx context.Context) error {
	if err := s.sweepHolds(ctx); err != nil {
		return err
	}
	practice, cutoff := access.From(ctx).Practice, availability.StepOf(s.Now().Add(-unfolded))
	from := nobody
	for {
		rows, err := db.All(ctx, s.DB.Reader(), scanOldest, sqlOldest, practice, from)
		if err != nil || len(rows) == 0 {
			return err
		}
		oldest := rows[0]
		if oldest.step >= cutoff {
			var more bool
			if from, more = after(oldest.resource); !more {
				return nil
			}
			continue
		}
		from = oldest.resource
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, sqlFold, practice, oldest.resource, oldest.step, min(cutoff, oldest.step+atOnce))
			return err
		})
		if err != nil {
			return err
		}
	}
}

// sweepHolds drops the holds that have expired, a hundred at a time.
func (s *Service) sweepHolds(ctx context.Context) error {
	for {
		expired, err := db.All(ctx, s.DB.Reader(), scanHold, sqlExpiredHolds, access.From(ctx).Practice, db.Micros(s.Now()))
		if err != nil || len(expired) == 0 {
			return err
		}
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			for _, h := range expired {
				if err := s.release(ctx, tx, h); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// after is the next id in order; false after the last one.
func after(id db.ID) (db.ID, bool) {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]++; id[i] != 0 {
			return id, true
		}
	}
	return id, false
}
