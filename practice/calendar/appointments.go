package calendar

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// allowed: the calendar's people, the client, and whoever holds a link of theirs.
func allowed(ctx context.Context, v access.Verb, client db.ID) error {
	if access.Can(ctx, v, access.Resource{Class: access.Own, Subject: client}) {
		return nil
	}
	return access.Check(ctx, v, access.Resource{Class: access.Calendar, Subject: client})
}

// Get reads one appointment, for the practice, its client or the holder of its link.
func (s *Service) Get(ctx context.Context, q db.Q, id db.ID) (Appointment, error) {
	a, err := s.load(ctx, q, id)
	if err != nil {
		return Appointment{}, err
	}
	if err := allowed(ctx, access.Read, a.Client); err != nil {
		return Appointment{}, err
	}
	return a, nil
}

func (s *Service) load(ctx context.Context, q db.Q, id db.ID) (Appointment, error) {
	a, err := db.One(ctx, q, scanAppointment, sqlAppointment, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return Appointment{}, ErrNone
	}
	if err != nil {
		return Appointment{}, err
	}
	if err := s.name(ctx, q, &a); err != nil {
		return Appointment{}, err
	}
	return a, s.openTerms(ctx, q, &a)
}

// name gives appointments the names of their offerings.
func (s *Service) name(ctx context.Context, q db.Q, all ...*Appointment) error {
	p, err := s.plannedIn(ctx, q)
	if err != nil {
		return err
	}
	for _, a := range all {
		o, _ := p.offering(a.Offering)
		a.Name = o.Name
		a.seated(o)
	}
	return nil
}

func (s *Service) list(ctx context.Context, query string, args ...any) ([]Appointment, error) {
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanAppointment, query, append([]any{access.From(ctx).Practice}, args...)...)
	if err != nil {
		return nil, err
	}
	named := make([]*Appointment, len(rows))
	for i := range rows {
		named[i] = &rows[i]
	}
	return rows, s.name(ctx, q, named...)
}

// Between lists the booked appointments that touch [from, to), by start.
func (s *Service) Between(ctx context.Context, from, to time.Time) ([]Appointment, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	return s.between(ctx, from, to)
}

func (s *Service) between(ctx context.Context, from, to time.Time) ([]Appointment, error) {
	all, err := s.list(ctx, sqlBetween, string(Booked), db.Micros(from.Add(-MaxLength)), db.Micros(to), db.Micros(from))
	return inOrder(all), err
}

// inOrder puts those of one start, as of a group, in the order in which they
// were booked, on either engine.
func inOrder(all []Appointment) []Appointment {
	slices.SortStableFunc(all, func(a, b Appointment) int {
		return cmp.Or(a.Start.Compare(b.Start), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all
}

// Next lists the n booked appointments that end after now, by start.
func (s *Service) Next(ctx context.Context, n int) ([]Appointment, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	now := s.Now()
	ask := func() ([]Appointment, error) {
		all, err := s.list(ctx, sqlNext, string(Booked), db.Micros(now.Add(-MaxLength)), db.Micros(now), n)
		return inOrder(all), err
	}
	all, err := s.next.Get(s.DB, now, nextOf{access.From(ctx).Practice, n}, ask)
	if over := func(a Appointment) bool { return !a.End.After(now) }; slices.ContainsFunc(all, over) { // since it was asked
		return ask()
	}
	return slices.Clone(all), err
}

// nextOf is what Next was asked for.
type nextOf struct {
	practice db.ID
	n        int
}

// stretch is what Between was asked for.
type stretch struct {
	practice db.ID
	from, to int64
}

// OfClient lists a client's appointments, the latest first, at most 200.
func (s *Service) OfClient(ctx context.Context, client db.ID) ([]Appointment, error) {
	if err := allowed(ctx, access.Read, client); err != nil {
		return nil, err
	}
	return s.list(ctx, sqlOfClient, client)
}

// Ahead lists a client's booked appointments that have not ended, the soonest
// first, at most 200.
func (s *Service) Ahead(ctx context.Context, client db.ID) ([]Appointment, error) {
	if err := allowed(ctx, access.Read, client); err != nil {
		return nil, err
	}
	now := s.Now()
	return s.list(ctx, sqlAhead, client, string(Booked), db.Micros(now.Add(-MaxLength)), db.Micros(now))
}

// Last is when a client's last appointment ends, past or to come; the zero
// time when there was none.
func (s *Service) Last(ctx context.Context, client db.ID) (time.Time, error) {
	us, err := db.One(ctx, s.DB.Reader(), db.Value[int64], sqlLastEnd, access.From(ctx).Practice, client)
	if errors.Is(err, db.ErrNone) {
		return time.Time{}, nil
	}
	return db.At(us), err
}

// EraseNotes removes what a client wrote when booking. That there were
// appointments stays: the times are the practice's too.
func (s *Service) EraseNotes(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlEraseNotes, access.From(ctx).Practice, client)
	return err
}

// Note reads what the client wrote when booking; that it was read goes into
// the trail. "" when nothing was written, or it was erased.
func (s *Service) Note(ctx context.Context, id db.ID) (string, error) {
	a, err := s.load(ctx, s.DB.Reader(), id)
	if err != nil {
		return "", err
	}
	own := access.Can(ctx, access.Read, access.Resource{Class: access.Own, Subject: a.Client})
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Notes, Subject: a.Client}); err != nil && !own {
		return "", err
	}
	practice := access.From(ctx).Practice
	sealed, err := db.One(ctx, s.DB.Reader(), db.Value[[]byte], sqlNote, practice, id)
	if err != nil || len(sealed) == 0 {
		return "", err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: a.Client, Kind: "note", Object: id}); err != nil {
		return "", err
	}
	note, err := s.Vault.Open(ctx, s.DB.Reader(), noteField(practice, a), sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return note, err
}
