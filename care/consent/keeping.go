package consent

import (
	"context"
	"fmt"
	"io"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
)

// Kept is what is kept of a client's consent. The legal name under a signature
// goes with their legal identity; the rest with the record of their care.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Clinical, Name: "consent", Title: "What you agreed to, and signed", Of: s.items, Files: s.files, Erase: s.erase},
	}
}

// actWords are what an act is called to the client.
var actWords = map[Act]string{
	Agreed: "You agreed to sign electronically", Ended: "You ended signing electronically", Answered: "What you chose beside the questions",
	Talked: "A talk was held", Signed: "You signed", Countersigned: "Signed by us as well", Withdrew: "You withdrew",
}

func (s *Service) items(ctx context.Context, client db.ID) ([]keeping.Item, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	w, err := s.whole(ctx, s.DB.Reader(), client)
	if err != nil {
		return nil, err
	}
	var out []keeping.Item
	for _, r := range w.records {
		if r.Erased {
			continue
		}
		item := keeping.Item{At: r.At, Title: actWords[r.Act]}
		add := func(label, text string) {
			if text != "" {
				item.Lines = append(item.Lines, keeping.Line{Label: label, Text: text})
			}
		}
		if d, err := find(w.documents, r.Document); err == nil && d.Version(r.Version) != nil {
			add("Document", fmt.Sprintf("%s, version %d", d.Version(r.Version).Text.Title, r.Version))
		}
		add("For", r.Said.Party)
		add("By", r.Said.Name)
		add("What was signed", r.Said.Meaning)
		if r.Act == Signed || r.Act == Agreed {
			add("The text", r.Said.Text)
		}
		add("SHA-256 of the text", r.TextSum())
		for _, a := range r.Said.Answers {
			add(a.Ask, a.words())
		}
		if !r.Said.Held.IsZero() {
			add("The talk was on", instant(r.Said.Held))
		}
		add("With", r.Said.With)
		add("What was asked, and answered", r.Said.Points)
		add("Your words", r.Said.Why)
		out = append(out, item)
	}
	return out, nil
}

// words is an answer as it is read.
func (a Answer) words() string {
	switch {
	case a.Talk && a.Chosen != "":
		return a.Chosen + " (let us talk about it)"
	case a.Talk:
		return "let us talk about it"
	case a.Chosen == "":
		return "not answered"
	}
	return a.Chosen
}

// files gives the copies and the records, as they can be proved elsewhere.
func (s *Service) files(ctx context.Context, client db.ID, add func(name string, write func(io.Writer) error) error) error {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return err
	}
	w, err := s.whole(ctx, s.DB.Reader(), client)
	if err != nil || len(w.records) == 0 {
		return err
	}
	b, err := s.file(ctx, client, func(Record) bool { return true })
	if err != nil {
		return err
	}
	if err := add("consent/records.json", func(out io.Writer) error { _, err := out.Write(b); return err }); err != nil {
		return err
	}
	for i, st := range w.standing {
		if first, _ := signedPair(w.records, st.Document, st.Party.ID); first == nil || first.Erased {
			continue
		}
		pdf, err := s.keepCopy(ctx, client, st.ID)
		if err != nil {
			return err
		}
		if err := add(fmt.Sprintf("consent/%02d-%s.pdf", i+1, st.Kind), func(out io.Writer) error { _, err := out.Write(pdf); return err }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	practice := access.From(ctx).Practice
	for _, statement := range []string{sqlForgetCopies, sqlForgetParties, sqlForgetRecords} {
		if _, err := tx.Exec(ctx, statement, practice, client); err != nil {
			return err
		}
	}
	return nil
}
