package adverse_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"held/care/adverse"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

// TestAnEventIsFollowedUpUntilAPrescriberHasClosedIt walks one from its first
// words to its closing, and looks at what is due on the way.
func TestAnEventIsFollowedUpUntilAPrescriberHasClosedIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written()
		c := w.one(id)
		if r := c.Report(); r.Medicine != "ketamine_im" || r.Serious != "" || r.Related != "" || r.Outcome != "" {
			t.Errorf("something was filled in that nobody said, or the session was not asked: %+v", r)
		}
		if all := w.told(); len(all) != 0 {
			t.Errorf("a letter before the day: %v", all)
		}
		w.clock.Add(24 * time.Hour)
		all := w.told()
		if len(all) != 2 {
			t.Fatalf("%d letters on the day, want one to the guide and one to the prescriber", len(all))
		}
		for _, m := range all {
			if s := m.Subject + m.Text; strings.Contains(s, "Wren") || strings.Contains(strings.ToLower(s), "vomit") || strings.Contains(s, "adverse event") {
				t.Errorf("a letter says what happened, or to whom: %s", s)
			}
		}
		if again := w.told(); len(again) != 0 {
			t.Error("they were told twice of one day")
		}
		due, err := w.Due(w.as(w.guide))
		if w.ok(err); len(due) != 1 || due[0].ID != id {
			t.Errorf("%+v is due", due)
		}

		w.ok(w.Follow(w.as(w.guide), id, 1, adverse.FollowUp{Words: "Better, tired.", Outcome: adverse.Resolving, Next: w.day(2)}))
		if due, _ = w.Due(w.as(w.guide)); len(due) != 0 {
			t.Error("what was followed up is still due")
		}
		w.clock.Add(48 * time.Hour)
		if all := w.told(); len(all) != 2 {
			t.Errorf("%d letters on the next day", len(all))
		}
		w.ok(w.Follow(w.as(w.guide), id, 2, adverse.FollowUp{Words: "All well since yesterday.", Outcome: adverse.Resolved}))
		if due, _ = w.Due(w.as(w.prescriber)); len(due) != 1 {
			t.Error("what is over does not wait for its closing")
		}
		if err := w.Close(w.as(w.prescriber), id, 3, "Over."); fault.Of(err).Fields["serious"] == "" || fault.Of(err).Fields["related"] == "" {
			t.Errorf("it was closed although nobody has judged it: %v", err)
		}
		full := w.one(id).Report()
		full.Serious, full.Severity = adverse.No, "2"
		w.ok(w.Correct(w.as(w.guide), id, 3, full, "It was not serious."))
		w.ok(w.Judge(w.as(w.prescriber), id, 4, "probable", "Within the hour."))
		w.ok(w.Close(w.as(w.prescriber), id, 5, "Over within two days."))
		c = w.one(id)
		if c.IsOpen() || !c.Due.IsZero() || len(c.Versions) != 6 || c.Last().Name != "Tomás" || c.Last().Role != "prescriber" {
			t.Errorf("%+v", c.Event)
		}
		for i, v := range c.Versions {
			if !v.Holds || i > 0 && v.Prior != c.Versions[i-1].SHA256 {
				t.Errorf("version %d does not hold, or does not follow the one before", v.Number)
			}
		}
		if c.Versions[0].Report.Serious != "" || c.Versions[3].Words != "It was not serious." {
			t.Error("an older version was changed, or a correction lost its reason")
		}
		if err := w.Follow(w.as(w.guide), id, 6, adverse.FollowUp{Words: "x", Outcome: adverse.Resolved}); !fault.Is(err, fault.Taken) {
			t.Errorf("something was written into what is closed: %v", err)
		}
		w.ok(w.Reopen(w.as(w.guide), id, 6, "It came back.", w.day(1)))
		if c = w.one(id); !c.IsOpen() || c.Report().Outcome != "" || c.Report().Related != "probable" || c.Versions[5].Kind != adverse.Signed {
			t.Errorf("%+v", c.Report())
		}
	})
}

func TestWhatANotedEntryBeginsIsOneEventHoweverOftenItIsSent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		entry, taken := db.NewID(), w.clock.Now().Add(-90*time.Minute)
		var ids []db.ID
		for range 2 {
			w.ok(d.Write(w.as(w.attendant), func(tx *db.Tx) error {
				id, err := w.Begin(w.as(w.attendant), tx, w.session.ID, entry, "syncope", "Fainted when standing up.", taken)
				ids = append(ids, id)
				return err
			}))
		}
		if ids[0] != ids[1] {
			t.Error("one entry made two events")
		}
		c := w.one(ids[0])
		r := c.Report()
		if c.Origin != adverse.InRoom || c.Entry != entry || c.Client != w.client.ID || r.Term != "syncope" || r.Medicine != "ketamine_im" || r.Onset == "" || r.Serious != "" {
			t.Errorf("%+v %+v", c.Event, r)
		}
		if all := w.told(); len(all) != 2 {
			t.Errorf("%d letters say that it is to be completed", len(all))
		}
		w.ok(d.Write(w.as(w.attendant), func(tx *db.Tx) error {
			id, err := w.Begin(w.as(w.attendant), tx, w.session.ID, db.NewID(), "of another list", "Words.", time.Time{})
			ids = append(ids, id)
			return err
		}))
		if r := w.one(ids[2]).Report(); r.Term != "other" || !strings.Contains(r.Words, "of another list") || r.Onset != "" {
			t.Errorf("a term that is not on the list was lost: %+v", r)
		}
	})
}

func TestAReportSaysWhatIsMissing(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for field, alter := range map[string]func(*adverse.Report){
		"term":     func(r *adverse.Report) { r.Term = "" },
		"words":    func(r *adverse.Report) { r.Words = "" },
		"onset":    func(r *adverse.Report) { r.Onset = w.clock.Now().Add(time.Hour * 5).Format("2006-01-02T15:04") },
		"ended":    func(r *adverse.Report) { r.Ended = "2020-01-01T10:00" },
		"criteria": func(r *adverse.Report) { r.Serious = adverse.Yes },
		"serious":  func(r *adverse.Report) { r.Criteria = []string{"hospital"} },
		"next":     func(r *adverse.Report) { r.Next = "" },
		"severity": func(r *adverse.Report) { r.Severity = "9" },
		"outcome":  func(r *adverse.Report) { r.Outcome = "fine" },
		"medicine": func(r *adverse.Report) { r.Medicine = "gin" },
	} {
		r := w.report()
		alter(&r)
		_, err := w.Write(w.as(w.guide), adverse.New{Client: w.client.ID, Report: r})
		if fault.Of(err).Fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	past := w.report()
	past.Next = w.day(-1)
	if _, err := w.Write(w.as(w.guide), adverse.New{Client: w.client.ID, Report: past}); fault.Of(err).Fields["next"] == "" {
		t.Errorf("a follow-up in the past: %v", err)
	}
	lost := w.report()
	lost.Outcome, lost.Next = adverse.Unknown, ""
	id, err := w.Write(w.as(w.guide), adverse.New{Client: w.client.ID, Report: lost})
	if w.ok(err); w.one(id).Due.After(w.clock.Now()) {
		t.Error("what nobody can follow up does not wait for its closing")
	}
	dead := w.report()
	dead.Severity = "5"
	if _, err := w.Write(w.as(w.guide), adverse.New{Client: w.client.ID, Report: dead}); fault.Of(err).Fields["criteria"] == "" {
		t.Errorf("a death that is not serious: %v", err)
	}
	if _, err := w.Write(w.as(w.guide), adverse.New{Client: w.other.ID, Report: w.report()}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody else's client: %v", err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written()
		if _, err := w.One(w.as(w.attendant), id); err != nil {
			t.Errorf("the attendant of the team does not read it: %v", err)
		}
		for name, err := range map[string]error{
			"the attendant writes": w.Follow(w.as(w.attendant), id, 1, adverse.FollowUp{Words: "x", Outcome: "resolving", Next: w.day(1)}),
			"the guide judges":     w.Judge(w.as(w.guide), id, 1, "possible", ""),
			"the guide closes":     w.Close(w.as(w.guide), id, 1, "x"),
			"a stranger judges":    w.Judge(w.as(w.stranger), id, 1, "possible", ""),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.One(w.as(w.owner), id); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the owner reads it by rank: %v", err)
		}
		stale := access.From(w.as(w.prescriber))
		stale.Fresh = false
		if err := w.Close(access.With(w.ctx, stale), id, 1, "x"); !fault.Is(err, fault.Confirm) {
			t.Errorf("it was signed without a fresh proof: %v", err)
		}
		w.ok(w.Judge(w.as(w.prescriber), id, 1, "possible", ""))
		if err := w.Follow(w.as(w.guide), id, 1, adverse.FollowUp{Words: "x", Outcome: "resolving", Next: w.day(1)}); !fault.Is(err, fault.Taken) {
			t.Errorf("somebody wrote over what they had not seen: %v", err)
		}
	})
}

func TestTheReviewCountsAllAndNamesOnlyWhatIsOpenToTheReader(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written()
		full := w.one(id).Report()
		full.Serious, full.Criteria = adverse.Yes, []string{"important"}
		w.ok(w.Correct(w.as(w.guide), id, 1, full, "A drip was given."))
		for _, who := range []people.Person{w.prescriber, w.stranger, w.owner} {
			ctx, rows, who := w.as(who), map[db.ID]int{w.prescriber.ID: 1}[who.ID], who.Name
			v, err := w.Review(ctx, adverse.Filter{State: adverse.Open, Serious: true, Medicine: "ketamine_im"})
			w.ok(err)
			if len(v.Rows) != rows || v.NotShown != 1-rows || v.Total != 1 || v.Serious != 1 || v.Open != 1 || len(v.By) != 1 {
				t.Errorf("%s: %+v", who, v)
			}
			f, err := w.File(ctx, adverse.Filter{})
			w.ok(err)
			table, err := f.CSV()
			w.ok(err)
			whole, err := json.Marshal(f)
			w.ok(err)
			for _, b := range [][]byte{table, whole} {
				for _, word := range []string{"Wren", "Vomited", "drip", id.String(), w.client.ID.String(), "Leonor"} {
					if bytes.Contains(b, []byte(word)) {
						t.Errorf("%s: the file names %q", who, word)
					}
				}
			}
			if bytes.Count(table, []byte("\n")) != 1+rows || f.NotShown != 1-rows {
				t.Errorf("%s: %s", who, table)
			}
		}
		if v, err := w.Review(w.as(w.prescriber), adverse.Filter{State: adverse.Closed}); err != nil || len(v.Rows) != 0 || v.Total != 1 {
			t.Errorf("%+v %v", v, err)
		}
		if _, err := w.Review(w.as(w.guide), adverse.Filter{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide reads the practice's list: %v", err)
		}
	})
}

func TestAPersonTakesItAlongAndHasItErased(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written()
		h := w.Kept()[0]
		mine, err := h.Of(w.as(w.client), w.client.ID)
		if w.ok(err); len(mine) != 1 {
			t.Fatalf("%+v", mine)
		}
		if _, err := h.Of(w.as(w.other), w.client.ID); err == nil {
			t.Error("somebody else takes it along")
		}
		w.ok(d.Write(w.ctx, func(tx *db.Tx) error { return h.Erase(w.ctx, tx, w.client.ID) }))
		if _, err := w.One(w.as(w.prescriber), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("it is still there: %v", err)
		}
	})
}

func TestTheReportIsAPaperThatNamesNobody(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	id := w.written()
	d := w.Paper(w.as(w.prescriber), id)
	ctx, err := api.ReadAndValidate(bytes.NewReader(d.PDF), nil)
	w.ok(err)
	if ctx.PageCount < 1 || strings.Contains(d.Text, "Wren") {
		t.Errorf("%d pages: %s", ctx.PageCount, d.Text)
	}
	for _, want := range []string{"Vomiting", "Vomited twice", "Not judged", "Filled in by hand", "Ketamine"} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("%q is missing in\n%s", want, d.Text)
		}
	}
}
