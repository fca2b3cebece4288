package db_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

// asked counts how often a question was really asked.
type asked struct {
	kept db.Kept[string, int64]
	n    int
}

func (a *asked) count(t *testing.T, d *db.DB, now time.Time) int64 {
	t.Helper()
	v, err := a.kept.Get(d, now, "rows", func() (int64, error) { a.n++; return count(t, d.Reader()), nil })
	if err != nil {
		t.Error(err)
	}
	return v
}

func TestAnAnswerIsRememberedUntilSomethingIsWritten(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		var a asked
		for want := range int64(3) {
			for range 3 {
				if got := a.count(t, d, testkit.Now); got != want {
					t.Errorf("%d rows, want %d", got, want)
				}
			}
			if a.n != int(want)+1 {
				t.Errorf("asked %d times", a.n)
			}
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, want, 0) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestALineOfTheTrailMakesNothingForgotten: what is written aside is in no answer.
func TestALineOfTheTrailMakesNothingForgotten(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	var a asked
	a.count(t, d, testkit.Now)
	if err := d.Write(t.Context(), func(tx *db.Tx) error { tx.Aside(); return insert(t.Context(), tx, 1, 0) }); err != nil {
		t.Fatal(err)
	}
	if a.count(t, d, testkit.Now); a.n != 1 {
		t.Errorf("asked %d times", a.n)
	}
}

func TestAnAnswerIsNeverOlderThanTwoSeconds(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	for after, again := range map[time.Duration]bool{time.Second: false, 2 * time.Second: true, -time.Second: true} {
		var a asked
		a.count(t, d, testkit.Now)
		if a.count(t, d, testkit.Now.Add(after)); (a.n == 2) != again {
			t.Errorf("after %v asked %d times", after, a.n)
		}
	}
}

func TestAFailureIsNotRemembered(t *testing.T) {
	d := testkit.SQLite(t)
	var k db.Kept[int, int]
	for _, want := range []error{errRefused, nil} {
		if v, err := k.Get(d, testkit.Now, 1, func() (int, error) { return 7, want }); !errors.Is(err, want) || want == nil && v != 7 {
			t.Errorf("%d, %v", v, err)
		}
	}
}

// TestWhatChangesWhileItIsAskedIsNotRemembered: the answer may be the one of before.
func TestWhatChangesWhileItIsAskedIsNotRemembered(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		var k db.Kept[string, int64]
		before, err := k.Get(d, testkit.Now, "rows", func() (int64, error) {
			n := count(t, d.Reader())
			return n, d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, 1, 0) })
		})
		if before != 0 || err != nil {
			t.Errorf("%d, %v", before, err)
		}
		after, err := k.Get(d, testkit.Now, "rows", func() (int64, error) { return count(t, d.Reader()), nil })
		if after != 1 || err != nil {
			t.Errorf("%d, %v", after, err)
		}
	})
}

// TestWhoeverWroteSeesIt, however many ask at the same moment.
func TestWhoeverWroteSeesIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		var k db.Kept[string, int64]
		var all sync.WaitGroup
		for i := range int64(8) {
			all.Go(func() {
				var least int64
				for j := range int64(20) {
					if err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, i*100+j, 0) }); err != nil {
						t.Error(err)
						return
					}
					n, err := k.Get(d, testkit.Now, "rows", func() (int64, error) { return count(t, d.Reader()), nil })
					if err != nil || n < least+1 || n < j+1 {
						t.Errorf("%d rows after %d were written, %v", n, max(least, j)+1, err)
					}
					least = n
				}
			})
		}
		all.Wait()
	})
}
