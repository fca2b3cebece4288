package db_test

import (
	"database/sql"
	"os"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

func opened(t *testing.T, url, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, path)
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

// postgres names a fresh, migrated PostgreSQL database; "" where there is no cluster.
func postgres(t *testing.T) string {
	t.Helper()
	if os.Getenv(testkit.PostgresEnv) == "" {
		return ""
	}
	return testkit.PostgresURL(t)
}

// eachEmpty runs a test on a database of each engine that was never migrated.
func eachEmpty(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run(db.SQLite, func(t *testing.T) { test(t, opened(t, "", t.TempDir()+"/empty.db")) })
	if os.Getenv(testkit.PostgresEnv) == "" {
		return
	}
	t.Run(db.Postgres, func(t *testing.T) {
		d := testkit.Postgres(t)
		run(t, d, "DROP SCHEMA public CASCADE")
		run(t, d, "CREATE SCHEMA public")
		test(t, d)
	})
}

// busyError is what a second program gets while d writes.
func busyError(t *testing.T, d *db.DB, path string) (busy error) {
	t.Helper()
	other, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(0)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = d.Write(t.Context(), func(*db.Tx) error {
		tx, err := other.BeginTx(t.Context(), nil)
		if err == nil {
			t.Error("two wrote at once")
			return tx.Rollback()
		}
		busy = err
		return nil
	})
	if err != nil || busy == nil {
		t.Fatal(err, busy)
	}
	return busy
}

// eventually waits for something that is about to happen.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not happen within ten seconds")
		}
	}
}
