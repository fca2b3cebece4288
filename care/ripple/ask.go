package ripple

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/people"
	"held/rules/checkins"
)

// Asked is one thing that was asked of somebody at one point of their course.
type Asked struct {
	Person      db.ID
	What        string
	Point       string // the point, and the session or month
	Given       db.ID  // the form
	State       string
	From, Until time.Time
}

// Where something asked stands.
const (
	Waiting  = "asked"
	Answered = "answered"
	Skipped  = "skipped" // by the person, who need not say why
	Over     = "over"    // its time went by
)

// formOf is the key of the form that asks something.
func formOf(what string) string {
	if what == Ripple {
		return Ripple
	}
	return Prefix + what
}

// walking tells whether somebody is where check-ins are asked: from screening on.
func walking(c people.Card) bool {
	return slices.Contains(c.Roles, access.Client) && slices.Contains([]string{
		people.StepScreening, people.StepClearance, people.StepConsent, people.StepPreparation, people.StepMedicine, people.StepIntegration, people.StepRipple,
	}, c.Step)
}

// AskDue asks what the plan has due, once each, and ends what went unanswered.
// It is repeated by the clock; what it did before, it does not do again.
func (s *Service) AskDue(ctx context.Context) error {
	if err := s.end(ctx); err != nil {
		return err
	}
	plan, err := s.plan(ctx, s.DB.Reader())
	if err != nil || len(plan) == 0 {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	all, err := s.People.Cards(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, c := range all {
		if walking(*c) {
			failed = errors.Join(failed, s.askOne(ctx, plan, c.ID, st.Location())) // one person's failure keeps nobody else waiting
		}
	}
	return failed
}

// AskDueOf asks one person what the plan has due for them.
func (s *Service) AskDueOf(ctx context.Context, person db.ID) error {
	plan, err := s.plan(ctx, s.DB.Reader())
	if err != nil || len(plan) == 0 {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	c, err := s.People.Card(ctx, person)
	if err != nil || !walking(c) {
		return err
	}
	return s.askOne(ctx, plan, person, st.Location())
}

func (s *Service) askOne(ctx context.Context, plan []checkins.Asking, person db.ID, zone *time.Location) error {
	due, back, err := s.due(ctx, plan, person, zone)
	if err != nil || len(due) == 0 {
		return err
	}
	for _, a := range back {
		if err := s.withdraw(ctx, a.Given); err != nil {
			return err
		}
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, a := range back {
			n, err := tx.Exec(ctx, sqlUnask, access.From(ctx).Practice, a.Given)
			if err != nil {
				return err
			}
			if n == 0 { // it was answered a moment ago, and the day has its answer
				due = slices.DeleteFunc(due, func(d checkins.Due) bool { return d.What == a.What })
			}
		}
		for _, d := range due {
			if err := s.ask(ctx, tx, person, d); err != nil {
				return err
			}
		}
		return nil
	})
	if db.Taken(err) {
		return nil // another server asked first, and all of this was undone
	}
	return err
}

// due is what is to be asked of somebody now, and what gives way to it.
func (s *Service) due(ctx context.Context, plan []checkins.Asking, person db.ID, zone *time.Location) ([]checkins.Due, []Asked, error) {
	q, now := s.DB.Reader(), s.Now()
	begun, err := s.begunAt(ctx, q, person)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := s.Sessions(ctx, q, person)
	if err != nil {
		return nil, nil, err
	}
	asked, err := s.askedOf(ctx, q, person)
	if err != nil {
		return nil, nil, err
	}
	given, err := s.Forms.Of(ctx, person)
	if err != nil {
		return nil, nil, err
	}
	ask, yield := checkins.Next(checkins.Open(checkins.All(plan, begun, sessions, zone), now), earlier(asked, given, now, zone), now)
	var back []Asked
	for _, e := range yield {
		i := slices.IndexFunc(asked, func(a Asked) bool { return a.What == e.What && a.Point == e.Key })
		back = append(back, asked[i])
	}
	return ask, back, nil
}

// begunAt is when somebody came onto the path: the first time that it is looked.
func (s *Service) begunAt(ctx context.Context, q db.Q, person db.ID) (time.Time, error) {
	at, err := db.One(ctx, q, scanTime, sqlBegun, access.From(ctx).Practice, person)
	if errors.Is(err, db.ErrNone) {
		at = s.Now()
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, sqlBegin, access.From(ctx).Practice, person, db.Micros(at))
			return err
		})
	}
	return at, err
}

func (s *Service) askedOf(ctx context.Context, q db.Q, person db.ID) ([]Asked, error) {
	return db.All(ctx, q, scanAsked, sqlAskedOf, access.From(ctx).Practice, person)
}

// earlier is how what was asked before stands beside the plan: also what was
// given to them as a form by itself.
func earlier(asked []Asked, given []forms.Given, now time.Time, zone *time.Location) (out []checkins.Earlier) {
	for _, a := range asked {
		e := checkins.Earlier{What: a.What, Key: a.Point}
		switch {
		case a.State == Skipped:
			e.Away = a.Until
		case a.State == Waiting && a.Until.After(now):
			e.Waits, e.Keeps = true, byHand(a.Point)
		}
		out = append(out, e)
	}
	for _, g := range given {
		what, is := whatOf(g.Key)
		if !is {
			continue
		}
		i := slices.IndexFunc(asked, func(a Asked) bool { return a.Given == g.ID })
		if i < 0 {
			out = append(out, checkins.Earlier{What: what, Key: outside + ":" + g.ID.String(), Waits: g.Open(now) && g.SentAt.IsZero(), Keeps: true})
			i = len(out) - 1
		}
		e := &out[i]
		e.Keeps = e.Keeps || g.State != forms.Waiting
		e.Waits = e.Waits && g.State != forms.TakenBack
		if !g.SentAt.IsZero() {
			at := g.SentAt.In(zone)
			e.Quiet = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, zone)
		}
	}
	return out
}

// byHand tells whether a point is none of the plan's.
func byHand(point string) bool { return strings.HasPrefix(point, outside+":") }

// ask gives the form and writes down that it was asked, so that it is once. The
// form's own letter says that something is there.
func (s *Service) ask(ctx context.Context, tx *db.Tx, person db.ID, d checkins.Due) error {
	ctx = access.Following(ctx)
	id, err := s.Forms.Give(ctx, tx, forms.Gift{Person: person, Form: formOf(d.What), Occasion: "check-in " + d.Key, Remind: d.Remind})
	if f := fault.Of(err); err != nil && f.Kind == fault.Gone {
		return nil // the practice does not give this form any more
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAsk, access.From(ctx).Practice, person, d.What, d.Key, id, Waiting, db.Micros(d.From), db.Micros(d.Until))
	return err
}

// end takes back what nobody began within its time.
func (s *Service) end(ctx context.Context) error {
	over, err := db.All(ctx, s.DB.Reader(), scanAsked, sqlOverdue, access.From(ctx).Practice, db.Micros(s.Now()))
	for _, a := range over {
		err = errors.Join(err, s.settle(ctx, a, Over))
	}
	return err
}

// settle takes a form back that was not sent, and says how it ended.
func (s *Service) settle(ctx context.Context, a Asked, state string) error {
	ctx = access.Following(ctx)
	if err := s.withdraw(ctx, a.Given); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlSettleAsked, state, access.From(ctx).Practice, a.Given)
		return err
	})
}

// withdraw takes a form back, where it was not sent or taken back before.
func (s *Service) withdraw(ctx context.Context, given db.ID) error {
	err := s.Forms.TakeBack(access.Following(ctx), given)
	if f := fault.Of(err); err != nil && f.Kind != fault.Taken && f.Kind != fault.NotFound {
		return err
	}
	return nil
}
