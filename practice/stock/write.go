package stock

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/once"
	"held/rules/protocol"
)

// Begin puts a lot on the list, as its label says. Nothing of it is there yet.
func (s *Service) Begin(ctx context.Context, i Item) (db.ID, error) {
	if err := may(ctx, access.Write); err != nil {
		return db.ID{}, err
	}
	if err := i.check(); err != nil {
		return db.ID{}, err
	}
	a := access.From(ctx)
	i.ID = db.NewID()
	return once.Done(i.ID, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := once.Claim(ctx, tx, s.Now(), i.ID); err != nil {
			return err
		}
		plain, err := json.Marshal(i.Label)
		if err != nil {
			return err
		}
		sealed, err := s.Vault.Seal(ctx, tx, field(a.Practice, i.ID, itemBody), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddItem, a.Practice, i.ID, i.Substance, sealed, a.Person, micros(s.Now())); err != nil {
			return err
		}
		return s.keep(ctx, tx, "began", Entry{Item: i.ID, Kind: Lot, Body: Body{Label: &i.Label, Why: i.Substance}})
	}))
}

func (i Item) check() error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was entered.")
	if i.Substance != Ketamine && i.Substance != Esketamine {
		e.AddField("substance", "Please choose the substance.")
	}
	if i.Form == "" {
		e.AddField("form", "Please give the form, as on the label: Vial 10 mL.")
	}
	if !slices.Contains(Units, i.Unit) {
		e.AddField("unit", "Please choose what is counted.")
	}
	if i.Strength <= 0 {
		e.AddField("strength", "Please give the milligrams in each unit, as on the label.")
	}
	if i.Lot == "" {
		e.AddField("lot", "Please give the lot, as on the label.")
	}
	if _, err := time.Parse(time.DateOnly, i.Expires); err != nil {
		e.AddField("expires", "Please give the last day on which it may be used.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// keep adds an entry with its line on the trail, and what waits because of it.
func (s *Service) keep(ctx context.Context, tx *db.Tx, verb string, e Entry, waits ...string) error {
	_, err := s.kept(ctx, tx, verb, e, waits...)
	return err
}

func (s *Service) kept(ctx context.Context, tx *db.Tx, verb string, e Entry, waits ...string) (Entry, error) {
	e, err := s.append(ctx, tx, e)
	if err != nil {
		return e, err
	}
	for _, kind := range waits {
		if _, err := tx.Exec(ctx, sqlWaits, access.From(ctx).Practice, e.ID, kind); err != nil {
			return e, err
		}
	}
	return e, s.Trail.Record(ctx, tx, line(verb, e.Client, e.ID, string(e.Kind)))
}

// What an entry waits for.
const (
	ForWitness     = "witness"
	ForExplanation = "explanation"
)

// on does something with a lot that is in use, in one transaction.
func (s *Service) on(ctx context.Context, item db.ID, do func(tx *db.Tx, i Item, balance protocol.Decimal) error) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		i, err := s.Item(ctx, tx, item)
		if err != nil {
			return err
		}
		if !i.Closed.IsZero() {
			return fault.New(fault.Gone, "This lot was put away. Nothing was entered.")
		}
		b, err := s.balance(ctx, tx, item)
		if err != nil {
			return err
		}
		return do(tx, i, b)
	})
}

func positive(name string, d protocol.Decimal) error {
	if d <= 0 {
		return fault.Field(name, "Please give an amount above 0, as 10 or 0.7.")
	}
	return nil
}

// Receive enters what came in.
func (s *Service) Receive(ctx context.Context, item db.ID, amount protocol.Decimal, supplier, reference string) error {
	return s.on(ctx, item, func(tx *db.Tx, i Item, _ protocol.Decimal) error {
		if err := positive("amount", amount); err != nil {
			return err
		}
		if supplier == "" {
			return fault.Field("supplier", "Please say from whom it came.")
		}
		return s.keep(ctx, tx, "received", Entry{Item: i.ID, Kind: Receipt, Delta: amount, Body: Body{Amount: amount, Supplier: supplier, Reference: reference}})
	})
}

// Waste enters what was thrown away: of what was drawn up for a session, or of
// the stock. It waits for a witness, who confirms it by their own sign-in.
func (s *Service) Waste(ctx context.Context, item, session db.ID, amount protocol.Decimal, why string) error {
	return s.on(ctx, item, func(tx *db.Tx, i Item, balance protocol.Decimal) error {
		if err := positive("amount", amount); err != nil {
			return err
		}
		if why == "" {
			return fault.Field("why", "Please say what was wasted, and why.")
		}
		e := Entry{Item: i.ID, Kind: Wasted, Delta: -amount, Body: Body{Amount: amount, Why: why}}
		if !session.IsZero() {
			left, err := s.left(ctx, tx, i.ID, session)
			if err != nil {
				return err
			}
			if left.Amount < amount {
				return fault.Field("amount", "The book has "+left.Amount.String()+" "+i.Unit+" of this lot drawn up for the session. Look at its entries first.")
			}
			e.Delta, e.Held, e.Session, e.Client = 0, -amount, session, left.Client
		} else if balance < amount {
			return fault.Field("amount", "The book has "+balance.String()+" "+i.Unit+" of this lot. Count it first.")
		}
		return s.keep(ctx, tx, "wasted", e, ForWitness)
	})
}

// Count enters what was found. Where the book says otherwise, it follows the
// count, and the difference waits for an explanation.
func (s *Service) Count(ctx context.Context, item db.ID, found protocol.Decimal, note string) error {
	return s.on(ctx, item, func(tx *db.Tx, i Item, book protocol.Decimal) error {
		if found < 0 {
			return fault.Field("found", "Please give what was found; 0 is none.")
		}
		two, err := s.two(ctx, tx)
		if err != nil {
			return err
		}
		var waits []string
		if two {
			waits = []string{ForWitness}
		}
		c, err := s.kept(ctx, tx, "counted", Entry{Item: i.ID, Kind: Counted, Body: Body{Amount: found, Book: &book, Why: note}}, waits...)
		if err != nil || found == book {
			return err
		}
		return s.keep(ctx, tx, "recorded", Entry{Item: i.ID, Kind: Discrepancy, Delta: found - book, Of: c.ID, Body: Body{Amount: max(found-book, book-found), Book: &book}}, ForExplanation)
	})
}

// Explain settles a discrepancy with what is known about it.
func (s *Service) Explain(ctx context.Context, entry db.ID, why, reference string) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	return s.settle(ctx, entry, []Kind{Discrepancy}, ForExplanation, func(tx *db.Tx, of Entry) error {
		if why == "" {
			return fault.Field("explain", "Please write what is known about it, and what was done.")
		}
		return s.keep(ctx, tx, "explained", Entry{Item: of.Item, Kind: Explained, Of: of.ID, Body: Body{Why: why, Reference: reference}})
	})
}

// Witness is somebody's word that they saw a waste, or counted too: another
// person than whoever entered it, signed in as themselves.
func (s *Service) Witness(ctx context.Context, entry db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Witness}); err != nil {
		return err
	}
	return s.settle(ctx, entry, []Kind{Wasted, Counted}, ForWitness, func(tx *db.Tx, of Entry) error {
		if of.By == access.From(ctx).Person {
			return errOwn
		}
		return s.keep(ctx, tx, "witnessed", Entry{Item: of.Item, Kind: Witnessed, Session: of.Session, Client: of.Client, Of: of.ID})
	})
}

// settle does what an entry waits for, once.
func (s *Service) settle(ctx context.Context, entry db.ID, kinds []Kind, waits string, do func(tx *db.Tx, of Entry) error) error {
	practice := access.From(ctx).Practice
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		of, err := s.entry(ctx, tx, entry)
		if err != nil {
			return err
		}
		if !slices.Contains(kinds, of.Kind) {
			return ErrNone
		}
		n, err := tx.Exec(ctx, sqlSettled, practice, entry, waits)
		if err != nil {
			return err
		}
		if n == 0 {
			return errTwice
		}
		return do(tx, of)
	})
}

// correctable are the kinds that somebody may enter a counter-entry for.
var correctable = []Kind{Receipt, Wasted, Drawn}

// Correct adds the counter-entry of a wrong one. What was right is then entered
// anew; both stay to be read.
func (s *Service) Correct(ctx context.Context, entry db.ID, why string) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		of, err := s.entry(ctx, tx, entry)
		if err != nil {
			return err
		}
		if !slices.Contains(correctable, of.Kind) {
			return ErrNone
		}
		if why == "" {
			return fault.Field("why-"+entry.String(), "Please say what was wrong with it.")
		}
		return s.counter(ctx, tx, of, why)
	})
}

// counter undoes an entry, once, where the book has what it takes.
func (s *Service) counter(ctx context.Context, tx *db.Tx, of Entry, why string) error {
	practice := access.From(ctx).Practice
	done, err := db.All(ctx, tx, scanEntry, sqlFollows, practice, of.ID, string(Corrected))
	if err != nil {
		return err
	}
	if len(done) > 0 {
		return errTwice
	}
	if of.Kind == Drawn || of.Kind == Receipt {
		if err := s.there(ctx, tx, of); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, sqlSettled, practice, of.ID, ForWitness); err != nil {
		return err
	}
	return s.keep(ctx, tx, "corrected", Entry{Item: of.Item, Kind: Corrected, Delta: -of.Delta, Held: -of.Held, Session: of.Session, Client: of.Client, Of: of.ID, Body: Body{Amount: of.Body.Amount, Why: why}})
}

// there holds that what is taken back by a counter-entry is still there.
func (s *Service) there(ctx context.Context, tx *db.Tx, of Entry) error {
	if of.Kind == Drawn {
		left, err := s.left(ctx, tx, of.Item, of.Session)
		if err == nil && left.Amount < of.Held {
			err = fault.New(fault.Taken, "Of what was drawn up, some was given or wasted already, so it cannot be taken back whole. Nothing was entered.")
		}
		return err
	}
	b, err := s.balance(ctx, tx, of.Item)
	if err == nil && b < of.Delta {
		err = fault.New(fault.Taken, "Of what came in, some is used already, so it cannot be taken back whole. Nothing was entered; count the lot, and explain the difference.")
	}
	return err
}

// PutAway takes a lot of which nothing is left off the list. Its entries stay.
func (s *Service) PutAway(ctx context.Context, item db.ID) error {
	return s.on(ctx, item, func(tx *db.Tx, i Item, balance protocol.Decimal) error {
		if balance != 0 {
			return fault.New(fault.Taken, "The book has "+balance.String()+" "+i.Unit+" of this lot, so it stays on the list. Nothing was changed.")
		}
		if _, err := tx.Exec(ctx, sqlCloseItem, micros(s.Now()), access.From(ctx).Practice, item); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, line("put away", db.ID{}, item, ""))
	})
}

// CountByTwo says whether a count waits for a second person here.
func (s *Service) CountByTwo(ctx context.Context, two bool) error {
	if err := may(ctx, access.Write); err != nil {
		return err
	}
	practice, n := access.From(ctx).Practice, 0
	if two {
		n = 1
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlBegin, practice, first); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlTwo, n, practice); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, line("decided", db.ID{}, db.ID{}, "counts"))
	})
}

func (s *Service) two(ctx context.Context, q db.Q) (bool, error) {
	h, err := one(ctx, q, scanHead, sqlHead, access.From(ctx).Practice)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return h.two > 0, err
}
