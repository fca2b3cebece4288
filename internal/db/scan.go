package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrNone says that a query for one row found none.
var ErrNone = errors.New("db: no such row")

// Q is what reads: the reader pool, or a transaction.
type Q interface {
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
}

// Row is one row under the cursor.
type Row interface{ Scan(dest ...any) error }

// Rows is the cursor. Whoever walks it asks Err at the end, and closes it.
type Rows interface {
	Row
	Next() bool
	Err() error
	Close() error
	Columns() ([]string, error)
}

// oneRow is the first of some rows; sql.ErrNoRows when there is none.
type oneRow struct {
	rows Rows
	err  error
}

func (r oneRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close() // whose error is the one below
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	return r.rows.Close()
}

// All reads every row of a query.
func All[T any](ctx context.Context, q Q, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// One reads the first row of a query; ErrNone when there is none.
func One[T any](ctx context.Context, q Q, scan func(Row) (T, error), query string, args ...any) (T, error) {
	v, err := scan(q.QueryRow(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNone
	}
	return v, err
}

// Value reads a single column.
func Value[T any](r Row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// Micros is how an instant is stored: UTC microseconds; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// At reads what Micros wrote.
func At(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// T scans an instant column into p; 0 and NULL become the zero time.
func T(p *time.Time) sql.Scanner { return timeScanner{p} }

type timeScanner struct{ p *time.Time }

func (s timeScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.p = time.Time{}
	case int64:
		*s.p = At(v)
	default:
		return fmt.Errorf("db: %T is not an instant", src)
	}
	return nil
}

// Values writes the placeholders of a multi-row insert: "($1,$2),($3,$4)".
func Values(rows, cols int) string {
	var b strings.Builder
	for i := range rows * cols {
		switch {
		case i%cols == 0 && i > 0:
			b.WriteString("),(")
		case i == 0:
			b.WriteByte('(')
		default:
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// Bit is how a yes or no is stored: BIGINT 1 or 0.
func Bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
