package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// ErrNewer says that the database was written by a newer Held.
var ErrNewer = errors.New("this database was written by a newer version of Held; it was left as it is. Start the newer version, or restore a backup made before the upgrade")

var replacements = strings.NewReplacer("BIGINT", "INTEGER", "BYTEA", "BLOB", "JSONB", "TEXT")

var (
	tableEnd  = regexp.MustCompile(`(?m)^\);`)
	narrowEnd = regexp.MustCompile(`(?m)^\); -- narrow$`)
)

// forSQLite turns a migration written in PostgreSQL's types into SQLite's,
// with STRICT tables so that SQLite keeps types as seriously as PostgreSQL. A
// table of many narrow rows, marked so, is kept in its primary key instead of
// beside it: half as much to write.
func forSQLite(text string) string {
	text = narrowEnd.ReplaceAllString(replacements.Replace(text), ") STRICT, WITHOUT ROWID;")
	return tableEnd.ReplaceAllString(text, ") STRICT;")
}

// Migrate brings the schema up to the newest migration in files (0001_name.sql …),
// each in one transaction with its version. It refuses a newer schema.
// It returns the versions before and after.
func (d *DB) Migrate(ctx context.Context, files fs.FS) (from, to int64, err error) {
	return d.MigrateTo(ctx, files, math.MaxInt64)
}

// MigrateTo is Migrate as far as a version and no further.
func (d *DB) MigrateTo(ctx context.Context, files fs.FS, version int64) (from, to int64, err error) {
	release, err := d.alone(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("the database could not be locked for its migration: %w", err)
	}
	defer release()
	p, last, err := d.provider(files)
	if err != nil {
		return 0, 0, err
	}
	from, err = p.GetDBVersion(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("the schema's version could not be read: %w", err)
	}
	if from > last {
		return from, from, ErrNewer
	}
	_, uperr := p.UpTo(ctx, version)
	if to, err = p.GetDBVersion(ctx); err != nil {
		to = from
	}
	if uperr != nil {
		return from, to, fmt.Errorf("a migration failed and was taken back whole: %w", uperr)
	}
	return from, to, err
}

// migrating is the number under which PostgreSQL lets one migration in at a time.
const migrating = 4_863_410

// alone keeps a second program from migrating the same PostgreSQL database at
// the same time. SQLite's file is locked by its own transactions; here its one
// connection is asked for.
func (d *DB) alone(ctx context.Context) (release func(), err error) {
	if d.line != nil {
		return d.line.lend(ctx)
	}
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrating); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		// Without ctx: what was locked must be let go even when the caller has given up.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrating)
		_ = conn.Close() // back to the pool; nothing was written over it
	}, nil
}

// Schema tells the database's version and the newest one this program knows,
// without changing anything. A database that was never migrated is version 0.
func (d *DB) Schema(ctx context.Context, files fs.FS) (have, want int64, err error) {
	_, want, err = readMigrations(files, d.engine)
	if err != nil {
		return 0, 0, err
	}
	row := d.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM db_version WHERE is_applied")
	err = row.Scan(&have)
	if pgCode(err) == "42P01" || sqliteNoTable(err) {
		return 0, want, nil // never migrated
	}
	if err != nil {
		return 0, 0, fmt.Errorf("the schema's version could not be read: %w", err)
	}
	return have, want, nil
}

func (d *DB) provider(files fs.FS) (*goose.Provider, int64, error) {
	mem, last, err := readMigrations(files, d.engine)
	if err != nil {
		return nil, 0, err
	}
	dialect := database.DialectSQLite3
	if d.engine == Postgres {
		dialect = database.DialectPostgres
	}
	store, err := database.NewStore(dialect, "db_version")
	if err != nil {
		return nil, 0, err
	}
	p, err := goose.NewProvider("", d.write, mem, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	return p, last, err
}

func readMigrations(files fs.FS, engine string) (fs.FS, int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, 0, err
	}
	sort.Strings(names)
	var last int64
	for _, n := range names {
		num, _, _ := strings.Cut(path.Base(n), "_")
		if last, err = strconv.ParseInt(num, 10, 64); err != nil {
			return nil, 0, fmt.Errorf("migration %s has no number", n)
		}
	}
	if engine == SQLite {
		files = translated{files}
	}
	return files, last, nil
}

// translated shows the same files in SQLite's types.
type translated struct{ fs.FS }

func (t translated) Open(name string) (fs.File, error) {
	if !strings.HasSuffix(name, ".sql") {
		return t.FS.Open(name)
	}
	b, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return nil, err
	}
	text := forSQLite(string(b))
	return &textFile{Reader: strings.NewReader(text), name: path.Base(name), size: int64(len(text))}, nil
}

// textFile is a read-only file made of a string.
type textFile struct {
	*strings.Reader
	name string
	size int64
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *textFile) Close() error               { return nil }
func (f *textFile) Name() string               { return f.name }
func (f *textFile) Size() int64                { return f.size }
func (f *textFile) Mode() fs.FileMode          { return 0o444 }
func (f *textFile) ModTime() time.Time         { return time.Time{} }
func (f *textFile) IsDir() bool                { return false }
func (f *textFile) Sys() any                   { return nil }
