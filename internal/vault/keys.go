package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

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

// expected is what a transaction keeps that has asked ahead for the newest key
// of a subject and class.
type expected current

// Expect says that something is going to be sealed for a subject further on in
// this transaction: the newest key is asked for on a journey that is made anyway.
func (v *Vault) Expect(ctx context.Context, tx *db.Tx, practice, subject db.ID, c Class) error {
	at := current{practice, subject, c}
	if tx.Kept(at) != nil || tx.Kept(expected(at)) != nil || tx.Kept(fresh{practice, subject}) != nil {
		return nil
	}
	erasures := v.erased()
	return tx.Ahead(ctx, func(rows db.Rows) error {
		if !rows.Next() {
			return nil // then it is looked for in its turn
		}
		r, err := scanNewest(rows)
		tx.Keep(expected(at), newest{r, erasures})
		return err
	}, sqlNewestDataKey, practice, subject, string(c))
}

// newest is a data key as it lies, and how many erasures had been before it was read.
type newest struct {
	newestRow
	erasures int
}

// newestData is the newest data key of a subject and class, destroyed or not.
func (v *Vault) newestData(ctx context.Context, tx *db.Tx, at current) (newest, error) {
	if r, ok := tx.Kept(expected(at)).(newest); ok {
		return r, nil
	}
	erasures := v.erased()
	r, err := db.One(ctx, tx, scanNewest, sqlNewestDataKey, at.practice, at.subject, string(at.class))
	return newest{r, erasures}, err
}

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
	if err := v.notice(ctx, tx, f.Practice); err != nil {
		return dataRef{}, nil, err
	}
	class, _ := v.newestClass(f.Practice, f.Class)
	next := dataRef{f.Practice, f.Subject, f.Class, class.version}
	if tx.Kept(fresh{f.Practice, f.Subject}) != nil {
		o, err := v.makeDataKey(ctx, tx, next)
		if err == nil {
			tx.Keep(at, o)
		}
		return o.ref, o.aead, err
	}
	r, err := v.newestData(ctx, tx, at)
	var o open
	switch {
	case err == nil && r.destroyed == 0 && r.version < class.version:
		o, err = v.succeed(ctx, tx, r.version, next)
	case err == nil && r.destroyed == 0:
		o.ref = dataRef{f.Practice, f.Subject, f.Class, r.version}
		if o.aead = v.cached(tx, o.ref); o.aead == nil {
			o.aead, err = v.openRead(ctx, tx, o.ref, r.dataRow, r.erasures)
		}
	case err == nil:
		err = ErrErased
	case errors.Is(err, db.ErrNone):
		o, err = v.makeDataKey(ctx, tx, next)
	}
	if err != nil {
		return dataRef{}, nil, err
	}
	tx.Keep(at, o)
	return o.ref, o.aead, nil
}

// succeed makes the key that follows an older one after a rotation. It holds
// the older one first: an erasure that comes at the same time waits for it or
// is seen by it, so that what is erased is not sealed anew beside it.
func (v *Vault) succeed(ctx context.Context, tx *db.Tx, older int64, ref dataRef) (open, error) {
	n, err := tx.Exec(ctx, sqlHoldDataKey, ref.practice, ref.subject, string(ref.class), older)
	if err != nil {
		return open{}, err
	}
	if n == 0 {
		return open{}, ErrErased
	}
	return v.makeDataKey(ctx, tx, ref)
}

// makeDataKey adds a data key; when somebody else was first, theirs is used.
func (v *Vault) makeDataKey(ctx context.Context, tx *db.Tx, ref dataRef) (open, error) {
	cref, ckey := v.newestClass(ref.practice, ref.class)
	if ckey.wraps == nil {
		return open{}, fmt.Errorf("vault: the %s class key is not loaded", ref.class)
	}
	key := make([]byte, 32)
	rand.Read(key)                                           // crypto/rand never fails
	wrapped := ckey.wraps.Seal(nil, nil, key, ref.context()) // #nosec G407 -- the AEAD draws its own random nonce
	args := []any{ref.practice, ref.subject, string(ref.class), ref.version, cref.version, wrapped, db.Micros(v.now())}
	var err error
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
	erasures := v.erased()
	if aead := v.cached(q, ref); aead != nil {
		return aead, nil
	}
	r, err := db.One(ctx, q, scanDataKey, sqlDataKey, ref.practice, ref.subject, string(ref.class), ref.version)
	if errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("vault: a %s key is missing", ref.class)
	}
	if err != nil {
		return nil, err
	}
	return v.openRead(ctx, q, ref, r, erasures)
}

// cached is a data key that was opened before, or that q's transaction made; nil
// when there is none.
func (v *Vault) cached(q db.Q, ref dataRef) cipher.AEAD {
	v.mu.RLock()
	aead := v.data[ref]
	v.mu.RUnlock()
	if tx, inside := q.(*db.Tx); inside && aead == nil {
		aead, _ = tx.Kept(ref).(cipher.AEAD)
	}
	return aead
}

func (v *Vault) erased() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.erasures
}

// openRead opens a data key that was read when so many erasures had been.
func (v *Vault) openRead(ctx context.Context, q db.Q, ref dataRef, r dataRow, erasures int) (cipher.AEAD, error) {
	if r.destroyed != 0 {
		return nil, ErrErased
	}
	key, err := v.unwrap(ctx, q, ref, r)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	if tx, inside := q.(*db.Tx); inside {
		tx.After(func() { v.keepRead(ref, aead, erasures) }) // it may still be taken back
	} else {
		v.keepRead(ref, aead, erasures)
	}
	return aead, nil
}

func (v *Vault) unwrap(ctx context.Context, q db.Q, ref dataRef, r dataRow) ([]byte, error) {
	ckey, err := v.classKey(ctx, q, classRef{ref.practice, ref.class, r.classVersion})
	if err != nil {
		return nil, err
	}
	key, err := ckey.wraps.Open(nil, nil, r.wrapped, ref.context())
	if err != nil {
		return nil, fmt.Errorf("vault: a %s key does not open: it was altered", ref.class)
	}
	return key, nil
}

// newestClass is the class key under which what is new is wrapped; no key
// when it is not loaded.
func (v *Vault) newestClass(practice db.ID, c Class) (classRef, classKey) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	ref := classRef{practice, c, v.newest[classOf{practice, c}]}
	return ref, v.class[ref]
}

// classKey is a class key of any version; a version that is not known yet was
// made by another program.
func (v *Vault) classKey(ctx context.Context, q db.Q, ref classRef) (classKey, error) {
	for again := false; ; again = true {
		v.mu.RLock()
		key := v.class[ref]
		v.mu.RUnlock()
		switch {
		case key.wraps != nil:
			return key, nil
		case again:
			return classKey{}, fmt.Errorf("vault: the %s class key is not loaded", ref.class)
		}
		if err := v.Load(ctx, q, ref.practice); err != nil {
			return classKey{}, err
		}
	}
}

func (v *Vault) keepClass(ref classRef, key []byte) error {
	wraps, err := newAEAD(key)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.class[ref] = classKey{key, wraps}
	of := classOf{ref.practice, ref.class}
	v.newest[of] = max(v.newest[of], ref.version)
	return nil
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
		for any := range v.data { // whichever comes first makes room
			delete(v.data, any)
			break
		}
	}
	v.data[ref] = aead
}
