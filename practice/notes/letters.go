package notes

import (
	"context"
	"encoding/json"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/settings"
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
	return s.Settings.Write(ctx, client, settings.Note{
		Neutral: "Something is there for you to read", Full: "A few words after our time together", More: ", whenever it suits you", Path: "/space",
	})
}
