package settings

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	dialled     = regexp.MustCompile(`^[0-9A-Z+*][0-9A-Z +()-]*$`)
	month       = regexp.MustCompile(`^20[0-9]{2}-(0[1-9]|1[0-2])$`)
)

// TestCrisisLines: these numbers are for somebody in danger now. None may be
// missing, none may look checked that is not.
func TestCrisisLines(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range CrisisCountries() {
		if !countryCode.MatchString(c.Code) || c.Name == "" || seen[c.Code] || seen[c.Name] {
			t.Errorf("%q %q: no code, no name, or there twice", c.Code, c.Name)
		}
		seen[c.Code], seen[c.Name] = true, true
		if len(c.Emergency) == 0 {
			t.Errorf("%s has no emergency number", c.Code)
		}
		for _, n := range c.Emergency {
			if !dialled.MatchString(n) || len(n) < 2 {
				t.Errorf("%s: %q cannot be dialled", c.Code, n)
			}
		}
		for _, n := range c.EmergencyUnverified {
			if !slices.Contains(c.Emergency, n) {
				t.Errorf("%s: %s is marked and not there", c.Code, n)
			}
		}
		checkLines(t, c)
		checkSources(t, c)
		if got, ok := CrisisFor(c.Code); !ok || got.Name != c.Name {
			t.Errorf("%s is not found", c.Code)
		}
	}
	if len(seen) < 2*5 {
		t.Error("the list is hardly there")
	}
}

func checkLines(t *testing.T, c Crisis) {
	t.Helper()
	for _, l := range c.Lines {
		if l.Name == "" || !dialled.MatchString(l.Number) {
			t.Errorf("%s: %q %q cannot be called", c.Code, l.Name, l.Number)
		}
		// Of a checked line, a part may be unchecked; the note says which.
		note := strings.ReplaceAll(strings.ToLower(l.Note), "that part is not verified", "")
		if says := strings.Contains(note, "not verified"); says == l.Verified {
			t.Errorf("%s: %s is verified=%v and its note says %q", c.Code, l.Name, l.Verified, l.Note)
		}
		for _, by := range l.By {
			if !slices.Contains([]string{"call", "text", "chat", "whatsapp", "email"}, by) {
				t.Errorf("%s: %s is reached by %q", c.Code, l.Name, by)
			}
		}
	}
}

// checkSources: what is called checked has a source and a month.
func checkSources(t *testing.T, c Crisis) {
	t.Helper()
	verified := len(c.EmergencyUnverified) < len(c.Emergency) || slices.ContainsFunc(c.Lines, func(l CrisisLine) bool { return l.Verified })
	if verified != (len(c.Sources) > 0) || verified != month.MatchString(c.CheckedOn) || slices.ContainsFunc(c.Sources, func(id string) bool {
		return !slices.ContainsFunc(crisis.Source, func(s CrisisSource) bool { return s.ID == id && s.What != "" })
	}) {
		t.Errorf("%s: verified=%v, sources %v, checked on %q", c.Code, verified, c.Sources, c.CheckedOn)
	}
}

func TestEverywhereElse(t *testing.T) {
	if _, ok := CrisisFor("ZZ"); ok {
		t.Error("a country that is none")
	}
	if f := CrisisElsewhere(); !strings.HasPrefix(f.URL, "https://") || f.Name == "" || f.URLName == "" || !month.MatchString(f.CheckedOn) {
		t.Errorf("%+v", f)
	}
}
