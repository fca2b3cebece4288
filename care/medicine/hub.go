package medicine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// Here is a device that shows the room, with the difference of its clock.
type Here struct {
	Device string    `json:"device"`
	Person db.ID     `json:"person"`
	Name   string    `json:"name"`
	Role   string    `json:"role"`
	Offset *int64    `json:"offset,omitempty"` // ms, as it last measured
	Since  time.Time `json:"since"`
}

// hubs are the rooms that somebody watches.
type hubs struct {
	mu    sync.Mutex
	all   map[db.ID]*hub
	desks map[*watcher]bool // who watches the calls of all rooms
	ended chan struct{}     // closed when the program goes to rest
}

// Rest ends every stream: the program is about to stop, and their readers come
// again to the next one.
func (s *Service) Rest() {
	c := s.hubs.end()
	s.hubs.mu.Lock()
	defer s.hubs.mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

func (h *hubs) end() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended == nil {
		h.ended = make(chan struct{})
	}
	return h.ended
}

// hub is one room that is watched: what was kept lately, written once for all
// who read it.
type hub struct {
	s     *Service
	room  db.ID
	dirty chan struct{}
	stop  context.CancelFunc

	mu       sync.Mutex
	watchers map[*watcher]bool
	feeds    map[db.ID]*feed
	calls    map[db.ID][]Call
}

// feed is the last entries of one seat, written.
type feed struct {
	n    int64 // the number of the last one
	ring []written
}

// written is an entry as it is sent.
type written struct {
	n    int64
	data []byte
}

// ringSize is how many entries of a seat are kept written; who is further
// behind reads them from the database.
const ringSize = 64

// watcher is one stream.
type watcher struct {
	who   Here
	woken chan struct{}
}

func newWatcher(who Here) *watcher { return &watcher{who: who, woken: make(chan struct{}, 1)} }

// wake says that there is something to look at; who has not looked since they
// were told need not be told twice.
func (w *watcher) wake() { nudge(w.woken) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watch joins a room's watchers. The first one starts what looks after the room,
// the last one ends it.
func (s *Service) watch(ctx context.Context, room db.ID, w *watcher) (h *hub, leave func()) {
	s.hubs.mu.Lock()
	defer s.hubs.mu.Unlock()
	h = s.hubs.all[room]
	if h == nil {
		run, stop := context.WithCancel(access.With(context.Background(), access.Actor{Practice: access.From(ctx).Practice, Via: access.System}))
		h = &hub{s: s, room: room, dirty: make(chan struct{}, 1), stop: stop, watchers: map[*watcher]bool{}, feeds: map[db.ID]*feed{}, calls: map[db.ID][]Call{}}
		if s.hubs.all == nil {
			s.hubs.all = map[db.ID]*hub{}
		}
		s.hubs.all[room] = h
		go h.run(run)
	}
	h.mu.Lock()
	h.watchers[w] = true
	h.mu.Unlock()
	h.wakeAll()
	nudge(h.dirty)
	return h, func() { s.unwatch(h, w) }
}

func (s *Service) unwatch(h *hub, w *watcher) {
	s.hubs.mu.Lock()
	h.mu.Lock()
	delete(h.watchers, w)
	last := len(h.watchers) == 0
	h.mu.Unlock()
	if last && s.hubs.all[h.room] == h {
		delete(s.hubs.all, h.room)
		h.stop()
	}
	s.hubs.mu.Unlock()
	h.wakeAll()
}

func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.wake()
	}
}

// wake tells whoever watches a room that something was kept in it.
func (s *Service) wake(room db.ID) {
	s.hubs.mu.Lock()
	defer s.hubs.mu.Unlock()
	if h := s.hubs.all[room]; h != nil {
		nudge(h.dirty)
	}
	for w := range s.hubs.desks {
		w.wake()
	}
	if s.Woken != nil {
		s.Woken()
	}
}

// Changed says that a seat is to be read anew: something of it was taken away or
// sealed. To be called once that is committed.
func (s *Service) Changed(seat Seat) {
	s.read.forget(seat.Session)
	s.hubs.mu.Lock()
	h := s.hubs.all[seat.Room]
	s.hubs.mu.Unlock()
	if h != nil {
		h.mu.Lock()
		if f := h.feeds[seat.Session]; f != nil {
			f.ring = nil
		}
		h.mu.Unlock()
	}
	s.wake(seat.Room)
}

// Look is how often a watched room is looked at without anybody entering
// anything: time alone makes a reading due, and another program on the same
// database may have kept something.
const Look = 2 * time.Second

// run looks after one room until its last watcher leaves.
func (h *hub) run(ctx context.Context) {
	every := time.NewTicker(Look)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.dirty:
		case <-every.C:
		}
		if changed := h.look(ctx); changed {
			h.wakeAll()
		}
	}
}

// look reads what was kept since, and reckons what calls. What cannot be read
// now is read the next time.
func (h *hub) look(ctx context.Context) (changed bool) {
	rows, err := db.All(ctx, h.s.DB.Reader(), scanSeat, sqlSeatsOfRoom, access.From(ctx).Practice, h.room)
	if err != nil {
		return false
	}
	for _, r := range rows {
		if h.seat(ctx, r) {
			changed = true
		}
	}
	return changed
}

func (h *hub) seat(ctx context.Context, r seatRow) (changed bool) {
	h.mu.Lock()
	f := h.feeds[r.Session]
	if f == nil {
		f = &feed{n: r.last}
		h.feeds[r.Session] = f
		changed = true
	}
	from := f.n
	h.mu.Unlock()
	if r.last > from {
		all, err := h.s.entries(ctx, h.s.DB.Reader(), r.Session, from)
		if err != nil || len(all) == 0 {
			return changed
		}
		h.mu.Lock()
		for _, e := range all {
			f.n = e.N
			f.ring = append(f.ring, written{e.N, encode(e)})
		}
		if over := len(f.ring) - ringSize; over > 0 {
			f.ring = slices.Delete(f.ring, 0, over)
		}
		h.mu.Unlock()
		changed = true
	}
	calls, err := h.s.callsOf(ctx, h.s.DB.Reader(), r)
	if err != nil {
		return changed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.EqualFunc(h.calls[r.Session], calls, Call.same) {
		h.calls[r.Session], changed = calls, true
	}
	return changed
}

// since are the entries of a seat after a number; false where the hub does not
// go back that far.
func (h *hub) since(session db.ID, after int64) (out []written, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[session]
	switch {
	case f == nil:
		return nil, false
	case after >= f.n:
		return nil, true
	case len(f.ring) == 0 || f.ring[0].n > after+1:
		return nil, false
	}
	i := slices.IndexFunc(f.ring, func(w written) bool { return w.n > after })
	return slices.Clone(f.ring[i:]), true
}

// callsNow are a seat's calls as they were last reckoned.
func (h *hub) callsNow(session db.ID) []Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[session]
}

// here are the devices that show a room now, each once.
func (h *hubs) here(room db.ID) []Here {
	h.mu.Lock()
	hub := h.all[room]
	h.mu.Unlock()
	out := []Here{}
	if hub == nil {
		return out
	}
	hub.mu.Lock()
	defer hub.mu.Unlock()
	for w := range hub.watchers {
		out = append(out, w.who)
	}
	slices.SortFunc(out, func(a, b Here) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Name, b.Name))
	})
	return slices.CompactFunc(out, func(a, b Here) bool { return a.Device == b.Device && a.Person == b.Person })
}

// met notes by how much a device's clock differs, as it last said.
func (h *hubs) met(room db.ID, device string, offset *int64) {
	h.mu.Lock()
	hub := h.all[room]
	h.mu.Unlock()
	if hub == nil || offset == nil {
		return
	}
	hub.mu.Lock()
	defer hub.mu.Unlock()
	for w := range hub.watchers {
		if w.who.Device == device {
			w.who.Offset = offset
		}
	}
}
