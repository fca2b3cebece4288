package calendar

import (
	"context"
	"fmt"
	"net/http"
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
	"held/practice/trail"
	"held/rules/availability"
)

// weekView is the page of one week.
type weekView struct {
	Week             ui.Week
	Dates            string // "30 November – 6 December 2026, week 49"
	Zone             string // whose clock the page shows
	Other            string // that the person's own clock is another
	Prev, This, Next string
	People           []choiceLink
	Book, Away       string
	From, Person     string // for coming back here
	Empty            bool
	Edit             bool
	Said             string
}

// showWeek shows the week of a date, or this one.
func (s *Pages) showWeek(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	sheet, err := s.sheet(r, st)
	if err != nil {
		return err
	}
	if err := s.fill(ctx, sheet); err != nil {
		return err
	}
	if err := s.Trail.Listed(ctx, trail.WeekList); err != nil {
		return err
	}
	p, err := s.chrome(r, "Calendar")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, weekPage(p, sheet.view(r)))
}

// sheet is one week while it is drawn.
type sheet struct {
	zone   *time.Location
	now    time.Time
	monday time.Time   // as midnight in UTC
	days   []time.Time // where the seven dates begin and the last ends
	staff  []people.Card
	only   people.Card // zero: everybody
	edit   bool
	week   ui.Week
	lowest int // earliest and latest minute drawn
	utmost int

	open, taken []availability.Span
	who         map[availability.Span][]string // who can be booked then
	awayAt      string                         // the person's own zone, where its clock differs
}

// The hours that a week shows at least.
const (
	firstHour = 8
	lastHour  = 19
)

func (s *Pages) sheet(r *http.Request, st settings.Practice) (*sheet, error) {
	ctx, q := r.Context(), r.URL.Query()
	b := &sheet{zone: st.Location(), now: s.Now(), who: map[availability.Span][]string{}, lowest: firstHour * 60, utmost: lastHour * 60}
	b.edit = access.Can(ctx, access.Write, access.Resource{Class: access.Calendar})
	day := dateIn(b.now, b.zone)
	if from := q.Get("from"); from != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, from); err != nil || day.Year() < 2000 || day.Year() > 2200 {
			return nil, fault.New(fault.NotFound, "There is no such week. Dates are written as 2026-12-24.")
		}
	}
	b.monday = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	b.days = civilDays(b.monday, 7, b.zone)
	var err error
	if b.staff, err = s.colleagues(ctx); err != nil {
		return nil, err
	}
	if person := q.Get("person"); person != "" {
		var there bool
		if b.only, there = colleague(b.staff, idOf(person)); !there {
			return nil, errNobody
		}
	}
	b.week = ui.Week{Label: "Week of " + b.monday.Format("2 January")}
	for i := range 7 {
		date := b.monday.AddDate(0, 0, i)
		d := ui.WeekDay{Title: ui.Date(date, time.UTC), Date: date.Format(time.DateOnly), Note: clocksChange(b.days[i], b.days[i+1], b.zone)}
		d.Today = !b.now.Before(b.days[i]) && b.now.Before(b.days[i+1])
		b.week.Days = append(b.week.Days, d)
		if slices.Contains(st.Holidays, d.Date) {
			b.note(i, "Holiday")
		}
	}
	return b, nil
}

func (b *sheet) from() time.Time  { return b.days[0] }
func (b *sheet) until() time.Time { return b.days[7] }

// shows tells whether a person's time stands on this sheet.
func (b *sheet) shows(id db.ID) bool { return b.only.ID.IsZero() || b.only.ID == id }

// fill reads what the week holds and draws it.
func (s *Pages) fill(ctx context.Context, b *sheet) error {
	for _, c := range b.staff {
		if !b.shows(c.ID) {
			continue
		}
		if err := s.fillHours(ctx, b, c); err != nil {
			return err
		}
	}
	b.drawOpen()
	if err := s.fillAppointments(ctx, b); err != nil {
		return err
	}
	b.fillFree()
	b.week.From, b.week.To = b.lowest/60, (b.utmost+59)/60
	if b.edit {
		b.week.MoveForm = "move"
	}
	return nil
}

// fillHours draws when somebody can be booked, and when they are away.
func (s *Pages) fillHours(ctx context.Context, b *sheet, c people.Card) error {
	open, err := s.Calendar.Open(ctx, c.ID, b.from(), b.until())
	if err != nil {
		return err
	}
	for _, o := range open {
		b.who[o] = append(b.who[o], c.Name)
	}
	b.open = append(b.open, open...)
	away, err := s.Calendar.Aways(ctx, c.ID, b.from(), b.until())
	if err != nil {
		return err
	}
	for _, a := range away {
		b.drawAway(c, a)
	}
	if b.only.ID.IsZero() {
		return nil
	}
	hours, err := s.Calendar.Hours(ctx, c.ID)
	if err == nil {
		b.awayAt = otherClock(hours.Zone, b)
	}
	return err
}

// drawOpen draws the bookable hours, once where several people have the same.
func (b *sheet) drawOpen() {
	for o, names := range b.who {
		title := ""
		if b.only.ID.IsZero() {
			title = strings.Join(names, ", ") + " can be booked"
		}
		b.draw(ui.Slot{Kind: ui.Open, Title: title}, o.Start, o.End)
	}
}

// drawAway draws time away. Where several people share the sheet, a whole day
// away is a line under the date: it would take half of the day's width.
func (b *sheet) drawAway(c people.Card, a Away) {
	slot := ui.Slot{Kind: ui.Away, Title: c.Name, Sub: "Time away", Href: address("/desk/settings/hours", "person", c.ID.String()) + "#away"}
	if !b.only.ID.IsZero() {
		b.draw(slot, a.Start, a.End)
		return
	}
	for i := range b.week.Days {
		from, to := b.days[i], b.days[i+1]
		switch {
		case !a.Start.After(from) && !a.End.Before(to):
			b.note(i, c.Name+" is away")
		case a.Start.Before(to) && a.End.After(from):
			b.draw(slot, latest(a.Start, from), earliest(a.End, to))
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// note adds a word under a date.
func (b *sheet) note(day int, words string) {
	d := &b.week.Days[day]
	if d.Note != "" {
		words = d.Note + " · " + words
	}
	d.Note = words
}

// otherClock names a person's zone where its clock differs from the page's.
func otherClock(zone string, b *sheet) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	for _, at := range b.days {
		_, theirs := at.In(loc).Zone()
		if _, ours := at.In(b.zone).Zone(); theirs != ours {
			return ui.ZoneCity(zone)
		}
	}
	return ""
}

func (s *Pages) fillAppointments(ctx context.Context, b *sheet) error {
	all, err := s.Calendar.Between(ctx, b.from(), b.until())
	if err != nil {
		return err
	}
	var ids, whose []db.ID
	for _, a := range all {
		ids, whose = append(append(ids, a.Host), a.Seconds...), append(whose, a.Client)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return err
	}
	clients, err := s.People.ClientNames(ctx, whose...)
	if err != nil {
		return err
	}
	groups := map[db.ID][]Appointment{}
	for _, a := range all {
		if !b.shows(a.Host) && !slices.Contains(a.Seconds, b.only.ID) {
			continue
		}
		if !a.Group.IsZero() {
			groups[a.Group] = append(groups[a.Group], a)
			b.taken = append(b.taken, availability.Span{Start: a.Start, End: a.End})
			continue
		}
		b.taken = append(b.taken, availability.Span{Start: a.Start, End: a.End})
		sub := a.Name + " · " + whereWords(a.Where)
		if with := withWords(names, a, b.only.ID); with != "" {
			sub += " · with " + with
		}
		b.draw(ui.Slot{
			Kind: ui.Booked, Title: nameOf(clients, a.Client), Sub: sub, Href: "/desk/appointments/" + a.ID.String(),
			ID: a.ID.String(), Movable: b.edit && a.Start.After(b.now),
		}, a.Start, a.End)
	}
	return s.drawGroups(ctx, b, groups, names, clients)
}

// withWords names whoever holds an appointment and comes along to it, but for
// the one whose calendar is looked at.
func withWords(names map[db.ID]string, a Appointment, except db.ID) string {
	var with []string
	for _, id := range append([]db.ID{a.Host}, a.Seconds...) {
		if id != except {
			with = append(with, nameOf(names, id))
		}
	}
	return strings.Join(with, ", ")
}

// draw puts a stretch of time on the sheet, once for each date it touches, and
// lets the hours shown grow to it. A whole day away moves no edge.
func (b *sheet) draw(slot ui.Slot, start, end time.Time) {
	for _, p := range byDay(b.days, start, end, b.zone) {
		slot.Start, slot.End = p.start, p.end
		b.week.Days[p.day].Slots = append(b.week.Days[p.day].Slots, slot)
		if slot.Kind == ui.Away && (p.start == 0 || p.end == 24*60) {
			continue
		}
		b.lowest, b.utmost = min(b.lowest, p.start), max(b.utmost, p.end)
	}
}

// shortestFree is the shortest piece of a free hour that can be pressed.
const shortestFree = 3 // steps

// fillFree cuts the bookable hours to come, where nobody shown has an
// appointment, at full hours: places to press and to drop on.
func (b *sheet) fillFree() {
	if !b.edit {
		return
	}
	first, past := availability.Steps(b.from(), b.until())
	free := make([]bool, past-first)
	mark := func(all []availability.Span, value bool) {
		for _, x := range all {
			from, to := availability.Steps(x.Start, x.End)
			for n := max(from, first); n < min(to, past); n++ {
				free[n-first] = value
			}
		}
	}
	mark(b.open, true)
	mark(b.taken, false)
	mark([]availability.Span{{Start: b.from(), End: b.now}}, false)
	for n := first; n < past; n++ {
		begin := n
		for n < past && free[n-first] {
			n++
			if minuteOf(availability.StepStart(n), b.zone)%60 == 0 {
				break
			}
		}
		if n-begin >= shortestFree {
			b.drawFree(availability.StepStart(begin), availability.StepStart(n))
		}
		if n > begin {
			n-- // the loop goes on with the step at which this piece ended
		}
	}
}

func (b *sheet) drawFree(start, end time.Time) {
	value, person := start.Format(time.RFC3339), ""
	if !b.only.ID.IsZero() {
		person = b.only.ID.String()
	}
	b.draw(ui.Slot{Kind: ui.Free, StartValue: value, Href: address("/desk/week/book", "start", value, "host", person)}, start, end)
}

// view is the finished page.
func (b *sheet) view(r *http.Request) weekView {
	person := ""
	if !b.only.ID.IsZero() {
		person = b.only.ID.String()
	}
	at := func(monday time.Time, person string) string {
		return address("/desk/week", "from", monday.Format(time.DateOnly), "person", person)
	}
	_, number := b.monday.ISOWeek()
	sunday := b.monday.AddDate(0, 0, 6)
	v := weekView{
		Week: b.week, Zone: ui.ZoneCity(b.zone.String()), Edit: b.edit, From: b.monday.Format(time.DateOnly), Person: person,
		Dates: fmt.Sprintf("%s – %s, week %d", b.monday.Format("2 January"), sunday.Format("2 January 2006"), number),
		Prev:  at(b.monday.AddDate(0, 0, -7), person), Next: at(b.monday.AddDate(0, 0, 7), person),
		This: address("/desk/week", "person", person),
		Book: address("/desk/week/book", "host", person), Away: address("/desk/settings/hours", "person", person) + "#away",
		Empty: len(b.open) == 0 && len(b.taken) == 0, Said: saidWords(r),
	}
	if b.awayAt != "" {
		v.Other = b.only.Name + "’s hours are kept in " + b.awayAt + ". This page shows them on the clock of " + v.Zone + "."
	}
	v.People = []choiceLink{{ui.Link{Label: "Everybody", Href: at(b.monday, "")}, person == ""}}
	for _, c := range b.staff {
		v.People = append(v.People, choiceLink{ui.Link{Label: c.Name, Href: at(b.monday, c.ID.String())}, c.ID == b.only.ID})
	}
	return v
}

// said are the words after something was done, by the code in the address.
var said = map[string]string{
	"booked":    "The appointment is booked, and the messages about it are on their way.",
	"moved":     "The time is changed, and the messages about it are on their way.",
	"attended":  "Somebody else comes along, and the messages about it are on their way.",
	"cancelled": "The appointment is cancelled, and the messages about it are on their way. Its time goes first to whoever waits for one.",
	"saved":     "Saved.",
	"removed":   "Removed.",
}

func saidWords(r *http.Request) string { return said[r.URL.Query().Get("said")] }
