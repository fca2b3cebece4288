package space

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// promising are words that say what something will do, or that set a task.
var promising = regexp.MustCompile(`(?i)\b(?:heals?|cures?|will feel|will help|will change|guarantee\w*|must|should|daily|every day|streak|goal|homework|better than)\b`)

func TestEveryCardIsWholeShortAndOffered(t *testing.T) {
	seen, kinds := map[string]bool{}, map[CardKind]int{}
	for _, p := range Cards {
		words := strings.Join(p.Words, " ")
		if p.Key == "" || p.Title == "" || seen[p.Key] {
			t.Errorf("a card has no key or title, or the key %q twice", p.Key)
		}
		if n := len(strings.Fields(words)); n < 40 || n > 130 {
			t.Errorf("%s has %d words; a card is read in a minute", p.Key, n)
		}
		if p.Minutes < 1 || p.Minutes > 30 {
			t.Errorf("%s takes %d minutes", p.Key, p.Minutes)
		}
		if m := promising.FindString(words); m != "" {
			t.Errorf("%s says %q", p.Key, m)
		}
		seen[p.Key] = true
		kinds[p.Kind]++
	}
	for _, k := range []CardKind{Breath, Walk, Music, Letter} {
		if kinds[k] < 2 {
			t.Errorf("there are %d cards of %s", kinds[k], k)
		}
	}
}

func TestACardOfBreathSaysWhenToLeaveItAndStaysGentle(t *testing.T) {
	fast := regexp.MustCompile(`(?i)\b(?:hold your breath|fast|quick|deeply|as deep|pump|force)`)
	for _, p := range Cards {
		if p.Kind != Breath {
			continue
		}
		if !strings.Contains(p.NotFor, "dizzy") || !strings.Contains(p.NotFor, "heart") {
			t.Errorf("%s does not say who should leave it", p.Key)
		}
		if m := fast.FindString(strings.Join(p.Words, " ")); m != "" {
			t.Errorf("%s says %q", p.Key, m)
		}
	}
}

func TestEveryStretchOfTheWayHasItsOpenInvitations(t *testing.T) {
	seen := map[string]bool{}
	if len(DefaultPrompts) != 5 {
		t.Errorf("there are %d stretches", len(DefaultPrompts))
	}
	for _, set := range DefaultPrompts {
		if set.Key == "" || set.When == "" || len(set.Words) < 8 {
			t.Errorf("%q has %d open invitations", set.Key, len(set.Words))
		}
		for _, w := range set.Words {
			if n := utf8.RuneCountInString(w); n < 10 || n > 160 {
				t.Errorf("%q is %d characters long", w, n)
			}
			if m := promising.FindString(w); m != "" {
				t.Errorf("%q says %q", w, m)
			}
			if seen[w] {
				t.Errorf("%q stands twice", w)
			}
			seen[w] = true
		}
	}
}
