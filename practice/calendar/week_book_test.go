package calendar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/people"
)

const bookPath = "/desk/week/book"

// filled is the form for somebody new at a time, with the button that books.
func (k *desk) filled(o Offering, query string) url.Values {
	k.t.Helper()
	v := k.shown(access.Coordinator, bookPath+"?offering="+o.ID.String()+query).form(k.t.(*testing.T), bookPath)
	v.Set("do", "book")
	v.Set("client", "new")
	v.Set("name", "Wren")
	v.Set("contact", "wren@example.org")
	v.Set("zone", "America/New_York")
	v.Set("note", "Please ring twice.")
	return v
}

func (k *desk) appointments() []Appointment {
	k.t.Helper()
	all, err := k.Between(k.owner, testkit.Now.AddDate(-1, 0, 0), testkit.Now.AddDate(2, 0, 0))
	k.must(err)
	return all
}

func TestTheDeskBooksForSomebodyNew(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		p := k.shown(access.Coordinator, bookPath+"?day=2026-03-05")
		p.all("h1")[0].has(t, "Book an appointment")
		p.has(t, "Takes 70 minutes: 10 before, 50, 10 after.", "Time on Thursday 5 March")
		v := k.filled(o, "&day=2026-03-05")
		v.Set("start", p.option(t, "start", "10:30"))
		after := k.done(access.Coordinator, bookPath, v)
		after.all("h1")[0].has(t, "Wren, Consultation")
		after.has(t, "The appointment is booked", "Thursday 5 March, 10:30–11:20 (Lisbon)", "05:30–06:20 for Wren in New York")
		all := k.appointments()
		if len(all) != 1 || all[0].Zone != "America/New_York" || !all[0].Start.Equal(at(5, 10, 30)) {
			t.Fatalf("booked %+v", all)
		}
		who, err := k.people.Get(k.owner, d.Reader(), all[0].Client)
		k.must(err)
		if who.Name != "Wren" || who.Contact != "wren@example.org" || who.Zone != "America/New_York" {
			t.Errorf("added %+v", who)
		}
		note, err := k.Note(k.owner, all[0].ID)
		k.must(err)
		if note != "Please ring twice." {
			t.Errorf("the note is %q", note)
		}
	})
}

func TestADeskFormSentTwiceBooksOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		v := k.filled(k.consultation(plain), "&day=2026-03-05&start=2026-03-05T10:30:00Z")
		v.Set("contact", "") // nothing to know them by again
		first, second := k.post(access.Coordinator, bookPath, v), k.post(access.Coordinator, bookPath, v)
		if first.location == "" || first.location != second.location {
			t.Errorf("sent on to %q and then %q", first.location, second.location)
		}
		found, err := k.people.Find(k.owner, "wren", 9)
		k.must(err)
		if len(k.appointments()) != 1 || len(found) != 1 {
			t.Errorf("%d appointments and %d people", len(k.appointments()), len(found))
		}
		v.Set("start", "2026-03-06T10:30:00Z") // the same form with another time is another wish
		v.Set("day", "2026-03-06")
		v.Del("shown")
		k.done(access.Coordinator, bookPath, v)
		if n := len(k.appointments()); n != 2 {
			t.Errorf("%d appointments after another time was chosen", n)
		}
	})
}

func TestTheDeskIsNotBoundByHours(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		wren := k.add(people.Person{Name: "Wren"}) // nobody has asked for a zone yet
		o := k.consultation(func(o *Offering) { o.Notice, o.Open = 48*time.Hour, false })
		v := k.filled(o, "&day=2026-03-03")
		v.Set("client", wren.String())
		v.Set("start", "other")
		v.Set("clock", "20:00")
		k.done(access.Coordinator, bookPath, v).has(t, "Tuesday 3 March, 20:00–20:50")
		if a := k.appointments()[0]; a.Client != wren || a.Zone != "Europe/Lisbon" {
			t.Errorf("booked %+v", a)
		}
		v.Set("clock", "20:02")
		k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v).has(t, "Appointments begin at whole five minutes")
		v.Set("clock", "08:00") // an hour ago
		k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v).has(t, "This time has passed")
	})
}

func TestATakenTimeKeepsWhatWasTypedAndOffersTheNearest(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		v := k.filled(o, "&start=2026-03-05T10:30:00Z")
		k.booked(o, at(5, 10, 30))
		p := k.again(http.StatusConflict, access.Coordinator, bookPath, v)
		p.has(t, "This time has just been taken", "The nearest free times")
		kept := p.form(t, bookPath)
		for _, name := range []string{"name", "contact", "zone", "note", "client", "offering", "day", "once"} {
			if kept.Get(name) != v.Get(name) {
				t.Errorf("%s was %q and is %q", name, v.Get(name), kept.Get(name))
			}
		}
		kept.Set("start", p.option(t, "start", "Thursday 5 March, 12:00"))
		kept.Set("do", "book")
		k.done(access.Coordinator, bookPath, kept).has(t, "Thursday 5 March, 12:00–12:50")
	})
}

func TestLookingForTimesAndPeopleLosesNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		for _, name := range []string{"Ash", "Wren Holloway", "Wrenna"} {
			k.add(people.Person{Name: name})
		}
		v := k.filled(o, "&day=2026-03-05")
		v.Set("q", "wren")
		v.Set("do", "find")
		p := k.post(access.Coordinator, bookPath, v)
		p.option(t, "client", "Wren Holloway")
		p.option(t, "client", "Wrenna")
		p.lacks(t, "Ash", "Marta Lisbon") // colleagues are not clients
		v.Set("day", "2026-03-06")
		v.Set("do", "look")
		p = k.post(access.Coordinator, bookPath, v)
		p.has(t, "Time on Friday 6 March")
		if kept := p.form(t, bookPath); kept.Get("note") != "Please ring twice." || kept.Get("name") != "Wren" {
			t.Errorf("kept %v", kept)
		}
		if len(k.appointments()) != 0 {
			t.Error("looking booked something")
		}
		// A time chosen among those of another date is asked for once more.
		v.Set("do", "book")
		v.Set("start", "2026-03-05T10:00:00Z")
		k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v).has(t, "please choose again", "Time on Friday 6 March")
	})
}

func TestWhatIsMissingIsSaidAtItsField(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		v := k.filled(k.consultation(plain), "&day=2026-03-05")
		v.Set("name", " ")
		v.Set("zone", "Mars/Olympus")
		v.Set("host", db.NewID().String())
		p := k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v)
		for _, field := range []string{"start", "name", "zone"} {
			if p.wrong(field) == "" {
				t.Errorf("nothing is said at %s", field)
			}
		}
		v.Set("client", "")
		v.Set("note", strings.Repeat("a", MaxNote+1))
		p = k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v)
		if p.wrong("client") == "" || p.wrong("note") == "" {
			t.Errorf("refused as %s", p.problems())
		}
	})
}

func TestOnlyWhoMayAddPeopleAddsThem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		v := k.filled(k.consultation(plain), "&start=2026-03-05T10:30:00Z")
		p := k.shown(access.Prescriber, bookPath)
		p.lacks(t, "Somebody new")
		k.again(http.StatusUnprocessableEntity, access.Prescriber, bookPath, v).has(t, "Please choose whose appointment this is")
		v.Set("client", k.add(people.Person{Name: "Ash"}).String())
		k.done(access.Prescriber, bookPath, v).has(t, "Ash, Consultation")
	})
}

func TestTheChosenHostHoldsIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.hoursOf(k.staff[access.Guide], "Europe/Lisbon", "09:00–17:00")
		o := k.consultation(func(o *Offering) { o.Hosts = []db.ID{k.staff[access.Owner], k.staff[access.Guide]} })
		k.booked(o, at(5, 10, 30), func(b *Booking) { b.Host = k.staff[access.Guide] })
		p := k.shown(access.Coordinator, bookPath+"?day=2026-03-05&host="+k.staff[access.Guide].String())
		p.option(t, "start", "12:00")
		if strings.Contains(p.all("fieldset")[0].text(), "11:00") {
			t.Error("a time at which the chosen host is taken is offered")
		}
		v := k.filled(o, "&start=2026-03-05T12:00:00Z&host="+k.staff[access.Guide].String())
		k.done(access.Coordinator, bookPath, v).has(t, "With Rui")
	})
}

func TestATimeThatTheClocksSkipOrRepeatIsSaidSo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		v := k.filled(k.consultation(plain), "&day=2026-03-29")
		v.Set("start", "other")
		v.Set("clock", "01:30")
		p := k.again(http.StatusUnprocessableEntity, access.Coordinator, bookPath, v)
		if got := p.wrong("clock"); got != "On Sunday 29 March the clocks in Lisbon go forward past 01:30, so this time does not happen. The next that does is Sunday 29 March, 02:00." {
			t.Errorf("said %q", got)
		}
		v = k.filled(k.consultation(func(o *Offering) { o.Slug = "another" }), "&day=2026-10-25")
		v.Set("start", "other")
		v.Set("clock", "01:30")
		k.done(access.Coordinator, bookPath, v).has(t, "the clocks in Lisbon go back and show 01:30 twice. The earlier of the two was taken.")
		if a := k.appointments()[0]; !a.Start.Equal(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)) {
			t.Errorf("booked at %v", a.Start)
		}
	})
}
