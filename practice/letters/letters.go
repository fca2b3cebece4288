// Package letters is the outbox. A letter is a sealed row written in the same
// transaction as what it tells about; one worker sends it, again and again
// until it is sent or hopeless, always under the same Message-ID.
package letters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
)

// Letter is something to be told to somebody.
type Letter struct {
	Kind      string
	Subject   db.ID // the person it goes to; its body is sealed under their key
	Ref       db.ID // what it is about, so that it can be dropped with it
	Body      any   // JSON; what the renderer needs beside the database
	NotBefore time.Time
}

// Renderer writes a letter when its time has come; a nil message says that
// there is nothing to tell any more.
type Renderer func(ctx context.Context, subject db.ID, body []byte) (*mail.Message, error)

// Service is the outbox.
type Service struct {
	DB     *db.DB
	Vault  *vault.Vault
	Now    func() time.Time
	Log    *slog.Logger
	Sender mail.Sender // nil: letters wait until a mail server is set
	Host   string      // right side of Message-IDs
	Wake   func()      // wakes the worker after a commit

	renderers map[string]Renderer
}

// The states of a letter.
const (
	waiting = "waiting"
	sent    = "sent"
	dropped = "dropped" // there was nothing to tell any more, or it was called back
	failed  = "failed"  // the mail server refused it for good, or too often
)

// Handle names who writes the letters of a kind.
func (s *Service) Handle(kind string, r Renderer) {
	if s.renderers == nil {
		s.renderers = map[string]Renderer{}
	}
	s.renderers[kind] = r
}

// Queue puts letters into the outbox, within the transaction that they tell about.
func (s *Service) Queue(ctx context.Context, tx *db.Tx, all ...Letter) error {
	practice, now := access.From(ctx).Practice, s.Now()
	args := make([]any, 0, len(all)*queueCols)
	for _, l := range all {
		if s.renderers[l.Kind] == nil {
			return fmt.Errorf("letters: nobody writes %q", l.Kind)
		}
		plain, err := json.Marshal(l.Body)
		if err != nil {
			return err
		}
		id := db.NewID()
		body, err := s.Vault.Seal(ctx, tx, s.field(practice, l.Subject, id), string(plain))
		if errors.Is(err, vault.ErrErased) {
			continue // nobody knows any more where it would go
		}
		if err != nil {
			return err
		}
		at := l.NotBefore
		if at.IsZero() {
			at = now
		}
		args = append(args, practice, id, l.Kind, l.Subject, l.Ref, body, waiting, db.Micros(at), int64(0), int64(0), "", db.Micros(now), int64(0))
	}
	if len(args) == 0 {
		return nil
	}
	if err := tx.Later(ctx, nil, sqlQueueValues+db.Values(len(args)/queueCols, queueCols), args...); err != nil {
		return err
	}
	if s.Wake != nil {
		tx.After(s.Wake)
	}
	return nil
}

// Expect says that letters to somebody are going to be queued further on in
// this transaction, so that sealing them costs no journey of its own.
func (s *Service) Expect(ctx context.Context, tx *db.Tx, subject db.ID) error {
	return s.Vault.Expect(ctx, tx, access.From(ctx).Practice, subject, vault.Contact)
}

// Drop calls back the unsent letters of a kind about a thing.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, kind string, ref db.ID) error {
	_, err := tx.Exec(ctx, sqlDrop, db.Micros(s.Now()), access.From(ctx).Practice, ref, kind)
	return err
}

// Refused tells whether the newest letter of a kind about a thing was refused
// for good by a mail server.
func (s *Service) Refused(ctx context.Context, kind string, ref db.ID) (bool, error) {
	state, err := db.One(ctx, s.DB.Reader(), db.Value[string], sqlNewest, access.From(ctx).Practice, ref, kind)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return state == failed, err
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "letters_outbox", Column: "body", Class: vault.Contact, Subject: "subject_id", Row: "id"}}

func (s *Service) field(practice, subject, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: subject, Class: vault.Contact, Row: row, Column: "letters_outbox.body"}
}

// How long a letter is leased while it is being sent. They are leased one by
// one: of a batch, the last would be sent long after its lease had ended, and
// a second program would send it too.
const (
	lease       = 2 * time.Minute
	sendLimit   = time.Minute
	settleLimit = 5 * time.Second
)

// pauses between tries: together about four days, so that a mail server may
// be down over a long weekend.
var pauses = []time.Duration{
	30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
	12 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// Send sends what is due. It is the worker's work: at least once, always
// under the same Message-ID.
func (s *Service) Send(ctx context.Context) error {
	if s.Sender == nil {
		return nil
	}
	for {
		due, err := s.lease(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, d := range due {
			if err := s.deliver(ctx, d); err != nil {
				return err
			}
		}
	}
}

func (s *Service) lease(ctx context.Context) (due []dueRow, err error) {
	practice, now := access.From(ctx).Practice, s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		due, err = db.All(ctx, tx, scanDue, sqlLease, db.Micros(now.Add(lease)), practice, db.Micros(now), int64(1))
		return err
	})
	return due, err
}

// deliver renders and sends one leased letter and keeps how it went.
func (s *Service) deliver(ctx context.Context, d dueRow) error {
	m, err := s.render(ctx, d)
	if err == nil && m == nil {
		return s.settle(ctx, d, dropped, "", time.Time{})
	}
	if err == nil {
		m.MessageID = s.messageID(d.id)
		sctx, cancel := context.WithTimeout(ctx, sendLimit)
		err = s.Sender.Send(sctx, m)
		cancel()
	}
	switch {
	case err == nil:
		return s.settle(ctx, d, sent, "", time.Time{})
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, vault.ErrErased):
		return s.settle(ctx, d, dropped, "erased", time.Time{})
	case mail.Permanent(err) || d.attempts > int64(len(pauses)):
		s.Log.Error("a letter could not be sent", "letter", d.id.String(), "kind", d.kind, "cause", err.Error())
		return s.settle(ctx, d, failed, "refused", time.Time{})
	}
	s.Log.Warn("a letter will be tried again", "letter", d.id.String(), "kind", d.kind, "attempt", d.attempts, "cause", err.Error())
	return s.settle(ctx, d, waiting, "tried", s.Now().Add(pauses[d.attempts-1]))
}

// messageID is the same whenever a letter is tried. A host that mail does not
// write (a bare IPv6 address, letters beyond ASCII) must not fail every letter.
func (s *Service) messageID(id db.ID) string {
	host := s.Host
	odd := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-')
	}
	if host == "" || strings.ContainsFunc(host, odd) {
		host = "held.invalid"
	}
	return id.String() + "@" + host
}

func (s *Service) render(ctx context.Context, d dueRow) (*mail.Message, error) {
	r := s.renderers[d.kind]
	if r == nil {
		return nil, fmt.Errorf("letters: nobody writes %q", d.kind)
	}
	practice := access.From(ctx).Practice
	body, err := s.Vault.Open(ctx, s.DB.Reader(), s.field(practice, d.subject, d.id), d.body)
	if err != nil {
		return nil, err
	}
	return r(ctx, d.subject, []byte(body))
}

// settle writes a letter's state, even while the program is being stopped:
// what was sent must not be sent again. A settled letter keeps no content.
func (s *Service) settle(ctx context.Context, d dueRow, state, fault string, again time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	practice, now := access.From(ctx).Practice, s.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if state == waiting {
			_, err := tx.Exec(ctx, sqlTryAgain, db.Micros(again), fault, practice, d.id)
			return err
		}
		_, err := tx.Exec(ctx, sqlSettle, state, fault, db.Micros(now), practice, d.id)
		return err
	})
}

// Status is what the doctor page says about the outbox.
type Status struct {
	LastSent      time.Time
	Waiting       int
	OldestWaiting time.Time
	Failed        int
}

// Status reads how the outbox stands.
func (s *Service) Status(ctx context.Context) (Status, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Letters}); err != nil {
		return Status{}, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	var st Status
	if err := q.QueryRow(ctx, sqlLastSent, practice).Scan(db.T(&st.LastSent)); err != nil {
		return st, err
	}
	if err := q.QueryRow(ctx, sqlWaiting, practice, db.Micros(s.Now())).Scan(&st.Waiting, db.T(&st.OldestWaiting)); err != nil {
		return st, err
	}
	return st, q.QueryRow(ctx, sqlFailed, practice, db.Micros(s.Now().Add(-30*24*time.Hour))).Scan(&st.Failed)
}
