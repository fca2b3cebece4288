package demo

import (
	"context"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/rules/checkins"
	"held/rules/questionnaire"
)

// checked is a check-in that a client answered: the points of each item, or -1
// where they left it out, and a line of their own.
type checked struct {
	what   string
	days   int // from today
	points []int
	line   string
}

// steady is the course of somebody who had sessions: invented, and going both ways.
var steady = []checked{
	{"phq9", -29, []int{2, 2, 1, 2, 1, 2, 1, 0, 0}, "Reading this back I notice I am tired of being the strong one."},
	{"who5", -29, []int{2, 1, 2, 1, 2}, ""},
	{"cbi", -28, []int{3, 2, 3, 2, 3, 1, 3, 3, 2, 3, 2, 1, 1, 1, 1, 2, 3, 2, 2}, ""},
	{"phq9", -13, []int{1, 2, 1, 1, -1, 1, 1, 0, 0}, ""},
	{"who5", -13, []int{3, 2, 2, 2, 3}, "Slept by the sea."},
	{"phq9", -5, []int{1, 1, 2, 1, 1, 1, 1, 0, 0}, "A hard week at work, and it shows."},
}

// courses by the step on which a client stands.
var courses = map[string][]checked{
	"preparation": {{"phq9", -26, []int{1, 1, 2, 2, 0, 1, 1, 0, 0}, ""}, {"gad7", -26, []int{2, 1, 2, 1, 1, 1, 0}, "Mostly at night."}},
	"integration": steady,
	"ripple":      {{"who5", -25, []int{3, 3, 2, 2, 3}, ""}, {"who5", -6, []int{3, 3, 3, 2, 4}, ""}},
}

// lived is what happened in the life of whoever has had sessions: invented.
var lived = map[string][]struct {
	days  int
	words string
}{"integration": {{-20, "A week by the sea"}, {-7, "A colleague fell ill; more hours"}}}

// plansCheckIns: the practice chose what to ask, and when.
func (wr *writer) plansCheckIns(ctx context.Context) error {
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	for _, a := range []checkins.Asking{
		{What: "phq9", At: []checkins.Point{checkins.Start, checkins.Day7, checkins.Monthly}, Open: 14, Begin: 9},
		{What: "who5", At: []checkins.Point{checkins.Start, checkins.Day7, checkins.Monthly}, Open: 14, Begin: 9},
		{What: "ripple", At: []checkins.Point{checkins.Month1, checkins.Month3, checkins.Month6}, Open: 21, Begin: 9},
	} {
		if err := wr.Ripple.KeepPlan(by, a); err != nil {
			return err
		}
	}
	return nil
}

// checksIn: a client was asked how they were, and answered.
func (wr *writer) checksIn(c clientWords, arrives time.Time) {
	for n, k := range courses[c.Step] {
		at := wr.at(k.days, 20, 5+n)
		if at.Before(arrives.Add(2 * time.Hour)) {
			at = arrives.Add(time.Duration(2+n) * time.Hour)
		}
		wr.on(at, func(ctx context.Context) error { return wr.says(ctx, c, k) })
	}
	for n, e := range lived[c.Step] {
		at := wr.at(e.days, 21, 10+n)
		if at.Before(arrives.Add(8 * time.Hour)) {
			continue
		}
		wr.on(at, func(ctx context.Context) error {
			me := access.With(ctx, access.Actor{Practice: wr.practice, Person: wr.clients[c.Key], Roles: []access.Role{access.Client}, Via: access.Session})
			return wr.Ripple.Note(me, wr.clients[c.Key], at, e.words)
		})
	}
}

// says asks and answers one check-in.
func (wr *writer) says(ctx context.Context, c clientWords, k checked) error {
	person, by := wr.clients[c.Key], wr.charged(ctx, c.InCharge)
	var id db.ID
	err := wr.DB.Write(by, func(tx *db.Tx) (err error) {
		id, err = wr.Forms.Give(by, tx, forms.Gift{Person: person, Form: "measure-" + k.what, Occasion: "check-in", Quiet: true})
		return err
	})
	if err != nil {
		return err
	}
	return wr.answersCheckIn(ctx, person, id, k)
}

// answersCheckIn answers a check-in and sends it.
func (wr *writer) answersCheckIn(ctx context.Context, person, id db.ID, k checked) error {
	me := access.With(ctx, access.Actor{Practice: wr.practice, Person: person, Roles: []access.Role{access.Client}, Via: access.Session})
	f, err := wr.Forms.Fill(me, id)
	if err != nil {
		return err
	}
	changes := forms.Changes{}
	if k.line != "" {
		changes[questionnaire.Key{LinkID: measures.OwnLine}] = []questionnaire.Answer{questionnaire.Words(k.line)}
	}
	n := 0
	f.Form.All(func(i *questionnaire.Item) bool {
		if i.Chooses() && n < len(k.points) {
			for _, o := range i.Options {
				if w, scored := i.Weight(o.Value); scored && int(w) == k.points[n] {
					changes[questionnaire.Key{LinkID: i.LinkID}] = []questionnaire.Answer{o.Bare()}
				}
			}
			n++
		}
		return true
	})
	if _, err := wr.Forms.Save(me, id, changes); err != nil {
		return err
	}
	return wr.Forms.Complete(me, id)
}
