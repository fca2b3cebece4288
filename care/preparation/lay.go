package preparation

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
	"held/rules/availability"
)

// Proposed is a time that is proposed for one step.
type Proposed struct {
	Step
	Number   int
	From, To time.Time   // within which it is to begin
	Start    time.Time   // zero: none is free, or it stays as it is
	Times    []time.Time // what else is free then
	Why      string      // why there is none
}

// Looking for times.
const (
	firstWithin = 28 * 24 * time.Hour // the first session of a course
	timesShown  = 60
)

// Propose lays a course over the calendar from a day on: for each step the first
// free time within its distance, at the hour of the step before where that is
// free. What is fixed stays, and what follows is counted from it.
func (s *Service) Propose(ctx context.Context, c Course, from time.Time, fixed map[int]time.Time) ([]Proposed, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Proposed, len(c.Steps))
	for i, step := range c.Steps {
		p := Proposed{Step: step, Number: i}
		p.From, p.To = from, from.Add(firstWithin)
		like := from
		if i > 0 {
			earlier := out[step.After].Start
			if earlier.IsZero() {
				p.Why = "The session that it follows has no time yet."
				out[i] = p
				continue
			}
			p.From, p.To = step.window(earlier, st.Location())
			like = earlier
		}
		if p.Times, err = s.free(ctx, step.Offering, p.From, p.To, out[:i], func(o calendar.Offering, a, b time.Time) ([]time.Time, error) { return s.Calendar.Times(ctx, o, a, b) }); err != nil {
			return nil, err
		}
		p.choose(like, fixed[i], st.Location())
		out[i] = p
	}
	return out, nil
}

// window is within which days a step may begin, after the one that it follows.
func (st Step) window(earlier time.Time, zone *time.Location) (from, to time.Time) {
	y, m, d := earlier.In(zone).Date()
	from = time.Date(y, m, d+st.Min, 0, 0, 0, 0, zone)
	if st.Min == 0 {
		from = earlier.Add(availability.Step)
	}
	return from, time.Date(y, m, d+st.Max+1, 0, 0, 0, 0, zone)
}

// free lists the free times of an offering within a window, without those that
// overlap what is proposed before.
func (s *Service) free(ctx context.Context, offering db.ID, from, to time.Time, before []Proposed, times func(calendar.Offering, time.Time, time.Time) ([]time.Time, error)) ([]time.Time, error) {
	o, err := s.Calendar.Offering(ctx, offering)
	if err != nil {
		if errors.Is(err, calendar.ErrOffering) {
			return nil, nil
		}
		return nil, err
	}
	all, err := times(o, from, to)
	if err != nil {
		return nil, err
	}
	lengths := map[db.ID]time.Duration{}
	for _, p := range before {
		if other, err := s.Calendar.Offering(ctx, p.Offering); err == nil {
			lengths[p.Offering] = other.Length
		}
	}
	return slices.DeleteFunc(all, func(t time.Time) bool {
		return slices.ContainsFunc(before, func(p Proposed) bool {
			return !p.Start.IsZero() && t.Before(p.Start.Add(lengths[p.Offering])) && p.Start.Before(t.Add(o.Length))
		})
	}), nil
}

// choose takes what is fixed, else the first day's time at the hour of the step
// before, else the first.
func (p *Proposed) choose(like, fixed time.Time, zone *time.Location) {
	switch {
	case !fixed.IsZero():
		p.Start = fixed
	case len(p.Times) == 0:
		p.Why = "No time is free within this distance."
		return
	default:
		p.Start = p.Times[0]
		first := availability.DateOf(p.Times[0], zone)
		for _, t := range p.Times {
			if availability.DateOf(t, zone) == first && t.In(zone).Hour() == like.In(zone).Hour() {
				p.Start = t
				break
			}
		}
	}
	if len(p.Times) > timesShown {
		i := slices.IndexFunc(p.Times, func(t time.Time) bool { return !t.Before(p.Start) })
		if i < 0 {
			i = len(p.Times)
		}
		at := max(0, min(i-timesShown/2, len(p.Times)-timesShown))
		p.Times = p.Times[at : at+timesShown]
	}
	if !slices.ContainsFunc(p.Times, p.Start.Equal) {
		p.Times = append(p.Times, p.Start)
		slices.SortFunc(p.Times, time.Time.Compare)
	}
}

// Plan is a course as it was laid over the calendar for one client.
type Plan struct {
	ID     db.ID
	Client db.ID
	Made   time.Time
	By     db.ID
	Look   time.Time // something was moved or cancelled since; zero: nothing was
	Course Course    // as it was then
	Laid   []Laid
}

// Laid is one step with its appointment.
type Laid struct {
	Step
	Number int
	calendar.Appointment
	From, To time.Time // within which it should begin now; zero where nothing says
}

// Fits tells whether a step is still at its distance.
func (l Laid) Fits() bool {
	return l.From.IsZero() || !l.Start.Before(l.From) && l.Start.Before(l.To)
}

// missed is a step that could not be booked.
type missed struct {
	number int
	err    error
}

func (m missed) Error() string { return m.err.Error() }
func (m missed) Unwrap() error { return m.err }

// Lay books every step of a course for a client, all of them or none. plan is an
// id that the form carries: sent twice, it books once.
func (s *Service) Lay(ctx context.Context, plan, client db.ID, c Course, starts []time.Time) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: client}); err != nil {
		return err
	}
	if plan.IsZero() || len(starts) != len(c.Steps) {
		return fault.New(fault.BadRequest, "This form is incomplete. Nothing was booked; please open the page again.")
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	me := access.From(ctx)
	return s.Calendar.Write(ctx, func(tx *db.Tx) error {
		if _, err := db.One(ctx, tx, scanPlan, sqlPlan, me.Practice, plan); !errors.Is(err, db.ErrNone) {
			return err // sent before
		}
		p, err := s.People.Get(ctx, tx, client)
		if err != nil {
			return err
		}
		zone := p.Zone
		if zone == "" {
			zone = st.Zone
		}
		body, err := s.seal(ctx, tx, client, plan, planBody, string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddPlan, me.Practice, plan, client, c.ID, body, me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		for i, step := range c.Steps {
			a, err := s.Calendar.Book(ctx, tx, calendar.Booking{Offering: step.Offering, Client: client, Start: starts[i], Zone: zone, ByStaff: true})
			if err != nil {
				return missed{i, err}
			}
			if _, err := tx.Exec(ctx, sqlAddStep, me.Practice, plan, int64(i), a.ID); err != nil {
				return err
			}
			if step.Bring != "" {
				if err := s.keepBring(ctx, tx, client, a.ID, step.Bring); err != nil {
					return err
				}
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "laid", Subject: client, Kind: "course", Object: plan})
	})
}

// Plan reads what was laid, with the distances as they are now.
func (s *Service) Plan(ctx context.Context, id db.ID) (Plan, error) {
	r, err := db.One(ctx, s.DB.Reader(), scanPlan, sqlPlan, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return Plan{}, errNoCourse
	}
	if err != nil {
		return Plan{}, err
	}
	return s.plan(ctx, r)
}

func (s *Service) plan(ctx context.Context, r planRow) (p Plan, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar, Subject: r.client}); err != nil {
		return p, err
	}
	q := s.DB.Reader()
	p = Plan{ID: r.id, Client: r.client, Made: r.made, By: r.by, Look: r.look}
	if err := s.openJSON(ctx, q, r.client, r.id, planBody, r.body, &p.Course); err != nil {
		return p, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return p, err
	}
	steps, err := db.All(ctx, q, scanStep, sqlStepsOf, access.From(ctx).Practice, r.id)
	if err != nil {
		return p, err
	}
	for _, x := range steps {
		if x.step >= len(p.Course.Steps) {
			continue
		}
		l := Laid{Step: p.Course.Steps[x.step], Number: x.step}
		if l.Appointment, err = s.Calendar.Get(ctx, q, x.appointment); err != nil {
			return p, err
		}
		if earlier, ok := p.at(l.After); x.step > 0 && ok && earlier.State == calendar.Booked {
			l.From, l.To = l.window(earlier.Start, st.Location())
		}
		p.Laid = append(p.Laid, l)
	}
	return p, nil
}

func (p Plan) at(number int) (Laid, bool) {
	i := slices.IndexFunc(p.Laid, func(l Laid) bool { return l.Number == number })
	if i < 0 {
		return Laid{}, false
	}
	return p.Laid[i], true
}

// PlansOf are the courses that were laid for a client.
func (s *Service) PlansOf(ctx context.Context, client db.ID) (out []Plan, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanPlan, sqlPlansOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		p, err := s.plan(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, err
}

// PlanOf finds the course of which an appointment is a part; zero when of none.
func (s *Service) PlanOf(ctx context.Context, q db.Q, appointment db.ID) (db.ID, error) {
	id, err := db.One(ctx, q, db.Value[db.ID], sqlPlanOf, access.From(ctx).Practice, appointment)
	if errors.Is(err, db.ErrNone) {
		return db.ID{}, nil
	}
	return id, err
}

// outOfStep marks the course of which an appointment is a part when it was moved
// or cancelled: somebody is offered to move the rest. Nothing moves by itself.
func (s *Service) outOfStep(ctx context.Context, tx *db.Tx, was, now calendar.Appointment) error {
	if was.Start.Equal(now.Start) && was.State == now.State || tx.Kept(moving{}) == true {
		return nil
	}
	plan, err := s.PlanOf(ctx, tx, now.ID)
	if err != nil || plan.IsZero() {
		return err
	}
	_, err = tx.Exec(ctx, sqlLookAt, db.Micros(s.Now()), access.From(ctx).Practice, plan)
	return err
}

// moving is kept by the transaction that moves the rest of a course.
type moving struct{}

// Rest proposes other times for what of a course lies ahead and is not at its
// distance any more. What is fixed stays as it is given.
func (s *Service) Rest(ctx context.Context, p Plan, fixed map[int]time.Time) ([]Proposed, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: p.Client}); err != nil {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	begins := map[int]time.Time{} // as it would be
	var out []Proposed
	for _, l := range p.Laid {
		if l.State != calendar.Booked {
			continue
		}
		begins[l.Number] = l.Start
		earlier, there := begins[l.After]
		if l.Number == 0 || !there || !l.Start.After(s.Now()) {
			continue
		}
		x := Proposed{Step: l.Step, Number: l.Number}
		x.From, x.To = l.window(earlier, st.Location())
		if _, given := fixed[l.Number]; !given && !l.Start.Before(x.From) && l.Start.Before(x.To) {
			continue
		}
		x.Times, err = s.free(ctx, l.Step.Offering, x.From, x.To, out, func(_ calendar.Offering, a, b time.Time) ([]time.Time, error) {
			return s.Calendar.TimesToMove(ctx, l.Appointment, a, b)
		})
		if err != nil {
			return nil, err
		}
		x.choose(l.Start, fixed[l.Number], st.Location())
		if !x.Start.IsZero() {
			begins[l.Number] = x.Start
		}
		out = append(out, x)
	}
	return out, nil
}

// MoveRest moves what is named to other times, all of it or nothing.
func (s *Service) MoveRest(ctx context.Context, plan db.ID, to map[int]time.Time) error {
	p, err := s.Plan(ctx, plan)
	if err != nil {
		return err
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: p.Client}); err != nil {
		return err
	}
	// Those that go later go last first, so that nobody stands in their own way.
	var order []Laid
	for _, l := range p.Laid {
		if at, named := to[l.Number]; named && !at.IsZero() && !at.Equal(l.Start) {
			order = append(order, l)
		}
	}
	slices.SortStableFunc(order, func(a, b Laid) int {
		later := func(l Laid) bool { return to[l.Number].After(l.Start) }
		if later(a) && later(b) {
			return b.Start.Compare(a.Start)
		}
		return a.Start.Compare(b.Start)
	})
	practice := access.From(ctx).Practice
	return s.Calendar.Write(ctx, func(tx *db.Tx) error {
		tx.Keep(moving{}, true)
		for _, l := range order {
			if _, err := s.Calendar.Move(ctx, tx, l.ID, to[l.Number], true); err != nil {
				return missed{l.Number, err}
			}
		}
		if _, err := tx.Exec(ctx, sqlLookAt, int64(0), practice, plan); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "moved", Subject: p.Client, Kind: "course", Object: plan})
	})
}

// Leave says that the rest of a course stays where it is.
func (s *Service) Leave(ctx context.Context, plan db.ID) error { return s.MoveRest(ctx, plan, nil) }
