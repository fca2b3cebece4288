package inquiry

import (
	"context"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ical"
	"held/internal/mail"
	"held/internal/ui"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
)

// sheet is what a letter says, once; text and HTML are made from it, so that
// they can never say different things.
type sheet struct {
	Hello string
	Parts []part
}

// part is a paragraph, or a line with an address to open.
type part struct {
	Words string
	Href  string
}

func say(words string) part        { return part{Words: words} }
func link(words, href string) part { return part{words, href} }

// text is the sheet as plain words. An address stands on a line of its own.
func (s sheet) text() string {
	var b strings.Builder
	if s.Hello != "" {
		b.WriteString(s.Hello + "\n\n")
	}
	for _, p := range s.Parts {
		b.WriteString(p.Words)
		if p.Href != "" {
			b.WriteString(":\n" + p.Href)
		}
		b.WriteString("\n\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (s sheet) html(ctx context.Context) (string, error) {
	var b strings.Builder
	err := letterPage(s).Render(ctx, &b)
	return b.String(), err
}

// message addresses a sheet. The sender is neutral unless the reader wants to
// be told who writes.
func message(ctx context.Context, p people.Person, house settings.Practice, subject string, s sheet) (*mail.Message, error) {
	page, err := s.html(ctx)
	if err != nil {
		return nil, err
	}
	m := &mail.Message{To: p.Email(), ToName: p.Name, From: house.Email, FromName: house.Sender, Subject: subject, Text: s.text(), HTML: page}
	if p.Discretion == people.Full {
		m.FromName = house.Name
	}
	return m, nil
}

// clientLetter writes to the client about their appointment.
func (s *Service) clientLetter(kind string) letters.Renderer {
	return func(ctx context.Context, _ db.ID, raw []byte) (*mail.Message, error) {
		body, err := read[appointmentLetter](raw)
		if err != nil {
			return nil, err
		}
		a, err := s.Calendar.Get(ctx, s.DB.Reader(), body.Appointment)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil || a.Sequence != body.Sequence || s.stale(kind, a, body) {
			return nil, err
		}
		v, err := s.around(ctx, a)
		if err != nil || v.Client.Email() == "" || v.Client.Quiet() || kind == letterReminder && v.Client.Discretion == people.Silent {
			return nil, err
		}
		m, err := message(ctx, v.Client, v.House, subjectOf(kind, v), s.sheetOf(ctx, kind, v, body))
		if err != nil || kind == letterReminder {
			return m, err
		}
		s.addFile(ctx, m, kind, v)
		return m, nil
	}
}

// stale tells whether a letter comes too late to be of use: nothing is said
// about a time that has passed, and a reminder that waited long behind a
// broken mail server leaves the word to the next one.
func (s *Service) stale(kind string, a calendar.Appointment, body appointmentLetter) bool {
	now := s.Now()
	if !now.Before(a.Start) {
		return kind != letterCancelled
	}
	return kind == letterReminder && now.Sub(body.At) > a.Start.Sub(body.At)/2
}

// addFile adds the calendar file that makes the appointment, changes it or
// takes it back in the reader's own calendar. An address that no calendar file
// can carry must not cost its reader the letter.
func (s *Service) addFile(ctx context.Context, m *mail.Message, kind string, v linked) {
	method := ical.Request
	if kind == letterCancelled {
		method = ical.Cancel
	}
	e := s.event(ctx, v, method)
	e.Cancelled = method == ical.Cancel
	b, err := ical.Write(e)
	if err != nil {
		s.Log.Warn("a letter went without its invitation", "appointment", v.ID.String(), "cause", err.Error())
		return
	}
	m.Calendar = &mail.Part{Name: "invite.ics", Type: "text/calendar; method=" + method, Body: b}
}

// subjectOf is a subject line: a date at most. Only somebody who wants to be
// told what it is reads the practice's name there.
func subjectOf(kind string, v linked) string {
	what := "Your appointment"
	if v.Client.Discretion == people.Full {
		what += " at " + v.House.Name
	}
	on := " on " + ui.Date(v.Start, v.Zone)
	switch kind {
	case letterMoved:
		return what + " is now" + on
	case letterCancelled:
		return what + on + " is cancelled"
	}
	return what + on
}

func (s *Service) sheetOf(ctx context.Context, kind string, v linked, body appointmentLetter) sheet {
	when := whenWords(v)
	out := sheet{Hello: "Hello " + v.Client.Name + ","}
	switch kind {
	case letterBooked:
		out.Parts = append(out.Parts, say("Your time is kept."))
	case letterMoved:
		out.Parts = append(out.Parts, say("Your appointment has another time. Before, it was "+ui.WhenBoth(body.Former, v.Zone, v.House.Location())+"."))
	case letterCancelled:
		out.Parts = append(out.Parts, say("Your appointment is cancelled. It was on "+when+"."), say("Nothing more is to be done."))
		return out
	case letterReminder:
		out.Parts = append(out.Parts, say("This is a reminder of your appointment."))
	}
	out.Parts = append(out.Parts, say(when))
	out.Parts = append(out.Parts, fullParts(v)...)
	out.Parts = append(out.Parts, link("Show, change or cancel it", s.AppointmentLink(ctx, v.ID)), say(deadlineWords(v.House)))
	return out
}

// whenWords is the time on both clocks, with its length.
func whenWords(v linked) string {
	return ui.WhenBoth(v.Start, v.Zone, v.House.Location()) + ", " + ui.Minutes(int(v.End.Sub(v.Start)/time.Minute))
}

// fullParts is what only somebody reads who wants messages to say what it is.
func fullParts(v linked) []part {
	if v.Client.Discretion != people.Full {
		return nil
	}
	parts := []part{say(whatWords(v) + ", " + v.House.Name + ". " + feeWords(v.Price))}
	words, href := v.where()
	if href != "" {
		return append(parts, link(words, href))
	}
	return append(parts, say(words))
}

// writeColleague tells a colleague that their calendar changed: when, and where
// to look. Who comes, and what they wrote, stays at the desk.
func (s *Service) writeColleague(ctx context.Context, subject db.ID, raw []byte) (*mail.Message, error) {
	body, err := read[appointmentLetter](raw)
	if err != nil {
		return nil, err
	}
	a, err := s.Calendar.Get(ctx, s.DB.Reader(), body.Appointment)
	if err != nil {
		return nil, err
	}
	p, err := s.People.Get(ctx, s.DB.Reader(), subject)
	if err != nil || p.Email() == "" || a.Sequence != body.Sequence && body.News != newsCancelled {
		return nil, err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	zone := zoneOr(p.Zone, house)
	offered := false
	if body.News == newsCancelled {
		if offered, err = s.offeredOn(ctx, body.Former); err != nil {
			return nil, err
		}
	}
	subjectLine, words := colleagueWords(body, a, zone, offered)
	return message(ctx, people.Person{Name: p.Name, Contact: p.Contact, Discretion: people.Neutral}, house, subjectLine, sheet{
		Hello: "Hello " + p.Name + ",",
		Parts: []part{say(words), link("Look at it on the desk", s.Base+"/desk/appointments/"+a.ID.String())},
	})
}

// colleagueWords says what happened. A time that goes along the waiting list
// is not called free: somebody may take it yet.
func colleagueWords(body appointmentLetter, a calendar.Appointment, zone *time.Location, offered bool) (subject, words string) {
	span := ui.Span(a.Start, a.End, zone) + " (" + ui.ZoneCity(zone.String()) + ")"
	switch body.News {
	case newsMoved:
		return "Changed: " + ui.When(a.Start, zone), "An appointment of yours that was on " + ui.When(body.Former, zone) + " is now on " + span + "."
	case newsCancelled:
		off := "Your appointment on " + ui.When(body.Former, zone) + " (" + ui.ZoneCity(zone.String()) + ") is off"
		if offered {
			return "Off: " + ui.When(body.Former, zone), off + ". The time goes along the waiting list first; if somebody takes it, you get a note."
		}
		return "Free again: " + ui.When(body.Former, zone), off + "; the time is yours again."
	}
	return "New: " + ui.When(a.Start, zone), "There is a new appointment in your calendar: " + span + "."
}
