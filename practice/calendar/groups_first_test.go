package calendar

import (
	"testing"
	"time"

	"held/internal/db"
)

// TestNoPlaceIsFreeWhereAsManyAreTakenAsThereAre: with fewer places than before,
// who came early may have a late number, and one with a lower number, just
// taken by somebody else, must not make a third of two.
func TestNoPlaceIsFreeWhereAsManyAreTakenAsThereAre(t *testing.T) {
	now := time.Date(2026, 12, 7, 8, 0, 0, 0, time.UTC)
	g := group{taken: []place{{number: 1, holder: db.NewID()}, {number: 3, holder: db.NewID()}}}
	if n, ok := g.first(2, now); ok {
		t.Errorf("place %d is free for a third", n)
	}
	if n, ok := g.first(3, now); !ok || n != 2 {
		t.Errorf("%d %v", n, ok)
	}
	g.taken[1].expires = now
	if n, ok := g.first(2, now); !ok || n != 2 {
		t.Errorf("what has expired is in the way: %d %v", n, ok)
	}
}
