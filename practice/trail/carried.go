package trail

import (
	"bytes"
	"context"
	"errors"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
)

// Lookups are the columns of this package that only the practice's own key can
// make: Adopt makes them anew.
var Lookups = []vault.Lookup{
	{Table: "trail_entries", Column: "seal", Empty: true},
	{Table: "trail_entries", Column: "link", Empty: true},
}

// End is where the chain ends, as it is written down and not proven.
func End(ctx context.Context, q db.Q, practice db.ID) (lines int64, hash []byte, err error) {
	h, err := db.One(ctx, q, scanHead, sqlHead, practice)
	if errors.Is(err, db.ErrNone) {
		return 0, first, nil
	}
	return h.seq, h.hash, err
}

// Adopted is what Adopt found.
type Adopted struct {
	Lines int64 // that came with a place in the older chain
	Hash  []byte
	Torn  int64 // the first of them that the older chain did not hold; 0: it held
}

// Adopt makes the lines that came from another database the beginning of this
// one's chain. They keep their places, and so their hashes, which need no key:
// an anchor that was kept still names the line that it named. They have no seals,
// as lines from before a chain have none; the links around them are made anew.
func (s *Service) Adopt(ctx context.Context) (a Adopted, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Ledger}); err != nil {
		return a, err
	}
	practice, at := access.From(ctx).Practice, int64(0)
	h := head{hash: first}
	for {
		rows, err := db.All(ctx, s.DB.Reader(), scanLine, sqlChain, practice, at, int64(linkedAtOnce))
		if err != nil {
			return a, err
		}
		if len(rows) == 0 {
			break
		}
		at = rows[len(rows)-1].seq
		now := h
		for i := range rows {
			was := rows[i]
			now.seq++
			now.hash = chained(now.hash, practice, was.Entry)
			if a.Torn == 0 && (was.seq != now.seq || !bytes.Equal(was.hash, now.hash)) {
				a.Torn = now.seq
			}
			rows[i].seq, rows[i].hash = now.seq, now.hash
			rows[i].link = s.linkOf(practice, rows[i])
		}
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return adopt(ctx, tx, practice, rows) }); err != nil {
			return a, err
		}
		h = now
	}
	a.Lines, a.Hash = h.seq, h.hash
	if h.seq > 0 {
		h.begun, h.linked = -h.seq, s.Now()
		h.seal = s.sealOfHead(practice, h)
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return advance(ctx, tx, practice, head{}, h, nil) }); err != nil {
			return a, err
		}
	}
	return a, s.Link(ctx) // those that waited for their place, and where the new ones begin
}

func adopt(ctx context.Context, tx *db.Tx, practice db.ID, rows []line) error {
	for _, l := range rows {
		if err := tx.Later(ctx, nil, sqlAdopt, l.seq, l.hash, l.link, practice, l.ID); err != nil {
			return err
		}
	}
	return nil
}
