package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"held/internal/archive"
	"held/internal/db"
	"held/internal/vault"
	"held/practice/trail"
)

// Why a backup is not restored.
var (
	ErrNewer  = errors.New("this backup was made by a newer version of Held; restore it with that version")
	ErrForged = errors.New("this backup was not made with this practice's keys, though it was encrypted for the same recipients; nothing of it was used")
)

// Unpack fills an empty database from an archive and holds it against the
// manifest. Whatever schema the archive has, the database has the program's
// afterwards.
func Unpack(ctx context.Context, r *archive.Reader, d *db.DB, migrations fs.FS) (Unpacked, error) {
	_, known, err := d.Schema(ctx, migrations)
	if err != nil {
		return Unpacked{}, err
	}
	if r.Head.Schema > known {
		return Unpacked{}, ErrNewer
	}
	if _, _, err := d.MigrateTo(ctx, migrations, r.Head.Schema); err != nil {
		return Unpacked{}, err
	}
	if err := fill(ctx, r, d); err != nil {
		return Unpacked{}, err
	}
	m, sum, seal, err := r.Close()
	if err != nil {
		return Unpacked{}, err
	}
	for _, p := range m.Parts {
		if n, err := d.Count(ctx, d.Reader(), db.Table{Name: p.Table}); err != nil || n != p.Rows {
			return Unpacked{}, errors.Join(err, fmt.Errorf("%d rows of %s arrived, the manifest says %d", n, p.Table, p.Rows))
		}
	}
	_, _, err = d.Migrate(ctx, migrations)
	return Unpacked{Manifest: m, sum: sum, seal: seal}, err
}

// Unpacked is an archive that lies whole in a database, not yet opened.
type Unpacked struct {
	archive.Manifest
	sum  []byte
	seal string
}

func fill(ctx context.Context, r *archive.Reader, d *db.DB) error {
	tables, err := d.Tables(ctx, d.Reader())
	if err != nil {
		return err
	}
	for {
		part, ok, err := r.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		at := slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == part.Name })
		if at < 0 || !sameColumns(tables[at].Columns, part.Columns) {
			return fmt.Errorf("this backup has a table %s that its own version of Held does not have like this: %w", part.Name, archive.ErrDamaged)
		}
		tables = slices.Delete(tables, at, at+1)
		if _, err := d.Fill(ctx, part, func(*db.Tx) ([]any, error) { return r.Row() }); err != nil {
			return err
		}
	}
	if len(tables) > 0 {
		return fmt.Errorf("this backup has no table %s: %w", tables[0].Name, archive.ErrDamaged)
	}
	return nil
}

func sameColumns(a, b []db.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for _, c := range a {
		if !slices.Contains(b, c) {
			return false
		}
	}
	return true
}

// Opened is what could be opened of a restored database.
type Opened struct {
	Vault *vault.Vault
	Texts map[vault.Class]int64
}

// samples is about how many texts of each column are opened.
const samples = 200

// Open opens a restored database with the practice's keys: the manifest's
// seal, and a sample of the texts of every sealed column.
func (u Unpacked) Open(ctx context.Context, d *db.DB, k vault.Keeper, now func() time.Time, sealed []vault.Column) (Opened, error) {
	v := vault.New(k, now)
	if err := v.Load(ctx, d.Reader(), u.Practice); err != nil {
		return Opened{}, err
	}
	if sum, ok := v.ParseToken(u.Practice, sealPurpose, u.seal); !ok || !bytes.Equal(sum, u.sum) {
		return Opened{}, ErrForged
	}
	o := Opened{v, map[vault.Class]int64{}}
	for _, c := range sealed {
		n, err := v.Sample(ctx, d, u.Practice, c, samples)
		if err != nil {
			return o, err
		}
		o.Texts[c.Class] += n
	}
	return o, nil
}

// Restored writes into a restored database, before it is used, that it is one:
// on the trail and among the runs. Everybody is signed out.
func (s *Service) Restored(ctx context.Context, name string, rows int64, begun time.Time) error {
	r := run{kind: kindRestore, name: name, rows: rows, begun: begun}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.People.EndAll(ctx, tx); err != nil {
			return err
		}
		return s.keepRun(ctx, tx, r, stateOK)
	})
}

// entry is how a run stands on the trail.
func (r run) entry() trail.Entry {
	switch r.kind {
	case kindDrill:
		return trail.Entry{Verb: "tried", Kind: "backup"}
	case kindRestore:
		return trail.Entry{Verb: "restored", Kind: "practice"}
	}
	return trail.Entry{Verb: "made", Kind: "backup"}
}
