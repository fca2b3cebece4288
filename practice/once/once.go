// Package once does what a form asks once, however often it is sent: by an
// impatient finger, by a network that lost the answer, or by a tab that comes
// back after a night. A page that adds something for good carries a text of its
// own in its form (ui.Form's Once). Together with who sends it, to where, and all
// that was typed, it names the sending; the operation claims that name in its own
// transaction. The same sending again changes nothing and is answered as the
// first was. Another figure in the same form is another sending, so that going
// back and putting something right is not taken for a repetition.
package once

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
)

// kept is for how long a sending is known again. A browser that is opened after
// a holiday may send what it had open.
const kept = 40 * 24 * time.Hour

type key struct{}

// Read reads a form, and hands its sending on with the context. A form without
// the page's text is one that may be sent often.
func Read(r *http.Request) (context.Context, *web.Form, error) {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil || f.Raw(ui.OnceName) == "" {
		return ctx, f, err
	}
	return context.WithValue(ctx, key{}, name(access.From(ctx).Person, r.URL.Path, f.Encode())), f, nil
}

// name is a hash: what was typed cannot be guessed from it, because the page's
// text, which is random and kept nowhere, is part of it.
func name(person db.ID, path, typed string) (id db.ID) {
	sum := sha256.Sum256([]byte(person.String() + "\n" + path + "\n" + typed))
	copy(id[:], sum[:])
	return id
}

// Before says that a form was done before. Made is what came of it then.
type Before struct{ Made db.ID }

func (Before) Error() string { return "once: this form was done before" }

// Claim claims a sending for the transaction in which its work is done, with the
// row that comes of it (zero: none in particular). It fails with Before where
// the work was done. Without a form, in what the program does by itself, there
// is nothing to claim.
func Claim(ctx context.Context, tx *db.Tx, now time.Time, made db.ID) error {
	id, is := ctx.Value(key{}).(db.ID)
	if !is {
		return nil
	}
	practice := access.From(ctx).Practice
	n, err := tx.Exec(ctx, sqlClaim, practice, id, made, db.Micros(now))
	if err != nil || n > 0 {
		return err
	}
	was, err := db.One(ctx, tx, db.Value[db.ID], sqlMade, practice, id)
	if err != nil {
		return err
	}
	return Before{Made: was}
}

// Write is a transaction in which a form is done, one time. Done again, it is
// done: nothing is written, and nobody is told that it failed.
func Write(ctx context.Context, d *db.DB, now time.Time, do func(tx *db.Tx) error) error {
	return Again(d.Write(ctx, func(tx *db.Tx) error {
		if err := Claim(ctx, tx, now, db.ID{}); err != nil {
			return err
		}
		return do(tx)
	}))
}

// Done turns "it was done before" into what the first sending came to; other
// errors stay.
func Done(made db.ID, err error) (db.ID, error) {
	var b Before
	if errors.As(err, &b) {
		return b.Made, nil
	}
	return made, err
}

// Again is Done where nothing in particular was made.
func Again(err error) error {
	_, err = Done(db.ID{}, err)
	return err
}

// Service forgets old sendings.
type Service struct {
	DB  *db.DB
	Now func() time.Time
}

// Sweep forgets what is too old to come again.
func (s *Service) Sweep(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlForget, access.From(ctx).Practice, db.Micros(s.Now().Add(-kept)))
		return err
	})
}
