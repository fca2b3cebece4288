package inquiry

import (
	"context"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what this step keeps about a person.
func (s *Service) Kept() keeping.Holding {
	return keeping.Holding{Class: vault.Contact, Name: "questions", Title: "Your questions, and waiting for a time", Of: s.everythingOf, Erase: s.erase}
}

// everythingOf opens what a client has asked here, where they have waited, and
// what the desk has noted about their inquiry.
func (s *Service) everythingOf(ctx context.Context, person db.ID) ([]keeping.Item, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	threads, err := db.All(ctx, q, scanThread, sqlThreadsOfPerson, practice, person)
	if err != nil {
		return nil, err
	}
	var out []keeping.Item
	for _, t := range threads {
		c, err := s.conversation(ctx, q, practice, t)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: t.Made, Title: "A question"}
		for _, m := range c.Messages {
			who := "You"
			if !m.Author.IsZero() {
				who = "The practice"
			}
			item.Lines = append(item.Lines, keeping.Line{Label: who, Text: m.Text})
		}
		out = append(out, item)
	}
	if out, err = s.waitsOf(ctx, q, person, out); err != nil {
		return nil, err
	}
	if out, err = s.invitesOf(ctx, q, person, out); err != nil {
		return nil, err
	}
	c, err := s.card(ctx, q, practice, person)
	if err != nil {
		if err == errNoCard { //nolint:errorlint // the very value that card gives
			err = nil
		}
		return out, err
	}
	note, err := s.Vault.Open(ctx, q, noteField(practice, person), c.note)
	return append(out, keeping.Item{At: c.Made, Title: "Your inquiry: " + c.Place.Word(), Lines: []keeping.Line{{Label: "Noted at the desk", Text: note}}}), err
}

func (s *Service) waitsOf(ctx context.Context, q db.Q, person db.ID, out []keeping.Item) ([]keeping.Item, error) {
	practice := access.From(ctx).Practice
	waits, err := db.All(ctx, q, scanWaiting, sqlEveryWaitOfPerson, practice, person)
	if err != nil {
		return nil, err
	}
	for _, w := range waits {
		suits, err := s.Vault.Open(ctx, q, suitsField(practice, w.Waiting), w.suits)
		if err != nil {
			return nil, err
		}
		out = append(out, keeping.Item{At: w.Since, Title: "A place on the waiting list", Lines: []keeping.Line{{Label: "Times that suit", Text: suits}}})
	}
	return out, nil
}

func (s *Service) invitesOf(ctx context.Context, q db.Q, person db.ID, out []keeping.Item) ([]keeping.Item, error) {
	all, err := db.All(ctx, q, scanInvitation, sqlEveryInvitationOf, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	named, err := s.named(ctx, all)
	for _, i := range named {
		out = append(out, keeping.Item{At: i.Made, Title: "An invitation to book", Lines: []keeping.Line{
			{Label: "What", Text: i.What}, {Label: "From", Text: i.With}, {Label: "State", Text: i.State},
		}})
	}
	return out, err
}

// erase removes a person's card, their invitations to book, their waiting and the questions that are
// known to be theirs, whose words have keys of their own.
func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	waits, err := db.All(ctx, tx, scanWaiting, sqlWaitingOfPerson, practice, person)
	if err != nil {
		return err
	}
	for _, w := range waits { // times that are on offer go on to the next
		if err := s.withdraw(ctx, tx, w.ID); err != nil {
			return err
		}
	}
	threads, err := db.All(ctx, tx, scanThread, sqlThreadsOfPerson, practice, person)
	if err != nil {
		return err
	}
	for _, t := range threads {
		for _, c := range []vault.Class{vault.Contact, vault.Clinical} {
			if err := s.Vault.Erase(ctx, tx, practice, t.ID, c); err != nil {
				return err
			}
		}
		for _, forget := range []string{sqlForgetMessages, sqlForgetThread} {
			if _, err := tx.Exec(ctx, forget, practice, t.ID); err != nil {
				return err
			}
		}
	}
	for _, forget := range []string{sqlForgetOffers, sqlForgetWaiting, sqlForgetInvitations, sqlForgetCard} {
		if _, err := tx.Exec(ctx, forget, practice, person); err != nil {
			return err
		}
	}
	return nil
}
