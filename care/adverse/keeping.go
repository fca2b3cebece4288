package adverse

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what is kept of a person's adverse events.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{{Class: vault.Clinical, Name: "adverse", Title: "Adverse events, and how they went on", Of: s.held, Erase: s.erase}}
}

func (s *Service) held(ctx context.Context, person db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanEvent, sqlOfClient, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		c, err := s.load(ctx, q, e.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, c.item())
	}
	return out, nil
}

// item is an event as its client takes it along: how it stands, and each step.
func (c Case) item() keeping.Item {
	r := c.Report()
	item := keeping.Item{At: c.Begun, Title: "An adverse event"}
	for _, part := range [][]Line{r.happened(), r.grave(), r.given(), r.around()} {
		for _, l := range part {
			item.Lines = append(item.Lines, keeping.Line{Label: l.Label, Text: l.Text})
		}
	}
	for _, v := range c.Versions[min(1, len(c.Versions)):] {
		text := v.Words
		if v.Name != "" {
			text += "\n" + v.Name + ", " + v.Role + ", SHA-256 " + v.SHA256
		}
		item.Lines = append(item.Lines, keeping.Line{Label: kinds[v.Kind] + ", " + v.At.Format("2006-01-02"), Text: text})
	}
	return item
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	for _, query := range []string{sqlForgetVersions, sqlForgetEvents} {
		if _, err := tx.Exec(ctx, query, practice, person); err != nil {
			return err
		}
	}
	return nil
}
