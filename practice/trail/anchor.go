package trail

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// Anchor is a signed statement of how the chain stood. Kept elsewhere, it finds
// what the database alone cannot tell: that all of it was put back to an
// earlier day, or written anew.
type Anchor struct {
	Practice  db.ID
	Lines     int64
	Hash      []byte // of the last of them
	At        time.Time
	Key       ed25519.PublicKey
	Signature []byte
}

// anchorTitle is an anchor's first line.
const anchorTitle = "held trail anchor 1"

// Statement is what is signed: five lines, each with its end.
func (a Anchor) Statement() string {
	return fmt.Sprintf("%s\npractice %s\nlines %d\nhash %x\nat %s\n", anchorTitle, a.Practice, a.Lines, a.Hash, a.At.UTC().Format(time.RFC3339))
}

// String is the anchor as it is kept: the statement, the key, the signature.
func (a Anchor) String() string {
	enc := base64.StdEncoding
	return a.Statement() + "key " + enc.EncodeToString(a.Key) + "\nsignature " + enc.EncodeToString(a.Signature) + "\n"
}

var errNoAnchor = errors.New("there is no anchor in this text; one begins with the words “" + anchorTitle + "”")

// anchorParts are the words of an anchor, in their order.
var anchorParts = []string{"practice", "lines", "hash", "at", "key", "signature"}

// ParseAnchor finds an anchor in a text: a file, or the letter it came in,
// quoted or wrapped as mail programs do.
func ParseAnchor(text string) (a Anchor, err error) {
	var words []string
	for line := range strings.Lines(text) {
		words = append(words, strings.Fields(strings.TrimLeft(line, "> \t"))...)
	}
	title := strings.Fields(anchorTitle)
	at := -1
	for i := 0; i+len(title)+2*len(anchorParts) <= len(words); i++ {
		if strings.Join(words[i:i+len(title)], " ") == anchorTitle {
			at = i + len(title)
			break
		}
	}
	if at < 0 {
		return a, errNoAnchor
	}
	values := make([]string, len(anchorParts))
	for i, name := range anchorParts {
		if words[at+2*i] != name {
			return a, errNoAnchor
		}
		values[i] = words[at+2*i+1]
	}
	return readAnchor(values)
}

func readAnchor(v []string) (a Anchor, err error) {
	enc := base64.StdEncoding.Strict()
	var errs [6]error
	var key []byte
	a.Practice, errs[0] = db.ParseID(v[0])
	a.Lines, errs[1] = strconv.ParseInt(v[1], 10, 64)
	a.Hash, errs[2] = hex.DecodeString(v[2])
	a.At, errs[3] = time.Parse(time.RFC3339, v[3])
	key, errs[4] = enc.DecodeString(v[4])
	a.Signature, errs[5] = enc.DecodeString(v[5])
	a.Key = key
	if errors.Join(errs[:]...) != nil || a.Lines < 1 || len(a.Hash) != sha256.Size || len(key) != ed25519.PublicKeySize || len(a.Signature) != ed25519.SignatureSize {
		return Anchor{}, errors.New("the anchor in this text is damaged; bring it as it was sent")
	}
	return a, nil
}

// Signed tells whether the anchor's own key has signed it.
func (a Anchor) Signed() bool { return ed25519.Verify(a.Key, []byte(a.Statement()), a.Signature) }

// signer is the practice's key for anchors. It is made of the vault's key and
// so lies nowhere.
func (s *Service) signer(practice db.ID) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.Vault.MAC(practice, purposeSign, nil))
}

// Sign signs a statement with the key of the practice's anchors: whoever has
// one of the weekly letters has the key to check it with. A statement's first
// line is its own title, so that it can never be taken for an anchor.
func (s *Service) Sign(practice db.ID, statement []byte) []byte {
	return ed25519.Sign(s.signer(practice), statement)
}

// PublicKey is the key with which the practice's anchors are checked.
func (s *Service) PublicKey(practice db.ID) ed25519.PublicKey {
	return s.signer(practice).Public().(ed25519.PublicKey)
}

func (s *Service) completeAnchor(practice db.ID, a Anchor) Anchor {
	a.Practice, a.Key = practice, s.PublicKey(practice)
	return a
}

// Anchor states and signs how the chain stands, within the transaction that
// sends it somewhere, and writes that down.
func (s *Service) Anchor(ctx context.Context, tx *db.Tx) (Anchor, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Ledger}); err != nil {
		return Anchor{}, err
	}
	practice := access.From(ctx).Practice
	h, err := s.head(ctx)
	if err == nil && h.seq == 0 {
		err = errors.New("there is nothing on the trail yet")
	}
	if err != nil {
		return Anchor{}, err
	}
	a := s.completeAnchor(practice, Anchor{Lines: h.seq, Hash: h.hash, At: s.Now().Truncate(time.Second)})
	a.Signature = ed25519.Sign(s.signer(practice), []byte(a.Statement()))
	// Of two in one second the first is kept here; either holds by itself.
	if _, err := tx.Exec(ctx, sqlKeepAnchor, practice, db.Micros(a.At), a.Lines, a.Hash, a.Signature); err != nil {
		return a, err
	}
	return a, s.Record(ctx, tx, Entry{Verb: "made", Kind: "anchor"})
}

// AnchorDue tells whether the newest anchor, or the chain's beginning, is at
// least so long ago.
func (s *Service) AnchorDue(ctx context.Context, every time.Duration) (bool, error) {
	h, err := s.head(ctx)
	if err != nil || h.begun <= 0 {
		return false, err
	}
	a, err := db.One(ctx, s.DB.Reader(), scanAnchor, sqlLastAnchor, access.From(ctx).Practice)
	since := h.begunAt
	switch {
	case err == nil:
		since = a.At
	case !errors.Is(err, db.ErrNone):
		return false, err
	}
	return s.Now().Sub(since) >= every, nil
}

// mine refuses an anchor that this practice has not signed.
func (s *Service) mine(practice db.ID, a Anchor) error {
	switch {
	case a.Practice != practice:
		return errors.New("this anchor is another practice's")
	case !bytes.Equal(a.Key, s.PublicKey(practice)):
		return errors.New("this anchor was signed with another key than this practice's")
	case !a.Signed():
		return errors.New("this anchor was altered after it was signed")
	}
	return nil
}
