package medicine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/timeline"
)

// Bounds of what a device sends at once.
const (
	MaxEntries = 500
	MaxBody    = 16 << 10 // bytes of one entry's body
)

// Batch is what a device sends.
type Batch struct {
	Device  string           `json:"device"`
	Sent    time.Time        `json:"sent"`
	Entries []timeline.Entry `json:"entries"`
}

// Kept is what became of it. A repeat is kept.
type Kept struct {
	Now     time.Time `json:"now"`
	IDs     []string  `json:"kept"`
	Refused []Refusal `json:"refused"`
}

// Refusal is an entry that was not kept, and why, in words for whoever entered
// it. Its device keeps it and shows it.
type Refusal struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// Add keeps what a device sends to a room, for every seat that its entries are
// about. One that is here already is kept; one that cannot be is refused by
// itself; the others are kept all the same.
func (s *Service) Add(ctx context.Context, session db.ID, b Batch) (Kept, error) {
	device, err := db.ParseID(b.Device)
	if err != nil || len(b.Entries) > MaxEntries {
		return Kept{}, errDamaged
	}
	q := s.DB.Reader()
	home, err := s.Seat(ctx, q, session)
	if err != nil {
		return Kept{}, err
	}
	a := &adding{s: s, device: device, seats: map[db.ID]Seat{}, refused: map[string]string{}}
	if err := a.sort(ctx, q, home.Room, b.Entries); err != nil {
		return Kept{}, err
	}
	for {
		err := s.DB.Write(ctx, func(tx *db.Tx) error { return a.keep(ctx, tx) })
		var no *hookRefusal
		if errors.As(err, &no) { // without this one, the others are kept
			a.refused[no.id] = no.sentence
			continue
		}
		if err != nil {
			return Kept{}, err
		}
		for _, p := range a.all {
			s.hubs.met(home.Room, b.Device, p.Offset)
		}
		return a.answer(s.Now(), b.Entries), nil
	}
}

// adding is one batch on its way.
type adding struct {
	s       *Service
	device  db.ID
	seats   map[db.ID]Seat
	all     []parsed
	refused map[string]string // by the entry's id
}

// parsed is an entry whose ids were read.
type parsed struct {
	timeline.Entry
	id, session, supersedes, with db.ID
}

// hookRefusal ends a transaction because one entry was refused by a hook.
type hookRefusal struct {
	id, sentence string
}

func (h *hookRefusal) Error() string { return "medicine: " + h.sentence }

// sort reads and checks the entries, and puts them in the order of their seats,
// so that two batches never wait for each other, and of their device's count.
func (a *adding) sort(ctx context.Context, q db.Q, room db.ID, entries []timeline.Entry) error {
	seats, err := a.s.room(ctx, q, room)
	if err != nil {
		return err
	}
	for _, x := range seats {
		if can(ctx, access.Write, x.Client) {
			a.seats[x.Session] = x
		}
	}
	for _, e := range entries {
		p, why := a.parse(e)
		if why == "" {
			why = check(e, a.s.Now())
		}
		if why != "" {
			a.refused[e.ID] = why
			continue
		}
		a.all = append(a.all, p)
	}
	slices.SortStableFunc(a.all, func(x, y parsed) int {
		return cmp.Or(cmp.Compare(x.session.String(), y.session.String()), cmp.Compare(x.Seq, y.Seq))
	})
	return nil
}

const (
	whyDamaged = "This entry arrived damaged. It was not kept; please enter it again."
	whySeat    = "This entry is about somebody who is not in this room, or not open to you. It was not kept."
	whyDevice  = "This entry is another device’s. It was not kept; the device that made it sends it."
	whySealed  = "This session is signed and sealed. It takes additions only; please write it as one."
	whyOther   = "Another entry is kept under the same number, with other content. This one was not kept; please enter it again."
	whyTooLate = "The ten seconds are over, so this was not taken back. Please write a correction; both stay visible."
)

func (a *adding) parse(e timeline.Entry) (p parsed, why string) {
	p.Entry = e
	var errs []error
	read := func(text string, into *db.ID) {
		if text == "" {
			return
		}
		id, err := db.ParseID(text)
		*into = id
		errs = append(errs, err)
	}
	read(e.ID, &p.id)
	read(e.Session, &p.session)
	read(e.Supersedes, &p.supersedes)
	read(e.With, &p.with)
	switch _, seated := a.seats[p.session]; {
	case errors.Join(errs...) != nil, p.id.IsZero():
		return p, whyDamaged
	case e.Device != a.device.String():
		return p, whyDevice
	case !seated:
		return p, whySeat
	}
	return p, ""
}

// keep keeps what is not here yet, in one transaction.
func (a *adding) keep(ctx context.Context, tx *db.Tx) error {
	moved, changed := map[*Seat]bool{}, []*Seat{}
	for _, p := range a.all {
		if a.refused[p.ID] != "" {
			continue
		}
		seat, err := a.s.lock(ctx, tx, a.seats[p.session])
		if err != nil {
			return err
		}
		fresh, err := a.one(ctx, tx, seat, p)
		if err != nil {
			return err
		}
		if fresh && !slices.Contains(changed, seat) {
			changed = append(changed, seat)
		}
		moved[seat] = moved[seat] || fresh && moves(p.Kind)
	}
	for _, seat := range changed {
		if err := a.s.settle(ctx, tx, seat, moved[seat]); err != nil {
			return err
		}
	}
	return nil
}

// locked is a seat as a transaction holds it: whatever it writes to it counts on.
type locked struct{ session db.ID }

// lock reads a seat as it is now: whoever writes to it waits here for whoever
// wrote before. Locked twice in a transaction, it is the same.
func (s *Service) lock(ctx context.Context, tx *db.Tx, seat Seat) (*Seat, error) {
	if held, ok := tx.Kept(locked{seat.Session}).(*Seat); ok {
		return held, nil
	}
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlTouch, practice, seat.Session); err != nil {
		return nil, err
	}
	r, err := db.One(ctx, tx, scanSeat, sqlSeat, practice, seat.Session)
	if err != nil {
		return nil, err
	}
	seat.Room, seat.Ended, seat.Sealed, seat.Outcome, seat.last = r.Room, r.Ended, r.Sealed, r.Outcome, r.last
	tx.Keep(locked{seat.Session}, &seat)
	return &seat, nil
}

// settle writes what changed of a seat, and wakes those who watch.
func (s *Service) settle(ctx context.Context, tx *db.Tx, seat *Seat, moved bool) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlNumber, seat.last, practice, seat.Session); err != nil {
		return err
	}
	if moved {
		t, err := s.timeline(reckoning(ctx), tx, *seat)
		if err != nil {
			return err
		}
		at, over := t.Over()
		phase, _ := t.Went()
		if !over {
			at, phase = time.Time{}, ""
		}
		seat.Ended, seat.Outcome = at, phase
		if _, err := tx.Exec(ctx, sqlEnd, db.Micros(at), phase, practice, seat.Session); err != nil {
			return err
		}
	}
	room := seat.Room
	tx.After(func() { s.wake(room) })
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "entered", Subject: seat.Client, Kind: "medicine room", Object: seat.Session})
}

// moves tells whether an entry may change where its session stands.
func moves(k timeline.Kind) bool { return k == timeline.Phase || k == timeline.Undone }

// one keeps one entry, unless it is here already.
func (a *adding) one(ctx context.Context, tx *db.Tx, seat *Seat, p parsed) (fresh bool, err error) {
	switch here, same, err := a.s.here(ctx, tx, p); {
	case err != nil:
		return false, err
	case here && same:
		return false, nil
	case here:
		a.refused[p.ID] = whyOther
		return false, nil
	case !seat.Sealed.IsZero() && p.Kind != timeline.Addendum:
		a.refused[p.ID] = whySealed
		return false, nil
	}
	if p.Kind == timeline.Undone {
		late, err := a.late(ctx, tx, p)
		if late {
			a.refused[p.ID] = whyTooLate
		}
		if err != nil || late {
			return false, err
		}
	}
	e, err := a.s.insert(ctx, tx, seat, p, a.device)
	if err != nil {
		return false, err
	}
	return true, a.s.tell(ctx, tx, *seat, e)
}

// late tells whether an entry takes back what is older than ten seconds.
func (a *adding) late(ctx context.Context, tx *db.Tx, p parsed) (bool, error) {
	tap, err := a.s.undoneBy(ctx, tx, p.Entry)
	if errors.Is(err, db.ErrNone) {
		return false, nil // still to come: the rule decides when it is here
	}
	return err == nil && !timeline.InTime(tap, p.Entry), err
}

// undoneBy is what an entry takes back; ErrNone when that is not here.
func (s *Service) undoneBy(ctx context.Context, q db.Q, e timeline.Entry) (timeline.Entry, error) {
	var b timeline.UndoneBody
	if !e.Read(&b) {
		return timeline.Entry{}, db.ErrNone
	}
	of, err := db.ParseID(b.Of)
	if err != nil {
		return timeline.Entry{}, db.ErrNone
	}
	r, err := db.One(ctx, q, scanEntryRow, sqlEntry, access.From(ctx).Practice, of)
	if err != nil {
		return timeline.Entry{}, err
	}
	if r.session.String() != e.Session {
		return timeline.Entry{}, db.ErrNone
	}
	return s.opened(ctx, q, r)
}

// answer tells the device what became of each.
func (a *adding) answer(now time.Time, entries []timeline.Entry) Kept {
	out := Kept{Now: now, IDs: []string{}, Refused: []Refusal{}}
	for _, e := range entries {
		if why := a.refused[e.ID]; why != "" {
			out.Refused = append(out.Refused, Refusal{e.ID, why})
			continue
		}
		out.IDs = append(out.IDs, e.ID)
	}
	return out
}
