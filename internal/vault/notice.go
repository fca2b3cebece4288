package vault

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
)

// trusted is how long opened keys are used without asking whether another
// program has erased or rotated some of them; while one asks, the others go on
// for patience at most.
const (
	trusted  = 2 * time.Second
	patience = 30 * time.Second
)

// look is what a practice's epoch was, when that was read, and when somebody
// set out to read it again.
type look struct {
	epoch     int64
	at, asked time.Time
}

// bumped is what a transaction keeps that has moved the epoch itself: what it
// reads of it may be taken back.
type bumped db.ID

func epochOf(ctx context.Context, q db.Q, practice db.ID) (int64, error) {
	epoch, err := db.One(ctx, q, db.Value[int64], sqlEpoch, practice)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return epoch, err
}

// nextEpoch has every program look at the keys again.
func (v *Vault) nextEpoch(ctx context.Context, tx *db.Tx, practice db.ID) error {
	tx.Keep(bumped(practice), true)
	_, err := tx.Exec(ctx, sqlNextEpoch, practice)
	return err
}

func (v *Vault) looked(practice db.ID, epoch int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.looks[practice] = look{epoch: epoch, at: v.now()}
}

// notice asks every so often whether another program has changed the keys,
// and then forgets what it had opened. Keys that it cannot follow to are an
// error: to go on with the old ones would seal what nobody could open later.
func (v *Vault) notice(ctx context.Context, q db.Q, practice db.ID) error {
	if tx, ok := q.(*db.Tx); ok && tx.Kept(bumped(practice)) != nil {
		return nil
	}
	was, due := v.due(practice)
	if !due {
		return nil
	}
	epoch, err := epochOf(ctx, q, practice)
	switch {
	case err != nil:
	case epoch == was.epoch:
		v.looked(practice, epoch)
	default:
		v.forget(practice)
		err = v.Load(ctx, q, practice)
	}
	if err != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		was.asked = time.Time{} // the next one asks again
		v.looks[practice] = was
	}
	return err
}

// due takes the asking upon itself.
func (v *Vault) due(practice db.ID) (was look, due bool) {
	now := v.now()
	v.mu.RLock()
	was = v.looks[practice]
	v.mu.RUnlock()
	if was.fresh(now) {
		return was, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if was = v.looks[practice]; was.fresh(now) {
		return was, false
	}
	asking := was
	asking.asked = now
	v.looks[practice] = asking
	return was, true
}

func (l look) fresh(now time.Time) bool {
	within := func(t time.Time, d time.Duration) bool {
		age := now.Sub(t)
		return !t.IsZero() && age >= 0 && age < d
	}
	return within(l.at, trusted) || within(l.at, patience) && within(l.asked, trusted)
}

func (v *Vault) forget(practice db.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.erasures++
	for ref := range v.data {
		if ref.practice == practice {
			delete(v.data, ref)
		}
	}
}
