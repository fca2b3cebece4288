package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Growing is an empty database beside the one in use. What is restored grows
// there, and takes the other's place only when it is whole. Killed at any
// line, the one in use is as it was; what had grown is swept away by the next
// attempt.
type Growing struct {
	DB *DB

	settle  func(ctx context.Context, aside string) (kept string, err error)
	discard func(ctx context.Context) error
}

// ErrInUse says that a program works on the database that would be replaced.
var ErrInUse = errors.New("this database is in use: Held is running on it, or a program beside it. It was left as it is. Stop `held serve` first")

// besideName is where what is being restored grows: a schema of that name, or
// a file with that ending.
const besideName = "held_restoring"

// Grow begins an empty database beside the one that Open would open.
func Grow(ctx context.Context, address, path string) (*Growing, error) {
	if address == "" {
		return growFile(ctx, path)
	}
	return growSchema(ctx, address)
}

// Settle puts what has grown in the place of what was there. That is kept
// under another name, which it tells; "" when nothing was there. now names it.
func (g *Growing) Settle(ctx context.Context, now time.Time) (kept string, err error) {
	if err := g.DB.Close(); err != nil {
		return "", err
	}
	return g.settle(ctx, strings.Replace(now.UTC().Format("20060102T150405.000"), ".", "", 1)+"Z")
}

// Discard ends a growing that did not come to its end; after Settle it has
// nothing left to do.
func (g *Growing) Discard() error {
	return errors.Join(g.DB.Close(), g.discard(context.Background()))
}

func growFile(ctx context.Context, path string) (*Growing, error) {
	beside := path + "." + besideName
	sweep := func(context.Context) error { return removeFiles(beside) }
	if err := sweep(ctx); err != nil {
		return nil, fmt.Errorf("what an earlier attempt left could not be removed: %w", err)
	}
	if leftover(path) {
		return nil, fmt.Errorf("there is a log beside %s, and no database; move it away, or bring the database back", path)
	}
	if err := unusedFile(ctx, path); err != nil {
		return nil, err
	}
	d, err := Open(ctx, "", beside)
	if err != nil {
		return nil, errors.Join(err, sweep(ctx))
	}
	return &Growing{DB: d, discard: sweep, settle: func(ctx context.Context, aside string) (string, error) {
		if err := syncFile(beside); err != nil {
			return "", err
		}
		return settleFile(ctx, beside, path, path+".before-"+aside)
	}}, nil
}

// leftover: a log without its database would be played into whatever database
// comes to lie beside it.
func leftover(path string) bool {
	_, err := os.Stat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err = os.Stat(path + "-wal")
	return err == nil
}

// settleFile keeps the old file under another name and puts the new one in its
// place; there is a whole database under the name at every instant.
func settleFile(ctx context.Context, beside, path, aside string) (kept string, err error) {
	if _, err := os.Stat(path); err == nil {
		if err := aloneWithFile(ctx, path); err != nil {
			return "", err
		}
		if err := os.Link(path, aside); err != nil {
			return "", fmt.Errorf("the database that is there could not be kept under another name, so it was left as it is: %w", err)
		}
		kept = aside
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(beside, path); err != nil {
		return "", errors.Join(err, removeFiles(aside))
	}
	return kept, syncFile(filepath.Dir(path))
}

// unusedFile asks, without changing anything, whether a program has the file open.
func unusedFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	d, err := sql.Open("sqlite", sqliteName(path, url.Values{"_pragma": {"locking_mode(EXCLUSIVE)"}}))
	if err != nil {
		return err
	}
	_, err = d.ExecContext(ctx, "PRAGMA user_version")
	if cerr := d.Close(); sqliteCollided(err) {
		return ErrInUse
	} else if err != nil || cerr != nil {
		return errors.Join(err, cerr)
	}
	return nil
}

// aloneWithFile folds the log into the file and takes the file out of the mode
// in which it has one, which only the last one who has it open can do.
func aloneWithFile(ctx context.Context, path string) error {
	d, err := openSQLite(path)
	if err != nil {
		return err
	}
	var mode string
	err = d.write.QueryRowContext(ctx, "PRAGMA journal_mode(DELETE)").Scan(&mode)
	if cerr := d.Close(); sqliteCollided(err) || err == nil && mode != "delete" {
		return ErrInUse
	} else if err != nil || cerr != nil {
		return errors.Join(err, cerr)
	}
	return nil
}

func removeFiles(path string) error {
	var errs []error
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func syncFile(path string) error {
	f, err := os.Open(path) // #nosec -- the operator's own setting
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// growSchema makes a schema of its own in the same PostgreSQL database.
func growSchema(ctx context.Context, address string) (*Growing, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the database address could not be read")
	}
	q := u.Query()
	q.Set("search_path", besideName)
	u.RawQuery = q.Encode()
	beside := func(ctx context.Context, do func(d *DB) error) error {
		d, err := openPostgres(address, restorer)
		if err != nil {
			return err
		}
		return errors.Join(do(d), d.Close())
	}
	drop := func(d *DB) error { return d.statement(ctx, "DROP SCHEMA IF EXISTS "+besideName+" CASCADE") }
	err = beside(ctx, func(d *DB) error {
		if err := d.unusedSchema(ctx); err != nil {
			return err
		}
		return errors.Join(drop(d), d.statement(ctx, "CREATE SCHEMA "+besideName))
	})
	if errors.Is(err, ErrInUse) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("a place to restore into could not be made: %w", err)
	}
	d, err := openPostgres(u.String(), restorer)
	if err != nil {
		return nil, err
	}
	return &Growing{
		DB:      d,
		discard: func(ctx context.Context) error { return beside(ctx, drop) },
		settle: func(ctx context.Context, aside string) (kept string, err error) {
			err = beside(ctx, func(d *DB) (err error) {
				kept, err = d.settleSchema(ctx, "held_before_"+strings.ToLower(aside))
				return err
			})
			return kept, err
		},
	}, nil
}

func (d *DB) statement(ctx context.Context, text string) error {
	return d.once(ctx, func(tx *Tx) error { _, err := tx.Exec(ctx, text); return err })
}

// settleSchema moves the tables of the same names aside and the new ones in
// their place, all in one transaction.
func (d *DB) settleSchema(ctx context.Context, aside string) (kept string, err error) {
	if err := d.unusedSchema(ctx); err != nil {
		return "", err
	}
	err = d.once(ctx, func(tx *Tx) error {
		kept = ""
		if err := unused(ctx, tx); err != nil {
			return err
		}
		here, err := One(ctx, tx, Value[string], "SELECT CAST(current_schema() AS TEXT)")
		if err != nil {
			return err
		}
		old, err := tableNames(ctx, tx, here)
		if err != nil {
			return err
		}
		fresh, err := tableNames(ctx, tx, besideName)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			kept = aside
			if _, err := tx.Exec(ctx, "CREATE SCHEMA "+quoted(aside)); err != nil {
				return err
			}
		}
		if err := move(ctx, tx, here, aside, old); err != nil {
			return err
		}
		if err := move(ctx, tx, besideName, here, fresh); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "DROP SCHEMA "+besideName)
		return err
	})
	return kept, err
}

// restorer is how the connections of a restore are called, apart from those of
// a program that serves.
const restorer = "held restore"

// leaving is how long a connection that was closed may still be listed.
const leaving = 3 * time.Second

// unusedSchema holds that nobody serves from this database.
func (d *DB) unusedSchema(ctx context.Context) error {
	late := time.After(leaving)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		err := unused(ctx, d.Reader())
		if !errors.Is(err, ErrInUse) {
			return err
		}
		select {
		case <-look.C:
		case <-late:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// unused asks once; within a transaction PostgreSQL would answer alike however
// often it is asked.
func unused(ctx context.Context, q Q) error {
	n, err := One(ctx, q, Value[int64], `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, server)
	if err == nil && n > 0 {
		return ErrInUse
	}
	return err
}

func move(ctx context.Context, tx *Tx, from, to string, names []string) error {
	for _, name := range names {
		if _, err := tx.Exec(ctx, "ALTER TABLE "+quoted(from)+"."+quoted(name)+" SET SCHEMA "+quoted(to)); err != nil {
			return err
		}
	}
	return nil
}

// tableNames are the tables that Held makes in a schema: those with a practice
// in their key, and the schema's history.
func tableNames(ctx context.Context, q Q, schema string) ([]string, error) {
	return All(ctx, q, Value[string], `SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE s.nspname = $1 AND c.relkind = 'r' AND (c.relname = 'db_version' OR EXISTS (
SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname = 'practice_id')) ORDER BY c.relname`, schema)
}
