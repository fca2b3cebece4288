package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

var tableEnd = regexp.MustCompile(`(?m)^\);`)

// forSQLite turns a migration written in PostgreSQL's types into SQLite's,
// with STRICT tables so that SQLite keeps types as seriously as PostgreSQL.
func forSQLite(text string) string {
	return tableEnd.ReplaceAllString(replacements.Replace(text), ") STRICT;")
}

// Migrate brings the schema up to the newest migration in files (0001_name.sql …),
// each in one transaction with its version. It refuses a newer schema.
// It returns the versions before and after.
func (d *DB) Migrate(ctx context.Context, files fs.FS) (from, to int64, err error) {
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
	if _, err := p.Up(ctx); err != nil {
		return from, from, fmt.Errorf("a migration failed and was taken back whole: %w", err)
	}
	to, err = p.GetDBVersion(ctx)
	return from, to, err
}

// Schema tells the database's version and the newest one this program knows,
// without changing anything. A database that was never migrated is version 0.
func (d *DB) Schema(ctx context.Context, files fs.FS) (have, want int64, err error) {
	_, want, err = readMigrations(files, d.engine)
	if err != nil {
		return 0, 0, err
	}
	row := d.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM db_version WHERE is_applied")
	if err := row.Scan(&have); err != nil {
		have = 0 // no such table yet
	}
	return have, want, nil
}

func (d *DB) provider(files fs.FS) (*goose.Provider, int64, error) {
	mem, last, err := readMigrations(files, d.engine)
	if err != nil {
		return nil, 0, err
	}
	raw, err := d.rawFor()
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
	p, err := goose.NewProvider("", raw, mem, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
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
