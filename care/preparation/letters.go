package preparation

import (
	"context"
	"encoding/json"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/settings"
)

// The letters of preparation. They say that something is there, never what.
const (
	letterClient  = "preparation.client"  // something to read
	letterCheckin = "preparation.checkin" // a few questions
	letterAlert   = "preparation.alert"   // to those who prescribe and guide
)

// hourOfDay is how long before a session the day's own questions are sent.
const hourOfDay = 4 * time.Hour

type sessionLetter struct {
	Session db.ID     `json:"session"`
	Start   time.Time `json:"start"`
}

// RegisterLetters names who writes this step's letters, and hangs them on the
// calendar. Call it once, when the program is wired.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterClient, s.writeClient(settings.Note{Neutral: "Something is there for you to read", Full: "Something for your preparation", More: ", whenever it suits you"}))
	s.Letters.Handle(letterCheckin, s.writeClient(settings.Note{Neutral: "A few short questions are there for you", Full: "A few short questions before your session"}))
	s.Letters.Handle(letterAlert, s.writeAlert)
	s.Letters.Handle(letterLapse, s.writeLapse)
	s.Letters.Handle(letterEscort, s.writeEscort(false))
	s.Letters.Handle(letterEscortBefore, s.writeEscort(true))
	s.Calendar.Changed = append(s.Calendar.Changed, s.changed)
}

func read[T any](raw []byte) (v T, err error) {
	err = json.Unmarshal(raw, &v)
	return v, err
}

// changed is what hangs on every booking, move and cancellation: the questions
// before a session, its escort, and the course that it is a part of.
func (s *Service) changed(ctx context.Context, tx *db.Tx, was, now calendar.Appointment) error {
	if !was.ID.IsZero() {
		if err := s.outOfStep(ctx, tx, was, now); err != nil {
			return err
		}
	}
	ctx = access.Following(ctx)
	t, err := s.terms(ctx, tx, now.Offering)
	if err != nil || !t.Medicine {
		return err
	}
	if err := s.Letters.Drop(ctx, tx, letterCheckin, now.ID); err != nil {
		return err
	}
	if !was.ID.IsZero() {
		if err := s.tellEscort(ctx, tx, was, now, t); err != nil {
			return err
		}
	}
	if now.State == calendar.Cancelled {
		return nil
	}
	if was.ID.IsZero() && s.Prefer != nil {
		if err := s.Prefer(reckoning(ctx), tx, now.Client); err != nil {
			return err
		}
	}
	for _, before := range []time.Duration{dayBefore, hourOfDay} {
		at := now.Start.Add(-before)
		if !at.After(s.Now()) {
			continue
		}
		if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterCheckin, Subject: now.Client, Ref: now.ID, Body: sessionLetter{now.ID, now.Start}, NotBefore: at}); err != nil {
			return err
		}
	}
	return nil
}

// tellEscort lets an escort know that a time was moved, and asks again: their
// yes was to another time. A cancelled time ends what was asked.
func (s *Service) tellEscort(ctx context.Context, tx *db.Tx, was, now calendar.Appointment, t Terms) error {
	e, err := s.escortOf(ctx, tx, now.ID)
	if err != nil || e.ID.IsZero() {
		return err
	}
	x := Session{Appointment: now, Terms: t}
	switch {
	case now.State == calendar.Cancelled:
		return s.askEscort(ctx, tx, x, e, newsEnded)
	case was.Start.Equal(now.Start) && was.End.Equal(now.End):
		return nil
	}
	if _, err := tx.Exec(ctx, sqlAnswerEscort, Asked, int64(0), access.From(ctx).Practice, e.ID, Replaced); err != nil {
		return err
	}
	return s.askEscort(ctx, tx, x, e, newsMoved)
}

// tellClient says that something is there for the client to read.
func (s *Service) tellClient(ctx context.Context, tx *db.Tx, x Session) error {
	return s.tellClientOf(ctx, tx, x.Appointment)
}

func (s *Service) tellClientOf(ctx context.Context, tx *db.Tx, a calendar.Appointment) error {
	if err := s.Letters.Drop(ctx, tx, letterClient, a.ID); err != nil {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterClient, Subject: a.Client, Ref: a.ID, Body: sessionLetter{a.ID, a.Start}})
}

func (s *Service) writeClient(n settings.Note) letters.Renderer {
	return func(ctx context.Context, client db.ID, raw []byte) (*mail.Message, error) {
		body, err := read[sessionLetter](raw)
		if err != nil {
			return nil, err
		}
		a, err := s.Calendar.Get(ctx, s.DB.Reader(), body.Session)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil || a.State != calendar.Booked || !a.Start.Equal(body.Start) || !a.Start.After(s.Now()) {
			return nil, err
		}
		n.Path = "/space/appointments/" + a.ID.String() + "/preparation"
		return s.Settings.Write(ctx, client, n)
	}
}

// alert lets people of the care team know that something of a client's waits
// for their eyes.
func (s *Service) alert(ctx context.Context, tx *db.Tx, to []db.ID, client db.ID) error {
	for _, id := range to {
		if err := s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAlert, Subject: id, Ref: client, Body: client}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeAlert(ctx context.Context, to db.ID, raw []byte) (*mail.Message, error) {
	client, err := read[db.ID](raw)
	if err != nil {
		return nil, err
	}
	path := "/desk/people/" + client.String()
	next, err := s.Coming(ctx, client)
	if err != nil {
		return nil, err
	}
	if len(next) > 0 {
		path = "/desk/appointments/" + next[0].ID.String() + "/readiness"
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something waits for your eyes", Full: "Something in a client's preparation waits for your eyes", Path: path})
}

// subject is a letter's subject line to an escort: a date at most.
func (g guest) subject(news string, reminder bool) string {
	day := ui.Date(g.Start, g.Zone)
	switch {
	case reminder:
		return "A reminder for " + day
	case news == newsMoved:
		return "Another time: " + day
	case news == newsEnded:
		return day + ": not needed any more"
	}
	return "Can you bring somebody home on " + day + "?"
}

// sentence is what a letter to an escort says.
func (g guest) sentence(news string, reminder bool) string {
	when := ui.When(g.End, g.Zone) + " (" + ui.ZoneCity(g.Zone.String()) + ")"
	switch {
	case reminder:
		return "You said that you bring " + g.Known + " home: " + when + ". Where to come, and whom to call, stands here:"
	case news == newsMoved:
		return "The time at which " + g.Known + " would like to be brought home has changed. It is now " + when + ". Please say once more whether you can come:"
	case news == newsEnded:
		return "You were asked to bring " + g.Known + " home on " + ui.Date(g.Start, g.Zone) + ". This is not needed any more, and there is nothing for you to do. Thank you.\n"
	}
	return g.Known + " asks whether you can bring them home: " + when + ". What is asked, and a yes or no, stands here. You need no account:"
}
