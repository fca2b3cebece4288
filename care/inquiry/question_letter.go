package inquiry

import (
	"context"
	"errors"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
)

// replyKind is the letter that tells an asker of an answer.
const replyKind = "question.reply"

// questionLetters says who writes the letters about questions; RegisterLetters
// calls it.
func (s *Service) questionLetters() { s.Letters.Handle(replyKind, s.replyLetter) }

// replyLetter says that there is a reply and where its code opens it. It does
// not carry the code: a letter that somebody else opens must not tell what was
// asked here.
func (s *Service) replyLetter(ctx context.Context, thread db.ID, _ []byte) (*mail.Message, error) {
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	t, err := db.One(ctx, q, scanThread, sqlThread, practice, thread)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if quiet, err := s.readsInSpace(ctx, t.Question); quiet || err != nil {
		return nil, err
	}
	to, err := s.Vault.Open(ctx, q, address(practice, thread), t.contact)
	if err != nil || to == "" {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &mail.Message{
		To: to, From: st.Email, FromName: st.Sender, Subject: "There is a reply",
		Text: "There is a reply to what you wrote.\n\n" +
			"You can read it with your reply code here:\n" + s.Base + "/questions\n\n" +
			"This note is sent once for a reply. It needs no answer.\n",
	}, nil
}

// readsInSpace tells of a question whose asker gets no mail, because its answer
// stands in their space.
func (s *Service) readsInSpace(ctx context.Context, q Question) (bool, error) {
	if q.Person.IsZero() {
		return false, nil
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), q.Person)
	return p.Quiet(), err
}
