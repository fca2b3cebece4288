package keeping_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
	"held/practice/people"
	"held/practice/trail"
)

// house keeps people and one sealed line about each of them.
type house struct {
	t testing.TB
	*keeping.Service
	ctx      context.Context // the program itself
	practice db.ID
	clock    *testkit.Clock
	last     map[db.ID]time.Time // of their last appointment
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
	h := &house{t: t, practice: practice, clock: clock, last: map[db.ID]time.Time{}}
	h.Service = &keeping.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: clock.Now,
		Seen: func(_ context.Context, person db.ID) (time.Time, error) { return h.last[person], nil }}
	h.Hold(
		keeping.Holding{Class: vault.Contact, Name: "you", Title: "You", Erase: pe.Erase},
		keeping.Holding{Class: vault.Clinical, Name: "care", Title: "Care"},
	)
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// kept is somebody, with a line about their care as it lies in the database.
type kept struct {
	people.Person
	sealed []byte
}

func (k kept) field(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: k.ID, Class: vault.Clinical, Row: k.ID, Column: "care.line"}
}

func (h *house) client(name string) (k kept) {
	h.t.Helper()
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		if k.Person, err = h.People.Add(h.ctx, tx, people.Person{Name: name, Contact: name + "@example.org", Roles: []access.Role{access.Client}}); err != nil {
			return err
		}
		k.sealed, err = h.Vault.Seal(h.ctx, tx, k.field(h.practice), "slept badly since "+name)
		return err
	}))
	return k
}

func (h *house) as(p people.Person, fresh bool, roles ...access.Role) context.Context {
	return access.With(h.ctx, access.Actor{Practice: h.practice, Person: p.ID, Roles: roles, Via: access.Session, Fresh: fresh})
}

func (h *house) owner() context.Context {
	return h.as(people.Person{ID: db.NewID()}, true, access.Owner)
}

// stands says what is left of somebody.
func (h *house) stands(k kept) (name, care bool) {
	h.t.Helper()
	p, err := h.People.Get(h.ctx, h.DB.Reader(), k.ID)
	h.must(err)
	_, err = h.Vault.Open(h.ctx, h.DB.Reader(), k.field(h.practice), k.sealed)
	if err != nil && !errors.Is(err, vault.ErrErased) {
		h.t.Fatal(err)
	}
	return p.Name == k.Name && p.Contact == k.Contact && p.Has(access.Client), err == nil
}

func (h *house) want(when string, k kept, name, care bool) {
	h.t.Helper()
	if n, c := h.stands(k); n != name || c != care {
		h.t.Errorf("%s, of %s: name kept %v (want %v), care kept %v (want %v)", when, k.Name, n, name, c, care)
	}
}

func TestWhatCanGoGoesAtOnceAndWhatMustStayStaysItsTime(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.must(h.Set(h.owner(), keeping.Period{Class: vault.Clinical, Months: 24, Duty: true}))
		wren, robin := h.client("wren"), h.client("robin")
		h.last[wren.ID] = testkit.Now.AddDate(0, 0, -10)
		if _, err := h.Ask(h.as(wren.Person, false, access.Client), wren.ID); !fault.Is(err, fault.Confirm) {
			t.Errorf("erased without showing again who asks: %v", err)
		}
		if _, err := h.Ask(h.as(robin.Person, true, access.Client), wren.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("one client erases another: %v", err)
		}
		h.want("before", wren, true, true)
		fates, err := h.Ask(h.as(wren.Person, true, access.Client), wren.ID)
		h.must(err)
		if len(fates) != 2 || !fates[0].Until.IsZero() || !fates[1].Until.Equal(testkit.Now.AddDate(0, 24, 0)) {
			t.Errorf("told %+v", fates)
		}
		h.want("at once", wren, false, true)
		h.want("at once", robin, true, true)
		h.must(h.Run(h.ctx))
		h.want("that night", wren, false, true)
		h.clock.Add(24*31*24*time.Hour + time.Hour)
		h.must(h.Run(h.ctx))
		h.want("two years later", wren, false, false)
		if _, err := h.People.ByEmail(h.ctx, "wren@example.org"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an erased address still signs in: %v", err)
		}
	})
}

func TestNobodyIsErasedBeforeATimeThatIsKeptForThem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		wren := h.client("wren")
		h.last[wren.ID] = testkit.Now.Add(time.Hour)
		if _, err := h.Ask(h.as(wren.Person, true, access.Client), wren.ID); !fault.Is(err, fault.Invalid) {
			t.Errorf("asked with a time ahead: %v", err)
		}
		h.want("with a time ahead", wren, true, true)
	})
}

func TestAPeriodErasesWhoeverWasNotHereForSoLong(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		quiet, back, chosen := h.client("quiet"), h.client("back"), h.client("chosen")
		h.must(h.Run(h.ctx)) // nothing is set, so nothing goes
		h.must(h.Set(h.owner(), keeping.Period{Class: vault.Contact, Months: 12}))
		h.last[back.ID] = testkit.Now.AddDate(0, 6, 0)
		h.clock.Add(11 * 30 * 24 * time.Hour)
		h.must(h.Run(h.ctx))
		h.want("before it ends", quiet, true, true)

		period := func() keeping.Period {
			all, err := h.Periods(h.ctx, d.Reader())
			h.must(err)
			return all[0]
		}
		coming, err := h.Coming(h.owner(), period(), h.clock.Now().Add(60*24*time.Hour))
		h.must(err)
		if len(coming) != 2 {
			t.Errorf("the preview shows %+v", coming)
		}
		h.must(h.Longer(h.owner(), chosen.ID, vault.Contact))
		h.clock.Add(60 * 24 * time.Hour)
		h.must(h.Run(h.ctx))
		h.want("when it has ended", quiet, false, true)
		h.want("who was here since", back, true, true)
		h.want("who was chosen to be kept longer", chosen, true, true)
		h.clock.Add(400 * 24 * time.Hour)
		h.must(h.Run(h.ctx))
		h.want("later", back, false, true)
		h.want("a year later", chosen, false, true)
	})
}

// TestManyWhoCameAtOnceAreAllSeenTo: a list is read in parts, and nobody
// falls between two of them, not even people of one instant.
func TestManyWhoCameAtOnceAreAllSeenTo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var all []kept
		for range 120 {
			all = append(all, h.client("somebody"+db.NewID().String()))
		}
		h.must(h.Set(h.owner(), keeping.Period{Class: vault.Contact, Months: 1}))
		h.clock.Add(40 * 24 * time.Hour)
		h.must(h.Run(h.ctx))
		for _, k := range all {
			h.want("all", k, false, true)
		}
	})
}

func TestAPeriodIsCheckedBeforeItIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for _, p := range []keeping.Period{
			{Class: vault.Contact, Months: -1}, {Class: vault.Contact, Months: keeping.MaxMonths + 1}, {Class: vault.Contact, Duty: true},
		} {
			if err := h.Set(h.owner(), p); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", p, err)
			}
		}
		if err := h.Set(h.owner(), keeping.Period{Class: "diary", Months: 3}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a class that is not kept: %v", err)
		}
		if err := h.Set(h.as(people.Person{ID: db.NewID()}, true, access.Guide), keeping.Period{Class: vault.Contact, Months: 3}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide sets a period: %v", err)
		}
	})
}
