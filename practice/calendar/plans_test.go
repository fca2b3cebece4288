package calendar_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/settings"
)

func TestWhatIsOfferedIsKeptAndSealed(t *testing.T) {
	path := testkit.SQLitePath(t)
	d, err := db.Open(t.Context(), "", path)
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, d)
	host, room := h.person("Europe/Lisbon", "9am to 5pm"), h.room("The Lantern Room")
	o := h.offering(func(o *Offering) {
		o.Name, o.Words, o.Price, o.VideoLink = "A Marigold hour", "Words like thistledown", "ninety crowns", "https://video.example/quagga"
		o.Where, o.Hosts, o.Rooms = InRoom, []db.ID{host}, []db.ID{room}
	})
	a := h.booked(o, at(5, 10, 0), func(b *Booking) { b.Note = "my grandmother's kestrel" })
	got, err := h.OfferingBySlug(h.public, "a-marigold-hour")
	h.must(err)
	if got.ID != o.ID || got.Words != o.Words || got.Length != o.Length || got.Rooms[0] != room || got.VideoLink != "" {
		t.Errorf("read %+v", got)
	}
	if got, _ = h.Offering(access.Holder(h.public, a.Client), o.ID); got.VideoLink != o.VideoLink {
		t.Error("who has an appointment does not see its video link")
	}
	h.must(d.Close())
	files, err := filepath.Glob(path + "*")
	h.must(err)
	for _, f := range files {
		b, err := os.ReadFile(f) // the test's own file
		h.must(err)
		for _, word := range []string{"Lantern", "Marigold", "marigold", "thistledown", "crowns", "quagga", "kestrel"} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%q can be read in the database", word)
			}
		}
	}
}

func TestVisitorsSeeOnlyWhatIsOpen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		first := h.simple()
		h.offering(func(o *Offering) { o.Name, o.Open, o.Position = "Not yet", false, -1 })
		for who, want := range map[string]int{"visitor": 1, "owner": 2} {
			ctx := h.owner
			if who == "visitor" {
				ctx = h.public
			}
			all, err := h.Offerings(ctx)
			h.must(err)
			if len(all) != want || all[want-1].ID != first.ID {
				t.Errorf("%s sees %+v", who, all)
			}
		}
		_, err := h.OfferingBySlug(h.public, "not-yet")
		refused(t, err, fault.NotFound)
		_, err = h.OfferingBySlug(h.public, "forged")
		refused(t, err, fault.NotFound)
	})
}

func TestAnOfferingThatCannotStandIsRefusedFieldByField(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		good := h.simple()
		for field, change := range map[string]func(*Offering){
			"name":       func(o *Offering) { o.Name = " " },
			"slug":       func(o *Offering) { o.ID, o.Slug = db.ID{}, good.Slug },
			"length":     func(o *Offering) { o.Length = 7 * minutes },
			"before":     func(o *Offering) { o.Before = -5 * minutes },
			"every":      func(o *Offering) { o.Every = 48 * time.Hour },
			"notice":     func(o *Offering) { o.Notice = -1 },
			"horizon":    func(o *Offering) { o.HorizonDays = 1000 },
			"per_day":    func(o *Offering) { o.PerDay = -1 },
			"where":      func(o *Offering) { o.Where = "moon" },
			"who":        func(o *Offering) { o.Who = "" },
			"video_link": func(o *Offering) { o.VideoLink = "javascript:alert(1)" },
			"hosts":      func(o *Offering) { o.Hosts = nil },
			"seconds":    func(o *Offering) { o.Seconds = o.Hosts },
			"rooms":      func(o *Offering) { o.Where, o.Rooms = InRoom, []db.ID{db.NewID()} },
		} {
			o := good
			change(&o)
			_, err := h.SaveOffering(h.owner, o)
			refusedAt(t, err, field)
		}
		_, err := h.SaveOffering(h.public, good)
		refused(t, err, fault.SignIn)
		_, err = h.SaveRoom(h.owner, Room{Name: ""})
		refusedAt(t, err, "name")
		_, err = h.Rooms(h.public)
		refused(t, err, fault.SignIn)
	})
}

func TestHoursOverridesHolidaysAndTimeAwayDecideTogether(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		host := o.Hosts[0]
		h.must(h.SaveOverride(h.owner, host, Override{Date: "2026-03-05", Hours: "18:00-20:00"}))
		away, err := h.SaveAway(h.owner, Away{Person: host, Start: at(6, 12, 0), End: at(7, 0, 0)})
		h.must(err)
		set := settings.New("A house", "PT", "Europe/Lisbon", "house@example.org")
		set.Holidays = []string{"2026-03-09"}
		h.must(h.Settings.Save(h.owner, set))
		h.clock.Add(3 * time.Second) // another process's change may go unseen for two
		shown := func(want map[time.Time]bool) {
			t.Helper()
			for start, free := range want {
				if h.free(o, start) != free {
					t.Errorf("%s: free is not %v", start, free)
				}
			}
		}
		shown(map[time.Time]bool{
			at(5, 10, 0): false, at(5, 18, 0): true, at(6, 11, 0): true, at(6, 12, 0): false, at(9, 10, 0): false, at(10, 10, 0): true,
		})
		open, err := h.Open(h.owner, host, at(5, 0, 0), at(7, 0, 0))
		h.must(err)
		if len(open) != 2 || !open[0].Start.Equal(at(5, 18, 0)) || !open[1].End.Equal(at(6, 12, 0)) {
			t.Errorf("open %v", open)
		}
		h.clock.Add(60 * 24 * time.Hour)
		fresh := &Service{DB: d, Vault: h.Vault, Trail: h.Trail, Settings: h.Settings, Now: h.clock.Now}
		if back, err := fresh.Open(h.owner, host, at(5, 0, 0), at(7, 0, 0)); err != nil || len(back) != 2 || back[0] != open[0] {
			t.Errorf("two months later the same days were open %v, %v", back, err)
		}
		h.clock.Add(-60 * 24 * time.Hour)
		h.must(h.DropOverride(h.owner, host, "2026-03-05"))
		h.must(h.DropAway(h.owner, host, away.ID))
		shown(map[time.Time]bool{at(5, 10, 0): true, at(6, 12, 0): true})
		refused(t, h.DropAway(h.owner, host, away.ID), fault.NotFound)
	})
}

func TestHoursAreReadBackAsTheyWillBeUnderstood(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		me := db.NewID()
		colleague := access.With(t.Context(), access.Actor{Practice: h.practice, Person: me, Roles: []access.Role{access.Guide}, Via: access.Session})
		none, err := h.Hours(colleague, me)
		h.must(err)
		if none.Zone != "Europe/Lisbon" || none.Week[1] != "closed" {
			t.Errorf("before anything was set: %+v", none)
		}
		w := Hours{Person: me, Zone: "Europe/Lisbon", Week: [7]string{1: "9am to 1pm", 2: "closed"}}
		h.must(h.SaveHours(colleague, w))
		got, err := h.Hours(colleague, me)
		h.must(err)
		if got.Week[1] != "09:00–13:00" || got.Week[0] != "closed" {
			t.Errorf("read back %+v", got)
		}
		w.Week[3], w.Zone = "nine to five", "Nowhere"
		err = h.SaveHours(colleague, w)
		refusedAt(t, err, "day3")
		refusedAt(t, err, "zone")
		w.Person = db.NewID()
		w.Week[3], w.Zone = "", "UTC"
		refused(t, h.SaveHours(colleague, w), fault.Forbidden)
		refusedAt(t, h.SaveOverride(colleague, me, Override{Date: "soon"}), "date")
		refusedAt(t, h.SaveOverride(colleague, me, Override{Date: "2026-03-05", Hours: "?"}), "hours")
		_, err = h.SaveAway(colleague, Away{Person: me, Start: at(6, 0, 0), End: at(6, 0, 0)})
		refusedAt(t, err, "end")
		_, err = h.SaveAway(colleague, Away{Person: me, End: at(6, 0, 0)})
		refusedAt(t, err, "start")
		h.must(h.SaveOverride(colleague, me, Override{Date: "2026-03-05", Hours: "10-12"}))
		list, err := h.Overrides(colleague, me, "2026-03-01", "2026-03-31")
		h.must(err)
		if len(list) != 1 || list[0] != (Override{"2026-03-05", "10:00–12:00"}) {
			t.Errorf("overrides %+v", list)
		}
	})
}
