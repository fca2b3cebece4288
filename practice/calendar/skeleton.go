package calendar

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/rules/availability"
)

var errSoon = errors.New("calendar: on its way")

type kept struct{}
type plans struct{}

// Offerings lists what can be booked, by position; to visitors only what is open.
func (s *Service) Offerings(ctx context.Context) ([]Offering, error) { return nil, errSoon }

// Offering finds one by its id.
func (s *Service) Offering(ctx context.Context, id db.ID) (Offering, error) {
	return Offering{}, errSoon
}

// OfferingBySlug finds one by the word in its address.
func (s *Service) OfferingBySlug(ctx context.Context, slug string) (Offering, error) {
	return Offering{}, errSoon
}

// SaveOffering adds (zero ID) or changes an offering.
func (s *Service) SaveOffering(ctx context.Context, o Offering) (Offering, error) {
	return o, errSoon
}

// Rooms lists the rooms by name.
func (s *Service) Rooms(ctx context.Context) ([]Room, error) { return nil, errSoon }

// SaveRoom adds (zero ID) or renames a room.
func (s *Service) SaveRoom(ctx context.Context, r Room) (Room, error) { return r, errSoon }

// Hours reads a person's week; all closed in the practice's zone when none was saved.
func (s *Service) Hours(ctx context.Context, person db.ID) (Hours, error) { return Hours{}, errSoon }

// SaveHours changes a person's week; a day that cannot be read is a fault with Fields "day0" (Sunday) to "day6", "zone".
func (s *Service) SaveHours(ctx context.Context, h Hours) error { return errSoon }

// Overrides lists a person's changed dates within [from, to], dates as 2026-12-24.
func (s *Service) Overrides(ctx context.Context, person db.ID, from, to string) ([]Override, error) {
	return nil, errSoon
}

// SaveOverride sets the hours of one date; Fields "date", "hours".
func (s *Service) SaveOverride(ctx context.Context, person db.ID, o Override) error { return errSoon }

// DropOverride gives a date its ordinary hours back.
func (s *Service) DropOverride(ctx context.Context, person db.ID, date string) error { return errSoon }

// Aways lists a person's time away that touches [from, to).
func (s *Service) Aways(ctx context.Context, person db.ID, from, to time.Time) ([]Away, error) {
	return nil, errSoon
}

// SaveAway adds (zero ID) or changes time away; Fields "start", "end".
func (s *Service) SaveAway(ctx context.Context, a Away) (Away, error) { return a, errSoon }

// DropAway takes time away back.
func (s *Service) DropAway(ctx context.Context, person, id db.ID) error { return errSoon }

// Open gives the hours in which a person can be booked, as instants within [from, to): what a week page draws.
func (s *Service) Open(ctx context.Context, person db.ID, from, to time.Time) ([]availability.Span, error) {
	return nil, errSoon
}

// Times gives the free starts in [from, to), sorted, in UTC.
func (s *Service) Times(ctx context.Context, o Offering, from, to time.Time) ([]time.Time, error) {
	return nil, errSoon
}

// TimesToMove is Times for moving an appointment: what it takes itself counts as free.
func (s *Service) TimesToMove(ctx context.Context, a Appointment, from, to time.Time) ([]time.Time, error) {
	return nil, errSoon
}

// Nearest gives the n free starts closest to a time, in order of time.
func (s *Service) Nearest(ctx context.Context, o Offering, start time.Time, n int) ([]time.Time, error) {
	return nil, errSoon
}

// Write is db.Write for Book and Move: when somebody else was a moment faster, fn runs again in a new transaction, where another person, room or
// place in the day may be free; ErrTaken when there is none.
func (s *Service) Write(ctx context.Context, fn func(tx *db.Tx) error) error {
	return s.DB.Write(ctx, fn)
}

// Hold keeps a start for a while; ErrTaken when it is gone.
func (s *Service) Hold(ctx context.Context, o Offering, start time.Time, forHow time.Duration) (Hold, error) {
	return Hold{}, errSoon
}

// GetHold reads a hold that has not expired; ErrHold when there is none.
func (s *Service) GetHold(ctx context.Context, id db.ID) (Hold, error) { return Hold{}, errSoon }

// Release gives a held time back.
func (s *Service) Release(ctx context.Context, id db.ID) error { return errSoon }

// Book makes an appointment within the caller's transaction; call it inside Service.Write and return its error from there.
func (s *Service) Book(ctx context.Context, tx *db.Tx, b Booking) (Appointment, error) {
	return Appointment{}, errSoon
}

// Move changes an appointment's time; Sequence grows. Call it inside Service.Write.
func (s *Service) Move(ctx context.Context, tx *db.Tx, id db.ID, start time.Time, byStaff bool) (Appointment, error) {
	return Appointment{}, errSoon
}

// Cancel gives an appointment's time back; Sequence grows. why is a code for the trail.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, id db.ID, why string) (Appointment, error) {
	return Appointment{}, errSoon
}

// Get reads one appointment, for staff, its client or the holder of its link.
func (s *Service) Get(ctx context.Context, q db.Q, id db.ID) (Appointment, error) {
	return Appointment{}, errSoon
}

// Note reads what the client wrote when booking, and writes that it was read.
func (s *Service) Note(ctx context.Context, id db.ID) (string, error) { return "", errSoon }

// Between lists the booked appointments that touch [from, to), by start.
func (s *Service) Between(ctx context.Context, from, to time.Time) ([]Appointment, error) {
	return nil, errSoon
}

// OfClient lists a client's appointments, the latest first, at most 200.
func (s *Service) OfClient(ctx context.Context, client db.ID) ([]Appointment, error) {
	return nil, errSoon
}

// Next lists the n booked appointments that end after now, by start.
func (s *Service) Next(ctx context.Context, n int) ([]Appointment, error) { return nil, errSoon }

// Fold is background work: it folds steps in the past away and sweeps expired holds.
func (s *Service) Fold(ctx context.Context) error { return errSoon }
