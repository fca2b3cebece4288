package welcome

import (
	"context"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/letters"
	"held/practice/people"
)

// letterWelcome carries the link. It is made when the letter is sent: the
// outbox holds none.
const letterWelcome = "welcome.invitation"

// RegisterLetters names who writes the invitations.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterWelcome, s.letter) }

// tell queues the letter, unless the link is handed over in person.
func (s *Service) tell(ctx context.Context, tx *db.Tx, i Invitation) error {
	if i.ByHand {
		return nil
	}
	if err := s.Letters.Drop(ctx, tx, letterWelcome, i.ID); err != nil { // one that has not gone yet
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterWelcome, Subject: i.ID, Ref: i.ID})
}

// letter says little: who invites, where to and in which words of theirs stands
// on the page behind the link.
func (s *Service) letter(ctx context.Context, id db.ID, _ []byte) (*mail.Message, error) {
	i, err := s.one(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.Gone) || err == nil && i.State != Open {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	subject, text := "A note for you", i.Name+",\n\nsomething has been prepared for you. What it is, and from whom, stands here:\n\n"
	if i.Discretion == people.Full {
		subject, text = "Your invitation to a space of your own", i.Name+",\n\n"+st.Name+" invites you to a space of your own. What that is, and from whom, stands here:\n\n"
	}
	text += s.Link(ctx, i) + "\n\nThe link works once, until " + i.Expires.In(st.Location()).Format("Monday 2 January") +
		". Opening it changes nothing: you say yes or no on the page.\n\nIf you did not expect this letter, you need not do anything.\n"
	return &mail.Message{To: i.Email, From: st.Email, FromName: st.Sender, Subject: subject, Text: text}, nil
}
