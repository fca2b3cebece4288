package space

import (
	"bytes"
	"context"
	"errors"
	"io"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// What was left for a client's journal without its keys: on the practice's
// tablet, which has only the public one, or on the client's own device while the
// journal was locked. The practice keeps age files that it cannot open, until
// their owner takes them in or removes them.

// Limits of what waits for one person.
const (
	maxDepositParts = 64 // so that one has at most 12 MB
	maxDeposits     = 60
	depositQuota    = 48 << 20
)

// The places at which something can be left.
const (
	placeTablet = "tablet" // the practice's
	placeOwn    = "own"    // a device of the client's own, signed in
)

// How something that was left stands.
const (
	leftBegun   int64 = iota // parts of it are still to come
	leftWaiting              // for its owner
	leftGone                 // taken in, or removed
)

// Deposit is something that was left.
type Deposit struct {
	ID      db.ID  `json:"id"`
	Place   string `json:"place"`
	Session db.ID  `json:"session"`
	Size    int64  `json:"size"`
	Day     string `json:"day"`

	state int64
}

// Left is one part of something that is being left.
type Left struct {
	ID    db.ID
	N, Of int64
	Body  []byte
}

var (
	errManyLeft = fault.New(fault.TooLarge, "There is no room for more at the practice until what was left is taken into the journal. What was made is still on this device.")
	errOpenLeft = fault.New(fault.Taken, "Parts of this have not come. Please send it again.")
)

func (l Left) check() error {
	switch {
	case l.ID[6]>>4 != 4: // an id that tells no time
		return fault.New(fault.BadRequest, "What is sealed is named by a random id.")
	case l.N < 0 || l.Of < 1 || l.N >= l.Of || l.Of > maxDepositParts:
		return fault.New(fault.BadRequest, "This part cannot be.")
	case len(l.Body) > PartSize:
		return fault.New(fault.TooLarge, "This part is too large.")
	case len(l.Body) == 0 && l.N > 0:
		return fault.New(fault.BadRequest, "This part is empty.")
	case l.N == 0 && !bytes.HasPrefix(l.Body, magic):
		return errNotAge
	}
	return nil
}

// LeaveOwn takes a part of what the signed-in client leaves for their own
// journal while it is locked.
func (s *Service) LeaveOwn(ctx context.Context, l Left) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return err
	}
	return s.leave(ctx, Deposit{ID: l.ID, Place: placeOwn}, a.Person, l)
}

// leave keeps a part of what is left for a person; with its last part it is
// there. Sent twice it is there once.
func (s *Service) leave(ctx context.Context, d Deposit, person db.ID, l Left) error {
	if err := l.check(); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.lockJournal(ctx, tx, person); err != nil {
			return err
		}
		was, err := db.One(ctx, tx, scanDeposit, sqlDeposit, practice, person, l.ID)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		if err == nil && was.state != leftBegun { // its answer was lost on the way
			return nil
		}
		if err := s.roomFor(ctx, tx, person, int64(len(l.Body))); err != nil {
			return err
		}
		if err != nil { // its first part
			if _, err := tx.Exec(ctx, sqlAddDeposit, practice, person, l.ID, d.Place, d.Session, leftBegun, s.day()); err != nil {
				return err
			}
		}
		return s.leavePart(ctx, tx, person, l)
	})
}

func (s *Service) leavePart(ctx context.Context, tx *db.Tx, person db.ID, l Left) error {
	practice, size := access.From(ctx).Practice, int64(len(l.Body))
	n, err := tx.Exec(ctx, sqlAddDepositPart, practice, person, l.ID, l.N, size, l.Body)
	if err != nil {
		return err
	}
	if n > 0 {
		if _, err := tx.Exec(ctx, sqlGrowDeposit, size, practice, person, l.ID); err != nil {
			return err
		}
	}
	if l.N < l.Of-1 {
		return nil
	}
	come, err := db.One(ctx, tx, db.Value[int64], sqlCountDepositParts, practice, person, l.ID)
	if err != nil {
		return err
	}
	if come != l.Of {
		return errOpenLeft
	}
	_, err = tx.Exec(ctx, sqlSetDeposit, leftWaiting, s.day(), practice, person, l.ID)
	return err
}

// lockJournal lets what is left for one person come one after another; it says
// where somebody has no keys.
func (s *Service) lockJournal(ctx context.Context, tx *db.Tx, person db.ID) error {
	n, err := tx.Exec(ctx, sqlRefund, int64(0), access.From(ctx).Practice, person)
	if err == nil && n == 0 {
		err = errNoRing
	}
	return err
}

func (s *Service) roomFor(ctx context.Context, tx *db.Tx, person db.ID, size int64) error {
	waits, err := db.One(ctx, tx, scanWaits, sqlHeldDeposits, access.From(ctx).Practice, person, leftGone)
	if err == nil && (waits.size+size > depositQuota || waits.n > maxDeposits) {
		err = errManyLeft
	}
	return err
}

// LeftFor lists what waits for the signed-in client to take in.
func (s *Service) LeftFor(ctx context.Context) ([]Deposit, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return nil, err
	}
	return s.waiting(ctx, a.Person)
}

func (s *Service) waiting(ctx context.Context, person db.ID) ([]Deposit, error) {
	return db.All(ctx, s.DB.Reader(), scanDeposit, sqlDepositsOf, access.From(ctx).Practice, person, leftWaiting)
}

// leftOne finds one that waits for the signed-in client.
func (s *Service) leftOne(ctx context.Context, id db.ID) (Deposit, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return Deposit{}, err
	}
	d, err := db.One(ctx, s.DB.Reader(), scanDeposit, sqlDeposit, a.Practice, a.Person, id)
	if errors.Is(err, db.ErrNone) || err == nil && d.state != leftWaiting {
		err = errUnknown
	}
	return d, err
}

// leftBody writes it, part by part.
func (s *Service) leftBody(ctx context.Context, person db.ID, d Deposit, w io.Writer) error {
	practice := access.From(ctx).Practice
	var sent int64
	for n := int64(0); sent < d.Size; n++ {
		b, err := db.One(ctx, s.DB.Reader(), db.Value[[]byte], sqlDepositPart, practice, person, d.ID, n)
		if errors.Is(err, db.ErrNone) {
			return errUnknown // taken in on another device meanwhile
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		sent += int64(len(b))
	}
	return nil
}

// DropLeft takes one away, once its owner has taken it in or does not want it.
// That it was there is kept, so that a device which sends it late does not bring
// it back.
func (s *Service) DropLeft(ctx context.Context, id db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.lockJournal(ctx, tx, a.Person); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDropDepositParts, a.Practice, a.Person, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlGoneDeposit, a.Practice, a.Person, id, placeOwn, leftGone, s.day())
		return err
	})
}

// eraseLeft removes what was left for a person, and what was opened for it.
func (s *Service) eraseLeft(ctx context.Context, tx *db.Tx, person db.ID) error {
	for _, statement := range []string{sqlEraseDeposits, sqlEraseDepositParts, sqlEraseCaptures} {
		if _, err := tx.Exec(ctx, statement, access.From(ctx).Practice, person); err != nil {
			return err
		}
	}
	return nil
}

// sweepLeft drops what was begun to be left and never came whole.
func (s *Service) sweepLeft(ctx context.Context) error {
	const batch = 50
	practice := access.From(ctx).Practice
	for {
		old, err := db.All(ctx, s.DB.Reader(), scanBegun, sqlBegunDeposits, practice, leftBegun, s.day()-unfinishedDays, batch)
		if err != nil || len(old) == 0 {
			return err
		}
		for _, u := range old {
			err := s.DB.Write(ctx, func(tx *db.Tx) error {
				n, err := tx.Exec(ctx, sqlDropDeposit, practice, u.person, u.id, leftBegun)
				if err != nil || n == 0 { // its last part came meanwhile
					return err
				}
				_, err = tx.Exec(ctx, sqlDropDepositParts, practice, u.person, u.id)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
}
