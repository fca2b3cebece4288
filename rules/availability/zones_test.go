package availability_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	. "held/rules/availability"
)

// oddZones have, among ordinary ones, every oddity that civil time has shown:
// half and quarter hours, changes of half an hour and of two, skipped dates and
// midnights, changes at midnight or a minute after, two changes in a month.
var oddZones = []string{
	"UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow",
	"America/New_York", "America/Los_Angeles", "America/Phoenix", "America/St_Johns", "America/Havana",
	"America/Sao_Paulo", "America/Asuncion", "America/Santiago", "America/Caracas", "America/Nuuk",
	"America/Scoresbysund", "America/Mexico_City", "America/Toronto", "America/Juneau",
	"Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Beirut", "Asia/Gaza", "Asia/Amman",
	"Asia/Damascus", "Asia/Pyongyang", "Asia/Tokyo", "Asia/Yangon", "Asia/Kabul", "Asia/Manila",
	"Africa/Casablanca", "Africa/Cairo", "Africa/Juba", "Africa/Sao_Tome",
	"Australia/Lord_Howe", "Australia/Adelaide", "Australia/Eucla", "Antarctica/Troll", "Antarctica/Casey",
	"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Fakaofo", "Pacific/Chatham",
	"Pacific/Auckland", "Pacific/Pago_Pago", "Pacific/Marquesas", "Pacific/Norfolk", "Pacific/Easter",
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// day reads hours as a person writes them.
func day(t testing.TB, s string) []Minutes {
	t.Helper()
	m, err := ParseDay(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return m
}

// everyDay makes hours that are the same all week.
func everyDay(t testing.TB, zoneName, s string) *Hours {
	t.Helper()
	h := &Hours{Zone: zone(t, zoneName)}
	for d := range h.Week {
		h.Week[d] = day(t, s)
	}
	return h
}

// at reads an instant: with its offset, or in UTC.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02 15:04:05 -0700", "2006-01-02 15:04 -0700", "2006-01-02 15:04", "2006-01-02"} {
		if got, err := time.Parse(layout, s); err == nil {
			return got
		}
	}
	t.Fatalf("not a time: %q", s)
	return time.Time{}
}
