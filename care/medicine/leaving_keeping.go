package medicine

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// leavingKept is what is kept of how sessions ended and of what was taken home.
func (s *Service) leavingKept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Clinical, Name: "leaving", Title: "How your medicine sessions ended", Of: s.leavingsKept, Erase: s.eraseLeaving},
		{Class: vault.Clinical, Name: "after-care", Title: "What you took home from them", Of: s.sheetsKept, Erase: s.eraseSheets},
	}
}

// ownOnly: what is taken along is asked for by whoever it is about.
func ownOnly(ctx context.Context, client db.ID) error {
	return access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client})
}

func (s *Service) leavingsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := ownOnly(ctx, client); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanLeft, sqlLeavingsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		x, err := s.openLeft(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: x.At, Title: outcomeWords[x.Outcome]}
		line := func(label, text string) {
			if text != "" {
				item.Lines = append(item.Lines, keeping.Line{Label: label, Text: text})
			}
		}
		line("By", x.Name)
		line("What was said, or why", x.Why)
		line("Where to", x.Where)
		line("Who was told", x.Told)
		line("Who came for you", x.Escort)
		line("Signed by you as", x.Signed)
		for _, c := range x.Conditions {
			text := standWords(c.State)
			if on := rests(c, st.Location()); on != "" {
				text += ": " + on
			}
			line(c.Name, text)
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) sheetsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := ownOnly(ctx, client); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanSheet, sqlSheetsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		x, err := s.openSheet(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: x.Changed, Title: "A sheet for the day after"}
		for _, l := range []keeping.Line{{Label: "The practice’s text", Text: x.Words}, {Label: "You asked to be reminded of", Text: x.Remind}, {Label: "You would call", Text: x.Call}} {
			if l.Text != "" {
				item.Lines = append(item.Lines, l)
			}
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) eraseLeaving(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlDropLeavings, access.From(ctx).Practice, client)
	return err
}

func (s *Service) eraseSheets(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlDropSheets, access.From(ctx).Practice, client)
	return err
}
