package calendar

import (
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

// TestCivilTimesAreThoseThatTheClockShows compares with looking at the clock
// every minute of three days, around changes of every odd kind.
func TestCivilTimesAreThoseThatTheClockShows(t *testing.T) {
	for _, c := range []struct{ zone, day string }{
		{"Europe/Lisbon", "2026-03-29"}, {"Europe/Lisbon", "2026-10-25"}, {"America/New_York", "2026-11-01"},
		{"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"}, // half an hour
		{"Asia/Beirut", "2026-03-29"}, {"Africa/Cairo", "2026-04-24"}, // no midnight
		{"America/Havana", "2026-11-01"},                                     // midnight twice
		{"Pacific/Apia", "2011-12-30"}, {"Pacific/Kiritimati", "1994-12-31"}, // no such date
		{"America/Nuuk", "2026-03-28"}, {"Asia/Kathmandu", "2026-06-01"}, {"Antarctica/Troll", "2026-03-29"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string][]time.Time{}
		for at := day.Add(-36 * time.Hour); at.Before(day.Add(60 * time.Hour)); at = at.Add(time.Minute) {
			clock := at.In(zone).Format("2006-01-02 15:04")
			seen[clock] = append(seen[clock], at)
		}
		for wall := day; wall.Before(day.AddDate(0, 0, 1)); wall = wall.Add(5 * time.Minute) {
			got, after := civilInstants(wall, zone)
			want := seen[wall.Format("2006-01-02 15:04")]
			if len(got) != len(want) {
				t.Fatalf("%s in %s: %v, want %v", wall.Format(time.DateTime), c.zone, got, want)
			}
			for i := range got {
				if !got[i].Equal(want[i]) {
					t.Fatalf("%s in %s: %v, want %v", wall.Format(time.DateTime), c.zone, got, want)
				}
			}
			if next := firstAfter(after, zone).In(zone); len(got) == 0 && !time.Date(next.Year(), next.Month(), next.Day(), next.Hour(), next.Minute(), 0, 0, time.UTC).After(wall) {
				t.Fatalf("%s in %s is skipped, and the next is said to be %v", wall.Format(time.DateTime), c.zone, next)
			}
		}
	}
}

func TestADateBeginsWhereItsClockBegins(t *testing.T) {
	for _, c := range []struct{ zone, day, begins string }{
		{"Europe/Lisbon", "2026-03-29", "2026-03-29T00:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"}, // at one o'clock
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := civilDays(day, 1, zone)[0].UTC().Format(time.RFC3339); got != c.begins {
			t.Errorf("%s begins in %s at %s, want %s", c.day, c.zone, got, c.begins)
		}
	}
}
