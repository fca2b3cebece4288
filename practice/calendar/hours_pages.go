package calendar

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/rules/availability"
)

// hoursView is the page of when one person can be booked.
type hoursView struct {
	Who       people.Card
	People    []choiceLink
	Edit      bool
	Zone      string
	Week      [7]string // as typed, by time.Weekday
	Overrides []Override
	Aways     []awayLine
	Open      []openDay
	Override  Override // as typed
	Away      awayTyped
	Clock     *time.Location // the person's, as saved
	Said      string
	Twice     []string // which of two equal times was meant, once said
	twice     []time.Time
	Problems  map[string]string
}

// awayTyped is time away as it stands in the form.
type awayTyped struct{ FromDay, FromTime, ToDay, ToTime string }

// awayLine is one saved time away, and what is booked in it all the same.
type awayLine struct {
	Away
	Booked int
	Week   string
}

// openDay is one date with its open hours, as the week's rules make them.
type openDay struct {
	Date  time.Time // as midnight in UTC
	Hours string
	Note  string
}

// weekdays in the order in which a week is read.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func dayField(d time.Weekday) string { return fmt.Sprintf("day%d", d) }

var hoursOrder = []string{"zone", "day1", "day2", "day3", "day4", "day5", "day6", "day0", "date", "hours", "from_day", "from_time", "to_day", "to_time"}

const (
	// openShown is how many days show what the hours do.
	openShown = 14
	// hoursAhead is how far ahead changed dates and time away are listed.
	hoursAhead = 2 * 366
)

// href is the page of a person, at one of its parts, with what was done.
func (v hoursView) href(said, part string) string {
	q := url.Values{"person": {v.Who.ID.String()}, "said": {said}}
	for _, at := range v.twice {
		q.Add("twice", at.UTC().Format(time.RFC3339))
	}
	return "/desk/settings/hours?" + q.Encode() + part
}

func (s *Pages) showHours(w http.ResponseWriter, r *http.Request) error {
	v, err := s.hoursOf(r, idOf(r.URL.Query().Get("person")))
	if err != nil {
		return err
	}
	v.Said = saidWords(r)
	for _, edge := range r.URL.Query()["twice"] {
		if at, err := time.Parse(time.RFC3339, edge); err == nil && repeated(at, v.Clock) != "" {
			v.Twice = append(v.Twice, twiceWords(at, v.Clock))
		}
	}
	return s.hoursPage(w, r, http.StatusOK, v)
}

// hoursOf loads a person's hours; one's own when nobody is named.
func (s *Pages) hoursOf(r *http.Request, person db.ID) (v hoursView, err error) {
	ctx := r.Context()
	if person.IsZero() {
		person = access.From(ctx).Person
	}
	staff, err := s.colleagues(ctx)
	if err != nil {
		return v, err
	}
	var there bool
	if v.Who, there = colleague(staff, person); !there {
		return v, errNobody
	}
	h, err := s.Calendar.Hours(ctx, person)
	if err != nil {
		return v, err
	}
	v.Zone, v.Week = h.Zone, h.Week
	if v.Clock, err = time.LoadLocation(h.Zone); err != nil {
		return v, err
	}
	v.Edit = access.Can(ctx, access.Write, access.Resource{Class: access.Hours, Subject: person})
	for _, c := range staff {
		v.People = append(v.People, choiceLink{ui.Link{Label: c.Name, Href: address("/desk/settings/hours", "person", c.ID.String())}, c.ID == person})
	}
	return v, nil
}

// hoursPage adds what is saved beside the week, and the effect of all of it.
func (s *Pages) hoursPage(w http.ResponseWriter, r *http.Request, status int, v hoursView) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	days := civilDays(dateIn(s.Now(), v.Clock), openShown, v.Clock)
	today := dateIn(s.Now(), v.Clock)
	if v.Overrides, err = s.Calendar.Overrides(ctx, v.Who.ID, today.Format(time.DateOnly), today.AddDate(0, 0, hoursAhead).Format(time.DateOnly)); err != nil {
		return err
	}
	if err := s.listAways(ctx, &v, days[0], st.Location()); err != nil {
		return err
	}
	open, err := s.Calendar.Open(ctx, v.Who.ID, days[0], days[openShown])
	if err != nil {
		return err
	}
	v.Open = openDays(days, open, v, st)
	p, err := s.chrome(r, "Weekly hours")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, hoursPage(p, v))
}

// listAways lists time away that has not ended. What was booked before stays
// booked, so the page says how much that is.
func (s *Pages) listAways(ctx context.Context, v *hoursView, from time.Time, house *time.Location) error {
	all, err := s.Calendar.Aways(ctx, v.Who.ID, from, from.AddDate(0, 0, hoursAhead))
	if err != nil {
		return err
	}
	for _, a := range all {
		booked, err := s.Calendar.Between(ctx, a.Start, a.End)
		if err != nil {
			return err
		}
		booked = slices.DeleteFunc(booked, func(b Appointment) bool {
			return b.Host != v.Who.ID && !slices.Contains(b.Seconds, v.Who.ID)
		})
		line := awayLine{Away: a, Booked: len(booked)}
		if len(booked) > 0 {
			line.Week = address("/desk/week", "from", booked[0].Start.In(house).Format(time.DateOnly), "person", v.Who.ID.String())
		}
		v.Aways = append(v.Aways, line)
	}
	return nil
}

// words: whole days by their dates, everything else to the minute.
func (a awayLine) words(zone *time.Location) string {
	from, last := dateIn(a.Start, zone), dateIn(a.End.Add(-time.Nanosecond), zone)
	if !a.Start.Equal(civilDays(from, 1, zone)[0]) || !a.End.Equal(civilDays(last, 1, zone)[1]) {
		return ui.Span(a.Start, a.End, zone)
	}
	if from.Equal(last) {
		return ui.Date(from, time.UTC) + ", the whole day"
	}
	return ui.Date(from, time.UTC) + " to " + ui.Date(last, time.UTC) + ", whole days"
}

// openDays says for each date what its open hours are, and why they differ.
func openDays(days []time.Time, open []availability.Span, v hoursView, st settings.Practice) []openDay {
	hours := make([][]availability.Minutes, len(days)-1)
	for _, o := range open {
		for _, p := range byDay(days, o.Start, o.End, v.Clock) {
			hours[p.day] = append(hours[p.day], availability.Minutes{From: p.start, To: p.end})
		}
	}
	var out []openDay
	for i := range hours {
		d := openDay{Date: dateIn(days[i], v.Clock), Hours: availability.FormatDay(hours[i])}
		d.Note = dayNote(d.Date, days[i], days[i+1], v, st)
		out = append(out, d)
	}
	return out
}

func dayNote(date, begins, ends time.Time, v hoursView, st settings.Practice) string {
	var notes []string
	if slices.ContainsFunc(v.Overrides, func(o Override) bool { return o.Date == date.Format(time.DateOnly) }) {
		notes = append(notes, "Other hours on this date")
	} else if slices.Contains(st.Holidays, date.Format(time.DateOnly)) {
		notes = append(notes, "Holiday")
	}
	if slices.ContainsFunc(v.Aways, func(a awayLine) bool { return a.Start.Before(ends) && a.End.After(begins) }) {
		notes = append(notes, "Time away")
	}
	if change := clocksChange(begins, ends, v.Clock); change != "" {
		notes = append(notes, change)
	}
	return strings.Join(notes, ", ")
}

// changeHours reads whose hours a form is about, lets it be changed, and shows
// the page again when that is refused.
func (s *Pages) changeHours(w http.ResponseWriter, r *http.Request, said, part string, change func(f *web.Form, v *hoursView) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.hoursOf(r, idOf(f.Raw("person")))
	if err != nil {
		return err
	}
	if err := access.Check(r.Context(), access.Write, access.Resource{Class: access.Hours, Subject: v.Who.ID}); err != nil {
		return err
	}
	err = change(f, &v)
	if err == nil {
		err = f.Err()
	}
	if err == nil {
		return web.See(w, r, v.href(said, part))
	}
	e, ok := refused(err)
	if !ok {
		return err
	}
	v.Problems = e.Fields
	return s.hoursPage(w, r, e.Kind.Status(), v)
}

func (s *Pages) saveHours(w http.ResponseWriter, r *http.Request) error {
	return s.changeHours(w, r, "saved", "", func(f *web.Form, v *hoursView) error {
		v.Zone = f.Raw("zone")
		for _, d := range weekdays {
			v.Week[d] = f.Raw(dayField(d))
		}
		return s.Calendar.SaveHours(r.Context(), Hours{Person: v.Who.ID, Zone: v.Zone, Week: v.Week})
	})
}

func (s *Pages) saveOverride(w http.ResponseWriter, r *http.Request) error {
	return s.changeHours(w, r, "saved", "#override", func(f *web.Form, v *hoursView) error {
		v.Override = Override{Date: f.Raw("date"), Hours: f.Raw("hours")}
		day, ok := readDate(f, "date")
		f.Required("hours", "Please write the hours, or “closed”.")
		if !ok || f.Err() != nil {
			return f.Err()
		}
		return s.Calendar.SaveOverride(r.Context(), v.Who.ID, Override{Date: day.Format(time.DateOnly), Hours: v.Override.Hours})
	})
}

func (s *Pages) dropOverride(w http.ResponseWriter, r *http.Request) error {
	return s.changeHours(w, r, "removed", "#override", func(f *web.Form, v *hoursView) error {
		return gone(s.Calendar.DropOverride(r.Context(), v.Who.ID, f.Line("date", 20)))
	})
}

// gone: what somebody else has removed a moment ago is removed.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (s *Pages) addAway(w http.ResponseWriter, r *http.Request) error {
	return s.changeHours(w, r, "saved", "#away", func(f *web.Form, v *hoursView) error {
		v.Away = awayTyped{FromDay: f.Raw("from_day"), FromTime: f.Raw("from_time"), ToDay: f.Raw("to_day"), ToTime: f.Raw("to_time")}
		a := Away{Person: v.Who.ID, Start: v.readEdge(f, "from_day", "from_time", 0), End: v.readEdge(f, "to_day", "to_time", 1)}
		if err := f.Err(); err != nil {
			return err
		}
		_, err := s.Calendar.SaveAway(r.Context(), a)
		return atEdges(err)
	})
}

// readEdge reads where time away begins or ends. Without a time of day it is
// the date's own beginning, or, for the end, that of the date after.
func (v *hoursView) readEdge(f *web.Form, dayName, clockName string, next int) time.Time {
	if strings.TrimSpace(f.Raw(clockName)) != "" {
		at, twice, _ := readCivil(f, dayName, clockName, v.Clock)
		if twice {
			v.twice = append(v.twice, at)
		}
		return at
	}
	day, ok := readDate(f, dayName)
	if !ok {
		return day
	}
	return civilDays(day, 1, v.Clock)[next]
}

// atEdges moves what is said of the ends of time away to the fields typed.
func atEdges(err error) error {
	e, ok := refused(err)
	if !ok {
		return err
	}
	moved := fault.New(e.Kind, e.Sentence)
	for name, sentence := range e.Fields {
		switch name {
		case "start":
			name = "from_day"
		case "end":
			name = "to_day"
		}
		moved.AddField(name, sentence)
	}
	return moved
}

func (s *Pages) dropAway(w http.ResponseWriter, r *http.Request) error {
	return s.changeHours(w, r, "removed", "#away", func(f *web.Form, v *hoursView) error {
		return gone(s.Calendar.DropAway(r.Context(), v.Who.ID, idOf(f.Raw("away"))))
	})
}
