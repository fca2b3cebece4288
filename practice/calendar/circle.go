package calendar

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/circle"
)

// talk is the word about an appointment, as its page says it.
type talk struct {
	circle.Answer
	By string // who decided
}

// Meetings are whom each appointment's client would meet.
func (s *Service) Meetings(ctx context.Context, all ...Appointment) ([]circle.Meeting, error) {
	beside, err := s.Beside(ctx, all...)
	if err != nil {
		return nil, err
	}
	out := make([]circle.Meeting, len(all))
	for i, a := range all {
		out[i] = circle.Meeting{Object: a.ID, Person: a.Client, There: append(a.Met(), beside[i]...)}
	}
	return out, nil
}

// WouldMeet is whom a client would meet at a time that is not booked yet. hosts,
// one at least, are those who may hold it.
func (s *Service) WouldMeet(ctx context.Context, o Offering, client db.ID, hosts []db.ID, start time.Time) (circle.Meeting, error) {
	all, err := s.Meetings(ctx, Sketch(o, client, hosts[0], start))
	if err != nil {
		return circle.Meeting{}, err
	}
	all[0].There = append(all[0].There, hosts[1:]...)
	along, err := s.alongGroups(ctx, o, start)
	all[0].There = append(all[0].There, along...)
	return all[0], err
}

// meeting asks about one appointment; the zero answer to whoever is told nothing.
func (s *Pages) meeting(ctx context.Context, a Appointment) (m circle.Meeting, t talk, err error) {
	if !circle.May(ctx) || a.State != Booked || !a.End.After(s.Now()) {
		return m, t, nil
	}
	all, err := s.Calendar.Meetings(ctx, a)
	if err != nil {
		return m, t, err
	}
	m = all[0]
	if t.Answer, err = s.Circle.One(ctx, m); err != nil || t.Decided.By.IsZero() {
		return m, t, err
	}
	names, err := s.People.Names(ctx, t.Decided.By)
	t.By = nameOf(names, t.Decided.By)
	return m, t, err
}

// decide keeps what was decided about an appointment.
func (s *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.appointment(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.decided(ctx, v.Appointment, circle.Code(f.Raw("circle")))
	if e, ok := refused(err); ok {
		v.Problems = e.Fields
		return s.appointmentPage(w, r, e.Kind.Status(), v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, v.href()+"#circle")
}

// decided writes a decision about an appointment as it stands now.
func (s *Pages) decided(ctx context.Context, a Appointment, code circle.Code) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: a.Client}); err != nil {
		return err
	}
	m, t, err := s.meeting(ctx, a)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.Circle.Decide(ctx, tx, m, t.Answer, code) })
}

// about names what is decided about, so that a decision never goes over to
// another time or another person that is chosen after it.
func (b *bookForm) about(start time.Time) string {
	return strings.Join([]string{b.Client, b.Offering, b.Host, start.Format(time.RFC3339)}, " ")
}

// first tells whether the desk is to talk before it books: whom the client
// would meet is looked at as it would be. Somebody new is not looked at before
// they are here: no answer to a name that is only typed.
func (s *Pages) first(ctx context.Context, b *bookForm, wish Booking, client db.ID) error {
	if b.Circle != "" && !slices.Contains(circle.Codes, circle.Code(b.Circle)) {
		return fault.Field("circle", "Please say what you decided. Nothing is booked yet.")
	}
	if client.IsZero() || b.Circle != "" {
		return nil
	}
	hosts := []db.ID{b.host}
	if b.host.IsZero() {
		hosts = b.offering.Hosts
	}
	word, err := s.wouldMeet(ctx, b.offering, client, hosts, wish.Start)
	if err == nil && word == circle.TalkFirst {
		err = fault.Field("circle", "Talk first, then say what you decided. Nothing is booked yet.")
	}
	return err
}

// wouldMeet is the word about an appointment as it would be.
func (s *Pages) wouldMeet(ctx context.Context, o Offering, client db.ID, hosts []db.ID, start time.Time) (circle.Word, error) {
	m, err := s.Calendar.WouldMeet(ctx, o, client, hosts, start)
	if err != nil {
		return "", err
	}
	a, err := s.Circle.One(ctx, m)
	return a.Word, err
}

// firstMoved tells whether the desk is to talk before it moves somebody into a
// group. A move to a time alone is looked at on the appointment's page, where
// nobody sits down with somebody else for hours.
func (s *Pages) firstMoved(ctx context.Context, m moveForm, start time.Time) error {
	if m.Circle != "" {
		if !slices.Contains(circle.Codes, circle.Code(m.Circle)) {
			return fault.Field("circle", "Please say what you decided. Nothing is changed yet.")
		}
		return nil
	}
	if m.Offering.Places < 2 {
		return nil
	}
	word, err := s.wouldMeet(ctx, m.Offering, m.Appointment.Client, []db.ID{m.Appointment.Host}, start)
	if err == nil && word == circle.TalkFirst {
		err = fault.Field("circle", "Talk first, then say what you decided. Nothing is changed yet.")
	}
	return err
}
