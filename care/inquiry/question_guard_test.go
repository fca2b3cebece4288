package inquiry

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
)

func TestAProgramThatFillsInTheHiddenFieldIsToldYesAndKeptNowhere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		trap := f.get("/questions").all("div.honeypot")
		if len(trap) != 1 || attr(trap[0], "aria-hidden") != "true" {
			t.Fatal("the hidden field can be met")
		}
		p := f.post("/questions", "text", "Buy my links", honeypot, "https://example.org").is(http.StatusSeeOther)
		if len(p.header.Get("Location")) != len("/questions/0000-0000-0000-0000") {
			t.Errorf("the answer leads to %q", p.header.Get("Location"))
		}
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_threads`) + f.rows(`SELECT COUNT(*) FROM inquiry_messages`); n != 0 {
			t.Errorf("%d rows are kept", n)
		}
	})
}

func TestOneAddressAsksOnlySoOften(t *testing.T) {
	f := newFront(t, testkit.SQLite(t))
	f.from = "198.51.100.7"
	for range askBurst {
		f.post("/questions", "text", asked).is(http.StatusSeeOther)
	}
	p := f.post("/questions", "text", asked, "address", "a@example.org").is(http.StatusTooManyRequests)
	if p.value("text") != asked || p.value("address") != "a@example.org" || p.header.Get("Retry-After") == "" {
		t.Error("the refused form lost what was typed, or does not say when to come back")
	}
	f.post("/questions", "text", "").is(http.StatusUnprocessableEntity) // a mistake takes no turn
	f.from = "198.51.100.8"
	f.post("/questions", "text", asked).is(http.StatusSeeOther)
	f.from = "198.51.100.7"
	f.clock.Add(askEvery)
	f.post("/questions", "text", asked).is(http.StatusSeeOther)
	f.post("/questions", "text", asked).is(http.StatusTooManyRequests)
	f.from = "" // this machine itself is not counted by address
	f.post("/questions", "text", asked).is(http.StatusSeeOther)
}

// flood sends questions from everywhere until proofs are asked for.
func (f *front) flood() {
	f.Helper()
	for i := range floodBurst + 1 {
		f.from = "198.51." + strconv.Itoa(i) + ".7"
		f.post("/questions", "text", "Noise "+strconv.Itoa(i)).is(http.StatusSeeOther)
	}
	f.from = ""
}

// solve does the browser's sum.
func solve(challenge string) string {
	for i := 0; ; i++ {
		if proof := challenge + ":" + strconv.Itoa(i); zeroBits(sha256.Sum256([]byte(proof))) >= workBits {
			return proof
		}
	}
}

func TestInAFloodAFormAsksForAProofOfWork(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		if n := len(f.get("/questions").all("held-work")); n != 0 {
			t.Fatal("a proof is asked for on an ordinary day")
		}
		f.flood()
		form := f.get("/questions")
		work := form.all("held-work")
		if len(work) != 1 || attr(work[0], "bits") != strconv.Itoa(workBits) {
			t.Fatal("no proof is asked for in a flood")
		}
		once := form.value("once")
		proof := solve(attr(work[0], "challenge"))
		f.post("/questions", "text", "A real one, with scripts.", "once", once, "work", proof).follow()
		if got := f.state(f.onlyThread()); got != QuestionNew {
			t.Errorf("a question with its proof is %q", got)
		}
		for name, form := range map[string][]string{
			"no proof":             {"text", "A real one, without scripts."},
			"another form's proof": {"text", "Again.", "once", f.get("/questions").value("once"), "work", proof},
			"a forged challenge":   {"text", "Forged.", "once", once, "work", "AAAA:1"},
			"a sum that is wrong":  {"text", "Lazy.", "once", f.get("/questions").value("once"), "work", attr(work[0], "challenge") + ":x"},
		} {
			f.post("/questions", form...).follow()
			if form[1] == "Forged." { // joins the question of its form, which was proven
				continue
			}
			if got := f.state(f.onlyThread()); got != QuestionAside {
				t.Errorf("%s: the question is %q, want aside", name, got)
			}
		}

		late := f.get("/questions")
		proof = solve(attr(late.all("held-work")[0], "challenge"))
		f.clock.Add(workFor)
		if f.s.proven(f.home, late.value("once"), proof) {
			t.Error("a proof is good after its time")
		}
		if n := len(f.get("/questions").all("held-work")); n != 0 {
			t.Error("proofs are asked for long after the flood")
		}
	})
}

func TestWhatWasSetAsideIsFoundAtTheDeskAndNeverLost(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.flood()
		code := f.ask("A real one, without scripts.").text("output")
		id := f.onlyThread()
		if err := f.s.AskMore(f.ctx(), code, "It is still me.", ""); err != nil {
			t.Fatal(err)
		}
		f.colleague("Leonor", access.Guide)
		p := f.get("/desk/questions").is(http.StatusOK)
		if got := p.text("summary"); got != "Set aside: 2" { // the last of the flood, and this one
			t.Errorf("the tray says %q", got)
		}
		f.get("/desk/questions/"+id).says("span.mark", "Set aside")
		f.post("/desk/questions/"+id+"/state", "to", "new").follow().says("span.mark", "New")
		f.clock.Add(floodLasts + time.Minute)
		f.stranger()
		f.get("/questions/" + code).is(http.StatusOK)
	})
}
