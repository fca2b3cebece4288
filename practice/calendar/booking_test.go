package calendar_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/calendar"
)

func TestAnAppointmentTakesItsTimeFromEverythingItNeeds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host, second, room := h.person("Europe/Lisbon", "09:00–17:00"), h.person("Europe/Lisbon", "09:00–17:00"), h.room("The quiet room")
		o := h.offering(func(o *Offering) {
			o.Where, o.Hosts, o.Seconds, o.Rooms = InRoom, []db.ID{host}, []db.ID{second}, []db.ID{room}
		})
		alone := h.offering(func(o *Offering) { o.Name, o.Hosts = "Call", []db.ID{second} })
		a := h.booked(o, at(4, 10, 0))
		if a.Host != host || a.Room != room || len(a.Seconds) != 1 || a.Seconds[0] != second || !a.End.Equal(at(4, 10, 50)) || a.Name != "Consultation" {
			t.Errorf("booked %+v", a)
		}
		if n := h.claims(); n != 3*14+1 {
			t.Errorf("%d claims for 70 minutes of three and one place in the day", n)
		}
		// 50 minutes and its buffers keep the second person until 11:00.
		for start, want := range map[time.Time]bool{at(4, 9, 0): false, at(4, 9, 30): false, at(4, 10, 30): false, at(4, 11, 0): false, at(4, 11, 30): true} {
			if h.free(alone, start) != want {
				t.Errorf("the second person at %s: free is not %v", start, want)
			}
		}
		_, err := h.book(alone, at(4, 11, 0))
		refused(t, err, fault.Taken)
		if !errors.Is(err, ErrTaken) {
			t.Error("not the refusal that pages know")
		}
	})
}

func TestWhatIsBookedIsReadBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		a := h.booked(o, at(4, 10, 0), func(b *Booking) { b.Note = "I would rather sit by the window." })
		got, err := h.Get(h.owner, d.Reader(), a.ID)
		h.must(err)
		if got.ID != a.ID || !got.Start.Equal(a.Start) || got.Zone != "Europe/Paris" || got.State != Booked || got.Name != "Consultation" || got.Note != "" {
			t.Errorf("read %+v", got)
		}
		note, err := h.Note(h.owner, a.ID)
		h.must(err)
		if note != "I would rather sit by the window." {
			t.Errorf("note %q", note)
		}
		_, err = h.Get(h.public, d.Reader(), a.ID)
		refused(t, err, fault.SignIn)
		_, err = h.Get(access.Holder(h.public, a.Client), d.Reader(), a.ID)
		h.must(err)
		_, err = h.Get(access.Holder(h.public, db.NewID()), d.Reader(), a.ID)
		refused(t, err, fault.Forbidden)
		_, err = h.Get(h.owner, d.Reader(), db.NewID())
		refused(t, err, fault.NotFound)
		trails, err := h.Trail.Of(h.owner, a.Client, db.ID{}, 10)
		h.must(err)
		if len(trails) != 2 || trails[0].Verb != "read" || trails[1].Verb != "booked" || trails[1].Object != a.ID {
			t.Errorf("trail %+v", trails)
		}
	})
}

func TestListsShowWhatIsBookedAndWhen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		first, second, gone := h.booked(o, at(4, 10, 0)), h.booked(o, at(5, 10, 0)), h.booked(o, at(4, 14, 0))
		_, err := h.cancel(h.owner, gone)
		h.must(err)
		day, err := h.Between(h.owner, at(4, 10, 30), at(4, 23, 0))
		h.must(err)
		if len(day) != 1 || day[0].ID != first.ID || day[0].Name == "" {
			t.Errorf("the fourth: %+v", day)
		}
		next, err := h.Next(h.owner, 5)
		h.must(err)
		if len(next) != 2 || next[0].ID != first.ID || next[1].ID != second.ID {
			t.Errorf("next: %+v", next)
		}
		his, err := h.OfClient(access.Holder(h.public, gone.Client), gone.Client)
		h.must(err)
		if len(his) != 1 || his[0].State != Cancelled {
			t.Errorf("the client's: %+v", his)
		}
		_, err = h.Between(h.public, at(4, 0, 0), at(5, 0, 0))
		refused(t, err, fault.SignIn)
		_, err = h.OfClient(h.public, gone.Client)
		refused(t, err, fault.SignIn)
	})
}

func TestWhatCannotBeBookedIsRefusedWithoutATrace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		closed := h.offering(func(x *Offering) { x.Name, x.Hosts, x.Open = "Closed", o.Hosts, false })
		for field, change := range map[string]func(*Booking){
			"zone":   func(b *Booking) { b.Zone = "Mars/Olympus" },
			"client": func(b *Booking) { b.Client = db.ID{} },
			"note":   func(b *Booking) { b.Note = string(make([]byte, MaxNote+1)) },
		} {
			_, err := h.book(o, at(4, 10, 0), change)
			refusedAt(t, err, field)
		}
		for why, start := range map[string]time.Time{
			"past": at(2, 10, 0), "now": testkit.Now, "at night": at(4, 3, 0), "off the grid": at(4, 10, 10),
			"between steps": at(4, 10, 0).Add(time.Second), "too late to end in hours": at(4, 16, 30), "far": at(4, 10, 0).AddDate(9, 0, 0), "never": {},
		} {
			_, err := h.book(o, start)
			if refusedAt(t, err, "start"); t.Failed() {
				t.Fatal(why)
			}
		}
		_, err := h.book(Offering{ID: db.NewID()}, at(4, 10, 0))
		refused(t, err, fault.NotFound)
		_, err = h.book(closed, at(4, 10, 0))
		refused(t, err, fault.NotFound)
		_, err = h.book(o, at(4, 10, 0), func(b *Booking) { b.ByStaff = true })
		refused(t, err, fault.SignIn)
		_, err = h.book(o, at(4, 10, 0), func(b *Booking) { b.Host = db.NewID() })
		refusedAt(t, err, "start")
		if h.claims() != 0 {
			t.Error("a refusal left claims behind")
		}
	})
}

func TestWhoMayBookIsAsked(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host, client := h.person("Europe/Lisbon", "09:00–17:00"), db.NewID()
		signedIn := access.With(t.Context(), access.Actor{Practice: h.practice, Person: client, Roles: []access.Role{access.Client}, Via: access.Session})
		link := access.Holder(h.public, client)
		for _, c := range []struct {
			who                  Who
			public, signed, link bool
			word                 bool // the practice gave its word
		}{{Anyone, true, true, true, false}, {Known, false, true, true, false}, {Invited, false, false, false, false}, {Invited, true, true, true, true}, {Ready, false, false, false, true}} {
			o := h.offering(func(o *Offering) { o.Name, o.Who, o.Hosts = fmt.Sprint(c.who, c.word), c.who, []db.ID{host} })
			for ctx, want := range map[context.Context]bool{h.public: c.public, signedIn: c.signed, link: c.link} {
				a, err := h.bookAs(ctx, Booking{Offering: o.ID, Client: client, Start: at(4, 10, 0), Zone: "Europe/Lisbon", Invited: c.word})
				if (err == nil) != want || err != nil && !errors.Is(err, ErrNotYours) {
					t.Errorf("%s via %s: %v", c.who, access.From(ctx).Via, err)
				}
				if err == nil {
					_, err := h.cancel(h.owner, a)
					h.must(err)
				}
			}
		}
		h.Ready = func(_ context.Context, _ db.Q, who, _ db.ID) (bool, error) { return who == client, nil }
		o, err := h.OfferingBySlug(h.owner, "readytrue")
		h.must(err)
		_, err = h.bookAs(signedIn, Booking{Offering: o.ID, Client: client, Start: at(4, 10, 0), Zone: "Europe/Lisbon"})
		h.must(err)
		_, err = h.book(o, at(4, 12, 0))
		refused(t, err, fault.Forbidden)
	})
}

func TestThePracticeBooksOutsideItsOwnRulesButNeverTwice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		host := h.person("Europe/Lisbon", "09:00–17:00")
		o := h.offering(func(o *Offering) { o.Hosts, o.Notice, o.HorizonDays, o.PerDay = []db.ID{host}, 48*time.Hour, 7, 1 })
		staff := func(start time.Time) error {
			_, err := h.bookAs(h.owner, Booking{Offering: o.ID, Client: db.NewID(), Start: start, Zone: "Europe/Lisbon", ByStaff: true})
			return err
		}
		for _, start := range []time.Time{at(3, 22, 0), at(6, 10, 0), at(6, 12, 5), at(30, 5, 0)} {
			h.must(staff(start))
		}
		refused(t, staff(at(6, 10, 30)), fault.Taken)
		refusedAt(t, staff(at(3, 8, 0)), "start")
		_, err := h.book(o, at(6, 15, 0))
		refused(t, err, fault.Taken) // the day is full for everybody else
		if h.free(o, at(6, 15, 0)) {
			t.Error("a full day is offered")
		}
	})
}

func TestAFormSentTwiceBooksOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		told := 0
		h.Changed = append(h.Changed, func(_ context.Context, tx *db.Tx, _, _ Appointment) error {
			tx.After(func() { told++ })
			return nil
		})
		once := func(b *Booking) { b.Once = []byte("the hash of a word") }
		a := h.booked(o, at(4, 10, 0), once)
		again := h.booked(o, at(4, 10, 0), once)
		if again.ID != a.ID || !again.Start.Equal(a.Start) || again.Name != a.Name || told != 1 {
			t.Errorf("%v then %v, told %d times", a, again, told)
		}
		_, err := h.ByOnce(h.public, d.Reader(), []byte("another"))
		if !errors.Is(err, ErrNone) {
			t.Error(err)
		}
	})
}

func TestMovingGivesTheOldTimeBackAndMayOverlapIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		var was, now Appointment
		h.Changed = append(h.Changed, func(_ context.Context, _ *db.Tx, a, b Appointment) error { was, now = a, b; return nil })
		a := h.booked(o, at(5, 10, 0))
		before := h.claims()
		if !was.ID.IsZero() || now.ID != a.ID {
			t.Error("a booking was told as something else")
		}
		link := access.Holder(h.public, a.Client)
		toMove, err := h.TimesToMove(link, a, at(5, 10, 0), at(5, 11, 0))
		h.must(err)
		if len(toMove) != 2 {
			t.Errorf("its own time does not count as free for itself: %v", toMove)
		}
		moved, err := h.move(link, a, at(5, 10, 30), false)
		h.must(err)
		if moved.ID != a.ID || moved.Sequence != 1 || !moved.End.Equal(at(5, 11, 20)) || moved.Host != a.Host || h.claims() != before {
			t.Errorf("moved %+v, %d claims were %d", moved, h.claims(), before)
		}
		if was.Sequence != 0 || now.Sequence != 1 || !was.Start.Equal(a.Start) {
			t.Errorf("told %v to %v", was, now)
		}
		h.booked(o, at(5, 9, 0)) // until 10:00 with its buffer; the moved one's begins at 10:20
		_, err = h.move(link, a, at(5, 9, 30), false)
		refused(t, err, fault.Taken)
		_, err = h.move(link, a, at(5, 20, 0), false)
		refusedAt(t, err, "start")
		_, err = h.move(access.Holder(h.public, db.NewID()), a, at(5, 14, 0), false)
		refused(t, err, fault.Forbidden)
		_, err = h.move(h.owner, a, at(5, 20, 0), true)
		h.must(err)
		if got, _ := h.Get(h.owner, d.Reader(), a.ID); got.Sequence != 2 || !got.Start.Equal(at(5, 20, 0)) {
			t.Errorf("stored %+v", got)
		}
	})
}

func TestCancellingGivesTheTimeBackOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		told := 0
		h.Changed = append(h.Changed, func(_ context.Context, tx *db.Tx, _, _ Appointment) error {
			tx.After(func() { told++ })
			return nil
		})
		a := h.booked(o, at(5, 10, 0))
		for range 2 {
			c, err := h.cancel(access.Holder(h.public, a.Client), a)
			h.must(err)
			if c.State != Cancelled || c.Sequence != 1 {
				t.Errorf("cancelled %+v", c)
			}
		}
		if told != 2 || h.claims() != 0 || !h.free(o, at(5, 10, 0)) {
			t.Errorf("told %d times, %d claims", told, h.claims())
		}
		_, err := h.move(h.owner, a, at(5, 12, 0), true)
		refused(t, err, fault.Gone)
	})
}

func TestTooCloseToTheAppointmentOnlyThePracticeChangesIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		a := h.booked(o, at(4, 10, 0))
		h.clock.Add(2 * time.Hour)
		link := access.Holder(h.public, a.Client)
		_, err := h.move(link, a, at(6, 10, 0), false)
		refused(t, err, fault.Forbidden)
		_, err = h.cancel(link, a)
		refused(t, err, fault.Forbidden)
		_, err = h.move(link, a, at(6, 10, 0), true)
		refused(t, err, fault.Forbidden)
		_, err = h.cancel(h.owner, a)
		h.must(err)
	})
}

func TestAListenerThatRefusesTakesTheBookingBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o := h.simple()
		h.Changed = append(h.Changed, func(context.Context, *db.Tx, Appointment, Appointment) error { return errors.New("no") })
		if _, err := h.book(o, at(4, 10, 0)); err == nil || h.claims() != 0 {
			t.Errorf("%v, %d claims", err, h.claims())
		}
	})
}
