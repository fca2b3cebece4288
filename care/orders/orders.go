// Package orders is what a prescriber orders for one medicine session, by the
// signed protocol; what was drawn up for it, and which second person confirmed
// that; and what was given, held against the order. The rules are rules/dosing's;
// the ledger is practice/stock's. Nothing here suggests a dose.
package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"held/care/preparation"
	"held/care/screening"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
	"held/rules/dosing"
	"held/rules/protocol"
)

// Service keeps the orders.
type Service struct {
	DB          *db.DB
	Vault       *vault.Vault
	Trail       *trail.Service
	People      *people.Service
	Settings    *settings.Service
	Preparation *preparation.Service
	Screening   *screening.Service
	Stock       *stock.Service
	Now         func() time.Time
	// Protocol is the practice's protocol in force for a medicine, by the words of
	// its version; nil where none is.
	Protocol func(ctx context.Context, q db.Q, m protocol.Medicine) (doc *protocol.Document, version string, err error)
}

// Signed is an order as it was signed, whole: the bytes of it are hashed.
type Signed struct {
	ID       db.ID             `json:"id"`
	Practice db.ID             `json:"practice"`
	Session  db.ID             `json:"session"`
	Client   db.ID             `json:"client"`
	Number   int               `json:"number"`
	Medicine protocol.Medicine `json:"medicine"`
	Protocol string            `json:"protocol"` // its version
	Dose     dosing.Amount     `json:"dose"`     // as it was written
	Mg       protocol.Decimal  `json:"mg"`
	PerKg    protocol.Decimal  `json:"mg_per_kg"`
	Both     string            `json:"both"` // in words, both
	Boosters int               `json:"boosters"`
	Booster  dosing.Amount     `json:"booster,omitzero"`
	Most     protocol.Decimal  `json:"booster_mg,omitempty"`
	MostKg   protocol.Decimal  `json:"booster_mg_per_kg,omitempty"`
	FromMin  int               `json:"booster_from_min,omitempty"`
	ToMin    int               `json:"booster_to_min,omitempty"`
	Weight   dosing.Weight     `json:"weight"`
	WeightOf db.ID             `json:"weight_id"` // which recorded value
	Words    string            `json:"words,omitempty"`
	Findings []dosing.Finding  `json:"findings,omitempty"`
	Reasons  map[string]string `json:"reasons,omitempty"` // by finding
	By       db.ID             `json:"by"`
	Role     string            `json:"role"`
	At       time.Time         `json:"at"`
	Prior    db.ID             `json:"prior,omitzero"`
}

// How an order ends.
const (
	Superseded = "superseded"
	Withdrawn  = "withdrawn"
)

// Version is one order, with how it stands.
type Version struct {
	Signed
	Hash    string
	Holds   bool // the hash is that of what is kept
	Ended   string
	EndedBy db.ID
	EndedAt time.Time
	EndWhy  string
}

// Stands tells whether it is the one that holds now.
func (v Version) Stands() bool { return v.EndedAt.IsZero() && v.Holds }

// Medicine and route, as they are spoken of apart.
func parts(m protocol.Medicine) (medicine, route string) {
	medicine, route, _ = strings.Cut(m.Name(), ", ")
	return medicine, route
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "orders_orders", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "orders_orders", Column: "end_why", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "orders_checks", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "orders_given", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "entry_id"},
	{Table: "orders_given", Column: "word", Class: vault.Clinical, Subject: "client_id", Row: "entry_id"},
}

const (
	orderBody = "orders_orders.body"
	orderWhy  = "orders_orders.end_why"
	checkBody = "orders_checks.body"
	givenBody = "orders_given.body"
	givenWord = "orders_given.word"
)

func field(practice, client, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: row, Column: column}
}

func (s *Service) seal(ctx context.Context, tx *db.Tx, client, row db.ID, column, text string) ([]byte, error) {
	sealed, err := s.Vault.Seal(ctx, tx, field(access.From(ctx).Practice, client, row, column), text)
	return append([]byte{}, sealed...), err
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, client, row db.ID, column string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, client, row, column), sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

func (s *Service) openVersion(ctx context.Context, q db.Q, r orderRow) (v Version, err error) {
	v.ID, v.Session, v.Client, v.Number, v.Medicine, v.By, v.At = r.id, r.session, r.client, r.number, r.medicine, r.by, r.made
	v.Ended, v.EndedBy, v.EndedAt, v.Hash = r.ended, r.ender, r.endedAt, hex.EncodeToString(r.hash)
	plain, err := s.open(ctx, q, r.client, r.id, orderBody, r.body)
	if err != nil {
		return v, err
	}
	sum := sha256.Sum256([]byte(plain))
	v.Holds = string(sum[:]) == string(r.hash)
	if plain != "" {
		if err := json.Unmarshal([]byte(plain), &v.Signed); err != nil {
			return v, err
		}
	}
	v.EndWhy, err = s.open(ctx, q, r.client, r.id, orderWhy, r.why)
	return v, err
}

// versions are all orders of a session, the newest first.
func (s *Service) versions(ctx context.Context, q db.Q, session db.ID) ([]Version, error) {
	rows, err := db.All(ctx, q, scanOrder, sqlOrders, access.From(ctx).Practice, session)
	out := make([]Version, len(rows))
	for i, r := range rows {
		if out[i], err = s.openVersion(ctx, q, r); err != nil {
			return nil, err
		}
	}
	return out, err
}

// standing is the order that holds now; nil: none does.
func standing(all []Version) *Version {
	if len(all) > 0 && all[0].Stands() {
		return &all[0]
	}
	return nil
}

func of(c access.Class, client db.ID) access.Resource {
	return access.Resource{Class: c, Subject: client}
}

// session loads one for somebody who may do this with it.
func (s *Service) session(ctx context.Context, q db.Q, id db.ID, v access.Verb, c access.Class) (preparation.Session, error) {
	x, err := s.Preparation.Session(ctx, q, id)
	if err == nil {
		err = access.Check(ctx, v, of(c, x.Client))
	}
	return x, err
}

func line(verb, kind string, client, object db.ID, why string) trail.Entry {
	return trail.Entry{Verb: verb, Subject: client, Kind: kind, Object: object, Why: why}
}

var errNone = fault.New(fault.NotFound, "No order stands for this session. Nothing was changed.")
