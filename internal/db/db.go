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
	"sync/atomic"
	"time"
)

// Engine names.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// DB is an open database. Reads go to a pool. On SQLite writes stand in a line
// for one connection (line.go), on PostgreSQL each has one of a second pool.
type DB struct {
	engine string
	write  *sql.DB
	read   *sql.DB
	kept   stmts // of SQLite's readers; pgx keeps its own
	line   *line // of SQLite's writers

	changes atomic.Int64 // counts what this program has written (kept.go)
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
	var line error
	if d.line != nil {
		line = d.line.close()
	}
	return errors.Join(line, closeAll(&d.kept), d.write.Close(), d.read.Close())
}

// Ping asks both sides for a sign of life.
func (d *DB) Ping(ctx context.Context) error {
	if d.line != nil {
		return errors.Join(d.read.PingContext(ctx), d.line.ping(ctx))
	}
	return errors.Join(d.read.PingContext(ctx), d.write.PingContext(ctx))
}

// Reader reads outside any transaction: each query sees what is committed.
func (d *DB) Reader() Q { return reader{d} }

type reader struct{ d *DB }

func (r reader) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	if r.d.engine == SQLite {
		return r.sqlite(ctx, query, args)
	}
	rows, err := r.d.read.QueryContext(ctx, query, args...)
	if broken(err) && ctx.Err() == nil { // nothing has been read yet, so that reading it once more changes nothing
		rows, err = r.d.read.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (r reader) sqlite(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := r.d.kept.get(ctx, r.d.read, query)
	if errors.Is(err, errFull) {
		return r.d.read.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (r reader) QueryRow(ctx context.Context, query string, args ...any) Row {
	rows, err := r.Query(ctx, query, args...)
	return oneRow{rows, err}
}

// attempts is how often a whole transaction is tried when the engine says
// that it collided with another one.
const attempts = 8

// ErrInside says that a Write was begun within another's function. It would
// wait for itself.
var ErrInside = errors.New("db: a Write within a Write; pass the Tx on instead")

// Write runs fn in one transaction. A collision (deadlock, serialization,
// busy) repeats all of it, and so does whatever else undid it before it was to
// be committed, so fn must do nothing that cannot be repeated; what is to
// happen once goes into Tx.After. A violated key is an answer (see Taken) and
// never repeated. Neither is a commit whose outcome nobody knows.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if inside() {
		return ErrInside
	}
	for try := 1; ; try++ {
		err := d.once(ctx, fn)
		if err == nil {
			return nil
		}
		if try == attempts || !collided(err) && !errors.Is(err, errUndone) {
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

// once is one try.
func (d *DB) once(ctx context.Context, fn func(*Tx) error) error {
	run := d.oncePostgres
	if d.line != nil {
		run = d.line.once
	}
	t := &Tx{}
	err := run(ctx, t, func(t *Tx) error {
		err := fn(t)
		for err == nil && len(t.before) > 0 {
			f := t.before[0]
			t.before = t.before[1:]
			err = f()
		}
		return err
	})
	if !t.aside { // also after a failure: perhaps of a commit whose outcome nobody knows
		d.changes.Add(1)
	}
	if err != nil {
		return err
	}
	for _, f := range t.after {
		f()
	}
	return nil
}

// errUndone says that a transaction was undone by something that was not its
// own, and before anybody asked for its commit: it is worth another try.
var errUndone = errors.New("db: the transaction was undone")

// Tx is one transaction. It is a Q.
type Tx struct {
	on     transaction
	before []func() error
	after  []func()
	kept   map[any]any
	aside  bool
}

// transaction is what an engine does for a Tx.
type transaction interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (Rows, error)
	later(ctx context.Context, mean func(error) error, query string, args []any) error
	ahead(ctx context.Context, read func(Rows) error, query string, args []any) error
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

// Before keeps f until Write's function has ended well. It runs in the
// transaction and before its commit: what several parts add one by one can then
// be written by one statement. Whatever reads that within the transaction would
// not see it.
func (t *Tx) Before(f func() error) { t.before = append(t.before, f) }

// After keeps f until the commit has succeeded.
func (t *Tx) After(f func()) { t.after = append(t.after, f) }

// Exec runs a statement and tells how many rows it touched.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return t.on.exec(ctx, query, args)
}

// Later is for a statement whose answer nobody waits for. It runs in its
// order, but PostgreSQL is sent it together with the next statement that has
// an answer, or with the commit: its failure may come back from there, and ends
// the transaction in any case. mean says what the failure means; nil where
// there is nothing to say.
func (t *Tx) Later(ctx context.Context, mean func(error) error, query string, args ...any) error {
	return t.on.later(ctx, mean, query, args)
}

// Ahead asks something whose answer is needed further on. PostgreSQL is sent it
// together with the next statement that is waited for, so that it costs no
// journey; read has its rows before that one is answered.
func (t *Tx) Ahead(ctx context.Context, read func(Rows) error, query string, args ...any) error {
	return t.on.ahead(ctx, read, query, args)
}

// Query reads within the transaction.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return t.on.query(ctx, query, args)
}

// QueryRow reads one row within the transaction.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	rows, err := t.on.query(ctx, query, args)
	return oneRow{rows, err}
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
