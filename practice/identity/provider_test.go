package identity_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/identity"
)

const clientSecret = "a secret of two programs"

// realProvider is an identity provider made of a provider's own library.
type realProvider struct {
	*storage.Storage
	server  *httptest.Server
	user    *storage.User
	methods []string // how its user signs in
}

func newRealProvider(t *testing.T, o *door) *realProvider {
	t.Helper()
	p := &realProvider{methods: []string{"pwd"}, user: &storage.User{ID: "u1", Username: "wren", Password: "open", Email: "Wren@example.org", EmailVerified: true}}
	p.Storage = storage.NewStorageWithClients(p, map[string]*storage.Client{
		"held": storage.WebClient("held", clientSecret, o.base+"/sign-in/provider/back"),
	})
	p.server = httptest.NewUnstartedServer(nil)
	issuer := "http://" + p.server.Listener.Addr().String()
	p.server.Config.Handler = exampleop.SetupServer(issuer, p, slog.New(slog.DiscardHandler), false)
	p.server.Start()
	t.Cleanup(p.server.Close)
	o.id.Provider = &identity.Provider{Issuer: issuer, Client: "held", Secret: clientSecret}
	o.clock.Add(time.Since(o.clock.Now())) // the provider's library goes by the wall clock
	return p
}

// The provider's people: there is one.
func (p *realProvider) GetUserByID(string) *storage.User       { return p.user }
func (p *realProvider) GetUserByUsername(string) *storage.User { return p.user }
func (p *realProvider) ExampleClientID() string                { return "service" }

type signedInBy struct {
	op.AuthRequest
	methods []string
}

func (s signedInBy) GetAMR() []string { return s.methods }

// AuthRequestByCode says how the user signed in.
func (p *realProvider) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	r, err := p.Storage.AuthRequestByCode(ctx, code)
	return signedInBy{r, p.methods}, err
}

// visit signs in at the provider and gives the address that it sends back to.
func (p *realProvider) visit(t *testing.T, at string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	step := func(r *http.Request, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		to, err := a.Location()
		if err != nil {
			body, _ := io.ReadAll(a.Body)
			t.Fatalf("%s: %s %s", r.URL, a.Status, body)
		}
		return to.String()
	}
	login, err := url.Parse(step(http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"username": {"wren"}, "password": {"open"}, "id": {login.Query().Get("authRequestID")}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.server.URL+"/login/username", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return step(http.NewRequestWithContext(t.Context(), http.MethodGet, step(r, nil), nil))
}

// setOut begins the way in by the provider.
func (b *browser) setOut(t *testing.T, query string) string {
	t.Helper()
	w := b.do("GET", "/sign-in/provider"+query, nil)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), b.o.id.Provider.Issuer) {
		t.Fatalf("%d %s %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return w.Header().Get("Location")
}

// through goes all the way, and gives the last answer.
func (p *realProvider) through(t *testing.T, b *browser, query string) *httptest.ResponseRecorder {
	t.Helper()
	return b.do("GET", p.visit(t, b.setOut(t, query)), nil)
}

func TestSomebodySignsInByThePracticesProvider(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		p := newRealProvider(t, o)
		o.add(t, "Wren", "wren@example.org", access.Guide)
		if page := o.browser().do("GET", "/sign-in?next=/desk/week", nil).Body.String(); !strings.Contains(page, "Sign in with 127.0.0.1") || !strings.Contains(page, "/sign-in/provider?next=%2Fdesk%2Fweek") || !strings.Contains(page, "Send me a link") {
			t.Error(page)
		}
		b := o.browser()
		w := p.through(t, b, "?next=/desk/week")
		if w.Code != 303 || w.Header().Get("Location") != "/desk/week" {
			t.Fatalf("%d to %s: %s %s", w.Code, w.Header().Get("Location"), w.Body, o.log)
		}
		b.is(t, "session guide") // a password alone proves no more than a link
		if err := o.id.Letters.Send(o.ctx); err != nil || len(o.sent) != 1 || !strings.Contains(o.sent[0].Text, "was linked to your sign-in") {
			t.Errorf("%+v, %v", o.sent, err)
		}
		if n := rows(t, o, "trail_entries WHERE kind = 'account' AND verb = 'linked'"); n != 1 {
			t.Errorf("%d lines on the trail", n)
		}
		p.user.Email, p.methods = "somebody@example.net", []string{"pwd", "otp"}
		if w := p.through(t, b, "?again=1"); w.Header().Get("Location") != "/desk" {
			t.Errorf("after the address has changed there: %d %s", w.Code, w.Body)
		}
		b.is(t, "session guide, strong, fresh")
		if n := rows(t, o, "identity_subjects"); n != 1 {
			t.Errorf("%d are linked", n)
		}
		if len(o.sent) != 1 || strings.Contains(o.log.String(), "example.org") {
			t.Errorf("%d letters, %s", len(o.sent), o.log)
		}
	})
}

func TestAPersonsAppIsAskedForAfterTheProvider(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		p := newRealProvider(t, o)
		wren, secret := o.add(t, "Wren", "wren@example.org", access.Guide), identity.NewSecret()
		o.write(t, func(tx *db.Tx) error { return o.id.KeepApp(o.ctx, tx, wren.ID, secret) })
		b := o.browser()
		if w := p.through(t, b, "?next=/desk/week"); w.Header().Get("Location") != "/sign-in/code?next=%2Fdesk%2Fweek" {
			t.Fatalf("%d to %s", w.Code, w.Header().Get("Location"))
		}
		b.is(t, "public")
		code, err := identity.CodeAt(secret, o.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if w := b.do("POST", "/sign-in/code", url.Values{"code": {code}, "next": {"/desk/week"}}); w.Header().Get("Location") != "/desk/week" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.is(t, "session guide, strong, fresh")
		if n := rows(t, o, "trail_entries WHERE why = 'provider and code'"); n != 1 {
			t.Errorf("the trail does not say by what they came: %d", n)
		}
	})
}

// TestAnAccountThatOpensNothingIsToldTheSame whether nobody here has its
// address, or the provider has not made sure of it, or there is none.
func TestAnAccountThatOpensNothingIsToldTheSame(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		p := newRealProvider(t, o)
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		o.add(t, "Robin", "robin@example.org") // is known, and does not sign in
		var answers []string
		try := func() {
			t.Helper()
			b := o.browser()
			w := p.through(t, b, "")
			if w.Code != http.StatusForbidden {
				t.Errorf("%+v: %d %s", p.user, w.Code, w.Body)
			}
			b.is(t, "public")
			answers = append(answers, w.Body.String())
		}
		for _, u := range []storage.User{{Email: "nobody@example.org", EmailVerified: true}, {Email: "wren@example.org"}, {EmailVerified: true}, {}, {Email: "robin@example.org", EmailVerified: true}} {
			p.user.Email, p.user.EmailVerified = u.Email, u.EmailVerified
			try()
		}
		p.user.Email, p.user.EmailVerified = "wren@example.org", true
		p.through(t, o.browser(), "")
		o.write(t, func(tx *db.Tx) error { return o.Revoke(o.ctx, tx, wren.ID, access.Guide) })
		try() // linked, and gone
		for _, a := range answers {
			if a != answers[0] || !strings.Contains(a, "opens nothing here") || !strings.Contains(a, "Send me a link") {
				t.Errorf("%s", a)
			}
		}
		sam := o.add(t, "Sam", "wren@example.org", access.Client) // the address is somebody else's now
		b := o.browser()
		p.through(t, b, "")
		b.is(t, "session client")
		if whose, err := db.One(o.ctx, d.Reader(), db.Value[db.ID], "SELECT person_id FROM identity_subjects"); err != nil || whose != sam.ID {
			t.Errorf("%v %v", whose, err)
		}
	})
}

func TestAnAnswerOfTheProviderFitsOneBrowserOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		p := newRealProvider(t, o)
		o.add(t, "Wren", "wren@example.org", access.Guide)
		const cookie = "__Host-held-provider"
		refused := func(what string, b *browser, back string) {
			t.Helper()
			if w := b.do("GET", back, nil); w.Code != http.StatusGone || !strings.Contains(w.Body.String(), "begin again") {
				t.Errorf("%s: %d %s", what, w.Code, w.Body)
			}
			b.is(t, "public")
		}
		attacker := o.browser()
		back := p.visit(t, attacker.setOut(t, ""))
		refused("a link that somebody else began", o.browser(), back)
		victim := o.browser()
		victim.setOut(t, "")
		refused("the same in a browser that has begun too", victim, back)
		forged := o.browser()
		forged.cookies[cookie] = attacker.cookies[cookie] + "x"
		refused("a cookie that was altered", forged, back)
		refused("another state", o.with(cookie, attacker.cookies[cookie]), strings.Replace(back, "state=", "state=x", 1))
		kept := attacker.cookies[cookie]
		if w := attacker.do("GET", back, nil); w.Code != 303 || attacker.cookies[cookie] != "" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		refused("once more, the cookie brought back", o.with(cookie, kept), back)
		late := o.browser()
		back = p.visit(t, late.setOut(t, ""))
		o.clock.Add(10 * time.Minute)
		refused("too late", late, back)
		o.clock.Add(time.Microsecond)
		if err := o.id.Sweep(o.ctx); err != nil || rows(t, o, "identity_ceremonies") != 0 {
			t.Errorf("%d used ways in are kept, %v", rows(t, o, "identity_ceremonies"), err)
		}
	})
}

// with is a browser that has a cookie.
func (o *door) with(name, value string) *browser {
	b := o.browser()
	b.cookies[name] = value
	return b
}

// TestACodeOfSomebodyElsesWayInIsNotTaken: the provider compares it with what
// only the browser that began has.
func TestACodeOfSomebodyElsesWayInIsNotTaken(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	p := newRealProvider(t, o)
	o.add(t, "Wren", "wren@example.org", access.Guide)
	theirs, err := url.Parse(p.visit(t, o.browser().setOut(t, "")))
	if err != nil {
		t.Fatal(err)
	}
	b := o.browser()
	own, err := url.Parse(p.visit(t, b.setOut(t, "")))
	if err != nil {
		t.Fatal(err)
	}
	q := own.Query()
	q.Set("code", theirs.Query().Get("code"))
	if w := b.do("GET", "/sign-in/provider/back?"+q.Encode(), nil); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "did not show who you are") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.is(t, "public")
	if log := o.log.String(); strings.Contains(log, theirs.Query().Get("code")) || strings.Contains(log, clientSecret) {
		t.Errorf("the log tells a secret: %s", log)
	}
}

// TestAProviderThatIsAwayKeepsNobodyOut who signs in another way, and is asked
// again when it is there.
func TestAProviderThatIsAwayKeepsNobodyOut(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	wren := o.add(t, "Wren", "wren@example.org", access.Guide)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answers := httptest.NewUnstartedServer(http.NotFoundHandler())
	answers.Listener.Close()
	answers.Listener = l
	issuer := "http://" + l.Addr().String()
	asked := 0
	answers.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			http.Error(w, "not yet", http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{"issuer":"`+issuer+`","authorization_endpoint":"`+issuer+`/auth","token_endpoint":"`+issuer+`/token","jwks_uri":"`+issuer+`/keys"}`)
	})
	answers.Start()
	defer answers.Close()
	o.id.Provider = &identity.Provider{Issuer: issuer, Client: "held", Secret: clientSecret}
	for range 3 {
		if w := o.browser().do("GET", "/sign-in/provider", nil); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "does not answer") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if asked != 1 {
		t.Errorf("it was asked %d times at one moment", asked)
	}
	o.in(t, wren).is(t, "session guide")
	o.clock.Add(15 * time.Second)
	o.browser().setOut(t, "")
	if asked != 2 {
		t.Errorf("it was asked %d times", asked)
	}
}

func TestAPracticeWithoutAProviderOffersNone(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	if page := o.browser().do("GET", "/sign-in", nil).Body.String(); strings.Contains(page, "Sign in with ") && strings.Contains(page, "/sign-in/provider") {
		t.Error(page)
	}
	for _, path := range []string{"/sign-in/provider", "/sign-in/provider/back?state=x&code=y"} {
		if w := o.browser().do("GET", path, nil); w.Code != http.StatusNotFound || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
