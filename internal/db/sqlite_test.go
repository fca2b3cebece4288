package db_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
)

func TestTheFileIsPrivateWhateverItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b", "what?#50%25", "held.db")
	d := opened(t, "", path)
	probe(t, d)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
}

func TestASnapshotIsWholeWhileOthersWrite(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	run(t, d, "CREATE TABLE twin (n BIGINT PRIMARY KEY)")
	stop, stopped := make(chan struct{}), make(chan error, 1)
	first := make(chan struct{})
	begun := sync.OnceFunc(func() { close(first) })
	go func() {
		for n := int64(1); ; n++ {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if err := insert(t.Context(), tx, n, n); err != nil {
					return err
				}
				_, err := tx.Exec(t.Context(), "INSERT INTO twin (n) VALUES ($1)", n)
				return err
			})
			begun()
			select {
			case <-stop:
				stopped <- err
				return
			default:
			}
		}
	}()
	<-first
	for i := range 5 {
		to := filepath.Join(t.TempDir(), "copy.db")
		before := count(t, d.Reader())
		if err := d.SnapshotSQLite(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("copy %d: %v, %v", i, info, err)
		}
		copied := opened(t, "", to)
		twins, err := db.One(t.Context(), copied.Reader(), db.Value[int64], "SELECT COUNT(*) FROM twin")
		if n := count(t, copied.Reader()); err != nil || n != twins || n < before {
			t.Errorf("copy %d holds %d rows and %d twins, there were %d before, %v", i, n, twins, before, err)
		}
		sound, err := db.One(t.Context(), copied.Reader(), db.Value[string], "PRAGMA integrity_check")
		if err != nil || sound != "ok" {
			t.Errorf("copy %d: %s, %v", i, sound, err)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestASnapshotReplacesNothing(t *testing.T) {
	d := testkit.SQLite(t)
	to := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(to, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.SnapshotSQLite(t.Context(), to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(to); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT 1"); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskIsSaidAndPasses(t *testing.T) {
	d := testkit.SQLite(t)
	run(t, d, "CREATE TABLE kept (n BIGINT PRIMARY KEY, b BLOB)")
	run(t, d, "INSERT INTO kept (n, b) VALUES (1, $1)", []byte("before"))
	run(t, d, "PRAGMA max_page_count = 1") // SQLite takes the size it has
	fill := func() error {
		return d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "INSERT INTO kept (n, b) VALUES (2, $1)", []byte("small")); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), "INSERT INTO kept (n, b) VALUES (3, $1)", make([]byte, 1<<20))
			return err
		})
	}
	if err := fill(); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("%v", err)
	}
	if n, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM kept"); n != 1 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	run(t, d, "PRAGMA max_page_count = 100000")
	if err := fill(); err != nil {
		t.Errorf("room again: %v", err)
	}
}

func TestAFileThatIsNoDatabaseIsRefusedAndLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	junk := bytes.Repeat([]byte("not a database. "), 512)
	if err := os.WriteFile(path, junk, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), "", path)
	if err == nil {
		err = d.Write(t.Context(), func(*db.Tx) error { return nil })
		err = errors.Join(err, d.Close())
	}
	if err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(path); !bytes.Equal(b, junk) {
		t.Error("the file was changed")
	}
	if _, err := db.Open(t.Context(), "", t.TempDir()); err == nil || !strings.Contains(err.Error(), "could not be opened") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := db.Open(t.Context(), "", filepath.Join(path, "x", "held.db")); err == nil || !strings.Contains(err.Error(), "folder could not be made") {
		t.Errorf("below a file: %v", err)
	}
}
