package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// LinkLife is how long an e-mailed sign-in link can be used, once.
const LinkLife = 20 * time.Minute

var errLink = fault.New(fault.Gone, "This sign-in link has been used or has expired. Ask for a new one; it takes a moment.")

// NewLink makes a single-use sign-in link's token for a person, within a
// transaction. Only its hash is kept.
func (s *Service) NewLink(ctx context.Context, tx *db.Tx, person db.ID) (string, error) {
	b := make([]byte, 24)
	rand.Read(b) // crypto/rand never fails
	now := s.Now()
	h := sha256.Sum256(b)
	_, err := tx.Exec(ctx, sqlAddLink, access.From(ctx).Practice, h[:], person, db.Micros(now), db.Micros(now.Add(LinkLife)))
	return base64.RawURLEncoding.EncodeToString(b), err
}

// PeekLink tells whether a link could be used now, and by whom, without using it.
func (s *Service) PeekLink(ctx context.Context, token string) (db.ID, error) {
	h, ok := linkHash(token)
	if !ok {
		return db.ID{}, errLink
	}
	l, err := db.One(ctx, s.DB.Reader(), scanLink, sqlLink, access.From(ctx).Practice, h)
	if errors.Is(err, db.ErrNone) || err == nil && (!l.used.IsZero() || !l.expires.After(s.Now())) {
		return db.ID{}, errLink
	}
	return l.person, err
}

// UseLink uses up a link within a transaction: of two that try, one is let in.
func (s *Service) UseLink(ctx context.Context, tx *db.Tx, token string) (p Person, err error) {
	h, ok := linkHash(token)
	if !ok {
		return p, errLink
	}
	practice := access.From(ctx).Practice
	n, err := tx.Exec(ctx, sqlUseLink, db.Micros(s.Now()), practice, h)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, errLink
	}
	l, err := db.One(ctx, tx, scanLink, sqlLink, practice, h)
	if err != nil {
		return p, err
	}
	return s.Get(ctx, tx, l.person)
}

func linkHash(token string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 24 || len(token) != 32 { // decoders pass over line ends
		return nil, false
	}
	h := sha256.Sum256(b)
	return h[:], true
}
