package medicine

import (
	"encoding/json"
	"slices"
	"time"

	"held/rules/timeline"
)

// check tells why an entry cannot be kept; "" when it can. It refuses only what
// cannot be: whatever can, however unlikely, is kept.
func check(e timeline.Entry, now time.Time) string {
	switch {
	case len(e.Body) > MaxBody:
		return "This entry is longer than can be kept. Please write it in two."
	case e.Seq < 1, e.Taken.IsZero(), e.Entered.IsZero(), !slices.Contains(timeline.Kinds, e.Kind):
		return whyDamaged
	case e.Kind == timeline.Signed:
		return "A signature is given on the page of signing. This one was not kept."
	case outside(e.Taken, now) || outside(e.Entered, now):
		return "The device’s clock shows a year that cannot be. Please set it, and enter this again."
	}
	var body map[string]json.RawMessage
	if len(e.Body) > 0 && json.Unmarshal(e.Body, &body) != nil {
		return whyDamaged
	}
	return ""
}

// outside: no clock is off by years and right otherwise.
func outside(t, now time.Time) bool {
	const year = 366 * 24 * time.Hour
	return t.Before(now.Add(-10*year)) || t.After(now.Add(10*year))
}
