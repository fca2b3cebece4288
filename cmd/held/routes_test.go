package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/mailbox"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

var update = flag.Bool("update", false, "write the golden files anew")

// openDemo opens the invented practice in this process, without its workers,
// and answers for it.
func openDemo(t *testing.T) (*house, *browser) {
	t.Helper()
	h, _ := openInvented(t)
	if err := h.equip(h.system(t.Context())); err != nil {
		t.Fatal(err)
	}
	box, err := mailbox.Listen(":0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	h.app.Mount((&demoPages{house: h, box: box}).routes())
	return h, site(t, h)
}

// callers are everybody who may knock, from the one who may least. The client
// is the one whose things stand in the addresses; the others' relation to that
// client is in their names: on the care team, or with the record opened for a
// stated reason, or neither.
var callers = []access.Role{
	"nobody", anotherClient, access.Client, access.Attendant, access.Coordinator, access.Prescriber, access.Guide, access.Owner,
	teamGuide, teamPrescriber, teamAttendant, glassGuide, weakGuide,
}

const (
	anotherClient  access.Role = "client 2"
	teamGuide      access.Role = "guide+team"
	teamPrescriber access.Role = "presc+team"
	teamAttendant  access.Role = "att+team"
	glassGuide     access.Role = "guide+glass"
	weakGuide      access.Role = "guide+link" // on the team, and signed in by a link alone
)

// extra are callers whom the demo practice does not have, with their role.
var extra = map[access.Role]access.Role{
	anotherClient: access.Client, access.Attendant: access.Attendant, access.Prescriber: access.Prescriber, access.Guide: access.Guide,
	teamGuide: access.Guide, teamPrescriber: access.Prescriber, teamAttendant: access.Attendant, glassGuide: access.Guide, weakGuide: access.Guide,
}

// knocker knocks on every door as everybody.
type knocker struct {
	t       *testing.T
	h       *house
	base    string
	ids     map[string]string // what stands in an address for {…}, by what stands before it
	actors  map[access.Role]access.Actor
	browser map[access.Role]*browser
}

func newKnocker(t *testing.T) *knocker {
	t.Helper()
	h, b := openDemo(t)
	k := &knocker{t: t, h: h, base: b.base, ids: map[string]string{}, actors: map[access.Role]access.Actor{}, browser: map[access.Role]*browser{}}
	ctx := h.as(t.Context(), access.Operator)
	for as, email := range map[access.Role]string{access.Owner: "leonor@example.org", access.Coordinator: "benedita@example.org", access.Client: "ilan@example.org"} {
		p, err := h.people.ByEmail(ctx, email)
		if err != nil {
			t.Fatal(err)
		}
		k.comes(as, p)
	}
	for as, role := range extra {
		p := people.Person{Name: "Only a " + string(as), Contact: strings.NewReplacer(" ", "-", "+", "-").Replace(string(as)) + "@example.org", Zone: "Europe/Lisbon", Roles: []access.Role{role}}
		err := h.db.Write(ctx, func(tx *db.Tx) (err error) {
			p, err = h.people.Add(ctx, tx, p)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		k.comes(as, p)
	}
	k.actors["nobody"] = access.Actor{Practice: h.practice, Via: access.Public}
	client := k.actors[access.Client].Person
	for _, as := range []access.Role{teamGuide, teamPrescriber, teamAttendant, weakGuide} {
		if err := h.people.Assign(ctx, client, k.actors[as].Person, extra[as]); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.people.Break(access.With(ctx, k.actors[glassGuide]), client, access.Covering, "Knocking on every door."); err != nil {
		t.Fatal(err)
	}
	k.find(ctx)
	return k
}

func (k *knocker) comes(as access.Role, p people.Person) {
	k.actors[as] = access.Actor{Practice: k.h.practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: as != weakGuide, Fresh: as != weakGuide}
}

// find picks real things to stand in addresses.
func (k *knocker) find(ctx context.Context) {
	k.t.Helper()
	one := func(query string, args ...any) string {
		id, err := db.One(ctx, k.h.db.Reader(), db.Value[db.ID], query, args...)
		if err != nil {
			k.t.Fatal(query, err)
		}
		return id.String()
	}
	appointment, err := db.ParseID(one(`SELECT id FROM calendar_appointments WHERE client_id = $1 ORDER BY id DESC LIMIT 1`, k.actors[access.Client].Person))
	if err != nil {
		k.t.Fatal(err)
	}
	rooms, err := k.h.calendar.Rooms(ctx)
	if err != nil || len(rooms) == 0 {
		k.t.Fatal(rooms, err)
	}
	question := one(`SELECT id FROM inquiry_threads WHERE state = 'closed' ORDER BY id LIMIT 1`)
	err = k.h.db.Write(ctx, func(tx *db.Tx) error { // as if it had been turned into the client's inquiry
		_, err := tx.Exec(ctx, `UPDATE inquiry_threads SET person_id = $1 WHERE practice_id = $2 AND id = $3`, k.actors[access.Client].Person, k.h.practice, mustID(k.t, question))
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	medicine := ""
	times, err := k.h.calendar.OfClient(ctx, k.actors[access.Client].Person)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, a := range times {
		if of, err := k.h.preparation.Of(ctx, a); err == nil && of {
			medicine = a.ID.String()
		}
	}
	articles := newBrowser(k.t, k.base).page("/articles")
	k.ids = map[string]string{
		"/book/": "consultation", "/desk/settings/pages/": "how", "/desk/settings/practice/": "practice",
		"/desk/people/":             k.actors[access.Client].Person.String(),
		"/desk/settings/people/":    k.actors[access.Owner].Person.String(),
		"/desk/appointments/":       appointment.String(),
		"/desk/groups/":             one(`SELECT id FROM calendar_groups ORDER BY id LIMIT 1`),
		"/desk/screening/":          k.actors[access.Client].Person.String(),
		"/desk/questions/":          one(`SELECT id FROM inquiry_threads WHERE charge_id = $1 ORDER BY id LIMIT 1`, k.actors[access.Owner].Person),
		"/desk/inquiries/":          one(`SELECT person_id FROM inquiry_cards ORDER BY person_id LIMIT 1`),
		"/desk/articles/":           one(`SELECT id FROM invitation_articles ORDER BY id LIMIT 1`),
		"/desk/consent/":            one(`SELECT id FROM consent_documents ORDER BY id LIMIT 1`),
		"/space/consent/":           one(`SELECT document_id FROM consent_records WHERE client_id = $1 AND act = 'signed' ORDER BY seq LIMIT 1`, k.actors[access.Client].Person),
		"/desk/settings/offerings/": one(`SELECT id FROM calendar_offerings ORDER BY id LIMIT 1`),
		"/desk/settings/rooms/":     rooms[0].ID.String(),
		"/space/questions/":         question,
		"/appointments/":            strings.TrimPrefix(k.h.inquiry.AppointmentLink(ctx, appointment), k.h.base+"/appointments/"),
		"/desk/notes/":              one(`SELECT id FROM notes_record WHERE client_id = $1 AND state = 'signed' AND of_id IS NULL AND held_code = '' LIMIT 1`, k.actors[access.Client].Person),
		"/space/notes/":             one(`SELECT id FROM notes_record WHERE client_id = $1 AND state = 'signed' AND of_id IS NULL AND held_code = '' LIMIT 1`, k.actors[access.Client].Person),
		"/room/":                    medicine,
		"/articles/":                strings.TrimPrefix(newest(k.t, articles, regexp.MustCompile(`^/articles/[a-z-]+$`)), "/articles/"),
	}
}

func mustID(t *testing.T, s string) db.ID {
	t.Helper()
	id, err := db.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// looks are readings that are asked for by a button.
var looks = []string{"POST /desk/people/{id}/contact", "POST /desk/appointments/{id}/note"}

var blank = regexp.MustCompile(`\{[a-z]+\}`)

// address makes a route's pattern into an address. A change is asked for of
// nothing that exists: who may come in is answered before that is noticed.
func (k *knocker) address(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	reads := method == http.MethodGet || slices.Contains(looks, pattern)
	path = strings.TrimSuffix(path, "{$}")
	return method, blank.ReplaceAllStringFunc(path, func(word string) string {
		before, _, _ := strings.Cut(path, word)
		switch real := k.ids[before]; {
		case reads && real != "", word == "{part}", word == "{page}", word == "{offering}":
			return real
		case word == "{id}":
			return db.RandomID().String()
		}
		return "forged"
	})
}

// knock asks for a route as somebody; a change is sent in a form that no page sends.
func (k *knocker) knock(as access.Role, pattern, accept string, extra ...string) answer {
	k.t.Helper()
	method, path := k.address(pattern)
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader("not a form")
	}
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.base+path, body)
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	for i := 0; i < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "text/plain")
	}
	b := k.as(as)
	if strings.Contains(pattern, "/sign-out") {
		delete(k.browser, as)
	}
	a, err := b.do(r)
	return b.must(a, err)
}

// as is a browser in which somebody is signed in.
func (k *knocker) as(as access.Role) *browser {
	k.t.Helper()
	if b := k.browser[as]; b != nil {
		return b
	}
	b := newBrowser(k.t, k.base)
	switch {
	case as == "nobody":
	case extra[as] == "":
		b.signIn(string(as))
	default: // no persona is one alone
		k.signIn(b, k.actors[as])
	}
	k.browser[as] = b
	return b
}

// signIn begins a session as if its person had shown all that the actor has.
func (k *knocker) signIn(b *browser, a access.Actor) {
	k.t.Helper()
	ctx := k.h.as(k.t.Context(), access.Operator)
	site, err := url.Parse(k.base)
	if err != nil {
		k.t.Fatal(err)
	}
	var ticket people.Ticket
	err = k.h.db.Write(ctx, func(tx *db.Tx) error {
		p, err := k.h.people.Get(ctx, tx, a.Person)
		if err != nil {
			return err
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, k.base+"/sign-in", nil)
		ticket, err = k.h.sessions.Begin(ctx, tx, r, p, people.Proof{How: "link", Strong: a.Strong, Fresh: a.Fresh})
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	k.h.sessions.Hand(rec, ticket)
	b.http.Jar.SetCookies(site, rec.Result().Cookies())
}

// word is what a caller got, in a word.
func word(a answer) string {
	for door, what := range map[string]string{"/sign-in?next=": "sign-in", "/account/second?next=": "second", "/account/confirm?next=": "confirm"} {
		if a.status == http.StatusSeeOther && strings.HasPrefix(a.location(), door) {
			return what
		}
	}
	return strconv.Itoa(a.status)
}

// TestTheDoors knocks on every route as everybody and compares with
// testdata/routes.golden, which a person reads. -update writes it anew.
func TestTheDoors(t *testing.T) {
	t.Parallel()
	k := newKnocker(t)
	var b strings.Builder
	fmt.Fprintf(&b, "%-62s %-16s", "route", "open to")
	for _, as := range callers {
		fmt.Fprintf(&b, " %-11s", as)
	}
	for _, r := range sortedRoutes(k.h.app) {
		fmt.Fprintf(&b, "\n%-62s %-16s", r.Pattern, r.Access)
		for _, as := range callers {
			a := k.knock(as, r.Pattern, "text/html")
			fmt.Fprintf(&b, " %-11s", word(a))
			k.agrees(r, as, a)
			if _, path, _ := strings.Cut(r.Pattern, " "); strings.HasPrefix(path, "/desk") && (as == access.Client || as == anotherClient) && a.status != http.StatusForbidden {
				t.Errorf("%s answers a client with %s: the desk is not theirs, not even about themselves", r.Pattern, word(a))
			}
		}
	}
	got := regexp.MustCompile(` +(\n|$)`).ReplaceAllString(b.String()+"\n", "$1")
	file := filepath.Join("testdata", "routes.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		write(t, file, got)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for line := range strings.Lines(got) {
		if line = strings.TrimSuffix(line, "\n"); !slices.Contains(wanted, line) {
			t.Errorf("now:  %s", line)
		}
	}
	for _, line := range wanted {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("then: %s", line)
		}
	}
}

func sortedRoutes(app *web.App) []web.Route {
	all := slices.Clone(app.Routes())
	key := func(r web.Route) string {
		method, path, _ := strings.Cut(r.Pattern, " ")
		return path + " " + method
	}
	slices.SortFunc(all, func(a, b web.Route) int { return strings.Compare(key(a), key(b)) })
	return all
}

// agrees holds an answer against the route's rule, whatever the golden file says.
func (k *knocker) agrees(r web.Route, as access.Role, a answer) {
	k.t.Helper()
	req, err := http.NewRequestWithContext(access.With(k.t.Context(), k.actors[as]), http.MethodGet, "/", nil)
	if err != nil {
		k.t.Fatal(err)
	}
	open := r.Access.Check(req) == nil
	closed := slices.Contains([]string{"sign-in", "second", "confirm"}, word(a)) || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	switch {
	case a.status >= 500:
		k.t.Errorf("%s as %s: %d\n%s", r.Pattern, as, a.status, words(a.body))
	case !open && !closed:
		k.t.Errorf("%s is closed to %s by its rule, and answers %d", r.Pattern, as, a.status)
	case open && closed && a.status != http.StatusForbidden && word(a) != "second":
		k.t.Errorf("%s is open to %s by its rule, and asks to sign in", r.Pattern, as)
	case as == "nobody" && !open:
		want := "401"
		if strings.HasPrefix(r.Pattern, "GET ") {
			want = "sign-in"
		}
		if j := k.knock(as, r.Pattern, "application/json"); word(a) != want || j.status != http.StatusUnauthorized {
			k.t.Errorf("%s as nobody: %s for a page, %s as JSON; want %s, 401", r.Pattern, word(a), word(j), want)
		}
	}
}

// Staff's and clients' pages are open to nobody else, by their addresses alone.
func TestNothingBehindTheDoorIsOpenToNobody(t *testing.T) {
	t.Parallel()
	k := newKnocker(t)
	for _, r := range k.h.app.Routes() {
		_, path, _ := strings.Cut(r.Pattern, " ")
		a := k.knock("nobody", r.Pattern, "text/html")
		if open := word(a) != "sign-in" && a.status != http.StatusUnauthorized; open && (strings.HasPrefix(path, "/desk") || strings.HasPrefix(path, "/space") || strings.HasPrefix(path, "/account")) {
			t.Errorf("%s answers %d to nobody", r.Pattern, a.status)
		}
		if c := k.knock(access.Client, r.Pattern, "text/html"); strings.HasPrefix(path, "/desk") && c.status != http.StatusForbidden {
			t.Errorf("%s answers %d to a client", r.Pattern, c.status)
		}
	}
}

// A change that another site's page asks for is done for nobody.
func TestNoChangeIsTakenFromAnotherSite(t *testing.T) {
	t.Parallel()
	k := newKnocker(t)
	for _, r := range k.h.app.Routes() {
		if strings.HasPrefix(r.Pattern, "GET ") {
			continue
		}
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
			if a := k.knock(access.Owner, r.Pattern, "text/html", header...); a.status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", r.Pattern, header, a.status)
			}
		}
	}
}

// What is mounted beside the routes tells nothing and asks nobody.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		b := site(t, p.founded().house(wall, io.Discard))
		for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
			if a := b.get(path); a.status != http.StatusOK || a.body != want {
				t.Errorf("%s: %d %q", path, a.status, a.body)
			}
		}
		if a := b.get("/metrics"); a.status != http.StatusNotFound {
			t.Errorf("the figures are shown to everybody: %d", a.status)
		}
	})
}

// Some doors are ajar, because somebody may do it with what is theirs. Behind
// them the thing itself is asked about.
func TestBehindADoorThatIsAjarTheThingItselfDecides(t *testing.T) {
	t.Parallel()
	k := newKnocker(t)
	id := func(as access.Role) string { return k.actors[as].Person.String() }
	question := "/desk/questions/" + k.ids["/desk/questions/"]
	for _, c := range []struct {
		as    access.Role
		path  string
		pairs []string
		want  int
	}{
		{access.Attendant, "/desk/questions/saved", []string{"title", "T", "text", "T"}, http.StatusForbidden},
		{access.Coordinator, "/desk/questions/saved", []string{"title", "T", "text", "T"}, http.StatusForbidden},
		{access.Coordinator, question + "/answer", []string{"text", "T", "seen", "1"}, http.StatusForbidden},
		{access.Attendant, question + "/charge", []string{"charge", id(access.Attendant)}, http.StatusForbidden},
		{access.Coordinator, question + "/state", []string{"to", "closed"}, http.StatusForbidden},
		{access.Attendant, "/desk/settings/hours/away", []string{"person", id(access.Owner), "from_day", "2026-07-01", "to_day", "2026-07-02"}, http.StatusForbidden},
		{access.Attendant, "/desk/settings/hours/away", []string{"person", id(access.Attendant), "from_day", "2026-07-01", "to_day", "2026-07-02"}, http.StatusSeeOther},
		{access.Prescriber, "/desk/settings/hours/override", []string{"person", id(access.Owner), "date", "2026-07-01", "hours", "closed"}, http.StatusForbidden},
		{access.Prescriber, "/desk/settings/hours/override", []string{"person", id(access.Prescriber), "date", "2026-07-01", "hours", "closed"}, http.StatusSeeOther},
		{access.Coordinator, "/desk/settings/hours/override", []string{"person", id(access.Owner), "date", "2026-07-01", "hours", "closed"}, http.StatusSeeOther},
		{access.Prescriber, "/desk/settings/people/" + id(access.Owner) + "/profile", []string{"line", "T"}, http.StatusForbidden},
	} {
		b := k.as(c.as)
		if a := b.post(c.path, c.pairs...); a.status != c.want {
			t.Errorf("POST %s %v as %s: %d, want %d\n%s", c.path, c.pairs, c.as, a.status, c.want, words(a.body))
		}
	}
	if a := k.as(access.Owner).post(question+"/charge", "charge", id(access.Coordinator)); a.status != http.StatusSeeOther {
		t.Fatalf("putting the coordinator in charge: %d", a.status)
	}
	k.as(access.Coordinator).page(question)
	if a := k.as(access.Attendant).get(question); a.status != http.StatusForbidden {
		t.Errorf("the attendant reads what the coordinator is in charge of: %d", a.status)
	}
}
