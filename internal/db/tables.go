package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a column holds, alike on both engines.
type Kind string

// The kinds.
const (
	Int   Kind = "int"
	Text  Kind = "text"
	Bytes Kind = "bytes"
)

// kinds are the engines' own names of them.
var kinds = map[string]Kind{"INTEGER": Int, "TEXT": Text, "BLOB": Bytes, "int8": Int, "text": Text, "jsonb": Text, "bytea": Bytes}

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is one of Held's tables, as the engine's own catalogue has it: a
// backup and a rotation go through all of them and know the meaning of none.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // of the primary key, in its order
}

const (
	sqliteCatalogue = `SELECT m.name, x.name, x.type, x.pk FROM pragma_table_list m JOIN pragma_table_xinfo(m.name) x
WHERE m.schema = 'main' AND m.type = 'table' ORDER BY m.name, x.cid`
	postgresCatalogue = `SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), CAST(t.typname AS TEXT),
COALESCE(array_position(CAST(i.indkey AS smallint[]), a.attnum) + 1, 0)
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = current_schema()
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' ORDER BY c.relname, a.attnum`
)

// Tables lists Held's tables: those whose primary key begins with practice_id.
// What else lies in the database (the schema's history, a sidecar's notes) is
// nobody's content.
func (d *DB) Tables(ctx context.Context, q Q) ([]Table, error) {
	catalogue := sqliteCatalogue
	if d.engine == Postgres {
		catalogue = postgresCatalogue
	}
	type row struct {
		table, column, kind string
		key                 int
	}
	rows, err := All(ctx, q, func(r Row) (x row, err error) {
		err = r.Scan(&x.table, &x.column, &x.kind, &x.key)
		return x, err
	}, catalogue)
	if err != nil {
		return nil, fmt.Errorf("the tables could not be listed: %w", err)
	}
	var all []Table
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Name != r.table {
			all = append(all, Table{Name: r.table})
		}
		t := &all[len(all)-1]
		t.Columns = append(t.Columns, Column{r.column, kinds[r.kind]})
		if r.key > 0 {
			t.Key = append(t.Key, make([]string, max(0, r.key-len(t.Key)))...)
			t.Key[r.key-1] = r.column
		}
	}
	all = slices.DeleteFunc(all, func(t Table) bool { return len(t.Key) == 0 || t.Key[0] != "practice_id" })
	for _, t := range all {
		for _, c := range t.Columns {
			if c.Kind == "" {
				return nil, fmt.Errorf("%s.%s has a type that is not for both engines", t.Name, c.Name)
			}
		}
	}
	return all, nil
}

// Kind is the kind of a column; "" when there is no such column.
func (t Table) Kind(column string) Kind {
	for _, c := range t.Columns {
		if c.Name == column {
			return c.Kind
		}
	}
	return ""
}

func (t Table) names() []string {
	all := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		all[i] = c.Name
	}
	return all
}

// quoted writes names for a statement that is made of the catalogue.
func quoted(names ...string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
	}
	return strings.Join(all, ", ")
}

// Still is the whole database as it stands at one instant, while others go on
// writing. It is a Q.
type Still struct {
	*DB
	tx *sql.Tx
}

// Still holds the database's present for fn: every question in it is answered
// from the same instant.
func (d *DB) Still(ctx context.Context, fn func(*Still) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres { // SQLite's reading transactions are like this by themselves
		opts.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.read.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	err = fn(&Still{d, tx})
	if over := tx.Rollback(); !errors.Is(over, sql.ErrTxDone) {
		err = errors.Join(err, over)
	}
	return err
}

// Query reads from the instant.
func (s *Still) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return s.tx.QueryContext(ctx, query, args...)
}

// QueryRow reads one row from the instant.
func (s *Still) QueryRow(ctx context.Context, query string, args ...any) Row {
	return s.tx.QueryRowContext(ctx, query, args...)
}

// Version is the schema's version at the instant.
func (s *Still) Version(ctx context.Context) (v int64, err error) {
	err = s.QueryRow(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM db_version WHERE is_applied").Scan(&v)
	return v, err
}

// Each visits every row of a table, in the order of its columns. A value is
// int64, string, []byte or nil; it is the visitor's only until it returns.
func (s *Still) Each(ctx context.Context, t Table, visit func(row []any) error) error {
	rows, err := s.Query(ctx, "SELECT "+quoted(t.names()...)+" FROM "+quoted(t.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	scan := scanner(t.Columns)
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanner reads rows of these columns, with each value in the type of its kind.
func scanner(columns []Column) func(Row) ([]any, error) {
	return func(r Row) ([]any, error) {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		for i, c := range columns {
			switch v := row[i].(type) {
			case nil:
				continue
			case []byte:
				if c.Kind == Text {
					row[i] = string(v)
				} else if v == nil {
					row[i] = []byte{} // empty, and not nothing
				}
			}
			if !c.Kind.holds(row[i]) {
				return nil, fmt.Errorf("%s is a %T", c.Name, row[i])
			}
		}
		return row, nil
	}
}

func (k Kind) holds(v any) bool {
	switch v.(type) {
	case int64:
		return k == Int
	case string:
		return k == Text
	case []byte:
		return k == Bytes
	}
	return v == nil
}

// Bounds of one statement and one transaction of Fill.
const (
	fillParams = 900
	fillBytes  = 1 << 20
	fillRows   = 20_000
)

// Fill adds rows to a table until next gives nil, in the transaction that it
// hands to next. It commits as it goes, so it is for a place that nobody uses yet.
func (d *DB) Fill(ctx context.Context, t Table, next func(*Tx) ([]any, error)) (n int64, err error) {
	f := filling{t: t, next: next}
	for !f.ended {
		var added int64
		err := d.once(ctx, func(tx *Tx) (err error) { added, err = f.some(ctx, tx); return err })
		if err != nil {
			return n, err
		}
		n += added
	}
	return n, nil
}

type filling struct {
	t     Table
	next  func(*Tx) ([]any, error)
	ended bool
}

// some adds what one transaction should.
func (f *filling) some(ctx context.Context, tx *Tx) (n int64, err error) {
	for n < fillRows && !f.ended {
		var args []any
		rows := 0
		for size := 0; len(args)+len(f.t.Columns) <= max(fillParams, len(f.t.Columns)) && size < fillBytes; rows++ {
			row, err := f.next(tx)
			if err != nil {
				return n, err
			}
			if row == nil {
				f.ended = true
				break
			}
			for i, v := range row {
				if !f.t.Columns[i].Kind.holds(v) {
					return n, fmt.Errorf("%s.%s: a %T does not go there", f.t.Name, f.t.Columns[i].Name, v)
				}
				size += sizeOf(v)
			}
			args = append(args, row...)
		}
		if rows == 0 {
			break
		}
		statement := "INSERT INTO " + quoted(f.t.Name) + " (" + quoted(f.t.names()...) + ") VALUES " + Values(rows, len(f.t.Columns))
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			return n, fmt.Errorf("%s: %w", f.t.Name, err)
		}
		n += int64(rows)
	}
	return n, nil
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 8
}

// Count counts a table's rows.
func (d *DB) Count(ctx context.Context, q Q, t Table) (int64, error) {
	return One(ctx, q, Value[int64], "SELECT COUNT(*) FROM "+quoted(t.Name))
}

// Page reads up to n rows of a practice, in the order of the table's key and
// after the given key (nil: from the first one on): the key's columns first,
// then the named ones.
func (d *DB) Page(ctx context.Context, q Q, t Table, practice ID, after []any, n int, columns ...string) ([][]any, error) {
	key := t.Key[1:]
	where, args := `"practice_id" = $1`, []any{practice}
	switch {
	case after == nil:
	case len(key) == 0:
		return nil, nil // one row for each practice
	default:
		where += " AND (" + quoted(key...) + ") > " + shifted(len(key), 1)
		args = append(args, after...)
	}
	names := append(slices.Clone(key), columns...)
	wanted := make([]Column, len(names))
	for i, c := range names {
		wanted[i] = Column{c, t.Kind(c)}
	}
	statement := "SELECT " + quoted(names...) + " FROM " + quoted(t.Name) + " WHERE " + where
	if len(key) > 0 {
		statement += " ORDER BY " + quoted(key...)
	}
	return All(ctx, q, scanner(wanted), fmt.Sprintf("%s LIMIT %d", statement, n), args...)
}

// Swap puts a value in the place of another, in one row: false when somebody
// else has changed it or the row is gone.
func (t *Tx) Swap(ctx context.Context, table Table, practice ID, key []any, column string, was, is []byte) (bool, error) {
	where := `"practice_id" = $3`
	for i, k := range table.Key[1:] {
		where += fmt.Sprintf(" AND %s = $%d", quoted(k), i+4)
	}
	n, err := t.Exec(ctx, "UPDATE "+quoted(table.Name)+" SET "+quoted(column)+" = $1 WHERE "+where+" AND "+quoted(column)+" = $2",
		append([]any{is, was, practice}, key...)...)
	return n == 1, err
}

// shifted is one row of placeholders that begin after the first n.
func shifted(count, n int) string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", i+n+1)
	}
	return "(" + strings.Join(all, ", ") + ")"
}
