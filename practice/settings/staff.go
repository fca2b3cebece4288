package settings

import (
	"context"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/trail"
)

// StaffRoles are the roles that are given at the desk. Somebody becomes a
// client by coming here, not by being made one.
var StaffRoles = []access.Role{access.Owner, access.Guide, access.Prescriber, access.Attendant, access.Coordinator}

// letterInvited tells somebody that they may sign in here.
const letterInvited = "staff.invited"

// Colleague is somebody who is to work here.
type Colleague struct {
	Name, Email string
	Roles       []access.Role
}

func (c Colleague) check() error {
	e := fault.New(fault.Invalid, "Something needs another look. What you typed is still here.")
	if c.Name == "" {
		e.AddField("name", "Please give a name to call this person by.")
	}
	if _, err := mail.Address(c.Email); err != nil {
		e.AddField("email", "This does not look like an e-mail address. Please check it.")
	}
	if len(c.Roles) == 0 {
		e.AddField("role", "Please choose at least one role; without one this person could open nothing.")
	}
	if err := checkRoles(c.Roles); err != nil {
		e.AddField("role", "There is no such role.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func checkRoles(roles []access.Role) error {
	for _, r := range roles {
		if !slices.Contains(StaffRoles, r) {
			return fault.Field("role", "There is no such role.")
		}
	}
	return nil
}

// Staff lists who works here, by name.
func (s *Service) Staff(ctx context.Context) ([]people.Card, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Staff}); err != nil {
		return nil, err
	}
	return s.staff(ctx)
}

func (s *Service) staff(ctx context.Context) ([]people.Card, error) {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	var out []people.Card
	for _, c := range all {
		if c.Staff() {
			out = append(out, c)
		}
	}
	return out, nil
}

// AddStaff adds a person with their roles and invites them by letter.
func (s *Service) AddStaff(ctx context.Context, c Colleague) (who people.Person, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Staff}); err != nil {
		return who, err
	}
	if err := c.check(); err != nil {
		return who, err
	}
	st, err := s.Get(ctx)
	if err != nil {
		return who, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		who, err = s.People.Add(ctx, tx, people.Person{Name: c.Name, Contact: c.Email, Zone: st.Zone, Roles: c.Roles})
		if err != nil {
			return atEmail(err)
		}
		return s.invite(ctx, tx, who.ID)
	})
	return who, err
}

// atEmail moves what people say of a contact to the field it was typed in.
func atEmail(err error) error {
	if e := fault.Of(err); e.Fields["contact"] != "" {
		return fault.Field("email", e.Fields["contact"])
	}
	return err
}

// SetRoles gives a colleague these roles and no others.
func (s *Service) SetRoles(ctx context.Context, person db.ID, roles []access.Role) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Staff, Subject: person}); err != nil {
		return err
	}
	if err := checkRoles(roles); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.People.Get(ctx, tx, person)
		if err != nil {
			return err
		}
		if !p.Staff() {
			return fault.New(fault.NotFound, "Nobody of this practice is at this address.")
		}
		return s.alterRoles(ctx, tx, p, roles)
	})
}

// alterRoles gives before it takes: whoever holds no role for a moment would
// stop signing in.
func (s *Service) alterRoles(ctx context.Context, tx *db.Tx, p people.Person, roles []access.Role) error {
	for _, r := range StaffRoles {
		if slices.Contains(roles, r) && !p.Has(r) {
			if err := s.People.Grant(ctx, tx, p, r); err != nil {
				return atEmail(err)
			}
		}
	}
	for _, r := range StaffRoles {
		if slices.Contains(roles, r) || !p.Has(r) {
			continue
		}
		if r == access.Owner {
			if err := s.notLast(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		if err := s.People.Revoke(ctx, tx, p.ID, r); err != nil {
			return err
		}
	}
	return nil
}

// notLast refuses to leave the practice without an owner. It holds the
// settings while it looks, so that of two owners who let each other go at the
// same moment one stays.
func (s *Service) notLast(ctx context.Context, tx *db.Tx, leaving db.ID) error {
	if _, err := tx.Exec(ctx, sqlLock, access.From(ctx).Practice); err != nil {
		return err
	}
	all, err := s.staff(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID == leaving || !slices.Contains(c.Roles, access.Owner) {
			continue
		}
		p, err := s.People.Get(ctx, tx, c.ID) // as it is, not as it was a moment ago
		if err != nil {
			return err
		}
		if p.Has(access.Owner) {
			return nil
		}
	}
	return fault.Field("role", "Somebody has to own the practice. Make another person an owner first; then this one can stop.")
}

// Invite sends the invitation once more.
func (s *Service) Invite(ctx context.Context, person db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Staff, Subject: person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.People.Get(ctx, tx, person)
		if err != nil {
			return err
		}
		if !p.Staff() || p.Email() == "" {
			return fault.New(fault.NotFound, "Nobody of this practice is at this address.")
		}
		return s.invite(ctx, tx, person)
	})
}

func (s *Service) invite(ctx context.Context, tx *db.Tx, person db.ID) error {
	if err := s.Letters.Drop(ctx, tx, letterInvited, person); err != nil { // one is enough
		return err
	}
	if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterInvited, Subject: person, Ref: person}); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "invited", Subject: person, Kind: "person", Object: person})
}

// RegisterLetters names who writes the invitation.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterInvited, s.invited) }

// invited says little: whoever reads over a shoulder learns of a desk, and not whose.
func (s *Service) invited(ctx context.Context, person db.ID, _ []byte) (*mail.Message, error) {
	p, err := s.People.Get(ctx, s.DB.Reader(), person)
	if err != nil {
		return nil, err
	}
	if !p.Staff() || p.Email() == "" {
		return nil, nil
	}
	st, err := s.Get(ctx)
	if err != nil {
		return nil, err
	}
	text := p.Name + ",\n\nyou have a place at the desk now. To come in, open\n\n" + s.Base + "/sign-in\n\n" +
		"and give this address. A link comes by mail; it signs you in, once.\n\n" +
		"If you did not expect this letter, you need not do anything.\n"
	return &mail.Message{To: p.Email(), From: st.Email, FromName: st.Sender, Subject: "Your place at the desk", Text: text}, nil
}
