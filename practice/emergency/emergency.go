// Package emergency keeps the practice's emergency card: where the house is and
// how its door is found, what to say on the telephone, who is on call, where the
// kit lies, and which number the country calls. The words are the practice's
// own; Held writes none of them and gives no advice. Each change is a version
// that stays, with who made it.
package emergency

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/once"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the card.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Now      func() time.Time
}

// Limits of what is typed, in characters.
const (
	maxLine = 200
	maxText = 1200
	// MaxCalls is how many people stand on a card.
	MaxCalls = 12
)

// Words are what the practice writes on its card.
type Words struct {
	Address   string `json:"address"`             // as one says it to an ambulance
	Door      string `json:"door,omitempty"`      // how to find it
	Entrance  string `json:"entrance,omitempty"`  // stairs, lift, codes, who opens
	Say       string `json:"say"`                 // on the telephone
	Oxygen    string `json:"oxygen,omitempty"`    // where it is
	AED       string `json:"aed,omitempty"`       // where it is
	Medicines string `json:"medicines,omitempty"` // where the emergency medicines are
	Number    string `json:"number,omitempty"`    // an emergency number, where Held's list has none
	Calls     []Call `json:"calls"`
}

// Call is somebody who can be called, and when.
type Call struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Days   []Day  `json:"days,omitempty"` // none: every day
	From   string `json:"from,omitempty"` // "09:00"; none: the whole day
	To     string `json:"to,omitempty"`
}

// Version is the card as it was saved once.
type Version struct {
	Words
	Number int64     `json:"version"`
	By     db.ID     `json:"-"`
	At     time.Time `json:"at"`
}

// Number is one to dial in an emergency, and whether anybody has checked it.
type Number struct {
	Number   string `json:"number"`
	Note     string `json:"note,omitempty"`
	Verified bool   `json:"verified"`
}

// OnCall is somebody on the card, as it stands at one moment.
type OnCall struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	When   string `json:"when"` // in words
	Now    bool   `json:"now"`
	Today  bool   `json:"today"` // set at the desk for this day
}

// Card is the card as a room shows it at one moment. There is none until the
// practice has written one, and then There is false and nothing else is set but
// the country's numbers.
type Card struct {
	There     bool     `json:"there"`
	Version   Version  `json:"words"`
	Author    string   `json:"author,omitempty"` // who made this version, by working name
	Country   string   `json:"country,omitempty"`
	Emergency []Number `json:"emergency"`
	Note      string   `json:"note,omitempty"` // what to know about the country's numbers
	OnCall    []OnCall `json:"on_call"`
	Duty      Duty     `json:"-"` // what was set for today; zero: nothing was
	DutyBy    string   `json:"duty_by,omitempty"`
}

// None is what is said where a practice has no card.
const None = "This practice has no emergency card yet. Somebody has to write one before it is needed."

var errNoVersion = fault.New(fault.NotFound, "There is no such version of the card.")

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "emergency_cards", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
	{Table: "emergency_duty", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
}

func field(practice, row db.ID, table string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: row, Column: table + ".body"}
}

func may(ctx context.Context, v access.Verb) error {
	return access.Check(ctx, v, access.Resource{Class: access.Help})
}

// Card is the card as it stands now, for everybody who works here. It is no
// record of anybody's, so that a look at it is not on the trail.
func (s *Service) Card(ctx context.Context, q db.Q) (Card, error) {
	if err := may(ctx, access.Read); err != nil {
		return Card{}, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return Card{}, err
	}
	now := s.Now().In(st.Location())
	v, there, err := s.current(ctx, q)
	if err != nil {
		return Card{}, err
	}
	c := Card{There: there, Version: v}
	c.Country, c.Emergency, c.Note = numbers(st.Country, v.Words.Number)
	if c.Duty, err = s.duty(ctx, q, now.Format(time.DateOnly)); err != nil {
		return c, err
	}
	c.OnCall = onCall(v.Calls, c.Duty, now)
	names, err := s.People.Names(ctx, v.By, c.Duty.By)
	c.Author, c.DutyBy = names[v.By], names[c.Duty.By]
	return c, err
}

// Written tells whether the practice has a card.
func (s *Service) Written(ctx context.Context, q db.Q) (bool, error) {
	_, there, err := s.current(ctx, q)
	return there, err
}

// numbers are the country's, with what is not verified marked, and the
// practice's own where the list has none or the practice has added one.
func numbers(country, own string) (name string, out []Number, note string) {
	c, known := settings.CrisisFor(country)
	if known {
		name, note = c.Name, c.EmergencyNote
		for _, n := range c.Emergency {
			out = append(out, Number{Number: n, Verified: !c.Unchecked(n)})
		}
	}
	if own != "" {
		out = append(out, Number{Number: own, Note: "written by the practice", Verified: true})
	}
	return name, out, note
}

func (s *Service) current(ctx context.Context, q db.Q) (Version, bool, error) {
	r, err := db.One(ctx, q, scanCard, sqlCurrent, access.From(ctx).Practice)
	if errors.Is(err, db.ErrNone) {
		return Version{}, false, nil
	}
	if err != nil {
		return Version{}, false, err
	}
	v, err := s.opened(ctx, q, r)
	return v, err == nil, err
}

func (s *Service) opened(ctx context.Context, q db.Q, r cardRow) (Version, error) {
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, r.id, "emergency_cards"), r.body)
	if err != nil {
		return r.Version, err
	}
	return r.Version, json.Unmarshal([]byte(plain), &r.Words)
}

// kept is how many versions a page lists.
const kept = 50

// Versions are the latest, the newest first.
func (s *Service) Versions(ctx context.Context) (out []Version, err error) {
	if err := may(ctx, access.Read); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanCard, sqlVersions, access.From(ctx).Practice, int64(kept))
	for _, r := range rows {
		v, err := s.opened(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, err
}

// Version is one by its number.
func (s *Service) Version(ctx context.Context, number int64) (Version, error) {
	if err := may(ctx, access.Read); err != nil {
		return Version{}, err
	}
	r, err := db.One(ctx, s.DB.Reader(), scanCard, sqlVersion, access.From(ctx).Practice, number)
	if errors.Is(err, db.ErrNone) {
		return Version{}, errNoVersion
	}
	if err != nil {
		return Version{}, err
	}
	return s.opened(ctx, s.DB.Reader(), r)
}

// Save writes the next version. Seen is the number of the one that was on the
// page, 0 for none.
func (s *Service) Save(ctx context.Context, w Words, seen int64) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	a := access.From(ctx)
	err = once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		was, _, err := s.current(ctx, tx)
		if err != nil {
			return err
		}
		if was.Number != seen {
			return errChanged
		}
		id := db.NewID()
		body, err := s.Vault.Seal(ctx, tx, field(a.Practice, id, "emergency_cards"), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddCard, a.Practice, id, seen+1, body, a.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "emergency card", Object: id})
	})
	if db.Taken(err) {
		return errChanged
	}
	return err
}

var errChanged = fault.New(fault.Taken, "The card was changed by somebody else since you opened it. What you typed stands below and was not kept; look at both, and save again.")
