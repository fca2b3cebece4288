package trail_test

import (
	"bytes"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/trail"
)

// TestATrailThatCameGoesOnWhereItEnded: its lines keep their places and hashes,
// and what was altered or taken out before is said and not mended.
func TestATrailThatCameGoesOnWhereItEnded(t *testing.T) {
	const came = `UPDATE trail_entries SET seal = NULL, link = NULL`
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ids := r.written(t, 1200)
		r.link(t)
		ended := r.anchor(t)
		r.written(t, 2) // the anchor's own line and these wait for their place
		comes := func() trail.Adopted {
			t.Helper()
			r.by(t, came)
			r.by(t, `DELETE FROM trail_heads`)
			a, err := r.Adopt(r.as(t, access.Operator))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := comes(); a.Lines != 1200 || a.Torn != 0 || !bytes.Equal(a.Hash, ended.Hash) {
			t.Errorf("%+v", a)
		}
		r.written(t, 3)
		r.link(t)
		if p := r.prove(t, ended); p.Break != nil || p.Lines != 1206 || p.Before != 1203 || p.Anchors == 0 {
			t.Errorf("%+v", p)
		}
		r.by(t, `UPDATE trail_entries SET verb = 'wrote' WHERE id = $1`, ids[700])
		r.by(t, `DELETE FROM trail_entries WHERE id = $1`, ids[900])
		if a := comes(); a.Lines != 1205 || a.Torn != 701 {
			t.Errorf("%+v", a)
		}
		if p, err := r.Verify(r.as(t, access.Operator)); err != nil || p.Break == nil || p.Break.What != trail.Anchored {
			t.Errorf("against its own anchor: %+v, %v", p.Break, err)
		}
		r.by(t, `DELETE FROM trail_anchors`)
		if p := r.prove(t); p.Break != nil || p.Lines != 1205 {
			t.Errorf("%+v", p)
		}
		r.by(t, `UPDATE trail_entries SET verb = 'wrote' WHERE id = $1`, ids[3])
		if p := r.prove(t); p.Break == nil || p.Break.Seq != 4 {
			t.Errorf("altered after it came: %+v", p.Break)
		}
	})
}

func TestNothingIsAdoptedOfAnEmptyTrail(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	if a, err := r.Adopt(r.as(t, access.Operator)); err != nil || a.Lines != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	r.written(t, 1)
	r.link(t)
	if p := r.prove(t); p.Break != nil || p.Lines != 1 {
		t.Errorf("%+v", p)
	}
}
