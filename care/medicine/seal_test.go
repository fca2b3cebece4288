package medicine_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/timeline"
)

// sessionHeld is a house in which one session was held and has ended.
func sessionHeld(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := opened(t, d, 1)
	h.Letters = h.prep.Letters
	h.RegisterLetters()
	h.keeps("attendant", h.entry("attendant", 0, timeline.Vitals, calm()), h.entry("attendant", 0, timeline.Dose, map[string]any{"medicine": im, "mg": 70}))
	h.clock.Add(20 * time.Minute)
	h.keeps("guide 0", h.entry("guide 0", 0, timeline.Said, timeline.SaidBody{Words: "The river knows."}), h.entry("guide 0", 0, timeline.Said, timeline.SaidBody{Words: "Warm hands."}))
	h.keeps("attendant", h.entry("attendant", 0, timeline.Vitals, calm()))
	h.clock.Add(time.Hour)
	h.must(h.LeaveAgainstAdvice(h.as("attendant"), h.sessions[0], Against{Said: "They wanted to go.", Told: "Juno", Alone: true}))
	return h
}

func (h *house) record() *Record {
	h.Helper()
	r, err := h.Record(h.as("guide 0"), h.DB.Reader(), h.sessions[0])
	h.must(err)
	return r
}

func (h *house) self() context.Context {
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: h.who["client 0"].ID, Roles: []access.Role{access.Client}, Via: access.Session})
}

var signers = map[string]Part{"prescriber": access.Prescriber, "guide 0": access.Guide, "attendant": access.Attendant}

// TestThreeSignAtTheSameMoment: each signature is kept once, in a chain without
// gaps, and the session is sealed by the last of them.
func TestThreeSignAtTheSameMoment(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := sessionHeld(t, d)
		digest := h.record().Digest
		var wait sync.WaitGroup
		for range 2 { // and each of them twice
			for name, part := range signers {
				wait.Go(func() {
					for range 5 {
						err := h.Sign(h.as(name), h.sessions[0], part, digest, "")
						if err == nil || !fault.Is(err, fault.Taken) {
							if err != nil && !fault.Is(err, fault.Gone) {
								t.Error(err)
							}
							return
						}
					}
				})
			}
		}
		wait.Wait()
		r := h.record()
		if len(r.All) != 3 || r.Sealed.IsZero() || !r.Whole() {
			t.Fatalf("%d signatures, sealed %v", len(r.All), r.Sealed)
		}
		b, err := r.File("")
		h.must(err)
		if p, err := VerifyFile(b); err != nil || len(p.Broken) > 0 || p.Sealed != 1 || p.Words != 2 {
			t.Errorf("%v %+v", err, p)
		}
	})
}

// TestWordsThatWereTakenAwayAreInNoRow and open to nobody; what was signed holds,
// in the file and in the database.
func TestWordsThatWereTakenAwayAreInNoRow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := sessionHeld(t, d)
		for name, part := range signers {
			h.must(h.Sign(h.as(name), h.sessions[0], part, h.record().Digest, ""))
		}
		mine, err := h.Mine(h.self())
		h.must(err)
		if len(mine) != 1 || len(mine[0].Said) != 2 || !mine[0].Sealed {
			t.Fatalf("%+v", mine)
		}
		h.refused("a guide takes words away", h.TakeSaid(h.as("guide 0"), mine[0].Said[0].ID), fault.Forbidden)
		h.must(h.TakeSaid(h.self(), mine[0].Said[0].ID))
		h.must(h.TakeSaid(h.self(), mine[0].Said[0].ID)) // again: nothing more to take
		h.refused("kept after all", h.KeepSaid(h.self(), mine[0].Said[0].ID), fault.Gone)
		left, err := db.One(h.ctx, d.Reader(), db.Value[int], `SELECT COUNT(*) FROM medicine_said WHERE LENGTH(body) > 0`)
		h.must(err)
		if left != 1 {
			t.Errorf("%d rows of words are left, want 1", left)
		}
		r := h.record()
		for _, l := range r.Of(timeline.Said) {
			if s := r.Says(l); strings.Contains(s, "river") || s != "Words removed by the person" && s != "“Warm hands.”" {
				t.Errorf("the record says %q", s)
			}
		}
		operator := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.Operator})
		p, err := h.Verify(operator, db.ID{})
		if err != nil || len(p.Broken) > 0 || p.Sealed != 1 || p.Words != 1 || p.Gone != 1 {
			t.Errorf("%v %+v", err, p)
		}
		verbs := map[string]int{}
		lines, err := h.Trail.All(h.ctx, trail.Filter{Until: h.clock.Now().AddDate(1, 0, 0)}, db.ID{}, 400)
		h.must(err)
		for _, l := range lines {
			verbs[l.Verb+" "+l.Kind]++
		}
		if verbs["signed session record"] != 3 || verbs["sealed session record"] != 1 || verbs["removed words said"] != 1 {
			t.Errorf("the trail has %v", verbs)
		}
	})
}

// TestDosedIsTheLastDoseThatStands: nothing is signed as consent on its day.
func TestDosedIsTheLastDoseThatStands(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		client := h.who["client 0"].ID
		if _, given, err := h.Dosed(h.ctx, d.Reader(), client); given || err != nil {
			t.Fatalf("nothing was given, and %v %v", given, err)
		}
		dose := h.entry("attendant", 0, timeline.Dose, map[string]any{"medicine": im, "mg": 70})
		h.keeps("attendant", dose)
		at, given, err := h.Dosed(h.ctx, d.Reader(), client)
		if !given || err != nil || !at.Equal(dose.Taken) {
			t.Fatalf("%v %v %v", at, given, err)
		}
		h.clock.Add(5 * time.Second)
		h.keeps("attendant", h.entry("attendant", 0, timeline.Undone, timeline.UndoneBody{Of: dose.ID}))
		if _, given, err := h.Dosed(h.ctx, d.Reader(), client); given || err != nil {
			t.Errorf("it was taken back, and %v %v", given, err)
		}
		all, err := h.Held(h.ctx, d.Reader(), client)
		if err != nil || len(all) != 1 || !all[0].Given.IsZero() {
			t.Errorf("%+v %v", all, err)
		}
	})
}
