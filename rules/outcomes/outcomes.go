// Package outcomes reckons what many people's answers say together, and keeps
// silent about groups that are too small to hide one person. It says how many
// were asked and how many answered, how values spread, and how they changed in
// those who answered twice, with a confidence interval; it never says why.
package outcomes

import (
	"math"
	"slices"

	"held/rules/checkins"
)

// Least is the smallest group that may ever be shown; a practice may ask for more.
const Least = 5

// Value is what one person was asked at one point. Score is nil where they did
// not answer, or where their answers came to no score.
type Value struct {
	Person string
	Point  checkins.Point
	Score  *float64
}

// Summary is one point of a course, over everybody.
type Summary struct {
	Point checkins.Point `json:"point"`
	// Hidden: fewer than the least answered, so nothing is said, not even how many.
	Hidden bool `json:"hidden,omitempty"`

	Asked    int     `json:"asked,omitempty"`
	Answered int     `json:"answered,omitempty"`
	Mean     float64 `json:"mean,omitempty"`
	SD       float64 `json:"sd,omitempty"` // sample standard deviation
	Lower    float64 `json:"lower_quartile,omitempty"`
	Median   float64 `json:"median,omitempty"`
	Upper    float64 `json:"upper_quartile,omitempty"`

	Change *Change `json:"change,omitempty"` // against the beginning; nil there, and where too few answered both
}

// Change is the mean difference within the same people, with its 95 %
// confidence interval by Student's t.
type Change struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Summaries reckons each point that anybody was asked at, in the order of a
// course. Of several values of one person at one point the last one counts. A
// least below Least is taken for Least.
func Summaries(values []Value, least int) []Summary {
	least = max(least, Least)
	by := grouped(values)
	var out []Summary
	for _, p := range checkins.Points {
		if all := by[p]; len(all) > 0 {
			out = append(out, summary(p, all, by[checkins.Start], least))
		}
	}
	return out
}

// grouped are the values that count, by point and person.
func grouped(values []Value) map[checkins.Point]map[string]*float64 {
	by := map[checkins.Point]map[string]*float64{}
	for _, v := range values {
		if by[v.Point] == nil {
			by[v.Point] = map[string]*float64{}
		}
		if v.Score != nil || by[v.Point][v.Person] == nil {
			by[v.Point][v.Person] = v.Score
		}
	}
	return by
}

func summary(p checkins.Point, all, start map[string]*float64, least int) Summary {
	s := Summary{Point: p, Asked: len(all)}
	var values, changes []float64
	for who, v := range all {
		if v == nil {
			continue
		}
		values = append(values, *v)
		if was := start[who]; p != checkins.Start && was != nil {
			changes = append(changes, *v-*was)
		}
	}
	if len(values) < least {
		return Summary{Point: p, Hidden: true}
	}
	slices.Sort(values)
	s.Answered, s.Mean, s.SD = len(values), mean(values), sd(values)
	s.Lower, s.Median, s.Upper = quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)
	if len(changes) >= least {
		slices.Sort(changes) // sums do not depend on the order of a map
		half := t975(len(changes)-1) * sd(changes) / math.Sqrt(float64(len(changes)))
		m := mean(changes)
		s.Change = &Change{N: len(changes), Mean: m, Low: m - half, High: m + half}
	}
	return s
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// sd is the sample standard deviation; nought of fewer than two.
func sd(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}

// quantile is read between neighbours, of sorted values.
func quantile(x []float64, q float64) float64 {
	at := q * float64(len(x)-1)
	i := int(at)
	if i+1 == len(x) {
		return x[i]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// student are the 97.5 % points of Student's t for 1 to 30 degrees of freedom.
var student = [...]float64{
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
	2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
}

// t975 is the 97.5 % point. Above 30 degrees it is that of the next smaller
// number of degrees in the usual tables: an interval is never too narrow.
func t975(df int) float64 {
	switch {
	case df < 1:
		return math.Inf(1)
	case df <= len(student):
		return student[df-1]
	case df < 40:
		return 2.042
	case df < 60:
		return 2.021
	case df < 120:
		return 2.000
	case df < 1000:
		return 1.980
	}
	return 1.962
}
