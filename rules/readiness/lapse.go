package readiness

import "time"

// Lapses tells whether a condition ends by itself before an instant, whatever
// anybody does or leaves undone. What was refused, or never was, does not lapse:
// it has no end of its own.
func (c Condition) Lapses(before time.Time) bool {
	return !c.Until.IsZero() && !c.Until.After(before)
}
