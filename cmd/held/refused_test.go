package main

import (
	"net/http"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/people"
)

func TestTheFrontDeskIsOfferedNoStepThatItWouldBeRefused(t *testing.T) {
	a := newAsking(t, newPlace(t))
	at := func(step string) {
		t.Helper()
		ctx := a.h.system(t.Context())
		if err := a.h.db.Write(ctx, func(tx *db.Tx) error { return a.h.people.SetStep(ctx, tx, a.wrenID, step) }); err != nil {
			t.Fatal(err)
		}
	}
	form := "/desk/people/" + a.wrenID.String()
	at(people.StepInquiry)
	if page := a.coordinator.page(form); !strings.Contains(page, `value="consultation"`) || strings.Contains(page, `value="screening"`) {
		t.Errorf("at the first step the front desk is offered\n%s", page)
	}
	at(people.StepScreening)
	if page := a.coordinator.page(form); strings.Contains(page, form+"/step") || strings.Contains(page, "Step on the path") {
		t.Error("the front desk has a form that refuses it")
	}
	if page := a.owner.page(form); !strings.Contains(page, form+"/step") || !strings.Contains(page, `value="closing"`) {
		t.Error("the owner cannot say the step")
	}
}

func TestAClientAtTheDeskIsLedToTheirSpace(t *testing.T) {
	a := newAsking(t, newPlace(t))
	got := a.wren.get("/desk")
	if got.status != http.StatusForbidden || !strings.Contains(got.body, `<a href="/space">Your space</a>`) || strings.Contains(got.body, `<a href="/desk">`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := a.coordinator.get("/desk/settings/keeping"); got.status == http.StatusForbidden && !strings.Contains(got.body, `<a href="/desk">Desk</a>`) {
		t.Errorf("%s", got.body)
	}
}

func TestWhatWasTypedIsNotLostWithTheSession(t *testing.T) {
	a := newAsking(t, newPlace(t))
	a.owner.post("/sign-out")
	got := a.owner.post("/desk/articles/new", "title", "A long article", "body", "Many words.")
	if got.status != http.StatusUnauthorized || !strings.Contains(got.body, "<h1>Please sign in</h1>") || !strings.Contains(got.body, `href="/sign-in?next=%2Fdesk"`) || !strings.Contains(got.body, `value="Many words."`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAWordStandsOnAPageOnce(t *testing.T) {
	a := newAsking(t, newPlace(t))
	st, err := a.h.settings.Get(a.h.system(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if st.ReplyHours == "" {
		t.Fatal("there are no reply hours to look for")
	}
	_, main, _ := strings.Cut(a.robin.page("/questions"), "<main")
	main, _, _ = strings.Cut(main, "</main>")
	if n := strings.Count(words(main), st.ReplyHours); n != 1 {
		t.Errorf("where a question is asked the reply hours stand %d times", n)
	}
	if page := a.owner.page("/desk/trail"); strings.Count(page, ">Everything</option>") != 1 || !strings.Contains(page, ">Everything of a person&#39;s</option>") {
		t.Error("two options of the trail have one name")
	}
}
