package settings

import (
	"context"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/people"
)

// Note is a letter that says that something is there, and never what it says.
type Note struct {
	Neutral string // its subject and its only sentence
	Full    string // the same for whoever wants the thing named
	More    string // how the sentence goes on, in the text alone
	Path    string // where it is
	Bare    string // instead of an address: a sentence that says where to look, and leads nowhere
	Must    bool   // goes to those too who want no letters: it is their work here
}

// Write writes it, as discreetly as its reader has chosen; nil where they want
// no letters, or cannot be reached or come in any more.
func (s *Service) Write(ctx context.Context, to db.ID, n Note) (*mail.Message, error) {
	p, err := s.People.Get(ctx, s.DB.Reader(), to)
	if err != nil || p.Email() == "" || len(p.Roles) == 0 || p.Discretion == people.Silent && !n.Must {
		return nil, err
	}
	house, err := s.Get(ctx)
	if err != nil {
		return nil, err
	}
	m := &mail.Message{To: p.Email(), ToName: p.Name, From: house.Email, FromName: house.Sender, Subject: n.Neutral}
	if p.Discretion == people.Full {
		m.FromName, m.Subject = house.Name, n.Full
	}
	if m.Text = "Hello " + p.Name + ",\n\n" + m.Subject + n.More + ":\n" + s.Base + n.Path + "\n"; n.Bare != "" {
		m.Text = "Hello " + p.Name + ",\n\n" + m.Subject + n.More + ". " + n.Bare + "\n"
	}
	return m, nil
}
