package medicine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// sameHour is how far apart sessions may begin that are held in one room.
const sameHour = time.Hour

// Beside is a session that could be held in the same room, or why it cannot.
type Beside struct {
	Session db.ID
	Alias   string
	Title   string
	Start   time.Time
	Here    bool   // it is in this room already
	Group   bool   // it was booked into the same group
	Open    bool   // its gate is open, or its own room is
	Why     string // what holds its gate
}

var (
	errFull    = fault.New(fault.Taken, fmt.Sprintf("A room holds %d people at most. Nothing was changed.", MaxSeats))
	errApart   = fault.New(fault.Taken, "These sessions are not of the same hour and place, so they were not brought together.")
	errAsIs    = fault.New(fault.Taken, "One of these sessions has ended or is sealed. Nothing was changed.")
	errNobody  = fault.Field("sessions", "Please choose who comes into this room.")
	errNotMine = fault.New(fault.Forbidden, "One of these sessions is not open to you. Nothing was changed.")
)

// together tells whether two sessions are of the same hour and place.
func together(a, b calendar.Appointment) bool {
	apart := a.Start.Sub(b.Start)
	return a.Where == b.Where && a.Where == calendar.InRoom && apart <= sameHour && apart >= -sameHour && a.Start.Before(b.End) && b.Start.Before(a.End)
}

// Besides lists the sessions of the same hour and place that the actor works in,
// those of the same group first; before its room is open, the session itself is
// among them.
func (s *Service) Besides(ctx context.Context, session db.ID) (home Seat, out []Beside, err error) {
	q, sys := s.DB.Reader(), reckoning(ctx)
	here, err := s.Calendar.Get(sys, q, session)
	if err != nil {
		return home, nil, errNoSeat
	}
	if err := may(ctx, access.Read, here.Client); err != nil {
		return home, nil, err
	}
	if home, err = s.Seat(ctx, q, session); errors.Is(err, errNoRoom) {
		home, err = Seat{Session: session, Client: here.Client, Title: here.Name, Start: here.Start, End: here.End}, nil
	}
	if err != nil {
		return home, nil, err
	}
	all, err := s.Calendar.Between(sys, here.Start.Add(-sameHour), here.Start.Add(sameHour+time.Minute))
	if err != nil {
		return home, nil, err
	}
	for _, a := range all {
		if a.ID == session && !home.Room.IsZero() || a.State != calendar.Booked || !together(here, a) || !can(ctx, access.Write, a.Client) {
			continue
		}
		medicine, err := s.Preparation.Of(sys, a)
		if err != nil {
			return home, nil, err
		}
		if !medicine {
			continue
		}
		one, err := s.beside(ctx, q, home, a)
		if err != nil {
			return home, nil, err
		}
		one.Group = !here.Group.IsZero() && a.Group == here.Group
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Beside) int {
		switch {
		case a.Group == b.Group:
			return 0
		case a.Group:
			return -1
		}
		return 1
	})
	return home, out, nil
}

func (s *Service) beside(ctx context.Context, q db.Q, home Seat, a calendar.Appointment) (Beside, error) {
	names, err := s.People.Names(ctx, a.Client)
	if err != nil {
		return Beside{}, err
	}
	out := Beside{Session: a.ID, Alias: names[a.Client], Title: a.Name, Start: a.Start}
	x, err := s.Seat(ctx, q, a.ID)
	switch {
	case err == nil:
		out.Here, out.Open = x.Room == home.Room && !home.Room.IsZero(), x.Ended.IsZero() && x.Sealed.IsZero()
		if !out.Open {
			out.Why = "It has ended."
		}
		return out, nil
	case !errors.Is(err, errNoRoom):
		return out, err
	}
	g, err := s.gate(ctx, q, a.ID)
	if out.Open = g.Open; !g.Open {
		out.Why = "Its gate is not open: " + holding(g) + "."
	}
	return out, err
}

// Together brings sessions of the same hour and place into one room, each with
// a gate and a timeline of its own. Either all of them come, or none. Where the
// room is not open yet it is opened, for those who are named.
func (s *Service) Together(ctx context.Context, session db.ID, others []db.ID) error {
	_, err := s.OpenTogether(ctx, session, others)
	return err
}

// OpenTogether is Together, and gives a session that is in the room.
func (s *Service) OpenTogether(ctx context.Context, session db.ID, others []db.ID) (in db.ID, err error) {
	if len(others) == 0 {
		return in, errNobody
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		home, err := s.home(ctx, tx, session, others)
		if err == nil {
			err = may(ctx, access.Write, home.Client)
		}
		if err != nil {
			return err
		}
		in = home.Session
		sys := reckoning(ctx)
		here, err := s.Calendar.Get(sys, tx, in)
		if err != nil {
			return err
		}
		for _, id := range slices.Compact(slices.SortedFunc(slices.Values(others), func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })) {
			x, err := s.Preparation.Session(sys, tx, id)
			switch {
			case err != nil || !can(ctx, access.Write, x.Client):
				return errNotMine
			case !together(here, x.Appointment):
				return errApart
			}
			if err := s.bring(ctx, tx, home, x); err != nil {
				return err
			}
		}
		all, err := db.All(ctx, tx, scanSeat, sqlSeatsOfRoom, access.From(ctx).Practice, home.Room)
		if err == nil && len(all) > MaxSeats {
			err = errFull
		}
		return err
	})
	return in, err
}

// home is the seat to whose room others come: the session's own; before that is
// open, one that is open already; else the first of those who are named, whose
// room is opened.
func (s *Service) home(ctx context.Context, tx *db.Tx, session db.ID, named []db.ID) (Seat, error) {
	first := named[0]
	if slices.Contains(named, session) {
		first = session
	}
	for _, id := range append([]db.ID{session}, named...) {
		x, err := s.Seat(ctx, tx, id)
		if err == nil && id != session && (!x.Ended.IsZero() || !x.Sealed.IsZero()) {
			return x, errAsIs
		}
		if err == nil || !errors.Is(err, errNoRoom) {
			return x, err
		}
	}
	if err := s.openIn(ctx, tx, first); err != nil {
		return Seat{}, err
	}
	return s.Seat(ctx, tx, first)
}

// bring gives one session its place in a room, or moves the one that it has.
func (s *Service) bring(ctx context.Context, tx *db.Tx, home Seat, x preparation.Session) error {
	was, err := s.Seat(ctx, tx, x.ID)
	if errors.Is(err, errNoRoom) {
		tx.After(func() { s.wake(home.Room) })
		return s.sit(ctx, tx, x, home.Room)
	}
	switch {
	case err != nil:
		return err
	case was.Room == home.Room:
		return nil
	case !was.Ended.IsZero() || !was.Sealed.IsZero() || !home.Ended.IsZero() || !home.Sealed.IsZero():
		return errAsIs
	}
	if _, err := tx.Exec(ctx, sqlMoveSeat, home.Room, access.From(ctx).Practice, x.ID); err != nil {
		return err
	}
	tx.After(func() { s.wakeMoved(was.Room, home.Room) })
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: x.Client, Kind: "medicine room", Object: x.ID})
}

// wakeMoved wakes those who watch either room: who watched the one that moved
// goes on in the other.
func (s *Service) wakeMoved(rooms ...db.ID) {
	for _, room := range rooms {
		s.wake(room)
		s.hubs.mu.Lock()
		h := s.hubs.all[room]
		s.hubs.mu.Unlock()
		if h != nil {
			h.wakeAll()
		}
	}
}
