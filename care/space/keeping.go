package space

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what a client has asked about their trail.
func (s *Service) Kept() keeping.Holding {
	return keeping.Holding{Class: vault.Clinical, Name: "looks", Title: "What you asked about your trail", Of: s.askedBy, Erase: s.erase}
}

func (s *Service) askedBy(ctx context.Context, person db.ID) ([]keeping.Item, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanQuestion, sqlOfPerson, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	var out []keeping.Item
	for _, r := range rows {
		q, err := s.opened(ctx, r)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: q.At, Title: "About a line of your trail", Lines: []keeping.Line{{Label: "You asked", Text: q.Asked}}}
		if q.Answer != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "The practice answered", Text: q.Answer})
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	_, err := tx.Exec(ctx, sqlForget, access.From(ctx).Practice, person)
	return err
}
