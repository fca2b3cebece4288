package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/mailbox"
	"held/practice/people"
)

// asking is a practice with an owner, a coordinator and two clients, each in a
// browser of their own, and its mail.
type asking struct {
	t                               *testing.T
	h                               *house
	box                             *mailbox.Box
	owner, coordinator, wren, robin *browser
	wrenID                          db.ID
}

func newAsking(t *testing.T, p *place) *asking {
	t.Helper()
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	p = p.founded().but("HELD_SMTP", box.URL())
	a := &asking{t: t, box: box, h: p.house(wall, t.Output())}
	base := site(t, a.h).base
	in := func(name, email, role string) *browser {
		t.Helper()
		if role != "owner" {
			p.can("person", "add", "--name", name, "--email", email, "--role", role)
		}
		b := newBrowser(t, base)
		link := strings.TrimSpace(p.can("sign-in-link", email))
		b.done(link[strings.Index(link, "/sign-in/"):])
		return b
	}
	a.owner = in("Mara", ownerEmail, "owner")
	a.coordinator = in("Rui", "rui@practice.example", "coordinator")
	a.wren = in("Wren", "wren@example.org", "client")
	a.robin = in("Robin", "robin@example.org", "client")
	who, err := a.h.people.ByEmail(a.h.system(t.Context()), "wren@example.org")
	if err != nil {
		t.Fatal(err)
	}
	a.wrenID = who.ID
	a.owner.withApp(wall())
	a.mail() // that tells them of it
	return a
}

// mail sends what waits and gives the letters that are new since the last time.
func (a *asking) mail() []mailbox.Message {
	a.t.Helper()
	had := len(a.box.Messages())
	if err := a.h.letters.Send(a.h.system(a.t.Context())); err != nil {
		a.t.Fatal(err)
	}
	all := a.box.Messages() // the latest first
	return all[:len(all)-had]
}

var lineLink = regexp.MustCompile(`/space/looks/[0-9a-f-]{36}`)

func TestAClientAsksAboutALineAndTheOwnerAnswers(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		a.owner.page("/desk/people/" + a.wrenID.String())
		looks := a.wren.page("/space/looks")
		if !strings.Contains(words(looks), "Mara, your guide read your page at the desk") {
			t.Errorf("the look is not there: %s", words(looks))
		}
		line := lineLink.FindString(looks)
		if again := a.wren.post(line, "words", "  "); again.status != http.StatusUnprocessableEntity {
			t.Errorf("an empty question: %d", again.status)
		}
		long := strings.Repeat("w", 2001)
		if again := a.wren.post(line, "words", long); again.status != http.StatusUnprocessableEntity || !strings.Contains(again.body, long) {
			t.Errorf("a question that is too long: %d, and what was typed is not kept", again.status)
		}
		const question, answer = "Why did you open my page?", "To see when you come.\n\nNothing else."
		if at := a.wren.done(line, "words", question); at != line {
			t.Errorf("led to %s", at)
		}
		if page := words(a.wren.page(line)); !strings.Contains(page, question) || !strings.Contains(page, "with the owner of the practice") {
			t.Error(page)
		}
		if twice := a.wren.post(line, "words", "Another?"); twice.status != http.StatusConflict {
			t.Errorf("asked twice: %d", twice.status)
		}
		for who, b := range map[string]*browser{"another client": a.robin, "nobody's trail": a.owner} {
			if got := b.get(line).status; got == http.StatusOK {
				t.Errorf("%s reads it", who)
			}
		}

		sent := a.mail()
		if len(sent) != 1 || sent[0].To != ownerEmail || sent[0].Subject != "Something waits for your answer" || strings.Contains(sent[0].Text, "open my page") || strings.Contains(sent[0].Text, "Wren") {
			t.Fatalf("to the owner: %+v", sent)
		}
		today := a.owner.page("/desk")
		mine := regexp.MustCompile(`/desk/looks/[0-9a-f-]{36}`).FindString(today)
		if mine == "" || !strings.Contains(today, "Asked about the trail") {
			t.Fatalf("today does not say so: %s", words(today))
		}
		if got := a.coordinator.get(mine).status; got != http.StatusForbidden {
			t.Errorf("the coordinator reads it: %d", got)
		}
		if page := words(a.owner.page(mine)); !strings.Contains(page, question) || !strings.Contains(page, "Mara") {
			t.Error(page)
		}
		if again := a.owner.post(mine, "words", ""); again.status != http.StatusUnprocessableEntity {
			t.Errorf("an empty answer: %d", again.status)
		}
		a.owner.done(mine, "words", answer)
		if twice := a.owner.post(mine, "words", "Or else."); twice.status != http.StatusConflict || !strings.Contains(twice.body, "<h1>This was done already</h1>") {
			t.Errorf("answered twice: %d %s", twice.status, twice.body)
		}
		if today := words(a.owner.page("/desk")); strings.Contains(today, "Asked about the trail") {
			t.Error("it still waits on the first page")
		}
		if list := words(a.owner.page("/desk/looks")); !strings.Contains(list, "Nothing waits") || !strings.Contains(list, "Wren") {
			t.Error(list)
		}

		sent = a.mail()
		if len(sent) != 1 || sent[0].To != "wren@example.org" || sent[0].Subject != "Something is there for you to read" || strings.Contains(sent[0].Text, "when you come") || !strings.Contains(sent[0].Text, line) {
			t.Fatalf("to the client: %+v", sent)
		}
		if page := words(a.wren.page(line)); !strings.Contains(page, "Nothing else.") {
			t.Error(page)
		}
		looks = words(a.wren.page("/space/looks"))
		for _, said := range []string{"Read the answer", "You asked about a line here", "read what you asked about a line here", "answered what you asked about a line here"} {
			if !strings.Contains(a.wren.page("/space/looks"), said) && !strings.Contains(looks, said) {
				t.Errorf("the trail does not say %q", said)
			}
		}
		sealedUp(t, p, question, "when you come")
	})
}

// sealed sees to it that nothing of some words lies in the columns.
func sealedUp(t *testing.T, p *place, words ...string) {
	t.Helper()
	d := p.database()
	for _, column := range []string{"asked", "answer"} {
		b, err := db.One(t.Context(), d.Reader(), db.Value[[]byte], "SELECT "+column+" FROM space_questions")
		if err != nil || len(b) == 0 {
			t.Fatal(err)
		}
		for _, w := range words {
			if strings.Contains(string(b), w) {
				t.Errorf("%q lies in the clear", w)
			}
		}
	}
}

// TestLettersAboutAskingFollowTheMessageStyle: to the client and to the owner.
func TestLettersAboutAskingFollowTheMessageStyle(t *testing.T) {
	p := newPlace(t)
	a := newAsking(t, p)
	ctx := a.h.system(t.Context())
	owner, err := a.h.people.ByEmail(ctx, ownerEmail)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		style           people.Discretion
		toOwner, toWren string
	}{
		{people.Full, "Somebody asks about a line of their trail", "There is an answer to what you asked about your trail"},
		{people.Silent, "", ""},
	} {
		for _, id := range []db.ID{owner.ID, a.wrenID} {
			if err := a.h.db.Write(ctx, func(tx *db.Tx) error { return a.h.people.SetDiscretion(ctx, tx, id, c.style) }); err != nil {
				t.Fatal(err)
			}
		}
		a.owner.page("/desk/people/" + a.wrenID.String())
		line := lineLink.FindString(a.wren.page("/space/looks"))
		a.wren.done(line, "words", "Why?")
		told := a.mail()
		open := regexp.MustCompile(`/desk/looks/[0-9a-f-]{36}`).FindString(a.owner.page("/desk"))
		a.owner.done(open, "words", "Because.")
		answered := a.mail()
		for what, sent := range map[string]struct {
			got  []mailbox.Message
			want string
		}{"the owner": {told, c.toOwner}, "the client": {answered, c.toWren}} {
			if c.style == people.Silent {
				if len(sent.got) > 0 {
					t.Errorf("%s wants none and got %d", what, len(sent.got))
				}
				continue
			}
			if len(sent.got) != 1 || sent.got[0].Subject != sent.want {
				t.Errorf("%s got %d, %q", what, len(sent.got), sent.want)
			}
		}
	}
}

// TestTheOwnerReadsTheWholeTrail: a day of it, chosen by who and what, and as a
// file; and that is on it too.
func TestTheOwnerReadsTheWholeTrail(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		a.owner.page("/desk/people/" + a.wrenID.String())
		if err := a.h.trail.Link(a.h.system(t.Context())); err != nil {
			t.Fatal(err)
		}
		st, err := a.h.settings.Get(a.h.system(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		day := wall().In(st.Location()).Format("2006-01-02")
		page := a.owner.page("/desk/trail?day=" + day)
		for _, said := range []string{"Mara, guide", "read the page", "made a sign-in link for this person", "The operator", "command on the machine", "Wren"} {
			if !strings.Contains(page, said) {
				t.Errorf("it does not say %q", said)
			}
		}
		if page := a.owner.page("/desk/trail?kind=person&day=" + day); !strings.Contains(page, "read the page") || strings.Contains(page, ">made a sign-in link") {
			t.Error("the choice of kind does not hold")
		}
		if page := a.owner.page("/desk/trail?day=2026-01-01"); !strings.Contains(page, "Nothing on this day") {
			t.Error("another day shows something")
		}
		owner, err := a.h.people.ByEmail(a.h.system(t.Context()), ownerEmail)
		if err != nil {
			t.Fatal(err)
		}
		if page := a.owner.page("/desk/trail?day=" + day + "&actor=" + owner.ID.String()); strings.Contains(page, "The operator<") || !strings.Contains(page, "Mara, guide") {
			t.Error("the choice of a person does not hold")
		}
		for _, bad := range []string{"day=yesterday", "actor=x", "before=x", "day=0001-01-01"} {
			if got := a.owner.get("/desk/trail?" + bad).status; got != http.StatusBadRequest {
				t.Errorf("%s: %d", bad, got)
			}
		}
		table := a.owner.get("/desk/trail/file?day=" + day)
		rows, err := csv.NewReader(strings.NewReader(table.body)).ReadAll()
		if err != nil || len(rows) < 10 || rows[0][0] != "id" || !strings.Contains(table.header.Get("Content-Disposition"), "trail-"+day+".csv") {
			t.Errorf("%d rows, %v, %v", len(rows), err, table.header)
		}
		lines := strings.Split(strings.TrimSpace(a.owner.page("/desk/trail/file?as=jsonl&day="+day)), "\n")
		var kinds []string
		for _, l := range lines {
			var r struct{ Verb, Kind, Hash string }
			if err := json.Unmarshal([]byte(l), &r); err != nil {
				t.Fatal(err, l)
			}
			kinds = append(kinds, r.Verb+" "+r.Kind)
		}
		if !slices.Contains(kinds, "read trail") || !slices.Contains(kinds, "exported trail") || len(lines) < len(rows) {
			t.Errorf("%q", kinds)
		}
		for _, b := range []*browser{a.coordinator, a.wren} {
			for _, path := range []string{"/desk/trail", "/desk/trail/file", "/desk/looks"} {
				if got := b.get(path).status; got != http.StatusForbidden {
					t.Errorf("%s is open to somebody else: %d", path, got)
				}
			}
		}
	})
}
