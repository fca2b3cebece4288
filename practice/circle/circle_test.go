package circle_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/trail"
)

// house is a practice with its people, and a second program on the same database.
type house struct {
	*circle.Service
	*testing.T
	other *circle.Service
	ctx   context.Context
	clock *testkit.Clock
	desk  people.Person
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	service := func() *circle.Service {
		tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
		pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
		return &circle.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: clock.Now}
	}
	h := &house{Service: service(), T: t, other: service(), ctx: access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator}), clock: clock}
	h.desk = h.add("Benedita", access.Coordinator)
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) add(name string, roles ...access.Role) (p people.Person) {
	h.Helper()
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p, err = h.People.Add(h.ctx, tx, people.Person{Name: name, Roles: roles})
		return err
	}))
	return p
}

// as is somebody signed in, who has proved who they are.
func (h *house) as(p people.Person) context.Context {
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true})
}

// lists writes names on a client's list.
func (h *house) lists(p people.Person, all ...circle.Entry) {
	h.Helper()
	for _, e := range all {
		h.ok(h.Add(h.as(p), e))
	}
	h.clock.Add(time.Millisecond)
}

func named(name string) circle.Entry { return circle.Entry{Kind: circle.Person, Name: name} }

// word is what the front desk is told about somebody meeting others.
func (h *house) word(p people.Person, there ...people.Person) circle.Word {
	h.Helper()
	m := circle.Meeting{Person: p.ID}
	for _, t := range there {
		m.There = append(m.There, t.ID)
	}
	a, err := h.One(h.as(h.desk), m)
	h.ok(err)
	return a.Word
}

func TestStaffAreToldOneOfTwoWordsWhicheverListItIs(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, ilan, mara := h.add("Wren", access.Client), h.add("Ilan", access.Client), h.add("Mara", access.Guide)
		robin := h.add("Robin") // a visitor: no space, no list
		if got := h.word(wren, ilan, mara, robin); got != circle.Clear {
			t.Errorf("nobody has listed anybody: %q", got)
		}
		h.lists(wren, named("Reis, M."), circle.Entry{Kind: circle.Place, Name: "Hospital de Santa Maria"})
		h.lists(ilan, named("Robin"))
		h.ok(h.People.SaveIdentity(h.as(ilan), people.Identity{Name: "Ilan Goren", Works: []string{"Santa Maria"}}))
		h.ok(h.People.SaveIdentity(h.as(mara), people.Identity{Called: []string{"Mara Reis"}}))
		h.clock.Add(3 * time.Second)
		for _, c := range []struct {
			who   people.Person
			there []people.Person
			want  circle.Word
		}{
			{wren, []people.Person{robin}, circle.Clear},
			{wren, []people.Person{mara}, circle.TalkFirst}, // by their name in law
			{mara, []people.Person{wren}, circle.TalkFirst},
			{wren, []people.Person{robin, ilan}, circle.TalkFirst}, // by where they work
			{ilan, []people.Person{wren}, circle.TalkFirst},
			{robin, []people.Person{ilan}, circle.TalkFirst}, // the other's list names the new one
			{ilan, []people.Person{mara}, circle.Clear},
			{wren, []people.Person{wren}, circle.Clear},
		} {
			var there []db.ID
			for _, p := range c.there {
				there = append(there, p.ID)
			}
			for name, s := range map[string]*circle.Service{"here": h.Service, "in another program": h.other} {
				a, err := s.One(h.as(h.desk), circle.Meeting{Person: c.who.ID, There: there})
				if err != nil || a.Word != c.want {
					t.Errorf("%s, %s meets %v: %q, %v", name, c.who.Name, c.there, a.Word, err)
				}
			}
		}
	})
}

func TestTheListIsReadByItsClientAndByWhomTheyShowItTo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, ilan := h.add("Wren", access.Client), h.add("Ilan", access.Client)
		mara, owner := h.add("Mara", access.Guide), h.add("Leonor", access.Owner, access.Guide)
		h.lists(wren, circle.Entry{Kind: circle.Person, Name: "Sam Marlow", Why: "my supervisor"}, circle.Entry{Kind: circle.Place, Name: "The Harbour"})
		all, err := h.Mine(h.as(wren))
		if err != nil || len(all) != 2 || all[0].Name != "Sam Marlow" || all[0].Why != "my supervisor" {
			t.Errorf("their own: %+v, %v", all, err)
		}
		if all, err := h.Mine(h.as(ilan)); len(all) != 0 || err != nil {
			t.Errorf("another's own: %+v, %v", all, err)
		}
		closed := func(when string, all ...people.Person) {
			t.Helper()
			for _, p := range all {
				if got, err := h.Shown(h.as(p), wren.ID); !fault.Is(err, fault.Forbidden) || got != nil {
					t.Errorf("%s, %s reads %+v, %v", when, p.Name, got, err)
				}
			}
		}
		closed("at first", mara, owner, h.desk, ilan)
		if err := h.Show(h.as(wren), mara.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("shown to somebody who is not on the team: %v", err)
		}
		h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error { return h.People.Join(h.ctx, tx, wren.ID, mara.ID, owner.ID) }))
		h.ok(h.Show(h.as(wren), mara.ID))
		got, err := h.Shown(h.as(mara), wren.ID)
		if err != nil || len(got) != 2 || got[0].Name != "Sam Marlow" || got[0].Why != "" {
			t.Errorf("shown: %+v, %v", got, err)
		}
		closed("shown to Mara", owner, h.desk, ilan)
		h.ok(h.Show(h.as(wren), owner.ID))
		closed("shown to Leonor", mara, h.desk)
		h.ok(h.People.Unassign(h.as(owner), wren.ID, owner.ID, access.Guide))
		closed("off the team", owner)
		h.ok(h.Show(h.as(wren), mara.ID))
		h.ok(h.Hide(h.as(wren)))
		closed("taken back", mara)

		tr := &trail.Service{DB: d, Vault: h.Vault, Now: h.clock.Now}
		entries, err := tr.Of(h.as(wren), wren.ID, db.ID{}, 50)
		h.ok(err)
		var said []string
		for _, e := range entries {
			if e.Kind == "circle" {
				said = append(said, e.Line(true))
			}
		}
		slices.Reverse(said)
		want := []string{"changed your circle", "changed your circle", "showed your circle to one of your care team", "read your circle",
			"showed your circle to one of your care team", "showed your circle to one of your care team", "stopped showing your circle"}
		if !slices.Equal(said, want) {
			t.Errorf("the trail says %q", said)
		}
	})
}

func TestNobodyButTheClientWritesAList(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, owner := h.add("Wren", access.Client), h.add("Leonor", access.Owner)
		h.lists(wren, named("Sam Marlow"))
		mine, err := h.Mine(h.as(wren))
		h.ok(err)
		for _, ctx := range []context.Context{h.as(owner), h.as(h.desk), access.Holder(h.ctx, wren.ID), h.ctx} {
			for what, err := range map[string]error{"add": h.Add(ctx, named("Somebody")), "show": h.Show(ctx, owner.ID), "hide": h.Hide(ctx), "remove": h.Remove(ctx, mine[0].ID)} {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%+v may %s: %v", access.From(ctx), what, err)
				}
			}
		}
		ilan := h.add("Ilan", access.Client)
		h.ok(h.Remove(h.as(ilan), mine[0].ID)) // nothing of theirs
		if left, err := h.Mine(h.as(wren)); len(left) != 1 || err != nil {
			t.Errorf("another client took a name off: %+v, %v", left, err)
		}
		for field, e := range map[string]circle.Entry{"kind": {Name: "Sam"}, "name": {Kind: circle.Person, Name: "M."}, "why": {Kind: circle.Person, Name: "Sam", Why: string(bytes.Repeat([]byte("a"), 201))}} {
			if err := h.Add(h.as(wren), e); !fault.Is(err, fault.Invalid) || fault.Of(err).Fields[field] == "" {
				t.Errorf("%+v: %v", e, err)
			}
		}
		for range circle.MaxEntries - 1 {
			h.ok(h.Add(h.as(wren), named("Sam Marlow")))
		}
		if err := h.Add(h.as(wren), named("One More")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a list without an end: %v", err)
		}
		body, err := db.All(t.Context(), d.Reader(), db.Value[[]byte], `SELECT body FROM circle_entries`)
		h.ok(err)
		for _, b := range body {
			if bytes.Contains(b, []byte("Marlow")) {
				t.Error("a name lies in the clear")
			}
		}
	})
}

func TestWhatWasDecidedHoldsUntilAnythingAboutItChanges(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, ilan, mara := h.add("Wren", access.Client), h.add("Ilan", access.Client), h.add("Mara", access.Guide)
		h.lists(wren, named("Mara"))
		h.lists(ilan, named("Wren"))
		m := circle.Meeting{Object: db.NewID(), Person: wren.ID, There: []db.ID{mara.ID}}
		ask := func() circle.Answer {
			a, err := h.One(h.as(h.desk), m)
			h.ok(err)
			return a
		}
		decide := func(ctx context.Context, code circle.Code) error {
			a := ask()
			return h.DB.Write(ctx, func(tx *db.Tx) error { return h.Decide(ctx, tx, m, a, code) })
		}
		if a := ask(); !a.Open() {
			t.Errorf("%+v", a)
		}
		if err := decide(h.as(h.desk), "whatever"); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if err := decide(h.as(h.add("Tomé", access.Attendant)), circle.Stays); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an attendant decides: %v", err)
		}
		h.ok(decide(h.as(h.desk), circle.Talked))
		if a := ask(); a.Open() || a.Word != circle.TalkFirst || a.Decided.By != h.desk.ID || a.Decided.Code != circle.Talked || !a.Decided.At.Equal(h.clock.Now()) {
			t.Errorf("decided: %+v", a)
		}
		m.There = append(m.There, ilan.ID)
		if a := ask(); !a.Open() {
			t.Errorf("somebody else will be there: %+v", a)
		}
		if n, err := db.One(t.Context(), d.Reader(), db.Value[int], `SELECT COUNT(*) FROM trail_entries WHERE verb = 'decided' AND subject_id IS NULL`); n != 1 || err != nil {
			t.Errorf("decisions on the trail, on no client's: %d, %v", n, err)
		}
	})
}

func TestWhoMayNotArrangeMeetingsIsToldNothing(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	wren, attendant := h.add("Wren", access.Client), h.add("Tomé", access.Attendant)
	for _, p := range []people.Person{wren, attendant} {
		if _, err := h.Ask(h.as(p), circle.Meeting{Person: wren.ID, There: []db.ID{attendant.ID}}); !fault.Is(err, fault.Forbidden) || circle.May(h.as(p)) {
			t.Errorf("%s is told: %v", p.Name, err)
		}
	}
	if _, err := h.Ask(access.Holder(h.ctx, wren.ID)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a link is told: %v", err)
	}
}

// TestNamesCannotBeTriedOneAfterAnother: a colleague who adds invented people
// and looks for the word soon gets none.
func TestNamesCannotBeTriedOneAfterAnother(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	wren, known := h.add("Wren", access.Client), h.add("Robin")
	if h.word(known, wren) != circle.Clear {
		t.Fatal("not clear")
	}
	answered := 0
	for range 100 {
		if h.word(h.add("Somebody"), wren) != circle.Later {
			answered++
		}
	}
	if answered > 60 {
		t.Errorf("%d of 100 invented names had an answer", answered)
	}
	if got := h.word(known, wren); got != circle.Clear {
		t.Errorf("what was answered before is %q now", got)
	}
	h.clock.Add(2 * time.Minute)
	if got := h.word(h.add("Somebody"), wren); got != circle.Clear {
		t.Errorf("after a while: %q", got)
	}
}

// TestAListTellsItsClientOnlyWhatTheyWroteThemselves: no legal name of a
// colleague's and no other client can be found out by adding names.
func TestAListTellsItsClientOnlyWhatTheyWroteThemselves(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, ilan, mara := h.add("Wren", access.Client), h.add("Ilan", access.Client), h.add("Mara", access.Guide)
		h.ok(h.People.SaveIdentity(h.as(mara), people.Identity{Name: "Catarina Reis", Works: []string{"The Harbour"}}))
		h.lists(wren, named("Catarina Reis"), named("Ilan"), circle.Entry{Kind: circle.Place, Name: "The Harbour"})
		if got, err := h.Listed(h.as(wren), mara.ID, ilan.ID); len(got) != 0 || err != nil {
			t.Errorf("told of %v, %v", got, err)
		}
		h.lists(wren, named("Mara R."), named("Mara Reis"))
		if got, err := h.Listed(h.as(wren), mara.ID, ilan.ID); !slices.Equal(got, []db.ID{mara.ID}) || err != nil {
			t.Errorf("told of %v, %v", got, err)
		}
	})
}
