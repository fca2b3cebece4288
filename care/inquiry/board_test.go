package inquiry

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
)

// column lists the names in a column of the board.
func (p page) column(word string) []string {
	p.Helper()
	for _, c := range p.all("section.column") {
		one := page{front: p.front, doc: c}
		if one.text("h2") == word {
			return one.texts("h3")
		}
	}
	p.Fatalf("the board has no column %q", word)
	return nil
}

func (p page) stands(name, word string) page {
	p.Helper()
	for _, place := range Places {
		if slices.Contains(p.column(place.Word()), name) != (place.Word() == word) {
			p.Fatalf("%s stands in %q: %v, want them in %q", name, place.Word(), p.column(place.Word()), word)
		}
	}
	return p
}

func TestACallerIsTakenUpAndMovedByButtons(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.colleague("Benedita", access.Coordinator)
		f.get("/desk/inquiries").is(http.StatusOK).says("h1", "Inquiries").says("a", "New inquiry")
		f.post("/desk/inquiries", "name", "", "contact", "+351 210 000 000").is(http.StatusUnprocessableEntity)
		f.post("/desk/inquiries", "name", "Wren", "note", strings.Repeat("n", MaxNote+1)).is(http.StatusUnprocessableEntity)
		card := f.post("/desk/inquiries", "name", "Wren", "contact", "+351 210 000 000", "note", "calls after six").follow()
		if card.says("h1", "Wren").value("note") != "calls after six" {
			t.Errorf("the card's note is %q", card.value("note"))
		}
		board := f.get("/desk/inquiries").stands("Wren", "New")
		var move string
		for _, form := range board.all("form.one-button") {
			if strings.HasPrefix(inner(form), "Move to In conversation") {
				move = attr(form, "action")
			}
		}
		f.post(move, "to", "talking", "back", "/desk/inquiries").follow().stands("Wren", "In conversation")
		f.post(move, "to", "invited", "back", "https://elsewhere.example/").follow().says("h1", "Wren")
		f.get("/desk/inquiries").stands("Wren", "Invited")
		f.post(move, "to", "cellar").is(http.StatusUnprocessableEntity)
		f.post("/desk/inquiries/"+db.NewID().String()+"/move", "to", "new").is(http.StatusNotFound)

		f.clock.Add(time.Hour)
		f.post("/desk/inquiries", "name", "wren", "contact", "+351210000000").follow()
		if n := f.rows(`SELECT COUNT(*) FROM inquiry_cards`); n != 1 {
			t.Errorf("somebody who calls again has %d cards", n)
		}
		f.get("/desk/inquiries").stands("Wren", "New")
	})
}

func TestBookingMovesTheCardByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		guide := f.colleague("Leonor", access.Guide)
		known, err := f.s.Take(f.ctx(), Caller{Name: "Wren", Note: "asked twice"})
		if err != nil {
			t.Fatal(err)
		}
		var stranger, first, second db.ID
		f.write(func(ctx context.Context, tx *db.Tx) error {
			stranger, err = f.s.visitor(ctx, tx, "Heron", "")
			return err
		})
		first, second = db.NewID(), db.NewID()
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Booked(ctx, tx, known, first) })
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Booked(ctx, tx, stranger, second) })
		f.actor = guide
		f.get("/desk/inquiries").stands("Wren", "Consultation booked").stands("Heron", "Consultation booked")
		if c, err := f.s.Inquiry(f.ctx(), known); err != nil || c.Note != "asked twice" || c.Appointment != first {
			t.Errorf("the card is %+v, %v", c, err)
		}
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Unbooked(ctx, tx, known, second) })
		f.get("/desk/inquiries").stands("Wren", "Consultation booked") // that was somebody else's
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Unbooked(ctx, tx, known, first) })
		f.get("/desk/inquiries").stands("Wren", "In conversation")
		if err := f.s.Move(f.ctx(), known, PlaceClosed); err != nil {
			t.Fatal(err)
		}
		moves := func() int { return f.rows(`SELECT COUNT(*) FROM trail_entries WHERE verb = 'moved'`) }
		were := moves()
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Unbooked(ctx, tx, known, first) })
		f.get("/desk/inquiries").stands("Wren", "Closed") // somebody moved it on before
		if n := moves() - were; n != 0 {
			t.Errorf("a card that stayed where it stood was moved %d times on the trail", n)
		}
		f.write(func(ctx context.Context, tx *db.Tx) error { return f.s.Booked(ctx, tx, known, first) })
		f.get("/desk/inquiries").stands("Wren", "Consultation booked")
	})
}

func TestClosedInquiriesLeaveTheBoardAfterThirtyDays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.colleague("Leonor", access.Guide)
		who, err := f.s.Take(f.ctx(), Caller{Name: "Wren"})
		if err != nil {
			t.Fatal(err)
		}
		f.clock.Add(90 * 24 * time.Hour)
		f.get("/desk/inquiries").stands("Wren", "New") // an open one stays however long
		if err := f.s.Move(f.ctx(), who, PlaceClosed); err != nil {
			t.Fatal(err)
		}
		f.clock.Add(closedShown - time.Hour)
		f.get("/desk/inquiries").stands("Wren", "Closed")
		f.clock.Add(2 * time.Hour)
		f.get("/desk/inquiries").stands("Wren", "")
		f.get("/desk/inquiries/" + who.String()).is(http.StatusOK) // and is still found by its address
	})
}

func TestALongColumnIsPagedFromTheLongestWait(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		f := newFront(t, d)
		f.colleague("Leonor", access.Guide)
		const n = 2*pageSize + 3
		for i := range n {
			if _, err := f.s.Take(f.ctx(), Caller{Name: "Wren " + strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
			f.clock.Add(time.Minute)
		}
		board := f.get("/desk/inquiries")
		seen := board.column("New")
		more := func(p page) string {
			for _, a := range p.all("a") {
				if attr(a, "aria-label") == "More in New" {
					return attr(a, "href")
				}
			}
			return ""
		}
		for next := more(board); next != ""; {
			p := f.get(next).is(http.StatusOK)
			seen = append(seen, p.texts("h3")...)
			next = more(p)
		}
		if len(seen) != n || seen[0] != "Wren 0" || seen[n-1] != "Wren "+strconv.Itoa(n-1) {
			t.Errorf("%d cards are reached, from %q to %q", len(seen), seen[0], seen[len(seen)-1])
		}
		if got, err := f.s.NewInquiries(f.ctx(), 3); err != nil || len(got) != 3 || got[0].Title != "Wren 0" {
			t.Errorf("the longest wait: %+v, %v", got, err)
		}
	})
}

func TestTheBoardIsReadByWhoLooksAfterInquiries(t *testing.T) {
	f := newFront(t, testkit.SQLite(t))
	f.colleague("Leonor", access.Guide)
	who, err := f.s.Take(f.ctx(), Caller{Name: "Wren", Note: "calls after six"})
	if err != nil {
		t.Fatal(err)
	}
	f.colleague("Amadeu", access.Prescriber)
	read := f.get("/desk/inquiries").is(http.StatusOK)
	if buttons := read.all("form.one-button"); slices.ContainsFunc(buttons, func(n *html.Node) bool { return strings.HasPrefix(inner(n), "Move to") }) {
		t.Error("who may only read is offered buttons that move")
	}
	f.post("/desk/inquiries/"+who.String()+"/move", "to", "closed").is(http.StatusForbidden)
	f.get("/desk/inquiries/new").is(http.StatusForbidden)
	f.colleague("Teo", access.Attendant)
	f.get("/desk/inquiries").is(http.StatusForbidden)
	if of, err := f.s.Of(f.ctx(), who); of != nil || err != nil {
		t.Errorf("the attendant is told %+v, %v", of, err)
	}
}

// saysCancelled looks at the board and at the inquiry's page as a guide does.
func (b *booked) saysCancelled() {
	b.Helper()
	const words = "Cancelled on Tuesday 3 March; it was for Friday 6 March, 12:00"
	was := b.actor
	defer func() { b.actor = was }()
	b.actor = b.host
	b.get("/desk/inquiries").stands("Robin", "In conversation").says("p", words)
	card, err := b.s.Board(b.ctx(), 1)
	if err != nil || len(card[PlaceTalking]) != 1 {
		b.Fatalf("in conversation are %v, %v", card[PlaceTalking], err)
	}
	b.get("/desk/inquiries/"+card[PlaceTalking][0].Person.String()).says("p", words).says("span", "Cancelled")
}
