package backup

import (
	"context"
	"encoding/json"
	"errors"
	"syscall"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
)

const letterTrouble = "backup.trouble"

// trouble is what a letter is about.
type trouble struct{ Kind, Why string }

// RegisterLetters names who writes the letter of trouble.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterTrouble, s.troubled) }

var _ letters.Renderer = (*Service)(nil).troubled

// troubled tells an owner that a backup or a drill did not succeed.
func (s *Service) troubled(ctx context.Context, person db.ID, body []byte) (*mail.Message, error) {
	var t trouble
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), person)
	if err != nil {
		return nil, err
	}
	if !p.Has(access.Owner) || p.Email() == "" {
		return nil, nil
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	what := "the last backup could not be made"
	if t.Kind == kindDrill {
		what = "the last backup was tried, and could not be opened"
	}
	text := p.Name + ",\n\n" + what + ": " + reasons[t.Why] + ".\n\n" +
		"Nothing was lost by this, and the practice goes on. Please tell whoever runs the program for you; " +
		"how it stands is shown at\n\n" + s.Settings.Base + "/desk/doctor\n\n" +
		"It is tried again by itself. This letter comes once a day while it does not succeed.\n"
	return &mail.Message{To: p.Email(), From: st.Email, FromName: st.Sender, Subject: "Something at the desk needs a look", Text: text}, nil
}

func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
