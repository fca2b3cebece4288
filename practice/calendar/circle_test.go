package calendar_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
	"held/practice/circle"
	"held/practice/people"
)

// client is somebody with a space and a list of whom they would rather not meet.
func (k *desk) client(name string, list ...string) db.ID {
	k.t.Helper()
	id := k.add(people.Person{Name: name, Zone: "Europe/Lisbon", Roles: []access.Role{access.Client}})
	ctx := access.With(context.Background(), access.Actor{Practice: k.practice, Person: id, Roles: []access.Role{access.Client}, Via: access.Session})
	for _, n := range list {
		k.must(k.circle.Add(ctx, circle.Entry{Kind: circle.Person, Name: n}))
	}
	k.clock.Add(3 * time.Second)
	return id
}

func (k *desk) arranged(o Offering, client db.ID, start time.Time) Appointment {
	k.t.Helper()
	a, err := k.bookAs(k.owner, Booking{Offering: o.ID, Client: client, Start: start, Zone: "Europe/Lisbon", ByStaff: true})
	k.must(err)
	return a
}

// TestWhoWouldBeInTheHouseThen: in the room, quiet minutes included, whoever
// holds it; nobody by video, and nobody twice.
func TestWhoWouldBeInTheHouseThen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		window, lower := k.room("Window"), k.room("Lower")
		inside := func(host access.Role, room db.ID) Offering {
			k.hoursOf(k.staff[host], "Europe/Lisbon", "09:00–17:00")
			return k.offering(func(o *Offering) {
				o.Name, o.Where, o.Rooms, o.Hosts = "With the "+string(host), InRoom, []db.ID{room}, []db.ID{k.staff[host]}
			})
		}
		a, b := inside(access.Owner, window), inside(access.Guide, lower)
		video := k.offering(func(o *Offering) {
			o.Name, o.Where, o.VideoLink, o.Hosts = "By video", ByVideo, "https://video.example/r", []db.ID{k.staff[access.Prescriber]}
		})
		k.hoursOf(k.staff[access.Prescriber], "Europe/Lisbon", "09:00–17:00")
		c := map[string]db.ID{}
		for _, n := range []string{"mid", "before", "after", "across", "later", "cancelled", "video"} {
			c[n] = k.client(n)
		}
		mid := k.arranged(a, c["mid"], at(5, 11, 0))      // takes 10:50 to 12:00
		k.arranged(a, c["before"], at(5, 9, 50))          // until 10:50
		k.arranged(b, c["after"], at(5, 12, 10))          // from 12:00
		k.arranged(b, c["across"], at(5, 11, 0))          // the other room
		later := k.arranged(a, c["later"], at(5, 12, 15)) // from 12:05
		onVideo := k.arranged(video, c["video"], at(5, 11, 0))
		gone := k.arranged(b, c["cancelled"], at(5, 9, 50))
		if _, err := k.cancel(k.owner, gone); err != nil {
			t.Fatal(err)
		}
		all, err := k.Beside(k.owner, mid, onVideo, later, Sketch(b, c["mid"], k.staff[access.Guide], at(5, 14, 30)))
		k.must(err)
		who := func(ids []db.ID) (out []string) {
			for name, id := range c {
				if slices.Contains(ids, id) {
					out = append(out, name)
				}
			}
			slices.Sort(out)
			return out
		}
		for i, want := range [][]string{{"across", "after", "before"}, nil, {"after"}, nil} {
			if got := who(all[i]); !slices.Equal(got, want) || len(got) != len(all[i]) {
				t.Errorf("%d meets %v, want %v", i, got, want)
			}
		}
	})
}

func TestAnAppointmentsPageSaysTalkFirstAndKeepsWhatWasDecided(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		wren, robin := k.client("Wren", "Sam Marlow", "Martina R."), k.client("Robin", "Marta Reis")
		clear, talk := k.arranged(o, wren, at(5, 10, 0)), k.arranged(o, robin, at(6, 10, 0))
		page := "/desk/appointments/" + talk.ID.String()
		k.shown(access.Coordinator, "/desk/appointments/"+clear.ID.String()).has(t, "Circle check", "Clear.")
		p := k.shown(access.Coordinator, page)
		p.has(t, "Talk first")
		p.lacks(t, "Marta Reis", "Marlow")
		k.shown(access.Attendant, page).lacks(t, "Talk first", "Circle check")
		if again := k.post(access.Coordinator, page+"/circle", url.Values{}); again.status != http.StatusUnprocessableEntity {
			t.Errorf("nothing was chosen: %d", again.status)
		}
		if no := k.post(access.Attendant, page+"/circle", url.Values{"circle": {"stays"}}); no.status != http.StatusForbidden {
			t.Errorf("an attendant decides: %d", no.status)
		}
		k.done(access.Coordinator, page+"/circle", url.Values{"circle": {"talked"}}).has(t, "Talk first", "We have talked; it stays", "Alba")
	})
}

func TestTheDeskIsToldBeforeItBooks(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		wren := k.client("Wren", "Marta")
		v := k.filled(o, "&day=2026-03-05&client="+wren.String())
		v.Set("client", wren.String())
		v.Set("start", at(5, 10, 30).Format(time.RFC3339))
		p := k.post(access.Coordinator, bookPath, v)
		if p.status != http.StatusUnprocessableEntity || len(k.appointments()) != 0 {
			t.Fatalf("booked without a word: %d", p.status)
		}
		p.has(t, "Talk first", "What did you decide?")
		next := p.form(t, bookPath)
		next.Set("do", "book")
		next.Set("circle", "stays")
		moved := url.Values{}
		for name, all := range next {
			moved[name] = slices.Clone(all)
		}
		moved.Set("start", at(5, 11, 0).Format(time.RFC3339)) // another time is another question
		if p := k.post(access.Coordinator, bookPath, moved); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a decision went over to another time: %d", p.status)
		}
		k.done(access.Coordinator, bookPath, next).has(t, "The appointment is booked", "Talk first", "It stays as it is", "Alba")
		if n := len(k.appointments()); n != 1 {
			t.Errorf("%d appointments", n)
		}
	})
}

// TestNoAnswerToANameThatIsOnlyTyped: somebody new is looked at once they are
// here, on the page of their appointment, and not while the form is filled.
func TestNoAnswerToANameThatIsOnlyTyped(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		window := k.room("Window")
		o := k.consultation(func(o *Offering) { o.Where, o.Rooms = InRoom, []db.ID{window} })
		k.arranged(o, k.client("Robin", "Wren"), at(5, 9, 20))
		v := k.filled(o, "&day=2026-03-05")
		v.Set("start", at(5, 10, 30).Format(time.RFC3339))
		k.done(access.Coordinator, bookPath, v).has(t, "The appointment is booked", "Talk first")
	})
}

// TestTheDeskIsToldBeforeItMovesSomebodyIntoAGroup: by the page as by dragging.
// What was decided about one time is not decided about another.
func TestTheDeskIsToldBeforeItMovesSomebodyIntoAGroup(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(func(o *Offering) { o.Places = 3 })
		k.arranged(o, k.client("Robin", "Wren"), at(5, 10, 0))
		k.arranged(o, k.client("Heron", "Wren"), at(5, 13, 0))
		wren := k.arranged(o, k.client("Wren"), at(6, 10, 0))
		page := "/desk/appointments/" + wren.ID.String()
		starts := func() time.Time {
			a, err := k.Get(k.owner, k.db.Reader(), wren.ID)
			k.must(err)
			return a.Start
		}
		dragged := url.Values{"appointment": {wren.ID.String()}, "start": {at(5, 10, 0).Format(time.RFC3339)}}
		p := k.post(access.Coordinator, "/desk/week/move", dragged)
		if p.status != http.StatusUnprocessableEntity || !starts().Equal(at(6, 10, 0)) {
			t.Fatalf("moved without a word: %d, %v", p.status, starts())
		}
		p.has(t, "Talk first", "What did you decide?", "Nothing is changed yet.")
		p.lacks(t, "Robin")
		next := p.form(t, page+"/move")
		next.Set("do", "move")
		next.Set("circle", "stays")
		other := url.Values{}
		for name, all := range next {
			other[name] = slices.Clone(all)
		}
		other.Set("start", at(5, 13, 0).Format(time.RFC3339))
		if p := k.post(access.Coordinator, page+"/move", other); p.status != http.StatusUnprocessableEntity || !starts().Equal(at(6, 10, 0)) {
			t.Errorf("a decision went over to another time: %d, %v", p.status, starts())
		}
		k.done(access.Coordinator, page+"/move", next).has(t, "Talk first", "It stays as it is", "Alba")
		if !starts().Equal(at(5, 10, 0)) {
			t.Errorf("it is at %v", starts())
		}
	})
}
