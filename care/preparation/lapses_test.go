package preparation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	. "held/care/preparation"
	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/rules/readiness"
)

// watch is one run of the worker; it gives who got a letter.
func (h *house) watch() (to string) {
	h.Helper()
	h.must(h.WatchLapses(h.ctx))
	var all []string
	for _, m := range h.post() {
		if m.Subject == "Something in Held waits for you" {
			all = append(all, strings.TrimSuffix(m.To, "@example.org"))
		}
	}
	for _, m := range h.sent {
		if strings.Contains(m.Text, "client") || strings.Contains(m.Text, "learance") {
			h.Errorf("a letter says more than that something is there: %q", m.Text)
		}
	}
	return strings.Join(all, ", ")
}

func (h *house) lapsing(name string) []Lapse {
	h.Helper()
	all, err := h.Lapsing(h.as(name))
	h.must(err)
	return all
}

func TestWhoCaresIsToldOnceThatTimeAloneClosesAGate(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if to := h.watch(); to != "" || len(h.lapsing("guide")) > 0 {
			t.Errorf("nothing lapses, and %q was told", to)
		}
		h.clearance.Until = h.start().Add(-26 * time.Hour)
		told := strings.Split(h.watch(), ", ")
		slices.Sort(told)
		if !slices.Equal(told, []string{"both", "guide", "prescriber"}) {
			t.Errorf("told: %q", told)
		}
		if to := h.watch(); to != "" {
			t.Errorf("told of one fact twice: %q", to)
		}
		for _, name := range []string{"guide", "prescriber", "both"} {
			all := h.lapsing(name)
			if len(all) != 1 || all[0].Key != Clearance || !all[0].Ends.Equal(h.clearance.Until) || all[0].ID != h.session {
				t.Errorf("the %s reads %+v", name, all)
			}
		}
		for _, name := range []string{"attendant", "coordinator", "client", "other guide", "other prescriber"} {
			if all := h.lapsing(name); len(all) > 0 {
				t.Errorf("the %s reads %+v", name, all)
			}
		}
		h.clearance.Basis, h.clearance.Until = "clearance 2", h.start().AddDate(0, 1, 0)
		if to := h.watch(); to != "" || len(h.lapsing("guide")) > 0 {
			t.Errorf("it was renewed, and %q was told", to)
		}
		h.clearance.Basis, h.clearance.Until = "clearance 3", h.start()
		if to := h.watch(); to == "" {
			t.Error("a new decision that ends too early is a new fact, and nobody was told")
		}
	})
}

func TestALetterIsNotSentForWhatWasPutRight(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.clearance.Until = h.start().Add(-time.Hour)
		h.must(h.WatchLapses(h.ctx))
		h.clearance.Until = h.start().AddDate(0, 1, 0)
		if to := h.watch(); to != "" {
			t.Errorf("told of what holds again: %q", to)
		}
	})
}

func TestAValueGrowsOlderThanTheProtocolAllows(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		weight := Age{Basis: "value 1", Name: "Weight", Ends: h.start().AddDate(0, 0, 1)}
		h.Ages = func(context.Context, db.Q, Session) ([]Age, error) { return []Age{weight}, nil }
		if to := h.watch(); to != "" {
			t.Errorf("it is young enough on the day, and %q was told", to)
		}
		weight.Ends = h.start().AddDate(0, 0, -2)
		if to := h.watch(); to == "" {
			t.Error("nobody was told")
		}
		p, g := h.lapsing("prescriber"), h.lapsing("guide")
		if len(p) != 1 || p[0].Says() != "Weight" || len(g) != 1 || strings.Contains(g[0].Says(), "Weight") {
			t.Errorf("the prescriber reads %+v, the guide %+v", p, g)
		}
		if p[0].As != readiness.Prescriber || !strings.HasPrefix(p[0].Href(), "/desk/screening/") || !strings.HasSuffix(g[0].Href(), "/readiness") {
			t.Errorf("they lead to %q and %q", p[0].Href(), g[0].Href())
		}
		if s, err := h.Open(h.as("guide"), h.DB.Reader(), h.session); err != nil || len(s.Conditions) != len(Needs) {
			t.Errorf("a value became a condition of the gate: %v, %v", s.Conditions, err)
		}
	})
}

func TestWhatIsBeyondTheHorizonOrOverIsNotTold(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.clearance.Until = h.start().Add(-time.Hour)
		h.medicine.HorizonDays = 3
		_, err := h.Calendar.SaveOffering(h.ctx, h.medicine)
		h.must(err)
		if to := h.watch(); to != "" {
			t.Errorf("the session is beyond what the practice looks at, and %q was told", to)
		}
		h.walk(h.start().AddDate(0, 0, -2))
		if to := h.watch(); to == "" {
			t.Error("it has come within the horizon, and nobody was told")
		}
		mine := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: h.who["client"].ID, Roles: []access.Role{access.Client}, Via: access.Session})
		if n := h.toldOf(mine); n != 1 {
			t.Errorf("%d lines say so in what is kept of the client", n)
		}
		h.walk(h.start().Add(time.Minute))
		if to := h.watch(); to != "" || len(h.lapsing("guide")) > 0 {
			t.Errorf("the session has begun, and %q was told", to)
		}
		if n := h.toldOf(mine); n != 0 {
			t.Errorf("%d lines stay after the session", n)
		}
	})
}

func TestWhereNobodyIsThereToBeToldItIsToldLater(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.clearance.Until = h.start().Add(-time.Hour)
		client := h.who["client"].ID
		for _, name := range []string{"guide", "prescriber", "both"} {
			for _, role := range []access.Role{access.Guide, access.Prescriber} {
				h.must(h.People.Unassign(h.ctx, client, h.who[name].ID, role))
			}
		}
		if to := h.watch(); to != "" {
			t.Errorf("told: %q", to)
		}
		h.must(h.People.Assign(h.ctx, client, h.who["other guide"].ID, access.Guide))
		if to := h.watch(); to != "other-guide" {
			t.Errorf("whoever guides them now is told: %q", to)
		}
	})
}

// toldOf is how many lines of what is kept of a client say that their team was told.
func (h *house) toldOf(ctx context.Context) (n int) {
	h.Helper()
	for _, k := range h.Kept() {
		if k.Name != "preparation" {
			continue
		}
		all, err := k.Of(ctx, h.who["client"].ID)
		h.must(err)
		for _, item := range all {
			if strings.HasPrefix(item.Title, "Your care team was told") {
				n++
			}
		}
	}
	return n
}
