package settings

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

func TestRolesAreChanged(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		path := "/desk/settings/people/" + w.coordinator.String()
		w.page(t, w.do("GET", path, nil), http.StatusOK)
		if rec := w.do("POST", path, url.Values{"role": {"guide"}}); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		if p, err := w.People.Get(w.ctx(w.leonor()), d.Reader(), w.coordinator); err != nil || !slices.Equal(p.Roles, []access.Role{access.Guide}) {
			t.Errorf("roles %v (%v)", p.Roles, err)
		}
		if rec := w.do("POST", path, nil); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		if rec := w.do("GET", path, nil); rec.Code != http.StatusNotFound {
			t.Errorf("somebody who left answers %d", rec.Code)
		}
		// The address is free to come back.
		ctx := w.ctx(w.leonor())
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := w.People.Add(ctx, tx, people.Person{Name: "Benedita", Contact: "Benedita@example.org", Roles: []access.Role{access.Coordinator}})
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTheLastOwnerStays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.ctx(w.leonor())
		doc := w.page(t, w.do("POST", "/desk/settings/people/"+w.owner.String(), url.Values{"role": {"guide"}}), http.StatusUnprocessableEntity)
		if !strings.Contains(said(doc), "Somebody has to own the practice") {
			t.Error("the refusal is not explained")
		}
		if err := w.SetRoles(ctx, w.coordinator, []access.Role{access.Owner}); err != nil {
			t.Fatal(err)
		}
		// Two owners let each other go at the same moment: one stays.
		errs := make(chan error)
		for _, who := range []db.ID{w.owner, w.coordinator} {
			go func() { errs <- w.SetRoles(ctx, who, []access.Role{access.Guide}) }()
		}
		a, b := <-errs, <-errs
		if (a == nil) == (b == nil) || a != nil && !fault.Is(a, fault.Invalid) || b != nil && !fault.Is(b, fault.Invalid) {
			t.Errorf("of two owners, both or none could go: %v, %v", a, b)
		}
		w.clock.Add(freshEnough)
		staff, err := w.Staff(ctx)
		if err != nil {
			t.Fatal(err)
		}
		owners := 0
		for _, c := range staff {
			if slices.Contains(c.Roles, access.Owner) {
				owners++
			}
		}
		if owners != 1 {
			t.Errorf("%d owners are left", owners)
		}
	})
}

// freshEnough is past what another process's change may go unseen.
const freshEnough = 2 * seenFor

// Inviting and changing roles ask for a fresh proof, and the way to it is the
// button: an owner who came in a while ago must still find it.
func TestAnOwnerFindsWhatAsksForAFreshProof(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		stale := w.leonor()
		stale.Fresh = false
		w.as = stale
		if got := said(w.page(t, w.do("GET", "/desk/settings/people", nil), http.StatusOK)); !strings.Contains(got, "Invite somebody to work here") {
			t.Errorf("no way to invite: %s", got)
		}
		if got := said(w.page(t, w.do("GET", "/desk/settings/people/"+w.coordinator.String(), nil), http.StatusOK)); !strings.Contains(got, "Save") {
			t.Errorf("no way to change roles: %s", got)
		}
	})
}
