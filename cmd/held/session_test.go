package main

import (
	"net/http"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
)

// over is a client's latest time that has been held.
func (k *knocker) over(client db.ID) calendar.Appointment {
	k.t.Helper()
	all, err := k.h.calendar.OfClient(k.h.system(k.t.Context()), client)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, a := range all { // the latest first
		if a.State == calendar.Booked && a.End.Before(k.h.now()) {
			return a
		}
	}
	k.t.Fatal("the client has had no time here yet")
	return calendar.Appointment{}
}

func TestAGuideWritesWhatStaysAndTheirOwnNote(t *testing.T) {
	k := newKnocker(t)
	client := k.actors[access.Client].Person
	a := k.over(client)
	guide, at := k.as(teamGuide), "/desk/appointments/"+a.ID.String()
	page := guide.page(at)
	if !strings.Contains(page, at+"/session") {
		t.Fatal("the appointment does not lead to what is written about it")
	}
	const question, words, own, begin = "What would the river say?", "Be slow with yourself.", "They looked at the door twice.", "Begin with the water."
	if a := guide.fill(at+"/session", at+"/after", "question", question, "words", "", "hours", "48"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, question) {
		t.Errorf("a message without words: %d, and the question is kept on the page: %v", a.status, strings.Contains(a.body, question))
	}
	stale := guide.page(at + "/session")
	guide.filled(at+"/session", at+"/after", "question", question, "invitation", begin, "words", words, "hours", "0")
	if a := guide.fillIn(stale, at+"/after", "question", "Another?", "words", "", "hours", "0"); a.status != http.StatusConflict || !strings.Contains(a.body, "Another?") {
		t.Errorf("over what was written meanwhile: %d", a.status)
	}
	guide.filled(at+"/session", at+"/process", "process", own)
	if page := guide.page(at + "/session"); !strings.Contains(page, own) || !strings.Contains(page, question) {
		t.Error("what was kept is not on the page")
	}
	for _, as := range []access.Role{teamPrescriber, teamAttendant} {
		if page := k.as(as).page(at + "/session"); strings.Contains(page, own) || !strings.Contains(page, question) {
			t.Errorf("%s reads the guide's own note, or not what stays", as)
		}
	}
	b := k.as(access.Client)
	home := b.page("/space")
	if !strings.Contains(home, question) || !strings.Contains(home, words) || !strings.Contains(home, begin) || strings.Contains(home, own) {
		t.Errorf("the client's space: %s", home)
	}
	along, _ := unpacked(t, b.post("/space/leaving/take").body)
	if strings.Contains(along, own) || !strings.Contains(along, question) || !strings.Contains(along, "Kept apart") {
		t.Error("what is taken along holds the guide's own note, or not what stays, or does not say that there is one")
	}
	b.filled("/space", "/space/stays/"+a.ID.String()+"/away")
	if home := b.page("/space"); strings.Contains(home, question) {
		t.Error("it was put away and stands there still")
	}
}
