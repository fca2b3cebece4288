package space

import (
	"context"
	"errors"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// Right after a session, on the practice's tablet: whoever cares for a client
// opens a page that can be left with them. It has the client's public key and
// nothing else of anybody's, and what is made on it is sealed to that key.

// How long such a page opens, and how long what was sealed on it can still come.
const (
	captureOpens = 6 * time.Hour
	captureSends = unfinishedDays * 24 * time.Hour
)

// Capture is a page of the practice's tablet that was opened for a client.
type Capture struct {
	ID, Person, Session db.ID
	Opened, Ends        time.Time
}

var (
	errNoCapture    = fault.New(fault.NotFound, "This address is not complete, or not one of ours. Nothing was kept. Please give the tablet back.")
	errCaptureEnded = fault.New(fault.Gone, "This page has ended. What was kept on it was sealed for you and is on its way to your journal. Please give the tablet back.")
	errNoJournalYet = fault.New(fault.Taken, "They have no journal here yet, so there is nothing to seal to. Nothing was opened. Paper, or their own telephone, are the way.")
)

// captureSession finds the session that a capture belongs to, for somebody who
// may open one.
func (s *Service) captureSession(ctx context.Context, q db.Q, v access.Verb, session db.ID) (preparation.Session, error) {
	x, err := s.Preparation.Session(ctx, q, session)
	if err != nil {
		return x, err
	}
	if err := access.Check(ctx, v, access.Resource{Class: access.Room, Subject: x.Client}); err != nil {
		return x, err
	}
	if x.State == calendar.Cancelled {
		return x, fault.New(fault.Gone, "This session was cancelled. Nothing was opened.")
	}
	return x, nil
}

// OpenCapture opens a page for the client of a session, and gives its address.
func (s *Service) OpenCapture(ctx context.Context, session db.ID) (address string, err error) {
	a, now := access.From(ctx), s.Now()
	c := Capture{ID: db.RandomID(), Session: session}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.captureSession(ctx, tx, access.Write, session)
		if err != nil {
			return err
		}
		c.Person = x.Client
		if _, err := db.One(ctx, tx, db.Value[string], sqlRecipient, a.Practice, c.Person); errors.Is(err, db.ErrNone) {
			return errNoJournalYet
		} else if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlAddCapture, a.Practice, c.ID, c.Person, c.Session, a.Person, db.Micros(now), db.Micros(now.Add(captureOpens)))
		if err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "opened", Subject: c.Person, Kind: "capture", Object: c.ID})
	})
	return "/capture/" + s.Vault.Token(a.Practice, "capture", c.ID[:]), err
}

// capture opens the address of such a page. What it loads is loaded by the
// program; the context that it gives has nobody in it.
func (s *Service) capture(ctx context.Context, token string) (context.Context, Capture, error) {
	practice := access.From(ctx).Practice
	as := access.With(ctx, access.Actor{Practice: practice, Via: access.Link})
	var id db.ID
	msg, ok := s.Vault.ParseToken(practice, "capture", token)
	if !ok || len(msg) != len(id) {
		return as, Capture{}, errNoCapture
	}
	copy(id[:], msg)
	c, err := db.One(ctx, s.DB.Reader(), scanCapture, sqlCapture, practice, id)
	if errors.Is(err, db.ErrNone) { // erased with whose it was
		err = errCaptureEnded
	}
	return as, c, err
}

// LeaveOnTablet takes a part of what was sealed on the practice's tablet. It may
// come for a while after the page has ended: the network was lost.
func (s *Service) LeaveOnTablet(ctx context.Context, token string, l Left) error {
	ctx, c, err := s.capture(ctx, token)
	if err != nil {
		return err
	}
	if s.Now().After(c.Opened.Add(captureSends)) {
		return errCaptureEnded
	}
	return s.leave(ctx, Deposit{ID: l.ID, Place: placeTablet, Session: c.Session}, c.Person, l)
}

// EndCapture ends such a page: the tablet is given back.
func (s *Service) EndCapture(ctx context.Context, token string) error {
	ctx, c, err := s.capture(ctx, token)
	if err != nil {
		return err
	}
	now := db.Micros(s.Now())
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlEndCapture, now, access.From(ctx).Practice, c.ID, now)
		return err
	})
}

// after gives the medicine session of today or yesterday, by the client's own
// days, for which a page is offered to them; its zero if there is none.
func (s *Service) after(ctx context.Context, client db.ID, zone *time.Location) (db.ID, error) {
	all, err := s.Calendar.OfClient(ctx, client)
	if err != nil {
		return db.ID{}, err
	}
	today := s.Now().In(zone).Format(time.DateOnly)
	yesterday := s.Now().In(zone).AddDate(0, 0, -1).Format(time.DateOnly)
	for _, a := range all {
		on := a.Start.In(zone).Format(time.DateOnly)
		if a.State == calendar.Cancelled || on != today && on != yesterday {
			continue
		}
		if medicine, err := s.Preparation.Of(ctx, a); err != nil || medicine {
			return a.ID, err
		}
	}
	return db.ID{}, nil
}
