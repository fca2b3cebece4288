package demo

import (
	"context"
	"regexp"
	"slices"
	"time"

	"held/care/consent"
	"held/internal/db"
	"held/practice/access"
)

// needs is whom the invented practice asks for which document.
var needs = map[consent.Kind]consent.Need{
	consent.Treatment: consent.Required, consent.Telehealth: consent.Required, consent.Touch: consent.Required,
	consent.Recording: consent.Optional, consent.Release: consent.Optional,
}

var (
	draftNote = regexp.MustCompile(`(?m)^> \*\*A draft to be checked by your lawyer\.\*\*.*\n+`)
	bracket   = regexp.MustCompile(`\[([^\]]*)\]`)
)

// agreeAll lets the documents be published, and clients sign them: one has
// signed everything, one has a new version to read, one has withdrawn.
func (wr *writer) agreeAll() {
	wr.papers = map[consent.Kind]db.ID{}
	wr.on(wr.at(-40, 10, 0), wr.publishes)
	wr.signs("ilan", -26, consent.Treatment, consent.Telehealth, consent.Touch, consent.Recording)
	wr.signs("sefa", -25, consent.Treatment, consent.Telehealth, consent.Touch)
	wr.signs("k", -24, consent.Treatment, consent.Telehealth, consent.Touch)
	wr.on(wr.at(-6, 12, 10), func(ctx context.Context) error {
		return wr.Consent.Withdraw(wr.client(ctx, "k"), wr.papers[consent.Treatment], "We are closing, and I would like to leave it at that.")
	})
	wr.on(wr.at(-4, 9, 30), wr.publishesAgain)
	wr.signs("ilan", -3, consent.Treatment)
	wr.on(wr.at(-2, 18, 0), wr.wonders)
}

// client is a context in which a client acts for themselves.
func (wr *writer) client(ctx context.Context, key string) context.Context {
	return access.With(ctx, access.Actor{Practice: wr.practice, Person: wr.clients[key], Roles: []access.Role{access.Client}, Via: access.Session, Strong: key == "ilan"})
}

func (wr *writer) publishes(ctx context.Context) error {
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	decided := map[db.ID]consent.Need{}
	for _, kind := range consent.Kinds {
		need, asked := needs[kind]
		if !asked {
			continue
		}
		text, err := consent.Shipped(kind)
		if err != nil {
			return err
		}
		text.Full = bracket.ReplaceAllString(draftNote.ReplaceAllString(text.Full, ""), "(here stands: $1)")
		text.Legal = kind == consent.Release // the others are signed by working names here
		id := db.NewID()
		if err := wr.Consent.Begin(by, id, kind, text); err != nil {
			return err
		}
		if err := wr.Consent.Publish(by, id, 1, text, "", false); err != nil {
			return err
		}
		wr.papers[kind], decided[id] = id, need
	}
	return wr.Consent.SetNeeds(by, decided)
}

func (wr *writer) publishesAgain(ctx context.Context) error {
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	d, err := wr.Consent.Document(by, wr.papers[consent.Treatment])
	if err != nil {
		return err
	}
	text := d.Newest()
	text.Summary += "\n- The emergency number for the night is a new one.\n"
	return wr.Consent.Publish(by, d.ID, d.Revision, text, "The number by which you reach us at night is a new one.", true)
}

// signs lets a client read and sign documents on one day, talk them through
// with the guide on the next, who then signs as well.
func (wr *writer) signs(key string, days int, kinds ...consent.Kind) {
	for i, kind := range kinds {
		at := wr.at(days, 19, 5*i)
		wr.on(at, func(ctx context.Context) error { return wr.signsOne(ctx, key, kind) })
		wr.on(wr.at(days+1, 15, 5*i).Add(time.Second), func(ctx context.Context) error { return wr.signsToo(ctx, key, kind) })
	}
}

func (wr *writer) signsOne(ctx context.Context, key string, kind consent.Kind) error {
	me, id := wr.client(ctx, key), wr.papers[kind]
	i := slices.IndexFunc(wr.w.Clients, func(c clientWords) bool { return c.Key == key })
	name := wr.w.Clients[i].Name
	if err := wr.Consent.Agree(me, name); err != nil {
		return err
	}
	d, err := wr.Consent.Document(wr.as(ctx, wr.w.House.Person[0].Key), id)
	if err != nil {
		return err
	}
	return wr.Consent.Sign(me, id, consent.Signature{Text: consent.Sum(d.Current().Canonical("")), Name: name, Mean: true})
}

func (wr *writer) signsToo(ctx context.Context, key string, kind consent.Kind) error {
	by := wr.caring(ctx, wr.w.House.Person[0].Key)
	client, id := wr.clients[key], wr.papers[kind]
	t := consent.Talk{Held: wr.Consent.Now().Add(-10 * time.Minute), Points: "What it says about the hours afterwards, and who may be called."}
	if err := wr.Consent.HoldTalk(by, client, id, t); err != nil {
		return err
	}
	return wr.Consent.Countersign(by, client, id, true)
}

// wonders: somebody would rather talk about a question before they sign.
func (wr *writer) wonders(ctx context.Context) error {
	me, id := wr.client(ctx, "tamsin"), wr.papers[consent.Treatment]
	d, err := wr.Consent.Document(wr.as(ctx, wr.w.House.Person[0].Key), id)
	if err != nil {
		return err
	}
	answers := make([]consent.Answer, len(d.Current().Text.Questions))
	for i, q := range d.Current().Text.Questions {
		answers[i].Chosen = q.Answers[0]
	}
	answers[0] = consent.Answer{Chosen: d.Current().Text.Questions[0].Answers[1], Talk: true}
	return wr.Consent.Answer(me, id, d.Current().N, answers)
}
