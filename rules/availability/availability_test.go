package availability_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "held/rules/availability"
)

// shown writes starts as the clock in a zone shows them: "09:00 09:30".
func shown(free []time.Time, zone *time.Location) string {
	out := make([]string, len(free))
	for i, f := range free {
		out[i] = f.In(zone).Format("15:04")
	}
	return strings.Join(out, " ")
}

const hour = time.Hour

func TestTheClockOnTheWallDecides(t *testing.T) {
	for _, c := range []struct {
		says, zone, hours string
		from, to          string // UTC unless an offset is given
		length, every     time.Duration
		want              string
	}{
		{"an ordinary Tuesday", "Europe/Berlin", "09:00–12:00, 14:00–15:00", "2026-03-10 00:00 +0100", "2026-03-11 00:00 +0100",
			hour, hour / 2, "09:00 09:30 10:00 10:30 11:00 14:00"},
		{"starts follow the opening, not the full hour", "Europe/Berlin", "09:10–11:00", "2026-03-10", "2026-03-11",
			hour / 2, hour / 2, "09:10 09:40 10:10"},
		{"an opening off the step begins its starts at the next step", "Europe/Berlin", "09:07–11:00", "2026-03-10", "2026-03-11",
			hour / 2, hour / 2, "09:10 09:40 10:10"},
		{"the hour that spring skips has no openings", "Europe/Berlin", "02:00–03:00", "2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200",
			hour / 2, hour / 2, ""},
		{"an opening across the skipped hour is an hour shorter", "Europe/Berlin", "01:00–05:00", "2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200",
			hour, hour / 2, "01:00 01:30 03:00 03:30 04:00"},
		{"the spring change does not move the grid", "Europe/Berlin", "00:30–05:00", "2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200",
			hour / 2, 45 * time.Minute, "00:30 01:15 03:30 04:15"},
		{"the hour that autumn repeats is two real hours", "America/New_York", "01:00–02:00", "2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500",
			hour, hour / 2, "01:00 01:30 01:00"},
		{"and a two-hour session fits into it", "America/New_York", "01:00–02:00", "2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500",
			2 * hour, hour / 2, "01:00"},
		{"half of the repeated hour is open twice, with a pause between", "America/New_York", "00:30–01:30", "2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500",
			hour / 2, hour / 2, "00:30 01:00 01:00"},
		{"Lord Howe changes by half an hour", "Australia/Lord_Howe", "01:00–03:00", "2026-10-04 00:00 +1030", "2026-10-05 00:00 +1100",
			hour / 2, hour / 2, "01:00 01:30 02:30"},
		{"Troll changes by two hours", "Antarctica/Troll", "00:00–04:00", "2026-03-29 00:00 +0000", "2026-03-30 00:00 +0200",
			hour, hour, "00:00 03:00"},
		{"Kathmandu is three quarters past", "Asia/Kathmandu", "09:00–11:00", "2026-03-10 03:15", "2026-03-10 12:00",
			hour, hour / 2, "09:00 09:30 10:00"},
		{"Chatham is three quarters past and changes at 02:45", "Pacific/Chatham", "02:00–04:45", "2026-09-27 00:00 +1245", "2026-09-28 00:00 +1345",
			hour / 2, hour / 4, "02:00 02:15 02:30 03:45 04:00 04:15"},
		{"Apia had no 30 December 2011", "Pacific/Apia", "09:00–10:00", "2011-12-29 00:00 -1000", "2012-01-01 00:00 +1400",
			hour, hour, "09:00 09:00"},
		{"Kiritimati is a day ahead of Honolulu", "Pacific/Kiritimati", "09:00–10:00", "2026-03-09 19:00", "2026-03-09 20:00",
			hour, hour, "09:00"},
		{"São Paulo's day without a midnight begins at one", "America/Sao_Paulo", "00:00–02:00", "2018-11-03 12:00 -0300", "2018-11-04 12:00 -0200",
			hour / 2, hour / 2, "01:00 01:30"},
		{"and the evening before joins it", "America/Sao_Paulo", "00:00–02:00, 23:00–24:00", "2018-11-03 12:00 -0300", "2018-11-04 12:00 -0200",
			2 * hour, hour / 2, "23:00"},
		{"Beirut's day without a midnight too", "Asia/Beirut", "00:00–03:00", "2026-03-28 12:00 +0200", "2026-03-29 12:00 +0300",
			hour, hour, "01:00 02:00"},
		{"a leap year has a 31 December", "America/New_York", "09:00–12:00", "2040-12-30 12:00 -0500", "2041-01-01 12:00 -0500",
			3 * hour, hour, "09:00 09:00"},
		{"until 24:00 joins from 00:00", "Europe/Berlin", "00:00–01:00, 23:00–24:00", "2026-03-10 12:00", "2026-03-11 12:00",
			hour, hour / 2, "23:00 23:30 00:00"},
		{"but each day's starts are counted from its own opening", "Europe/Berlin", "00:00–01:00, 22:50–24:00", "2026-03-10 12:00", "2026-03-11 12:00",
			hour / 2, hour / 2, "22:50 23:20 23:50 00:00 00:30"},
		{"a session longer than the opening does not fit", "Europe/Berlin", "09:00–12:00", "2026-03-10", "2026-03-11",
			4 * hour, hour / 2, ""},
		{"a range beginning inside an opening keeps its grid", "Europe/Berlin", "09:10–12:00", "2026-03-10 10:00 +0100", "2026-03-10 11:10 +0100",
			hour / 2, hour / 2, "10:10 10:40"},
		{"starts may be as near as a step", "Europe/Berlin", "09:00–09:30", "2026-03-10", "2026-03-11",
			20 * time.Minute, 0, "09:00 09:05 09:10"},
		{"a distance that is no whole step is made one", "Europe/Berlin", "09:00–09:30", "2026-03-10", "2026-03-11",
			10 * time.Minute, 7 * time.Minute, "09:00 09:10 09:20"},
	} {
		t.Run(c.says, func(t *testing.T) {
			h := everyDay(t, c.zone, c.hours)
			o := Offering{Length: c.length, Every: c.every}
			free := Free(o, []Resource{{Hours: h}}, nil, h.Zone, at(t, "2000-01-01"), at(t, c.from), at(t, c.to))
			if got := shown(free, h.Zone); got != c.want {
				t.Errorf("offered %q, want %q", got, c.want)
			}
		})
	}
}

// The rest is told about one Tuesday in Berlin, open 09:00–12:00.
func TestWhatTakesATimeAway(t *testing.T) {
	const open = "09:00 09:30 10:00 10:30 11:00"
	tuesday := Date{2026, time.March, 10}
	type practice struct {
		o      Offering
		hours  *Hours
		people []Resource // beside the host
		busy   []Span
		booked []time.Time
		now    time.Time
	}
	span := func(from, to string) Span {
		return Span{at(t, "2026-03-10 "+from+" +0100"), at(t, "2026-03-10 "+to+" +0100")}
	}
	for _, c := range []struct {
		says string
		set  func(*practice)
		want string
	}{
		{"nothing", func(*practice) {}, open},
		{"a booking", func(p *practice) { p.busy = []Span{span("10:00", "10:30")} }, "09:00 10:30 11:00"},
		{"bookings in any order, one over another", func(p *practice) {
			p.busy = []Span{span("11:30", "12:00"), span("09:00", "10:00"), span("09:10", "09:20")}
		}, "10:00 10:30"},
		{"a booking of one second takes its step", func(p *practice) {
			p.busy = []Span{{at(t, "2026-03-10 09:04:59 +0100"), at(t, "2026-03-10 09:05 +0100")}}
		},
			"09:30 10:00 10:30 11:00"},
		{"an empty booking takes nothing", func(p *practice) { p.busy = []Span{span("10:00", "10:00"), span("11:00", "10:00")} }, open},
		{"a buffer before must be free", func(p *practice) { p.o.Before = hour / 4; p.busy = []Span{span("08:00", "09:00")} }, "09:30 10:00 10:30 11:00"},
		{"a buffer after must be free", func(p *practice) { p.o.After = hour / 4; p.busy = []Span{span("12:00", "13:00")} }, "09:00 09:30 10:00 10:30"},
		{"buffers may lie outside hours", func(p *practice) { p.o.Before, p.o.After = hour, hour }, open},
		{"a length off the step claims the whole step", func(p *practice) { p.o.Length = 26 * time.Minute; p.busy = []Span{span("09:28", "09:29")} },
			"09:30 10:00 10:30 11:00 11:30"},
		{"time away", func(p *practice) { p.hours.Away = []Span{span("09:15", "10:15")} }, "10:30 11:00"},
		{"time away of a second", func(p *practice) {
			p.hours.Away = []Span{{at(t, "2026-03-10 09:59:59 +0100"), at(t, "2026-03-10 10:00 +0100")}}
		},
			"10:00 10:30 11:00"},
		{"time away until a moment past ten", func(p *practice) {
			p.hours.Away = []Span{{at(t, "2026-03-10 08:00 +0100"), at(t, "2026-03-10 10:00 +0100").Add(time.Millisecond)}}
		}, "10:30 11:00"},
		{"a buffer may reach into time away", func(p *practice) { p.o.After = hour / 2; p.hours.Away = []Span{span("11:00", "12:00")} }, "09:00 09:30 10:00"},
		{"a holiday", func(p *practice) { p.hours.Holidays = map[Date]bool{tuesday: true} }, ""},
		{"a day that is not a holiday after all", func(p *practice) { p.hours.Holidays = map[Date]bool{tuesday: false} }, open},
		{"a closed date", func(p *practice) { p.hours.Overrides = map[Date][]Minutes{tuesday: nil} }, ""},
		{"a changed date, even on a holiday", func(p *practice) {
			p.hours.Overrides = map[Date][]Minutes{tuesday: day(t, "20-22")}
			p.hours.Holidays = map[Date]bool{tuesday: true}
		}, "20:00 20:30 21:00"},
		{"another day's change", func(p *practice) { p.hours.Overrides = map[Date][]Minutes{{2026, time.March, 11}: nil} }, open},
		{"impossible openings are ignored", func(p *practice) {
			p.hours.Overrides = map[Date][]Minutes{tuesday: {{-60, 60}, {1400, 1500}, {700, 600}, {540, 600}}}
		}, "09:00"},
		{"overlapping openings are one, with the starts of both", func(p *practice) {
			p.o.Length = 50 * time.Minute
			p.hours.Overrides = map[Date][]Minutes{tuesday: {{550, 630}, {540, 600}}}
		}, "09:00 09:10 09:30 09:40"},
		{"notice", func(p *practice) { p.o.Notice = 24 * hour; p.now = at(t, "2026-03-09 10:00 +0100") }, "10:00 10:30 11:00"},
		{"notice to the second", func(p *practice) { p.o.Notice = 24 * hour; p.now = at(t, "2026-03-09 10:00:01 +0100") }, "10:30 11:00"},
		{"the past, whatever the notice", func(p *practice) { p.o.Notice = -hour; p.now = at(t, "2026-03-10 10:01 +0100") }, "10:30 11:00"},
		{"the horizon reaches to the end of its last day", func(p *practice) { p.o.HorizonDays = 1; p.now = at(t, "2026-03-09 00:00 +0100") }, open},
		{"and no further", func(p *practice) { p.o.HorizonDays = 1; p.now = at(t, "2026-03-08 23:59 +0100") }, ""},
		{"as many as one day may have", func(p *practice) {
			p.o.PerDay = 2
			p.booked = []time.Time{at(t, "2026-03-10 08:00"), at(t, "2026-03-10 20:00")}
		}, ""},
		{"one fewer than a day may have", func(p *practice) {
			p.o.PerDay = 2
			p.booked = []time.Time{at(t, "2026-03-10 08:00"), at(t, "2026-03-10 23:30") /* already the 11th in Berlin */}
		}, open},
		{"a room, when it is taken", func(p *practice) { p.people = []Resource{{Busy: []Span{span("08:00", "10:00")}}} }, "10:00 10:30 11:00"},
		{"a second person in another zone", func(p *practice) { p.people = []Resource{{Hours: everyDay(t, "America/New_York", "05:45–9:00")}} }, "11:00"},
		{"a second person elsewhere, whose hours are over", func(p *practice) { p.people = []Resource{{Hours: everyDay(t, "Asia/Kolkata", "09:00–15:30")}} },
			"09:00 09:30 10:00"},
	} {
		t.Run(c.says, func(t *testing.T) {
			h := everyDay(t, "Europe/Berlin", "09:00–12:00")
			p := &practice{o: Offering{Length: hour, Every: hour / 2}, hours: h, now: at(t, "2026-03-01")}
			c.set(p)
			all := append([]Resource{{Hours: h, Busy: p.busy}}, p.people...)
			free := Free(p.o, all, p.booked, h.Zone, p.now, at(t, "2026-03-10 00:00 +0100"), at(t, "2026-03-11 00:00 +0100"))
			if got := shown(free, h.Zone); got != c.want {
				t.Errorf("offered %q, want %q", got, c.want)
			}
		})
	}
}

func TestWithoutHoursTheGridCountsFromTheHostsMidnight(t *testing.T) {
	kathmandu := zone(t, "Asia/Kathmandu")
	free := Free(Offering{Length: hour, Every: 8 * hour}, []Resource{{}}, nil, kathmandu,
		at(t, "2026-01-01"), at(t, "2026-03-10"), at(t, "2026-03-11"))
	if got := shown(free, kathmandu); got != "08:00 16:00 00:00" {
		t.Errorf("offered %q", got)
	}
}

func TestNothingIsOfferedWhenNothingCanBe(t *testing.T) {
	h := everyDay(t, "Europe/Berlin", "00:00–24:00")
	now, later := at(t, "2026-03-10"), at(t, "2026-03-11")
	if got := Free(Offering{}, []Resource{{Hours: h}}, nil, nil, now, now, later); got != nil {
		t.Errorf("a session without length: %v", got)
	}
	if got := Free(Offering{Length: hour}, nil, nil, nil, now, now, later); got != nil {
		t.Errorf("a session with nobody: %v", got)
	}
	if got := Free(Offering{Length: hour}, []Resource{{Hours: h}}, nil, nil, now, later, now); got != nil {
		t.Errorf("a reversed range: %v", got)
	}
	if got := Free(Offering{Length: hour}, []Resource{{Hours: &Hours{}}}, nil, nil, now, now, later); got != nil {
		t.Errorf("a person without hours: %v", got)
	}
}

func TestAFarEndOfTheRangeCostsNothingWithinAHorizon(t *testing.T) {
	h := everyDay(t, "Europe/Berlin", "09:00–10:00")
	free := Free(Offering{Length: hour, HorizonDays: 2}, []Resource{{Hours: h}}, nil, h.Zone,
		at(t, "2026-03-10"), time.Time{}, time.Unix(1<<55, 0))
	if got := shown(free, h.Zone); got != "09:00 09:00 09:00" {
		t.Errorf("offered %q", got)
	}
}

func TestWhatIsHandedInStaysAsItWas(t *testing.T) {
	a, b, c := at(t, "2026-03-10 10:00"), at(t, "2026-03-10 11:00"), at(t, "2026-03-10 12:00")
	busy, away := []Span{{b, c}, {a, b}}, []Span{{b, c}, {a, b}}
	h := everyDay(t, "UTC", "09:00–17:00")
	h.Away = away
	Free(Offering{Length: hour}, []Resource{{Hours: h, Busy: busy}}, nil, nil, at(t, "2026-03-10"), at(t, "2026-03-10"), at(t, "2026-03-11"))
	want := []Span{{b, c}, {a, b}}
	if !slices.Equal(busy, want) || !slices.Equal(away, want) {
		t.Error("the caller's lists were changed")
	}
}

func TestACalendarDrawsJoinedHoursWithoutTimeAway(t *testing.T) {
	h := everyDay(t, "Europe/Berlin", "00:00–01:00, 23:00–24:00")
	h.Away = []Span{{at(t, "2026-03-10 23:30"), at(t, "2026-03-10 23:45")}}
	got := h.Open(at(t, "2026-03-10 12:00"), at(t, "2026-03-11 12:00"))
	want := []Span{{at(t, "2026-03-10 22:00"), at(t, "2026-03-10 23:30")}, {at(t, "2026-03-10 23:45"), at(t, "2026-03-11 00:00")}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStepsRoundOutward(t *testing.T) {
	for _, c := range []struct {
		from, to    string
		first, past int64
	}{
		{"1970-01-01 00:00", "1970-01-01 00:05", 0, 1},
		{"1970-01-01 00:04", "1970-01-01 00:06", 0, 2},
		{"1970-01-01 00:05:00 +0000", "1970-01-01 00:10:01 +0000", 1, 3},
		{"1969-12-31 23:59", "1970-01-01 00:01", -1, 1},
		{"1970-01-01 00:07", "1970-01-01 00:07", 1, 1},
		{"1970-01-01 01:00", "1970-01-01 00:07", 12, 12},
	} {
		if first, past := Steps(at(t, c.from), at(t, c.to)); first != c.first || past != c.past {
			t.Errorf("%s until %s is steps %d until %d, want %d until %d", c.from, c.to, first, past, c.first, c.past)
		}
	}
	start := at(t, "1970-01-01")
	if _, past := Steps(start, start.Add(Step+1)); past != 2 {
		t.Errorf("a nanosecond more than a step touches %d steps, want 2", past)
	}
	if s := StepOf(start.Add(-1)); s != -1 || !StepStart(s).Equal(start.Add(-Step)) {
		t.Errorf("the step before 1970 is %d at %v", s, StepStart(s))
	}
}

func TestAClaimIsTheAppointmentWithItsBuffers(t *testing.T) {
	start := at(t, "2026-03-10 10:00")
	got := Offering{Length: hour, Before: hour / 4, After: hour / 2}.Claim(start)
	if want := (Span{at(t, "2026-03-10 09:45"), at(t, "2026-03-10 11:30")}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheNearestFreeTimesAreOfferedInOrder(t *testing.T) {
	utc := time.UTC
	var free []time.Time
	for _, s := range []string{"09:00", "09:30", "11:00", "14:00"} {
		free = append(free, at(t, "2026-03-10 "+s))
	}
	for _, c := range []struct {
		wanted string
		n      int
		want   string
	}{
		{"10:00", 1, "09:30"},
		{"10:15", 1, "11:00"}, // as near as 09:30: the later one
		{"10:00", 2, "09:30 11:00"},
		{"10:00", 3, "09:00 09:30 11:00"},
		{"09:30", 1, "09:30"},
		{"20:00", 2, "11:00 14:00"},
		{"01:00", 2, "09:00 09:30"},
		{"10:00", 9, "09:00 09:30 11:00 14:00"},
		{"10:00", 0, ""},
		{"10:00", -1, ""},
	} {
		if got := shown(Nearest(free, at(t, "2026-03-10 "+c.wanted), c.n), utc); got != c.want {
			t.Errorf("the %d nearest to %s are %q, want %q", c.n, c.wanted, got, c.want)
		}
	}
	_ = append(Nearest(free, free[0], 1), time.Time{})
	if got := shown(free, utc); got != "09:00 09:30 11:00 14:00" {
		t.Errorf("adding to the nearest changed the free times to %q", got)
	}
	if got := Nearest(nil, free[0], 3); len(got) != 0 {
		t.Errorf("near nothing: %v", got)
	}
}
