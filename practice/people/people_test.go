package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// house is the people of one practice, and a second program on the same database.
type house struct {
	*people.Service
	other *people.Service
	ctx   context.Context
	clock *testkit.Clock
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	service := func() *people.Service {
		return &people.Service{DB: d, Vault: v, Trail: &trail.Service{DB: d, Vault: v, Now: clock.Now}, Now: clock.Now}
	}
	return &house{service(), service(), access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator}), clock}
}

func (h *house) write(t *testing.T, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := h.DB.Write(h.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func (h *house) add(t *testing.T, name, contact string, roles ...access.Role) (p people.Person) {
	t.Helper()
	h.write(t, func(tx *db.Tx) (err error) {
		p, err = h.Add(h.ctx, tx, people.Person{Name: name, Contact: contact, Roles: roles})
		return err
	})
	return p
}

func names[C people.Card | *people.Card](t *testing.T, cards []C, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range cards {
		switch c := any(c).(type) {
		case people.Card:
			out = append(out, c.Name)
		case *people.Card:
			out = append(out, c.Name)
		}
	}
	return strings.Join(out, ", ")
}

func TestAPersonIsKeptAsTheyAre(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		p := h.add(t, "Wren Ó Súilleabháin", "Wren@Example.org", access.Guide, access.Owner)
		got, err := h.Get(h.ctx, d.Reader(), p.ID)
		if err != nil || got.Name != p.Name || got.Contact != p.Contact || got.Discretion != people.Neutral || !got.Made.Equal(testkit.Now) ||
			!got.Has(access.Owner) || !got.Has(access.Guide) || !got.Staff() || got.Email() != "Wren@example.org" {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := h.Get(h.ctx, d.Reader(), db.NewID()); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		found, err := h.ByEmail(h.ctx, "wren@EXAMPLE.org")
		if err != nil || found.ID != p.ID {
			t.Errorf("%+v, %v", found, err)
		}
		if v := h.add(t, "Sam", "+351 912 345 678"); v.Email() != "" || v.Staff() {
			t.Errorf("%+v", v)
		}
	})
}

func TestPeopleAreFoundWhateverCaseAndAccents(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	for _, n := range []string{"Émile Zöe", "Łukasz Ćwik", "Søren", "Anne-Marie Weiß", "zoe", "O'Brien", "İpek", "山田"} {
		h.add(t, n, "")
	}
	for query, want := range map[string]string{
		"zoe": "Émile Zöe, zoe", "ZÖE em": "Émile Zöe", "lukasz": "Łukasz Ćwik", "cw": "Łukasz Ćwik", "soren": "Søren", "søren": "Søren",
		"marie": "Anne-Marie Weiß", "anne-marie": "Anne-Marie Weiß", "weiss": "Anne-Marie Weiß", "o'b": "O'Brien", "ipek": "İpek", "山": "山田",
		"oe": "", "%": "", "_": "", "arie": "", "nobody": "",
	} {
		cards, err := h.Find(h.ctx, query, 10)
		if got := names(t, cards, err); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	if cards, err := h.Find(h.ctx, "", 3); len(cards) != 3 || err != nil {
		t.Errorf("%d, %v", len(cards), err)
	}
	all, err := h.Cards(h.ctx)
	if got := names(t, all, err); got != "Anne-Marie Weiß, Émile Zöe, İpek, Łukasz Ćwik, O'Brien, Søren, zoe, 山田" {
		t.Errorf("sorted as %s", got)
	}
}

func TestTheDirectorySeesItsOwnChangesAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if got, err := h.Cards(h.ctx); len(got) != 0 || err != nil {
			t.Errorf("%v, %v", got, err)
		}
		p := h.add(t, "Wren", "") // a visitor: no role
		// The clock does not move: several changes share an instant.
		steps := []struct {
			change func(tx *db.Tx) error
			is     func(c people.Card) bool
		}{
			{func(tx *db.Tx) error { return h.SetStep(h.ctx, tx, p.ID, "consultation") }, func(c people.Card) bool { return c.Step == "consultation" }},
			{func(tx *db.Tx) error { return h.SetStep(h.ctx, tx, p.ID, "screening") }, func(c people.Card) bool { return c.Step == "screening" }},
			{func(tx *db.Tx) error { return h.SetDiscretion(h.ctx, tx, p.ID, people.Silent) }, func(c people.Card) bool { return c.Discretion == people.Silent }},
			{func(tx *db.Tx) error { return h.Grant(h.ctx, tx, p, access.Guide) }, func(c people.Card) bool { return c.Staff() }},
			{func(tx *db.Tx) error { return h.Revoke(h.ctx, tx, p.ID, access.Guide) }, func(c people.Card) bool { return !c.Staff() && c.Name == "Wren" }},
		}
		if n, err := h.Names(h.ctx, p.ID); n[p.ID] != "Wren" || err != nil {
			t.Errorf("a new visitor is %q, %v", n[p.ID], err)
		}
		for i, s := range steps {
			h.write(t, s.change)
			if c, err := h.Card(h.ctx, p.ID); err != nil || !s.is(c) {
				t.Errorf("after change %d: %+v, %v", i, c, err)
			}
		}
	})
}

func TestTheDirectorySeesAnotherProgramsChanges(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren, sam := h.add(t, "Wren", ""), h.add(t, "Sam", "")
		see := func(want string) {
			t.Helper()
			h.clock.Add(2 * time.Second)
			c, err := h.other.Cards(h.ctx)
			if got := names(t, c, err); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		see("Sam, Wren")
		h.add(t, "Robin", "")
		see("Robin, Sam, Wren")
		h.clock.Add(72 * time.Hour)
		see("Robin, Sam, Wren")
		h.write(t, func(tx *db.Tx) error { return h.SetStep(h.ctx, tx, sam.ID, "consultation") })
		see("Robin, Sam, Wren")
		if c, _ := h.other.Card(h.ctx, sam.ID); c.Step != "consultation" {
			t.Errorf("%+v", c)
		}
		h.write(t, func(tx *db.Tx) error { return h.Grant(h.ctx, tx, wren, access.Guide) })
		see("Robin, Sam, Wren")
		if c, _ := h.other.Card(h.ctx, wren.ID); !slices.Equal(c.Roles, []access.Role{access.Guide}) {
			t.Errorf("%+v", c)
		}
		// A commit that was slower than its clock, and then a clock put back.
		slow := h.clock.Now().Add(-40 * time.Second)
		h.write(t, func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, "UPDATE people_persons SET step = 'late', changed_at = $1 WHERE id = $2", db.Micros(slow), sam.ID)
			return err
		})
		h.clock.Add(8 * time.Second) // ten together: so long may that be passed over
		see("Robin, Sam, Wren")
		if c, _ := h.other.Card(h.ctx, sam.ID); c.Step != "late" {
			t.Errorf("a slow commit was passed over: %+v", c)
		}
		h.clock.Add(-24 * time.Hour)
		h.add(t, "Yesterday", "")
		see("Robin, Sam, Wren, Yesterday")
	})
}

func TestAnErasedNameDoesNotStopTheList(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	gone := h.add(t, "Wren", "wren@example.org")
	h.add(t, "Sam", "")
	h.write(t, func(tx *db.Tx) error {
		return h.Vault.Erase(h.ctx, tx, access.From(h.ctx).Practice, gone.ID, vault.Contact)
	})
	cards, err := h.Cards(h.ctx)
	if got := names(t, cards, err); got != "Erased, Sam" {
		t.Errorf("%s", got)
	}
	if p, err := h.Get(h.ctx, h.DB.Reader(), gone.ID); err != nil || p.Name != "Erased" || p.Contact != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestTheDirectoryOfAnotherPractice(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	h.add(t, "Wren", "")
	if _, err := h.Cards(h.ctx); err != nil {
		t.Fatal(err)
	}
	elsewhere := access.With(h.ctx, access.Actor{Practice: db.NewID(), Via: access.System})
	cards, err := h.Cards(elsewhere)
	if got := names(t, cards, err); got != "" {
		t.Errorf("it holds %s", got)
	}
}

func TestManyReadAndChangeTheDirectory(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			name := fmt.Sprint("person ", i)
			err := h.DB.Write(h.ctx, func(tx *db.Tx) error { _, err := h.Add(h.ctx, tx, people.Person{Name: name}); return err })
			found, ferr := h.Find(h.ctx, name, 20)
			if err := errors.Join(err, ferr); err != nil || !slices.ContainsFunc(found, func(c people.Card) bool { return c.Name == name }) {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		})
	}
	all.Wait()
}

func TestAnAddressSignsInOnePerson(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren := h.add(t, "Wren", "wren@example.org", access.Guide)
		refused := func(contact string) {
			t.Helper()
			err := d.Write(h.ctx, func(tx *db.Tx) error {
				_, err := h.Add(h.ctx, tx, people.Person{Name: "Sam", Contact: contact, Roles: []access.Role{access.Client}})
				return err
			})
			if !fault.Is(err, fault.Invalid) || fault.Of(err).Fields["contact"] == "" {
				t.Errorf("%s: %v", contact, err)
			}
		}
		refused("wren@example.org")
		refused("WREN@example.ORG")
		if c, err := h.Cards(h.ctx); names(t, c, err) != "Wren" {
			t.Error("a refused person is there")
		}
		h.add(t, "A visitor", "wren@example.org") // who does not sign in may have it
		h.write(t, func(tx *db.Tx) error { return h.Grant(h.ctx, tx, wren, access.Guide) })
		h.write(t, func(tx *db.Tx) error { return h.Grant(h.ctx, tx, wren, access.Owner) })
		h.write(t, func(tx *db.Tx) error { return h.Revoke(h.ctx, tx, wren.ID, access.Guide) })
		refused("wren@example.org")
		h.write(t, func(tx *db.Tx) error { return h.Revoke(h.ctx, tx, wren.ID, access.Owner) })
		if _, err := h.ByEmail(h.ctx, "wren@example.org"); !fault.Is(err, fault.NotFound) {
			t.Errorf("who has no role any more still signs in: %v", err)
		}
		next := h.add(t, "Robin", "wren@example.org", access.Guide)
		if p, err := h.ByEmail(h.ctx, "wren@example.org"); err != nil || p.ID != next.ID {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestTwoAtOnceForOneAddress(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		const racers = 8
		var all sync.WaitGroup
		errs := make([]error, racers)
		for i := range racers {
			all.Go(func() {
				errs[i] = d.Write(h.ctx, func(tx *db.Tx) error {
					_, err := h.Add(h.ctx, tx, people.Person{Name: "Wren", Contact: "wren@example.org", Roles: []access.Role{access.Guide}})
					return err
				})
			})
		}
		all.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v", err)
			}
		}
		if in != 1 {
			t.Errorf("%d were let in", in)
		}
	})
}

func TestAVisitorWhoComesAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren := h.add(t, "Wren", "+351 912-345-678")
		h.add(t, "Guide", "guide@example.org", access.Guide)
		for _, c := range []struct {
			name, contact string
			same          bool
		}{
			{"wren", "+351912345678", true}, {"Sam", "+351912345678", false}, {"Wren", "+351912345679", false}, {"Wren", "", false},
			{"Guide", "guide@example.org", false}, // nobody becomes staff by typing their name
		} {
			var p people.Person
			var same bool
			h.write(t, func(tx *db.Tx) (err error) { p, same, err = h.Same(h.ctx, tx, c.name, c.contact); return err })
			if same != c.same || same && p.ID != wren.ID {
				t.Errorf("%s at %s: %v %v", c.name, c.contact, same, p.ID)
			}
		}
	})
}

func TestChangesAreOnTheTrailAndRefusedForNobody(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		p := h.add(t, "Wren", "wren@example.org", access.Guide)
		h.write(t, func(tx *db.Tx) error { return h.SetStep(h.ctx, tx, p.ID, "screening") })
		h.clock.Add(time.Second)
		h.write(t, func(tx *db.Tx) error { return h.Revoke(h.ctx, tx, p.ID, access.Guide) })
		entries, err := h.Trail.Of(h.ctx, p.ID, db.ID{}, 10)
		if err != nil || len(entries) != 3 || entries[0].Verb != "revoked" || entries[2].Verb != "granted" || entries[2].Why != "guide" || entries[0].Role != "operator" {
			t.Errorf("%+v, %v", entries, err)
		}
		err = d.Write(h.ctx, func(tx *db.Tx) error { return h.SetStep(h.ctx, tx, db.NewID(), "screening") })
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		err = d.Write(h.ctx, func(tx *db.Tx) error { return h.Grant(h.ctx, tx, p, "emperor") })
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}
