package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresTx is one transaction on PostgreSQL. What takes the time of a short
// one is going there and back, so it is begun with its first statement, what
// was left for later goes with the next that is waited for, and the rest goes
// with the commit.
type postgresTx struct {
	conn   *pgx.Conn
	begun  bool
	queue  []queued
	failed error // what ended it; PostgreSQL takes nothing more
}

type queued struct {
	query string
	args  []any
	mean  func(error) error
	read  func(Rows) error // of a question asked ahead
}

// most bounds how much is left for later.
const most = 64

// oncePostgres works in a transaction of its own and commits it.
func (d *DB) oncePostgres(ctx context.Context, t *Tx, fn func(*Tx) error) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // back to the pool, where a broken one is thrown away
	return conn.Raw(func(c any) error {
		p := &postgresTx{conn: c.(*stdlib.Conn).Conn()} //nolint:forcetypeassert // this pool has no others
		t.on = p
		return p.whole(ctx, t, fn)
	})
}

func (p *postgresTx) whole(ctx context.Context, t *Tx, fn func(*Tx) error) error {
	done := false
	defer func() {
		if !done { // refused, failed, or fn panicked
			p.rollback(ctx)
		}
		p.failed = sql.ErrTxDone
	}()
	if err := work(t, fn); err != nil {
		return p.undone(ctx, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.failed != nil { // and fn has passed over it
		return p.undone(ctx, p.failed)
	}
	if err := p.commit(ctx); err != nil {
		return err
	}
	done = true
	return nil
}

// undone says so when the connection broke before anybody asked for the commit.
func (p *postgresTx) undone(ctx context.Context, err error) error {
	if ctx.Err() == nil && broken(p.failed) {
		return errors.Join(errUndone, err)
	}
	return err
}

// commit sends what is left together with the commit itself. When the
// connection breaks from here on, nobody knows the outcome.
func (p *postgresTx) commit(ctx context.Context) error {
	if !p.begun && len(p.queue) == 0 {
		return nil
	}
	if slices.ContainsFunc(p.queue, func(q queued) bool { return q.read != nil }) {
		// Nobody has waited for the answer yet. Whoever reads it may still refuse,
		// and that would be too late behind the commit.
		r := p.conn.SendBatch(ctx, p.batch())
		if err := closed(r, p.settle(r)); err != nil {
			return p.undone(ctx, err)
		}
	}
	b := p.batch()
	b.Queue("commit")
	r := p.conn.SendBatch(ctx, b)
	err := p.settle(r)
	if err == nil {
		tag, cerr := r.Exec()
		if err = cerr; err == nil && tag.String() == "ROLLBACK" {
			err = pgx.ErrTxCommitRollback
		}
	}
	if err = closed(r, err); pgconn.SafeToRetry(err) && ctx.Err() == nil { // nothing was sent
		return errors.Join(errUndone, err)
	}
	return err
}

// closed closes a batch's results. After an error they only repeat it.
func closed(r pgx.BatchResults, err error) error {
	if cerr := r.Close(); err == nil {
		return cerr
	}
	return err
}

// batch is what has to go before anything else.
func (p *postgresTx) batch() *pgx.Batch {
	b := &pgx.Batch{}
	if !p.begun {
		b.Queue("begin")
	}
	for _, q := range p.queue {
		b.Queue(q.query, q.args...)
	}
	return b
}

// settle reads the answers to batch.
func (p *postgresTx) settle(r pgx.BatchResults) error {
	if !p.begun {
		if _, err := r.Exec(); err != nil {
			return p.fail(err)
		}
		p.begun = true
	}
	queue := p.queue
	p.queue = nil
	for _, q := range queue {
		if err := q.answer(r); err != nil {
			err = p.fail(err)
			if q.mean != nil {
				err = q.mean(err)
				p.failed = err
			}
			return err
		}
	}
	return nil
}

// answer takes the answer to what was queued.
func (q queued) answer(r pgx.BatchResults) error {
	if q.read == nil {
		_, err := r.Exec()
		return err
	}
	rows, err := r.Query()
	if err != nil {
		return err
	}
	err = q.read(aheadRows{rows})
	rows.Close()
	if err == nil {
		err = rows.Err()
	}
	return err
}

func (p *postgresTx) fail(err error) error {
	if p.failed == nil {
		p.failed = err
	}
	return err
}

// rollback ends the transaction, even for somebody who has gone.
func (p *postgresTx) rollback(ctx context.Context) {
	if !p.begun && p.conn.PgConn().TxStatus() == 'I' || p.conn.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := p.conn.Exec(ctx, "rollback"); err != nil {
		_ = p.conn.Close(ctx) // which rolls back too
	}
}

func (p *postgresTx) later(ctx context.Context, mean func(error) error, query string, args []any) error {
	return p.put(ctx, queued{query: query, args: args, mean: mean})
}

func (p *postgresTx) ahead(ctx context.Context, read func(Rows) error, query string, args []any) error {
	return p.put(ctx, queued{query: query, args: args, read: read})
}

func (p *postgresTx) put(ctx context.Context, q queued) error {
	if p.failed != nil {
		return p.failed
	}
	p.queue = append(p.queue, q)
	if len(p.queue) < most {
		return nil
	}
	r := p.conn.SendBatch(ctx, p.batch())
	err := p.settle(r)
	return closed(r, err)
}

func (p *postgresTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	if p.failed != nil {
		return 0, p.failed
	}
	b := p.batch()
	b.Queue(query, args...)
	r := p.conn.SendBatch(ctx, b)
	err := p.settle(r)
	var n int64
	if err == nil {
		tag, xerr := r.Exec()
		if err = xerr; err != nil {
			err = p.fail(err)
		}
		n = tag.RowsAffected()
	}
	return n, closed(r, err)
}

func (p *postgresTx) query(ctx context.Context, query string, args []any) (Rows, error) {
	if p.failed != nil {
		return nil, p.failed
	}
	b := p.batch()
	b.Queue(query, args...)
	r := p.conn.SendBatch(ctx, b)
	if err := p.settle(r); err != nil {
		return nil, closed(r, err)
	}
	rows, err := r.Query()
	if err != nil {
		return nil, closed(r, p.fail(err))
	}
	return &postgresRows{rows, r, p}, nil
}

// postgresRows are the last answer of a batch.
type postgresRows struct {
	pgx.Rows
	batch pgx.BatchResults
	of    *postgresTx
}

func (r *postgresRows) Close() error {
	r.Rows.Close()
	err := r.Rows.Err()
	if cerr := r.batch.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = r.of.fail(err)
	}
	return err
}

func (r *postgresRows) Columns() ([]string, error) { return columns(r.Rows), nil }

// aheadRows are an answer in the midst of a batch, which whoever settles the
// batch closes.
type aheadRows struct{ pgx.Rows }

func (r aheadRows) Close() error { r.Rows.Close(); return r.Rows.Err() }

func (r aheadRows) Columns() ([]string, error) { return columns(r.Rows), nil }

func columns(r pgx.Rows) (names []string) {
	for _, f := range r.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names
}
