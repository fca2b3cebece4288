package inquiry

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
)

// The letters of booking. Each is written when it is sent, from how things
// stand then; what has been overtaken is not sent.
const (
	letterBooked    = "inquiry.booked"
	letterMoved     = "inquiry.moved"
	letterCancelled = "inquiry.cancelled"
	letterReminder  = "inquiry.reminder"
	letterColleague = "inquiry.colleague" // to whoever's time it is
	letterWaiting   = "inquiry.waiting"
	letterOffer     = "inquiry.offer"
	letterInvited   = "inquiry.invited"
)

// appointmentLetter is the body of letters about an appointment.
type appointmentLetter struct {
	Appointment db.ID     `json:"appointment"`
	Sequence    int       `json:"sequence"`
	At          time.Time `json:"at,omitzero"`     // when a reminder is due
	News        string    `json:"news,omitempty"`  // what a colleague is told
	Former      time.Time `json:"former,omitzero"` // the time that it was at before
}

// What a colleague is told.
const (
	newsBooked    = "booked"
	newsMoved     = "moved"
	newsCancelled = "cancelled"
)

// RegisterLetters names who writes this step's letters, and hangs them on the
// calendar, so that what the desk does is told as well. Call it once, when the
// program is wired.
func (s *Service) RegisterLetters() {
	s.questionLetters()
	s.Letters.Handle(letterBooked, s.clientLetter(letterBooked))
	s.Letters.Handle(letterMoved, s.clientLetter(letterMoved))
	s.Letters.Handle(letterCancelled, s.clientLetter(letterCancelled))
	s.Letters.Handle(letterReminder, s.clientLetter(letterReminder))
	s.Letters.Handle(letterColleague, s.writeColleague)
	s.Letters.Handle(letterWaiting, s.writeWaiting)
	s.Letters.Handle(letterOffer, s.writeOffer)
	s.Letters.Handle(letterInvited, s.writeInvited)
	s.Calendar.Changed = append(s.Calendar.Changed, s.changedAppointment)
}

// changedAppointment is what hangs on every booking, move and cancellation.
func (s *Service) changedAppointment(ctx context.Context, tx *db.Tx, was, now calendar.Appointment) error {
	var client people.Person
	news := now.End.After(s.Now()) // the desk tidying up what is over is no news to anybody
	if news || isBooking(was) {
		var err error
		if client, err = s.clientOf(ctx, tx, now); err != nil {
			return err
		}
	}
	if news {
		if err := s.tell(ctx, tx, client, was, now); err != nil {
			return err
		}
	}
	if !isCancelling(now) { // whoever is to meet somebody cares for them from then on
		if err := s.People.Join(ctx, tx, now.Client, colleaguesOf(now)...); err != nil {
			return err
		}
	}
	if err := s.moveCard(ctx, tx, client, was, now); err != nil {
		return err
	}
	return s.opened(ctx, tx, was, now)
}

func isBooking(was calendar.Appointment) bool { return was.ID.IsZero() }

func isCancelling(now calendar.Appointment) bool { return now.State == calendar.Cancelled }

// comer is what a transaction keeps of whoever books in it.
type comer db.ID

// clientOf is who an appointment is for: whoever has just come to book it, or
// as the database has them.
func (s *Service) clientOf(ctx context.Context, tx *db.Tx, a calendar.Appointment) (people.Person, error) {
	if p, ok := tx.Kept(comer(a.Client)).(people.Person); ok {
		return p, nil
	}
	return s.People.Reach(ctx, tx, a.Client)
}

// tell queues every letter about a change.
func (s *Service) tell(ctx context.Context, tx *db.Tx, client people.Person, was, now calendar.Appointment) error {
	all, err := s.tellClient(ctx, tx, client, was, now)
	if err != nil {
		return err
	}
	return s.Letters.Queue(ctx, tx, append(all, tellColleagues(ctx, was, now)...)...)
}

// tellClient writes the letter about the change and the reminders that follow
// from it, and calls back those that do not hold any more.
func (s *Service) tellClient(ctx context.Context, tx *db.Tx, p people.Person, was, now calendar.Appointment) ([]letters.Letter, error) {
	if !isBooking(was) {
		if err := s.Letters.Drop(ctx, tx, letterReminder, now.ID); err != nil {
			return nil, err
		}
	}
	if p.Email() == "" {
		return nil, nil
	}
	kind := letterMoved
	switch {
	case isCancelling(now):
		kind = letterCancelled
	case isBooking(was):
		kind = letterBooked
	}
	body := appointmentLetter{Appointment: now.ID, Sequence: now.Sequence, Former: was.Start}
	all := []letters.Letter{{Kind: kind, Subject: p.ID, Ref: now.ID, Body: body}}
	if !isCancelling(now) && p.Discretion != people.Silent {
		reminders, err := s.reminders(ctx, now)
		if err != nil {
			return nil, err
		}
		all = append(all, reminders...)
	}
	return all, nil
}

// reminders are the letters before an appointment whose hour has not passed.
func (s *Service) reminders(ctx context.Context, a calendar.Appointment) ([]letters.Letter, error) {
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	hours := slices.Clone(house.Reminders)
	slices.Sort(hours)
	var out []letters.Letter
	for _, h := range slices.Compact(hours) {
		at := a.Start.Add(-time.Duration(h) * time.Hour)
		if at.After(s.Now()) {
			body := appointmentLetter{Appointment: a.ID, Sequence: a.Sequence, At: at}
			out = append(out, letters.Letter{Kind: letterReminder, Subject: a.Client, Ref: a.ID, Body: body, NotBefore: at})
		}
	}
	return out, nil
}

// tellColleagues writes a note to everybody of the practice whose time it
// takes or gives back, but not to whoever did it. Whether there is an address
// to send it to is asked when it is sent.
func tellColleagues(ctx context.Context, was, now calendar.Appointment) []letters.Letter {
	before, after := colleaguesOf(was), colleaguesOf(now)
	if isCancelling(now) {
		after = nil
	}
	var all []letters.Letter
	for _, id := range union(before, after) {
		news := newsMoved
		switch {
		case !slices.Contains(before, id):
			news = newsBooked
		case !slices.Contains(after, id):
			news = newsCancelled
		}
		if access.From(ctx).Person == id {
			continue
		}
		body := appointmentLetter{Appointment: now.ID, Sequence: now.Sequence, News: news, Former: was.Start}
		all = append(all, letters.Letter{Kind: letterColleague, Subject: id, Ref: now.ID, Body: body})
	}
	return all
}

func colleaguesOf(a calendar.Appointment) []db.ID {
	if a.ID.IsZero() {
		return nil
	}
	return append([]db.ID{a.Host}, a.Seconds...)
}

func union(a, b []db.ID) []db.ID {
	out := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// moveCard keeps the board beside the calendar, for people at the beginning of
// the path, and takes whoever has a time now off the waiting list for it.
func (s *Service) moveCard(ctx context.Context, tx *db.Tx, p people.Person, was, now calendar.Appointment) error {
	switch {
	case isCancelling(now):
		return s.Unbooked(ctx, tx, now.Client, now.ID)
	case !isBooking(was):
		return nil
	}
	if tx.Kept(arrived(p.ID)) == nil { // nobody stands on a list who has just come
		if err := s.offTheList(ctx, tx, now); err != nil {
			return err
		}
	}
	if p.Step != "" && p.Step != people.StepInquiry && p.Step != people.StepConsultation {
		return nil
	}
	return s.Booked(ctx, tx, now.Client, now.ID)
}

func (s *Service) offTheList(ctx context.Context, tx *db.Tx, a calendar.Appointment) error {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, tx, scanWaiting, sqlWaitingOfPerson, practice, a.Client)
	if err != nil {
		return err
	}
	for _, w := range rows {
		if w.Offering != a.Offering {
			continue
		}
		if _, err := tx.Exec(ctx, sqlSettleWaiting, string(GotATime), db.Micros(s.Now()), practice, w.ID); err != nil {
			return err
		}
		if err := s.withdraw(ctx, tx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// waitingLetter tells somebody that they are on the list, and how to leave it.
// Whoever wants only what cannot be done without has the page.
func (s *Service) waitingLetter(ctx context.Context, tx *db.Tx, w Waiting) error {
	p, err := s.People.Get(ctx, tx, w.Person)
	if err != nil || p.Discretion == people.Silent {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterWaiting, Subject: w.Person, Ref: w.ID, Body: w.ID})
}

func (s *Service) offerLetter(ctx context.Context, tx *db.Tx, w Waiting, x Offer) error {
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterOffer, Subject: w.Person, Ref: x.ID, Body: x.ID})
}

// read opens a letter's body.
func read[T any](body []byte) (v T, err error) {
	err = json.Unmarshal(body, &v)
	return v, err
}
