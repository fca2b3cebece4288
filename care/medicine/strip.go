package medicine

import (
	"context"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/trail"
)

// openSeats are the seats whose rooms are open. Every page of a clinician's asks
// for them, so the answer is remembered: while no room is open, a page pays
// nothing for knowing so.
func (s *Service) openSeats(ctx context.Context) ([]seatRow, error) {
	practice, now := access.From(ctx).Practice, s.Now()
	return s.lately.Get(s.DB, now, practice, func() ([]seatRow, error) {
		return db.All(ctx, s.DB.Reader(), scanSeat, sqlOpenSeats, practice, db.Micros(now.Add(-openFor)))
	})
}

// Strip is what calls whoever acts, for the top of every page of theirs. It never
// keeps a page from being shown.
func (s *Service) Strip(ctx context.Context) *ui.Calling {
	out := &ui.Calling{Me: access.From(ctx).Person.String()}
	rooms, _, err := s.calls(ctx)
	if err == nil {
		err = s.sawCalls(ctx, rooms)
	}
	if err != nil {
		out.Failed = true
		return out
	}
	for _, r := range rooms {
		for _, c := range r.Calls {
			if c.Heard == "" {
				out.Lines = append(out.Lines, ui.CallLine{Key: c.key(), Href: "/room/" + r.Session, Who: r.Alias, Since: c.Since, Says: c.Says})
			}
		}
	}
	return out
}

// key tells one call from others, and what is late from what was due. It names nobody.
func (c Call) key() string { return strings.Join([]string{c.Session, c.ID, c.Kind}, " ") }

// looks are whose calls somebody was shown lately. A strip goes with them from
// page to page: that is one reading of the room, not one for each page.
type looks struct {
	mu  sync.Mutex
	all map[look]time.Time
}

type look struct{ person, session db.ID }

// lookFor is how long it is one reading, and maxLooks bounds how many are known.
const (
	lookFor  = 10 * time.Minute
	maxLooks = 2000
)

func (l *looks) fresh(k look, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, there := l.all[k]; there && now.Sub(at) < lookFor && !now.Before(at) {
		return false
	}
	if l.all == nil || len(l.all) >= maxLooks {
		l.all = map[look]time.Time{}
	}
	l.all[k] = now
	return true
}

// sawCalls puts on the trail whose calls the strip shows.
func (s *Service) sawCalls(ctx context.Context, rooms []calledRoom) error {
	for _, r := range rooms {
		calls := false
		for _, c := range r.Calls {
			calls = calls || c.Heard == ""
		}
		if !calls || !s.looked.fresh(look{access.From(ctx).Person, r.id}, s.Now()) {
			continue
		}
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: r.client, Kind: "medicine room", Object: r.id}); err != nil {
			return err
		}
	}
	return nil
}
