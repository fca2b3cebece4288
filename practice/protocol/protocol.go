// Package protocol keeps the practice's protocols: one for each medicine and
// route, drafted and signed by a prescriber, never edited once it is signed.
// What follows from one is rules/protocol's; here is who wrote and signed it,
// which one is in use, and that a medicine without one stays closed.
package protocol

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/protocol"
)

// Service keeps the protocols.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Now      func() time.Time

	// Opened is told that a medicine opened or closed, for pages that were kept.
	Opened func()
}

// Draft is a protocol that is being written.
type Draft struct {
	ID       db.ID
	Medicine rule.Medicine
	Doc      *rule.Document
	Based    db.ID // the signed version that it began from; zero: none
	Author   db.ID // who changed it last
	Made     time.Time
	Changed  time.Time
	Revision int64
}

// Signed is one signed version.
type Signed struct {
	ID       db.ID
	Medicine rule.Medicine
	Number   int
	Doc      *rule.Document
	SHA256   string // of the document's canonical bytes, in hexadecimal
	By       db.ID
	Name     string // of who signed, as it was then
	At       time.Time
	Ended    string // Superseded, Withdrawn; "": it is in use
	EndedBy  db.ID
	EndedAt  time.Time
}

// How a version ends.
const (
	Superseded = "superseded"
	Withdrawn  = "withdrawn"
)

// InUse tells whether the version is the one that holds now.
func (s Signed) InUse() bool { return s.EndedAt.IsZero() }

// The refusals that callers tell apart.
var (
	ErrNone    = fault.New(fault.NotFound, "There is no such protocol here.")
	ErrChanged = fault.New(fault.Taken, "This draft was changed elsewhere since you opened it. What you typed stands below and was not kept; look at both, and save again.")
	errMoved   = fault.New(fault.Taken, "This draft was changed elsewhere since you opened it. Nothing was done; please read it again as it stands now.")
	errThere   = fault.New(fault.Taken, "There is a draft for this medicine already. Nothing was imported. Finish it, or throw it away first.")
)

func may(ctx context.Context, v access.Verb, c access.Class) error {
	return access.Check(ctx, v, access.Resource{Class: c})
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "protocol_drafts", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "protocol_versions", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "protocol_versions", Column: "signed_name", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
}

func field(practice, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: row, Column: column}
}

// one is a row by its id, with ErrNone for none.
func one[T any](ctx context.Context, q db.Q, scan func(db.Row) (T, error), query string, args ...any) (T, error) {
	r, err := db.One(ctx, q, scan, query, args...)
	if errors.Is(err, db.ErrNone) {
		err = ErrNone
	}
	return r, err
}

func (s *Service) openDraft(ctx context.Context, q db.Q, r draftRow) (Draft, error) {
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, r.ID, "protocol_drafts.body"), r.body)
	if err != nil {
		return r.Draft, err
	}
	r.Doc, err = rule.Decode([]byte(plain))
	return r.Draft, err
}

var errOther = errors.New("protocol: what lies there is not what was signed")

// openVersion opens a version and holds it against the hash that was signed.
func (s *Service) openVersion(ctx context.Context, q db.Q, r versionRow) (Signed, error) {
	practice := access.From(ctx).Practice
	plain, err := s.Vault.Open(ctx, q, field(practice, r.ID, "protocol_versions.body"), r.body)
	if err != nil {
		return r.Signed, err
	}
	sum := sha256.Sum256([]byte(plain))
	if string(sum[:]) != string(r.sum) {
		return r.Signed, errOther
	}
	r.SHA256 = hex.EncodeToString(sum[:])
	if r.Name, err = s.Vault.Open(ctx, q, field(practice, r.ID, "protocol_versions.signed_name"), r.name); err != nil {
		return r.Signed, err
	}
	r.Doc, err = rule.Decode([]byte(plain))
	return r.Signed, err
}

// InForce is the signed protocol in use for a medicine. It asks nobody's role:
// operations of others, which do, reckon with it.
func (s *Service) InForce(ctx context.Context, q db.Q, m rule.Medicine) (Signed, bool, error) {
	r, err := one(ctx, q, scanVersion, sqlLastVersion, access.From(ctx).Practice, string(m))
	if errors.Is(err, ErrNone) || err == nil && !r.InUse() {
		return Signed{}, false, nil
	}
	if err != nil {
		return Signed{}, false, err
	}
	v, err := s.openVersion(ctx, q, r)
	return v, err == nil, err
}

// Closed says, to those who work here, why a medicine cannot be booked; "" when
// it can.
func (s *Service) Closed(ctx context.Context, q db.Q, m rule.Medicine) (string, error) {
	r, err := one(ctx, q, scanVersion, sqlLastVersion, access.From(ctx).Practice, string(m))
	switch {
	case errors.Is(err, ErrNone):
		return "No signed protocol for " + m.Name() + ". The prescriber signs it at " + Place + ".", nil
	case err != nil:
		return "", err
	case !r.InUse():
		return "The protocol for " + m.Name() + " was taken out of use. The prescriber signs a new one at " + Place + ".", nil
	}
	return "", nil
}

// Place is where protocols are written and signed.
const Place = "/desk/protocol"

// Draft is one draft, for who may read protocols.
func (s *Service) Draft(ctx context.Context, id db.ID) (Draft, error) {
	if err := may(ctx, access.Read, access.Protocol); err != nil {
		return Draft{}, err
	}
	return s.draft(ctx, s.DB.Reader(), id)
}

func (s *Service) draft(ctx context.Context, q db.Q, id db.ID) (Draft, error) {
	r, err := one(ctx, q, scanDraft, sqlDraft, access.From(ctx).Practice, id)
	if err != nil {
		return Draft{}, err
	}
	return s.openDraft(ctx, q, r)
}

// Version is one signed version.
func (s *Service) Version(ctx context.Context, id db.ID) (Signed, error) {
	if err := may(ctx, access.Read, access.Protocol); err != nil {
		return Signed{}, err
	}
	return s.version(ctx, s.DB.Reader(), id)
}

func (s *Service) version(ctx context.Context, q db.Q, id db.ID) (Signed, error) {
	r, err := one(ctx, q, scanVersion, sqlVersion, access.From(ctx).Practice, id)
	if err != nil {
		return Signed{}, err
	}
	return s.openVersion(ctx, q, r)
}

// Before is the version that one came after; ErrNone for the first.
func (s *Service) Before(ctx context.Context, v Signed) (Signed, error) {
	if err := may(ctx, access.Read, access.Protocol); err != nil {
		return Signed{}, err
	}
	r, err := one(ctx, s.DB.Reader(), scanVersion, sqlVersionBefore, access.From(ctx).Practice, string(v.Medicine), v.Number)
	if err != nil {
		return Signed{}, err
	}
	return s.openVersion(ctx, s.DB.Reader(), r)
}

// Listed is what there is for one medicine.
type Listed struct {
	Medicine rule.Medicine
	Draft    *Draft
	Versions []Signed // the newest first; their documents are not opened
}

// InUse is the version that holds now.
func (l Listed) InUse() (Signed, bool) {
	if len(l.Versions) > 0 && l.Versions[0].InUse() {
		return l.Versions[0], true
	}
	return Signed{}, false
}

// most is how many versions of one medicine are listed.
const most = 100

// List is every medicine with what there is for it.
func (s *Service) List(ctx context.Context) (out []Listed, err error) {
	if err := may(ctx, access.Read, access.Protocol); err != nil {
		return nil, err
	}
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	drafts, err := db.All(ctx, q, scanDraft, sqlDrafts, practice, len(rule.Medicines))
	if err != nil {
		return nil, err
	}
	for _, m := range rule.Medicines {
		l := Listed{Medicine: rule.Medicine(m.Value)}
		for _, r := range drafts {
			if r.Medicine == l.Medicine {
				d, err := s.openDraft(ctx, q, r)
				if err != nil {
					return nil, err
				}
				l.Draft = &d
			}
		}
		rows, err := db.All(ctx, q, scanVersion, sqlVersions, practice, m.Value, most)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if r.Name, err = s.Vault.Open(ctx, q, field(practice, r.ID, "protocol_versions.signed_name"), r.name); err != nil {
				return nil, err
			}
			l.Versions = append(l.Versions, r.Signed)
		}
		out = append(out, l)
	}
	return out, nil
}

func line(verb string, id db.ID) trail.Entry {
	return trail.Entry{Verb: verb, Kind: "protocol", Object: id}
}
