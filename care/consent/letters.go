package consent

import (
	"context"
	"encoding/json"
	"slices"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
)

// The letters: each says that something is there, never what, and carries no file.
const (
	letterClient = "consent.client"
	letterTeam   = "consent.team"
)

// What a client's letter is about.
const (
	tellAgain = "again"
	tellCopy  = "copy"
)

// RegisterLetters names who writes this package's letters.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterClient, s.clientLetter)
	s.Letters.Handle(letterTeam, s.teamLetter)
}

func (s *Service) clientLetter(ctx context.Context, client db.ID, body []byte) (*mail.Message, error) {
	var what string
	if err := json.Unmarshal(body, &what); err != nil {
		return nil, err
	}
	n := settings.Note{Neutral: "Something is there for you to read", Full: "A document that is signed by us both", More: ", for you to keep", Path: "/space/consent"}
	if what == tellAgain {
		n.Full, n.More = "A new version of a document that you signed", ", to be read before we meet again"
	}
	return s.Settings.Write(ctx, client, n)
}

func (s *Service) teamLetter(ctx context.Context, colleague db.ID, body []byte) (*mail.Message, error) {
	var client db.ID
	if err := json.Unmarshal(body, &client); err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, colleague, settings.Note{
		Neutral: "Something at your desk changed", Full: "A client signed or withdrew a document", More: ". It stands here", Path: "/desk/people/" + client.String() + "/consent",
	})
}

// tell queues a letter; what was said about the same thing before and did not
// go out yet is dropped for it.
func (s *Service) tell(ctx context.Context, tx *db.Tx, to db.ID, l letters.Letter) error {
	if err := s.Letters.Drop(ctx, tx, l.Kind, l.Ref); err != nil {
		return err
	}
	return s.queue(ctx, tx, to, l)
}

func (s *Service) queue(ctx context.Context, tx *db.Tx, to db.ID, l letters.Letter) error {
	p, err := s.People.Reach(ctx, tx, to)
	if err != nil || p.Email() == "" || p.Discretion == people.Silent {
		return err
	}
	l.Subject = to
	return s.Letters.Queue(ctx, tx, l)
}

// tellTeam tells the guide and the prescriber of a client's care team.
func (s *Service) tellTeam(ctx context.Context, tx *db.Tx, client db.ID) error {
	c, err := s.People.Card(ctx, client)
	if err != nil {
		return err
	}
	if err := s.Letters.Drop(ctx, tx, letterTeam, client); err != nil {
		return err
	}
	var told []db.ID
	for _, m := range c.Team {
		if m.Role != access.Guide && m.Role != access.Prescriber || slices.Contains(told, m.Person) {
			continue
		}
		told = append(told, m.Person)
		if err := s.queue(ctx, tx, m.Person, letters.Letter{Kind: letterTeam, Ref: client, Body: client}); err != nil {
			return err
		}
	}
	return nil
}
