package ripple

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what is kept of somebody's check-ins.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{{Class: vault.Clinical, Name: "check-ins", Title: "Your check-ins", Of: s.taken, Erase: s.erase}}
}

// taken is every set of answers with what it came to.
func (s *Service) taken(ctx context.Context, person db.ID) ([]keeping.Item, error) {
	scores, err := s.Scores(ctx, person)
	if err != nil {
		return nil, err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	events, err := s.events(ctx, s.DB.Reader(), person)
	if err != nil {
		return nil, err
	}
	out, err := s.takenRatings(ctx, person)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		out = append(out, keeping.Item{At: e.Day, Title: "Something that happened", Lines: []keeping.Line{{Label: "In a few words", Text: e.Words}}})
	}
	for _, sc := range scores {
		in, is := all.of(Prefix + sc.Instrument)
		if !is {
			continue
		}
		item := keeping.Item{At: sc.At, Title: in.Title}
		for _, l := range append(results(in, sc.Result), lines(in, sc)...) {
			item.Lines = append(item.Lines, keeping.Line{Label: l.Question, Text: l.Answer})
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	for _, forget := range []string{sqlForgetScores, sqlForgetEvents, sqlForgetAsked, sqlForgetBegun} {
		if _, err := tx.Exec(ctx, forget, access.From(ctx).Practice, person); err != nil {
			return err
		}
	}
	if err := s.forgetOutcomes(ctx, tx, person); err != nil {
		return err
	}
	return s.Measures.Erase(ctx, tx, person)
}
