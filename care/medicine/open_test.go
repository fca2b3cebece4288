package medicine_test

import (
	"strings"
	"testing"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
)

func TestARoomOpensWithBothKeysAndVitalsOfTheDay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 1)
		id := h.sessions[0]
		err := h.Open(h.as("attendant"), id)
		h.refused("nothing is settled", err, fault.Taken)
		for _, want := range []string{"Same-day vitals in band", "Escort confirmed", "the prescriber’s key", "the guide’s key"} {
			if !strings.Contains(fault.Of(err).Sentence, want) {
				t.Errorf("the refusal does not name %q: %s", want, fault.Of(err).Sentence)
			}
		}
		h.prepare(0, measured(124, 78))
		h.refused("no key is turned", h.Open(h.as("attendant"), id), fault.Taken)
		h.keys(0)
		h.refused("a guide who does not care for them", h.Open(h.as("stranger"), id), fault.Forbidden)
		h.refused("the client", h.Open(h.as("client 0"), id), fault.Forbidden)
		if _, err := h.Seat(h.as("attendant"), d.Reader(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("before it is opened: %v", err)
		}
		h.must(h.Open(h.as("attendant"), id))
		h.must(h.Open(h.as("guide 0"), id)) // once more is nothing
		seat, err := h.Seat(h.as("guide 0"), d.Reader(), id)
		h.must(err)
		if seat.Client != h.who["client 0"].ID || seat.Medicine != im || seat.ProtocolVersion != "1" || seat.Base.BP.Value != [2]int{124, 78} || seat.Base.Age.Value != 44 {
			t.Errorf("%+v", seat)
		}
	})
}

func TestARoomOpensOnItsDayAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 1)
		h.prepare(0, measured(124, 78))
		h.keys(0)
		h.clock.Add(24 * time.Hour)
		h.refused("the day after", h.Open(h.as("attendant"), h.sessions[0]), fault.Taken)
	})
}

func TestANamedOverrideOpensARoomWhoseVitalsAreHigh(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 1)
		h.prepare(0, measured(150, 88)) // to be reviewed
		h.refused("high vitals", h.Open(h.as("attendant"), h.sessions[0]), fault.Taken)
		h.must(h.prep.Pass(h.as("prescriber"), h.sessions[0], preparation.Measured, "White coat; the home readings are in band."))
		h.keys(0)
		h.must(h.Open(h.as("attendant"), h.sessions[0]))
		seat, err := h.Seat(h.as("prescriber"), d.Reader(), h.sessions[0])
		h.must(err)
		if len(seat.Passed) != 1 || seat.Passed[0] != preparation.Measured {
			t.Errorf("passed: %v", seat.Passed)
		}
	})
}
