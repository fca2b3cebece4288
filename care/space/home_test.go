package space

import (
	"testing"
	"time"

	"held/care/medicine"
	"held/internal/db"
	"held/internal/ui"
	"held/practice/calendar"
	"held/practice/people"
)

func TestOnceASessionHasBegunWritingComesFirst(t *testing.T) {
	now := time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)
	session := db.NewID()
	at := func(start time.Time) []appointment {
		return []appointment{{Appointment: calendar.Appointment{ID: session, Start: start}}}
	}
	for name, c := range map[string]struct {
		v    homeView
		want bool
	}{
		"no session near":                  {homeView{Now: now}, false},
		"this evening":                     {homeView{Now: now, After: session, Next: at(now.Add(time.Hour))}, false},
		"it has begun":                     {homeView{Now: now, After: session, Next: at(now.Add(-time.Hour))}, true},
		"it was yesterday":                 {homeView{Now: now, After: session}, true},
		"yesterday, another is to come":    {homeView{Now: now, After: session, Next: []appointment{{Appointment: calendar.Appointment{ID: db.NewID(), Start: now.Add(time.Hour)}}}}, true},
		"another is to come, none is near": {homeView{Now: now, Next: at(now.Add(time.Hour))}, false},
	} {
		if got := c.v.WritesFirst(); got != c.want {
			t.Errorf("%s: writing comes first is %v", name, got)
		}
	}
}

func TestASheetOfTheDayWaitsAndEarlierOnesAreFolded(t *testing.T) {
	now, earlier := db.NewID(), db.NewID()
	v := homeView{After: now, Sheets: []medicine.Sheet{{Session: now}, {Session: earlier}}}
	if got := v.sheets(true); len(got) != 1 || got[0].Session != now || v.Quiet() {
		t.Errorf("for now: %v, and quiet is %v", got, v.Quiet())
	}
	if got := v.sheets(false); len(got) != 1 || got[0].Session != earlier {
		t.Errorf("folded: %v", got)
	}
	if v.After = (db.ID{}); len(v.sheets(false)) != 2 || !v.Quiet() {
		t.Error("without a session near, all of them are folded and nothing waits")
	}
}

func TestThePathIsOneLineWithTheNextStep(t *testing.T) {
	v := homeView{Path: []ui.Step{{Label: "Preparing", State: ui.Done}, {Label: "The session", State: ui.Now}, {Label: "Letting it settle"}}}
	if got := v.Where(); got != "The session; next: Letting it settle" {
		t.Error(got)
	}
	if v.Path = v.Path[:2]; v.Where() != "The session" {
		t.Errorf("the last step: %s", v.Where())
	}
	if got := (homeView{}).Where(); got != "" {
		t.Errorf("before there is a path: %q", got)
	}
}

func TestWhatAPrescriberAsksWaitsWhileTheyAskAndDecide(t *testing.T) {
	for step, want := range map[string]bool{people.StepInquiry: false, people.StepScreening: true, people.StepClearance: true, people.StepPreparation: false} {
		if got := (homeView{Me: people.Person{Step: step}}).Asks(); got != want {
			t.Errorf("at %s it is %v", step, got)
		}
	}
}
