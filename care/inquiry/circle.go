package inquiry

import (
	"context"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
)

// inCharge is somebody and the colleague who looks after their inquiry.
func inCharge(person, colleague db.ID) circle.Meeting {
	return circle.Meeting{Object: person, With: colleague, Person: person, There: []db.ID{colleague}}
}

// talk is what there is to say about who is in charge; the zero answer to
// whoever is told nothing.
func (s *Service) talk(ctx context.Context, i Inquiry) (circle.Answer, error) {
	if i.Charge.IsZero() || !circle.May(ctx) {
		return circle.Answer{}, nil
	}
	return s.Circle.One(ctx, inCharge(i.Person, i.Charge))
}

// giveCharge puts a colleague in charge. Where the two are to talk first, it
// asks what was decided.
func (s *Service) giveCharge(ctx context.Context, f *web.Form, person, colleague db.ID) error {
	if colleague.IsZero() || !circle.May(ctx) {
		return s.TakeCharge(ctx, person, colleague)
	}
	m := inCharge(person, colleague)
	a, err := s.Circle.One(ctx, m)
	if err != nil {
		return err
	}
	if a.Open() && !f.Has("circle") {
		return fault.Field("circle", "Talk first, then say what you decided. Nothing was changed.")
	}
	if a.Open() {
		err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.Circle.Decide(ctx, tx, m, a, circle.Code(f.Raw("circle"))) })
		if err != nil {
			return err
		}
	}
	return s.TakeCharge(ctx, person, colleague)
}

// talkWaiting says, of everybody on the waiting list, whether to talk first:
// about the time that is on offer to them, or about who holds what they wait for.
func (s *Service) talkWaiting(ctx context.Context, all []WaitingEntry) error {
	if !circle.May(ctx) || len(all) == 0 {
		return nil
	}
	sketches := make([]calendar.Appointment, len(all))
	for i, e := range all {
		o, err := s.Calendar.Offering(s.system(ctx), e.Offering)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		sketches[i] = calendar.Appointment{Client: e.Person, Seconds: append(o.Hosts[:len(o.Hosts):len(o.Hosts)], o.Seconds...)}
		if !e.Offered.IsZero() {
			sketch := calendar.Sketch(o, e.Person, db.ID{}, e.Offered)
			sketch.Seconds = sketches[i].Seconds
			sketches[i] = sketch
		}
	}
	meetings, err := s.Calendar.Meetings(ctx, sketches...)
	if err != nil {
		return err
	}
	answers, err := s.Circle.Ask(ctx, meetings...)
	for i, a := range answers {
		all[i].Talk = a.Word == circle.TalkFirst
	}
	return err
}

// listed tells a signed-in client that somebody who holds an offering is on
// their own list. To everybody else there is nothing to tell.
func (s *Service) listed(ctx context.Context, o calendar.Offering) (bool, error) {
	if !access.From(ctx).Is(access.Client) {
		return false, nil
	}
	all, err := s.Circle.Listed(ctx, append(o.Hosts[:len(o.Hosts):len(o.Hosts)], o.Seconds...)...)
	return len(all) > 0, err
}

// sits refuses a client a place in a group with somebody whom they, or the
// other, would rather not meet. Nobody learns why: to whoever chooses by
// themselves the place is taken, as it is when others were faster. The desk can
// book it, after it has talked.
func (s *Service) sits(ctx context.Context, o calendar.Offering, client db.ID, start time.Time) error {
	if client.IsZero() || o.Places < 2 {
		return nil
	}
	ctx = s.system(ctx)
	there, err := s.Calendar.Gathered(ctx, o, start)
	if err != nil || len(there) == 0 {
		return err
	}
	a, err := s.Circle.One(ctx, circle.Meeting{Person: client, There: there})
	if err == nil && a.Word != circle.Clear {
		err = calendar.ErrTaken
	}
	return err
}
