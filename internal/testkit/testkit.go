// Package testkit gives tests real databases, migrated and empty: on SQLite a
// file of its own for each test, and, when HELD_TEST_POSTGRES names a
// maintenance database (make test and make check do), on PostgreSQL too.
package testkit

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/migrations"
)

// PostgresEnv names the setting with the address of a test cluster.
const PostgresEnv = "HELD_TEST_POSTGRES"

// Now is the instant at which tests stand unless they say otherwise:
// Tuesday 3 March 2026, 09:00 in UTC.
var Now = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

// Clock is a clock that a test moves by hand.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock stands at t until it is moved.
func NewClock(t time.Time) *Clock { return &Clock{t: t} }

// Now reads the clock.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// Each runs a test on every engine, each time with a fresh, migrated database.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run(db.SQLite, func(t *testing.T) { test(t, SQLite(t)) })
	if os.Getenv(PostgresEnv) != "" {
		t.Run(db.Postgres, func(t *testing.T) { test(t, Postgres(t)) })
	}
}

var template struct {
	once sync.Once
	file []byte
	err  error
}

// SQLite opens a fresh, migrated SQLite database.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "", SQLitePath(t))
	return closing(t, d, err)
}

// SQLitePath makes a fresh, migrated SQLite file and names it.
func SQLitePath(t testing.TB) string {
	t.Helper()
	template.once.Do(func() { template.file, template.err = makeTemplate() })
	if template.err != nil {
		t.Fatal(template.err)
	}
	path := filepath.Join(t.TempDir(), "held.db")
	if err := os.WriteFile(path, template.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func makeTemplate() ([]byte, error) {
	dir, err := os.MkdirTemp("", "held-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	d, err := db.Open(ctx, "", filepath.Join(dir, "grow.db"))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if _, _, err := d.Migrate(ctx, migrations.Files); err != nil {
		return nil, err
	}
	whole := filepath.Join(dir, "whole.db")
	if err := d.SnapshotSQLite(ctx, whole); err != nil {
		return nil, err
	}
	return os.ReadFile(whole)
}

// Postgres opens an empty, migrated PostgreSQL database. It is one of a few that
// tests take in turns; who takes it next finds it emptied again.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), PostgresURL(t), "")
	return closing(t, d, err)
}

// PostgresURL names an empty, migrated PostgreSQL database, which is the
// test's own until it ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	_, measuring := t.(*testing.B)
	url, giveBack, err := takePostgres(context.Background(), os.Getenv(PostgresEnv), measuring)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := giveBack(); err != nil {
			t.Error(err)
		}
	})
	return url
}

func closing(t testing.TB, d *db.DB, err error) *db.DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func pgNamed(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	u.Path = "/" + name
	return u.String()
}

// Vault makes a vault with a key of its own and founds a practice in it.
func Vault(t testing.TB, d *db.DB, now func() time.Time) (*vault.Vault, db.ID) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "held.key")
	if err := vault.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	keeper, err := vault.ReadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, practice := vault.New(keeper, now), db.NewID()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, practice) }); err != nil {
		t.Fatal(err)
	}
	return v, practice
}
