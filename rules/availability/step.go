package availability

import (
	"math"
	"time"
)

// Step is the smallest piece of time that can be claimed.
const Step = 5 * time.Minute

const (
	stepSeconds = int64(Step / time.Second)
	daySeconds  = 24 * 60 * 60
	dayMinutes  = 24 * 60
	forever     = math.MaxInt64
)

// StepOf is the number of the step in which an instant lies: Unix seconds / 300,
// downward.
func StepOf(t time.Time) int64 { return floorDiv(t.Unix(), stepSeconds) }

// StepStart is the instant at which a step begins.
func StepStart(step int64) time.Time { return time.Unix(step*stepSeconds, 0).UTC() }

// Steps are the numbers of all steps that the time from start to end touches:
// first ≤ n < past. Both ends are rounded outward; an empty or reversed time
// touches none (first == past).
func Steps(start, end time.Time) (first, past int64) {
	first = StepOf(start)
	if !start.Before(end) {
		return first, first
	}
	return first, -floorDiv(-ceilSecond(end), stepSeconds)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ceilSecond is the first whole second not before t.
func ceilSecond(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

func ceilSeconds(d time.Duration) int64 {
	return -floorDiv(-int64(d), int64(time.Second))
}

// stepsUp makes a distance of starts a whole number of steps, in seconds.
func stepsUp(d time.Duration) int64 {
	return max(1, -floorDiv(-int64(d), int64(Step))) * stepSeconds
}
