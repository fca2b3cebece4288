package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"held/cmd/held/demo"
	"held/internal/db"
)

const demoNow = "2026-06-03T09:00:00Z" // a Wednesday

// demo starts the invented practice in this process.
func (p *place) demo(args ...string) *inside {
	p.t.Helper()
	return p.begin(append([]string{"demo"}, args...)...)
}

// signIn comes in as one of the personas, and tells where they land.
func (b *browser) signIn(as string) string {
	b.t.Helper()
	return b.done("/demo/sign-in", "as", as)
}

// personas are everybody whom a visitor of the demo may be.
func personas() []string {
	var out []string
	for _, who := range demo.Personas {
		out = append(out, who.As)
	}
	return out
}

var unsteady = regexp.MustCompile(`localhost:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// shown is what the site of a demo shows, without ids and its port.
func shown(t *testing.T, address string) map[string]string {
	t.Helper()
	b, out := newBrowser(t, address), map[string]string{}
	todo := []string{"/", "/how", "/people", "/fees", "/privacy", "/articles", "/articles.atom", "/book", "/support"}
	for i := 0; i < len(todo); i++ {
		page := b.page(todo[i])
		out[todo[i]] = unsteady.ReplaceAllString(page, "…")
		for _, to := range links(t, page) {
			if strings.HasPrefix(to, "/articles/") && !slices.Contains(todo, to) {
				todo = append(todo, to)
			}
		}
		if todo[i] == "/book" {
			for _, to := range links(t, page) {
				if strings.HasPrefix(to, "/book/") && !strings.Contains(to, "?") {
					todo = append(todo, to+"/times?from=2026-06-03&days=60&zone=Asia/Tokyo")
				}
			}
		}
	}
	return out
}

// month is when the appointments of a stopped demo are, with their state and zone.
func (p *place) month() []string {
	p.t.Helper()
	d := p.database()
	all, err := db.All(p.t.Context(), d.Reader(), func(r db.Row) (s string, err error) {
		var start, end int64
		var zone, state string
		err = r.Scan(&start, &end, &zone, &state)
		return fmt.Sprint(db.At(start).Format(time.RFC3339), " ", db.At(end).Sub(db.At(start)), " ", zone, " ", state), err
	}, `SELECT start_at, end_at, zone, state FROM calendar_appointments ORDER BY start_at, end_at, zone`)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		p.t.Fatal(err)
	}
	return all
}

func TestTheSameDemoIsBuiltEachTime(t *testing.T) {
	t.Parallel()
	build := func(args ...string) (site map[string]string, month []string) {
		p := newPlace(t)
		in := p.demo(args...)
		site = shown(t, in.url)
		if code := in.end(); code != 0 {
			t.Errorf("the demo ended with %d: %s", code, in.err)
		}
		return site, p.month()
	}
	site, month := build("--now", demoNow)
	again, monthAgain := build("--now", demoNow)
	for path, page := range site {
		if again[path] != page {
			t.Errorf("%s is another page the second time", path)
		}
	}
	if len(month) < 15 || !slices.Equal(month, monthAgain) {
		t.Errorf("the month was\n%s\nand is\n%s", strings.Join(month, "\n"), strings.Join(monthAgain, "\n"))
	}
	if _, other := build("--now", demoNow, "--seed", "7"); slices.Equal(month, other) {
		t.Error("another seed gives the same month")
	}
	_, later := build("--now", "2026-09-02T09:00:00Z")
	if slices.ContainsFunc(later, func(s string) bool { return s < "2026-04-20" }) || later[len(later)-1] < "2026-09-03" {
		t.Errorf("thirteen weeks later, the month is still\n%s", strings.Join(later, "\n"))
	}
}

func TestTheDemoIsDatedFromToday(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	in := p.demo()
	if strings.Contains(in.err.String(), "ERROR") {
		t.Errorf("it complains: %s", in.err)
	}
	b := newBrowser(t, in.url)
	b.page("/")
	in.end()
	now, past, coming := time.Now().UTC(), 0, 0
	for _, line := range p.month() {
		at, err := time.Parse(time.RFC3339, strings.Fields(line)[0])
		if err != nil {
			t.Fatal(err)
		}
		if d := at.Sub(now); d < -135*24*time.Hour || d > 75*24*time.Hour { // some had their session months ago; a course reaches some weeks ahead
			t.Errorf("an appointment %v from now is in nobody's month", d.Round(time.Hour))
		}
		if at.Before(now) && now.Sub(at) < 31*24*time.Hour {
			past++
		} else if at.After(now) {
			coming++
		}
	}
	if past < 8 || coming < 5 {
		t.Errorf("%d appointments behind us, %d to come", past, coming)
	}
}

func TestTheReadyLineIsFirstAndTheTourNamesEveryAddress(t *testing.T) {
	t.Parallel()
	in := newPlace(t).demo("--now", demoNow)
	said := in.out.String()
	if !regexp.MustCompile(`^ready http://localhost:\d+\n`).MatchString(said) {
		t.Errorf("it begins with %q", said)
	}
	b := newBrowser(t, in.url)
	for _, address := range regexp.MustCompile(`http://\S+`).FindAllString(said, -1) {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if a := b.get(u.Path); a.status >= 400 {
			t.Errorf("%s, which it names, is %d", address, a.status)
		}
	}
}

// What each page asks for beside itself is there, and comes from this site.
func TestEveryFileThatAPageAsksForIsThere(t *testing.T) {
	t.Parallel()
	in := newPlace(t).demo("--now", demoNow)
	b := newBrowser(t, in.url)
	seen := map[string]bool{}
	b.signIn("owner")
	for _, path := range []string{"/", "/book/consultation", "/questions", "/desk", "/desk/week", "/demo/mail"} {
		for _, n := range elements(t, b.page(path), "link", "script", "img", "source", "meta") {
			for _, name := range []string{"href", "src", "content"} {
				u, err := url.Parse(attr(n, name))
				if err != nil || name == "content" && !strings.Contains(u.Path, ".") || u.Scheme == "data" || attr(n, name) == "" || attr(n, "rel") == "canonical" || seen[u.Path] {
					continue
				}
				if u.Host != "" && !strings.HasPrefix(u.Host, "localhost") {
					t.Errorf("%s asks somebody else for %s", path, u)
					continue
				}
				if seen[u.Path] = true; name == "content" && u.Host == "" {
					continue
				}
				if a := b.get(u.Path); a.status != http.StatusOK {
					t.Errorf("%s asks for %s: %d", path, u, a.status)
				}
			}
		}
	}
	if len(seen) < 3 {
		t.Errorf("the pages ask for %v only", seen)
	}
}

// Everybody can open every page that they are shown a link to.
func TestNobodyIsShownALinkThatTheyCannotOpen(t *testing.T) {
	t.Parallel()
	in := newPlace(t).demo("--now", demoNow)
	for _, as := range append(personas(), "") {
		t.Run("as "+as, func(t *testing.T) {
			b := newBrowser(t, in.url)
			begin := "/"
			if as != "" {
				begin = b.signIn(as)
			}
			if pages := b.wander(begin); pages < 5 {
				t.Errorf("only %d pages are to be found from %s", pages, begin)
			}
		})
	}
}

// wander follows links, each kind of page a few times.
func (b *browser) wander(begin string) int {
	b.t.Helper()
	todo, often := []string{begin}, map[string]int{}
	for i := 0; i < len(todo) && i < 400; i++ {
		a := b.get(todo[i])
		if a.status == http.StatusSeeOther {
			a = b.get(a.location())
		}
		if a.status != http.StatusOK {
			b.t.Errorf("a link leads to %s: %d", todo[i], a.status)
			continue
		}
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, to := range links(b.t, a.body) {
			u, err := url.Parse(to)
			if err != nil {
				continue
			}
			kind := unsteady.ReplaceAllString(u.Path, "…")
			for k := range u.Query() {
				kind += " " + k
			}
			if !slices.Contains(todo, to) && often[kind] < 3 {
				often[kind]++
				todo = append(todo, to)
			}
		}
	}
	return len(todo)
}

func TestOnlyPersonasComeInAtTheDemosDoor(t *testing.T) {
	t.Parallel()
	in := newPlace(t).demo("--now", demoNow)
	if got := personas(); !slices.Equal(got, []string{"owner", "prescriber", "coordinator", "attendant", "client"}) {
		t.Errorf("the personas are %v", got)
	}
	home := newBrowser(t, in.url).page("/demo")
	for _, as := range personas() {
		b := newBrowser(t, in.url)
		want := "/desk"
		if as == "client" {
			want = "/space"
		}
		if at := b.signIn(as); at != want {
			t.Errorf("the %s lands at %s", as, at)
		}
		b.page(want)
		if !strings.Contains(home, `value="`+as+`"`) {
			t.Errorf("/demo has no button for the %s", as)
		}
	}
	b := newBrowser(t, in.url)
	for _, as := range []string{"", "admin", "guide", "leonor@example.org"} {
		if a := b.post("/demo/sign-in", "as", as); a.status != http.StatusUnprocessableEntity {
			t.Errorf("as %q: %d", as, a.status)
		}
	}
	if at := b.done("/demo/sign-in", "as", "owner", "next", "https://elsewhere.example/"); at != "/desk" {
		t.Errorf("a door that leads elsewhere: %s", at)
	}
}

func TestTheDemosMailIsReadAsJSON(t *testing.T) {
	t.Parallel()
	in := newPlace(t).demo("--now", demoNow)
	b := newBrowser(t, in.url)
	free := b.free("consultation")
	booked := b.must(b.send(t.Context(), "POST", "/book/consultation", form("start", free[0], "zone", "Asia/Tokyo", "name", "Quill", "contact", "quill@visitor.example"), "application/json"))
	if booked.status != http.StatusCreated {
		t.Fatalf("booking: %d %s", booked.status, booked.body)
	}
	var mine []letter
	eventually(t, 20*time.Second, "the confirmation has arrived", func() bool {
		mine = mine[:0]
		for _, l := range b.mail() {
			if l.To == "quill@visitor.example" {
				mine = append(mine, l)
			}
		}
		return len(mine) > 0
	})
	l := mine[0]
	if l.Subject == "" || !strings.Contains(l.Text, in.url+"/appointments/") || !strings.Contains(l.HTML, "<") {
		t.Errorf("the letter is %+v", l)
	}
	b.page("/demo/mail")
}

// letter is one of /demo/mail.json, by the names that are promised.
type letter struct {
	To, Subject, Text, HTML string
	Attachments             []struct{ Name, Type, Body string }
}

func (b *browser) mail() []letter {
	b.t.Helper()
	a := b.get("/demo/mail.json")
	var all []letter
	var names []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.body), &all); err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(a.body), &names); err != nil || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		b.t.Fatal(err, a.header)
	}
	for _, n := range names {
		for _, want := range []string{"to", "subject", "text", "html", "attachments"} {
			if n[want] == nil || string(n[want]) == "null" {
				b.t.Errorf("a letter has no %q", want)
			}
		}
	}
	return all
}

// free asks for the free times of the next weeks, as a program would.
func (b *browser) free(offering string) []string {
	b.t.Helper()
	var out struct {
		Zone  string
		Times []struct{ Start, End string }
	}
	a := b.get("/book/" + offering + "/times?days=28&zone=Asia/Tokyo")
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || out.Zone != "Asia/Tokyo" || len(out.Times) == 0 {
		b.t.Fatalf("free times: %d %s, %v", a.status, a.body, err)
	}
	var starts []string
	for _, x := range out.Times {
		starts = append(starts, x.Start)
	}
	return starts
}

func TestTheDemosDoorsAreNotThereInEarnest(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		in := p.founded().begin("serve")
		b := newBrowser(t, in.url)
		for _, path := range []string{"/demo", "/demo/mail", "/demo/mail.json", "/demo/sign-in"} {
			if a := b.get(path); a.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, a.status)
			}
		}
		if a := b.post("/demo/sign-in", "as", "owner"); a.status != http.StatusNotFound {
			t.Errorf("signing in: %d", a.status)
		}
		if page := b.page("/"); strings.Contains(page, "/demo") {
			t.Error("the site speaks of the demo")
		}
	})
}

func TestADemoIsNotBuiltOverAPractice(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		o := p.held("demo", "--now", demoNow)
		if o.code != 1 || !strings.Contains(o.err, "there is a practice here already") {
			t.Errorf("over a practice: %s", o)
		}
		p.can("sign-in-link", ownerEmail)
	})
}

func TestADemoWithoutAFolderLeavesNothingBehind(t *testing.T) {
	p := newPlace(t)
	delete(p.vars, "HELD_DATA")
	t.Setenv("TMPDIR", t.TempDir())
	in := p.demo("--now", demoNow)
	newBrowser(t, in.url).page("/")
	if code := in.end(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat("held-data"); err == nil {
		t.Error("it made a data folder where it was started")
	}
}

func TestStoppingLeavesNoGoroutine(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		once := func(p *place) {
			in := p.begin("serve")
			b := newBrowser(t, in.url)
			b.page("/")
			b.page("/readyz")
			b.http.CloseIdleConnections()
			if code := in.end(); code != 0 {
				t.Errorf("it ended with %d: %s", code, in.err)
			}
		}
		p.founded()
		p = p.but("HELD_METRICS_LISTEN", "127.0.0.1:0", "HELD_SMTP", "smtp://127.0.0.1:9")
		once(p) // what the libraries start once is not ours to count
		before := runtime.NumGoroutine()
		for range 3 {
			once(p)
		}
		defer func() {
			if t.Failed() {
				stacks := make([]byte, 1<<20)
				t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
			}
		}()
		eventually(t, 10*time.Second, "as few goroutines as before", func() bool { return runtime.NumGoroutine() <= before })
	})
}
