package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"held/internal/db"
)

// The ceiling of a booking: the rows that one leaves, and nothing else. Nobody
// is looked for, nothing is sealed, reckoned or asked; the same rows with other
// ids go into the database as fast as it takes them, one statement for each
// table, in one transaction. What a booking makes beside it is what the house
// itself costs; what the ceiling makes beside single rows is what the rows cost.

// copies are rows to be written again and again, each time as somebody else's.
type copies struct {
	rows  int
	texts []string
	args  [][]any // a value, or what is another one in each copy
	ids   int     // how many of them are ids
}

// What is another one in each copy: an id by its number, a hash, and the first
// of the steps of a calendar.
type (
	otherID   int
	otherHash struct{}
	otherStep int64
)

// ceiling books once and gives what writes the rows of it anew.
func (p *practice) ceiling() (rows int, write func() error) {
	before := map[string]bool{}
	p.rowsNot(before, func(db.Table, []any) {})
	p.must(p.book())
	var c copies
	all, known := map[string][][]any{}, map[string]otherID{}
	var tables []db.Table
	p.rowsNot(before, func(t db.Table, row []any) {
		if all[t.Name] == nil {
			tables = append(tables, t)
		}
		all[t.Name] = append(all[t.Name], slices.Clone(row))
		if t.Key[1] == "id" {
			id := string(row[slices.IndexFunc(t.Columns, func(c db.Column) bool { return c.Name == "id" })].([]byte))
			known[id] = otherID(len(known))
		}
	})
	for _, t := range tables {
		c.add(t, all[t.Name], known)
	}
	c.ids = len(known)
	var n atomic.Int64
	if p.engine == db.SQLite {
		return c.rows, func() error { return c.sqlite(p, n.Add(1)) }
	}
	d, err := sql.Open("pgx", p.cfg.Database)
	p.must(err)
	p.b.Cleanup(func() { p.must(d.Close()) })
	d.SetMaxOpenConns(crowd)
	d.SetMaxIdleConns(crowd)
	return c.rows, func() error { return c.postgres(p.staff, d, n.Add(1)) }
}

// rowsNot visits the rows of every table that are not in before, and adds them.
func (p *practice) rowsNot(before map[string]bool, visit func(db.Table, []any)) {
	p.must(p.db.Still(p.staff, func(s *db.Still) error {
		tables, err := s.Tables(p.staff, s)
		if err != nil {
			return err
		}
		for _, t := range tables {
			err := s.Each(p.staff, t, func(row []any) error {
				key, err := db.Pack([]byte(t.Name), row)
				if !before[string(key)] {
					before[string(key)] = true
					visit(t, row)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// add makes one statement of a table's rows. A value that comes twice is sent
// once, and steps are counted from the first.
func (c *copies) add(t db.Table, rows [][]any, known map[string]otherID) {
	var args []any
	place := map[string]string{}
	param := func(key string, v any) string {
		if place[key] == "" {
			args = append(args, v)
			place[key] = fmt.Sprintf("$%d", len(args))
		}
		return place[key]
	}
	first := int64(-1)
	var names, values []string
	for _, col := range t.Columns {
		names = append(names, col.Name)
	}
	for _, row := range rows {
		var one []string
		for i, v := range row {
			switch v := v.(type) {
			case nil:
				one = append(one, "NULL")
				continue
			case int64:
				if t.Columns[i].Name == "step" {
					if first < 0 {
						first = v
					}
					one = append(one, fmt.Sprintf("CAST(%s AS BIGINT)+(%d)", param("step", otherStep(first)), v-first))
					continue
				}
			case []byte:
				if id, ours := known[string(v)]; ours {
					one = append(one, param("id"+string(v), id))
					continue
				}
				if len(v) == 32 {
					one = append(one, param("hash"+string(v), otherHash{}))
					continue
				}
			}
			one = append(one, param(fmt.Sprintf("%T %v", v, v), v))
		}
		values = append(values, "("+strings.Join(one, ",")+")")
	}
	c.rows += len(rows)
	c.texts = append(c.texts, "INSERT INTO "+t.Name+" ("+strings.Join(names, ",")+") VALUES "+strings.Join(values, ","))
	c.args = append(c.args, args)
}

// of fills in what is another one in the nth copy. A year and more lies between
// its steps and those that anybody books.
func (c *copies) of(n int64) [][]any {
	ids := make([]db.ID, c.ids)
	for i := range ids {
		ids[i] = db.NewID()
	}
	const aYear, each = 366 * 24 * 12, 100
	out := make([][]any, len(c.args))
	for i, args := range c.args {
		out[i] = slices.Clone(args)
		for j, v := range args {
			switch v := v.(type) {
			case otherID:
				out[i][j] = ids[v]
			case otherHash:
				h := make([]byte, 32)
				rand.Read(h) // crypto/rand never fails
				out[i][j] = h
			case otherStep:
				out[i][j] = int64(v) + 10*aYear + n*each
			}
		}
	}
	return out
}

func (c *copies) sqlite(p *practice, n int64) error {
	all := c.of(n)
	return p.db.Write(p.staff, func(tx *db.Tx) error {
		for i, text := range c.texts {
			if _, err := tx.Exec(p.staff, text, all[i]...); err != nil {
				return err
			}
		}
		return nil
	})
}

// postgres goes there and back once.
func (c *copies) postgres(ctx context.Context, d *sql.DB, n int64) error {
	all := c.of(n)
	conn, err := d.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // back to the pool
	return conn.Raw(func(driver any) error {
		b := &pgx.Batch{}
		b.Queue("begin")
		for i, text := range c.texts {
			b.Queue(text, all[i]...)
		}
		b.Queue("commit")
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, b).Close()
	})
}
