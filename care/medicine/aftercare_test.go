package medicine_test

import (
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	rule "held/rules/protocol"
	"held/rules/timeline"
)

const textOfTheHouse = "Please do not drive before tomorrow.\nCall us if something troubles you."

func TestASheetIsGivenWithTheTextOfItsVersionAndTheirOwnWords(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.must(h.OwnWords(h.as("client"), h.session, "That I wanted to call my sister.", "Ana, +351 21 555 0177"))
		h.dose()
		h.after(130)
		h.refused("without a text", h.Give(h.as("attendant"), h.session), fault.Taken)
		for _, who := range []string{"attendant", "client", "coordinator"} {
			h.refused(who+" writes the text", h.WriteAfterCare(h.as(who), "ketamine_im", "1", textOfTheHouse), fault.Forbidden)
		}
		h.must(h.WriteAfterCare(h.as("guide"), "ketamine_im", "1", textOfTheHouse))
		h.refused("an owner who cares for nobody", h.Give(h.as("owner"), h.session), fault.Forbidden)
		h.must(h.Give(h.as("attendant"), h.session))
		if h.state(rule.CondInstructions) != rule.Met {
			t.Error("a sheet was given, and instructions were not")
		}
		x, err := h.SheetOf(h.as("client"), h.session)
		h.must(err)
		if x.Words != textOfTheHouse || x.Remind != "That I wanted to call my sister." || x.By != "The attendant" || x.Given.IsZero() {
			t.Errorf("%+v", x)
		}
		h.must(h.WriteAfterCare(h.as("prescriber"), "ketamine_im", "1", "Another text."))
		if x, err = h.SheetOf(h.as("guide"), h.session); err != nil || x.Words != textOfTheHouse {
			t.Errorf("what was given has changed: %q %v", x.Words, err)
		}
		h.refused("their words, by the attendant, once it is given", h.OwnWords(h.as("attendant"), h.session, "Another.", ""), fault.Taken)
		h.must(h.OwnWords(h.as("client"), h.session, "That it was good.", ""))
		h.refused("somebody else reads it", second(h.SheetOf(h.as("other client"), h.session)), fault.Forbidden)
		h.refused("and writes in it", h.OwnWords(h.as("other client"), h.session, "x", ""), fault.Forbidden)

		var told string
		for _, m := range h.post() {
			if m.To == "client@example.org" && strings.Contains(m.Subject, "There is something for you") {
				told = m.Text
			}
		}
		if told == "" || strings.Contains(told, "://") || strings.Contains(told, "/space") {
			t.Errorf("the letter: %q", told)
		}
		fresh, err := h.Fresh(h.as("client"), h.who["client"].ID)
		h.must(err)
		if len(fresh) != 1 {
			t.Errorf("%d sheets in the space", len(fresh))
		}
		h.clock.Add(31 * 24 * time.Hour)
		if fresh, err = h.Fresh(h.as("client"), h.who["client"].ID); err != nil || len(fresh) != 0 {
			t.Errorf("%d sheets in the space after a month, %v", len(fresh), err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestATextOfAnotherVersionIsGivenToNobody(t *testing.T) {
	h := goingHome(t, testkit.SQLite(t))
	h.must(h.WriteAfterCare(h.as("guide"), "ketamine_im", "2", "For the next version."))
	h.refused("giving it", h.Give(h.as("prescriber"), h.session), fault.Taken)
	last, err := h.LastAfterCare(h.as("guide"), h.DB.Reader(), "ketamine_im")
	h.must(err)
	if last.Version != "2" || last.Words == "" {
		t.Errorf("%+v", last)
	}
}

func TestTheEscortSaysByTheirLinkThatTheyAreThere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.dose()
		h.after(125)
		h.must(h.Preparation.Arrive(h.outside(), h.link()))
		h.must(h.Preparation.Arrive(h.outside(), h.link())) // a second press
		if h.state(rule.CondEscort) != rule.Met {
			t.Fatal("they are there, and the room does not know")
		}
		tl, err := h.Timeline(h.as("guide"), h.DB.Reader(), h.session)
		h.must(err)
		if in := tl.In(); len(in) != 1 || in[0].Who != "Juno" || in[0].Role != "escort" || len(tl.Of(timeline.Check)) != 1 {
			t.Errorf("in the room: %+v, checks %d", in, len(tl.Of(timeline.Check)))
		}
		h.recovers()
		h.must(h.sign())
		h.refused("tomorrow", h.Went(h.as("attendant"), h.session, "Juno", h.clock.Now().Add(time.Hour)), fault.Invalid)
		h.after(10)
		h.must(h.Went(h.as("attendant"), h.session, "Juno", time.Time{}))
		h.must(h.Went(h.as("attendant"), h.session, "Juno", time.Time{}))
		if tl, err = h.Timeline(h.as("guide"), h.DB.Reader(), h.session); err != nil || len(tl.In()) != 0 {
			t.Errorf("still here: %+v %v", tl.In(), err)
		}
		if _, over := tl.Over(); !over {
			t.Error("it is not over")
		}
	})
}

func TestIntegrationIsOfferedOneToThreeDaysAfterAndKeptByOnePress(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.dose()
		h.after(125)
		h.recovers()
		h.must(h.sign())
		end := h.clock.Now()
		a, err := h.Ahead(h.as("client"), h.session)
		h.must(err)
		if len(a.Offers) != 1 || len(a.Offers[0].Times) == 0 || a.Booked() {
			t.Fatalf("offered: %+v", a)
		}
		for _, at := range a.Offers[0].Times {
			if at.Before(end.Add(24*time.Hour)) || !at.Before(end.Add(72*time.Hour)) {
				t.Errorf("offered at %v, after %v", at, end)
			}
		}
		at := a.Offers[0].Times[0]
		h.refused("a time that is none of them", second(h.BookIntegration(h.as("client"), h.session, h.talk.ID, end.Add(100*time.Hour))), fault.Taken)
		h.refused("by somebody else", second(h.BookIntegration(h.as("other client"), h.session, h.talk.ID, at)), fault.Forbidden)
		h.refused("by the attendant", second(h.BookIntegration(h.as("attendant"), h.session, h.talk.ID, at)), fault.Forbidden)
		made, err := h.BookIntegration(h.as("client"), h.session, h.talk.ID, at)
		h.must(err)
		again, err := h.BookIntegration(h.as("client"), h.session, h.talk.ID, at)
		h.must(err)
		if again.ID != made.ID || made.Client != h.who["client"].ID {
			t.Errorf("%v and %v", made.ID, again.ID)
		}
		if a, err = h.Ahead(h.as("attendant"), h.session); err != nil || !a.Booked() || len(a.Next) != 1 {
			t.Errorf("what is kept: %+v %v", a, err)
		}
	})
}

func TestWhatIsKeptOfLeavingIsTakenAlongAndErased(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := goingHome(t, d)
		h.must(h.WriteAfterCare(h.as("guide"), "ketamine_im", "1", textOfTheHouse))
		h.must(h.OwnWords(h.as("client"), h.session, "The sea.", "Ana"))
		h.dose()
		h.after(130)
		h.must(h.Give(h.as("guide"), h.session))
		h.recovers()
		h.must(h.sign())
		client := h.who["client"].ID
		found := map[string]string{}
		for _, x := range h.Kept() {
			items, err := x.Of(h.as("client"), client)
			h.must(err)
			for _, it := range items {
				for _, l := range it.Lines {
					found[x.Name] += it.Title + " " + l.Label + " " + l.Text + "\n"
				}
			}
			h.refused("taken along by somebody else: "+x.Name, second(x.Of(h.as("other client"), client)), fault.Forbidden)
		}
		for name, words := range map[string]string{"leaving": "Discharged", "after-care": "The sea."} {
			if !strings.Contains(found[name], words) {
				t.Errorf("%s: %s", name, found[name])
			}
		}
		h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error {
			for _, x := range h.Kept() {
				if err := x.Erase(h.ctx, tx, client); err != nil {
					return err
				}
			}
			return nil
		}))
		if h.left().Outcome != "" {
			t.Error("how it ended is still here")
		}
		if x, err := h.SheetOf(access.With(h.ctx, access.Actor{Practice: h.practice, Via: access.System}), h.session); err != nil || !x.Given.IsZero() {
			t.Errorf("the sheet is still here: %+v %v", x, err)
		}
	})
}
