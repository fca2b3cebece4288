package trail

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// linkedAtOnce is how many lines one transaction gives their place.
const linkedAtOnce = 500

// errLost says that another program has linked meanwhile.
var errLost = errors.New("trail: somebody else was first")

// ErrBroken says that the chain's end is not where its head says. Nothing is
// linked to it any more: `held trail verify` names the place.
var ErrBroken = errors.New("the chain of the trail is broken at its end; `held trail verify` says how")

// Link gives every line that was written since a place in the practice's chain.
// Several may do so at once: the head and the key of places let one be first.
// What Held did not write is left out, and verify names it.
func (s *Service) Link(ctx context.Context) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Ledger}); err != nil {
		return err
	}
	var after db.ID
	for {
		done, last, err := s.linkSome(ctx, after)
		switch {
		case errors.Is(err, errLost) && ctx.Err() == nil:
			after = db.ID{}
		case err != nil || done:
			return err
		default:
			after = last
		}
	}
}

// linkSome links the next lines after an id. It reads outside of the
// transaction that writes: should somebody have linked meanwhile, the head has
// moved and nothing is written.
func (s *Service) linkSome(ctx context.Context, after db.ID) (done bool, last db.ID, err error) {
	practice := access.From(ctx).Practice
	was, err := s.head(ctx)
	if err != nil {
		return false, last, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanLine, sqlUnlinked, practice, after[:], int64(linkedAtOnce))
	if err != nil {
		return false, last, err
	}
	now, taken := s.extend(practice, was, rows)
	done = len(rows) < linkedAtOnce
	if !done {
		last = rows[len(rows)-1].ID
	}
	if done && now.begun <= 0 && now.seq > 0 {
		now.begun, now.begunAt = 1-now.begun, s.Now()
	}
	if now.same(was) {
		return done, last, nil
	}
	now.linked = s.Now()
	now.seal = s.sealOfHead(practice, now)
	return done, last, s.DB.Write(ctx, func(tx *db.Tx) error { return advance(ctx, tx, practice, was, now, taken) })
}

// extend lengthens the chain in memory. While the lines from before the chain
// are taken in, one without a seal is as good as they all are.
func (s *Service) extend(practice db.ID, h head, rows []line) (head, []line) {
	taken := rows[:0:0]
	for _, l := range rows {
		genuine := s.genuine(practice, l)
		if !genuine && (h.begun > 0 || len(l.seal) > 0) {
			continue
		}
		h.seq++
		if !genuine {
			h.begun = -h.seq
		}
		h.hash = chained(h.hash, practice, l.Entry)
		l.seq, l.hash = h.seq, h.hash
		l.link = s.linkOf(practice, l)
		taken = append(taken, l)
	}
	return h, taken
}

func advance(ctx context.Context, tx *db.Tx, practice db.ID, was, now head, taken []line) error {
	n, err := int64(1), error(nil)
	if was.seal == nil {
		_, err = tx.Exec(ctx, sqlBegin, practice, now.seq, now.hash, now.begun, db.Micros(now.begunAt), db.Micros(now.linked), now.seal)
		if db.Taken(err) {
			return errLost
		}
	} else {
		n, err = tx.Exec(ctx, sqlAdvance, now.seq, now.hash, now.begun, db.Micros(now.begunAt), db.Micros(now.linked), now.seal, practice, was.seq)
	}
	if err == nil && n == 0 {
		err = errLost
	}
	for _, l := range taken {
		if err != nil {
			return err
		}
		n, err = tx.Exec(ctx, sqlLink, l.seq, l.hash, l.link, practice, l.ID)
		switch {
		case db.Taken(err):
			return ErrBroken
		case err == nil && n == 0:
			return errLost
		}
	}
	return err
}

// head reads where the chain ends; without a seal there is no chain yet.
func (s *Service) head(ctx context.Context) (head, error) {
	practice := access.From(ctx).Practice
	h, err := db.One(ctx, s.DB.Reader(), scanHead, sqlHead, practice)
	switch {
	case errors.Is(err, db.ErrNone):
		return head{hash: first}, nil
	case err != nil:
		return h, err
	case !hmac.Equal(h.seal, s.sealOfHead(practice, h)):
		return h, ErrBroken
	}
	return h, nil
}

// Standing is how the chain stands, for the doctor.
type Standing struct {
	Lines   int64
	Waiting time.Time // since when the oldest line waits for its place; zero: none waits
	Anchor  time.Time // when the newest anchor was made
}

// LateAfter is how long a line may wait for its place before that needs a look.
const LateAfter = 10 * time.Minute

// Stands reads how the chain stands, without proving it.
func (s *Service) Stands(ctx context.Context) (Standing, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Letters}); err != nil { // counts and times, as of the outbox
		return Standing{}, err
	}
	practice := access.From(ctx).Practice
	h, err := s.head(ctx)
	if err != nil {
		return Standing{}, err
	}
	waits, err := db.All(ctx, s.DB.Reader(), scanEntry, sqlUnlinked, practice, make([]byte, 16), int64(1))
	if err != nil {
		return Standing{}, err
	}
	out := Standing{Lines: h.seq}
	if len(waits) > 0 {
		out.Waiting = waits[0].At
	}
	a, err := db.One(ctx, s.DB.Reader(), scanAnchor, sqlLastAnchor, practice)
	if errors.Is(err, db.ErrNone) {
		return out, nil
	}
	out.Anchor = a.At
	return out, err
}
