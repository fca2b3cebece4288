// Package db opens Held's database, SQLite or PostgreSQL, behind one face:
// readers, and one way to write. It knows no table of the product.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Engine names.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// DB is an open database. Reads go to a pool; on SQLite writes go through one
// connection, so that they queue in Go and never meet SQLITE_BUSY half-way.
type DB struct {
	engine string
	write  *sql.DB
	read   *sql.DB
	wstmt  stmts
	rstmt  stmts
}

// Open opens the database at url ("postgres://…"), or, when url is empty, the
// SQLite file at path, made if it is not there.
func Open(ctx context.Context, url, path string) (*DB, error) {
	var d *DB
	var err error
	switch {
	case url == "":
		d, err = openSQLite(path)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		d, err = openPostgres(url, server)
	default:
		return nil, errors.New("the database address must begin with postgres:// or be empty (SQLite in the data folder)")
	}
	if err != nil {
		return nil, err
	}
	if err := d.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database does not answer: %w", err), d.Close())
	}
	return d, nil
}

// Engine is "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine }

// Close closes both sides.
func (d *DB) Close() error {
	return errors.Join(closeAll(&d.wstmt), closeAll(&d.rstmt), d.write.Close(), d.read.Close())
}

// Ping asks both sides for a sign of life.
func (d *DB) Ping(ctx context.Context) error {
	return errors.Join(d.read.PingContext(ctx), d.write.PingContext(ctx))
}

// Reader reads outside any transaction: each query sees what is committed.
func (d *DB) Reader() Q { return reader{d} }

type reader struct{ d *DB }

func (r reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if r.d.engine == Postgres { // pgx keeps its own statements
		return r.d.read.QueryContext(ctx, query, args...)
	}
	s, err := r.d.rstmt.get(ctx, r.d.read, query)
	if errors.Is(err, errFull) {
		return r.d.read.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (r reader) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if r.d.engine != Postgres {
		if s, err := r.d.rstmt.get(ctx, r.d.read, query); err == nil {
			return s.QueryRowContext(ctx, args...)
		}
	}
	return r.d.read.QueryRowContext(ctx, query, args...)
}

// attempts is how often a whole transaction is tried when the engine says
// that it collided with another one.
const attempts = 8

// Write runs fn in one transaction. A collision (deadlock, serialization,
// busy) repeats all of it, so fn must do nothing that cannot be repeated;
// what is to happen once goes into Tx.After. A violated key is an answer
// (see Taken) and never repeated.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := d.once(ctx, fn)
		if err == nil || try == attempts || !collided(err) {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6))) // #nosec G404 -- jitter, not a secret
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

func (d *DB) once(ctx context.Context, fn func(*Tx) error) (err error) {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	t := &Tx{d: d, tx: tx}
	done := false
	defer func() {
		if !done { // fn panicked or refused
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	done = true
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, f := range t.after {
		f()
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Tx is one transaction. It is a Q.
type Tx struct {
	d     *DB
	tx    *sql.Tx
	after []func()
	kept  map[any]any
	own   map[string]*sql.Stmt // prepared here, until a commit has them kept for good
}

// Keep remembers a value for the rest of this transaction only, so that what
// a rollback undoes is forgotten with it.
func (t *Tx) Keep(key, value any) {
	if t.kept == nil {
		t.kept = map[any]any{}
	}
	t.kept[key] = value
}

// Kept gives back what Keep remembered, nil when nothing.
func (t *Tx) Kept(key any) any { return t.kept[key] }

// After keeps f until the commit has succeeded.
func (t *Tx) After(f func()) { t.after = append(t.after, f) }

// Exec runs a statement and tells how many rows it touched.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if t.d.engine == Postgres {
		res, err = t.tx.ExecContext(ctx, query, args...)
	} else {
		var s *sql.Stmt
		if s, err = t.stmt(ctx, query); err == nil {
			res, err = s.ExecContext(ctx, args...)
		}
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Query reads within the transaction.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if t.d.engine == Postgres {
		return t.tx.QueryContext(ctx, query, args...)
	}
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRow reads one row within the transaction.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if t.d.engine != Postgres {
		if s, err := t.stmt(ctx, query); err == nil {
			return s.QueryRowContext(ctx, args...)
		}
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}

// stmt prepares on the transaction's own connection. The pool has one
// connection on SQLite's writing side and the transaction holds it, so a
// statement that was never prepared must not ask the pool for another.
func (t *Tx) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := t.d.wstmt.peek(query); s != nil {
		return t.tx.StmtContext(ctx, s), nil
	}
	if s := t.own[query]; s != nil { // a long transaction's first use of it
		return s, nil
	}
	s, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if t.own == nil {
		t.own = map[string]*sql.Stmt{}
	}
	t.own[query] = s
	t.after = append(t.after, func() { t.d.wstmt.warm(t.d.write, query) })
	return s, nil
}

// stmts keeps prepared statements by their text. Texts come from constants
// and from a few multi-row inserts, so there is a natural end to them; the
// bound only guards against a mistake.
type stmts struct {
	mu sync.RWMutex
	m  map[string]*sql.Stmt
}

const maxStmts = 1000

// errFull says that a text is not kept any more; it still runs, unprepared.
var errFull = errors.New("db: too many different statements")

func (s *stmts) peek(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.m[query]
}

func (s *stmts) get(ctx context.Context, d *sql.DB, query string) (*sql.Stmt, error) {
	if p := s.peek(query); p != nil {
		return p, nil
	}
	if s.full() {
		return nil, errFull
	}
	p, err := d.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.m[query]; was != nil {
		return was, p.Close()
	}
	if s.m == nil {
		s.m = map[string]*sql.Stmt{}
	}
	if len(s.m) >= maxStmts {
		return nil, errors.Join(errFull, p.Close())
	}
	s.m[query] = p
	return p, nil
}

func (s *stmts) full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.m) >= maxStmts
}

func (s *stmts) warm(d *sql.DB, query string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = s.get(ctx, d, query) // a miss costs time, never an answer
}

func closeAll(s *stmts) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.m {
		errs = append(errs, p.Close())
	}
	s.m = nil
	return errors.Join(errs...)
}

var _ io.Closer = (*DB)(nil)

// Down tells whether an error says that the database cannot do its work now:
// it is gone, full or not to be written to. Nothing is wrong with the request.
func Down(err error) bool { return errors.Is(err, driver.ErrBadConn) || pgDown(err) || sqliteDown(err) }
