package db_test

import (
	"context"
	"errors"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
)

const howMany = "SELECT COUNT(*) FROM probe"

// into reads one number.
func into(n *int64) func(db.Rows) error {
	return func(r db.Rows) error {
		if !r.Next() {
			return errors.New("no row came")
		}
		return r.Scan(n)
	}
}

func TestWhatIsAskedAheadIsAnsweredInItsOrder(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		ctx := t.Context()
		none, one, last := int64(-1), int64(-1), int64(-1)
		err := d.Write(ctx, func(tx *db.Tx) error {
			err := errors.Join(
				tx.Ahead(ctx, into(&none), howMany),
				tx.Later(ctx, nil, "INSERT INTO probe (n, v) VALUES ($1, 1)", 1),
				tx.Ahead(ctx, into(&one), howMany))
			if n := count(t, tx); n != 1 || none != 0 || one != 1 {
				t.Errorf("%d rows, %d and %d ahead of them", n, none, one)
			}
			_, xerr := tx.Exec(ctx, "INSERT INTO probe (n, v) VALUES ($1, 1)", 2)
			return errors.Join(err, xerr, tx.Ahead(ctx, into(&last), howMany)) // answered before the commit
		})
		if err != nil || last != 2 {
			t.Errorf("%d rows, %v", last, err)
		}
	})
}

// TestAQuestionAheadThatFailsEndsTheTransaction, whether the database or the
// reader finds it wrong.
func TestAQuestionAheadThatFailsEndsTheTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		ctx := t.Context()
		for what, ask := range map[string]func(tx *db.Tx) error{
			"no such table":                 func(tx *db.Tx) error { return tx.Ahead(ctx, into(new(int64)), "SELECT n FROM nowhere") },
			"a reader that is not up to it": func(tx *db.Tx) error { return tx.Ahead(ctx, func(db.Rows) error { return errRefused }, howMany) },
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO probe (n, v) VALUES (1, 1)")
				return errors.Join(err, ask(tx))
			})
			if n := count(t, d.Reader()); err == nil || n != 0 {
				t.Errorf("%s: %d rows, %v", what, n, err)
			}
		}
	})
}

func TestWhatIsKeptForTheEndIsWrittenBeforeTheCommit(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		probe(t, d)
		ctx := t.Context()
		add := func(tx *db.Tx, n int64) func() error { return func() error { return insert(ctx, tx, n, 0) } }
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Before(add(tx, 1))
			tx.Before(func() error { tx.Before(add(tx, 3)); return insert(ctx, tx, 2, 0) })
			if n := count(t, tx); n != 0 {
				t.Errorf("%d rows already", n)
			}
			return nil
		})
		if n := count(t, d.Reader()); err != nil || n != 3 {
			t.Errorf("%d rows, %v", n, err)
		}
		for what, fn := range map[string]func(tx *db.Tx) error{
			"refused": func(tx *db.Tx) error { tx.Before(add(tx, 4)); return errRefused },
			"refused at end": func(tx *db.Tx) error {
				tx.Before(add(tx, 4))
				tx.Before(func() error { return errRefused })
				return nil
			},
			"a Write within": func(tx *db.Tx) error {
				tx.Before(func() error { return d.Write(context.WithoutCancel(ctx), func(*db.Tx) error { return nil }) })
				return nil
			},
		} {
			if err := d.Write(ctx, fn); !errors.Is(err, errRefused) && !errors.Is(err, db.ErrInside) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if n := count(t, d.Reader()); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}
