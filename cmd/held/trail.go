package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// maxAnchorFile bounds what is read in search of an anchor: a letter with all
// its pictures is shorter.
const maxAnchorFile = 16 << 20

// trailVerify proves the chain, or names the first place at which it breaks.
func trailVerify(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "trail verify", "")
	file := fs.String("anchor", "", "a file with an anchor that was kept elsewhere: as “held trail anchor” printed it, or the weekly letter")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	given, err := readAnchor(*file)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	ctx = h.as(ctx, access.Operator)
	if err := h.trail.Link(ctx); err != nil && !errors.Is(err, trail.ErrBroken) { // where it breaks is named below
		return err
	}
	p, err := h.trail.Verify(ctx, given...)
	if err != nil {
		return err
	}
	if p.Break != nil {
		return fmt.Errorf("the trail's chain is broken: %w", p.Break)
	}
	fmt.Fprintln(e.out, proofWords(p, len(given)))
	return nil
}

func proofWords(p trail.Proof, given int) string {
	if p.Lines == 0 {
		return "Nothing is on the trail yet."
	}
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }
	s := fmt.Sprintf("The trail holds: %d lines, from %s to %s.", p.Lines, day(p.First), day(p.Last))
	if p.Before > 0 {
		s += fmt.Sprintf("\n%d of them were written before there was this chain: since it began they are as they were then.", p.Before)
	}
	if p.Late > 0 {
		s += fmt.Sprintf("\n%d lines wait longer than %d minutes for their place. `held serve` gives it to them.", p.Late, int(trail.LateAfter.Minutes()))
	}
	if given == 0 {
		return s + "\nNo anchor was given. Against one that was kept elsewhere, --anchor also finds a database that was put back to an earlier day."
	}
	return s + "\nIt agrees with the anchor."
}

func readAnchor(file string) ([]trail.Anchor, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file) // #nosec -- the operator's own file
	if err != nil {
		return nil, fmt.Errorf("the anchor could not be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxAnchorFile))
	if err != nil {
		return nil, fmt.Errorf("the anchor could not be read: %w", err)
	}
	a, err := trail.ParseAnchor(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return []trail.Anchor{a}, nil
}

// trailAnchor prints a signed statement of how the chain stands.
func trailAnchor(ctx context.Context, e *env, args []string) error {
	cfg, err := readConfig(e, flags(e, "trail anchor", ""), args, 0)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	ctx = h.as(ctx, access.Operator)
	if err := h.trail.Link(ctx); err != nil {
		return err
	}
	var a trail.Anchor
	if err := h.db.Write(ctx, func(tx *db.Tx) (err error) { a, err = h.trail.Anchor(ctx, tx); return err }); err != nil {
		return err
	}
	h.linkLast(ctx)
	_, err = fmt.Fprint(e.out, a)
	return err
}

// linkLimit is how long the last linking before the end may take.
const linkLimit = 5 * time.Second

// linkLast gives what was just written its place in the trail's chain, before a
// command or the program ends. What it leaves, the next one links.
func (h *house) linkLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(h.system(context.WithoutCancel(ctx)), linkLimit)
	defer cancel()
	if err := h.trail.Link(ctx); err != nil {
		h.log.Warn("the trail could not be linked", "cause", err.Error())
	}
}
