package orders

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what the orders keep of a person's. What stands in the ledger of
// controlled substances stays there: it names them by an id, and is the
// practice's own record.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Clinical, Name: "orders", Title: "What was ordered and given at your medicine sessions", Of: s.kept, Erase: s.erase},
	}
}

func (s *Service) kept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, of(access.Own, client)); err != nil {
		return nil, err
	}
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanOrder, sqlOrdersOf, practice, client)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		v, err := s.openVersion(ctx, q, r)
		if err != nil {
			return nil, err
		}
		out = append(out, v.item())
	}
	checked, err := db.All(ctx, q, scanCheck, sqlChecksOf, practice, client)
	checks, err := s.openChecks(ctx, q, checked, err)
	if err != nil {
		return nil, err
	}
	for _, c := range checks {
		item := keeping.Item{At: c.At, Title: "A second person confirmed what was drawn up"}
		if c.Kind == Waived {
			item = keeping.Item{At: c.At, Title: "Your prescriber went on without a second person's look", Lines: []keeping.Line{{Label: "Their reason", Text: c.Why}}}
		}
		out = append(out, item)
	}
	given, err := s.givenOf(ctx, q, client)
	for _, g := range given {
		out = append(out, g.item())
	}
	return out, err
}

func (v Version) item() keeping.Item {
	item := keeping.Item{At: v.At, Title: "An order: " + v.Medicine.Name()}
	reasons := ""
	for _, f := range v.Findings {
		if why := v.Reasons[f.Key]; why != "" {
			reasons += f.Say + " " + why + "\n"
		}
	}
	for _, l := range []keeping.Line{
		{Label: "Dose", Text: v.Both}, {Label: "Boosters", Text: v.boosterWords()}, {Label: "Over a weight of", Text: v.Weight.Kg.String() + " kg"}, {Label: "For the room", Text: v.Words},
		{Label: "Reasons", Text: reasons}, {Label: "State", Text: v.Ended}, {Label: "Why it ended", Text: v.EndWhy}, {Label: "SHA-256", Text: v.Hash},
	} {
		if l.Text != "" {
			item.Lines = append(item.Lines, l)
		}
	}
	return item
}

func (g Given) item() keeping.Item {
	item := keeping.Item{At: g.At, Title: "Given: " + givenWords(g)}
	if !g.Undone.IsZero() {
		item.Lines = append(item.Lines, keeping.Line{Label: "State", Text: "undone in the room"})
	}
	for _, why := range g.Body.Differs {
		item.Lines = append(item.Lines, keeping.Line{Label: "Not as ordered", Text: why})
	}
	if g.Word != "" {
		item.Lines = append(item.Lines, keeping.Line{Label: "Your prescriber", Text: g.Word})
	}
	return item
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	for _, statement := range []string{sqlDropOrders, sqlDropChecks, sqlDropGiven} {
		if _, err := tx.Exec(ctx, statement, access.From(ctx).Practice, client); err != nil {
			return err
		}
	}
	return nil
}
