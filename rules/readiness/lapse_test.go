package readiness_test

import (
	"testing"
	"time"

	"held/rules/readiness"
)

func TestAConditionLapsesWhenItsEndComesBeforeTheSession(t *testing.T) {
	start := time.Date(2026, 12, 20, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		until time.Time
		want  bool
	}{
		"it has no end":                       {time.Time{}, false},
		"it ends long before":                 {start.AddDate(0, 0, -9), true},
		"it ends at the very instant":         {start, true},
		"it ends a moment after the start":    {start.Add(time.Microsecond), false},
		"it ended before anybody looked":      {start.AddDate(-1, 0, 0), true},
		"it ends with the day of the session": {start.Add(14 * time.Hour), false},
	} {
		for _, s := range []readiness.State{readiness.Met, readiness.Open} {
			if got := (readiness.Condition{State: s, Until: c.until}).Lapses(start); got != c.want {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}
