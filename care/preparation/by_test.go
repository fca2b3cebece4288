package preparation

import (
	"testing"
	"time"

	"held/care/consent"
	"held/internal/db"
	rule "held/rules/consent"
	"held/rules/protocol"
	"held/rules/readiness"
)

func TestConsentIsMetWhenEverythingAskedIsSignedAndClosedWhenOneIsTakenBack(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	paper := func(title string, need consent.Need, s rule.State) consent.Standing {
		return consent.Standing{ID: db.NewID(), Title: title, Need: need, Standing: rule.Standing{State: s, Version: 1, Since: at}}
	}
	signed, waits, gone := paper("Medicine", consent.Required, rule.Signed), paper("Touch", consent.Required, rule.NotYet), paper("Touch", consent.Required, rule.Withdrawn)
	for name, c := range map[string]struct {
		all  []consent.Standing
		want readiness.State
	}{
		"nothing is asked":              {nil, readiness.Unknown},
		"only what is optional":         {[]consent.Standing{paper("Pictures", consent.Optional, rule.Signed)}, readiness.Unknown},
		"all signed":                    {[]consent.Standing{signed, paper("Pictures", consent.Optional, rule.NotYet)}, readiness.Met},
		"one waits":                     {[]consent.Standing{signed, waits}, readiness.Open},
		"one is an earlier version":     {[]consent.Standing{signed, paper("Touch", consent.Required, rule.Earlier)}, readiness.Open},
		"one is signed by one alone":    {[]consent.Standing{signed, paper("Touch", consent.Required, rule.ByClient)}, readiness.Open},
		"one is taken back":             {[]consent.Standing{signed, waits, gone}, readiness.Closed},
		"the practice has not decided":  {[]consent.Standing{signed, paper("Touch", consent.Undecided, rule.Signed)}, readiness.Open},
		"what is not asked of this one": {[]consent.Standing{signed, paper("Touch", consent.NotAsked, rule.NotYet)}, readiness.Met},
	} {
		if got := consented(c.all); got.State != c.want {
			t.Errorf("%s: %s, want %s", name, got.State, c.want)
		}
	}
	again := signed
	again.Version = 2
	if consented([]consent.Standing{signed}).Basis == consented([]consent.Standing{again}).Basis {
		t.Error("another version is the same fact")
	}
}

func TestAClearanceIsMetUntilItEndsAndClosedWhenAnswersHaveChanged(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	d := Decision{ID: db.NewID(), Cleared: true, At: at, Ends: at.AddDate(0, 3, 0)}
	if c := cleared(d, true, d.Ends.Add(-time.Hour)); c.State != readiness.Met || !c.Until.Equal(d.Ends) {
		t.Errorf("cleared: %+v", c)
	}
	for _, late := range []time.Time{d.Ends, d.Ends.Add(time.Hour)} {
		if c := cleared(d, true, late); c.State != readiness.Open {
			t.Errorf("a clearance that ends at %v is %v for a session at %v", d.Ends, c.State, late)
		}
	}
	if c := cleared(Decision{}, false, time.Time{}); c.State != readiness.Open {
		t.Errorf("nobody has decided: %+v", c)
	}
	d.Stale = at.AddDate(0, 0, 2)
	if c := cleared(d, true, d.Ends.Add(-time.Hour)); c.State != readiness.Closed {
		t.Errorf("answers have changed: %+v", c)
	}
	d.Stale, d.Cleared = time.Time{}, false
	if c := cleared(d, true, d.Ends.Add(-time.Hour)); c.State != readiness.Closed {
		t.Errorf("not cleared: %+v", c)
	}
}

// TestTheProtocolsBandsAreTheGates judges by a protocol made of published
// examples, as the demo's is.
func TestTheProtocolsBandsAreTheGates(t *testing.T) {
	doc := protocol.ExampleOf("ketamine_im")
	fine := Vitals{Systolic: 121, Diastolic: 76, Pulse: 68, Oxygen: 98, Breaths: 14, Sedation: "5", Warmth: "36.6", Age: 44}
	with := func(fn func(*Vitals)) Vitals { v := fine; fn(&v); return v }
	for name, c := range map[string]struct {
		v     Vitals
		state readiness.State
		never bool
	}{
		"in band":           {fine, readiness.Met, false},
		"far too high":      {with(func(v *Vitals) { v.Systolic = 185 }), readiness.Closed, true},
		"no pressure taken": {with(func(v *Vitals) { v.Systolic, v.Diastolic = 0, 0 }), readiness.Unknown, true},
		"no sedation taken": {with(func(v *Vitals) { v.Sedation = "" }), readiness.Unknown, true},
		"hold, high":        {with(func(v *Vitals) { v.Systolic = 165 }), readiness.Closed, false},
		"to be looked at":   {with(func(v *Vitals) { v.Systolic = 145 }), readiness.Open, false},
	} {
		if got := judge(doc, c.v); got.State != c.state || got.Never != c.never {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := hours(doc.Preparation.FoodHours); got != 6*time.Hour {
		t.Errorf("no food for %v", got)
	}
}
