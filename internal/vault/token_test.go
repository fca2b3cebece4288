package vault_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

func TestWhatIsLookedUpIsBoundToItsPurposeAndPractice(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	other := db.NewID()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, other) }); err != nil {
		t.Fatal(err)
	}
	index := v.Index(practice, "people.contact", "wren@example.org")
	if len(index) != 32 || !bytes.Equal(index, v.Index(practice, "people.contact", "wren@example.org")) {
		t.Errorf("%x", index)
	}
	for what, same := range map[string][]byte{
		"value":    v.Index(practice, "people.contact", "wren@example.com"),
		"purpose":  v.Index(practice, "people.name", "wren@example.org"),
		"practice": v.Index(other, "people.contact", "wren@example.org"),
		// What stands where between purpose and value must matter.
		"border": v.Index(practice, "people.contactw", "ren@example.org"),
	} {
		if bytes.Equal(index, same) {
			t.Errorf("another %s is looked up alike", what)
		}
	}
}

func TestSignedWords(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	other := db.NewID()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, other) }); err != nil {
		t.Fatal(err)
	}
	id := db.NewID()
	for _, msg := range [][]byte{id[:], {}, bytes.Repeat([]byte("x"), 1000)} {
		token := v.Token(practice, "appointment", msg)
		if got, ok := v.ParseToken(practice, "appointment", token); !ok || !bytes.Equal(got, msg) {
			t.Errorf("%x came back as %x, %v", msg, got, ok)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		forged := map[string]bool{token + "A": true, token + "=": true, " " + token: true, token + "\n": true, "": true, token[1:]: true}
		for n := range token {
			forged[token[:n]] = true
		}
		for i := range raw {
			torn := bytes.Clone(raw)
			torn[i] ^= 0x80
			forged[base64.RawURLEncoding.EncodeToString(torn)] = true
		}
		for f := range forged {
			if _, ok := v.ParseToken(practice, "appointment", f); ok {
				t.Errorf("%q was taken", f)
			}
		}
		for what, taken := range map[string]bool{"purpose": opens(v, practice, "question", token), "practice": opens(v, other, "appointment", token)} {
			if taken {
				t.Errorf("taken for another %s", what)
			}
		}
	}
}

func opens(v *vault.Vault, practice db.ID, purpose, token string) bool {
	_, ok := v.ParseToken(practice, purpose, token)
	return ok
}

func FuzzParseToken(f *testing.F) {
	d := testkit.SQLite(f)
	v, practice := testkit.Vault(f, d, testkit.NewClock(testkit.Now).Now)
	f.Add(v.Token(practice, "p", []byte("message")))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if msg, ok := v.ParseToken(practice, "p", token); ok && v.Token(practice, "p", msg) != token {
			t.Errorf("%q was taken, and is not what was signed", token)
		}
	})
}
