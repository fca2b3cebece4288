// Package settings keeps what a practice decides about itself: its name, its
// country and zone, how it writes, and its rules for changing an appointment.
package settings

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// Practice is everything that the owner sets about the house itself.
type Practice struct {
	Name       string    `json:"name"`
	Tagline    string    `json:"tagline"`
	City       string    `json:"city"`
	Address    string    `json:"address"` // of the rooms, for people who booked one
	Country    string    `json:"country"` // ISO 3166-1 alpha-2, for crisis lines
	Zone       string    `json:"zone"`    // IANA
	Lang       string    `json:"lang"`
	Accent     ui.Accent `json:"accent"`
	ReplyHours string    `json:"reply_hours"` // completes "We read and answer …"
	Email      string    `json:"email"`       // letters come from here
	Sender     string    `json:"sender"`      // the neutral sender's name
	Entry      string    `json:"entry"`       // an appointment's title in calendars, where little is to be said
	Statement  string    `json:"statement"`   // what a payment reads on a bank statement
	Phone      string    `json:"phone"`

	ChangeHours int   `json:"change_hours"` // until how long before, an appointment may be changed by its link
	CancelHours int   `json:"cancel_hours"`
	Reminders   []int `json:"reminders"`   // hours before
	OfferHours  int   `json:"offer_hours"` // how long a freed time waits for one person

	Holidays []string `json:"holidays"` // YYYY-MM-DD: the whole house is closed
}

// plainEntry is what an appointment is called where nobody has chosen a word.
const plainEntry = "Appointment"

// EntryTitle is an appointment's title in calendars where little is to be said.
func (p Practice) EntryTitle() string { return cmp.Or(p.Entry, plainEntry) }

// HoldFor is how long a time is held while a form is filled.
const HoldFor = 10 * time.Minute

// locations keeps what Location has loaded: every page asks for it, and reading
// a zone takes longer than the page's own questions to the database.
var locations sync.Map // name -> *time.Location

// Location is the practice's zone.
func (p Practice) Location() *time.Location {
	if loc, ok := locations.Load(p.Zone); ok {
		return loc.(*time.Location) //nolint:forcetypeassert // nothing else is stored
	}
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	locations.Store(p.Zone, loc)
	return loc
}

// New is how a practice begins, before its owner has set anything.
func New(name, country, zone, email string) Practice {
	return Practice{
		Name: name, Country: country, Zone: zone, Email: email, Lang: "en", Accent: ui.Moss,
		ReplyHours: "on weekdays", Sender: "Appointments", Entry: plainEntry,
		ChangeHours: 24, CancelHours: 24, Reminders: []int{48, 3}, OfferHours: 4,
	}
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// Check says what of it cannot stand, field by field.
func (p Practice) Check() error {
	e := fault.New(fault.Invalid, "Some settings need another look. Nothing was changed.")
	fail := func(bad bool, field, sentence string) {
		if bad {
			e.AddField(field, sentence)
		}
	}
	fail(strings.TrimSpace(p.Name) == "", "name", "The practice needs a name.")
	_, zerr := time.LoadLocation(p.Zone)
	fail(p.Zone == "" || p.Zone == "Local" || zerr != nil, "zone", "This is no time zone known by its full name, as in Europe/Lisbon.")
	fail(!countryForm.MatchString(p.Country), "country", "Please choose the practice's country.")
	_, merr := mail.Address(p.Email)
	fail(merr != nil, "email", "This is not an e-mail address that letters can come from.")
	fail(p.ChangeHours < 0 || p.ChangeHours > 24*30, "change_hours", "Please give hours from 0 to 720.")
	fail(p.CancelHours < 0 || p.CancelHours > 24*30, "cancel_hours", "Please give hours from 0 to 720.")
	fail(p.OfferHours < 1 || p.OfferHours > 72, "offer_hours", "Please give hours from 1 to 72.")
	fail(len(p.Reminders) > 5 || slices.ContainsFunc(p.Reminders, func(h int) bool { return h < 1 || h > 24*14 }), "reminders", "Please give up to five times, each from 1 to 336 hours before.")
	fail(slices.ContainsFunc(p.Holidays, func(d string) bool { _, err := time.Parse(time.DateOnly, d); return err != nil }), "holidays", "Please write each date as 2026-12-24, one on a line.")
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Service keeps the settings.
type Service struct {
	DB     *db.DB
	Vault  *vault.Vault
	Trail  *trail.Service
	People *people.Service
	Now    func() time.Time
	Base   string // public address, without a slash at the end
	Demo   bool
	// Places are settings that other packages keep, for the overview.
	Places []Place
	// Calling is what calls whoever acts, for every page of theirs. It may be nil.
	Calling func(ctx context.Context) *ui.Calling

	mu      sync.Mutex
	cached  Practice
	of      db.ID // whose they are
	version int64
	read    time.Time
}

// seenFor is how long another process's change may go unseen.
const seenFor = 2 * time.Second

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "settings_practices", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "practice_id"}}

func field(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: practice, Column: "settings_practices.body"}
}

// Found writes a new practice.
func (s *Service) Found(ctx context.Context, tx *db.Tx, practice db.ID, p Practice) error {
	if err := p.Check(); err != nil {
		return err
	}
	body, err := s.sealed(ctx, tx, practice, p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlFound, practice, body, db.Micros(s.Now()))
	return err
}

func (s *Service) sealed(ctx context.Context, tx *db.Tx, practice db.ID, p Practice) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, field(practice), string(plain))
}

// Get reads the settings. They are read by every page, so they are kept for a moment.
func (s *Service) Get(ctx context.Context) (Practice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, practice := s.Now(), access.From(ctx).Practice
	if practice.IsZero() { // refused before anybody was known: the page is this house's all the same
		practice = s.of
	}
	if s.version > 0 && practice == s.of && now.Sub(s.read) < seenFor && !now.Before(s.read) {
		return s.cached, nil
	}
	if practice.IsZero() {
		var err error
		if practice, err = Only(ctx, s.DB.Reader()); err != nil {
			return Practice{}, err
		}
	}
	p, version, err := s.load(ctx, s.DB.Reader(), practice)
	if err != nil {
		return Practice{}, err
	}
	s.cached, s.version, s.of = p, version, practice
	s.read = now
	return s.cached, nil
}

// Save changes the settings as a whole.
func (s *Service) Save(ctx context.Context, p Practice) error {
	return s.Change(ctx, func(now *Practice) error { *now = p; return nil })
}

// Change alters the settings as they stand in the database at this moment, so
// that two people who change different things do not undo each other.
func (s *Service) Change(ctx context.Context, alter func(*Practice) error) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLock, practice); err != nil {
			return err
		}
		p, _, err := s.load(ctx, tx, practice)
		if err != nil {
			return err
		}
		if err := alter(&p); err != nil {
			return err
		}
		if err := p.Check(); err != nil {
			return err
		}
		body, err := s.sealed(ctx, tx, practice, p)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSave, body, db.Micros(s.Now()), practice); err != nil {
			return err
		}
		tx.After(s.forget)
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "settings", Object: practice})
	})
}

// load reads and opens the settings, with their version.
func (s *Service) load(ctx context.Context, q db.Q, practice db.ID) (p Practice, version int64, err error) {
	r, err := db.One(ctx, q, scanPractice, sqlPractice, practice)
	if errors.Is(err, db.ErrNone) {
		return p, 0, errors.New("there is no practice in this database; `held init` founds one")
	}
	if err != nil {
		return p, 0, err
	}
	plain, err := s.Vault.Open(ctx, q, field(practice), r.body)
	if err != nil {
		return p, 0, err
	}
	return p, r.version, json.Unmarshal([]byte(plain), &p)
}

func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version, s.read = 0, time.Time{}
}

// Version grows with every change, so that what was made from the settings can be kept.
func (s *Service) Version(ctx context.Context) (int64, error) {
	if _, err := s.Get(ctx); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, nil
}

// Only finds the one practice of this database; the zero id when it is new.
func Only(ctx context.Context, q db.Q) (db.ID, error) {
	ids, err := db.All(ctx, q, db.Value[db.ID], sqlPractices)
	switch {
	case err != nil:
		return db.ID{}, err
	case len(ids) == 0:
		return db.ID{}, nil
	case len(ids) > 1:
		return db.ID{}, errors.New("this database holds more than one practice")
	}
	return ids[0], nil
}
