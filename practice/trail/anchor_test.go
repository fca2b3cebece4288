package trail_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"held/internal/testkit"
	"held/practice/trail"
)

func anAnchor(t testing.TB) trail.Anchor {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	a := trail.Anchor{Practice: [16]byte{1, 2, 3}, Lines: 12345, Hash: make([]byte, 32), At: testkit.Now, Key: key.Public().(ed25519.PublicKey)}
	a.Signature = ed25519.Sign(key, []byte(a.Statement()))
	return a
}

// TestAnAnchorIsFoundInTheLetterItCameIn: as it was sent, quoted, wrapped, with
// other line ends, between other words.
func TestAnAnchorIsFoundInTheLetterItCameIn(t *testing.T) {
	a := anAnchor(t)
	text := a.String()
	for what, letter := range map[string]string{
		"a file":      text,
		"a letter":    "Keep this letter.\n\nA held trail anchor is below.\n\n" + text + "\nIt was made by the program.\n",
		"quoted":      "> " + strings.ReplaceAll(text, "\n", "\n> "),
		"twice":       ">> " + strings.ReplaceAll(text, "\n", "\n>>\t"),
		"other ends":  strings.ReplaceAll(text, "\n", "\r\n"),
		"wrapped":     strings.ReplaceAll(text, "signature ", "signature\n  "),
		"no last end": strings.TrimSpace(text),
	} {
		got, err := trail.ParseAnchor(letter)
		if err != nil || got.String() != text || !got.Signed() {
			t.Errorf("%s: %v\n%s", what, err, got)
		}
	}
}

func TestWhatIsNoAnchor(t *testing.T) {
	text := anAnchor(t).String()
	for what, letter := range map[string]string{
		"nothing": "", "other words": "Dear owner, nothing is here.", "half of one": text[:len(text)/2],
		"no lines": strings.Replace(text, "lines 12345", "lines -1", 1), "a short hash": strings.Replace(text, "hash 00", "hash ", 1),
		"no date": strings.Replace(text, "at 2026", "at the year 2026", 1), "another version": strings.Replace(text, "anchor 1", "anchor 2", 1),
		"another order": strings.Replace(text, "lines", "hash", 1), "no key": strings.Replace(text, "key ", "key !", 1),
	} {
		if a, err := trail.ParseAnchor(letter); err == nil {
			t.Errorf("%s: %+v", what, a)
		}
	}
	if a, err := trail.ParseAnchor(strings.Replace(text, "12345", "12346", 1)); err != nil || a.Signed() {
		t.Errorf("an altered one counts as signed, %v", err)
	}
}

func FuzzParseAnchor(f *testing.F) {
	text := anAnchor(f).String()
	f.Add(text)
	f.Add("> " + strings.ReplaceAll(text, "\n", "\r\n> "))
	f.Add("held trail anchor 1 practice x lines 1 hash 00 at now key = signature =")
	f.Fuzz(func(t *testing.T, letter string) {
		a, err := trail.ParseAnchor(letter)
		if err != nil {
			return
		}
		again, err := trail.ParseAnchor(a.String())
		if err != nil || again.String() != a.String() || again.Signed() != a.Signed() {
			t.Errorf("%q is read as %q and then as %q, %v", letter, a, again, err)
		}
	})
}
