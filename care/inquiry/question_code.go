package inquiry

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"held/internal/db"
)

// A reply code is 16 signs in four groups, 80 bits: figures and capital
// letters without I, L, O and U, which are read or written wrongly by hand
// (Crockford's alphabet).
const (
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeBytes    = 10
	codeLength   = 16
	codeGroup    = 4
)

var codeEncoding = base32.NewEncoding(codeAlphabet).WithPadding(base32.NoPadding)

// makeCode derives the code from the form's one-time word under the practice's
// key, so that the same form sent twice leads to the same question although
// the code is kept nowhere.
func (s *Service) makeCode(practice db.ID, once []byte) string {
	return codeEncoding.EncodeToString(s.Vault.Index(practice, "inquiry.code.make", string(once))[:codeBytes])
}

// codeHash is all of a code that is stored.
func (s *Service) codeHash(practice db.ID, plain string) []byte {
	return s.Vault.Index(practice, "inquiry.code", plain)
}

// ParseCode reads a code as people write it: small letters, spaces and dashes
// make no difference, O is read as 0, I and L as 1.
func ParseCode(typed string) (plain string, ok bool) {
	if len(typed) > 100 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-', '‐', '‑', '–', '—', '_', '.', '\u00a0', '\t':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(codeAlphabet, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == codeLength
}

// WriteCode groups a code for reading and for addresses.
func WriteCode(plain string) string {
	var groups []string
	for ; len(plain) > codeGroup; plain = plain[codeGroup:] {
		groups = append(groups, plain[:codeGroup])
	}
	return strings.Join(append(groups, plain), "-")
}

const onceSize = 16

// Once is a fresh one-time word for a form. It is signed, so that nobody can
// bring one of their own that is easy to guess.
func (s *Service) Once(practice db.ID) string {
	b := make([]byte, onceSize)
	rand.Read(b) // crypto/rand never fails
	return s.Vault.Token(practice, "inquiry.once", b)
}

// onceOf opens a one-time word; whatever is not ours counts as a fresh one.
func (s *Service) onceOf(practice db.ID, word string) []byte {
	if b, ok := s.Vault.ParseToken(practice, "inquiry.once", word); ok && len(b) == onceSize {
		return b
	}
	b := make([]byte, onceSize)
	rand.Read(b) // crypto/rand never fails
	return b
}
