package main

import (
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
)

// TestTheDesksListsNameEverybodyAndAreOnTheTrail looks at the desk of the demo
// practice as its attendant, twice, and reads the owner's page about it.
func TestTheDesksListsNameEverybodyAndAreOnTheTrail(t *testing.T) {
	k := newKnocker(t)
	as := k.as(access.Attendant)
	for range 2 {
		as.page("/desk")
		as.page("/desk/week")
		as.page("/desk/people?q=m")
	}
	met := as.page(newest(t, as.page("/desk/people?q=M."), regexp.MustCompile(`^/desk/people/[0-9a-f-]{36}$`)))
	if !strings.Contains(words(met), "Consultation with the prescriber Leonor, Amadeu") {
		t.Errorf("the table does not name the second person:\n%s", words(met))
	}
	me := k.actors[access.Attendant].Person
	for kind, want := range map[string]int{"today": 1, "week": 1, "people": 1} {
		n, err := db.One(t.Context(), k.h.db.Reader(), db.Value[int], "SELECT COUNT(*) FROM trail_entries WHERE verb = 'read' AND kind = $1 AND subject_id = $2", kind, me)
		if err != nil || n != want {
			t.Errorf("%s stands %d times on the trail, want %d (%v)", kind, n, want, err)
		}
	}
	page := k.as(access.Owner).page("/desk/people/" + me.String())
	for _, line := range []string{"read the page of the day", "read the week in the calendar", "read the list of people"} {
		if !strings.Contains(page, line) {
			t.Errorf("the owner does not read %q:\n%s", line, words(page))
		}
	}
}

// TestTheDemoHasOpenInvitations: somebody at the demo practice may choose a time.
func TestTheDemoHasOpenInvitations(t *testing.T) {
	k := newKnocker(t)
	if list := words(k.as(access.Coordinator).page("/desk/invitations")); !strings.Contains(list, "Tamsin") || !strings.Contains(list, "Preparation session") {
		t.Errorf("the list of invitations:\n%s", list)
	}
	space := k.as(access.Client).page("/space")
	if _, after, _ := strings.Cut(space, "For you now"); !strings.Contains(words(after), "Choose a time: Preparation session") {
		t.Errorf("the client's space:\n%s", words(space))
	}
}
