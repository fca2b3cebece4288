package outcomes

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"held/rules/checkins"
)

// reported is everything that an attacker may see: the summaries of one report.
func reported(values []Value, least int) map[checkins.Point]Summary {
	out := map[checkins.Point]Summary{}
	for _, s := range Summaries(values, least) {
		out[s.Point] = s
	}
	return out
}

// crowd are people who were asked at points, some of whom answered.
func crowd(r *rand.Rand, n int) (out []Value) {
	for who := range n {
		for _, p := range checkins.Points {
			if r.Float64() < 0.3 {
				continue
			}
			v := Value{Person: fmt.Sprint(who), Point: p}
			if r.Float64() < 0.8 {
				score := float64(r.IntN(28))
				v.Score = &score
			}
			out = append(out, v)
		}
	}
	return out
}

func answeredAt(values []Value, p checkins.Point) int {
	who := map[string]bool{}
	for _, v := range values {
		if v.Point == p && v.Score != nil {
			who[v.Person] = true
		}
	}
	return len(who)
}

// TestNobodyIsFoundInWhatIsSaidOfAGroup: whoever may choose the least number of
// people, in every way in which a report can be asked for, is never told
// anything of fewer than five; not how many there are, and not that one is there.
func TestNobodyIsFoundInWhatIsSaidOfAGroup(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12)) // #nosec G404 -- invented answers
	for range 200 {
		values := crowd(r, 1+r.IntN(12))
		for least := -3; least <= 14; least++ {
			for p, s := range reported(values, least) {
				n := answeredAt(values, p)
				if n < max(least, Least) != s.Hidden {
					t.Fatalf("%d answered, least %d: hidden is %v", n, least, s.Hidden)
				}
				if s.Hidden && !reflect.DeepEqual(s, Summary{Point: p, Hidden: true}) {
					t.Fatalf("of %d people it says %+v", n, s)
				}
				if s.Change != nil && s.Change.N < max(least, Least) {
					t.Fatalf("the change of %d people is told", s.Change.N)
				}
			}
		}
	}
}

// TestChoosingAnotherLeastNumberTellsNothingMore: the one thing that can be chosen
// is the least number. Between two reports of the same answers it hides or shows
// whole groups, and never changes a figure, so that nothing can be subtracted.
func TestChoosingAnotherLeastNumberTellsNothingMore(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14)) // #nosec G404 -- invented answers
	for range 100 {
		values := crowd(r, 5+r.IntN(15))
		whole := reported(values, Least)
		for least := range 25 {
			for p, s := range reported(values, least) {
				was := whole[p]
				if s.Hidden {
					continue
				}
				if s.Change == nil {
					was.Change = nil
				}
				if !reflect.DeepEqual(s, was) {
					t.Fatalf("with a least number of %d, %s is %+v, and was %+v", least, p, s, was)
				}
			}
		}
	}
}

// TestWhoReadsEveryWeeksReportFindsNobody: week after week people come, answer
// again and are forgotten, and the least number is changed at will. Figures that
// changed from one report to the next differ by a group at least.
func TestWhoReadsEveryWeeksReportFindsNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16)) // #nosec G404 -- invented answers
	renewals := 0
	for range 60 {
		again := map[int]int{}
		who := func(n int) string { return fmt.Sprintf("%d.%d", n, again[n]) }
		values, said := crowd(r, 4), []Said(nil)
		behind := map[checkins.Point]People{} // of the last figures that were made
		made := map[checkins.Point]Summary{}
		for week := range 40 {
			one := crowd(r, 1+r.IntN(3))
			for i := range one {
				one[i].Person = who(r.IntN(14))
			}
			values = append(values, one...)
			if r.IntN(6) == 0 { // somebody has everything erased
				n := r.IntN(14)
				gone := who(n)
				again[n]++ // who comes again after that is somebody new
				values = slices.DeleteFunc(values, func(v Value) bool { return v.Person == gone })
				for i := range said {
					said[i].Forget(gone)
				}
			}
			said = Renew(said, values, []int{0, 5, 5, 8, 100}[r.IntN(5)])
			for _, s := range said {
				p := s.Last.Point
				if s.Last.Hidden {
					continue // nothing was ever made of it
				}
				is := people(p, grouped(values)[p], grouped(values)[checkins.Start])
				was, before := made[p]
				if before && reflect.DeepEqual(s.Last, was) {
					continue
				}
				if before {
					renewals++
					if n := differ(Said{People: behind[p]}, is); n < Least {
						t.Fatalf("week %d: between two reports %s differs by %d people", week, p, n)
					}
				}
				behind[p], made[p] = maps.Clone(is), s.Last
			}
		}
	}
	if renewals == 0 {
		t.Error("no figure was ever renewed")
	}
}
