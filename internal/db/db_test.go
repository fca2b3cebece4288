package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"held/internal/db"
	"held/internal/testkit"
)

var errRefused = errors.New("refused")

// probe makes a table to play with: n counts upwards, v is anything.
func probe(t *testing.T, d *db.DB) {
	t.Helper()
	run(t, d, "CREATE TABLE probe (n BIGINT PRIMARY KEY, v BIGINT NOT NULL)")
}

func run(t *testing.T, d *db.DB, statement string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement, args...); return err }); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, q db.Q) int64 {
	t.Helper()
	n, err := db.One(context.WithoutCancel(t.Context()), q, db.Value[int64], "SELECT COUNT(*) FROM probe")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(ctx context.Context, tx *db.Tx, n, v int64) error {
	_, err := tx.Exec(ctx, "INSERT INTO probe (n, v) VALUES ($1, $2)", n, v)
	return err
}

func TestACollisionRepeatsTheWholeTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		tries, afters := 0, 0
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tries++
			tx.After(func() { afters++ })
			if err := insert(t.Context(), tx, int64(tries), 0); err != nil {
				return err
			}
			if tries < 3 {
				return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: "40001"})
			}
			return nil
		})
		if err != nil || tries != 3 || afters != 1 || count(t, d.Reader()) != 1 {
			t.Errorf("%d tries, %d afters, %d rows, %v", tries, afters, count(t, d.Reader()), err)
		}
		tries = 0
		err = d.Write(t.Context(), func(*db.Tx) error { tries++; return &pgconn.PgError{Code: "40P01"} })
		if err == nil || tries != 8 {
			t.Errorf("a collision without end: %d tries, %v", tries, err)
		}
	})
}

func TestARepetitionEndsWithItsContext(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		err := d.Write(ctx, func(*db.Tx) error {
			tries++
			cancel()
			return &pgconn.PgError{Code: "40001"}
		})
		if !errors.Is(err, context.Canceled) || tries != 1 {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
}

// TestABusySQLiteFileIsTriedAgain takes a real SQLITE_BUSY from a second
// program on the same file and hands it to Write.
func TestABusySQLiteFileIsTriedAgain(t *testing.T) {
	path := testkit.SQLitePath(t)
	d := opened(t, "", path)
	probe(t, d)
	busy := busyError(t, d, path)
	tries := 0
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if tries++; tries == 1 {
			return busy
		}
		return insert(t.Context(), tx, 1, 1)
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// TestADeadlockIsTriedAgain crosses two transactions on PostgreSQL. On SQLite
// they stand in a queue; both end well there too.
func TestADeadlockIsTriedAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		run(t, d, "INSERT INTO probe (n, v) VALUES (1, 0), (2, 0)")
		var tries atomic.Int32
		var crossed sync.WaitGroup
		crossed.Add(2)
		both := make(chan struct{})
		go func() { crossed.Wait(); close(both) }()
		cross := func(first, second int64) error {
			mine := 0
			return d.Write(t.Context(), func(tx *db.Tx) error {
				mine++
				tries.Add(1)
				if err := add(t.Context(), tx, first); err != nil {
					return err
				}
				if mine == 1 && d.Engine() == db.Postgres { // each holds one row now
					crossed.Done()
					<-both
				}
				return add(t.Context(), tx, second)
			})
		}
		errs := make(chan error, 2)
		go func() { errs <- cross(1, 2) }()
		go func() { errs <- cross(2, 1) }()
		if err := errors.Join(<-errs, <-errs); err != nil {
			t.Fatal(err)
		}
		sum, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT CAST(SUM(v) AS BIGINT) FROM probe")
		if err != nil || sum != 4 {
			t.Errorf("sum %d, %v", sum, err)
		}
		// The one that gave way may meet the other again when the machine is slow.
		if got := tries.Load(); d.Engine() == db.SQLite && got != 2 || d.Engine() == db.Postgres && got < 3 {
			t.Errorf("%d tries", got)
		}
		if d.Engine() == db.SQLite {
			crossed.Add(-2)
		}
	})
}

func add(ctx context.Context, tx *db.Tx, n int64) error {
	_, err := tx.Exec(ctx, "UPDATE probe SET v = v + 1 WHERE n = $1", n)
	return err
}

func TestTakenIsAnAnswerAndNeverRepeated(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		run(t, d, "CREATE UNIQUE INDEX probe_v ON probe (v)")
		run(t, d, "INSERT INTO probe (n, v) VALUES (1, 1)")
		for what, row := range map[string][2]int64{"primary key": {1, 2}, "unique index": {2, 1}} {
			tries := 0
			err := d.Write(t.Context(), func(tx *db.Tx) error { tries++; return insert(t.Context(), tx, row[0], row[1]) })
			if !db.Taken(err) || tries != 1 {
				t.Errorf("%s: %d tries, %v", what, tries, err)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO probe (n, v) VALUES (9, NULL)")
			return err
		})
		if err == nil || db.Taken(err) {
			t.Errorf("a missing value is not a taken key: %v", err)
		}
		if db.Taken(nil) || db.Taken(errRefused) {
			t.Error("taken without a key")
		}
	})
}

func TestWhatIsRefusedOrPanicsIsTakenBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		afters := 0
		work := func(end func() error) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				tx.After(func() { afters++ })
				if err := insert(t.Context(), tx, 1, 1); err != nil {
					return err
				}
				return end()
			})
		}
		if err := work(func() error { return errRefused }); !errors.Is(err, errRefused) {
			t.Errorf("refused: %v", err)
		}
		func() {
			defer func() {
				if p := recover(); p != "thrown" {
					t.Errorf("recovered %v", p)
				}
			}()
			_ = work(func() error { panic("thrown") })
		}()
		if count(t, d.Reader()) != 0 || afters != 0 {
			t.Errorf("%d rows, %d afters", count(t, d.Reader()), afters)
		}
		if err := work(func() error { return nil }); err != nil || afters != 1 {
			t.Errorf("after both: %d afters, %v", afters, err)
		}
	})
}

func TestAfterSeesTheCommit(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		var seen int64
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.After(func() { seen = count(t, d.Reader()) })
			if err := insert(t.Context(), tx, 1, 1); err != nil {
				return err
			}
			if inside, outside := count(t, tx), count(t, d.Reader()); inside != 1 || outside != 0 {
				t.Errorf("before the commit: %d inside, %d outside", inside, outside)
			}
			return nil
		})
		if err != nil || seen != 1 {
			t.Errorf("after saw %d, %v", seen, err)
		}
	})
}

func TestWhatIsKeptBelongsToOneTry(t *testing.T) {
	d := testkit.SQLite(t)
	tries := 0
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if tx.Kept("k") != nil {
			t.Error("kept from the try before")
		}
		tx.Keep("k", 1)
		if tries++; tries == 1 {
			return &pgconn.PgError{Code: "40001"}
		}
		return nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// TestACancelledWriteLeavesNothing ends the context at each stage, and then
// uses the same connections again.
func TestACancelledWriteLeavesNothing(t *testing.T) {
	slow := map[string]string{
		db.SQLite:   "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT COUNT(*) FROM r",
		db.Postgres: "SELECT COUNT(*) FROM (SELECT pg_sleep(30)) s",
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		for what, end := range map[string]func(context.Context, context.CancelFunc, *db.Tx) error{
			"between statements": func(_ context.Context, cancel context.CancelFunc, _ *db.Tx) error { cancel(); return nil },
			"in a statement": func(ctx context.Context, cancel context.CancelFunc, tx *db.Tx) error {
				time.AfterFunc(20*time.Millisecond, cancel)
				_, err := db.One(ctx, tx, db.Value[int64], slow[d.Engine()])
				return err
			},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := insert(ctx, tx, 1, 1); err != nil {
					return err
				}
				return end(ctx, cancel, tx)
			})
			cancel()
			if err == nil || count(t, d.Reader()) != 0 {
				t.Errorf("cancelled %s: %d rows, %v", what, count(t, d.Reader()), err)
			}
		}
		run(t, d, "INSERT INTO probe (n, v) VALUES (1, 1)")
	})
}

func TestManyWritersAndReaders(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		run(t, d, "INSERT INTO probe (n, v) VALUES (0, 0)")
		const people, each = 24, 10
		var all sync.WaitGroup
		errs := make(chan error, people*each*2)
		for p := range people {
			all.Go(func() {
				for i := range each {
					errs <- d.Write(t.Context(), func(tx *db.Tx) error {
						if err := insert(t.Context(), tx, int64(1+p*each+i), 1); err != nil {
							return err
						}
						// A transaction that reads outside itself must not starve the others.
						if _, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM probe"); err != nil {
							return err
						}
						return add(t.Context(), tx, 0)
					})
				}
			})
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		v, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT v FROM probe WHERE n = 0")
		if err != nil || v != people*each || count(t, d.Reader()) != people*each+1 {
			t.Errorf("counted %d of %d, %v", v, people*each, err)
		}
	})
}

// TestPreparedStatementsFollowTheSchema: a statement that was prepared before
// a migration sees what the migration made.
func TestPreparedStatementsFollowTheSchema(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	run(t, d, "INSERT INTO probe (n, v) VALUES (1, 1)")
	columns := func(q db.Q) int {
		rows, err := q.Query(t.Context(), "SELECT * FROM probe")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || !rows.Next() || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
		return len(names)
	}
	inside := func() (n int) {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { n = columns(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 2 { // the second round runs what the first has prepared
		if columns(d.Reader()) != 2 || inside() != 2 {
			t.Error("not two columns")
		}
	}
	run(t, d, "ALTER TABLE probe ADD COLUMN w BIGINT")
	if columns(d.Reader()) != 3 || inside() != 3 {
		t.Error("the new column is not seen")
	}
	run(t, d, "DROP TABLE probe")
	probe(t, d)
	if count(t, d.Reader()) != 0 {
		t.Error("rows of a dropped table")
	}
}

// TestMoreTextsThanAreKept: past the bound statements run all the same.
func TestMoreTextsThanAreKept(t *testing.T) {
	d := testkit.SQLite(t)
	for i := range 1010 {
		got, err := db.All(t.Context(), d.Reader(), db.Value[int64], fmt.Sprintf("SELECT %d", i))
		if err != nil || len(got) != 1 || got[0] != int64(i) {
			t.Fatalf("text %d: %v, %v", i, got, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	if _, err := db.All(t.Context(), d.Reader(), db.Value[int64], "INSERT INTO probe (n, v) VALUES (1, 1) RETURNING n"); err == nil || count(t, d.Reader()) != 0 {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestClosingLeavesNoGoroutines(t *testing.T) {
	open := func(t *testing.T, url, path string) {
		before := runtime.NumGoroutine()
		d, err := db.Open(t.Context(), url, path)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _, _ = db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT 1") })
		}
		all.Wait()
		if err := errors.Join(d.Ping(t.Context()), d.Close()); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return runtime.NumGoroutine() <= before })
	}
	t.Run(db.SQLite, func(t *testing.T) { open(t, "", testkit.SQLitePath(t)) })
	if url := postgres(t); url != "" {
		t.Run(db.Postgres, func(t *testing.T) { open(t, url, "") })
	}
}

func TestAnAddressThatIsNoDatabase(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://x":      "must begin with postgres://",
		"postgres://%zz": "could not be read",
		"postgres://held:hunter2@127.0.0.1:1/x?sslmode=disable&connect_timeout=1": "does not answer",
	} {
		_, err := db.Open(t.Context(), url, "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
