package medicine

import (
	"context"
	"encoding/json"
	"errors"

	"held/internal/db"
	"held/internal/fault"
	"held/rules/timeline"
)

// tell runs the hooks of an entry.
func (s *Service) tell(ctx context.Context, tx *db.Tx, seat Seat, e timeline.Entry) error {
	var hooks []func() error
	with := func(all []Hook, of timeline.Entry) {
		for _, h := range all {
			hooks = append(hooks, func() error { return h(ctx, tx, seat, of) })
		}
	}
	switch e.Kind {
	case timeline.Dose:
		with(s.Given, e)
		back, err := s.takenBack(ctx, tx, e)
		if err != nil {
			return err
		}
		if back {
			with(s.Undone, e)
		}
	case timeline.Undone:
		dose, err := s.undoneBy(ctx, tx, e)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		if err == nil && dose.Kind == timeline.Dose && timeline.InTime(dose, e) {
			with(s.Undone, dose)
		}
	}
	with(s.Noted, e)
	for _, h := range hooks {
		err := h()
		var f *fault.Error
		if errors.As(err, &f) && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
			return &hookRefusal{e.ID, f.Sentence}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takenBack tells whether a dose was taken back by what arrived before it did.
func (s *Service) takenBack(ctx context.Context, tx *db.Tx, dose timeline.Entry) (bool, error) {
	if len(s.Undone) == 0 {
		return false, nil
	}
	session, err := db.ParseID(dose.Session)
	if err != nil {
		return false, err
	}
	all, err := s.entries(reckoning(ctx), tx, session, 0)
	for _, e := range all {
		var b timeline.UndoneBody
		if e.Kind == timeline.Undone && e.Read(&b) && b.Of == dose.ID && timeline.InTime(dose, e) {
			return true, nil
		}
	}
	return false, err
}

// Note is an entry that the program itself makes, in somebody's name where one
// is acting.
func (s *Service) Note(ctx context.Context, tx *db.Tx, session db.ID, kind string, body any) (db.ID, error) {
	found, err := s.Seat(reckoning(ctx), tx, session)
	if err != nil {
		return db.ID{}, err
	}
	seat, err := s.lock(ctx, tx, found)
	if err != nil {
		return db.ID{}, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return db.ID{}, err
	}
	id, now, none := db.NewID(), s.Now(), int64(0)
	p := parsed{id: id, session: session, Entry: timeline.Entry{
		ID: id.String(), Session: session.String(), Device: timeline.Server, Seq: seat.last + 1, Kind: timeline.Kind(kind), Taken: now, Entered: now, Offset: &none, Body: raw,
	}}
	e, err := s.insert(ctx, tx, seat, p, db.ID{})
	if err != nil {
		return id, err
	}
	if err := s.tell(ctx, tx, *seat, e); err != nil {
		return id, err
	}
	return id, s.settle(ctx, tx, seat, moves(p.Kind))
}
