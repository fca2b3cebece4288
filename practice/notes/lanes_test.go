package notes_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/notes"
	"held/practice/once"
	"held/practice/people"
)

// colleague is somebody who works here.
func (h *house) colleague(name string, r access.Role) people.Person {
	h.Helper()
	var p people.Person
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p, err = h.People.Add(h.ctx, tx, people.Person{Name: name, Roles: []access.Role{r}})
		return err
	}))
	return p
}

// begun is a draft with a text.
func (h *house) begun(ctx context.Context, lane notes.Lane, text string) notes.Note {
	h.Helper()
	id, err := h.Begin(ctx, notes.Start{Client: h.client.ID, Lane: lane})
	h.ok(err)
	n, err := h.Keep(ctx, id, 1, text, false)
	h.ok(err)
	return n
}

// reads tells whether somebody reads a text in a note.
func (h *house) reads(ctx context.Context, id db.ID, text string) bool {
	n, err := h.Get(ctx, id)
	return err == nil && n.Text == text
}

func TestABridgeNoteCrossesOnceBothHaveSignedTheSameText(t *testing.T) {
	each(t, func(h *house) {
		doctor, other := h.colleague("Amadeu", access.Prescriber), h.colleague("Rui", access.Guide)
		leonor, amadeu, rui := h.as(h.guide, true), h.as(doctor, true), h.as(other, true)
		n := h.begun(leonor, notes.LaneBridge, "Announce each reading.")
		if h.reads(amadeu, n.ID, n.Text) {
			t.Error("a draft is read across")
		}
		_, err := h.Sign(leonor, n.ID, n.Revision)
		h.ok(err)
		if !h.reads(amadeu, n.ID, n.Text) || h.reads(rui, n.ID, n.Text) {
			t.Error("a proposal is for who is asked to sign, and for nobody else")
		}
		if s, err := h.Sign(leonor, n.ID, n.Revision); err != nil || s.State != notes.Proposed || len(s.Signatures) != 1 {
			t.Errorf("signed twice by one person: %+v, %v", s, err)
		}

		changed, err := h.Keep(amadeu, n.ID, n.Revision, "Announce each reading, and wait.", false)
		h.ok(err)
		if got, err := h.Get(leonor, n.ID); err != nil || len(got.Signatures) != 0 || got.Text != changed.Text {
			t.Errorf("a changed text keeps a signature: %+v, %v", got, err)
		}
		_, err = h.Sign(amadeu, n.ID, n.Revision)
		h.refused("signing a text that is no more", err, fault.Taken)
		signed, err := h.Sign(amadeu, n.ID, changed.Revision)
		h.ok(err)
		if signed.State != notes.Proposed {
			t.Errorf("signed by one of two it is %s", signed.State)
		}
		if signed, err = h.Sign(leonor, n.ID, changed.Revision); err != nil || signed.State != notes.Signed || len(signed.Signatures) != 2 {
			t.Fatalf("signed by both: %+v, %v", signed, err)
		}
		for _, g := range signed.Signatures {
			if g.SHA256 != notes.Digest(changed.Text) || !g.Holds || g.Name == "" || g.Proved.IsZero() {
				t.Errorf("a signature: %+v", g)
			}
		}
		if !h.reads(rui, n.ID, changed.Text) {
			t.Error("signed by both, a guide on the team does not read it")
		}
		_, err = h.Keep(leonor, n.ID, changed.Revision, "Other words", false)
		h.refused("changing what was signed", err, fault.Taken)
		_, err = h.Discard(leonor, n.ID)
		h.refused("removing what was signed", err, fault.Taken)
		h.refused("taking back what was signed", h.Withdraw(leonor, n.ID), fault.Taken)
	})
}

func TestAProposalIsTakenBackByWhoMadeIt(t *testing.T) {
	each(t, func(h *house) {
		leonor, amadeu := h.as(h.guide, true), h.as(h.colleague("Amadeu", access.Prescriber), true)
		n := h.begun(leonor, notes.LaneBridge, "Not sure yet.")
		_, err := h.Sign(leonor, n.ID, n.Revision)
		h.ok(err)
		_, err = h.Discard(leonor, n.ID)
		h.refused("removing a proposal", err, fault.Taken)
		h.refused("taken back by the other", h.Withdraw(amadeu, n.ID), fault.Forbidden)
		h.ok(h.Withdraw(leonor, n.ID))
		if h.reads(amadeu, n.ID, n.Text) {
			t.Error("taken back, it is still read across")
		}
		_, err = h.Discard(leonor, n.ID)
		h.ok(err)
		_, err = h.Get(leonor, n.ID)
		h.refused("after it was removed", err, fault.NotFound)
	})
}

func TestTwoTabsDoNotUndoEachOther(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		for _, lane := range []notes.Lane{notes.LaneProcess, notes.LaneProgress} {
			n := h.begun(leonor, lane, "From the one tab.")
			h.clock.Add(time.Second)
			now, err := h.Keep(leonor, n.ID, 1, "From the other tab.", true)
			if !fault.Is(err, fault.Taken) || now.Text != "From the one tab." || now.Revision != n.Revision {
				t.Errorf("%s: %+v, %v", lane, now, err)
			}
			if now, err = h.Keep(leonor, n.ID, now.Revision, "From the other tab.", true); err != nil || now.Text != "From the other tab." {
				t.Errorf("%s, having seen both: %+v, %v", lane, now, err)
			}
			if same, err := h.Keep(leonor, n.ID, 1, "From the other tab.", true); err != nil || same.Revision != now.Revision {
				t.Errorf("%s, the same text twice: %+v, %v", lane, same, err)
			}
		}
	})
}

func TestKeepingByItselfDoesNotFloodTheTrail(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		n := h.begun(leonor, notes.LaneProgress, "One")
		lines := func() int {
			all, err := h.Trail.Of(h.as(h.client, false), h.client.ID, db.ID{}, 200)
			h.ok(err)
			return len(all)
		}
		before := lines()
		for i := range 40 { // ten minutes
			h.clock.Add(15 * time.Second)
			var err error
			n, err = h.Keep(leonor, n.ID, n.Revision, fmt.Sprint("Words ", i), true)
			h.ok(err)
		}
		if got := lines(); got != before {
			t.Errorf("%d lines in ten minutes", got-before)
		}
		h.clock.Add(6 * time.Minute)
		_, err := h.Keep(leonor, n.ID, n.Revision, "Later", true)
		h.ok(err)
		if got := lines(); got != before+1 {
			t.Errorf("%d lines in a quarter of an hour", got-before)
		}
	})
}

func TestAnAddendumStandsUnderItsNoteAndIsSignedApart(t *testing.T) {
	each(t, func(h *house) {
		leonor, rui := h.as(h.guide, true), h.as(h.colleague("Rui", access.Guide), true)
		n := h.begun(leonor, notes.LaneProgress, "A week.")
		_, err := h.Begin(leonor, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress, Of: n.ID})
		h.refused("to a draft", err, fault.Invalid)
		_, err = h.Sign(leonor, n.ID, n.Revision)
		h.ok(err)
		_, err = h.Begin(leonor, notes.Start{Client: h.client.ID, Lane: notes.LaneProcess, Of: n.ID})
		h.refused("from another lane", err, fault.Invalid)
		id, err := h.Begin(rui, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress, Of: n.ID})
		h.ok(err)
		a, err := h.Keep(rui, id, 1, "Ten days.", false)
		h.ok(err)
		if got, err := h.Get(leonor, n.ID); err != nil || len(got.Addenda) != 0 {
			t.Errorf("somebody's draft stands under the note: %+v, %v", got.Addenda, err)
		}
		_, err = h.Sign(rui, id, a.Revision)
		h.ok(err)
		got, err := h.Get(leonor, n.ID)
		if err != nil || len(got.Addenda) != 1 || got.Addenda[0].Text != "Ten days." || got.Addenda[0].Signatures[0].Name != "Rui" || got.Text != "A week." {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = h.Begin(leonor, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress, Of: id})
		h.refused("to an addendum", err, fault.Invalid)
	})
}

func TestAnAddendumThatIsSentTwiceIsBegunOnce(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		n := h.begun(leonor, notes.LaneProgress, "A week.")
		_, err := h.Sign(leonor, n.ID, n.Revision)
		h.ok(err)
		sent := func(text string) db.ID {
			form := url.Values{ui.OnceName: {text}}.Encode()
			r := httptest.NewRequest("POST", "/desk/notes/"+n.ID.String()+"/addenda", strings.NewReader(form)).WithContext(leonor)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			ctx, _, err := once.Read(r)
			h.ok(err)
			id, err := h.Begin(ctx, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress, Of: n.ID})
			h.ok(err)
			return id
		}
		first := sent("of one page")
		if again := sent("of one page"); again != first {
			t.Errorf("%s, and then %s", first, again)
		}
		if other := sent("of another page"); other == first {
			t.Error("another press of another page begins nothing")
		}
	})
}

func TestSigningNeedsAFreshProofAndAText(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		n := h.begun(leonor, notes.LaneProgress, "Words")
		a := access.From(leonor)
		a.Fresh = false
		_, err := h.Sign(access.With(leonor, a), n.ID, n.Revision)
		h.refused("without a fresh proof", err, fault.Confirm)
		a.Strong = false
		_, err = h.Get(access.With(leonor, a), n.ID)
		h.refused("signed in by a link alone", err, fault.Second)
		id, err := h.Begin(leonor, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress})
		h.ok(err)
		_, err = h.Sign(leonor, id, 1)
		h.refused("an empty note", err, fault.Invalid)
	})
}

func TestASignatureTellsOfATextThatIsAnother(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		n := h.begun(leonor, notes.LaneProgress, "As it was.")
		_, err := h.Sign(leonor, n.ID, n.Revision)
		h.ok(err)
		h.ok(h.Overwrite(leonor, n.ID, access.From(h.ctx).Practice, "As it never was."))
		got, err := h.Get(leonor, n.ID)
		if err != nil || got.Text != "As it never was." || got.Signatures[0].Holds {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestASearchIsFoldedAndBounded(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		h.begun(leonor, notes.LaneProcess, "## Stays\nThe ÉCLUSE at low water, and the long way home from it in the rain.")
		for _, q := range []string{"ecluse", "WATER écluse", "low rain"} {
			f, err := h.Search(leonor, h.client.ID, q)
			if err != nil || len(f.Hits) != 1 || !strings.Contains(f.Hits[0].Piece, "low water") || f.Short {
				t.Errorf("%q finds %+v, %v", q, f, err)
			}
		}
		if f, err := h.Search(leonor, h.client.ID, "ecluse sunshine"); err != nil || len(f.Hits) != 0 {
			t.Errorf("%+v, %v", f, err)
		}
		_, err := h.Search(leonor, h.client.ID, "  ")
		h.refused("nothing to look for", err, fault.Invalid)
		for range notes.SearchHits + 1 {
			n := h.begun(leonor, notes.LaneProgress, "many of these")
			_, err := h.Sign(leonor, n.ID, n.Revision)
			h.ok(err)
		}
		if f, err := h.Search(leonor, h.client.ID, "many"); err != nil || len(f.Hits) != notes.SearchHits || !f.Short {
			t.Errorf("%d hits, short %v, %v", len(f.Hits), f.Short, err)
		}
		lines, err := h.Trail.Of(h.as(h.client, false), h.client.ID, db.ID{}, 1)
		if err != nil || lines[0].Line(true) != "read your notes in a search" {
			t.Errorf("on the trail: %v, %v", lines, err)
		}
	})
}

func TestHeadingsBeginANoteAndHoldNoText(t *testing.T) {
	each(t, func(h *house) {
		leonor, amadeu := h.as(h.guide, true), h.as(h.colleague("Amadeu", access.Prescriber), true)
		id, err := h.Begin(leonor, notes.Start{Client: h.client.ID, Lane: notes.LaneProgress, Template: "session"})
		h.ok(err)
		if n, err := h.Get(leonor, id); err != nil || !strings.HasPrefix(n.Text, "## Start and stop\n") {
			t.Errorf("%q, %v", n.Text, err)
		}
		h.ok(h.SaveTemplate(leonor, "session", notes.Template{Title: "Our session", Headings: []string{"Where", "What"}}))
		h.ok(h.SaveTemplate(leonor, "", notes.Template{Lane: notes.LaneBridge, Owner: h.guide.ID, Title: "Mine", Headings: []string{"Briefly"}}))
		names := func(ctx context.Context) string {
			all, err := h.Templates(ctx)
			h.ok(err)
			var out []string
			for _, one := range all {
				out = append(out, one.Title)
			}
			return strings.Join(out, ", ")
		}
		if got := names(leonor); !strings.Contains(got, "Our session") || strings.Contains(got, ", Session,") || !strings.Contains(got, "Mine") || strings.Contains(got, "Medical") {
			t.Errorf("a guide sees %s", got)
		}
		if got := names(amadeu); strings.Contains(got, "Mine") || strings.Contains(got, "Our session") || !strings.Contains(got, "Medical evaluation") {
			t.Errorf("a prescriber sees %s", got)
		}
		long := notes.Template{Lane: notes.LaneBridge, Title: "Long", Headings: []string{strings.Repeat("words ", 20)}}
		h.refused("a paragraph", h.SaveTemplate(leonor, "", long), fault.Invalid)
		all, err := h.Templates(leonor)
		h.ok(err)
		for _, one := range all {
			if one.Title == "Our session" {
				h.ok(h.DropTemplate(leonor, one.ID))
			}
		}
		if got := names(leonor); !strings.Contains(got, "Session,") {
			t.Errorf("what Held brings is not there again: %s", got)
		}
	})
}

func TestWhatIsErasedLeavesNothing(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		for _, lane := range []notes.Lane{notes.LaneProcess, notes.LaneProgress, notes.LaneBridge} {
			n := h.begun(leonor, lane, "Words")
			_, err := h.Sign(leonor, n.ID, n.Revision)
			h.ok(err)
		}
		h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error {
			if err := h.EraseRecord(h.ctx, tx, h.client.ID); err != nil {
				return err
			}
			return h.EraseProcess(h.ctx, tx, h.client.ID)
		}))
		all, _, err := h.Of(leonor, h.client.ID, db.ID{})
		if err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		for _, table := range []string{"notes_record", "notes_signatures", "notes_process"} {
			if n, err := db.One(h.ctx, h.DB.Reader(), db.Value[int], "SELECT COUNT(*) FROM "+table); err != nil || n != 0 {
				t.Errorf("%s: %d, %v", table, n, err)
			}
		}
	})
}
