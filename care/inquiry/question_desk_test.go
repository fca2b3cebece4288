package inquiry

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
)

func TestACoordinatorSeesOnlyWhatIsInTheirCharge(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.ask("Mine to answer: where can I park?")
		mine := f.onlyThread()
		f.ask("Not for the front desk.")
		other := f.onlyThread()
		benedita := f.colleague("Benedita", access.Coordinator)
		f.get("/desk/questions").is(http.StatusOK).says(".empty-title", "Every question has its answer")
		f.get("/desk/questions/" + mine).is(http.StatusForbidden)

		f.colleague("Leonor", access.Guide)
		f.post("/desk/questions/"+mine+"/charge", "charge", benedita.Person.String()).follow().says("p.meta", "New In the charge of Benedita")

		f.actor = benedita
		p := f.get("/desk/questions").is(http.StatusOK)
		if got := p.texts(".subject"); !slices.Equal(got, []string{"Mine to answer: where can I park?"}) {
			t.Errorf("the coordinator's inbox holds %q", got)
		}
		if n, err := f.s.Waiting(f.ctx(), 9); len(n) != 1 || err != nil {
			t.Errorf("%d questions wait for the coordinator, %v", len(n), err)
		}
		for _, path := range []string{"/answer", "/state", "/charge", "/inquiry"} {
			f.post("/desk/questions/"+other+path, "text", "x", "seen", "1", "to", "closed", "name", "X").is(http.StatusForbidden)
		}
		open := f.get("/desk/questions/" + mine).is(http.StatusOK)
		f.post("/desk/questions/"+mine+"/answer", "text", "Behind the house.", "seen", open.value("seen")).follow()
		f.post("/desk/questions/saved", "title", "Parking", "text", "Behind the house.").is(http.StatusForbidden)
		f.post("/desk/questions/"+mine+"/charge", "charge", "").is(http.StatusSeeOther)
		f.get("/desk/questions/" + mine).is(http.StatusForbidden)
	})
}

func TestTheDeskIsClosedToEverybodyElse(t *testing.T) {
	f := newFront(t, testkit.SQLite(t))
	f.ask(asked)
	id := f.onlyThread()
	paths := []string{"/desk/questions", "/desk/questions/" + id, "/desk/questions/saved", "/desk/inquiries", "/desk/inquiries/new", "/desk/inquiries/" + id}
	for _, path := range paths {
		f.get(path).is(http.StatusSeeOther) // to the sign-in page
	}
	f.colleague("Wren", access.Client)
	for _, path := range paths {
		f.get(path).is(http.StatusForbidden)
	}
	f.colleague("Tomé", access.Attendant) // sees only what is in his charge
	f.get("/desk/questions/" + id).is(http.StatusForbidden)
	f.post("/desk/questions/"+id+"/answer", "text", "x", "seen", "1").is(http.StatusForbidden)
	f.colleague("Amadeu", access.Prescriber)
	f.get("/desk/questions/" + db.NewID().String()).is(http.StatusNotFound)
	f.get("/desk/questions/nonsense").is(http.StatusNotFound)
}

func TestReadingAQuestionWritesTheTrail(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.ask(asked)
		id, _ := db.ParseID(f.onlyThread())
		f.colleague("Leonor", access.Owner, access.Guide)
		f.get("/desk/questions")
		f.get("/desk/questions/" + id.String())
		entries, err := f.s.Trail.Of(f.ctx(), id, db.ID{}, 10)
		if err != nil || len(entries) != 2 || entries[0].Verb != "read" || entries[0].Role != "guide" || entries[1].Verb != "asked" || entries[1].Role != "visitor" {
			t.Errorf("the question's trail: %+v, %v", entries, err)
		}
		if n := f.rows(`SELECT COUNT(*) FROM trail_entries WHERE kind = 'questions' AND verb = 'read'`); n != 1 {
			t.Errorf("looking through the inbox is written down %d times, want once", n)
		}
	})
}

func TestSavedAnswersArePutInReadAndThenSent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.ask(asked)
		id := f.onlyThread()
		f.colleague("Leonor", access.Guide)
		f.post("/desk/questions/saved", "title", "", "text", "x").is(http.StatusUnprocessableEntity)
		list := f.post("/desk/questions/saved", "title", "Boards", "text", "We write to no board.").follow().says("summary", "Boards")
		saved, err := f.s.SavedAnswers(f.ctx())
		if err != nil || len(saved) != 1 {
			t.Fatal(saved, err)
		}
		if got := f.get("/desk/questions/saved?edit=" + saved[0].ID.String()).value("title"); got != "Boards" {
			t.Errorf("the form to change it holds %q", got)
		}
		list.post("/desk/questions/saved", "id", saved[0].ID.String(), "title", "Boards", "text", "We write to nobody.").follow()

		prefilled := f.get("/desk/questions/" + id + "?saved=" + saved[0].ID.String())
		if got := prefilled.value("text"); got != "We write to nobody." {
			t.Errorf("the answer holds %q", got)
		}
		both := f.post("/desk/questions/"+id+"/answer", "do", "insert", "saved", saved[0].ID.String(), "text", "Good that you ask.", "seen", "1").is(http.StatusOK)
		if got := both.value("text"); got != "Good that you ask. We write to nobody." {
			t.Errorf("the answer holds %q", got)
		}
		if f.state(id) != QuestionNew {
			t.Error("putting a saved answer in has sent it")
		}
		f.post("/desk/questions/saved/remove", "id", saved[0].ID.String()).follow().lacks("summary", "Boards")
	})
}

func TestAQuestionTurnsIntoAnInquiry(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.post("/questions", "text", asked, "address", "asker@example.org").is(http.StatusSeeOther)
		id := f.onlyThread()
		f.colleague("Leonor", access.Guide)
		f.get("/desk/questions/"+id).is(http.StatusOK).says("button", "Turn into an inquiry")
		f.post("/desk/questions/"+id+"/inquiry", "name", " ").is(http.StatusUnprocessableEntity)
		card := f.post("/desk/questions/"+id+"/inquiry", "name", "Question of 3 March").follow()
		card.says("h1", "Question of 3 March").says("span.mark", "New").says("a", "Question of 3 March")
		f.post("/desk/questions/"+id+"/inquiry", "name", "Pressed twice").follow().says("h1", "Question of 3 March")

		thread, _ := db.ParseID(id)
		c, err := f.s.Question(f.ctx(), thread)
		if err != nil || c.Person.IsZero() {
			t.Fatal(c.Person, err)
		}
		p, err := f.s.People.Get(f.ctx(), d.Reader(), c.Person)
		if err != nil || p.Contact != "asker@example.org" || p.Step != "inquiry" || len(p.Roles) != 0 {
			t.Errorf("the visitor is %+v, %v", p, err)
		}
		if of, err := f.s.QuestionsOf(f.ctx(), p.ID); err != nil || len(of) != 1 || !strings.HasSuffix(of[0].Href, id) {
			t.Errorf("the person's questions: %+v, %v", of, err)
		}
		if got := f.get("/desk/questions").text(".from"); got != "Question of 3 March" {
			t.Errorf("the inbox names %q", got)
		}
	})
}

func TestNobodyFromOutsideIsPutInCharge(t *testing.T) {
	f := newFront(t, testkit.SQLite(t))
	f.ask(asked)
	id, _ := db.ParseID(f.onlyThread())
	client := f.colleague("Wren", access.Client)
	f.colleague("Leonor", access.Guide)
	if err := f.s.PutInCharge(f.ctx(), id, client.Person); !fault.Is(err, fault.Invalid) {
		t.Errorf("a client in charge: %v", err)
	}
	f.post("/desk/questions/"+id.String()+"/charge", "charge", "somebody").is(http.StatusUnprocessableEntity)
	f.post("/desk/questions/"+id.String()+"/state", "to", "aside").is(http.StatusUnprocessableEntity)
}
