package db_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

// tables are Held's tables of a database, by name.
func tables(t *testing.T, d *db.DB) map[string]db.Table {
	t.Helper()
	all, err := d.Tables(t.Context(), d.Reader())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]db.Table{}
	for _, x := range all {
		out[x.Name] = x
	}
	return out
}

func TestBothEnginesListTheSameTables(t *testing.T) {
	want := tables(t, testkit.SQLite(t))
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d, "CREATE TABLE _litestream_seq (id BIGINT PRIMARY KEY, seq BIGINT)")
		got := tables(t, d)
		if len(got) < 20 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d tables, want %d alike:\n%v\n%v", len(got), len(want), got, want)
		}
		if k := got["vault_data_keys"].Key; !reflect.DeepEqual(k, []string{"practice_id", "subject_id", "class", "version"}) {
			t.Errorf("the key: %v", k)
		}
	})
}

// oddities are rows whose values are easy to lose: nothing, empty, and the ends of numbers.
func oddities(practice db.ID) [][]any {
	p := practice[:]
	return [][]any{
		{p, []byte{1}, "contact", int64(1), int64(-1 << 63), []byte(nil), int64(0), int64(1<<63 - 1)},
		{p, []byte{}, "", int64(2), int64(0), []byte{}, int64(0), int64(0)},
		{p, []byte{0, 255}, "with \"quotes\", a\nline, é and 👣", int64(-3), int64(7), bytes.Repeat([]byte{0, 1}, 700_000), int64(5), int64(6)},
	}
}

func feed(rows [][]any) func(*db.Tx) ([]any, error) {
	return func(*db.Tx) ([]any, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}
}

func TestRowsComeBackExactly(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		practice := db.NewID()
		table, rows := tables(t, d)["vault_data_keys"], oddities(practice)
		rows[0][5] = nil
		for range 2_000 { // more than one statement takes
			rows = append(rows, []any{practice[:], bytes.Clone(idOf(db.NewID())), "contact", int64(1), int64(1), []byte("w"), int64(1), int64(0)})
		}
		if n, err := d.Fill(t.Context(), table, feed(rows)); n != int64(len(rows)) || err != nil {
			t.Fatalf("%d rows, %v", n, err)
		}
		var got [][]any
		err := d.Still(t.Context(), func(s *db.Still) error {
			return s.Each(t.Context(), table, func(row []any) error {
				packed, err := db.Pack(nil, row)
				if err != nil {
					return err
				}
				row, err = db.Unpack(packed)
				got = append(got, row)
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string][]any{}
		for _, row := range got {
			byKey[string(row[1].([]byte))] = row
		}
		for _, row := range rows {
			if !reflect.DeepEqual(byKey[string(row[1].([]byte))], row) {
				t.Errorf("%.200v came back as %.200v", row, byKey[string(row[1].([]byte))])
			}
		}
		if n, err := d.Count(t.Context(), d.Reader(), table); n != int64(len(rows)) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func idOf(id db.ID) []byte { return id[:] }

func TestAValueOfAnotherKindIsNotFilledIn(t *testing.T) {
	d := testkit.SQLite(t)
	practice := db.NewID()
	row := oddities(practice)[1]
	row[3] = "two"
	if n, err := d.Fill(t.Context(), tables(t, d)["vault_data_keys"], feed([][]any{row})); n != 0 || err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("%d, %v", n, err)
	}
}

func TestAStillDatabaseDoesNotSeeWhatIsWrittenMeanwhile(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		run(t, d, "INSERT INTO probe (n, v) VALUES (1, 1)")
		err := d.Still(t.Context(), func(s *db.Still) error {
			if v, err := s.Version(t.Context()); v == 0 || err != nil {
				t.Errorf("version %d, %v", v, err)
			}
			run(t, d, "INSERT INTO probe (n, v) VALUES (2, 2)")
			if n := count(t, s); n != 1 {
				t.Errorf("%d rows within", n)
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) || count(t, d.Reader()) != 2 {
			t.Errorf("%v, %d rows after", err, count(t, d.Reader()))
		}
	})
}

func TestATableIsReadPageByPageAndValuesAreSwapped(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		practice, all := db.NewID(), tables(t, d)
		table := all["vault_data_keys"]
		var rows [][]any
		for i := range 7 {
			rows = append(rows, []any{practice[:], []byte{byte(i / 2)}, "contact", int64(i % 2), int64(1), []byte{byte(i)}, int64(1), int64(0)})
		}
		other := db.NewID()
		rows = append(rows, []any{other[:], []byte{9}, "contact", int64(1), int64(1), []byte{9}, int64(1), int64(0)})
		if _, err := d.Fill(t.Context(), table, feed(rows)); err != nil {
			t.Fatal(err)
		}
		var after []any
		seen := 0
		for {
			page, err := d.Page(t.Context(), d.Reader(), table, practice, after, 3, "wrapped")
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, row := range page {
				if !bytes.Equal(row[3].([]byte), []byte{byte(seen)}) {
					t.Errorf("row %d is %v", seen, row)
				}
				seen++
				after = row[:3]
			}
		}
		if seen != 7 {
			t.Errorf("%d rows", seen)
		}
		swap := func(was, is byte) (ok bool) {
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				ok, err = tx.Swap(t.Context(), table, practice, []any{[]byte{1}, "contact", int64(1)}, "wrapped", []byte{was}, []byte{is})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !swap(3, 33) || swap(3, 34) || !swap(33, 3) {
			t.Error("a value is swapped for the one that was read, and for no other")
		}
		plans := all["calendar_plans"]
		run(t, d, "INSERT INTO calendar_plans (practice_id, version) VALUES ($1, 5)", practice)
		page, err := d.Page(t.Context(), d.Reader(), plans, practice, nil, 3, "version")
		if err != nil || len(page) != 1 || page[0][0] != int64(5) {
			t.Errorf("one row for each practice: %v, %v", page, err)
		}
		if page, err = d.Page(t.Context(), d.Reader(), plans, practice, []any{}, 3, "version"); err != nil || len(page) != 0 {
			t.Errorf("and after it: %v, %v", page, err)
		}
	})
}

// site is where a database lies: an address, or a file.
type site struct{ url, path string }

// eachSite runs a test at an empty place of each engine.
func eachSite(t *testing.T, test func(t *testing.T, s site)) {
	t.Helper()
	t.Run(db.SQLite, func(t *testing.T) { test(t, site{path: t.TempDir() + "/held.db"}) })
	url := postgres(t)
	if url == "" {
		return
	}
	t.Run(db.Postgres, func(t *testing.T) {
		d, err := db.Open(t.Context(), url, "")
		if err != nil {
			t.Fatal(err)
		}
		run(t, d, "DROP SCHEMA public CASCADE")
		run(t, d, "CREATE SCHEMA public")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		test(t, site{url: url})
	})
}

func TestWhatGrowsBesideTakesThePlaceOfWhatWasThere(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		grown := func(n int) *db.Growing {
			t.Helper()
			g, err := db.Grow(t.Context(), s.url, s.path)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := g.DB.Migrate(t.Context(), history(first)); err != nil {
				t.Fatal(err)
			}
			run(t, g.DB, "INSERT INTO first (practice_id, n) VALUES ($1, $2)", db.NewID(), n)
			return g
		}
		holds := func(want int64) {
			t.Helper()
			d, err := db.Open(t.Context(), s.url, s.path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT n FROM first")
			if want == 0 && err == nil || want > 0 && (err != nil || len(got) != 1 || got[0] != want) {
				t.Errorf("it holds %v, %v; want %d", got, err, want)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := grown(1).Discard(); err != nil {
			t.Fatal(err)
		}
		holds(0)
		_ = grown(2).DB.Close() // killed: nobody discards it
		holds(0)
		if kept, err := grown(3).Settle(t.Context(), testkit.Now); kept != "" && s.path == "" || err != nil {
			t.Fatalf("%q, %v", kept, err)
		}
		holds(3)
		kept, err := grown(4).Settle(t.Context(), testkit.Now.Add(time.Second))
		if err != nil || !strings.Contains(kept, "before") {
			t.Fatalf("%q, %v", kept, err)
		}
		holds(4)
	})
}

func TestADatabaseInUseIsNotReplaced(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		d := opened(t, s.url, s.path)
		if _, _, err := d.Migrate(t.Context(), history(first)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Grow(t.Context(), s.url, s.path); !errors.Is(err, db.ErrInUse) {
			t.Errorf("%v", err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool {
			g, err := db.Grow(context.WithoutCancel(t.Context()), s.url, s.path)
			if err != nil {
				return false
			}
			late := opened(t, s.url, s.path) // somebody starts it meanwhile
			if err := late.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := g.Settle(t.Context(), testkit.Now); !errors.Is(err, db.ErrInUse) {
				t.Errorf("%v", err)
			}
			if err := g.Discard(); err != nil {
				t.Error(err)
			}
			if !there(t, late, "first") {
				t.Error("the one in use was touched")
			}
			return true
		})
	})
}
