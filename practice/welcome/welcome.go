// Package welcome invites people: to work here, and to a space of their own.
// What an invitation gives is theirs from when they accept it, not before.
package welcome

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Kind is what somebody is invited to.
type Kind string

// The kinds.
const (
	Work  Kind = "work"  // to work here, in one or several roles
	Space Kind = "space" // to a space of their own, as a client
)

// State is how far an invitation has come.
type State string

// The states. An open one whose time has passed is Expired without a row
// having been written.
const (
	Open      State = "open"
	Accepted  State = "accepted"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// Limits and choices.
const (
	MaxWords    = 500
	DefaultDays = 7
	forgetAfter = 30 * 24 * time.Hour // after it was settled or has expired
	listed      = 100
)

// DayChoices are for how many days an invitation can hold.
var DayChoices = []int{2, 7, 14, 30}

// Invitation is one, opened.
type Invitation struct {
	ID      db.ID
	Kind    Kind
	State   State
	Roles   []access.Role
	ByHand  bool // no mail: its link is handed over in person
	Person  db.ID
	By      db.ID
	Made    time.Time
	Sent    time.Time // when its newest link was made
	Expires time.Time
	Settled time.Time
	Body

	turn int64 // counts its links: only the newest opens anything
}

// Body is what of an invitation is sealed.
type Body struct {
	Name       string            `json:"name"`
	Email      string            `json:"email"`
	Words      string            `json:"words"`
	Discretion people.Discretion `json:"discretion"`
}

// at is the invitation as it is at an instant.
func (i Invitation) at(now time.Time) Invitation {
	if i.State == Open && !i.Expires.After(now) {
		i.State = Expired
	}
	return i
}

// Service keeps invitations.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Sessions *people.Sessions
	Letters  *letters.Service
	Settings *settings.Service
	Base     string
	Now      func() time.Time
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "welcome_invitations", Column: "body", Class: vault.Contact, Subject: "id", Row: "id"}}

func field(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: id, Class: vault.Contact, Row: id, Column: "welcome_invitations.body"}
}

// rule asks the policy: whom to invite to work here is the owner's to decide,
// whom to a space is the front's.
func rule(ctx context.Context, v access.Verb, k Kind) error {
	if k == Work {
		return access.Check(ctx, v, access.Resource{Class: access.Staff})
	}
	return access.Check(ctx, access.Write, access.Resource{Class: access.People})
}

// Draft is what is typed to invite somebody.
type Draft struct {
	Kind  Kind
	Roles []access.Role
	Days  int
	// Person is somebody whom the practice knows and who does not sign in yet:
	// their name, address and style of messages are taken from there.
	Person db.ID
	Body
}

func (d Draft) check() error {
	e := fault.New(fault.Invalid, "Something needs another look. What you typed is still here.")
	if d.Name == "" {
		e.AddField("name", "Please give a name to call this person by.")
	}
	if _, err := mail.Address(d.Email); err != nil {
		e.AddField("email", "This does not look like an e-mail address. Please check it.")
	}
	if !slices.Contains(DayChoices, d.Days) {
		e.AddField("days", "Please choose how long the invitation holds.")
	}
	if d.Kind == Work && len(d.Roles) == 0 {
		e.AddField("role", "Please choose at least one role; without one this person could open nothing.")
	}
	for _, r := range d.Roles {
		if !slices.Contains(settings.StaffRoles, r) {
			e.AddField("role", "There is no such role.")
		}
	}
	if _, ok := people.ParseDiscretion(string(d.Discretion)); !ok && d.Kind == Space {
		e.AddField("discretion", "Please choose how messages are worded.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Invite writes an invitation and sends its letter. It never asks whether the
// address is known: neither the answer nor its time tells.
func (s *Service) Invite(ctx context.Context, d Draft) (i Invitation, err error) {
	if err := rule(ctx, access.Write, d.Kind); err != nil {
		return i, err
	}
	if d.Kind == Space {
		d.Roles = []access.Role{access.Client}
		if !d.Person.IsZero() {
			p, err := s.People.Get(ctx, s.DB.Reader(), d.Person)
			if err != nil {
				return i, err
			}
			d.Name, d.Email, d.Discretion = p.Name, p.Email(), p.Discretion
			if d.Email == "" {
				return i, fault.New(fault.Invalid, "There is no e-mail address to sign in with. Nothing was changed.")
			}
		}
		err = Draft{Kind: Space, Days: d.Days, Body: d.Body}.check()
	} else {
		d.Discretion, d.Person = people.Neutral, db.ID{}
		err = d.check()
	}
	if err != nil {
		return i, err
	}
	a, now := access.From(ctx), s.Now()
	i = Invitation{ID: db.NewID(), Kind: d.Kind, State: Open, Roles: d.Roles, ByHand: d.Discretion == people.Silent, Person: d.Person, By: a.Person,
		Made: now, Sent: now, Expires: now.AddDate(0, 0, d.Days), Body: d.Body, turn: 1}
	return i, s.DB.Write(ctx, func(tx *db.Tx) error { return s.add(ctx, tx, a.Practice, i) })
}

func (s *Service) add(ctx context.Context, tx *db.Tx, practice db.ID, i Invitation) error {
	plain, err := json.Marshal(i.Body)
	if err != nil {
		return err
	}
	s.Vault.Fresh(tx, practice, i.ID)
	body, err := s.Vault.Seal(ctx, tx, field(practice, i.ID), string(plain))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAdd, practice, i.ID, string(i.Kind), roleCodes(i.Roles), body, db.Bit(i.ByHand), i.Person, i.By,
		db.Micros(i.Made), db.Micros(i.Expires), db.Micros(i.Expires.Add(forgetAfter)))
	if err != nil {
		return err
	}
	if err := s.record(ctx, tx, "invited", i); err != nil {
		return err
	}
	return s.tell(ctx, tx, i)
}

// record puts what happened on the trail: on the person's own where the
// practice knows that it is them.
func (s *Service) record(ctx context.Context, tx *db.Tx, verb string, i Invitation) error {
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: i.Person, Kind: "welcome", Object: i.ID, Why: string(i.Kind)})
}

func (s *Service) opened(ctx context.Context, q db.Q, x row) (Invitation, error) {
	i := x.Invitation.at(s.Now())
	plain, err := s.Vault.Open(ctx, q, field(access.From(ctx).Practice, i.ID), x.body)
	if errors.Is(err, vault.ErrErased) {
		return i, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(plain), &i.Body)
	}
	return i, err
}

// one loads an invitation; errNone when it is not there (any more).
func (s *Service) one(ctx context.Context, q db.Q, id db.ID) (Invitation, error) {
	x, err := db.One(ctx, q, scanRow, sqlOne, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return Invitation{}, errGone
	}
	if err != nil {
		return Invitation{}, err
	}
	return s.opened(ctx, q, x)
}

// Listed is an invitation in its list.
type Listed struct {
	Invitation
	Bounced bool // the mail server has refused its letter for good
}

// List gives the newest invitations of a kind. One to a space for somebody who
// works here stands only in the list of whoever wrote it.
func (s *Service) List(ctx context.Context, k Kind) (out []Listed, err error) {
	if err := rule(ctx, access.Read, k); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanRow, sqlList, access.From(ctx).Practice, string(k), int64(listed))
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		l := Listed{}
		if l.Invitation, err = s.opened(ctx, s.DB.Reader(), x); err != nil {
			return nil, err
		}
		hidden, err := s.hidden(ctx, l.Invitation)
		if err != nil {
			return nil, err
		}
		if hidden {
			continue
		}
		if l.State == Open {
			if l.Bounced, err = s.Letters.Refused(ctx, letterWelcome, l.ID); err != nil {
				return nil, err
			}
		}
		out = append(out, l)
	}
	return out, s.Trail.Listed(ctx, trail.WelcomeList)
}

// hidden tells whether an invitation would say that somebody who works here is
// a client too, to somebody who did not write it.
func (s *Service) hidden(ctx context.Context, i Invitation) (bool, error) {
	if i.Kind == Work || i.By == access.From(ctx).Person {
		return false, nil
	}
	if !i.Person.IsZero() {
		c, err := s.People.Card(ctx, i.Person)
		return c.Staff(), err
	}
	p, known, err := s.known(ctx, i)
	return known && p.Staff(), err
}

// known finds who signs in with the address that an invitation is for.
func (s *Service) known(ctx context.Context, i Invitation) (people.Person, bool, error) {
	p, err := s.People.ByEmail(ctx, i.Email)
	if fault.Is(err, fault.NotFound) {
		return people.Person{}, false, nil
	}
	return p, err == nil, err
}

// mine loads an invitation of a kind for whoever may change those. One that is
// not in their list is not there.
func (s *Service) mine(ctx context.Context, k Kind, id db.ID) (Invitation, error) {
	if err := rule(ctx, access.Write, k); err != nil {
		return Invitation{}, err
	}
	i, err := s.one(ctx, s.DB.Reader(), id)
	if err != nil {
		return i, err
	}
	hidden, err := s.hidden(ctx, i)
	if err == nil && (hidden || i.Kind != k) {
		err = errNobody
	}
	return i, err
}

var errNobody = fault.New(fault.NotFound, "There is no such invitation here.")

// Again makes a new link and sends it; the old one opens nothing any more.
// The invitation holds as long as it did at first, from now on.
func (s *Service) Again(ctx context.Context, k Kind, id db.ID) error {
	i, err := s.mine(ctx, k, id)
	if err != nil {
		return err
	}
	if i.State != Open && i.State != Expired {
		return settled(i.State)
	}
	now := s.Now()
	expires := now.Add(i.Expires.Sub(i.Sent))
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlAgain, db.Micros(now), db.Micros(expires), db.Micros(expires.Add(forgetAfter)), access.From(ctx).Practice, i.ID, i.turn)
		if err != nil || n == 0 { // another one did, or it was settled
			return err
		}
		if err := s.record(ctx, tx, "invited", i); err != nil {
			return err
		}
		return s.tell(ctx, tx, i)
	})
}

// Withdraw takes an invitation back before it is accepted.
func (s *Service) Withdraw(ctx context.Context, k Kind, id db.ID) error {
	i, err := s.mine(ctx, k, id)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.settle(ctx, tx, i, Withdrawn, "took back")
	})
}

// settle ends an invitation in a state, once.
func (s *Service) settle(ctx context.Context, tx *db.Tx, i Invitation, as State, verb string) error {
	now := s.Now()
	n, err := tx.Exec(ctx, sqlSettle, string(as), i.Person, db.Micros(now), db.Micros(now.Add(forgetAfter)), access.From(ctx).Practice, i.ID, i.turn)
	if err != nil {
		return err
	}
	if n == 0 {
		now, err := s.one(ctx, tx, i.ID)
		if err != nil {
			return err
		}
		return settled(now.State)
	}
	if err := s.Letters.Drop(ctx, tx, letterWelcome, i.ID); err != nil {
		return err
	}
	return s.record(ctx, tx, verb, i)
}

// Sweep forgets invitations that were settled, or have expired, long ago.
func (s *Service) Sweep(ctx context.Context) error {
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		ids, err := db.All(ctx, tx, db.Value[db.ID], sqlForgettable, practice, db.Micros(s.Now()))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.forget(ctx, tx, practice, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Of gives the invitations that somebody has accepted, or that were written for
// them by name.
func (s *Service) Of(ctx context.Context, person db.ID) (out []Invitation, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanRow, sqlOfPerson, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		i, err := s.opened(ctx, s.DB.Reader(), x)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// Forget erases those, within the transaction that erases the rest of somebody.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, tx, scanRow, sqlOfPerson, practice, person)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if err := s.forget(ctx, tx, practice, x.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) forget(ctx context.Context, tx *db.Tx, practice, id db.ID) error {
	if _, err := tx.Exec(ctx, sqlForget, practice, id); err != nil {
		return err
	}
	return s.Vault.Erase(ctx, tx, practice, id, vault.Contact)
}

func roleCodes(all []access.Role) (out string) {
	for i, r := range all {
		if i > 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// Show gives the link of an invitation that is handed over in person. That it
// was shown stands on the trail.
func (s *Service) Show(ctx context.Context, id db.ID) (string, Invitation, error) {
	i, err := s.mine(ctx, Space, id)
	switch {
	case err != nil:
		return "", i, err
	case i.State != Open:
		return "", i, settled(i.State)
	case !i.ByHand:
		return "", i, fault.New(fault.Forbidden, "This link went by mail, and is for whoever reads that mail. Send it again if it did not come.")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.record(ctx, tx, "showed", i) })
	return s.Link(ctx, i), i, err
}
