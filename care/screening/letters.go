package screening

import (
	"context"
	"encoding/json"
	"errors"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/settings"
)

// RegisterLetters names who writes this package's letters. They say that
// something is there, and never what.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterAsked, s.askedLetter)
	s.Letters.Handle(letterDecided, s.decidedLetter)
}

func (s *Service) askedLetter(ctx context.Context, to db.ID, body []byte) (*mail.Message, error) {
	var id db.ID
	if err := json.Unmarshal(body, &id); err != nil {
		return nil, err
	}
	r, err := s.oneRequest(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.NotFound) || err == nil && !r.Waits() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something waits for you", Full: "Your prescriber asks you something", More: ", whenever it suits you", Path: "/space/screening"})
}

func (s *Service) decidedLetter(ctx context.Context, to db.ID, body []byte) (*mail.Message, error) {
	var id db.ID
	if err := json.Unmarshal(body, &id); err != nil {
		return nil, err
	}
	_, err := db.One(ctx, s.DB.Reader(), scanDecision, sqlDecision, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something is there for you to read", Full: "A letter from your prescriber", Path: "/space/screening"})
}
