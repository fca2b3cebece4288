package forms_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/rules/questionnaire"
)

// press sends a page of a form as a browser without scripts does, and gives what
// is shown, or where it leads.
func (h *house) press(id db.ID, form url.Values) (int, string) {
	h.Helper()
	for _, route := range h.Routes() {
		if route.Pattern != "POST /space/forms/{id}" {
			continue
		}
		r := httptest.NewRequest(http.MethodPost, "/space/forms/"+id.String(), strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetPathValue("id", id.String())
		w := httptest.NewRecorder()
		h.ok(route.Handle(w, r.WithContext(h.as(h.wren))))
		return w.Code, w.Body.String()
	}
	h.Fatal("there is no such page")
	return 0, ""
}

var fineNames = regexp.MustCompile(`name="fine" value="([^"]+)"`)

func TestANameIsAskedAboutOnceAndNothingIsLost(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		key := h.published(worries)
		h.Names = func(form string) bool { return form == key }
		id := h.give(key)
		form := url.Values{"part": {"1"}, "go": {"pause"}, "was": {"x low", "x why", "x dead"}, "a:low": {"1"}, "a:dead": {"1"}, "a:why": {"My client Jördis went away."}}
		status, page := h.press(id, form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, "“Jördis”") || !strings.Contains(page, "My client Jördis went away.") {
			t.Fatalf("%d: %s", status, page)
		}
		f, err := h.Fill(h.as(h.wren), id)
		h.ok(err)
		if len(f.Answers[questionnaireKey("why")]) != 0 || len(f.Answers[questionnaireKey("low")]) != 1 {
			t.Errorf("before it was asked: %v", f.Answers)
		}
		if !f.Alarmed {
			t.Error("an answer that may mean danger waits for a name")
		}
		form["fine"] = nil
		for _, m := range fineNames.FindAllStringSubmatch(page, -1) {
			form["fine"] = append(form["fine"], m[1])
		}
		if status, page = h.press(id, form); status != http.StatusSeeOther {
			t.Fatalf("asked again: %d %s", status, page)
		}
		f, err = h.Fill(h.as(h.wren), id)
		h.ok(err)
		if got := f.Answers[questionnaireKey("why")]; len(got) != 1 || got[0].String != "My client Jördis went away." {
			t.Errorf("what may stay was not kept: %v", got)
		}
		h.Names = nil
		form["a:why"], form["fine"] = []string{"My client Annabel."}, nil
		if status, _ := h.press(id, form); status != http.StatusSeeOther {
			t.Errorf("a form that does not look for names asks: %d", status)
		}
	})
}

func questionnaireKey(linkID string) questionnaire.Key { return questionnaire.Key{LinkID: linkID} }
