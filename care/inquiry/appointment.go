package inquiry

import (
	"context"
	"net/url"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ical"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
	"held/practice/settings"
)

// linkLasts is how long after its end an appointment's link still opens.
const linkLasts = 14 * 24 * time.Hour

var (
	errNoLink = fault.New(fault.NotFound, "This link is not complete, or not one of ours. Please open it again from the letter, or copy all of it.")
	errOld    = fault.New(fault.Gone, "This appointment was a while ago, so its link has closed. If you need something from us, please write or call.")
)

// appointmentToken is the signed word in an appointment's link.
func (s *Service) appointmentToken(ctx context.Context, id db.ID) string {
	return s.Vault.Token(access.From(ctx).Practice, "appointment", id[:])
}

// AppointmentLink is the address that shows, changes and cancels one
// appointment. Whoever holds it may: give it to its client only.
func (s *Service) AppointmentLink(ctx context.Context, id db.ID) string {
	return s.Base + "/appointments/" + s.appointmentToken(ctx, id)
}

// linked is an appointment as its link's holder sees it.
type linked struct {
	calendar.Appointment
	Token    string
	Client   people.Person
	Offering calendar.Offering // zero when it is not there any more
	House    settings.Practice
	Zone     *time.Location // the client's
}

// byLink opens an appointment's link. The context it gives is that of the
// link's holder; everything that follows is asked of the policy under it.
func (s *Service) byLink(ctx context.Context, token string) (context.Context, linked, error) {
	v := linked{Token: token}
	id, ok := s.idIn(ctx, "appointment", token)
	if !ok {
		return ctx, v, errNoLink
	}
	a, err := s.Calendar.Get(s.system(ctx), s.DB.Reader(), id)
	if err != nil {
		return ctx, v, err
	}
	if s.Now().After(a.End.Add(linkLasts)) {
		return ctx, v, errOld
	}
	ctx = access.Holder(ctx, a.Client)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar, Subject: a.Client}); err != nil {
		return ctx, v, err
	}
	v, err = s.around(ctx, a)
	v.Token = token
	return ctx, v, err
}

// around gathers what an appointment's page and letters need.
func (s *Service) around(ctx context.Context, a calendar.Appointment) (v linked, err error) {
	v.Appointment = a
	if v.House, err = s.Settings.Get(ctx); err != nil {
		return v, err
	}
	if v.Client, err = s.People.Get(ctx, s.DB.Reader(), a.Client); err != nil {
		return v, err
	}
	o, err := s.Calendar.Offering(ctx, a.Offering)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return v, err
	}
	v.Offering = o
	v.Zone = zoneOr(a.Zone, v.House)
	return v, nil
}

// idIn opens a signed word that holds one id.
func (s *Service) idIn(ctx context.Context, purpose, token string) (id db.ID, ok bool) {
	msg, ok := s.Vault.ParseToken(access.From(ctx).Practice, purpose, token)
	if !ok || len(msg) != len(id) {
		return id, false
	}
	copy(id[:], msg)
	return id, true
}

// MoveAppointment changes the time by the appointment's link.
func (s *Service) MoveAppointment(ctx context.Context, v calendar.Appointment, o calendar.Offering, start time.Time) (a calendar.Appointment, err error) {
	if err := s.sits(ctx, o, v.Client, start); err != nil {
		return a, err
	}
	err = s.Calendar.Write(ctx, func(tx *db.Tx) error {
		a, err = s.Calendar.Move(ctx, tx, v.ID, start, false)
		return err
	})
	return a, err
}

// CancelAppointment cancels by the appointment's link.
func (s *Service) CancelAppointment(ctx context.Context, id db.ID) error {
	return s.Calendar.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Calendar.Cancel(ctx, tx, id, "client")
		return err
	})
}

// where is where to be, in words, and the address that goes with it.
func (v linked) where() (words, href string) {
	switch v.Where {
	case calendar.ByVideo:
		return "By video", v.Offering.VideoLink
	case calendar.ByPhone:
		if v.Client.Email() == "" {
			return "By phone: we call you on the number you left", ""
		}
		if v.House.Phone != "" {
			return "By phone: please call us on " + v.House.Phone, ""
		}
		return "By phone", ""
	}
	if v.House.Address != "" {
		return v.House.Address, ""
	}
	return "In the room", ""
}

// reach says whom to turn to when a link cannot help any more.
func reach(house settings.Practice) string {
	switch {
	case house.Phone != "" && house.Email != "":
		return "Please call " + house.Phone + " or write to " + house.Email + "; we will find a way."
	case house.Phone != "":
		return "Please call " + house.Phone + "; we will find a way."
	}
	return "Please write to " + house.Email + "; we will find a way."
}

// host is the right side of calendar ids: the public address's own.
func (s *Service) host() string {
	u, err := url.Parse(s.Base)
	if err != nil || u.Hostname() == "" {
		return "held.invalid"
	}
	return u.Hostname()
}

// event is the appointment as a calendar file tells it: as little as the
// client wants said.
func (s *Service) event(ctx context.Context, v linked, method string) ical.Event {
	link := s.AppointmentLink(ctx, v.ID)
	e := ical.Event{
		UID: v.ID.String() + "@" + s.host(), Sequence: v.Sequence, Method: method,
		Start: v.Start, End: v.End, Stamp: v.Changed, Summary: v.House.EntryTitle(),
		Description: "Show, change or cancel it: " + link, URL: link,
		OrganizerName: v.House.Sender, OrganizerAddress: v.House.Email,
		AttendeeName: v.Client.Name, AttendeeAddress: v.Client.Email(),
		Cancelled: v.State == calendar.Cancelled,
	}
	if v.Client.Discretion == people.Full {
		words, href := v.where()
		e.Summary, e.OrganizerName, e.Location = v.Name+" · "+v.House.Name, v.House.Name, words
		if in := v.InGroup(); in != "" { // that it is one, and never who is in it
			e.Description = whatWords(v) + ". " + e.Description
		}
		if href != "" {
			e.Location = href
		}
	}
	return e
}
