package settings

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
)

func TestWhatIsSetIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.ctx(access.Actor{Person: w.owner, Roles: []access.Role{access.Owner}, Via: access.Session})
		before, err := w.Get(ctx)
		if err != nil || before.Name != "Slack Water" {
			t.Fatalf("%+v, %v", before, err)
		}
		v1, err := w.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		after := before
		after.Name, after.Holidays = "Still Water", []string{"2026-12-24"}
		if err := w.Save(ctx, after); err != nil {
			t.Fatal(err)
		}
		got, err := w.Get(ctx) // at once, in this program
		v2, verr := w.Version(ctx)
		if err != nil || verr != nil || got.Name != "Still Water" || len(got.Holidays) != 1 || v2 <= v1 {
			t.Errorf("%+v at version %d after %d, %v", got, v2, v1, err)
		}
		body, err := db.One(ctx, d.Reader(), db.Value[[]byte], "SELECT body FROM settings_practices")
		if err != nil || bytes.Contains(body, []byte("Water")) {
			t.Errorf("the settings lie open: %q, %v", body, err)
		}
		if id, err := Only(ctx, d.Reader()); id != w.practice || err != nil {
			t.Errorf("%s, %v", id, err)
		}
	})
}

func TestAnotherProgramsChangeIsSeen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.ctx(access.Actor{Person: w.owner, Roles: []access.Role{access.Owner}, Via: access.Session})
		other := &Service{DB: d, Vault: w.Vault, Trail: w.Trail, People: w.People, Now: w.clock.Now}
		is := func(want string) {
			t.Helper()
			if got, err := other.Get(ctx); got.Name != want || err != nil {
				t.Errorf("%q, %v; want %q", got.Name, err, want)
			}
		}
		is("Slack Water")
		for _, name := range []string{"Still Water", "High Water"} {
			p, err := w.Get(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p.Name = name
			if err := w.Save(ctx, p); err != nil {
				t.Fatal(err)
			}
			w.clock.Add(seenFor)
			is(name)
		}
		w.clock.Add(-time.Hour) // a clock that is put back does not keep the old for an hour
		is("High Water")
	})
}

// TestARefusalBeforeAnybodyIsKnown: a page that is refused at the door, before
// sessions and practice are in its context, still has the house's chrome and
// its crisis number.
func TestARefusalBeforeAnybodyIsKnown(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	r := httptest.NewRequest("POST", "/questions", nil)
	for range 2 {
		p, err := w.Page(r, "Not from here")
		if err != nil || p.Site.Practice != "Slack Water" || p.Site.Crisis.Emergency == "" {
			t.Errorf("%+v, %v", p.Site, err)
		}
		w.clock.Add(time.Hour)
	}
	empty := &Service{DB: testkit.SQLite(t), Vault: w.Vault, Now: w.clock.Now}
	if _, err := empty.Page(r, "x"); err == nil {
		t.Error("a page of no practice")
	}
}

func TestWhatCannotStandIsRefusedAndNothingChanges(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	ctx := w.ctx(access.Actor{Person: w.owner, Roles: []access.Role{access.Owner}, Via: access.Session})
	good := New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(p *Practice){
		"name": func(p *Practice) { p.Name = " \t" }, "country": func(p *Practice) { p.Country = "Portugal" },
		"zone": func(p *Practice) { p.Zone = "Local" }, "email": func(p *Practice) { p.Email = "desk" },
		"change_hours": func(p *Practice) { p.ChangeHours = -1 }, "cancel_hours": func(p *Practice) { p.CancelHours = 721 },
		"offer_hours": func(p *Practice) { p.OfferHours = 0 }, "reminders": func(p *Practice) { p.Reminders = []int{1, 2, 3, 4, 5, 6} },
		"holidays": func(p *Practice) { p.Holidays = []string{"2026-02-30"} },
	} {
		p := good
		spoil(&p)
		err := w.Save(ctx, p)
		if e := fault.Of(err); !fault.Is(err, fault.Invalid) || len(e.Fields) != 1 || e.Fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, zone := range []string{"", "Lisbon", "../../etc/passwd", "/etc/localtime", "Europe/Lisbon\n"} {
		p := good
		if p.Zone = zone; p.Check() == nil {
			t.Errorf("zone %q stands", zone)
		}
	}
	for _, who := range []access.Actor{{Person: w.coordinator, Roles: []access.Role{access.Coordinator}, Via: access.Session}, {Via: access.Public}, {Person: w.owner, Via: access.Link}} {
		if err := w.Save(w.ctx(who), good); err == nil {
			t.Errorf("%+v saved", who)
		}
	}
	if v, err := w.Version(ctx); v != 1 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
}
