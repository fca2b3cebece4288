package ui_test

import (
	"strings"
	"testing"
	"time"

	"held/internal/ui"
)

func in(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestATimeIsSaidToTwoPeople(t *testing.T) {
	four := time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC)
	for _, c := range []struct{ visitor, want string }{
		{"America/New_York", "Thursday 3 December, 16:00 (Lisbon) · 11:00 for you in New York"},
		{"Asia/Kolkata", "Thursday 3 December, 16:00 (Lisbon) · 21:30 for you in Kolkata"},
		{"Europe/London", "Thursday 3 December, 16:00 (Lisbon)"}, // the same clock, another name
		{"Pacific/Auckland", "Thursday 3 December, 16:00 (Lisbon) · Friday 4 December, 05:00 for you in Auckland"},
		{"Pacific/Kiritimati", "Thursday 3 December, 16:00 (Lisbon) · Friday 4 December, 06:00 for you in Kiritimati"},
	} {
		if got := ui.WhenBoth(four, in(t, c.visitor), in(t, "Europe/Lisbon")); got != c.want {
			t.Errorf("for %s:\n got %s\nwant %s", c.visitor, got, c.want)
		}
	}
	if got := ui.WhenBoth(four, nil, in(t, "Europe/Lisbon")); got != "Thursday 3 December, 16:00 (Lisbon)" {
		t.Errorf("without a zone of the visitor: %s", got)
	}
}

func TestWordsFollowATimeAtOnce(t *testing.T) {
	lisbon, four := in(t, "Europe/Lisbon"), time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC)
	for _, visitor := range []string{"Europe/Lisbon", "America/New_York"} {
		var b strings.Builder
		if err := ui.TimeBoth(four, in(t, visitor), lisbon).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), " </span>") || strings.HasSuffix(b.String(), " ") {
			t.Errorf("for %s a space stands before what follows: %s", visitor, b.String())
		}
	}
}

func TestLengthsAndSpansAreWords(t *testing.T) {
	for minutes, want := range map[int]string{1: "1 minute", 50: "50 minutes", 60: "1 hour", 80: "1 hour 20 minutes", 121: "2 hours 1 minute"} {
		if got := ui.Minutes(minutes); got != want {
			t.Errorf("%d minutes: %q, want %q", minutes, got, want)
		}
	}
	from := time.Date(2026, 12, 3, 23, 30, 0, 0, time.UTC)
	if got := ui.Span(from, from.Add(20*time.Minute), time.UTC); got != "Thursday 3 December, 23:30–23:50" {
		t.Error(got)
	}
	if got := ui.Span(from, from.Add(time.Hour), time.UTC); got != "Thursday 3 December, 23:30 to Friday 4 December, 00:30" {
		t.Error(got)
	}
}

func TestZonesCanAllBeLoaded(t *testing.T) {
	for _, name := range ui.Zones() {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	last := ""
	for _, o := range ui.ZoneOptions("Antarctica/Troll") {
		if o.Label <= last {
			t.Errorf("%q stands after %q", o.Label, last)
		}
		last = o.Label
	}
	if got := ui.ZoneCity("Asia/Calcutta"); got != "Kolkata" {
		t.Errorf("browsers still say Calcutta; the page says %q", got)
	}
	if got := ui.ZoneCity("America/Argentina/Buenos_Aires"); got != "Buenos Aires" {
		t.Error(got)
	}
}
