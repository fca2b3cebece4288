package medicine_test

import (
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/testkit"
	"held/practice/trail"
	"held/rules/timeline"
)

// red has a dose given and a reading kept that is out of the protocol's bands.
func (h *house) red(i int) {
	h.Helper()
	low := calm()
	low.Oxygen = n(88)
	h.keeps("attendant", h.entry("attendant", i, timeline.Dose, timeline.DoseBody{}), h.entry("attendant", i, timeline.Vitals, low))
}

// callsOf are the calls of the first open room, as somebody has them.
func (h *house) callsOf(name string) []Call {
	h.Helper()
	rooms, err := h.OpenRooms(h.as(name))
	h.must(err)
	if len(rooms) == 0 {
		h.Fatal("no room is open to " + name)
	}
	return rooms[0].Calls
}

// readings counts the lines of the trail by which somebody read a room.
func (h *house) readings(name string) (count int) {
	h.Helper()
	lines, err := h.Trail.All(h.ctx, trail.Filter{Until: h.clock.Now().AddDate(1, 0, 0)}, db.ID{}, 400)
	h.must(err)
	for _, l := range lines {
		if l.Verb == "read" && l.Kind == "medicine room" && l.Actor == h.who[name].ID {
			count++
		}
	}
	return count
}

func TestWhatCallsStandsOnEveryPageOfWhoeverCaresForThemUntilItIsHeard(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		if c := h.Strip(h.as("prescriber")); c.Failed || len(c.Lines) != 0 {
			t.Fatalf("nothing calls yet: %+v", c)
		}
		h.red(0)
		c := h.Strip(h.as("prescriber"))
		if c.Failed || len(c.Lines) != 1 || c.Lines[0].Who != "client 0" || !strings.HasPrefix(c.Lines[0].Says, "Red: oxygen saturation 88") || c.Lines[0].Href != "/room/"+h.sessions[0].String() || c.Lines[0].Since == "" {
			t.Fatalf("%+v", c)
		}
		if c := h.Strip(h.as("stranger")); len(c.Lines) != 0 {
			t.Errorf("somebody who does not care for them reads %+v", c.Lines)
		}
		calls := h.callsOf("prescriber")
		h.must(h.Hear(h.as("prescriber"), h.sessions[0], calls[0].ID, ""))
		if c := h.Strip(h.as("attendant")); len(c.Lines) != 0 {
			t.Errorf("it was heard, and still calls: %+v", c.Lines)
		}
	})
}

func TestAStripThatGoesAlongIsOneReadingOnTheTrail(t *testing.T) {
	h := opened(t, testkit.SQLite(t), 1)
	h.red(0)
	ctx := h.as("prescriber")
	before := h.readings("prescriber")
	for range 5 {
		h.Strip(ctx)
	}
	if got := h.readings("prescriber") - before; got != 1 {
		t.Errorf("%d lines of the trail for one reading", got)
	}
	h.clock.Add(11 * time.Minute)
	h.Strip(ctx)
	if got := h.readings("prescriber") - before; got != 2 {
		t.Errorf("%d lines after a while", got)
	}
}
