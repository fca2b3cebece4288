package inquiry

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"held/practice/access"
	"held/practice/calendar"
)

// wait puts somebody on the list and gives the path of their place.
func (b *booked) wait(name string, more ...string) string {
	b.Helper()
	form := []string{"name", name, "contact", strings.ToLower(name) + "@example.org", "zone", "America/New_York", "suits", "Not on Mondays"}
	return b.post("/book/consultation/wait", fields(form, more...)...).is(http.StatusSeeOther).header.Get("Location")
}

func (b *booked) next() {
	b.Helper()
	b.ok(b.s.OfferNext(b.system()))
}

// offered is the path of the offer in the newest letter to an address.
func (b *booked) offered(to string, n int) string {
	b.Helper()
	m := b.last(to, n)
	if !strings.HasPrefix(m.Subject, "A time has opened") {
		b.Fatalf("the letter to %s is “%s”", to, m.Subject)
	}
	b.sameWords(m)
	return links(m)[0]
}

// full books up everything within the horizon and gives Robin's path.
func (b *booked) full() string {
	b.Helper()
	b.change(func(o *calendar.Offering) { o.HorizonDays, o.Every, o.PerDay = 2, 8*time.Hour, 1 })
	b.book(on(4, 9, 0), "name", "Ash", "contact", "+351 912 345 678", "zone", "UTC")
	path := b.book(on(5, 9, 0))
	b.get("/book/consultation").is(http.StatusOK).says("p.empty-title", "No time is free at present")
	return path
}

func TestAnOpenTimeGoesAlongTheWaitingList(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		form := b.get("/book/consultation/wait").is(http.StatusOK).says("h1", "Wait for a time")
		form.button("Put me on the waiting list")
		place := b.wait("Wren")
		b.get(place).is(http.StatusOK).says("h1", "You are on the waiting list").button("Leave the waiting list")
		if again := b.wait("Wren"); again != place {
			t.Error("who waits already got a second place")
		}
		b.clock.Add(time.Minute)
		b.wait("Fern", "discretion", "full")
		b.clock.Add(time.Minute)
		b.wait("Moss", "discretion", "silent")
		b.last("wren@example.org", 1)
		b.last("moss@example.org", 0)

		b.next() // nothing is open: nothing happens
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		b.next()
		b.next() // twice is once
		wrens := b.offered("wren@example.org", 2)
		if m := b.last("wren@example.org", 2); !strings.Contains(m.Text, "Thursday 5 March, 09:00 (Lisbon) · 04:00 for you in New York") || strings.Contains(m.Text, "conversation") {
			t.Errorf("the offer: %s", m.Text)
		}
		b.last("fern@example.org", 1)
		if left := b.call(http.MethodGet, "/book/consultation/times").body["times"].([]any); len(left) != 0 {
			t.Errorf("an offered time shows as free: %v", left)
		}
		b.get(wrens).is(http.StatusOK).says("h1", "A time has opened").button("Let it go")

		// Wren lets it go: Fern is asked at once.
		b.post(wrens+"/pass").follow().says("h1", "You let this time go")
		b.post(wrens + "/pass").is(http.StatusSeeOther)
		b.post(wrens + "/take").is(http.StatusGone)
		ferns := b.offered("fern@example.org", 2)
		if m := b.last("fern@example.org", 2); !strings.Contains(m.Text, "First conversation") {
			t.Error("somebody who wants to be told what it is was not")
		}
		b.get(place).says("h1", "You are on the waiting list")

		// Fern says nothing for four hours: Moss is asked.
		b.clock.Add(4*time.Hour - time.Minute)
		b.next()
		b.last("moss@example.org", 0)
		b.clock.Add(time.Minute)
		b.get(ferns).is(http.StatusGone)
		b.next()
		mosses := b.offered("moss@example.org", 1)
		b.post(ferns + "/take").is(http.StatusGone)
		b.post(ferns + "/pass").is(http.StatusGone)

		kept := b.post(mosses + "/take").is(http.StatusSeeOther)
		kept.follow().says("h1", "Your time is kept").says("dd", "Moss")
		b.post(mosses+"/take").follow().says("h1", "Your time is kept")
		b.get(mosses).is(http.StatusSeeOther)
		if _, ev := b.invitation(b.last("moss@example.org", 2)); prop(ev, "DTSTART") != "20260305T090000Z" {
			t.Error("the invitation is for another time")
		}
		b.next()
		b.last("wren@example.org", 2)
		if n := b.rows("SELECT COUNT(*) FROM calendar_appointments WHERE state = 'booked'"); n != 2 {
			t.Errorf("%d appointments stand", n)
		}
	})
}

func TestWhatIsTooSoonOrGoneIsNotOffered(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		b.wait("Wren")
		b.last("wren@example.org", 1)
		b.actor = b.host
		st, err := b.s.Settings.Get(b.ctx())
		b.ok(err)
		st.CancelHours, st.ChangeHours = 0, 0
		b.ok(b.s.Settings.Save(b.ctx(), st))
		b.stranger()
		b.clock.Add(on(4, 8, 50).Sub(b.clock.Now())) // ten minutes above the notice of a day
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		b.next()
		b.clock.Add(time.Hour)
		b.next()
		b.last("wren@example.org", 1)
		if n := b.rows("SELECT COUNT(*) FROM inquiry_openings WHERE state = 'open'"); n != 0 {
			t.Errorf("%d openings stay although nobody can book them", n)
		}
	})
}

func TestATimeThatSomebodyTookIsNotOffered(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		b.wait("Wren")
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		quick := b.book(on(5, 9, 0), "name", "Quick", "contact", "quick@example.org", "zone", "UTC")
		b.next()
		b.last("wren@example.org", 1)
		b.post(quick + "/cancel").is(http.StatusSeeOther)
		b.next()
		b.offered("wren@example.org", 2)
	})
}

func TestLeavingTheListLetsTheTimeGoOn(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		wrens := b.wait("Wren")
		b.clock.Add(time.Minute)
		ferns := b.wait("Fern")
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		b.next()
		offer := b.offered("wren@example.org", 2)
		b.post(wrens+"/leave").follow().says("h1", "You have left the waiting list")
		b.post(offer + "/take").is(http.StatusGone)
		b.offered("fern@example.org", 2)

		// Whoever books for themselves is off the list, and their offer goes back.
		b.post(ferns + "/leave").is(http.StatusSeeOther)
		b.book(on(5, 9, 0), "name", "Fern", "contact", "fern@example.org", "zone", "UTC")
		if n := b.rows("SELECT COUNT(*) FROM calendar_holds"); n != 0 {
			t.Errorf("%d holds are left over", n)
		}
	})
}

func TestBookingEndsTheWait(t *testing.T) {
	each(t, func(b *booked) {
		place := b.wait("Wren")
		b.book(on(5, 9, 0), "name", "Wren", "contact", "wren@example.org", "zone", "UTC")
		b.get(place).is(http.StatusOK).says("h1", "You have a time")
	})
}

func TestTheWaitingListNeedsAnAddress(t *testing.T) {
	each(t, func(b *booked) {
		back := b.post("/book/consultation/wait", "name", "Wren", "contact", "+351 912 345 678", "suits", "Mornings", "discretion", "silent").is(http.StatusUnprocessableEntity)
		back.says("p.error", "Offers go by e-mail, so the waiting list needs an e-mail address.")
		if back.value("name") != "Wren" || back.value("suits") != "Mornings" {
			t.Error("what was typed is gone")
		}
		b.post("/book/consultation/wait", "name", "Wren", "contact", "wren@example.org", "suits", strings.Repeat("m", MaxSuits+1)).is(http.StatusUnprocessableEntity)
		b.post("/book/consultation/wait", "name", "Wren", "contact", "wren@example.org", "website", "x").is(http.StatusUnprocessableEntity)
		b.get("/wait/forged").is(http.StatusNotFound)
		b.get("/offers/forged").is(http.StatusNotFound)
	})
}

func TestTheDeskSeesWhoWaits(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		b.wait("Wren")
		b.get("/desk/waiting").is(http.StatusSeeOther) // to the sign-in
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		b.next()
		b.colleague("Cora", access.Coordinator)
		list := b.get("/desk/waiting").is(http.StatusOK).says("th", "Wren").says("td", "Not on Mondays")
		list.says("span.mark", "Has an offer")
		if n := b.rows("SELECT COUNT(*) FROM trail_entries WHERE kind = 'waiting' AND verb = 'read'"); n != 1 {
			t.Errorf("that it was read stands %d times in the trail", n)
		}
		var remove string
		for _, f := range list.all("form") {
			if strings.HasSuffix(attr(f, "action"), "/remove") {
				remove = attr(f, "action")
			}
		}
		b.colleague("Petra", access.Prescriber)
		b.post(remove).is(http.StatusForbidden)
		b.colleague("Atto", access.Attendant)
		b.get("/desk/waiting").is(http.StatusForbidden)
		b.colleague("Cleo", access.Coordinator)
		b.post(remove).follow().says("p.empty-title", "Nobody is waiting")
	})
}
