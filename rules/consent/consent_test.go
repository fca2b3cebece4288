package consent_test

import (
	"testing"
	"time"

	rule "held/rules/consent"
)

var day0 = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func at(hours int) time.Time { return day0.Add(time.Duration(hours) * time.Hour) }

func TestHowAConsentStands(t *testing.T) {
	one := []rule.Version{{N: 1, At: at(-9)}}
	two := append(one, rule.Version{N: 2, At: at(5)})
	anew := append(one, rule.Version{N: 2, Again: true, At: at(5)})
	sign := func(v int64, h int) rule.Event { return rule.Event{Act: rule.Signing, Version: v, At: at(h)} }
	second := func(v int64, h int) rule.Event { return rule.Event{Act: rule.Countersigning, Version: v, At: at(h)} }
	back := func(v int64, h int) rule.Event { return rule.Event{Act: rule.Withdrawing, Version: v, At: at(h)} }
	for name, c := range map[string]struct {
		versions []rule.Version
		events   []rule.Event
		want     rule.Standing
	}{
		"nothing was signed":                          {one, nil, rule.Standing{State: rule.NotYet}},
		"the client alone has signed":                 {one, []rule.Event{sign(1, 0)}, rule.Standing{State: rule.ByClient, Version: 1, Since: at(0)}},
		"both have signed":                            {one, []rule.Event{sign(1, 0), second(1, 1)}, rule.Standing{State: rule.Signed, Version: 1, Since: at(1)}},
		"a new version that need not be signed":       {two, []rule.Event{sign(1, 0), second(1, 1)}, rule.Standing{State: rule.Signed, Version: 1, Since: at(1)}},
		"a new version that must be signed":           {anew, []rule.Event{sign(1, 0), second(1, 1)}, rule.Standing{State: rule.Earlier, Version: 1, Since: at(5)}},
		"signed by one, and a new version has come":   {anew, []rule.Event{sign(1, 0)}, rule.Standing{State: rule.Earlier, Version: 1, Since: at(5)}},
		"the new version is signed by one":            {anew, []rule.Event{sign(1, 0), second(1, 1), sign(2, 6)}, rule.Standing{State: rule.ByClient, Version: 2, Since: at(6)}},
		"the new version is signed by both":           {anew, []rule.Event{sign(1, 0), second(1, 1), sign(2, 6), second(2, 7)}, rule.Standing{State: rule.Signed, Version: 2, Since: at(7)}},
		"withdrawn":                                   {one, []rule.Event{sign(1, 0), second(1, 1), back(1, 2)}, rule.Standing{State: rule.Withdrawn, Version: 1, Since: at(2)}},
		"withdrawn before the second signature":       {one, []rule.Event{sign(1, 0), back(1, 2)}, rule.Standing{State: rule.Withdrawn, Version: 1, Since: at(2)}},
		"a second signature after the withdrawal":     {one, []rule.Event{sign(1, 0), back(1, 2), second(1, 3)}, rule.Standing{State: rule.Withdrawn, Version: 1, Since: at(2)}},
		"signed again after a withdrawal":             {one, []rule.Event{sign(1, 0), second(1, 1), back(1, 2), sign(1, 3)}, rule.Standing{State: rule.ByClient, Version: 1, Since: at(3)}},
		"a second signature under another version":    {two, []rule.Event{sign(1, 0), second(2, 1)}, rule.Standing{State: rule.ByClient, Version: 1, Since: at(0)}},
		"withdrawn stays so when a new version comes": {anew, []rule.Event{sign(1, 0), second(1, 1), back(1, 2)}, rule.Standing{State: rule.Withdrawn, Version: 1, Since: at(2)}},
	} {
		if got := rule.Stand(c.versions, c.events); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if got := rule.Stand(c.versions, c.events); got.State.Holds() != (c.want.State == rule.Signed) {
			t.Errorf("%s: holds %v", name, got.State.Holds())
		}
	}
}

func TestADoseDayIsADayOnAnyOfTheClocks(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	lisbon, kolkata := zone("Europe/Lisbon"), zone("Asia/Kolkata")
	dose := time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC) // 17:00 in Lisbon, 22:30 in Kolkata
	for name, c := range map[string]struct {
		now    time.Time
		clocks []*time.Location
		want   bool
	}{
		"an hour later":                          {dose.Add(time.Hour), []*time.Location{lisbon}, true},
		"at the same moment":                     {dose, []*time.Location{lisbon}, true},
		"before it":                              {dose.Add(-time.Hour), []*time.Location{lisbon}, false},
		"the next morning":                       {dose.Add(15 * time.Hour), []*time.Location{lisbon, kolkata}, false},
		"past midnight on the client's clock":    {dose.Add(2 * time.Hour), []*time.Location{kolkata}, false},
		"past midnight on one of the two clocks": {dose.Add(2 * time.Hour), []*time.Location{lisbon, kolkata}, true},
	} {
		if got := rule.DoseDay(dose, c.now, c.clocks...); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
