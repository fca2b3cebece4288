package db_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

func TestIDsSortByTheirMaking(t *testing.T) {
	var made []db.ID
	for range 2000 {
		made = append(made, db.NewID())
	}
	if !slices.IsSortedFunc(made, func(a, b db.ID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("ids made later do not sort later")
	}
	if len(slices.Compact(slices.Clone(made))) != len(made) {
		t.Error("an id came twice")
	}
	if r := db.RandomID(); r[6]>>4 != 4 || r.IsZero() {
		t.Errorf("a random id tells a time: %s", r)
	}
}

func TestIDsAsText(t *testing.T) {
	id := db.NewID()
	if got, err := db.ParseID(id.String()); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "x", id.String()[1:], "{" + id.String() + "}", "urn:uuid:" + id.String(), id.String() + " ", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"} {
		if _, err := db.ParseID(s); err == nil {
			t.Errorf("%q was read as an id", s)
		}
	}
	var back db.ID
	text, err := id.MarshalText()
	if err != nil || back.UnmarshalText(text) != nil || back != id {
		t.Errorf("%s came back as %s", id, back)
	}
	if text, err := (db.ID{}).MarshalText(); err != nil || len(text) != 0 || back.UnmarshalText(nil) != nil || !back.IsZero() {
		t.Errorf("none is %q and comes back as %s", text, back)
	}
	if back.UnmarshalText([]byte("half")) == nil {
		t.Error("half an id was read")
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(db.NewID().String())
	f.Add("00000000-0000-0000-0000-000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := db.ParseID(s)
		if err != nil {
			return
		}
		if again, err := db.ParseID(id.String()); err != nil || again != id {
			t.Errorf("%q became %s, which is %s", s, id, again)
		}
	})
}

func TestIDsAndInstantsInColumns(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d, map[string]string{
			db.SQLite:   "CREATE TABLE kept (id BLOB, at INTEGER) STRICT",
			db.Postgres: "CREATE TABLE kept (id BYTEA, at BIGINT)",
		}[d.Engine()])
		type row struct {
			id db.ID
			at time.Time
		}
		full := row{db.NewID(), time.Date(2026, 3, 29, 1, 30, 0, 123_456_000, time.UTC)}
		run(t, d, "INSERT INTO kept (id, at) VALUES ($1, $2)", full.id, db.Micros(full.at))
		run(t, d, "INSERT INTO kept (id, at) VALUES ($1, $2)", db.ID{}, db.Micros(time.Time{}))
		run(t, d, "INSERT INTO kept (id, at) VALUES (NULL, NULL)")
		scan := func(r db.Row) (x row, err error) { err = r.Scan(&x.id, db.T(&x.at)); return x, err }
		got, err := db.All(t.Context(), d.Reader(), scan, "SELECT id, at FROM kept ORDER BY id NULLS LAST")
		if err != nil || len(got) != 3 || got[0] != full || got[1] != (row{}) || got[2] != (row{}) {
			t.Errorf("%v, %v", got, err)
		}
		found, err := db.One(t.Context(), d.Reader(), scan, "SELECT id, at FROM kept WHERE id = $1", full.id)
		if err != nil || found != full {
			t.Errorf("%v, %v", found, err)
		}
		none, err := db.One(t.Context(), d.Reader(), scan, "SELECT id, at FROM kept WHERE id = $1", db.NewID())
		if !errors.Is(err, db.ErrNone) || none != (row{}) {
			t.Errorf("%v, %v", none, err)
		}
		bad := func(r db.Row) (x row, err error) { err = r.Scan(db.T(&x.at), &x.id); return x, err }
		if _, err := db.All(t.Context(), d.Reader(), bad, "SELECT id, at FROM kept ORDER BY id"); err == nil {
			t.Error("columns of another kind were read")
		}
	})
}

func TestWhatIsNoIDOrInstantIsRefused(t *testing.T) {
	var id db.ID
	for _, src := range []any{[]byte("short"), make([]byte, 17), "0123456789abcdef", int64(1)} {
		if id.Scan(src) == nil {
			t.Errorf("%v was read as an id", src)
		}
	}
	var at time.Time
	for _, src := range []any{"2026-03-03", 1.5, []byte{1}, true} {
		if db.T(&at).Scan(src) == nil {
			t.Errorf("%v was read as an instant", src)
		}
	}
}

func TestInstantsKeepTheirMicrosecond(t *testing.T) {
	for _, at := range []time.Time{{}, testkit.Now, time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(2150, 1, 1, 0, 0, 0, 1000, time.UTC)} {
		if got := db.At(db.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%s came back as %s", at, got)
		}
	}
}

func TestValues(t *testing.T) {
	for want, got := range map[string]string{
		"($1)": db.Values(1, 1), "($1,$2)": db.Values(1, 2), "($1),($2)": db.Values(2, 1), "($1,$2,$3),($4,$5,$6)": db.Values(2, 3),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if db.Bit(true) != 1 || db.Bit(false) != 0 {
		t.Error("a yes is 1 and a no is 0")
	}
}
