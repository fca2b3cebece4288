package main

import (
	"encoding/json"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// day is one of everything that people type into the program, and every
// secret that it hands out.
type day struct {
	t     *testing.T
	base  string
	enter func(as string) *browser // somebody who is signed in

	typed   []string // what people wrote: nothing of it may be readable anywhere
	secrets []string // codes and tokens that open something
}

// says remembers what is typed.
func (d *day) says(s string) string {
	d.typed = append(d.typed, s)
	return s
}

func (d *day) secret(s string) string {
	if len(s) < 8 {
		d.t.Errorf("%q is too short for a secret", s)
	}
	d.secrets = append(d.secrets, s)
	return s
}

// live goes through the day. n tells two days apart.
func (d *day) live(n string) {
	d.t.Helper()
	visitor := newBrowser(d.t, d.base)
	code := d.asks(visitor, n)
	d.answers(n)
	d.goesOn(visitor, code, n)
	d.books(visitor, n)
	d.waits(visitor, n)
	d.inquires(n)
	d.writes(n)
	d.settles(n)
	d.mistypes(visitor, n)
	d.asksForALink(visitor, n)
}

func (d *day) asks(b *browser, n string) (code string) {
	d.t.Helper()
	at := b.filled("/questions", "/questions",
		"text", d.says("Would the heron"+n+" in my dream count as a contraindication?"), "address", d.says("asker.heron"+n+"@visitor.example"))
	at, _, _ = strings.Cut(at, "?")
	code = d.secret(path.Base(at))
	d.secret(strings.ReplaceAll(code, "-", ""))
	b.page(at)
	return code
}

func (d *day) answers(n string) {
	d.t.Helper()
	b := d.enter("owner")
	at := newest(d.t, b.page("/desk/questions"), regexp.MustCompile(`^/desk/questions/[0-9a-f-]{36}$`))
	b.filled(at, at+"/answer", "text", d.says("The heron"+n+" may stay for as long as it likes."))
	b.filled("/desk/questions/saved", "/desk/questions/saved", "title", d.says("Birds of every kind"+n), "text", d.says("We keep a list of birds"+n+", and a list of silences."))
}

// newest is the last-made thing that a page leads to; ids grow with time.
func newest(t *testing.T, page string, like *regexp.Regexp) string {
	t.Helper()
	var all []string
	for _, to := range links(t, page) {
		if like.MatchString(to) {
			all = append(all, to)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no link like %s on\n%s", like, words(page))
	}
	return slices.Max(all)
}

func (d *day) goesOn(b *browser, code, n string) {
	d.t.Helper()
	at, _, _ := strings.Cut(b.done("/questions/find", "code", strings.ToUpper(code)), "?")
	b.filled(at, at, "text", d.says("Thank you; the heron"+n+" asks what it costs."))
}

func (d *day) books(b *browser, n string) {
	d.t.Helper()
	free := b.free("consultation")
	for i, contact := range []string{"bramble" + n + "@visitor.example", "+351 21" + n + "5550 199"} {
		a := b.must(b.send(d.t.Context(), http.MethodPost, "/book/consultation", form("start", free[len(free)/2+i*8], "zone", "Asia/Kolkata", "discretion", "full",
			"name", d.says("Bramblewick"+n), "contact", d.says(contact), "note", d.says("I have not slept since the equinox"+n+".")), "application/json"))
		var out struct{ Token string }
		if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != http.StatusCreated {
			d.t.Fatalf("booking: %d %s", a.status, a.body)
		}
		at := "/appointments/" + d.secret(out.Token)
		b.page(at)
		b.page(at + "/appointment.ics")
		b.done(at+"/move", "start", free[len(free)/2+i*8+4])
		if i == 1 {
			b.done(at + "/cancel")
		}
	}
}

func (d *day) waits(b *browser, n string) {
	d.t.Helper()
	at := b.filled("/book/consultation/wait", "/book/consultation/wait",
		"name", d.says("Thistledown"+n), "contact", d.says("thistledown"+n+"@visitor.example"), "suits", d.says("Any dusk but the last of the month"+n))
	d.secret(path.Base(strings.SplitN(at, "?", 2)[0]))
}

func (d *day) inquires(n string) {
	d.t.Helper()
	b := d.enter("coordinator")
	at := b.filled("/desk/inquiries/new", "/desk/inquiries", "name", d.says("Quillon"+n), "contact", d.says("quillon"+n+"@visitor.example"), "note", d.says("Rang twice, hung up once"+n+"."))
	b.filled(at, at+"/note", "note", d.says("Rang a third time"+n+"."))
	person := "/desk/people/" + path.Base(at)
	b.page(person)
	if a := b.post(person + "/contact"); a.status >= 400 {
		d.t.Errorf("opening an address: %d", a.status)
	}
	b.page("/desk/people?q=quill")
}

func (d *day) writes(n string) {
	d.t.Helper()
	b := d.enter("owner")
	var at string
	page := b.page("/desk/articles/new")
	for _, f := range elements(d.t, page, "form") {
		if action := attr(f, "action"); strings.HasPrefix(action, "/desk/articles/") {
			at = action
		}
	}
	b.taken(b.fillIn(page, at, "title", d.says("What the lighthouse left out"+n), "summary", d.says("On keeping a lamp for others"+n+"."), "text", d.says("The keeper"+n+" counts ships, never sleep.")), at)
	b.page(at)
	b.filled("/desk/welcome/work", "/desk/welcome/work", "words", d.says("Bring the good lamp"+n), "name", d.says("Ferdinanda"+n), "email", d.says("ferdinanda"+n+"@practice.example"), "role", "guide")
}

func (d *day) settles(n string) {
	d.t.Helper()
	b := d.enter("owner")
	b.filled("/desk/settings/practice", "/desk/settings/practice/practice", "tagline", d.says("A harbour with the door ajar"+n), "address", d.says("Rua dos Faróis 11"+n), "phone", d.says("+351 210 0"+n+" 77 31"))
	b.filled("/desk/settings/rooms", "/desk/settings/rooms", "name", d.says("The lamp room"+n))
	b.filled("/desk/settings/pages/how", "/desk/settings/pages/how", "text", d.says("# We begin with the kettle"+n))
	offering := newest(d.t, b.page("/desk/settings/offerings"), regexp.MustCompile(`^/desk/settings/offerings/[0-9a-f-]{36}$`))
	b.page(offering)
	client := newest(d.t, b.page("/desk/people?q=Bramble"), regexp.MustCompile(`^/desk/people/[0-9a-f-]{36}$`))
	appointment := newest(d.t, b.page(client), regexp.MustCompile(`^/desk/appointments/[0-9a-f-]{36}$`))
	if a := b.post(appointment + "/note"); !strings.Contains(a.body, "equinox") {
		d.t.Errorf("the owner does not read the note: %d %s", a.status, words(a.body))
	}
}

// mistypes is what goes wrong in a day: the log tells of faults, never in
// anybody's words.
func (d *day) mistypes(b *browser, n string) {
	d.t.Helper()
	for _, c := range []struct {
		path  string
		pairs []string
		want  int
	}{
		{"/questions", []string{"text", strings.Repeat(d.says("murmuration"+n+" "), 500)}, 422},
		{"/questions/find", []string{"code", d.says("wrongcode" + n)}, 404},
		{"/book/consultation", []string{"start", "never", "name", d.says("Marigolda" + n), "contact", d.says("marigolda" + n + " at home")}, 422},
		{"/book/" + d.says("unknownoffering"+n), []string{"name", "x"}, 404},
		{"/sign-in", []string{"email", d.says("notanaddress" + n)}, 422},
		{"/appointments/" + d.says("forgedtoken"+n) + "/cancel", nil, 404},
		{"/sign-in/" + d.says("forgedlink"+n), nil, 410},
	} {
		if a := b.post(c.path, c.pairs...); a.status != c.want {
			d.t.Errorf("POST %s: %d, want %d", c.path, a.status, c.want)
		}
	}
	b.get("/" + d.says("wanderingpath"+n) + "?q=" + d.says("wanderingquery"+n))
	b.get("/appointments/" + d.says("forgedpage"+n))
}

func (d *day) asksForALink(b *browser, n string) {
	d.t.Helper()
	if a := b.post("/sign-in", "email", d.says("stranger"+n+"@visitor.example")); a.status != http.StatusOK {
		d.t.Errorf("asking for a link: %d", a.status)
	}
}

// cookie is the session that a browser holds.
func (b *browser) cookie() string {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+"/", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(r.URL) {
		if strings.HasSuffix(c.Name, "held") {
			return c.Value
		}
	}
	b.t.Fatal("nobody is signed in here")
	return ""
}
