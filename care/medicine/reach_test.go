package medicine_test

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/push"
	"held/internal/testkit"
	"held/practice/access"
	call "held/practice/devices"
	"held/rules/timeline"
)

// TestACallOfTheRoomReachesThePrescribersTelephone goes the whole way: a reading
// is entered, a telephone is called once, and somebody says that they heard.
func TestACallOfTheRoomReachesThePrescribersTelephone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 2)
		maker := testkit.NewPushService(t, h.clock.Now)
		x := &call.Service{DB: d, Vault: h.Vault, Trail: h.Trail, People: h.People, Settings: h.Settings, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Standing: h.Standing, Client: push.Client(&push.Allowed{
			Roots: maker.Roots(), Address: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() },
		})}
		h.must(x.SetPlan(h.as("guide 0"), call.Plan{Pushing: true}))
		browsers := map[string]*testkit.Browser{}
		for _, name := range []string{"prescriber", "guide 0", "guide 1", "stranger"} {
			b := maker.Subscribe(t, "/"+strings.ReplaceAll(name, " ", "-"))
			browsers[name] = b
			h.must(x.Add(h.as(name), push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}, "Firefox", []call.Kind{call.Red, call.Amber, call.Late}))
		}
		told := func(name string) int { return len(maker.Arrived(browsers[name])) }
		h.must(x.Reach(h.ctx))
		h.red(0)
		for range 3 {
			h.must(x.Reach(h.ctx))
		}
		if told("prescriber") != 1 || told("guide 0") != 1 || told("guide 1") != 0 || told("stranger") != 0 {
			t.Fatalf("prescriber %d, guide %d, another client's guide %d, a stranger %d", told("prescriber"), told("guide 0"), told("guide 1"), told("stranger"))
		}
		calls := h.callsOf("prescriber")
		h.must(h.Hear(h.as("prescriber"), h.sessions[0], calls[0].ID, ""))
		h.clock.Add(time.Second)
		h.must(x.Reach(h.ctx))
		h.keeps("attendant", h.entry("attendant", 0, timeline.Vitals, calm()))
		h.must(x.Reach(h.ctx))
		if told("prescriber") != 1 {
			t.Errorf("%d calls although it was heard", told("prescriber"))
		}
		h.clock.Add(3 * time.Hour) // readings are late
		h.must(x.Reach(h.ctx))
		late := told("prescriber")
		if late < 2 {
			t.Error("a late reading reaches nobody")
		}
		h.must(x.Reach(h.ctx))
		if told("prescriber") != late {
			t.Error("the same call went twice")
		}
		for name, b := range browsers {
			for _, a := range maker.Arrived(b) {
				if a.Plain != "call" {
					t.Errorf("%s was told %q", name, a.Plain)
				}
			}
		}
		for _, raw := range maker.Raw() {
			for _, word := range []string{"client", "guide", "oxygen", h.sessions[0].String()} {
				if body := string(raw); strings.Contains(body[strings.Index(body, "\r\n"):], word) {
					t.Errorf("%q went out", word)
				}
			}
		}
	})
}

// TestARoomThatCannotBeReadKeepsNoOtherFromCalling damages one seat.
func TestARoomThatCannotBeReadKeepsNoOtherFromCalling(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 2)
		h.red(1)
		h.must(d.Write(h.ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, "UPDATE medicine_seats SET body = $1 WHERE session_id = $2", []byte{1}, h.sessions[0])
			return err
		}))
		maker := testkit.NewPushService(t, h.clock.Now)
		x := &call.Service{DB: d, Vault: h.Vault, Trail: h.Trail, People: h.People, Settings: h.Settings, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Standing: h.Standing, Client: push.Client(&push.Allowed{
			Roots: maker.Roots(), Address: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() },
		})}
		h.must(x.SetPlan(h.as("guide 0"), call.Plan{Pushing: true}))
		b := maker.Subscribe(t, "/guide-1")
		h.must(x.Add(h.as("guide 1"), push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}, "Firefox", call.Kinds))
		if err := x.Reach(h.ctx); err == nil {
			t.Error("nobody hears that a room cannot be read")
		}
		if n := len(maker.Arrived(b)); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestOnlyWhoStillWorksInTheRoleTheyHaveOnATeamIsCalled(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.red(0)
		all, err := h.Standing(h.ctx)
		h.must(err)
		if len(all) != 1 || all[0].Kind != call.Red || !slices.Equal(all[0].Prescribers, []db.ID{h.who["prescriber"].ID}) || len(all[0].Team) != 3 {
			t.Fatalf("%+v", all)
		}
		h.must(h.People.Unassign(h.ctx, h.who["client 0"].ID, h.who["attendant"].ID, access.Attendant))
		all, err = h.Standing(h.ctx)
		h.must(err)
		if len(all[0].Team) != 2 || slices.Contains(all[0].Team, h.who["attendant"].ID) {
			t.Errorf("%+v", all)
		}
	})
}
