package medicine

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/settings"
	"held/practice/trail"
)

// callRoutes are the pages beside the rooms: what calls in all of them, and
// bringing sessions into one.
func (s *Service) callRoutes() []web.Route {
	read, write := access.To(access.Read, access.Room), access.To(access.Write, access.Room)
	return []web.Route{
		{Pattern: "GET /room/calls", Access: read, Handle: s.showCalls},
		{Pattern: "GET " + AppManifest, Access: read, Handle: s.manifest},
		{Pattern: "GET /room/calls/stream", Access: read, Handle: s.streamCalls},
		{Pattern: "POST /room/{session}/heard", Access: write, Handle: s.heard},
		{Pattern: "GET /room/{session}/together", Access: write, Handle: s.showTogether},
		{Pattern: "POST /room/{session}/together", Access: write, Handle: s.bringTogether},
	}
}

// calledRoom is an open room as the desk's page and its stream show it.
type calledRoom struct {
	Session string       `json:"session"`
	Alias   string       `json:"alias"`
	What    string       `json:"what"`
	Elapsed string       `json:"elapsed"`
	Calls   []calledCall `json:"calls"`

	id, client db.ID
}

type calledCall struct {
	Call
	Says  string `json:"says"`  // the call in one line
	Since string `json:"since"` // since when it calls, by the practice's clock
	Key   string `json:"key"`
}

// kindWords are the kinds of calls as they are said.
var kindWords = map[string]string{
	CallRed: "Red", CallAmber: "Amber", CallRepeatLate: "Repeat, late", CallLate: "Late", CallRepeat: "Repeat", CallDue: "Due",
}

// says is a call in one line. What is of its own kind does not say so twice.
func (c Call) says() string {
	out := kindWords[c.Kind] + ":"
	for i, w := range c.Words {
		if i > 0 && !strings.HasSuffix(out, ".") {
			out += ";"
		}
		out += " " + strings.TrimPrefix(w, c.Kind+": ")
	}
	return out
}

func called(r OpenRoom, house *time.Location) calledRoom {
	out := calledRoom{id: r.Session, client: r.Client, Session: r.Session.String(), Alias: r.Alias, What: r.Title, Elapsed: "No dose was entered yet", Calls: []calledCall{}}
	if r.Elapsed >= 0 {
		out.Elapsed = strconv.Itoa(int(r.Elapsed/time.Minute)) + " minutes since the dose"
	}
	for _, c := range r.Calls {
		out.Calls = append(out.Calls, calledCall{c, c.says(), ui.Clock(c.From, house), c.key()})
	}
	return out
}

// calls are the open rooms that the actor sees, and the clients whose they are.
func (s *Service) calls(ctx context.Context) (out []calledRoom, clients []db.ID, err error) {
	all, err := s.OpenRooms(ctx)
	out = []calledRoom{}
	if err != nil || len(all) == 0 {
		return out, nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return out, nil, err
	}
	for _, r := range all {
		out, clients = append(out, called(r, st.Location())), append(clients, r.Client)
	}
	return out, clients, nil
}

type callsView struct {
	Rooms []calledRoom
	Kept  bool
}

// showCalls lists the open rooms and what calls in each.
func (s *Service) showCalls(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rooms, _, err := s.calls(ctx)
	if err != nil {
		return err
	}
	if err := s.sawRooms(ctx, rooms); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Open rooms")
	if err != nil {
		return err
	}
	p.Manifest = AppManifest
	p.Gloves = true
	return web.Render(w, r, http.StatusOK, callsPage(p, settings.DeskNav(ctx), callsView{rooms, r.URL.Query().Has("kept")}))
}

// sawRooms puts on the trail whose rooms were looked at.
func (s *Service) sawRooms(ctx context.Context, rooms []calledRoom) error {
	for _, x := range rooms {
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: x.client, Kind: "medicine room", Object: x.id}); err != nil {
			return err
		}
	}
	return nil
}

// streamCalls sends the list whenever it has changed: to a device elsewhere at
// the desk. Time alone changes it too.
func (s *Service) streamCalls(w http.ResponseWriter, r *http.Request) error {
	return web.StreamEvents(w, r, func(out *web.Events) error {
		x := newWatcher(Here{})
		s.hubs.mu.Lock()
		if s.hubs.desks == nil {
			s.hubs.desks = map[*watcher]bool{}
		}
		s.hubs.desks[x] = true
		s.hubs.mu.Unlock()
		defer func() {
			s.hubs.mu.Lock()
			delete(s.hubs.desks, x)
			s.hubs.mu.Unlock()
		}()
		return s.followCalls(r, out, x)
	})
}

func (s *Service) followCalls(r *http.Request, out *web.Events, x *watcher) error {
	ctx := r.Context()
	look, beat, ended := time.NewTicker(Look), time.NewTicker(s.beat()), s.hubs.end()
	defer look.Stop()
	defer beat.Stop()
	for sent := ""; ; {
		rooms, _, err := s.calls(ctx)
		if err == nil {
			err = s.sawCalls(ctx, rooms)
		}
		if err != nil {
			return err
		}
		if now := string(encode(map[string]any{"rooms": rooms})); now != sent {
			sent = now
			out.Event("calls", "", []byte(now))
		}
		if out.Flush() != nil {
			return nil // they are gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-ended:
			return nil
		case <-x.woken:
		case <-look.C:
		case <-beat.C:
			if s.Still != nil {
				now, still := s.Still(r)
				if !still || !access.From(now).Staff() {
					out.Event("over", "", []byte("{}")) // nobody need come again to hear that
					return out.Flush()
				}
				ctx = now
			}
			out.Event("still", "", []byte("{}")) // a page that hears nothing says so
		}
	}
}

// heard says in the actor's name that they heard a call.
func (s *Service) heard(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	call := f.Line("call", 200)
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.Hear(r.Context(), session, call, ""); err != nil {
		return err
	}
	return web.See(w, r, "/room/calls?kept")
}

type togetherView struct {
	Session db.ID
	Title   string
	Opened  bool // the session's room is open; else it is opened here
	Grouped bool // some of them were booked into one group
	Beside  []Beside
	Why     string
	Zone    *time.Location
}

// heading says what is done here.
func (v togetherView) heading() string {
	if v.Opened {
		return "Several people in one room"
	}
	return "Open one room for several people"
}

// options are those who can come into the room now.
func (v togetherView) options() (out []ui.Option) {
	for _, b := range v.Beside {
		if !b.Open || b.Here {
			continue
		}
		o := ui.Option{Value: b.Session.String(), Label: b.Alias + ", " + ui.Clock(b.Start, v.Zone) + ", " + b.Title}
		if v.Grouped && !b.Group {
			o.Hint = "Of the same hour, and not of this group."
		}
		out = append(out, o)
	}
	return out
}

// others are those who are in it, or whose gate is closed.
func (v togetherView) others() (out []Beside) {
	for _, b := range v.Beside {
		if b.Here || !b.Open {
			out = append(out, b)
		}
	}
	return out
}

// atOnce are chosen before anybody chooses: all of a group whose readiness is
// done come together.
func (v togetherView) atOnce() (out []string) {
	for _, b := range v.Beside {
		if b.Open && b.Group && !b.Here {
			out = append(out, b.Session.String())
		}
	}
	return out
}

func (v togetherView) hint() string {
	if v.Opened {
		return ""
	}
	return "One room is opened for everybody who is chosen. Who is ready later is brought in later, from the room."
}

func (s *Service) showTogether(w http.ResponseWriter, r *http.Request) error {
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	return s.togetherPage(w, r, session, http.StatusOK, "")
}

func (s *Service) togetherPage(w http.ResponseWriter, r *http.Request, session db.ID, status int, why string) error {
	ctx := r.Context()
	home, all, err := s.Besides(ctx, session)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := togetherView{Session: session, Title: home.Title, Opened: !home.Room.IsZero(), Beside: all, Why: why, Zone: st.Location()}
	v.Grouped = slices.ContainsFunc(all, func(b Beside) bool { return b.Group })
	p, err := s.Settings.Page(r, v.heading())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, togetherPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) bringTogether(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	session, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return err
	}
	var others []db.ID
	for _, text := range f.All("sessions") {
		id, err := db.ParseID(text)
		if err != nil || len(others) > 2*MaxSeats {
			return errNoSeat
		}
		others = append(others, id)
	}
	in, err := s.OpenTogether(r.Context(), session, others)
	if e := fault.Of(err); err != nil && (e.Kind == fault.Taken || e.Kind == fault.Gone || e.Kind == fault.Invalid) {
		why := e.Sentence
		for _, words := range e.Fields {
			why = words
		}
		return s.togetherPage(w, r, session, e.Kind.Status(), why)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/room/"+in.String())
}

// GroupLinks lead from a group at the desk to the room in which all of it is
// held.
func (s *Service) GroupLinks(ctx context.Context, all []calendar.Appointment) ([]ui.Link, error) {
	for _, a := range all {
		if !access.May(ctx, access.Write, access.Resource{Class: access.Room, Subject: a.Client}) || !a.End.After(s.Now()) {
			continue
		}
		medicine, err := s.Preparation.Of(ctx, a)
		if err != nil || !medicine {
			return nil, err
		}
		return []ui.Link{{Label: "One medicine room for all of them", Href: "/room/" + a.ID.String() + "/together"}}, nil
	}
	return nil, nil
}

// Links lead from an appointment at the desk to its room.
func (s *Service) Links(ctx context.Context, a calendar.Appointment) ([]ui.Link, error) {
	if !access.May(ctx, access.Read, access.Resource{Class: access.Room, Subject: a.Client}) {
		return nil, nil
	}
	medicine, err := s.Preparation.Of(ctx, a)
	if err != nil || !medicine {
		return nil, err
	}
	out := []ui.Link{{Label: "The medicine room", Href: "/room/" + a.ID.String()}}
	_, err = s.Seat(reckoning(ctx), s.DB.Reader(), a.ID)
	if fault.Is(err, fault.NotFound) { // nobody has come, so nobody goes
		return out, nil
	}
	return append(out, ui.Link{Label: "Going home", Href: "/room/" + a.ID.String() + "/leaving"}), err
}
