package calendar_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	. "held/practice/calendar"
	"held/rules/protocol"
)

// medicine is a medicine session with one host, closed as long as why is not "".
func (h *house) medicine(why *string) Offering {
	h.t.Helper()
	h.Closed = func(_ context.Context, _ db.Q, m protocol.Medicine) (string, error) {
		if m != "ketamine_im" {
			h.t.Errorf("asked about %q", m)
		}
		return *why, nil
	}
	host, room := h.person("Europe/Lisbon", "09:00–17:00"), h.room("The lower room")
	return h.offering(func(o *Offering) {
		o.Name, o.Medicine, o.Where, o.Hosts, o.Rooms = "Medicine session", "ketamine_im", InRoom, []db.ID{host}, []db.ID{room}
	})
}

func TestAClosedMedicineIsNeitherOfferedNorHeldNorBookedByAnybody(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		why := "No signed protocol for Ketamine, IM."
		o := h.medicine(&why)
		if h.free(o, at(4, 10, 0)) {
			t.Error("a closed time is offered")
		}
		_, err := h.book(o, at(4, 10, 0))
		refused(t, err, fault.Invalid)
		if e := fault.Of(err); e.Fields["start"] != "These times are not open yet." || strings.Contains(e.Sentence, "protocol") {
			t.Errorf("a visitor is told %q, %v", e.Sentence, e.Fields)
		}
		_, err = h.bookAs(h.owner, Booking{Offering: o.ID, Client: db.NewID(), Start: at(4, 10, 0), Zone: "Europe/Lisbon", ByStaff: true})
		refused(t, err, fault.Invalid)
		if e := fault.Of(err); e.Fields["start"] != why {
			t.Errorf("the desk is told %v", e.Fields)
		}
		_, err = h.Hold(h.public, o, at(4, 10, 0), 10*time.Minute)
		refusedAt(t, err, "start")
		if n := h.claims(); n != 0 {
			t.Errorf("%d claims of what is closed", n)
		}

		why = ""
		if !h.free(o, at(4, 10, 0)) {
			t.Error("an open time is not offered")
		}
		a := h.booked(o, at(4, 10, 0))

		why = "The protocol was taken out of use."
		_, err = h.move(h.owner, a, at(5, 10, 0), true)
		refusedAt(t, err, "start")
		if _, err := h.cancel(h.owner, a); err != nil {
			t.Errorf("what is closed cannot be cancelled: %v", err)
		}
	})
}

func TestATimeThatWasHeldBeforeItClosedIsNotBooked(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	why := ""
	o := h.medicine(&why)
	hold, err := h.Hold(h.public, o, at(4, 10, 0), 10*time.Minute)
	h.must(err)
	why = "The protocol was taken out of use."
	_, err = h.book(o, at(4, 10, 0), func(b *Booking) { b.Hold = hold.ID })
	refusedAt(t, err, "start")
}

func TestWithoutAnybodyToAskNoMedicineIsOpen(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	why := ""
	o := h.medicine(&why)
	h.Closed = nil
	if h.free(o, at(4, 10, 0)) {
		t.Error("nobody was asked, and it is open")
	}
	if simple := h.simple(); !h.free(simple, at(4, 10, 0)) {
		t.Error("what has no medicine is closed")
	}
	_, err := h.SaveOffering(h.owner, Offering{Name: "Session", Length: 50 * minutes, Where: ByVideo, Who: Anyone, Medicine: "gin"})
	refusedAt(t, err, "medicine")
	_, err = h.SaveOffering(h.owner, Offering{Name: "Session", Length: 50 * minutes, Where: ByVideo, Who: Anyone, Medicine: "ketamine_im"})
	refusedAt(t, err, "where")
}
