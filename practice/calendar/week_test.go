package calendar_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/people"
)

func TestTheWeekShowsWhatIsArrangedAndWhatIsFree(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		wren := k.add(people.Person{Name: "Wren", Zone: "America/New_York"})
		a := k.booked(o, at(5, 10, 0), func(b *Booking) { b.Client = wren })
		_, err := k.SaveAway(k.owner, Away{Person: k.staff[access.Owner], Start: at(6, 9, 0), End: at(6, 12, 0)})
		k.must(err)
		p := k.shown(access.Coordinator, "/desk/week")
		p.all("h1")[0].has(t, "Calendar")
		p.has(t, "2 March – 8 March 2026, week 10", "the clock of Lisbon")
		thursday := p.day(t, "2026-03-05")
		thursday.has(t, "10:00–10:50 Wren Consultation · By phone · with Marta", "09:00–17:00 Marta can be booked")
		slot := thursday.all("li", "class", "slot-booked")[0]
		if slot.all("a")[0].attr("href") != "/desk/appointments/"+a.ID.String() || slot.attr("data-appointment") != a.ID.String() {
			t.Error("the appointment cannot be opened or dragged")
		}
		thursday.has(t, "09:00–10:00 Free", "11:00–12:00 Free") // ten minutes before eleven are too little
		p.day(t, "2026-03-06").has(t, "09:00–12:00 Marta Time away", "12:00–17:00 Marta can be booked")
		p.day(t, "2026-03-03").has(t, "Today")
		p.day(t, "2026-03-02").lacks(t, "Free")
	})
}

func TestTheWeekNamesEverybodyWhoIsThere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.hoursOf(k.staff[access.Prescriber], "Europe/Lisbon", "09:00–17:00")
		o := k.consultation(func(o *Offering) { o.Seconds = []db.ID{k.staff[access.Prescriber]} })
		wren := k.add(people.Person{Name: "Wren", Zone: "America/New_York"})
		k.booked(o, at(5, 10, 0), func(b *Booking) { b.Client = wren })
		k.shown(access.Coordinator, "/desk/week").day(t, "2026-03-05").has(t, "Wren Consultation · By phone · with Marta, Ines")
		k.shown(access.Coordinator, "/desk/week?person="+k.staff[access.Prescriber].String()).day(t, "2026-03-05").has(t, "Wren Consultation · By phone · with Marta")
		n, err := db.One(t.Context(), d.Reader(), db.Value[int], "SELECT COUNT(*) FROM trail_entries WHERE kind = 'week' AND subject_id = $1", k.staff[access.Coordinator])
		if err != nil || n != 1 {
			t.Errorf("that the week was read stands %d times on the trail, want once a day (%v)", n, err)
		}
	})
}

func TestTheWeeksAreReachedByLinks(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.shown(access.Owner, "/desk/week?from=2026-12-30") // any day of the week
		p.has(t, "28 December – 3 January 2027, week 53")
		next := k.shown(access.Owner, p.link(t, "Next week"))
		next.has(t, "4 January – 10 January 2027, week 1")
		k.shown(access.Owner, next.link(t, "Previous week")).has(t, "week 53")
		k.shown(access.Owner, next.link(t, "This week")).has(t, "2 March – 8 March 2026")
		next.has(t, "Nothing is arranged in this week")
		for _, path := range []string{"/desk/week?from=tomorrow", "/desk/week?from=0001-01-01", "/desk/week?person=" + db.NewID().String()} {
			if got := k.get(access.Owner, path); got.status != http.StatusNotFound {
				t.Errorf("%s answers %d", path, got.status)
			}
		}
	})
}

func TestTheWeekOfOnePersonNamesTheirOwnZone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.consultation(plain)
		k.hoursOf(k.staff[access.Prescriber], "America/New_York", "09:00–12:00")
		p := k.shown(access.Owner, "/desk/week")
		p.day(t, "2026-03-05").has(t, "14:00–17:00 Ines can be booked")
		one := k.shown(access.Owner, p.link(t, "Ines"))
		one.has(t, "Ines’s hours are kept in New York. This page shows them on the clock of Lisbon.")
		one.day(t, "2026-03-05").has(t, "14:00–17:00 Bookable hours")
		one.lacks(t, "09:00–17:00")
		k.shown(access.Owner, p.link(t, "Marta")).lacks(t, "are kept in")
	})
}

func TestAWeekAcrossAChangeOfTheClocks(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(func(o *Offering) { o.Before, o.After = 0, 0 })
		wren := k.add(people.Person{Name: "Wren"})
		book := func(start time.Time) {
			_, err := k.bookAs(k.owner, Booking{Offering: o.ID, Client: wren, Start: start, Zone: "Europe/Lisbon", ByStaff: true})
			k.must(err)
		}
		book(time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)) // over the hour that is skipped
		p := k.shown(access.Owner, "/desk/week?from=2026-03-23")
		p.day(t, "2026-03-29").has(t, "Clocks go forward", "00:30–02:20 Wren", "09:00–17:00")
		p.day(t, "2026-03-28").has(t, "09:00–17:00")
		p.day(t, "2026-03-28").lacks(t, "Clocks")

		book(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)) // 01:30, before the hour comes again
		book(time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)) // 01:30 once more
		p = k.shown(access.Owner, "/desk/week?from=2026-10-19")
		sunday := p.day(t, "2026-10-25")
		sunday.has(t, "Clocks go back", "01:30–02:20 Wren", "09:00–17:00")
		if n := len(sunday.all("li", "class", "slot-booked")); n != 2 {
			t.Errorf("%d appointments are drawn, want both", n)
		}
		k.shown(access.Owner, "/desk/week?from=2026-10-26").day(t, "2026-10-26").has(t, "09:00–17:00")
	})
}

func TestTimeOverMidnightStandsOnBothDays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		_, err := k.bookAs(k.owner, Booking{Offering: o.ID, Client: k.add(people.Person{Name: "Wren"}), Start: at(4, 23, 30), Zone: "Europe/Lisbon", ByStaff: true})
		k.must(err)
		p := k.shown(access.Owner, "/desk/week")
		p.day(t, "2026-03-04").has(t, "23:30–24:00 Wren")
		p.day(t, "2026-03-05").has(t, "00:00–00:20 Wren")
	})
}

func TestAFullWeekIsWhole(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(func(o *Offering) { o.Before, o.After = 0, 0 })
		for i := range 40 {
			client := k.add(people.Person{Name: fmt.Sprintf("Client number %d", i)})
			k.booked(o, at(9+i/8, 9+i%8, 0), func(b *Booking) { b.Client = client })
		}
		p := k.shown(access.Owner, "/desk/week?from=2026-03-09")
		if n := len(p.all("li", "class", "slot-booked")); n != 40 {
			t.Errorf("%d of 40 appointments are drawn", n)
		}
		p.has(t, "Client number 0", "Client number 39")
		if n := len(p.day(t, "2026-03-10").all("li", "class", "slot-free")); n != 0 {
			t.Errorf("a full day offers %d free times: the ten minutes between", n)
		}
	})
}

func TestAnAppointmentCanBeDragged(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		client := func(b *Booking) { b.Client = k.add(people.Person{Name: "Wren"}) }
		a, other := k.booked(o, at(5, 10, 0), client), k.booked(o, at(5, 14, 0), client)
		p := k.shown(access.Owner, "/desk/week")
		form := p.form(t, "/desk/week/move")
		form.Set("appointment", a.ID.String())
		for _, s := range p.day(t, "2026-03-06").all("li", "class", "slot-free") {
			if strings.HasPrefix(s.text(), "11:00") {
				form.Set("start", s.attr("data-start"))
			}
		}
		moved := k.done(access.Owner, "/desk/week/move", form)
		moved.has(t, "The time is changed")
		moved.day(t, "2026-03-06").has(t, "11:00–11:50 Wren")

		form.Set("start", other.Start.Format(time.RFC3339))
		again := k.again(http.StatusConflict, access.Owner, "/desk/week/move", form)
		again.all("h1")[0].has(t, "Change the time")
		again.has(t, "This time has just been taken", "The nearest free times")

		form.Set("start", "yesterday")
		if got := k.post(access.Owner, "/desk/week/move", form); got.status != http.StatusBadRequest {
			t.Errorf("a start that is none answers %d", got.status)
		}
	})
}
