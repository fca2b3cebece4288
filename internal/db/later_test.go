package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

func TestWhatIsLeftForLaterIsDoneInItsOrder(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		later := func(tx *db.Tx, query string, args ...any) {
			if err := tx.Later(t.Context(), nil, query, args...); err != nil {
				t.Error(err)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			later(tx, "INSERT INTO probe (n, v) VALUES ($1, 1)", 1)
			later(tx, "UPDATE probe SET v = v + 1 WHERE n = $1", 1)
			if n := count(t, tx); n != 1 {
				t.Errorf("%d rows after one was left for later", n)
			}
			later(tx, "INSERT INTO probe (n, v) VALUES ($1, 5)", 2)
			if n, err := tx.Exec(t.Context(), "UPDATE probe SET v = v * 10"); n != 2 || err != nil {
				t.Errorf("%d rows, %v", n, err)
			}
			for n := range 200 { // more than are ever kept back
				later(tx, "INSERT INTO probe (n, v) VALUES ($1, 0)", 100+n)
			}
			later(tx, "UPDATE probe SET v = v + 1 WHERE n < $1", 100)
			return nil
		})
		v, verr := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT v FROM probe WHERE n < 100 ORDER BY n")
		if err = errors.Join(err, verr); err != nil || len(v) != 2 || v[0] != 21 || v[1] != 51 || count(t, d.Reader()) != 202 {
			t.Errorf("%v, %d rows, %v", v, count(t, d.Reader()), err)
		}
	})
}

// TestAFailureComesBackWithItsMeaning, wherever it comes back from, and even
// when the rest of the transaction passes over it.
func TestAFailureComesBackWithItsMeaning(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		run(t, d, "INSERT INTO probe (n, v) VALUES (1, 1)")
		mean := func(err error) error {
			if db.Taken(err) {
				return fmt.Errorf("%w: somebody was first: %w", errRefused, err)
			}
			return err
		}
		for what, next := range map[string]func(tx *db.Tx) error{
			"with the commit": func(*db.Tx) error { return nil },
			"with a reading": func(tx *db.Tx) error {
				_, err := db.One(t.Context(), tx, db.Value[int64], "SELECT COUNT(*) FROM probe")
				return err
			},
			"with a writing": func(tx *db.Tx) error { return add(t.Context(), tx, 1) },
			"with another":   func(tx *db.Tx) error { return tx.Later(t.Context(), nil, "UPDATE probe SET v = 9") },
		} {
			tries := 0
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				tries++
				tx.After(func() { t.Errorf("%s: done after no commit", what) })
				if err := tx.Later(t.Context(), nil, "INSERT INTO probe (n, v) VALUES (2, 2)"); err != nil {
					return err
				}
				if err := tx.Later(t.Context(), mean, "INSERT INTO probe (n, v) VALUES (1, 2)"); err != nil {
					return err
				}
				return next(tx)
			})
			if !errors.Is(err, errRefused) || !db.Taken(err) || tries != 1 || count(t, d.Reader()) != 1 {
				t.Errorf("%s: %d tries, %d rows, %v", what, tries, count(t, d.Reader()), err)
			}
		}
		run(t, d, "UPDATE probe SET v = 3") // nothing is left over on the connection
	})
}

func TestAFailurePassedOverIsNoCommit(t *testing.T) {
	onPostgres(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := insert(t.Context(), tx, 1, 1); err != nil {
				return err
			}
			_ = insert(t.Context(), tx, 1, 1)
			return nil
		})
		if !db.Taken(err) || count(t, d.Reader()) != 0 {
			t.Errorf("%d rows, %v", count(t, d.Reader()), err)
		}
	})
}

func TestAWriteWithinAWriteIsRefusedAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		write := func(n int64) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, n, n) })
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := func() error { return write(1) }(); !errors.Is(err, db.ErrInside) {
				t.Errorf("within: %v", err)
			}
			tx.After(func() {
				if err := write(2); err != nil {
					t.Errorf("after: %v", err)
				}
			})
			return insert(t.Context(), tx, 3, 3)
		})
		if err != nil || count(t, d.Reader()) != 2 {
			t.Errorf("%d rows, %v", count(t, d.Reader()), err)
		}
		other := make(chan error, 1)
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			go func() { other <- write(4) }() // another's own work, at the same time
			return insert(t.Context(), tx, 5, 5)
		})
		if err := errors.Join(err, <-other); err != nil {
			t.Error(err)
		}
	})
}

func TestATransactionIsNotUsedAfterItsEnd(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		var kept *db.Tx
		if err := d.Write(t.Context(), func(tx *db.Tx) error { kept = tx; return insert(t.Context(), tx, 1, 1) }); err != nil {
			t.Fatal(err)
		}
		_, err := db.One(t.Context(), kept, db.Value[int64], "SELECT COUNT(*) FROM probe")
		for _, err := range []error{err, insert(t.Context(), kept, 2, 2), kept.Later(t.Context(), nil, "DELETE FROM probe")} {
			if !errors.Is(err, sql.ErrTxDone) {
				t.Errorf("after its end: %v", err)
			}
		}
		if count(t, d.Reader()) != 1 {
			t.Error("it wrote after its end")
		}
	})
}

// onPostgres runs a test of what concerns PostgreSQL alone, where there is a cluster.
func onPostgres(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	if url := postgres(t); url != "" {
		t.Run(db.Postgres, func(t *testing.T) { test(t, opened(t, url, "")) })
	}
}

const endYourself = "SELECT pg_terminate_backend(pg_backend_pid())"

// TestConnectionsThatEndedAreNotUsed: the server was started again, and every
// connection was used a moment ago.
func TestConnectionsThatEndedAreNotUsed(t *testing.T) {
	onPostgres(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		for round := range int64(3) {
			busy := make(chan struct{})
			open := make(chan error, 8)
			for range 8 { // eight connections, all at once
				go func() {
					open <- d.Write(t.Context(), func(tx *db.Tx) error { _ = count(t, tx); <-busy; return nil })
				}()
			}
			rows := count(t, d.Reader())
			close(busy)
			for range 8 {
				if err := <-open; err != nil {
					t.Fatal(err)
				}
			}
			others, err := db.All(t.Context(), d.Reader(), db.Value[bool], "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			if err != nil || len(others) == 0 {
				t.Fatalf("%d ended, %v", len(others), err)
			}
			for n := range int64(12) {
				if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, round*100+n, n) }); err != nil {
					t.Errorf("write %d: %v", n, err)
				}
				if got := count(t, d.Reader()); got != rows+n+1 {
					t.Errorf("read %d: %d rows", n, got)
				}
			}
		}
	})
}

func TestAConnectionThatEndsBeforeTheCommitIsTriedAgain(t *testing.T) {
	onPostgres(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		tries := 0
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tries++
			if err := insert(t.Context(), tx, int64(tries), 1); err != nil {
				return err
			}
			if tries == 1 {
				_, err := tx.Exec(t.Context(), endYourself)
				return err
			}
			return nil
		})
		if err != nil || tries != 2 || count(t, d.Reader()) != 1 {
			t.Errorf("%d tries, %d rows, %v", tries, count(t, d.Reader()), err)
		}
	})
}

// TestACommitOfUnknownOutcomeIsNotRepeated: it might be done twice.
func TestACommitOfUnknownOutcomeIsNotRepeated(t *testing.T) {
	onPostgres(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		tries := 0
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tries++
			if err := insert(t.Context(), tx, 1, 1); err != nil {
				return err
			}
			return tx.Later(t.Context(), nil, endYourself) // it goes with the commit
		})
		if err == nil || !db.Down(err) || tries != 1 {
			t.Errorf("%d tries, %v", tries, err)
		}
		eventually(t, func() bool { return count(t, d.Reader()) == 0 })
	})
}

func TestAReadingIsTriedOnceMoreOnly(t *testing.T) {
	onPostgres(t, func(t *testing.T, d *db.DB) {
		began := time.Now()
		_, err := db.One(t.Context(), d.Reader(), db.Value[bool], endYourself)
		if err == nil || !db.Down(err) || time.Since(began) > 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT 1"); err != nil {
			t.Error(err)
		}
	})
}
