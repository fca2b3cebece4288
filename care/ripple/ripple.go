// Package ripple is what changes, over months: when somebody is asked how they
// are, what their answers come to, seen beside their sessions, and what they
// say has changed in their own work. Asking is an invitation: what is not
// answered ends by itself, and nothing counts it.
package ripple

import (
	"context"
	_ "embed" // one form lies beside the code
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/checkins"
	"held/rules/questionnaire"
	"held/rules/scoring"
)

// Service asks, and keeps what was answered.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Forms    *forms.Service
	Measures *measures.Service
	Now      func() time.Time
	// Sessions are somebody's medicine sessions that were held.
	Sessions func(ctx context.Context, q db.Q, person db.ID) ([]checkins.Session, error)
	// Begun are those that have begun, the one that goes on now too. Nil: Sessions.
	Begun func(ctx context.Context, q db.Q, person db.ID) ([]checkins.Session, error)
}

//go:embed ripple.json
var rippleForm []byte

// Prefix begins the keys of forms that are instruments: measure-phq9.
const Prefix = "measure-"

// Ripple is the key of the form that asks what has changed in one's own work.
const Ripple = "ripple"

// Begin brings the instruments that can be asked into the library of forms and
// follows what is sent.
func (s *Service) Begin() error {
	for _, in := range Askable() {
		b, err := measures.Form(in)
		if err != nil {
			return err
		}
		if err := s.Forms.Ship(Prefix+in.ID, b); err != nil {
			return err
		}
	}
	s.Forms.Fixed = func(key string) bool { return strings.HasPrefix(key, Prefix) }
	s.Forms.OnSent(s.sent)
	s.Measures.Loaded = s.loadedInstruments
	s.Forms.Beside = s.lastLine
	s.Forms.Names = func(form string) bool { return form == Ripple || strings.HasPrefix(form, Prefix) }
	return s.Forms.Ship(Ripple, rippleForm)
}

// Questions are what the ripple asks, in one paragraph: for a journal, where they
// are answered by somebody to themselves.
func Questions() string {
	q, faults := forms.Parse(rippleForm)
	if len(faults) > 0 {
		panic("ripple: " + faults[0].String()) // the program's own, which its tests read
	}
	var out []string
	q.All(func(i *questionnaire.Item) bool {
		if i.Chooses() {
			out = append(out, i.Text)
		}
		return true
	})
	return strings.Join(out, " ")
}

// Askable are the instruments whose wording comes with Held and that somebody
// answers about themselves: those of every practice.
func Askable() []scoring.Instrument {
	all, err := measures.Shipped()
	if err != nil {
		panic("ripple: " + err.Error()) // a file of the program itself, which its tests read
	}
	return slices.DeleteFunc(all, func(in scoring.Instrument) bool { return !in.Wording() || in.Rater != "self" })
}

func measuresOf(person db.ID) access.Resource {
	return access.Resource{Class: access.Measures, Subject: person}
}

func field(practice, person, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Clinical, Row: row, Column: "ripple_scores.body"}
}

func outcomesField(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: practice, Column: "ripple_outcomes.body"}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "ripple_scores", Column: "body", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "ripple_instruments", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "ripple_events", Column: "body", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "ripple_outcomes", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "practice_id"},
}
