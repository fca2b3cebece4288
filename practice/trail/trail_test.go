package trail_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
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
	return access.With(t.Context(), access.Actor{Practice: r.practice, Person: r.me, Roles: roles, Via: via})
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
	if e.Line(true) != "read your appointment" || e.Line(false) != "read an appointment" || e.Who("Robin", false) != "Robin, guide" || e.Who("Robin", true) != "You" {
		t.Errorf("%s, %s, %s", e.Line(true), e.Line(false), e.Who("Robin", false))
	}
	e = trail.Entry{Verb: "signed in", Kind: "person", Via: access.Public}
	if e.Line(true) != "signed in" || e.Who("", false) != "A visitor" {
		t.Errorf("%s, %s", e.Line(true), e.Who("", false))
	}
}
