package medicine

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/practice/trail"
)

// Beat is how often a stream says that it is there, and looks whether its
// reader may still read.
const Beat = 15 * time.Second

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
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("from")
	}
	return web.StreamEvents(w, r, func(out *web.Events) error {
		woken, leave := s.hubs.watch(seat.Room, Here{Device: r.URL.Query().Get("device"), Person: me.Person, Name: me.Name, Role: me.Role, Since: s.Now()})
		defer leave()
		return s.follow(r, out, seat.Room, readCursor(from), woken)
	})
}

// send adds an event with its data as JSON.
func send(out *web.Events, name, id string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		out.Event(name, id, b)
	}
	return err
}

func (s *Service) follow(r *http.Request, out *web.Events, room db.ID, at cursor, woken <-chan struct{}) error {
	ctx := r.Context()
	beat := time.NewTicker(Beat)
	defer beat.Stop()
	sealed := map[db.ID]bool{}
	for {
		if err := s.catchUp(ctx, out, room, at, sealed); err != nil {
			return err
		}
		if out.Flush() != nil {
			return nil // they are gone
		}
		select {
		case <-ctx.Done():
			return nil
		case <-woken:
		case <-beat.C:
			if s.Still != nil {
				now, still := s.Still(r)
				if !still {
					return nil
				}
				ctx = now
			}
			out.Beat()
		}
	}
}

// catchUp sends what a device has not seen.
func (s *Service) catchUp(ctx context.Context, out *web.Events, room db.ID, at cursor, sealed map[db.ID]bool) error {
	q := s.DB.Reader()
	seats, err := s.room(ctx, q, room)
	if err != nil {
		return err
	}
	for _, x := range seats {
		all, err := s.entries(ctx, q, x.Session, at[x.Session])
		if err != nil {
			return err
		}
		for _, e := range all {
			at[x.Session] = e.N
			if err := send(out, "entry", at.String(), e); err != nil {
				return err
			}
		}
		if !x.Sealed.IsZero() && !sealed[x.Session] {
			sealed[x.Session] = true
			if err := send(out, "sealed", "", map[string]db.ID{"session": x.Session}); err != nil {
				return err
			}
		}
	}
	here := s.hubs.here(room)
	slices.SortFunc(here, func(a, b Here) int { return a.Since.Compare(b.Since) })
	return send(out, "here", "", map[string]any{"people": here})
}
