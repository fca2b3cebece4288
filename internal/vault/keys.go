package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"held/internal/db"
)

// current is what a sealing transaction keeps per subject and class.
type current struct {
	practice, subject db.ID
	class             Class
}

// fresh is a subject that was made in this transaction.
type fresh struct{ practice, subject db.ID }

// Fresh says that a subject's id was made in this transaction: it can have no
// keys yet, and nobody looks for them.
func (v *Vault) Fresh(tx *db.Tx, practice, subject db.ID) { tx.Keep(fresh{practice, subject}, true) }

type open struct {
	ref  dataRef
	aead cipher.AEAD
}

// sealingKey is the newest data key of a subject and class, made when missing.
func (v *Vault) sealingKey(ctx context.Context, tx *db.Tx, f Field) (dataRef, cipher.AEAD, error) {
	if f.Practice.IsZero() || f.Subject.IsZero() || f.Row.IsZero() || f.Class == "" || f.Column == "" {
		return dataRef{}, nil, fmt.Errorf("vault: %q has no full place", f.Column)
	}
	at := current{f.Practice, f.Subject, f.Class}
	switch kept := tx.Kept(at).(type) {
	case open:
		return kept.ref, kept.aead, nil
	case error: // erased in this very transaction
		return dataRef{}, nil, kept
	}
	o, err := v.newest(ctx, tx, at)
	if err != nil {
		return dataRef{}, nil, err
	}
	tx.Keep(at, o)
	return o.ref, o.aead, nil
}

// newest finds the data key that is sealed under now, or makes the first one.
func (v *Vault) newest(ctx context.Context, tx *db.Tx, at current) (o open, err error) {
	first := dataRef{at.practice, at.subject, at.class, 1}
	if tx.Kept(fresh{at.practice, at.subject}) != nil {
		return v.makeDataKey(ctx, tx, first)
	}
	version, erasures := v.seen(at)
	if version == 0 {
		r, err := db.One(ctx, tx, scanNewest, sqlNewestDataKey, at.practice, at.subject, string(at.class))
		switch {
		case errors.Is(err, db.ErrNone):
			return v.makeDataKey(ctx, tx, first)
		case err != nil:
			return o, err
		case r.destroyed != 0:
			return o, ErrErased
		}
		version = r.version
		now := v.now()
		tx.After(func() { v.see(at, seen{version, now}, erasures) })
	}
	o.ref = dataRef{at.practice, at.subject, at.class, version}
	o.aead, err = v.dataKey(ctx, tx, o.ref)
	return o, err
}

// seen is the newest version of a data key, as it was a moment ago. Another
// process may have erased it since; what is sealed in that moment is then
// erased as if it had been written the moment before.
type seen struct {
	version int64
	at      time.Time
}

// seenFor is how long that moment is.
const seenFor = 2 * time.Second

// seen gives the version, 0 when it is to be looked for, and how many erasures
// there had been.
func (v *Vault) seen(at current) (version int64, erasures int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, now := v.sealing[at], v.now()
	if now.Sub(s.at) >= seenFor || now.Before(s.at) {
		s.version = 0
	}
	return s.version, v.erasures
}

func (v *Vault) see(at current, s seen, erasures int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.erasures != erasures {
		return
	}
	if len(v.sealing) >= maxCached {
		clear(v.sealing)
	}
	v.sealing[at] = s
}

// makeDataKey adds a data key; when somebody else was first, theirs is used.
func (v *Vault) makeDataKey(ctx context.Context, tx *db.Tx, ref dataRef) (open, error) {
	cref, ckey, err := v.classKey(ref.practice, ref.class)
	if err != nil {
		return open{}, err
	}
	wrapper, err := newAEAD(ckey)
	if err != nil {
		return open{}, err
	}
	key := make([]byte, 32)
	rand.Read(key)                                        // crypto/rand never fails
	wrapped := wrapper.Seal(nil, nil, key, ref.context()) // #nosec G407 -- the AEAD draws its own random nonce
	args := []any{ref.practice, ref.subject, string(ref.class), ref.version, cref.version, wrapped, db.Micros(v.now())}
	if tx.Kept(fresh{ref.practice, ref.subject}) != nil {
		err = tx.Later(ctx, nil, sqlAddDataKey, args...)
	} else if n, nerr := tx.Exec(ctx, sqlInsertDataKey, args...); n == 0 && nerr == nil {
		aead, err := v.dataKey(ctx, tx, ref)
		return open{ref, aead}, err
	} else {
		err = nerr
	}
	if err != nil {
		return open{}, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return open{}, err
	}
	tx.Keep(ref, aead)
	tx.After(func() { v.keepData(ref, aead) })
	return open{ref, aead}, nil
}

// dataKey opens one data key, from the cache when it is there.
func (v *Vault) dataKey(ctx context.Context, q db.Q, ref dataRef) (cipher.AEAD, error) {
	v.mu.RLock()
	aead, erasures := v.data[ref], v.erasures
	v.mu.RUnlock()
	if aead != nil {
		return aead, nil
	}
	tx, inside := q.(*db.Tx)
	if inside {
		if a, ok := tx.Kept(ref).(cipher.AEAD); ok {
			return a, nil
		}
	}
	r, err := db.One(ctx, q, scanDataKey, sqlDataKey, ref.practice, ref.subject, string(ref.class), ref.version)
	if errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("vault: a %s key is missing", ref.class)
	}
	if err != nil {
		return nil, err
	}
	if r.destroyed != 0 {
		return nil, ErrErased
	}
	v.mu.RLock()
	ckey := v.class[classRef{ref.practice, ref.class, r.classVersion}]
	v.mu.RUnlock()
	if ckey == nil {
		return nil, fmt.Errorf("vault: the %s class key is not loaded", ref.class)
	}
	wrapper, err := newAEAD(ckey)
	if err != nil {
		return nil, err
	}
	key, err := wrapper.Open(nil, nil, r.wrapped, ref.context())
	if err != nil {
		return nil, fmt.Errorf("vault: a %s key does not open: it was altered", ref.class)
	}
	if aead, err = newAEAD(key); err != nil {
		return nil, err
	}
	if !inside { // a transaction may still be taken back
		v.keepRead(ref, aead, erasures)
	}
	return aead, nil
}

func (v *Vault) classKey(practice db.ID, c Class) (classRef, []byte, error) {
	ref := classRef{practice, c, 1}
	v.mu.RLock()
	key := v.class[ref]
	v.mu.RUnlock()
	if key == nil {
		return ref, nil, fmt.Errorf("vault: the %s class key is not loaded", c)
	}
	return ref, key, nil
}

func (v *Vault) keepClass(ref classRef, key []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.class[ref] = key
}

func (v *Vault) keepData(ref dataRef, aead cipher.AEAD) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.store(ref, aead)
}

// keepRead keeps a key that was read when so many erasures had been: one that
// was erased while it was read must not come back by the cache.
func (v *Vault) keepRead(ref dataRef, aead cipher.AEAD, erasures int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.erasures == erasures {
		v.store(ref, aead)
	}
}

func (v *Vault) store(ref dataRef, aead cipher.AEAD) {
	if len(v.data) >= maxCached {
		clear(v.data)
	}
	v.data[ref] = aead
}
