package trail_test

import (
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/trail"
)

func TestAListIsOnTheTrailOnceADay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx := r.as(t, access.Session, access.Guide, access.Client)
		look := func(lists ...string) {
			t.Helper()
			for _, l := range lists {
				if err := r.Listed(ctx, l); err != nil {
					t.Fatal(err)
				}
			}
		}
		seen := func(want int) []trail.Entry {
			t.Helper()
			got, err := r.Of(ctx, r.me, db.ID{}, 20)
			if err != nil || len(got) != want {
				t.Fatalf("%d lines, want %d (%v)", len(got), want, err)
			}
			return got
		}
		look(trail.PeopleList, trail.PeopleList, trail.TodayList, trail.PeopleList)
		e := seen(2)[1]
		if e.Line(false) != "read the list of people" || e.Role != "guide" || e.Actor != r.me {
			t.Errorf("%+v: %s", e, e.Line(false))
		}
		r.clock.Add(24 * time.Hour)
		look(trail.PeopleList, trail.PeopleList)
		seen(3)
		r.me = db.NewID()
		ctx = r.as(t, access.Session, access.Coordinator)
		look(trail.PeopleList)
		ctx = r.as(t, access.Session, access.Owner)
		seen(1)
	})
}

// TestAListThatCannotBeRecordedIsNotShown, and is recorded when it can be again.
func TestAListThatCannotBeRecordedIsNotShown(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	ctx := r.as(t, access.Session, access.Owner)
	rename := func(from, to string) {
		if err := r.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	rename("trail_entries", "away")
	if err := r.Listed(ctx, trail.WeekList); err == nil {
		t.Error("shown without a line")
	}
	rename("away", "trail_entries")
	if err := r.Listed(ctx, trail.WeekList); err != nil {
		t.Error(err)
	}
	if got, err := r.Of(ctx, r.me, db.ID{}, 5); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
