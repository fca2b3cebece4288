package calendar_test

import (
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
	. "held/practice/calendar"
)

func TestThePriceIsTheOneAtWhichItWasBooked(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		price := func(a Appointment) string {
			t.Helper()
			got, err := h.Get(h.owner, d.Reader(), a.ID)
			h.must(err)
			return got.Price
		}
		raise := func(to string) {
			o.Price = to
			_, err := h.SaveOffering(h.owner, o)
			h.must(err)
		}
		free := h.booked(o, at(4, 10, 0))
		raise("€ 90")
		dear := h.booked(o, at(5, 10, 0))
		if dear.Price != "€ 90" {
			t.Errorf("a new appointment costs %q", dear.Price)
		}
		raise("€ 120")
		moved, err := h.move(h.owner, dear, at(5, 14, 0), true)
		h.must(err)
		if price(free) != "" || price(dear) != "€ 90" || moved.Price != "€ 90" {
			t.Errorf("the offering's new price changed %q, %q, %q", price(free), price(dear), moved.Price)
		}

		// One from before prices were kept has its offering's.
		h.must(d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE calendar_appointments SET terms = NULL WHERE id = $1", dear.ID)
			return err
		}))
		if price(dear) != "€ 120" {
			t.Errorf("an old appointment costs %q", price(dear))
		}

		// One whose client was erased does not pretend to have been free.
		h.must(d.Write(t.Context(), func(tx *db.Tx) error {
			return h.Vault.Erase(t.Context(), tx, h.practice, free.Client, vault.Contact)
		}))
		if price(free) != "Erased" {
			t.Errorf("an erased price reads %q", price(free))
		}
	})
}
