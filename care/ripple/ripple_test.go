package ripple

import (
	"context"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/measures"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/checkins"
	"held/rules/outcomes"
	"held/rules/questionnaire"
)

// house is a practice with one client who is being screened, and their guide.
type house struct {
	*Service
	testing.TB
	ctx        context.Context
	clock      *testkit.Clock
	wren, mara people.Person
	held       []checkins.Session
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	h := &house{TB: t, clock: clock, ctx: access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})}
	tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: clock.Now, Base: "https://held.example"}
	fo := &forms.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Letters: &letters.Service{DB: d, Vault: v, Now: clock.Now}, Now: clock.Now}
	fo.RegisterLetters()
	me := &measures.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Forms: fo, Measures: me, Now: clock.Now,
		Sessions: func(context.Context, db.Q, db.ID) ([]checkins.Session, error) { return h.held, nil }}
	h.ok(h.Begin())
	h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
		return st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	h.wren, h.mara = h.add("Wren", access.Client), h.add("Mara", access.Guide)
	h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
		if err := pe.SetStep(h.ctx, tx, h.wren.ID, people.StepScreening); err != nil {
			return err
		}
		return pe.Join(h.ctx, tx, h.wren.ID, h.mara.ID)
	}))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err, fault.Of(err).Fields)
	}
}

func (h *house) add(name string, roles ...access.Role) (p people.Person) {
	h.Helper()
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p, err = h.People.Add(h.ctx, tx, people.Person{Name: name, Roles: roles})
		return err
	}))
	return p
}

func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) (care access.Care) {
		c, err := h.People.Card(h.ctx, client)
		h.ok(err)
		for _, m := range c.Team {
			if m.Person == p.ID {
				care.As = append(care.As, m.Role)
			}
		}
		return care
	}
	return access.With(h.ctx, a)
}

func (h *house) plan(what string, at ...checkins.Point) {
	h.Helper()
	h.ok(h.KeepPlan(h.as(h.mara), checkins.Asking{What: what, At: at, Open: 5, Begin: 0}))
}

// asked are the check-ins that wait for Wren.
func (h *house) asked(state string) (out []Asked) {
	h.Helper()
	all, err := db.All(h.ctx, h.DB.Reader(), scanAsked, sqlAskedOf, access.From(h.ctx).Practice, h.wren.ID)
	h.ok(err)
	for _, a := range all {
		if a.State == state {
			out = append(out, a)
		}
	}
	return out
}

// answer answers every item of a form with one of its values, and sends it.
func (h *house) answer(given db.ID, values ...int) {
	h.Helper()
	ctx := h.as(h.wren)
	f, err := h.Forms.Fill(ctx, given)
	h.ok(err)
	all, err := h.shelf(h.ctx, h.DB.Reader())
	h.ok(err)
	in, _ := all.of(f.Form.Key)
	c := forms.Changes{{LinkID: "own-line"}: {questionnaire.Words("It was the week of the move.")}}
	for i, v := range values {
		if v < 0 {
			continue
		}
		item := f.Form.Of(in.Items[i].Key)
		for _, o := range item.Options {
			if w, ok := item.Weight(o.Value); ok && w == float64(v) {
				c[questionnaire.Key{LinkID: item.LinkID}] = []questionnaire.Answer{o.Value}
			}
		}
	}
	_, err = h.Forms.Save(ctx, given, c)
	h.ok(err)
	h.ok(h.Forms.Complete(ctx, given))
}

func TestWhatIsDueIsAskedOnceAndGoesAwayByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.ok(h.AskDue(h.ctx))
		if n := len(h.asked(Waiting)); n != 0 {
			t.Fatalf("without a plan %d check-ins are asked", n)
		}
		h.plan("phq9", checkins.Start, checkins.Day7)
		for range 3 {
			h.ok(h.AskDue(h.ctx))
		}
		if n := len(h.asked(Waiting)); n != 1 {
			t.Fatalf("%d check-ins wait, want the one at the beginning", n)
		}
		h.clock.Add(6 * 24 * time.Hour)
		h.ok(h.AskDue(h.ctx))
		if len(h.asked(Waiting)) != 0 || len(h.asked(Over)) != 1 {
			t.Errorf("after its time it still waits: %v", h.asked(Waiting))
		}
		h.held = []checkins.Session{{ID: "s1", At: h.clock.Now()}}
		h.clock.Add(7*24*time.Hour + time.Hour)
		h.ok(h.AskDue(h.ctx))
		if a := h.asked(Waiting); len(a) != 1 || a[0].Point != "day7:s1" {
			t.Errorf("a week after a session: %v", a)
		}
	})
}

// TestTheSameQuestionsDoNotWaitTwice goes through a month in which a week after
// a session and the monthly point are open at the same time.
func TestTheSameQuestionsDoNotWaitTwice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.held = []checkins.Session{{ID: "s1", At: h.clock.Now().AddDate(0, -1, 1)}, {ID: "s2", At: h.clock.Now().AddDate(0, 0, -4)}}
		h.plan("who5", checkins.Day7, checkins.Monthly)
		one := func(when, point string) Asked {
			h.Helper()
			h.ok(h.AskDue(h.ctx))
			a := h.asked(Waiting)
			if len(a) != 1 || a[0].Point != point {
				h.Fatalf("%s: %v waits, want %s alone", when, a, point)
			}
			return a[0]
		}
		h.clock.Add(24 * time.Hour)
		one("a month after the first", "monthly:1")
		h.clock.Add(2 * 24 * time.Hour)
		a := one("a week after the second: it stands beside a session, and goes first", "day7:s2")
		if err := h.AskNow(h.as(h.mara), h.wren.ID, "who5", 3); fault.Of(err).Fields["what"] == "" {
			t.Errorf("it is asked by hand beside what waits: %v", err)
		}
		h.answer(a.Given, 3, 2, 3, 2, 3)
		h.ok(h.AskDue(h.ctx))
		if n := len(h.asked(Waiting)); n != 0 {
			t.Errorf("%d wait on the day of the answer", n)
		}
		h.clock.Add(24 * time.Hour)
		one("the day after the month's turn comes, and nothing was lost", "monthly:1")
		if got := h.asked(Answered); len(got) != 1 || got[0].Point != "day7:s2" {
			t.Errorf("the answer counts for %v", got)
		}
	})
}

func TestWhatSomebodyBeganToAnswerIsNotTakenFromThem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.held = []checkins.Session{{ID: "s1", At: h.clock.Now().AddDate(0, -1, 0)}, {ID: "s2", At: h.clock.Now().AddDate(0, 0, -5)}}
		h.plan("who5", checkins.Day7, checkins.Monthly)
		h.ok(h.AskDue(h.ctx))
		id := h.asked(Waiting)[0].Given
		_, err := h.Forms.Save(h.as(h.wren), id, forms.Changes{{LinkID: "own-line"}: {questionnaire.Words("Half a sentence")}})
		h.ok(err)
		h.clock.Add(3 * 24 * time.Hour)
		h.ok(h.AskDue(h.ctx))
		if a := h.asked(Waiting); len(a) != 1 || a[0].Given != id {
			t.Fatalf("what was begun gave way: %v", a)
		}
		h.clock.Add(3 * 24 * time.Hour) // the month's time is over, the week's is not
		h.ok(h.AskDue(h.ctx))
		if a := h.asked(Waiting); len(a) != 1 || a[0].Point != "day7:s2" {
			t.Errorf("when the first went by, the other was not asked: %v", a)
		}
	})
}

func TestAnswersAreScoredKeptAndReadByTheCareTeamAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.plan("phq9", checkins.Start)
		h.ok(h.AskDue(h.ctx))
		h.answer(h.asked(Waiting)[0].Given, 2, 3, 2, -1, 1, 2, 1, 0, 0)
		if len(h.asked(Answered)) != 1 {
			t.Error("what was answered still waits")
		}
		scores, err := h.Scores(h.as(h.mara), h.wren.ID)
		h.ok(err)
		if len(scores) != 1 || scores[0].Result.Band != "moderate" || scores[0].Line == "" {
			t.Fatalf("scores: %+v", scores)
		}
		if v, shown, _ := number(scores[0].Result, "score"); v != 12 || shown != "12" {
			t.Errorf("the total is %v", shown)
		}
		unseen, err := h.Unseen(h.as(h.mara))
		h.ok(err)
		if len(unseen) != 1 {
			t.Fatalf("%d wait to be looked at", len(unseen))
		}
		_, err = h.See(h.as(h.mara), unseen[0].ID)
		h.ok(err)
		if unseen, err = h.Unseen(h.as(h.mara)); err != nil || len(unseen) != 0 {
			t.Errorf("what was looked at still waits: %v, %v", unseen, err)
		}
		other := h.add("Otto", access.Guide)
		if _, err := h.Scores(h.as(other), h.wren.ID); fault.Of(err).Kind != fault.Forbidden {
			t.Errorf("a guide who does not care for them: %v", err)
		}
		if _, err := h.See(h.as(h.wren), scores[0].ID); fault.Of(err).Kind != fault.Forbidden {
			t.Errorf("they look through their own: %v", err)
		}
	})
}

func TestACheckInIsPutAwayWithoutAReason(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.plan("who5", checkins.Start)
		h.ok(h.AskDue(h.ctx))
		id := h.asked(Waiting)[0].Given
		other := h.add("Iris", access.Client)
		if err := h.PutAway(h.as(other), id); fault.Of(err).Kind != fault.Forbidden {
			t.Errorf("somebody else puts it away: %v", err)
		}
		h.ok(h.PutAway(h.as(h.wren), id))
		h.ok(h.PutAway(h.as(h.wren), id)) // twice is once
		h.ok(h.AskDue(h.ctx))
		if len(h.asked(Waiting)) != 0 || len(h.asked(Skipped)) != 1 {
			t.Error("what was put away is asked again")
		}
	})
}

func TestWhatIsAskedOutsideThePlanGoesAwayAsOthersDo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if err := h.AskNow(h.as(h.mara), h.wren.ID, "who5", 0); fault.Of(err).Fields["days"] == "" {
			t.Errorf("for no days: %v", err)
		}
		h.ok(h.AskNow(h.as(h.mara), h.wren.ID, "who5", 3))
		h.ok(h.AskNow(h.as(h.mara), h.wren.ID, "who5", 3)) // it waits already
		h.ok(h.AskNow(h.as(h.mara), h.wren.ID, "gad7", 3))
		wait, err := h.waiting(h.as(h.wren), h.wren.ID)
		h.ok(err)
		if len(wait) != 2 {
			t.Fatalf("%d check-ins wait, want two", len(wait))
		}
		h.ok(h.PutAway(h.as(h.wren), wait[0].Given))
		if len(h.asked(Skipped)) != 1 || len(h.asked(Waiting)) != 1 {
			t.Errorf("it was not put away: %v", h.asked(Waiting))
		}
		h.clock.Add(4 * 24 * time.Hour)
		h.ok(h.AskDue(h.ctx))
		if len(h.asked(Over)) != 1 {
			t.Errorf("after its time it waits: %v", h.asked(Waiting))
		}
		values := map[[2]string][]outcomes.Value{}
		all, err := h.shelf(h.ctx, d.Reader())
		h.ok(err)
		h.ok(h.gather(h.ctx, all, h.wren.ID, values))
		if len(values) != 0 {
			t.Errorf("what is of no point of a course is in the outcomes: %v", values)
		}
	})
}

func TestACheckInThatWasGivenAsAFormIsPutAwayToo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var id db.ID
		h.ok(d.Write(h.as(h.mara), func(tx *db.Tx) (err error) {
			id, err = h.Forms.Give(h.as(h.mara), tx, forms.Gift{Person: h.wren.ID, Form: Prefix + "who5"})
			return err
		}))
		if err := h.PutAway(h.as(h.add("Iris", access.Client)), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else puts it away: %v", err)
		}
		h.ok(h.PutAway(h.as(h.wren), id))
		wait, err := h.waiting(h.as(h.wren), h.wren.ID)
		h.ok(err)
		if len(wait) != 0 || len(h.asked(Skipped)) != 1 {
			t.Errorf("it waits still: %v", wait)
		}
	})
}

func TestAPlanSaysWhatIsWrongWithIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		err := h.KeepPlan(h.as(h.mara), checkins.Asking{What: "tarot", At: []checkins.Point{"never"}, Open: 0, Begin: 30})
		for _, field := range []string{"what", "at", "open", "begin"} {
			if fault.Of(err).Fields[field] == "" {
				t.Errorf("nothing is said of %q: %v", field, fault.Of(err).Fields)
			}
		}
		if err := h.KeepPlan(h.as(h.wren), checkins.Asking{What: "phq9"}); fault.Of(err).Kind != fault.Forbidden {
			t.Errorf("a client changes the plan: %v", err)
		}
	})
}

func TestACourseNamesThePublishedChangeOrSaysThatThereIsNone(t *testing.T) {
	for _, in := range Askable() {
		c := Course{Instrument: in}
		said := strings.Join(c.changes(nil, time.UTC), " ")
		certain := in.Change != nil && !measures.Settable(in, in.Change.Of)
		if none := strings.Contains(said, "no published value"); none == certain {
			t.Errorf("%s says %q", in.ID, said)
		}
	}
}

func TestAnInstrumentsWordsAndPointsAreNotThePracticesToChange(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		err := h.Forms.Edit(h.as(h.mara), Prefix+"phq9", time.Time{}, func(q *questionnaire.Questionnaire) error {
			q.Title = "Nine questions"
			return nil
		})
		if !fault.Is(err, fault.Forbidden) {
			t.Fatalf("an instrument was changed, and would be counted as if it were not: %v", err)
		}
		h.ok(h.Forms.Edit(h.as(h.mara), Ripple, time.Time{}, func(q *questionnaire.Questionnaire) error {
			q.Title = "What has moved in my work"
			return nil
		}))
	})
}
