package calendar_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/people"
)

// kept is an appointment of somebody in New York, with a note.
func (k *desk) kept(change func(*Offering)) (Appointment, string) {
	k.t.Helper()
	wren := k.add(people.Person{Name: "Wren", Zone: "America/New_York"})
	a := k.booked(k.consultation(change), at(5, 15, 0), func(b *Booking) {
		b.Client, b.Zone, b.Note = wren, "America/New_York", "I am afraid of dogs.\nIs there one?"
	})
	return a, "/desk/appointments/" + a.ID.String()
}

func TestAnAppointmentSaysWhoWhenWhereAndWithWhom(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.hoursOf(k.staff[access.Prescriber], "Europe/Lisbon", "09:00–17:00")
		room := k.room("The garden room")
		a, path := k.kept(func(o *Offering) {
			o.Where, o.Rooms, o.Seconds = InRoom, []db.ID{room}, []db.ID{k.staff[access.Prescriber]}
		})
		p := k.shown(access.Coordinator, path)
		p.all("h1")[0].has(t, "Wren, Consultation")
		p.has(t, "Thursday 5 March, 15:00–15:50 (Lisbon)", "Thursday 5 March, 10:00–10:50 for Wren in New York",
			"In the room: The garden room", "With Marta", "Second person Ines", "Kept", "Takes 70 minutes")
		if p.link(t, "Wren") != "/desk/people/"+a.Client.String() {
			t.Error("the client's page is not linked")
		}
		if n := k.trailed("read", "appointment"); n != 1 {
			t.Errorf("the trail holds %d looks at it", n)
		}
		for _, gone := range []string{"/desk/appointments/" + db.NewID().String(), "/desk/appointments/this"} {
			if got := k.get(access.Owner, gone); got.status != http.StatusNotFound {
				t.Errorf("%s answers %d", gone, got.status)
			}
		}
	})
}

func TestTheNoteOpensByItsButtonAndTheLookIsKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		_, path := k.kept(plain)
		k.shown(access.Guide, path).lacks(t, "dogs")
		if k.trailed("read", "note") != 0 {
			t.Error("the note was read without its button")
		}
		p := k.post(access.Guide, path+"/note", nil)
		if p.status != http.StatusOK {
			t.Fatalf("the note answers %d", p.status)
		}
		p.has(t, "I am afraid of dogs. Is there one?")
		if k.trailed("read", "note") != 1 {
			t.Error("the look does not stand on the trail")
		}
		k.shown(access.Coordinator, path).lacks(t, "Show the note")
		if p := k.post(access.Coordinator, path+"/note", nil); p.status != http.StatusForbidden {
			t.Errorf("a coordinator is answered %d", p.status)
		}
	})
}

func TestTheTimeIsChangedAtTheDesk(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		a, path := k.kept(plain)
		p := k.shown(access.Coordinator, k.shown(access.Coordinator, path).link(t, "Change the time"))
		p.option(t, "start", "15:30") // what it takes itself counts as free
		v := p.form(t, path+"/move")
		v.Set("do", "move")
		v.Set("start", a.Start.Format(time.RFC3339))
		k.again(http.StatusUnprocessableEntity, access.Coordinator, path+"/move", v).has(t, "The appointment is at this time already")
		v.Set("do", "look")
		v.Set("day", "2026-03-06")
		p = k.post(access.Coordinator, path+"/move", v)
		v = p.form(t, path+"/move")
		v.Set("do", "move")
		if q := k.again(http.StatusUnprocessableEntity, access.Coordinator, path+"/move", v); q.wrong("start") != "Please choose a time." {
			t.Errorf("nothing chosen is answered %q", q.wrong("start"))
		}
		v.Set("start", p.option(t, "start", "11:30"))
		k.done(access.Coordinator, path+"/move", v).has(t, "The time is changed", "Friday 6 March, 11:30–12:20")

		v.Set("start", "other") // outside all hours
		v.Set("clock", "21:00")
		k.done(access.Coordinator, path+"/move", v).has(t, "Friday 6 March, 21:00–21:50")

		o, err := k.Offering(k.owner, a.Offering)
		k.must(err)
		k.booked(o, at(6, 10, 0))
		v.Set("start", at(6, 10, 0).Format(time.RFC3339))
		v.Set("clock", "10:00")
		again := k.again(http.StatusConflict, access.Coordinator, path+"/move", v)
		again.has(t, "This time has just been taken", "The nearest free times")
		if kept := again.form(t, path+"/move"); kept.Get("clock") != "10:00" || kept.Get("day") != "2026-03-06" {
			t.Errorf("kept %v", kept)
		}
	})
}

func TestAnAppointmentIsCancelledWithItsReason(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		a, path := k.kept(plain)
		p := k.shown(access.Coordinator, k.shown(access.Coordinator, path).link(t, "Cancel the appointment"))
		p.all("h1")[0].has(t, "Cancel this appointment?")
		if p.link(t, "Keep it") != path {
			t.Error("it cannot be kept")
		}
		k.again(http.StatusUnprocessableEntity, access.Coordinator, path+"/cancel", p.form(t, path+"/cancel")).has(t, "Nothing is cancelled yet")
		k.again(http.StatusUnprocessableEntity, access.Coordinator, path+"/cancel", url.Values{"why": {"a whim"}})
		k.done(access.Coordinator, path+"/cancel", url.Values{"why": {p.option(t, "why", "The client asked for it")}}).
			has(t, "The appointment is cancelled", "Cancelled")
		why, err := db.One(t.Context(), d.Reader(), db.Value[string], "SELECT why FROM trail_entries WHERE verb = 'cancelled' AND object_id = $1", a.ID)
		k.must(err)
		if why != "client" {
			t.Errorf("the trail keeps %q", why)
		}
		k.shown(access.Coordinator, path).lacks(t, "Change the time")
		for _, to := range []string{"/move", "/cancel"} {
			if got := k.get(access.Coordinator, path+to); got.status != http.StatusGone {
				t.Errorf("%s of a cancelled appointment answers %d", to, got.status)
			}
		}
		k.shown(access.Coordinator, "/desk/week").lacks(t, "Wren")
	})
}
