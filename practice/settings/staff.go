package settings

import (
	"context"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/people"
)

// StaffRoles are the roles in which somebody works here.
var StaffRoles = []access.Role{access.Owner, access.Guide, access.Prescriber, access.Attendant, access.Coordinator}

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
			out = append(out, *c)
		}
	}
	return out, nil
}

// apart is a client's care team with somebody on it who does not hold the role
// any more.
type apart struct {
	Client       db.ID
	Name, Member string
	Role         access.Role
}

// apart lists those teams. They grant nothing; somebody has to say who cares
// for the client instead.
func (s *Service) apart(ctx context.Context) (out []apart, err error) {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	by := make(map[db.ID]*people.Card, len(all))
	for _, c := range all {
		by[c.ID] = c
	}
	for _, c := range all {
		if c.Staff() { // that a colleague is a client is not the owner's by rank
			continue
		}
		for _, m := range c.Team {
			var member people.Card
			if found := by[m.Person]; found != nil {
				member = *found
			}
			if !slices.Contains(member.Roles, m.Role) {
				out = append(out, apart{c.ID, c.Name, member.Name, m.Role})
			}
		}
	}
	return out, nil
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
