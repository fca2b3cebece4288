package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"held/care/adverse"
	"held/care/consent"
	"held/care/inquiry"
	"held/care/invitation"
	"held/care/medicine"
	"held/care/orders"
	"held/care/preparation"
	"held/care/ripple"
	"held/care/screening"
	"held/care/space"
	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/devices"
	"held/practice/emergency"
	"held/practice/forms"
	"held/practice/identity"
	"held/practice/letters"
	"held/practice/measures"
	"held/practice/notes"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
	"held/practice/welcome"
)

// sealed is every sealed column of the program: what a rotation seals anew and
// a drill opens.
var sealed = slices.Concat(people.Sealed, letters.Sealed, settings.Sealed, calendar.Sealed, invitation.Sealed, inquiry.Sealed, forms.Sealed,
	circle.Sealed, identity.Sealed, space.Sealed, notes.Sealed, welcome.Sealed, ripple.Sealed, measures.Sealed, consent.Sealed, preparation.Sealed, medicine.Sealed, protocol.Sealed, alerts.Sealed, screening.Sealed, stock.Sealed, orders.Sealed, emergency.Sealed, devices.Sealed, adverse.Sealed)

// rotate gives the practice new keys while it is served, in two steps, so that
// the new key file is copied away before anything depends on it.
func rotate(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "rotate", "")
	prepare := fs.Bool("prepare", false, "write a new key into the key file, to be copied away before it is used")
	forget := fs.Bool("forget", false, "take keys out of the key file that nothing in the database needs any more")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	if *prepare && *forget {
		return misuse{"takes --prepare or --forget, not both"}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	ctx = h.as(ctx, access.Operator)
	switch {
	case *prepare:
		return h.prepareKey(ctx, e)
	case *forget:
		return h.forgetKeys(ctx, e)
	}
	n, err := h.vault.Rotate(ctx, h.db, h.practice, func(tx *db.Tx) error {
		return h.trail.Record(ctx, tx, trail.Entry{Verb: "rotated", Kind: "keys"})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "The keys are new: those of every class, and %d that they wrap. `held serve` seals the texts anew behind; `held doctor` says how far it has come.\n", n)
	fmt.Fprint(e.out, "Keep the older key in the key file for as long as you want to open backups from before today; then `held rotate --forget`.\n")
	return nil
}

func (h *house) prepareKey(ctx context.Context, e *env) error {
	wrapped, err := vault.Wrapped(ctx, h.db.Reader(), h.practice)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(wrapped, h.keeper.Newest) {
		return errors.New("the key file has a new key already; copy it away, then `held rotate`")
	}
	if err := vault.AddKey(h.cfg.KeyFile); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "A new key stands first in %s. Nothing depends on it yet.\nNow copy the file to where the copies of it are kept, and to every machine that serves this practice. Then `held rotate`.\n", h.cfg.KeyFile)
	return nil
}

func (h *house) forgetKeys(ctx context.Context, e *env) error {
	last, there, err := vault.LastRotation(ctx, h.db.Reader(), h.practice)
	if err != nil {
		return err
	}
	if there && last.Done.IsZero() {
		return vault.ErrRotating
	}
	wrapped, err := vault.Wrapped(ctx, h.db.Reader(), h.practice)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(wrapped, h.keeper.Newest) {
		return errors.New("the first key of the key file is new and not in use yet; `held rotate` comes before --forget")
	}
	n, err := vault.DropKeys(h.cfg.KeyFile, wrapped)
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(e.out, "Every key of the key file is needed. Nothing was changed.")
		return nil
	}
	fmt.Fprintf(e.out, "%d older keys are out of %s. Backups from before %s do not open with it any more; once no copy of the older file is left, they open for nobody.\n", n, h.cfg.KeyFile, last.Started.Format("2 January 2006, 15:04 MST"))
	return nil
}
