package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"held/care/medicine"
	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// maxSessionFile bounds a record of one session.
const maxSessionFile = 64 << 20

// sessionVerify proves what was signed of medicine sessions: everything in the
// database, what belongs to one id, or a record that was taken along.
func sessionVerify(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "session verify", "[ID]")
	file := fs.String("file", "", "prove a session's record that was taken along as JSON, without any database")
	anchor := fs.String("anchor", "", "with --file: an anchor of the practice's, as its weekly letter has it; the record must be signed with its key")
	args, words := wordFirst(args)
	cfg, err := readConfig(e, fs, args, words)
	if err != nil {
		return err
	}
	anchors, err := readAnchor(*anchor)
	switch {
	case err != nil:
		return err
	case *file != "" && words > 0:
		return misuse{"takes an ID or --file, not both"}
	case *file != "":
		return proveSession(e, *file, anchors)
	case *anchor != "":
		return misuse{"takes --anchor with --file; `held trail verify --anchor` holds the database against one"}
	}
	var only db.ID
	if words > 0 {
		if only, err = db.ParseID(fs.Arg(0)); err != nil {
			return misuse{"wants the id of a session or a person, as in 0198c0de-…"}
		}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	h.medicine = &medicine.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Calendar: h.calendar, Protocol: h.protocol, Now: h.now}
	return h.proveSessions(h.as(ctx, access.Operator), e, only)
}

func proveSession(e *env, file string, anchors []trail.Anchor) error {
	f, err := os.Open(file) // #nosec -- the operator's own file
	if err != nil {
		return fmt.Errorf("the record could not be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSessionFile))
	if err != nil {
		return fmt.Errorf("the record could not be read: %w", err)
	}
	var keys []ed25519.PublicKey
	for _, a := range anchors {
		if !a.Signed() {
			return errors.New("this anchor was altered after it was signed")
		}
		keys = append(keys, a.Key)
	}
	p, err := medicine.VerifyFile(b, keys...)
	if err != nil {
		return err
	}
	if err := unproved(p.Broken); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "The record holds: %s.\n", sessionsCounted(p))
	if p.Sealed == 0 {
		fmt.Fprintln(e.out, "It is not sealed: not every part is signed as it stands.")
	}
	if len(keys) == 0 {
		fmt.Fprintf(e.out, "It was signed with the key %s.\nWhose key that is stands in the practice's weekly letters: --anchor holds it against one.\n", strings.Join(p.Keys, ", "))
		return nil
	}
	fmt.Fprintln(e.out, "It was signed with the practice's key.")
	return nil
}

func (h *house) proveSessions(ctx context.Context, e *env, only db.ID) error {
	if err := h.trail.Link(ctx); err != nil && !errors.Is(err, trail.ErrBroken) { // where it breaks is named below
		return err
	}
	chain, err := h.trail.Verify(ctx)
	switch {
	case err != nil:
		return err
	case chain.Break != nil: // signatures are held against it
		return fmt.Errorf("the trail's chain is broken, so nothing can be held against it: %w", chain.Break)
	}
	p, err := h.medicine.Verify(ctx, only)
	h.linkLast(ctx)
	if err != nil {
		return err
	}
	if err := unproved(p.Broken); err != nil {
		return err
	}
	if p.Sessions == 0 {
		fmt.Fprintln(e.out, "Nothing is signed of any medicine session yet.")
		return nil
	}
	fmt.Fprintf(e.out, "What was signed of %d sessions holds, of which %d are sealed: %s.\n", p.Sessions, p.Sealed, sessionsCounted(p))
	if p.Erased > 0 {
		fmt.Fprintf(e.out, "The content of %d was erased on purpose.\n", p.Erased)
	}
	if p.Earlier > 0 {
		fmt.Fprintf(e.out, "%d signatures were made with another key than today's, as after a move to another Held. The trail holds them.\n", p.Earlier)
	}
	return nil
}

func sessionsCounted(p medicine.Proof) string {
	s := fmt.Sprintf("%d entries, %d signatures, %d addenda; of the person's own words %d are there and %d were taken away by them", p.Entries, p.Signed, p.Added, p.Words, p.Gone)
	if p.Stale > 0 {
		s += fmt.Sprintf("; %d signatures are of an earlier state", p.Stale)
	}
	return s
}
