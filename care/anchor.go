package care

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// letterAnchor takes an anchor of the trail out of the house.
const letterAnchor = "care.anchor"

// anchorEvery is how often one goes to the owners.
const anchorEvery = 7 * 24 * time.Hour

// Anchors sends the owners a signed statement of how the trail stands, each
// week: what lies in their mailbox cannot be changed in the database.
type Anchors struct {
	DB       *db.DB
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
}

// RegisterLetters names who writes the letter.
func (a *Anchors) RegisterLetters() { a.Letters.Handle(letterAnchor, a.letter) }

// Weekly makes and sends an anchor when one is due. It is a worker's work.
func (a *Anchors) Weekly(ctx context.Context) error {
	due, err := a.Trail.AnchorDue(ctx, anchorEvery)
	if err != nil || !due {
		return err
	}
	cards, err := a.People.Cards(ctx)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		anchor, err := a.Trail.Anchor(ctx, tx)
		if err != nil {
			return err
		}
		var all []letters.Letter
		for _, c := range cards {
			if slices.Contains(c.Roles, access.Owner) {
				all = append(all, letters.Letter{Kind: letterAnchor, Subject: c.ID, Ref: c.ID, Body: anchor.String()})
			}
		}
		return a.Letters.Queue(ctx, tx, all...)
	})
}

// letter writes it. There is nothing about anybody in it.
func (a *Anchors) letter(ctx context.Context, owner db.ID, body []byte) (*mail.Message, error) {
	var anchor string
	if err := json.Unmarshal(body, &anchor); err != nil {
		return nil, err
	}
	p, err := a.People.Get(ctx, a.DB.Reader(), owner)
	if err != nil || !p.Has(access.Owner) || p.Email() == "" {
		return nil, err
	}
	house, err := a.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &mail.Message{To: p.Email(), From: house.Email, FromName: house.Sender, Subject: "A mark to keep", Text: p.Name + ",\n\n" +
		"this is the weekly mark of your trail: how many lines it had, and a signature over all of them. " +
		"There is nothing about anybody in it.\n\n" +
		"Please keep this letter where whoever runs the program cannot reach it. Should the trail be changed or put back to an earlier day, " +
		"it shows: save the letter as a file and have somebody run\n\n" +
		"    held trail verify --anchor FILE\n\n" + anchor + "\n"}, nil
}
