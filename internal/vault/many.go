package vault

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"

	"held/internal/db"
)

// Text is one sealed text of a column, and whose it is.
type Text struct {
	Subject, Row db.ID
	Sealed       []byte
}

// manyKeys is how many subjects' keys are asked for at once.
const manyKeys = 32

// OpenMany opens a column's texts of many people, with one question for the
// keys of so many at a time instead of one for each. Keys that were not at hand
// are used and not kept: whoever reads everybody's would push out those that
// are needed again. use is given each text with its place in texts; ErrErased
// when its key was destroyed. of names the practice, the class and the column.
func (v *Vault) OpenMany(ctx context.Context, q db.Q, of Field, texts []Text, use func(i int, plain string, err error)) error {
	for first := 0; first < len(texts); first += manyKeys {
		part := texts[first:min(first+manyKeys, len(texts))]
		keys, err := v.keysOf(ctx, q, of, part)
		if err != nil {
			return err
		}
		for i, t := range part {
			of.Subject, of.Row = t.Subject, t.Row
			plain, err := openUnder(keys, of, t.Sealed)
			if err != nil && !errors.Is(err, ErrErased) {
				return err
			}
			use(first+i, plain, err)
		}
	}
	return nil
}

// openUnder opens a text under one of the keys.
func openUnder(keys map[dataRef]cipher.AEAD, f Field, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	aead, there := keys[dataRef{f.Practice, f.Subject, f.Class, sealedUnder(sealed)}]
	switch {
	case !there:
		return "", fmt.Errorf("vault: a %s key is missing", f.Class)
	case aead == nil:
		return "", ErrErased
	}
	return unseal(aead, f, sealed)
}

// keysOf are the keys under which some texts lie, those that were destroyed as nil.
func (v *Vault) keysOf(ctx context.Context, q db.Q, of Field, texts []Text) (map[dataRef]cipher.AEAD, error) {
	if err := v.notice(ctx, q, of.Practice); err != nil {
		return nil, err
	}
	keys := map[dataRef]cipher.AEAD{}
	wanted := map[dataRef]bool{}
	var missing []any
	for _, t := range texts {
		if len(t.Sealed) == 0 {
			continue
		}
		if err := whole(of, t.Sealed); err != nil {
			return nil, err
		}
		ref := dataRef{of.Practice, t.Subject, of.Class, sealedUnder(t.Sealed)}
		if aead := v.cached(q, ref); aead != nil {
			keys[ref] = aead
		} else if !wanted[ref] {
			wanted[ref], missing = true, append(missing, t.Subject)
		}
	}
	if len(missing) == 0 {
		return keys, nil
	}
	for len(missing) < manyKeys {
		missing = append(missing, missing[len(missing)-1])
	}
	rows, err := db.All(ctx, q, scanKey, sqlDataKeysOf, append([]any{of.Practice, string(of.Class)}, missing...)...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		r.ref.practice = of.Practice
		if r.destroyed != 0 {
			keys[r.ref] = nil
		}
		if r.destroyed != 0 || !wanted[r.ref] {
			continue
		}
		key, err := v.unwrap(ctx, q, r.ref, r.dataRow)
		if err != nil {
			return nil, err
		}
		if keys[r.ref], err = newAEAD(key); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
