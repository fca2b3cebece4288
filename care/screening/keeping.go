package screening

import (
	"context"
	"strings"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what the screening keeps of a person's.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Clinical, Name: "screening", Title: "What was recorded, asked and decided about going on", Of: s.held, Erase: s.erase},
		{Class: vault.Clinical, Name: "alerts", Title: "Alerts about your safety", Of: s.alertsOf, Erase: s.Alerts.Erase},
	}
}

func (s *Service) held(ctx context.Context, person db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, own(person)); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	facts, err := s.facts(ctx, q, person)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		item := keeping.Item{At: f.Taken, Title: f.Says()}
		if f.Body.Words != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "Note", Text: f.Body.Words})
		}
		if !f.Replaced.IsZero() {
			item.Lines = append(item.Lines, keeping.Line{Label: "State", Text: "replaced: it was recorded by mistake"})
		}
		out = append(out, item)
	}
	requests, err := s.requests(ctx, q, person)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		item := keeping.Item{At: r.At, Title: "You were asked", Lines: []keeping.Line{{Label: "What", Text: r.Asked.Words}, {Label: "State", Text: r.State}}}
		for _, l := range []keeping.Line{{Label: "Held by", Text: r.Asked.From}, {Label: "You answered", Text: r.Reply.Words}, {Label: "You signed", Text: r.Reply.Signed}, {Label: "As", Text: r.Reply.Name}, {Label: "SHA-256", Text: r.Reply.Hash}} {
			if l.Text != "" {
				item.Lines = append(item.Lines, l)
			}
		}
		out = append(out, item)
	}
	decisions, err := s.decisions(ctx, q, person)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		out = append(out, d.item())
	}
	return out, nil
}

func (d Decision) item() keeping.Item {
	item := keeping.Item{At: d.At, Title: "A decision about " + d.Medicine.Name(), Lines: []keeping.Line{{Label: "Decision", Text: string(d.Verdict)}}}
	reasons := ""
	for rule, why := range d.Reasons {
		reasons += rule + ": " + why + "\n"
	}
	for _, l := range []keeping.Line{
		{Label: "Until", Text: d.Until}, {Label: "Conditions", Text: d.Conditions}, {Label: "Why", Text: d.Why}, {Label: "Reasons by rule", Text: strings.TrimSpace(reasons)},
		{Label: "Letter", Text: d.Letter}, {Label: "Rules", Text: d.Snapshot.Rules}, {Label: "SHA-256", Text: d.Hash},
	} {
		if l.Text != "" {
			item.Lines = append(item.Lines, l)
		}
	}
	return item
}

func (s *Service) alertsOf(ctx context.Context, person db.ID) (out []keeping.Item, err error) {
	all, err := s.Alerts.Of(ctx, person)
	for _, a := range all {
		item := keeping.Item{At: a.Raised, Title: "An alert about your safety", Lines: []keeping.Line{{Label: "What you said", Text: a.Words}}}
		if !a.Open() {
			item.Lines = append(item.Lines, keeping.Line{Label: "What was done", Text: a.Done})
		}
		out = append(out, item)
	}
	return out, err
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	for _, query := range []string{sqlForgetFacts, sqlForgetRequests, sqlForgetDecisions} {
		if _, err := tx.Exec(ctx, query, practice, person); err != nil {
			return err
		}
	}
	return nil
}
