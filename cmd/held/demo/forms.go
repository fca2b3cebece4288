package demo

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/people"
	"held/rules/questionnaire"
)

// filled is a form that was given to a client: what they answered, and whether
// they sent it.
type filled struct {
	form    string
	days    int // from today, when it was given
	words   map[string]string
	choices map[string][]string
	sent    bool
	file    string // the question to which they attached a page
}

var referral = filled{form: "self-referral", days: -30, sent: true, file: "reach-file", words: map[string]string{
	"why-words":  "I have sat with other people's grief for nineteen years. My own has been waiting in the corridor.",
	"why-now":    "My mother's house is sold. There is nothing left to organise.",
	"work-holds": "A walk on Sundays, and one friend who asks twice.",
}, choices: map[string][]string{"work-own": {"supervision", "peers"}, "before-tried": {"no"}, "reach-speed": {"weeks"}}}

// fillings by the step on which a client stands.
var fillings = map[string][]filled{
	people.StepScreening: {
		referral,
		{form: "preferences", days: -2},
	},
	people.StepPreparation: {
		referral,
		{form: "preferences", days: -9, words: map[string]string{"voice-name": "Tam", "music-no": "Nothing with words, please."}, choices: map[string][]string{"touch-is": {"ask"}, "music-is": {"together"}}},
		{form: "escort", days: -3},
	},
	people.StepIntegration: {
		referral,
		{form: "preferences", days: -29, sent: true, words: map[string]string{"touch-where": "My hand. Never my head.", "touch-stop": "Anchor", "music-yes": "Cello; rain."},
			choices: map[string][]string{"touch-is": {"hand"}, "voice-how": {"little"}, "music-is": {"together"}, "room-light": {"dark"}, "room-things": {"blanket", "own"}}},
		{form: "escort", days: -4, words: map[string]string{"escort-name": "Noa"}, choices: map[string][]string{"escort-is": {"yes"}}},
	},
	people.StepRipple: {referral},
}

// fillsIn: forms were given to a client, and they answered some.
func (wr *writer) fillsIn(c clientWords, arrives time.Time) {
	for n, f := range fillings[c.Step] {
		given := wr.at(f.days, 11, 20+n)
		if given.Before(arrives.Add(time.Hour)) {
			given = arrives.Add(time.Duration(1+n) * time.Hour)
		}
		var id db.ID
		wr.on(given, func(ctx context.Context) error {
			by := wr.charged(ctx, c.InCharge)
			return wr.DB.Write(by, func(tx *db.Tx) (err error) {
				id, err = wr.Forms.Give(by, tx, forms.Gift{Person: wr.clients[c.Key], Form: f.form})
				return err
			})
		})
		if len(f.words)+len(f.choices) > 0 {
			wr.on(given.Add(9*time.Hour), func(ctx context.Context) error { return wr.answers(ctx, c, id, f) })
		}
	}
}

// charged is whoever is in charge of somebody, as if they were on the care team
// already.
func (wr *writer) charged(ctx context.Context, key string) context.Context {
	a := access.From(wr.as(ctx, key))
	a.Cares = func(db.ID) access.Care { return access.Care{As: a.Roles} }
	return access.With(ctx, a)
}

func (wr *writer) answers(ctx context.Context, c clientWords, id db.ID, f filled) error {
	me := access.With(ctx, access.Actor{Practice: wr.practice, Person: wr.clients[c.Key], Roles: []access.Role{access.Client}, Via: access.Session})
	filling, err := wr.Forms.Fill(me, id)
	if err != nil {
		return err
	}
	changes := forms.Changes{}
	for link, words := range f.words {
		changes[questionnaire.Key{LinkID: link}] = []questionnaire.Answer{questionnaire.Words(words)}
	}
	for link, codes := range f.choices {
		for _, code := range codes {
			o, _ := filling.Form.Of(link).Option(questionnaire.Code("", code, ""))
			k := questionnaire.Key{LinkID: link}
			changes[k] = append(changes[k], o.Bare())
		}
	}
	if _, err := wr.Forms.Save(me, id, changes); err != nil || !f.sent {
		return err
	}
	if f.file != "" {
		if _, err := wr.Forms.Attach(me, id, questionnaire.Key{LinkID: f.file}, "a-page.txt", []byte("What I wrote on the train, on the way to my mother's house.\n")); err != nil {
			return err
		}
	}
	return wr.Forms.Complete(me, id)
}
