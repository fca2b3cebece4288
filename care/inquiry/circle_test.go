package inquiry

import (
	"context"
	"net/http"
	"testing"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/people"
)

// comes makes a client with a space and a list, who then acts.
func (b *booked) comes(name string, list ...string) access.Actor {
	b.Helper()
	p := b.person(people.Person{Name: name, Contact: name + "@example.org", Zone: "Europe/Lisbon", Roles: []access.Role{access.Client}})
	b.actor = access.Actor{Practice: b.home, Person: p.ID, Roles: p.Roles, Via: access.Session}
	for _, n := range list {
		b.ok(b.s.Circle.Add(b.ctx(), circle.Entry{Kind: circle.Person, Name: n}))
	}
	b.clock.Add(3 * time.Second)
	return b.actor
}

const hint = "You may prefer another person for this. The choice is yours; your own list says more."

func TestAClientIsToldOfTheirOwnListAtTheChoosing(t *testing.T) {
	each(t, func(b *booked) {
		b.comes("Wren", "Sam Marlow")
		b.get("/book/consultation").is(http.StatusOK).lacks("p", "another person")
		b.comes("Robin", "Mara R.", "Mara")
		b.get("/book/consultation").is(http.StatusOK).says("p", hint)
		b.get("/book/consultation/wait").is(http.StatusOK).says("p", hint)
		held := b.post("/book/consultation/hold", "start", on(5, 10, 0).Format(time.RFC3339), "zone", "Europe/Lisbon").follow()
		held.says("p", hint)
		b.book(on(5, 10, 0), "zone", "Europe/Lisbon", "discretion", "neutral", "hold", held.value("hold")) // and the choice is theirs
		b.stranger()
		b.get("/book/consultation").is(http.StatusOK).lacks("p", "another person")
	})
}

func TestWhoTakesAnInquiryOnTalksFirst(t *testing.T) {
	each(t, func(b *booked) {
		robin := b.comes("Robin", "Mara")
		cora := b.colleague("Cora", access.Coordinator)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			return b.s.keepCard(access.With(ctx, cora), tx, Inquiry{Person: robin.Person, Place: PlaceNew}, "")
		})
		card := "/desk/inquiries/" + robin.Person.String()
		b.get(card).is(http.StatusOK).lacks("span.mark", "Talk first")
		mara := b.host.Person.String()
		first := b.post(card+"/charge", "charge", mara).is(http.StatusUnprocessableEntity)
		first.says("legend", "What did you decide?")
		if n := b.rows(`SELECT COUNT(*) FROM people_team`); n != 0 {
			t.Errorf("%d are on the team before anybody decided", n)
		}
		b.post(card+"/charge", "charge", mara, "circle", "whatever").is(http.StatusUnprocessableEntity)
		b.post(card+"/charge", "charge", cora.Person.String()).is(http.StatusSeeOther) // about her there is nothing to say
		done := b.post(card+"/charge", "charge", mara, "circle", "talked").follow()
		done.says("span.mark", "Talk first").says("p", "Talk first We have talked; it stays.")
		b.post(card+"/charge", "charge", mara).is(http.StatusSeeOther) // decided already
		if n := b.rows(`SELECT COUNT(*) FROM trail_entries WHERE verb = 'decided' AND subject_id IS NULL`); n != 1 {
			t.Errorf("%d decisions on the practice's trail", n)
		}
	})
}

func TestTheWaitingListSaysTalkFirst(t *testing.T) {
	each(t, func(b *booked) {
		b.comes("Robin", "Mara")
		b.post("/book/consultation/wait", "zone", "Europe/Lisbon", "discretion", "neutral").is(http.StatusSeeOther)
		b.comes("Wren", "Sam Marlow")
		b.post("/book/consultation/wait", "zone", "Europe/Lisbon", "discretion", "neutral").is(http.StatusSeeOther)
		b.colleague("Cora", access.Coordinator)
		list := b.get("/desk/waiting").is(http.StatusOK)
		talks := 0
		for _, row := range list.texts("tr") {
			if len(row) > 5 && row[:5] == "Robin" {
				list.says("span.mark", "Talk first")
			}
		}
		for _, mark := range list.texts("span.mark") {
			if mark == "Talk first" {
				talks++
			}
		}
		if talks != 1 {
			t.Errorf("%d of the two are to be talked with", talks)
		}
	})
}

// TestABookingDoesNotLookAtAnybodysList: the visitor's answer costs and shows
// nothing of it, whoever would be met.
func TestABookingDoesNotLookAtAnybodysList(t *testing.T) {
	each(t, func(b *booked) {
		b.comes("Wren", "Robin")
		b.stranger()
		path := b.book(on(5, 10, 0))
		b.get(path+"?new=1").is(http.StatusOK).says("h1", "Your time is kept").lacks("p", "rather not meet")
		if n := b.rows(`SELECT COUNT(*) FROM trail_entries WHERE kind = 'circle' AND verb <> 'changed'`); n != 0 {
			t.Errorf("%d lines about circles", n)
		}
	})
}

// TestNobodySitsDownInAGroupWithSomebodyTheyWouldNotMeet: to a client who books
// or moves by themselves the place is taken, and nothing says why.
func TestNobodySitsDownInAGroupWithSomebodyTheyWouldNotMeet(t *testing.T) {
	each(t, func(b *booked) {
		b.change(func(o *calendar.Offering) { o.Places = 3 })
		client := []string{"zone", "Europe/Lisbon", "discretion", "neutral"}
		b.comes("Wren")
		b.book(on(5, 10, 0), client...)
		b.comes("Robin", "Wren")
		b.post("/book/consultation", fields(client, "start", on(5, 10, 0).Format(time.RFC3339))...).is(http.StatusConflict).lacks("main", "Wren")
		path := b.book(on(5, 11, 0), client...)
		b.post(path+"/move", "start", on(5, 10, 0).Format(time.RFC3339)).is(http.StatusConflict).lacks("main", "Wren")
		b.post(path+"/move", "start", on(5, 13, 0).Format(time.RFC3339)).is(http.StatusSeeOther)
		b.comes("Heron", "Somebody else")
		b.book(on(5, 10, 0), client...)
		if n := b.rows(`SELECT COUNT(*) FROM calendar_places`); n != 3 {
			t.Errorf("%d places are taken, want two in one group and one in another", n)
		}
	})
}
