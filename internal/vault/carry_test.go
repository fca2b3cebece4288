package vault_test

import (
	"bytes"
	"errors"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

// TestWhatWasErasedStaysErasedElsewhere, where nothing of its keys comes along.
func TestWhatWasErasedStaysErasedElsewhere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		gone, stays := place(practice), place(practice)
		seal(t, d, v, gone, secret)
		kept := seal(t, d, v, stays, secret)
		write := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) error { return v.Erase(t.Context(), tx, practice, gone.Subject, gone.Class) })
		var all []vault.Erasure
		err := vault.Erasures(t.Context(), d.Reader(), practice, func(e vault.Erasure) error { all = append(all, e); return nil })
		if err != nil || len(all) != 1 || all[0].Subject != gone.Subject || all[0].Class != gone.Class || all[0].At != db.Micros(testkit.Now) {
			t.Fatalf("%+v, %v", all, err)
		}
		if _, err := v.Open(t.Context(), d.Reader(), stays, kept); err != nil {
			t.Error(err)
		}
		there := gone
		there.Subject = db.NewID() // as if it were another database
		write(func(tx *db.Tx) error {
			return v.Bury(t.Context(), tx, practice, vault.Erasure{Subject: there.Subject, Class: there.Class, At: all[0].At})
		})
		if _, err := v.Open(t.Context(), d.Reader(), there, vault.Remains()); !errors.Is(err, vault.ErrErased) {
			t.Errorf("the remains open with %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { _, err := v.Seal(t.Context(), tx, there, secret); return err })
		if !errors.Is(err, vault.ErrErased) {
			t.Errorf("sealed for somebody who was erased: %v", err)
		}
	})
}

func TestHashesAreMadeAnew(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	of := vault.Lookup{Purpose: "p", Of: func(row map[string]any) string { s, _ := row["name"].(string); return s }}
	if h := of.Anew(v, practice, map[string]any{"name": "x"}); !bytes.Equal(h.([]byte), v.Index(practice, "p", "x")) {
		t.Error("it is not the hash by which it is found")
	}
	if h := of.Anew(v, practice, map[string]any{}); h != nil {
		t.Errorf("of nothing: %v", h)
	}
	a, b := vault.Lookup{}.Anew(v, practice, nil), vault.Lookup{}.Anew(v, practice, nil)
	if len(a.([]byte)) != 32 || bytes.Equal(a.([]byte), b.([]byte)) {
		t.Error("hashes of nothing are alike")
	}
	if h := (vault.Lookup{Empty: true}).Anew(v, practice, nil); h != nil {
		t.Errorf("empty: %v", h)
	}
}
