package calendar

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// MaxNote is how much somebody can say when booking, in characters.
const MaxNote = 4000

// Book makes an appointment within the caller's transaction. Begin that with
// Service.Write and return Book's error from it: only then another host or
// room is tried when a race for one was lost. Refusals: ErrTaken; ErrOffering;
// ErrNotYours; a fault at "start", "zone" or "note".
func (s *Service) Book(ctx context.Context, tx *db.Tx, b Booking) (Appointment, error) {
	a, err := s.book(ctx, tx, b)
	if err != nil && len(b.Once) > 0 && InHaste(tx) {
		err = ErrTaken.With(lost{err}) // perhaps by this very form, sent before: Write looks
	}
	return a, err
}

func (s *Service) book(ctx context.Context, tx *db.Tx, b Booking) (Appointment, error) {
	if len(b.Once) > 0 && !InHaste(tx) {
		if a, err := s.ByOnce(ctx, tx, b.Once); err == nil || !errors.Is(err, ErrNone) {
			return a, err
		}
	}
	p, err := s.plannedIn(ctx, tx)
	if err != nil {
		return Appointment{}, err
	}
	o, ok := p.offering(b.Offering)
	if !ok {
		return Appointment{}, ErrOffering
	}
	if err := s.mayBook(ctx, tx, o, b); err != nil {
		return Appointment{}, err
	}
	if err := s.open(ctx, tx, o); err != nil {
		return Appointment{}, err
	}
	if err := b.check(); err != nil {
		return Appointment{}, err
	}
	a := Appointment{ID: db.NewID(), Offering: o.ID, Client: b.Client, Where: o.Where, Zone: b.Zone, State: Booked, Name: o.Name, Price: o.Price, Made: s.Now()}
	a.Changed = a.Made
	if err := s.claimFor(ctx, tx, p, o, b, &a); err != nil {
		return Appointment{}, err
	}
	if err := s.grouped(ctx, tx, o, &a); err != nil {
		return Appointment{}, err
	}
	return a, s.add(ctx, tx, a, b)
}

// ByOnce finds what a form has booked already; ErrNone when nothing. Whoever
// makes a new person for a form asks it first, unless InHaste.
func (s *Service) ByOnce(ctx context.Context, q db.Q, once []byte) (Appointment, error) {
	a, err := db.One(ctx, q, scanAppointment, sqlByOnce, access.From(ctx).Practice, once)
	if errors.Is(err, db.ErrNone) {
		return a, ErrNone
	}
	if err != nil {
		return a, err
	}
	return a, s.name(ctx, q, &a)
}

// mayBook asks the policy, and who the offering is for.
func (s *Service) mayBook(ctx context.Context, q db.Q, o Offering, b Booking) error {
	if b.ByStaff {
		return access.Check(ctx, access.Write, access.Resource{Class: access.Calendar})
	}
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Booking}); err != nil {
		return err
	}
	if !o.Open {
		return ErrOffering
	}
	via := access.From(ctx).Via
	switch {
	case o.Who == Anyone, o.Who == Known && via != access.Public, o.Who == Invited && b.Invited:
		return nil
	case o.Who == Ready && s.Ready != nil:
		if yes, err := s.Ready(ctx, q, b.Client, o.ID); yes || err != nil {
			return err
		}
	}
	return ErrNotYours
}

func (b Booking) check() error {
	switch {
	case b.Client.IsZero():
		return fault.Field("client", "Please choose whom this is for.")
	case !zoneKnown(b.Zone):
		return fault.Field("zone", "This is no time zone known by its full name, as in Europe/Lisbon.")
	case utf8.RuneCountInString(b.Note) > MaxNote:
		return fault.Field("note", "Please keep this under 4,000 characters.")
	}
	return nil
}

// claimFor claims what the appointment needs: by turning its hold into it, or
// anew.
func (s *Service) claimFor(ctx context.Context, tx *db.Tx, p *plan, o Offering, b Booking, a *Appointment) error {
	start := b.Start.UTC()
	w, err := s.attended(ctx, p, wish{o: o, start: start, staff: b.ByStaff, host: b.Host, client: b.Client})
	if err != nil {
		return err
	}
	if !b.Hold.IsZero() {
		h, err := s.held(ctx, tx, b.Hold)
		switch {
		case errors.Is(err, ErrHold): // swept; the time may be free all the same
		case err != nil:
			return err
		case h.Offering == o.ID && h.Start.Equal(start) && h.Expires.After(s.Now()) && w.suits(h.resources):
			kept, err := s.keepHeld(ctx, tx, h, a.ID)
			if err != nil {
				return err
			}
			if err := s.dropHold(ctx, tx, h); err != nil {
				return err
			}
			if kept {
				a.take(choice{h.resources, h.kept, h.Start, h.End, h.group})
				return nil
			}
		default: // another time was chosen since, it has expired, or it has the wrong attendant
			if err := s.release(ctx, tx, h); err != nil {
				return err
			}
		}
	}
	c, err := s.claim(ctx, tx, p, w, a.ID, time.Time{})
	if err == nil {
		a.take(c)
	}
	return err
}

// keepHeld hands what a hold has over to an appointment; false when its place
// in a group was swept by a clock that is ahead of ours.
func (s *Service) keepHeld(ctx context.Context, tx *db.Tx, h heldRow, appointment db.ID) (bool, error) {
	if h.group.IsZero() {
		return true, s.keep(ctx, tx, h.ID, appointment, h.claims())
	}
	return s.keepPlace(ctx, tx, h, appointment)
}

// take makes a choice the appointment's own.
func (a *Appointment) take(c choice) {
	a.Host, a.Room, a.Seconds = c.host, c.room, c.seconds
	a.Start, a.End, a.kept, a.Group = c.start, c.end, c.kept, c.group
}

// resources are what an appointment holds.
func (a Appointment) resources() resources {
	return resources{offering: a.Offering, host: a.Host, room: a.Room, seconds: a.Seconds}
}

// add writes the new appointment, the trail, and what others hang on it.
func (s *Service) add(ctx context.Context, tx *db.Tx, a Appointment, b Booking) error {
	practice := access.From(ctx).Practice
	note, err := s.Vault.Seal(ctx, tx, noteField(practice, a), b.Note)
	if err != nil {
		return err
	}
	terms, err := s.sealTerms(ctx, tx, practice, a)
	if err != nil {
		return err
	}
	var once []byte
	if len(b.Once) > 0 {
		once = b.Once
	}
	err = tx.Later(ctx, tooLate, sqlAddAppointment, practice, a.ID, a.Offering, a.Client, a.Host, a.Room, pack(a.Seconds), db.Micros(a.Start), db.Micros(a.End),
		a.kept.first, a.kept.past, a.kept.day, string(a.Where), a.Zone, string(a.State), a.Sequence, once, note, terms, db.Micros(a.Made), db.Micros(a.Changed), a.Group)
	if err != nil { // tooLate: the same form, twice at once
		return err
	}
	return s.changed(ctx, tx, "booked", "", Appointment{}, a)
}

func noteField(practice db.ID, a Appointment) vault.Field {
	return vault.Field{Practice: practice, Subject: a.Client, Class: vault.Clinical, Row: a.ID, Column: "calendar_appointments.note"}
}

// changed tells the trail and everybody who listens.
func (s *Service) changed(ctx context.Context, tx *db.Tx, verb, why string, was, now Appointment) error {
	tx.After(s.grow)
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: now.Client, Kind: "appointment", Object: now.ID, Why: why}); err != nil {
		return err
	}
	for _, listen := range s.Changed {
		if err := listen(ctx, tx, was, now); err != nil {
			return err
		}
	}
	return nil
}

// Move changes an appointment's time; Sequence grows. Begin the transaction
// with Service.Write. Its host and room stay when they are free. With byStaff
// neither hours and notice nor the practice's limit for changes bind.
func (s *Service) Move(ctx context.Context, tx *db.Tx, id db.ID, start time.Time, byStaff bool) (Appointment, error) {
	was, p, err := s.toChange(ctx, tx, id)
	if err != nil {
		return was, err
	}
	if byStaff {
		err = access.Check(ctx, access.Write, access.Resource{Class: access.Calendar})
	} else {
		err = s.inTime(ctx, was, true)
	}
	if err != nil {
		return was, err
	}
	if was.State == Cancelled {
		return was, ErrCancelled
	}
	if was.Start.Equal(start) {
		return was, nil
	}
	o, ok := p.offering(was.Offering)
	if !ok {
		return was, ErrOffering
	}
	if err := s.open(ctx, tx, o); err != nil {
		return was, err
	}
	w, err := s.attended(ctx, p, wish{o: o, start: start.UTC(), staff: byStaff, had: was.resources(), client: was.Client})
	if err != nil {
		return was, err
	}
	if o.Places > 1 || !was.Group.IsZero() {
		return s.moveSeat(ctx, tx, p, was, w)
	}
	w.holder, w.kept = was.ID, was.kept
	c, err := s.choose(ctx, tx, p, w)
	if err != nil {
		return was, err
	}
	now := was
	now.take(c)
	now.Sequence, now.Changed = was.Sequence+1, s.Now()
	return now, s.move(ctx, tx, was, now)
}

// move claims what is new before it frees what is old, so that two who pass
// each other never wait for one another.
func (s *Service) move(ctx context.Context, tx *db.Tx, was, now Appointment) error {
	old, all := was.resources().claims(was.kept), now.resources().claims(now.kept)
	if err := s.keepMoved(ctx, tx, was, now); err != nil {
		return err
	}
	if err := s.take(ctx, tx, now.ID, time.Time{}, less(all, old)); err != nil {
		return err
	}
	if err := s.free(ctx, tx, now.ID, less(old, all)); err != nil {
		return err
	}
	return s.changed(ctx, tx, "moved", "", was, now)
}

// keepMoved writes where an appointment stands now.
func (s *Service) keepMoved(ctx context.Context, tx *db.Tx, was, now Appointment) error {
	n, err := tx.Exec(ctx, sqlMove, now.Host, now.Room, pack(now.Seconds), db.Micros(now.Start), db.Micros(now.End),
		now.kept.first, now.kept.past, now.kept.day, db.Micros(now.Changed), now.Group, access.From(ctx).Practice, now.ID, was.Sequence)
	return overtaken(n, err)
}

var errOvertaken = errors.New("the appointment was changed at the same moment")

// overtaken: somebody else changed the same appointment; Write looks again.
func overtaken(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrTaken.With(lost{errOvertaken})
	}
	return err
}

// Cancel gives an appointment's time back; Sequence grows. why is a code for
// the trail. One that is cancelled already comes back as it is.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, id db.ID, why string) (Appointment, error) {
	was, _, err := s.toChange(ctx, tx, id)
	if err != nil || was.State == Cancelled {
		return was, err
	}
	if err := s.inTime(ctx, was, false); err != nil {
		return was, err
	}
	now := was
	now.State, now.Sequence, now.Changed = Cancelled, was.Sequence+1, s.Now()
	if !was.Group.IsZero() { // groups before appointments, as whoever moves does
		if err := s.vacate(ctx, tx, was); err != nil {
			return was, err
		}
	}
	n, err := tx.Exec(ctx, sqlCancel, string(now.State), db.Micros(now.Changed), access.From(ctx).Practice, id, was.Sequence)
	if err := overtaken(n, err); err != nil {
		return was, err
	}
	if was.Group.IsZero() {
		if err := s.free(ctx, tx, id, was.resources().claims(was.kept)); err != nil {
			return was, err
		}
	}
	return now, s.changed(ctx, tx, "cancelled", why, was, now)
}

// toChange loads an appointment that the actor may change.
func (s *Service) toChange(ctx context.Context, tx *db.Tx, id db.ID) (Appointment, *plan, error) {
	a, err := s.load(ctx, tx, id)
	if err != nil {
		return a, nil, err
	}
	if err := allowed(ctx, access.Write, a.Client); err != nil {
		return Appointment{}, nil, err
	}
	p, err := s.plannedIn(ctx, tx)
	return a, p, err
}

// inTime holds the practice's limit for changes against everybody but the
// practice itself.
func (s *Service) inTime(ctx context.Context, a Appointment, move bool) error {
	if access.Can(ctx, access.Write, access.Resource{Class: access.Calendar}) {
		return nil
	}
	canMove, canCancel, err := s.Changeable(ctx, a)
	if err == nil && (move && !canMove || !move && !canCancel) {
		err = ErrTooLate
	}
	return err
}

// Changeable tells whether the client may still move and cancel an appointment.
func (s *Service) Changeable(ctx context.Context, a Appointment) (move, cancel bool, err error) {
	house, err := s.Settings.Get(ctx)
	if err != nil || a.State != Booked {
		return false, false, err
	}
	left := a.Start.Sub(s.Now())
	before := func(hours int) bool { return left > 0 && left >= time.Duration(hours)*time.Hour }
	return before(house.ChangeHours), before(house.CancelHours), nil
}
