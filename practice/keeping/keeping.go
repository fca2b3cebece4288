// Package keeping says how long what is kept about people is kept, lets a
// client take all of it along, and erases it: at once when they ask, later
// where the practice must keep it, by itself when its period has ended.
package keeping

import (
	"context"
	"io"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Item is one thing of a person's, opened for them to take along.
type Item struct {
	At    time.Time `json:"at,omitzero"`
	Title string    `json:"title"`
	Lines []Line    `json:"lines,omitempty"`
}

// Line is one part of an item: what it is called, and what it says.
type Line struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Holding is what one package keeps about people.
type Holding struct {
	Class vault.Class // the class of its keys: what is erased together
	Name  string      // of its part of the file that is taken along
	Title string      // the same for people
	// Of gives everything of one person's. It asks the policy itself.
	Of func(ctx context.Context, person db.ID) ([]Item, error)
	// Files gives what cannot be read as text, to lie beside it. Nil: nothing.
	Files func(ctx context.Context, person db.ID, add func(name string, write func(io.Writer) error) error) error
	// Erase removes what is kept in the clear, before the keys go. Nil: nothing.
	Erase func(ctx context.Context, tx *db.Tx, person db.ID) error
}

// Period is how long a class is kept after somebody was last here.
type Period struct {
	Class  vault.Class
	Months int  // 0: until it is asked for
	Duty   bool // not erased before it ends, even when it is asked for

	reached time.Time // people who were last here before then have been seen to
}

// after is when the period of somebody last seen at an instant ends.
func (p Period) after(seen time.Time) time.Time { return seen.AddDate(0, p.Months, 0) }

// before is who was last seen so early that their period has ended now.
func (p Period) before(now time.Time) time.Time { return now.AddDate(0, -p.Months, 0) }

// Words are what a class is called at the desk and to the client.
type Words struct{ Desk, Client string }

var classWords = map[vault.Class]Words{
	vault.Contact:  {"Name, contact, questions and messages", "your name here, how to reach you, your questions and messages"},
	vault.Identity: {"Legal name, birth date, and circles", "your legal name, your birth date, and whom you would rather not meet here"},
	vault.Clinical: {"What was written about health and care", "what was written about your health and care"},
	vault.Process:  {"The guide's process notes", "your guide's own notes"},
}

// Called gives a class its words.
func Called(c vault.Class) Words { return classWords[c] }

// MaxMonths bounds a period: fifty years.
const MaxMonths = 600

// Service keeps the periods and does what they say.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Now      func() time.Time
	// Seen is when somebody last had, or will have, an appointment; the zero time when never.
	Seen func(ctx context.Context, person db.ID) (time.Time, error)

	holdings []Holding
}

// Hold registers what a package keeps. Called where the program is wired.
func (s *Service) Hold(all ...Holding) { s.holdings = append(s.holdings, all...) }

// Classes are the classes that something is kept in, in the order of classWords.
func (s *Service) Classes() []vault.Class {
	var out []vault.Class
	for _, c := range []vault.Class{vault.Contact, vault.Identity, vault.Clinical, vault.Process} {
		if slices.ContainsFunc(s.holdings, func(h Holding) bool { return h.Class == c }) {
			out = append(out, c)
		}
	}
	return out
}

// Periods gives each class's period; one that was never set is kept until it is asked for.
func (s *Service) Periods(ctx context.Context, q db.Q) ([]Period, error) {
	rows, err := db.All(ctx, q, scanPeriod, sqlPeriods, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	out := make([]Period, 0, len(rows))
	for _, c := range s.Classes() {
		p := Period{Class: c}
		for _, r := range rows {
			if r.Class == c {
				p = r
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// Set keeps how long a class is kept.
func (s *Service) Set(ctx context.Context, p Period) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	switch {
	case !slices.Contains(s.Classes(), p.Class):
		return fault.New(fault.NotFound, "Nothing of this kind is kept here.")
	case p.Months < 0 || p.Months > MaxMonths:
		return fault.Field("months", "Please give a whole number of months from 0 to 600.")
	case p.Duty && p.Months == 0:
		return fault.Field("months", "What must be kept needs a number of months.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSetPeriod, access.From(ctx).Practice, string(p.Class), int64(p.Months), db.Bit(p.Duty)); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "period", Why: string(p.Class)})
	})
}

// All gives everything of a person's for them to take along, in the order in
// which it was registered.
func (s *Service) All(ctx context.Context, person db.ID) ([]Part, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Leaving, Subject: person}); err != nil {
		return nil, err
	}
	var out []Part
	for _, h := range s.holdings {
		items, err := h.Of(ctx, person)
		if err != nil {
			return nil, err
		}
		out = append(out, Part{h.Name, h.Title, items})
	}
	return out, s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took along", Subject: person, Kind: "everything"})
	})
}

// files gives what lies beside All.
func (s *Service) files(ctx context.Context, person db.ID, add func(name string, write func(io.Writer) error) error) error {
	for _, h := range s.holdings {
		if h.Files == nil {
			continue
		}
		if err := h.Files(ctx, person, add); err != nil {
			return err
		}
	}
	return nil
}

// Part is one holding's part of what is taken along.
type Part struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Items []Item `json:"items"`
}
