package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/notes"
)

// onceOf is the text by which a form of a page is known again.
func onceOf(t *testing.T, page, action string) string {
	t.Helper()
	_, form, there := strings.Cut(page, `action="`+action+`"`)
	m := regexp.MustCompile(`name="` + ui.OnceName + `"[^>]* value="([^"]+)"`).FindStringSubmatch(form)
	if !there || m == nil {
		t.Fatalf("the form that goes to %s cannot be sent twice without being done twice", action)
	}
	return m[1]
}

// twice sends a form of a page twice, as an impatient finger does, and holds that
// both are answered alike and that the page to which they lead says the same.
func (l *lanes) twice(as access.Role, page, action, what string, pairs ...string) (to string) {
	l.t.Helper()
	b := l.as(as)
	pairs = append(pairs, ui.OnceName, onceOf(l.t, b.page(page), action))
	first := b.post(action, pairs...)
	to = strings.Split(strings.Split(first.location(), "?")[0], "#")[0]
	said := strings.Count(b.page(to), what)
	again := b.post(action, pairs...)
	if first.status != http.StatusSeeOther || again.status != first.status || again.location() != first.location() {
		l.t.Fatalf("%s: first %d to %s, then %d to %s\n%s", action, first.status, first.location(), again.status, again.location(), words(again.body))
	}
	if n := strings.Count(b.page(to), what); said == 0 || n != said {
		l.t.Errorf("%s: %s says %q %d times, and %d times when it was sent again", action, to, what, said, n)
	}
	return to
}

func TestAFormThatIsSentTwiceIsDoneOnce(t *testing.T) {
	l := newLanes(t)
	lot := l.twice(teamPrescriber, "/desk/stock", "/desk/stock", "Lot begun", "substance", "ketamine", "form", "Vial 10 mL", "unit", "mL", "strength", "50", "lot", "K-TWICE", "expires", "2031-01-31")
	l.twice(teamPrescriber, lot, lot+"/receive", "10 mL", "amount", "10", "supplier", "Supplier", "reference", "1")
	l.twice(teamPrescriber, lot, lot+"/waste", "Dropped", "wasted", "10", "why", "Dropped")
	l.twice(teamPrescriber, lot, lot+"/count", "Explain it", "found", "1", "note", "Found behind the others")

	person := "/desk/people/" + l.client.String()
	day := func(n int) string { return l.h.now().AddDate(0, 0, n).Format(time.DateOnly) }
	event := l.twice(teamPrescriber, person+"/adverse", person+"/adverse", "Felt sick on the way home.", "term", "nausea", "words", "Felt sick on the way home.", "source", "client", "serious", "no", "severity", "1", "outcome", "resolving", "next", day(2))
	l.twice(teamPrescriber, event, event+"/follow", "Slept, and ate again.", "seen", "1", "words", "Slept, and ate again.", "outcome", "resolving", "next", day(3))
	l.twice(teamGuide, person+"/notes", person+"/notes", "Progress note", "begin", "progress", "time", "")
	id, _ := l.note(notes.LaneProgress, notes.Signed)
	note := "/desk/notes/" + id.String()
	l.twice(teamGuide, note, note+"/addenda", "Addendum to a progress note")
	l.twice(teamGuide, person+"/measures", person+"/measures/happened", "Moved house", "day", day(-2), "happened", "Moved house")
}
