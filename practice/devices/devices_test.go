package devices_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/push"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/devices"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice with colleagues, their browsers, and what calls.
type house struct {
	*Service
	testing.TB
	clock *testkit.Clock
	ctx   context.Context
	who   map[string]people.Person
	maker *testkit.PushService
	calls []Call
	mail  []*mail.Message
	said  bytes.Buffer
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) Send(_ context.Context, m *mail.Message) error {
	h.mail = append(h.mail, m)
	return nil
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	h := &house{TB: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}}
	now := h.clock.Now
	v, practice := testkit.Vault(t, d, now)
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	le := &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Host: "practice.example", Sender: h}
	h.maker = testkit.NewPushService(t, now)
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: now, Log: slog.New(slog.NewTextHandler(&h.said, nil)), Client: push.Client(&push.Allowed{
		Roots: h.maker.Roots(), Address: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() },
	})}
	h.RegisterLetters()
	h.Standing = func(context.Context) ([]Call, error) { return h.calls, nil }
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	h.must(d.Write(h.ctx, func(tx *db.Tx) error {
		return st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	for name, roles := range map[string][]access.Role{"Amadeu": {access.Prescriber}, "Tomé": {access.Attendant}, "Leonor": {access.Owner, access.Guide}, "Benedita": {access.Coordinator}} {
		h.must(d.Write(h.ctx, func(tx *db.Tx) (err error) {
			h.who[name], err = pe.Add(h.ctx, tx, people.Person{Name: name, Contact: strings.ToLower(name) + "@example.org", Zone: "Europe/Lisbon", Discretion: people.Neutral, Roles: roles})
			return err
		}))
	}
	return h
}

func (h *house) as(name string) context.Context {
	p := h.who[name]
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true})
}

// pushing is a house that calls devices.
func pushing(t testing.TB, d *db.DB, p Plan) *house {
	t.Helper()
	h := newHouse(t, d)
	p.Pushing = true
	h.must(h.SetPlan(h.as("Leonor"), p))
	return h
}

func (h *house) device(name, path string, kinds ...Kind) *testkit.Browser {
	h.Helper()
	b := h.maker.Subscribe(h.TB, path)
	h.must(h.Add(h.as(name), push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}, "Firefox on Android", kinds))
	return b
}

// call has something call Amadeu and Tomé from now on.
func (h *house) call(key string, kind Kind) {
	h.calls = append(h.calls, Call{Key: key, Kind: kind, From: h.clock.Now(), Team: []db.ID{h.who["Amadeu"].ID, h.who["Tomé"].ID}, Prescribers: []db.ID{h.who["Amadeu"].ID}})
}

func (h *house) reach() {
	h.Helper()
	h.must(h.Reach(h.ctx))
}

func (h *house) got(b *testkit.Browser, want ...string) {
	h.Helper()
	var got []string
	for _, a := range h.maker.Arrived(b) {
		got = append(got, a.Plain)
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		h.Errorf("the browser was told %q, want %q", got, want)
	}
}

func TestACallReachesEachDeviceThatChoseItOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone, laptop, toms := h.device("Amadeu", "/a", Red, Amber, Late), h.device("Amadeu", "/b", Late), h.device("Tomé", "/t", Red)
		h.reach()
		h.got(phone)
		h.call("a room red", Red)
		h.reach()
		h.reach()
		h.clock.Add(time.Hour)
		h.reach()
		h.got(phone, "call")
		h.got(laptop)
		h.got(toms, "call")
		h.call("a room late", Late)
		h.reach()
		h.got(phone, "call", "call")
		h.got(laptop, "call")
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Devices != 3 || st.People != 2 || st.Sent != 4 || st.Failed != 0 || st.Last != h.clock.Now() {
			t.Errorf("%+v", st)
		}
		for _, raw := range h.maker.Raw() {
			for _, word := range []string{"Amadeu", "Tomé", "Slack", "red", "room", "late", "house@"} {
				if strings.Contains(string(raw), word) {
					t.Errorf("%q went out in %s", word, raw)
				}
			}
		}
	})
}

// TestTwoProgramsCallEachDeviceOnce has two programs on one database find the
// same calls at the same time, again and again.
func TestTwoProgramsCallEachDeviceOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone, toms := h.device("Amadeu", "/a", Kinds...), h.device("Tomé", "/t", Kinds...)
		second := &Service{DB: h.DB, Vault: h.Vault, Trail: h.Trail, People: h.People, Letters: h.Letters, Settings: h.Settings, Now: h.Now, Log: h.Service.Log, Client: h.Client, Standing: h.Standing}
		var want []string
		for i := range 8 {
			h.call("a room "+string(rune('a'+i)), Red)
			want = append(want, "call")
			var wg sync.WaitGroup
			for _, s := range []*Service{h.Service, second, h.Service, second} {
				wg.Go(func() {
					if err := s.Reach(h.ctx); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		h.got(phone, want...)
		h.got(toms, want...)
	})
}

func TestWhatWasHeardIsNotSentAnyMore(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone := h.device("Amadeu", "/a", Kinds...)
		h.maker.Answer(503)
		h.call("a room red", Red)
		h.reach()
		h.calls = nil // somebody heard it
		h.maker.Answer(0)
		h.clock.Add(10 * time.Second)
		h.reach()
		h.got(phone)
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Sent != 0 || st.Heard != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAServiceThatIsDownIsTriedAgainForAShortWhile(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone := h.device("Amadeu", "/a", Kinds...)
		h.maker.Answer(503)
		h.call("a room red", Red)
		h.reach()
		h.reach() // not yet
		if n := len(h.maker.Raw()); n != 1 {
			t.Errorf("%d tries at once", n)
		}
		h.maker.Answer(0)
		h.clock.Add(6 * time.Second)
		h.reach()
		h.got(phone, "call")
		h.maker.Answer(503)
		h.call("another red", Red)
		for range 40 {
			h.reach()
			h.clock.Add(20 * time.Second)
		}
		if n := len(h.maker.Raw()); n < 6 || n > 14 {
			t.Errorf("%d tries in all", n)
		}
		h.maker.Answer(0)
		h.reach()
		h.got(phone, "call")
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Failed != 1 || st.Sent != 1 {
			t.Errorf("%+v", st)
		}
		if strings.Contains(h.said.String(), "/a") || strings.Contains(h.said.String(), h.maker.URL) {
			t.Errorf("the address of a browser stands in the log: %s", h.said.String())
		}
	})
}

func TestABrowserThatWantsNoMoreCallsIsForgotten(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, status := range []int{404, 410} {
			h := pushing(t, testkit.SQLite(t), Plan{})
			h.device("Amadeu", "/a", Kinds...)
			h.maker.Answer(status)
			h.call("a room red", Red)
			h.reach()
			mine, err := h.Mine(h.as("Amadeu"))
			h.must(err)
			if len(mine) != 0 {
				t.Errorf("%d: %+v", status, mine)
			}
		}
	})
}

func TestNothingIsPushedUntilAnOwnerSwitchesItOn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.maker.Subscribe(t, "/a")
		sub := push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}
		if err := h.Add(h.as("Amadeu"), sub, "Firefox", Kinds); !fault.Is(err, fault.Gone) {
			t.Errorf("a device was switched on: %v", err)
		}
		for _, name := range []string{"Amadeu", "Benedita"} {
			if err := h.SetPlan(h.as(name), Plan{Pushing: true}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s switched it on: %v", name, err)
			}
		}
		h.must(h.SetPlan(h.as("Leonor"), Plan{Pushing: true}))
		h.must(h.Add(h.as("Amadeu"), sub, "Firefox", Kinds))
		h.must(h.SetPlan(h.as("Leonor"), Plan{}))
		h.call("a room red", Red)
		h.reach()
		if len(h.maker.Raw()) != 0 {
			t.Error("it was sent although it is off")
		}
		if err := h.SetPlan(h.as("Leonor"), Plan{Letter: -1, Wait: 999}); !fault.Is(err, fault.Invalid) || len(fault.Of(err).Fields) != 2 {
			t.Errorf("%v", err)
		}
	})
}

func TestThePracticesMinutesHoldForAllButARed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{Wait: 3})
		phone := h.device("Amadeu", "/a", Kinds...)
		h.call("late", Late)
		h.call("red", Red)
		h.reach()
		h.got(phone, "call")
		h.clock.Add(3 * time.Minute)
		h.reach()
		h.got(phone, "call", "call")
	})
}

func TestOneLetterGoesWhenNobodyHasHeardInThePracticesMinutes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.must(h.SetPlan(h.as("Leonor"), Plan{Letter: 5}))
		h.call("due", Due)
		h.call("late", Late)
		h.reach()
		h.must(h.Letters.Send(h.ctx))
		if len(h.mail) != 0 {
			t.Fatalf("%d letters at once", len(h.mail))
		}
		h.clock.Add(5 * time.Minute)
		for range 3 {
			h.reach()
			h.must(h.Letters.Send(h.ctx))
			h.clock.Add(time.Minute)
		}
		if len(h.mail) != 1 || len(h.mail[0].To) == 0 || !strings.Contains(h.mail[0].Subject, "waits") {
			t.Fatalf("%d letters: %+v", len(h.mail), h.mail)
		}
		text := h.mail[0].Subject + h.mail[0].Text
		for _, word := range []string{"late", "red", "room of", "medicine", "client"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("the letter says %q: %s", word, text)
			}
		}
		h.call("red", Red)
		h.clock.Add(6 * time.Minute)
		h.reach()
		h.calls = nil // heard before the letter is written
		h.must(h.Letters.Send(h.ctx))
		if len(h.mail) != 1 {
			t.Error("a letter went about what was heard")
		}
	})
}

func TestATestCallReachesOnlyTheDeviceOfWhoeverAsks(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone := h.device("Amadeu", "/a", Red)
		mine, err := h.Mine(h.as("Amadeu"))
		h.must(err)
		if err := h.Try(h.as("Tomé"), mine[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else called it: %v", err)
		}
		if err := h.Remove(h.as("Tomé"), mine[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else removed it: %v", err)
		}
		h.must(h.Try(h.as("Amadeu"), mine[0].ID))
		h.must(h.Try(h.as("Amadeu"), mine[0].ID))
		h.reach()
		h.got(phone, "test", "test")
		h.must(h.Choose(h.as("Amadeu"), mine[0].ID, []Kind{Due}))
		h.call("red", Red)
		h.reach()
		h.got(phone, "test", "test")
		h.must(h.Remove(h.as("Amadeu"), mine[0].ID))
		h.call("due", Due)
		h.reach()
		h.got(phone, "test", "test")
		if _, err := h.Mine(h.as("Benedita")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("who works in no room has devices: %v", err)
		}
	})
}

// TestABrowserBelongsToWhoeverSwitchedItOnLast: two who share a tablet.
func TestABrowserBelongsToWhoeverSwitchedItOnLast(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		b := h.device("Amadeu", "/a", Red)
		h.must(h.Add(h.as("Tomé"), push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}, "Firefox", Kinds))
		mine, err := h.Mine(h.as("Amadeu"))
		h.must(err)
		theirs, err := h.Mine(h.as("Tomé"))
		h.must(err)
		if len(mine) != 0 || len(theirs) != 1 {
			t.Errorf("%+v %+v", mine, theirs)
		}
		h.call("red", Red)
		h.reach()
		h.got(b, "call")
	})
}

// TestATwelfthDeviceCanBeSwitchedOnAnew: it takes the place of itself.
func TestATwelfthDeviceCanBeSwitchedOnAnew(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		var b *testkit.Browser
		for i := range 12 {
			b = h.device("Amadeu", fmt.Sprint("/a", i), Red)
		}
		sub := push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}
		h.must(h.Add(h.as("Amadeu"), sub, "Firefox", Kinds))
		another := h.maker.Subscribe(t, "/another")
		sub = push.Subscription{Endpoint: another.Endpoint, P256DH: another.P256DH, Auth: another.Auth}
		if err := h.Add(h.as("Amadeu"), sub, "Firefox", Kinds); !fault.Is(err, fault.Taken) {
			t.Errorf("a thirteenth: %v", err)
		}
		all, err := h.Mine(h.as("Amadeu"))
		h.must(err)
		if len(all) != 12 {
			t.Errorf("%d devices", len(all))
		}
	})
}

func TestWhoLeftTheTeamIsNotCalledAnyMore(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone, toms := h.device("Amadeu", "/a", Red), h.device("Tomé", "/t", Red)
		h.maker.Answer(503)
		h.call("red", Red)
		h.reach()
		h.maker.Answer(0)
		h.calls[0].Team = h.calls[0].Team[:1]
		h.clock.Add(10 * time.Second)
		h.reach()
		h.got(phone, "call")
		h.got(toms)
	})
}

func TestWhatReachedWhomIsForgottenAndNobodysDevicesStayBehind(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		h.device("Amadeu", "/a", Red)
		h.call("red", Red)
		h.reach()
		h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error { return h.Forget(h.ctx, tx, h.who["Amadeu"].ID) }))
		h.clock.Add(49 * time.Hour)
		h.must(h.Sweep(h.ctx))
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Devices != 0 || st.Sent != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// broken is a way on which answers are lost: the message arrives, and nobody hears so.
type broken struct{ http.RoundTripper }

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(errors.New("the connection was reset"), res.Body.Close())
}

// meeting is a way on which each message waits for the other's.
type meeting struct {
	http.RoundTripper
	both *sync.WaitGroup
}

func (m meeting) RoundTrip(r *http.Request) (*http.Response, error) {
	m.both.Done()
	met := make(chan struct{})
	go func() { m.both.Wait(); close(met) }()
	select {
	case <-met:
		return m.RoundTripper.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// TestAServiceThatIsSlowHoldsUpNobodyElsesCall: each of two answers only once the
// other was asked too.
func TestAServiceThatIsSlowHoldsUpNobodyElsesCall(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		one, other := h.device("Amadeu", "/a", Kinds...), h.device("Tomé", "/t", Kinds...)
		var both sync.WaitGroup
		both.Add(2)
		h.Client.Transport, h.Client.Timeout = meeting{h.Client.Transport, &both}, 5*time.Second
		h.call("red", Red)
		h.reach()
		h.got(one, "call")
		h.got(other, "call")
	})
}

func TestACallThatMayHaveBeenTakenIsNotSentAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone := h.device("Amadeu", "/a", Kinds...)
		h.Client.Transport = broken{h.Client.Transport}
		h.call("red", Red)
		for range 10 {
			h.reach()
			h.clock.Add(time.Minute)
		}
		h.got(phone, "call")
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Failed != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// TestAProgramThatIsKilledWhileItSendsSendsNothingTwice stops between claiming a
// call and writing down how it went.
func TestAProgramThatIsKilledWhileItSendsSendsNothingTwice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone := h.device("Amadeu", "/a", Kinds...)
		h.call("red", Red)
		reckon, asked := h.Standing, 0
		h.Standing = func(ctx context.Context) ([]Call, error) {
			if asked++; asked == 2 { // to see whether it still stands: it is claimed
				panic("killed")
			}
			return reckon(ctx)
		}
		func() {
			defer func() { _ = recover() }()
			h.reach()
		}()
		h.Standing = reckon
		h.reach()
		h.got(phone)
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Cut != 1 {
			t.Errorf("%+v", st)
		}
	})
}
