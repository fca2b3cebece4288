package identity_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/identity"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/trail"
)

// door is a whole way in: pages, sessions and the letters that are sent.
type door struct {
	*people.Service
	id    *identity.Service
	ctx   context.Context
	clock *testkit.Clock
	app   http.Handler
	sent  []*mail.Message
	log   *bytes.Buffer
	base  string
	// wants are refusals of what is posted to /guarded.
	wants func(a access.Actor) error
	took  url.Values // what /guarded took last
}

type whoAmI struct{}

func (whoAmI) Check(*http.Request) error { return nil }
func (whoAmI) String() string            { return "anyone" }

func newDoor(t *testing.T, d *db.DB, base string) *door {
	t.Helper()
	o := &door{log: &bytes.Buffer{}, clock: testkit.NewClock(testkit.Now), base: base}
	v, practice := testkit.Vault(t, d, o.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: o.clock.Now}
	o.Service = &people.Service{DB: d, Vault: v, Trail: tr, Now: o.clock.Now}
	o.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	log := slog.New(slog.NewTextHandler(o.log, nil))
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	box := &letters.Service{DB: d, Vault: v, Now: o.clock.Now, Log: log, Host: "held.example", Sender: o}
	sessions := people.NewSessions(o.Service, practice, u.Scheme == "https")
	o.id = &identity.Service{
		DB: d, Vault: v, Trail: tr, People: o.Service, Sessions: sessions, Letters: box, Base: base,
		Page: func(r *http.Request, title string) (ui.Page, error) {
			return ui.Page{Title: title, Path: r.URL.Path}, nil
		},
		From: func(context.Context) (string, string, error) { return "desk@held.example", "Appointments", nil },
	}
	o.id.RegisterLetters()
	app := &web.App{Log: log, Base: u, Now: o.clock.Now, Person: sessions.Middleware, Fault: func(r *http.Request, e *fault.Error) templ.Component {
		if c := o.id.Refused(ui.Page{}, r, e); c != nil {
			return c
		}
		return templ.Raw(e.Sentence)
	}}
	app.Mount(o.id.Routes(), []web.Route{
		{Pattern: "GET /who", Access: whoAmI{}, Handle: o.who}, {Pattern: "POST /who", Access: whoAmI{}, Handle: o.who},
		{Pattern: "GET /guarded", Access: access.SignedIn, Handle: o.guarded}, {Pattern: "POST /guarded", Access: access.SignedIn, Handle: o.guarded},
	})
	o.app = app.Handler()
	return o
}

func (o *door) who(w http.ResponseWriter, r *http.Request) error {
	a := access.From(r.Context())
	text := string(a.Via)
	for _, role := range a.Roles {
		text += " " + string(role)
	}
	if a.Strong {
		text += ", strong"
	}
	if a.Fresh {
		text += ", fresh"
	}
	return web.Render(w, r, 200, templ.Raw(text))
}

// guarded is something that wants more of whoever comes.
func (o *door) guarded(w http.ResponseWriter, r *http.Request) error {
	if o.wants != nil {
		if err := o.wants(access.From(r.Context())); err != nil {
			return err
		}
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	o.took = r.PostForm
	return web.Render(w, r, 200, templ.Raw("done"))
}

func (o *door) write(t *testing.T, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := o.DB.Write(o.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func (o *door) add(t *testing.T, name, contact string, roles ...access.Role) (p people.Person) {
	t.Helper()
	o.write(t, func(tx *db.Tx) (err error) {
		p, err = o.Add(o.ctx, tx, people.Person{Name: name, Contact: contact, Zone: "Europe/Lisbon", Roles: roles})
		return err
	})
	return p
}

// Send keeps a letter.
func (o *door) Send(_ context.Context, m *mail.Message) error { o.sent = append(o.sent, m); return nil }

// browser is somebody's browser: it keeps its cookies.
type browser struct {
	o       *door
	cookies map[string]string
}

func (o *door) browser() *browser { return &browser{o, map[string]string{}} }

func (b *browser) do(method, target string, form url.Values) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.o.app.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

func (b *browser) is(t *testing.T, want string) {
	t.Helper()
	if got := b.do("GET", "/who", nil).Body.String(); got != want {
		t.Errorf("is %q, want %q", got, want)
	}
}

// link makes a link for a person, as a path.
func (o *door) link(t *testing.T, p people.Person) string {
	t.Helper()
	l, err := o.id.Link(o.ctx, p, "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(l)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func (o *door) in(t *testing.T, p people.Person) *browser {
	t.Helper()
	b := o.browser()
	if w := b.do("POST", o.link(t, p), url.Values{}); w.Code != http.StatusSeeOther {
		t.Fatalf("signing in: %d %s", w.Code, w.Body)
	}
	return b
}

func rows(t *testing.T, o *door, table string) int64 {
	t.Helper()
	n, err := db.One(o.ctx, o.DB.Reader(), db.Value[int64], "SELECT COUNT(*) FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
