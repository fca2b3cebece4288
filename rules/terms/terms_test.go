package terms_test

import (
	"regexp"
	"testing"

	"held/rules/protocol"
	"held/rules/terms"
)

func TestEachTermStandsOnceAndSaysWhatItIs(t *testing.T) {
	code, seen, labels := regexp.MustCompile(`^[a-z_]+$`), map[string]bool{}, map[string]bool{}
	for _, g := range terms.Groups() {
		if g.Name == "" || len(g.Terms) == 0 {
			t.Errorf("%q is no group", g.Code)
		}
		for _, one := range g.Terms {
			if !code.MatchString(one.Code) || one.Label == "" || seen[one.Code] || labels[one.Label] {
				t.Errorf("%q %q: no code, no words, or there twice", one.Code, one.Label)
			}
			seen[one.Code], labels[one.Label] = true, true
		}
	}
	if _, _, known := terms.Find(terms.Other); !known || terms.Version() == "" {
		t.Error("something that is not on the list cannot be said")
	}
}

func TestEverySymptomOfAProtocolIsOnTheList(t *testing.T) {
	n := 0
	for _, f := range protocol.Fields() {
		if f.Path != "symptoms.red" {
			continue
		}
		for _, o := range f.Options {
			n++
			if _, _, known := terms.Find(o.Value); !known {
				t.Errorf("%s (%s) is not on the list", o.Value, o.Label)
			}
		}
	}
	if n == 0 {
		t.Error("protocols speak of no symptom")
	}
	if got := terms.Label("of another day"); got != "of another day" {
		t.Errorf("%q", got)
	}
}
