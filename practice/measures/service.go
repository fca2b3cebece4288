package measures

import (
	"context"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/scoring"
)

// Service keeps what clinicians rate by scales, and what the practice itself
// calls a change. What clients answer about themselves, a step of the path keeps.
type Service struct {
	DB    *db.DB
	Vault *vault.Vault
	Trail *trail.Service
	Now   func() time.Time
	// Loaded are the instruments that the practice loaded: a licensed wording, or
	// one of its own. Nil: none.
	Loaded func(ctx context.Context, q db.Q) ([]scoring.Instrument, error)
	// Alarm tells of a rating that may mean danger, in the transaction that keeps
	// it. Nil: nobody is told.
	Alarm func(ctx context.Context, tx *db.Tx, client, ref db.ID, words string) error
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "measures_ratings", Column: "body", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "measures_changes", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
}

// Filled says who fills an instrument in.
func Filled(in scoring.Instrument) string {
	if in.Rater == "clinician" {
		return "Filled in by a clinician."
	}
	return "Filled in by the person it is about."
}

// Instruments are all that the practice has, by id: those of Held, some with a
// wording that it loaded, and its own.
func (s *Service) Instruments(ctx context.Context, q db.Q) ([]scoring.Instrument, error) {
	all, err := Shipped()
	if err != nil || s.Loaded == nil {
		return all, err
	}
	loaded, err := s.Loaded(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, in := range loaded {
		if i := slices.IndexFunc(all, func(was scoring.Instrument) bool { return was.ID == in.ID }); i >= 0 {
			all[i] = in
		} else {
			all = append(all, in)
		}
	}
	slices.SortFunc(all, func(a, b scoring.Instrument) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// Scales are the instruments by which a clinician can rate: their wording is here.
func (s *Service) Scales(ctx context.Context, q db.Q) ([]scoring.Instrument, error) {
	all, err := s.Instruments(ctx, q)
	return slices.DeleteFunc(all, func(in scoring.Instrument) bool { return in.Rater != "clinician" || !in.Wording() }), err
}

func resource(client db.ID) access.Resource {
	return access.Resource{Class: access.Measures, Subject: client}
}
