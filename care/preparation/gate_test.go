package preparation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	. "held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/rules/readiness"
)

func TestBothKeysThenANewMedicationClosesTheGateAndEverybodySeesWhy(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := ready(t, d)
		h.must(h.Tell(h.as("client"), "Since Tuesday I take a new tablet for my blood pressure."))
		g := h.gate()
		if g.Open || h.state(Changes) != readiness.Closed {
			t.Fatalf("the gate stands open: %+v", g.Result)
		}
		for _, role := range []string{readiness.Prescriber, readiness.Guide} {
			if k := g.Key(role); k.Turned || !k.Lapsed || len(k.Changed) != 1 || k.Changed[0] != Changes {
				t.Errorf("the %s's key: %+v", role, k)
			}
		}
		c, _ := g.Condition(Changes)
		for _, w := range []string{c.Why.Prescriber, c.Why.Guide, c.Why.Client} {
			if !strings.Contains(w, "change") {
				t.Errorf("somebody is not told why: %q", w)
			}
		}
		own, err := h.Gate(h.as("client"), h.session)
		h.must(err)
		if own.Open || own.Key(readiness.Guide).Turned {
			t.Error("the client sees another gate")
		}
		// Looked at, the condition is settled; the keys are turned anew.
		all, err := h.ChangesOf(h.as("prescriber"), h.who["client"].ID)
		h.must(err)
		h.must(h.Look(h.as("prescriber"), h.who["client"].ID, all[0].ID, "Lisinopril 5 mg: nothing against today."))
		if g := h.gate(); g.Open || !g.Ready() {
			t.Errorf("looked at: open %v, ready %v", g.Open, g.Ready())
		}
		h.must(h.turn("prescriber", readiness.Prescriber))
		h.must(h.turn("guide", readiness.Guide))
		if !h.gate().Open {
			t.Error("two new keys do not open it")
		}
		if n := h.lines("told", "change") + h.lines("looked at", "change") + h.lines("attested", "readiness"); n != 6 {
			t.Errorf("%d lines on the trail, want 6", n)
		}
	})
}

// lines counts lines of the client's trail.
func (h *house) lines(verb, kind string) (n int) {
	h.Helper()
	all, err := h.Trail.Of(h.as("client"), h.who["client"].ID, db.ID{}, 200)
	h.must(err)
	for _, e := range all {
		if e.Verb == verb && e.Kind == kind {
			n++
		}
	}
	return n
}

func TestWhatElseClosesAnOpenGate(t *testing.T) {
	for name, fn := range map[string]func(h *house){
		"consent is withdrawn":                  func(h *house) { h.consent.State, h.consent.Basis = readiness.Closed, "withdrawn" },
		"another consent was signed":            func(h *house) { h.consent.Basis = "consent 2" },
		"the clearance ends":                    func(h *house) { h.clearance.Until = h.clock.Now() },
		"the protocol is another":               func(h *house) { h.terms.Version = "4" },
		"no protocol is in force":               func(h *house) { h.terms.Signed = false },
		"the day ends":                          func(h *house) { h.clock.Add(12 * time.Hour) },
		"the vitals are taken again, too high":  func(h *house) { h.measure(185) },
		"the vitals are taken again, all right": func(h *house) { h.measure(120) },
		"the escort says no":                    func(h *house) { h.must(h.AnswerEscort(h.outside(), h.token(h.named()), false)) },
		"another escort is named":               func(h *house) { h.escort() },
		"a hold is written": func(h *house) {
			h.must(h.Hold(h.as("prescriber"), h.session, Hold{Kind: HoldPause, Medication: "Tramadol", Words: "Not this morning.", Until: h.start().Add(24 * time.Hour)}))
		},
		"a key is withdrawn": func(h *house) { h.must(h.Withdraw(h.as("guide"), h.session, readiness.Guide)) },
		"a worrying answer": func(h *house) {
			a := fine()
			a["thoughts"] = Yes
			h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: a}))
		},
		"the session is cancelled": func(h *house) {
			h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error {
				_, err := h.Calendar.Cancel(h.ctx, tx, h.session, "client")
				return err
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := ready(t, testkit.SQLite(t))
			fn(h)
			if h.gate().Open {
				t.Errorf("%s, and the gate stays open", name)
			}
		})
	}
}

func (h *house) measure(systolic int) {
	h.Helper()
	h.clock.Add(time.Minute)
	h.must(h.Measure(h.as("attendant"), h.session, Vitals{Systolic: systolic, Diastolic: 80, Pulse: 70}, h.clock.Now()))
}

// named is the escort as it stands.
func (h *house) named() Escort {
	h.Helper()
	x, err := h.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	e, err := h.EscortOf(h.as("client"), x)
	h.must(err)
	return e
}

func TestAKeyIsForWhoseItIsAndOverWhatTheyRead(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.refused("before anything is settled", h.turn("guide", readiness.Guide), fault.Taken)
		h.prepare()
		for name, roles := range map[string][]string{
			"guide": {readiness.Prescriber}, "prescriber": {readiness.Guide}, "attendant": {readiness.Guide, readiness.Prescriber}, "coordinator": {readiness.Guide, readiness.Prescriber},
			"client": {readiness.Guide, readiness.Prescriber}, "other guide": {readiness.Guide}, "other prescriber": {readiness.Prescriber}, "other client": {readiness.Guide},
		} {
			for _, role := range roles {
				if err := h.turn(name, role); !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s turns the %s's key: %v", name, role, err)
				}
			}
		}
		h.refused("over an old list", h.Attest(h.as("guide"), h.session, readiness.Guide, "what was read yesterday"), fault.Taken)
		h.must(h.turn("both", readiness.Guide))
		h.refused("both keys in one hand", h.turn("both", readiness.Prescriber), fault.Forbidden)
		h.must(h.turn("prescriber", readiness.Prescriber))
		if !h.gate().Open {
			t.Error("two keys of two people do not open it")
		}
		if h.lines("attested", "readiness") != 2 {
			t.Error("the keys are not on the trail")
		}
	})
}

func TestOnlyThePrescriberGoesOnWithoutAConditionAndSomeHaveNone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.prepare()
		a := fine()
		a["fasting"] = No
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: a}))
		for _, name := range []string{"guide", "attendant", "client", "coordinator", "other prescriber"} {
			if err := h.Pass(h.as(name), h.session, Fasting, "A sip of water."); err == nil {
				t.Errorf("%s passes a condition", name)
			}
		}
		h.refused("without a reason", h.Pass(h.as("prescriber"), h.session, Fasting, ""), fault.Invalid)
		h.refused("what is met", h.Pass(h.as("prescriber"), h.session, Measured, "Why not."), fault.Taken)
		h.must(h.Pass(h.as("prescriber"), h.session, Fasting, "One biscuit, five hours ago."))
		if g := h.gate(); !g.Ready() || len(g.Overrides) != 1 || g.Overrides[0].Why != "One biscuit, five hours ago." {
			t.Errorf("after the override: %+v", g)
		}
		// Said again, worse: the word was for one biscuit.
		h.clock.Add(time.Minute)
		a["fasting"] = No
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: a, Words: "And lunch."}))
		if h.gate().Ready() {
			t.Error("an override passes what was said after it")
		}
		if len(h.gate().Overrides) != 1 {
			t.Error("an override is not visible for good")
		}
		h.consent.State = readiness.Closed
		h.clearance.State = readiness.Closed
		h.terms.Signed = false
		h.measure(185)
		h.must(h.Tell(h.as("client"), "A new tablet."))
		for _, rule := range []string{Consent, Clearance, Protocol, Measured, Changes} {
			h.refused(rule, h.Pass(h.as("prescriber"), h.session, rule, "All the same."), fault.Forbidden)
		}
	})
}

func TestWhatIsNotAnsweredIsNeverNo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.prepare()
		for left, key := range map[string]string{"thoughts": Today, "medication": Today, "fasting": Fasting} {
			a := fine()
			delete(a, left)
			h.clock.Add(time.Minute)
			h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: a}))
			if s := h.state(key); s == readiness.Met || s == readiness.Closed {
				t.Errorf("%s was left open, and %s reads %q", left, key, s)
			}
			c, _ := h.gate().Condition(key)
			if !strings.Contains(c.Why.Prescriber, "Not answered") {
				t.Errorf("%s: %q", key, c.Why.Prescriber)
			}
		}
	})
}

func TestNothingWithoutAProtocolIsAMedicineSession(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	other := h.book(h.talk, h.clock.Now().Truncate(24*time.Hour).AddDate(0, 0, 2).Add(10*time.Hour))
	_, err := h.Gate(h.as("guide"), other.ID)
	h.refused("a talk", err, fault.NotFound)
	h.Terms = nil
	_, err = h.Gate(h.as("guide"), h.session)
	h.refused("without a protocol at all", err, fault.NotFound)
}

func TestAHoldIsThePrescribersAloneAndTheClientReadsIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		pause := Hold{Kind: HoldPause, Medication: "Lorazepam", Words: "None from the evening before.", Until: h.start().Add(12 * time.Hour)}
		for _, name := range []string{"guide", "attendant", "client", "coordinator", "other prescriber"} {
			if err := h.Hold(h.as(name), h.session, pause); err == nil {
				t.Errorf("%s writes a hold", name)
			}
		}
		if h.state(Holds) != readiness.Unknown {
			t.Error("nothing is written, and it is known")
		}
		h.must(h.Hold(h.as("prescriber"), h.session, Hold{Kind: HoldNone}))
		if h.state(Holds) != readiness.Met {
			t.Error("none is needed, and it is not settled")
		}
		h.must(h.Hold(h.as("prescriber"), h.session, pause))
		if h.state(Holds) != readiness.Open {
			t.Errorf("a hold is written: %s", h.state(Holds))
		}
		h.refused("none beside one", h.Hold(h.as("prescriber"), h.session, Hold{Kind: HoldNone}), fault.Invalid)
		x, err := h.Session(h.ctx, h.DB.Reader(), h.session)
		h.must(err)
		all, err := h.HoldsOf(h.as("client"), x)
		h.must(err)
		if len(all) != 2 || all[1].Medication != "Lorazepam" || all[0].Ended.IsZero() {
			t.Errorf("the client reads %+v", all)
		}
		told := false
		for _, m := range h.post() {
			told = told || m.To == "client@example.org" && strings.HasPrefix(m.Subject, "Something is there") && !strings.Contains(m.Text, "Lorazepam")
		}
		if !told {
			t.Error("the client is not told, or told too much")
		}
		h.walk(h.start().Add(-time.Hour))
		a := fine()
		a["holds"] = No
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: a}))
		if h.state(Holds) != readiness.Closed {
			t.Error("a hold was not kept, and the gate does not know")
		}
	})
}

func TestAnswersAreForTheirDayAndTheirTime(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.refused("days ahead", h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: fine()}), fault.Forbidden)
		h.refused("by somebody else", h.Answer(h.as("other client"), h.session, Checkin{Kind: OnTheDay, Answers: fine()}), fault.Forbidden)
		h.walk(h.start().Add(-3 * time.Hour))
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: fine()}))
		if h.state(Today) != readiness.Met || h.state(Fasting) != readiness.Met {
			t.Error("the day's answers are not taken")
		}
		h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error { // the session is put off by two days
			_, err := h.Calendar.Move(h.ctx, tx, h.session, h.start().AddDate(0, 0, 2), true)
			return err
		}))
		if h.state(Today) == readiness.Met || h.state(Fasting) == readiness.Met {
			t.Error("answers of one day count for another")
		}
	})
}

func TestStandingIsClearanceAndConsent(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	yes := func() bool {
		ok, err := h.Standing(h.ctx, h.DB.Reader(), h.who["client"].ID, h.medicine.ID)
		h.must(err)
		return ok
	}
	if !yes() {
		t.Error("both stand, and nobody is ready")
	}
	h.consent.State = readiness.Closed
	if yes() {
		t.Error("without consent somebody is ready")
	}
	h.consent.State, h.Sources = readiness.Met, nil
	if yes() {
		t.Error("where nothing is known somebody is ready")
	}
}

func TestAThoughtOfEndingOnesLifeGoesToWhoeverIsNamedAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var raised []db.ID
		h.Alarm = func(_ context.Context, _ *db.Tx, client, session db.ID, _ string) error {
			raised = append(raised, client, session)
			return nil
		}
		h.walk(h.start().Add(-20 * time.Hour))
		a := map[string]string{"thoughts": No}
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: DayBefore, Answers: a}))
		if len(raised) != 0 {
			t.Error("a no raises an alarm")
		}
		a["thoughts"] = Yes
		h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: DayBefore, Answers: a}))
		if len(raised) != 2 || raised[0] != h.who["client"].ID || raised[1] != h.session {
			t.Errorf("raised: %v", raised)
		}
		told := map[string]bool{}
		for _, m := range h.post() {
			told[m.To] = told[m.To] || strings.Contains(m.Subject, "waits for your eyes")
		}
		if !told["guide@example.org"] || !told["prescriber@example.org"] || told["attendant@example.org"] {
			t.Errorf("told by letter: %v", told)
		}
	})
}
