package inquiry

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
)

const asked = "Will my licensing board know? I would rather ask before I write my name anywhere."

func TestAQuestionIsAskedWithoutANameAnsweredAndReadByItsCode(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		form := f.get("/questions").is(http.StatusOK).says("h1", "Ask a question").says("label", "What would you like to ask?")
		mine := f.post("/questions", "text", asked, "once", form.value("once")).follow()
		mine.says("h1", "Your question is with us").says("h2", "Your reply code")
		code := mine.text("output")
		if plain, ok := ParseCode(code); !ok || len(plain)*5 < 60 {
			t.Fatalf("the code %q carries %d bits, want 60 or more", code, len(plain)*5)
		}

		f.post("/questions/find", "code", code).follow().says("h1", "Your question").says("output", code)

		f.colleague("Leonor", access.Guide)
		inbox := f.get("/desk/questions").is(http.StatusOK)
		if got := inbox.text(".subject"); got != asked {
			t.Fatalf("the inbox shows %q", got)
		}
		open := f.get(attr(inbox.all("ul.inbox")[0].FirstChild.FirstChild, "href")).is(http.StatusOK)
		open.says("h1", "Question of 3 March").says("button", "Send the answer").says("button", "Close the question")
		id := f.onlyThread()
		f.clock.Add(time.Hour)
		f.post("/desk/questions/"+id+"/answer", "text", "We don't write to boards.\n\nAsk on.", "once", open.value("once"), "seen", open.value("seen")).
			follow().says("span.mark", "Answered").says("p.meta", "Answered In the charge of Leonor")
		if n := len(f.get("/desk/questions?state=new").all(".from")); n != 0 {
			t.Errorf("%d questions are new after the answer", n)
		}

		f.stranger()
		typed := " " + strings.ToLower(strings.ReplaceAll(code, "-", " ")) + " "
		read := f.post("/questions/find", "code", typed).follow().says("h1", "Your question")
		if got := read.texts("li.ours"); len(got) != 1 || !strings.Contains(got[0], "Leonor") || !strings.Contains(got[0], "Ask on.") {
			t.Errorf("the answer reads %q", got)
		}
		more := f.post("/questions/"+code, "text", "Thank you. And then?", "once", read.value("once")).follow()
		if got := more.texts("li.theirs"); len(got) != 2 {
			t.Errorf("after going on, the asker has said %q", got)
		}
		if got := f.state(id); got != QuestionNew {
			t.Errorf("a question that goes on is %q, want new", got)
		}
		f.post("/questions/"+code+"/close").follow().lacks("button", "Close the question")
		f.post("/questions/"+code, "text", "One more thing.").follow().says("button", "Close the question")
	})
}

func (f *front) onlyThread() string {
	f.Helper()
	id, err := db.One(f.Context(), f.d.Reader(), db.Value[db.ID], `SELECT id FROM inquiry_threads WHERE practice_id = $1 ORDER BY id DESC LIMIT 1`, f.home)
	if err != nil {
		f.Fatal(err)
	}
	return id.String()
}

func (f *front) state(id string) QuestionState {
	f.Helper()
	thread, _ := db.ParseID(id)
	row, err := db.One(f.Context(), f.d.Reader(), scanThread, sqlThread, f.home, thread)
	if err != nil {
		f.Fatal(err)
	}
	return row.State
}

func TestNothingThatWasWrittenStandsReadableInTheTables(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		code, err := f.s.Ask(f.ctx(), Asked{Text: asked, Address: "asker@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		guide := f.colleague("Leonor", access.Guide, access.Owner)
		id, _ := db.ParseID(f.onlyThread())
		if err := f.s.Answer(f.ctx(), id, Reply{Text: "Nobody is told.", Seen: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.s.KeepSaved(f.ctx(), Saved{Title: "Boards and secrecy", Text: "Nobody is told, ever."}); err != nil {
			t.Fatal(err)
		}
		person, err := f.s.Turn(f.ctx(), id, "Wren")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.s.WriteNote(f.ctx(), person, "calls after six"); err != nil {
			t.Fatal(err)
		}
		secrets := []string{asked, "licensing board", "asker@example.org", "Nobody is told", "Boards and secrecy", "Wren", "calls after six", code, WriteCode(code)}
		for _, table := range []string{"inquiry_threads", "inquiry_messages", "inquiry_saved", "inquiry_cards", "letters_outbox", "trail_entries", "people_persons"} {
			f.searched(table, secrets)
		}
		if guide.Person == person {
			t.Error("the inquiry is the guide")
		}
	})
}

// searched reads a table column by column and fails where a secret stands readable.
func (f *front) searched(table string, secrets []string) {
	f.Helper()
	rows, err := f.d.Reader().Query(f.Context(), "SELECT * FROM "+table)
	if err != nil {
		f.Fatal(err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	seen := 0
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new([]byte)
		}
		if err := rows.Scan(cells...); err != nil {
			f.Fatal(err)
		}
		seen++
		for i, c := range cells {
			for _, secret := range secrets {
				if strings.Contains(string(*c.(*[]byte)), secret) {
					f.Errorf("%s.%s holds %q in the clear", table, names[i], secret)
				}
			}
		}
	}
	if err := rows.Err(); err != nil || seen == 0 {
		f.Errorf("%s: %d rows searched, %v", table, seen, err)
	}
}

func TestTheNoteAboutAReplySaysNothingElse(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		code, err := f.s.Ask(f.ctx(), Asked{Text: asked, Address: "asker@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		f.colleague("Leonor", access.Guide)
		id, _ := db.ParseID(f.onlyThread())
		for i, words := range []string{"A first answer.", "And something forgotten."} {
			if err := f.s.Answer(f.ctx(), id, Reply{Text: words, Seen: int64(i + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.rows(`SELECT COUNT(*) FROM letters_outbox WHERE kind = 'question.reply' AND state = 'waiting'`); n != 1 {
			t.Errorf("%d notes wait for two answers, want 1", n)
		}
		m, err := f.s.replyLetter(f.system(), id, nil)
		if err != nil || m == nil {
			t.Fatal(m, err)
		}
		if m.To != "asker@example.org" || m.Subject != "There is a reply" || !strings.Contains(m.Text, "https://held.example/questions\n") {
			t.Errorf("the note is %+v", m)
		}
		for _, secret := range []string{code, WriteCode(code), "board", "first answer", "Leonor", "Slack Water", "etamine"} {
			if strings.Contains(m.Subject+m.Text+m.FromName, secret) {
				t.Errorf("the note says %q", secret)
			}
		}
	})
}

func TestWithoutAnAddressNoNoteIsWritten(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.ask(asked)
		f.colleague("Leonor", access.Guide)
		id, _ := db.ParseID(f.onlyThread())
		if err := f.s.Answer(f.ctx(), id, Reply{Text: "Yes.", Seen: 1}); err != nil {
			t.Fatal(err)
		}
		if n := f.rows(`SELECT COUNT(*) FROM letters_outbox`); n != 0 {
			t.Errorf("%d letters wait", n)
		}
	})
}

func TestAFormSentTwiceIsOneQuestion(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		once := f.get("/questions").value("once")
		first := f.post("/questions", "text", asked, "once", once).follow()
		again := f.post("/questions", "text", asked, "once", once).follow()
		if a, b := first.text("output"), again.text("output"); a != b {
			t.Errorf("the same form has the codes %s and %s", a, b)
		}
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_messages`); n != 1 {
			t.Errorf("%d messages are kept, want 1", n)
		}
		changed := f.post("/questions", "text", "I meant to ask something else.", "once", once).follow()
		if changed.text("output") != first.text("output") || len(changed.all("li.theirs")) != 2 {
			t.Error("the same form with other words was not added to its question")
		}
		f.post("/questions", "text", asked, "once", "of-my-own-making").follow()
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_threads`); n != 2 {
			t.Errorf("%d questions are kept, want 2: a word that is not ours joins nothing", n)
		}

		f.post("/questions", "text", asked, "address", "ash@example.org", "once", once).follow()
		f.post("/questions", "text", asked, "address", "rowan@example.org", "once", once).follow()
		practice := access.From(f.ctx()).Practice
		kept, err := f.s.byCode(f.ctx(), f.s.DB.Reader(), practice, first.text("output"))
		if err != nil {
			t.Fatal(err)
		}
		if to, err := f.s.Vault.Open(f.ctx(), f.s.DB.Reader(), address(practice, kept.ID), kept.contact); err != nil || to != "ash@example.org" {
			t.Errorf("the address that came later is %q, %v", to, err)
		}

		code := first.text("output")
		word := f.get("/questions/" + code).value("once")
		for range 2 {
			f.post("/questions/"+code, "text", "Are you there?", "once", word).follow()
		}
		if n := len(f.get("/questions/" + code).all("li.theirs")); n != 3 {
			t.Errorf("%d things were said, want 3", n)
		}
	})
}

func TestAFormSentAtTheSameTimeFromEverywhereIsOneQuestion(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		once := f.s.Once(f.home)
		codes := make(chan string, 16)
		var all sync.WaitGroup
		for range cap(codes) {
			all.Go(func() {
				code, err := f.s.Ask(f.ctx(), Asked{Text: asked, Once: once})
				if err == nil {
					err = f.s.AskMore(f.ctx(), code, "And one more thing.", once)
				}
				if err != nil {
					t.Error(err)
				}
				codes <- code
			})
		}
		all.Wait()
		first := <-codes
		for range cap(codes) - 1 {
			if code := <-codes; code != first {
				t.Errorf("two codes, %s and %s", first, code)
			}
		}
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_messages`); n != 2 {
			t.Errorf("%d messages are kept, want 2", n)
		}
		if n := f.rows(`SELECT turns FROM inquiry_threads`); n != 2 {
			t.Errorf("%d turns are counted, want 2", n)
		}
	})
}

func TestAnAnswerSentTwiceIsOneAnswerAndNeverPassesByNewWords(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		code := f.ask(asked).text("output")
		f.colleague("Leonor", access.Guide)
		id := f.onlyThread()
		open := f.get("/desk/questions/" + id)
		if err := f.s.AskMore(f.ctx(), code, "I forgot to say that it is urgent.", ""); err != nil {
			t.Fatal(err)
		}
		late := f.post("/desk/questions/"+id+"/answer", "text", "Take your time.", "once", open.value("once"), "seen", open.value("seen")).is(http.StatusConflict)
		if late.value("text") != "Take your time." || len(late.all("li.theirs")) != 2 {
			t.Errorf("the refused answer shows %q and %d messages", late.value("text"), len(late.all("li.theirs")))
		}
		for range 2 {
			f.post("/desk/questions/"+id+"/answer", "text", "Today then.", "once", late.value("once"), "seen", late.value("seen")).follow()
		}
		if n := len(f.get("/desk/questions/" + id).all("li.ours")); n != 1 {
			t.Errorf("%d answers are kept, want 1", n)
		}
	})
}

func TestAWrongCodeIsAnsweredCalmlyAndNotForever(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		code := f.ask(asked).text("output")
		f.from = "198.51.100.7"
		forged := "0000-0000-0000-0000"
		for i := range wrongBurst {
			if i%2 == 0 {
				f.get("/questions/" + forged).is(http.StatusNotFound)
			} else {
				p := f.post("/questions/find", "code", "no code at all").is(http.StatusNotFound)
				if p.value("code") != "no code at all" || p.text("p.error") == "" {
					t.Fatal("the form came back without what was typed, or without a word about it")
				}
			}
		}
		f.get("/questions/" + forged).is(http.StatusTooManyRequests)
		f.post("/questions/find", "code", code).is(http.StatusTooManyRequests)
		p := f.post("/questions/"+code, "text", "Hello?").is(http.StatusTooManyRequests)
		if p.header.Get("Retry-After") == "" {
			t.Error("nothing says when to come back")
		}
		f.from = "198.51.100.8"
		f.get("/questions/" + code).is(http.StatusOK)
		f.from = "198.51.100.7"
		f.clock.Add(wrongEvery + time.Second)
		f.get("/questions/" + code).is(http.StatusOK)
	})
}

func TestAClosedQuestionIsReadableForNinetyDays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		code := f.ask(asked).text("output")
		f.post("/questions/" + code + "/close").follow()
		f.clock.Add(ReadableFor)
		f.get("/questions/" + code).is(http.StatusOK)
		f.clock.Add(time.Minute)
		f.get("/questions/" + code).is(http.StatusGone)
		f.post("/questions/"+code, "text", "Am I too late?").is(http.StatusGone)
		f.post("/questions/find", "code", code).is(http.StatusGone)
	})
}

func TestBadInputIsAnsweredClearlyAndNothingIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		long := strings.Repeat("ä", MaxQuestion+1)
		for _, c := range []struct {
			name, text, address string
			status              int
		}{
			{"nothing written", "  ", "", 422},
			{"too long", long, "", 422},
			{"control characters", "bell \a", "", 422},
			{"an address that begins a new header", asked, "a@example.org\r\nBcc: everybody@example.org", 422},
			{"a name before the address", asked, "Somebody <a@example.org>", 422},
			{"no address at all", asked, "call me", 422},
			{"an address without end", asked, strings.Repeat("a", 300) + "@example.org", 422},
			{"a NUL", "before\x00after", "", 400},
			{"bad UTF-8", "caf\xe9", "", 400},
			{"more than a form can take", strings.Repeat("a", 300<<10), "", 413},
		} {
			p := f.post("/questions", "text", c.text, "address", c.address)
			if p.status != c.status {
				t.Errorf("%s: status %d, want %d", c.name, p.status, c.status)
			}
			if c.status == 422 && (p.value("text") != strings.TrimSpace(c.text) || len(p.all("[aria-invalid=true]")) != 1) {
				t.Errorf("%s: the form did not come back with what was typed and one remark", c.name)
			}
		}
		f.post("/questions", "text", long[:2*MaxQuestion]).is(http.StatusSeeOther) // exactly as long as it may be
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_threads`); n != 1 {
			t.Errorf("%d questions are kept, want 1", n)
		}
	})
}

func TestWhatIsTypedIsShownAndNeverRun(t *testing.T) {
	f := newFront(t, testkit.SQLite(t))
	bad := `<script>alert(1)</script> " onmouseover="x`
	p := f.ask(bad)
	if got := p.text("li.theirs"); !strings.Contains(got, bad) {
		t.Errorf("the page says %q", got)
	}
	for _, n := range p.all("script") {
		if attr(n, "src") == "" {
			t.Error("a script stands in the page")
		}
	}
}

func TestCodesAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"7KQ2-9MXA-3RTV-H4PC":       "7KQ29MXA3RTVH4PC",
		"  7kq2 9mxa 3rtv h4pc ":    "7KQ29MXA3RTVH4PC",
		"7KQ2–9MXA–3RTV–H4PC":       "7KQ29MXA3RTVH4PC",
		"oOiI-lL00-1111-ZZZZ":       "001111001111ZZZZ",
		"7KQ2-9MXA-3RTV-H4P":        "",
		"7KQ2-9MXA-3RTV-H4PCC":      "",
		"7KQ2-9MXA-3RTV-H4PU":       "",
		"":                          "",
		strings.Repeat("0-", 10000): "",
	} {
		got, ok := ParseCode(typed)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%.30q reads as %q %v, want %q", typed, got, ok, want)
		}
		if again, _ := ParseCode(WriteCode(got)); ok && again != got {
			t.Errorf("%q written and read again is %q", got, again)
		}
	}
}

func TestEveryPageOfTheInboxIsReachedOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		const n = 2*pageSize + 7
		for i := range n {
			if _, err := f.s.Ask(f.ctx(), Asked{Text: "Question " + strings.Repeat("x", i+1)}); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 { // others share one instant
				f.clock.Add(time.Minute)
			}
		}
		f.colleague("Leonor", access.Guide)
		seen, path := map[string]bool{}, "/desk/questions"
		for pages := 1; path != ""; pages++ {
			p := f.get(path).is(http.StatusOK)
			for _, s := range p.texts(".subject") {
				if seen[s] {
					t.Fatalf("%q stands on two pages", s)
				}
				seen[s] = true
			}
			path = ""
			for _, a := range p.all("[rel=next]") {
				path = attr(a, "href")
			}
			if pages > 3 {
				t.Fatal("there is a fourth page")
			}
		}
		if len(seen) != n {
			t.Errorf("%d questions are reached, want %d", len(seen), n)
		}
	})
}

func TestWhatWaitsLongestStandsFirst(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		for _, words := range []string{"first", "second", "third"} {
			if _, err := f.s.Ask(f.ctx(), Asked{Text: words}); err != nil {
				t.Fatal(err)
			}
			f.clock.Add(time.Hour)
		}
		if got, err := f.s.Waiting(f.ctx(), 9); len(got) != 0 || err != nil {
			t.Errorf("a visitor is told of %d questions, %v", len(got), err)
		}
		f.colleague("Leonor", access.Guide)
		got, err := f.s.Waiting(f.ctx(), 2)
		if err != nil || len(got) != 2 || !got[0].Since.Equal(testkit.Now) || !got[0].Since.Before(got[1].Since) || got[0].Words != "first" {
			t.Errorf("what waits longest: %+v, %v", got, err)
		}
	})
}
