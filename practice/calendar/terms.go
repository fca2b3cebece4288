package calendar

import (
	"context"
	"encoding/json"
	"errors"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
)

// terms is what was agreed when an appointment was booked. Later changes of
// its offering do not touch it.
type terms struct {
	Price string `json:"price"` // as it is to be read; "" is free
}

func termsField(practice db.ID, a Appointment) vault.Field {
	return vault.Field{Practice: practice, Subject: a.Client, Class: vault.Contact, Row: a.ID, Column: "calendar_appointments.terms"}
}

func (s *Service) sealTerms(ctx context.Context, tx *db.Tx, practice db.ID, a Appointment) ([]byte, error) {
	plain, err := json.Marshal(terms{Price: a.Price})
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, termsField(practice, a), string(plain))
}

// openTerms reads what was agreed. An appointment from before terms were kept
// has those of its offering.
func (s *Service) openTerms(ctx context.Context, q db.Q, a *Appointment) error {
	if len(a.terms) == 0 {
		p, err := s.plannedIn(ctx, q)
		if err != nil {
			return err
		}
		o, _ := p.offering(a.Offering)
		a.Price = o.Price
		return nil
	}
	plain, err := s.Vault.Open(ctx, q, termsField(access.From(ctx).Practice, *a), a.terms)
	if errors.Is(err, vault.ErrErased) {
		a.Price = "Erased"
		return nil
	}
	if err != nil {
		return err
	}
	var t terms
	err = json.Unmarshal([]byte(plain), &t)
	a.Price = t.Price
	return err
}
