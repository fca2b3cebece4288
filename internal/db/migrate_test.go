package db_test

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"held/internal/db"
	"held/internal/testkit"
	"held/migrations"
)

const (
	first  = "-- +goose Up\nCREATE TABLE first (\n    practice_id BYTEA NOT NULL,\n    n BIGINT NOT NULL,\n    PRIMARY KEY (practice_id, n)\n);\n"
	second = "-- +goose Up\nCREATE TABLE second (\n    n BIGINT NOT NULL,\n    PRIMARY KEY (n)\n);\n"
	torn   = second + "INSERT INTO second (n) VALUES (1);\nINSERT INTO nowhere (n) VALUES (1);\n"
)

func history(texts ...string) fs.FS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files["000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func there(t *testing.T, d *db.DB, table string) bool {
	t.Helper()
	_, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT n FROM "+table)
	return err == nil
}

func schema(t *testing.T, d *db.DB, files fs.FS, have, want int64) {
	t.Helper()
	if h, w, err := d.Schema(t.Context(), files); h != have || w != want || err != nil {
		t.Errorf("schema %d of %d, %v; want %d of %d", h, w, err, have, want)
	}
}

func migrated(t *testing.T, d *db.DB, files fs.FS, from, to int64) {
	t.Helper()
	if f, to2, err := d.Migrate(t.Context(), files); f != from || to2 != to || err != nil {
		t.Errorf("migrated from %d to %d, %v; want %d to %d", f, to2, err, from, to)
	}
}

func TestMigrationsGoForwardOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB) {
		schema(t, d, history(first), 0, 1)
		if there(t, d, "db_version") {
			t.Error("asking for the schema made a table")
		}
		migrated(t, d, history(first), 0, 1)
		migrated(t, d, history(first), 1, 1)
		schema(t, d, history(first, second), 1, 2)
		migrated(t, d, history(first, second), 1, 2)
		migrated(t, d, history(first, second), 2, 2)
		schema(t, d, history(first, second), 2, 2)
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB) {
		migrated(t, d, history(first, second), 0, 2)
		run(t, d, "INSERT INTO second (n) VALUES (7)")
		if _, _, err := d.Migrate(t.Context(), history(first)); !errors.Is(err, db.ErrNewer) {
			t.Errorf("%v", err)
		}
		schema(t, d, history(first), 2, 1)
		if n, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT n FROM second"); n != 7 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestAFailingMigrationLeavesNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB) {
		from, to, err := d.Migrate(t.Context(), history(first, torn))
		if err == nil || from != 0 || to != 1 || !strings.Contains(err.Error(), "taken back whole") {
			t.Errorf("from %d to %d, %v", from, to, err)
		}
		schema(t, d, history(first, torn), 1, 2)
		if !there(t, d, "first") || there(t, d, "second") {
			t.Error("half a migration is there, or the whole one before it is not")
		}
		migrated(t, d, history(first, second), 1, 2)
	})
}

func TestTwoProgramsMigrateAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, d *db.DB) {
		if d.Engine() == db.SQLite {
			return // the file's own lock lets one in; the other says that a table is there
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, to, err := d.Migrate(t.Context(), migrations.Files); err != nil || to == 0 {
					t.Errorf("to %d, %v", to, err)
				}
			})
		}
		all.Wait()
	})
}

func TestADatabaseThatIsGoneIsNotAnEmptyOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if have, _, err := d.Schema(t.Context(), migrations.Files); err == nil {
			t.Errorf("schema %d and no error", have)
		}
	})
}

func TestMigrationsWithoutANumberAreRefused(t *testing.T) {
	d := opened(t, "", t.TempDir()+"/x.db")
	if _, _, err := d.Migrate(t.Context(), fstest.MapFS{"first.sql": {Data: []byte(first)}}); err == nil {
		t.Error("taken")
	}
}

// TestEveryTableIsStrict: SQLite keeps types as seriously as PostgreSQL.
func TestEveryTableIsStrict(t *testing.T) {
	d := testkit.SQLite(t)
	loose, err := db.All(t.Context(), d.Reader(), db.Value[string],
		"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT IN ('sqlite_schema', 'sqlite_sequence', 'db_version')")
	if err != nil || len(loose) > 0 {
		t.Errorf("not strict: %v, %v", loose, err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO work_runs (practice_id, worker, last_run_at, last_ok_at, last_fault) VALUES ($1, 'w', 'soon', 0, '')", db.NewID())
		return err
	})
	if err == nil {
		t.Error("a word was kept as a number")
	}
}
