package welcome

import (
	"context"
	"net/http"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/people"
)

// What a link says that opens nothing any more. None of it names anybody.
var (
	errGone = fault.New(fault.Gone, "This invitation is not here any more. If you still expect one, ask whoever invited you for a new one.")

	errReplaced = fault.New(fault.Gone, "A newer link was made for this invitation, so this one opens nothing any more. Please use the newest.")
)

var ended = map[State]*fault.Error{
	Accepted:  fault.New(fault.Gone, "This invitation has been accepted already, and its link works once. From now on you come in by signing in."),
	Declined:  fault.New(fault.Gone, "This invitation was answered with “no, thank you”. If that has changed, ask whoever invited you for a new one."),
	Withdrawn: fault.New(fault.Gone, "This invitation was taken back. If that surprises you, ask whoever invited you."),
	Expired:   fault.New(fault.Gone, "This invitation has expired. Ask whoever invited you to send it again; nothing else is needed."),
}

// settled is what is said of an invitation that has ended.
func settled(s State) error {
	if e := ended[s]; e != nil {
		return e
	}
	return errReplaced
}

const purpose = "welcome.invitation"

// Link is the address that opens an invitation. It is reckoned anew whenever it
// is needed: no link is kept.
func (s *Service) Link(ctx context.Context, i Invitation) string {
	word := append(i.ID[:len(i.ID):len(i.ID)], byte(i.turn>>8), byte(i.turn)) // #nosec G115 -- two bytes of a small count
	return s.Base + "/welcome/" + s.Vault.Token(access.From(ctx).Practice, purpose, word)
}

// Peek opens an invitation by its link, and changes nothing.
func (s *Service) Peek(ctx context.Context, token string) (i Invitation, err error) {
	word, ok := s.Vault.ParseToken(access.From(ctx).Practice, purpose, token)
	if !ok || len(word) != len(i.ID)+2 {
		return i, fault.New(fault.NotFound, "There is no page at this address. The link may be old or incomplete.")
	}
	var id db.ID
	copy(id[:], word)
	if i, err = s.one(ctx, s.DB.Reader(), id); err != nil {
		return i, err
	}
	switch {
	case i.State != Open:
		return i, settled(i.State)
	case i.turn != int64(word[len(id)])<<8|int64(word[len(id)+1]):
		return i, errReplaced
	}
	return i, nil
}

// Answer is how accepting went.
type Answer struct {
	Person people.Person
	Ticket people.Ticket
	Begun  bool // a session was begun; its ticket is to be handed over
	Staff  bool // it was to work here
	In     bool // they are signed in now
}

var (
	errSignIn = fault.Field("", "This address signs in here already. Please sign in first, then open the link again and accept. The invitation waits.")
	errOther  = fault.Field("", "You are signed in here with another address than the one this invitation was sent to. Sign out first, then open the link again. The invitation waits.")
)

// Accept gives what the invitation holds, from now on. Whoever signs in here
// already stays the same person and must be signed in as themselves; somebody
// new is signed in where the link went to their mail.
func (s *Service) Accept(ctx context.Context, r *http.Request, token, name string) (out Answer, err error) {
	i, err := s.Peek(ctx, token)
	if err != nil {
		return out, err
	}
	who, known, err := s.known(ctx, i)
	if err != nil {
		return out, err
	}
	a := access.From(ctx)
	switch {
	case known && a.Via != access.Session:
		return out, errSignIn
	case a.Via == access.Session && (!known || a.Person != who.ID):
		return out, errOther
	}
	if name == "" {
		name = i.Name
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if known {
			out, err = s.grant(ctx, tx, i, who)
			return err
		}
		out, err = s.admit(ctx, tx, r, i, name)
		return err
	})
	out.Staff, out.In = i.Kind == Work, known || out.Begun
	return out, err
}

// grant gives somebody who signs in here already the roles beside those they have.
func (s *Service) grant(ctx context.Context, tx *db.Tx, i Invitation, who people.Person) (Answer, error) {
	i.Person = who.ID
	if err := s.settle(ctx, tx, i, Accepted, "accepted"); err != nil {
		return Answer{}, err
	}
	// What a client has proved by their mail alone is not enough to work here.
	if i.Kind == Work {
		if err := s.People.Weaken(ctx, tx, who.ID); err != nil {
			return Answer{}, err
		}
	}
	return Answer{Person: who}, s.give(ctx, tx, i, who)
}

func (s *Service) give(ctx context.Context, tx *db.Tx, i Invitation, who people.Person) error {
	for _, r := range i.Roles {
		if who.Has(r) {
			continue
		}
		if err := s.People.Grant(ctx, tx, who, r); err != nil {
			return err
		}
	}
	return nil
}

// admit makes a person of whoever was nobody here until now, or lets in
// somebody whom the practice knows from a visit.
func (s *Service) admit(ctx context.Context, tx *db.Tx, r *http.Request, i Invitation, name string) (out Answer, err error) {
	p, there, err := s.visitor(ctx, tx, i)
	if err != nil {
		return out, err
	}
	if !there {
		p.ID = db.NewID()
		s.Vault.Fresh(tx, access.From(ctx).Practice, p.ID)
	}
	i.Person, ctx = p.ID, access.Holder(ctx, p.ID)
	if err := s.settle(ctx, tx, i, Accepted, "accepted"); err != nil {
		return out, err
	}
	if there {
		if p.Name != name {
			if err := s.People.Rename(ctx, tx, p.ID, name); err != nil {
				return out, err
			}
		}
		err = s.give(ctx, tx, i, p)
	} else {
		p, err = s.newcomer(ctx, tx, i, p.ID, name)
	}
	if err != nil {
		return out, err
	}
	p.Roles = i.Roles
	// Whose link was handed over has not shown that the mail is theirs: whoever
	// handed it over could have opened it. They come in by a sign-in link.
	if out.Person = p; i.ByHand {
		return out, nil
	}
	out.Begun = true
	out.Ticket, err = s.Sessions.Begin(ctx, tx, r, p, people.Proof{How: "invitation", Mailed: true, Fresh: !p.Staff()})
	return out, err
}

func (s *Service) newcomer(ctx context.Context, tx *db.Tx, i Invitation, id db.ID, name string) (people.Person, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return people.Person{}, err
	}
	return s.People.Add(ctx, tx, people.Person{ID: id, Name: name, Contact: i.Email, Discretion: i.Discretion, Zone: st.Zone, Roles: i.Roles})
}

// visitor finds whom an invitation to a space is for among those who have
// booked or asked and do not sign in.
func (s *Service) visitor(ctx context.Context, tx *db.Tx, i Invitation) (people.Person, bool, error) {
	switch {
	case i.Kind == Work:
		return people.Person{}, false, nil
	case i.Person.IsZero():
		return s.People.Same(ctx, tx, i.Name, i.Email)
	}
	p, err := s.People.Get(ctx, tx, i.Person)
	if err == nil && len(p.Roles) > 0 { // they sign in by another address since
		err = errSignIn
	}
	return p, err == nil, err
}

// Decline answers "no, thank you". Nobody need sign in for that.
func (s *Service) Decline(ctx context.Context, token string) error {
	i, err := s.Peek(ctx, token)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.settle(ctx, tx, i, Declined, "declined") })
}
