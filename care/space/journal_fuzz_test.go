package space

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"filippo.io/age"
)

// FuzzKeyring: whatever a browser sends as a keyring, what is taken of it is
// sealed, and its public halves are keys.
func FuzzKeyring(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(Keyring{
		Recipient: id.Recipient().String(), Verifier: base64.StdEncoding.EncodeToString(make([]byte, 32)),
		Keyring: append(bytes.Clone(magic), "-> X25519"...), Recovery: append(bytes.Clone(magic), "-> scrypt"...),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"recipient":"age1","verifier":"AA==","keyring":"","recovery":null}`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		var k Keyring
		if json.Unmarshal(sent, &k) != nil || k.check() != nil {
			return
		}
		if _, err := age.ParseX25519Recipient(k.Recipient); err != nil {
			t.Errorf("taken with the key %q", k.Recipient)
		}
		for _, file := range [][]byte{k.Keyring, k.Recovery} {
			if !bytes.HasPrefix(file, magic) || len(file) > maxKeyring {
				t.Error("taken though it is not sealed, or too long")
			}
		}
	})
}
