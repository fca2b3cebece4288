package names

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNamesAreSeenAsTheCasesSay(t *testing.T) {
	b, err := os.ReadFile("cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Lang, Text  string
		Fine, Names []string
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if got := Seen(c.Text, c.Lang, c.Fine); !slices.Equal(got, c.Names) {
			t.Errorf("%s %q: %q, want %q", c.Lang, c.Text, got, c.Names)
		}
	}
}

func TestALongTextIsReadInTime(t *testing.T) {
	for _, text := range []string{strings.Repeat("Aa ", 60_000), "my client Tom " + strings.Repeat("A", 90_000), strings.Repeat("Aa’", 30_000), strings.Repeat("called ", 20_000)} {
		began := time.Now()
		Seen(text, "de", nil)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%d characters took %v", len(text), took)
		}
	}
}

func FuzzSeen(f *testing.F) {
	f.Add("my client Anna, and B. K.", "en")
	f.Fuzz(func(t *testing.T, text, lang string) {
		for _, name := range Seen(text, lang, nil) {
			if name == "" || utf8.ValidString(text) && !utf8.ValidString(name) {
				t.Errorf("%q is a name in %q", name, text)
			}
			if again := Seen(text, lang, Seen(text, lang, nil)); len(Seen(text, lang, nil)) < named && len(again) != 0 {
				t.Errorf("what is fine is asked of again: %q", again)
			}
		}
	})
}
