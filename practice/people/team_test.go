package people_test

import (
	"context"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

// as is somebody signed in, who has proved who they are.
func (h *house) as(p people.Person) context.Context {
	a := access.From(h.ctx)
	cares := func(client db.ID) (c access.Care) {
		card, err := h.Card(h.ctx, client)
		if err != nil {
			panic(err)
		}
		for _, m := range card.Team {
			if m.Person == p.ID {
				c.As = append(c.As, m.Role)
			}
		}
		return c
	}
	return access.With(h.ctx, access.Actor{Practice: a.Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true, Cares: cares})
}

func (h *house) team(t *testing.T, s *people.Service, client db.ID) map[db.ID]access.Role {
	t.Helper()
	c, err := s.Card(h.ctx, client)
	if err != nil {
		t.Fatal(err)
	}
	out := map[db.ID]access.Role{}
	for _, m := range c.Team {
		out[m.Person] = m.Role
	}
	return out
}

func TestWhoMeetsAClientIsOnTheirTeam(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		guide, desk := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Benedita", "b@example.org", access.Coordinator)
		wren := h.add(t, "Wren", "", access.Client)
		for range 2 { // a second appointment changes nothing
			h.write(t, func(tx *db.Tx) error { return h.Join(h.ctx, tx, wren.ID, guide.ID, desk.ID) })
		}
		h.clock.Add(3 * time.Second)
		for name, s := range map[string]*people.Service{"here": h.Service, "in another program": h.other} {
			if got := h.team(t, s, wren.ID); len(got) != 1 || got[guide.ID] != access.Guide {
				t.Errorf("%s the team is %v", name, got)
			}
		}
	})
}

func TestATeamIsChangedByHand(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		owner, guide := h.add(t, "Leonor", "l@example.org", access.Owner), h.add(t, "Mara", "mara@example.org", access.Guide)
		attendant, wren := h.add(t, "Tomé", "t@example.org", access.Attendant), h.add(t, "Wren", "", access.Client)
		if err := h.Assign(h.as(guide), wren.ID, attendant.ID, access.Attendant); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a guide who is not on the team changes it: %v", err)
		}
		if err := h.Assign(h.as(owner), wren.ID, attendant.ID, access.Guide); !fault.Is(err, fault.Invalid) {
			t.Errorf("somebody joins in a role that they do not hold: %v", err)
		}
		for _, do := range []func() error{
			func() error { return h.Assign(h.as(owner), wren.ID, guide.ID, access.Guide) },
			func() error { return h.Assign(h.as(guide), wren.ID, attendant.ID, access.Attendant) },
			func() error { return h.Unassign(h.as(owner), wren.ID, guide.ID, access.Guide) },
			func() error { return h.Unassign(h.as(owner), wren.ID, guide.ID, access.Guide) }, // twice
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.team(t, h.Service, wren.ID); len(got) != 1 || got[attendant.ID] != access.Attendant {
			t.Errorf("the team is %v", got)
		}
	})
}

// TestNobodyJoinsATeamByTheirOwnAppointment: that would be a way around saying
// why. Whoever has nobody yet is met by whoever takes them on.
func TestNobodyJoinsATeamByTheirOwnAppointment(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		mara, other := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Amadeu", "a@example.org", access.Prescriber)
		wren := h.add(t, "Wren", "", access.Client)
		join := func(as, who people.Person) {
			h.write(t, func(tx *db.Tx) error { return h.Join(h.as(as), tx, wren.ID, who.ID) })
			h.clock.Add(3 * time.Second)
		}
		join(mara, mara)
		if got := h.team(t, h.Service, wren.ID); len(got) != 1 || got[mara.ID] != access.Guide {
			t.Fatalf("the first to take them on: %v", got)
		}
		join(other, other)
		if got := h.team(t, h.Service, wren.ID); len(got) != 1 {
			t.Errorf("by their own appointment: %v", got)
		}
		join(mara, other)
		if got := h.team(t, h.Service, wren.ID); len(got) != 2 {
			t.Errorf("by a colleague's: %v", got)
		}
	})
}

func TestWhoeverPutsThemselvesOnATeamIsToldOf(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		owner := h.add(t, "Leonor", "l@example.org", access.Owner, access.Guide)
		mara, wren := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Wren", "", access.Client)
		told := 0
		h.Joined = func(_ context.Context, _ *db.Tx, client db.ID) error {
			if client == wren.ID {
				told++
			}
			return nil
		}
		for _, who := range []people.Person{mara, owner, owner} { // the last time changes nothing
			if err := h.Assign(h.as(owner), wren.ID, who.ID, access.Guide); err != nil {
				t.Fatal(err)
			}
			h.clock.Add(3 * time.Second)
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

func TestOpeningTwiceIsOpeningOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		mara, wren := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Wren", "", access.Client)
		told := 0
		h.Opened = func(context.Context, *db.Tx, db.ID, db.ID) error { told++; return nil }
		for range 2 {
			if err := h.Break(h.as(mara), wren.ID, access.Safety, "They did not come, and do not answer."); err != nil {
				t.Fatal(err)
			}
		}
		h.clock.Add(people.GlassFor)
		if err := h.Break(h.as(mara), wren.ID, access.Safety, "Still not."); err != nil || told != 2 {
			t.Errorf("told %d times, %v", told, err)
		}
	})
}

func TestARecordIsOpenedForAStatedReasonAndForAWhile(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		guide, desk, wren := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Benedita", "b@example.org", access.Coordinator), h.add(t, "Wren", "w@example.org", access.Client)
		told := 0
		h.Opened = func(context.Context, *db.Tx, db.ID, db.ID) error { told++; return nil }
		if err := h.Break(h.as(desk), wren.ID, access.Emergency, "I would like to know."); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the front desk opens a record: %v", err)
		}
		if err := h.Break(h.as(guide), wren.ID, "curious", "I would like to know."); !fault.Is(err, fault.Invalid) {
			t.Errorf("opened for a reason that is none: %v", err)
		}
		if err := h.Break(h.as(guide), wren.ID, access.Emergency, "  "); !fault.Is(err, fault.Invalid) {
			t.Errorf("opened without a word: %v", err)
		}
		if err := h.Break(h.as(guide), wren.ID, access.Emergency, "She rang and could not breathe."); err != nil || told != 1 {
			t.Fatal(err, told)
		}
		all, err := h.Openings(h.as(wren), wren.ID)
		if err != nil || len(all) != 1 || all[0].Words != "She rang and could not breathe." || all[0].Person != guide.ID || !all[0].Ends.Equal(h.clock.Now().Add(people.GlassFor)) {
			t.Errorf("the client reads %+v, %v", all, err)
		}
		if _, err := h.Openings(h.as(desk), wren.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the front desk reads why: %v", err)
		}
	})
}

func TestARecordClosesAgainByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		guide, wren, robin := h.add(t, "Mara", "mara@example.org", access.Guide), h.add(t, "Wren", "", access.Client), h.add(t, "Robin", "", access.Client)
		if err := h.Break(h.as(guide), wren.ID, access.Emergency, "She rang."); err != nil {
			t.Fatal(err)
		}
		for _, at := range []struct {
			after time.Duration
			open  bool
		}{{0, true}, {people.GlassFor - time.Second, true}, {people.GlassFor, false}} {
			h.clock.Add(testkit.Now.Add(at.after).Sub(h.clock.Now()))
			for name, s := range map[string]*people.Service{"here": h.Service, "in another program": h.other} {
				cares := people.CaresOf(s, access.From(h.ctx).Practice, guide.ID)
				if got := cares(wren.ID); got.Glass != at.open || len(got.As) != 0 {
					t.Errorf("%s after %s: %+v", name, at.after, got)
				}
				if got := cares(robin.ID); got.Glass {
					t.Errorf("%s another client's record is open", name)
				}
			}
		}
	})
}

// TestWhoIsJustAddedHasTheirTeamFromTheSameTransaction, each colleague once,
// and another program sees both.
func TestWhoIsJustAddedHasTheirTeamFromTheSameTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		guide := h.add(t, "Mara", "mara@example.org", access.Guide, access.Prescriber)
		for _, s := range []*people.Service{h.Service, h.other} {
			h.team(t, s, guide.ID) // both know who is here
		}
		h.clock.Add(time.Second)
		var client people.Person
		h.write(t, func(tx *db.Tx) (err error) {
			if client, err = h.Add(h.ctx, tx, people.Person{Name: "Ana", Contact: "ana@example.org"}); err != nil {
				return err
			}
			return h.Join(h.ctx, tx, client.ID, guide.ID, guide.ID)
		})
		h.clock.Add(2 * time.Second) // the other program looks again
		for _, s := range []*people.Service{h.Service, h.other} {
			if team := h.team(t, s, client.ID); len(team) != 1 || team[guide.ID] == "" {
				t.Errorf("their team is %v", team)
			}
		}
		n, err := db.One(h.ctx, d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM trail_entries WHERE verb = 'joined'")
		if err != nil || n != 2 {
			t.Errorf("%d lines say that somebody joined, want one for each role; %v", n, err)
		}
	})
}
