// Package notes keeps what those who care for a client write, in lanes that do
// not mix: the guide's own notes, the guide's and the prescriber's part of the
// record, and the bridge between them that both have signed. And what stays with
// the client after a held time: one open question, and a few words that reach
// them some days later.
package notes

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the notes.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time
	// Times are a client's times that a note may be about, the latest first; the
	// calendar is another package's.
	Times func(ctx context.Context, client db.ID) ([]Time, error)

	proposed db.Kept[db.ID, []unsigned] // for the desk's first page
}

// Time is a held time that is written about.
type Time struct {
	Appointment db.ID
	Client      db.ID
	End         time.Time
	Name        string // what it was, for a list to choose from
}

// Limits of what is typed, in characters.
const (
	MaxProcess    = MaxNote
	MaxQuestion   = 400
	MaxInvitation = 300
	MaxWords      = 4000
)

// Hours are after how many hours a gentle word may reach somebody; 0: at once,
// and without a letter. One to three days, as the path of care has it.
var Hours = []int{0, 24, 48, 72}

// After is what stays with a client after a held time.
type After struct {
	Appointment db.ID
	Author      db.ID
	Question    string // open, carried to the next time
	Invitation  string // to write from, instead of the practice's own
	Words       string
	Hours       int       // after which the words reach them
	Due         time.Time // when they do
	Held        time.Time // when the time ended
	Away        time.Time // zero: the client has not put it away
	Changed     time.Time // zero: nothing is written yet
}

// Empty tells whether there is nothing to stay.
func (a After) Empty() bool { return a.Question == "" && a.Invitation == "" && a.Words == "" }

// ErrChanged says that somebody else wrote meanwhile.
var ErrChanged = fault.New(fault.Taken, "This was changed elsewhere since you opened it. What you typed stands below and was not kept; look at both, and save again.")

func processOf(client db.ID) access.Resource {
	return access.Resource{Class: access.Process, Subject: client}
}

func afterOf(client db.ID) access.Resource {
	return access.Resource{Class: access.Clinical, Subject: client}
}

func afterField(practice, client, appointment db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: appointment, Column: "notes_after." + column}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "notes_process", Column: "body", Class: vault.Process, Subject: "client_id", Row: "id"},
	{Table: "notes_process", Column: "signature", Class: vault.Process, Subject: "client_id", Row: "id"},
	{Table: "notes_record", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "notes_record", Column: "held_why", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "notes_signatures", Column: "seal", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "notes_templates", Column: "title", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "notes_templates", Column: "headings", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "notes_after", Column: "question", Class: vault.Clinical, Subject: "client_id", Row: "appointment_id"},
	{Table: "notes_after", Column: "invitation", Class: vault.Clinical, Subject: "client_id", Row: "appointment_id"},
	{Table: "notes_after", Column: "words", Class: vault.Clinical, Subject: "client_id", Row: "appointment_id"},
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, f vault.Field, sealed []byte) (string, error) {
	plain, err := s.Vault.Open(ctx, q, f, sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

// After is what stays with a client after a held time, for who cares for them.
func (s *Service) After(ctx context.Context, t Time) (After, error) {
	if err := access.Check(ctx, access.Read, afterOf(t.Client)); err != nil {
		return After{}, err
	}
	return s.after(ctx, s.DB.Reader(), t)
}

func (s *Service) after(ctx context.Context, q db.Q, t Time) (After, error) {
	r, err := db.One(ctx, q, scanAfter, sqlAfter, access.From(ctx).Practice, t.Appointment)
	if errors.Is(err, db.ErrNone) {
		return After{Appointment: t.Appointment}, nil
	}
	if err != nil {
		return After{}, err
	}
	return s.opened(ctx, q, r)
}

func (s *Service) opened(ctx context.Context, q db.Q, r afterRow) (After, error) {
	practice := access.From(ctx).Practice
	for _, c := range []struct {
		column string
		sealed []byte
		into   *string
	}{{"question", r.question, &r.Question}, {"invitation", r.invitation, &r.Invitation}, {"words", r.words, &r.Words}} {
		plain, err := s.open(ctx, q, afterField(practice, r.client, r.Appointment, c.column), c.sealed)
		if err != nil {
			return r.After, err
		}
		*c.into = plain
	}
	return r.After, nil
}

// Leave keeps what is to stay with a client after a held time, and has a letter
// tell them when words reach them later. Empty, nothing stays.
func (s *Service) Leave(ctx context.Context, t Time, a After) error {
	if err := access.Check(ctx, access.Write, afterOf(t.Client)); err != nil {
		return err
	}
	if err := s.check(t, a); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := s.after(ctx, tx, t)
		switch {
		case err != nil:
			return err
		case was.Question == a.Question && was.Invitation == a.Invitation && was.Words == a.Words && was.Hours == a.Hours:
			return nil
		case !was.Changed.Equal(a.Changed):
			return ErrChanged
		}
		if err := s.keepAfter(ctx, tx, t, a); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: t.Client, Kind: "after", Object: t.Appointment})
	})
}

func (s *Service) check(t Time, a After) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	if !slices.Contains(Hours, a.Hours) {
		e.AddField("hours", "Please choose one of these.")
	}
	if a.Hours > 0 && a.Words == "" {
		e.AddField("words", "Please write the words that are to reach them, or choose that there are none.")
	}
	if t.End.After(s.Now()) {
		e.AddField("", "This time is not over yet. What stays after it is written then.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (s *Service) keepAfter(ctx context.Context, tx *db.Tx, t Time, a After) error {
	me := access.From(ctx)
	if err := s.Letters.Drop(ctx, tx, letterAfter, t.Appointment); err != nil {
		return err
	}
	if a.Empty() {
		_, err := tx.Exec(ctx, sqlDropAfter, me.Practice, t.Appointment)
		return err
	}
	var sealed [3][]byte
	for i, c := range [3][2]string{{"question", a.Question}, {"invitation", a.Invitation}, {"words", a.Words}} {
		text, err := s.Vault.Seal(ctx, tx, afterField(me.Practice, t.Client, t.Appointment, c[0]), c[1])
		if err != nil {
			return err
		}
		sealed[i] = append([]byte{}, text...) // nothing is sealed to nothing
	}
	due := t.End.Add(time.Duration(a.Hours) * time.Hour)
	_, err := tx.Exec(ctx, sqlKeepAfter, me.Practice, t.Appointment, t.Client, me.Person, sealed[0], sealed[1], sealed[2], int64(a.Hours), db.Micros(due), db.Micros(t.End), db.Micros(s.Now()))
	if err != nil || a.Hours == 0 || !due.After(s.Now()) {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAfter, Subject: t.Client, Ref: t.Appointment, Body: t.Appointment, NotBefore: due})
}

// Stays is what stays with the client now, of their last held time that left
// anything: the question at once, the words once they are due. They may put it
// away; an older one does not come back for that.
func (s *Service) Stays(ctx context.Context, client db.ID) (a After, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return a, err
	}
	r, err := s.last(ctx, client, s.Now())
	if err != nil || !r.Away.IsZero() {
		return a, err
	}
	if a, err = s.opened(ctx, s.DB.Reader(), r); err == nil && a.Due.After(s.Now()) {
		a.Words = ""
	}
	return a, err
}

// Carried is what a client's time before another one left, for who cares for
// them. What they have put away stays put away.
func (s *Service) Carried(ctx context.Context, t Time, begins time.Time) (a After, err error) {
	if err := access.Check(ctx, access.Read, afterOf(t.Client)); err != nil {
		return a, err
	}
	r, err := s.last(ctx, t.Client, begins)
	if err != nil || !r.Away.IsZero() {
		return a, err
	}
	return s.opened(ctx, s.DB.Reader(), r)
}

// last is the latest row of a client's until an instant; a zero row when there is none.
func (s *Service) last(ctx context.Context, client db.ID, until time.Time) (afterRow, error) {
	r, err := db.One(ctx, s.DB.Reader(), scanAfter, sqlLastAfter, access.From(ctx).Practice, client, db.Micros(until))
	if errors.Is(err, db.ErrNone) {
		return afterRow{After: After{Away: until}}, nil
	}
	return r, err
}

// PutAway lets the client put away what stays with them after a held time.
func (s *Service) PutAway(ctx context.Context, appointment db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlPutAway, db.Micros(s.Now()), a.Practice, appointment, a.Person)
		if err != nil || n == 0 { // put away already, or gone
			return err
		}
		if err := s.Letters.Drop(ctx, tx, letterAfter, appointment); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "put away", Subject: a.Person, Kind: "after", Object: appointment})
	})
}

// All is everything that stayed with a client after their times, the earliest
// first, as far as it has reached them.
func (s *Service) All(ctx context.Context, client db.ID) (out []After, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanAfter, sqlAfterOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		a, err := s.opened(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		if a.Due.After(s.Now()) {
			a.Words = ""
		}
		out = append(out, a)
	}
	return out, nil
}

// CountProcess is of how many of a client's times a guide has written notes.
// That they are there is all that anybody else is told.
func (s *Service) CountProcess(ctx context.Context, client db.ID) (int, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return 0, err
	}
	return db.One(ctx, s.DB.Reader(), db.Value[int], sqlCountProcess, access.From(ctx).Practice, client)
}

// EraseAfter takes away what stayed with a client, within a transaction.
func (s *Service) EraseAfter(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlForgetAfter, access.From(ctx).Practice, client)
	return err
}

// EraseProcess is EraseAfter for the guide's own notes.
func (s *Service) EraseProcess(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlForgetProcess, access.From(ctx).Practice, client)
	return err
}

// EraseRecord is EraseAfter for the notes of the record and who signed them.
func (s *Service) EraseRecord(ctx context.Context, tx *db.Tx, client db.ID) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlForgetSignatures, practice, client); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, sqlForgetRecord, practice, client)
	return err
}
