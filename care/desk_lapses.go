package care

import (
	"context"

	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
)

// lapse is something that ends before a session, with the client's name.
type lapse struct {
	preparation.Lapse
	Who string
}

func (d *Desk) lapses(ctx context.Context) (out []lapse, err error) {
	if access.Possible(access.From(ctx), access.Read, access.Gate) != access.Allow {
		return nil, nil
	}
	all, err := d.Preparation.Lapsing(ctx)
	if err != nil {
		return nil, err
	}
	var whose []db.ID
	for _, l := range all {
		whose = append(whose, l.Client)
	}
	names, err := d.People.ClientNames(ctx, whose...)
	for _, l := range all {
		out = append(out, lapse{l, names[l.Client]})
	}
	return out, err
}
