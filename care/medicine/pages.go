package medicine

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
)

// Routes is the room's pages and what its devices send and hear.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Room), access.To(access.Write, access.Room)
	return append(slices.Concat(s.leavingRoutes(), s.afterRoutes(), s.recordRoutes(), s.callRoutes()), []web.Route{
		{Pattern: "GET /room/{session}", Access: read, Handle: s.show},
		{Pattern: "GET /room/offline", Access: read, Handle: s.shell},
		{Pattern: "GET /room/worker.js", Access: read, Handle: s.worker},
		{Pattern: "GET /room/paper", Access: read, Handle: s.onPaper},
		{Pattern: "GET /room/{session}/state", Access: read, Handle: s.state},
		{Pattern: "GET /room/{session}/clock", Access: read, Handle: s.clock},
		{Pattern: "GET /room/{session}/stream", Access: read, Handle: s.stream},
		{Pattern: "POST /room/{session}/entries", Access: write, Handle: s.take},
		{Pattern: "POST /room/{session}/open", Access: write, Handle: s.openRoom},
	}...)
}

type roomView struct {
	Session db.ID
	Title   string
	Opened  bool
	Why     string // why it is not open
	Ready   bool   // it can be opened now
	Group   bool   // it was booked into a group, which one room can hold
	State   string // the first state, as JSON
	Beside  []ui.Link
}

// show is the room, or why it is not open.
func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	return s.showRoom(w, r, session, http.StatusOK, "")
}

func (s *Service) showRoom(w http.ResponseWriter, r *http.Request, session db.ID, status int, why string) error {
	ctx, q := r.Context(), s.DB.Reader()
	x, err := s.Preparation.Session(reckoning(ctx), q, session)
	if err != nil {
		return errNoSeat
	}
	if err := may(ctx, access.Read, x.Client); err != nil {
		return err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: x.Client, Kind: "medicine room", Object: session}); err != nil {
		return err
	}
	v := roomView{Session: session, Title: x.Called(), Why: why, Group: !x.Group.IsZero()}
	st, err := s.State(ctx, session)
	switch {
	case err == nil:
		b, err := json.Marshal(st)
		if err != nil {
			return err
		}
		v.Opened, v.State = true, string(b)
	case !errors.Is(err, errNoRoom):
		return err
	default:
		g, err := s.gate(ctx, q, session)
		if err != nil {
			return err
		}
		if v.Ready = g.Open; !v.Ready && why == "" {
			v.Why = fault.Of(closed(g)).Sentence
		}
	}
	p, err := s.Settings.Page(r, "The medicine room")
	if err != nil {
		return err
	}
	if !v.Opened {
		p.Gloves = true
		return web.Render(w, r, status, closedPage(p, settings.DeskNav(ctx), v))
	}
	dim(w, &p)
	v.Beside = s.pagesOf(session, string(x.Terms.Product))
	return web.Render(w, r, status, roomPage(p, v))
}

func (s *Service) state(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	st, err := s.State(r.Context(), session)
	if err != nil {
		return err
	}
	seat, err := s.Seat(r.Context(), s.DB.Reader(), session)
	if err != nil {
		return err
	}
	if err := s.Trail.Saw(r.Context(), trail.Entry{Subject: seat.Client, Kind: "medicine room", Object: session}); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, st)
}

// clock is this server's, for a device that measures the difference.
func (s *Service) clock(w http.ResponseWriter, r *http.Request) error {
	return web.JSON(w, r, http.StatusOK, map[string]any{"now": s.Now()})
}

// take keeps what a device sends.
func (s *Service) take(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	var b Batch
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "This address takes JSON. Nothing was kept.")
	}
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return errDamaged
	}
	kept, err := s.Add(r.Context(), session, b)
	if err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, kept)
}

// openRoom opens it, and shows why not where it cannot be.
func (s *Service) openRoom(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	err = s.Open(r.Context(), session)
	if e := fault.Of(err); err != nil && (e.Kind == fault.Taken || e.Kind == fault.Gone) {
		return s.showRoom(w, r, session, e.Kind.Status(), e.Sentence)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/room/"+session.String())
}
