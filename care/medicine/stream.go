package medicine

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/practice/trail"
)

// beat is how often a stream says that it is there, and asks whether its reader
// may still read.
const beat = 15 * time.Second

func (s *Service) beat() time.Duration {
	if s.Beat > 0 {
		return s.Beat
	}
	return beat
}

// stream sends what is kept, as it is kept.
func (s *Service) stream(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	ctx := r.Context()
	seat, err := s.Seat(ctx, s.DB.Reader(), session)
	if err != nil {
		return err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: seat.Client, Kind: "medicine room", Object: session}); err != nil {
		return err
	}
	me, err := s.me(ctx, seat.Client)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	who := Here{Person: me.Person, Name: me.Name, Role: me.Role, Since: s.Now()}
	if id, err := db.ParseID(query.Get("device")); err == nil {
		who.Device = id.String()
	}
	if ms, err := strconv.ParseInt(query.Get("offset"), 10, 64); err == nil {
		who.Offset = &ms
	}
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = query.Get("from")
	}
	return web.StreamEvents(w, r, func(out *web.Events) error {
		x := &reading{s: s, out: out, session: session, room: seat.Room, at: readCursor(from), w: newWatcher(who), sealed: map[db.ID]bool{}, calls: map[string]Call{}}
		hub, leave := s.watch(ctx, seat.Room, x.w)
		defer leave()
		x.hub = hub
		return x.follow(r)
	})
}

// encode is a value as JSON; one that cannot be written says so.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"error":"it cannot be written"}`)
	}
	return b
}

// reading is one device that reads a room.
type reading struct {
	s       *Service
	out     *web.Events
	hub     *hub
	w       *watcher
	session db.ID
	room    db.ID
	at      cursor
	sealed  map[db.ID]bool
	calls   map[string]Call // as they were last sent
	people  []Here
}

// follow sends until nobody reads, or they may not any more.
func (x *reading) follow(r *http.Request) error {
	ctx := r.Context()
	every, ended := time.NewTicker(x.s.beat()), x.s.hubs.end()
	defer every.Stop()
	for {
		there, err := x.catchUp(ctx)
		if err != nil || !there {
			return err
		}
		if x.out.Flush() != nil {
			return nil // they are gone, or too slow: they come again with their cursor
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-ended:
			return nil
		case <-x.w.woken:
		case <-every.C:
			if x.s.Still != nil {
				now, still := x.s.Still(r)
				if !still {
					return nil
				}
				ctx = now
			}
			x.out.Beat()
		}
	}
}

// catchUp sends what this device has not seen. It ends the stream (false) when
// its reader lost the seat, or the seat has moved to another room.
func (x *reading) catchUp(ctx context.Context) (there bool, err error) {
	q := x.s.DB.Reader()
	rows, err := x.s.seatRows(ctx, q, x.room)
	if err != nil || !slices.ContainsFunc(rows, func(r seatRow) bool { return r.Session == x.session }) {
		return false, err
	}
	var calls []Call
	for _, r := range rows {
		if err := x.entries(ctx, q, r); err != nil {
			return false, err
		}
		if !r.Sealed.IsZero() && !x.sealed[r.Session] {
			x.sealed[r.Session] = true
			x.out.Event("sealed", "", encode(map[string]any{"session": r.Session, "sealed": r.Sealed}))
		}
		calls = append(calls, x.hub.callsNow(r.Session)...)
	}
	for _, c := range changed(x.calls, calls) {
		x.out.Event("call", "", encode(c))
	}
	if here := x.s.hubs.here(x.room); !slices.EqualFunc(here, x.people, sameHere) {
		x.people = here
		x.out.Event("here", "", encode(map[string]any{"people": here}))
	}
	return true, nil
}

func sameHere(a, b Here) bool {
	return a.Device == b.Device && a.Person == b.Person && (a.Offset == b.Offset || a.Offset != nil && b.Offset != nil && *a.Offset == *b.Offset)
}

// entries sends one seat's, in the order in which they were kept: from the hub,
// or from the database where this device is further behind.
func (x *reading) entries(ctx context.Context, q db.Q, r seatRow) error {
	all, ok := x.hub.since(r.Session, x.at[r.Session])
	if !ok {
		more, err := x.s.entries(ctx, q, r.Session, x.at[r.Session])
		if err != nil {
			return err
		}
		for _, e := range more {
			all = append(all, written{e.N, encode(e)})
		}
	}
	for _, e := range all {
		x.at[r.Session] = e.n
		x.out.Event("entry", x.at.String(), e.data)
	}
	return nil
}

// changed are the calls that are new, other or over since they were last sent.
func changed(sent map[string]Call, now []Call) (out []Call) {
	there := map[string]bool{}
	for _, c := range now {
		key := c.Session + " " + c.ID
		there[key] = true
		if was, known := sent[key]; !known || !was.same(c) {
			sent[key] = c
			out = append(out, c)
		}
	}
	for key, c := range sent {
		if !there[key] {
			c.Over = true
			out = append(out, c)
			delete(sent, key)
		}
	}
	slices.SortFunc(out, func(a, b Call) int { return a.At.Compare(b.At) })
	return out
}
