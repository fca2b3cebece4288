package adverse

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

const letterDue = "adverse.due"

// RegisterLetters names who writes this package's letters. They say that
// something is there, and never what, or about whom.
func (s *Service) RegisterLetters() { s.Letters.Handle(letterDue, s.dueLetter) }

func (s *Service) dueLetter(ctx context.Context, to db.ID, body []byte) (*mail.Message, error) {
	var id db.ID
	if err := json.Unmarshal(body, &id); err != nil {
		return nil, err
	}
	e, err := db.One(ctx, s.DB.Reader(), scanEvent, sqlEvent, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) { // erased meanwhile
		return nil, nil
	}
	if err != nil || e.State != Open || e.Due.IsZero() || e.Due.After(s.Now()) {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{
		Neutral: "Something waits for you at the desk", Full: "A follow-up is due at the desk", Path: "/desk/adverse/" + id.String(), Must: true,
	})
}

// Remind tells whoever is to look of each event that is due, once for each day
// that was named. It is a worker's work.
func (s *Service) Remind(ctx context.Context) error {
	practice := access.From(ctx).Practice
	due, err := db.All(ctx, s.DB.Reader(), scanEvent, sqlDue, practice, Open, db.Micros(s.Now()))
	if err != nil {
		return err
	}
	for _, e := range due {
		if !e.Told.IsZero() {
			continue
		}
		to, err := s.whoLooks(ctx, e.Client)
		if err != nil {
			return err
		}
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, sqlTell, db.Micros(s.Now()), practice, e.ID, db.Micros(e.Due))
			if err != nil || n == 0 { // another program told them, or it has moved on
				return err
			}
			for _, person := range to {
				if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterDue, Subject: person, Ref: e.ID, Body: e.ID}); err != nil {
					return err
				}
			}
			return s.Trail.Record(ctx, tx, trail.Entry{Verb: "reminded of", Subject: e.Client, Kind: "adverse event", Object: e.ID})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// whoLooks is the client's guide and prescriber; where nobody is on their team
// any more, the practice's prescribers.
func (s *Service) whoLooks(ctx context.Context, client db.ID) (out []db.ID, err error) {
	c, err := s.People.Card(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Team {
		if (m.Role == access.Prescriber || m.Role == access.Guide) && s.still(ctx, m) && !slices.Contains(out, m.Person) {
			out = append(out, m.Person)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	all, err := s.People.Cards(ctx)
	for _, p := range all {
		if p.ID != client && slices.Contains(p.Roles, access.Prescriber) {
			out = append(out, p.ID)
		}
	}
	return out, err
}

// still tells whether somebody of a care team holds the role yet.
func (s *Service) still(ctx context.Context, m people.Member) bool {
	p, err := s.People.Card(ctx, m.Person)
	return err == nil && slices.Contains(p.Roles, m.Role)
}
