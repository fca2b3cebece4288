// Package stock is the practice's ledger of controlled substances: which lots
// came in, what was drawn up, given and wasted, what was counted, and where the
// count was not what the book says. It is added to and never changed: a wrong
// entry gets a counter-entry, and each entry holds the hash of the one before it.
// People stand in it by their ids.
package stock

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// Service keeps the ledger.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Now      func() time.Time
}

// The substances: what the routes of a medicine are drawn from.
const (
	Ketamine   = "ketamine"
	Esketamine = "esketamine"
)

// SubstanceOf is what a medicine with its route is drawn from.
func SubstanceOf(m protocol.Medicine) string {
	if m == Esketamine {
		return Esketamine
	}
	return Ketamine
}

// Item is one lot of one form: what is counted together.
type Item struct {
	ID        db.ID
	Substance string
	Label
	By     db.ID
	Made   time.Time
	Closed time.Time // zero: it is in use
}

// Label is what stands on it.
type Label struct {
	Form     string           `json:"form"`     // "Vial 10 mL"
	Unit     string           `json:"unit"`     // of Units: what is counted
	Strength protocol.Decimal `json:"strength"` // mg in each unit
	Lot      string           `json:"lot"`
	Expires  string           `json:"expires"` // the last day, YYYY-MM-DD
	Note     string           `json:"note,omitempty"`
}

// Units are what an item is counted in.
var Units = []string{"mL", "lozenge", "tablet", "capsule", "device", "suppository"}

// Name is an item as people find it.
func (i Item) Name() string {
	return capital(i.Substance) + ", " + i.Form + ", " + i.Strength.String() + " mg per " + i.Unit + ", lot " + i.Lot
}

func capital(s string) string {
	if s == Esketamine {
		return "Esketamine"
	}
	return "Ketamine"
}

// Mg is how much an amount of the item holds, cut off after the thousandth.
func (i Item) Mg(amount protocol.Decimal) protocol.Decimal { return times(amount, i.Strength) }

// Units is how much of the item holds some mg, cut off after the thousandth.
func (i Item) Units(mg protocol.Decimal) protocol.Decimal {
	if i.Strength <= 0 {
		return 0
	}
	x := new(big.Int).Mul(big.NewInt(int64(mg)), big.NewInt(1000))
	return protocol.Decimal(x.Quo(x, big.NewInt(int64(i.Strength))).Int64())
}

func times(a, b protocol.Decimal) protocol.Decimal {
	x := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(b)))
	return protocol.Decimal(x.Quo(x, big.NewInt(1000)).Int64())
}

// Kind is what an entry says.
type Kind string

// The kinds.
const (
	Lot         Kind = "lot" // a lot is begun, with its label
	Receipt     Kind = "receipt"
	Drawn       Kind = "drawn"       // dispensed: taken out of the stock for a session
	Given       Kind = "given"       // administered, of what was drawn up
	Wasted      Kind = "waste"       // of what was drawn up for a session, or of the stock
	Counted     Kind = "count"       // what was found; the book beside it
	Discrepancy Kind = "discrepancy" // the count was not what the book says: the book follows the count
	Explained   Kind = "explanation" // of a discrepancy
	Corrected   Kind = "correction"  // undoes an entry
	Witnessed   Kind = "witness"     // of a waste, or of a count
)

// Body is what an entry says, sealed. The salt keeps its hash from telling it.
type Body struct {
	Salt      string            `json:"salt"`
	Amount    protocol.Decimal  `json:"amount,omitempty"`
	Mg        *protocol.Decimal `json:"mg,omitempty"`
	Book      *protocol.Decimal `json:"book,omitempty"` // what the book said when it was counted
	Supplier  string            `json:"supplier,omitempty"`
	Reference string            `json:"reference,omitempty"`
	Why       string            `json:"why,omitempty"`
	Ref       string            `json:"ref,omitempty"` // what made it: the room's entry
	Label     *Label            `json:"label,omitempty"`
}

// Entry is one line of the ledger.
type Entry struct {
	N       int64
	ID      db.ID
	Item    db.ID
	Kind    Kind
	Delta   protocol.Decimal // what the stock gains or loses, in the item's unit
	Held    protocol.Decimal // what is drawn up for the session gains or loses
	Session db.ID
	Client  db.ID
	Of      db.ID
	By      db.ID
	At      time.Time
	Body    Body
	Hash    []byte
}

// Limits of what is typed, in characters.
const (
	MaxLine = 200
	MaxText = 2000
)

// ErrNone is the answer about what is not in the ledger.
var ErrNone = fault.New(fault.NotFound, "There is no such entry in the ledger.")

var (
	errTwice = fault.New(fault.Taken, "This was done already, perhaps by somebody else a moment ago. Nothing was entered twice; the ledger below is as it stands.")
	errOwn   = fault.New(fault.Forbidden, "A witness is somebody other than who made the entry. Nothing was entered; ask a colleague to sign in and confirm it.")
)

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "stock_items", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "stock_entries", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
}

func field(practice, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: row, Column: column}
}

const (
	itemBody  = "stock_items.body"
	entryBody = "stock_entries.body"
)

func may(ctx context.Context, v access.Verb) error {
	return access.Check(ctx, v, access.Resource{Class: access.Stock})
}

// one is a row by its id, with ErrNone for none.
func one[T any](ctx context.Context, q db.Q, scan func(db.Row) (T, error), query string, args ...any) (T, error) {
	r, err := db.One(ctx, q, scan, query, args...)
	if errors.Is(err, db.ErrNone) {
		err = ErrNone
	}
	return r, err
}

func (s *Service) openItem(ctx context.Context, q db.Q, r itemRow) (Item, error) {
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, r.ID, itemBody), r.body)
	if err != nil {
		return r.Item, err
	}
	return r.Item, json.Unmarshal([]byte(plain), &r.Label)
}

func (s *Service) openEntry(ctx context.Context, q db.Q, r entryRow) (Entry, error) {
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, r.ID, entryBody), r.body)
	if err != nil {
		return r.Entry, err
	}
	err = json.Unmarshal([]byte(plain), &r.Body)
	return r.Entry, err
}

func (s *Service) openEntries(ctx context.Context, q db.Q, rows []entryRow) ([]Entry, error) {
	out := make([]Entry, len(rows))
	for i, r := range rows {
		e, err := s.openEntry(ctx, q, r)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// Item is one lot; it asks nobody's role: operations of others, which do, name it.
func (s *Service) Item(ctx context.Context, q db.Q, id db.ID) (Item, error) {
	r, err := one(ctx, q, scanItem, sqlItem, access.From(ctx).Practice, id)
	if err != nil {
		return Item{}, err
	}
	return s.openItem(ctx, q, r)
}

func (s *Service) entry(ctx context.Context, q db.Q, id db.ID) (Entry, error) {
	r, err := one(ctx, q, scanEntry, sqlEntry, access.From(ctx).Practice, id)
	if err != nil {
		return Entry{}, err
	}
	return s.openEntry(ctx, q, r)
}

func (s *Service) balance(ctx context.Context, q db.Q, item db.ID) (protocol.Decimal, error) {
	n, err := db.One(ctx, q, db.Value[int64], sqlBalance, access.From(ctx).Practice, item)
	return protocol.Decimal(n), err
}

// Held is an item with what the book says of it.
type Held struct {
	Item
	Balance protocol.Decimal
	Expired bool
}

// InStock are the items in use of a substance ("": of all), with their balance;
// it asks nobody's role.
func (s *Service) InStock(ctx context.Context, q db.Q, substance string) (out []Held, err error) {
	rows, err := db.All(ctx, q, scanItem, sqlOpenItems, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if substance != "" && r.Substance != substance {
			continue
		}
		h := Held{}
		if h.Item, err = s.openItem(ctx, q, r); err != nil {
			return nil, err
		}
		if h.Balance, err = s.balance(ctx, q, h.ID); err != nil {
			return nil, err
		}
		if h.Expired, err = s.expired(ctx, h.Item); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// expired: the day on the label is the last on which the lot is used.
func (s *Service) expired(ctx context.Context, i Item) (bool, error) {
	st, err := s.Settings.Get(ctx)
	return err != nil || s.Now().In(st.Location()).Format(time.DateOnly) > i.Expires, err
}

func line(verb string, client, id db.ID, why string) trail.Entry {
	return trail.Entry{Verb: verb, Subject: client, Kind: "ledger", Object: id, Why: why}
}
