package main

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"held/care/medicine"
	"held/internal/db"
)

// sessionVerify proves what was signed of medicine sessions: everything in the
// database, what belongs to one id, or a record that was taken along.
func sessionVerify(ctx context.Context, e *env, args []string) error {
	return proving{
		command: "session verify", ids: "a session or a person",
		file:   "prove a session's record that was taken along as JSON, without any database",
		anchor: "with --file: an anchor of the practice's, as its weekly letter has it; the record must be signed with its key",
		along:  proveSession,
		here: func(ctx context.Context, h *house, e *env, only db.ID) error {
			h.medicine = &medicine.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Calendar: h.calendar, Protocol: h.protocol, Now: h.now}
			return h.proveSessions(ctx, e, only)
		},
	}.run(ctx, e, args)
}

func proveSession(e *env, b []byte, keys []ed25519.PublicKey) ([]string, error) {
	p, err := medicine.VerifyFile(b, keys...)
	if err == nil {
		err = unproved(p.Broken)
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(e.out, "The record holds: %s.\n", sessionsCounted(p))
	if p.Sealed == 0 {
		fmt.Fprintln(e.out, "It is not sealed: not every part is signed as it stands.")
	}
	return p.Keys, nil
}

func (h *house) proveSessions(ctx context.Context, e *env, only db.ID) error {
	if err := h.chained(ctx); err != nil {
		return err
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
