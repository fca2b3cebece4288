package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// maxProved bounds a file whose signatures are proved: whoever signed everything
// a hundred times, and the longest session, have less.
const maxProved = 64 << 20

// proving is a command that proves signatures: those in the database, or those of
// a file that was taken along, without any database.
type proving struct {
	command, file, anchor, ids string // as its help and its refusals say it
	along                      func(e *env, b []byte, keys []ed25519.PublicKey) (signedWith []string, err error)
	here                       func(ctx context.Context, h *house, e *env, only db.ID) error
}

func (p proving) run(ctx context.Context, e *env, args []string) error {
	fs := flags(e, p.command, "[ID]")
	file := fs.String("file", "", p.file)
	anchor := fs.String("anchor", "", p.anchor)
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
		return p.proveFile(e, *file, anchors)
	case *anchor != "":
		return misuse{"takes --anchor with --file; `held trail verify --anchor` holds the database against one"}
	}
	var only db.ID
	if words > 0 {
		if only, err = db.ParseID(fs.Arg(0)); err != nil {
			return misuse{"wants the id of " + p.ids + ", as in 0198c0de-…"}
		}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	return p.here(h.as(ctx, access.Operator), h, e, only)
}

func (p proving) proveFile(e *env, file string, anchors []trail.Anchor) error {
	f, err := os.Open(file) // #nosec -- the operator's own file
	if err != nil {
		return fmt.Errorf("the file could not be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxProved))
	if err != nil {
		return fmt.Errorf("the file could not be read: %w", err)
	}
	var keys []ed25519.PublicKey
	for _, a := range anchors {
		if !a.Signed() {
			return errors.New("this anchor was altered after it was signed")
		}
		keys = append(keys, a.Key)
	}
	with, err := p.along(e, b, keys)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		fmt.Fprintf(e.out, "It was signed with the key %s.\nWhose key that is stands in the practice's weekly letters: --anchor holds it against one.\n", strings.Join(with, ", "))
		return nil
	}
	fmt.Fprintln(e.out, "It was signed with the practice's key.")
	return nil
}

// chained proves the trail's own chain first: signatures are held against it.
func (h *house) chained(ctx context.Context) error {
	if err := h.trail.Link(ctx); err != nil && !errors.Is(err, trail.ErrBroken) { // where it breaks is named below
		return err
	}
	chain, err := h.trail.Verify(ctx)
	if err == nil && chain.Break != nil {
		err = fmt.Errorf("the trail's chain is broken, so nothing can be held against it: %w", chain.Break)
	}
	return err
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
