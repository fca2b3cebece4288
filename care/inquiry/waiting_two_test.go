package inquiry

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"held/practice/calendar"
)

// another is a second program on the same database: services of its own, that
// share nothing in memory with the first.
func (b *booked) another() *Service {
	b.Helper()
	of := b.s
	cal := &calendar.Service{DB: of.DB, Vault: of.Vault, Trail: of.Trail, Settings: of.Settings, Now: of.Now}
	return &Service{DB: of.DB, Vault: of.Vault, Trail: of.Trail, People: of.People, Letters: of.Letters, Settings: of.Settings, Calendar: cal, Now: of.Now, Base: of.Base, Log: of.Log}
}

// wide opens a stretch in which two starts are free, for Wren and Fern who wait.
func (b *booked) wide() stretch {
	b.Helper()
	path := b.book(on(5, 9, 0))
	b.wait("Wren")
	b.clock.Add(time.Minute)
	b.wait("Fern")
	b.change(func(o *calendar.Offering) { o.Length, o.Every = 20*time.Minute, 30*time.Minute })
	b.post(path + "/cancel").is(http.StatusSeeOther)
	return stretch{offering: b.o.ID, from: on(5, 9, 0), until: on(5, 9, 50)}
}

func (b *booked) oneOffer() {
	b.Helper()
	for what, query := range map[string]string{
		"offers of one opening": `SELECT COUNT(*) FROM inquiry_offers WHERE state = 'open'`,
		"times held":            `SELECT COUNT(*) FROM calendar_holds`,
		"letters with an offer": `SELECT COUNT(*) FROM letters_outbox WHERE kind = 'inquiry.offer'`,
		"lines about an offer":  `SELECT COUNT(*) FROM trail_entries WHERE verb = 'offered'`,
	} {
		if n := b.rows(query); n != 1 {
			b.Errorf("%d %s, want one", n, what)
		}
	}
}

// TestTwoProgramsOfferOneTime: the second looked along the line before the
// first had offered, and comes with another start of the same opening for
// somebody else.
func TestTwoProgramsOfferOneTime(t *testing.T) {
	each(t, func(b *booked) {
		open := b.wide()
		second := b.another()
		rows := b.rows("SELECT COUNT(*) FROM inquiry_waiting")
		late, _, err := second.inLine(b.system(), b.home, b.o, on(5, 9, 0), nil)
		b.ok(err)
		b.next()
		fern := late
		for _, w := range b.line() {
			if w.ID != late.ID {
				fern = w
			}
		}
		b.ok(second.makeOffer(b.system(), b.home, open, b.o, on(5, 9, 30), fern, time.Hour))
		if rows != 2 || fern.ID == late.ID {
			t.Fatal("two people should wait")
		}
		b.oneOffer()

		// Nor is somebody offered two times at once, from two openings.
		b.ok(second.makeOffer(b.system(), b.home, stretch{offering: b.o.ID, from: on(6, 9, 0), until: on(6, 9, 50)}, b.o, on(6, 9, 0), late, time.Hour))
		b.oneOffer()

		// The one after that is offered as ever.
		b.post(b.offered("wren@example.org", 2) + "/pass").is(http.StatusSeeOther)
		b.offered("fern@example.org", 2)
	})
}

// line is who waits, in order.
func (b *booked) line() []Waiting {
	b.Helper()
	entries, err := b.s.WaitingList(b.system())
	b.ok(err)
	out := make([]Waiting, len(entries))
	for i, e := range entries {
		out[i] = e.Waiting
	}
	return out
}

// TestManyProgramsLookAlongTheLineAtOnce races whole runs.
func TestManyProgramsLookAlongTheLineAtOnce(t *testing.T) {
	each(t, func(b *booked) {
		b.wide()
		var all sync.WaitGroup
		for range 6 {
			s := b.another()
			all.Go(func() {
				for range 3 {
					if err := s.OfferNext(b.system()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		b.next() // whoever was disturbed by somebody else's held start
		b.oneOffer()
	})
}

func TestTheHostIsNotToldThatATimeIsFreeWhileItIsOffered(t *testing.T) {
	each(t, func(b *booked) {
		robins := b.full()
		b.wait("Wren")
		b.post(robins + "/cancel").is(http.StatusSeeOther)
		all := b.mail("mara@example.org")
		if m := all[len(all)-1]; m.Subject != "Off: Thursday 5 March, 09:00" {
			t.Errorf("“%s”\n%s", m.Subject, m.Text)
		}
		b.next()
		b.post(b.offered("wren@example.org", 2) + "/take").is(http.StatusSeeOther)
		after := b.mail("mara@example.org")
		if len(after) != len(all)+1 || after[len(after)-1].Subject != "New: Thursday 5 March, 09:00" {
			t.Errorf("%d letters, the last “%s”", len(after), after[len(after)-1].Subject)
		}
	})
}
