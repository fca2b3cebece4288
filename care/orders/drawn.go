package orders

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/once"
	"held/practice/stock"
	"held/rules/protocol"
)

// CheckKind is what somebody said about what was drawn up.
type CheckKind string

// The kinds.
const (
	Confirmed CheckKind = "confirmed" // a second person has looked at it
	Waived    CheckKind = "waived"    // the prescriber goes on without, for a reason
)

// Check is one person's word about what was drawn up for an order.
type Check struct {
	Order, Drawn db.ID // Drawn: the ledger's entry; of Waived, the order itself
	Kind         CheckKind
	By           db.ID
	At           time.Time
	Why          string
}

// Drawing is something drawn up, with who confirmed it for the order that stands.
type Drawing struct {
	stock.Waiting
	Check *Check
}

// Drawn is how it stands with what was drawn up.
type Drawn struct {
	All    []Drawing
	Waived *Check
	Mg     protocol.Decimal
}

// Checked tells whether a second person confirmed all of it.
func (d Drawn) Checked() bool {
	return len(d.All) > 0 && !slices.ContainsFunc(d.All, func(x Drawing) bool { return x.Check == nil })
}

// Ready tells whether the order may be given.
func (d Drawn) Ready() bool { return d.Checked() || d.Waived != nil }

func (s *Service) checks(ctx context.Context, q db.Q, session db.ID) ([]Check, error) {
	rows, err := db.All(ctx, q, scanCheck, sqlChecks, access.From(ctx).Practice, session)
	return s.openChecks(ctx, q, rows, err)
}

func (s *Service) openChecks(ctx context.Context, q db.Q, rows []checkRow, err error) ([]Check, error) {
	if err != nil {
		return nil, err
	}
	out := make([]Check, len(rows))
	for i, r := range rows {
		if r.Why, err = s.open(ctx, q, r.client, r.id, checkBody, r.body); err != nil {
			return nil, err
		}
		out[i] = r.Check
	}
	return out, nil
}

// drawn is what was drawn up for a session, as far as it is confirmed for an
// order: another version asks for another look.
func (s *Service) drawn(ctx context.Context, q db.Q, session db.ID, order *Version) (d Drawn, err error) {
	all, err := s.Stock.Draws(ctx, q, session)
	if err != nil {
		return d, err
	}
	checks, err := s.checks(ctx, q, session)
	if err != nil {
		return d, err
	}
	find := func(drawn db.ID, k CheckKind) *Check {
		i := slices.IndexFunc(checks, func(c Check) bool { return order != nil && c.Order == order.ID && c.Drawn == drawn && c.Kind == k })
		if i < 0 {
			return nil
		}
		return &checks[i]
	}
	for _, w := range all {
		d.All = append(d.All, Drawing{w, find(w.ID, Confirmed)})
		if w.Body.Mg != nil {
			d.Mg += *w.Body.Mg
		}
	}
	if order != nil {
		d.Waived = find(order.ID, Waived)
	}
	return d, nil
}

// ordered loads a session with the order that stands, to do something by it.
func (s *Service) ordered(ctx context.Context, tx *db.Tx, session db.ID, c access.Class) (Version, error) {
	if _, err := s.session(ctx, tx, session, access.Write, c); err != nil {
		return Version{}, err
	}
	all, err := s.versions(ctx, tx, session)
	if err != nil {
		return Version{}, err
	}
	if v := standing(all); v != nil {
		return *v, nil
	}
	return Version{}, errNone
}

// Draw enters that something was drawn up for the order that stands.
func (s *Service) Draw(ctx context.Context, session, item db.ID, amount protocol.Decimal) error {
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		v, err := s.ordered(ctx, tx, session, access.Drawing)
		if err != nil {
			return err
		}
		return s.Stock.Draw(ctx, tx, stock.Draw{Item: item, Session: session, Client: v.Client, Substance: stock.SubstanceOf(v.Medicine), Amount: amount})
	})
}

var errSelf = fault.New(fault.Forbidden, "You drew this up yourself. The second person is somebody else, signed in as themselves. Nothing was changed.")

// Confirm is a second person's word that what was drawn up is what was ordered.
func (s *Service) Confirm(ctx context.Context, session, drawn db.ID) error {
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		v, err := s.ordered(ctx, tx, session, access.Second)
		if err != nil {
			return err
		}
		d, err := s.drawn(ctx, tx, session, &v)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.All, func(x Drawing) bool { return x.ID == drawn })
		switch {
		case i < 0:
			return fault.New(fault.NotFound, "What you confirm is not drawn up for this session any more. Nothing was changed.")
		case d.All[i].By == access.From(ctx).Person:
			return errSelf
		case d.All[i].Check != nil:
			return nil
		}
		return s.addCheck(ctx, tx, v, Check{Order: v.ID, Drawn: drawn, Kind: Confirmed})
	})
}

// Waive is the prescriber's word that the order may be given without a second
// person's look, with a reason that stays.
func (s *Service) Waive(ctx context.Context, session db.ID, why string) error {
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		v, err := s.ordered(ctx, tx, session, access.Ordering)
		if err != nil {
			return err
		}
		if why == "" {
			return fault.Field("waive", "Please say why nobody else looks at what is drawn up.")
		}
		return s.addCheck(ctx, tx, v, Check{Order: v.ID, Drawn: v.ID, Kind: Waived, Why: why})
	})
}

func (s *Service) addCheck(ctx context.Context, tx *db.Tx, v Version, c Check) error {
	a, id := access.From(ctx), db.NewID()
	sealed, err := s.seal(ctx, tx, v.Client, id, checkBody, c.Why)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlAddCheck, a.Practice, id, c.Order, c.Drawn, v.Session, v.Client, string(c.Kind), sealed, a.Person, db.Micros(s.Now()))
	if err != nil || n == 0 {
		return err
	}
	verb := "confirmed"
	if c.Kind == Waived {
		verb = "passed"
	}
	return s.Trail.Record(ctx, tx, line(verb, "drawn dose", v.Client, c.Drawn, ""))
}
