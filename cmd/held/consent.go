package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"held/care/consent"
	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// maxRecordsFile bounds a file of records: a client who signed everything a
// hundred times has less.
const maxRecordsFile = 64 << 20

// consentVerify proves what was signed: everything in the database, what
// belongs to one id, or a file that was taken along.
func consentVerify(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "consent verify", "[ID]")
	file := fs.String("file", "", "prove a file of records that a client took along, without any database")
	anchor := fs.String("anchor", "", "with --file: an anchor of the practice's, as its weekly letter has it; the records must be signed with its key")
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
		return proveFile(e, *file, anchors)
	case *anchor != "":
		return misuse{"takes --anchor with --file; `held trail verify --anchor` holds the database against one"}
	}
	var only db.ID
	if words > 0 {
		if only, err = db.ParseID(fs.Arg(0)); err != nil {
			return misuse{"wants the id of a record, a document or a person, as in 0198c0de-…"}
		}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	return h.proveConsents(h.as(ctx, access.Operator), e, only)
}

func proveFile(e *env, file string, anchors []trail.Anchor) error {
	f, err := os.Open(file) // #nosec -- the operator's own file
	if err != nil {
		return fmt.Errorf("the records could not be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRecordsFile))
	if err != nil {
		return fmt.Errorf("the records could not be read: %w", err)
	}
	var keys []ed25519.PublicKey
	for _, a := range anchors {
		if !a.Signed() {
			return errors.New("this anchor was altered after it was signed")
		}
		keys = append(keys, a.Key)
	}
	p, err := consent.VerifyFile(b, keys...)
	if err != nil {
		return err
	}
	if err := unproved(p.Broken); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "The file holds: %s.\n", counted(p))
	if len(keys) == 0 {
		fmt.Fprintf(e.out, "It was signed with the key %s.\nWhose key that is stands in the practice's weekly letters: --anchor holds it against one.\n", strings.Join(p.Keys, ", "))
		return nil
	}
	fmt.Fprintln(e.out, "It was signed with the practice's key.")
	return nil
}

func (h *house) proveConsents(ctx context.Context, e *env, only db.ID) error {
	if err := h.trail.Link(ctx); err != nil && !errors.Is(err, trail.ErrBroken) { // where it breaks is named below
		return err
	}
	chain, err := h.trail.Verify(ctx)
	switch {
	case err != nil:
		return err
	case chain.Break != nil: // records are held against it
		return fmt.Errorf("the trail's chain is broken, so nothing can be held against it: %w", chain.Break)
	}
	p, err := h.consent.Verify(ctx, only)
	h.linkLast(ctx)
	if err != nil {
		return err
	}
	if err := unproved(p.Broken); err != nil {
		return err
	}
	if p.Records == 0 {
		fmt.Fprintf(e.out, "Nothing is signed yet. %d published versions are as they were published.\n", p.Versions)
		return nil
	}
	fmt.Fprintf(e.out, "What was signed holds: %s; %d published versions are as they were published.\n", counted(p), p.Versions)
	if p.Erased > 0 {
		fmt.Fprintf(e.out, "The words of %d were erased on purpose; their places and hashes are as they were.\n", p.Erased)
	}
	if p.Earlier > 0 {
		fmt.Fprintf(e.out, "%d were signed with another key than today's, as after a move to another Held. The trail holds them.\n", p.Earlier)
	}
	return nil
}

func counted(p consent.Proof) string {
	return fmt.Sprintf("%d records, among them %d signatures of clients and %d second signatures", p.Records, p.Signed, p.Second)
}

// mostBroken is how many sentences are said about what does not hold.
const mostBroken = 20

func unproved(broken []string) error {
	if len(broken) == 0 {
		return nil
	}
	said := broken
	if len(said) > mostBroken {
		said = append(said[:mostBroken:mostBroken], fmt.Sprintf("and %d more", len(broken)-mostBroken))
	}
	return fmt.Errorf("%d things do not hold: %s", len(broken), strings.Join(said, "; "))
}
