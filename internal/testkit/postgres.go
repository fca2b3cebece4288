package testkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib" // the "pgx" driver too

	"held/internal/db"
	"held/migrations"
)

// Making a database costs PostgreSQL many times what emptying one costs. So
// the tests that run at the same time, in however many programs, share a row
// of them: whoever holds a database's advisory lock has it, and the lock ends
// with its holder, however that ends. A database is emptied when it is taken;
// one whose tables are no longer those of the migrations is made anew.

var (
	errHad     = errors.New("somebody has this database")
	errMissing = errors.New("there is no such database, or its tables were changed")
	errHasty   = errors.New("this PostgreSQL does not wait for its disk, so nothing can be measured on it; start it with scripts/test-postgres.sh up --durable")
)

const (
	sqlHave  = `SELECT pg_try_advisory_lock(4712)`
	sqlMaker = `SELECT pg_advisory_lock(4711)`
	// A program that was killed may still be at work through its connections.
	// Those that only try for the lock are left alone.
	sqlLeftovers = `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'testkit'`
	// How the tables look, and how they looked when the database was new.
	sqlShape = `SELECT COALESCE(md5(string_agg(CONCAT(c.relname, ' ', c.relkind, ' ', c.relnatts), ',' ORDER BY c.relname)), ''),
COALESCE((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()), 'nothing noted')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'`
	// The tables into which somebody has written.
	sqlWritten = `SELECT COALESCE(string_agg(quote_ident(c.relname), ', '), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'db_version' AND pg_relation_size(c.oid) > 0`
)

// takePostgres takes the first database of the row that nobody has. For
// measuring, it must be one that waits for the disk.
func takePostgres(ctx context.Context, base string, measuring bool) (url string, giveBack func() error, err error) {
	row, err := rowName()
	if err != nil {
		return "", nil, err
	}
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s_%d", row, n)
		have, err := holdPostgres(ctx, pgNamed(base, name))
		if errors.Is(err, errMissing) {
			if err = makePostgres(ctx, base, name); err == nil {
				have, err = holdPostgres(ctx, pgNamed(base, name))
			}
		}
		if err == nil && measuring {
			err = durable(ctx, have)
		}
		if err == nil {
			return pgNamed(base, name), have.Close, nil
		}
		if !errors.Is(err, errHad) {
			return "", nil, fmt.Errorf("database %s: %w", name, err)
		}
	}
}

// holdPostgres takes a database, if it can be had, and empties it.
func holdPostgres(ctx context.Context, url string) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.RuntimeParams["application_name"] = "testkit"
	d := stdlib.OpenDB(*cfg)
	d.SetMaxOpenConns(1) // the lock belongs to the connection
	if err := emptyPostgres(ctx, d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func emptyPostgres(ctx context.Context, d *sql.DB) error {
	var got bool
	err := d.QueryRowContext(ctx, sqlHave).Scan(&got)
	if no := (*pgconn.PgError)(nil); errors.As(err, &no) && no.Code == "3D000" {
		return errMissing
	}
	if err == nil && !got {
		return errHad
	}
	if err != nil {
		return err
	}
	if _, err := d.ExecContext(ctx, sqlLeftovers); err != nil {
		return err
	}
	var shape, noted, written string
	if err := d.QueryRowContext(ctx, sqlShape).Scan(&shape, &noted); err != nil {
		return err
	}
	if shape != noted {
		return errMissing
	}
	if err := d.QueryRowContext(ctx, sqlWritten).Scan(&written); err != nil || written == "" {
		return err
	}
	_, err = d.ExecContext(ctx, "TRUNCATE "+written)
	return err
}

func durable(ctx context.Context, d *sql.DB) error {
	var waits string
	if err := d.QueryRowContext(ctx, "SHOW fsync").Scan(&waits); err != nil || waits == "on" {
		return err
	}
	return errHasty
}

// makePostgres makes a migrated database, unless somebody else just did.
func makePostgres(ctx context.Context, base, name string) error {
	admin, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer admin.Close()
	admin.SetMaxOpenConns(1)
	do := func(statements ...string) (err error) {
		for _, s := range statements {
			if err == nil {
				_, err = admin.ExecContext(ctx, s)
			}
		}
		return err
	}
	if err := do(sqlMaker); err != nil { // it ends with the connection
		return err
	}
	if have, err := holdPostgres(ctx, pgNamed(base, name)); !errors.Is(err, errMissing) {
		if err == nil {
			err = have.Close()
		}
		return err
	}
	// Under another name until it is whole, so that a killed test leaves no half one.
	grow := name + "_grow"
	err = do(`DROP DATABASE IF EXISTS "`+grow+`"`, `DROP DATABASE IF EXISTS "`+name+`"`,
		`CREATE DATABASE "`+grow+`" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`)
	if err != nil {
		return err
	}
	shape, err := growPostgres(ctx, pgNamed(base, grow))
	if err != nil {
		return err
	}
	return do(`COMMENT ON DATABASE "`+grow+`" IS '`+shape+`'`, `ALTER DATABASE "`+grow+`" RENAME TO "`+name+`"`)
}

// growPostgres migrates a new database and tells the shape of its tables.
func growPostgres(ctx context.Context, url string) (shape string, err error) {
	d, err := db.Open(ctx, url, "")
	if err != nil {
		return "", err
	}
	if _, _, err = d.Migrate(ctx, migrations.Files); err == nil {
		var noted, written string
		err = errors.Join(d.Reader().QueryRow(ctx, sqlShape).Scan(&shape, &noted), d.Reader().QueryRow(ctx, sqlWritten).Scan(&written))
		if err == nil && written != "" {
			err = fmt.Errorf("the migrations write into %s: emptying a database would take that away", written)
		}
	}
	return shape, errors.Join(err, d.Close())
}

// rowName is of the migrations, so that each set of them has a row of its own.
func rowName() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, n := range names {
		b, err := fs.ReadFile(migrations.Files, n)
		if err != nil {
			return "", err
		}
		h.Write(b)
	}
	return "held_test_" + hex.EncodeToString(h.Sum(nil))[:12], nil
}
