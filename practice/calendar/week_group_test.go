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
)

// meeting is for up to three at a time, with the owner, in a room.
func (k *desk) meeting() Offering {
	k.t.Helper()
	room := k.room("Large")
	return k.consultation(func(o *Offering) { o.Name, o.Places, o.Where, o.Rooms = "Circle", 3, InRoom, []db.ID{room} })
}

// into fills in the desk's form for somebody and a time.
func (k *desk) into(o Offering, who db.ID, start time.Time) url.Values {
	k.t.Helper()
	v := k.shown(access.Coordinator, bookPath+"?offering="+o.ID.String()+"&client="+who.String()+"&start="+url.QueryEscape(start.Format(time.RFC3339))).form(k.t.(*testing.T), bookPath)
	v.Set("do", "book")
	v.Set("client", who.String())
	v.Set("start", start.Format(time.RFC3339))
	return v
}

func TestTheWeekShowsAGroupOnceWithItsNamesAndWhatIsLeft(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.meeting()
		wren, robin := k.client("Wren"), k.client("Robin")
		k.done(access.Coordinator, bookPath, k.into(o, wren, at(5, 10, 0))).has(t, "Wren, Circle", "Up to 3 people")
		form := k.shown(access.Coordinator, bookPath+"?offering="+o.ID.String()+"&day=2026-03-05")
		form.has(t, "Circle, 50 minutes, in a group of up to 3", "A group with 2 places left.")
		form.lacks(t, "A group with 3 places left.")
		with := k.shown(access.Coordinator, bookPath+"?offering="+o.ID.String()+"&day=2026-03-05&host="+k.staff[access.Owner].String())
		with.has(t, "A group with 2 places left.")
		k.done(access.Coordinator, bookPath, k.into(o, robin, at(5, 10, 0)))
		week := k.shown(access.Coordinator, "/desk/week?from=2026-03-05")
		week.has(t, "Wren, Robin", "Circle, in a group of up to 3, 1 place left")
		href := "/desk/groups/" + k.appointments()[0].Group.String()
		if n := len(week.all("a", "href", href)); n != 1 {
			t.Errorf("the group stands %d times in the week", n)
		}
		page := k.shown(access.Coordinator, href)
		page.has(t, "Circle, in a group of up to 3", "3, 1 place left", "Wren", "Robin", "In the room: Large", "Clear")
		page.link(t, "Book one more into it")
		k.shown(access.Attendant, href).lacks(t, "Book one more into it", "Clear")
		if p := k.get("", href); p.status == http.StatusOK {
			t.Error("a visitor reads who is in a group")
		}
		if p := k.get(access.Coordinator, "/desk/groups/"+db.NewID().String()); p.status != http.StatusNotFound {
			t.Errorf("a group that is not there: %d", p.status)
		}
		// A fourth is refused, and offered what is near.
		k.arranged(o, k.client("Tamar"), at(5, 10, 0))
		late := k.post(access.Coordinator, bookPath, k.into(o, k.client("Noor"), at(5, 10, 0)))
		if late.status != http.StatusConflict {
			t.Errorf("a fourth: %d", late.status)
		}
		late.has(t, "This time has just been taken", "The nearest free times")
		// Somebody else can hold the same hour: then it is free, and the full group no matter.
		o.Hosts, o.Rooms = append(o.Hosts, k.person("Europe/Lisbon", "09:00–17:00")), append(o.Rooms, k.room("Small"))
		o, err := k.SaveOffering(k.owner, o)
		k.must(err)
		more := k.shown(access.Coordinator, bookPath+"?offering="+o.ID.String()+"&day=2026-03-05")
		more.has(t, "10:00")
		more.lacks(t, "A group with no place left.")
	})
}

// TestNobodyIsPutBesideWhomTheyWouldNotMeet: into a group as anywhere else; the
// desk is told to talk first, and not about whom.
func TestNobodyIsPutBesideWhomTheyWouldNotMeet(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.meeting()
		k.arranged(o, k.client("Wren"), at(5, 10, 0))
		robin := k.client("Robin", "Wren")
		v := k.into(o, robin, at(5, 10, 0))
		p := k.post(access.Coordinator, bookPath, v)
		if p.status != http.StatusUnprocessableEntity || len(k.appointments()) != 1 {
			t.Fatalf("booked without a word: %d", p.status)
		}
		p.has(t, "Talk first", "What did you decide?")
		next := p.form(t, bookPath)
		next.Set("do", "book")
		next.Set("circle", "talked")
		k.done(access.Coordinator, bookPath, next).has(t, "Talk first", "We have talked; it stays")
		a := k.appointments()[0]
		k.shown(access.Coordinator, "/desk/groups/"+a.Group.String()).has(t, "Talk first")
		other := k.into(o, robin, at(6, 10, 0)) // a group with nobody else in it
		k.done(access.Coordinator, bookPath, other).lacks(t, "Talk first")
	})
}
