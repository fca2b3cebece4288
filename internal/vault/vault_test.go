package vault_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

const secret = "Käthe is afraid of the needle, not of the dream."

// place is a full place of a sealed text.
func place(practice db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: db.NewID(), Class: vault.Contact, Row: db.NewID(), Column: "people_persons.name"}
}

func seal(t *testing.T, d *db.DB, v *vault.Vault, f vault.Field, plain string) (sealed []byte) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) (err error) { sealed, err = v.Seal(t.Context(), tx, f, plain); return err }); err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestWhatIsSealedOpensInItsPlace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		f := place(practice)
		for _, plain := range []string{"x", secret, strings.Repeat("long ", 20_000), "\x00\xff", "👣"} {
			sealed := seal(t, d, v, f, plain)
			if bytes.Contains(sealed, []byte(plain)) && len(plain) > 2 {
				t.Error("the text can be read in its seal")
			}
			if got, err := v.Open(t.Context(), d.Reader(), f, sealed); got != plain || err != nil {
				t.Errorf("%.20q came back as %.20q, %v", plain, got, err)
			}
		}
		if a, b := seal(t, d, v, f, secret), seal(t, d, v, f, secret); bytes.Equal(a, b) {
			t.Error("the same text is sealed alike twice")
		}
		if sealed := seal(t, d, v, f, ""); sealed != nil {
			t.Errorf("nothing was sealed as %x", sealed)
		}
		for _, none := range [][]byte{nil, {}} {
			if got, err := v.Open(t.Context(), d.Reader(), f, none); got != "" || err != nil {
				t.Errorf("nothing opened as %q, %v", got, err)
			}
		}
	})
}

func TestWhatWasMovedOrAlteredDoesNotOpen(t *testing.T) {
	d := testkit.SQLite(t)
	now := testkit.NewClock(testkit.Now).Now
	v, practice := testkit.Vault(t, d, now)
	f := place(practice)
	sealed := seal(t, d, v, f, secret)
	other := db.NewID()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, other) }); err != nil {
		t.Fatal(err)
	}
	elsewhere := map[string]func(f *vault.Field){
		"row":      func(f *vault.Field) { f.Row = db.NewID() },
		"column":   func(f *vault.Field) { f.Column = "people_persons.contact" },
		"subject":  func(f *vault.Field) { f.Subject = db.NewID() },
		"class":    func(f *vault.Field) { f.Class = vault.Clinical },
		"practice": func(f *vault.Field) { f.Practice = other },
		// A place whose parts would run together to the same bytes.
		"class and column": func(f *vault.Field) { f.Class, f.Column = "contact\x00people_persons", "name" },
	}
	for what, move := range elsewhere {
		g := f
		move(&g)
		if what != "class and column" {
			seal(t, d, v, g, "so that its key is there")
		}
		if got, err := v.Open(t.Context(), d.Reader(), g, sealed); err == nil {
			t.Errorf("moved to another %s it opens: %q", what, got)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds the text: %v", err)
		}
	}
	for i := range sealed {
		torn := bytes.Clone(sealed)
		torn[i] ^= 1
		if _, err := v.Open(t.Context(), d.Reader(), f, torn); err == nil {
			t.Errorf("altered at byte %d it opens", i)
		}
	}
	for n := 1; n < len(sealed); n++ {
		if _, err := v.Open(t.Context(), d.Reader(), f, sealed[:n]); err == nil {
			t.Errorf("cut to %d bytes it opens", n)
		}
	}
}

func TestAPlaceMustBeWhole(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	for what, miss := range map[string]func(f *vault.Field){
		"practice":    func(f *vault.Field) { f.Practice = db.ID{} },
		"subject":     func(f *vault.Field) { f.Subject = db.ID{} },
		"row":         func(f *vault.Field) { f.Row = db.ID{} },
		"class":       func(f *vault.Field) { f.Class = "" },
		"column":      func(f *vault.Field) { f.Column = "" },
		"known class": func(f *vault.Field) { f.Class = "gossip" },
	} {
		f := place(practice)
		miss(&f)
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := v.Seal(t.Context(), tx, f, secret); return err })
		if err == nil {
			t.Errorf("sealed without a %s", what)
		}
	}
}

func TestAPracticeCanBeFoundedInOneTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.New(keeper(t), testkit.NewClock(testkit.Now).Now)
		f := place(db.NewID())
		var sealed, index []byte
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			if err = v.Found(t.Context(), tx, f.Practice); err != nil {
				return err
			}
			index = v.Index(f.Practice, "p", "x") // an owner's address is looked up at once
			sealed, err = v.Seal(t.Context(), tx, f, secret)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(t.Context(), d.Reader(), f, sealed); got != secret || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, f.Practice) })
		if !db.Taken(err) || !bytes.Equal(index, v.Index(f.Practice, "p", "x")) {
			t.Errorf("founded twice, or its keys were changed: %v", err)
		}
	})
}

func TestAnotherProgramOpensWithTheSameKeyFile(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		now := testkit.NewClock(testkit.Now).Now
		k := keeper(t)
		v, f := vault.New(k, now), place(db.NewID())
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return v.Found(t.Context(), tx, f.Practice) }); err != nil {
			t.Fatal(err)
		}
		sealed := seal(t, d, v, f, secret)
		second := vault.New(k, now)
		if err := second.Load(t.Context(), d.Reader(), f.Practice); err != nil {
			t.Fatal(err)
		}
		if got, err := second.Open(t.Context(), d.Reader(), f, sealed); got != secret || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if !bytes.Equal(v.Index(f.Practice, "p", "x"), second.Index(f.Practice, "p", "x")) {
			t.Error("it looks up otherwise")
		}
		if err := vault.New(keeper(t), now).Load(t.Context(), d.Reader(), f.Practice); err == nil || !strings.Contains(err.Error(), "does not belong") {
			t.Errorf("another practice's key file: %v", err)
		}
		if err := second.Load(t.Context(), d.Reader(), db.NewID()); err == nil {
			t.Error("loaded the keys of nobody")
		}
	})
}

// TestATransactionTakenBackLeavesNoKey: a data key that was made in it must
// not be sealed under later, because nobody could open that.
func TestATransactionTakenBackLeavesNoKey(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		f := place(practice)
		lost := errors.New("lost")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			sealed, err := v.Seal(t.Context(), tx, f, "first")
			if err != nil {
				return err
			}
			if got, err := v.Open(t.Context(), tx, f, sealed); got != "first" || err != nil {
				t.Errorf("within its transaction: %q, %v", got, err)
			}
			return lost
		})
		if !errors.Is(err, lost) {
			t.Fatal(err)
		}
		sealed := seal(t, d, v, f, secret)
		fresh := reload(t, d, v, practice)
		if got, err := fresh.Open(t.Context(), d.Reader(), f, sealed); got != secret || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// reload is the same vault with nothing remembered. testkit's keeper cannot be
// had back, so the data keys are read through a vault whose caches are cold.
func reload(t *testing.T, d *db.DB, v *vault.Vault, practice db.ID) *vault.Vault {
	t.Helper()
	cold := v.Cold()
	if err := cold.Load(t.Context(), d.Reader(), practice); err != nil {
		t.Fatal(err)
	}
	return cold
}

func TestManySealFirstForOnePerson(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		f := place(practice)
		const racers = 12
		all, sealed := sync.WaitGroup{}, make([][]byte, racers)
		for i := range racers {
			all.Go(func() {
				mine := v
				if i%2 == 1 { // another program
					mine = reload(t, d, v, practice)
				}
				if err := d.Write(t.Context(), func(tx *db.Tx) (err error) { sealed[i], err = mine.Seal(t.Context(), tx, f, secret); return err }); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		cold := reload(t, d, v, practice)
		for i, s := range sealed {
			if got, err := cold.Open(t.Context(), d.Reader(), f, s); got != secret || err != nil {
				t.Errorf("racer %d: %q, %v", i, got, err)
			}
		}
	})
}

func TestWhatIsErasedNeverOpensAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		gone, kept := place(practice), place(practice)
		clinical := gone
		clinical.Class = vault.Clinical
		sealed, other, third := seal(t, d, v, gone, secret), seal(t, d, v, kept, secret), seal(t, d, v, clinical, secret)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := v.Erase(t.Context(), tx, practice, gone.Subject, vault.Contact); err != nil {
				return err
			}
			if _, err := v.Seal(t.Context(), tx, gone, "more"); !errors.Is(err, vault.ErrErased) {
				t.Errorf("sealed under a destroyed key: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []*vault.Vault{v, reload(t, d, v, practice)} {
			if got, err := v.Open(t.Context(), d.Reader(), gone, sealed); !errors.Is(err, vault.ErrErased) {
				t.Errorf("%q, %v", got, err)
			}
			for _, left := range []struct {
				f vault.Field
				b []byte
			}{{kept, other}, {clinical, third}} {
				if got, err := v.Open(t.Context(), d.Reader(), left.f, left.b); got != secret || err != nil {
					t.Errorf("what was not erased: %q, %v", got, err)
				}
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := v.Seal(t.Context(), tx, gone, "more"); return err })
			if !errors.Is(err, vault.ErrErased) {
				t.Errorf("sealed anew: %v", err)
			}
		}
	})
}

// TestAnErasureInOneTransactionAfterItsSeal: what was sealed a line above is gone with it.
func TestAnErasureInOneTransactionAfterItsSeal(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	f := place(practice)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := v.Seal(t.Context(), tx, f, secret); err != nil {
			return err
		}
		if err := v.Erase(t.Context(), tx, practice, f.Subject, f.Class); err != nil {
			return err
		}
		_, err := v.Seal(t.Context(), tx, f, secret)
		return err
	})
	if !errors.Is(err, vault.ErrErased) {
		t.Errorf("%v", err)
	}
}

func TestAnErasureTakenBackErasesNothing(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	f := place(practice)
	sealed := seal(t, d, v, f, secret)
	_ = d.Write(t.Context(), func(tx *db.Tx) error {
		return errors.Join(v.Erase(t.Context(), tx, practice, f.Subject, f.Class), errors.New("after all not"))
	})
	if got, err := v.Open(t.Context(), d.Reader(), f, sealed); got != secret || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNothingCanBeReadInTheFiles(t *testing.T) {
	path := testkit.SQLitePath(t)
	d, err := db.Open(t.Context(), "", path)
	if err != nil {
		t.Fatal(err)
	}
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	f := place(practice)
	sealed := seal(t, d, v, f, secret)
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO people_persons (practice_id, id, name, contact_hash, discretion, zone, step, epoch, made_at, changed_at) VALUES ($1, $2, $3, $4, '', '', '', 0, 0, 0)",
			practice, f.Row, sealed, v.Index(practice, "people.contact", secret))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	unread := func(when string) {
		for _, name := range []string{path, path + "-wal"} {
			b, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			for _, word := range []string{"Käthe", "needle", "dream"} {
				if bytes.Contains(b, []byte(word)) {
					t.Errorf("%s, %q can be read in %s", when, word, name)
				}
			}
		}
	}
	unread("in use")
	if err := d.Write(t.Context(), func(*db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil { // the last connection folds the log into the file
		t.Fatal(err)
	}
	unread("closed")
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, sealed) {
		t.Errorf("the sealed text is not in the file at all: %v", err)
	}
}

func TestManyOpenAndSealAtOnce(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	fields := make([]vault.Field, 8)
	for i := range fields {
		fields[i] = place(practice)
	}
	var all sync.WaitGroup
	for i := range 32 {
		f := fields[i%len(fields)]
		all.Go(func() {
			ctx := context.WithoutCancel(t.Context())
			var sealed []byte
			err := d.Write(ctx, func(tx *db.Tx) (err error) { sealed, err = v.Seal(ctx, tx, f, secret); return err })
			got, oerr := v.Open(ctx, d.Reader(), f, sealed)
			if err = errors.Join(err, oerr); err != nil || got != secret {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	all.Wait()
}
