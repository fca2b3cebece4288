package inquiry

import (
	"context"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// maxSaved is how many saved answers a practice can have: more would not be
// found again in a list.
const maxSaved = 100

// Saved is a text kept for answers that are often needed.
type Saved struct {
	ID    db.ID
	Title string
	Text  string
}

// The practice's own texts are sealed under the practice itself.
func savedField(practice, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "inquiry_saved." + column}
}

// SavedAnswers lists them in the order in which they were made, for whoever
// answers questions.
func (s *Service) SavedAnswers(ctx context.Context) ([]Saved, error) {
	a := access.From(ctx)
	if access.Possible(a, access.Read, access.Questions) != access.Allow {
		return nil, access.Check(ctx, access.Read, access.Resource{Class: access.Questions})
	}
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanSaved, sqlSavedAnswers, a.Practice, int64(maxSaved))
	if err != nil {
		return nil, err
	}
	out := make([]Saved, 0, len(rows))
	for _, r := range rows {
		x := Saved{ID: r.id}
		if x.Title, err = s.Vault.Open(ctx, q, savedField(a.Practice, r.id, "title"), r.title); err != nil {
			return nil, err
		}
		if x.Text, err = s.Vault.Open(ctx, q, savedField(a.Practice, r.id, "body"), r.body); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// KeepSaved adds (zero id) or changes a saved answer.
func (s *Service) KeepSaved(ctx context.Context, x Saved) (db.ID, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Questions}); err != nil {
		return x.ID, err
	}
	if strings.TrimSpace(x.Title) == "" {
		return x.ID, fault.Field("title", "Please give it a title, so that it can be found.")
	}
	if err := checkText(x.Text); err != nil {
		return x.ID, err
	}
	if x.ID.IsZero() {
		if err := s.roomForOne(ctx); err != nil {
			return x.ID, err
		}
		x.ID = db.NewID()
	}
	practice := access.From(ctx).Practice
	return x.ID, s.DB.Write(ctx, func(tx *db.Tx) error {
		title, err := s.Vault.Seal(ctx, tx, savedField(practice, x.ID, "title"), x.Title)
		if err != nil {
			return err
		}
		body, err := s.Vault.Seal(ctx, tx, savedField(practice, x.ID, "body"), x.Text)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlKeepSaved, practice, x.ID, title, body, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "saved answer", Object: x.ID})
	})
}

func (s *Service) roomForOne(ctx context.Context) error {
	all, err := s.SavedAnswers(ctx)
	if err == nil && len(all) >= maxSaved {
		err = fault.Field("title", "There are 100 saved answers already. Please take one away first.")
	}
	return err
}

// DropSaved takes a saved answer away. What was sent with its help stays said.
func (s *Service) DropSaved(ctx context.Context, id db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Questions}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlDropSaved, access.From(ctx).Practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "saved answer", Object: id})
	})
}
