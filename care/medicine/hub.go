package medicine

import (
	"sync"
	"time"

	"held/internal/db"
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
	mu  sync.Mutex
	all map[db.ID]map[chan struct{}]Here
}

// watch is woken whenever something of the room was kept, until leave.
func (h *hubs) watch(room db.ID, who Here) (woken <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	if h.all == nil {
		h.all = map[db.ID]map[chan struct{}]Here{}
	}
	if h.all[room] == nil {
		h.all[room] = map[chan struct{}]Here{}
	}
	h.all[room][c] = who
	h.mu.Unlock()
	h.wake(room)
	return c, func() {
		h.mu.Lock()
		delete(h.all[room], c)
		if len(h.all[room]) == 0 {
			delete(h.all, room)
		}
		h.mu.Unlock()
		h.wake(room)
	}
}

// wake tells everybody who watches a room to look.
func (h *hubs) wake(room db.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.all[room] {
		select {
		case c <- struct{}{}:
		default: // they have not looked since they were told
		}
	}
}

// here are the devices that show a room now.
func (h *hubs) here(room db.ID) []Here {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Here{}
	for _, who := range h.all[room] {
		out = append(out, who)
	}
	return out
}
