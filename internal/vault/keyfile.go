package vault

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Keeper wraps the practice's class keys. The key file is one; a key
// management service can stand behind the same face.
type Keeper interface {
	Wrap(ctx context.Context, plain, context []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped, context []byte) ([]byte, error)
}

const keyPrefix = "held-key-1:"

const keyFileNote = `# The key of this practice. Without it the database cannot be read by anybody.
# With it and the database, everything but the sealed journals can be read.
# Keep a copy apart from the machine and apart from the backups.
`

// keyFile holds one or more keys: the first wraps, all of them unwrap.
type keyFile struct {
	ids   [][]byte
	aeads []cipher.AEAD
}

// NewKeyFile makes a key file (0600) and refuses to replace one.
func NewKeyFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the folder of the key file could not be made: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec -- the operator's own setting
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("there is a key file at %s already; it was left as it is", path)
	}
	if err != nil {
		return fmt.Errorf("the key file could not be made: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key) // crypto/rand never fails
	_, err = fmt.Fprintf(f, "%s%s%s\n", keyFileNote, keyPrefix, base64.StdEncoding.EncodeToString(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		// Half a key file would stand in the way of the next attempt.
		return errors.Join(fmt.Errorf("the key file could not be written: %w", err), os.Remove(path))
	}
	return nil
}

// ReadKeyFile reads the keys of a key file.
func ReadKeyFile(path string) (Keeper, error) {
	b, err := os.ReadFile(path) // #nosec -- the operator's own setting
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no key file at %s; `held init` makes one for a new practice, an existing practice needs its own back", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the key file could not be read: %w", err)
	}
	k := &keyFile{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, keyPrefix))
		if err != nil || len(key) != 32 || !strings.HasPrefix(line, keyPrefix) {
			return nil, fmt.Errorf("the key file at %s has a line that is no key", path)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		id := sha256.Sum256(append([]byte("held key id"), key...))
		k.ids, k.aeads = append(k.ids, id[:4]), append(k.aeads, aead)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("the key file at %s could not be read to its end: %w", path, err)
	}
	if len(k.aeads) == 0 {
		return nil, fmt.Errorf("the key file at %s holds no key", path)
	}
	return k, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(b)
}

// Wrap seals a class key under the first key; the key's id stands in front.
func (k *keyFile) Wrap(_ context.Context, plain, context []byte) ([]byte, error) {
	return k.aeads[0].Seal(bytes.Clone(k.ids[0]), nil, plain, context), nil // #nosec G407 -- the AEAD draws its own random nonce
}

// Unwrap opens what any key of the file has wrapped.
func (k *keyFile) Unwrap(_ context.Context, wrapped, context []byte) ([]byte, error) {
	for i, id := range k.ids {
		if rest, ok := bytes.CutPrefix(wrapped, id); ok {
			return k.aeads[i].Open(nil, nil, rest, context)
		}
	}
	return nil, errors.New("this key file does not belong to this database; nothing was changed. Start with the key file that `held init` made for this practice")
}
