package inquiry

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"golang.org/x/net/html"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/mailbox"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// booked is a practice with a calendar, its letters going to a mailbox by a real
// conversation. Lisbon, Tuesday 3 March 2026, 09:00.
type booked struct {
	*front
	box  *mailbox.Box
	host access.Actor
	o    calendar.Offering
}

func newBooked(t *testing.T, d *db.DB) *booked {
	t.Helper()
	f := newFront(t, d)
	b := &booked{front: f}
	var err error
	if b.box, err = mailbox.Listen("127.0.0.1:0", mailbox.Options{Now: f.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.box.Close() })
	if f.s.Letters.Sender, err = mail.Open(b.box.URL(), mail.WithClock(f.clock.Now)); err != nil {
		t.Fatal(err)
	}
	f.s.Calendar = &calendar.Service{DB: d, Vault: f.s.Vault, Trail: f.s.Trail, Settings: f.s.Settings, Now: f.clock.Now}
	f.s.RegisterLetters()
	f.app.Mount(f.s.bookingRoutes())
	b.host = f.colleague("Mara", access.Owner, access.Guide)
	b.open()
	f.stranger()
	return b
}

// open saves the practice's words, Mara's hours and a consultation by video:
// 50 minutes every hour from nine to five, a day's notice, three weeks ahead.
func (b *booked) open() {
	b.Helper()
	ctx := b.ctx()
	st, err := b.s.Settings.Get(ctx)
	b.ok(err)
	st.Phone, st.Address = "+351 210 000 000", "Rua do Poço 7, Lisboa"
	st.Reminders, st.OfferHours = []int{48, 3}, 4
	b.ok(b.s.Settings.Save(ctx, st))
	hours := calendar.Hours{Person: b.host.Person, Zone: "Europe/Lisbon"}
	for day := 1; day <= 5; day++ {
		hours.Week[day] = "09:00–17:00"
	}
	b.ok(b.s.Calendar.SaveHours(ctx, hours))
	b.o, err = b.s.Calendar.SaveOffering(ctx, calendar.Offering{
		Slug: "consultation", Name: "First conversation", Words: "To see whether this fits.", Length: 50 * time.Minute, Every: time.Hour,
		Notice: 24 * time.Hour, HorizonDays: 21, Where: calendar.ByVideo, VideoLink: "https://video.example/quiet-room",
		Hosts: []db.ID{b.host.Person}, Who: calendar.Anyone, Open: true,
	})
	b.ok(err)
}

func (f *front) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// change saves the offering with something changed.
func (b *booked) change(with func(*calendar.Offering)) {
	b.Helper()
	with(&b.o)
	_, err := b.s.Calendar.SaveOffering(access.With(b.Context(), b.host), b.o)
	b.ok(err)
}

func on(day, hour, minute int) time.Time {
	return time.Date(2026, time.March, day, hour, minute, 0, 0, time.UTC)
}

var robin = []string{"name", "Robin", "contact", "robin@example.org", "note", "Please no calls by day.", "discretion", "neutral", "zone", "America/New_York"}

// fields are a form's, with some changed.
func fields(of []string, changed ...string) []string {
	return append(append([]string{}, of...), changed...)
}

// book books directly and gives the appointment's path.
func (b *booked) book(start time.Time, form ...string) string {
	b.Helper()
	if len(form) == 0 {
		form = robin
	}
	p := b.post("/book/consultation", fields(form, "start", start.Format(time.RFC3339))...).is(http.StatusSeeOther)
	path, _, _ := strings.Cut(p.header.Get("Location"), "?")
	return path
}

// answer is what a caller who wants JSON gets.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (f *front) call(method, path string, form ...string) answer {
	f.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	r := httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.RemoteAddr = "127.0.0.1:4711"
	w := httptest.NewRecorder()
	f.app.Handler().ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header()}
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
		f.Errorf("%s %s: not JSON: %s", method, path, w.Body)
	}
	return a
}

// mail hands over the letters that are due and gives those to an address, the
// oldest first.
func (b *booked) mail(to string) []mailbox.Message {
	b.Helper()
	b.ok(b.s.Letters.Send(b.system()))
	var out []mailbox.Message
	for _, m := range b.box.Messages() {
		if m.To == to {
			out = append([]mailbox.Message{m}, out...)
		}
	}
	return out
}

// last is the newest letter to an address; n is how many there must be by now.
func (b *booked) last(to string, n int) mailbox.Message {
	b.Helper()
	all := b.mail(to)
	if len(all) != n {
		var subjects []string
		for _, m := range all {
			subjects = append(subjects, m.Subject)
		}
		b.Fatalf("%d letters to %s, want %d: %q", len(all), to, n, subjects)
	}
	if n == 0 {
		return mailbox.Message{}
	}
	return all[n-1]
}

// invitation reads the calendar part of a letter as a calendar program would.
func (b *booked) invitation(m mailbox.Message) (method string, ev *ics.VEvent) {
	b.Helper()
	if m.Calendar == nil {
		b.Fatalf("“%s” has no invitation", m.Subject)
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(m.Calendar.Body))
	b.ok(err)
	for _, p := range cal.CalendarProperties {
		if p.IANAToken == string(ics.PropertyMethod) {
			method = p.Value
		}
	}
	if len(cal.Events()) != 1 {
		b.Fatalf("%d events in one invitation", len(cal.Events()))
	}
	return method, cal.Events()[0]
}

func prop(ev *ics.VEvent, name ics.ComponentProperty) string {
	if p := ev.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

var ourAddress = regexp.MustCompile(`https://held\.example(/[^\s]+)`)

// links are the addresses in a letter's text, without their beginning.
func links(m mailbox.Message) []string {
	var out []string
	for _, found := range ourAddress.FindAllStringSubmatch(m.Text, -1) {
		out = append(out, found[1])
	}
	return out
}

// button finds a button by the beginning of what it says.
func (p page) button(says string) *html.Node {
	p.Helper()
	for _, n := range p.all("button") {
		if strings.HasPrefix(inner(n), says) {
			return n
		}
	}
	p.Fatalf("no button says %q; they say %q", says, p.texts("button"))
	return nil
}

// link finds the address of a link by what it says.
func (p page) link(says string) string {
	p.Helper()
	for _, n := range p.all("a") {
		if inner(n) == says {
			return attr(n, "href")
		}
	}
	p.Fatalf("no link says %q; they say %q", says, p.texts("a"))
	return ""
}

// person makes somebody without a booking form.
func (b *booked) person(p people.Person) people.Person {
	b.Helper()
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = b.s.People.Add(ctx, tx, p)
		return err
	})
	return p
}

// each runs a test on every engine with a practice of its own.
func each(t *testing.T, test func(b *booked)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newBooked(t, d)) })
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
