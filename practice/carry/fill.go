package carry

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// Known refuses an export of a schema that this program does not know.
func (c *Carried) Known(ctx context.Context, d *db.DB, migrations fs.FS) error {
	_, known, err := d.Schema(ctx, migrations)
	if err == nil && c.Schema > known {
		err = ErrNewer
	}
	return err
}

// SameHost tells whether an address has the host name under which it was exported.
func (c *Carried) SameHost(address string) bool { return hostOf(c.URL) == hostOf(address) }

// Fill brings an export into an empty database, under the keys of a vault that
// is founded there. without are tables that are left out. Whatever schema the
// export has, the database has the program's afterwards.
func (p Plan) Fill(ctx context.Context, c *Carried, d *db.DB, v *vault.Vault, migrations fs.FS, without []string) error {
	if err := c.Known(ctx, d, migrations); err != nil {
		return err
	}
	if _, _, err := d.MigrateTo(ctx, migrations, c.Schema); err != nil {
		return err
	}
	tables, err := d.Tables(ctx, d.Reader())
	if err != nil {
		return err
	}
	if err := p.fits(c, tables); err != nil {
		return err
	}
	f := &filler{Plan: p, c: c, d: d, v: v}
	if err := f.found(ctx); err != nil {
		return err
	}
	for _, t := range tables {
		if !slices.Contains(p.Travels, t.Name) || slices.Contains(without, t.Name) || c.of(t.Name) == nil {
			continue
		}
		if err := f.table(ctx, t); err != nil {
			return err
		}
	}
	_, _, err = d.Migrate(ctx, migrations)
	return err
}

// fits holds the tables and columns of the file against those of its schema.
func (p Plan) fits(c *Carried, tables []db.Table) error {
	n := 0
	for _, t := range tables {
		if !slices.Contains(p.Travels, t.Name) {
			continue
		}
		part := c.of(t.Name)
		if part == nil && p.apart(t.Name) && slices.Contains(c.Without, t.Name) {
			continue
		}
		if part == nil {
			return fmt.Errorf("this export has no table %s: %w", t.Name, ErrDamaged)
		}
		n++
		var names []string
		for _, column := range p.carried(t) {
			names = append(names, column.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, slices.Sorted(slices.Values(part.Columns))) {
			return fmt.Errorf("this export has a table %s that its own version of Held does not have like this: %w", t.Name, ErrDamaged)
		}
	}
	if n != c.Tables() {
		return fmt.Errorf("this export has tables that its own version of Held does not have: %w", ErrDamaged)
	}
	return nil
}

type filler struct {
	Plan
	c *Carried
	d *db.DB
	v *vault.Vault
}

// found makes the practice's new keys, and keeps whose were destroyed.
func (f *filler) found(ctx context.Context) error {
	var all []vault.Erasure
	in, err := f.c.lines(erasedName)
	if err != nil {
		return err
	}
	defer in.in.Close()
	for {
		line, err := in.next()
		if err != nil {
			return err
		}
		if line == nil {
			break
		}
		var e vault.Erasure
		if json.Unmarshal(line, &e) != nil || e.Subject.IsZero() || e.At == 0 {
			return ErrDamaged
		}
		all = append(all, e)
	}
	return f.d.Write(ctx, func(tx *db.Tx) error {
		if err := f.v.Found(ctx, tx, f.c.Practice); err != nil {
			return err
		}
		for _, e := range all {
			if err := f.v.Bury(ctx, tx, f.c.Practice, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *filler) table(ctx context.Context, t db.Table) error {
	part := f.c.of(t.Name)
	in, err := f.c.lines(part.Name)
	if err != nil {
		return err
	}
	defer in.in.Close()
	sealed, columns := f.sealedOf(t.Name), f.carried(t)
	n, err := f.d.Fill(ctx, t, func(tx *db.Tx) ([]any, error) {
		line, err := in.next()
		if line == nil || err != nil {
			return nil, err
		}
		row, err := parse(line, columns, sealed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		row["practice_id"] = f.c.Practice[:]
		return f.seal(ctx, tx, t, row, sealed)
	})
	if err == nil && n != part.Rows {
		err = fmt.Errorf("%d rows of %s arrived, the manifest says %d: %w", n, t.Name, part.Rows, ErrDamaged)
	}
	return err
}

// seal makes of an opened row what is to lie in the database.
func (f *filler) seal(ctx context.Context, tx *db.Tx, t db.Table, row Row, sealed []vault.Column) ([]any, error) {
	out := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = row[c.Name]
		if l, made := f.anew(t.Name, c.Name); made {
			out[i] = l.Anew(f.v, f.c.Practice, row)
		}
	}
	for _, c := range sealed {
		at := slices.IndexFunc(t.Columns, func(o db.Column) bool { return o.Name == c.Column })
		switch text := row[c.Column].(type) {
		case Erased:
			out[at] = vault.Remains()
		case string:
			place, err := c.Place(f.c.Practice, row)
			if err != nil {
				return nil, err
			}
			lies, err := f.v.Seal(ctx, tx, place, text)
			if err != nil {
				return nil, err
			}
			if lies == nil {
				lies = []byte{} // empty, and not nothing
			}
			out[at] = lies
		}
	}
	return out, nil
}

// parse reads a line into the values of its columns.
func parse(line []byte, columns []db.Column, sealed []vault.Column) (Row, error) {
	var came map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if d.Decode(&came) != nil || len(came) != len(columns) {
		return nil, ErrDamaged
	}
	row := make(Row, len(columns)+1)
	for _, c := range columns {
		v, there := came[c.Name]
		if !there {
			return nil, ErrDamaged
		}
		var ok bool
		if slices.ContainsFunc(sealed, func(s vault.Column) bool { return s.Column == c.Name }) {
			row[c.Name], ok = text(v)
		} else {
			row[c.Name], ok = value(v, c.Kind)
		}
		if !ok {
			return nil, fmt.Errorf("%s: %w", c.Name, ErrDamaged)
		}
	}
	return row, nil
}

// text is an opened text as plain wrote it.
func text(v any) (any, bool) {
	switch v := v.(type) {
	case nil, string:
		return v, true
	case map[string]any:
		if v["erased"] == true {
			return Erased{}, true
		}
		s, _ := v["base64"].(string)
		b, err := base64.StdEncoding.DecodeString(s)
		return string(b), err == nil && s != ""
	}
	return nil, false
}

// value is any other value as plain wrote it.
func value(v any, k db.Kind) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil && k == db.Int
	case string:
		if k == db.Text {
			return v, true
		}
		if strings.Contains(v, "-") {
			id, err := db.ParseID(v)
			return id[:], err == nil && k == db.Bytes
		}
		b, err := base64.StdEncoding.DecodeString(v)
		return b, err == nil && k == db.Bytes
	}
	return nil, false
}

// Arrive makes a filled database a practice: people can sign in, the trail goes
// on from where it ended, and says what was brought in.
func (s *Service) Arrive(ctx context.Context, c *Carried) (a trail.Adopted, err error) {
	if err := s.People.Relogin(ctx); err != nil {
		return a, err
	}
	if a, err = s.Trail.Adopt(ctx); err != nil {
		return a, err
	}
	why := fmt.Sprintf("%d rows, trail to line %d", c.Rows(), a.Lines)
	if a.Torn > 0 {
		why += fmt.Sprintf(", which broke at line %d", a.Torn)
	}
	if err := s.Trail.Did(ctx, trail.Entry{Verb: "imported", Kind: "practice", Object: access.From(ctx).Practice, Why: why}); err != nil {
		return a, err
	}
	return a, s.Trail.Link(ctx)
}
