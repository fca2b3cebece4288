package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"held/care/inquiry"
	"held/internal/db"
	"held/internal/mail"
	"held/internal/mailbox"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// mailed is the demo practice at a clock that stands, with everything that it
// mails, in the order in which it went.
type mailed struct {
	*testing.T
	h     *house
	b     *browser
	clock *demoClock
	box   *mailbox.Box
	seen  int
}

func newMailed(t *testing.T) *mailed {
	t.Helper()
	at, err := time.Parse(time.RFC3339, demoNow)
	if err != nil {
		t.Fatal(err)
	}
	p := &mailed{T: t}
	p.h, p.clock = openInvented(t)
	p.clock.Stand(at)
	if p.box, err = mailbox.Listen("127.0.0.1:0", mailbox.Options{Keep: 1000}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.box.Close() })
	if p.h.letters.Sender, err = mail.Open(p.box.URL(), mail.WithClock(p.clock.Now)); err != nil {
		t.Fatal(err)
	}
	p.sent("") // what the demo itself had still to send
	p.b = site(t, p.h)
	return p
}

func (p *mailed) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// sent hands over what is due and gives what went to an address meanwhile.
func (p *mailed) sent(to string) (out []mailbox.Message) {
	p.Helper()
	p.ok(p.h.letters.Send(p.h.system(p.Context())))
	all := p.box.Messages()
	slices.Reverse(all)
	for _, m := range all[p.seen:] {
		if m.To == to {
			out = append(out, m)
		}
	}
	p.seen = len(all)
	return out
}

// as is a context in which somebody acts in a session.
func (p *mailed) as(who people.Person) context.Context {
	return access.With(p.Context(), access.Actor{Practice: p.h.practice, Person: who.ID, Roles: who.Roles, Via: access.Session, Strong: true, Fresh: true})
}

func (p *mailed) known(email string) people.Person {
	p.Helper()
	who, err := p.h.people.ByEmail(p.h.system(p.Context()), email)
	p.ok(err)
	return who
}

// reader is somebody who is told everything that there is to tell.
type reader struct {
	style people.Discretion
	space bool
}

func (r reader) email() string {
	return map[bool]string{true: "with-", false: "without-"}[r.space] + string(r.style) + "@reader.example"
}

// life lets everything happen that a letter is written about, and gives the
// letters by what they were about.
func (p *mailed) life(r reader) map[string][]mailbox.Message {
	p.Helper()
	out, to := map[string][]mailbox.Message{}, r.email()
	owner, guide := p.known("leonor@example.org"), p.known("amadeu@example.org")
	visitor := access.With(p.Context(), access.Actor{Practice: p.h.practice, Via: access.Public})
	took := func(what string) { out[what] = p.sent(to) }

	code, err := p.h.inquiry.Ask(visitor, inquiry.Asked{Text: "Is the stair steep?", Address: to})
	p.ok(err)
	waiting, err := p.h.inquiry.Waiting(p.as(owner), 50)
	p.ok(err)
	thread := slices.MaxFunc(waiting, func(a, b inquiry.Item) int { return a.Since.Compare(b.Since) }).ID
	id, err := p.h.inquiry.Turn(p.as(owner), thread, "Ash")
	p.ok(err)
	var me people.Person
	p.ok(p.h.db.Write(p.as(owner), func(tx *db.Tx) (err error) {
		ctx := p.as(owner)
		p.ok(p.h.people.SetDiscretion(ctx, tx, id, r.style))
		if me, err = p.h.people.Get(ctx, tx, id); err != nil || !r.space {
			return err
		}
		return p.h.people.Grant(ctx, tx, me, access.Client)
	}))
	me, err = p.h.people.Get(p.as(owner), p.h.db.Reader(), id)
	p.ok(err)
	took("a space was opened for them")
	p.ok(p.h.inquiry.Answer(p.as(owner), thread, inquiry.Reply{Text: "It has a lift.", Seen: 1}))
	took("their question was answered")
	if code == "" {
		p.Error("a question without a code")
	}

	o, err := p.h.calendar.OfferingBySlug(visitor, "consultation-with-the-prescriber")
	p.ok(err)
	free, err := p.h.calendar.Times(visitor, o, p.h.now(), p.h.now().AddDate(0, 0, 50))
	p.ok(err)
	ctx := visitor
	if r.space {
		ctx = p.as(me)
	}
	a, err := p.h.inquiry.Book(ctx, o, inquiry.Wish{Visitor: inquiry.Visitor{Name: "Ash", Contact: to, Discretion: r.style, Zone: "America/New_York"}, Start: free[len(free)-1]})
	p.ok(err)
	took("they booked")
	p.ok(p.h.calendar.Write(p.as(owner), func(tx *db.Tx) (err error) {
		a, err = p.h.calendar.Move(p.as(owner), tx, a.ID, free[len(free)-3], true)
		return err
	}))
	took("their appointment was moved")
	now := p.h.now()
	p.clock.Stand(a.Start.Add(-47 * time.Hour))
	took("two days before")
	p.clock.Stand(now)
	p.ok(p.h.db.Write(p.as(owner), func(tx *db.Tx) error { return p.h.letters.Drop(p.as(owner), tx, "inquiry.reminder", a.ID) }))

	w, err := p.h.inquiry.Wait(ctx, o, inquiry.Visitor{Name: "Ash", Contact: to, Discretion: r.style, Zone: "America/New_York"}, "")
	p.ok(err)
	took("they wait for a time")
	p.ok(p.h.calendar.Write(p.as(owner), func(tx *db.Tx) error {
		_, err := p.h.calendar.Cancel(p.as(owner), tx, a.ID, "practice")
		return err
	}))
	took("their appointment was cancelled")
	p.ok(p.h.inquiry.OfferNext(p.h.system(p.Context())))
	took("a time was offered to them")
	p.ok(p.h.inquiry.Leave(p.as(owner), w.ID, "desk"))

	if p.h.people.Break(p.as(people.Person{ID: guide.ID, Roles: guide.Roles}), id, access.Covering, "The guide is away.") != nil {
		p.Error("the record does not open")
	}
	took("their record was opened from outside")
	if a := p.b.post("/sign-in", "email", to); a.status != http.StatusOK {
		p.Errorf("asking for a link: %d", a.status)
	}
	took("they asked for a sign-in link")
	return out
}

var (
	linkWord = regexp.MustCompile(`http://localhost(/[a-z-]+)/[A-Za-z0-9_-]{20,}`)
	telling  = regexp.MustCompile(`(?i)ketamin|\bkap\b|psych|therap|medic|clinic|prescri|consultation|slack water|leonor|amadeu|video\.example|maré`)
)

// told is a letter as its reader and whoever looks over their shoulder see it.
func told(m mailbox.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  From: %s\n  Subject: %s\n", strings.Join(m.Header["From"], ", "), m.Subject)
	for line := range strings.Lines(linkWord.ReplaceAllString(m.Text, "http://localhost$1/…")) {
		fmt.Fprintf(&b, "  | %s", line)
	}
	if m.Calendar != nil {
		unfolded := strings.NewReplacer("\r\n ", "", "\r", "").Replace(string(m.Calendar.Body))
		for line := range strings.Lines(linkWord.ReplaceAllString(unfolded, "http://localhost$1/…")) {
			for _, part := range []string{"SUMMARY", "DESCRIPTION", "LOCATION", "ORGANIZER"} {
				if strings.HasPrefix(line, part) {
					fmt.Fprintf(&b, "  # %s", line)
				}
			}
		}
	}
	return b.String()
}

// TestEveryLetterInEveryStyle keeps each letter in each style as a page that a
// person can read, testdata/letters.golden; -update writes it anew. Whatever
// the page says: where little or nothing is to be said, no subject, sender or
// calendar names the practice, its people or its work; and who reads in their
// space gets letters about their own sign-in only.
func TestEveryLetterInEveryStyle(t *testing.T) {
	p := newMailed(t)
	auden := p.firstInLine()
	var b strings.Builder
	for _, style := range []people.Discretion{people.Full, people.Neutral, people.Silent} {
		for _, space := range []bool{false, true} {
			r := reader{style, space}
			fmt.Fprintf(&b, "%s\n", strings.ToUpper(fmt.Sprintf("%s, %s a space", style, map[bool]string{true: "with", false: "without"}[space])))
			letters := p.life(r)
			for _, what := range []string{"a space was opened for them", "they asked for a sign-in link", "their question was answered", "they booked", "their appointment was moved", "two days before",
				"their appointment was cancelled", "they wait for a time", "a time was offered to them", "their record was opened from outside"} {
				fmt.Fprintf(&b, "\n%s:\n", what)
				if len(letters[what]) == 0 {
					b.WriteString("  no letter\n")
				}
				for _, m := range letters[what] {
					b.WriteString(told(m))
					p.judge(r, what, m)
				}
			}
			b.WriteString("\n")
		}
	}
	if auden.IsZero() {
		t.Error("nobody stood in line before them")
	}
	file := filepath.Join("testdata", "letters.golden")
	if *update {
		write(t, file, b.String())
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the letters are not what %s says; look at each that differs, then run with -update\n%s", file, firstDifference(string(want), got))
	}
}

// firstInLine takes whoever waits in the demo off the list, so that offers go
// to those whom the test watches.
func (p *mailed) firstInLine() (id db.ID) {
	p.Helper()
	owner := p.known("leonor@example.org")
	line, err := p.h.inquiry.WaitingList(p.as(owner))
	p.ok(err)
	for _, w := range line {
		id = w.ID
		p.ok(p.h.inquiry.Leave(p.as(owner), w.ID, "desk"))
	}
	return id
}

// judge holds a letter against what its reader asked for.
func (p *mailed) judge(r reader, what string, m mailbox.Message) {
	p.Helper()
	about := what == "a space was opened for them" || what == "they asked for a sign-in link"
	if r.space && r.style == people.Silent && !about {
		p.Errorf("who reads in their space was written to: %s, %q", what, m.Subject)
	}
	if r.style == people.Full {
		return
	}
	if found := telling.FindString(told(m) + m.HTML); found != "" {
		p.Errorf("%v, %s: the letter tells %q", r, what, found)
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\n got %s", i+1, w[i], g[i])
		}
	}
	return "one goes on where the other ends"
}

// TestWhatIsNotMailedStandsInTheSpace: the same events, read by somebody who
// gets no mail.
func TestWhatIsNotMailedStandsInTheSpace(t *testing.T) {
	p := newMailed(t)
	p.firstInLine()
	r := reader{people.Silent, true}
	p.life(r)
	me := p.known(r.email())
	link, err := p.h.identity.Link(p.as(me), me, "")
	p.ok(err)
	p.b.done(strings.TrimPrefix(link, p.h.base))
	space := p.b.page("/space")
	for _, want := range []string{"For you now", "Cancelled: Consultation with the prescriber", "Your questions", "answered on", people.Nothing} {
		if !strings.Contains(space, want) {
			t.Errorf("the space does not say %q\n%s", want, words(space))
		}
	}
	question := newest(t, p.b.page("/space"), regexp.MustCompile(`^/space/questions/[0-9a-f-]{36}$`))
	if said := words(p.b.page(question)); !strings.Contains(said, "Is the stair steep?") || !strings.Contains(said, "It has a lift.") {
		t.Errorf("the answer is not there: %s", said)
	}
	ctx := p.as(me)
	o, err := p.h.calendar.OfferingBySlug(ctx, "consultation")
	p.ok(err)
	free, err := p.h.calendar.Times(ctx, o, p.h.now(), p.h.now().AddDate(0, 0, 50))
	p.ok(err)
	var a calendar.Appointment
	guide := p.known("leonor@example.org")
	p.ok(p.h.calendar.Write(p.as(guide), func(tx *db.Tx) (err error) {
		a, err = p.h.calendar.Book(p.as(guide), tx, calendar.Booking{Offering: o.ID, Client: p.known("ilan@example.org").ID, Start: free[len(free)-1], Zone: "Europe/Lisbon", ByStaff: true})
		return err
	}))
	_, err = p.h.inquiry.Wait(ctx, o, inquiry.Visitor{Zone: "Europe/Lisbon"}, "")
	p.ok(err)
	if space := p.b.page("/space"); !strings.Contains(space, "You are on the waiting list: Consultation.") {
		t.Errorf("that they wait is not there: %s", words(space))
	}
	p.ok(p.h.calendar.Write(p.as(guide), func(tx *db.Tx) error {
		_, err := p.h.calendar.Cancel(p.as(guide), tx, a.ID, "practice")
		return err
	}))
	p.ok(p.h.inquiry.OfferNext(p.h.system(t.Context())))
	page := p.b.page("/space")
	if !strings.Contains(page, "A time has opened: Consultation") || !strings.Contains(page, "It is kept for you until") {
		t.Errorf("the offer is not there: %s", words(page))
	}
	at := newest(t, page, regexp.MustCompile(`^/offers/[A-Za-z0-9_-]+$`))
	if next := p.b.post(at + "/take"); next.status != http.StatusSeeOther {
		t.Errorf("it cannot be taken: %d", next.status)
	}
	if space := p.b.page("/space"); strings.Contains(space, "Nothing is arranged") || !strings.Contains(space, "Consultation") {
		t.Errorf("the appointment is not there: %s", words(space))
	}
	if got := p.sent(r.email()); len(got) != 0 {
		t.Errorf("%d letters went", len(got))
	}
}
