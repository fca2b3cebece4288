package main

import (
	"context"
	"errors"
	"fmt"

	"held/practice/access"
)

// errUnwell makes the command's exit status say what its lines said.
var errUnwell = errors.New("something needs a look; the lines above say what and how")

// doctor says how the set-up stands: the same findings as the page at the desk.
func doctor(ctx context.Context, e *env, args []string) error {
	cfg, err := readConfig(e, flags(e, "doctor", ""), args, 0)
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	findings, err := h.doctor.Examine(h.as(ctx, access.Operator))
	if err != nil {
		return err
	}
	well := true
	for _, f := range findings {
		mark := "fine        "
		if !f.Fine {
			mark, well = "needs a look", false
		}
		fmt.Fprintf(e.out, "%s  %s: %s\n", mark, f.About, f.Sentence)
	}
	if !well {
		return errUnwell
	}
	return nil
}
