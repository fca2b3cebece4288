package db

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"time"
)

// line is SQLite's writing side: one connection, and those who wait for it in
// the order in which they came. Durable commits are what writing costs, so
// whoever has the turn and sees somebody waiting hands the open transaction on
// instead of committing it: the work of several is acknowledged by one commit.
// Each works within a savepoint, on their own goroutine, and what one takes
// back is taken back alone. Nobody waits for company.
type line struct {
	write *sql.DB

	mu      sync.Mutex
	taken   bool // somebody has the turn
	waiting []chan struct{}

	// What follows belongs to whoever has the turn.
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	group *group
}

// group is who is committed together: those whose work stands in the open
// transaction, and those who were refused in it.
type group struct {
	turns   int
	settled chan struct{}
	err     error // once settled
}

// together bounds a group: the first of it waits for the last.
const together = 32

const (
	sqlBegin     = "BEGIN IMMEDIATE"
	sqlCommit    = "COMMIT"
	sqlRollback  = "ROLLBACK"
	sqlSavepoint = "SAVEPOINT mine"
	sqlRelease   = "RELEASE mine"
	sqlBackTo    = "ROLLBACK TO mine"
)

// once works in a transaction and waits until it is committed. Whoever is
// refused waits for it as well: what refused them may be work that is not
// committed yet. An answer that rests on it would be too early, and who asks
// the readers and tries again would not see it, and be refused again.
func (l *line) once(ctx context.Context, t *Tx, fn func(*Tx) error) error {
	if err := l.turn(ctx); err != nil {
		return err
	}
	g, err := l.join(ctx, t, fn)
	if g == nil {
		return err
	}
	<-g.settled
	if err != nil && g.err != nil {
		return errors.Join(err, errUndone) // nothing of its own was in what failed
	}
	return cmp.Or(err, g.err)
}

// turn waits in the line. Whoever's context ends meanwhile leaves it.
func (l *line) turn(ctx context.Context) error {
	l.mu.Lock()
	if !l.taken {
		l.taken = true
		l.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	l.waiting = append(l.waiting, mine)
	l.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	if at := slices.Index(l.waiting, mine); at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
		l.mu.Unlock()
		return ctx.Err()
	}
	l.mu.Unlock()
	l.pass() // it came at the same moment
	return ctx.Err()
}

// join works in the group's transaction, and gives the turn on however that
// ends. It answers with the group, if there is one to wait for.
func (l *line) join(ctx context.Context, t *Tx, fn func(*Tx) error) (g *group, err error) {
	defer l.pass()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	stands := false
	defer func() {
		if !stands { // refused, or fn panicked
			l.takeBack()
			g = l.group // none, if it was lost by this
		}
	}()
	s := &sqliteTx{line: l}
	defer func() { s.ended = sql.ErrTxDone }()
	t.on = s
	if l.group != nil {
		l.group.turns++
	}
	if err := work(t, fn); err != nil {
		return nil, err
	}
	if err := errors.Join(s.failed, ctx.Err()); err != nil {
		return nil, err
	}
	if l.group == nil {
		l.group = &group{turns: 1, settled: make(chan struct{})}
	} else if err := l.run(sqlRelease); err != nil {
		return nil, err
	}
	stands = true
	return l.group, nil
}

// begin opens the transaction, or a savepoint in the one that others work in.
func (l *line) begin(ctx context.Context) error {
	if l.group != nil {
		err := l.run(sqlSavepoint)
		if err != nil {
			l.lose(err)
			err = errors.Join(errUndone, err)
		}
		return err
	}
	if err := l.connect(ctx); err != nil {
		return err
	}
	s, err := l.stmt(sqlBegin)
	if err != nil {
		return err
	}
	if _, err = s.ExecContext(ctx); err != nil { // another program may be writing
		_ = l.run(sqlRollback) // a context that ended just then leaves it open
	}
	return err
}

// takeBack undoes what whoever has the turn has done.
func (l *line) takeBack() {
	if l.group == nil {
		if err := l.run(sqlRollback); err != nil {
			l.disconnect()
		}
		return
	}
	if err := errors.Join(l.run(sqlBackTo), l.run(sqlRelease)); err != nil {
		l.lose(err)
	}
}

// lose gives the group's transaction up. SQLite undoes all of one when, in one
// statement of it, the disk is full or a change is interrupted; the others of
// the group are told to try again.
func (l *line) lose(cause error) {
	l.disconnect()
	l.settle(errors.Join(errUndone, cause))
}

func (l *line) settle(err error) {
	l.group.err = err
	close(l.group.settled)
	l.group = nil
}

// pass hands the turn to the next in line, and the transaction with it; when
// nobody waits, or enough wait for it already, it is committed first.
func (l *line) pass() {
	for !l.next() {
		err := l.run(sqlCommit)
		if err != nil {
			l.disconnect()
		}
		l.settle(err)
	}
}

// next gives the turn to the next in line, or to nobody; false when there is
// something to commit before.
func (l *line) next() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.waiting) > 0 && (l.group == nil || l.group.turns < together):
		close(l.waiting[0])
		l.waiting = slices.Delete(l.waiting, 0, 1)
	case l.group != nil:
		return false
	default:
		l.taken = false
	}
	return true
}

// connect takes the connection and keeps it.
func (l *line) connect(ctx context.Context) (err error) {
	if l.conn == nil {
		l.conn, err = l.write.Conn(ctx)
		l.stmts = map[string]*sql.Stmt{}
	}
	return err
}

// disconnect closes the connection, and thereby what is not committed; the
// next Write opens another.
func (l *line) disconnect() {
	if l.conn == nil {
		return
	}
	_ = l.forget()
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn }) // takes it out of the pool
	_ = l.conn.Close()
	l.conn = nil
}

func (l *line) forget() error {
	var errs []error
	for _, s := range l.stmts {
		errs = append(errs, s.Close())
	}
	l.stmts = nil
	return errors.Join(errs...)
}

// lend gives the connection back to its pool until the returned function is
// called, for what does not write through Write.
func (l *line) lend(ctx context.Context) (back func(), err error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	if l.conn != nil {
		err = errors.Join(l.forget(), l.conn.Close())
		l.conn = nil
	}
	if err != nil {
		l.pass()
		return nil, err
	}
	return l.pass, nil
}

// close waits for whoever writes, but not for ever.
func (l *line) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	back, err := l.lend(ctx)
	if err == nil {
		back()
	}
	return err
}

func (l *line) ping(ctx context.Context) error {
	if err := l.turn(ctx); err != nil {
		return err
	}
	defer l.pass()
	if err := l.connect(ctx); err != nil {
		return err
	}
	return l.conn.PingContext(ctx)
}

// run runs a statement of the line's own, whatever has become of anybody's context.
func (l *line) run(query string) error {
	s, err := l.stmt(query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

// stmt prepares on the line's own connection. Texts come from constants and
// from a few multi-row inserts; the bound only guards against a mistake.
func (l *line) stmt(query string) (*sql.Stmt, error) {
	if s := l.stmts[query]; s != nil {
		return s, nil
	}
	if len(l.stmts) >= maxStmts {
		if err := l.forget(); err != nil {
			return nil, err
		}
		l.stmts = map[string]*sql.Stmt{}
	}
	s, err := l.conn.PrepareContext(context.Background(), query)
	if err == nil {
		l.stmts[query] = s
	}
	return s, err
}

// sqliteTx is one caller's part of a group's transaction.
type sqliteTx struct {
	line   *line
	failed error // other than by a key: SQLite may have undone everything
	ended  error // once the turn is somebody else's
}

// exec is not interrupted: an interrupted change undoes the whole transaction,
// and every statement is bounded.
func (s *sqliteTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := cmp.Or(s.ended, ctx.Err()); err != nil {
		return 0, err
	}
	st, err := s.line.stmt(query)
	if err != nil {
		return 0, s.note(err)
	}
	res, err := st.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, s.note(err)
	}
	return res.RowsAffected()
}

// later gains nothing by waiting: nothing travels.
func (s *sqliteTx) later(ctx context.Context, mean func(error) error, query string, args []any) error {
	_, err := s.exec(ctx, query, args)
	if err != nil && mean != nil {
		err = mean(err)
	}
	return err
}

// ahead asks at once, for the same reason.
func (s *sqliteTx) ahead(ctx context.Context, read func(Rows) error, query string, args []any) error {
	rows, err := s.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close() // whose error is the one below
	if err := read(rows); err != nil {
		return err
	}
	return rows.Err()
}

func (s *sqliteTx) query(ctx context.Context, query string, args []any) (Rows, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	st, err := s.line.stmt(query)
	if err != nil {
		return nil, s.note(err)
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, s.note(err)
	}
	return &sqliteRows{rows, s}, nil
}

func (s *sqliteTx) note(err error) error {
	if err != nil && !sqliteConstraint(err) {
		s.failed = errors.Join(s.failed, err)
	}
	return err
}

// sqliteRows tells the transaction when reading fails.
type sqliteRows struct {
	*sql.Rows
	of *sqliteTx
}

func (r *sqliteRows) Next() bool {
	more := r.Rows.Next()
	if !more {
		_ = r.of.note(r.Rows.Err())
	}
	return more
}
