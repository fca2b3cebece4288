package availability_test

import (
	"testing"
	"time"

	. "held/rules/availability"
)

// A month across a clock change, two people and a room, eight bookings a day
// among the three, a start every quarter of an hour.
func BenchmarkAMonthWithThreeResources(b *testing.B) {
	from := at(b, "2026-03-10")
	host := everyDay(b, "Europe/Berlin", "09:00–12:30, 14:00–18:00")
	second := everyDay(b, "Europe/London", "08:30–16:00")
	host.Holidays = map[Date]bool{{2026, time.April, 3}: true, {2026, time.April, 6}: true}
	second.Away = []Span{{from.Add(100 * hour), from.Add(148 * hour)}}
	all := []Resource{{Hours: host}, {Hours: second}, {}}
	var booked []time.Time
	for d := range 31 {
		for i := range 8 {
			start := from.Add(time.Duration(d*24+8+i) * hour)
			r := &all[i%3]
			r.Busy = append(r.Busy, Span{start, start.Add(50 * time.Minute)})
			booked = append(booked, start)
		}
	}
	o := Offering{Length: 50 * time.Minute, Before: 10 * time.Minute, After: 10 * time.Minute,
		Notice: 24 * hour, HorizonDays: 60, PerDay: 9, Every: 15 * time.Minute}
	b.ReportAllocs()
	for b.Loop() {
		Free(o, all, booked, host.Zone, from, from, from.AddDate(0, 1, 0))
	}
}

func BenchmarkParseDay(b *testing.B) {
	for b.Loop() {
		if _, err := ParseDay("09:00–12:30, 14:00–18:00"); err != nil {
			b.Fatal(err)
		}
	}
}
