// Package vault seals what people write, so that a stolen database tells
// nothing. Each text is sealed with AES-256-GCM under a data key of one person
// and one class of content; data keys are wrapped by the practice's class
// keys, and these by a key outside the data folder (Keeper).
package vault

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"held/internal/db"
)

// Class is a class of content with keys of its own.
type Class string

// The classes. Lookup and Links are the practice's own: keyed hashes and
// signed links; nothing is sealed under them.
const (
	Contact  Class = "contact"
	Identity Class = "identity"
	Clinical Class = "clinical"
	Process  Class = "process"
	lookup   Class = "lookup"
	links    Class = "links"
)

var classes = []Class{Contact, Identity, Clinical, Process, lookup, links}

// ErrErased says that the key of a text was destroyed on purpose.
var ErrErased = errors.New("vault: erased")

// Field names the place of a sealed text. Where it lies is part of the seal:
// a ciphertext copied to another row, column or person does not open.
type Field struct {
	Practice db.ID
	Subject  db.ID // whose text it is; the practice's own id for the practice's texts
	Class    Class
	Row      db.ID
	Column   string // "table.column"
}

// format is the first byte of a sealed text; it leaves room for another one.
const format = 1

// Vault opens and seals. It is safe for concurrent use.
type Vault struct {
	keeper Keeper
	now    func() time.Time

	mu     sync.RWMutex
	class  map[classRef]classKey   // unwrapped class keys
	newest map[classOf]int64       // the version under which what is new is sealed
	data   map[dataRef]cipher.AEAD // unwrapped data keys, a bounded cache
	looks  map[db.ID]look          // when each practice's epoch was looked at last
	// erasures counts Erase, so that a key read before one is not kept after it.
	erasures int
}

type classOf struct {
	practice db.ID
	class    Class
}

type classRef struct {
	practice db.ID
	class    Class
	version  int64
}

type dataRef struct {
	practice, subject db.ID
	class             Class
	version           int64
}

// maxCached bounds the cache of data keys: about 1 kB each. It holds those of
// some hundred people at once; whoever reads everybody's takes OpenMany.
const maxCached = 4_000

// classKey is a class key, and what wraps data keys with it.
type classKey struct {
	plain []byte
	wraps cipher.AEAD // nil: not loaded
}

// New makes a vault over a keeper.
func New(k Keeper, now func() time.Time) *Vault {
	return &Vault{keeper: k, now: now, class: map[classRef]classKey{}, newest: map[classOf]int64{},
		data: map[dataRef]cipher.AEAD{}, looks: map[db.ID]look{}}
}

// Found makes the class keys of a new practice.
func (v *Vault) Found(ctx context.Context, tx *db.Tx, practice db.ID) error {
	for _, c := range classes {
		key := make([]byte, 32)
		rand.Read(key) // crypto/rand never fails
		ref := classRef{practice, c, 1}
		wrapped, err := v.keeper.Wrap(ctx, key, ref.context())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlInsertClassKey, practice, string(c), int64(1), wrapped, db.Micros(v.now())); err != nil {
			return err
		}
		// At once, so that the transaction which founds a practice can seal and
		// look up in it. If it is taken back, this is the key of no practice,
		// and a repetition writes its own over it.
		if err := v.keepClass(ref, key); err != nil {
			return err
		}
	}
	v.looked(practice, 0)
	return nil
}

// Load opens every class key of a practice, so that a wrong key file is
// refused at the start and not at the first page.
func (v *Vault) Load(ctx context.Context, q db.Q, practice db.ID) error {
	epoch, err := epochOf(ctx, q, practice) // first: what changes from here on is noticed
	if err != nil {
		return err
	}
	if err := v.Unlock(ctx, q, practice); err != nil {
		return err
	}
	v.looked(practice, epoch)
	return nil
}

// Unlock opens the practice's class keys, also those of a schema that is older
// than this program: whether the key file is the right one.
func (v *Vault) Unlock(ctx context.Context, q db.Q, practice db.ID) error {
	rows, err := db.All(ctx, q, scanClassKey, sqlClassKeys, practice)
	if err != nil {
		return err
	}
	if len(rows) < len(classes) {
		return errors.New("the practice's keys are missing from the database")
	}
	for _, r := range rows {
		r.ref.practice = practice
		key, err := v.keeper.Unwrap(ctx, r.wrapped, r.ref.context())
		if err != nil {
			return err
		}
		if err := v.keepClass(r.ref, key); err != nil {
			return err
		}
	}
	return nil
}

// Seal seals plain for its place; an empty text stays empty. It makes the
// subject's data key when there is none yet.
func (v *Vault) Seal(ctx context.Context, tx *db.Tx, f Field, plain string) ([]byte, error) {
	if plain == "" {
		return nil, nil
	}
	ref, aead, err := v.sealingKey(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 5, 5+len(plain)+aead.Overhead())
	out[0] = format
	binary.BigEndian.PutUint32(out[1:], uint32(ref.version))  // #nosec -- versions count from 1
	return aead.Seal(out, nil, []byte(plain), f.place()), nil // #nosec G407 -- the AEAD draws its own random nonce
}

// Open opens a sealed text. ErrErased when its key was destroyed.
func (v *Vault) Open(ctx context.Context, q db.Q, f Field, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if err := whole(f, sealed); err != nil {
		return "", err
	}
	if err := v.notice(ctx, q, f.Practice); err != nil {
		return "", err
	}
	ref := dataRef{f.Practice, f.Subject, f.Class, sealedUnder(sealed)}
	aead, err := v.dataKey(ctx, q, ref)
	if err != nil {
		return "", err
	}
	return unseal(aead, f, sealed)
}

// whole refuses what no text of this format can be.
func whole(f Field, sealed []byte) error {
	if len(sealed) < 6 || sealed[0] != format {
		return fmt.Errorf("vault: %s is not a sealed text", f.Column)
	}
	return nil
}

func unseal(aead cipher.AEAD, f Field, sealed []byte) (string, error) {
	plain, err := aead.Open(nil, nil, sealed[5:], f.place())
	if err != nil {
		return "", fmt.Errorf("vault: %s does not open: it was altered or moved", f.Column)
	}
	return string(plain), nil
}

// sealedUnder is the version of the data key that a sealed text names.
func sealedUnder(sealed []byte) int64 { return int64(binary.BigEndian.Uint32(sealed[1:5])) }

// Erase destroys a subject's data keys of a class: what was sealed under them
// can never be opened again.
func (v *Vault) Erase(ctx context.Context, tx *db.Tx, practice, subject db.ID, c Class) error {
	// Twice: whoever was making a newer key holds the older one until they have
	// committed (see succeed), and the first statement cannot see theirs.
	for range 2 {
		if _, err := tx.Exec(ctx, sqlDestroyDataKeys, db.Micros(v.now()), practice, subject, string(c)); err != nil {
			return err
		}
	}
	if err := v.nextEpoch(ctx, tx, practice); err != nil {
		return err
	}
	tx.Keep(current{practice, subject, c}, ErrErased) // nothing more is sealed under it here either
	tx.After(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.erasures++
		for ref := range v.data {
			if ref.practice == practice && ref.subject == subject && ref.class == c {
				delete(v.data, ref)
			}
		}
	})
	return nil
}

// Index is the keyed hash by which a value can be found: 32 bytes. The same
// value under another purpose hashes differently.
func (v *Vault) Index(practice db.ID, purpose, value string) []byte {
	return v.mac(practice, lookup, purpose, []byte(value))
}

// MAC is a keyed hash that only whoever holds this practice's key can make or
// check: 32 bytes. The same message under another purpose hashes differently.
func (v *Vault) MAC(practice db.ID, purpose string, msg []byte) []byte {
	return v.mac(practice, lookup, "mac "+purpose, msg)
}

// macSize is how much of the MAC a link carries: 128 bits.
const macSize = 16

// Token writes msg as a signed, URL-safe word. msg itself stays readable.
func (v *Vault) Token(practice db.ID, purpose string, msg []byte) string {
	m := v.mac(practice, links, purpose, msg)
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{}, msg...), m[:macSize]...))
}

// ParseToken gives back what Token signed; false when it is forged or torn.
func (v *Vault) ParseToken(practice db.ID, purpose, token string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// Decoders pass over line ends; a signed word has one spelling.
	if err != nil || strings.ContainsAny(token, "\r\n") || len(b) < macSize || len(b) > 1024 {
		return nil, false
	}
	msg, got := b[:len(b)-macSize], b[len(b)-macSize:]
	return msg, hmac.Equal(got, v.mac(practice, links, purpose, msg)[:macSize])
}

func (v *Vault) mac(practice db.ID, c Class, purpose string, msg []byte) []byte {
	_, key := v.newestClass(practice, c)
	if key.wraps == nil {
		panic("vault: used before Load or Found")
	}
	h := hmac.New(sha256.New, key.plain)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(purpose)))
	h.Write(n[:])
	h.Write([]byte(purpose))
	h.Write(msg)
	return h.Sum(nil)
}

// place binds a ciphertext to where it lies.
func (f Field) place() []byte {
	b := make([]byte, 0, 64+len(f.Column))
	b = append(b, f.Practice[:]...)
	b = append(b, f.Subject[:]...)
	b = append(b, f.Row[:]...)
	b = append(b, f.Class...)
	b = append(b, 0)
	return append(b, f.Column...)
}

func (r classRef) context() []byte {
	return fmt.Appendf(nil, "held class key\x00%x\x00%s\x00%d", r.practice[:], r.class, r.version)
}

func (r dataRef) context() []byte {
	return fmt.Appendf(nil, "held data key\x00%x\x00%x\x00%s\x00%d", r.practice[:], r.subject[:], r.class, r.version)
}
