package demo

import (
	"context"
	"slices"
	"time"

	"held/care/ripple"
	"held/internal/db"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/rules/questionnaire"
)

// followed is somebody who had a medicine session some months ago and was asked
// by the plan: invented totals, going both ways, at the beginning, a week after
// the session, and in the months that followed.
type followed struct {
	key      string
	session  int // days from today
	phq, who [4]int
}

var many = []followed{
	{"noor", -120, [4]int{16, 9, 8, 6}, [4]int{7, 14, 15, 16}},
	{"emeric", -113, [4]int{11, 12, 9, 10}, [4]int{11, 10, 13, 12}},
	{"halla", -106, [4]int{14, 7, 5, 7}, [4]int{8, 16, 18, 15}},
	{"basil", -99, [4]int{9, 6, 8, 11}, [4]int{12, 15, 13, 10}},
	{"ione", -92, [4]int{18, 13, 10, 9}, [4]int{5, 9, 12, 13}},
	{"quill", -85, [4]int{7, 4, 5, 3}, [4]int{14, 17, 16, 19}},
}

// ownLines are what some wrote beside.
var ownLines = map[string]string{
	"noor":  "Invented: I answered this on the tram.",
	"ione":  "Invented: the house is quiet now.",
	"basil": "Invented: a hard month, and not because of this.",
}

// measured: some were followed over months; what the practice calls a change is
// set; two things were rated in a session.
func (wr *writer) measured() {
	for n, p := range many {
		c := wr.clientOf(p.key)
		arrives := wr.at(-c.SinceDays, 10+n, 0)
		wr.on(wr.at(p.session-20, 11, 5*n), func(ctx context.Context) error {
			return wr.arrange(ctx, c, "medicine", wr.at(p.session, 10, 0))
		})
		times := []time.Time{arrives.Add(26 * time.Hour), wr.at(p.session+12, 19, 10+n), wr.at(p.session+38, 20, 10+n), wr.at(p.session+68, 20, 20+n)}
		for i, at := range times {
			wr.on(at, func(ctx context.Context) error { return wr.isAsked(ctx, p, i) })
		}
	}
	wr.on(wr.at(-30, 9, 40), wr.setsAChange)
	rated := false
	for day := -4; day <= 4; day++ { // the session is on the nearest day on which both work
		wr.on(wr.at(many[0].session+day, 20, 30), func(ctx context.Context) (err error) {
			if !rated {
				rated, err = wr.rates(ctx, many[0])
			}
			return err
		})
	}
	wr.on(wr.at(-1, 22, 0), wr.Ripple.Sum)
}

func (wr *writer) clientOf(key string) clientWords {
	for _, c := range wr.w.Clients {
		if c.Key == key {
			return c
		}
	}
	panic("demo: there is no client " + key) // the words are the program's own
}

// followedOnly tells of whom nothing else is told than what they answered.
func followedOnly(key string) bool {
	return slices.ContainsFunc(many, func(p followed) bool { return p.key == key })
}

// isAsked: the plan has something due, and they answer what waits.
func (wr *writer) isAsked(ctx context.Context, p followed, i int) error {
	person := wr.clients[p.key]
	if err := wr.Ripple.AskDueOf(ctx, person); err != nil {
		return err
	}
	me := access.With(ctx, access.Actor{Practice: wr.practice, Person: person, Roles: []access.Role{access.Client}, Via: access.Session})
	waits, err := wr.Ripple.Waiting(me)
	if err != nil {
		return err
	}
	for _, a := range waits {
		switch a.What {
		case "phq9":
			err = wr.answersCheckIn(ctx, person, a.Given, checked{points: spread(p.phq[i], 9, 3, 8)})
		case "who5":
			line := ""
			if i == 2 {
				line = ownLines[p.key]
			}
			err = wr.answersCheckIn(ctx, person, a.Given, checked{points: spread(p.who[i], 5, 5, 5), line: line})
		case ripple.Ripple:
			err = wr.looksBack(me, a.Given)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spread puts a total on so many items of at most so many points, the first
// ones only: nobody here answers the last of the PHQ-9 with more than nought.
func spread(total, items, most, upTo int) []int {
	out := make([]int, items)
	for n := 0; total > 0; n = (n + 1) % upTo {
		if out[n] < most {
			out[n]++
			total--
		}
	}
	return out
}

// looksBack: they say what has changed in their work.
func (wr *writer) looksBack(me context.Context, id db.ID) error {
	f, err := wr.Forms.Fill(me, id)
	if err != nil {
		return err
	}
	changes, n := forms.Changes{}, len(f.ID.String())
	f.Form.All(func(i *questionnaire.Item) bool {
		if i.Chooses() {
			n++
			changes[questionnaire.Key{LinkID: i.LinkID}] = []questionnaire.Answer{i.Options[1+n%3].Bare()}
		}
		return true
	})
	changes[questionnaire.Key{LinkID: "presence-words"}] = []questionnaire.Answer{questionnaire.Words("Invented: I noticed that I let a silence be.")}
	if _, err := wr.Forms.Save(me, id, changes); err != nil {
		return err
	}
	return wr.Forms.Complete(me, id)
}

// setsAChange: the prescriber says what counts as a change of the WHO-5 here.
func (wr *writer) setsAChange(ctx context.Context) error {
	return wr.Measures.SetOwn(wr.as(ctx, "amadeu"), measures.Own{Instrument: "who5", Score: "pct", Points: "10", Worse: "lower", Source: "invented for the demo; no source was checked"})
}

// rates: in the session somebody looked, and wrote down what they saw. It tells
// whether there was one by then.
func (wr *writer) rates(ctx context.Context, p followed) (bool, error) {
	by, held := wr.caring(ctx, "leonor"), wr.clients[p.key]
	sessions, err := wr.Ripple.Begun(ctx, wr.DB.Reader(), held)
	if err != nil || len(sessions) == 0 {
		return false, err
	}
	now := sessions[0].At.Add(40 * time.Minute)
	var session db.ID
	if err := session.UnmarshalText([]byte(sessions[0].ID)); err != nil {
		return false, err
	}
	for i, x := range []measures.Rated{
		{Instrument: "moaas", Answers: map[string]int{"1": 4}, Line: "Invented: answered slowly, knew where she was."},
		{Instrument: "moaas", Answers: map[string]int{"1": 5}},
		{Instrument: "dissociation", Answers: map[string]int{"1": 0}},
	} {
		x.Client, x.Session, x.Ref, x.Taken = held, session, db.NewID(), now.Add(time.Duration(20*i)*time.Minute)
		if err := wr.Measures.Rate(by, x); err != nil {
			return false, err
		}
	}
	return true, nil
}
