// Package circle tells whether two names may be the same person's, or the same
// place's. It would rather say yes once too often: a yes is looked at by a
// person, a no by nobody. Case, marks, hyphens, titles and the order of the
// parts do not matter; an initial stands for any name that begins with it; one
// or two slips of the pen are forgiven where a name is long enough. Nicknames
// are not guessed.
package circle

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// most is how many parts of a name are compared: of more, the longest.
const most = 7

// Name is somebody's name, ready to be compared.
type Name struct{ readings [][]part }

// part is one part of a name: a word, or an initial.
type part struct {
	letters string // folded: small letters without marks
	bones   string // and without what spelling varies in
	initial bool
}

// titles stand before and behind a name and are no part of it; small words
// join its parts. All of them count where nothing else is left.
var (
	titles = words("dr dra drs prof profa professor professora mr mrs ms mx miss sir dame herr frau sr sra jr mag dipl ing med psych dott dottssa phd md msc psyd mph lmft lcsw lpc rn np")
	joints = words("de da do dos das di del della der den van von zu zum la le les el al bin ibn und and of the af av ter ten te")
)

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// ParseName reads a name. What holds no letter or figure is nobody's.
func ParseName(s string) Name {
	raw := split(s)
	shouted := !strings.ContainsFunc(s, unicode.IsLower)
	var n Name
	for _, all := range [][]part{
		parts(raw, func(w string) bool { return titles[w] || joints[w] }, false),
		parts(raw, func(w string) bool { return titles[w] }, false),
		parts(raw, func(w string) bool { return titles[w] || joints[w] }, !shouted || len(raw) == 1),
	} {
		if len(all) > 0 && !slices.ContainsFunc(n.readings, func(r []part) bool { return slices.Equal(r, all) }) {
			n.readings = append(n.readings, all)
		}
	}
	return n
}

// Empty tells that there is nothing to compare.
func (n Name) Empty() bool { return len(n.readings) == 0 }

// Tells whether the name can be anybody's in particular: one initial cannot.
func (n Name) Tells() bool { return n.Same(n) }

// Same tells whether two names may be one person's.
func (n Name) Same(o Name) bool {
	for _, a := range n.readings {
		for _, b := range o.readings {
			if within(a, b) || within(b, a) {
				return true
			}
		}
	}
	return false
}

// split cuts a text into its words. An apostrophe joins, all else divides.
func split(s string) []string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("'’‘ʼ`´ʻ", r) {
			return -1
		}
		return r
	}, s)
	return strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r)
	})
}

// parts are the words that count. With initials, two or three capitals are
// read as so many initials: "JP Costa".
func parts(raw []string, idle func(string) bool, initials bool) []part {
	var all, counts []part
	for _, word := range raw {
		for _, p := range read(word, initials) {
			all = append(all, p)
			if p.initial || !idle(p.letters) {
				counts = append(counts, p)
			}
		}
	}
	if len(counts) == 0 {
		counts = all
	}
	return longest(counts)
}

func read(word string, initials bool) []part {
	letters := fold(word)
	if letters == "" {
		return nil
	}
	runes := []rune(letters)
	capitals := !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsUpper(r) })
	if initials && capitals && len(runes) >= 2 && len(runes) <= 3 {
		var out []part
		for _, r := range runes {
			out = append(out, part{string(r), string(r), true})
		}
		return out
	}
	return []part{{letters, bones(letters), len(runes) == 1 && spelled(runes[0])}}
}

// spelled tells of scripts that spell: in others, one character is a whole name.
func spelled(r rune) bool {
	return !unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

// longest keeps the longest parts, in their order; which they are does not
// depend on it.
func longest(all []part) []part {
	if len(all) <= most {
		return all
	}
	kept := slices.SortedFunc(slices.Values(all), func(a, b part) int {
		return cmp.Or(cmp.Compare(len(b.letters), len(a.letters)), cmp.Compare(a.letters, b.letters))
	})[:most]
	return slices.DeleteFunc(slices.Clone(all), func(p part) bool {
		i := slices.Index(kept, p)
		if i >= 0 {
			kept = slices.Delete(kept, i, i+1)
		}
		return i < 0
	})
}

// fold takes case and marks away.
func fold(word string) string {
	var b strings.Builder
	for _, r := range word {
		r = unicode.ToLower(r)
		if base, ok := unmarked[r]; ok {
			r = base
		}
		switch {
		case unicode.Is(unicode.M, r):
		case alike[r] != "":
			b.WriteString(alike[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bones leave out what one name is spelled differently in: a letter doubled,
// and the e that stands for two dots (Müller, Mueller).
func bones(letters string) string {
	var out []rune
	for _, r := range letters {
		var last rune
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if r != last && (r != 'e' || !strings.ContainsRune("aou", last)) {
			out = append(out, r)
		}
	}
	return string(out)
}

// joined are parts of a name written as one word.
func joined(all []part) part {
	if len(all) == 1 {
		return all[0]
	}
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.letters)
	}
	return part{letters: b.String(), bones: bones(b.String())}
}

// runs is how many parts may have been written as one word.
const runs = 3

// within tells whether every part of a name is found among another's, each
// with a part of its own. One word alone must be the same word, and an initial
// alone tells nobody apart; of two and more, each may have its slip.
func within(small, large []part) bool {
	if len(small) <= runs {
		whole := joined(small)
		for i := range large {
			for n := 1; n <= runs && i+n <= len(large); n++ {
				if (len(small) == 1 || n == 1) && one(whole, joined(large[i:i+n])) {
					return true
				}
			}
		}
	}
	// reached[i] are the parts of large, as bits, that the first i parts of
	// small can have taken; twice counts them where these were at least two.
	var reached [most + 1][1 << most]bool
	reached[0][0] = true
	for i := range small {
		for taken := range 1 << len(large) {
			if !reached[i][taken] {
				continue
			}
			for a := 1; a <= runs && i+a <= len(small); a++ {
				mine := joined(small[i : i+a])
				for j := range large {
					for b := 1; b <= runs && j+b <= len(large); b++ {
						bits := (1<<b - 1) << j
						if (a == 1 || b == 1) && a < len(small) && taken&bits == 0 && loose(mine, joined(large[j:j+b])) {
							reached[i+a][taken|bits] = true
						}
					}
				}
			}
		}
	}
	return slices.Contains(reached[len(small)][:], true)
}

// one tells whether a single word is another.
func one(a, b part) bool {
	return !a.initial && !b.initial && alikeFrom(a, b, 6, 12)
}

// loose tells whether one of several parts may be another.
func loose(a, b part) bool {
	if a.initial || b.initial {
		x, y := []rune(a.letters), []rune(b.letters)
		return x[0] == y[0]
	}
	return alikeFrom(a, b, 4, 8)
}

// alikeFrom compares the words as they are written and by their bones: a slip
// can make two letters of one.
func alikeFrom(a, b part, oneSlip, twoSlips int) bool {
	return near(a.bones, b.bones, oneSlip, twoSlips) || near(a.letters, b.letters, oneSlip, twoSlips)
}

// longestWord is how long a word is looked at letter by letter.
const longestWord = 60

// near allows one slip from so many letters on, and two from so many; the
// shorter word counts.
func near(a, b string, oneSlip, twoSlips int) bool {
	if a == b {
		return true
	}
	x, y := []rune(a), []rune(b)
	slips := 0
	switch n := min(len(x), len(y)); {
	case n > longestWord:
	case n >= twoSlips:
		slips = 2
	case n >= oneSlip:
		slips = 1
	}
	return slips > 0 && max(len(x), len(y))-min(len(x), len(y)) <= slips && distance(x, y) <= slips
}

// distance counts the letters left out, put in, changed, or swapped with
// their neighbour.
func distance(a, b []rune) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	var older []int
	for i := range a {
		older, before, row = before, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(before[j+1]+1, row[j]+1, change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
