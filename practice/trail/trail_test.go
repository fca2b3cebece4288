package trail_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

type rig struct {
	*trail.Service
	clock              *testkit.Clock
	practice, me, wren db.ID
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	return &rig{&trail.Service{DB: d, Vault: v, Now: clock.Now}, clock, practice, db.NewID(), db.NewID()}
}

func (r *rig) as(t *testing.T, via access.Via, roles ...access.Role) context.Context {
	return access.With(t.Context(), access.Actor{Practice: r.practice, Person: r.me, Roles: roles, Via: via, Cares: func(db.ID) access.Care { return access.Care{As: access.Roles} }})
}

func TestWhoDidAndReadWhat(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx, object := r.as(t, access.Session, access.Guide), db.NewID()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return r.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: r.wren, Kind: "appointment", Object: object, Why: "asked"})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Add(time.Minute)
		if err := r.Saw(ctx, trail.Entry{Subject: r.wren, Kind: "note"}); err != nil {
			t.Fatal(err)
		}
		got, err := r.Of(ctx, r.wren, db.ID{}, 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		want := trail.Entry{ID: got[1].ID, At: testkit.Now, Actor: r.me, Role: "guide", Via: access.Session, Surface: trail.Page, Verb: "moved", Subject: r.wren, Kind: "appointment", Object: object, Why: "asked"}
		if got[1] != want || got[0].Verb != "read" || !got[0].At.Equal(testkit.Now.Add(time.Minute)) || !got[0].Object.IsZero() {
			t.Errorf("%+v", got)
		}
		older, err := r.Of(ctx, r.wren, got[0].ID, 10)
		if err != nil || len(older) != 1 || older[0] != want {
			t.Errorf("before the newest: %+v, %v", older, err)
		}
		if one, err := r.Of(ctx, r.wren, db.ID{}, 1); err != nil || len(one) != 1 || one[0] != got[0] {
			t.Errorf("the newest alone: %+v, %v", one, err)
		}
	})
}

func TestWhatWasTakenBackIsNotOnTheTrail(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	ctx := r.as(t, access.Session, access.Guide)
	_ = r.DB.Write(ctx, func(tx *db.Tx) error {
		return errors.Join(r.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: r.wren, Kind: "appointment"}), errors.New("taken"))
	})
	if got, err := r.Of(ctx, r.wren, db.ID{}, 10); len(got) != 0 || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestNothingIsDoneByNobody: without a practice there is no trail, and so no deed.
func TestNothingIsDoneByNobody(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		if err := r.Saw(t.Context(), trail.Entry{Subject: r.wren, Kind: "note"}); err == nil {
			t.Error("recorded")
		}
	})
}

func TestWhoMayReadTheTrail(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	for _, c := range []struct {
		ctx     context.Context
		subject db.ID
		kind    fault.Kind
	}{
		{r.as(t, access.Session, access.Owner), r.wren, 0}, {r.as(t, access.Session, access.Client), r.me, 0},
		{r.as(t, access.Session, access.Client), r.wren, fault.Forbidden}, {r.as(t, access.Session, access.Coordinator), r.wren, fault.Forbidden},
		{r.as(t, access.Link), r.me, fault.Forbidden}, {r.as(t, access.Public), r.wren, fault.SignIn},
	} {
		_, err := r.Of(c.ctx, c.subject, db.ID{}, 1)
		if c.kind == 0 && err != nil || c.kind != 0 && !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v", access.From(c.ctx), err)
		}
	}
}

func TestInWhichRoleSomebodyActs(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	for _, c := range []struct {
		via   access.Via
		roles []access.Role
		whose db.ID
		want  string
	}{
		{access.Session, []access.Role{access.Client, access.Guide, access.Owner}, r.wren, "guide"}, // by trade
		{access.Session, []access.Role{access.Owner}, r.wren, "owner"},
		{access.Session, []access.Role{access.Client, access.Guide}, r.me, "client"},
		{access.Session, []access.Role{access.Guide}, r.me, "guide"},
		{access.Link, nil, r.wren, "client"}, {access.Public, nil, r.wren, "visitor"}, {access.System, nil, r.wren, "system"}, {access.Operator, nil, r.wren, "operator"},
	} {
		if got := trail.RoleOf(access.Actor{Person: r.me, Roles: c.roles, Via: c.via}, c.whose); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestEntriesSayThemselves: every entry has plain words for the person and for the desk.
func TestEntriesSayThemselves(t *testing.T) {
	e := trail.Entry{Verb: "read", Kind: "appointment", Role: "guide", Via: access.Session}
	if e.Line(true) != "read your appointment" || e.Line(false) != "read an appointment" || e.Who("Robin", false, false) != "Robin, guide" || e.Who("Robin", false, true) != "Robin, your guide" || e.Who("Robin", true, true) != "You" {
		t.Errorf("%s, %s, %s", e.Line(true), e.Line(false), e.Who("Robin", false, false))
	}
	e = trail.Entry{Verb: "signed in", Kind: "person", Via: access.Public}
	if e.Line(true) != "signed in" || e.Who("", false, false) != "A visitor" {
		t.Errorf("%s, %s", e.Line(true), e.Who("", false, false))
	}
}

// TestReadersShareACommitAndEachHasTheirLine: many at once, and one among them
// whose line cannot be kept.
func TestReadersShareACommitAndEachHasTheirLine(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				e, want := trail.Entry{Subject: r.wren, Kind: "note", Object: db.NewID()}, true
				if i%50 == 7 {
					e.Why, want = "\xff\x00", d.Engine() == db.SQLite // PostgreSQL takes no such text
				}
				ctx := r.as(t, access.Session, access.Guide)
				if err := r.Saw(ctx, e); (err == nil) != want {
					t.Errorf("%q: %v", e.Why, err)
				}
			})
		}
		all.Wait()
		want := map[string]int{db.SQLite: 200, db.Postgres: 196}[d.Engine()]
		if got, err := r.Of(r.as(t, access.Session, access.Owner), r.wren, db.ID{}, 300); len(got) != want || err != nil {
			t.Errorf("%d lines, %v", len(got), err)
		}
	})
}

// TestWhoDoesNotWaitKeepsNobodyWaiting: a reader who has gone ends their own
// waiting, and their line is kept all the same.
func TestWhoDoesNotWaitKeepsNobodyWaiting(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx, leave := context.WithCancel(r.as(t, access.Session, access.Guide))
		leave()
		_ = r.Saw(ctx, trail.Entry{Subject: r.wren, Kind: "note"}) // they had their line or were gone before it
		if err := r.Saw(r.as(t, access.Session, access.Guide), trail.Entry{Subject: r.wren, Kind: "note"}); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Of(r.as(t, access.Session, access.Owner), r.wren, db.ID{}, 9); len(got) != 2 || err != nil {
			t.Errorf("%d lines, %v", len(got), err)
		}
	})
}

func TestFromWhichSurface(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	last := func() trail.Surface {
		t.Helper()
		got, err := r.Of(r.as(t, access.Operator), r.wren, db.ID{}, 1)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		return got[0].Surface
	}
	for _, c := range []struct {
		ctx  context.Context
		want trail.Surface
	}{
		{r.as(t, access.Session, access.Guide), trail.Page}, {r.as(t, access.Public), trail.Page}, {r.as(t, access.Link), trail.Link},
		{r.as(t, access.Operator), trail.Command}, {r.as(t, access.System), trail.Worker},
		{trail.On(r.as(t, access.Operator), trail.Backup), trail.Backup}, {trail.On(r.as(t, access.Link), trail.Feed), trail.Feed},
	} {
		if err := r.Saw(c.ctx, trail.Entry{Subject: r.wren, Kind: "note"}); err != nil || last() != c.want {
			t.Errorf("%s: %s, %v", c.want, last(), err)
		}
	}
	// Over HTTP it is told by what was asked for.
	app := &web.App{Log: slog.New(slog.DiscardHandler), Now: r.clock.Now}
	app.Person = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			next.ServeHTTP(w, q.WithContext(access.With(q.Context(), access.Actor{Practice: r.practice, Person: r.me, Roles: []access.Role{access.Guide}, Via: access.Session})))
		})
	}
	app.Mount([]web.Route{{Pattern: "GET /note", Access: access.Anyone, Handle: func(w http.ResponseWriter, q *http.Request) error {
		if err := r.Saw(q.Context(), trail.Entry{Subject: r.wren, Kind: "note"}); err != nil {
			return err
		}
		return web.JSON(w, q, http.StatusOK, "shown")
	}}})
	for accept, want := range map[string]trail.Surface{"application/json": trail.JSON, "text/html": trail.Page} {
		q := httptest.NewRequest(http.MethodGet, "/note", nil)
		q.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		app.Handler().ServeHTTP(w, q)
		if w.Code != http.StatusOK || last() != want {
			t.Errorf("%s: %d, %s", accept, w.Code, last())
		}
	}
}
