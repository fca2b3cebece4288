package settings

import (
	"context"
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
	"held/internal/mail"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// world is a practice with an owner and a coordinator.
type world struct {
	*Service
	db                 *db.DB
	clock              *testkit.Clock
	practice           db.ID
	owner, coordinator db.ID
	sent               []*mail.Message
	app                http.Handler
	as                 access.Actor
}

// Send makes the world the mail server of its letters.
func (w *world) Send(_ context.Context, m *mail.Message) error {
	w.sent = append(w.sent, m)
	return nil
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{db: d, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, w.clock.Now)
	w.practice = practice
	tr := &trail.Service{DB: d, Vault: v, Now: w.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: w.clock.Now}
	w.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Now: w.clock.Now, Base: "https://practice.example"}
	ctx := w.ctx(access.Actor{Via: access.System})
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := w.Found(ctx, tx, practice, New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		a, err := pe.Add(ctx, tx, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Owner, access.Guide}})
		if err != nil {
			return err
		}
		b, err := pe.Add(ctx, tx, people.Person{Name: "Benedita", Contact: "benedita@example.org", Roles: []access.Role{access.Coordinator}})
		w.owner, w.coordinator = a.ID, b.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(w.Base)
	app := &web.App{Log: slog.New(slog.DiscardHandler), Base: base, Now: w.clock.Now, Fault: refusal,
		Person: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				a := w.as
				a.Practice = w.practice
				next.ServeHTTP(rw, r.WithContext(access.With(r.Context(), a)))
			})
		}}
	app.Mount(w.Routes())
	w.app, w.as = app.Handler(), w.leonor()
	return w
}

func refusal(_ *http.Request, e *fault.Error) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		_, err := io.WriteString(out, templ.EscapeString(e.Sentence))
		return err
	})
}

func (w *world) ctx(a access.Actor) context.Context {
	a.Practice = w.practice
	return access.With(context.Background(), a)
}

func (w *world) leonor() access.Actor {
	return access.Actor{Person: w.owner, Roles: []access.Role{access.Owner, access.Guide}, Via: access.Session, Fresh: true}
}

func (w *world) benedita() access.Actor {
	return access.Actor{Person: w.coordinator, Roles: []access.Role{access.Coordinator}, Via: access.Session}
}

func (w *world) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.app.ServeHTTP(rec, r)
	return rec
}

// page parses an answer; every page has one h1, a title, and a label for each control.
func (w *world) page(t *testing.T, rec *httptest.ResponseRecorder, status int) *html.Node {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("answered %d, want %d: %s", rec.Code, status, rec.Body)
	}
	doc, err := html.Parse(strings.NewReader(rec.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	count, ids, labels := map[string]int{}, map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		count[n.Data]++
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("two elements have the id %q", id)
		} else {
			ids[id] = true
		}
	}
	if count["h1"] != 1 || count["title"] != 1 {
		t.Errorf("%d h1, %d titles", count["h1"], count["title"])
	}
	for n := range doc.Descendants() {
		if slices.Contains([]string{"input", "select", "textarea"}, n.Data) && attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
			t.Errorf("%s has no label", attr(n, "name"))
		}
	}
	return doc
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func said(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func named(doc *html.Node, name string) *html.Node {
	for n := range doc.Descendants() {
		if attr(n, "name") == name && n.Data != "meta" {
			return n
		}
	}
	return &html.Node{}
}

func practiceForm() url.Values {
	return url.Values{"name": {"Still Water"}, "tagline": {"A place"}, "city": {"Porto"}, "country": {"DE"}, "zone": {"Europe/Berlin"}, "lang": {"de"},
		"reply_hours": {"on Tuesdays"}, "email": {"desk@example.org"}, "phone": {"+49 30 000"},
		"sender": {"Times"}, "entry": {"Meeting"}, "statement": {"TIMES"}}
}

func TestThePracticeIsChanged(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if rec := w.do("POST", "/desk/settings/practice/practice", practiceForm()); rec.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		for part, f := range map[string]url.Values{
			"discreet": practiceForm(), "colours": {"accent": {"plum"}}, "holidays": {"holidays": {"2026-12-25\r\n2026-12-24\n2026-12-24"}}, "reminders": {"reminders": {"3, 48 24"}},
			"policy": {"change_hours": {"12"}, "cancel_hours": {"48"}, "offer_hours": {"6"}},
		} {
			if rec := w.do("POST", "/desk/settings/practice/"+part, f); rec.Code != http.StatusSeeOther {
				t.Fatalf("%s: %d: %s", part, rec.Code, rec.Body)
			}
		}
		p, err := w.Get(w.ctx(w.leonor()))
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != "Still Water" || p.Country != "DE" || p.Zone != "Europe/Berlin" || p.Accent != "plum" || p.ChangeHours != 12 || p.CancelHours != 48 || p.OfferHours != 6 {
			t.Errorf("%+v", p)
		}
		if !slices.Equal(p.Reminders, []int{48, 24, 3}) || !slices.Equal(p.Holidays, []string{"2026-12-24", "2026-12-25"}) {
			t.Errorf("reminders %v, holidays %v", p.Reminders, p.Holidays)
		}
		doc := w.page(t, w.do("GET", "/desk/settings/practice?saved=policy", nil), http.StatusOK)
		for _, effect := range []string{
			"It is now Tuesday 3 March, 10:00 (Berlin)", "We read and answer on Tuesdays.", "From: Times <desk@example.org>", "“16:00 Meeting”", "On a bank statement a payment reads ‘TIMES’.", "Saved: Policy for changes",
			"An appointment on Thursday 12 March, 16:00 can be moved by its link until Thursday 12 March, 04:00.",
			"they go on Tuesday 10 March, 16:00 and on Wednesday 11 March, 16:00 and on Thursday 12 March, 13:00",
			"Nobody can be booked on Thursday 24 December 2026, Friday 25 December 2026.", "shows the numbers for Germany first",
		} {
			if !strings.Contains(said(doc), effect) {
				t.Errorf("the page does not say %q", effect)
			}
		}
	})
}

func TestRefusedSettingsKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for _, c := range []struct{ part, field, typed string }{
		{"practice", "name", "  "}, {"practice", "name", strings.Repeat("long ", 30)}, {"practice", "zone", "Mars/Olympus"}, {"practice", "zone", ""},
		{"practice", "email", "nowhere"}, {"practice", "lang", "the usual"}, {"practice", "reply_hours", ""}, {"practice", "country", "deu"},
		{"holidays", "holidays", "Christmas"}, {"holidays", "holidays", "2026-02-30"}, {"reminders", "reminders", "soon"}, {"reminders", "reminders", "0"},
		{"reminders", "reminders", "1,2,3,4,5,6"}, {"policy", "change_hours", "-1"}, {"policy", "offer_hours", "many"}, {"colours", "accent", "red"},
		{"discreet", "sender", "A\r\nBcc: x@example.org"}, {"discreet", "sender", ""}, {"discreet", "entry", ""}, {"discreet", "statement", "TWENTY-THREE CHARACTERS"},
		{"discreet", "sender", "Slack Water"}, {"discreet", "sender", "Your therapist"}, {"discreet", "entry", "KAP session"}, {"discreet", "statement", "KETAMINE PRACTICE"},
	} {
		f := practiceForm()
		f.Set("change_hours", "5")
		f.Set("cancel_hours", "5")
		f.Set("offer_hours", "5")
		f.Set(c.field, c.typed)
		rec := w.do("POST", "/desk/settings/practice/"+c.part, f)
		doc := w.page(t, rec, http.StatusUnprocessableEntity)
		n := named(doc, c.field)
		if c.field != "accent" && attr(n, "aria-invalid") != "true" {
			t.Errorf("%s %q is not marked", c.field, c.typed)
		}
		kept := attr(n, "value")
		switch {
		case n.Data == "textarea":
			kept = said(n)
		case n.Data == "select" || c.field == "accent" || strings.Contains(c.typed, "\n"):
			kept = c.typed
		}
		if kept != c.typed {
			t.Errorf("%s %q came back as %q", c.field, c.typed, kept)
		}
		if c.part == "practice" && attr(named(doc, "tagline"), "value") != "A place" {
			t.Errorf("%s: the other fields are lost", c.field)
		}
	}
	p, err := w.Get(w.ctx(w.leonor()))
	if err != nil || p.Name != "Slack Water" {
		t.Errorf("something was changed: %+v (%v)", p, err)
	}
	if rec := w.do("POST", "/desk/settings/practice/nothing", practiceForm()); rec.Code != http.StatusNotFound {
		t.Errorf("an unknown part answers %d", rec.Code)
	}
}

// TestTwoWhoChangeDifferentThings: neither undoes the other.
func TestTwoWhoChangeDifferentThings(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		errs := make(chan error)
		for i := range 8 {
			go func() {
				errs <- w.Change(w.ctx(w.leonor()), func(p *Practice) error {
					p.Holidays = append(p.Holidays, "2026-12-0"+string(rune('1'+i)))
					return nil
				})
			}()
		}
		for range 8 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if p, err := w.Get(w.ctx(w.leonor())); err != nil || len(p.Holidays) != 8 {
			t.Errorf("%d of 8 changes are there (%v)", len(p.Holidays), err)
		}
	})
}

func TestAnotherCountry(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	f := practiceForm()
	f.Set("country", "")
	f.Set("other_country", "mt")
	if rec := w.do("POST", "/desk/settings/practice/practice", f); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	doc := w.page(t, w.do("GET", "/desk/settings/practice", nil), http.StatusOK)
	if attr(named(doc, "other_country"), "value") != "MT" || !strings.Contains(said(doc), "Held has no crisis lines for this country") {
		t.Error("a country without lines is not shown as it is")
	}
}

func TestWhoSeesTheSettings(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.Places = []Place{{"Saved answers", "Text for answers that are often needed.", "/desk/settings/answers", access.Read, access.Articles}}
	owner := said(w.page(t, w.do("GET", "/desk/settings", nil), http.StatusOK))
	for _, p := range append(places, w.Places...) {
		if !strings.Contains(owner, p.Title) {
			t.Errorf("%s is not on the overview", p.Title)
		}
	}
	w.as = w.benedita()
	if got := said(w.page(t, w.do("GET", "/desk/settings", nil), http.StatusOK)); strings.Contains(got, "Saved answers") || !strings.Contains(got, "Offerings") {
		t.Error("the coordinator's overview is not theirs")
	}
	doc := w.page(t, w.do("GET", "/desk/settings/practice", nil), http.StatusOK)
	if named(doc, "zone").Data != "" || !strings.Contains(said(doc), "Slack Water") {
		t.Error("who may only read gets a form, or nothing")
	}
	if got := said(w.page(t, w.do("GET", "/desk/settings/people", nil), http.StatusOK)); strings.Contains(got, "Leonor") {
		t.Error("the coordinator sees the list of roles")
	}
	for path, want := range map[string]int{"/desk/settings/practice/colours": 403, "/desk/settings/people/" + w.owner.String(): 403} {
		if rec := w.do("POST", path, practiceForm()); rec.Code != want {
			t.Errorf("POST %s answers %d", path, rec.Code)
		}
	}
	for _, err := range []error{
		w.Save(w.ctx(w.benedita()), Practice{}), w.SetRoles(w.ctx(w.benedita()), w.coordinator, []access.Role{access.Owner}),
	} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("allowed: %v", err)
		}
	}
	w.as = access.Actor{Via: access.Public}
	if rec := w.do("GET", "/desk/settings", nil); rec.Code != http.StatusSeeOther {
		t.Errorf("a visitor gets %d", rec.Code)
	}
}
