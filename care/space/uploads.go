package space

import (
	"context"
	"errors"

	"held/internal/db"
	"held/practice/access"
)

// unfinishedDays is how long a file that was begun to be sent waits for the rest
// of it. A device that comes back later begins that file anew.
const unfinishedDays = 7

// upload names parts that came and are no file yet.
type upload struct{ person, file, id db.ID }

// Sweep drops what was begun to be sent and never finished, so that it is charged
// to nobody any more. It is a worker's work, in small steps.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.sweepLeft(ctx); err != nil {
		return err
	}
	const batch = 50
	for {
		left, err := db.All(ctx, s.DB.Reader(), scanUpload, sqlLeftUploads, access.From(ctx).Practice, s.day()-unfinishedDays, batch)
		if err != nil || len(left) == 0 {
			return err
		}
		for _, u := range left {
			if err := s.dropUnfinished(ctx, u); err != nil {
				return err
			}
		}
	}
}

func (s *Service) dropUnfinished(ctx context.Context, u upload) error {
	practice := access.From(ctx).Practice
	ctx = access.With(ctx, access.Actor{Practice: practice, Person: u.person, Via: access.System})
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.refund(ctx, tx, 0); err != nil { // the lock: its last part may be coming
			return err
		}
		f, err := db.One(ctx, tx, scanFile, sqlFile, practice, u.person, u.file)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		if err == nil && f.upload == u.id { // it came meanwhile
			_, err = tx.Exec(ctx, sqlEndUpload, practice, u.person, u.file, u.id)
			return err
		}
		sizes, err := db.All(ctx, tx, scanUploaded, sqlPartSizes, practice, u.person, u.file)
		if err != nil {
			return err
		}
		dropped := uploaded{id: u.id}
		for _, up := range sizes {
			if up.id == u.id {
				dropped = up
			}
		}
		return s.dropUpload(ctx, tx, u.file, dropped)
	})
}
