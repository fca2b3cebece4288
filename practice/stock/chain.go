package stock

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// statement is what an entry's hash is taken of, with the hash of the one before.
type statement struct {
	Practice db.ID  `json:"practice"`
	N        int64  `json:"n"`
	ID       db.ID  `json:"id"`
	Item     db.ID  `json:"item"`
	Kind     Kind   `json:"kind"`
	Delta    int64  `json:"delta"`
	Held     int64  `json:"held"`
	Session  db.ID  `json:"session"`
	Client   db.ID  `json:"client"`
	Of       db.ID  `json:"of"`
	By       db.ID  `json:"by"`
	At       int64  `json:"at"`
	Body     Body   `json:"body"`
	Before   string `json:"before"`
}

func sum(practice db.ID, e Entry, before []byte) ([]byte, error) {
	plain, err := json.Marshal(statement{
		practice, e.N, e.ID, e.Item, e.Kind, int64(e.Delta), int64(e.Held), e.Session, e.Client, e.Of, e.By, micros(e.At), e.Body, hex.EncodeToString(before),
	})
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(plain)
	return h[:], nil
}

// first is the hash before the first entry.
var first = make([]byte, sha256.Size)

// append adds one entry at the end of the chain, by whoever acts.
func (s *Service) append(ctx context.Context, tx *db.Tx, e Entry) (Entry, error) {
	a := access.From(ctx)
	if _, err := tx.Exec(ctx, sqlBegin, a.Practice, first); err != nil {
		return e, err
	}
	h, err := db.One(ctx, tx, scanHead, sqlNext, a.Practice)
	if err != nil {
		return e, err
	}
	e.N, e.ID, e.By, e.At, e.Body.Salt = h.n, db.NewID(), a.Person, s.Now(), rand.Text()
	if e.Hash, err = sum(a.Practice, e, h.hash); err != nil {
		return e, err
	}
	plain, err := json.Marshal(e.Body)
	if err != nil {
		return e, err
	}
	sealed, err := s.Vault.Seal(ctx, tx, field(a.Practice, e.ID, entryBody), string(plain))
	if err != nil {
		return e, err
	}
	if _, err := tx.Exec(ctx, sqlAppend, a.Practice, e.N, e.ID, e.Item, string(e.Kind), sealed, int64(e.Delta), int64(e.Held), e.Session, e.Client, e.Of, e.By, micros(e.At), e.Hash); err != nil {
		return e, err
	}
	_, err = tx.Exec(ctx, sqlEnd, e.Hash, a.Practice)
	return e, err
}

// walk goes through the whole ledger in its order.
func (s *Service) walk(ctx context.Context, q db.Q, each func(Entry) error) error {
	practice := access.From(ctx).Practice
	for after := int64(0); ; {
		rows, err := db.All(ctx, q, scanEntry, sqlEntriesAfter, practice, after)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			e, err := s.openEntry(ctx, q, r)
			if err != nil {
				return err
			}
			if err := each(e); err != nil {
				return err
			}
			after = e.N
		}
	}
}

// Proof is what a check of the chain found.
type Proof struct {
	Entries int64
	Broken  int64 // the first entry that is not as it was made; 0: none
	Short   bool  // entries are missing at the end
}

// Holds tells whether every entry is there as it was made.
func (p Proof) Holds() bool { return p.Broken == 0 && !p.Short }

// Verify holds every entry against its hash, the one before, and the end.
func (s *Service) Verify(ctx context.Context) (p Proof, err error) {
	if err := may(ctx, access.Read); err != nil {
		return p, err
	}
	practice, before, want := access.From(ctx).Practice, first, int64(1)
	err = s.walk(ctx, s.DB.Reader(), func(e Entry) error {
		hash, err := sum(practice, e, before)
		if p.Broken == 0 && (err != nil || e.N != want || !bytes.Equal(hash, e.Hash)) {
			p.Broken = want
		}
		p.Entries, before, want = p.Entries+1, e.Hash, want+1
		return err
	})
	if err != nil {
		return p, err
	}
	h, err := one(ctx, s.DB.Reader(), scanHead, sqlHead, practice)
	if fault.Is(err, fault.NotFound) {
		return p, nil
	}
	p.Short = err == nil && p.Broken == 0 && (h.n != p.Entries || !bytes.Equal(h.hash, before))
	return p, err
}
