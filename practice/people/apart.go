package people

import (
	"context"
	"slices"

	"held/internal/db"
	"held/practice/access"
)

// Veiled stands at the desk for a client whose name is not the reader's to
// know: somebody who works here too.
const Veiled = "Kept private"

// knows tells whether the reader may know somebody as a client. Of people who
// work here that is for their care team alone, and not for themselves at the
// desk: what is their own stands in their space.
func (c Card) knows(a access.Actor) bool {
	if !c.Staff() || a.Via == access.System || a.Via == access.Operator {
		return true
	}
	if a.Person == c.ID {
		return !a.Staff()
	}
	return slices.ContainsFunc(c.Team, func(m Member) bool { return m.Person == a.Person && a.Is(m.Role) })
}

// Knows tells whether the reader may know somebody as a client.
func (s *Service) Knows(ctx context.Context, client db.ID) (bool, error) {
	c, err := s.Card(ctx, client)
	return c.knows(access.From(ctx)), err
}

// AsSeen is a card as the reader may see it: of a colleague whom they do not
// know as a client, only that they work here.
func (c Card) AsSeen(ctx context.Context) Card {
	if c.knows(access.From(ctx)) {
		return c
	}
	c.Roles = slices.DeleteFunc(slices.Clone(c.Roles), func(r access.Role) bool { return r == access.Client })
	c.Step, c.Team, c.Discretion, c.openings = "", nil, "", nil
	return c
}

// Clients leaves of some cards those whom the reader may know as clients.
func Clients(ctx context.Context, all []Card) []Card {
	a := access.From(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(c Card) bool {
		return c.Staff() && !(slices.Contains(c.Roles, access.Client) && c.knows(a))
	})
}

// ClientNames gives the working names of clients, as far as the reader may
// know who they are.
func (s *Service) ClientNames(ctx context.Context, ids ...db.ID) (map[db.ID]string, error) {
	d, a := &s.dir, access.From(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := s.refresh(ctx, d); err != nil {
		return nil, err
	}
	out := make(map[db.ID]string, len(ids))
	for _, id := range ids {
		c := d.card(id)
		out[id] = c.Name
		if !c.knows(a) {
			out[id] = Veiled
		}
	}
	return out, nil
}
