package inquiry

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
	"held/practice/circle"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// front is a practice with its question box, walked through over HTTP.
type front struct {
	*testing.T
	d     *db.DB
	s     *Service
	clock *testkit.Clock
	home  db.ID
	app   *web.App
	actor access.Actor
	from  string // X-Forwarded-For of what is sent
}

func newFront(t *testing.T, d *db.DB) *front {
	t.Helper()
	f := &front{T: t, d: d, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, f.clock.Now)
	f.home = practice
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	tr := &trail.Service{DB: d, Vault: v, Now: f.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: f.clock.Now}
	le := &letters.Service{DB: d, Vault: v, Now: f.clock.Now, Log: log, Host: "held.example"}
	se := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: f.clock.Now, Base: "https://held.example"}
	f.s = &Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: se, Circle: &circle.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: f.clock.Now}, Now: f.clock.Now, Base: "https://held.example", Log: log}
	f.s.questionLetters()
	f.write(func(ctx context.Context, tx *db.Tx) error {
		return se.Found(ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org"))
	})
	f.mount(log)
	f.stranger()
	return f
}

func (f *front) mount(log *slog.Logger) {
	f.app = &web.App{Log: log, Now: f.clock.Now,
		Person: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(access.With(r.Context(), f.actor)))
			})
		},
		Fault: func(_ *http.Request, e *fault.Error) templ.Component { return templ.Raw("<h1>" + e.Sentence + "</h1>") },
	}
	f.app.Mount(f.s.questionRoutes(), f.s.boardRoutes())
}

func (f *front) system() context.Context {
	return access.With(f.Context(), access.Actor{Practice: f.home, Via: access.System})
}

func (f *front) ctx() context.Context { return access.With(f.Context(), f.actor) }

func (f *front) write(fn func(ctx context.Context, tx *db.Tx) error) {
	f.Helper()
	if err := f.d.Write(f.system(), func(tx *db.Tx) error { return fn(f.system(), tx) }); err != nil {
		f.Fatal(err)
	}
}

func (f *front) stranger() { f.actor = access.Actor{Practice: f.home, Via: access.Public} }

// colleague adds somebody who works here and lets them sit at the desk.
func (f *front) colleague(name string, roles ...access.Role) access.Actor {
	f.Helper()
	var p people.Person
	f.write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = f.s.People.Add(ctx, tx, people.Person{Name: name, Contact: strings.ToLower(name) + "@example.org", Roles: roles})
		return err
	})
	f.actor = access.Actor{Practice: f.home, Person: p.ID, Roles: roles, Via: access.Session, Strong: true, Fresh: true}
	return f.actor
}

// page is an answer, parsed.
type page struct {
	*front
	status int
	header http.Header
	doc    *html.Node
}

func (f *front) get(path string) page { return f.send(httptest.NewRequest(http.MethodGet, path, nil)) }

// post sends a form, given as name, value, name, value.
func (f *front) post(path string, form ...string) page {
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return f.postRaw(path, v.Encode())
}

func (f *front) postRaw(path, body string) page {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.send(r)
}

func (f *front) send(r *http.Request) page {
	f.Helper()
	r.RemoteAddr = "127.0.0.1:4711"
	if f.from != "" {
		r.Header.Set("X-Forwarded-For", f.from)
	}
	w := httptest.NewRecorder()
	f.app.Handler().ServeHTTP(w, r)
	doc, err := html.Parse(w.Body)
	if err != nil {
		f.Fatal(err)
	}
	return page{f, w.Code, w.Header(), doc}
}

// is fails unless the page came with this status.
func (p page) is(status int) page {
	p.Helper()
	if p.status != status {
		p.Fatalf("status %d, want %d; the page says %q", p.status, status, p.text("h1"))
	}
	return p
}

// follow opens the page that a form's answer leads to.
func (p page) follow() page {
	p.Helper()
	return p.is(http.StatusSeeOther).get(p.header.Get("Location")).is(http.StatusOK)
}

// all finds elements by "tag", "tag.class", ".class" or "tag[name=value]", in
// the order of the page.
func (p page) all(selector string) []*html.Node {
	tag, rest := selector, ""
	if i := strings.IndexAny(selector, ".["); i >= 0 {
		tag, rest = selector[:i], selector[i:]
	}
	var out []*html.Node
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) && fits(n, rest) {
			out = append(out, n)
		}
	}
	return out
}

func fits(n *html.Node, rest string) bool {
	switch {
	case rest == "":
		return true
	case rest[0] == '.':
		for _, c := range strings.Fields(attr(n, "class")) {
			if c == rest[1:] {
				return true
			}
		}
		return false
	}
	name, value, _ := strings.Cut(strings.Trim(rest, "[]"), "=")
	return attr(n, name) == value
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func inner(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// text is what the first such element says, "" when there is none.
func (p page) text(selector string) string {
	if all := p.all(selector); len(all) > 0 {
		return inner(all[0])
	}
	return ""
}

// texts is what each such element says.
func (p page) texts(selector string) []string {
	var out []string
	for _, n := range p.all(selector) {
		out = append(out, inner(n))
	}
	return out
}

// value is what a field of this name holds.
func (p page) value(name string) string {
	found := p.all("[name=" + name + "]")
	switch {
	case len(found) == 0:
		return ""
	case found[0].Data == "textarea":
		return strings.TrimSpace(inner(found[0]))
	}
	return attr(found[0], "value")
}

// says fails unless such an element says exactly this.
func (p page) says(selector, want string) page {
	p.Helper()
	for _, got := range p.texts(selector) {
		if got == want {
			return p
		}
	}
	p.Fatalf("no %s says %q; they say %q", selector, want, p.texts(selector))
	return p
}

// lacks fails when such an element contains this.
func (p page) lacks(selector, part string) page {
	p.Helper()
	for _, got := range p.texts(selector) {
		if strings.Contains(got, part) {
			p.Fatalf("%s says %q", selector, got)
		}
	}
	return p
}

// rows counts what a query finds.
func (f *front) rows(query string, args ...any) int {
	f.Helper()
	n, err := db.One(f.Context(), f.d.Reader(), db.Value[int], query, args...)
	if err != nil {
		f.Fatal(err)
	}
	return n
}

// ask sends a question and gives the page with its code.
func (f *front) ask(text string) page {
	f.Helper()
	form := f.get("/questions").is(http.StatusOK)
	return f.post("/questions", "text", text, "once", form.value("once")).follow()
}
