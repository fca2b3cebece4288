package migrations_test

import (
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"held/internal/db"
	"held/internal/testkit"
	"held/migrations"
)

// until is the schema's history up to a migration.
func until(t *testing.T, last string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	all, err := fs.ReadDir(migrations.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name()[:4] > last {
			continue
		}
		b, err := fs.ReadFile(migrations.Files, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = &fstest.MapFile{Data: b}
	}
	return out
}

// grown empties a database of each engine and brings it to a version.
func grown(t *testing.T, last string, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		if d.Engine() == db.Postgres {
			do(t, d, "DROP SCHEMA public CASCADE")
			do(t, d, "CREATE SCHEMA public")
		} else {
			var err error
			if d, err = db.Open(t.Context(), "", filepath.Join(t.TempDir(), "held.db")); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
		}
		if _, _, err := d.Migrate(t.Context(), until(t, last)); err != nil {
			t.Fatal(err)
		}
		test(t, d)
	})
}

func do(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Offers that two programs made of one opening become one; an appointment from
// before has no terms.
func TestInvitedComesToADatabaseInUse(t *testing.T) {
	grown(t, "0006", func(t *testing.T, d *db.DB) {
		home, offering, one, two, three := db.NewID(), db.NewID(), db.NewID(), db.NewID(), db.NewID()
		offer := func(waiting db.ID, from, start int64, state string) {
			do(t, d, `INSERT INTO inquiry_offers (practice_id, id, waiting_id, offering_id, from_at, start_at, hold_id, state, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 2)`, home, db.NewID(), waiting, offering, from, start, db.NewID(), state)
		}
		offer(one, 10, 10, "open")
		offer(two, 10, 11, "open")   // the same opening
		offer(one, 20, 20, "open")   // the same person
		offer(three, 30, 30, "open") // neither
		offer(two, 10, 12, "passed") // over already
		do(t, d, `INSERT INTO calendar_appointments (practice_id, id, offering_id, client_id, host_id, start_at, end_at, first_step, past_step, day_step, place, zone, state, revision, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, 1, 2, 1, 2, 1, 'room', 'UTC', 'booked', 0, 1, 1)`, home, db.NewID(), offering, one, two)
		if _, _, err := d.Migrate(t.Context(), until(t, "0007")); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int64{
			`SELECT COUNT(*) FROM inquiry_offers WHERE state = 'open'`:       2,
			`SELECT COUNT(*) FROM inquiry_offers WHERE state = 'expired'`:    2,
			`SELECT COUNT(*) FROM inquiry_offers WHERE state = 'passed'`:     1,
			`SELECT COUNT(*) FROM calendar_appointments WHERE terms IS NULL`: 1,
			`SELECT COUNT(*) FROM inquiry_invitations`:                       0,
		} {
			if n, err := db.One(t.Context(), d.Reader(), db.Value[int64], query); err != nil || n != want {
				t.Errorf("%s: %d, want %d (%v)", query, n, want, err)
			}
		}
	})
}

// A guide's own note of a held time becomes a draft, with its text and its time.
func TestLanesComeToADatabaseInUse(t *testing.T) {
	grown(t, "0018", func(t *testing.T, d *db.DB) {
		home, note, time, guide, client := db.NewID(), db.NewID(), db.NewID(), db.NewID(), db.NewID()
		do(t, d, `INSERT INTO notes_process (practice_id, id, appointment_id, author_id, client_id, body, changed_at) VALUES ($1, $2, $3, $4, $5, $6, 7)`,
			home, note, time, guide, client, []byte("sealed"))
		if _, _, err := d.Migrate(t.Context(), until(t, "0019")); err != nil {
			t.Fatal(err)
		}
		n, err := db.One(t.Context(), d.Reader(), db.Value[int64], `SELECT COUNT(*) FROM notes_process WHERE practice_id = $1 AND id = $2 AND appointment_id = $3
AND author_id = $4 AND client_id = $5 AND body = $6 AND changed_at = 7 AND made_at = 7 AND state = 'draft' AND revision = 1 AND of_id IS NULL AND signature IS NULL`,
			home, note, time, guide, client, []byte("sealed"))
		if err != nil || n != 1 {
			t.Errorf("%d notes as they were, %v", n, err)
		}
	})
}
