package inquiry

import (
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// OfferState says what became of an offer.
type OfferState string

// The states. An offer that nobody answered expires by the clock; the row
// follows when somebody looks.
const (
	OfferOpen    OfferState = "open"
	OfferTaken   OfferState = "taken"
	OfferPassed  OfferState = "passed"
	OfferExpired OfferState = "expired"
)

// Offer is an open time shown to one waiting person.
type Offer struct {
	ID          db.ID
	Waiting     db.ID
	Offering    db.ID
	Start       time.Time
	Appointment db.ID // once it was taken
	State       OfferState
	Expires     time.Time

	from time.Time // of the opening that it came from
	hold db.ID
}

// shortestOffer is the least time for which an offer is worth somebody's while.
const shortestOffer = 15 * time.Minute

var (
	errNoOffer   = fault.New(fault.NotFound, "This link is not complete, or not one of ours. Please open it again from the letter, or copy all of it.")
	errOfferGone = fault.New(fault.Gone, "This time has gone on to somebody else. You are still on the waiting list, and we write again when another one opens.")
)

// opened notes a time that was given back, for everybody who waits for such a
// time. It hangs on the calendar: every move and every cancellation, from
// wherever, passes here within its own transaction.
func (s *Service) opened(ctx context.Context, tx *db.Tx, was, now calendar.Appointment) error {
	back := was.State == calendar.Booked && (now.State != calendar.Booked || !now.Start.Equal(was.Start) || now.Host != was.Host)
	if !back || !was.End.After(s.Now()) {
		return nil
	}
	ctx = s.system(ctx)
	practice := access.From(ctx).Practice
	line, err := db.All(ctx, tx, scanWaiting, sqlWaitingLine, practice)
	if err != nil {
		return err
	}
	seen := map[db.ID]bool{}
	for _, w := range line {
		if seen[w.Offering] {
			continue
		}
		seen[w.Offering] = true
		o, err := s.Calendar.Offering(ctx, w.Offering)
		if fault.Is(err, fault.NotFound) || err == nil && o.ID != was.Offering && !slices.Contains(o.Hosts, was.Host) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlOpen, practice, o.ID, db.Micros(was.Start), db.Micros(was.End), db.Micros(s.Now())); err != nil {
			return err
		}
		tx.After(s.offersDue)
	}
	return nil
}

func (s *Service) offersDue() {
	if s.OffersDue != nil {
		s.OffersDue()
	}
}

// OfferNext is the worker of the waiting list: it lets offers end that nobody
// answered, and offers each open time to the next person in line. It may be
// run at any moment, by several programs at once, and stopped at any line: a
// key allows one open offer of each opening and to each person, and what was
// not written down is found again by the next run.
func (s *Service) OfferNext(ctx context.Context) error {
	ctx = s.system(ctx)
	practice := access.From(ctx).Practice
	if err := s.expireOffers(ctx, practice); err != nil {
		return err
	}
	openings, err := db.All(ctx, s.DB.Reader(), scanStretch, sqlOpenings, practice)
	if err != nil {
		return err
	}
	for _, o := range openings {
		if err := s.offerOne(ctx, practice, o); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expireOffers(ctx context.Context, practice db.ID) error {
	open, err := db.All(ctx, s.DB.Reader(), scanOffer, sqlOpenOffers, practice)
	if err != nil || len(open) == 0 || open[0].Expires.After(s.Now()) {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlExpireOffers, practice, db.Micros(s.Now()))
		return err
	})
}

// offerOne offers an open time to the next person, unless it is on offer now.
func (s *Service) offerOne(ctx context.Context, practice db.ID, open stretch) error {
	o, err := s.Calendar.Offering(ctx, open.offering)
	if fault.Is(err, fault.NotFound) {
		return s.closeOpening(ctx, practice, open)
	}
	if err != nil {
		return err
	}
	now, earliest := s.Now(), open.from
	if soonest := s.Now().Add(o.Notice + shortestOffer); soonest.After(earliest) {
		earliest = soonest
	}
	if !earliest.Before(open.until) || !o.Open {
		return s.closeOpening(ctx, practice, open)
	}
	offers, err := db.All(ctx, s.DB.Reader(), scanOffer, sqlOpenOffers, practice)
	if err != nil || onOffer(offers, open) {
		return err
	}
	// None free may mean that somebody holds it just now: the opening stays.
	starts, err := s.Calendar.Times(ctx, o, earliest, open.until)
	if err != nil || len(starts) == 0 {
		return err
	}
	start := starts[0]
	next, others, err := s.inLine(ctx, practice, o, start, offers)
	switch {
	case err != nil:
		return err
	case next.ID.IsZero() && !others:
		return s.closeOpening(ctx, practice, open)
	case next.ID.IsZero():
		return nil
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	forHow := min(time.Duration(house.OfferHours)*time.Hour, start.Sub(now)-o.Notice)
	return s.makeOffer(ctx, practice, open, o, start, next, forHow)
}

// offeredOn tells whether a time that was given back is going along the
// waiting list.
func (s *Service) offeredOn(ctx context.Context, from time.Time) (bool, error) {
	_, err := db.One(ctx, s.DB.Reader(), db.Value[int64], sqlOpeningAt, access.From(ctx).Practice, db.Micros(from))
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

func onOffer(offers []Offer, open stretch) bool {
	return slices.ContainsFunc(offers, func(x Offer) bool { return x.Offering == open.offering && x.from.Equal(open.from) })
}

// inLine finds who comes next for a time: the first who waits for it, has not
// been offered it before, may sit with those who have it already, and is not
// thinking about another. others tells whether somebody is left who may come
// later.
func (s *Service) inLine(ctx context.Context, practice db.ID, o calendar.Offering, start time.Time, offers []Offer) (next Waiting, others bool, err error) {
	line, err := db.All(ctx, s.DB.Reader(), scanWaiting, sqlWaitingLine, practice)
	if err != nil {
		return next, false, err
	}
	for _, w := range line {
		if w.Offering != o.ID {
			continue
		}
		_, err := db.One(ctx, s.DB.Reader(), db.Value[int64], sqlOfferedBefore, practice, w.ID, db.Micros(start))
		switch {
		case err == nil:
			continue
		case !errors.Is(err, db.ErrNone):
			return next, others, err
		}
		if err := s.sits(ctx, o, w.Person, start); fault.Is(err, fault.Taken) {
			continue
		} else if err != nil {
			return next, others, err
		}
		others = true
		if !slices.ContainsFunc(offers, func(x Offer) bool { return x.Waiting == w.ID }) {
			return w.Waiting, true, nil
		}
	}
	return next, others, nil
}

// makeOffer holds the time and writes offer and letter. A stop between the two
// leaves a hold that ends by itself, and the opening for the next run.
func (s *Service) makeOffer(ctx context.Context, practice db.ID, open stretch, o calendar.Offering, start time.Time, w Waiting, forHow time.Duration) error {
	h, err := s.Calendar.HoldFor(ctx, o, w.Person, start, forHow)
	if fault.Is(err, fault.Taken) || fault.Is(err, fault.Invalid) {
		return nil // somebody was faster
	}
	if err != nil {
		return err
	}
	x := Offer{ID: db.NewID(), Waiting: w.ID, Offering: o.ID, Start: start, State: OfferOpen, Expires: h.Expires, from: open.from, hold: h.ID}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if still, err := s.waiting(ctx, tx, w.ID); err != nil || still.State != StillWaiting {
			return errors.Join(err, errNotWaiting)
		}
		if _, err := tx.Exec(ctx, sqlAddOffer, practice, x.ID, x.Waiting, x.Offering, db.Micros(x.from), db.Micros(x.Start), x.hold, db.Micros(s.Now()), db.Micros(x.Expires)); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "offered", Subject: w.Person, Kind: "time", Object: x.ID}); err != nil {
			return err
		}
		return s.offerLetter(ctx, tx, w, x)
	})
	if err != nil {
		err = errors.Join(err, s.Calendar.Release(ctx, h.ID))
	}
	if fault.Is(err, fault.NotFound) || db.Taken(err) {
		return nil // left the list, or was offered a time, in this moment; the next run finds the next person
	}
	return err
}

func (s *Service) closeOpening(ctx context.Context, practice db.ID, open stretch) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlCloseOpening, practice, open.offering, db.Micros(open.from))
		return err
	})
}

// giveBack returns an offered time and asks the next person at once. When
// that fails the hold ends by itself and the worker comes anyway.
func (s *Service) giveBack(ctx context.Context, x Offer) {
	ctx = context.WithoutCancel(s.system(ctx))
	if err := s.Calendar.Release(ctx, x.hold); err != nil {
		s.Log.Error("a held time could not be given back", "offer", x.ID.String(), "cause", err.Error())
	}
	if err := s.OfferNext(ctx); err != nil {
		s.Log.Error("the next person could not be asked", "offer", x.ID.String(), "cause", err.Error())
	}
}

// offer reads one offer.
func (s *Service) offer(ctx context.Context, q db.Q, id db.ID) (Offer, error) {
	x, err := db.One(ctx, q, scanOffer, sqlOffer, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = errNoOffer
	}
	if err == nil && x.State == OfferOpen && !x.Expires.After(s.Now()) {
		x.State = OfferExpired
	}
	return x, err
}

// Accept books the offered time for the waiting person. Accepted again, it
// gives the same appointment.
func (s *Service) Accept(ctx context.Context, x Offer, w Waiting) (a calendar.Appointment, err error) {
	practice := access.From(ctx).Practice
	err = s.Calendar.Write(ctx, func(tx *db.Tx) error {
		now, err := s.offer(ctx, tx, x.ID)
		switch {
		case err != nil:
			return err
		case now.State == OfferTaken:
			a, err = s.Calendar.Get(ctx, tx, now.Appointment)
			return err
		case now.State != OfferOpen:
			return errOfferGone
		}
		// First off the list: what hangs on the booking must not take this
		// offer for one that the person has left behind.
		if _, err := tx.Exec(ctx, sqlSettleWaiting, string(GotATime), db.Micros(s.Now()), practice, w.ID); err != nil {
			return err
		}
		a, err = s.Calendar.Book(ctx, tx, calendar.Booking{
			Offering: x.Offering, Client: w.Person, Start: x.Start, Zone: w.Zone, Hold: x.hold, Invited: true,
			Once: s.Vault.Index(practice, "inquiry.offer", x.ID.String()),
		})
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlSettleOffer, string(OfferTaken), a.ID, practice, x.ID)
		if err == nil && n == 0 { // another program has just ended it
			err = errOfferGone
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlCloseOpening, practice, x.Offering, db.Micros(x.from))
		return err
	})
	if fault.Is(err, fault.Taken) {
		err = errOfferGone
	}
	return a, err
}

// Pass lets an offered time go to the next person; whoever passes stays on the
// list for other times.
func (s *Service) Pass(ctx context.Context, x Offer, w Waiting) error {
	passed := false
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlSettleOffer, string(OfferPassed), db.ID{}, access.From(ctx).Practice, x.ID)
		if passed = err == nil && n == 1; !passed {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "passed", Subject: w.Person, Kind: "time", Object: x.ID})
	})
	if err == nil && passed {
		s.giveBack(ctx, x)
	}
	return err
}
