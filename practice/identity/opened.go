package identity

import (
	"context"
	"encoding/json"
	"slices"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
)

// The letters about a record that was opened from outside its care team, and
// about a care team on which somebody has put themselves.
const (
	letterOpenedOwner  = "people.opened-owner"
	letterOpenedClient = "people.opened-client"
	letterJoinedOwner  = "people.joined-owner"
	letterJoinedClient = "people.joined-client"
)

// openedBody is what the owner's letter needs beside the database.
type openedBody struct {
	Client db.ID `json:"client"`
}

// tellOpened queues the letters to every other owner and to the client.
func (s *Service) tellOpened(ctx context.Context, tx *db.Tx, client, opening db.ID) error {
	return s.tellAll(ctx, tx, client, opening, letterOpenedOwner, letterOpenedClient)
}

func (s *Service) tellJoined(ctx context.Context, tx *db.Tx, client db.ID) error {
	return s.tellAll(ctx, tx, client, client, letterJoinedOwner, letterJoinedClient)
}

func (s *Service) tellAll(ctx context.Context, tx *db.Tx, client, about db.ID, toOwner, toClient string) error {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return err
	}
	var out []letters.Letter
	for _, c := range all {
		if slices.Contains(c.Roles, access.Owner) && c.ID != access.From(ctx).Person {
			out = append(out, letters.Letter{Kind: toOwner, Subject: c.ID, Ref: about, Body: openedBody{client}})
		}
	}
	p, err := s.People.Get(ctx, tx, client)
	if err != nil {
		return err
	}
	if p.Email() != "" && !p.Quiet() {
		out = append(out, letters.Letter{Kind: toClient, Subject: client, Ref: about})
	}
	return s.Letters.Queue(ctx, tx, out...)
}

func (s *Service) openedOwner(ctx context.Context, owner db.ID, body []byte) (*mail.Message, error) {
	var b openedBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	return s.note(ctx, owner, "A record was opened", "A colleague opened the record of somebody who is not in their care, for a reason that they wrote down.\n\n"+
		"Who it was, when and why stands here:\n"+s.Base+"/desk/people/"+b.Client.String()+"#team\n")
}

func (s *Service) joinedOwner(ctx context.Context, owner db.ID, body []byte) (*mail.Message, error) {
	var b openedBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	return s.note(ctx, owner, "A care team has changed", "A colleague put themselves on the care team of somebody for whom others care.\n\n"+
		"Who it was, and for whom, stands here:\n"+s.Base+"/desk/people/"+b.Client.String()+"#team\n")
}

func (s *Service) joinedClient(ctx context.Context, client db.ID, _ []byte) (*mail.Message, error) {
	p, err := s.People.Get(ctx, s.DB.Reader(), client)
	if err != nil {
		return nil, err
	}
	where := "If you would like to know more, answer this letter."
	if p.Has(access.Client) {
		where = "Who it is stands here:\n" + s.Base + "/space"
	}
	if p.Discretion == people.Full {
		return s.note(ctx, client, "Somebody joined your care team", "Somebody who works here put themselves on your care team. What is written about you opens to them from now on.\n\n"+where+"\n")
	}
	return s.note(ctx, client, "A note for you", "Something has changed that concerns you.\n\n"+where+"\n")
}

func (s *Service) openedClient(ctx context.Context, client db.ID, _ []byte) (*mail.Message, error) {
	p, err := s.People.Get(ctx, s.DB.Reader(), client)
	if err != nil {
		return nil, err
	}
	where := "If you would like to know more, answer this letter."
	if p.Has(access.Client) {
		where = "Who it was, when and why stands here:\n" + s.Base + "/space/looks"
	}
	if p.Discretion == people.Full {
		return s.note(ctx, client, "Somebody opened your record", "Somebody who works here and is not on your care team opened what is kept about you, for a reason that they wrote down.\n\n"+where+"\n")
	}
	return s.note(ctx, client, "A note for you", "Something was opened that concerns you, for a reason that was written down.\n\n"+where+"\n")
}

// note is a short letter to somebody who can be written to.
func (s *Service) note(ctx context.Context, to db.ID, subject, text string) (*mail.Message, error) {
	p, err := s.People.Reach(ctx, s.DB.Reader(), to)
	if err != nil || p.Email() == "" {
		return nil, err
	}
	return s.write(ctx, p, subject, text)
}
