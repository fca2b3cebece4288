package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

func TestAColumnOfManyPeopleOpensAsEachWouldAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		const people, erased, nobody = 100, 41, 77
		var texts []vault.Text
		for i := range people {
			f := place(practice)
			x := vault.Text{Subject: f.Subject, Row: f.Row}
			if i != nobody {
				x.Sealed = seal(t, d, v, f, fmt.Sprint("Person ", i))
			}
			texts = append(texts, x)
		}
		texts = append(texts, texts[3]) // and one of them twice
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return v.Erase(t.Context(), tx, practice, texts[erased].Subject, vault.Contact)
		}); err != nil {
			t.Fatal(err)
		}
		of := vault.Field{Practice: practice, Class: vault.Contact, Column: "people_persons.name"}
		cold := v.Cold()
		for name, v := range map[string]*vault.Vault{"keys at hand": v, "no keys at hand": cold, "again": cold} {
			seen := 0
			err := v.OpenMany(t.Context(), d.Reader(), of, texts, func(i int, plain string, err error) {
				if i != seen {
					t.Fatalf("%s: the text at %d came as number %d", name, i, seen)
				}
				seen++
				want := fmt.Sprint("Person ", i)
				switch i {
				case nobody, erased:
					want = ""
				case people:
					want = "Person 3"
				}
				if plain != want || (i == erased) != errors.Is(err, vault.ErrErased) {
					t.Errorf("%s: at %d came %q, %v", name, i, plain, err)
				}
			})
			if err != nil || seen != len(texts) {
				t.Errorf("%s: %d of %d, %v", name, seen, len(texts), err)
			}
		}
	})
}

func TestOfManyNoneOpensThatWasMovedOrAltered(t *testing.T) {
	d := testkit.SQLite(t)
	v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
	of := vault.Field{Practice: practice, Class: vault.Contact, Column: "people_persons.name"}
	var good []vault.Text
	for range 3 {
		f := place(practice)
		good = append(good, vault.Text{Subject: f.Subject, Row: f.Row, Sealed: seal(t, d, v, f, secret)})
	}
	altered := bytes.Clone(good[1].Sealed)
	altered[len(altered)-1] ^= 1
	for what, bad := range map[string]vault.Text{
		"another's":       {Subject: good[0].Subject, Row: good[0].Row, Sealed: good[1].Sealed},
		"of another row":  {Subject: good[1].Subject, Row: db.NewID(), Sealed: good[1].Sealed},
		"of nobody":       {Subject: db.NewID(), Row: db.NewID(), Sealed: good[1].Sealed},
		"an altered text": {Subject: good[1].Subject, Row: good[1].Row, Sealed: altered},
		"a torn text":     {Subject: good[1].Subject, Row: good[1].Row, Sealed: good[1].Sealed[:5]},
	} {
		for _, v := range []*vault.Vault{v, v.Cold()} {
			err := v.OpenMany(t.Context(), d.Reader(), of, []vault.Text{good[2], bad}, func(i int, plain string, _ error) {
				if i == 1 {
					t.Errorf("%s opens: %q", what, plain)
				}
			})
			if err == nil {
				t.Errorf("%s is no error", what)
			}
		}
	}
}
