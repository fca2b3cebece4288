package screening_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"held/care/screening"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/people"
	"held/rules/questionnaire"
	rules "held/rules/screening"
)

// Every question of a rule stands in a form, with the answers that the rule
// understands, and with two that say neither yes nor no.
func TestTheFormsAskWhatTheRulesAskFor(t *testing.T) {
	asked := map[string]*questionnaire.Item{}
	for _, key := range screening.Forms {
		shipped(t, key).All(func(i *questionnaire.Item) bool {
			asked[i.LinkID] = i
			return true
		})
	}
	var look func(r rules.Rule, term rules.Term)
	look = func(r rules.Rule, term rules.Term) {
		for _, inner := range append(slices.Clone(term.Any), term.All...) {
			look(r, inner)
		}
		if term.Item == "" || r.Stage == rules.Day {
			return
		}
		i := asked[term.Item]
		if i == nil {
			t.Errorf("%s looks at %s, which no form asks", r.ID, term.Item)
			return
		}
		want := append(slices.Clone(rules.Shipped().Codes(term.Item)), rules.DontKnow, rules.InPerson)
		var got []string
		for _, o := range i.Options {
			got = append(got, o.Value.Coding.Code)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s offers %v, the rules understand %v", term.Item, got, want)
		}
		if r.ID != "suicide_acute" && r.ID != "suicide_thoughts" && r.ID != "no_escort" && i.Seen() != questionnaire.Prescriber {
			t.Errorf("%s is read by %s", term.Item, i.Seen())
		}
	}
	for _, r := range rules.Shipped().Rules {
		look(r, r.When)
	}
	if i := asked[rules.ItemTakes]; i == nil || !asked["medicine"].Repeats {
		t.Error("the list of medicines is not asked")
	}
	for _, said := range []string{"thoughts", "plan", rules.InPerson} {
		if i := asked["suicide"]; !i.Safety(choice(i, said)) {
			t.Errorf("%q is not marked for safety", said)
		}
	}
}

func TestWhatNobodyAnsweredIsNeverANo(t *testing.T) {
	each(t, func(h *house) {
		k := h.known()
		if k.Result.Overall() != rules.Incomplete || len(k.Result.Of(rules.Silent)) != 0 || len(k.Missing) < 6 {
			h.Errorf("of nothing: %s, missing %v", k.Result.Overall(), k.Missing)
		}
		h.sends(map[string]string{"aneurysm": "dont-know", "medicines-any": "yes", "medicine-name": "Lorazpam"})
		k = h.known()
		if k.Result.Overall() != rules.Incomplete || !slices.Equal(k.Result.Unrecognised, []string{"Lorazpam"}) {
			h.Errorf("%s, not recognised %v", k.Result.Overall(), k.Result.Unrecognised)
		}
		for _, l := range k.Result.Lines {
			switch l.Rule.ID {
			case "aneurysm":
				if l.State != rules.NeedsLooking || !strings.Contains(k.Why(l), "I don’t know") {
					h.Errorf("an answer that tells nothing: %s, %s", l.State, k.Why(l))
				}
			case "htn_uncontrolled":
				if l.State != rules.NotAnswered || !strings.Contains(k.Why(l), "systolic: not recorded") {
					h.Errorf("without a reading: %s, %s", l.State, k.Why(l))
				}
			}
		}
	})
}

func TestAQuietScreeningStillWaitsForThePrescriber(t *testing.T) {
	each(t, func(h *house) {
		h.sends(nil)
		h.pressure()
		if got := h.known().Result.Overall(); got != rules.NothingSpoke {
			for _, l := range h.known().Result.Standing() {
				h.Log(l.Rule.ID, l.State, l.From)
			}
			h.Errorf("it is %s", got)
		}
		if _, there, err := h.Clearance(h.ctx, h.DB.Reader(), h.client.ID, medicine); err != nil || there {
			h.Errorf("the program decided: %v %v", there, err)
		}
	})
}

func TestWithoutAProtocolThereIsNoDate(t *testing.T) {
	each(t, func(h *house) {
		h.sends(nil)
		h.pressure()
		tomas := h.as(h.prescriber)
		_, err := h.Decide(tomas, h.draft(screening.Cleared))
		if e := fault.Of(err); !strings.Contains(e.Fields["until"], "No protocol is in force") {
			h.Errorf("without a protocol: %v", err)
		}
		h.protocolFor(10)
		d := h.draft(screening.Cleared)
		if _, err := h.Decide(tomas, d); !strings.Contains(fault.Of(err).Fields["until"], "at most") {
			h.Errorf("beyond the protocol's days: %v", err)
		}
		d.Until = h.clock.Now().AddDate(0, 0, 10).Format(time.DateOnly)
		id, err := h.Decide(tomas, d)
		h.ok(err)
		c, there, err := h.Clearance(h.ctx, h.DB.Reader(), h.client.ID, medicine)
		h.ok(err)
		if !there || c.ID != id || !c.Holds(h.clock.Now()) || h.changes != 1 {
			h.Errorf("%+v, %d changes", c, h.changes)
		}
		if c.Holds(h.clock.Now().AddDate(0, 0, 12)) {
			h.Error("it holds after its last day")
		}
		if _, there, _ := h.Clearance(h.ctx, h.DB.Reader(), h.client.ID, "esketamine"); there {
			h.Error("what is decided about one medicine is taken for another")
		}
	})
}

func TestAClearanceInSpiteOfARuleNeedsAReason(t *testing.T) {
	each(t, func(h *house) {
		h.protocolFor(60)
		h.sends(map[string]string{"stroke": "yes", "aneurysm": "dont-know"})
		h.pressure()
		tomas := h.as(h.prescriber)
		d := h.draft(screening.Cleared)
		_, err := h.Decide(tomas, d)
		e := fault.Of(err)
		for _, rule := range []string{"stroke", "bp_hazard", "aneurysm"} {
			if e.Fields["reason-"+rule] == "" {
				h.Errorf("no reason was asked for %s: %v", rule, e.Fields)
			}
		}
		d.Reasons = map[string]string{"stroke": "TIA in 2009, cardiology agrees.", "bp_hazard": "As above.", "aneurysm": "MRI of 2024."}
		_, err = h.Decide(tomas, d)
		h.ok(err)
		all, err := h.Decisions(tomas, h.client.ID)
		h.ok(err)
		if got := all[0]; !got.Holds || got.Reasons["stroke"] == "" || got.Snapshot.Rules != rules.Shipped().Version || got.Snapshot.Overall != rules.Blocked || len(got.Snapshot.Lines) == 0 {
			h.Errorf("kept %+v", got)
		}
	})
}

func TestADecisionIsSignedFreshlyAndNeverEdited(t *testing.T) {
	each(t, func(h *house) {
		h.sends(nil)
		tomas := h.as(h.prescriber)
		stale := access.From(tomas)
		stale.Fresh = false
		_, err := h.Decide(access.With(tomas, stale), h.draft(screening.Deferred))
		h.refused("without a fresh proof", err, fault.Confirm)
		_, err = h.Decide(h.as(h.guide), h.draft(screening.Deferred))
		h.refused("a guide", err, fault.Forbidden)
		old := h.draft(screening.Deferred)
		h.pressure()
		_, err = h.Decide(tomas, old)
		h.refused("of what was not seen", err, fault.Taken)
		first, err := h.Decide(tomas, h.draft(screening.Deferred))
		h.ok(err)
		h.clock.Add(time.Hour)
		second, err := h.Decide(tomas, h.draft(screening.Declined))
		h.ok(err)
		all, err := h.Decisions(tomas, h.client.ID)
		h.ok(err)
		if len(all) != 2 || all[0].ID != second || all[0].Prior != first || all[1].Superseded.IsZero() || !all[1].Holds || all[1].Verdict != screening.Deferred {
			h.Errorf("kept %+v", all)
		}
	})
}

func TestTheLetterIsEditedUntilItIsSent(t *testing.T) {
	each(t, func(h *house) {
		tomas := h.as(h.prescriber)
		id, err := h.Decide(tomas, h.draft(screening.Declined))
		h.ok(err)
		if own, err := h.Own(h.as(h.client)); err != nil || len(own.Letters) != 0 {
			h.Errorf("before it is sent they read %v %v", own.Letters, err)
		}
		h.ok(h.Write(tomas, id, "Dear Wren, not now.", false))
		h.post()
		h.ok(h.Write(tomas, id, "Dear Wren, not now, and here is why.", true))
		if to := h.post(); !slices.Equal(to, []string{"Wren"}) || strings.Contains(h.sent[0].Text, "not now") {
			h.Errorf("sent to %v: %v", to, h.sent)
		}
		h.refused("after it was sent", h.Write(tomas, id, "Dear Wren, on second thoughts.", false), fault.Taken)
		own, err := h.Own(h.as(h.client))
		h.ok(err)
		if len(own.Letters) != 1 || !strings.Contains(own.Letters[0].Letter, "here is why") || own.Letters[0].Why != "" {
			h.Errorf("they read %+v", own.Letters)
		}
	})
}

func TestAnswersAfterADecisionMarkItAndAreShown(t *testing.T) {
	each(t, func(h *house) {
		h.protocolFor(60)
		h.sends(nil)
		h.pressure()
		tomas := h.as(h.prescriber)
		id, err := h.Decide(tomas, h.draft(screening.Cleared))
		h.ok(err)
		h.ok(h.Write(tomas, id, "Dear Wren.", true))
		if all, err := h.Worklist(tomas); err != nil || len(all) != 0 {
			h.Errorf("decided, and still waits: %+v %v", all, err)
		}
		h.clock.Add(24 * time.Hour)
		h.sends(map[string]string{"pregnancy": "possible"})
		c, _, err := h.Clearance(h.ctx, h.DB.Reader(), h.client.ID, medicine)
		h.ok(err)
		if c.Stale.IsZero() || c.Holds(h.clock.Now()) || h.changes != 2 {
			h.Errorf("it stands as if nothing had changed: %+v, %d changes", c, h.changes)
		}
		all, err := h.Worklist(tomas)
		h.ok(err)
		if len(all) != 1 || !strings.Contains(all[0].What, "look again") {
			h.Errorf("the worklist says %+v", all)
		}
	})
}

func TestAClearanceThatHasEndedComesBackToTheWorklist(t *testing.T) {
	each(t, func(h *house) {
		h.protocolFor(60)
		h.sends(nil)
		h.pressure()
		tomas := h.as(h.prescriber)
		id, err := h.Decide(tomas, h.draft(screening.Cleared))
		h.ok(err)
		h.ok(h.Write(tomas, id, "Dear Wren.", true))
		h.ok(h.People.DB.Write(h.ctx, func(tx *db.Tx) error { return h.People.SetStep(h.ctx, tx, h.client.ID, people.StepPreparation) }))
		for _, c := range []struct {
			days int
			want int
		}{{20, 0}, {2, 1}} {
			h.clock.Add(time.Duration(c.days) * 24 * time.Hour)
			all, err := h.Worklist(tomas)
			h.ok(err)
			if len(all) != c.want || c.want == 1 && all[0].What != "the last day of a clearance is over" {
				h.Errorf("%d days later: %+v", c.days, all)
			}
		}
	})
}

func TestTheGuideSeesTheDecisionAndNotTheChart(t *testing.T) {
	each(t, func(h *house) {
		h.protocolFor(60)
		h.sends(nil)
		h.pressure()
		_, err := h.Decide(h.as(h.prescriber), h.draft(screening.Cleared))
		h.ok(err)
		leonor := h.as(h.guide)
		got, err := h.Clearances(leonor, h.client.ID)
		h.ok(err)
		if len(got) != 1 || got[0].Conditions != "Somebody brings you home." {
			h.Errorf("the guide sees %+v", got)
		}
		_, err = h.Decisions(leonor, h.client.ID)
		h.refused("the guide's look at the chart", err, fault.Forbidden)
		_, err = h.Known(leonor, h.DB.Reader(), h.client.ID, medicine)
		h.refused("the guide's look at the rules", err, fault.Forbidden)
		_, err = h.Requests(leonor, h.client.ID)
		h.refused("the guide's look at requests", err, fault.Forbidden)
	})
}

func TestAWrongValueIsReplacedAndStays(t *testing.T) {
	each(t, func(h *house) {
		tomas := h.as(h.prescriber)
		wrong := screening.Fact{Client: h.client.ID, Kind: screening.Weight, Taken: h.clock.Now(), Body: screening.Body{Value: "705"}}
		if _, err := h.Record(tomas, wrong); !fault.Is(err, fault.Invalid) {
			h.Errorf("705 kg: %v", err)
		}
		wrong.Body.Value = "75.0"
		id, err := h.Record(tomas, wrong)
		h.ok(err)
		right := screening.Fact{Client: h.client.ID, Kind: screening.Weight, Taken: h.clock.Now(), Replaces: id, Body: screening.Body{Value: "57.0"}}
		_, err = h.Record(tomas, right)
		h.refused("without a word of why", err, fault.Invalid)
		right.Body.Words = "Figures were turned around."
		_, err = h.Record(tomas, right)
		h.ok(err)
		_, err = h.Record(tomas, right)
		h.refused("replaced twice", err, fault.Taken)
		facts := h.known().Facts
		if len(facts) != 2 {
			h.Errorf("kept %+v", facts)
		}
		_, err = h.Record(h.as(h.guide), wrong)
		h.refused("a guide records", err, fault.Forbidden)
	})
}

func TestAnOrderWaitsForItsValue(t *testing.T) {
	each(t, func(h *house) {
		tomas := h.as(h.prescriber)
		id, err := h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Order, Taken: h.clock.Now(), Body: screening.Body{Name: "ALT"}})
		h.ok(err)
		if !slices.Contains(h.known().Missing, "Ordered, and no value yet: ALT") {
			h.Errorf("missing %v", h.known().Missing)
		}
		_, err = h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Lab, Taken: h.clock.Now(), Order: id, Body: screening.Body{Name: "ALT", Value: "34", Unit: "U/L"}})
		h.ok(err)
		if slices.Contains(h.known().Missing, "Ordered, and no value yet: ALT") {
			h.Errorf("still missing %v", h.known().Missing)
		}
	})
}

func TestTheProtocolSaysHowOldValuesMayBe(t *testing.T) {
	each(t, func(h *house) {
		h.protocolFor(60)
		days := 30
		h.doc.Validity.LiverDays, h.doc.Validity.WeightDays = &days, &days
		wants := func(words string, want bool) {
			h.Helper()
			missing := h.known().Missing
			if got := slices.ContainsFunc(missing, func(m string) bool { return strings.Contains(m, words) }); got != want {
				h.Errorf("%q: %v of %v", words, got, missing)
			}
		}
		wants("Liver function was not recorded", true)
		wants("ECG", false)
		tomas := h.as(h.prescriber)
		_, err := h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Lab, Taken: h.clock.Now(), Body: screening.Body{Name: "ALT", Value: "34", Part: "liver"}})
		h.ok(err)
		_, err = h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Weight, Taken: h.clock.Now(), Body: screening.Body{Value: "70"}})
		h.ok(err)
		wants("Liver function", false)
		h.clock.Add(31 * 24 * time.Hour)
		wants("Liver function is older", true)
		wants("Weight is older", true)
	})
}

func TestRecordsOfOthersNeedAReleaseOfTheClientsOwn(t *testing.T) {
	each(t, func(h *house) {
		tomas, wren := h.as(h.prescriber), h.as(h.client)
		id, err := h.Ask(tomas, screening.Request{Client: h.client.ID, Kind: screening.Records, Asked: screening.Asked{
			Words: "Letters of the last two years", From: "Dr. Alma Sá", Why: "To know how the heart is", Until: h.clock.Now().AddDate(0, 3, 0).Format(time.DateOnly)}})
		h.ok(err)
		if to := h.post(); !slices.Equal(to, []string{"Wren"}) || strings.Contains(h.sent[0].Text, "Alma") {
			h.Errorf("sent to %v: %v", to, h.sent)
		}
		h.refused("before it is signed", h.Receive(tomas, id, "Two letters."), fault.Taken)
		h.refused("the prescriber signs", h.Release(tomas, id, "Wren", true), fault.Forbidden)
		h.refused("without a name", h.Release(wren, id, "", false), fault.Invalid)
		h.ok(h.Release(wren, id, "Wren Hollis", true))
		h.ok(h.Receive(tomas, id, "Two letters, of March and May."))
		all, err := h.Requests(tomas, h.client.ID)
		h.ok(err)
		if r := all[0]; r.State != screening.Received || len(r.Reply.Hash) != 64 || !strings.Contains(r.Reply.Signed, "Dr. Alma Sá") || r.Reply.Name != "Wren Hollis" {
			h.Errorf("kept %+v", r)
		}
		h.ok(h.Withdraw(wren, id))
		h.refused("after it was withdrawn", h.Receive(tomas, id, "A third."), fault.Taken)
		all, err = h.Requests(wren, h.client.ID)
		h.ok(err)
		if r := all[0]; r.State != screening.Withdrawn || r.Reply.Hash == "" || r.Reply.Received == "" {
			h.Errorf("after withdrawing: %+v", r)
		}
	})
}

func TestAQuestionIsAnsweredByTheClientOrNot(t *testing.T) {
	each(t, func(h *house) {
		tomas, wren := h.as(h.prescriber), h.as(h.client)
		ask := func(words string) screening.Request {
			id, err := h.Ask(tomas, screening.Request{Client: h.client.ID, Kind: screening.Question, Asked: screening.Asked{Words: words}})
			h.ok(err)
			return screening.Request{ID: id}
		}
		first, second := ask("When was the last seizure?"), ask("Who knows?")
		h.ok(h.Answer(wren, first.ID, "In 2011."))
		h.ok(h.Refuse(wren, second.ID))
		h.refused("answered twice", h.Answer(wren, first.ID, "In 2012."), fault.Taken)
		h.refused("the prescriber answers", h.Answer(tomas, ask("And now?").ID, "x"), fault.Forbidden)
		all, err := h.Worklist(tomas)
		h.ok(err)
		if len(all) != 1 || all[0].What != "what the client said to a request" || !slices.Contains(all[0].Missing, "The client has not answered a question") {
			h.Errorf("%+v", all)
		}
	})
}

// The alert is raised by what was saved, whether or not the form is ever sent.
func TestAStatedIntentIsToldAtOnce(t *testing.T) {
	each(t, func(h *house) {
		h.ok(h.Give(h.as(h.prescriber), h.client.ID))
		h.post()
		wren := h.as(h.client)
		all, err := h.Forms.Of(wren, h.client.ID)
		h.ok(err)
		g := all[slices.IndexFunc(all, func(g forms.Given) bool { return g.Key == "safety-at-home" })]
		item := shipped(h.T, g.Key).Of("suicide")
		_, err = h.Forms.Save(wren, g.ID, forms.Changes{questionnaire.Key{LinkID: "suicide"}: {choice(item, "plan")}})
		h.ok(err)
		if to := h.post(); len(to) != 2 {
			h.Errorf("told %v", to)
		}
		waiting, err := h.Alerts.Waiting(h.as(h.guide))
		h.ok(err)
		if len(waiting) != 1 {
			h.Fatalf("waiting %v", waiting)
		}
		a, err := h.Alerts.One(h.as(h.prescriber), waiting[0].ID)
		h.ok(err)
		if !strings.Contains(a.Words, "rather be dead") || !strings.Contains(a.Words, "I have a plan") {
			h.Errorf("the alert says %q", a.Words)
		}
		own, err := h.Alerts.Of(wren, h.client.ID)
		h.ok(err)
		if len(own) != 1 || len(own[0].Told) != 2 {
			h.Errorf("the client reads %+v", own)
		}
		_, err = h.Forms.Save(wren, g.ID, forms.Changes{questionnaire.Key{LinkID: "suicide"}: {choice(item, "no")}})
		h.ok(err)
		if own, err := h.Alerts.Of(wren, h.client.ID); err != nil || len(own) != 1 || !own[0].Open() {
			h.Errorf("taking the answer back took the alert away: %+v %v", own, err)
		}
	})
}

func TestWhoeverIsNotOnTheTeamSeesOnlyThatSomebodyWaits(t *testing.T) {
	each(t, func(h *house) {
		h.sends(nil)
		other := access.From(h.as(h.prescriber))
		other.Cares = nil
		all, err := h.Worklist(access.With(h.ctx, other))
		h.ok(err)
		if len(all) != 1 || !all[0].Closed || len(all[0].Missing) != 0 {
			h.Errorf("they see %+v", all)
		}
	})
}

func TestAValueIsOldFromTheInstantOnAtWhichTheChartSaysSo(t *testing.T) {
	each(t, func(h *house) {
		tomas, days := h.as(h.prescriber), 30
		ages := func() []screening.Age {
			all, err := h.Ages(h.ctx, h.DB.Reader(), h.client.ID, medicine)
			h.ok(err)
			return all
		}
		taken := h.clock.Now()
		_, err := h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Weight, Taken: taken, Body: screening.Body{Value: "70"}})
		h.ok(err)
		_, err = h.Record(tomas, screening.Fact{Client: h.client.ID, Kind: screening.Lab, Taken: taken, Body: screening.Body{Name: "ALT", Part: "liver", Value: "20", Unit: "U/L"}})
		h.ok(err)
		if all := ages(); len(all) != 0 {
			t.Errorf("no protocol bounds anything, and %+v grows old", all)
		}
		h.protocolFor(90)
		h.doc.Validity.WeightDays, h.doc.Validity.LiverDays, h.doc.Validity.ECGDays = &days, nil, &days
		all := ages()
		if len(all) != 1 || all[0].Name != "Weight" {
			t.Fatalf("what the protocol bounds and what is on record: %+v", all)
		}
		old := func() bool {
			return slices.ContainsFunc(h.known().Missing, func(m string) bool { return strings.HasPrefix(m, "Weight is older") })
		}
		h.clock.Add(all[0].Ends.Sub(h.clock.Now()) - time.Microsecond)
		if old() {
			t.Error("the chart calls it old before it is")
		}
		h.clock.Add(time.Microsecond)
		if !old() {
			t.Error("it has grown old, and the chart does not say so")
		}
	})
}
