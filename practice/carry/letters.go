package carry

import (
	"context"
	"encoding/json"
	"slices"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/trail"
)

const letterExported = "carry.exported"

// exported is what the letter is about.
type exported struct {
	At   int64  `json:"at"`
	By   string `json:"by"`
	Said string `json:"said"`
}

// RegisterLetters names who writes the letter to the owners.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterExported, s.letter) }

// announce puts an export on the trail, for every client on theirs, and tells
// the owners of it, before it begins.
func (s *Service) announce(ctx context.Context, to Audience) error {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return err
	}
	actor := access.From(ctx)
	x := exported{At: db.Micros(s.Now()), By: "by an owner, at the desk", Said: to.said}
	if actor.Via == access.Operator {
		x.By = "by the operator, on the machine"
	}
	var out []letters.Letter
	read := []trail.Entry{{Verb: "began", Kind: "export", Object: actor.Practice, Why: to.short}}
	for _, c := range all {
		if slices.Contains(c.Roles, access.Owner) {
			out = append(out, letters.Letter{Kind: letterExported, Subject: c.ID, Body: x})
		}
		if slices.Contains(c.Roles, access.Client) {
			read = append(read, trail.Entry{Verb: "exported", Subject: c.ID, Kind: "record", Object: c.ID})
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Letters.Queue(ctx, tx, out...); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, read...)
	})
}

// letter tells an owner.
func (s *Service) letter(ctx context.Context, owner db.ID, body []byte) (*mail.Message, error) {
	var x exported
	if err := json.Unmarshal(body, &x); err != nil {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), owner)
	if err != nil || !p.Has(access.Owner) || p.Email() == "" {
		return nil, err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	text := p.Name + ",\n\n" +
		"an export of the whole practice was made " + x.By + ", on " + ui.DateYear(db.At(x.At), house.Location()) + ", " + ui.Clock(db.At(x.At), house.Location()) + ". " +
		x.Said + ".\n\n" +
		"If you know of it, there is nothing to do. If you do not, please find out today who made it: it holds everything that this practice keeps. The line stands on the trail:\n\n" +
		s.Settings.Base + "/desk/trail\n"
	return &mail.Message{To: p.Email(), From: house.Email, FromName: house.Sender, Subject: "An export was made", Text: text}, nil
}
