package calendar

import (
	"cmp"
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/rules/availability"
)

// Sketch is an appointment as it would be, for looking at what it would meet.
func Sketch(o Offering, client, host db.ID, start time.Time) Appointment {
	a := Appointment{Offering: o.ID, Client: client, Host: host, Seconds: o.Seconds, Start: start, End: start.Add(o.Length), Where: o.Where, State: Booked, Places: o.Places}
	span := o.rule().Claim(start)
	a.kept.first, a.kept.past = availability.Steps(span.Start, span.End)
	return a
}

// Beside lists, for each appointment, the other clients whom its client may
// meet: those who are in the house at the same time, or come or go just then.
// Quiet minutes count. Who is met by video or by telephone meets nobody but
// those of the same group.
func (s *Service) Beside(ctx context.Context, all ...Appointment) ([][]db.ID, error) {
	out := make([][]db.ID, len(all))
	inside := slices.DeleteFunc(slices.Clone(all), func(a Appointment) bool { return !a.meets() })
	if len(inside) == 0 {
		return out, nil
	}
	first := slices.MinFunc(inside, func(a, b Appointment) int { return cmp.Compare(a.kept.first, b.kept.first) }).kept.first
	past := slices.MaxFunc(inside, func(a, b Appointment) int { return cmp.Compare(a.kept.past, b.kept.past) }).kept.past
	there, err := s.there(ctx, availability.StepStart(first).Add(-maxBuffer-availability.Step), availability.StepStart(past).Add(maxBuffer+availability.Step))
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		if !a.meets() {
			continue
		}
		for _, b := range there {
			if b.Client != a.Client && a.beside(b) && !slices.Contains(out[i], b.Client) {
				out[i] = append(out[i], b.Client)
			}
		}
	}
	return out, nil
}

// Gathered lists the clients of an offering's group at a time.
func (s *Service) Gathered(ctx context.Context, o Offering, start time.Time) (out []db.ID, err error) {
	there, err := s.there(ctx, start.Add(-maxBuffer-availability.Step), start.Add(o.Length+maxBuffer+availability.Step))
	for _, a := range there {
		if a.State == Booked && a.Offering == o.ID && a.Start.Equal(start) && !a.Group.IsZero() {
			out = append(out, a.Client)
		}
	}
	return out, err
}

// meets tells whether somebody else may be met at an appointment at all.
func (a Appointment) meets() bool {
	return a.State == Booked && (a.Where == InRoom || a.Places > 1 || !a.Group.IsZero())
}

// beside tells whether the client of another appointment may be met at this one:
// they pass in the house, or are of one group, or would be.
func (a Appointment) beside(b Appointment) bool {
	if a.Where == InRoom && b.Where == InRoom {
		return b.kept.first <= a.kept.past && a.kept.first <= b.kept.past
	}
	if !a.Group.IsZero() && a.Group == b.Group { // also where its offering has one place now
		return true
	}
	return a.Places > 1 && a.Offering == b.Offering && a.Start.Equal(b.Start)
}

// there is Between for whom a client may meet, which a page of appointments
// asks about the same ones each time it is opened.
func (s *Service) there(ctx context.Context, from, to time.Time) ([]Appointment, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	of := stretch{access.From(ctx).Practice, db.Micros(from), db.Micros(to)}
	return s.around.Get(s.DB, s.Now(), of, func() ([]Appointment, error) { return s.between(ctx, from, to) })
}

// Met is everybody of the practice whose time an appointment takes.
func (a Appointment) Met() []db.ID { return append([]db.ID{a.Host}, a.Seconds...) }
