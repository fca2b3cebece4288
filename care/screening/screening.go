// Package screening is the step at which a prescriber learns what they need to
// know and decides. Rules look at what the client answered and what was
// recorded, and say what speaks, from which answer, and what nobody has
// answered. A person decides, signs, and later decides anew; nothing here is
// ever cleared by the program.
package screening

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// Service keeps the screening.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Forms    *forms.Service
	Alerts   *alerts.Service
	Now      func() time.Time
	// Protocol is the practice's protocol in force for a medicine, by the words of
	// its version; nil where none is.
	Protocol func(ctx context.Context, q db.Q, m protocol.Medicine) (doc *protocol.Document, version string, err error)

	changed []func(ctx context.Context, tx *db.Tx, client db.ID) error
}

// OnChange has f told of each change of a clearance, in its transaction: it was
// given, took another's place, or became stale.
func (s *Service) OnChange(f func(ctx context.Context, tx *db.Tx, client db.ID) error) {
	s.changed = append(s.changed, f)
}

func (s *Service) tellChanged(ctx context.Context, tx *db.Tx, client db.ID) error {
	for _, f := range s.changed {
		if err := f(ctx, tx, client); err != nil {
			return err
		}
	}
	return nil
}

// Forms of the screening, in the order in which they are given.
var Forms = []string{"medical-history", "psychiatric-history", "substance-use", "safety-at-home"}

// Occasion is why they are given.
const Occasion = "screening"

// formNames are what the forms are called where they are missing.
var formNames = map[string]string{
	"medical-history": "medical history and medications", "psychiatric-history": "psychiatric history", "substance-use": "substance use", "safety-at-home": "safety and support at home",
}

func chart(client db.ID) access.Resource {
	return access.Resource{Class: access.Chart, Subject: client}
}

func clearance(client db.ID) access.Resource {
	return access.Resource{Class: access.Clearance, Subject: client}
}

func own(client db.ID) access.Resource { return access.Resource{Class: access.Own, Subject: client} }

func field(practice, client, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: column}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "screening_facts", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "screening_requests", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "screening_requests", Column: "answer", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "screening_decisions", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "screening_decisions", Column: "letter", Class: vault.Clinical, Subject: "client_id", Row: "id"},
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, f vault.Field, sealed []byte) (string, error) {
	plain, err := s.Vault.Open(ctx, q, f, sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

// Listen has the forms tell of what the screening must know of.
func (s *Service) Listen() {
	s.Forms.OnAlarm(s.alarm)
	s.Forms.OnSent(s.answersSent)
}

// Give gives a client the forms of the screening that do not wait for them
// already; one letter says that something is there.
func (s *Service) Give(ctx context.Context, client db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for i, key := range Forms {
			if _, err := s.Forms.Give(ctx, tx, forms.Gift{Person: client, Form: key, Occasion: Occasion, Quiet: i > 0}); err != nil {
				return err
			}
		}
		return nil
	})
}

// answersSent marks a client's decisions when they have answered anew.
func (s *Service) answersSent(ctx context.Context, tx *db.Tx, sent forms.Sent) error {
	if formNames[sent.Key] == "" {
		return nil
	}
	n, err := tx.Exec(ctx, sqlMarkStale, db.Micros(s.Now()), access.From(ctx).Practice, sent.Person)
	if err != nil || n == 0 {
		return err
	}
	by := access.Following(ctx)
	if err := s.Trail.Record(by, tx, trail.Entry{Verb: "marked", Subject: sent.Person, Kind: "clearance", Object: sent.ID}); err != nil {
		return err
	}
	return s.tellChanged(by, tx, sent.Person)
}

// alarm tells the practice's clinicians of an answer that may mean danger.
func (s *Service) alarm(ctx context.Context, tx *db.Tx, a forms.Alarm) error {
	_, err := s.Alerts.Raise(ctx, tx, alerts.Alert{Client: a.Person, Kind: "form", Ref: a.Given, Words: a.Asked + "\n" + a.Said})
	return err
}
