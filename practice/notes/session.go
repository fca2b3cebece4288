package notes

import (
	"context"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
)

// Process is a guide's own note of a held time.
type Process struct {
	ID      db.ID
	Text    string
	Changed time.Time // zero: nothing is written yet
	Signed  time.Time // zero: it is a draft
}

// Process is the actor's own note of a held time, a draft before a signed one;
// the look stands on the trail of whom it is about.
func (s *Service) Process(ctx context.Context, t Time) (p Process, err error) {
	if err := access.Check(ctx, access.Read, processOf(t.Client)); err != nil {
		return p, err
	}
	r, err := s.processOfTime(ctx, s.DB.Reader(), t)
	if err != nil || r.ID.IsZero() {
		return p, err
	}
	return Process{r.ID, r.Text, r.Changed, r.Signed}, s.Trail.Saw(ctx, trail.Entry{Subject: t.Client, Kind: LaneProcess.kind(), Object: r.ID})
}

func (s *Service) processOfTime(ctx context.Context, q db.Q, t Time) (row, error) {
	a := access.From(ctx)
	rows, err := db.All(ctx, q, scanProcess, sqlProcessOfTime, a.Practice, t.Appointment, a.Person)
	if err != nil || len(rows) == 0 {
		return row{}, err
	}
	return rows[0], s.openRow(ctx, q, &rows[0])
}

// KeepProcess keeps the actor's own note of a held time as it was typed; empty,
// it is taken away. since is when the note that they changed was written.
func (s *Service) KeepProcess(ctx context.Context, t Time, text string, since time.Time) error {
	if err := mayBegin(ctx, t.Client, LaneProcess); err != nil {
		return err
	}
	a := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.processOfTime(ctx, tx, t)
		switch {
		case err != nil:
			return err
		case r.Text == text:
			return nil
		case !r.Changed.Equal(since):
			return ErrChanged
		case r.State == Signed:
			return fault.New(fault.Taken, "This note was signed, so it stays as it is. What is to be added goes into an addendum.")
		case r.ID.IsZero():
			return s.insert(ctx, tx, Note{ID: db.NewID(), Client: t.Client, Author: a.Person, Appointment: t.Appointment, Lane: LaneProcess, Side: access.Guide, Text: text})
		case text != "":
			_, err = s.keep(ctx, tx, r, text, false)
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropProcess, a.Practice, r.ID); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Subject: t.Client, Kind: LaneProcess.kind(), Object: r.ID})
	})
}
