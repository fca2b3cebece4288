package medicine_test

import (
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	rule "held/rules/protocol"
	"held/rules/timeline"
)

func TestSomebodyGoesHomeWhenEverythingIsMetAndThePrescriberSigns(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.dose()
		h.after(125)
		if l := h.stands(); l.Ready() || len(l.Missing()) != len(l.Conditions)-2 { // the time is met, and no symptom is open
			t.Errorf("with nothing answered: %+v", l.Missing())
		}
		h.recovers()
		l := h.stands()
		if !l.Ready() || l.Result != rule.NeedsSignature {
			t.Fatalf("with everything answered: %+v", l.Missing())
		}
		for _, c := range l.Conditions {
			if c.Key != rule.CondSymptoms && (len(c.Basis) == 0 || c.Basis[0].By == "" || c.Basis[0].Entry == "") {
				t.Errorf("%s rests on nothing: %+v", c.Name, c.Basis)
			}
		}
		for _, who := range []string{"attendant", "guide", "owner", "coordinator", "other prescriber", "client"} {
			h.refused(who+" signs", h.Discharge(h.as(who), h.session, l.Digest()), fault.Forbidden)
		}
		h.refused("without a fresh proof", h.Discharge(h.stale("prescriber"), h.session, l.Digest()), fault.Confirm)
		h.must(h.sign())
		x := h.left()
		if x.Outcome != Discharged || x.Digest != l.Digest() || x.Name != "The prescriber" || x.Escort != "Juno" || len(x.Conditions) != len(l.Conditions) || !x.At.Equal(h.clock.Now()) {
			t.Errorf("what is kept: %+v", x)
		}
		seat, err := h.Seat(h.as("guide"), h.DB.Reader(), h.session)
		h.must(err)
		if seat.Ended.IsZero() || seat.Outcome != timeline.Ended {
			t.Errorf("the seat: ended %v, %q", seat.Ended, seat.Outcome)
		}
		h.refused("twice", h.sign(), fault.Taken)
		h.refused("another answer", h.Answer(h.as("attendant"), h.session, "walks", false, ""), fault.Taken)
	})
}

// The published cases, each through the room: what a device enters and what the
// page's forms answer.
func TestTheWorkedCasesOfADischargeComeOutOfTheRoom(t *testing.T) {
	for _, c := range []struct {
		name    string
		minutes int
		spoil   func(h *home)
		want    string
		missing string
	}{
		{"dc1: two minutes too early", 118, func(*home) {}, rule.Stay, rule.CondTime},
		{"a minute less", 119, func(*home) {}, rule.Stay, rule.CondTime},
		{"the minute", 120, func(*home) {}, rule.NeedsSignature, ""},
		{"dc2: everything", 130, func(*home) {}, rule.NeedsSignature, ""},
		{"dc3: dissociation is not 0", 130, func(h *home) {
			v := steady()
			v.Dissociation = figure(1)
			h.must(h.Read(h.as("attendant"), h.session, v))
		}, rule.Stay, rule.CondDissociation},
		{"dc4: no escort", 150, func(h *home) {
			h.sends("attendant", timeline.Present, map[string]any{"who": "Juno", "role": "escort", "action": "left"})
		}, rule.Stay, rule.CondEscort},
		{"dc5: acute intent", 150, func(h *home) {
			h.must(h.Answer(h.as("attendant"), h.session, "intent", true, "I want it to end tonight."))
		}, rule.Stay, rule.CondIntent},
		{"an item of 0", 150, func(h *home) {
			h.must(h.Score(h.as("attendant"), h.session, map[string]int{"1": 2, "2": 2, "3": 2, "4": 2, "5": 0}))
		}, rule.Stay, rule.CondAldrete},
		{"a red symptom", 150, func(h *home) { h.sends("attendant", timeline.Symptom, map[string]any{"code": "chest_pain"}) }, rule.Red, rule.CondSymptoms},
		{"a pressure over the limit", 150, func(h *home) {
			v := steady()
			v.Systolic, v.Diastolic = figure(162), figure(94)
			h.must(h.Read(h.as("attendant"), h.session, v))
		}, rule.Stay, rule.CondPressure},
		{"not steady on the feet", 150, func(h *home) { h.must(h.Answer(h.as("attendant"), h.session, "walks", false, "")) }, rule.Stay, rule.CondWalks},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := goingHome(t, testkit.SQLite(t))
			h.dose()
			h.after(c.minutes)
			h.recovers()
			h.clock.Add(time.Second)
			c.spoil(h)
			l := h.stands()
			if l.Result != c.want {
				t.Errorf("%s, want %s: %+v", l.Result, c.want, l.Missing())
			}
			err := h.sign()
			if c.missing == "" {
				h.must(err)
				return
			}
			if h.state(c.missing) == rule.Met {
				t.Errorf("%s is met", c.missing)
			}
			h.refused("signing", err, fault.Taken)
			for _, x := range l.Missing() {
				if !strings.Contains(err.Error(), x.Name) {
					t.Errorf("the refusal does not name %q: %v", x.Name, err)
				}
			}
			if h.left().Outcome != "" {
				t.Error("something was signed")
			}
		})
	}
}

func TestAnswersThatLetSomebodyGoCountFromThoseWhoseTheyAre(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.dose()
	h.after(130)
	h.recovers()
	h.must(h.Answer(h.as("attendant"), h.session, "walks", false, ""))
	h.sends("guide", timeline.Check, map[string]any{"item": "walks", "value": true})
	if h.state(rule.CondWalks) != rule.NotMet {
		t.Error("a guide's yes counts")
	}
	h.refused("by the page", h.Answer(h.as("guide"), h.session, "walks", true, ""), fault.Forbidden)
	h.after(1)
	h.must(h.Answer(h.as("attendant"), h.session, "walks", true, ""))
	h.sends("guide", timeline.Check, map[string]any{"item": "walks", "value": false})
	if h.state(rule.CondWalks) != rule.NotMet {
		t.Error("a guide's no does not count")
	}
	v := steady()
	v.Systolic, v.Diastolic = figure(162), figure(94)
	h.must(h.Read(h.as("attendant"), h.session, v))
	h.sends("attendant", timeline.Check, map[string]any{"item": "bp_accepted", "value": true, "words": "it is fine"})
	if h.state(rule.CondPressure) != rule.NotMet {
		t.Error("an attendant accepts a blood pressure")
	}
	h.refused("an attendant, by the page", h.Answer(h.as("attendant"), h.session, "bp_accepted", true, "It is fine."), fault.Forbidden)
	h.refused("without a reason", h.Answer(h.as("prescriber"), h.session, "bp_accepted", true, " "), fault.Invalid)
	h.must(h.Answer(h.as("prescriber"), h.session, "bp_accepted", true, "Known white-coat rise; no symptom."))
	if h.state(rule.CondPressure) != rule.Met {
		t.Error("the prescriber's word does not count")
	}
	v.Systolic = figure(190)
	h.after(1)
	h.must(h.Read(h.as("attendant"), h.session, v))
	if h.state(rule.CondPressure) == rule.Met {
		t.Error("a word about one reading accepts the next one")
	}
}

func TestABoosterBeginsRecoveryAnew(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.dose()
	h.after(20)
	h.recovers()
	h.sends("attendant", timeline.Dose, map[string]any{"medicine": "ketamine_im", "mg": 20, "booster": true})
	h.after(125)
	for _, key := range []string{rule.CondWalks, rule.CondOriented, rule.CondAldrete, rule.CondIntent} {
		if got := h.state(key); got != rule.NotAnswered {
			t.Errorf("%s, answered before the booster, is %s", key, got)
		}
	}
	if h.state(rule.CondEscort) != rule.Met || h.state(rule.CondInstructions) != rule.Met {
		t.Error("who is here, and what was given, does not end with a booster")
	}
}

func TestAnIntentIsSupportFirstAndClosesTheWayUntilThePrescriberHasAskedAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.dose()
		h.after(130)
		h.recovers()
		h.refused("without what was said", h.Answer(h.as("attendant"), h.session, "intent", true, ""), fault.Invalid)
		h.sends("guide", timeline.Check, map[string]any{"item": "intent", "value": true, "words": "Tonight."})
		l := h.stands()
		if !l.Intent || l.Ready() {
			t.Fatalf("an intent, and they may go: %+v", l)
		}
		raised, err := h.Alerts.Of(h.as("client"), h.who["client"].ID)
		h.must(err)
		if len(raised) != 1 || !strings.Contains(raised[0].Words, "Tonight.") || raised[0].Ref != h.session {
			t.Errorf("alerts: %+v", raised)
		}
		h.refused("an attendant asks again", h.Answer(h.as("attendant"), h.session, "intent", false, "They say no."), fault.Forbidden)
		h.sends("attendant", timeline.Check, map[string]any{"item": "intent", "value": false, "words": "They say no."})
		if l = h.stands(); !l.Intent {
			t.Error("an attendant's later no opens the way")
		}
		// Nor does correcting what somebody heard.
		h.corrects("guide", timeline.Check, map[string]any{"item": "intent", "value": false})
		if l = h.stands(); !l.Intent {
			t.Error("a correction opens the way")
		}
		h.refused("without what was done", h.Answer(h.as("prescriber"), h.session, "intent", false, ""), fault.Invalid)
		h.must(h.Answer(h.as("prescriber"), h.session, "intent", false, "We talked for half an hour; their sister stays the night; plan written."))
		if l = h.stands(); l.Intent || !l.Ready() {
			t.Errorf("after the prescriber has asked again: %+v", l.Missing())
		}
		h.must(h.sign())
	})
}

func TestNobodySignsOverWhatTheyHaveNotRead(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.dose()
	h.after(130)
	h.recovers()
	read := h.stands().Digest()
	h.after(1)
	if h.stands().Digest() != read {
		t.Error("time that passes changes what was read")
	}
	h.must(h.Read(h.as("attendant"), h.session, steady()))
	h.refused("over another reading", h.Discharge(h.as("prescriber"), h.session, read), fault.Taken)
	if h.left().Outcome != "" {
		t.Error("it was signed")
	}
	h.must(h.sign())
}

func TestOneThatIsCorrectedCountsNoMore(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.dose()
	h.after(130)
	h.recovers()
	h.must(h.Score(h.as("attendant"), h.session, map[string]int{"1": 2, "2": 2}))
	if got := h.state(rule.CondAldrete); got != rule.NotAnswered {
		t.Errorf("a score in part is %s", got)
	}
	if l := h.stands(); l.Aldrete["1"] != 2 || len(l.Aldrete) != 2 {
		t.Errorf("what of it is there: %v", l.Aldrete)
	}
}

func TestTheOtherEndsAreEndsOfTheirOwn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		t.Run("against advice", func(t *testing.T) {
			h := goingHome(t, d)
			h.dose()
			h.after(60)
			h.refused("with nothing written", h.LeaveAgainstAdvice(h.as("attendant"), h.session, Against{}), fault.Invalid)
			h.refused("by the guide", h.LeaveAgainstAdvice(h.as("guide"), h.session, Against{Said: "…", Told: "…", Alone: true}), fault.Forbidden)
			h.must(h.LeaveAgainstAdvice(h.as("attendant"), h.session, Against{Said: "We advised to stay. “I need air.”", Told: "The prescriber, 11:02", Alone: true}))
			x := h.left()
			if x.Outcome != AgainstAdvice || !x.Declined || x.Signed != "" || !x.Alone || x.Role != "attendant" {
				t.Errorf("%+v", x)
			}
			met := 0
			for _, c := range x.Conditions {
				if c.Met() {
					met++
				}
			}
			if met == len(x.Conditions) {
				t.Error("what was missing is not written as missing")
			}
			h.refused("and a discharge after it", h.sign(), fault.Taken)
			sent := h.post()
			to := map[string]string{}
			for _, m := range sent {
				to[m.To] = m.Text
			}
			for _, who := range []string{"prescriber@example.org", "guide@example.org"} {
				if to[who] == "" || strings.Contains(to[who], "advice") {
					t.Errorf("%s is told: %q", who, to[who])
				}
			}
		})
	})
	t.Run("no medicine was given", func(t *testing.T) {
		h := goingHome(t, testkit.SQLite(t))
		h.refused("without a reason", h.NotToday(h.as("guide"), h.session, ""), fault.Invalid)
		h.refused("a discharge without a dose", h.sign(), fault.Taken)
		h.refused("against advice without a dose is fine by nobody", h.NotToday(h.as("coordinator"), h.session, "why"), fault.Forbidden)
		h.must(h.NotToday(h.as("guide"), h.session, "They would rather talk today."))
		if x := h.left(); x.Outcome != NotGiven || len(x.Conditions) != 0 {
			t.Errorf("%+v", x)
		}
		if seat, err := h.Seat(h.as("guide"), h.DB.Reader(), h.session); err != nil || seat.Outcome != timeline.NotGiven {
			t.Errorf("%q %v", seat.Outcome, err)
		}
	})
	t.Run("after a dose it is not as if none was given", func(t *testing.T) {
		h := goingHome(t, testkit.SQLite(t))
		h.dose()
		h.refused("none", h.NotToday(h.as("prescriber"), h.session, "why"), fault.Taken)
		h.must(h.Transfer(h.as("prescriber"), h.session, "INEM, to São José", "Their sister", "Chest pain at 40 minutes."))
		if x := h.left(); x.Outcome != Transferred || x.Where == "" {
			t.Errorf("%+v", x)
		}
	})
	t.Run("no device ends a session by itself", func(t *testing.T) {
		h := goingHome(t, testkit.SQLite(t))
		h.dose()
		if got := h.sends("prescriber", timeline.Phase, map[string]any{"to": "ended"}); len(got.Refused) != 1 {
			t.Errorf("kept: %+v", got)
		}
		if got := h.sends("attendant", timeline.Phase, map[string]any{"to": "recovery"}); len(got.Refused) != 0 {
			t.Errorf("recovery is refused: %+v", got)
		}
	})
}

func TestAnEmergencyThatIsOpenKeepsEverybodyHere(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.dose()
	h.after(130)
	h.recovers()
	h.sends("attendant", timeline.Red, map[string]any{"why": []string{"oxygen"}})
	h.refused("while the log is open", h.sign(), fault.Taken)
	h.sends("attendant", timeline.Calm, map[string]any{"words": "The probe had slipped."})
	h.must(h.sign())
}
