package measures_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/measures"
	"held/practice/people"
	"held/practice/trail"
	"held/rules/scoring"
)

// house is a practice with a client, their guide and a prescriber.
type house struct {
	*measures.Service
	*testing.T
	clock              *testkit.Clock
	ctx                context.Context
	people             *people.Service
	wren, mara, amadeu people.Person
	alarms             []string
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
	h := &house{T: t, clock: clock, ctx: access.With(t.Context(), access.Actor{Practice: practice, Via: access.System}),
		people: &people.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}}
	h.Service = &measures.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now, Alarm: func(_ context.Context, _ *db.Tx, _, _ db.ID, words string) error {
		h.alarms = append(h.alarms, words)
		return nil
	}}
	h.wren, h.mara, h.amadeu = h.add("Wren", access.Client), h.add("Mara", access.Guide), h.add("Amadeu", access.Prescriber)
	h.ok(d.Write(h.ctx, func(tx *db.Tx) error { return h.people.Join(h.ctx, tx, h.wren.ID, h.mara.ID) }))
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
		p, err = h.people.Add(h.ctx, tx, people.Person{Name: name, Roles: roles})
		return err
	}))
	return p
}

func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) (care access.Care) {
		c, err := h.people.Card(h.ctx, client)
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

func (h *house) rating(instrument string, answers map[string]int) measures.Rated {
	return measures.Rated{Client: h.wren.ID, Instrument: instrument, Answers: answers, Taken: h.clock.Now(), Ref: db.NewID()}
}

func (h *house) ratings() []measures.Rating {
	h.Helper()
	all, err := h.Ratings(h.as(h.mara), h.wren.ID)
	h.ok(err)
	return all
}

func TestAClinicianRatesByAScaleAndItIsScored(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		x := h.rating("aldrete", map[string]int{"1": 2, "2": 2, "3": 1, "4": 2, "5": 2})
		x.Line, x.Session = "Sat up by herself.", db.NewID()
		h.ok(h.Rate(h.as(h.mara), x))
		got := h.ratings()
		if len(got) != 1 || got[0].By != h.mara.ID || got[0].Session != x.Session || got[0].Line != x.Line || got[0].Statement != measures.Statement {
			t.Fatalf("kept: %+v", got)
		}
		if v := got[0].Result.Get("score").(scoring.Number); v.String() != "9" || got[0].Result.Get("ready") != true {
			t.Errorf("it comes to %v", got[0].Result)
		}
		other := h.add("Otto", access.Guide)
		for _, who := range []people.Person{h.wren, other} {
			if err := h.Rate(h.as(who), h.rating("moaas", map[string]int{"1": 5})); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s rates: %v", who.Name, err)
			}
		}
		if _, err := h.Ratings(h.as(other), h.wren.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide who does not care for them reads it: %v", err)
		}
	})
}

func TestARatingOfTheRoomIsKeptOnceWhateverComesAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		x := h.rating("moaas", map[string]int{"1": 4})
		x.By = h.mara.ID
		for n := range 3 {
			h.ok(d.Write(h.as(h.mara), func(tx *db.Tx) error {
				kept, err := h.Keep(h.as(h.mara), tx, x)
				if kept != (n == 0) {
					t.Errorf("the %d. time it is kept: %v", n+1, kept)
				}
				return err
			}))
		}
		if got := h.ratings(); len(got) != 1 {
			t.Errorf("%d ratings of one entry", len(got))
		}
	})
}

func TestARatingIsCorrectedByAnotherAndNeverEdited(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		first := h.rating("moaas", map[string]int{"1": 3})
		h.ok(h.Rate(h.as(h.mara), first))
		second := h.rating("moaas", map[string]int{"1": 4})
		second.Corrects = first.Ref
		h.ok(h.Rate(h.as(h.mara), second))
		h.ok(h.Rate(h.as(h.mara), second)) // pressed twice is once
		got := h.ratings()
		if len(got) != 2 || !got[0].Corrected || got[1].Corrected || *got[0].Answers[0] != 3 {
			t.Fatalf("after a correction: %+v", got)
		}
		third := h.rating("moaas", map[string]int{"1": 5})
		third.Corrects = first.Ref
		if err := h.Rate(h.as(h.mara), third); !fault.Is(err, fault.Taken) {
			t.Errorf("what was corrected is corrected again: %v", err)
		}
		third.Corrects, third.Instrument = second.Ref, "dissociation"
		third.Answers = map[string]int{"1": 1}
		if err := h.Rate(h.as(h.mara), third); !fault.Is(err, fault.NotFound) {
			t.Errorf("one scale corrects another: %v", err)
		}
	})
}

func TestARatingThatDoesNotFitIsRefusedByItem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for field, x := range map[string]measures.Rated{
			"item-1": h.rating("moaas", map[string]int{"1": 6}),
			"item-9": h.rating("moaas", map[string]int{"9": 1}),
			"taken":  {Client: h.wren.ID, Instrument: "moaas", Answers: map[string]int{"1": 5}, Ref: db.NewID()},
		} {
			if err := h.Rate(h.as(h.mara), x); fault.Of(err).Fields[field] == "" {
				t.Errorf("nothing is said of %s: %v", field, err)
			}
		}
		if err := h.Rate(h.as(h.mara), h.rating("moaas", nil)); !fault.Is(err, fault.Invalid) {
			t.Errorf("nothing was rated, and it is kept: %v", err)
		}
		ahead := h.rating("moaas", map[string]int{"1": 5})
		ahead.Taken = h.clock.Now().Add(time.Hour)
		if err := h.Rate(h.as(h.mara), ahead); fault.Of(err).Fields["taken"] == "" {
			t.Errorf("it lies ahead: %v", err)
		}
		for _, id := range []string{"cadss6", "phq9", "tarot"} { // no wording, not a clinician's, not known
			if err := h.Rate(h.as(h.mara), h.rating(id, map[string]int{"1": 1})); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if len(h.ratings()) != 0 {
			t.Error("something of it was kept")
		}
	})
}

func TestALoadedWordingCanBeRatedAndADangerousAnswerIsTold(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		in, err := measures.Find("cssrs-screener")
		h.ok(err)
		in.Items = slices.Clone(in.Items) // what Held has is not written into
		for i := range in.Items {
			in.Items[i].Text = "Invented?"
		}
		h.Loaded = func(context.Context, db.Q) ([]scoring.Instrument, error) { return []scoring.Instrument{in}, nil }
		h.ok(h.Rate(h.as(h.mara), h.rating("cssrs-screener", map[string]int{"1": 0, "2": 0, "6": 0})))
		if len(h.alarms) != 0 || h.ratings()[0].Result.Get("risk") != "none" {
			t.Errorf("all no: %v, %v", h.alarms, h.ratings()[0].Result)
		}
		h.ok(h.Rate(h.as(h.mara), h.rating("cssrs-screener", map[string]int{"1": 1, "6": 0})))
		if len(h.alarms) != 1 || h.ratings()[1].Result.Get("risk") != "incomplete" {
			t.Errorf("a wish to be dead, and the rest not asked: %v, %v", h.alarms, h.ratings()[1].Result)
		}
	})
}

func TestTheRoomGetsEachScaleWithItemsChoicesAndScoring(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		all, err := h.AllForRoom(h.ctx, d.Reader())
		h.ok(err)
		var ids []string
		for _, sc := range all {
			ids = append(ids, sc.ID)
		}
		if !slices.Equal(ids, []string{"aldrete", "dissociation", "moaas"}) {
			t.Errorf("the room has %v", ids)
		}
		one, err := h.ForRoom(h.ctx, d.Reader(), "moaas")
		h.ok(err)
		b, err := json.Marshal(one)
		h.ok(err)
		var back struct {
			Items []struct {
				LinkID  string
				Choices []measures.Choice
			}
			Scores []struct{ Method string }
			Filled string
		}
		h.ok(json.Unmarshal(b, &back))
		if len(back.Items) != 1 || len(back.Items[0].Choices) != 6 || back.Items[0].LinkID != "1" || back.Scores[0].Method != "sum" || back.Filled != "Filled in by a clinician." {
			t.Errorf("the device gets %s", b)
		}
		if _, err := h.ForRoom(h.ctx, d.Reader(), "phq9"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a client's questions go into the room: %v", err)
		}
	})
}

func TestThePrescriberSetsWhatCountsAsAChangeWithItsSource(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		set := measures.Own{Instrument: "pcl5", Score: "total", Points: "10", Worse: "higher", Source: "The practice's reading of Marx 2022"}
		if err := h.SetOwn(h.as(h.mara), set); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide sets it: %v", err)
		}
		for field, bad := range map[string]measures.Own{
			"points": {Instrument: "pcl5", Score: "total", Points: "1e3", Worse: "higher", Source: "Somewhere"},
			"source": {Instrument: "pcl5", Score: "total", Points: "10", Worse: "higher"},
			"worse":  {Instrument: "pcl5", Score: "total", Points: "10", Worse: "sideways", Source: "Somewhere"},
		} {
			if err := h.SetOwn(h.as(h.amadeu), bad); fault.Of(err).Fields[field] == "" {
				t.Errorf("nothing is said of %s: %v", field, err)
			}
		}
		if err := h.SetOwn(h.as(h.amadeu), measures.Own{Instrument: "phq9", Score: "score", Points: "3", Source: "Somewhere"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a published value is overruled: %v", err)
		}
		now := func() map[[2]string]measures.Own {
			all, err := h.Own(h.ctx, d.Reader())
			h.ok(err)
			return all
		}
		if len(now()) != 0 {
			t.Error("a value that nobody set")
		}
		h.ok(h.SetOwn(h.as(h.amadeu), set))
		h.clock.Add(time.Hour)
		set.Points, set.Source = "15", "Marx 2022, one sample"
		h.ok(h.SetOwn(h.as(h.amadeu), set))
		if o := now()[[2]string{"pcl5", "total"}]; o.Points != "15" || o.By != h.amadeu.ID {
			t.Errorf("what holds is %+v", o)
		}
		h.clock.Add(time.Hour)
		set.Points, set.Source = "", ""
		h.ok(h.SetOwn(h.as(h.amadeu), set))
		history, err := h.History(h.ctx, d.Reader())
		h.ok(err)
		if len(now()) != 0 || len(history) != 3 || history[0].Points != "10" {
			t.Errorf("taken back: %v, of %v", now(), history)
		}
	})
}

func TestAScaleOfTheRoomsTimelineLandsInTheCourse(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		first, second := db.NewID().String(), db.NewID().String()
		for _, e := range []measures.RoomEntry{
			{ID: first, Body: []byte(`{"instrument":"moaas","answers":{"1":3}}`)},
			{ID: second, Supersedes: first, Body: []byte(`{"instrument":"moaas","answers":{"1":4}}`)},
			{ID: first, Body: []byte(`{"instrument":"moaas","answers":{"1":3}}`)}, // sent again
			{ID: db.NewID().String(), Body: []byte(`{"instrument":"moaas","answers":{"1":9}}`)},
			{ID: db.NewID().String(), Body: []byte(`{"instrument":"tarot","answers":{"1":1}}`)},
			{ID: db.NewID().String(), Body: []byte(`{"answers":"all"}`)},
			{ID: "no id", Body: []byte(`{"instrument":"moaas","answers":{"1":3}}`)},
		} {
			e.Client, e.Session, e.By, e.Taken = h.wren.ID, db.NewID(), h.mara.ID.String(), h.clock.Now()
			h.ok(d.Write(h.as(h.mara), func(tx *db.Tx) error { return h.FromRoom(h.as(h.mara), tx, e) }))
			h.clock.Add(time.Second)
		}
		got := h.ratings()
		if len(got) != 2 || !got[0].Corrected || *got[1].Answers[0] != 4 || got[1].By != h.mara.ID {
			t.Errorf("of the room's entries there are %+v", got)
		}
		void := measures.RoomEntry{ID: db.NewID().String(), Supersedes: second, Client: h.wren.ID, By: h.mara.ID.String(), Taken: h.clock.Now(), Body: []byte(`{"instrument":"moaas","void":true}`)}
		h.ok(d.Write(h.as(h.mara), func(tx *db.Tx) error { return h.FromRoom(h.as(h.mara), tx, void) }))
		if got = h.ratings(); len(got) != 3 || !got[1].Corrected || !got[2].Void {
			t.Errorf("after it was taken back: %+v", got)
		}
	})
}
