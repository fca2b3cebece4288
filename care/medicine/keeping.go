package medicine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
	"held/rules/timeline"
)

// Kept is what the medicine room keeps of a person's.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Clinical, Name: "medicine", Title: "Your medicine sessions, entry by entry", Of: s.kept, Erase: s.erase},
	}
}

func (s *Service) kept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanSeat, sqlSeatsOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		x, err := s.seat(ctx, q, r)
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return nil, err
		}
		t, err := s.timeline(ctx, q, x)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: x.Opened, Title: "A medicine session: " + x.Title}
		for _, l := range t.Entries {
			item.Lines = append(item.Lines, keeping.Line{Label: fmt.Sprintf("%s, %s, %s", l.At.UTC().Format("2006-01-02 15:04:05"), l.Name, l.Role), Text: plainLine(l)})
		}
		out = append(out, item)
	}
	return out, err
}

// plainLine is an entry as somebody takes it along: its kind, its content as it
// was entered, and what became of it.
func plainLine(l timeline.Line) string {
	parts := []string{string(l.Kind), string(l.Body)}
	if l.SupersededBy != "" {
		parts = append(parts, "corrected later")
	}
	if l.UndoneBy != "" {
		parts = append(parts, "taken back at once")
	}
	if l.Withdrawn {
		parts = append(parts, "withdrawn: it was not so")
	}
	return strings.Join(parts, " ")
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	for _, statement := range []string{sqlDropSaid, sqlDropEntries, sqlDropSeats} {
		if _, err := tx.Exec(ctx, statement, access.From(ctx).Practice, client); err != nil {
			return err
		}
	}
	return nil
}
