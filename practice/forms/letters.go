package forms

import (
	"context"
	"encoding/json"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/settings"
)

// letterGiven tells somebody that a form waits for them.
const letterGiven = "forms.given"

// letterReminder says once more that it does.
const letterReminder = "forms.reminder"

// RegisterLetters names who writes this package's letters.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterGiven, s.givenLetter)
	s.Letters.Handle(letterReminder, s.givenLetter) // the same words: somebody who looks over a shoulder learns no more
}

// givenLetter says that something is there. Its link leads to the form by way
// of signing in, and opens nothing by itself.
func (s *Service) givenLetter(ctx context.Context, person db.ID, body []byte) (*mail.Message, error) {
	var id db.ID
	if err := json.Unmarshal(body, &id); err != nil {
		return nil, err
	}
	g, err := s.one(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.NotFound) || err == nil && g.State != Waiting && g.State != Begun {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, person, settings.Note{
		Neutral: "Something is there for you", Full: "A form waits in your space", More: ", whenever it suits you", Path: "/space/forms/" + id.String(),
	})
}
