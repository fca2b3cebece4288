package vault_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

var update = flag.Bool("update", false, "write testdata anew")

// vectors is a practice small enough to keep: what is in it must open with
// every later version of Held. []byte is base64 in JSON.
type vectors struct {
	About     string
	KeyFile   string
	Place     vault.Field
	ClassKeys []classKey
	DataKey   []byte // wrapped under the class key, version 1
	Plain     string
	Sealed    []byte
	Index     []byte // of Plain, purpose "vectors"
	Token     string // of Plain, purpose "vectors"
	MAC       []byte // of Plain, purpose "vectors"
}

type classKey struct {
	Class   string
	Wrapped []byte
}

const vectorsFile = "testdata/vectors.json"

// TestVectors: what one version has sealed, every later one opens.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	b, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var x vectors
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "held.key")
	if err := os.WriteFile(path, []byte(x.KeyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		lay(t, d, x)
		v := vault.New(read(t, path), testkit.NewClock(testkit.Now).Now)
		if err := v.Load(t.Context(), d.Reader(), x.Place.Practice); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(t.Context(), d.Reader(), x.Place, x.Sealed); got != x.Plain || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if !bytes.Equal(v.Index(x.Place.Practice, "vectors", x.Plain), x.Index) {
			t.Error("a value is looked up otherwise than it was")
		}
		if got := v.MAC(x.Place.Practice, "vectors", []byte(x.Plain)); !bytes.Equal(got, x.MAC) {
			t.Errorf("a seal is %x now", got)
		}
		if got, ok := v.ParseToken(x.Place.Practice, "vectors", x.Token); !ok || string(got) != x.Plain {
			t.Errorf("%q, %v", got, ok)
		}
	})
}

func lay(t *testing.T, d *db.DB, x vectors) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, k := range x.ClassKeys {
			if _, err := tx.Exec(t.Context(), "INSERT INTO vault_class_keys (practice_id, class, version, wrapped, made_at) VALUES ($1, $2, 1, $3, 0)", x.Place.Practice, k.Class, k.Wrapped); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), "INSERT INTO vault_data_keys (practice_id, subject_id, class, version, class_version, wrapped, made_at, destroyed_at) VALUES ($1, $2, $3, 1, 1, $4, 0, 0)",
			x.Place.Practice, x.Place.Subject, string(x.Place.Class), x.DataKey)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	path := made(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, v := testkit.SQLite(t), vault.New(read(t, path), testkit.NewClock(testkit.Now).Now)
	x := vectors{About: "A practice made for this file. Its key is public and protects nothing.", KeyFile: string(text), Plain: "What was said here stays here. ☂"}
	f := place(db.NewID())
	x.Place = f
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, f.Practice) }); err != nil {
		t.Fatal(err)
	}
	x.Sealed = seal(t, d, v, f, x.Plain)
	x.Index, x.Token = v.Index(f.Practice, "vectors", x.Plain), v.Token(f.Practice, "vectors", []byte(x.Plain))
	x.MAC = v.MAC(f.Practice, "vectors", []byte(x.Plain))
	x.ClassKeys, err = db.All(t.Context(), d.Reader(), func(r db.Row) (k classKey, err error) { err = r.Scan(&k.Class, &k.Wrapped); return k, err },
		"SELECT class, wrapped FROM vault_class_keys ORDER BY class")
	if err != nil {
		t.Fatal(err)
	}
	if x.DataKey, err = db.One(t.Context(), d.Reader(), db.Value[[]byte], "SELECT wrapped FROM vault_data_keys"); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
