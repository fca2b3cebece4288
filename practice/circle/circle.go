// Package circle keeps whom, and which places, a client would rather not meet
// here. Only the client reads the list, and one member of their care team when
// they show it. Everybody else who works here gets one of two words about a
// meeting, "clear" or "talk first", and never whose list it was or who is on it.
package circle

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
	rule "held/rules/circle"
)

// Kind is what an entry names.
type Kind string

// The kinds.
const (
	Person Kind = "person"
	Place  Kind = "place"
)

// Limits: entries on one list, and characters.
const (
	MaxEntries = 50
	MaxName    = 80
	MaxWhy     = 200
)

// Entry is one name on a client's list.
type Entry struct {
	ID   db.ID
	Kind Kind
	Name string
	Why  string // for themselves only
}

// Service keeps the circles.
type Service struct {
	DB     *db.DB
	Vault  *vault.Vault
	Trail  *trail.Service
	People *people.Service
	Now    func() time.Time

	mu       sync.Mutex
	known    map[db.ID]profile // as the rule compares them
	made     int64             // profiles, so far
	compared map[[2]int64]bool // what the rule said of two of them
	asked    map[[32]byte]bool // what colleagues have had an answer to already
	brake    *web.Limiter      // of new answers, by colleague

	decided db.Kept[about, Decision]
}

func own(person db.ID) access.Resource { return access.Resource{Class: access.Circle, Subject: person} }

func entryField(practice, person, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Identity, Row: id, Column: "circle_entries.body"}
}

// body is an entry as it is sealed.
type body struct {
	Name string `json:"name"`
	Why  string `json:"why,omitempty"`
}

// entries opens a list; what was erased is not on it any more.
func (s *Service) entries(ctx context.Context, q db.Q, person db.ID) ([]Entry, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanEntry, sqlEntries, practice, person)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, r := range rows {
		plain, err := s.Vault.Open(ctx, q, entryField(practice, person, r.ID), r.body)
		if errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var b body
		if err := json.Unmarshal([]byte(plain), &b); err != nil {
			return nil, err
		}
		r.Name, r.Why = b.Name, b.Why
		out = append(out, r.Entry)
	}
	return out, nil
}

// Mine is the actor's own list, in the order in which it was written.
func (s *Service) Mine(ctx context.Context) ([]Entry, error) {
	me := access.From(ctx).Person
	if err := access.Check(ctx, access.Read, own(me)); err != nil {
		return nil, err
	}
	return s.entries(ctx, s.DB.Reader(), me)
}

// Erase takes a person's list away, and whom it was shown to.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	for _, forget := range []string{sqlForget, sqlHide} {
		if _, err := tx.Exec(ctx, forget, access.From(ctx).Practice, person); err != nil {
			return err
		}
	}
	tx.After(func() { s.forget(person) })
	return nil
}

// Add puts a name on the actor's own list.
func (s *Service) Add(ctx context.Context, e Entry) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, own(a.Person)); err != nil {
		return err
	}
	e.Name, e.Why = strings.TrimSpace(e.Name), strings.TrimSpace(e.Why)
	if err := e.check(); err != nil {
		return err
	}
	plain, err := json.Marshal(body{e.Name, e.Why})
	if err != nil {
		return err
	}
	id := db.NewID()
	return s.change(ctx, "changed", func(tx *db.Tx) error {
		n, err := db.One(ctx, tx, db.Value[int], sqlCount, a.Practice, a.Person)
		if err != nil {
			return err
		}
		if n >= MaxEntries {
			return fault.Field("name", "There are fifty names on your list. Please take one off before you add another.")
		}
		sealed, err := s.Vault.Seal(ctx, tx, entryField(a.Practice, a.Person, id), string(plain))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAdd, a.Practice, a.Person, id, string(e.Kind), sealed, db.Micros(s.Now()))
		return err
	})
}

func (e Entry) check() error {
	switch {
	case e.Kind != Person && e.Kind != Place:
		return fault.Field("kind", "Please say whether this is a person or a place.")
	case e.Name == "":
		return fault.Field("name", "Please write a name.")
	case utf8.RuneCountInString(e.Name) > MaxName:
		return fault.Field("name", "Please keep the name under 80 characters.")
	case utf8.RuneCountInString(e.Why) > MaxWhy:
		return fault.Field("why", "Please keep this under 200 characters.")
	case e.Kind == Person && !rule.ParseName(e.Name).Tells(), e.Kind == Place && rule.ParsePlace(e.Name).Empty():
		return fault.Field("name", "This is too little to be compared with. One whole name, or two initials, is enough.")
	}
	return nil
}

// Remove takes a name off the actor's own list.
func (s *Service) Remove(ctx context.Context, id db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, own(a.Person)); err != nil {
		return err
	}
	return s.change(ctx, "changed", func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlRemove, a.Practice, a.Person, id)
		return err
	})
}

// Show lets one member of the actor's care team read the list; who could
// before cannot any more.
func (s *Service) Show(ctx context.Context, member db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, own(a.Person)); err != nil {
		return err
	}
	c, err := s.People.Card(ctx, a.Person)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.Team, func(m people.Member) bool { return m.Person == member }) {
		return fault.Field("member", "Please choose somebody of your care team. Nothing was changed.")
	}
	return s.change(ctx, "showed", func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlShow, a.Practice, a.Person, member, db.Micros(s.Now()))
		return err
	})
}

// Hide takes that back.
func (s *Service) Hide(ctx context.Context) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, own(a.Person)); err != nil {
		return err
	}
	return s.change(ctx, "hid", func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlHide, a.Practice, a.Person)
		return err
	})
}

// change does something to the actor's own list, and writes it down.
func (s *Service) change(ctx context.Context, verb string, do func(tx *db.Tx) error) error {
	me := access.From(ctx).Person
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if err := s.People.Touch(ctx, tx, me); err != nil {
			return err
		}
		tx.After(func() { s.forget(me) })
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: me, Kind: "circle", Object: me})
	})
}

// ShownTo is the member of a client's care team who may read their list; the
// zero id when nobody may. Who has left the team may not.
func (s *Service) ShownTo(ctx context.Context, client db.ID) (db.ID, error) {
	member, err := db.One(ctx, s.DB.Reader(), db.Value[db.ID], sqlShown, access.From(ctx).Practice, client)
	if errors.Is(err, db.ErrNone) {
		return db.ID{}, nil
	}
	if err != nil {
		return db.ID{}, err
	}
	c, err := s.People.Card(ctx, client)
	if !slices.ContainsFunc(c.Team, func(m people.Member) bool { return m.Person == member }) {
		return db.ID{}, err
	}
	return member, err
}

// Shown reads a client's list for whom they show it to, without what they
// wrote for themselves. The reading stands on the trail.
func (s *Service) Shown(ctx context.Context, client db.ID) ([]Entry, error) {
	member, err := s.ShownTo(ctx, client)
	if err != nil {
		return nil, err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Circle, Subject: client, Charge: member}); err != nil {
		return nil, err
	}
	all, err := s.entries(ctx, s.DB.Reader(), client)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Why = ""
	}
	return all, s.Trail.Saw(ctx, trail.Entry{Subject: client, Kind: "circle", Object: client})
}
