package medicine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/practice/access"
	rule "held/rules/protocol"
	"held/rules/timeline"
)

// Call is something that wants somebody's attention: a reading that is due or
// late, a repeat that is owed, a value out of the protocol's bands, a red that is
// open. It is shown on every device of the room, and at the desk to whoever
// cares for the client; it never says that anybody looks.
type Call struct {
	ID      string    `json:"id"` // the same for the same thing, on every device: an ack is of it
	Session string    `json:"session"`
	Kind    string    `json:"kind"`
	At      time.Time `json:"at"`
	From    time.Time `json:"-"` // since when it calls: what is late, since it is late
	Words   []string  `json:"words"`
	Heard   string    `json:"heard,omitempty"` // who said that they heard it, by name
	HeardAt time.Time `json:"heard_at,omitzero"`
	Over    bool      `json:"over,omitempty"` // it calls no more
}

// The kinds of calls, the gravest first.
const (
	CallRed        = "red"
	CallAmber      = "amber"
	CallRepeatLate = "repeat_late"
	CallLate       = "late"
	CallRepeat     = "repeat"
	CallDue        = "due"
)

var callKinds = []string{CallRed, CallAmber, CallRepeatLate, CallLate, CallRepeat, CallDue}

func (c Call) same(o Call) bool {
	return c.ID == o.ID && c.Session == o.Session && c.Kind == o.Kind && c.Heard == o.Heard && slices.Equal(c.Words, o.Words)
}

// callsOf reckons a seat's calls as they are now.
func (s *Service) callsOf(ctx context.Context, q db.Q, r seatRow) ([]Call, error) {
	if !r.Ended.IsZero() || !r.Sealed.IsZero() {
		return nil, nil
	}
	x, err := s.seat(ctx, q, r)
	if err != nil {
		return nil, err
	}
	t, err := s.read.timeline(ctx, s, q, x)
	if err != nil {
		return nil, err
	}
	return Calls(x, t, s.Now()), nil
}

// Calls are what calls in one session at an instant, the gravest first. It is
// made of the timeline alone, so that every device comes to the same.
func Calls(x Seat, t timeline.Timeline, now time.Time) (out []Call) {
	add := func(id, kind string, at, since time.Time, words ...string) {
		c := Call{ID: id, Session: x.Session.String(), Kind: kind, At: at, From: at, Words: words}
		if since.After(at) {
			c.From = since
		}
		if l, heard := t.HeardSince(id, since); heard {
			c.Heard, c.HeardAt = l.Name, l.At
		}
		out = append(out, c)
	}
	if a, open := t.OpenRed(); open {
		add("log:"+a.Opened.ID, CallRed, a.Opened.At, time.Time{}, "The emergency’s log is open.")
	}
	if _, given := t.Dose(); given {
		judged(t, x.Doc, now, add)
		for _, p := range t.Points(x.Doc, now) {
			switch p.State {
			case timeline.Due:
				add(pointID(p), CallDue, p.At, time.Time{}, fmt.Sprintf("The reading of %d minutes is due.", p.Min), "Open: "+vitalWords(p.Missing)+".")
			case timeline.Late:
				add(pointID(p), CallLate, p.At, p.Until, fmt.Sprintf("The reading of %d minutes is late.", p.Min), "Open: "+vitalWords(p.Missing)+".")
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Call) int {
		return cmp.Or(cmp.Compare(slices.Index(callKinds, a.Kind), slices.Index(callKinds, b.Kind)), a.At.Compare(b.At))
	})
	return out
}

func pointID(p timeline.Point) string { return fmt.Sprintf("point:%d", p.Min) }

// judged are the calls of values: each value that is out of the bands calls anew.
func judged(t timeline.Timeline, doc *rule.Document, now time.Time, add func(id, kind string, at, since time.Time, words ...string)) {
	last := lastValue(t)
	if r := t.Judge(doc, now); r.Result == rule.Amber || r.Result == rule.Red {
		kind := CallAmber
		if r.Result == rule.Red {
			kind = CallRed
		}
		add(kind+":"+last.ID, kind, last.At, time.Time{}, r.Why...)
	}
	if o, owed := t.Owed(doc, now); owed {
		kind, since, words := CallRepeat, time.Time{}, "A repeated blood pressure is due."
		if o.Late {
			kind, since, words = CallRepeatLate, o.Until, "The repeated blood pressure is late."
		}
		add("repeat:"+o.Of, kind, o.At, since, words)
	}
}

// lastValue is the last line that the judgement rests on.
func lastValue(t timeline.Timeline) (last timeline.Line) {
	for _, l := range t.Entries {
		if l.Stands() && (l.Kind == timeline.Vitals || l.Kind == timeline.Symptom || l.Kind == timeline.Scale) {
			last = l
		}
	}
	return last
}

// vitalWords names vitals by the protocol's list.
func vitalWords(keys []string) string {
	var out []string
	for _, k := range keys {
		name := k
		for _, o := range rule.Options("vitals") {
			if o.Value == k {
				name = strings.ToLower(o.Label[:1]) + o.Label[1:]
			}
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// readings keeps the timelines of the sessions that are watched, so that each
// entry is opened once. Nobody's words are in it.
type readings struct {
	mu  sync.Mutex
	all map[db.ID]*heldTimeline
}

type heldTimeline struct {
	mu      sync.Mutex
	n       int64
	used    time.Time
	entries []timeline.Entry
	merged  timeline.Timeline
}

// maxRead bounds how many sessions are kept.
const maxRead = 200

func (r *readings) of(session db.ID, now time.Time) *heldTimeline {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.all[session]
	if t == nil {
		if r.all == nil || len(r.all) >= maxRead {
			r.all = map[db.ID]*heldTimeline{}
		}
		t = &heldTimeline{}
		r.all[session] = t
	}
	t.used = now
	return t
}

func (r *readings) forget(session db.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, session)
}

// timeline is a seat's, without what anybody said in it.
func (r *readings) timeline(ctx context.Context, s *Service, q db.Q, x Seat) (timeline.Timeline, error) {
	t := r.of(x.Session, s.Now())
	t.mu.Lock()
	defer t.mu.Unlock()
	if x.last > t.n || t.n == 0 {
		more, err := s.entries(ctx, q, x.Session, t.n)
		if err != nil {
			return timeline.Timeline{}, err
		}
		for _, e := range more {
			if t.n = e.N; e.Kind == timeline.Said {
				e.Body = nil
			}
			t.entries = append(t.entries, e)
		}
		t.merged = timeline.Merge(t.entries)
	}
	t.merged.Base = x.Base
	return t.merged, nil
}

// OpenRoom is a session whose room is open, as the desk lists it.
type OpenRoom struct {
	Seat
	Alias   string
	Elapsed time.Duration // since the first dose; negative: none was given
	Calls   []Call
}

// OpenRooms are those that the actor works in or may see, with what calls in
// each, those that call first.
func (s *Service) OpenRooms(ctx context.Context) (out []OpenRoom, err error) {
	q, now := s.DB.Reader(), s.Now()
	rows, err := s.openSeats(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !can(ctx, access.Read, r.Client) {
			continue
		}
		one, err := s.openRoomOf(ctx, q, r, now)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b OpenRoom) int { return cmp.Compare(urgency(a), urgency(b)) })
	return out, nil
}

// openFor is how long a room that nobody ended is listed.
const openFor = 36 * time.Hour

func urgency(r OpenRoom) int {
	if len(r.Calls) == 0 {
		return len(callKinds)
	}
	return slices.Index(callKinds, r.Calls[0].Kind)
}

func (s *Service) openRoomOf(ctx context.Context, q db.Q, r seatRow, now time.Time) (OpenRoom, error) {
	x, err := s.seat(ctx, q, r)
	if err != nil {
		return OpenRoom{}, err
	}
	names, err := s.People.Names(ctx, r.Client)
	if err != nil {
		return OpenRoom{}, err
	}
	t, err := s.read.timeline(ctx, s, q, x)
	if err != nil {
		return OpenRoom{}, err
	}
	out := OpenRoom{Seat: x, Alias: names[r.Client], Elapsed: -1, Calls: Calls(x, t, now)}
	if e, given := t.Elapsed(now); given {
		out.Elapsed = e
	}
	return out, nil
}

// Hear says in somebody's name that they heard a call.
func (s *Service) Hear(ctx context.Context, session db.ID, call, words string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.Seat(ctx, tx, session)
		if err == nil {
			err = may(ctx, access.Write, x.Client)
		}
		if err != nil {
			return err
		}
		if !x.Sealed.IsZero() {
			return errSealed
		}
		t, err := s.timeline(ctx, tx, x)
		if err != nil {
			return err
		}
		all := Calls(x, t, s.Now())
		i := slices.IndexFunc(all, func(c Call) bool { return c.ID == call })
		if i < 0 {
			return errQuiet
		}
		if all[i].Heard != "" {
			return nil
		}
		_, err = s.Note(ctx, tx, session, string(timeline.Ack), timeline.AckBody{Of: call, Words: words})
		return err
	})
}
