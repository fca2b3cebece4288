package settings

import (
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

func TestSomebodyLivesByTheirOwnClockOrTheHouses(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.ctx(access.Actor{Via: access.System})
		for zone, want := range map[string]string{"": "Europe/Lisbon", "America/St_Johns": "America/St_Johns"} {
			var p people.Person
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				p, err = w.People.Add(ctx, tx, people.Person{Name: "Wren", Zone: zone, Roles: []access.Role{access.Client}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.ClockOf(ctx, p.ID); err != nil || got.String() != want {
				t.Errorf("with %q they live by %v, %v, want %s", zone, got, err, want)
			}
		}
	})
}
