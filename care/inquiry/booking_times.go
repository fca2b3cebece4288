package inquiry

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/calendar"
)

// How many days a page shows, and how many may be asked for as JSON.
const (
	daysShown  = 14
	daysAsked  = 14 // when nothing is said
	daysAtMost = 62
)

// freeDay is the free times of one date, in the visitor's zone.
type freeDay struct {
	Date   time.Time // the first of them
	Starts []freeTime
}

// freeTime is one start as it is shown.
type freeTime struct {
	Start time.Time
	Clock string // "16:00", with its offset where the day has it twice
	There string // the practice's clock, where it differs
}

// value is how a start travels in a form.
func (t freeTime) value() string { return startValue(t.Start) }

// aloud is the rest of a time's name for the ears: its date, and the clock there.
func (t freeTime) aloud(d freeDay, house string) string {
	words := ui.Date(t.Start, d.Date.Location())
	if t.There != "" {
		words += ", " + t.There + " in " + house
	}
	return words
}

func startValue(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// byDay groups starts by their date in the visitor's zone.
func byDay(starts []time.Time, visitor, house *time.Location) []freeDay {
	var days []freeDay
	seen := map[string]int{} // how often a date has a clock: twice when clocks go back
	for _, t := range starts {
		seen[t.In(visitor).Format("2006-01-02 15:04")]++
	}
	for _, t := range starts {
		local := t.In(visitor)
		if n := len(days); n == 0 || !sameDate(days[n-1].Date, local) {
			days = append(days, freeDay{Date: local})
		}
		d := &days[len(days)-1]
		d.Starts = append(d.Starts, asFree(t, visitor, house, seen[local.Format("2006-01-02 15:04")] > 1))
	}
	return days
}

func asFree(t time.Time, visitor, house *time.Location, twice bool) freeTime {
	f := freeTime{Start: t, Clock: ui.Clock(t, visitor)}
	if twice {
		f.Clock += t.In(visitor).Format(" (UTC-07:00)")
	}
	if _, there := t.In(house).Zone(); there != offset(t, visitor) {
		f.There = ui.Clock(t, house)
		if !sameDate(t.In(house), t.In(visitor)) {
			f.There = t.In(house).Format("Mon 15:04")
		}
	}
	return f
}

func offset(t time.Time, loc *time.Location) int {
	_, o := t.In(loc).Zone()
	return o
}

func sameDate(a, b time.Time) bool {
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// midnight is the beginning of a date, so many days on.
func midnight(day time.Time, on int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+on, 0, 0, 0, 0, day.Location())
}

// dateOf reads a date of the visitor's; empty, and whatever has passed, is today.
func dateOf(text string, now time.Time, loc *time.Location) (time.Time, bool) {
	today := midnight(now.In(loc), 0)
	if text == "" {
		return today, true
	}
	day, err := time.ParseInLocation(time.DateOnly, text, loc)
	if err != nil || day.Year() > now.Year()+5 {
		return today, false
	}
	if day.Before(today) {
		return today, true
	}
	return day, true
}

type timesJSON struct {
	Zone  string     `json:"zone"`
	Times []spanJSON `json:"times"`
}

type spanJSON struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// bookTimes answers free times as JSON, whatever the caller says it accepts.
func (s *Service) bookTimes(w http.ResponseWriter, r *http.Request) error {
	out, err := s.timesAsked(r)
	if err != nil {
		e := fault.Of(err)
		if e.Kind == fault.Internal {
			return err
		}
		return web.JSON(w, r, e.Kind.Status(), map[string]string{"error": e.Sentence})
	}
	return web.JSON(w, r, http.StatusOK, out)
}

func (s *Service) timesAsked(r *http.Request) (timesJSON, error) {
	q := r.URL.Query()
	if token := q.Get("invitation"); token != "" {
		var err error
		if r, err = s.comeInvited(r, token); err != nil {
			return timesJSON{}, err
		}
	}
	ctx := r.Context()
	o, err := s.offeringAt(ctx, r.PathValue("offering"))
	if err != nil {
		return timesJSON{}, err
	}
	zone, loc, err := s.zoneAsked(ctx, q.Get("zone"))
	if err != nil {
		return timesJSON{}, err
	}
	from, ok := dateOf(q.Get("from"), s.Now(), loc)
	if !ok {
		return timesJSON{}, fault.New(fault.BadRequest, "This is not a date. Please give from as 2026-12-03.")
	}
	days := daysAsked
	if text := q.Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || days < 1 || days > daysAtMost {
			return timesJSON{}, fault.New(fault.BadRequest, "Please give days as a whole number from 1 to 62.")
		}
	}
	starts, err := s.Calendar.Times(ctx, o, from, midnight(from, days))
	if err != nil {
		return timesJSON{}, err
	}
	out := timesJSON{Zone: zone, Times: make([]spanJSON, len(starts))}
	for i, t := range starts {
		out.Times[i] = spanJSON{t.In(loc).Format(time.RFC3339), t.Add(o.Length).In(loc).Format(time.RFC3339)}
	}
	return out, nil
}

// zoneAsked reads a zone; none is the practice's own.
func (s *Service) zoneAsked(ctx context.Context, name string) (string, *time.Location, error) {
	if name == "" {
		st, err := s.Settings.Get(ctx)
		if err != nil {
			return "", nil, err
		}
		name = st.Zone
	}
	loc, ok := zoneOf(name)
	if !ok {
		return "", nil, errZone
	}
	return name, loc, nil
}

// firstFree finds the first free start at or after a time, zero when there is
// none within the horizon.
func (s *Service) firstFree(ctx context.Context, o calendar.Offering, from time.Time) (time.Time, error) {
	end := s.Now().AddDate(0, 0, horizon(o)+1)
	for from.Before(end) {
		to := from.AddDate(0, 0, 30)
		free, err := s.Calendar.Times(ctx, o, from, to)
		if err != nil {
			return time.Time{}, err
		}
		if len(free) > 0 {
			return free[0], nil
		}
		from = to
	}
	return time.Time{}, nil
}

// horizon is how many days ahead are looked through.
func horizon(o calendar.Offering) int {
	if o.HorizonDays > 0 {
		return min(o.HorizonDays, 366)
	}
	return 180
}
