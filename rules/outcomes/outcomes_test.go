package outcomes

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"held/rules/checkins"
)

func at(p checkins.Point, scores ...float64) (out []Value) {
	for i, s := range scores {
		out = append(out, Value{Person: strconv.Itoa(i), Point: p, Score: &s})
	}
	return out
}

func TestASmallGroupIsNotSpokenOf(t *testing.T) {
	for _, s := range Summaries(append(at(checkins.Start, 10, 12, 14, 16), at(checkins.Month1, 8, 9, 10, 11, 12)...), 1) {
		if s.Point == checkins.Start && (!s.Hidden || s.Asked != 0 || s.Answered != 0) {
			t.Errorf("of four it says %+v", s)
		}
		if s.Point == checkins.Month1 && (s.Hidden || s.Answered != 5 || s.Change != nil) {
			t.Errorf("of five, four of whom answered twice, it says %+v", s)
		}
	}
	if s := Summaries(at(checkins.Start, 1, 2, 3, 4, 5, 6), 7); !s[0].Hidden {
		t.Error("a practice that asks for seven is shown six")
	}
}

func TestValuesAreSummedUpAsTheyAreByHand(t *testing.T) {
	values := append(at(checkins.Start, 10, 12, 14, 16, 18), at(checkins.Month3, 6, 11, 10, 13, 15)...)
	values = append(values, Value{Person: "silent", Point: checkins.Month3})
	s := Summaries(values, 5)[1]
	if s.Asked != 6 || s.Answered != 5 || s.Mean != 11 || s.Median != 11 || s.Lower != 10 || s.Upper != 13 {
		t.Errorf("summary: %+v", s)
	}
	// Differences -4 -1 -4 -3 -3: mean -3, sd sqrt(1.5), t(4) = 2.776.
	half := 2.776 * math.Sqrt(1.5) / math.Sqrt(5)
	if c := s.Change; c == nil || c.N != 5 || c.Mean != -3 || math.Abs(c.Low-(-3-half)) > 1e-9 || math.Abs(c.High-(-3+half)) > 1e-9 {
		t.Errorf("change: %+v", s.Change)
	}
}

func TestOnePersonCountsOnceAndTheOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1)) // #nosec G404 -- invented values
	values := append(at(checkins.Start, 10, 12, 14, 16, 18, 20, 22), at(checkins.Day7, 9, 11, 15, 13, 17, 21, 20)...)
	want := Summaries(values, 5)
	for range 50 {
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		got := Summaries(values, 5)
		if got[1].Mean != want[1].Mean || *got[1].Change != *want[1].Change {
			t.Fatalf("in another order: %+v, want %+v", got[1], want[1])
		}
	}
	later := 40.0
	twice := Summaries(append(at(checkins.Day7, 9, 11, 15, 13, 17), Value{"0", checkins.Day7, &later}), 5)
	if twice[0].Answered != 5 || twice[0].Upper != 17 {
		t.Errorf("who answered after two sessions counts twice: %+v", twice[0])
	}
}

func TestAnIntervalIsNeverNarrowerForFewerPeople(t *testing.T) {
	for df := 1; df < 1500; df++ {
		if t975(df) < t975(df+1) {
			t.Errorf("t of %d is below t of %d", df, df+1)
		}
	}
}
