package notes

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/once"
	"held/practice/trail"
)

// Start is what a note begins with. There is no text in it: a note begins with
// headings or with nothing.
type Start struct {
	Client      db.ID
	Lane        Lane
	Appointment db.ID
	Template    string // an id of a template, or the name of one that Held brings
	Of          db.ID  // the note to which it is an addendum
}

// toldEvery is how often a line of the trail says that a draft is being written:
// it is kept every few seconds.
const toldEvery = 15 * time.Minute

// Begin begins a draft: one, however often its form is sent.
func (s *Service) Begin(ctx context.Context, b Start) (db.ID, error) {
	if !slices.Contains(Lanes, b.Lane) {
		return db.ID{}, fault.Field("lane", "Please choose what kind of note it is.")
	}
	if err := mayBegin(ctx, b.Client, b.Lane); err != nil {
		return db.ID{}, err
	}
	text, err := s.headings(ctx, b)
	if err != nil {
		return db.ID{}, err
	}
	if err := s.aboutTheirs(ctx, b); err != nil {
		return db.ID{}, err
	}
	side, _ := sideOf(ctx, b.Client, b.Lane)
	n := Note{ID: db.NewID(), Of: b.Of, Client: b.Client, Author: access.From(ctx).Person, Appointment: b.Appointment, Lane: b.Lane, Side: side, Text: text}
	return once.Done(n.ID, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := once.Claim(ctx, tx, s.Now(), n.ID); err != nil {
			return err
		}
		if err := s.room(ctx, tx, b.Lane); err != nil {
			return err
		}
		return s.insert(ctx, tx, n)
	}))
}

// insert keeps a new draft, within a transaction.
func (s *Service) insert(ctx context.Context, tx *db.Tx, n Note) error {
	practice, now := access.From(ctx).Practice, db.Micros(s.Now())
	sealed, err := s.Vault.Seal(ctx, tx, n.field(practice, "body"), n.Text)
	if err != nil {
		return err
	}
	sealed = append([]byte{}, sealed...) // nothing is sealed to nothing
	if n.Lane == LaneProcess {
		_, err = tx.Exec(ctx, sqlInsertProcess, practice, n.ID, n.Of, n.Client, n.Author, n.Appointment, sealed, now)
	} else {
		_, err = tx.Exec(ctx, sqlInsertRecord, practice, n.ID, n.Of, n.Client, n.Author, n.Appointment, string(n.Lane), string(n.Side), sealed, now)
	}
	if err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "began", Subject: n.Client, Kind: n.Lane.kind(), Object: n.ID})
}

// room holds that nobody begins drafts without end.
func (s *Service) room(ctx context.Context, q db.Q, l Lane) error {
	a := access.From(ctx)
	scan, query := scanRecord, sqlRecordDrafts
	if l == LaneProcess {
		scan, query = scanProcess, sqlProcessDrafts
	}
	rows, err := db.All(ctx, q, scan, query, a.Practice, a.Person, maxUnsigned)
	if err == nil && len(rows) >= maxUnsigned {
		return fault.New(fault.TooMany, "You have 200 notes that are not signed. Please sign or remove some of them first; nothing was changed.")
	}
	return err
}

// aboutTheirs holds that the time is one of the client's, and that an addendum
// goes to a signed note of the same client and lane.
func (s *Service) aboutTheirs(ctx context.Context, b Start) error {
	if !b.Appointment.IsZero() {
		times, err := s.timesOf(ctx, b.Client)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(times, func(t Time) bool { return t.Appointment == b.Appointment }) {
			return fault.Field("appointment", "Please choose one of their times.")
		}
	}
	if b.Of.IsZero() {
		return nil
	}
	to, err := s.may(ctx, s.DB.Reader(), b.Of)
	switch {
	case err != nil:
		return err
	case to.Lane != b.Lane || to.Client != b.Client:
		return fault.New(fault.Invalid, "An addendum stays in the lane of its note. Nothing was changed.")
	case to.State != Signed || !to.Of.IsZero():
		return fault.New(fault.Invalid, "Addenda are for signed notes; a draft is changed itself. Nothing was changed.")
	}
	return nil
}

func (s *Service) timesOf(ctx context.Context, client db.ID) ([]Time, error) {
	if s.Times == nil {
		return nil, nil
	}
	return s.Times(ctx, client)
}

// Keep keeps a draft as it was typed. revision is the one that was changed: where
// the note has moved on, ErrChanged comes with the note as it is, and nothing is
// kept. by says that the browser keeps it by itself, every few seconds. A change
// of a proposal takes every signature under it away.
func (s *Service) Keep(ctx context.Context, id db.ID, revision int64, text string, byItself bool) (n Note, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		n = r.Note
		switch err := r.mayWrite(ctx); {
		case err != nil:
			return err
		case r.Text == text:
			return nil
		case r.Revision != revision:
			return ErrChanged
		}
		n, err = s.keep(ctx, tx, r, text, byItself)
		return err
	})
	return n, err
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, r row, text string, byItself bool) (Note, error) {
	a, now := access.From(ctx), s.Now()
	sealed, err := s.Vault.Seal(ctx, tx, r.field(a.Practice, "body"), text)
	if err != nil {
		return r.Note, err
	}
	sealed = append([]byte{}, sealed...)
	tell := !byItself || now.Sub(r.told) >= toldEvery
	if tell {
		r.told = now
	}
	if r.Lane == LaneProcess {
		_, err = tx.Exec(ctx, sqlKeepProcess, sealed, db.Micros(now), db.Micros(r.told), a.Practice, r.ID)
	} else {
		if a.Person != r.Author {
			r.Other = a.Person
		}
		_, err = tx.Exec(ctx, sqlKeepRecord, sealed, db.Micros(now), db.Micros(r.told), r.Other, a.Practice, r.ID)
		if err == nil && len(r.Signatures) > 0 {
			_, err = tx.Exec(ctx, sqlDropSignatures, a.Practice, r.ID)
			r.Signatures, tell = nil, true
		}
	}
	if err != nil {
		return r.Note, err
	}
	r.Text, r.Changed, r.Revision = text, now, r.Revision+1
	if !tell {
		return r.Note, nil
	}
	return r.Note, s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: r.Client, Kind: r.Lane.kind(), Object: r.ID})
}

// Discard takes the actor's own draft away. What was signed stays.
func (s *Service) Discard(ctx context.Context, id db.ID) (client db.ID, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		client = r.Client
		if err := r.mayWrite(ctx); err != nil {
			return err
		}
		if r.State != Draft {
			return fault.New(fault.Taken, "This note is proposed to somebody. Take it back first; then it is a draft of yours, and can be removed.")
		}
		query := sqlDropRecord
		if r.Lane == LaneProcess {
			query = sqlDropProcess
		}
		if _, err := tx.Exec(ctx, query, access.From(ctx).Practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Subject: r.Client, Kind: r.Lane.kind(), Object: id})
	})
	return client, err
}

// Withdraw makes a proposal a draft of its author's again; nobody's signature
// stands under it any more.
func (s *Service) Withdraw(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := r.mayWrite(ctx); err != nil {
			return err
		}
		if r.State != Proposed || !r.Mine(ctx) {
			return fault.New(fault.Forbidden, "Only who proposed a note can take it back. Nothing was changed.")
		}
		practice := access.From(ctx).Practice
		if _, err := tx.Exec(ctx, sqlDropSignatures, practice, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlStateRecord, string(Draft), db.ID{}, int64(0), practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took back", Subject: r.Client, Kind: r.Lane.kind(), Object: id})
	})
}
