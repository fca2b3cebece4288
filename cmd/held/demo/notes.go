package demo

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/notes"
)

type noteWords struct {
	Client, By, Lane, Begin, Text, Add string
	Days                               int
	Sign                               []string
	Hold                               struct{ Code, Why string }
}

// noteAll lets notes be written, each in its lane and at its day.
func (wr *writer) noteAll() {
	joined := map[string]bool{}
	for i, n := range wr.w.Notes {
		at := wr.at(-n.Days, 18, 5+7*i%50)
		if role := wr.roleOf(n.By); role == access.Prescriber && !joined[n.Client] {
			joined[n.Client] = true
			wr.on(at.AddDate(0, 0, -1), func(ctx context.Context) error {
				return wr.People.Assign(wr.caring(ctx, wr.w.House.Person[0].Key), wr.clients[n.Client], wr.staff[n.By].ID, role)
			})
		}
		var id db.ID
		wr.on(at, func(ctx context.Context) (err error) {
			id, err = wr.note(ctx, n)
			return err
		})
		if n.Add != "" {
			wr.on(at.Add(22*time.Hour), func(ctx context.Context) error {
				_, err := wr.written(ctx, n.By, notes.Start{Client: wr.clients[n.Client], Lane: notes.Lane(n.Lane), Of: id}, n.Add, n.By)
				return err
			})
		}
	}
}

func (wr *writer) roleOf(key string) access.Role {
	if slices.Contains(wr.staff[key].Roles, access.Prescriber) {
		return access.Prescriber
	}
	return access.Guide
}

// caring is a colleague who has just shown who they are, with whom they care for.
func (wr *writer) caring(ctx context.Context, key string) context.Context {
	a := access.From(wr.as(ctx, key))
	a.Fresh = true
	a.Cares = func(client db.ID) (c access.Care) {
		card, err := wr.People.Card(ctx, client)
		if err != nil {
			return c
		}
		for _, m := range card.Team {
			if m.Person == a.Person {
				c.As = append(c.As, m.Role)
			}
		}
		return c
	}
	return access.With(ctx, a)
}

func (wr *writer) note(ctx context.Context, n noteWords) (db.ID, error) {
	id, err := wr.written(ctx, n.By, notes.Start{Client: wr.clients[n.Client], Lane: notes.Lane(n.Lane), Template: n.Begin}, trimmed(n.Text), n.Sign...)
	if err != nil || n.Hold.Code == "" {
		return id, err
	}
	return id, wr.Notes.HoldBack(wr.caring(ctx, n.By), id, n.Hold.Code, n.Hold.Why)
}

// written begins a note, writes it, and lets people sign it.
func (wr *writer) written(ctx context.Context, by string, b notes.Start, text string, sign ...string) (db.ID, error) {
	me := wr.caring(ctx, by)
	id, err := wr.Notes.Begin(me, b)
	if err != nil {
		return id, err
	}
	n, err := wr.Notes.Keep(me, id, 1, text, false)
	if err != nil {
		return id, err
	}
	for _, key := range sign {
		if _, err := wr.Notes.Sign(wr.caring(ctx, key), id, n.Revision); err != nil {
			return id, err
		}
	}
	return id, nil
}
