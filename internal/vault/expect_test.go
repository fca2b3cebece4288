package vault_test

import (
	"errors"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

// TestAnExpectedKeyIsTheOneThatIsFound: asked ahead or in its turn, the same
// text opens, and what was erased is refused.
func TestAnExpectedKeyIsTheOneThatIsFound(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		v, practice := testkit.Vault(t, d, testkit.NewClock(testkit.Now).Now)
		f := place(practice)
		expected := func(more func(tx *db.Tx) error) (sealed []byte, err error) {
			err = d.Write(t.Context(), func(tx *db.Tx) error {
				if err := v.Expect(t.Context(), tx, practice, f.Subject, f.Class); err != nil {
					return err
				}
				if _, err := db.One(t.Context(), tx, db.Value[int64], "SELECT COUNT(*) FROM vault_data_keys"); err != nil { // the journey
					return err
				}
				if err := more(tx); err != nil {
					return err
				}
				sealed, err = v.Seal(t.Context(), tx, f, secret)
				return err
			})
			return sealed, err
		}
		nothing := func(*db.Tx) error { return nil }
		for _, key := range []string{"none yet", "there"} {
			sealed, err := expected(nothing)
			if err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			if got, err := reload(t, d, v, practice).Open(t.Context(), d.Reader(), f, sealed); got != secret || err != nil {
				t.Errorf("%s: %q, %v", key, got, err)
			}
		}
		erase := func(tx *db.Tx) error { return v.Erase(t.Context(), tx, practice, f.Subject, f.Class) }
		if _, err := expected(erase); !errors.Is(err, vault.ErrErased) {
			t.Errorf("erased since it was expected: %v", err)
		}
		if err := d.Write(t.Context(), erase); err != nil {
			t.Fatal(err)
		}
		if _, err := expected(nothing); !errors.Is(err, vault.ErrErased) {
			t.Errorf("erased before: %v", err)
		}
	})
}
