package settings

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"held/internal/testkit"
)

// TestAFormThatLostAFieldEmptiesNothing: only a field that arrives empty empties a setting.
func TestAFormThatLostAFieldEmptiesNothing(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	send := func(part string, f url.Values, want int) {
		t.Helper()
		if rec := w.do("POST", "/desk/settings/practice/"+part, f); rec.Code != want {
			t.Fatalf("%s: %d, not %d", part, rec.Code, want)
		}
	}
	send("holidays", url.Values{"holidays": {"2026-12-24"}}, http.StatusSeeOther)
	send("reminders", url.Values{"reminders": {"48, 3"}}, http.StatusSeeOther)
	for part := range reads {
		send(part, url.Values{"something": {"else"}}, http.StatusUnprocessableEntity)
	}
	p, err := w.Get(w.ctx(w.leonor()))
	if err != nil || !slices.Equal(p.Holidays, []string{"2026-12-24"}) || !slices.Equal(p.Reminders, []int{48, 3}) {
		t.Errorf("%v, %v, %v", p.Holidays, p.Reminders, err)
	}
	send("holidays", url.Values{"holidays": {""}}, http.StatusSeeOther)
	if p, err = w.Get(w.ctx(w.leonor())); err != nil || len(p.Holidays) != 0 {
		t.Errorf("an empty field did not empty them: %v, %v", p.Holidays, err)
	}
}

// TestTwoWhoChangeOnePartDoNotUndoEachOther: whoever is later is shown what they
// typed, and decides.
func TestTwoWhoChangeOnePartDoNotUndoEachOther(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	p, err := w.Get(w.ctx(w.leonor()))
	if err != nil {
		t.Fatal(err)
	}
	form := func(change, offer string) url.Values {
		return url.Values{"seen": {seenOf(p, partPolicy)}, "change_hours": {change}, "cancel_hours": {"24"}, "offer_hours": {offer}}
	}
	const at = "/desk/settings/practice/policy"
	if rec := w.do("POST", at, form("48", "4")); rec.Code != http.StatusSeeOther {
		t.Fatalf("the first: %d", rec.Code)
	}
	rec := w.do("POST", at, form("24", "6"))
	if rec.Code != http.StatusConflict || !strings.Contains(rec.Body.String(), `value="6"`) || !strings.Contains(rec.Body.String(), "changed elsewhere") {
		t.Errorf("the second: %d\n%s", rec.Code, rec.Body)
	}
	if p, err = w.Get(w.ctx(w.leonor())); err != nil || p.ChangeHours != 48 || p.OfferHours != 4 {
		t.Errorf("kept: %d, %d, %v", p.ChangeHours, p.OfferHours, err)
	}
	if rec := w.do("POST", at, form("24", "6")); rec.Code != http.StatusSeeOther {
		t.Errorf("once more, having seen it: %d", rec.Code)
	}
}
