package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"held/internal/db"
)

// Column is a column of sealed texts, as its owner declares it: from the row,
// the vault learns the place of each text.
type Column struct {
	Table, Column string
	Class         Class
	Subject, Row  string // columns of the same table
	Part          string // the column whose text ends the place's name, or ""
}

// Name is the column as a place names it.
func (c Column) Name() string { return c.Table + "." + c.Column }

// sealing are the classes under which texts are sealed; they rotate. The other
// two stay: what is looked up and what was signed would be lost with them.
var sealing = []Class{Contact, Identity, Clinical, Process}

// settled is how long after a rotation the last pass begins: by then no
// program seals under the older keys any more (see notice), and no transaction
// that did is still open.
const settled = time.Hour

// Why a rotation does not begin.
var (
	ErrNoNewKey = errors.New("the key file has no new key; `held rotate --prepare` writes one above the present one")
	ErrRotating = errors.New("the last rotation is still going on; `held doctor` says how far it has come")
)

// Rotation is how the last rotation stands.
type Rotation struct {
	Version       int64
	Started, Done time.Time
	Place         string // the column that was looked at last
	Resealed      int64
}

// LastRotation reads it; false when there was none.
func LastRotation(ctx context.Context, q db.Q, practice db.ID) (Rotation, bool, error) {
	r, err := db.One(ctx, q, scanRotation, sqlRotation, practice)
	if errors.Is(err, db.ErrNone) {
		return Rotation{}, false, nil
	}
	return r.Rotation, err == nil, err
}

// Wrapped lists a practice's class keys as the keeper has wrapped them.
func Wrapped(ctx context.Context, q db.Q, practice db.ID) ([][]byte, error) {
	rows, err := db.All(ctx, q, scanClassKey, sqlClassKeys, practice)
	all := make([][]byte, len(rows))
	for i, r := range rows {
		all[i] = r.wrapped
	}
	return all, err
}

// Rotate gives a practice new class keys, wraps them, and those that there
// were, under the keeper's newest key, and wraps every data key under the new
// ones. Texts are sealed anew later, by Reseal. also is done in the same
// transaction. Cut short after it, Reseal does the rest.
func (v *Vault) Rotate(ctx context.Context, d *db.DB, practice db.ID, also func(*db.Tx) error) (rewrapped int, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		last, there, err := LastRotation(ctx, tx, practice)
		if err != nil {
			return err
		}
		if there && last.Done.IsZero() {
			return ErrRotating
		}
		if err := v.rotateClasses(ctx, tx, practice); err != nil {
			return err
		}
		if err := v.nextEpoch(ctx, tx, practice); err != nil {
			return err
		}
		return also(tx)
	})
	if err != nil {
		return 0, err
	}
	if err := v.Load(ctx, d.Reader(), practice); err != nil {
		return 0, err
	}
	return v.rewrap(ctx, d, practice)
}

func (v *Vault) rotateClasses(ctx context.Context, tx *db.Tx, practice db.ID) error {
	rows, err := db.All(ctx, tx, scanClassKey, sqlClassKeys, practice)
	if err != nil {
		return err
	}
	var version int64
	for _, r := range rows {
		if v.keeper.Newest(r.wrapped) {
			return ErrNoNewKey
		}
		r.ref.practice = practice
		version = max(version, r.ref.version)
		key, err := v.keeper.Unwrap(ctx, r.wrapped, r.ref.context())
		if err != nil {
			return err
		}
		wrapped, err := v.keeper.Wrap(ctx, key, r.ref.context())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRewrapClassKey, wrapped, practice, string(r.ref.class), r.ref.version); err != nil {
			return err
		}
	}
	version++
	for _, c := range sealing {
		key := make([]byte, 32)
		rand.Read(key) // crypto/rand never fails
		wrapped, err := v.keeper.Wrap(ctx, key, classRef{practice, c, version}.context())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlInsertClassKey, practice, string(c), version, wrapped, db.Micros(v.now())); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, sqlBeginRotation, practice, version, db.Micros(v.now()))
	return err
}

// batch is how many keys or rows one step takes; keepPlace is after how many
// steps that had nothing to do the place is kept all the same.
const (
	batch     = 100
	keepPlace = 50
)

// eachKey walks every data key of a practice, a batch at a time.
func eachKey(ctx context.Context, d *db.DB, practice db.ID, do func([]keyRow) error) error {
	after := dataRef{subject: db.ID{}}
	for {
		rows, err := db.All(ctx, d.Reader(), scanKey, sqlDataKeys, practice, after.subject[:], string(after.class), after.version, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			rows[i].ref.practice = practice
		}
		after = rows[len(rows)-1].ref
		if err := do(rows); err != nil {
			return err
		}
	}
}

// rewrap wraps every data key under the newest class keys.
func (v *Vault) rewrap(ctx context.Context, d *db.DB, practice db.ID) (n int, err error) {
	err = eachKey(ctx, d, practice, func(rows []keyRow) error {
		rows = slices.DeleteFunc(rows, func(k keyRow) bool {
			newest, _ := v.newestClass(practice, k.ref.class)
			return k.destroyed != 0 || k.classVersion >= newest.version
		})
		if len(rows) == 0 {
			return nil
		}
		done := 0
		err := d.Write(ctx, func(tx *db.Tx) error {
			done = 0
			for _, k := range rows {
				ok, err := v.rewrapOne(ctx, tx, k)
				if err != nil {
					return err
				}
				done += ok
			}
			return nil
		})
		n += done
		return err
	})
	return n, err
}

func (v *Vault) rewrapOne(ctx context.Context, tx *db.Tx, k keyRow) (int, error) {
	key, err := v.unwrap(ctx, tx, k.ref, k.dataRow)
	if err != nil {
		return 0, err
	}
	newest, ckey := v.newestClass(k.ref.practice, k.ref.class)
	if ckey.wraps == nil {
		return 0, fmt.Errorf("vault: the %s class key is not loaded", k.ref.class)
	}
	wrapped := ckey.wraps.Seal(nil, nil, key, k.ref.context()) // #nosec G407 -- the AEAD draws its own random nonce
	n, err := tx.Exec(ctx, sqlRewrapDataKey, wrapped, newest.version, k.ref.practice, k.ref.subject, string(k.ref.class), k.ref.version, k.classVersion)
	return int(n), err
}

// Reseal seals anew what lies under keys from before the last rotation, until
// it has gone through every column or ctx ends, and then destroys those keys.
// It is safe to be cut short anywhere, and to run in several programs.
func (v *Vault) Reseal(ctx context.Context, d *db.DB, practice db.ID, columns []Column) error {
	r, err := db.One(ctx, d.Reader(), scanRotation, sqlRotation, practice)
	if errors.Is(err, db.ErrNone) || err == nil && !r.Done.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	if err := v.notice(ctx, d.Reader(), practice); err != nil {
		return err
	}
	if r.pass == 0 { // the pass before this one was over too soon to be the last
		if v.now().Before(r.Started.Add(settled)) {
			return nil
		}
		if r.pass, err = v.nextPass(ctx, d, practice, r, v.now()); err != nil || r.pass == 0 {
			return err
		}
		r.Place, r.after = "", nil
	}
	p := &pass{v: v, d: d, practice: practice, rotationRow: r}
	return p.walk(ctx, columns)
}

// nextPass tells 0 when another program has begun one.
func (v *Vault) nextPass(ctx context.Context, d *db.DB, practice db.ID, r rotationRow, at time.Time) (pass int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlNextPass, db.Micros(at), practice, r.Version, r.pass)
		pass = n * db.Micros(at)
		return err
	})
	return pass, err
}

// pass is one walk through every sealed column.
type pass struct {
	rotationRow
	v        *Vault
	d        *db.DB
	practice db.ID
	tables   []db.Table
}

// errOvertaken says that another program has gone on to the next pass.
var errOvertaken = errors.New("vault: overtaken")

func (p *pass) walk(ctx context.Context, columns []Column) (err error) {
	if p.tables, err = p.d.Tables(ctx, p.d.Reader()); err != nil {
		return err
	}
	if _, err := p.v.rewrap(ctx, p.d, p.practice); err != nil {
		return err
	}
	var after []any
	if at := slices.IndexFunc(columns, func(c Column) bool { return c.Name() == p.Place }); at >= 0 {
		columns = columns[at:]
		if after, err = db.Unpack(p.after); err != nil {
			return err
		}
	}
	for _, c := range columns {
		if err := p.column(ctx, c, after); errors.Is(err, errOvertaken) {
			return nil
		} else if err != nil {
			return err
		}
		after = nil
	}
	return p.end(ctx)
}

// column seals one column's texts anew, after the given key.
func (p *pass) column(ctx context.Context, c Column, after []any) error {
	t, err := tableOf(p.tables, c)
	if err != nil {
		return err
	}
	for pages := 0; ; {
		rows, err := c.page(ctx, p.d, p.d.Reader(), t, p.practice, after, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].key
		pages++
		old := slices.DeleteFunc(rows, func(x sealedRow) bool { return len(x.sealed) < 6 || sealedUnder(x.sealed) >= p.Version })
		if len(old) == 0 && pages%keepPlace != 0 {
			continue // nothing to do here, and not far from where the place was kept
		}
		key, err := db.Pack(nil, after)
		if err != nil {
			return err
		}
		err = p.d.Write(ctx, func(tx *db.Tx) error {
			var found int64
			for _, x := range old {
				n, err := p.one(ctx, tx, c, t, x)
				if err != nil {
					return err
				}
				found += n
			}
			n, err := tx.Exec(ctx, sqlKeepPlace, c.Name(), key, found, p.practice, p.Version, p.pass)
			if err == nil && n == 0 {
				return errOvertaken
			}
			return err
		})
		if err != nil {
			return err
		}
	}
}

func (p *pass) one(ctx context.Context, tx *db.Tx, c Column, t db.Table, x sealedRow) (int64, error) {
	plain, err := p.v.Open(ctx, tx, x.place, x.sealed)
	if errors.Is(err, ErrErased) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	sealed, err := p.v.Seal(ctx, tx, x.place, plain)
	if errors.Is(err, ErrErased) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	// When somebody wrote there meanwhile, theirs stays; the next pass looks again.
	_, err = tx.Swap(ctx, t, p.practice, x.key, c.Column, x.sealed, sealed)
	return 1, err
}

// end ends the pass, and the rotation with it when nothing is left.
func (p *pass) end(ctx context.Context) error {
	at := db.At(p.pass)
	if at.Before(p.Started.Add(settled)) {
		_, err := p.v.nextPass(ctx, p.d, p.practice, p.rotationRow, time.Time{})
		return err
	}
	r, err := db.One(ctx, p.d.Reader(), scanRotation, sqlRotation, p.practice)
	if err != nil || r.pass != p.pass {
		return err
	}
	if r.found > 0 {
		_, err := p.v.nextPass(ctx, p.d, p.practice, r, p.v.now())
		return err
	}
	if err := p.destroy(ctx); err != nil {
		return err
	}
	return p.d.Write(ctx, func(tx *db.Tx) error {
		for _, c := range sealing {
			if _, err := tx.Exec(ctx, sqlDropClassKeys, p.practice, string(c), p.Version); err != nil {
				return err
			}
		}
		if err := p.v.nextEpoch(ctx, tx, p.practice); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlEndRotation, db.Micros(p.v.now()), p.practice, p.Version, p.pass)
		return err
	})
}

// destroy drops the data keys under which nothing lies any more. Those of
// somebody who was erased stay, destroyed, and say so.
func (p *pass) destroy(ctx context.Context) error {
	return eachKey(ctx, p.d, p.practice, func(rows []keyRow) error {
		return p.d.Write(ctx, func(tx *db.Tx) error {
			for _, k := range rows {
				if k.classVersion < p.Version && k.destroyed == 0 {
					return fmt.Errorf("vault: a %s key is still wrapped under the keys from before the rotation", k.ref.class)
				}
				if k.ref.version >= p.Version || k.destroyed != 0 {
					continue
				}
				if _, err := tx.Exec(ctx, sqlDropDataKey, p.practice, k.ref.subject, string(k.ref.class), k.ref.version); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// sealedRow is one text where it lies.
type sealedRow struct {
	key    []any
	place  Field
	sealed []byte
}

func tableOf(tables []db.Table, c Column) (db.Table, error) {
	i := slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == c.Table })
	if i < 0 {
		return db.Table{}, fmt.Errorf("vault: there is no table %s", c.Table)
	}
	for _, name := range []string{c.Column, c.Subject, c.Row} {
		if tables[i].Kind(name) != db.Bytes {
			return db.Table{}, fmt.Errorf("vault: %s has no column %s of bytes", c.Table, name)
		}
	}
	return tables[i], nil
}

// page reads sealed texts with their places, in the order of the table's key.
func (c Column) page(ctx context.Context, d *db.DB, q db.Q, t db.Table, practice db.ID, after []any, n int) ([]sealedRow, error) {
	columns := []string{c.Column, c.Subject, c.Row}
	if c.Part != "" {
		columns = append(columns, c.Part)
	}
	rows, err := d.Page(ctx, q, t, practice, after, n, columns...)
	if err != nil {
		return nil, err
	}
	keys, out := len(t.Key)-1, make([]sealedRow, len(rows))
	for i, row := range rows {
		x := &out[i]
		x.key = row[:keys:keys]
		x.place = Field{Practice: practice, Class: c.Class, Column: c.Name()}
		x.sealed, _ = row[keys].([]byte)
		if err := errors.Join(x.place.Subject.Scan(row[keys+1]), x.place.Row.Scan(row[keys+2])); err != nil {
			return nil, err
		}
		if c.Part != "" {
			x.place.Column += "." + fmt.Sprint(row[keys+3])
		}
	}
	return out, nil
}

// Sample opens about n texts of a column, spread over all of it. It tells how
// many it opened; those that were erased are opened by nobody.
func (v *Vault) Sample(ctx context.Context, d *db.DB, practice db.ID, c Column, n int64) (opened int64, err error) {
	tables, err := d.Tables(ctx, d.Reader())
	if err != nil {
		return 0, err
	}
	t, err := tableOf(tables, c)
	if err != nil {
		return 0, err
	}
	all, err := d.Count(ctx, d.Reader(), t)
	if err != nil {
		return 0, err
	}
	every, seen := max(1, all/n), int64(0)
	for after := []any(nil); ; {
		rows, err := c.page(ctx, d, d.Reader(), t, practice, after, batch)
		if err != nil || len(rows) == 0 {
			return opened, err
		}
		after = rows[len(rows)-1].key
		for _, x := range rows {
			if seen++; len(x.sealed) == 0 || (seen-1)%every != 0 {
				continue
			}
			_, err := v.Open(ctx, d.Reader(), x.place, x.sealed)
			if errors.Is(err, ErrErased) {
				continue
			}
			if err != nil {
				return opened, err
			}
			opened++
		}
	}
}
