package invitation

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// world is a practice with an owner, a prescriber and a coordinator.
type world struct {
	*Service
	clock                          *testkit.Clock
	practice                       db.ID
	owner, prescriber, coordinator db.ID
	app                            http.Handler
	as                             access.Actor // whoever asks by HTTP
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, w.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: w.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: w.clock.Now}
	se := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: w.clock.Now, Base: "https://practice.example"}
	w.practice = practice
	w.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: se, Now: w.clock.Now}
	ctx := w.ctx(access.Actor{Via: access.System})
	err := d.Write(ctx, func(tx *db.Tx) error {
		st := settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")
		st.City, st.ReplyHours = "Lisbon", "from Monday to Friday"
		if err := se.Found(ctx, tx, practice, st); err != nil {
			return err
		}
		for name, at := range map[string]*db.ID{"Leonor": &w.owner, "Amadeu": &w.prescriber, "Benedita": &w.coordinator} {
			role := map[string][]access.Role{"Leonor": {access.Owner, access.Guide}, "Amadeu": {access.Prescriber}, "Benedita": {access.Coordinator}}[name]
			p, err := pe.Add(ctx, tx, people.Person{Name: name, Contact: strings.ToLower(name) + "@example.org", Zone: "Europe/Lisbon", Roles: role})
			if err != nil {
				return err
			}
			*at = p.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(se.Base)
	app := &web.App{Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Base: base, Now: w.clock.Now, Fault: faultPage,
		Person: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(rw, r.WithContext(w.ctxIn(r.Context(), w.as)))
			})
		}}
	app.Mount(w.Routes())
	w.app = app.Handler()
	w.as = access.Actor{Via: access.Public}
	return w
}

func faultPage(_ *http.Request, e *fault.Error) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		_, err := io.WriteString(out, "<!doctype html><title>Refused</title><h1>Refused</h1><p>"+templ.EscapeString(e.Sentence))
		return err
	})
}

func (w *world) ctxIn(ctx context.Context, a access.Actor) context.Context {
	a.Practice = w.practice
	return access.With(ctx, a)
}

func (w *world) ctx(a access.Actor) context.Context { return w.ctxIn(context.Background(), a) }

func (w *world) leonor() access.Actor {
	return access.Actor{Person: w.owner, Roles: []access.Role{access.Owner, access.Guide}, Via: access.Session}
}

func (w *world) amadeu() access.Actor {
	return access.Actor{Person: w.prescriber, Roles: []access.Role{access.Prescriber}, Via: access.Session}
}

func (w *world) benedita() access.Actor {
	return access.Actor{Person: w.coordinator, Roles: []access.Role{access.Coordinator}, Via: access.Session}
}

func (w *world) asOwner() context.Context { return w.ctx(w.leonor()) }

func (w *world) get(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, http.MethodGet, path, nil, headers...)
}

func (w *world) post(t *testing.T, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, http.MethodPost, path, form)
}

func (w *world) do(t *testing.T, method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.app.ServeHTTP(rec, r)
	return rec
}

// page parses an answer and holds what every page must have.
func (w *world) page(t *testing.T, rec *httptest.ResponseRecorder, status int) *html.Node {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("answered %d, want %d: %s", rec.Code, status, rec.Body)
	}
	doc, err := html.Parse(strings.NewReader(rec.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(all(doc, "h1")); n != 1 {
		t.Errorf("%d h1 on the page", n)
	}
	if titles := all(doc, "title"); len(titles) != 1 || said(titles[0]) == "" {
		t.Error("the page has no title")
	}
	ids := map[string]bool{}
	walk(doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("two elements have the id %q", id)
		} else {
			ids[id] = true
		}
		if attr(n, "style") != "" || n.Data == "script" && n.FirstChild != nil {
			t.Errorf("something is inline: %s", n.Data)
		}
	})
	return doc
}

func walk(n *html.Node, see func(*html.Node)) {
	if n.Type == html.ElementNode {
		see(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, see)
	}
}

func all(n *html.Node, tag string) (out []*html.Node) {
	walk(n, func(n *html.Node) {
		if n.Data == tag {
			out = append(out, n)
		}
	})
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// named finds the control of a form by its name.
func named(n *html.Node, name string) (out *html.Node) {
	walk(n, func(n *html.Node) {
		if attr(n, "name") == name && n.Data != "meta" {
			out = n
		}
	})
	return out
}

func said(n *html.Node) string {
	var b strings.Builder
	var in func(*html.Node)
	in = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			in(c)
		}
	}
	in(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func source(t *testing.T, n *html.Node) string {
	t.Helper()
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func link(doc *html.Node, words string) string {
	for _, a := range all(doc, "a") {
		if said(a) == words {
			return attr(a, "href")
		}
	}
	return ""
}

// written publishes an article and gives its id.
func (w *world) written(t testing.TB, words Words) db.ID {
	t.Helper()
	id := db.NewID()
	if err := w.Publish(w.asOwner(), id, 0, words); err != nil {
		t.Fatal(err)
	}
	return id
}
