package preparation

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// Written is what is written towards one session. The intention is the one that
// a client shares with who cares for them; what is theirs alone they keep in
// their journal, whose key only they hold.
type Written struct {
	Intention string
	Bring     string
}

// WrittenFor reads it, for whoever cares for the client and for them.
func (s *Service) WrittenFor(ctx context.Context, x Session) (Written, error) {
	if err := reads(ctx, x.Client); err != nil {
		return Written{}, err
	}
	return s.written(ctx, s.DB.Reader(), x.Client, x.ID)
}

func (s *Service) written(ctx context.Context, q db.Q, client, appointment db.ID) (w Written, err error) {
	r, err := db.One(ctx, q, scanWritten, sqlWritten, access.From(ctx).Practice, appointment)
	if errors.Is(err, db.ErrNone) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	if w.Intention, err = s.open(ctx, q, client, appointment, sessionHope, r.intention); err != nil {
		return w, err
	}
	w.Bring, err = s.open(ctx, q, client, appointment, sessionBring, r.bring)
	return w, err
}

// Intend keeps the intention that the signed-in client shares; empty, none is.
func (s *Service) Intend(ctx context.Context, session db.ID, text string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Own))
		if err != nil {
			return err
		}
		if err := s.keepWritten(ctx, tx, sqlKeepIntention, x.Client, x.ID, text, ""); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: x.Client, Kind: "intention", Object: x.ID})
	})
}

// Bring keeps what a client is to bring, written by the guide or the prescriber.
func (s *Service) Bring(ctx context.Context, session db.ID, text string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Clinical))
		if err != nil {
			return err
		}
		if err := s.keepBring(ctx, tx, x.Client, x.ID, text); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: x.Client, Kind: "to bring", Object: x.ID})
	})
}

func (s *Service) keepBring(ctx context.Context, tx *db.Tx, client, appointment db.ID, text string) error {
	return s.keepWritten(ctx, tx, sqlKeepBring, client, appointment, "", text)
}

func (s *Service) keepWritten(ctx context.Context, tx *db.Tx, statement string, client, appointment db.ID, intention, bring string) error {
	hope, err := s.seal(ctx, tx, client, appointment, sessionHope, intention)
	if err != nil {
		return err
	}
	along, err := s.seal(ctx, tx, client, appointment, sessionBring, bring)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, statement, access.From(ctx).Practice, appointment, client, hope, along)
	return err
}

// Fast is until when somebody may eat and drink before a session; zero where the
// protocol in force does not say.
type Fast struct{ Food, Fluids time.Time }

// Fast works the hours out from the protocol in force and the session's time.
func (x Session) Fast() (f Fast) {
	if x.Terms.Food > 0 {
		f.Food = x.Start.Add(-x.Terms.Food)
	}
	if x.Terms.Fluids > 0 {
		f.Fluids = x.Start.Add(-x.Terms.Fluids)
	}
	return f
}

// Kept tells whether a session is still arranged and ahead.
func (x Session) Kept(now time.Time) bool {
	return x.State == calendar.Booked && x.End.After(now)
}
