package space

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Question is what a client asks about one line of their trail, and what the
// owner answers. There is one about each line at most.
type Question struct {
	ID       db.ID
	Person   db.ID // who asks
	Entry    db.ID // the line
	Asked    string
	At       time.Time
	Answer   string
	By       db.ID
	Answered time.Time // zero while it waits
}

// Limits of asking.
const (
	maxWords = 2000 // characters of a question, and of an answer
	maxOpen  = 20   // questions of one client that wait at the same time
)

// The letters of asking.
const (
	letterAsked    = "space.asked"    // to the owners
	letterAnswered = "space.answered" // to who asked
)

func (s *Service) field(practice db.ID, q Question, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: q.Person, Class: vault.Clinical, Row: q.ID, Column: "space_questions." + column}
}

// RegisterLetters names who writes the letters of asking and of sharing.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterAsked, s.askedLetter)
	s.Letters.Handle(letterAnswered, s.answeredLetter)
	s.Letters.Handle(letterShared, s.sharedLetter)
	s.Letters.Handle(letterShareAnswer, s.shareAnswerLetter)
}

// Ask keeps what the signed-in client asks about a line of their trail, and
// tells the owners that something waits.
func (s *Service) Ask(ctx context.Context, entry db.ID, words string) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Person}); err != nil {
		return err
	}
	if _, err := s.Trail.One(ctx, a.Person, entry); err != nil {
		return err
	}
	owners, err := s.owners(ctx)
	if err != nil {
		return err
	}
	q := Question{ID: db.NewID(), Person: a.Person, Entry: entry}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		open, err := db.One(ctx, tx, db.Value[int], sqlOpenOf, a.Practice, a.Person)
		if err == nil && open >= maxOpen {
			err = fault.New(fault.TooMany, "Twenty of your questions wait for an answer. Please wait for some of them before you ask about another line; what you typed was not sent.")
		}
		if err != nil {
			return err
		}
		sealed, err := s.Vault.Seal(ctx, tx, s.field(a.Practice, q, "asked"), words)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAsk, a.Practice, q.ID, q.Person, q.Entry, sealed, db.Micros(s.Now()))
		if db.Taken(err) {
			return fault.New(fault.Taken, "You have asked about this line already. That question was kept as it was; nothing was sent twice.")
		}
		if err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: q.Person, Kind: "look", Object: q.ID}); err != nil {
			return err
		}
		return s.tellOwners(ctx, tx, owners)
	})
}

// owners are who answers.
func (s *Service) owners(ctx context.Context) (all []db.ID, err error) {
	cards, err := s.People.Cards(ctx)
	for _, c := range cards {
		if slices.Contains(c.Roles, access.Owner) {
			all = append(all, c.ID)
		}
	}
	return all, err
}

// tellOwners queues one letter for each, however much waits for them.
func (s *Service) tellOwners(ctx context.Context, tx *db.Tx, owners []db.ID) error {
	for _, id := range owners {
		p, err := s.People.Reach(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Email() == "" || p.Discretion == people.Silent {
			continue
		}
		if err := s.Letters.Drop(ctx, tx, letterAsked, id); err != nil {
			return err
		}
		if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAsked, Subject: id, Ref: id}); err != nil {
			return err
		}
	}
	return nil
}

// About finds what the signed-in client has asked about a line; nil when nothing.
func (s *Service) About(ctx context.Context, entry db.ID) (*Question, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: a.Person}); err != nil {
		return nil, err
	}
	r, err := db.One(ctx, s.DB.Reader(), scanQuestion, sqlOfEntry, a.Practice, a.Person, entry)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q, err := s.opened(ctx, r)
	return &q, err
}

// Open lists the questions that wait, who has waited longest first, after one
// (zero: from the first). Their words are not opened.
func (s *Service) Open(ctx context.Context, after db.ID, n int) ([]Question, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return nil, err
	}
	of := waits{access.From(ctx).Practice, after, n}
	return s.kept.Get(s.DB, s.Now(), of, func() ([]Question, error) {
		return db.All(ctx, s.DB.Reader(), bare, sqlOpen, of.practice, of.after[:], n)
	})
}

// waits is which part of the questions that wait was asked for.
type waits struct {
	practice, after db.ID
	n               int
}

// Answered lists the questions that were answered before an instant, the
// latest first.
func (s *Service) Answered(ctx context.Context, before time.Time, n int) ([]Question, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return nil, err
	}
	return db.All(ctx, s.DB.Reader(), bare, sqlAnswered, access.From(ctx).Practice, db.Micros(before), n)
}

func bare(r db.Row) (Question, error) {
	q, err := scanQuestion(r)
	return q.Question, err
}

// Question opens one for the owner; the reading is on the trail of who asked.
func (s *Service) Question(ctx context.Context, id db.ID) (Question, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return Question{}, err
	}
	r, err := s.one(ctx, s.DB.Reader(), id)
	if err != nil {
		return Question{}, err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: r.Person, Kind: "look", Object: id}); err != nil {
		return Question{}, err
	}
	return s.opened(ctx, r)
}

func (s *Service) one(ctx context.Context, q db.Q, id db.ID) (row, error) {
	r, err := db.One(ctx, q, scanQuestion, sqlQuestion, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.New(fault.NotFound, "There is no question at this address.")
	}
	return r, err
}

func (s *Service) opened(ctx context.Context, r row) (q Question, err error) {
	practice := access.From(ctx).Practice
	q = r.Question
	open := func(column string, sealed []byte) string {
		var text string
		if err == nil {
			text, err = s.Vault.Open(ctx, s.DB.Reader(), s.field(practice, q, column), sealed)
		}
		if errors.Is(err, vault.ErrErased) {
			text, err = "", nil
		}
		return text
	}
	q.Asked, q.Answer = open("asked", r.asked), open("answer", r.answer)
	return q, err
}

// Answer keeps the owner's answer, once, and tells who asked.
func (s *Service) Answer(ctx context.Context, id db.ID, words string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Ledger}); err != nil {
		return err
	}
	a := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.one(ctx, tx, id)
		if err != nil {
			return err
		}
		sealed, err := s.Vault.Seal(ctx, tx, s.field(a.Practice, r.Question, "answer"), words)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAnswer, sealed, a.Person, db.Micros(s.Now()), a.Practice, id)
		if err == nil && n == 0 {
			err = fault.New(fault.Taken, "This question has been answered meanwhile. That answer was kept, and yours was not sent.")
		}
		if err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "answered", Subject: r.Person, Kind: "look", Object: id}); err != nil {
			return err
		}
		p, err := s.People.Reach(ctx, tx, r.Person)
		if err != nil || p.Email() == "" || p.Discretion == people.Silent {
			return err
		}
		return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAnswered, Subject: p.ID, Ref: id, Body: r.Entry})
	})
}

func (s *Service) askedLetter(ctx context.Context, owner db.ID, _ []byte) (*mail.Message, error) {
	return s.Settings.Write(ctx, owner, settings.Note{Neutral: "Something waits for your answer", Full: "Somebody asks about a line of their trail", Path: "/desk/looks"})
}

func (s *Service) answeredLetter(ctx context.Context, person db.ID, body []byte) (*mail.Message, error) {
	var entry db.ID
	if err := json.Unmarshal(body, &entry); err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, person, settings.Note{Neutral: "Something is there for you to read", Full: "There is an answer to what you asked about your trail", Path: "/space/looks/" + entry.String()})
}
