package ui

import (
	"fmt"
	"time"
)

// The one way Held writes times. Pages and mails use the same sentences.

// When is a time in words: "Thursday 3 December, 16:00".
func When(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("Monday 2 January, 15:04")
}

// Date is a day in words: "Thursday 3 December".
func Date(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("Monday 2 January")
}

// DateYear is a day that may be of another year: "3 December 2026".
func DateYear(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2 January 2006")
}

// Clock is the time of day: "16:00".
func Clock(t time.Time, loc *time.Location) string { return t.In(loc).Format("15:04") }

// Span is a stretch of time in words: "Thursday 3 December, 16:00–16:50".
func Span(from, until time.Time, loc *time.Location) string {
	if sameDay(from, loc, until, loc) {
		return When(from, loc) + "–" + Clock(until, loc)
	}
	return When(from, loc) + " to " + When(until, loc)
}

// Minutes is a length in words: "50 minutes", "1 hour", "1 hour 20 minutes".
func Minutes(n int) string {
	h, m := n/60, n%60
	switch {
	case h == 0:
		return count(m, "minute")
	case m == 0:
		return count(h, "hour")
	}
	return count(h, "hour") + " " + count(m, "minute")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// WhenBoth is a time for two people in two zones, the practice's first:
// "Thursday 3 December, 16:00 (Lisbon) · 11:00 for you in New York". Where both
// clocks show the same, one time is enough; where the visitor's day is another,
// it is named.
func WhenBoth(t time.Time, visitor, practice *time.Location) string {
	p, v, differ := both(t, visitor, practice)
	if !differ {
		return p
	}
	return p + " · " + v
}

// both gives the two halves of WhenBoth.
func both(t time.Time, visitor, practice *time.Location) (p, v string, differ bool) {
	p = When(t, practice) + " (" + ZoneCity(practice.String()) + ")"
	if visitor == nil || sameClock(t, visitor, practice) {
		return p, "", false
	}
	v = Clock(t, visitor)
	if !sameDay(t, visitor, t, practice) {
		v = When(t, visitor)
	}
	return p, v + " for you in " + ZoneCity(visitor.String()), true
}

// sameClock compares offsets and not names: Lisbon and London read alike.
func sameClock(t time.Time, a, b *time.Location) bool {
	_, x := t.In(a).Zone()
	_, y := t.In(b).Zone()
	return x == y
}

func sameDay(t time.Time, a *time.Location, u time.Time, b *time.Location) bool {
	y1, m1, d1 := t.In(a).Date()
	y2, m2, d2 := u.In(b).Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// machine is the time for <time datetime>.
func machine(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("2006-01-02T15:04-07:00")
}
