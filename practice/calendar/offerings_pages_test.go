package calendar_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
)

const offeringsPath = "/desk/settings/offerings"

func TestAnOfferingIsAddedAndItsEffectShown(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		room := k.room("The garden room")
		k.hoursOf(k.staff[access.Owner], "Europe/Lisbon", "09:00–12:00")
		k.hoursOf(k.staff[access.Prescriber], "Europe/Lisbon", "10:00–17:00")
		p := k.shown(access.Owner, offeringsPath)
		p.has(t, "Nothing can be booked yet")
		v := k.shown(access.Owner, p.link(t, "Add an offering")).form(t, offeringsPath)
		for name, value := range map[string]string{"name": "First talk", "words": "We meet.", "price": "€ 90", "length": "50", "before": "10", "after": "10", "every": "30", "notice": "1.5", "per_day": "3", "where": "room", "who": "anyone", "open": "yes"} {
			v.Set(name, value)
		}
		v["hosts"] = []string{k.staff[access.Owner].String()}
		v["seconds"] = []string{k.staff[access.Prescriber].String()}
		v["rooms"] = []string{room.String()}
		after := k.done(access.Owner, offeringsPath, v)
		after.has(t, "Saved.", "Takes 70 minutes: 10 before, 50, 10 after.", "With these settings the next free times are: Tuesday 3 March, 10:30",
			"it can be booked from Tuesday 3 March, 10:30 on, until Saturday 2 May")
		if after.link(t, "See it on the site") != "/book/first-talk" {
			t.Error("it cannot be seen on the site")
		}
		all, err := k.Offerings(k.owner)
		k.must(err)
		o := all[0]
		if o.Notice != 90*time.Minute || o.PerDay != 3 || len(o.Seconds) != 1 || len(o.Rooms) != 1 || !o.Open || o.Price != "€ 90" {
			t.Errorf("saved %+v", o)
		}
		k.shown(access.Owner, offeringsPath).has(t, "First talk 50 minutes € 90 In the room Marta Anyone Open")

		path := offeringsPath + "/" + o.ID.String()
		if again := after.form(t, path); again.Get("notice") != "1.5" || again.Get("seconds") != k.staff[access.Prescriber].String() || again.Get("open") != "yes" {
			t.Errorf("the form shows %v", again)
		}
		v.Del("open")
		v["hosts"] = nil
		k.done(access.Owner, path, v).has(t, "It is closed", "there is no free time in the coming month: nobody holds it")
	})
}

func TestARefusedOfferingKeepsWhatWasTyped(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		path := offeringsPath + "/" + o.ID.String()
		v := k.shown(access.Owner, path).form(t, path)
		v.Set("name", "Another name")
		v.Set("length", "fifty")
		v.Set("notice", "NaN")
		p := k.again(http.StatusUnprocessableEntity, access.Owner, path, v)
		if p.wrong("length") == "" || p.wrong("notice") == "" {
			t.Errorf("refused as %s", p.problems())
		}
		if again := p.form(t, path); again.Get("length") != "fifty" || again.Get("name") != "Another name" || again.Get("hosts") != v.Get("hosts") {
			t.Errorf("kept %v", again)
		}
		p.all("h1")[0].has(t, "Consultation") // what is saved is still called so
		v.Set("length", "52")                 // a number, and no whole steps: the domain's to say
		v.Set("notice", "24")
		v.Set("video_link", "http://example.org")
		p = k.again(http.StatusUnprocessableEntity, access.Owner, path, v)
		if p.wrong("length") == "" || p.wrong("video_link") == "" {
			t.Errorf("refused as %s", p.problems())
		}
		if now, err := k.Offering(k.owner, o.ID); err != nil || now.Length != o.Length || now.Name != "Consultation" {
			t.Errorf("changed to %+v, %v", now, err)
		}
		k.again(http.StatusUnprocessableEntity, access.Owner, offeringsPath, url.Values{}).has(t, "Please give it a name.", "Please give a whole number from 5 to 720.")
	})
}

func TestOfferingsAreReadByThoseWhoDoNotChangeThem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		path := offeringsPath + "/" + o.ID.String()
		p := k.shown(access.Coordinator, path)
		p.has(t, "The owner changes these.", "Who holds it Marta", "Takes 70 minutes")
		if len(p.all("input", "name", "name")) != 0 {
			t.Error("a coordinator is shown a form")
		}
		k.shown(access.Coordinator, offeringsPath).lacks(t, "Add an offering")
		for _, post := range []string{offeringsPath, path} {
			if got := k.post(access.Coordinator, post, url.Values{"name": {"Mine"}}); got.status != http.StatusForbidden {
				t.Errorf("%s answers a coordinator with %d", post, got.status)
			}
		}
		if got := k.get(access.Owner, offeringsPath+"/"+db.NewID().String()); got.status != http.StatusNotFound {
			t.Errorf("an unknown offering answers %d", got.status)
		}
	})
}

func TestRoomsAreAddedAndRenamed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		const path = "/desk/settings/rooms"
		k.shown(access.Owner, path).has(t, "There is no room yet")
		k.done(access.Owner, path, url.Values{"name": {"The garden room"}}).has(t, "Saved.")
		rooms, err := k.Rooms(k.owner)
		k.must(err)
		one := path + "/" + rooms[0].ID.String()
		v := k.shown(access.Owner, path).form(t, one)
		if v.Get("name") != "The garden room" {
			t.Errorf("the field shows %q", v.Get("name"))
		}
		k.done(access.Owner, one, url.Values{"name": {"The quiet room"}})
		k.again(http.StatusUnprocessableEntity, access.Owner, one, url.Values{"name": {" "}}).has(t, "Please give the room a name")
		rooms, err = k.Rooms(k.owner)
		k.must(err)
		if len(rooms) != 1 || rooms[0].Name != "The quiet room" {
			t.Errorf("the rooms are %v", rooms)
		}
		p := k.shown(access.Coordinator, path)
		p.has(t, "The quiet room")
		if got := k.post(access.Coordinator, one, url.Values{"name": {"Mine"}}); got.status != http.StatusForbidden {
			t.Errorf("a coordinator is answered %d", got.status)
		}
		if got := k.post(access.Owner, path+"/"+db.NewID().String(), url.Values{"name": {"Nowhere"}}); got.status != http.StatusNotFound {
			t.Errorf("an unknown room answers %d", got.status)
		}
	})
}
