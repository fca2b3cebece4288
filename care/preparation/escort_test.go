package preparation_test

import (
	"strings"
	"testing"
	"time"

	. "held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/rules/readiness"
)

func TestAnEscortIsAskedAnswersAndIsReminded(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		e := h.escort()
		if h.state(Escorted) != readiness.Open {
			t.Error("nobody has answered, and it is settled")
		}
		asked := false
		for _, m := range h.post() {
			if m.To != "juno@example.org" {
				continue
			}
			asked = true
			text := m.Subject + m.Text + m.FromName
			for _, no := range []string{"Slack Water", "ketamine", "medicine", "Medicine", "The client", "session"} {
				if strings.Contains(text, no) {
					t.Errorf("an escort reads %q: %s", no, text)
				}
			}
			for _, yes := range []string{"Wren", "17:00 (Lisbon)", h.EscortLink(h.ctx, e.ID)} {
				if !strings.Contains(text, yes) {
					t.Errorf("an escort does not read %q: %s", yes, text)
				}
			}
		}
		if !asked {
			t.Fatal("nobody wrote to the escort")
		}
		h.must(h.AnswerEscort(h.outside(), h.token(e), true))
		if h.state(Escorted) != readiness.Met {
			t.Error("they said yes, and it is not settled")
		}
		if h.lines("accepted", "escort") != 1 {
			t.Error("the answer is not on the trail")
		}
		h.walk(h.start().Add(-23 * time.Hour))
		reminded := 0
		for _, m := range h.post() {
			if m.To == "juno@example.org" && strings.HasPrefix(m.Subject, "A reminder") {
				reminded++
			}
		}
		if reminded != 1 {
			t.Errorf("reminded %d times", reminded)
		}
		h.refused("a day early", h.Arrive(h.outside(), h.token(e)), fault.Forbidden)
		h.walk(h.start().Add(2 * time.Hour))
		h.must(h.Arrive(h.outside(), h.token(e)))
		h.must(h.Arrive(h.outside(), h.token(e)))
		if h.named().Here.IsZero() || h.lines("arrived", "escort") != 1 {
			t.Error("that they are there is not kept, or twice")
		}
	})
}

func TestANewEscortEndsTheOldLinkAndAllEndTheDayAfter(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		first := h.escort()
		h.must(h.AnswerEscort(h.outside(), h.token(first), true))
		second := h.escort()
		h.refused("the old link", h.AnswerEscort(h.outside(), h.token(first), true), fault.Gone)
		if h.state(Escorted) == readiness.Met {
			t.Error("the yes of the old escort counts for the new one")
		}
		h.refused("another word", h.AnswerEscort(h.outside(), h.token(second)+"x", true), fault.NotFound)
		if err := h.NameEscort(h.as("other client"), h.session, Escort{Name: "X", Contact: "x@example.org", Known: "Y"}); err == nil {
			t.Error("somebody else names an escort")
		}
		// A new time asks again.
		h.must(h.AnswerEscort(h.outside(), h.token(second), true))
		h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error {
			_, err := h.Calendar.Move(h.ctx, tx, h.session, h.start().AddDate(0, 0, 1), true)
			return err
		}))
		if h.state(Escorted) == readiness.Met {
			t.Error("a yes to one time counts for another")
		}
		h.must(h.AnswerEscort(h.outside(), h.token(second), false))
		if h.state(Escorted) != readiness.Closed {
			t.Error("they said no")
		}
		h.walk(h.start().Add(30 * time.Hour))
		h.refused("the day after", h.Arrive(h.outside(), h.token(second)), fault.Gone)
	})
}

func TestAnEscortsLinkOpensNothingElse(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	e := h.escort()
	h.must(h.AnswerEscort(h.outside(), h.token(e), true))
	if _, err := h.Gate(h.outside(), h.session); err == nil {
		t.Error("whoever is not known reads a gate")
	}
	if _, err := h.ChangesOf(h.outside(), h.who["client"].ID); err == nil {
		t.Error("whoever is not known reads what has changed")
	}
}
