package stock

import (
	"context"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/rules/protocol"
)

// What follows here is for the operations of care/orders, which ask whether
// somebody may: it asks nobody's role, and goes into their transaction.

// Draw is what is taken out of the stock for a session.
type Draw struct {
	Item, Session, Client db.ID
	Substance             string // what was ordered is drawn from this
	Amount                protocol.Decimal
}

// Draw enters that something was drawn up.
func (s *Service) Draw(ctx context.Context, tx *db.Tx, d Draw) error {
	i, err := s.Item(ctx, tx, d.Item)
	if err != nil {
		return fault.Field("item", "Please choose the lot.")
	}
	old, err := s.expired(ctx, i)
	if err != nil {
		return err
	}
	b, err := s.balance(ctx, tx, i.ID)
	switch {
	case err != nil:
		return err
	case i.Substance != d.Substance:
		return fault.Field("item", "This lot is "+i.Substance+", and the order is for "+d.Substance+". Nothing was entered.")
	case !i.Closed.IsZero():
		return fault.Field("item", "This lot was put away. Please choose another.")
	case old:
		return fault.Field("item", "This lot expired on "+i.Expires+". Please choose another, and record the waste of this one.")
	case d.Amount <= 0:
		return fault.Field("amount", "Please give an amount above 0, as 10 or 0.7.")
	case b < d.Amount:
		return fault.Field("amount", "The book has "+b.String()+" "+i.Unit+" of this lot. Count it first.")
	}
	mg := i.Mg(d.Amount)
	return s.keep(ctx, tx, "drew up", Entry{Item: i.ID, Kind: Drawn, Delta: -d.Amount, Held: d.Amount, Session: d.Session, Client: d.Client, Body: Body{Amount: d.Amount, Mg: &mg}})
}

// Draws are what was drawn up for a session and not taken back, with its lot.
func (s *Service) Draws(ctx context.Context, q db.Q, session db.ID) (out []Waiting, err error) {
	rows, err := db.All(ctx, q, scanEntry, sqlSessionEntries, access.From(ctx).Practice, session)
	if err != nil {
		return nil, err
	}
	all, err := s.openEntries(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		undone := slices.ContainsFunc(all, func(c Entry) bool { return c.Kind == Corrected && c.Of == e.ID })
		if e.Kind != Drawn || undone {
			continue
		}
		i, err := s.Item(ctx, q, e.Item)
		if err != nil {
			return nil, err
		}
		out = append(out, Waiting{e, i})
	}
	return out, nil
}

// Left is what is drawn up for a session and not accounted for.
type Left struct {
	Item, Session, Client db.ID
	Amount                protocol.Decimal // below 0: more was given than was drawn up
}

func lefts(entries []Entry, by func(Entry) db.ID) (out []Left) {
	for _, e := range entries {
		if e.Session.IsZero() || e.Item.IsZero() {
			continue
		}
		i := slices.IndexFunc(out, func(l Left) bool { return by(Entry{Item: l.Item, Session: l.Session}) == by(e) })
		if i < 0 {
			out = append(out, Left{Item: e.Item, Session: e.Session, Client: e.Client})
			i = len(out) - 1
		}
		out[i].Amount += e.Held
	}
	return out
}

// LeftOf is what is drawn up for a session, lot by lot in the order in which
// they were drawn.
func (s *Service) LeftOf(ctx context.Context, q db.Q, session db.ID) ([]Left, error) {
	rows, err := db.All(ctx, q, scanEntry, sqlSessionEntries, access.From(ctx).Practice, session)
	if err != nil {
		return nil, err
	}
	all := make([]Entry, len(rows))
	for i, r := range rows {
		all[i] = r.Entry
	}
	return lefts(all, func(e Entry) db.ID { return e.Item }), nil
}

func (s *Service) left(ctx context.Context, q db.Q, item, session db.ID) (Left, error) {
	all, err := s.LeftOf(ctx, q, session)
	for _, l := range all {
		if l.Item == item {
			return l, err
		}
	}
	return Left{Item: item, Session: session}, err
}

// Giving is a dose that was given.
type Giving struct {
	Session, Client db.ID
	Mg              protocol.Decimal
	Ref             string // the room's entry
}

// Give enters an administration, out of what was drawn up first. Nothing is
// refused here: what was given was given. What no lot has the amount for stands
// with the last one, and shows there as more than was drawn up.
func (s *Service) Give(ctx context.Context, tx *db.Tx, g Giving) error {
	all, err := s.LeftOf(ctx, tx, g.Session)
	if err != nil {
		return err
	}
	rest := g.Mg
	for n, l := range all {
		i, err := s.Item(ctx, tx, l.Item)
		if err != nil {
			return err
		}
		last := n == len(all)-1
		amount := i.Units(rest)
		if amount > l.Amount && !last {
			amount = l.Amount
		}
		if amount <= 0 && !last {
			continue
		}
		mg := rest
		if !last && i.Mg(amount) < rest {
			mg = i.Mg(amount)
		}
		if err := s.keep(ctx, tx, "gave", Entry{Item: l.Item, Kind: Given, Held: -amount, Session: g.Session, Client: g.Client, Body: Body{Amount: amount, Mg: &mg, Ref: g.Ref}}); err != nil {
			return err
		}
		if rest -= mg; rest <= 0 {
			return nil
		}
	}
	if len(all) > 0 {
		return nil
	}
	// Nothing was drawn up here: the dose stands in the ledger without a lot.
	return s.keep(ctx, tx, "gave", Entry{Kind: Given, Session: g.Session, Client: g.Client, Body: Body{Mg: &rest, Ref: g.Ref, Why: "no lot was drawn up here"}})
}

// TakeBack adds counter-entries to the administrations that a room's entry made:
// it was undone there.
func (s *Service) TakeBack(ctx context.Context, tx *db.Tx, session db.ID, ref string) error {
	rows, err := db.All(ctx, tx, scanEntry, sqlSessionEntries, access.From(ctx).Practice, session)
	if err != nil {
		return err
	}
	all, err := s.openEntries(ctx, tx, rows)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Kind != Given || e.Body.Ref != ref {
			continue
		}
		if err := s.counter(ctx, tx, e, "undone in the room"); err != nil {
			return err
		}
	}
	return nil
}
