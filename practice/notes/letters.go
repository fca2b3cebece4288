package notes

import (
	"context"
	"encoding/json"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/people"
)

// letterAfter tells a client that words have reached their space.
const letterAfter = "notes.after"

// RegisterLetters names who writes this package's letters.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterAfter, s.afterLetter) }

// afterLetter says that something is there, and never what.
func (s *Service) afterLetter(ctx context.Context, client db.ID, body []byte) (*mail.Message, error) {
	var appointment db.ID
	if err := json.Unmarshal(body, &appointment); err != nil {
		return nil, err
	}
	a, err := s.after(ctx, s.DB.Reader(), Time{Appointment: appointment, Client: client})
	if err != nil || a.Words == "" || !a.Away.IsZero() {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), client)
	if err != nil || p.Email() == "" || len(p.Roles) == 0 || p.Discretion == people.Silent {
		return nil, err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	m := &mail.Message{To: p.Email(), ToName: p.Name, From: house.Email, FromName: house.Sender, Subject: "Something is there for you to read"}
	if p.Discretion == people.Full {
		m.FromName, m.Subject = house.Name, "A few words after our time together"
	}
	m.Text = "Hello " + p.Name + ",\n\n" + m.Subject + ", whenever it suits you:\n" + s.Settings.Base + "/space\n"
	return m, nil
}
