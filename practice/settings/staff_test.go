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
)

func TestAPersonIsAddedAndInvited(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := url.Values{"name": {"Tomé"}, "email": {"tome@example.org"}, "role": {"attendant", "coordinator"}}
		if rec := w.do("POST", "/desk/settings/people", f); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		p, err := w.People.ByEmail(w.ctx(w.leonor()), "tome@example.org")
		if err != nil || !slices.Equal(p.Roles, []access.Role{access.Attendant, access.Coordinator}) {
			t.Fatalf("%+v (%v)", p, err)
		}
		doc := w.page(t, w.do("GET", "/desk/settings/people", nil), http.StatusOK)
		if !strings.Contains(said(doc), "ToméAttendant Coordinator") {
			t.Errorf("the list says %q", said(doc))
		}
		if err := w.Letters.Send(w.ctx(access.Actor{Via: access.System})); err != nil {
			t.Fatal(err)
		}
		if len(w.sent) != 1 {
			t.Fatalf("%d letters", len(w.sent))
		}
		m := w.sent[0]
		if m.To != "tome@example.org" || m.FromName != "Appointments" || !strings.Contains(m.Text, "https://practice.example/sign-in") {
			t.Errorf("%+v", m)
		}
		for _, word := range []string{"Slack Water", "ketamine", "therap", "attendant"} {
			if strings.Contains(strings.ToLower(m.Subject+m.Text), strings.ToLower(word)) {
				t.Errorf("the letter says %q", word)
			}
		}
		// Once more, by the button; a second press before it goes sends one letter.
		for range 2 {
			if rec := w.do("POST", "/desk/settings/people/"+p.ID.String()+"/invitation", nil); rec.Code != http.StatusSeeOther {
				t.Fatal(rec.Code)
			}
		}
		if err := w.Letters.Send(w.ctx(access.Actor{Via: access.System})); err != nil || len(w.sent) != 2 {
			t.Errorf("%d letters (%v)", len(w.sent), err)
		}
	})
}

func TestAddingIsRefusedKindly(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for field, f := range map[string]url.Values{
			"name":    {"name": {" "}, "email": {"a@example.org"}, "role": {"guide"}},
			"email":   {"name": {"A"}, "email": {"nowhere"}, "role": {"guide"}},
			"email ":  {"name": {"A"}, "email": {"benedita@example.org"}, "role": {"guide"}},
			"role":    {"name": {"A"}, "email": {"a@example.org"}},
			"role ":   {"name": {"A"}, "email": {"a@example.org"}, "role": {"client"}},
			"role  ":  {"name": {"A"}, "email": {"a@example.org"}, "role": {"king"}},
			"email  ": {"name": {"A"}, "email": {"a@example.org\r\nBcc: b@example.org"}, "role": {"guide"}},
		} {
			field = strings.TrimSpace(field)
			doc := w.page(t, w.do("POST", "/desk/settings/people", f), http.StatusUnprocessableEntity)
			if !strings.Contains(said(doc), "Please look at this again") {
				t.Errorf("%v is not explained", f)
			}
			if field != "role" && attr(named(doc, field), "aria-invalid") != "true" {
				t.Errorf("%v: %s is not marked", f, field)
			}
			if field != "name" && attr(named(doc, "name"), "value") != "A" {
				t.Errorf("%v: the name is lost", f)
			}
		}
		if staff, err := w.Staff(w.ctx(w.leonor())); err != nil || len(staff) != 2 {
			t.Errorf("%d people work here now (%v)", len(staff), err)
		}
	})
}

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
		if _, err := w.AddStaff(w.ctx(w.leonor()), Colleague{Name: "Benedita", Email: "Benedita@example.org", Roles: []access.Role{access.Coordinator}}); err != nil {
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
