package inquiry

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
	"held/practice/trail"
)

// WaitingState says how somebody stands on the waiting list.
type WaitingState string

// The states. Offered is not kept: it is read from the open offers.
const (
	StillWaiting WaitingState = "waiting"
	GotATime     WaitingState = "booked"
	LeftTheList  WaitingState = "left"
)

// MaxSuits is how much may be said about the times that suit, in characters.
const MaxSuits = 300

// Waiting is somebody's place on the waiting list.
type Waiting struct {
	ID       db.ID
	Person   db.ID
	Offering db.ID
	State    WaitingState
	Zone     string // the waiting person's
	Since    time.Time
	Suits    string // in plain words; only what is shown to staff and the person fills it
}

var errNotWaiting = fault.New(fault.NotFound, "This place on the waiting list is not there any more.")

func suitsField(practice db.ID, w Waiting) vault.Field {
	return vault.Field{Practice: practice, Subject: w.Person, Class: vault.Contact, Row: w.ID, Column: "inquiry_waiting.suits"}
}

// Wait puts somebody on the waiting list for an offering. Who waits for it
// already keeps their place; what they say about times is the newer.
func (s *Service) Wait(ctx context.Context, o calendar.Offering, v Visitor, suits string) (w Waiting, err error) {
	if !s.mayBook(ctx, o) {
		return w, calendar.ErrNotYours
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.comes(ctx, tx, v, people.StepInquiry)
		if err != nil {
			return err
		}
		if p.Email() == "" {
			return fault.Field("contact", "Offers go by e-mail, so the waiting list needs an address of yours.")
		}
		w, err = s.place(s.standing(ctx, p.ID), tx, Waiting{Person: p.ID, Offering: o.ID, State: StillWaiting, Zone: v.Zone, Suits: suits})
		return err
	})
	return w, err
}

func (s *Service) place(ctx context.Context, tx *db.Tx, w Waiting) (Waiting, error) {
	practice, now := access.From(ctx).Practice, s.Now()
	rows, err := db.All(ctx, tx, scanWaiting, sqlWaitingOfPerson, practice, w.Person)
	if err != nil {
		return w, err
	}
	for _, row := range rows {
		if row.Offering == w.Offering {
			w.ID, w.Since = row.ID, row.Since
		}
	}
	again := !w.ID.IsZero()
	if !again {
		w.ID, w.Since = db.NewID(), now
	}
	sealed, err := s.Vault.Seal(ctx, tx, suitsField(practice, w), w.Suits)
	if err != nil {
		return w, err
	}
	if again {
		_, err = tx.Exec(ctx, sqlKeepSuits, sealed, w.Zone, db.Micros(now), practice, w.ID)
		return w, err
	}
	if _, err := tx.Exec(ctx, sqlAddWaiting, practice, w.ID, w.Person, w.Offering, w.Zone, sealed, db.Micros(now)); err != nil {
		return w, err
	}
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "waits", Subject: w.Person, Kind: "waiting", Object: w.ID}); err != nil {
		return w, err
	}
	return w, s.waitingLetter(ctx, tx, w)
}

// Leave takes somebody off the waiting list. A time that was on offer to them
// goes on to the next person.
func (s *Service) Leave(ctx context.Context, id db.ID, why string) error {
	w, err := s.waiting(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	if err := mayLeave(ctx, w); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlSettleWaiting, string(LeftTheList), db.Micros(s.Now()), access.From(ctx).Practice, id)
		if err != nil || n == 0 { // left already
			return err
		}
		if err := s.withdraw(ctx, tx, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "left", Subject: w.Person, Kind: "waiting", Object: id, Why: why})
	})
}

func mayLeave(ctx context.Context, w Waiting) error {
	if access.Can(ctx, access.Write, access.Resource{Class: access.Own, Subject: w.Person}) {
		return nil
	}
	return access.Check(ctx, access.Write, inquiries(w.Person))
}

// withdraw ends the open offers of one place on the list, and gives their
// times back once that is certain.
func (s *Service) withdraw(ctx context.Context, tx *db.Tx, waiting db.ID) error {
	practice := access.From(ctx).Practice
	open, err := db.All(ctx, tx, scanOffer, sqlOpenOffers, practice)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.Waiting != waiting {
			continue
		}
		if _, err := tx.Exec(ctx, sqlSettleOffer, string(OfferPassed), db.ID{}, practice, o.ID); err != nil {
			return err
		}
		tx.After(func() { s.giveBack(ctx, o) })
	}
	return nil
}

// waiting reads one place on the list, without its words.
func (s *Service) waiting(ctx context.Context, q db.Q, id db.ID) (Waiting, error) {
	row, err := db.One(ctx, q, scanWaiting, sqlWaitingOne, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = errNotWaiting
	}
	return row.Waiting, err
}

// WaitingEntry is a line of the desk's waiting list.
type WaitingEntry struct {
	Waiting
	Name    string    // working name
	What    string    // the offering's name
	Offered time.Time // the time that is on offer to them now, zero for none
	Until   time.Time
	Talk    bool // to talk first
}

// WaitingList lists who waits, whoever came first, first. That what people
// said about their times was read goes into the trail.
func (s *Service) WaitingList(ctx context.Context) ([]WaitingEntry, error) {
	if err := access.Check(ctx, access.Read, inquiries(db.ID{})); err != nil {
		return nil, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	rows, err := db.All(ctx, q, scanWaiting, sqlWaitingLine, practice)
	if err != nil {
		return nil, err
	}
	offers, err := db.All(ctx, q, scanOffer, sqlOpenOffers, practice)
	if err != nil {
		return nil, err
	}
	out := make([]WaitingEntry, len(rows))
	for i, row := range rows {
		if out[i], err = s.entry(ctx, row, offers); err != nil {
			return nil, err
		}
	}
	if err := s.talkWaiting(ctx, out); err != nil {
		return nil, err
	}
	return out, errors.Join(s.Trail.Listed(ctx, trail.WaitingList), s.sawSuits(ctx, out))
}

func (s *Service) entry(ctx context.Context, row waitingRow, offers []Offer) (e WaitingEntry, err error) {
	e.Waiting = row.Waiting
	if e.Suits, err = s.Vault.Open(ctx, s.DB.Reader(), suitsField(access.From(ctx).Practice, e.Waiting), row.suits); err != nil && !errors.Is(err, vault.ErrErased) {
		return e, err
	}
	names, err := s.People.ClientNames(ctx, row.Person)
	if err != nil {
		return e, err
	}
	e.Name = names[row.Person]
	o, err := s.Calendar.Offering(s.system(ctx), row.Offering)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return e, err
	}
	e.What = o.Name
	for _, x := range offers {
		if x.Waiting == row.ID && x.Expires.After(s.Now()) {
			e.Offered, e.Until = x.Start, x.Expires
		}
	}
	return e, nil
}

func (s *Service) sawSuits(ctx context.Context, all []WaitingEntry) error {
	for _, e := range all {
		if e.Suits == "" {
			continue
		}
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: e.Person, Kind: "waiting", Object: e.ID}); err != nil {
			return err
		}
	}
	return nil
}

// mailable tells whether a contact can be written to.
func mailable(contact string) bool {
	_, err := mail.Address(contact)
	return err == nil
}
