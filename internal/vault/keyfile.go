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
	"slices"
	"strings"
	"sync"
)

// Keeper wraps the practice's class keys. The key file is one; a key
// management service can stand behind the same face.
type Keeper interface {
	Wrap(ctx context.Context, plain, context []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped, context []byte) ([]byte, error)
	// Newest tells whether the key that wraps now has wrapped this.
	Newest(wrapped []byte) bool
}

const keyPrefix = "held-key-1:"

const keyFileNote = `# The key of this practice. Without it the database cannot be read by anybody.
# With it and the database, everything but the sealed journals can be read.
# Keep a copy apart from the machine and apart from the backups.
`

// keyFile holds one or more keys: the first wraps, all of them unwrap.
type keyFile struct {
	path string

	mu    sync.RWMutex
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
	_, err = fmt.Fprintf(f, "%s%s\n", keyFileNote, newKeyLine())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		// Half a key file would stand in the way of the next attempt.
		return errors.Join(fmt.Errorf("the key file could not be written: %w", err), os.Remove(path))
	}
	return nil
}

func newKeyLine() string {
	key := make([]byte, 32)
	rand.Read(key) // crypto/rand never fails
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

// AddKey writes a new key above those of a key file: it will wrap, they still
// unwrap.
func AddKey(path string) error {
	return rewriteKeyFile(path, func(lines []string) []string {
		at := slices.IndexFunc(lines, isKeyLine)
		return slices.Insert(lines, max(0, at), newKeyLine())
	})
}

// DropKeys takes the keys out of a key file that have wrapped none of these,
// and tells how many. The first one stays.
func DropKeys(path string, wrapped [][]byte) (dropped int, err error) {
	err = rewriteKeyFile(path, func(lines []string) []string {
		first := slices.IndexFunc(lines, isKeyLine)
		kept := lines[:0]
		for i, line := range lines {
			if isKeyLine(line) && i != first && !slices.ContainsFunc(wrapped, func(w []byte) bool { return bytes.HasPrefix(w, idOfLine(line)) }) {
				dropped++
				continue
			}
			kept = append(kept, line)
		}
		return kept
	})
	return dropped, err
}

func isKeyLine(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), keyPrefix) }

func idOfLine(line string) []byte {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(line), keyPrefix)) // it was read before
	return keyID(key)
}

func keyID(key []byte) []byte {
	id := sha256.Sum256(append([]byte("held key id"), key...))
	return id[:4]
}

// rewriteKeyFile changes a key file's lines. There is a whole file under its
// name at every instant: half of one would be the end of the practice.
func rewriteKeyFile(path string, change func([]string) []string) error {
	if _, err := ReadKeyFile(path); err != nil {
		return err
	}
	b, err := os.ReadFile(path) // #nosec -- the operator's own setting
	if err != nil {
		return err
	}
	text := strings.Join(change(strings.Split(string(b), "\n")), "\n")
	f, err := os.CreateTemp(filepath.Dir(path), ".held-key-*") // 0600 by its making
	if err != nil {
		return fmt.Errorf("the key file could not be written anew, and is as it was: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the key file could not be written anew, and is as it was: %w", err), os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path)) // #nosec -- the operator's own setting
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// ReadKeyFile reads the keys of a key file.
func ReadKeyFile(path string) (Keeper, error) {
	k := &keyFile{path: path}
	if err := k.read(); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *keyFile) read() error {
	path := k.path
	b, err := os.ReadFile(path) // #nosec -- the operator's own setting
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no key file at %s; `held init` makes one for a new practice, an existing practice needs its own back", path)
	}
	if err != nil {
		return fmt.Errorf("the key file could not be read: %w", err)
	}
	var ids [][]byte
	var aeads []cipher.AEAD
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, keyPrefix))
		if err != nil || len(key) != 32 || !strings.HasPrefix(line, keyPrefix) {
			return fmt.Errorf("the key file at %s has a line that is no key", path)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return err
		}
		ids, aeads = append(ids, keyID(key)), append(aeads, aead)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the key file at %s could not be read to its end: %w", path, err)
	}
	if len(aeads) == 0 {
		return fmt.Errorf("the key file at %s holds no key", path)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ids, k.aeads = ids, aeads
	return nil
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
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.aeads[0].Seal(bytes.Clone(k.ids[0]), nil, plain, context), nil // #nosec G407 -- the AEAD draws its own random nonce
}

// Newest tells whether the first key has wrapped this.
func (k *keyFile) Newest(wrapped []byte) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return bytes.HasPrefix(wrapped, k.ids[0])
}

// Unwrap opens what any key of the file has wrapped. A key that it does not
// know may have been added to the file since it was read.
func (k *keyFile) Unwrap(_ context.Context, wrapped, context []byte) ([]byte, error) {
	for again := false; ; again = true {
		if aead, rest, ok := k.find(wrapped); ok {
			return aead.Open(nil, nil, rest, context)
		}
		if again {
			return nil, errors.New("this key file does not belong to this database; nothing was changed. Start with the key file that `held init` made for this practice")
		}
		if err := k.read(); err != nil {
			return nil, err
		}
	}
}

func (k *keyFile) find(wrapped []byte) (cipher.AEAD, []byte, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for i, id := range k.ids {
		if rest, ok := bytes.CutPrefix(wrapped, id); ok {
			return k.aeads[i], rest, true
		}
	}
	return nil, nil, false
}
