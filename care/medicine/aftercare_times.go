package medicine

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/availability"
)

// Within which hours after a session time for integration is offered: the
// product's own promise (docs, PRODUCT), no clinical figure.
const (
	integrationFrom = 24 * time.Hour
	integrationTo   = 72 * time.Hour
	timesOffered    = 6 // of each offering
)

// Ahead is what of integration is kept and what can be had.
type Ahead struct {
	Next     []calendar.Appointment // what is booked already, soonest first
	From, To time.Time
	Open     bool // the window has not passed
	Offers   []Offer
}

// Offer is one kind of integration with its free times.
type Offer struct {
	calendar.Offering
	Times []time.Time
}

// Booked tells whether a time for integration is kept within the window.
func (a Ahead) Booked() bool {
	return slices.ContainsFunc(a.Next, func(x calendar.Appointment) bool { return !x.Start.Before(a.From) && x.Start.Before(a.To) })
}

// Ahead lists a client's next held times after a session, and the free times for
// integration from one to three days after it.
func (s *Service) Ahead(ctx context.Context, session db.ID) (out Ahead, err error) {
	a, err := s.Calendar.Get(ctx, s.DB.Reader(), session)
	if err == nil {
		err = mayReadSheet(ctx, a.Client)
	}
	if err != nil {
		return out, err
	}
	left := a.End
	system := reckoning(ctx)
	if seat, err := s.Seat(system, s.DB.Reader(), session); err == nil && !seat.Ended.IsZero() {
		left = seat.Ended
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return out, err
	}
	out.From, out.To = left.Add(integrationFrom), left.Add(integrationTo)
	out.Open = out.To.After(s.Now())
	all, err := s.Calendar.OfClient(system, a.Client) // an attendant has no calendar; this client's next time they may tell them
	if err != nil {
		return out, err
	}
	for _, x := range all {
		if x.State == calendar.Booked && x.ID != session && x.Start.After(a.Start) && x.End.After(s.Now()) {
			out.Next = append(out.Next, x)
		}
	}
	slices.SortFunc(out.Next, func(a, b calendar.Appointment) int { return a.Start.Compare(b.Start) })
	offerings, err := s.Calendar.Offerings(system)
	if err != nil {
		return out, err
	}
	for _, o := range offerings {
		if !o.Integration {
			continue
		}
		free, err := s.Calendar.Times(system, o, out.From, out.To)
		if err != nil {
			return out, err
		}
		if free = spread(free, a.Start, timesOffered); len(free) > 0 {
			out.Offers = append(out.Offers, Offer{o, free})
		}
	}
	return out, nil
}

// spread takes a few of many times, from all of the window's days.
func spread(all []time.Time, _ time.Time, n int) []time.Time {
	if len(all) <= n {
		return all
	}
	var out []time.Time
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}

var errNotOffered = fault.New(fault.Taken, "This time is not free any more. Nothing was booked; the times that are free stand below.")

// BookIntegration keeps one of the offered times, for the client themselves or
// by somebody who keeps the calendar.
func (s *Service) BookIntegration(ctx context.Context, session, offering db.ID, start time.Time) (calendar.Appointment, error) {
	a, err := s.Calendar.Get(ctx, s.DB.Reader(), session)
	if err != nil {
		return a, err
	}
	own := access.Can(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Client})
	if !own {
		if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: a.Client}); err != nil {
			return calendar.Appointment{}, err
		}
	}
	ahead, err := s.Ahead(ctx, session)
	if err != nil {
		return calendar.Appointment{}, err
	}
	for _, x := range ahead.Next {
		if x.Offering == offering && x.Start.Equal(start) {
			return x, nil // pressed twice
		}
	}
	if start.Before(ahead.From) || !start.Before(ahead.To) || !slices.ContainsFunc(ahead.Offers, func(o Offer) bool { return o.ID == offering }) {
		return calendar.Appointment{}, errNotOffered
	}
	zone, err := s.clockOf(ctx, a.Client)
	if err != nil {
		return calendar.Appointment{}, err
	}
	var made calendar.Appointment
	err = s.Calendar.Write(ctx, func(tx *db.Tx) (err error) {
		made, err = s.Calendar.Book(ctx, tx, calendar.Booking{Offering: offering, Client: a.Client, Start: availability.StepStart(availability.StepOf(start)), Zone: zone, Invited: true, ByStaff: !own})
		return err
	})
	if fault.Is(err, fault.Taken) || fault.Is(err, fault.Invalid) {
		err = errNotOffered.With(err)
	}
	return made, err
}

// clockOf is the name of the zone by which a client reads times.
func (s *Service) clockOf(ctx context.Context, client db.ID) (string, error) {
	zone, err := s.Settings.ClockOf(ctx, client)
	if err != nil {
		return "", err
	}
	return zone.String(), nil
}
