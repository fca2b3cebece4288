package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
)

// doomed names the database that a re-started test program writes to until it is killed.
const doomed = "HELD_TEST_DOOMED"

func TestMain(m *testing.M) {
	if where := os.Getenv(doomed); where != "" {
		writeUntilKilled(where)
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits pairs and says each one aloud once it is committed.
func writeUntilKilled(where string) {
	url, path := where, ""
	if !strings.HasPrefix(where, "postgres") {
		url, path = "", where
	}
	ctx := context.Background()
	d, err := db.Open(ctx, url, path)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	base, _ := strconv.ParseInt(os.Getenv(doomed+"_FROM"), 10, 64)
	for w := range int64(4) {
		go func() {
			for n := base + w; ; n += 4 {
				err := d.Write(ctx, func(tx *db.Tx) error {
					if err := insert(ctx, tx, n, n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "INSERT INTO twin (n) VALUES ($1)", n)
					return err
				})
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println(n) // one short write: whole or not there
			}
		}()
	}
	select {}
}

// TestAKilledWriterLosesNothingAcknowledged kills a program in the middle of
// its writing, again and again on the same database.
func TestAKilledWriterLosesNothingAcknowledged(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 8
	}
	round := func(t *testing.T, d *db.DB, where string) {
		probe(t, d)
		run(t, d, "CREATE TABLE twin (n BIGINT PRIMARY KEY)")
		acknowledged := map[int64]bool{}
		for k := range kills {
			for _, n := range killed(t, where, int64(k)*1_000_000, 1+k*7%23) {
				acknowledged[n] = true
			}
		}
		kept, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT n FROM probe")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range kept {
			delete(acknowledged, n)
		}
		if len(acknowledged) > 0 {
			t.Errorf("lost: %v", acknowledged)
		}
		// In one statement: PostgreSQL may still be committing for the last one killed.
		half, err := db.One(t.Context(), d.Reader(), db.Value[int64],
			"SELECT COUNT(*) FROM probe p FULL JOIN twin t ON t.n = p.n WHERE p.n IS NULL OR t.n IS NULL")
		if err != nil || half != 0 {
			t.Errorf("%d of %d rows are half there, %v", half, len(kept), err)
		}
	}
	t.Run(db.SQLite, func(t *testing.T) {
		path := testkit.SQLitePath(t)
		d := opened(t, "", path)
		round(t, d, path)
		if sound, err := db.One(t.Context(), d.Reader(), db.Value[string], "PRAGMA integrity_check"); sound != "ok" || err != nil {
			t.Error(sound, err)
		}
	})
	if url := postgres(t); url != "" {
		t.Run(db.Postgres, func(t *testing.T) { round(t, opened(t, url, ""), url) })
	}
}

// killed runs a writer, kills it after so many acknowledgements, and gives
// back every one that it had made by then.
func killed(t *testing.T, where string, from int64, after int) (acknowledged []int64) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), doomed+"="+where, doomed+"_FROM="+strconv.FormatInt(from, 10))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the writer said %q", lines.Text())
		}
		if acknowledged = append(acknowledged, n); len(acknowledged) == after {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Wait(); err == nil || len(acknowledged) < after {
		t.Fatalf("the writer ended by itself after %d", len(acknowledged))
	}
	return acknowledged
}
