// Package ical writes one appointment as an iCalendar file (RFC 5545, and RFC
// 5546 for invitations). Whatever the words of an event are, they stay inside
// the property they were given for.
package ical

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"golang.org/x/net/idna"
)

// What a calendar file is for.
const (
	Request = "REQUEST" // an invitation, or a newer one in place of an older
	Cancel  = "CANCEL"  // takes an invitation back
	Publish = "PUBLISH" // a file to save; nobody is asked for an answer
)

// Event is one appointment.
type Event struct {
	UID                             string // the same through all changes
	Sequence                        int    // one higher with each change
	Method                          string // Request, Cancel or Publish
	Start, End, Stamp               time.Time
	Summary, Description            string
	Location, URL                   string
	OrganizerName, OrganizerAddress string
	AttendeeName, AttendeeAddress   string
	Cancelled                       bool
	Alarm                           time.Duration // before Start; zero for none
}

const maxText = 32 << 10 // bytes of all words together

// Write makes the file. It refuses an event that calendar programs would
// misread: no id, times out of order, an unknown method, a wrong address.
func Write(e Event) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	organizer, err := calAddress(e.OrganizerAddress)
	if err != nil {
		return nil, fmt.Errorf("organizer: %w", err)
	}
	cal := ics.NewCalendar()
	cal.SetProductId("-//Held//Held//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(ics.Method(e.Method))
	ev := cal.AddEvent(oneLine(e.UID))
	e.times(ev)
	e.words(ev)
	addPerson(ev, "ORGANIZER", e.OrganizerName, "", organizer)
	if e.Method != Publish { // RFC 5546: what is published names no attendee
		attendee, err := calAddress(e.AttendeeAddress)
		if err != nil {
			return nil, fmt.Errorf("attendee: %w", err)
		}
		addPerson(ev, "ATTENDEE", e.AttendeeName, ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", attendee)
	}
	e.alarm(ev)
	var out bytes.Buffer
	if err := cal.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (e Event) check() error {
	switch {
	case oneLine(e.UID) == "":
		return errors.New("an event needs a UID")
	case e.Method != Request && e.Method != Cancel && e.Method != Publish:
		return errors.New("an event's method is REQUEST, CANCEL or PUBLISH")
	case e.Method == Request && e.Cancelled:
		return errors.New("a cancelled event is sent with CANCEL")
	case e.Sequence < 0 || e.Alarm < 0:
		return errors.New("an event's sequence and alarm are not negative")
	case e.Stamp.IsZero() || e.Start.IsZero() || !e.End.After(e.Start):
		return errors.New("an event needs a stamp, a start and a later end")
	case !fourDigits(e.Start) || !fourDigits(e.End) || !fourDigits(e.Stamp):
		return errors.New("an event's times have years of four digits")
	case len(e.UID)+len(e.Summary)+len(e.Description)+len(e.Location)+len(e.OrganizerName)+len(e.AttendeeName)+len(e.URL) > maxText:
		return errors.New("an event's words are too long")
	}
	return checkURL(e.URL)
}

func fourDigits(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1000 && year <= 9999
}

func (e Event) times(ev *ics.VEvent) {
	ev.SetDtStampTime(e.Stamp)
	ev.SetStartAt(e.Start)
	ev.SetEndAt(e.End)
	ev.SetSequence(e.Sequence)
	status := ics.ObjectStatusConfirmed
	if e.Cancelled || e.Method == Cancel {
		status = ics.ObjectStatusCancelled
	}
	ev.SetStatus(status)
	ev.SetTimeTransparency(ics.TransparencyOpaque)
	ev.SetClass(ics.ClassificationPrivate)
}

func (e Event) words(ev *ics.VEvent) {
	for _, p := range []struct {
		name  ics.ComponentProperty
		value string
	}{
		{ics.ComponentPropertySummary, oneLine(e.Summary)},
		{ics.ComponentPropertyDescription, lines(e.Description)},
		{ics.ComponentPropertyLocation, oneLine(e.Location)},
		{ics.ComponentPropertyUrl, e.URL},
	} {
		if p.value != "" {
			ev.SetProperty(p.name, p.value)
		}
	}
}

// alarm is left out of a cancellation: nothing is to be reminded of.
func (e Event) alarm(ev *ics.VEvent) {
	if e.Alarm == 0 || e.Method == Cancel || e.Cancelled {
		return
	}
	trigger := fmt.Sprintf("-PT%dM", int64(e.Alarm/time.Minute))
	if e.Alarm%time.Minute != 0 {
		trigger = fmt.Sprintf("-PT%dS", int64(e.Alarm/time.Second))
	}
	text := oneLine(e.Summary)
	if text == "" {
		text = "Reminder" // RFC 5545 demands words for an alarm that is shown
	}
	a := ev.AddAlarm()
	a.SetAction(ics.ActionDisplay)
	a.SetProperty(ics.ComponentPropertyDescription, text)
	a.SetTrigger(trigger)
}

// addPerson writes the name into the property's own name, quoted. The library
// would put a backslash before each comma and apostrophe of a parameter, which
// RFC 5545 does not know, and calendars would show "O\'Brien".
func addPerson(ev *ics.VEvent, property, name, params, address string) {
	if name = quotable(name); name != "" {
		params = `;CN="` + name + `"` + params
	}
	ev.AddProperty(ics.ComponentProperty(property+params), address)
}

// calAddress is the address as a mailto URI. Letters that calendar programs
// compare as they stand (plus, apostrophe) stay; what a URI would read
// otherwise is percent-encoded.
func calAddress(s string) (string, error) {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || parsed.Name != "" {
		return "", errors.New("not a mail address")
	}
	local, domain, _ := strings.Cut(s, "@")
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || domain == "" {
		return "", errors.New("not a mail address")
	}
	var b strings.Builder
	b.WriteString("mailto:")
	for i := range len(local) {
		c := local[i]
		if c > '~' || c <= ' ' || strings.IndexByte("%?#^`{|}\"\\,;:<>@()[]", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String() + "@" + domain, nil
}

// checkURL lets through only web addresses without anything that could end a
// line; a URL is written as it stands.
func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return errors.New("an event's URL is a web address")
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return errors.New("an event's URL is written in plain characters")
		}
	}
	return nil
}
