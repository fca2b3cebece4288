package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
)

// TestTheDemosConsentsAreProved and one that was changed in the database is named.
func TestTheDemosConsentsAreProved(t *testing.T) {
	t.Parallel()
	h, _ := openDemo(t)
	var out bytes.Buffer
	e := &env{out: &out, err: &out}
	ctx := h.as(t.Context(), access.Operator)
	if err := h.proveConsents(ctx, e, db.ID{}); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); !strings.Contains(said, "What was signed holds: ") || !strings.Contains(said, "23 signatures of clients and 23 second signatures") {
		t.Errorf("said %q", said)
	}
	err := h.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE consent_records SET at = at + 1, version = 1 WHERE act = 'signed' AND version = 2`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.proveConsents(ctx, e, db.ID{}); err == nil || !strings.Contains(err.Error(), "another version than its row") {
		t.Errorf("altered, and said: %v", err)
	}
}

func TestConsentIsVerifiedPlainly(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		if said := p.founded().can("consent", "verify"); !strings.Contains(said, "Nothing is signed yet") {
			t.Errorf("said %q", said)
		}
		file := filepath.Join(t.TempDir(), "records.json")
		if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.cannot(2, []string{"consent", "verify", "somebody"}, "wants the id")
		p.cannot(2, []string{"consent", "verify", db.NewID().String(), "--file", file}, "not both")
		p.cannot(1, []string{"consent", "verify", db.NewID().String()}, "there is no record")
		p.cannot(1, []string{"consent", "verify", "--file", file}, "no file of consent records")
		p.cannot(1, []string{"consent", "verify", "--file", file + "x"}, "could not be read")
	})
}
