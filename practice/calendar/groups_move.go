package calendar

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// moveSeat moves an appointment that has a place in a group, or is to have one:
// it gives back what it has and is seated anew.
func (s *Service) moveSeat(ctx context.Context, tx *db.Tx, p *plan, was Appointment, w wish) (Appointment, error) {
	var id db.ID
	if w.o.Places > 1 {
		var err error
		if id, err = s.joinable(ctx, tx, p, w, was.Group); err != nil {
			return was, err
		}
	}
	entered, err := s.entered(ctx, tx, was.Group, id)
	if err != nil {
		return was, err
	}
	if was.Group.IsZero() {
		err = s.free(ctx, tx, was.ID, was.resources().claims(was.kept))
	} else {
		err = s.vacateIn(ctx, tx, was, entered)
	}
	if err != nil {
		return was, err
	}
	var c choice
	if w.o.Places > 1 {
		c, err = s.sitIn(ctx, tx, p, w, id, entered, was.ID, time.Time{})
	} else {
		c, err = s.claim(ctx, tx, p, w, was.ID, time.Time{})
	}
	if err != nil {
		return was, err
	}
	now := was
	now.take(c)
	now.Sequence, now.Changed = was.Sequence+1, s.Now()
	if err := s.grouped(ctx, tx, w.o, &now); err != nil {
		return was, err
	}
	if err := s.keepMoved(ctx, tx, was, now); err != nil {
		return was, err
	}
	return now, s.changed(ctx, tx, "moved", "", was, now)
}

// grouped completes an appointment that has a place in a group. Nobody has two
// of one group; of visitors, whose name may be anybody's, it is not asked.
func (s *Service) grouped(ctx context.Context, tx *db.Tx, o Offering, a *Appointment) error {
	if a.seated(o); a.Group.IsZero() {
		return nil
	}
	if via := access.From(ctx).Via; via == access.Public || via == access.Link {
		return nil
	}
	_, err := db.One(ctx, tx, db.Value[db.ID], sqlInGroup, access.From(ctx).Practice, a.Client, db.Micros(a.Start), a.Group, a.ID)
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err == nil {
		err = errTwice
	}
	return err
}

// seated says for how many the group of an appointment is.
func (a *Appointment) seated(o Offering) {
	if a.Places = 0; !a.Group.IsZero() {
		a.Places = max(o.Places, a.sharing, 1)
	}
}
