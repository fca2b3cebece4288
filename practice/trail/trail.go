// Package trail keeps who did and read what: appended, never changed. It
// holds ids and codes only, no names and no words.
package trail

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// Entry is one thing that somebody did or read.
type Entry struct {
	ID      db.ID
	At      time.Time
	Actor   db.ID // zero when nobody is known
	Role    string
	Via     access.Via
	Verb    string // "read", "booked", "moved", "cancelled", "answered" …
	Subject db.ID  // whose it is; zero when it is nobody's
	Kind    string // "appointment", "question", "person" …
	Object  db.ID
	Why     string // a code from a list, or ""
}

// Service writes and reads the trail.
type Service struct {
	DB  *db.DB
	Now func() time.Time
}

// Record appends an entry within the transaction that does the thing; who,
// in which role and by which way come from the context.
func (s *Service) Record(ctx context.Context, tx *db.Tx, e Entry) error {
	a := access.From(ctx)
	e = s.complete(a, e)
	return tx.Later(ctx, nil, sqlInsert, a.Practice, e.ID, db.Micros(e.At), e.Actor, e.Role, string(e.Via), e.Verb, e.Subject, e.Kind, e.Object, e.Why)
}

// Saw records a reading, in a transaction of its own. What cannot be recorded
// is not shown: the caller returns the error instead of the page.
func (s *Service) Saw(ctx context.Context, e Entry) error {
	e.Verb = "read"
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.Record(ctx, tx, e) })
}

func (s *Service) complete(a access.Actor, e Entry) Entry {
	e.ID, e.At, e.Via, e.Actor = db.NewID(), s.Now(), a.Via, a.Person
	if e.Role == "" {
		e.Role = RoleOf(a, e.Subject)
	}
	return e
}

// byTrade is the order in which a role is named: what somebody does here
// before that the house is theirs.
var byTrade = []access.Role{access.Guide, access.Prescriber, access.Attendant, access.Coordinator, access.Owner}

// RoleOf names the role in which somebody acts: the client's own when the
// thing is theirs, else what they do here.
func RoleOf(a access.Actor, subject db.ID) string {
	switch a.Via {
	case access.System, access.Operator:
		return string(a.Via)
	case access.Link:
		return string(access.Client)
	case access.Public:
		return "visitor"
	}
	if a.Is(access.Client) && a.Person == subject {
		return string(access.Client)
	}
	for _, r := range byTrade {
		if a.Is(r) {
			return string(r)
		}
	}
	return string(access.Client)
}

// Of reads the newest entries about a person, before the given entry (zero: from the newest).
func (s *Service) Of(ctx context.Context, subject, before db.ID, n int) ([]Entry, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Trail, Subject: subject}); err != nil {
		return nil, err
	}
	if before.IsZero() {
		for i := range before {
			before[i] = 0xff
		}
	}
	return db.All(ctx, s.DB.Reader(), scanEntry, sqlOfSubject, access.From(ctx).Practice, subject, before, n)
}
