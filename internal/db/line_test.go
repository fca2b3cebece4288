package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
)

// hold has somebody write until the returned function is called, and be refused then.
func hold(t *testing.T, d *db.DB) (release func()) {
	t.Helper()
	holding, enough, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first <- d.Write(t.Context(), func(*db.Tx) error { close(holding); <-enough; return errRefused })
	}()
	<-holding
	return func() {
		close(enough)
		if err := <-first; !errors.Is(err, errRefused) {
			t.Error(err)
		}
	}
}

// standing lets somebody write who has to stand in the line.
func standing(t *testing.T, d *db.DB, write func() error) <-chan error {
	t.Helper()
	out, before := make(chan error, 1), d.Waiting()
	go func() { out <- write() }()
	eventually(t, func() bool { return d.Waiting() == before+1 })
	return out
}

// queue has everybody stand in the line, in this order, and gives how each of
// them came out.
func queue(t *testing.T, d *db.DB, all ...func() error) []error {
	t.Helper()
	release := hold(t, d)
	outs := make([]<-chan error, len(all))
	for i, each := range all {
		outs[i] = standing(t, d, each)
	}
	release()
	errs := make([]error, len(all))
	for i, out := range outs {
		errs[i] = <-out
	}
	return errs
}

// ten writers, each of one row; odd says what the fifth does after its own.
func ten(t *testing.T, d *db.DB, after func(), odd func(tx *db.Tx) error) []func() error {
	var all []func() error
	for n := range int64(10) {
		all = append(all, func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				tx.After(after)
				if err := insert(t.Context(), tx, n, n); err != nil {
					return err
				}
				if n == 4 {
					return odd(tx)
				}
				return nil
			})
		})
	}
	return all
}

func numbers(t *testing.T, d *db.DB) []int64 {
	t.Helper()
	all, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT n FROM probe ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var allButTheFifth = []int64{0, 1, 2, 3, 5, 6, 7, 8, 9}

func TestThoseInTheLineAreCommittedTogetherInTheirOrder(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	var order, seen []int64
	var all []func() error
	var mu sync.Mutex
	for n := range int64(10) {
		all = append(all, func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				order = append(order, n)
				if inside, outside := count(t, tx), count(t, d.Reader()); inside != n || outside != 0 {
					t.Errorf("number %d finds %d rows, and %d are committed", n, inside, outside)
				}
				tx.After(func() {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, count(t, d.Reader()))
				})
				return insert(t.Context(), tx, n, n)
			})
		})
	}
	if err := errors.Join(queue(t, d, all...)...); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(order) || len(order) != 10 || len(seen) != 10 || slices.Min(seen) != 10 {
		t.Errorf("worked in the order %v; after the commit there were %v rows", order, seen)
	}
}

func TestNoMoreThanSoManyAreCommittedTogether(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	var all []func() error
	for n := range int64(3 * db.Together) {
		all = append(all, func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				if open := count(t, tx) - count(t, d.Reader()); open >= db.Together {
					t.Errorf("number %d finds %d who wait for their commit", n, open)
				}
				return insert(t.Context(), tx, n, n)
			})
		})
	}
	if err := errors.Join(queue(t, d, all...)...); err != nil || count(t, d.Reader()) != 3*db.Together {
		t.Errorf("%d rows, %v", count(t, d.Reader()), err)
	}
}

func TestOneRefusalAmongTen(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	run(t, d, "INSERT INTO probe (n, v) VALUES (100, 100)")
	for what, odd := range map[string]func(tx *db.Tx) error{
		"refused": func(*db.Tx) error { return errRefused },
		"taken":   func(tx *db.Tx) error { return insert(t.Context(), tx, 100, 0) },
		"wrong": func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO nowhere (n) VALUES (1)")
			return err
		},
		"passed over": func(tx *db.Tx) error {
			_, _ = tx.Exec(t.Context(), "INSERT INTO nowhere (n) VALUES (1)")
			return nil
		},
	} {
		var mu sync.Mutex
		afters := 0
		errs := queue(t, d, ten(t, d, func() { mu.Lock(); defer mu.Unlock(); afters++ }, odd)...)
		for n, err := range errs {
			if (err != nil) != (n == 4) {
				t.Errorf("%s, number %d: %v", what, n, err)
			}
		}
		if got := numbers(t, d); !slices.Equal(got, append(slices.Clone(allButTheFifth), 100)) || afters != 9 {
			t.Errorf("%s: %v stand, %d afters", what, got, afters)
		}
		run(t, d, "DELETE FROM probe WHERE n < 100")
	}
}

func TestAPanicAmongTen(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	all := ten(t, d, func() {}, func(*db.Tx) error { panic("thrown") })
	fifth := all[4]
	all[4] = func() (err error) {
		defer func() { err = fmt.Errorf("recovered %v", recover()) }()
		return fifth()
	}
	errs := queue(t, d, all...)
	if errs[4] == nil || errs[4].Error() != "recovered thrown" {
		t.Errorf("the one who threw: %v", errs[4])
	}
	if err := errors.Join(slices.Delete(errs, 4, 5)...); err != nil || !slices.Equal(numbers(t, d), allButTheFifth) {
		t.Errorf("the others: %v stand, %v", numbers(t, d), err)
	}
}

func TestAFailedCommitFailsAll(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	run(t, d, "CREATE TABLE child (n BIGINT PRIMARY KEY REFERENCES probe (n) DEFERRABLE INITIALLY DEFERRED)")
	orphan := func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), "INSERT INTO child (n) VALUES (77)"); return err }
	for n, err := range queue(t, d, ten(t, d, func() { t.Error("something was done after no commit") }, orphan)...) {
		if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
			t.Errorf("number %d: %v", n, err)
		}
	}
	if got := numbers(t, d); len(got) != 0 {
		t.Errorf("%v stand", got)
	}
	if err := errors.Join(queue(t, d, ten(t, d, func() {}, func(*db.Tx) error { return nil })...)...); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAFullDiskOfOneIsNotTheOthers: SQLite then undoes the whole transaction,
// and the others' work is done again.
func TestAFullDiskOfOneIsNotTheOthers(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	run(t, d, "CREATE TABLE large (b BLOB)")
	run(t, d, "INSERT INTO large (b) VALUES ($1)", make([]byte, 64<<10))
	run(t, d, "DELETE FROM large") // room for ten rows
	run(t, d, "PRAGMA max_page_count = 1")
	large := func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO large (b) VALUES ($1)", make([]byte, 1<<20))
		return err
	}
	errs := queue(t, d, ten(t, d, func() {}, large)...)
	if errs[4] == nil || !strings.Contains(errs[4].Error(), "full") {
		t.Errorf("the large one: %v", errs[4])
	}
	if err := errors.Join(slices.Delete(errs, 4, 5)...); err != nil || !slices.Equal(numbers(t, d), allButTheFifth) {
		t.Errorf("the others: %v stand, %v", numbers(t, d), err)
	}
}

func TestWhoeverLeavesTheLineIsNotWaitedFor(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	write := func(n int64) func() error {
		return func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, n, n) })
		}
	}
	release := hold(t, d)
	before := standing(t, d, write(1))
	leaving := standing(t, d, func() error {
		return d.Write(ctx, func(*db.Tx) error { t.Error("worked for somebody who had gone"); return nil })
	})
	behind := standing(t, d, write(3))
	cancel()
	if err := <-leaving; !errors.Is(err, context.Canceled) || d.Waiting() != 2 {
		t.Errorf("%v, and %d wait", err, d.Waiting())
	}
	release()
	if err := errors.Join(<-before, <-behind); err != nil || !slices.Equal(numbers(t, d), []int64{1, 3}) {
		t.Errorf("the others: %v stand, %v", numbers(t, d), err)
	}
}

// TestWhoIsRefusedSeesWhatRefusedThem: the answer comes once what it rests on
// is committed, so that nobody asks the readers and tries in vain again.
func TestWhoIsRefusedSeesWhatRefusedThem(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	var all []func() error
	for range 10 {
		all = append(all, func() error {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, 1, 1) })
			if seen := count(t, d.Reader()); seen != 1 {
				t.Errorf("answered %v, and finds %d rows", err, seen)
			}
			return err
		})
	}
	for n, err := range queue(t, d, all...) {
		if db.Taken(err) != (n > 0) {
			t.Errorf("number %d: %v", n, err)
		}
	}
}

// TestManyComeAndGo has contexts end at any moment: nobody is stuck, and what
// was acknowledged is there.
func TestManyComeAndGo(t *testing.T) {
	d := testkit.SQLite(t)
	probe(t, d)
	var all sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[int64]bool{}
	for p := range int64(16) {
		all.Go(func() {
			for i := range int64(50) {
				ctx, cancel := context.WithCancel(t.Context())
				n := p*1000 + i
				if n%3 == 0 {
					go cancel()
				}
				err := d.Write(ctx, func(tx *db.Tx) error { return insert(ctx, tx, n, n) })
				cancel()
				if err == nil {
					mu.Lock()
					acknowledged[n] = true
					mu.Unlock()
				} else if !errors.Is(err, context.Canceled) {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	all.Wait()
	got := numbers(t, d)
	if len(got) != len(acknowledged) || slices.ContainsFunc(got, func(n int64) bool { return !acknowledged[n] }) {
		t.Errorf("%d acknowledged, %d stand", len(acknowledged), len(got))
	}
}
