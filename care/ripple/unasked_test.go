package ripple

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/rules/checkins"
)

// TestAPointThatWentByUnaskedStandsAmongTheMeasures: two points of one day, and
// nobody answers the first of them.
func TestAPointThatWentByUnaskedStandsAmongTheMeasures(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.held = []checkins.Session{{ID: "s1", At: h.clock.Now().AddDate(0, -1, 0)}}
		h.plan("who5", checkins.Monthly, checkins.Month1)
		page := func() string {
			h.Helper()
			r := httptest.NewRequestWithContext(h.as(h.mara), http.MethodGet, "/", nil)
			r.SetPathValue("id", h.wren.ID.String())
			w := httptest.NewRecorder()
			h.ok(h.course(w, r))
			return w.Body.String()
		}
		for range 30 {
			h.ok(h.AskDue(h.ctx))
			if all := h.asked(Waiting); len(all) == 1 && strings.Contains(page(), "Not asked") {
				t.Fatal("what may still come is called not asked")
			}
			h.clock.Add(24 * time.Hour)
		}
		if got := page(); !strings.Contains(got, "Not asked") || !strings.Contains(got, "the same questions stood there, asked a month after the last.") {
			t.Error("a point was lost without a word")
		}
	})
}
