package calendar_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/circle"
	"held/practice/people"
)

// desk is a house whose pages can be asked for, with somebody in each role.
type desk struct {
	*house
	people *people.Service
	circle *circle.Service
	app    http.Handler
	routes []web.Route
	staff  map[access.Role]db.ID
}

func newDesk(t testing.TB, d *db.DB) *desk {
	t.Helper()
	k := &desk{house: newHouse(t, d), staff: map[access.Role]db.ID{}}
	k.people = &people.Service{DB: d, Vault: k.Vault, Trail: k.Trail, Now: k.clock.Now}
	k.Settings.People = k.people
	k.circle = &circle.Service{DB: d, Vault: k.Vault, Trail: k.Trail, People: k.people, Now: k.clock.Now}
	pages := &Pages{DB: d, Calendar: k.Service, People: k.people, Settings: k.Settings, Trail: k.Trail, Circle: k.circle, Now: k.clock.Now}
	app := &web.App{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: k.clock.Now, Person: k.enter,
		Fault: func(_ *http.Request, e *fault.Error) templ.Component { return templ.Raw("<h1>" + e.Sentence + "</h1>") },
	}
	k.routes = pages.Routes()
	app.Mount(k.routes)
	k.app = app.Handler()
	for role, name := range map[access.Role]string{access.Owner: "Marta", access.Prescriber: "Ines", access.Attendant: "Tomas", access.Coordinator: "Alba", access.Guide: "Rui"} {
		k.staff[role] = k.add(people.Person{Name: name, Zone: "Europe/Lisbon", Roles: []access.Role{role}})
	}
	return k
}

func (k *desk) add(p people.Person) (id db.ID) {
	k.t.Helper()
	k.must(k.db.Write(k.owner, func(tx *db.Tx) error {
		var err error
		p, err = k.people.Add(k.owner, tx, p)
		return err
	}))
	return p.ID
}

// enter signs in whoever the test says is asking.
func (k *desk) enter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := access.Actor{Practice: k.practice, Via: access.Public}
		if role := access.Role(r.Header.Get("As")); role != "" {
			a = access.Actor{Practice: k.practice, Person: k.staff[role], Roles: []access.Role{role}, Via: access.Session, Strong: true, Fresh: true, Cares: func(db.ID) access.Care { return access.Care{As: access.Roles} }}
		}
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), a)))
	})
}

// hoursOf gives somebody the same hours every day of the week.
func (k *desk) hoursOf(id db.ID, zone, hours string) {
	k.t.Helper()
	h := Hours{Person: id, Zone: zone}
	for i := range h.Week {
		h.Week[i] = hours
	}
	k.must(k.SaveHours(k.owner, h))
}

// consultation is held by the owner, from nine to five in Lisbon.
func (k *desk) consultation(change func(*Offering)) Offering {
	k.t.Helper()
	k.hoursOf(k.staff[access.Owner], "Europe/Lisbon", "09:00–17:00")
	return k.offering(func(o *Offering) {
		o.Hosts = []db.ID{k.staff[access.Owner]}
		change(o)
	})
}

func plain(*Offering) {}

// page is an answer, parsed.
type page struct {
	*node
	status   int
	location string
}

func (k *desk) get(as access.Role, path string) page { return k.ask(as, http.MethodGet, path, nil) }

func (k *desk) post(as access.Role, path string, form url.Values) page {
	return k.ask(as, http.MethodPost, path, form)
}

func (k *desk) ask(as access.Role, method, path string, form url.Values) page {
	k.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("As", string(as))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	k.app.ServeHTTP(w, r)
	doc, err := html.Parse(w.Body)
	k.must(err)
	p := page{&node{doc}, w.Code, w.Header().Get("Location")}
	if w.Code == http.StatusOK || w.Code == http.StatusUnprocessableEntity || w.Code == http.StatusConflict {
		k.wellMade(method+" "+path, p)
	}
	return p
}

// shown is a page that must come.
func (k *desk) shown(as access.Role, path string) page {
	k.t.Helper()
	p := k.get(as, path)
	if p.status != http.StatusOK {
		k.t.Fatalf("%s answers %d: %s", path, p.status, p.text())
	}
	return p
}

// done is a form that must be taken; it gives the page that follows.
func (k *desk) done(as access.Role, path string, form url.Values) page {
	k.t.Helper()
	p := k.post(as, path, form)
	if p.status != http.StatusSeeOther {
		k.t.Fatalf("%s answers %d: %s", path, p.status, p.problems())
	}
	to, _, _ := strings.Cut(p.location, "#")
	return k.shown(as, to)
}

// again is a form that must be shown again with this status.
func (k *desk) again(status int, as access.Role, path string, form url.Values) page {
	k.t.Helper()
	p := k.post(as, path, form)
	if p.status != status {
		k.t.Fatalf("%s answers %d, want %d: %s", path, p.status, status, p.text())
	}
	return p
}

// wellMade holds what is true of every page.
func (k *desk) wellMade(what string, p page) {
	k.t.Helper()
	if n := len(p.all("h1")); n != 1 {
		k.t.Errorf("%s has %d h1", what, n)
	}
	ids, labelled := map[string]bool{}, map[string]bool{}
	for _, l := range p.all("label") {
		labelled[l.attr("for")] = true
	}
	for n := range p.walk() {
		if id := n.attr("id"); id != "" {
			if ids[id] {
				k.t.Errorf("%s has the id %s twice", what, id)
			}
			ids[id] = true
		}
		if n.attr("style") != "" || strings.HasPrefix(n.attr("href"), "javascript:") {
			k.t.Errorf("%s carries a style or script", what)
		}
		if slices.Contains([]string{"input", "select", "textarea"}, n.Data) && n.attr("type") != "hidden" && !labelled[n.attr("id")] {
			k.t.Errorf("%s: %s has no label", what, n.attr("name"))
		}
	}
	for n := range p.walk() {
		for _, name := range []string{"aria-describedby", "aria-labelledby"} {
			for id := range strings.FieldsSeq(n.attr(name)) {
				if !ids[id] {
					k.t.Errorf("%s: nothing has the id %s", what, id)
				}
			}
		}
		if to, here := strings.CutPrefix(n.attr("href"), "#"); here && !ids[to] {
			k.t.Errorf("%s: nothing is at #%s", what, to)
		}
	}
}

// trailed counts what the trail keeps of a kind.
func (k *desk) trailed(verb, kind string) (n int64) {
	k.t.Helper()
	n, err := db.One(k.t.Context(), k.db.Reader(), db.Value[int64], "SELECT COUNT(*) FROM trail_entries WHERE verb = $1 AND kind = $2", verb, kind)
	k.must(err)
	return n
}

func TestNobodyComesInWithoutARole(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		for _, r := range k.routes {
			method, path, _ := strings.Cut(r.Pattern, " ")
			p := k.ask("", method, strings.ReplaceAll(path, "{id}", db.NewID().String()), nil)
			if p.status != http.StatusSeeOther && p.status != http.StatusUnauthorized {
				t.Errorf("%s lets a visitor in: %d", r.Pattern, p.status)
			}
		}
	})
}

func TestAnAttendantReadsAndChangesNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		a := k.booked(o, at(5, 10, 0), func(b *Booking) { b.Client = k.add(people.Person{Name: "Wren"}) })
		someone := url.Values{"person": {k.staff[access.Owner].String()}, "zone": {"Europe/Lisbon"}}
		for _, r := range k.routes {
			method, path, _ := strings.Cut(r.Pattern, " ")
			if method == http.MethodPost {
				if p := k.post(access.Attendant, strings.ReplaceAll(path, "{id}", a.ID.String()), someone); p.status != http.StatusForbidden {
					t.Errorf("%s answers an attendant with %d", r.Pattern, p.status)
				}
			}
		}
		for _, path := range []string{"/desk/week?from=2026-03-02", "/desk/appointments/" + a.ID.String()} {
			p := k.shown(access.Attendant, path)
			p.has(t, "Wren")
			for _, f := range p.all("form") {
				if f.attr("method") == "post" && f.attr("action") != "/sign-out" {
					t.Errorf("%s has a form to %s", path, f.attr("action"))
				}
			}
		}
	})
}
