package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"held/assets"
	"held/practice/access"
)

var protecting = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
		"require-trusted-types-for 'script'; trusted-types 'none'",
	"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
}

// Whatever is asked for, and however it is refused, the answer is protected.
func TestEveryKindOfAnswerIsProtected(t *testing.T) {
	k := newKnocker(t)
	link := "/appointments/" + k.ids["/appointments/"]
	style := assets.Path("site.css")
	const html, text, form = "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"
	for _, c := range []struct {
		method, path, body string
		header             []string
		status             int
		kind, cache        string
	}{
		{"GET", "/", "", nil, 200, html, "no-cache"},
		{"HEAD", "/", "", nil, 200, html, "no-cache"},
		{"GET", "/questions", "", nil, 200, html, "no-store"},
		{"GET", style, "", nil, 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"HEAD", style, "", nil, 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", style, "", []string{"Range", "bytes=0-9"}, 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", style, "", []string{"If-None-Match", "*"}, 304, "", "public, max-age=31536000, immutable"},
		{"GET", "/assets/", "", nil, 404, text, "no-store"},
		{"GET", "/assets/..%2fheld.db", "", nil, 404, text, "no-store"},
		{"GET", "/robots.txt", "", nil, 200, text, ""},
		{"GET", "/sitemap.xml", "", nil, 200, "application/xml; charset=utf-8", ""},
		{"GET", "/articles.atom", "", nil, 200, "application/atom+xml; charset=utf-8", ""},
		{"GET", "/favicon.ico", "", nil, 302, "", ""},
		{"GET", "/healthz", "", nil, 200, text, "no-store"},
		{"GET", "/readyz", "", nil, 200, text, "no-store"},
		{"GET", "/book/consultation/times?from=2026-12-03&days=3&zone=Europe/Lisbon", "", nil, 200, "application/json; charset=utf-8", "no-store"},
		{"GET", link, "", nil, 200, html, "no-store"},
		{"GET", link + "/appointment.ics", "", nil, 200, "text/calendar; charset=utf-8; method=", "no-store"},
		{"GET", "/demo/mail.json", "", nil, 200, "application/json; charset=utf-8", "no-store"},
		{"GET", "/desk", "", nil, 303, "", "no-store"},
		{"GET", "/desk", "", []string{"Accept", "application/json"}, 401, "application/json; charset=utf-8", "no-store"},
		{"GET", "/nowhere", "", nil, 404, html, "no-store"},
		{"HEAD", "/nowhere", "", nil, 404, html, "no-store"},
		{"GET", "/nowhere", "", []string{"Accept", "application/json"}, 404, "application/json; charset=utf-8", "no-store"},
		{"DELETE", "/", "", nil, 405, html, "no-store"},
		{"OPTIONS", "/", "", []string{"Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST"}, 405, html, "no-store"},
		{"TRACE", "/", "", nil, 405, html, "no-store"},
		{"POST", "/questions", "subject=x", []string{"Content-Type", form, "Origin", "https://elsewhere.example"}, 403, html, "no-store"},
		{"POST", "/questions", "x=" + strings.Repeat("x", 300<<10), []string{"Content-Type", form}, 413, html, "no-store"},
		{"POST", "/questions", "{}", []string{"Content-Type", "application/json"}, 415, html, "no-store"},
		{"GET", "/.well-known/security.txt", "", nil, 404, html, "no-store"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, k.base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(c.header); i += 2 {
			r.Header.Set(c.header[i], c.header[i+1])
		}
		b := k.as("nobody")
		a := b.must(b.do(r))
		what := c.method + " " + c.path
		if a.status != c.status {
			t.Errorf("%s: %d, want %d", what, a.status, c.status)
		}
		if kind := a.header.Get("Content-Type"); c.kind != "" && !strings.HasPrefix(kind, c.kind) {
			t.Errorf("%s is %q, want %q", what, kind, c.kind)
		}
		if cache := a.header.Get("Cache-Control"); c.cache != "" && cache != c.cache || cache == "" {
			t.Errorf("%s may be kept: %q, want %q", what, cache, c.cache)
		}
		for name, want := range protecting {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "X-Powered-By" {
				t.Errorf("%s says %s: %s", what, name, a.header.Get(name))
			}
		}
	}
}

// Signing out tells the browser to forget; the cookie is bound to this host.
func TestTheCookieIsBoundAndForgotten(t *testing.T) {
	p := newPlace(t).founded().but("HELD_URL", "https://practice.example")
	h := p.house(wall, t.Output())
	if err := h.furnish("https://practice.example", false); err != nil {
		t.Fatal(err)
	}
	b := site(t, h)
	ctx := h.as(t.Context(), access.Operator)
	owner, err := h.people.ByEmail(ctx, ownerEmail)
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.identity.Link(ctx, owner, "")
	if err != nil {
		t.Fatal(err)
	}
	a := b.post(strings.TrimPrefix(link, h.base))
	cookie := a.header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-") || strings.Contains(cookie, "Domain") || len(cookie) > 4096 {
		t.Errorf("the cookie is %q", cookie)
	}
	for _, part := range []string{"Path=/;", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie+";", part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/sign-out", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", strings.SplitN(cookie, ";", 2)[0]) // a jar does not send it without https
	a = b.must(b.do(r))
	if a.status != http.StatusSeeOther || a.header.Get("Clear-Site-Data") != `"cache", "storage"` || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", a.status, a.header)
	}
	if a.header.Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" {
		t.Errorf("%v", a.header)
	}
}

func TestWhoFoundAWeaknessIsToldWhereToSaySo(t *testing.T) {
	p := newPlace(t).founded().but("HELD_SECURITY_CONTACT", "mailto:security@practice.example", "HELD_URL", "https://practice.example")
	h := p.house(wall, t.Output())
	if err := h.furnish("https://practice.example", false); err != nil {
		t.Fatal(err)
	}
	text := site(t, h).page("/.well-known/security.txt")
	for _, line := range []string{"Contact: mailto:security@practice.example\n", "Canonical: https://practice.example/.well-known/security.txt\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q lacks %q", text, line)
		}
	}
	_, rest, _ := strings.Cut(text, "Expires: ")
	word, _, _ := strings.Cut(rest, "\n")
	ends, err := time.Parse(time.RFC3339, word)
	if left := time.Until(ends); err != nil || left < 80*24*time.Hour || left > 365*24*time.Hour {
		t.Errorf("it counts until %q, %v", word, err)
	}
}

func TestTheSettingsOfTheWayInMustFitTogether(t *testing.T) {
	const https = "https://practice.example"
	for _, c := range []struct {
		vars []string
		want string // empty: taken
	}{
		{[]string{"HELD_URL", https, "HELD_TLS_CERT", "c.pem", "HELD_TLS_KEY", "k.pem"}, ""},
		{[]string{"HELD_URL", https, "HELD_TLS_CERT", "c.pem"}, "HELD_TLS_CERT: and HELD_TLS_KEY belong together"},
		{[]string{"HELD_TLS_CERT", "c.pem", "HELD_TLS_KEY", "k.pem"}, "HELD_TLS_CERT: needs HELD_URL"},
		{[]string{"HELD_URL", https, "HELD_ACME", "letsencrypt", "HELD_HTTP_LISTEN", ":80"}, ""},
		{[]string{"HELD_URL", https, "HELD_ACME", "https://ca.example/dir"}, ""},
		{[]string{"HELD_URL", https, "HELD_ACME", "http://ca.example/dir"}, "HELD_ACME: is letsencrypt or"},
		{[]string{"HELD_URL", https, "HELD_ACME", "yes"}, "HELD_ACME: is letsencrypt or"},
		{[]string{"HELD_URL", "http://practice.example", "HELD_ACME", "letsencrypt"}, "HELD_ACME: needs HELD_URL"},
		{[]string{"HELD_URL", "https://localhost", "HELD_ACME", "letsencrypt"}, "HELD_ACME: needs HELD_URL"},
		{[]string{"HELD_URL", "https://10.0.0.1", "HELD_ACME", "letsencrypt"}, "HELD_ACME: needs HELD_URL"},
		{[]string{"HELD_URL", https, "HELD_ACME", "letsencrypt", "HELD_DATA", "d", "HELD_ACME_FOLDER", "d/certificates"}, "HELD_ACME_FOLDER: must"},
		{[]string{"HELD_URL", https, "HELD_ACME", "letsencrypt", "HELD_TLS_CERT", "c.pem", "HELD_TLS_KEY", "k.pem"}, "HELD_ACME: is set beside"},
		{[]string{"HELD_HTTP_LISTEN", ":80"}, "HELD_HTTP_LISTEN: needs HELD_URL"},
		{[]string{"HELD_URL", https, "HELD_HTTP_LISTEN", "80"}, "HELD_HTTP_LISTEN: is no address"},
		{[]string{"HELD_PROXIES", "10.0.0.2, 172.18.0.0/16"}, ""},
		{[]string{"HELD_PROXIES", "0.0.0.0/0"}, "HELD_PROXIES: "},
		{[]string{"HELD_SECURITY_CONTACT", "security@practice.example"}, "HELD_SECURITY_CONTACT: "},
		{[]string{"HELD_SECURITY_CONTACT", "mailto:a@b.example\nPolicy: x"}, "HELD_SECURITY_CONTACT: "},
		{[]string{"HELD_OIDC_ISSUER", "https://login.example", "HELD_OIDC_CLIENT_ID", "held", "HELD_OIDC_CLIENT_SECRET", "s"}, ""},
		{[]string{"HELD_OIDC_ISSUER", "http://127.0.0.1:9000", "HELD_OIDC_CLIENT_ID", "held", "HELD_OIDC_CLIENT_SECRET", "s"}, ""},
		{[]string{"HELD_OIDC_ISSUER", "http://login.example", "HELD_OIDC_CLIENT_ID", "held", "HELD_OIDC_CLIENT_SECRET", "s"}, "HELD_OIDC_ISSUER: is no issuer"},
		{[]string{"HELD_OIDC_ISSUER", "login.example", "HELD_OIDC_CLIENT_ID", "held", "HELD_OIDC_CLIENT_SECRET", "s"}, "HELD_OIDC_ISSUER: is no issuer"},
		{[]string{"HELD_OIDC_ISSUER", "https://login.example"}, "HELD_OIDC_CLIENT_ID: is missing"},
		{[]string{"HELD_OIDC_ISSUER", "https://login.example", "HELD_OIDC_CLIENT_ID", "held"}, "HELD_OIDC_CLIENT_SECRET: is missing"},
		{[]string{"HELD_OIDC_CLIENT_SECRET", "s"}, "HELD_OIDC_ISSUER: is missing"},
		{[]string{"HELD_SMTP", "smtp://a.example", "HELD_SMTP_FILE", "s"}, "HELD_SMTP_FILE: is set beside"},
		{[]string{"HELD_DATABASE_FILE", "gone"}, "HELD_DATABASE_FILE: cannot be read"},
	} {
		p := newPlace(t).but(c.vars...)
		e := &env{getenv: p.getenv}
		_, err := readConfig(e, flags(e, "serve", ""), nil, 0)
		if (err == nil) != (c.want == "") || err != nil && strings.Count(err.Error(), "\n  "+c.want) != 1 {
			t.Errorf("%v: %v, want %q", c.vars, err, c.want)
		}
	}
	if n := len(new(config).settings()); n > 25 {
		t.Errorf("there are %d settings", n)
	}
}

func TestASecretIsReadFromItsFile(t *testing.T) {
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "smtp")
	write(t, file, "smtp://u:p%40ss@mail.example:587\n")
	if c := p.but("HELD_SMTP_FILE", file).config(); c.SMTP != "smtp://u:p%40ss@mail.example:587" || !slices.Equal(c.bare.files, []string{file}) {
		t.Errorf("%+v", c)
	}
}

func TestTheDoctorNamesWhatWeakensTheSetUp(t *testing.T) {
	p := newPlace(t).founded()
	dir := t.TempDir()
	toml := filepath.Join(dir, "held.toml")
	write(t, toml, "smtp = \"smtp://u:p@mail.example\"\n")
	if err := os.Chmod(toml, 0o644); err != nil { // #nosec G302 -- it is what the doctor must see
		t.Fatal(err)
	}
	cert := certificate(t, dir, "practice.example", time.Now().Add(-time.Hour))
	soon := certificate(t, t.TempDir(), "practice.example", time.Now().Add(5*24*time.Hour))
	open := filepath.Join(dir, "certificates")
	if err := os.Mkdir(open, 0o755); err != nil { // #nosec G301 -- it is what the doctor must see
		t.Fatal(err)
	}
	const https = "https://practice.example"
	tls := func(file string) []string {
		return []string{"HELD_URL", https, "HELD_TLS_CERT", file, "HELD_TLS_KEY", filepath.Join(filepath.Dir(file), "key.pem")}
	}
	for _, c := range []struct {
		vars, args []string
		want       string
	}{
		{nil, []string{"--smtp", "smtp://u:p@mail.example"}, "Passwords: A password stands on the command line (--smtp)"},
		{[]string{"HELD_CONFIG", toml}, nil, "Passwords: " + toml + " holds a password and can be read by other accounts"},
		{[]string{"HELD_OIDC_ISSUER", "https://login.example", "HELD_OIDC_CLIENT_ID", "held"}, []string{"--oidc-client-secret", "s"}, "Passwords: A password stands on the command line (--oidc-client-secret)"},
		{[]string{"HELD_METRICS_LISTEN", "0.0.0.0:9090"}, nil, "Figures: They are answered on 0.0.0.0:9090"},
		{[]string{"HELD_LISTEN", ":8080"}, nil, "Way in: It answers without encryption on :8080"},
		{tls(cert), nil, "Certificate: It ended on"},
		{tls(soon), nil, "Certificate: It counts until"},
		{tls(filepath.Join(dir, "gone")), nil, "Certificate: It cannot be read"},
		{[]string{"HELD_URL", https, "HELD_ACME", "letsencrypt", "HELD_ACME_FOLDER", open}, nil, "Certificate: Other accounts of this machine can look into " + open},
		{[]string{"HELD_URL", https, "HELD_ACME", "letsencrypt", "HELD_ACME_FOLDER", open}, nil, "Certificate: The certificate authority has not given one yet"},
	} {
		o := p.but(c.vars...).held(append([]string{"doctor"}, c.args...)...)
		if o.code != 1 || !strings.Contains(o.out, "needs a look  "+c.want) {
			t.Errorf("%v %v: want %q in\n%s", c.vars, c.args, c.want, o)
		}
	}
	for _, vars := range [][]string{{"HELD_LISTEN", ":8080", "HELD_PROXIES", "10.0.0.2"}, {"HELD_METRICS_LISTEN", "127.0.0.1:9090"}} {
		if o := p.but(vars...).held("doctor"); strings.Contains(o.out, "Way in") || strings.Contains(o.out, "Figures") || strings.Contains(o.out, "Account") {
			t.Errorf("%v: %s", vars, o)
		}
	}
	long := certificate(t, t.TempDir(), "practice.example", time.Now().Add(60*24*time.Hour))
	if o := p.but(tls(long)...).held("doctor"); !strings.Contains(o.out, "fine          Certificate: It counts until") {
		t.Errorf("%s", o)
	}
	h := p.house(wall, t.Output())
	for _, w := range h.workers {
		h.runner.Once(t.Context(), w)
	}
	h.now = func() time.Time { return wall().Add(-time.Hour) }
	h.cfg.bare.root = true
	found, err := h.examine(h.as(t.Context(), access.Operator))
	if err != nil || len(found) != 4 || found[0].About != "Account" || found[1].About != "Alerts" || found[2].About != "Emergency card" || found[3].About != "Clock" || !strings.Contains(found[3].Sentence, "1h0m0s before") {
		t.Errorf("%v, %v", found, err)
	}
}

// certificate writes one that nobody signed but itself, and its key beside it.
func certificate(t *testing.T, dir, host string, end time.Time) (file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "cert.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
	return file
}

// freeAddress is one of loopback on which nobody answered a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := listen(t.Context(), "127.0.0.1:0")
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// The whole program by https: the site, the plain door beside it, the figures.
func TestServeAnswersByHTTPSWithPlainHTTPBesideIt(t *testing.T) {
	file := certificate(t, t.TempDir(), "practice.example", time.Now().Add(time.Hour))
	site, plain := freeAddress(t), freeAddress(t)
	p := newPlace(t).founded().but("HELD_URL", "https://practice.example", "HELD_LISTEN", site, "HELD_HTTP_LISTEN", plain,
		"HELD_TLS_CERT", file, "HELD_TLS_KEY", filepath.Join(filepath.Dir(file), "key.pem"))
	in := p.begin("serve")
	if in.url != "https://practice.example" {
		t.Errorf("ready %s", in.url)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	b := newBrowser(t, "https://"+site)
	b.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, ServerName: "practice.example"}
	if a := b.get("/"); a.status != http.StatusOK || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
	a := newBrowser(t, "http://"+plain).get("/how?x=1")
	if to, err := url.Parse(a.location()); err != nil || a.status != http.StatusPermanentRedirect || to.String() != "https://practice.example/how?x=1" {
		t.Errorf("%d %q", a.status, a.location())
	}
	if code := in.end(); code != 0 {
		t.Errorf("exit %d: %s", code, in.err)
	}
	p.but("HELD_TLS_KEY", filepath.Join(t.TempDir(), "gone")).cannot(1, []string{"serve"}, "the certificate cannot be used")
}
