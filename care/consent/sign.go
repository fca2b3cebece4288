package consent

import (
	"context"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/consent"
)

// MeaningClient is what a client signs, and MeaningSecond what whoever held the
// talk signs beneath it.
const (
	MeaningClient = "I have read this text, I could ask about it, and I agree to it of my own will. By typing my name and pressing the button I mean to sign it. I may withdraw it at any time."
	MeaningSecond = "I held the talk about this text with the person who signed it, their questions were answered as far as they could be, and to my judgement they agreed of their own will. By pressing the button I mean to sign."
)

// Disclosures is what somebody is told before they agree to sign electronically.
func Disclosures(st settings.Practice) string {
	return strings.Join([]string{
		"Signing on paper: you do not have to sign electronically. Ask " + st.Name + " (" + st.Email + ") for any document on paper; it costs nothing, and nothing here depends on it.",
		"What this covers: the documents in this space that are asked of you, and the records of their signatures. It covers nothing else.",
		"Ending it: you can end it on this page at any time. What you signed before stays signed; withdrawing a document itself is a button on its own page.",
		"What you need: this space, in any browser of the last few years, and a program that opens PDF files to keep your copies. You can read and keep each text before you sign it.",
		"How we reach you: by the address that you gave us, in the way you chose in your space. You can change it there.",
		"Copies: a copy of what you signed lies in your space for you to take along, without cost.",
	}, "\n\n")
}

// me checks that the signed-in client acts for themselves.
func me(ctx context.Context) (db.ID, error) {
	a := access.From(ctx)
	return a.Person, access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Person})
}

// notDosed refuses on the day of a dose.
func (s *Service) notDosed(ctx context.Context, q db.Q, client db.ID) error {
	if s.Dosed == nil {
		return nil
	}
	at, dosed, err := s.Dosed(ctx, q, client)
	if err != nil || !dosed {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	clocks := []*time.Location{st.Location()}
	if c, err := s.People.Card(ctx, client); err == nil && c.Zone != "" {
		if z, err := time.LoadLocation(c.Zone); err == nil {
			clocks = append(clocks, z)
		}
	}
	if rule.DoseDay(at, s.Now(), clocks...) {
		return fault.New(fault.Invalid, "Nothing is signed on the day of a medicine session. Nothing was signed; from tomorrow on you can. Withdrawing is open at all times.").
			AddField("", "Nothing is signed on the day of a medicine session. From tomorrow on you can. Withdrawing is open at all times.")
	}
	return nil
}

// Agree records that the signed-in client agrees to sign electronically, with
// what they were told.
func (s *Service) Agree(ctx context.Context, name string) error {
	client, err := me(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		return fault.Field("name", "Please type your name, as you like to be called.")
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := s.records(ctx, tx, client)
		if err != nil || electronic(all) != nil {
			return err
		}
		if err := s.notDosed(ctx, tx, client); err != nil {
			return err
		}
		return s.write(ctx, tx, &Record{Client: client, Act: Agreed, Said: Said{
			Text: Disclosures(st), Name: name, Practice: st.Name,
			Meaning: "I have read this and agree to sign electronically.",
		}}, more{})
	})
}

// EndElectronic records that they do not any more. What is signed stays signed.
func (s *Service) EndElectronic(ctx context.Context) error {
	client, err := me(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := s.records(ctx, tx, client)
		if err != nil || electronic(all) == nil {
			return err
		}
		return s.write(ctx, tx, &Record{Client: client, Act: Ended}, more{})
	})
}

// Answer keeps what the signed-in client chose beside the questions. Nothing
// is right or wrong; what they would rather talk about is put before whoever
// holds the talk.
func (s *Service) Answer(ctx context.Context, id db.ID, version int64, answers []Answer) error {
	client, err := me(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, d, _, err := s.asked(ctx, tx, client, id)
		if err != nil {
			return err
		}
		if version != st.Current {
			return errNewer
		}
		questions := d.Current().Text.Questions
		if len(answers) != len(questions) {
			return errNewer
		}
		for i, q := range questions {
			answers[i].Ask = q.Ask
			if answers[i].Chosen != "" && !slices.Contains(q.Answers, answers[i].Chosen) {
				return fault.Field("q0", "Please choose one of these, or none.")
			}
		}
		return s.write(ctx, tx, &Record{Client: client, Act: Answered, Document: st.Document, Party: st.Party.ID, Version: st.Current, Said: Said{Answers: answers}}, more{})
	})
}

var errNewer = fault.New(fault.Taken, "A newer version of this document was published since you opened it. Nothing was signed or kept; please open the page again and read that one.")

// asked finds one document among what is asked of a client.
func (s *Service) asked(ctx context.Context, q db.Q, client, id db.ID) (Standing, Document, whole, error) {
	w, err := s.whole(ctx, q, client)
	if err != nil {
		return Standing{}, Document{}, w, err
	}
	st, d, err := w.paper(id)
	return st, d, w, err
}

// Signature is what a client sends to sign.
type Signature struct {
	Text string // the SHA-256 of the text that they were shown
	Name string // as they typed it
	Mean bool   // they ticked that they mean to sign
}

// Sign signs a document for the signed-in client: the exact text that they
// were shown, or nothing.
func (s *Service) Sign(ctx context.Context, id db.ID, g Signature) error {
	client, err := me(ctx)
	if err != nil {
		return err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, d, w, err := s.asked(ctx, tx, client, id)
		if err != nil {
			return err
		}
		text := d.Current().Canonical(st.Party.Name)
		if err := s.maySign(ctx, tx, w, st, g, text); err != nil {
			return err
		}
		legal, err := s.legalName(ctx, d.Current().Text.Legal)
		if err != nil {
			return err
		}
		r := Record{Client: client, Act: Signed, Document: st.Document, Party: st.Party.ID, Version: st.Current, Said: Said{
			Text: text, Meaning: MeaningClient, Name: g.Name, Party: st.Party.Name, Changed: strings.TrimSpace(st.Changes), Practice: house.Name,
		}}
		if err := s.write(ctx, tx, &r, more{legal: legal}); err != nil {
			return err
		}
		if err := s.tellTeam(ctx, tx, client); err != nil {
			return err
		}
		return s.changed(ctx, tx, client)
	})
}

func (s *Service) maySign(ctx context.Context, tx *db.Tx, w whole, st Standing, g Signature, text string) error {
	if w.electronic() == nil {
		return fault.New(fault.Invalid, "Before the first signature please read what signing electronically means. Nothing was signed.").
			AddField("", "Before the first signature please read what signing electronically means, and agree to it. Signing on paper is as good.")
	}
	if g.Text != Sum(text) {
		return errNewer
	}
	if st.Version == st.Current && (st.State == rule.Signed || st.State == rule.ByClient) {
		return fault.New(fault.Taken, "You have signed this version already. That signature stands; nothing was signed twice.")
	}
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was signed.")
	if g.Name == "" {
		e.AddField("name", "Please type your name, as you like to be called.")
	}
	if !g.Mean {
		e.AddField("mean", "Please tick this if you mean to sign. Nothing is signed without it.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return s.notDosed(ctx, tx, w.client)
}

// legalName is who the signed-in client is in law, where a document needs it.
func (s *Service) legalName(ctx context.Context, needed bool) (string, error) {
	if !needed {
		return "", nil
	}
	i, err := s.People.OwnIdentity(ctx)
	if err == nil && i.Name == "" {
		err = fault.New(fault.Invalid, "This document needs your legal name. Nothing was signed.").
			AddField("", "This document needs your legal name. Please fill it in under “Your legal identity” first; it is sealed apart, and stands in this record and in no other place.")
	}
	return i.Name, err
}

// Withdraw takes a signed document back, at once.
func (s *Service) Withdraw(ctx context.Context, id db.ID, why string) error {
	client, err := me(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, _, _, err := s.asked(ctx, tx, client, id)
		if err != nil {
			return err
		}
		if st.State == rule.NotYet || st.State == rule.Withdrawn {
			return nil // there is nothing to take back
		}
		if err := s.write(ctx, tx, &Record{Client: client, Act: Withdrew, Document: st.Document, Party: st.Party.ID, Version: st.Version, Said: Said{Why: why}}, more{}); err != nil {
			return err
		}
		if err := s.tellTeam(ctx, tx, client); err != nil {
			return err
		}
		return s.changed(ctx, tx, client)
	})
}

// NameParty names somebody with whom the practice may speak once it is signed:
// by the client themselves, or by who cares for them.
func (s *Service) NameParty(ctx context.Context, client, document db.ID, name string) (db.ID, error) {
	a := access.From(ctx)
	own := access.Resource{Class: access.Own, Subject: client}
	if a.Person != client || !access.Can(ctx, access.Write, own) {
		if err := access.Check(ctx, access.Write, consentOf(client)); err != nil {
			return db.ID{}, err
		}
	}
	if name == "" {
		return db.ID{}, fault.Field("party", "Please write who it is: a name and what they are to you, or an office.")
	}
	id := db.NewID()
	return id, s.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := s.library(ctx, tx)
		if err != nil {
			return err
		}
		if d, err := find(all, document); err != nil || d.Kind != Release || !d.Asked() {
			return ErrNone
		}
		there, err := s.parties(ctx, tx, client)
		if err != nil {
			return err
		}
		if len(there) >= maxParties {
			return fault.New(fault.TooMany, "Thirty are named already. Nobody was added.")
		}
		sealed, err := s.Vault.Seal(ctx, tx, partyField(a.Practice, client, id), name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddParty, a.Practice, client, id, document, sealed, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "named", Subject: client, Kind: "consent", Object: id})
	})
}

// Talk is a talk that was held about a document.
type Talk struct {
	Held   time.Time
	With   string // who else was there
	Points string // what was asked, and answered
}

// HoldTalk records that the actor held a talk with a client about the current version.
func (s *Service) HoldTalk(ctx context.Context, client, id db.ID, t Talk) error {
	if err := access.Check(ctx, access.Write, consentOf(client)); err != nil {
		return err
	}
	if t.Held.IsZero() {
		return fault.Field("held", "Please say when the talk was.")
	}
	if t.Held.After(s.Now()) {
		return fault.Field("held", "This time has not come yet. A talk is written down once it was held.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, d, _, err := s.asked(ctx, tx, client, id)
		if err != nil {
			return err
		}
		if t.Held.Before(d.Current().At.Truncate(time.Minute)) {
			return fault.Field("held", "This version was published after that, on "+ui.DateYear(d.Current().At, time.UTC)+". A talk about it can only have been later.")
		}
		return s.write(ctx, tx, &Record{Client: client, Act: Talked, Document: st.Document, Party: st.Party.ID, Version: st.Current, Said: Said{Held: t.Held.UTC(), With: t.With, Points: t.Points}}, more{})
	})
}

// Countersign signs, as whoever held the talk, beneath what the client signed.
func (s *Service) Countersign(ctx context.Context, client, id db.ID, mean bool) error {
	if err := access.Check(ctx, access.Write, consentOf(client)); err != nil {
		return err
	}
	a := access.From(ctx)
	name, err := s.People.Names(ctx, a.Person)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		st, _, w, err := s.asked(ctx, tx, client, id)
		if err != nil {
			return err
		}
		first := last(w.records, st.Document, st.Party.ID, Signed)
		if err := mayCountersign(w, st, a.Person, mean); err != nil {
			return err
		}
		r := Record{Client: client, Act: Countersigned, Document: st.Document, Party: st.Party.ID, Version: first.Version, Said: Said{
			Text: first.Said.Text, Meaning: MeaningSecond, Name: name[a.Person], Party: first.Said.Party, Practice: first.Said.Practice,
		}}
		if err := s.write(ctx, tx, &r, more{under: first.Hash}); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, client, letters.Letter{Kind: letterClient, Ref: client, Body: tellCopy}); err != nil {
			return err
		}
		return s.changed(ctx, tx, client)
	})
	if err != nil {
		return err
	}
	_, _ = s.keepCopy(ctx, client, id) // both have signed; a copy that is missing is made when it is asked for
	return nil
}

func mayCountersign(w whole, st Standing, by db.ID, mean bool) error {
	switch {
	case by == w.client:
		return fault.New(fault.Forbidden, "Nobody signs for both sides. Somebody else has to hold the talk and sign.")
	case st.State == rule.Signed:
		return fault.New(fault.Taken, "This is signed by both already. Nothing was signed twice.")
	case st.State != rule.ByClient || st.Version != st.Current:
		return fault.New(fault.Taken, "The client has not signed the current version. Nothing was signed; it can be once they have.")
	}
	for _, r := range w.records {
		if r.Act == Talked && r.Document == st.Document && r.Party == st.Party.ID && r.Version == st.Version && r.By == by {
			if !mean {
				return fault.Field("mean", "Please tick this if you mean to sign. Nothing is signed without it.")
			}
			return nil
		}
	}
	return fault.New(fault.Invalid, "The second signature is of whoever held the talk. Nothing was signed: write down your talk about this version first.").
		AddField("", "The second signature is of whoever held the talk. Write down your talk about this version first.")
}
