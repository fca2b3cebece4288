package main

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"held/care/consent"
	"held/internal/db"
)

// consentVerify proves what was signed: everything in the database, what
// belongs to one id, or a file that was taken along.
func consentVerify(ctx context.Context, e *env, args []string) error {
	return proving{
		command: "consent verify", ids: "a record, a document or a person",
		file:   "prove a file of records that a client took along, without any database",
		anchor: "with --file: an anchor of the practice's, as its weekly letter has it; the records must be signed with its key",
		along:  proveRecords,
		here: func(ctx context.Context, h *house, e *env, only db.ID) error {
			return h.proveConsents(ctx, e, only)
		},
	}.run(ctx, e, args)
}

func proveRecords(e *env, b []byte, keys []ed25519.PublicKey) ([]string, error) {
	p, err := consent.VerifyFile(b, keys...)
	if err == nil {
		err = unproved(p.Broken)
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(e.out, "The file holds: %s.\n", counted(p))
	return p.Keys, nil
}

func (h *house) proveConsents(ctx context.Context, e *env, only db.ID) error {
	if err := h.chained(ctx); err != nil {
		return err
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
