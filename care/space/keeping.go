package space

import (
	"context"
	"errors"
	"fmt"
	"io"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what the space keeps of a person's. The journal goes with who they
// are here: what opens it lies under the same keys.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Contact, Name: "journal", Title: "Your sealed journal", Of: s.counted, Files: s.takeFiles, Erase: s.erase},
		{Class: vault.Clinical, Name: "looks", Title: "What you asked about your trail", Of: s.askedBy, Erase: s.eraseAsked},
	}
}

// counted says what there is. It opens for nobody but its owner.
func (s *Service) counted(ctx context.Context, person db.ID) ([]keeping.Item, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: person}); err != nil {
		return nil, err
	}
	r, err := db.One(ctx, s.DB.Reader(), scanJournal, sqlJournal, access.From(ctx).Practice, person)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return []keeping.Item{{Title: "Your sealed journal", Lines: []keeping.Line{
		{Label: "Where it is", Text: "In the folder journal: age files, which open with your passkey or the words of your recovery sheet. Your journal's own page gives you the key and the plain text. What was left for it and not taken in yet lies in journal/left."},
		{Label: "Size", Text: fmt.Sprintf("%d bytes", r.Used)}, {Label: "Public key", Text: r.Recipient},
	}}}, err
}

// takeFiles gives every sealed file, as it lies.
func (s *Service) takeFiles(ctx context.Context, person db.ID, add func(name string, write func(io.Writer) error) error) error {
	k, err := s.OwnKeyring(ctx)
	if err != nil || k.Revision == 0 {
		return err
	}
	for name, body := range map[string][]byte{"keyring.age": k.Keyring, "recovery.age": k.Recovery, "own-words.age": k.Own} {
		if body == nil {
			continue
		}
		if err := add("journal/"+name, func(w io.Writer) error { _, err := w.Write(body); return err }); err != nil {
			return err
		}
	}
	left, err := s.LeftFor(ctx)
	if err != nil {
		return err
	}
	for _, d := range left {
		if err := add("journal/left/"+d.ID.String()+".age", func(w io.Writer) error { return s.leftBody(ctx, person, d, w) }); err != nil {
			return err
		}
	}
	for after := int64(0); ; {
		files, _, err := s.Changes(ctx, after, changesPage, false)
		if err != nil || len(files) == 0 {
			return err
		}
		for _, f := range files {
			after = f.Seq
			if f.Gone {
				continue
			}
			if err := add("journal/"+f.ID.String()+".age", func(w io.Writer) error { return s.body(ctx, person, f, w) }); err != nil {
				return err
			}
		}
	}
}

func (s *Service) askedBy(ctx context.Context, person db.ID) ([]keeping.Item, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: person}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanQuestion, sqlOfPerson, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	var out []keeping.Item
	for _, r := range rows {
		q, err := s.opened(ctx, r)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: q.At, Title: "About a line of your trail", Lines: []keeping.Line{{Label: "You asked", Text: q.Asked}}}
		if q.Answer != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "The practice answered", Text: q.Answer})
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *Service) eraseAsked(ctx context.Context, tx *db.Tx, person db.ID) error {
	_, err := tx.Exec(ctx, sqlForget, access.From(ctx).Practice, person)
	return err
}
