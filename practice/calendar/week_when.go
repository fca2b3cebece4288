package calendar

import (
	"context"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/rules/availability"
)

// whenForm is the part of a form in which staff choose a time: a date, its
// free times, or any other time of that date. Booking and moving share it.
type whenForm struct {
	Day, Clock string // as typed
	Start      string // what is chosen: an instant, otherTime, or nothing yet
	Shown      string // what the free times on the page were listed for
	Title      string
	Times      []ui.Option
	Zone       *time.Location
}

// inSight is how many times stand one under another; more are folded away.
const inSight = 16

// otherTime is the choice of a time that is not among the free ones.
const otherTime = "other"

// takeWhen reads what was typed, to be shown again.
func takeWhen(f *web.Form, zone *time.Location) whenForm {
	return whenForm{Day: f.Raw("day"), Clock: f.Raw("clock"), Start: f.Raw("start"), Shown: f.Raw("shown"), Zone: zone}
}

// beginWhen is the form before anything is typed: at an instant when one was
// pressed in the calendar, else on a date.
func beginWhen(start, day string, now time.Time, zone *time.Location) whenForm {
	w := whenForm{Day: day, Zone: zone}
	if at, err := time.Parse(time.RFC3339, start); err == nil {
		w.Start, w.Day = at.UTC().Format(time.RFC3339), at.In(zone).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, w.Day); err != nil {
		w.Day = now.In(zone).Format(time.DateOnly)
	}
	return w
}

// read gives the chosen instant. shown is what the times would be listed for
// now: when it is another than that of the page, the choice was made among
// times that do not belong to the date beside them.
func (w whenForm) read(f *web.Form, shown string) (at time.Time, twice bool) {
	chosen := w.Start
	if chosen == "" && strings.TrimSpace(w.Clock) != "" {
		chosen = otherTime
	}
	switch chosen {
	case "":
		f.Fail("start", "Please choose a time.")
	case otherTime:
		var ok bool
		if at, twice, ok = readCivil(f, "day", "clock", w.Zone); ok && at.Unix()%int64(availability.Step/time.Second) != 0 {
			f.Fail("clock", "Appointments begin at whole five minutes, as in 09:05.")
		}
	default:
		var err error
		if at, err = time.Parse(time.RFC3339, chosen); err != nil {
			f.Fail("start", "Please choose one of the times.")
		} else if w.Shown != "" && w.Shown != shown {
			f.Fail("start", "The date or what is booked was changed after these times were listed. They are listed anew; please choose again.")
		}
	}
	return at.UTC(), twice
}

// date is the date typed, when it can be read.
func (w whenForm) date() (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(w.Day))
	return day, err == nil && day.Year() >= 2000 && day.Year() <= 2200
}

// list offers the free times of the date.
func (w *whenForm) list(shown string, free func(from, to time.Time) ([]time.Time, error)) error {
	w.Shown, w.Times, w.Title = shown, nil, "Time"
	day, ok := w.date()
	if ok {
		bounds := civilDays(day, 1, w.Zone)
		times, err := free(bounds[0], bounds[1])
		if err != nil {
			return err
		}
		w.Title = "Time on " + ui.Date(day, time.UTC)
		for _, t := range times {
			w.offer(t, ui.Clock(t, w.Zone)+repeated(t, w.Zone), "")
		}
	}
	w.keepChosen()
	w.Times = append(w.Times, ui.Option{Value: otherTime, Label: "Another time on this date", Hint: "Written below. The practice itself is not bound by hours."})
	return nil
}

// nearest offers times on any date, because the chosen one is taken.
func (w *whenForm) nearest(times []time.Time) {
	w.Title, w.Times, w.Start = "The nearest free times", nil, ""
	for _, t := range times {
		w.offer(t, ui.When(t, w.Zone)+repeated(t, w.Zone), "")
	}
	w.Times = append(w.Times, ui.Option{Value: otherTime, Label: "Another time on the date above"})
}

func (w *whenForm) offer(t time.Time, label, hint string) {
	w.Times = append(w.Times, ui.Option{Value: t.UTC().Format(time.RFC3339), Label: label, Hint: hint})
}

// keepChosen adds an instant that was pressed in the calendar and that is not
// among the free times.
func (w *whenForm) keepChosen() {
	at, err := time.Parse(time.RFC3339, w.Start)
	if err != nil || slices.ContainsFunc(w.Times, func(o ui.Option) bool { return o.Value == w.Start }) {
		return
	}
	if at.In(w.Zone).Format(time.DateOnly) != strings.TrimSpace(w.Day) {
		w.Start = ""
		return
	}
	w.offer(at, ui.Clock(at, w.Zone)+repeated(at, w.Zone), "Not among the times that visitors are offered.")
	slices.SortFunc(w.Times, func(a, b ui.Option) int { return strings.Compare(a.Value, b.Value) })
}

// repeated tells the second of two equal times apart.
func repeated(t time.Time, zone *time.Location) string {
	l := t.In(zone)
	all, _ := civilInstants(time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC), zone)
	switch {
	case len(all) < 2:
		return ""
	case t.Equal(all[0]):
		return " (the first of two)"
	}
	return " (the second of two)"
}

// timesWith lists the free times of an offering, those with one of its hosts
// when one is named.
func (s *Pages) timesWith(ctx context.Context, o Offering, host db.ID) func(from, to time.Time) ([]time.Time, error) {
	return func(from, to time.Time) ([]time.Time, error) { return s.Calendar.TimesWith(ctx, o, host, from, to) }
}

// hint says why there is little to choose from.
func (w whenForm) hint() string {
	if len(w.Times) > 1 {
		return "On the clock of " + ui.ZoneCity(w.Zone.String()) + "."
	}
	return "No free time on this date. Another date, or any other time, can be chosen."
}
