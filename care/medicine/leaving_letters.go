package medicine

import (
	"context"
	"encoding/json"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/letters"
	"held/practice/settings"
)

// The letters of leaving. They say that something is there, never what.
const (
	letterAfter = "medicine.after" // to the client: the after-care sheet
	letterLeft  = "medicine.left"  // to the care team: a session ended otherwise than by a discharge
)

// RegisterLetters names who writes them, and has what is entered heeded. Call it
// once, when the program is wired.
func (s *Service) RegisterLetters() {
	s.Noted = append(s.Noted, s.Heed)
	s.Letters.Handle(letterAfter, s.writeAfter)
	s.Letters.Handle(letterLeft, s.writeLeft)
}

func (s *Service) tellAfter(ctx context.Context, tx *db.Tx, session, client db.ID) error {
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAfter, Subject: client, Ref: session, Body: session})
}

// writeAfter has no link: whoever reads over a shoulder that day learns nothing,
// and nothing in it opens anything.
func (s *Service) writeAfter(ctx context.Context, client db.ID, _ []byte) (*mail.Message, error) {
	return s.Settings.Write(ctx, client, settings.Note{Neutral: "There is something for you", Full: "Your sheet for today and tomorrow is there", Bare: "It stands in your space, whenever it suits you."})
}

func (s *Service) writeLeft(ctx context.Context, to db.ID, raw []byte) (*mail.Message, error) {
	var session db.ID
	if err := json.Unmarshal(raw, &session); err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something waits for your eyes", Full: "A session has ended in another way than planned", Path: "/room/" + session.String() + "/leaving", Must: true})
}
