package trail_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/trail"
)

// written writes n lines, a minute apart, and gives their ids, the first first.
func (r *rig) written(t *testing.T, n int) []db.ID {
	t.Helper()
	ctx := r.as(t, access.Session, access.Guide)
	for range n {
		r.clock.Add(time.Minute)
		if err := r.Saw(ctx, trail.Entry{Subject: r.wren, Kind: "note", Object: r.wren}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.All(t.Context(), r.DB.Reader(), db.Value[db.ID], "SELECT id FROM trail_entries ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (r *rig) link(t *testing.T) {
	t.Helper()
	if err := r.Link(r.as(t, access.System)); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) prove(t *testing.T, given ...trail.Anchor) trail.Proof {
	t.Helper()
	p, err := r.Verify(r.as(t, access.Operator), given...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *rig) anchor(t *testing.T) (a trail.Anchor) {
	t.Helper()
	ctx := r.as(t, access.Operator)
	if err := r.DB.Write(ctx, func(tx *db.Tx) (err error) { a, err = r.Anchor(ctx, tx); return err }); err != nil {
		t.Fatal(err)
	}
	return a
}

// by is what somebody does by hand in the database.
func (r *rig) by(t *testing.T, statement string, args ...any) {
	t.Helper()
	err := r.DB.Write(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(t.Context(), statement, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing was touched by %s", statement)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAChainThatNobodyTouchedHolds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		if p := r.prove(t); p != (trail.Proof{}) {
			t.Errorf("an empty trail: %+v", p)
		}
		r.link(t)
		r.written(t, 3)
		r.link(t)
		r.link(t) // nothing to do
		r.written(t, 2)
		if p := r.prove(t); p.Lines != 3 || p.Waiting != 2 || p.Late != 0 || p.Break != nil {
			t.Errorf("before the second linking: %+v", p)
		}
		r.clock.Add(time.Hour)
		if p := r.prove(t); p.Waiting != 2 || p.Late != 2 {
			t.Errorf("an hour later: %+v", p)
		}
		r.link(t)
		a := r.anchor(t)
		r.link(t)
		p := r.prove(t, a)
		if p.Lines != 6 || p.Anchors != 2 || p.Before != 0 || p.Waiting != 0 || p.Break != nil || !p.First.Equal(testkit.Now.Add(time.Minute)) {
			t.Errorf("%+v", p)
		}
	})
}

// TestLinesFromBeforeTheChainAreTakenIn: what an older Held wrote has no seal.
// It is taken in once, and from then on nothing without a seal is.
func TestLinesFromBeforeTheChainAreTakenIn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.written(t, 3)
		r.by(t, "UPDATE trail_entries SET seal = NULL")
		r.written(t, 1)
		r.link(t)
		if p := r.prove(t); p.Lines != 4 || p.Before != 3 || p.Break != nil {
			t.Errorf("%+v", p)
		}
		id := r.written(t, 1)[4]
		r.by(t, "UPDATE trail_entries SET seal = NULL WHERE id = $1", id)
		r.link(t)
		if p := r.prove(t); p.Break == nil || p.Break.What != trail.Added || p.Break.Entry != id {
			t.Errorf("%+v", p)
		}
		r.by(t, "DELETE FROM trail_entries WHERE id = $1", id)
		if p := r.prove(t); p.Break != nil {
			t.Error(p.Break)
		}
		old := r.written(t, 0)[1]
		r.by(t, "UPDATE trail_entries SET verb = 'answered' WHERE id = $1", old)
		if p := r.prove(t); p.Break == nil || p.Break.What != trail.Altered || p.Break.Seq != 2 {
			t.Errorf("an altered line from before: %+v", p.Break)
		}
	})
}

// TestWhatIsDoneToTheTrailByHandIsNamed is the promise of the chain.
func TestWhatIsDoneToTheTrailByHandIsNamed(t *testing.T) {
	const columns = "practice_id, id, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, seal, seq, hash, link"
	cases := []struct {
		what string
		do   func(t *testing.T, r *rig, ids []db.ID)
		want trail.Damage
		seq  int64
		line int // which of the eight lines is named; -1: none
		says string
	}{
		{"a change", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "UPDATE trail_entries SET actor_id = $1 WHERE id = $2", r.wren, ids[2])
		}, trail.Altered, 3, 2, "line 3 was altered"},
		{"another hour", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "UPDATE trail_entries SET at = at - 1 WHERE id = $1", ids[5])
		}, trail.Altered, 6, 5, "line 6 was altered"},
		{"a seal taken off", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "UPDATE trail_entries SET seal = NULL WHERE id = $1", ids[5])
		}, trail.Altered, 6, 5, "line 6 was altered"},
		{"a deletion", func(t *testing.T, r *rig, ids []db.ID) { r.by(t, "DELETE FROM trail_entries WHERE id = $1", ids[3]) },
			trail.Missing, 4, 4, "line 4 is missing"},
		{"a deletion of several", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "DELETE FROM trail_entries WHERE id >= $1 AND id < $2", ids[0], ids[3])
		}, trail.Missing, 1, 3, "lines 1 to 3 are missing"},
		{"a deletion with the rest moved up", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "DELETE FROM trail_entries WHERE id = $1", ids[3])
			for _, id := range ids[4:8] {
				r.by(t, "UPDATE trail_entries SET seq = seq - 1 WHERE id = $1", id)
			}
		}, trail.Moved, 4, 4, "line 4 is in a wrong place"},
		{"two that changed places", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "UPDATE trail_entries SET seq = 99 WHERE id = $1", ids[1])
			r.by(t, "UPDATE trail_entries SET seq = 2 WHERE id = $1", ids[2])
			r.by(t, "UPDATE trail_entries SET seq = 3 WHERE id = $1", ids[1])
		}, trail.Moved, 2, 2, "line 2 is in a wrong place"},
		{"a line at the end", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "INSERT INTO trail_entries ("+columns+") SELECT practice_id, $1, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, seal, 9, hash, link FROM trail_entries WHERE id = $2", ids[8], ids[7])
		}, trail.Added, 9, 8, "line 9 was added by hand"},
		{"a line outside of the chain", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "INSERT INTO trail_entries ("+columns+") SELECT practice_id, $1, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, seal, 0, hash, link FROM trail_entries WHERE id = $2", ids[8], ids[7])
			r.link(t) // it is not taken in
		}, trail.Added, 0, 8, "has no place in the chain"},
		{"a line in between", func(t *testing.T, r *rig, ids []db.ID) {
			for _, id := range []db.ID{ids[7], ids[6], ids[5]} {
				r.by(t, "UPDATE trail_entries SET seq = seq + 1 WHERE id = $1", id)
			}
			r.by(t, "INSERT INTO trail_entries ("+columns+") SELECT practice_id, $1, at, actor_id, actor_role, via, surface, verb, subject_id, kind, object_id, why, NULL, 6, hash, link FROM trail_entries WHERE id = $2", ids[8], ids[5])
		}, trail.Added, 6, 8, "line 6 was added by hand"},
		{"an end cut off", func(t *testing.T, r *rig, ids []db.ID) { r.by(t, "DELETE FROM trail_entries WHERE id >= $1", ids[6]) },
			trail.Cut, 7, -1, "lines 7 to 8 are missing"},
		{"an end cut off, and its mark moved", func(t *testing.T, r *rig, ids []db.ID) {
			r.by(t, "DELETE FROM trail_entries WHERE id >= $1", ids[6])
			r.by(t, "UPDATE trail_heads SET seq = 6, hash = (SELECT hash FROM trail_entries WHERE seq = 6)")
		}, trail.Headless, 6, -1, "the last line that holds is 6"},
		{"all of it gone", func(t *testing.T, r *rig, _ []db.ID) { r.by(t, "DELETE FROM trail_entries") }, trail.Cut, 1, -1, "lines 1 to 8 are missing"},
		{"the mark of the end gone", func(t *testing.T, r *rig, _ []db.ID) { r.by(t, "DELETE FROM trail_heads") }, trail.Headless, 8, -1, "is gone or was altered"},
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, c := range cases {
			t.Run(c.what, func(t *testing.T) {
				r := newRig(t, d)
				ids := r.written(t, 8)
				r.link(t)
				ids = append(ids, db.NewID()) // for a line that is put in
				c.do(t, r, ids)
				b := r.prove(t).Break
				for _, table := range []string{"trail_entries", "trail_heads"} { // the next case has them to itself
					if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), "DELETE FROM "+table); return err }); err != nil {
						t.Fatal(err)
					}
				}
				if b == nil {
					t.Fatal("it was not noticed")
				}
				if b.What != c.want || b.Seq != c.seq || c.line >= 0 && b.Entry != ids[c.line] || !strings.Contains(b.Error(), c.says) {
					t.Errorf("found %+v: %s", *b, b)
				}
				if c.line >= 0 && !strings.Contains(b.Error(), ids[c.line].String()) {
					t.Errorf("it does not name the entry: %s", b)
				}
			})
		}
	})
}

// TestALineThatIsInTheWayStopsTheLinking: what stands where the next line
// belongs is not overwritten and not gone around.
func TestALineThatIsInTheWayStopsTheLinking(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ids := r.written(t, 4)
		r.link(t)
		r.by(t, "UPDATE trail_entries SET seq = 5 WHERE id = $1", ids[3])
		r.written(t, 1)
		if err := r.Link(r.as(t, access.System)); err == nil || !strings.Contains(err.Error(), "held trail verify") {
			t.Errorf("%v", err)
		}
		if b := r.prove(t).Break; b == nil || b.Seq != 4 || b.What != trail.Missing {
			t.Errorf("%+v", b)
		}
		r.by(t, "DELETE FROM trail_heads")
		if err := r.Link(r.as(t, access.System)); err == nil {
			t.Error("a second chain was begun beside the first")
		}
	})
}

// TestTwoLinkersMakeOneChain: however many programs link at once, and however
// they are interrupted, there is one chain and nothing is in it twice.
func TestTwoLinkersMakeOneChain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		const writers, each = 4, 60
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				ctx := r.as(t, access.Session, access.Guide)
				for range each {
					if err := r.Saw(ctx, trail.Entry{Subject: r.wren, Kind: "note"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 3 {
			all.Go(func() {
				for i := range 40 {
					ctx, stop := context.WithCancel(r.as(t, access.System))
					if i%4 == 3 { // killed at some line
						time.AfterFunc(time.Duration(i)*20*time.Microsecond, stop)
					}
					if err := r.Link(ctx); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
					stop()
				}
			})
		}
		all.Wait()
		r.link(t)
		if p := r.prove(t); p.Lines != writers*each || p.Waiting != 0 || p.Break != nil {
			t.Errorf("%+v, %v", p, p.Break)
		}
	})
}

// TestALongTrailIsLinkedAndProvenInParts: more lines than one transaction
// takes, some of them not Held's.
func TestALongTrailIsLinkedAndProvenInParts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx := r.as(t, access.Session, access.Guide)
		write := func(n int) {
			err := d.Write(ctx, func(tx *db.Tx) error {
				for range n {
					if err := r.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: r.wren, Kind: "step"}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		write(500) // exactly one part
		r.link(t)
		write(700)
		r.by(t, "UPDATE trail_entries SET why = 'x' WHERE seq = 0")
		write(801)
		r.link(t)
		p := r.prove(t)
		if p.Lines != 1301 || p.Before != 0 || p.Break == nil || p.Break.What != trail.Added || p.Break.Seq != 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestAnAnchorFindsWhatTheDatabaseCannotTell(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.written(t, 4)
		r.link(t)
		before := r.anchor(t)
		ids := r.written(t, 4)
		r.link(t)
		kept := r.anchor(t)
		if p := r.prove(t, before, kept); p.Break != nil || p.Anchors != 4 {
			t.Errorf("%+v", p)
		}
		// Put back to an earlier day, mark of the end and all.
		r.by(t, "DELETE FROM trail_anchors WHERE seq > $1", before.Lines)
		r.by(t, "DELETE FROM trail_entries WHERE seq > $1 OR seq = 0", before.Lines)
		r.by(t, "DELETE FROM trail_heads")
		r.by(t, "UPDATE trail_entries SET seq = 0")
		r.link(t)
		if p := r.prove(t); p.Break != nil {
			t.Errorf("without its anchor it looks whole: %v", p.Break)
		}
		b := r.prove(t, kept).Break
		if b == nil || b.What != trail.Shorter || b.Seq != 4 || b.Until != kept.Lines || !strings.Contains(b.Error(), "put back to an earlier day") {
			t.Errorf("%v", b)
		}
		// Written anew without a line.
		r.by(t, "DELETE FROM trail_anchors")
		r.by(t, "DELETE FROM trail_entries WHERE id = $1", ids[1])
		r.by(t, "DELETE FROM trail_heads")
		r.by(t, "UPDATE trail_entries SET seq = 0")
		r.written(t, 9)
		r.link(t)
		if p := r.prove(t); p.Break != nil {
			t.Errorf("without its anchor it looks whole: %v", p.Break)
		}
		b = r.prove(t, before).Break
		if b == nil || b.What != trail.Anchored || b.Seq != before.Lines || !strings.Contains(b.Error(), "written anew") {
			t.Errorf("%v", b)
		}
	})
}

func TestAnAnchorIsRefusedWhenItIsNotThisPractices(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.written(t, 2)
	r.link(t)
	a := r.anchor(t)
	other := newRig(t, testkit.SQLite(t))
	other.written(t, 2)
	other.link(t)
	forged := a
	forged.Lines = 1
	theirs := other.anchor(t)
	claimed := theirs
	claimed.Practice = a.Practice
	for what, x := range map[string]trail.Anchor{"altered": forged, "another practice's": theirs, "another key": claimed} {
		if _, err := r.Verify(r.as(t, access.Operator), x); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAnAnchorIsDueAWeekAfterTheLast(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		week := 7 * 24 * time.Hour
		due := func(want bool) {
			t.Helper()
			got, err := r.AnchorDue(r.as(t, access.System), week)
			if err != nil || got != want {
				t.Errorf("%v, %v", got, err)
			}
		}
		due(false)
		r.written(t, 1)
		r.link(t)
		due(false)
		r.clock.Add(week)
		due(true)
		r.anchor(t)
		r.link(t)
		again := r.anchor(t) // in the same second
		if p := r.prove(t, again); p.Break != nil || p.Anchors != 2 {
			t.Errorf("%+v", p)
		}
		due(false)
		r.clock.Add(week)
		due(true)
	})
}

func TestHowTheChainStands(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		stands := func() trail.Standing {
			t.Helper()
			st, err := r.Stands(r.as(t, access.Operator))
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
		if st := stands(); st != (trail.Standing{}) {
			t.Errorf("%+v", st)
		}
		r.written(t, 2)
		if st := stands(); st.Lines != 0 || !st.Waiting.Equal(testkit.Now.Add(time.Minute)) {
			t.Errorf("%+v", st)
		}
		r.link(t)
		a := r.anchor(t)
		r.link(t)
		if st := stands(); st.Lines != 3 || !st.Waiting.IsZero() || !st.Anchor.Equal(a.At) {
			t.Errorf("%+v", st)
		}
	})
}

// TestWhoMayProveAndAnchor: the chain is the owner's and the operator's.
func TestWhoMayProveAndAnchor(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	for _, ctx := range []context.Context{r.as(t, access.Session, access.Guide), r.as(t, access.Session, access.Client), r.as(t, access.Public)} {
		if _, err := r.Verify(ctx); err == nil {
			t.Errorf("%+v proved it", access.From(ctx))
		}
		if err := r.Link(ctx); err == nil {
			t.Errorf("%+v linked it", access.From(ctx))
		}
		if _, err := r.All(ctx, trail.Filter{}, db.ID{}, 1); err == nil {
			t.Errorf("%+v read it", access.From(ctx))
		}
	}
}
