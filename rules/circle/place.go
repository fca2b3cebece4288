package circle

import (
	"slices"
	"strings"
)

// Place is a place's name, ready to be compared.
type Place struct {
	parts []part // those that tell it from others
	short string // the beginnings of all its words, when they are three and more
}

// kinds say what a place is, not which.
var kinds = words("hospital clinic clinica klinik center centre centro practice praxis university universidade universitat universite institute instituto institut school college group office department service services saude health")

// ParsePlace reads a place's name.
func ParsePlace(s string) Place {
	var p Place
	var all []part
	var short strings.Builder
	for _, word := range split(s) {
		letters := fold(word)
		if letters == "" || joints[letters] {
			continue
		}
		short.WriteString(string([]rune(letters)[:1]))
		all = append(all, part{letters: letters, bones: bones(letters)})
	}
	if len(all) >= 3 {
		p.short = short.String()
	}
	p.parts = slices.DeleteFunc(slices.Clone(all), func(w part) bool { return kinds[w.letters] })
	if len(p.parts) == 0 {
		p.parts = all
	}
	return p
}

// Empty tells that there is nothing to compare.
func (p Place) Empty() bool { return len(p.parts) == 0 }

// Same tells whether two names may be one place's: every word of one is found
// in the other, or one is the other's beginnings.
func (p Place) Same(o Place) bool {
	if p.Empty() || o.Empty() {
		return false
	}
	return p.holds(o) || o.holds(p) || p.shortens(o) || o.shortens(p)
}

func (p Place) holds(o Place) bool {
	for _, w := range o.parts {
		if !slices.ContainsFunc(p.parts, func(v part) bool { return alikeFrom(v, w, 5, 9) }) {
			return false
		}
	}
	return true
}

func (p Place) shortens(o Place) bool {
	return len(p.parts) == 1 && o.short != "" && p.parts[0].letters == o.short
}

// Person is somebody as the circle knows them.
type Person struct {
	Names  []Name  // by which others may know them
	Works  []Place // where others may know them from
	Avoid  []Name  // whom they would rather not meet
	Places []Place // from where they would rather meet nobody
}

// Apart tells whether one of two would rather not meet the other. It does not
// tell which.
func Apart(a, b Person) bool { return a.names(b) || b.names(a) }

func (p Person) names(o Person) bool {
	return slices.ContainsFunc(p.Avoid, func(n Name) bool { return slices.ContainsFunc(o.Names, n.Same) }) ||
		slices.ContainsFunc(p.Places, func(n Place) bool { return slices.ContainsFunc(o.Works, n.Same) })
}
