package testkit

import (
	"errors"
	"os"
	"testing"

	"held/internal/db"
)

// count tells how many class keys there are, a table that tests may write into.
func count(t *testing.T, d *db.DB) int64 {
	t.Helper()
	n, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM vault_class_keys")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func run(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement); return err }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatOneTestWroteNoOtherFinds(t *testing.T) {
	for range 2 {
		Each(t, func(t *testing.T, d *db.DB) {
			if n := count(t, d); n != 0 {
				t.Fatalf("it begins with %d rows", n)
			}
			if Vault(t, d, NewClock(Now).Now); count(t, d) == 0 {
				t.Error("nothing was written")
			}
		})
	}
}

func TestWhoChangesTheTablesLeavesThemToNobody(t *testing.T) {
	for range 2 {
		Each(t, func(t *testing.T, d *db.DB) {
			run(t, d, "CREATE TABLE extra (n BIGINT)")
		})
	}
}

func TestTwoNeverHaveOneDatabase(t *testing.T) {
	if base := os.Getenv(PostgresEnv); base != "" {
		first, second := PostgresURL(t), PostgresURL(t)
		if first == second {
			t.Errorf("%s was given to two", first)
		}
		if _, err := holdPostgres(t.Context(), first); !errors.Is(err, errHad) {
			t.Errorf("a database that somebody has: %v", err)
		}
	}
}
