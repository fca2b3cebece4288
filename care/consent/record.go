package consent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// Act is what a record is of: the word also stands on the trail.
type Act string

// The acts.
const (
	Agreed        Act = "agreed"        // to sign electronically
	Ended         Act = "ended"         // signing electronically
	Answered      Act = "answered"      // the questions beside a document
	Talked        Act = "talked"        // a talk was held
	Signed        Act = "signed"        // by the client
	Countersigned Act = "countersigned" // by whoever held the talk
	Withdrew      Act = "withdrew"
)

// Answer is what somebody chose beside one question; Talk is that they would
// rather talk about it, and neither is that they did not answer.
type Answer struct {
	Ask    string `json:"ask"`
	Chosen string `json:"chosen,omitempty"`
	Talk   bool   `json:"talk,omitempty"`
}

// Said is what a record holds beside its statement.
type Said struct {
	Text     string    `json:"text,omitempty"`     // the exact text that was shown
	Meaning  string    `json:"meaning,omitempty"`  // the sentence that was signed
	Name     string    `json:"name,omitempty"`     // as typed by who signed
	Salt     string    `json:"salt,omitempty"`     // of the legal name's hash in the statement
	Party    string    `json:"party,omitempty"`    // for whom
	Answers  []Answer  `json:"answers,omitempty"`  // to the questions
	Held     time.Time `json:"held,omitzero"`      // when the talk was
	With     string    `json:"with,omitempty"`     // who else was there
	Points   string    `json:"points,omitempty"`   // what was asked, and answered
	Why      string    `json:"why,omitempty"`      // in their own words
	Changed  string    `json:"changed,omitempty"`  // what they were told had changed
	Practice string    `json:"practice,omitempty"` // its name
}

// Record is one act, as it was written.
type Record struct {
	ID        db.ID // the beginning of its hash, so that its line on the trail names what it says
	Client    db.ID
	Seq       int64
	Act       Act
	Document  db.ID
	Party     db.ID
	Version   int64
	By        db.ID
	At        time.Time
	Hash      []byte // of the statement
	Signature []byte // the practice's, over the statement
	Statement string
	Said      Said
	Erased    bool // its words were erased on purpose

	raw string // the said as it was hashed
}

// recordTitle is a statement's first line.
const recordTitle = "held consent record 1"

// field reads one line of the statement.
func (r Record) field(name string) string {
	for line := range strings.Lines(r.Statement) {
		if v, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), name+" "); ok {
			return v
		}
	}
	return ""
}

// Way is how who did it had signed in.
func (r Record) Way() string { return r.field("way") }

// TextSum is the SHA-256 of the text that was shown, or "".
func (r Record) TextSum() string { return r.field("text") }

// The ways of signing in, as a statement names them.
const (
	wayStrong = "a passkey or a code"
	wayPlain  = "a link or the practice's provider"
)

func wayOf(a access.Actor) string {
	if a.Strong {
		return wayStrong
	}
	return wayPlain
}

// state makes the statement: lines of a name and a value, in this order.
func (r Record) state(practice db.ID, before []byte, way, session, legal, under string) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + " " + value + "\n")
		}
	}
	id := func(i db.ID) string {
		if i.IsZero() {
			return ""
		}
		return i.String()
	}
	b.WriteString(recordTitle + "\n")
	line("practice", practice.String())
	line("client", r.Client.String())
	line("place", fmt.Sprint(r.Seq))
	line("before", hex.EncodeToString(before))
	line("act", string(r.Act))
	line("document", id(r.Document))
	line("party", id(r.Party))
	if r.Version > 0 {
		line("version", fmt.Sprint(r.Version))
	}
	line("by", id(r.By))
	line("way", way)
	line("session", session)
	line("at", r.At.UTC().Format(time.RFC3339Nano))
	if r.Said.Text != "" {
		line("text", Sum(r.Said.Text))
	}
	line("legal", legal)
	line("under", under)
	line("said", Sum(r.raw))
	return b.String()
}

// body is a record as it is sealed.
type body struct {
	Statement string `json:"statement"`
	Said      string `json:"said"`
	Key       string `json:"key"`
}

// more is what a record takes along beside what it says.
type more struct {
	legal string // the legal name
	under []byte // the hash of the record that this one signs as well
}

// write appends a record to a client's chain, within the transaction that does
// the thing, and puts its line on the trail.
func (s *Service) write(ctx context.Context, tx *db.Tx, r *Record, m more) error {
	a := access.From(ctx)
	last, err := db.One(ctx, tx, scanLink, sqlLastRecord, a.Practice, r.Client)
	switch {
	case errors.Is(err, db.ErrNone):
		last.hash = make([]byte, sha256.Size)
	case err != nil:
		return err
	}
	r.Seq, r.By, r.At = last.seq+1, a.Person, s.Now().UTC().Truncate(time.Microsecond)
	var legal string
	if m.legal != "" {
		salt := db.RandomID()
		r.Said.Salt = hex.EncodeToString(salt[:])
		legal = Sum(r.Said.Salt + "\n" + m.legal)
	}
	said, err := json.Marshal(r.Said)
	if err != nil {
		return err
	}
	r.raw = string(said)
	var session string
	if in, ok := people.SessionOf(ctx); ok && in.Person == a.Person {
		session = in.ID.String()
	}
	var under string
	if m.under != nil {
		under = hex.EncodeToString(m.under)
	}
	r.Statement = r.state(a.Practice, last.hash, wayOf(a), session, legal, under)
	sum := sha256.Sum256([]byte(r.Statement))
	r.Hash, r.Signature = sum[:], s.Trail.Sign(a.Practice, []byte(r.Statement))
	copy(r.ID[:], r.Hash)
	if err := s.insert(ctx, tx, *r, m.legal); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: string(r.Act), Subject: r.Client, Kind: "consent", Object: r.ID})
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, r Record, legal string) error {
	practice := access.From(ctx).Practice
	key := base64.StdEncoding.EncodeToString(s.Trail.PublicKey(practice))
	b, err := json.Marshal(body{r.Statement, r.raw, key})
	if err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, tx, recordField(practice, r.Client, r.ID), string(b))
	if err != nil {
		return err
	}
	name := []byte{}
	if legal != "" {
		if name, err = s.Vault.Seal(ctx, tx, legalField(practice, r.Client, r.ID), legal); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, sqlAppend, practice, r.Client, r.Seq, r.ID, string(r.Act), r.Document, r.Party, r.Version, r.By, db.Micros(r.At), sealed, name, r.Hash, r.Signature)
	if db.Taken(err) {
		return errChain
	}
	return err
}

// records are all of a client's, in their order. It asks no policy.
func (s *Service) records(ctx context.Context, q db.Q, client db.ID) ([]Record, error) {
	rows, err := db.All(ctx, q, scanRecord, sqlRecords, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Record, len(rows))
	for i, row := range rows {
		if _, err := s.opened(ctx, q, &row); err != nil {
			return nil, err
		}
		out[i] = row.Record
	}
	return out, nil
}

// opened reads what is sealed of a record; the key that it was signed with.
func (s *Service) opened(ctx context.Context, q db.Q, row *recordRow) (ed25519.PublicKey, error) {
	plain, err := s.Vault.Open(ctx, q, recordField(access.From(ctx).Practice, row.Client, row.ID), row.body)
	if errors.Is(err, vault.ErrErased) {
		row.Erased = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var b body
	if err := json.Unmarshal([]byte(plain), &b); err != nil {
		return nil, err
	}
	row.Statement, row.raw = b.Statement, b.Said
	key, err := base64.StdEncoding.DecodeString(b.Key)
	if err != nil {
		return nil, err
	}
	return key, json.Unmarshal([]byte(b.Said), &row.Said)
}

// last finds the latest record of some acts on one document; nil when there is none.
func last(all []Record, document, party db.ID, acts ...Act) *Record {
	for i := len(all) - 1; i >= 0; i-- {
		r := &all[i]
		if r.Document != document || r.Party != party {
			continue
		}
		for _, a := range acts {
			if r.Act == a {
				return r
			}
		}
	}
	return nil
}

// electronic tells whether, and since when, a client has agreed to sign electronically.
func electronic(all []Record) *Record {
	if r := last(all, db.ID{}, db.ID{}, Agreed, Ended); r != nil && r.Act == Agreed {
		return r
	}
	return nil
}

func same(a, b []byte) bool { return bytes.Equal(a, b) }
