package calendar

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// heldRow is a hold with what it has claimed.
type heldRow struct {
	Hold
	resources
	kept  kept
	group db.ID // whose place it holds; zero: none's
}

func (h heldRow) claims() []claim {
	h.offering = h.Offering
	return h.resources.claims(h.kept)
}

// longestHold bounds for how long a time may be kept from everybody else.
const longestHold = 72 * time.Hour

// Hold keeps a free start for a while, for somebody who fills in a form or
// was offered it from the waiting list. ErrTaken when it is gone, a fault at
// "start" when it could not be booked at all.
func (s *Service) Hold(ctx context.Context, o Offering, start time.Time, forHow time.Duration) (Hold, error) {
	return s.HoldFor(ctx, o, actorsOwn(ctx), start, forHow)
}

// HoldFor is Hold for a client who is known, so that nobody is chosen whom they
// would rather not meet; the zero id: nobody is known yet.
func (s *Service) HoldFor(ctx context.Context, o Offering, client db.ID, start time.Time, forHow time.Duration) (Hold, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Booking}); err != nil {
		return Hold{}, err
	}
	if forHow <= 0 || forHow > longestHold {
		return Hold{}, fault.New(fault.Invalid, "A time can be held for up to three days.")
	}
	var h heldRow
	err := s.Write(ctx, func(tx *db.Tx) error {
		p, err := s.plannedIn(ctx, tx)
		if err != nil {
			return err
		}
		o, ok := p.offering(o.ID)
		if !ok || !o.Open {
			return ErrOffering
		}
		if err := s.open(ctx, tx, o); err != nil {
			return err
		}
		h = heldRow{Hold: Hold{ID: db.RandomID(), Offering: o.ID, Start: start.UTC(), Expires: s.Now().Add(forHow)}}
		w, err := s.attended(ctx, p, wish{o: o, start: start.UTC(), client: client})
		if err != nil {
			return err
		}
		c, err := s.claim(ctx, tx, p, w, h.ID, h.Expires)
		if err != nil {
			return err
		}
		h.resources, h.kept, h.End, h.group = c.resources, c.kept, c.end, c.group
		tx.After(s.grow)
		return tx.Later(ctx, nil, sqlAddHold, p.practice, h.ID, h.Offering, h.host, h.room, pack(h.seconds), db.Micros(h.Start), db.Micros(h.End),
			h.kept.first, h.kept.past, h.kept.day, db.Micros(h.Expires), h.group)
	})
	return h.Hold, err
}

// GetHold reads a hold that has not expired; ErrHold when there is none.
func (s *Service) GetHold(ctx context.Context, id db.ID) (Hold, error) {
	h, err := s.held(ctx, s.DB.Reader(), id)
	if err == nil && !h.Expires.After(s.Now()) {
		err = ErrHold
	}
	if err != nil {
		return Hold{}, err
	}
	return h.Hold, nil
}

func (s *Service) held(ctx context.Context, q db.Q, id db.ID) (heldRow, error) {
	h, err := db.One(ctx, q, scanHold, sqlHold, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = ErrHold
	}
	return h, err
}

// Release gives a held time back; one that is gone already is no fault.
func (s *Service) Release(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := s.held(ctx, tx, id)
		if errors.Is(err, ErrHold) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.release(ctx, tx, h)
	})
}

func (s *Service) release(ctx context.Context, tx *db.Tx, h heldRow) error {
	if err := s.giveBack(ctx, tx, h); err != nil {
		return err
	}
	return s.dropHold(ctx, tx, h)
}

// giveBack frees what a hold has claimed: its times, or its place in a group.
func (s *Service) giveBack(ctx context.Context, tx *db.Tx, h heldRow) error {
	if h.group.IsZero() {
		return s.free(ctx, tx, h.ID, h.claims())
	}
	all, err := s.entered(ctx, tx, h.group)
	if err != nil {
		return err
	}
	g, there := all[h.group]
	if !there { // it ended with its last place
		return nil
	}
	_, err = s.leave(ctx, tx, g, h.ID)
	return err
}

func (s *Service) dropHold(ctx context.Context, tx *db.Tx, h heldRow) error {
	tx.After(s.grow)
	return tx.Later(ctx, nil, sqlDropHold, access.From(ctx).Practice, h.ID)
}
