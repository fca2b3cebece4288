package ripple

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/rules/checkins"
	"held/rules/scoring"
)

// dast is an invented wording that fits the structure of the DAST-10.
const dast = `{"instrument": "dast10", "edition": "for a test", "items": {"1": "First?", "2": "Second?", "3": "Third?", "4": "Fourth?", "5": "Fifth?", "6": "Sixth?", "7": "Seventh?", "8": "Eighth?", "9": "Ninth?", "10": "Tenth?"}}`

// ours is an instrument of a practice's own.
const ours = `{"id": "tides", "title": "Tides", "version": "1", "scoring": "1", "about": "How the day ran.", "rater": "self",
 "licence": {"name": "The practice's own", "redistributable": "no", "confidence": "high"},
 "options": {"much": [{"value": 0, "text": "Not at all"}, {"value": 1, "text": "Somewhat"}, {"value": 2, "text": "Very"}]},
 "items": [{"key": "a", "text": "I felt at ease.", "options": "much"}, {"key": "b", "text": "I felt carried.", "options": "much"}],
 "scores": [{"key": "sum", "title": "Sum", "method": "sum", "items": ["a", "b"], "lowest": 0, "highest": 4}]}`

func (h *house) askNow(what string) db.ID {
	h.Helper()
	h.ok(h.AskNow(h.as(h.mara), h.wren.ID, what, 14))
	given, err := h.Forms.Of(h.as(h.wren), h.wren.ID)
	h.ok(err)
	for _, g := range given {
		if g.Key == formOf(what) && g.SentAt.IsZero() {
			return g.ID
		}
	}
	h.Fatalf("nothing of %s waits", what)
	return db.ID{}
}

func TestALicensedWordingIsAskedInThePracticeThatLoadedItAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if err := h.AskNow(h.as(h.mara), h.wren.ID, "dast10", 14); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a wording it is asked: %v", err)
		}
		if _, err := h.LoadWording(h.as(h.wren), "dast10", []byte(dast)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a client loads a wording: %v", err)
		}
		_, err := h.LoadWording(h.as(h.mara), "dast10", []byte(dast))
		h.ok(err)
		h.answer(h.askNow("dast10"), 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
		scores, err := h.Scores(h.as(h.mara), h.wren.ID)
		h.ok(err)
		if len(scores) != 1 || scores[0].Version != "1, for a test" {
			t.Fatalf("what was answered: %+v", scores)
		}
		if _, shown, _ := number(scores[0].Result, "score"); shown != "2" { // the third is turned round
			t.Errorf("it comes to %s", shown)
		}
		other := access.With(t.Context(), access.Actor{Practice: db.NewID(), Via: access.System})
		all, err := h.shelf(other, d.Reader())
		h.ok(err)
		if _, is := all.of(Prefix + "dast10"); is {
			t.Error("another practice can ask it too")
		}
	})
}

func TestAWordingThatDoesNotFitIsRefusedWithEachPlace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		bad := strings.NewReplacer(`"10": "Tenth?"`, `"11": "Eleventh?"`, `"edition": "for a test", `, ``, `"dast10"`, `"ebi"`).Replace(dast)
		_, err := h.LoadWording(h.as(h.mara), "dast10", []byte(bad))
		for _, path := range []string{"instrument", "edition", "items.10", "items.11"} {
			if fault.Of(err).Fields[path] == "" {
				t.Errorf("nothing is said of %s: %v", path, fault.Of(err).Fields)
			}
		}
		if _, err := h.LoadWording(h.as(h.mara), "phq9", []byte(dast)); !fault.Is(err, fault.Taken) {
			t.Errorf("a wording that comes with Held is replaced: %v", err)
		}
		if all, err := h.loaded(h.ctx, d.Reader()); err != nil || len(all) != 0 {
			t.Errorf("something of it was kept: %v, %v", all, err)
		}
	})
}

func TestAPracticesOwnInstrumentIsAskedAndScored(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		load := func(from, to string) error {
			_, err := h.LoadOwn(h.as(h.mara), []byte(strings.ReplaceAll(ours, from, to)))
			return err
		}
		for path, change := range map[string][2]string{
			"id": {`"tides"`, `"phq9"`}, "scores[0].method": {`"method": "sum"`, `"method": "guess"`}, "items[1].text": {"I felt carried.", " "},
			"options.much[1].value": {`"value": 1`, `"value": 0`}, "file": {`"about"`, `"abuot"`},
		} {
			if err := load(change[0], change[1]); fault.Of(err).Fields[path] == "" {
				t.Errorf("%v: nothing is said of %s: %v", change, path, fault.Of(err).Fields)
			}
		}
		h.ok(load("", ""))
		h.plan("tides", checkins.Start)
		h.ok(h.AskDue(h.ctx))
		h.answer(h.asked(Waiting)[0].Given, 1, 2)
		scores, err := h.Scores(h.as(h.mara), h.wren.ID)
		h.ok(err)
		if _, shown, _ := number(scores[0].Result, "sum"); shown != "3" {
			t.Errorf("it comes to %s", shown)
		}
		if err := load(`{"key": "b"`, `{"key": "c"`); !fault.Is(err, fault.Invalid) {
			t.Errorf("its questions change under the answers: %v", err)
		}
		twice := `"items": ["a", "b"], "times": 2, "lowest": 0, "highest": 8`
		if err := load(`"items": ["a", "b"], "lowest": 0, "highest": 4`, twice); fault.Of(err).Fields["scoring"] == "" {
			t.Errorf("another scoring goes under the same version: %v", err)
		}
		_, err = h.LoadOwn(h.as(h.mara), []byte(strings.NewReplacer(`"items": ["a", "b"], "lowest": 0, "highest": 4`, twice, `"scoring": "1"`, `"scoring": "2"`).Replace(ours)))
		h.ok(err)
		scores, err = h.Scores(h.as(h.mara), h.wren.ID)
		h.ok(err)
		all, err := h.shelf(h.ctx, d.Reader())
		h.ok(err)
		c := courses(all, scores, nil, nil, time.UTC, true, nil)[0]
		if p := c.Charts[0].Points[0]; p.Shown != "6" || !strings.Contains(p.Note, "scoring version 1 came to 3") {
			t.Errorf("a changed scoring shows %q, %q; want both", p.Shown, p.Note)
		}
	})
}

func TestAKeptScoreOfAnEarlierScoringStandsBesideTheNewOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		all, err := h.shelf(h.ctx, d.Reader())
		h.ok(err)
		in, _ := all.of(Prefix + "phq9")
		k := kept{Answers: make(scoring.Answers, len(in.Items))}
		for i := range 9 {
			one := 1
			k.Answers[i] = &one
		}
		r, err := scoring.Score(in, k.Answers)
		h.ok(err)
		k.Report = measures.ReportOf(r)
		k.Report.Scores["score"] = 8 // as if an earlier version had left one out
		plain, err := json.Marshal(k)
		h.ok(err)
		practice, id := access.From(h.ctx).Practice, db.NewID()
		h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
			sealed, err := h.Vault.Seal(h.ctx, tx, field(practice, h.wren.ID, id), string(plain))
			if err != nil {
				return err
			}
			_, err = tx.Exec(h.ctx, sqlKeepScore, practice, id, h.wren.ID, db.NewID(), 1, in.ID, in.Version, "0", sealed, db.Micros(h.clock.Now()))
			return err
		}))
		scores, err := h.Scores(h.as(h.mara), h.wren.ID)
		h.ok(err)
		p := courses(all, scores, nil, nil, time.UTC, true, nil)[0].Charts[0].Points[0]
		if p.Shown != "9" || !strings.Contains(p.Note, "scoring version 0 came to 8") {
			t.Errorf("it shows %q, %q; want both", p.Shown, p.Note)
		}
	})
}

func TestTheQueueSaysWhyAnswersMayMatter(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for _, n := range []int{0, 1, 2} {
			h.answer(h.askNow("gad7"), n, n, n, n, n, n, n)
			h.clock.Add(time.Hour)
		}
		h.answer(h.askNow("who5"), 5, 5, 5, 5, 5)
		h.clock.Add(time.Hour)
		h.answer(h.askNow("who5"), 0, 0, 0, 0, 0)
		h.answer(h.askNow("phq9"), 0, 0, 0, 0, 0, 0, 0, 0, 1)
		queue := func() (looks []Look, said string) {
			looks, err := h.Queue(h.as(h.mara))
			h.ok(err)
			for _, l := range looks {
				said += l.Instrument + ": " + strings.Join(l.Reasons, " | ") + "\n"
			}
			return looks, said
		}
		if _, said := queue(); strings.Contains(said, "who5: Worse") {
			t.Errorf("a value that nobody checked or set says that somebody is worse:\n%s", said)
		}
		h.ok(h.Measures.SetOwn(h.as(h.add("Amadeu", access.Prescriber)), measures.Own{Instrument: "who5", Score: "pct", Points: "10", Worse: "lower", Source: "Topp 2015."}))
		looks, said := queue()
		for _, want := range []string{"gad7: Worse than the first time by 4 points or more: 0, then 7", "Worse than the time before by 4 points or more: 7, then 14", "who5: Worse than the first time by 10 points or more: 100, then 0 (the practice's own value, source: Topp 2015)", "phq9: An answer may mean danger"} {
			if !strings.Contains(said, want) {
				t.Errorf("the queue does not say %q:\n%s", want, said)
			}
		}
		if len(looks) != 6 || len(looks[len(looks)-1].Reasons) != 0 {
			t.Errorf("those with a reason are not first:\n%s", said)
		}
		h.plan("gad7", checkins.Start)
		h.clock.Add(24 * time.Hour) // nobody is asked again on the day of an answer
		h.ok(h.AskDue(h.ctx))
		h.clock.Add(6 * 24 * time.Hour)
		h.ok(h.AskDue(h.ctx))
		over, err := h.WentBy(h.as(h.mara))
		h.ok(err)
		if len(over) != 1 || over[0].What != "gad7" {
			t.Errorf("what went by: %v", over)
		}
		if over, err = h.WentBy(h.as(h.add("Otto", access.Guide))); err != nil || len(over) != 0 {
			t.Errorf("a guide who does not care for them is told: %v, %v", over, err)
		}
	})
}

func TestTheLastLineStandsBesideTheNextOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		beside := func(ctx context.Context, id db.ID) map[string]forms.Beside {
			t.Helper()
			f, err := h.Forms.Fill(h.as(h.wren), id)
			h.ok(err)
			b, err := h.lastLine(ctx, f.Given)
			h.ok(err)
			return b
		}
		id := h.askNow("who5")
		if b := beside(h.as(h.wren), id); len(b) != 0 {
			t.Errorf("before there was a line: %v", b)
		}
		h.answer(id, 1, 1, 1, 1, 1)
		id = h.askNow("who5")
		if b := beside(h.as(h.wren), id); b[measures.OwnLine].Words != "It was the week of the move." {
			t.Errorf("their last line: %v", b)
		}
		if b := beside(h.as(h.mara), id); len(b) != 0 {
			t.Errorf("somebody else is offered it: %v", b)
		}
	})
}

func TestWhatHappenedInALifeStandsBesideTheValues(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		day := h.clock.Now().AddDate(0, 0, -3)
		h.ok(h.Note(h.as(h.wren), h.wren.ID, day, "Moved house"))
		h.ok(h.Note(h.as(h.mara), h.wren.ID, day.AddDate(0, 0, 1), "New work"))
		if err := h.Note(h.as(h.mara), h.wren.ID, time.Time{}, ""); len(fault.Of(err).Fields) != 2 {
			t.Errorf("without a day and words: %v", err)
		}
		if err := h.Note(h.as(h.add("Otto", access.Guide)), h.wren.ID, day, "Gossip"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide who does not care for them adds one: %v", err)
		}
		all, err := h.Events(h.as(h.mara), h.wren.ID)
		h.ok(err)
		if m := marks([]checkins.Session{{At: day.Add(time.Hour)}}, all); len(m) != 3 || m[0].Label != "Moved house" || m[1].Label != "Medicine session" || m[2].Label != "New work" {
			t.Fatalf("marks: %v", m)
		}
		if _, err := h.TakeOut(h.as(h.mara), all[0].ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("what the client added is taken out by another: %v", err)
		}
		for _, e := range all {
			_, err := h.TakeOut(h.as(h.wren), e.ID)
			h.ok(err)
		}
		if all, err = h.Events(h.as(h.wren), h.wren.ID); err != nil || len(all) != 0 {
			t.Errorf("after they took them out: %v, %v", all, err)
		}
	})
}

func TestWhatIsKeptCanBeTakenAlongAndErased(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.ok(h.Note(h.as(h.wren), h.wren.ID, h.clock.Now(), "Moved house"))
		h.answer(h.askNow("who5"), 1, 1, 1, 1, 1)
		items, err := h.taken(h.as(h.wren), h.wren.ID)
		h.ok(err)
		if len(items) != 2 {
			t.Errorf("%d things are taken along", len(items))
		}
		h.ok(d.Write(h.ctx, func(tx *db.Tx) error { return h.erase(h.ctx, tx, h.wren.ID) }))
		if items, err = h.taken(h.as(h.wren), h.wren.ID); err != nil || len(items) != 0 {
			t.Errorf("after erasing: %v, %v", items, err)
		}
	})
}
