package notes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// Signature says who signed which text, when, in which role and after having
// shown what.
type Signature struct {
	Person db.ID
	Role   access.Role
	At     time.Time
	Name   string    // as they were called when they signed
	Proved time.Time // when they had shown who they are, with a passkey or a code
	SHA256 string    // of the text in UTF-8
	Holds  bool      // the text is the one that was signed
}

// sealedSignature is what of it is sealed: a hash of a short text could be
// guessed by whoever reads the database.
type sealedSignature struct {
	Name   string      `json:"name"`
	Role   access.Role `json:"role"`
	Person db.ID       `json:"person"`
	At     int64       `json:"at"`
	Proved int64       `json:"proved"`
	SHA256 string      `json:"sha256"`
}

// Digest is the SHA-256 of a text, as it is signed.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func signatureField(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: "notes_signatures.seal"}
}

// signatures reads what stands under a note. Where the text is not here either,
// none is said to hold.
func (s *Service) signatures(ctx context.Context, q db.Q, r row) (out []Signature, err error) {
	practice := access.From(ctx).Practice
	if r.Lane == LaneProcess {
		if len(r.signature) == 0 {
			return nil, nil
		}
		plain, err := s.open(ctx, q, r.field(practice, "signature"), r.signature)
		if err != nil || plain == "" {
			return nil, err
		}
		g, err := opened(plain, r.Text)
		return []Signature{g}, err
	}
	if r.State == Draft {
		return nil, nil
	}
	rows, err := db.All(ctx, q, scanSignature, sqlSignatures, practice, r.ID)
	if err != nil {
		return nil, err
	}
	return s.openSignatures(ctx, q, r, rows)
}

func (s *Service) openSignatures(ctx context.Context, q db.Q, r row, rows []signatureRow) (out []Signature, err error) {
	practice := access.From(ctx).Practice
	for _, x := range rows {
		plain, err := s.open(ctx, q, signatureField(practice, r.Client, x.id), x.seal)
		if err != nil {
			return nil, err
		}
		g, err := opened(plain, r.Text)
		if err != nil {
			return nil, err
		}
		g.Holds = g.Holds && g.Person == x.Person && g.Role == x.Role && g.At.Equal(x.At)
		out = append(out, g)
	}
	return out, nil
}

func opened(plain, text string) (Signature, error) {
	var k sealedSignature
	if plain == "" {
		return Signature{}, nil
	}
	if err := json.Unmarshal([]byte(plain), &k); err != nil {
		return Signature{}, err
	}
	return Signature{Person: k.Person, Role: k.Role, Name: k.Name, At: db.At(k.At), Proved: db.At(k.Proved), SHA256: k.SHA256, Holds: k.SHA256 == Digest(text)}, nil
}

// maySign asks whether the actor has just shown who they are.
func maySign(ctx context.Context, client db.ID) error {
	return access.Check(ctx, access.Write, access.Resource{Class: access.Signing, Subject: client})
}

var errEmpty = fault.New(fault.Invalid, "There is nothing in this note yet, so there is nothing to sign.")

// Sign signs the text of a revision. A bridge note is proposed by its first
// signature and signed by the second, which is somebody else's, from the other
// side, under the same text.
func (s *Service) Sign(ctx context.Context, id db.ID, revision int64) (n Note, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		n = r.Note
		switch err := errors.Join(r.mayWrite(ctx), maySign(ctx, r.Client)); {
		case err != nil:
			return fault.Of(err)
		case r.Revision != revision:
			return fault.New(fault.Taken, "The text was changed since you opened it, so it was not signed. Please read it as it is now.")
		case strings.TrimSpace(r.Text) == "":
			return errEmpty
		case r.SignedBy(access.From(ctx).Person):
			return nil
		}
		n, err = s.sign(ctx, tx, r)
		return err
	})
	return n, err
}

func (s *Service) sign(ctx context.Context, tx *db.Tx, r row) (Note, error) {
	a := access.From(ctx)
	g, err := s.signatureOf(ctx, tx, r.Note)
	if err != nil {
		return r.Note, err
	}
	plain, err := json.Marshal(sealedSignature{g.Name, g.Role, g.Person, db.Micros(g.At), db.Micros(g.Proved), g.SHA256})
	if err != nil {
		return r.Note, err
	}
	r.Signatures = append(r.Signatures, g)
	r.State, r.Signed = Signed, g.At
	if r.Lane == LaneProcess {
		seal, err := s.Vault.Seal(ctx, tx, r.field(a.Practice, "signature"), string(plain))
		if err != nil {
			return r.Note, err
		}
		if _, err := tx.Exec(ctx, sqlSignProcess, db.Micros(g.At), seal, a.Practice, r.ID); err != nil {
			return r.Note, err
		}
	} else if err := s.signRecord(ctx, tx, &r, g, string(plain)); err != nil {
		return r.Note, err
	}
	return r.Note, s.Trail.Record(ctx, tx, trail.Entry{Verb: "signed", Subject: r.Client, Kind: r.Lane.kind(), Object: r.ID})
}

func (s *Service) signRecord(ctx context.Context, tx *db.Tx, r *row, g Signature, plain string) error {
	practice, id := access.From(ctx).Practice, db.NewID()
	if r.Lane == LaneBridge && len(r.Signatures) < 2 {
		r.State, r.Signed = Proposed, time.Time{}
	}
	if g.Person != r.Author {
		r.Other = g.Person
	}
	seal, err := s.Vault.Seal(ctx, tx, signatureField(practice, r.Client, id), plain)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlInsertSignature, practice, id, r.ID, r.Client, g.Person, string(g.Role), db.Micros(g.At), seal); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlStateRecord, string(r.State), r.Other, db.Micros(r.Signed), practice, r.ID)
	return err
}

// signatureOf is the actor's signature under a text, now.
func (s *Service) signatureOf(ctx context.Context, tx *db.Tx, n Note) (g Signature, err error) {
	me, err := s.People.Get(ctx, tx, access.From(ctx).Person)
	if err != nil {
		return g, err
	}
	g = Signature{Person: me.ID, Role: n.role(ctx), Name: me.Name, At: s.Now(), Proved: s.Now(), SHA256: Digest(n.Text), Holds: true}
	if in, ok := people.SessionOf(ctx); ok {
		g.Proved = in.Proved
	}
	return g, nil
}

// HoldCodes are the reasons for which a note of the record may be held back from
// the client: the exceptions that the law on information blocking leaves, and
// the client's own wish.
var HoldCodes = []string{"harm", "privacy", "asked", "security", "infeasible"}

// MaxHold is how much is written about why a note is held back, in characters.
const MaxHold = 500

// HoldBack keeps a note of the record from the client's space, for a reason that
// stays with the note.
func (s *Service) HoldBack(ctx context.Context, id db.ID, code, words string) error {
	switch {
	case !slices.Contains(HoldCodes, code):
		return fault.Field("code", "Please choose why it is held back.")
	case words == "":
		return fault.Field("why", "Please say in a sentence why. It stays with the note.")
	}
	return s.hold(ctx, id, Hold{Code: code, Words: words, By: access.From(ctx).Person, At: s.Now()}, "held back")
}

// Release shows a note to the client again.
func (s *Service) Release(ctx context.Context, id db.ID) error {
	return s.hold(ctx, id, Hold{}, "released")
}

func (s *Service) hold(ctx context.Context, id db.ID, h Hold, verb string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.may(ctx, tx, id)
		if err != nil {
			return err
		}
		if !r.CanHold(ctx) {
			return fault.New(fault.Forbidden, "Whether the client is shown a note is said by those who write into its lane. Nothing was changed.")
		}
		if r.Hold.Is() == h.Is() && r.Hold.Code == h.Code && r.Hold.Words == h.Words {
			return nil
		}
		practice := access.From(ctx).Practice
		sealed, err := s.Vault.Seal(ctx, tx, r.field(practice, "held_why"), h.Words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlHoldRecord, h.Code, sealed, h.By, db.Micros(h.At), practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: r.Client, Kind: r.Lane.kind(), Object: id})
	})
}

// Print reads a signed note for paper.
func (s *Service) Print(ctx context.Context, id db.ID) (Note, error) {
	r, err := s.may(ctx, s.DB.Reader(), id)
	if err != nil {
		return Note{}, err
	}
	if r.State != Signed {
		return Note{}, fault.New(fault.Taken, "Only a signed note is printed. This one is not signed yet.")
	}
	if r.Addenda, err = s.addenda(ctx, r.Note); err != nil {
		return Note{}, err
	}
	return r.Note, s.Trail.Saw(ctx, trail.Entry{Subject: r.Client, Kind: r.Lane.kind(), Object: r.ID})
}
