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
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// InvitationState says how an invitation stands. That it has ended is read
// from the clock.
type InvitationState string

// The states.
const (
	InvitationOpen      InvitationState = "open"
	InvitationUsed      InvitationState = "used"
	InvitationTakenBack InvitationState = "withdrawn"
)

// Invitation is the practice's word to one person that they may book one kind
// of appointment by themselves.
type Invitation struct {
	ID          db.ID
	Person      db.ID
	Offering    db.ID
	State       InvitationState
	Allowed     int // how many appointments
	Used        int
	Appointment db.ID // the last that was booked by it
	By          db.ID // the colleague who invited
	Made        time.Time
	Expires     time.Time
}

// InvitationDays are the choices of how long an invitation holds; MostInvited
// is how many appointments one may be good for.
var InvitationDays = []int{7, 14, 30}

// MostInvited is how many appointments one invitation may be good for.
const MostInvited = 12

// The refusals of whoever comes by an invitation.
var (
	errNoInvitation    = fault.New(fault.NotFound, "This invitation is not complete, or not one of ours. Please open it again from the letter, or copy all of its address.")
	errOtherInvitation = fault.New(fault.NotFound, "This invitation is for another kind of appointment. Please open it again from the letter.")
	errInvitationUsed  = fault.New(fault.Gone, "This invitation has been used: a time is booked with it. The letter about the appointment shows, changes and cancels it.")
	errInvitationBack  = fault.New(fault.Gone, "This invitation was taken back, so no time can be booked with it. Appointments that are booked stand as they are.")
	errInvitationEnded = fault.New(fault.Gone, "The time for which this invitation held is over, so no appointment can be booked with it any more. We are glad to send another.")
	errNotNow          = fault.New(fault.Forbidden, "This kind of appointment cannot be booked by oneself at the moment. Your invitation stands; please write or call, and we will find a time together.")
)

// closed says why nothing can be booked by an invitation; nil when something can.
func (i Invitation) closed(now time.Time) error {
	switch {
	case i.State == InvitationTakenBack:
		return errInvitationBack
	case i.State == InvitationUsed:
		return errInvitationUsed
	case !i.Expires.After(now):
		return errInvitationEnded
	}
	return nil
}

// lastDay is the date through which an invitation holds.
func (i Invitation) lastDay() time.Time { return i.Expires.Add(-time.Second) }

// Invite lets a person book an offering by themselves, so many times within so
// many days, and writes to them. Who is invited to it already has the same
// invitation renewed, under the same link.
func (s *Service) Invite(ctx context.Context, person, offering db.ID, times, days int) (i Invitation, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: person}); err != nil {
		return i, err
	}
	if times < 1 || times > MostInvited || !slices.Contains(InvitationDays, days) {
		return i, fault.New(fault.Invalid, "Please say how many appointments, and for how many days. Nobody was invited.")
	}
	o, err := s.Calendar.Offering(ctx, offering)
	if err != nil {
		return i, err
	}
	if !invitable(o) {
		return i, fault.Field("offering", "Nobody can be invited to this one: it is closed, or only for whoever is ready.")
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return i, err
	}
	wish := Invitation{
		Person: person, Offering: offering, State: InvitationOpen, Allowed: times, By: access.From(ctx).Person, Made: s.Now(),
		Expires: midnight(s.Now().In(house.Location()), days+1).UTC(),
	}
	write := func(tx *db.Tx) (err error) { i, err = s.invite(ctx, tx, wish); return err }
	if err = s.DB.Write(ctx, write); db.Taken(err) { // invited twice in this moment: the second renews
		err = s.DB.Write(ctx, write)
	}
	return i, err
}

func invitable(o calendar.Offering) bool { return o.Open && o.Who != calendar.Ready }

func (s *Service) invite(ctx context.Context, tx *db.Tx, i Invitation) (Invitation, error) {
	practice := access.From(ctx).Practice
	p, err := s.People.Get(ctx, tx, i.Person)
	if err != nil {
		return i, err
	}
	knows, err := s.People.Knows(ctx, i.Person)
	switch {
	case err != nil:
		return i, err
	case p.Staff() && !(p.Has(access.Client) && knows):
		return i, fault.Field("client", "Invitations are for clients, and this person works here.")
	case p.Email() == "":
		return i, fault.Field("client", "There is no e-mail address to write to. Please book the time for them instead.")
	}
	was, err := db.One(ctx, tx, scanInvitation, sqlStandingInvitation, practice, i.Person, i.Offering)
	switch {
	case err == nil:
		i.ID, i.Used, i.Allowed = was.ID, was.Used, was.Used+i.Allowed
		_, err = tx.Exec(ctx, sqlRenewInvitation, i.Allowed, i.By, db.Micros(i.Made), db.Micros(i.Expires), practice, i.ID)
	case errors.Is(err, db.ErrNone):
		i.ID = db.NewID()
		_, err = tx.Exec(ctx, sqlAddInvitation, practice, i.ID, i.Person, i.Offering, i.Allowed, i.By, db.Micros(i.Made), db.Micros(i.Expires))
	}
	if err != nil {
		return i, err
	}
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "invited", Subject: i.Person, Kind: "invitation", Object: i.ID}); err != nil {
		return i, err
	}
	return i, s.tellInvited(ctx, tx, practice, i)
}

// tellInvited queues the letter and moves the person's card on the board, when
// they have one before a consultation.
func (s *Service) tellInvited(ctx context.Context, tx *db.Tx, practice db.ID, i Invitation) error {
	n, err := tx.Exec(ctx, sqlInvitedCard, db.Micros(s.Now()), practice, i.Person)
	if err != nil {
		return err
	}
	if n > 0 {
		if err := s.moved(ctx, tx, i.Person, PlaceInvited); err != nil {
			return err
		}
	}
	if err := s.Letters.Drop(ctx, tx, letterInvited, i.ID); err != nil { // one that has not gone yet
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterInvited, Subject: i.Person, Ref: i.ID, Body: i.ID})
}

// TakeBack withdraws an invitation; what was booked by it stands.
func (s *Service) TakeBack(ctx context.Context, id db.ID) (Invitation, error) {
	i, err := s.invitation(ctx, s.DB.Reader(), id)
	if err != nil {
		return i, err
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: i.Person}); err != nil {
		return i, err
	}
	return i, s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlTakeBackInvitation, access.From(ctx).Practice, id)
		if err != nil || n == 0 { // used or taken back already
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took back", Subject: i.Person, Kind: "invitation", Object: id})
	})
}

// spend books one of an invitation's appointments, within the transaction that
// makes it. Of two at once, one finds it used.
func (s *Service) spend(ctx context.Context, tx *db.Tx, id, appointment db.ID) error {
	practice, until := access.From(ctx).Practice, s.lately()
	n, err := tx.Exec(ctx, sqlSpendInvitation, appointment, practice, id, db.Micros(until))
	if err != nil || n == 1 {
		return err
	}
	i, err := s.invitation(ctx, tx, id)
	if err != nil {
		return err
	}
	return i.closed(until)
}

// lately is by when an invitation must have ended to be refused: a form that
// was opened in time can be sent for as long as its time is held.
func (s *Service) lately() time.Time { return s.Now().Add(-settings.HoldFor) }

func (s *Service) invitation(ctx context.Context, q db.Q, id db.ID) (Invitation, error) {
	i, err := db.One(ctx, q, scanInvitation, sqlInvitation, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		err = errNoInvitation
	}
	return i, err
}

// InvitationLink is the address at which an invited person books. Whoever
// holds it may: give it to that person only.
func (s *Service) InvitationLink(ctx context.Context, id db.ID) string {
	return s.Base + "/invitations/" + s.Vault.Token(access.From(ctx).Practice, "inquiry.invitation", id[:])
}

// Invited is an invitation as lists show it.
type Invited struct {
	Invitation
	Name  string // the person's working name
	What  string // the offering's name
	With  string // the colleague who invited
	Until time.Time
	State string // in words
	Open  bool
}

// Invitations lists the open invitations, those that end first, first; of one
// offering, or, with the zero id, of all.
func (s *Service) Invitations(ctx context.Context, offering db.ID) ([]Invited, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	all, err := db.All(ctx, s.DB.Reader(), scanInvitation, sqlOpenInvitations, access.From(ctx).Practice, db.Micros(s.Now()))
	if err != nil {
		return nil, err
	}
	if !offering.IsZero() {
		all = slices.DeleteFunc(all, func(i Invitation) bool { return i.Offering != offering })
	}
	if err := s.Trail.Listed(ctx, trail.InvitationsList); err != nil {
		return nil, err
	}
	return s.named(ctx, all)
}

// InvitationsOf lists a person's invitations, the newest first: for the
// practice, and for the person.
func (s *Service) InvitationsOf(ctx context.Context, person db.ID) ([]Invited, error) {
	if !access.Can(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}) {
		if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar, Subject: person}); err != nil {
			return nil, err
		}
	}
	all, err := db.All(ctx, s.DB.Reader(), scanInvitation, sqlInvitationsOf, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	return s.named(ctx, all)
}

func (s *Service) named(ctx context.Context, all []Invitation) ([]Invited, error) {
	var ids, whose []db.ID
	for _, i := range all {
		ids, whose = append(ids, i.By), append(whose, i.Person)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	clients, err := s.People.ClientNames(ctx, whose...)
	if err != nil {
		return nil, err
	}
	out := make([]Invited, len(all))
	for n, i := range all {
		o, err := s.Calendar.Offering(s.system(ctx), i.Offering)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		closed := i.closed(s.Now())
		out[n] = Invited{Invitation: i, Name: clients[i.Person], What: o.Name, With: names[i.By], Until: i.lastDay(), State: standing(closed), Open: closed == nil}
	}
	return out, nil
}

func standing(closed error) string {
	switch {
	case errors.Is(closed, errInvitationUsed):
		return "Used"
	case errors.Is(closed, errInvitationBack):
		return "Taken back"
	case closed != nil:
		return "Ended"
	}
	return "Open"
}

// invitedPerson is whom an invitation is for, as its letter needs them; a zero
// person when there is nothing to tell any more.
func (s *Service) invitedPerson(ctx context.Context, id db.ID) (i Invitation, p people.Person, err error) {
	i, err = s.invitation(ctx, s.DB.Reader(), id)
	if err != nil || i.closed(s.Now()) != nil {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return i, p, err
	}
	p, err = s.People.Get(ctx, s.DB.Reader(), i.Person)
	return i, p, err
}
