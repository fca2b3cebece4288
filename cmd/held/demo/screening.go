package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"held/care/screening"
	"held/internal/db"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/forms"
	"held/rules/protocol"
	"held/rules/questionnaire"
)

// screened is what one client answered that is not a quiet no, and what they
// wrote down of their medicines.
type screened struct {
	codes     map[string]string
	medicines [][4]string // name, dose, how often, since when
}

var screenedOf = map[string]screened{
	"m": {
		map[string]string{"family-psychosis": "dont-know", "bp-high": "treated", "alcohol": "some", "psychedelics": "earlier", "escort": "not-yet", "medicines-any": "yes"},
		[][4]string{{"Sertraline 50 mg", "one tablet", "every morning", "two years"}, {"Losartana", "50 mg", "every morning", "last spring"}, {"zolpidem", "half a tablet", "once or twice a week", ""}},
	},
	"tamsin": {
		map[string]string{"suicide": "thoughts", "alcohol": "some", "medicines-any": "yes"},
		[][4]string{{"Lamictal", "100 mg", "twice a day", "2021"}},
	},
	"ilan": {map[string]string{"escort": "yes"}, nil},
}

const medicineOfDemo = "ketamine_im"

// screens lets prescriber and clients do what belongs to a screening: one waits
// for a decision, two were cleared, one told of dark thoughts.
func (wr *writer) screens() {
	wr.on(wr.at(-70, 10, 0), func(ctx context.Context) error {
		return wr.Alerts.SetPlan(wr.as(ctx, wr.w.House.Person[0].Key), alerts.Plan{
			Named: wr.staff["leonor"].ID, Deputy: wr.staff["amadeu"].ID, Minutes: 30,
			Outside: "From six in the evening until nine in the morning, and on Sundays, nobody here reads letters. In danger, please call 112, or one of the lines above; we call you on the next morning.",
		})
	})
	wr.screensOne("ilan", -90, -86)
	wr.screensOne("tamsin", -52, -48)
	wr.screensOne("m", -16, -9)
	wr.on(wr.at(-48, 23, 30), wr.acknowledges)
	wr.clears("ilan", -84, 88, medicineOfDemo)
	wr.clears("tamsin", -45, 85, medicineOfDemo)
	wr.on(wr.at(-6, 15, 0), wr.looksAtM)
}

// screensOne: guide and prescriber are on the team; the prescriber gives the forms;
// the client sends them some days later.
func (wr *writer) screensOne(key string, given, sent int) {
	wr.on(wr.at(given, 12, 0), func(ctx context.Context) error {
		by := access.From(wr.as(ctx, wr.w.House.Person[0].Key))
		by.Fresh = true
		for colleague, as := range map[string]access.Role{"leonor": access.Guide, "amadeu": access.Prescriber} {
			if err := wr.People.Assign(access.With(ctx, by), wr.clients[key], wr.staff[colleague].ID, as); err != nil {
				return err
			}
		}
		return wr.Screening.Give(wr.prescriber(ctx), wr.clients[key])
	})
	wr.on(wr.at(sent, 23, 10), func(ctx context.Context) error { return wr.fills(ctx, key) })
}

// prescriber is a context in which the invented prescriber cares for clients.
func (wr *writer) prescriber(ctx context.Context) context.Context {
	a := access.From(wr.as(ctx, "amadeu"))
	a.Fresh = true
	a.Cares = func(db.ID) access.Care { return access.Care{As: []access.Role{access.Prescriber}} }
	return access.With(ctx, a)
}

func (wr *writer) inSpace(ctx context.Context, key string) context.Context {
	return access.With(ctx, access.Actor{Practice: wr.practice, Person: wr.clients[key], Roles: []access.Role{access.Client}, Via: access.Session})
}

func (wr *writer) fills(ctx context.Context, key string) error {
	me, said := wr.inSpace(ctx, key), screenedOf[key]
	all, err := wr.Forms.Of(me, wr.clients[key])
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Occasion != screening.Occasion {
			continue
		}
		f, err := wr.Forms.Fill(me, g.ID)
		if err != nil {
			return err
		}
		if _, err := wr.Forms.Save(me, g.ID, said.answers(f.Form.Questionnaire)); err != nil {
			return fmt.Errorf("%s: %w", g.Key, err)
		}
		if err := wr.Forms.Complete(me, g.ID); err != nil {
			return fmt.Errorf("%s: %w", g.Key, err)
		}
	}
	return nil
}

// answers are those to every question with choices; what is not said is a no.
func (s screened) answers(form *questionnaire.Questionnaire) forms.Changes {
	out := forms.Changes{}
	form.All(func(i *questionnaire.Item) bool {
		code := s.codes[i.LinkID]
		switch {
		case !i.Chooses() || i.LinkID == "mood-stabiliser":
			return true
		case code == "" && i.LinkID == "age":
			code = "18-64"
		case code == "" && (i.LinkID == "escort" || i.LinkID == "evening"):
			code = "yes"
		case code == "":
			code = "no"
		}
		n := slices.IndexFunc(i.Options, func(o questionnaire.Option) bool { return o.Value.Coding != nil && o.Value.Coding.Code == code })
		if n >= 0 {
			out[questionnaire.Key{LinkID: i.LinkID}] = []questionnaire.Answer{i.Options[n].Value}
		}
		return true
	})
	if form.Of("medicine-name") == nil {
		return out
	}
	for row, m := range s.medicines {
		for n, link := range []string{"medicine-name", "medicine-dose", "medicine-often", "medicine-since"} {
			if m[n] != "" {
				out[questionnaire.Key{LinkID: link, Row: row}] = []questionnaire.Answer{questionnaire.Words(m[n])}
			}
		}
	}
	return out
}

// acknowledges: the guide called the client the same night.
func (wr *writer) acknowledges(ctx context.Context) error {
	by := access.From(wr.as(ctx, "leonor"))
	by.Cares = func(db.ID) access.Care { return access.Care{As: []access.Role{access.Guide}} }
	leonor := access.With(ctx, by)
	all, err := wr.Alerts.Waiting(leonor)
	if err != nil || len(all) == 0 {
		return err
	}
	if _, err := wr.Alerts.One(leonor, all[0].ID); err != nil {
		return err
	}
	return wr.Alerts.Acknowledge(leonor, all[0].ID, "I called her at half past eleven. She is with her sister, has no plan, and comes tomorrow at ten. Amadeu knows.")
}

// clears: the prescriber recorded what was missing, decided, and wrote.
func (wr *writer) clears(key string, days, holds int, medicine protocol.Medicine) {
	wr.on(wr.at(days, 16, 20), func(ctx context.Context) error {
		by, client := wr.prescriber(ctx), wr.clients[key]
		for _, f := range []screening.Fact{
			{Kind: screening.Pressure, Body: screening.Body{Systolic: 122, Diastolic: 76}},
			{Kind: screening.Weight, Body: screening.Body{Value: "68.5"}},
		} {
			f.Client, f.Taken = client, wr.Screening.Now()
			if _, err := wr.Screening.Record(by, f); err != nil {
				return err
			}
		}
		k, err := wr.Screening.Known(by, wr.DB.Reader(), client, medicine)
		if err != nil {
			return err
		}
		d := screening.Draft{
			Client: client, Medicine: medicine, Verdict: screening.Cleared, Seen: k.Seal(), Reasons: map[string]string{},
			Until:      wr.Screening.Now().In(wr.zone).AddDate(0, 0, holds).Format(time.DateOnly),
			Conditions: "An adult brings you home and stays near that evening.\nNo alcohol from the day before.",
			Why:        "DEMO. Nobody’s clinical decision.", Letter: screening.LetterFor(screening.Cleared, wr.named(key)),
		}
		for _, l := range k.Result.Weighty() {
			d.Reasons[l.Rule.ID] = "DEMO. Spoken about in person."
		}
		id, err := wr.Screening.Decide(by, d)
		if err != nil {
			return err
		}
		return wr.Screening.Write(by, id, d.Letter, true)
	})
}

// looksAtM: the prescriber has begun to look, and waits for the rest.
func (wr *writer) looksAtM(ctx context.Context) error {
	by, m := wr.prescriber(ctx), wr.clients["m"]
	now := wr.Screening.Now()
	if _, err := wr.Screening.Record(by, screening.Fact{Client: m, Kind: screening.Order, Taken: now, Body: screening.Body{Name: "ALT and AST"}}); err != nil {
		return err
	}
	if _, err := wr.Screening.Ask(by, screening.Request{Client: m, Kind: screening.Question, Asked: screening.Asked{Words: "You wrote that you do not know whether anybody in your family lived with psychosis. Is there somebody you could ask, or would you rather we speak of it on the day?"}}); err != nil {
		return err
	}
	_, err := wr.Screening.Ask(by, screening.Request{Client: m, Kind: screening.Records, Asked: screening.Asked{
		Words: "The letters about your blood pressure since last spring", From: "Centro de Saúde da Enseada", Why: "To know how steady it is before a medicine that raises it", Until: now.AddDate(0, 3, 0).Format(time.DateOnly),
	}})
	return err
}

// named is a client's working name.
func (wr *writer) named(key string) string {
	for _, c := range wr.w.Clients {
		if c.Key == key {
			return c.Name
		}
	}
	return key
}
