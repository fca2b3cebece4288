package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readers bounds the pool of SQLite read connections.
const readers = 8

// openSQLite opens the file twice: one immediate writer, and query-only
// readers. Every pragma is in the connection string, because a pragma run on
// a pool reaches one connection only.
func openSQLite(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder could not be made: %w", err)
	}
	// The file is made here, so that it is private from its first byte on.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec -- the operator's own setting
	if err != nil {
		return nil, fmt.Errorf("the database file could not be opened: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// A booking touches some thirty pages, many of them the last one's: carried
	// over every 4,000 pages (16 MB) instead of every 1,000, most are written once.
	common := []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)",
		"foreign_keys(1)", "temp_store(MEMORY)",
	}
	// Each connection has a cache of its own; eight readers' together must stay small.
	with := func(more ...string) []string { return append(slices.Clone(common), more...) }
	writer := url.Values{"_pragma": with("cache_size(-8000)"), "_txlock": {"immediate"}}
	reader := url.Values{"_pragma": with("cache_size(-2000)", "query_only(1)")}
	w, err := sql.Open("sqlite", sqliteName(path, writer))
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	r, err := sql.Open("sqlite", sqliteName(path, reader))
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	return &DB{engine: SQLite, write: w, read: r, line: &line{write: w}}, nil
}

// sqliteName is a file with its options as the driver reads them. The name is
// escaped, because SQLite reads it as an address: a folder may hold "?", "#" or "%".
func sqliteName(path string, options url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()
}

// SnapshotSQLite writes a consistent copy of a SQLite database while it is in
// use, to a new file that only this user can read. It is on the disk, or
// gone again, when this returns.
func (d *DB) SnapshotSQLite(ctx context.Context, to string) error {
	if d.engine != SQLite {
		return errors.New("only SQLite is copied this way")
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // #nosec -- the operator's own choice
	if err != nil {
		return fmt.Errorf("the copy could not be made: %w", err)
	}
	err = errors.Join(d.vacuumInto(ctx, to), f.Sync(), f.Close()) // SQLite itself does not wait for the disk here
	if err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// vacuumInto copies from a reader's connection, so that nobody who writes has
// to wait. The connection may write for this one statement and is then closed.
func (d *DB) vacuumInto(ctx context.Context, to string) error {
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return err
	}
	if _, err = conn.ExecContext(ctx, "PRAGMA query_only(0)"); err == nil {
		_, err = conn.ExecContext(ctx, "VACUUM INTO $1", to)
	}
	_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // takes it out of the pool
	return err
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func sqliteNoTable(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table")
}

func sqliteTaken(err error) bool {
	c := sqliteCode(err)
	return c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || c == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

func sqliteConstraint(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_CONSTRAINT }

func sqliteCollided(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	return false
}

func sqliteDown(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY:
		return true
	}
	return false
}
