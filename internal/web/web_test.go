package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
)

// open and shut are the simplest rules.
type open struct{}

func (open) Check(*http.Request) error { return nil }
func (open) String() string            { return "open" }

type shut struct{ kind fault.Kind }

func (s shut) Check(*http.Request) error { return fault.New(s.kind, "Not for you.") }
func (shut) String() string              { return "shut" }

func page(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func say(text string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return web.Render(w, r, http.StatusOK, page(text)) }
}

// rig is an App with a few routes, and its log.
type rig struct {
	*web.App
	log *bytes.Buffer
}

func newRig(t testing.TB, base string) *rig {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{log: &bytes.Buffer{}}
	r.App = &web.App{
		Log: slog.New(slog.NewJSONHandler(r.log, nil)), Base: u, Now: testkit.NewClock(testkit.Now).Now, Metrics: web.NewMetrics(),
		Names: []string{"held.example"}, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")},
		Fault: func(r *http.Request, e *fault.Error) templ.Component {
			return page("<h1>" + e.Sentence + "</h1>" + web.RequestID(r.Context()))
		},
	}
	r.Mount([]web.Route{
		{Pattern: "GET /hello/{name}", Access: open{}, Handle: say("hello")},
		{Pattern: "GET /folder/", Access: open{}, Handle: say("folder")},
		{Pattern: "POST /form", Access: open{}, Handle: func(w http.ResponseWriter, r *http.Request) error {
			f, err := web.ReadForm(r)
			if err != nil {
				return err
			}
			f.Line("name", 20)
			if err := f.Err(); err != nil {
				return err
			}
			return web.See(w, r, "/hello/you")
		}},
		{Pattern: "POST /file", Access: open{}, Body: 2 * web.MaxBody, Handle: takes},
		{Pattern: "POST /theirs", Access: shut{fault.Forbidden}, Body: 2 * web.MaxBody, Handle: takes},
		{Pattern: "GET /private", Access: shut{fault.SignIn}, Handle: say("never")},
		{Pattern: "GET /forbidden", Access: shut{fault.Forbidden}, Handle: say("never")},
		{Pattern: "GET /panics", Access: open{}, Handle: func(http.ResponseWriter, *http.Request) error { panic("what Käthe wrote") }},
		{Pattern: "GET /index", Access: open{}, Handle: func(_ http.ResponseWriter, r *http.Request) error {
			_ = strings.Split(r.Method, "")[len(r.URL.Path)]
			return nil
		}},
		{Pattern: "GET /unknown", Access: open{}, Handle: func(http.ResponseWriter, *http.Request) error { return errors.New("disk on fire") }},
		{Pattern: "GET /half", Access: open{}, Handle: func(w http.ResponseWriter, r *http.Request) error {
			return web.Render(w, r, 200, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
				_, _ = io.WriteString(w, "half a page")
				return errors.New("torn")
			}))
		}},
		{Pattern: "GET /waits", Access: open{}, Handle: func(_ http.ResponseWriter, r *http.Request) error {
			return fmt.Errorf("gave up: %w", r.Context().Err())
		}},
	})
	return r
}

// takes answers with how much came.
func takes(w http.ResponseWriter, r *http.Request) error {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return fault.New(fault.TooLarge, "That was more than this takes.")
	}
	return web.Render(w, r, http.StatusOK, page(fmt.Sprint(n)))
}

func TestARouteThatTakesAFileTakesMoreFromWhoMaySendIt(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, c := range []struct {
		what, target string
		bytes        int
		status       int
		holds        string
	}{
		{"a file", "/file", 2 * web.MaxBody, 200, fmt.Sprint(2 * web.MaxBody)},
		{"more than that", "/file", 2*web.MaxBody + 1, 413, "That was more"},
		{"a file where only forms go", "/form", 2 * web.MaxBody, 413, "That was more"},
		{"a file of somebody who may not", "/theirs", 2 * web.MaxBody, 403, "Not for you"},
	} {
		w := r.do("POST", c.target, strings.Repeat("x", c.bytes), "Content-Type", formType)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s: %d %s", c.what, w.Code, w.Body)
		}
	}
}

func (r *rig) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://inside:8080/", strings.NewReader(body))
	if u, err := url.ParseRequestURI(target); err == nil {
		req.URL, req.RequestURI = u, target
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, req)
	return w
}

const formType = "application/x-www-form-urlencoded"

func TestARouteWithoutARuleStopsTheProgram(t *testing.T) {
	for what, route := range map[string]web.Route{
		"rule": {Pattern: "GET /x", Handle: say("x")}, "handler": {Pattern: "GET /x", Access: open{}}, "pattern": {Access: open{}, Handle: say("x")},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("mounted without a %s", what)
				}
			}()
			new(web.App).Mount([]web.Route{route})
		}()
	}
}

func TestWhatIsAnswered(t *testing.T) {
	r := newRig(t, "https://held.example")
	long := "name=" + strings.Repeat("x", web.MaxBody)
	for _, c := range []struct {
		what, method, target, body, kind string
		status                           int
		holds                            string
	}{
		{"a page", "GET", "/hello/wren", "", "", 200, "hello"},
		{"an unknown address", "GET", "/nowhere?token=s3cret", "", "", 404, "<h1>There is no page"},
		{"a wrong method", "POST", "/hello/wren", "", formType, 405, "<h1>This address does not"},
		{"a method from elsewhere", "BREW", "/hello/wren", "", "", 405, "<h1>"},
		{"a panic", "GET", "/panics", "", "", 500, "<h1>Something went wrong"},
		{"an index out of range", "GET", "/index", "", "", 500, "<h1>"},
		{"an error nobody foresaw", "GET", "/unknown", "", "", 500, "<h1>Something went wrong"},
		{"a page that broke", "GET", "/half", "", "", 500, "<h1>Something went wrong"},
		{"a form", "POST", "/form", "name=you", formType, 303, ""},
		{"a form in another encoding's name", "POST", "/form", "name=you", formType + "; charset=utf-8", 303, ""},
		{"a form that is too long", "POST", "/form", long, formType, 413, "<h1>That was more"},
		{"a form of parts", "POST", "/form", parts("you"), "multipart/form-data; boundary=x", 303, ""},
		{"a file", "POST", "/form", "--x\r\nContent-Disposition: form-data; name=\"name\"; filename=\"a.html\"\r\n\r\n<script>\r\n--x--\r\n", "multipart/form-data; boundary=x", 415, "<h1>This form takes no files"},
		{"parts that are too long", "POST", "/form", parts(long), "multipart/form-data; boundary=x", 413, "<h1>"},
		{"torn parts", "POST", "/form", "--x\r\nContent-Dis", "multipart/form-data; boundary=x", 400, "<h1>"},
		{"parts without a border", "POST", "/form", "x", "multipart/form-data", 400, "<h1>"},
		{"another kind of body", "POST", "/form", "{}", "application/json", 415, "<h1>"},
		{"no kind at all", "POST", "/form", "name=you", "", 415, "<h1>"},
		{"another encoding", "POST", "/form", "name=%ff%fe", formType, 400, "<h1>Some characters"},
		{"a name in another encoding", "POST", "/form", "%ff=you", formType, 400, "<h1>Some characters"},
		{"a null", "POST", "/form", "name=a%00b", formType, 400, "<h1>Some characters"},
		{"torn escapes", "POST", "/form", "name=%2", formType, 400, "<h1>The form arrived damaged"},
		{"a line too long", "POST", "/form", "name=" + strings.Repeat("x", 21), formType, 422, "<h1>"},
		{"a rule that says no", "GET", "/forbidden", "", "", 403, "<h1>Not for you."},
		{"a rule that asks for a sign-in", "GET", "/private?x=1", "", "", 303, ""},
		{"a folder without its slash", "GET", "/folder", "", "", 307, ""},
	} {
		w := r.do(c.method, c.target, c.body, "Content-Type", c.kind)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s: %d %q", c.what, w.Code, w.Body)
		}
		wellDressed(t, c.what, w)
		if strings.Contains(w.Body.String(), "half a page") || strings.Contains(w.Body.String(), "disk on fire") || strings.Contains(w.Body.String(), "Käthe") {
			t.Errorf("%s: the page says %q", c.what, w.Body)
		}
	}
}

func parts(name string) string {
	return "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n" + name + "\r\n--x--\r\n"
}

// wellDressed: every answer, whatever it is, has the headers that protect it.
func wellDressed(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
		"Permissions-Policy": "accelerometer=(), camera=()", "X-Frame-Options": "DENY", "Origin-Agent-Cluster": "?1",
		"Strict-Transport-Security": "max-age=", "X-Request-Id": "",
	} {
		if got := w.Header().Get(name); got == "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	for _, bad := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(w.Header().Get("Content-Security-Policy"), bad) {
			t.Errorf("%s: the policy allows %s", what, bad)
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: may be kept on the way: %q", what, w.Header().Get("Cache-Control"))
	}
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	r := newRig(t, "http://held.example")
	if got := r.do("DELETE", "/hello/x", "").Header().Get("Allow"); got != "GET, HEAD" {
		t.Errorf("%q", got)
	}
	if w := r.do("GET", "/hello/x", ""); w.Header().Get("Strict-Transport-Security") != "" {
		t.Error("a plain site demands https")
	}
}

func TestHeadIsGetWithoutItsBody(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, target := range []string{"/hello/x", "/nowhere", "/forbidden"} {
		get, head := r.do("GET", target, ""), r.do("HEAD", target, "")
		if head.Code != get.Code || head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
			t.Errorf("%s: %d %q %v", target, head.Code, head.Body, head.Header())
		}
	}
}

// TestCleaningNeverLeadsElsewhere: the mux sends odd paths to their clean
// form; none of them may become another site's address.
func TestCleaningNeverLeadsElsewhere(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, target := range []string{"//evil.example/hello/x", "/./hello/x", "/hello/../hello/x", "//hello//x", "/%2f%2fevil.example", "/\\evil.example", "/.//evil.example/..//hello/x", "///evil.example"} {
		for _, method := range []string{"GET", "POST", "HEAD"} {
			w := r.do(method, target, "")
			to := w.Header().Get("Location")
			if u, err := url.Parse(to); to != "" && (err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\")) {
				t.Errorf("%s %s leads to %q", method, target, to)
			}
			if w.Code >= 500 {
				t.Errorf("%s %s: %d", method, target, w.Code)
			}
		}
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, c := range []struct {
		what   string
		status int
		header []string
	}{
		{"another site", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"a neighbour", 403, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.held.example"}},
		{"another origin, without metadata", 403, []string{"Origin", "https://evil.example"}},
		{"a sandboxed page", 403, []string{"Origin", "null"}},
		{"our address in plain", 403, []string{"Origin", "http://held.example"}},
		{"our own page", 303, []string{"Sec-Fetch-Site", "same-origin"}},
		{"our own page behind a proxy", 303, []string{"Origin", "https://held.example"}},
		{"our own page, by a browser that the proxy confuses", 303, []string{"Origin", "https://held.example", "Sec-Fetch-Site", "cross-site"}},
		{"a program", 303, nil},
	} {
		w := r.do("POST", "/form", "name=you", append([]string{"Content-Type", formType}, c.header...)...)
		if w.Code != c.status {
			t.Errorf("%s: %d", c.what, w.Code)
		}
		wellDressed(t, c.what, w)
	}
	if w := r.do("GET", "/hello/x", "", "Sec-Fetch-Site", "cross-site"); w.Code != 200 {
		t.Errorf("a link from another site: %d", w.Code)
	}
}

func TestErrorsAsJSON(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, c := range []struct {
		method, target, body string
		status               int
		field                string
	}{
		{"GET", "/nowhere", "", 404, ""}, {"DELETE", "/hello/x", "", 405, ""}, {"GET", "/unknown", "", 500, ""}, {"GET", "/panics", "", 500, ""},
		{"GET", "/private", "", 401, ""}, {"POST", "/form", "name=" + strings.Repeat("x", 30), 422, "name"},
	} {
		w := r.do(c.method, c.target, c.body, "Accept", "application/json", "Content-Type", formType)
		var got struct {
			Error  string
			Fields map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != c.status || got.Error == "" || (got.Fields[c.field] == "") != (c.field == "") {
			t.Errorf("%s %s: %d %q, %v", c.method, c.target, w.Code, w.Body, err)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s: %s", c.target, w.Header().Get("Content-Type"))
		}
		wellDressed(t, c.target, w)
	}
	if w := r.do("GET", "/nowhere", "", "Accept", "text/html,application/json;q=0.9"); !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Error("a browser got JSON")
	}
}

func TestTheLogSaysWhichPatternAndNothingElse(t *testing.T) {
	r := newRig(t, "https://held.example")
	r.do("GET", "/hello/Wren-Secretname?token=s3cret", "", "Cookie", "held=c00kie", "User-Agent", "agent-x", "Referer", "https://from.example")
	r.do("GET", "/nowhere/Secretname?token=s3cret", "")
	r.do("POST", "/form?token=s3cret", "name=Secretname"+strings.Repeat("x", 30), "Content-Type", formType)
	r.do("POST", "/hello/Secretname", "Secretname")
	r.do("GET", "/panics?token=s3cret", "")
	r.do("GET", "/index?token=s3cret", "")
	text := r.log.String()
	for _, bad := range []string{"Secretname", "s3cret", "c00kie", "agent-x", "from.example", "192.0.2", "what Käthe", "/nowhere"} {
		if strings.Contains(text, bad) {
			t.Errorf("the log says %q:\n%s", bad, text)
		}
	}
	for _, want := range []string{`"pattern":"GET /hello/{name}","status":200`, `"pattern":"none","status":404`, `"status":422`, `"status":405`, `"what":"string"`, "index out of range", "web_test.go"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %q:\n%s", want, text)
		}
	}
}

func TestEveryRequestHasANameOfItsOwn(t *testing.T) {
	r := newRig(t, "https://held.example")
	seen := map[string]bool{}
	for range 500 {
		w := r.do("GET", "/forbidden", "", "X-Request-Id", "forged")
		id := w.Header().Get("X-Request-Id")
		if seen[id] || id == "forged" || len(id) != 12 || !strings.Contains(w.Body.String(), id) {
			t.Fatalf("%q in %q", id, w.Body)
		}
		seen[id] = true
	}
	if web.RequestID(t.Context()) != "" {
		t.Error("a name without a request")
	}
}

func TestWhoDoesNotWaitIsNotAFault(t *testing.T) {
	r := newRig(t, "https://held.example")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/waits", nil))
	if text := r.log.String(); !strings.Contains(text, `"status":499`) || strings.Contains(text, "ERROR") {
		t.Error(text)
	}
}

func TestTheLimitComesFirst(t *testing.T) {
	r := newRig(t, "https://held.example")
	r.Limit = func(*http.Request) error { return fault.New(fault.TooMany, "A little slower.") }
	r.Person = func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody was looked up") })
	}
	w := r.do("GET", "/hello/x", "")
	if w.Code != 429 || !strings.Contains(w.Body.String(), "A little slower.") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	wellDressed(t, "too many", w)
}

func TestAMiddlewareRefusesLikeARoute(t *testing.T) {
	r := newRig(t, "https://held.example")
	r.Person = func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			web.Refuse(w, req, fault.New(fault.Unavailable, "Shortly.").With(errors.New("no database")))
		})
	}
	w := r.do("GET", "/hello/x", "")
	if w.Code != 503 || !strings.Contains(w.Body.String(), "<h1>Shortly.") || !strings.Contains(r.log.String(), "no database") {
		t.Errorf("%d %q\n%s", w.Code, w.Body, r.log)
	}
	wellDressed(t, "no database", w)
	bare := httptest.NewRecorder()
	web.Refuse(bare, httptest.NewRequest("GET", "/", nil), errors.New("x"))
	if bare.Code != 500 {
		t.Errorf("outside an app: %d", bare.Code)
	}
}

// The figures wear what every answer wears, and what is not there does too.
func TestTheFiguresAreProtectedLikePages(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, c := range []struct {
		method, target string
		status         int
	}{{"GET", "/metrics", 200}, {"GET", "/", 404}, {"POST", "/metrics", 405}, {"GET", "/debug/pprof/", 404}} {
		w := httptest.NewRecorder()
		r.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
		if w.Code != c.status || w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: %d %v", c.method, c.target, w.Code, w.Header())
		}
	}
}

func TestSigningOutClearsTheBrowser(t *testing.T) {
	w := httptest.NewRecorder()
	web.Forget(w)
	if got := w.Header().Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("%q", got)
	}
}

func TestMetricsKnowPatternsNotPaths(t *testing.T) {
	r := newRig(t, "https://held.example")
	r.do("GET", "/hello/Secretname", "")
	r.do("SECRETVERB", "/nowhere/Secretname", "")
	w := httptest.NewRecorder()
	r.Metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	if !strings.Contains(text, `pattern="GET /hello/{name}"`) || !strings.Contains(text, `method="other"`) || strings.Contains(strings.ToLower(text), "secret") {
		t.Error(text)
	}
}
