package alerts

import (
	"context"
	"encoding/json"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/settings"
)

// letterTold tells a clinician that something needs them at the desk.
const letterTold = "alerts.told"

// RegisterLetters names who writes this package's letters.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterTold, s.toldLetter) }

// toldLetter says that something is there and never what, or about whom. It
// reaches those too who want no letters: it is their work here.
func (s *Service) toldLetter(ctx context.Context, to db.ID, body []byte) (*mail.Message, error) {
	var id db.ID
	if err := json.Unmarshal(body, &id); err != nil {
		return nil, err
	}
	a, err := s.load(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.NotFound) { // erased meanwhile
		return nil, nil
	}
	if err != nil || !a.Open() {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{
		Neutral: "Something needs you at the desk now", Full: "An alert needs you at the desk now", Path: "/desk/alerts/" + id.String(), Must: true,
	})
}
