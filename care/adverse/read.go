package adverse

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"held/internal/db"
	"held/practice/access"
)

// load reads an event with all of its versions.
func (s *Service) load(ctx context.Context, q db.Q, id db.ID) (Case, error) {
	practice := access.From(ctx).Practice
	e, err := db.One(ctx, q, scanEvent, sqlEvent, practice, id)
	if errors.Is(err, db.ErrNone) {
		return Case{}, errNone
	}
	if err != nil {
		return Case{}, err
	}
	rows, err := db.All(ctx, q, scanVersion, sqlVersionsOf, practice, id)
	if err != nil {
		return Case{}, err
	}
	c := Case{Event: e}
	for _, r := range rows {
		v, err := s.opened(ctx, q, r)
		if err != nil {
			return c, err
		}
		c.Versions = append(c.Versions, v)
	}
	return c, nil
}

func (s *Service) opened(ctx context.Context, q db.Q, r versionRow) (Version, error) {
	plain, err := s.open(ctx, q, field(access.From(ctx).Practice, r.Client, r.ID), r.body)
	if err != nil || plain == "" { // erased
		return r.Version, err
	}
	sum := sha256.Sum256([]byte(plain))
	r.SHA256, r.Holds = hexed(r.hash), bytes.Equal(sum[:], r.hash)
	return r.Version, json.Unmarshal([]byte(plain), &r.Text)
}

// One is an event, for who may read it. The page puts the look on the trail.
func (s *Service) One(ctx context.Context, id db.ID) (Case, error) {
	c, err := s.load(ctx, s.DB.Reader(), id)
	if err != nil {
		return Case{}, err
	}
	if err := access.Check(ctx, access.Read, of(c.Client)); err != nil {
		return Case{}, err
	}
	return c, nil
}

// latest is an event with its last version alone, for lists.
func (s *Service) latest(ctx context.Context, q db.Q, e Event) (Case, error) {
	r, err := db.One(ctx, q, scanVersion, sqlVersion, access.From(ctx).Practice, e.ID, e.Number)
	if err != nil {
		return Case{}, err
	}
	v, err := s.opened(ctx, q, r)
	return Case{Event: e, Versions: []Version{v}}, err
}

func (s *Service) latestOf(ctx context.Context, q db.Q, all []Event) ([]Case, error) {
	out := make([]Case, len(all))
	for i, e := range all {
		c, err := s.latest(ctx, q, e)
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// Of are a client's events with how they stand now, the latest first.
func (s *Service) Of(ctx context.Context, client db.ID) ([]Case, error) {
	if err := access.Check(ctx, access.Read, of(client)); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanEvent, sqlOfClient, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	return s.latestOf(ctx, s.DB.Reader(), rows)
}

// Due are the events on which somebody is to look now, the longest due first, as
// far as they are open to the reader.
func (s *Service) Due(ctx context.Context) (out []Case, err error) {
	practice := access.From(ctx).Practice
	rows, err := s.due.Get(s.DB, s.Now(), practice, func() ([]Event, error) {
		return db.All(ctx, s.DB.Reader(), scanEvent, sqlDue, practice, Open, db.Micros(s.Now()))
	})
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		if !access.Can(ctx, access.Read, of(e.Client)) {
			continue
		}
		c, err := s.latest(ctx, s.DB.Reader(), e)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
