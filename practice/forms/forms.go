// Package forms gives people forms to fill in and keeps what they answer. A
// form is a FHIR Questionnaire, kept as data and by version; an answer to it is
// a QuestionnaireResponse of exactly that version. Who reads which part stands
// in the form itself, is said before it is answered, and is asked of the policy.
package forms

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Service keeps the forms.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time
	// Next says what happens after an answer that may mean danger, in words for
	// whoever gave it. Nil: that nobody reads it at once.
	Next func(ctx context.Context, person db.ID) (string, error)

	// Beside are words that stand beside single questions of a form that somebody
	// fills in, by linkId: what they wrote there the last time. It may be nil.
	Beside func(ctx context.Context, g Given) (map[string]Beside, error)

	// Names tells of which forms a browser looks for names of others before what is
	// written leaves the page. It may be nil.
	Names func(form string) bool
	// Fixed are forms whose words and points are not the practice's to change:
	// instruments, whose answers are counted as they were published. It may be nil.
	Fixed func(key string) bool

	more   map[string]*questionnaire.Questionnaire // see Ship
	alarms []func(context.Context, *db.Tx, Alarm) error
	sent   []func(context.Context, *db.Tx, Sent) error
	cache  cache
}

// Beside is something of somebody's own, offered beside a question.
type Beside struct {
	On    string // the day, in words
	Words string
}

// Alarm is an answer that may mean that somebody is in danger.
type Alarm struct {
	Person   db.ID
	Given    db.ID
	Form     string
	LinkID   string
	Row      int
	Occasion string
	Asked    string // the question, as it was read
	Said     string // the answer, in its words
}

// Sent is a form that somebody has sent.
type Sent struct {
	Given
	Form     *questionnaire.Questionnaire
	Answers  questionnaire.Answers
	Again    bool // they had sent it before and have corrected it
	Response int  // which of their responses to it this is, counted from 1
}

// OnAlarm has f told of an answer that may mean danger, in the transaction that
// keeps it, whether the form is sent or not, and once for each answer. What f
// refuses is not kept: f must not fail for less than a broken database.
func (s *Service) OnAlarm(f func(context.Context, *db.Tx, Alarm) error) {
	s.alarms = append(s.alarms, f)
}

// OnSent has f told of each form that is sent, in the transaction that keeps it.
func (s *Service) OnSent(f func(context.Context, *db.Tx, Sent) error) { s.sent = append(s.sent, f) }

// State is where a form stands that was given to somebody.
type State string

// The states.
const (
	Waiting    State = "waiting"    // nothing is answered yet
	Begun      State = "begun"      // something is, and not sent
	Done       State = "sent"       // it was sent
	Correcting State = "correcting" // it was sent, and is being corrected
	TakenBack  State = "taken back"
)

// Given is a form that was given to somebody to fill in.
type Given struct {
	ID       db.ID
	Person   db.ID
	Key      string // of the form
	Version  db.ID
	State    State
	Occasion string // why, as a code of whoever gave it: "screening"
	By       db.ID  // zero: the program
	At       time.Time
	From     time.Time // before then it is not shown
	BegunAt  time.Time
	SentAt   time.Time // of the last response
}

// Open tells whether it can be answered now.
func (g Given) Open(now time.Time) bool {
	return (g.State == Waiting || g.State == Begun || g.State == Correcting) && !g.From.After(now)
}

// Gift is what is to be given to whom.
type Gift struct {
	Person   db.ID
	Form     string
	From     time.Time // zero: now
	Occasion string    // "" or a code of the giver's
	Quiet    bool      // no letter says that it is there
	Remind   time.Time // once more by letter, where it still waits then; zero: not
	Again    bool      // also when the same form waits for them already
}

var (
	errUnknown = fault.New(fault.NotFound, "There is no form at this address.")
	errMoved   = errors.New("forms: somebody else wrote meanwhile")
)

func answersOf(person db.ID) access.Resource {
	return access.Resource{Class: access.Answers, Subject: person}
}

func own(person db.ID) access.Resource { return access.Resource{Class: access.Own, Subject: person} }

// Give gives a form to somebody, in the newest version that is published, and
// has a letter say that something is there. Where the same form waits for them
// already, it is that one.
func (s *Service) Give(ctx context.Context, tx *db.Tx, g Gift) (db.ID, error) {
	if err := access.Check(ctx, access.Write, answersOf(g.Person)); err != nil {
		return db.ID{}, err
	}
	a := access.From(ctx)
	if !g.Again {
		all, err := s.given(ctx, tx, g.Person)
		if err != nil {
			return db.ID{}, err
		}
		for _, was := range all {
			if was.Key == g.Form && was.Occasion == g.Occasion && (was.State == Waiting || was.State == Begun || was.State == Correcting) {
				return was.ID, nil
			}
		}
	}
	v, err := s.newest(ctx, tx, g.Form)
	if err != nil {
		return db.ID{}, err
	}
	id, now := db.NewID(), s.Now()
	if g.From.IsZero() {
		g.From = now
	}
	if _, err := tx.Exec(ctx, sqlGive, a.Practice, id, g.Person, g.Form, v.ID, string(Waiting), g.Occasion, a.Person, db.Micros(now), db.Micros(g.From)); err != nil {
		return db.ID{}, err
	}
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "gave", Subject: g.Person, Kind: "form", Object: id}); err != nil {
		return db.ID{}, err
	}
	if g.Quiet {
		return id, nil
	}
	all := []letters.Letter{{Kind: letterGiven, Subject: g.Person, Ref: id, Body: id, NotBefore: g.From}}
	if g.Remind.After(g.From) {
		all = append(all, letters.Letter{Kind: letterReminder, Subject: g.Person, Ref: id, Body: id, NotBefore: g.Remind})
	}
	return id, s.Letters.Queue(ctx, tx, all...)
}

// TakeBack takes back a form that was not sent.
func (s *Service) TakeBack(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		g, err := s.one(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := access.Check(ctx, access.Write, answersOf(g.Person)); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlTakeBack, access.From(ctx).Practice, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "This form was sent or taken back meanwhile. Nothing was changed.")
		}
		for _, kind := range []string{letterGiven, letterReminder} {
			if err := s.Letters.Drop(ctx, tx, kind, id); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took back", Subject: g.Person, Kind: "form", Object: id})
	})
}

// Of lists what was given to somebody, the newest first: for themselves, and for
// who may give it. It says nothing of what was answered.
func (s *Service) Of(ctx context.Context, person db.ID) ([]Given, error) {
	if !access.Can(ctx, access.Read, own(person)) {
		if err := access.Check(ctx, access.Read, answersOf(person)); err != nil && !s.readsAny(ctx, person) {
			return nil, err
		}
	}
	return s.given(ctx, s.DB.Reader(), person)
}

// Title is what a form calls itself, to whom it was given.
func (s *Service) Title(ctx context.Context, g Given) (string, error) {
	f, err := s.version(ctx, s.DB.Reader(), g.Version)
	if err != nil {
		return "", err
	}
	return f.Title, nil
}

// Waits is a form that waits for somebody, for their first page.
type Waits struct {
	Title, Href string
	Begun       bool
}

// WaitsFor lists what the actor can fill in now.
func (s *Service) WaitsFor(ctx context.Context, person db.ID) (out []Waits, err error) {
	all, err := s.Of(ctx, person)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		if !g.Open(s.Now()) {
			continue
		}
		title, err := s.Title(ctx, g)
		if err != nil {
			return nil, err
		}
		out = append(out, Waits{title, "/space/forms/" + g.ID.String(), g.State != Waiting})
	}
	return out, nil
}

func (s *Service) given(ctx context.Context, q db.Q, person db.ID) ([]Given, error) {
	return db.All(ctx, q, scanGiven, sqlGivenTo, access.From(ctx).Practice, person)
}

func (s *Service) one(ctx context.Context, q db.Q, id db.ID) (Given, error) {
	g, err := db.One(ctx, q, scanGiven, sqlGiven, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = errUnknown
	}
	return g, err
}

// Erase takes away what was given to somebody and what they answered.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	for _, forget := range []string{sqlForgetFiles, sqlForgetResponses, sqlForgetGiven} {
		if _, err := tx.Exec(ctx, forget, access.From(ctx).Practice, person); err != nil {
			return err
		}
	}
	return nil
}
