package medicine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
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
	touched := map[db.ID]Seat{}
	for _, p := range a.all {
		if a.refused[p.ID] != "" {
			continue
		}
		seat, locked := touched[p.session]
		if !locked {
			seat = a.seats[p.session]
			if err := a.s.lock(ctx, tx, &seat); err != nil {
				return err
			}
			touched[p.session] = seat
		}
		fresh, err := a.one(ctx, tx, seat, p)
		if err != nil {
			return err
		}
		if fresh {
			seat.last++
			touched[p.session] = seat
		}
	}
	return a.s.settle(ctx, tx, touched, a.seats)
}

// lock reads a seat as it is now, within the transaction: whoever writes to it
// waits here for whoever wrote before.
func (s *Service) lock(ctx context.Context, tx *db.Tx, seat *Seat) error {
	practice := access.From(ctx).Practice
	if _, err := tx.Exec(ctx, sqlTouch, practice, seat.Session); err != nil {
		return err
	}
	r, err := db.One(ctx, tx, scanSeat, sqlSeat, practice, seat.Session)
	if err != nil {
		return err
	}
	seat.Room, seat.Ended, seat.Sealed, seat.Outcome, seat.last = r.Room, r.Ended, r.Sealed, r.Outcome, r.last
	return nil
}

// settle writes what changed of the seats, and wakes those who watch.
func (s *Service) settle(ctx context.Context, tx *db.Tx, touched, before map[db.ID]Seat) error {
	practice := access.From(ctx).Practice
	for id, seat := range touched {
		if _, err := tx.Exec(ctx, sqlNumber, seat.last, practice, id); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "entered", Subject: seat.Client, Kind: "medicine room", Object: id}); err != nil {
			return err
		}
		tx.After(func() { s.hubs.wake(seat.Room) })
	}
	_ = before
	return nil
}

// one keeps one entry, unless it is here already.
func (a *adding) one(ctx context.Context, tx *db.Tx, seat Seat, p parsed) (fresh bool, err error) {
	was, err := a.s.find(ctx, tx, p.id)
	switch {
	case err == nil && was.Same(plain(p.Entry)):
		return false, nil
	case err == nil:
		a.refused[p.ID] = whyOther
		return false, nil
	case !errors.Is(err, db.ErrNone):
		return false, err
	case !seat.Sealed.IsZero() && p.Kind != timeline.Addendum:
		a.refused[p.ID] = whySealed
		return false, nil
	}
	if p.Kind == timeline.Undone {
		late, err := a.late(ctx, tx, p)
		if err != nil || late {
			if late {
				a.refused[p.ID] = whyTooLate
			}
			return false, err
		}
	}
	e, err := a.s.insert(ctx, tx, seat, p, a.device)
	if err != nil {
		return false, err
	}
	return true, a.s.tell(ctx, tx, seat, e)
}

// plain is an entry without what only the server says.
func plain(e timeline.Entry) timeline.Entry {
	e.By, e.Name, e.Role, e.Received, e.N = "", "", "", time.Time{}, 0
	return e
}

// late tells whether an entry takes back what is older than ten seconds.
func (a *adding) late(ctx context.Context, tx *db.Tx, p parsed) (bool, error) {
	var b timeline.UndoneBody
	if !p.Read(&b) {
		return false, nil
	}
	of, err := db.ParseID(b.Of)
	if err != nil {
		return false, nil //nolint:nilerr // it takes back nothing; the timeline says so
	}
	tap, err := a.s.find(ctx, tx, of)
	if errors.Is(err, db.ErrNone) {
		return false, nil // still to come: the rule decides when it is here
	}
	return err == nil && !timeline.InTime(tap, p.Entry), err
}

// find is a kept entry as its device sent it.
func (s *Service) find(ctx context.Context, q db.Q, id db.ID) (timeline.Entry, error) {
	r, err := db.One(ctx, q, scanEntryRow, sqlEntry, access.From(ctx).Practice, id)
	if err != nil {
		return timeline.Entry{}, err
	}
	e, err := s.opened(ctx, q, r)
	if err != nil || e.Kind != timeline.Said {
		return plain(e), err
	}
	x, err := db.One(ctx, q, scanSaid, sqlSaid, access.From(ctx).Practice, id)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return e, err
	}
	b, err := s.said(ctx, q, x)
	if err != nil {
		return e, err
	}
	e.Body, err = json.Marshal(timeline.SaidBody{Words: b.Words})
	return plain(e), err
}

// told is what the sealed body of an entry holds.
type told struct {
	Kind timeline.Kind   `json:"kind"`
	Body json.RawMessage `json:"body,omitempty"`
}

// insert writes one entry; what somebody said goes into a row of its own.
func (s *Service) insert(ctx context.Context, tx *db.Tx, seat Seat, p parsed, device db.ID) (timeline.Entry, error) {
	me, now := access.From(ctx), s.Now()
	e := p.Entry
	e.N, e.Received, e.Role, e.By = seat.last+1, now, roleFor(ctx, seat.Client), ""
	if !me.Person.IsZero() {
		e.By = me.Person.String()
		names, err := s.People.Names(ctx, me.Person)
		if err != nil {
			return e, err
		}
		e.Name = names[me.Person]
	}
	body := told{Kind: e.Kind, Body: e.Body}
	if e.Kind == timeline.Said {
		b, err := s.keepSaid(ctx, tx, seat, p)
		if err != nil {
			return e, err
		}
		if body.Body, err = json.Marshal(timeline.SaidBody{Digest: b.Digest}); err != nil {
			return e, err
		}
		if e.Body, err = json.Marshal(b); err != nil {
			return e, err
		}
	}
	sealed, err := s.seal(ctx, tx, seat.Client, p.id, entryBody, body)
	if err != nil {
		return e, err
	}
	_, err = tx.Exec(ctx, sqlAddEntry, me.Practice, p.id, seat.Session, e.N, seat.Client, device, e.Seq, db.Micros(e.Taken), db.Micros(e.Entered), e.Offset, e.Error,
		db.Bit(e.Backdated), p.supersedes, p.with, sealed, me.Person, e.Role, db.Micros(now))
	return e, err
}

// words are what somebody said, with the salt of their digest.
type words struct {
	Salt  string `json:"salt"`
	Words string `json:"words"`
}

func (w words) digest() []byte {
	sum := sha256.Sum256([]byte(w.Salt + "\n" + w.Words))
	return sum[:]
}

func (s *Service) keepSaid(ctx context.Context, tx *db.Tx, seat Seat, p parsed) (b timeline.SaidBody, err error) {
	if !p.Read(&b) {
		return b, errDamaged
	}
	w := words{Salt: db.RandomID().String() + db.RandomID().String(), Words: b.Words}
	b.Digest = hex.EncodeToString(w.digest())
	sealed, err := s.seal(ctx, tx, seat.Client, p.id, saidBody, w)
	if err != nil {
		return b, err
	}
	_, err = tx.Exec(ctx, sqlAddSaid, access.From(ctx).Practice, p.id, seat.Session, seat.Client, w.digest(), sealed)
	return b, err
}

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
	case timeline.Undone:
		var b timeline.UndoneBody
		if id, err := db.ParseID(undoneOf(e, &b)); err == nil {
			dose, err := s.find(ctx, tx, id)
			if err != nil && !errors.Is(err, db.ErrNone) {
				return err
			}
			if err == nil && dose.Kind == timeline.Dose {
				with(s.Undone, dose)
			}
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

func undoneOf(e timeline.Entry, b *timeline.UndoneBody) string {
	e.Read(b)
	return b.Of
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

// Note is an entry that the program itself makes, in somebody's name where one
// is acting.
func (s *Service) Note(ctx context.Context, tx *db.Tx, session db.ID, kind string, body any) (db.ID, error) {
	seat, err := s.Seat(reckoning(ctx), tx, session)
	if err != nil {
		return db.ID{}, err
	}
	if err := s.lock(ctx, tx, &seat); err != nil {
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
	seat.last++
	if err := s.tell(ctx, tx, seat, e); err != nil {
		return id, err
	}
	return id, s.settle(ctx, tx, map[db.ID]Seat{session: seat}, nil)
}

// Timeline is a session, merged, for whoever may see it.
func (s *Service) Timeline(ctx context.Context, q db.Q, session db.ID) (timeline.Timeline, error) {
	seat, err := s.Seat(ctx, q, session)
	if err != nil {
		return timeline.Timeline{}, err
	}
	return s.timeline(ctx, q, seat)
}

func (s *Service) timeline(ctx context.Context, q db.Q, seat Seat) (timeline.Timeline, error) {
	all, err := s.entries(ctx, q, seat.Session, 0)
	t := timeline.Merge(all)
	t.Base = seat.Base
	return t, err
}

// entries are those after a number, in the order in which they were kept.
func (s *Service) entries(ctx context.Context, q db.Q, session db.ID, after int64) (out []timeline.Entry, err error) {
	const page = 500
	for {
		rows, err := db.All(ctx, q, scanEntryRow, sqlEntries, access.From(ctx).Practice, session, after, page)
		if err != nil {
			return nil, err
		}
		more, err := s.openAll(ctx, q, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
		if len(rows) < page {
			return out, nil
		}
		after = rows[page-1].n
	}
}

// openAll opens entries with the names of who made them, and the words that are
// still there.
func (s *Service) openAll(ctx context.Context, q db.Q, rows []entryRow) ([]timeline.Entry, error) {
	var people []db.ID
	for _, r := range rows {
		people = append(people, r.by)
	}
	names, err := s.People.Names(ctx, people...)
	if err != nil {
		return nil, err
	}
	out := make([]timeline.Entry, len(rows))
	for i, r := range rows {
		if out[i], err = s.opened(ctx, q, r); err != nil {
			return nil, err
		}
		out[i].Name = names[r.by]
		if out[i].Kind != timeline.Said {
			continue
		}
		x, err := db.One(ctx, q, scanSaid, sqlSaid, access.From(ctx).Practice, r.id)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return nil, err
		}
		b, err := s.said(ctx, q, x)
		if err != nil {
			return nil, err
		}
		if out[i].Body, err = json.Marshal(b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) opened(ctx context.Context, q db.Q, r entryRow) (timeline.Entry, error) {
	e := r.entry()
	var t told
	if err := s.open(ctx, q, r.client, r.id, entryBody, r.body, &t); err != nil {
		return e, err
	}
	e.Kind, e.Body = t.Kind, t.Body
	return e, nil
}

// said are somebody's words, or that they took them away.
func (s *Service) said(ctx context.Context, q db.Q, x saidRow) (timeline.SaidBody, error) {
	b := timeline.SaidBody{Digest: hex.EncodeToString(x.digest), Gone: !x.gone.IsZero()}
	var w words
	if err := s.open(ctx, q, x.client, x.id, saidBody, x.body, &w); err != nil {
		return b, err
	}
	b.Words = w.Words
	return b, nil
}
