package circle_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	. "held/rules/circle"
)

// word is a word of a name as slow sees it.
type word struct {
	letters string
	initial bool
}

// slow answers as Same must, by trying everything: every way to write
// neighbouring parts of either name as one word, and every way to give each
// word of the one a word of the other.
func slow(a, b string) bool {
	for _, x := range readings(a) {
		for _, y := range readings(b) {
			if tried(x, y) || tried(y, x) {
				return true
			}
		}
	}
	return false
}

func readings(s string) (out [][]word) {
	letters, initials := ParseName(s).Readings()
	for i := range letters {
		var all []word
		for j := range letters[i] {
			all = append(all, word{letters[i][j], initials[i][j]})
		}
		out = append(out, all)
	}
	return out
}

// cuts are all ways to write a name with up to three neighbours as one word.
func cuts(all []word) [][][]word {
	if len(all) == 0 {
		return [][][]word{{}}
	}
	var out [][][]word
	for n := 1; n <= 3 && n <= len(all); n++ {
		for _, rest := range cuts(all[n:]) {
			out = append(out, append([][]word{all[:n]}, rest...))
		}
	}
	return out
}

func tried(small, large []word) bool {
	for _, mine := range cuts(small) {
		for _, theirs := range cuts(large) {
			if given(mine, theirs, len(mine) == 1) {
				return true
			}
		}
	}
	return false
}

func given(mine, theirs [][]word, alone bool) bool {
	if len(mine) == 0 {
		return true
	}
	for i, t := range theirs {
		if len(t) > 1 && len(mine[0]) > 1 || !equal(mine[0], t, alone) {
			continue
		}
		rest := append(append([][]word{}, theirs[:i]...), theirs[i+1:]...)
		if given(mine[1:], rest, alone) {
			return true
		}
	}
	return false
}

func equal(a, b []word, alone bool) bool {
	x, y := write(a), write(b)
	if x.initial || y.initial {
		return !alone && []rune(x.letters)[0] == []rune(y.letters)[0]
	}
	return slipped(x.letters, y.letters, alone) || slipped(Bones(x.letters), Bones(y.letters), alone)
}

func slipped(a, b string, alone bool) bool {
	p, q := []rune(a), []rune(b)
	shorter, slips := min(len(p), len(q)), 0
	for _, from := range map[bool][]int{true: {6, 12}, false: {4, 8}}[alone] {
		if shorter >= from {
			slips++
		}
	}
	return reach(p, q, slips)
}

func write(all []word) word {
	if len(all) == 1 {
		return all[0]
	}
	var b strings.Builder
	for _, w := range all {
		b.WriteString(w.letters)
	}
	return word{letters: b.String()}
}

// reach tells whether so many slips make one word of another.
func reach(a, b []rune, slips int) bool {
	switch {
	case slips < 0:
		return false
	case len(a) == 0 || len(b) == 0:
		return len(a)+len(b) <= slips
	case a[0] == b[0] && reach(a[1:], b[1:], slips):
		return true
	case len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && reach(a[2:], b[2:], slips-1):
		return true
	}
	return reach(a[1:], b, slips-1) || reach(a, b[1:], slips-1) || reach(a[1:], b[1:], slips-1)
}

// TestTheRuleIsTheSlowOne compares the rule with trying everything, on names of
// few letters, where much is alike.
func TestTheRuleIsTheSlowOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	name := func() string {
		var b strings.Builder
		for range 1 + r.IntN(4) {
			for i := range 1 + r.IntN(9)*r.IntN(2) {
				c := "abe"[r.IntN(3)]
				if i == 0 && r.IntN(3) == 0 {
					c -= 32
				}
				b.WriteByte(c)
			}
			b.WriteString([]string{" ", "-", "’", ". "}[r.IntN(4)])
		}
		return b.String()
	}
	yes := 0
	for range 6_000 {
		a, b := name(), name()
		got := same(a, b)
		if want := slow(a, b); got != want {
			t.Fatalf("%q and %q: %v, by trying everything %v", a, b, got, want)
		}
		if got {
			yes++
		}
	}
	if yes < 300 || yes > 5_700 {
		t.Errorf("%d of 6,000 are alike: nothing is tried", yes)
	}
}
