package calendar

import (
	"context"
	"net/http"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
)

// swaps tells whether an appointment can have another attendant: one to come,
// of an offering that takes any one. A group's is everybody's in it.
func (a Appointment) swaps(o Offering, p *plan) bool {
	return o.Attended && a.State == Booked && a.Group.IsZero() && len(p.attendants) > 0
}

// FreeAttendants lists the attendants whose time an appointment could take in
// place of the one it has. The desk is not bound by anybody's hours.
func (s *Service) FreeAttendants(ctx context.Context, a Appointment) ([]db.ID, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	p, err := s.plannedIn(ctx, q)
	if err != nil {
		return nil, err
	}
	o, _ := p.offering(a.Offering)
	if !a.swaps(o, p) || !a.Start.After(s.Now()) {
		return nil, nil
	}
	busy, err := s.runs(ctx, q, p.attendants, a.kept.first, a.kept.past, s.Now(), db.ID{})
	return slices.DeleteFunc(o.others(p.attendants), func(id db.ID) bool {
		return id == a.Host || slices.Contains(a.Seconds, id) || len(busy[id]) > 0
	}), err
}

var errNoAttendant = fault.Field("attendant", "This person is not free then, or is no attendant. Nothing was changed; please choose another.")

// Attend gives an appointment another attendant; Sequence grows. Begin the
// transaction with Service.Write.
func (s *Service) Attend(ctx context.Context, tx *db.Tx, id, attendant db.ID) (Appointment, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar}); err != nil {
		return Appointment{}, err
	}
	was, p, err := s.toChange(ctx, tx, id)
	if err != nil {
		return was, err
	}
	o, _ := p.offering(was.Offering)
	if !was.swaps(o, p) || !was.Start.After(s.Now()) || !slices.Contains(p.attendants, attendant) || slices.Contains(append(was.Met(), o.Seconds...), attendant) {
		return was, errNoAttendant
	}
	now := was
	had := was.resources().attendant(o)
	now.Seconds = slices.DeleteFunc(slices.Clone(was.Seconds), func(x db.ID) bool { return x == had })
	now.Seconds = append(now.Seconds, attendant)
	rows, err := s.claimed(ctx, tx, []db.ID{attendant}, was.kept.first, was.kept.past)
	if err != nil {
		return was, err
	}
	if slices.ContainsFunc(rows, func(r claimRow) bool { return r.expires.IsZero() || r.expires.After(s.Now()) }) {
		return was, errNoAttendant
	}
	if err := s.sweep(ctx, tx, s.Now(), []claim{{attendant, was.kept.first, was.kept.past}}); err != nil {
		return was, err
	}
	now.Sequence, now.Changed = was.Sequence+1, s.Now()
	return now, s.move(ctx, tx, was, now)
}

// attend is that from the appointment's page, which then says whom the client
// would meet.
func (s *Pages) attend(w http.ResponseWriter, r *http.Request) error {
	v, err := s.changeable(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.Calendar.Write(r.Context(), func(tx *db.Tx) error {
		_, err := s.Calendar.Attend(r.Context(), tx, v.ID, idOf(f.Raw("attendant")))
		return err
	})
	if e, ok := refused(err); ok {
		v.Problems = e.Fields
		return s.appointmentPage(w, r, e.Kind.Status(), v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, address(v.href(), "said", "attended"))
}

// attendantOptions are who could come along instead.
func (s *Pages) attendantOptions(ctx context.Context, a Appointment) (out []ui.Option, err error) {
	if !access.Can(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: a.Client}) {
		return nil, nil
	}
	free, err := s.Calendar.FreeAttendants(ctx, a)
	if err != nil || len(free) == 0 {
		return nil, err
	}
	names, err := s.People.Names(ctx, free...)
	for _, id := range free {
		out = append(out, ui.Option{Value: id.String(), Label: nameOf(names, id)})
	}
	return out, err
}
