package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"held/internal/db"
)

// Lookup is a column of keyed hashes, as its owner declares it: what each is a
// hash of. It is made anew where a practice comes under another key.
type Lookup struct {
	Table, Column string
	Purpose       string
	// Of gives the value that is hashed from the opened columns of the row, ""
	// where there is none. nil: what was hashed is kept nowhere.
	Of func(row map[string]any) string
	// Empty columns stay so until their owner fills them; other ones of which
	// nobody has the value get a hash of nothing, which is found by nobody.
	Empty bool
}

// Name is the column as a place names it.
func (l Lookup) Name() string { return l.Table + "." + l.Column }

// Anew makes the hash under the practice's own key.
func (l Lookup) Anew(v *Vault, practice db.ID, row map[string]any) any {
	switch {
	case l.Empty:
		return nil
	case l.Of == nil:
		nothing := make([]byte, 32)
		rand.Read(nothing) // crypto/rand never fails
		return nothing
	}
	if value := l.Of(row); value != "" {
		return v.Index(practice, l.Purpose, value)
	}
	return nil
}

// Place is where a row's text of this column lies.
func (c Column) Place(practice db.ID, row map[string]any) (Field, error) {
	f := Field{Practice: practice, Class: c.Class, Column: c.Name()}
	if c.Part != "" {
		f.Column += "." + fmt.Sprint(row[c.Part])
	}
	return f, errors.Join(f.Subject.Scan(row[c.Subject]), f.Row.Scan(row[c.Row]))
}

// Erasure is that a subject's keys of a class were destroyed, and when.
type Erasure struct {
	Subject db.ID `json:"subject"`
	Class   Class `json:"class"`
	At      int64 `json:"at"` // microseconds
}

// Erasures visits every one of a practice's.
func Erasures(ctx context.Context, q db.Q, practice db.ID, visit func(Erasure) error) error {
	var after dataRef
	var last Erasure
	for {
		rows, err := db.All(ctx, q, scanKey, sqlDataKeys, practice, after.subject[:], string(after.class), after.version, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ref
		for _, k := range rows {
			e := Erasure{k.ref.subject, k.ref.class, k.destroyed}
			if k.destroyed == 0 || e.Subject == last.Subject && e.Class == last.Class { // of several keys, one tells
				continue
			}
			last = e
			if err := visit(e); err != nil {
				return err
			}
		}
	}
}

// Bury keeps an erasure of a practice that comes from elsewhere: nothing is
// sealed for that subject and class any more, and Remains opens as erased.
func (v *Vault) Bury(ctx context.Context, tx *db.Tx, practice db.ID, e Erasure) error {
	_, err := tx.Exec(ctx, sqlBury, practice, e.Subject, string(e.Class), int64(1), e.At)
	return err
}

// Remains stands where an erased text stood.
func Remains() []byte { return []byte{format, 0, 0, 0, 1, 0} }
