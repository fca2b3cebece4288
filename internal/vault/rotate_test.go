package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

// columns are two of the sealed columns there are: one of persons, one whose
// place ends with a part of the key.
var columns = []vault.Column{
	{Table: "people_persons", Column: "name", Class: vault.Contact, Subject: "id", Row: "id"},
	{Table: "people_persons", Column: "contact", Class: vault.Contact, Subject: "id", Row: "id"},
	{Table: "invitation_pages", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "practice_id", Part: "page"},
	{Table: "settings_practices", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "practice_id"},
}

// turner is a practice whose keys are turned.
type turner struct {
	t        *testing.T
	d        *db.DB
	clock    *testkit.Clock
	path     string
	practice db.ID
	v        *vault.Vault
}

func newTurner(t *testing.T, d *db.DB) *turner {
	t.Helper()
	r := &turner{t: t, d: d, clock: testkit.NewClock(testkit.Now), path: made(t), practice: db.NewID()}
	r.v = vault.New(read(t, r.path), r.clock.Now)
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return r.v.Found(t.Context(), tx, r.practice) }); err != nil {
		t.Fatal(err)
	}
	return r
}

// program is another program on the same practice.
func (r *turner) program() *vault.Vault {
	r.t.Helper()
	v := vault.New(read(r.t, r.path), r.clock.Now)
	if err := v.Load(r.t.Context(), r.d.Reader(), r.practice); err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *turner) place(person db.ID) vault.Field {
	return vault.Field{Practice: r.practice, Subject: person, Class: vault.Contact, Row: person, Column: "people_persons.name"}
}

// person keeps somebody's name.
func (r *turner) person(v *vault.Vault, name string) db.ID {
	r.t.Helper()
	id := db.NewID()
	err := r.d.Write(r.t.Context(), func(tx *db.Tx) error {
		sealed, err := v.Seal(r.t.Context(), tx, r.place(id), name)
		if err != nil {
			return err
		}
		_, err = tx.Exec(r.t.Context(), "INSERT INTO people_persons (practice_id, id, name, discretion, zone, step, epoch, made_at, changed_at) VALUES ($1, $2, $3, '', '', '', 0, 0, 0)", r.practice, id, sealed)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *turner) page(key, text string) {
	r.t.Helper()
	err := r.d.Write(r.t.Context(), func(tx *db.Tx) error {
		f := vault.Field{Practice: r.practice, Subject: r.practice, Class: vault.Contact, Row: r.practice, Column: "invitation_pages.body." + key}
		sealed, err := r.v.Seal(r.t.Context(), tx, f, text)
		if err != nil {
			return err
		}
		_, err = tx.Exec(r.t.Context(), "INSERT INTO invitation_pages (practice_id, page, body, version, changed_at) VALUES ($1, $2, $3, 1, 0)", r.practice, key, sealed)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *turner) reads(v *vault.Vault, person db.ID) (string, error) {
	sealed, err := db.One(r.t.Context(), r.d.Reader(), db.Value[[]byte], "SELECT name FROM people_persons WHERE practice_id = $1 AND id = $2", r.practice, person)
	if err != nil {
		r.t.Fatal(err)
	}
	return v.Open(r.t.Context(), r.d.Reader(), r.place(person), sealed)
}

// rotate turns the keys as the command does.
func (r *turner) rotate() {
	r.t.Helper()
	if err := vault.AddKey(r.path); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.program().Rotate(r.t.Context(), r.d, r.practice, func(*db.Tx) error { return nil }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *turner) reseal(v *vault.Vault) {
	r.t.Helper()
	if err := v.Reseal(r.t.Context(), r.d, r.practice, columns); err != nil {
		r.t.Fatal(err)
	}
}

func (r *turner) last() vault.Rotation {
	r.t.Helper()
	last, there, err := vault.LastRotation(r.t.Context(), r.d.Reader(), r.practice)
	if err != nil || !there {
		r.t.Fatal(there, err)
	}
	return last
}

func (r *turner) number(question string) int64 {
	r.t.Helper()
	n, err := db.One(r.t.Context(), r.d.Reader(), db.Value[int64], question, r.practice)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *turner) holds(v *vault.Vault, want map[db.ID]string) {
	r.t.Helper()
	for id, name := range want {
		if got, err := r.reads(v, id); got != name || err != nil {
			r.t.Errorf("%q came back as %q, %v", name, got, err)
		}
	}
}

func TestKeysRotateWhileTwoProgramsServe(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newTurner(t, d)
		other, people := r.program(), map[db.ID]string{}
		for i := range 250 {
			people[r.person(r.v, fmt.Sprint("Käthe ", i))] = fmt.Sprint("Käthe ", i)
		}
		gone := r.person(r.v, "gone")
		r.page("home", "Welcome")
		index, token := r.v.Index(r.practice, "p", "x"), r.v.Token(r.practice, "p", []byte("x"))
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return r.v.Erase(t.Context(), tx, r.practice, gone, vault.Contact) }); err != nil {
			t.Fatal(err)
		}
		if _, err := r.v.Rotate(t.Context(), d, r.practice, nil); !errors.Is(err, vault.ErrNoNewKey) {
			t.Errorf("without a new key: %v", err)
		}
		r.rotate()
		if _, err := r.v.Rotate(t.Context(), d, r.practice, nil); !errors.Is(err, vault.ErrRotating) {
			t.Errorf("twice at once: %v", err)
		}
		if n := r.number("SELECT COUNT(*) FROM vault_data_keys WHERE practice_id = $1 AND class_version = 1 AND destroyed_at = 0"); n != 0 {
			t.Errorf("%d data keys were not wrapped anew", n)
		}
		// Both go on at once, with the keys that they know.
		r.holds(other, people)
		late := r.person(other, "written by a program that has not looked yet")
		people[late] = "written by a program that has not looked yet"
		r.clock.Add(3 * time.Second)
		after := r.person(other, "after it looked")
		people[after] = "after it looked"
		if n := r.number("SELECT MAX(version) FROM vault_data_keys WHERE practice_id = $1"); n != 2 {
			t.Errorf("what is new is sealed under version %d", n)
		}
		r.reseal(other)
		if last := r.last(); !last.Done.IsZero() || last.Resealed < 250 || last.Version != 2 {
			t.Errorf("after the first pass: %+v", last)
		}
		r.holds(r.v, people)
		r.holds(other, people)
		r.reseal(r.v) // too soon for the last pass
		if last := r.last(); !last.Done.IsZero() {
			t.Errorf("%+v", last)
		}
		r.clock.Add(2 * time.Hour)
		r.reseal(r.v)
		r.reseal(other)
		if last := r.last(); last.Done.IsZero() {
			t.Errorf("not done: %+v", last)
		}
		if n := r.number("SELECT COUNT(*) FROM vault_data_keys WHERE practice_id = $1 AND version = 1 AND destroyed_at = 0"); n != 0 {
			t.Errorf("%d older keys are left", n)
		}
		if n := r.number("SELECT COUNT(*) FROM vault_class_keys WHERE practice_id = $1"); n != 6 {
			t.Errorf("%d class keys, want one of each", n)
		}
		for _, v := range []*vault.Vault{r.v, other, r.program()} {
			r.holds(v, people)
			if _, err := r.reads(v, gone); !errors.Is(err, vault.ErrErased) {
				t.Errorf("what was erased: %v", err)
			}
			if !bytes.Equal(v.Index(r.practice, "p", "x"), index) {
				t.Error("it is looked up otherwise now")
			}
			if _, ok := v.ParseToken(r.practice, "p", token); !ok {
				t.Error("links that were sent do not hold any more")
			}
			for _, c := range columns {
				if _, err := v.Sample(t.Context(), d, r.practice, c, 50); err != nil {
					t.Error(err)
				}
			}
		}
		if n, err := r.v.Sample(t.Context(), d, r.practice, columns[0], 10); n < 10 || n > 30 || err != nil {
			t.Errorf("a sample of %d, %v", n, err)
		}
		r.forgets(people)
	})
}

// forgets takes the older key out of the file, and turns the keys once more.
func (r *turner) forgets(people map[db.ID]string) {
	r.t.Helper()
	before, _ := os.ReadFile(r.path)
	wrapped, err := db.All(r.t.Context(), r.d.Reader(), db.Value[[]byte], "SELECT wrapped FROM vault_class_keys WHERE practice_id = $1", r.practice)
	if err != nil {
		r.t.Fatal(err)
	}
	if n, err := vault.DropKeys(r.path, wrapped); n != 1 || err != nil {
		r.t.Fatalf("%d keys dropped, %v", n, err)
	}
	after, _ := os.ReadFile(r.path)
	if bytes.Count(before, []byte("held-key-1:")) != 2 || bytes.Count(after, []byte("held-key-1:")) != 1 || !bytes.Contains(after, []byte("# The key of this practice")) {
		r.t.Errorf("from\n%s\nto\n%s", before, after)
	}
	if info, err := os.Stat(r.path); err != nil || info.Mode().Perm() != 0o600 {
		r.t.Errorf("%v, %v", info, err)
	}
	r.holds(r.program(), people)
	r.rotate()
	r.holds(r.program(), people)
	if last := r.last(); last.Version != 3 {
		r.t.Errorf("%+v", last)
	}
}

// TestARotationIsTakenUpWhereItWasCut ends each pass soon after it began.
func TestARotationIsTakenUpWhereItWasCut(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newTurner(t, d)
		people := map[db.ID]string{}
		for i := range 320 {
			people[r.person(r.v, fmt.Sprint("Wren ", i))] = fmt.Sprint("Wren ", i)
		}
		r.rotate()
		cuts := 0
		for tries := 0; r.last().Done.IsZero() && tries < 100; tries++ {
			ctx, cancel := context.WithCancel(t.Context())
			left := 150 + 10*tries
			v := vault.New(read(t, r.path), func() time.Time { // the clock is asked again and again
				if left--; left == 0 {
					cancel()
				}
				return r.clock.Now()
			})
			err := v.Load(ctx, d.Reader(), r.practice)
			if err == nil {
				err = v.Reseal(ctx, d, r.practice, columns)
			}
			if err != nil {
				cuts++
			} else {
				r.clock.Add(40 * time.Minute)
			}
			cancel()
		}
		r.holds(r.program(), people)
		if n := r.number("SELECT COUNT(*) FROM vault_data_keys WHERE practice_id = $1 AND version < 2"); n != 0 || cuts < 2 {
			t.Errorf("%d older keys, %d cuts", n, cuts)
		}
	})
}

func TestAnErasureReachesOtherPrograms(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newTurner(t, d)
		other, id := r.program(), r.person(r.v, "Wren")
		r.holds(other, map[db.ID]string{id: "Wren"})
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return r.v.Erase(t.Context(), tx, r.practice, id, vault.Contact) }); err != nil {
			t.Fatal(err)
		}
		r.clock.Add(3 * time.Second)
		if got, err := r.reads(other, id); !errors.Is(err, vault.ErrErased) {
			t.Errorf("another program still opens it: %q, %v", got, err)
		}
	})
}

// TestAnErasureDuringARotation: what is being sealed anew while it is erased is erased.
func TestAnErasureDuringARotation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newTurner(t, d)
		var ids []db.ID
		for range 60 {
			ids = append(ids, r.person(r.v, secret))
		}
		r.rotate()
		var all sync.WaitGroup
		all.Go(func() { r.reseal(r.program()) })
		all.Go(func() {
			v := r.program()
			for i := len(ids) - 1; i >= 0; i-- {
				if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Erase(t.Context(), tx, r.practice, ids[i], vault.Contact) }); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		for _, id := range ids {
			if got, err := r.reads(r.program(), id); !errors.Is(err, vault.ErrErased) {
				t.Errorf("%q, %v", got, err)
			}
		}
		if n := r.number("SELECT COUNT(*) FROM vault_data_keys WHERE practice_id = $1 AND destroyed_at = 0"); n != 0 {
			t.Errorf("%d keys outlived it", n)
		}
	})
}

// TestAProgramThatCannotFollowStops: sealing on under the older keys would
// lose what it seals.
func TestAProgramThatCannotFollowStops(t *testing.T) {
	d := testkit.SQLite(t)
	r := newTurner(t, d)
	id := r.person(r.v, "Wren")
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "held.key")
	if err := os.WriteFile(elsewhere, text, 0o600); err != nil {
		t.Fatal(err)
	}
	far := vault.New(read(t, elsewhere), r.clock.Now)
	if err := far.Load(t.Context(), d.Reader(), r.practice); err != nil {
		t.Fatal(err)
	}
	r.rotate()
	r.clock.Add(time.Minute)
	for range 3 {
		if _, err := r.reads(far, id); err == nil || !strings.Contains(err.Error(), "does not belong") {
			t.Errorf("%v", err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := far.Seal(t.Context(), tx, r.place(id), "more"); return err })
		if err == nil || !strings.Contains(err.Error(), "does not belong") {
			t.Errorf("%v", err)
		}
	}
	if text, err = os.ReadFile(r.path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(elsewhere, text, 0o600); err != nil { // the new key file is brought
		t.Fatal(err)
	}
	if got, err := r.reads(far, id); got != "Wren" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestATextThatDoesNotOpenStopsTheRotation: its key is not destroyed.
func TestATextThatDoesNotOpenStopsTheRotation(t *testing.T) {
	d := testkit.SQLite(t)
	r := newTurner(t, d)
	id := r.person(r.v, "Wren")
	r.rotate()
	wrong := []vault.Column{columns[0]}
	wrong[0].Class = vault.Clinical
	for range 3 {
		if err := r.v.Reseal(t.Context(), d, r.practice, wrong); err == nil {
			t.Error("sealed anew from a place where it never was")
		}
		r.clock.Add(2 * time.Hour)
	}
	r.holds(r.v, map[db.ID]string{id: "Wren"})
	if !r.last().Done.IsZero() {
		t.Error("done")
	}
	if err := r.v.Reseal(t.Context(), d, r.practice, []vault.Column{{Table: "gossip", Column: "body", Subject: "id", Row: "id"}}); err == nil || !strings.Contains(err.Error(), "gossip") {
		t.Errorf("%v", err)
	}
}

// TestKeysRotateUnderLoad: two programs go on writing and changing while the
// keys are turned twice; nothing that was written is lost.
func TestKeysRotateUnderLoad(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newTurner(t, d)
		var mu sync.Mutex
		people := map[db.ID]string{}
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for i := range 4 {
			v := r.program()
			writers.Go(func() {
				for n := 0; ctx.Err() == nil && n < 400; n++ {
					name := fmt.Sprint("Wren ", i, " ", n)
					id := r.person(v, name)
					if n%3 == 0 {
						name += ", changed"
						r.rename(v, id, name)
					}
					mu.Lock()
					people[id] = name
					mu.Unlock()
				}
			})
		}
		for range 2 {
			r.rotate()
			for tries := 0; r.last().Done.IsZero(); tries++ {
				r.reseal(r.program())
				r.clock.Add(31 * time.Minute)
				if tries > 30 {
					t.Fatal("it does not come to its end")
				}
			}
		}
		stop()
		writers.Wait()
		r.holds(r.program(), people)
		if n := r.number("SELECT COUNT(*) FROM vault_data_keys WHERE practice_id = $1 AND version < 3"); n != 0 {
			t.Errorf("%d older keys", n)
		}
	})
}

func (r *turner) rename(v *vault.Vault, id db.ID, name string) {
	r.t.Helper()
	err := r.d.Write(r.t.Context(), func(tx *db.Tx) error {
		sealed, err := v.Seal(r.t.Context(), tx, r.place(id), name)
		if err != nil {
			return err
		}
		_, err = tx.Exec(r.t.Context(), "UPDATE people_persons SET name = $1 WHERE practice_id = $2 AND id = $3", sealed, r.practice, id)
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
}
