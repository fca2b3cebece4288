package carry

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/vault"
)

// TestEveryValueComesBackFromItsLine, also those that JSON has no word for.
func TestEveryValueComesBackFromItsLine(t *testing.T) {
	id := db.NewID()
	columns := []db.Column{{Name: "n", Kind: db.Int}, {Name: "w", Kind: db.Text}, {Name: "b", Kind: db.Bytes}, {Name: "s", Kind: db.Bytes}}
	sealed := []vault.Column{{Table: "t", Column: "s"}}
	for _, row := range []Row{
		{"n": int64(0), "w": "", "b": []byte{}, "s": ""},
		{"n": int64(math.MaxInt64), "w": "é \n\u2028 \\ \" <b>", "b": id[:], "s": "Käthe"},
		{"n": int64(math.MinInt64), "w": "-", "b": []byte{0, 255, 62, 63}, "s": "\x00\xff not text"},
		{"n": nil, "w": nil, "b": nil, "s": nil},
		{"n": int64(1), "w": "x", "b": bytes.Repeat([]byte{1}, 17), "s": Erased{}},
		{"n": int64(1), "w": "x", "b": []byte{}, "s": `{"erased":true}`},
	} {
		line := map[string]any{}
		for name, v := range row {
			line[name] = plain(v)
		}
		var b bytes.Buffer
		if err := newLines(&b).Encode(line); err != nil {
			t.Fatal(err)
		}
		got, err := parse(b.Bytes(), columns, sealed)
		if err != nil || !reflect.DeepEqual(got, row) {
			t.Errorf("%v came back as %v, %v", row, got, err)
		}
	}
	for _, bad := range []string{
		``, `[]`, `{"n":1,"w":"","b":""}`, `{"n":1,"w":"","b":"","x":""}`, `{"n":1,"w":"","b":"","s":"","x":1}`, `{"n":1.5,"w":"","b":"","s":""}`, `{"n":"1","w":"","b":"","s":""}`,
		`{"n":1,"w":2,"b":"","s":""}`, `{"n":1,"w":"","b":"!","s":""}`, `{"n":1,"w":"","b":"a-b","s":""}`, `{"n":1,"w":"","b":"","s":{"erased":false}}`, `{"n":1,"w":"","b":"","s":{"base64":"!"}}`,
		`{"n":99999999999999999999,"w":"","b":"","s":""}`, `{"n":1,"w":"","b":[1],"s":""}`,
	} {
		if row, err := parse([]byte(bad), columns, sealed); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s is read as %v, %v", bad, row, err)
		}
	}
}

func TestNobodyIsKeptOutByMistake(t *testing.T) {
	for _, list := range []string{"", "  ,", "mara", "age1short"} {
		if a, err := ForRecipients(list); err == nil || a.Encrypted() {
			t.Errorf("%q is taken for recipients", list)
		}
	}
	for _, pass := range []string{"", "short", strings.Repeat(" ", 40), "nineteen signs here"} {
		if a, err := ForPassphrase(pass); err == nil || a.Encrypted() {
			t.Errorf("%q is taken for a passphrase", pass)
		}
	}
	if a, b := passphrase(), passphrase(); a == b || len(a) != 29 {
		t.Errorf("made %q and %q", a, b)
	}
	if Clear.Encrypted() {
		t.Error("what is clear is said to be encrypted")
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Open(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			if _, err := json.Marshal(c.Manifest); err != nil {
				t.Error(err)
			}
		}
	})
}
