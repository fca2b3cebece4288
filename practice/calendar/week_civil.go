package calendar

import (
	"strings"
	"time"

	"held/internal/ui"
	"held/internal/web"
	"held/rules/availability"
)

// Civil time is what a person types: a date and a time of day, as the clock on
// a wall in one zone shows them. Twice a year such a time does not happen, or
// happens twice; nobody should find out by an appointment at another hour.

// civilInstants gives the instants at which clocks in zone show this date and
// time, the earlier first: none where a change skips it, two where one repeats
// it. after is where a skipped time would have been.
func civilInstants(wall time.Time, zone *time.Location) (all []time.Time, after time.Time) {
	seen := map[int]bool{}
	for h := -15; h <= 15; h++ { // no zone is further than fifteen hours from UTC
		_, offset := wall.Add(time.Duration(h) * time.Hour).In(zone).Zone()
		if seen[offset] {
			continue
		}
		seen[offset] = true
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.After(after) {
			after = at
		}
		if _, real := at.In(zone).Zone(); real != offset {
			continue
		}
		if len(all) > 0 && at.Before(all[0]) {
			all = append([]time.Time{at}, all...)
		} else {
			all = append(all, at)
		}
	}
	return all, after
}

// readDate reads a date field; the time is midnight in UTC, as a name of the day.
func readDate(f *web.Form, field string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, f.Line(field, 20))
	if err != nil || day.Year() < 2000 || day.Year() > 2200 {
		f.Fail(field, "Please write the date as 2026-12-24.")
		return day, false
	}
	return day, true
}

// readClock reads a time of day.
func readClock(f *web.Form, field string) (time.Duration, bool) {
	typed := strings.Replace(f.Line(field, 20), ".", ":", 1)
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
		}
	}
	f.Fail(field, "Please write the time of day as 09:30 or 16:00.")
	return 0, false
}

// readCivil reads a date and a time of day in zone. twice tells that the clock
// shows it twice that day and the earlier was taken. What does not happen is
// refused at the time's field.
func readCivil(f *web.Form, dateField, clockField string, zone *time.Location) (at time.Time, twice, ok bool) {
	day, dayOK := readDate(f, dateField)
	clock, clockOK := readClock(f, clockField)
	if !dayOK || !clockOK {
		return at, false, false
	}
	all, after := civilInstants(day.Add(clock), zone)
	if len(all) == 0 {
		f.Fail(clockField, "On "+ui.Date(day, time.UTC)+" the clocks in "+ui.ZoneCity(zone.String())+" go forward past "+
			ui.Clock(day.Add(clock), time.UTC)+", so this time does not happen. The next that does is "+ui.When(firstAfter(after, zone), zone)+".")
		return at, false, false
	}
	return all[0], len(all) > 1, true
}

// firstAfter is the instant at which the change that skipped a time ends; the
// latest reading of the skipped time lies behind it.
func firstAfter(after time.Time, zone *time.Location) time.Time {
	if start, _ := after.In(zone).ZoneBounds(); !start.IsZero() {
		return start
	}
	return after
}

// twiceWords says which of two equal times was meant.
func twiceWords(at time.Time, zone *time.Location) string {
	return "On " + ui.Date(at, zone) + " the clocks in " + ui.ZoneCity(zone.String()) + " go back and show " + ui.Clock(at, zone) +
		" twice. The earlier of the two was taken."
}

// civilDays gives the instants at which n dates in zone begin, from the date of
// day on, and that at which the last of them ends.
func civilDays(day time.Time, n int, zone *time.Location) []time.Time {
	y, m, d := day.Date()
	out := make([]time.Time, n+1)
	for i := range out {
		next := time.Date(y, m, d+i, 0, 0, 0, 0, time.UTC)
		out[i] = availability.StepStart(dayStart(availability.DateOf(next, time.UTC), zone))
	}
	return out
}

// dateIn is the date on a wall in zone, as midnight in UTC.
func dateIn(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// piece of a stretch of time on one date, in minutes of that date's clock.
type dayPiece struct{ day, start, end int }

// byDay cuts a stretch of time at the dates' ends. Where the clock goes back
// in between, the end may read earlier than the beginning; then the piece is as
// long as it lasts.
func byDay(days []time.Time, start, end time.Time, zone *time.Location) []dayPiece {
	var out []dayPiece
	for i := range len(days) - 1 {
		from, to := latest(start, days[i]), earliest(end, days[i+1])
		if !from.Before(to) {
			continue
		}
		p := dayPiece{day: i, start: minuteOf(from, zone), end: minuteOf(to, zone)}
		if to.Equal(days[i+1]) {
			p.end = 24 * 60
		}
		if p.end <= p.start {
			p.end = min(p.start+int(to.Sub(from)/time.Minute), 24*60)
		}
		out = append(out, p)
	}
	return out
}

func minuteOf(t time.Time, zone *time.Location) int {
	l := t.In(zone)
	return l.Hour()*60 + l.Minute()
}

// clocksChange says what the clocks do on a date, "" on an ordinary one.
func clocksChange(begins, ends time.Time, zone *time.Location) string {
	_, before := begins.In(zone).Zone()
	_, after := ends.In(zone).Zone()
	switch {
	case after > before:
		return "Clocks go forward"
	case after < before:
		return "Clocks go back"
	}
	return ""
}
