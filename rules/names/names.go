// Package names finds what looks like the name of somebody else in what a
// person wrote, so that they can be asked before it is kept. It would rather
// miss a name than see one everywhere: a capital letter is not enough, something
// beside it must speak of a person.
//
// Its words are data, by language (words.json), which the browser's copy of the
// rule reads too; both hold the same cases (cases.json). English is always read,
// and the practice's language beside it. What it cannot do: a name that stands
// by itself, a nickname in small letters, and, in scripts without capitals, any
// name without a title before it or a suffix of respect behind it.
package names

import (
	_ "embed" // the words lie beside the code
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed words.json
var data []byte

// language is what one language has to say about people.
type language struct {
	People   []string `json:"people"`   // after which a name may stand: "my client …"
	Between  []string `json:"between"`  // what may stand between the two: "called"
	Before   []string `json:"before"`   // "session with …"
	After    []string `json:"after"`    // "… said"
	Owned    []string `json:"owned"`    // "…'s mother"
	Articles []string `json:"articles"` // what makes a thing of what follows
	Nobody   []string `json:"nobody"`   // capitalised, and nobody
	Endings  []string `json:"endings"`  // as no name ends, where a sentence begins
	Nouns    bool     `json:"nouns"`    // every noun is capital
}

type lexicon struct {
	Titles    []string            `json:"titles"`
	Suffixes  []string            `json:"suffixes"`
	Particles []string            `json:"particles"`
	Languages map[string]language `json:"languages"`
}

var words = sync.OnceValue(func() lexicon {
	var l lexicon
	if err := json.Unmarshal(data, &l); err != nil {
		panic("names: " + err.Error()) // the program's own, which its tests read
	}
	return l
})

// Languages are those of which the rule knows more than titles.
func Languages() []string {
	var out []string
	for l := range words().Languages {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

// most bounds how much is read of one text, in bytes, and how many are named.
const (
	most  = 64 << 10
	named = 12
)

// longest is how many words a name may have.
const longest = 8

// Seen gives what looks like a name, each once, in the order of the text. lang
// is a language's tag; fine are names of which the writer said that they may stay.
func Seen(text, lang string, fine []string) []string {
	if len(text) > most {
		text = text[:most]
	}
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	s := &reader{lex: words(), lang: language{}, words: split(text)}
	for _, l := range slices.Compact([]string{"en", base}) {
		s.lang = merged(s.lang, s.lex.Languages[l])
	}
	s.nouns = s.lex.Languages[base].Nouns || s.nounsAreCapital()
	for i := range s.words {
		s.at(i)
	}
	var out []string
	for _, name := range s.found {
		known := func(list []string) bool {
			return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(o, name) })
		}
		if !known(fine) && !known(out) && len(out) < named {
			out = append(out, name)
		}
	}
	return out
}

func merged(a, b language) language {
	return language{
		People: slices.Concat(a.People, b.People), Between: slices.Concat(a.Between, b.Between), Before: slices.Concat(a.Before, b.Before),
		After: slices.Concat(a.After, b.After), Owned: slices.Concat(a.Owned, b.Owned), Articles: slices.Concat(a.Articles, b.Articles),
		Nobody: slices.Concat(a.Nobody, b.Nobody), Endings: slices.Concat(a.Endings, b.Endings),
	}
}

// word is one word of a text.
type word struct {
	text  string
	lower string
	first bool // of a sentence
	apart bool // something other than a space, a comma or an initial's stop stands before it
	comma bool // a comma does
}

// split takes a text apart.
func split(text string) (out []word) {
	first, apart, comma := true, true, false
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if !unicode.IsLetter(r) {
			switch {
			case r == '.' && len(out) > 0 && short(out[len(out)-1].text): // "B. K.", "Mr. Smith"
			case strings.ContainsRune(".!?…:;\n\"“”„«»()[]–—*•。！？", r):
				first, apart = true, true
			case r == ',':
				comma = true
			case !unicode.IsSpace(r):
				apart = true
			}
			text = text[n:]
			continue
		}
		n = wordEnd(text)
		w := text[:n]
		out = append(out, word{w, strings.ReplaceAll(strings.ToLower(w), "’", "'"), first, apart, comma})
		first, apart, comma, text = false, false, false, text[n:]
	}
	return out
}

// short is what a full stop behind it does not end a sentence after.
func short(w string) bool {
	return utf8.RuneCountInString(w) == 1 || slices.Contains([]string{"Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Sr", "Sra", "Mme"}, w)
}

// wordEnd is where a word ends: letters and marks, with apostrophes and hyphens
// between them.
func wordEnd(text string) int {
	end := 0
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			end = i + utf8.RuneLen(r)
		case (r == '\'' || r == '’' || r == '-') && end == i:
		default:
			return end
		}
	}
	return end
}

// reader reads one text.
type reader struct {
	lex   lexicon
	lang  language
	words []word
	nouns bool
	found []string
	until int // where the last name ends that was looked at
}

func capital(w string) bool {
	r, n := utf8.DecodeRuneInString(w)
	return (unicode.IsUpper(r) || unicode.IsTitle(r)) && strings.ContainsFunc(w[n:], unicode.IsLower)
}

func initial(w string) bool {
	r, n := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r) && n == len(w)
}

// caseless tells whether a word's script has no capitals.
func caseless(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsLetter(r) && !unicode.IsUpper(r) && !unicode.IsLower(r) && !unicode.IsTitle(r)
}

// at looks at one word and what follows it.
func (s *reader) at(i int) {
	w := s.words[i]
	s.respected(w.text)
	if slices.Contains(s.lex.Titles, w.text) && !(w.first && w.text == "Don") {
		s.keep(i+1, true, true)
	}
	if slices.Contains(s.lang.People, w.lower) {
		s.keep(s.between(i+1), true, false)
	}
	for _, p := range s.lang.Before {
		if n := s.phrase(i, p); n > 0 && !s.nouns {
			s.keep(i+n, false, false)
		}
	}
	if i < s.until {
		return // part of a name that began before it
	}
	if name, next := s.name(i); len(name) > 0 {
		s.until = next
		s.spoken(i, name, next)
	}
}

// between skips what may stand between a person and their name.
func (s *reader) between(i int) int {
	for again := true; again; {
		again = false
		for _, p := range s.lang.Between {
			if n := s.phrase(i, p); n > 0 {
				i, again = i+n, true
				break
			}
		}
	}
	return i
}

// phrase tells how many words a phrase has that stands here; 0 where it does not.
func (s *reader) phrase(i int, p string) int {
	parts := strings.Fields(p)
	for k, part := range parts {
		if i+k >= len(s.words) || s.words[i+k].lower != part || k > 0 && s.words[i+k].apart {
			return 0
		}
	}
	return len(parts)
}

// name is the run of capital words that begins here, with particles between
// them, and where it ends.
func (s *reader) name(i int) (out []string, next int) {
	for next = i; next < len(s.words) && len(out) < longest; {
		k := next // the next capital word, behind two particles at most
		for len(out) > 0 && k < len(s.words) && k-next < 2 && !s.words[k].apart && slices.Contains(s.lex.Particles, s.words[k].text) {
			k++
		}
		if k >= len(s.words) || k > i && (s.words[k].apart || s.words[k].comma) || !capital(s.words[k].text) {
			break
		}
		for ; next <= k; next++ {
			out = append(out, s.words[next].text)
		}
	}
	return out, next
}

// keep takes the name that stands here, where one does. Sure is what plainly
// speaks of a person: initials are enough then.
func (s *reader) keep(i int, sure, title bool) {
	if i >= len(s.words) || s.words[i].apart {
		return
	}
	w := s.words[i].text
	if title && caseless(w) {
		s.found = append(s.found, w)
		return
	}
	if sure && initial(w) && !(w == "I" || w == "A") {
		if i+1 < len(s.words) && initial(s.words[i+1].text) && !s.words[i+1].apart {
			w += " " + s.words[i+1].text
		}
		s.found = append(s.found, w)
		return
	}
	if name, _ := s.name(i); len(name) > 0 {
		s.add(name)
	}
}

// spoken looks at what follows a name: what somebody did, or what is theirs.
func (s *reader) spoken(i int, name []string, next int) {
	if i > 0 && !s.words[i].apart && slices.Contains(s.lang.Articles, s.words[i-1].lower) {
		return // with an article before it, it is a thing
	}
	if slices.Contains(s.lang.Articles, s.words[i].lower) || s.words[i].first && len(name) == 1 && s.common(name[0]) {
		return
	}
	if last := name[len(name)-1]; next < len(s.words) && !s.words[next].apart {
		for _, possessive := range []string{"'s", "’s"} {
			if whole, is := strings.CutSuffix(last, possessive); is && slices.Contains(s.lang.Owned, s.words[next].lower) {
				s.add(append(slices.Clone(name[:len(name)-1]), whole))
				return
			}
		}
	}
	for _, skip := range []int{0, 1} {
		j := next + skip
		if j >= len(s.words) || s.words[j].apart || skip == 1 && s.words[next].apart {
			return
		}
		for _, p := range s.lang.After {
			if s.phrase(j, p) > 0 {
				s.add(name)
				return
			}
		}
	}
}

// common tells of a word that a sentence begins with and that is no name.
func (s *reader) common(w string) bool {
	return utf8.RuneCountInString(w) < 3 || slices.ContainsFunc(s.lang.Endings, func(e string) bool { return strings.HasSuffix(w, e) })
}

// add keeps a name without the words at its ends that are nobody.
func (s *reader) add(name []string) {
	nobody := func(w string) bool {
		return slices.Contains(s.lex.Titles, w) || slices.Contains(s.lang.Nobody, strings.ReplaceAll(strings.ToLower(w), "’", "'"))
	}
	for len(name) > 0 && nobody(name[0]) {
		name = name[1:]
	}
	for len(name) > 0 && nobody(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	if len(name) == 0 {
		return
	}
	whole := strings.Join(name, " ")
	for _, p := range []string{"'s", "’s"} {
		whole = strings.TrimSuffix(whole, p)
	}
	s.found = append(s.found, whole)
}

// respected finds names with a suffix of respect, in scripts without spaces.
func (s *reader) respected(w string) {
	if !caseless(w) {
		return
	}
	for _, suffix := range s.lex.Suffixes {
		before, _, is := strings.Cut(w, suffix)
		if !is {
			continue
		}
		all := []rune(before)
		n := len(all)
		for n > 0 && len(all)-n < 5 && unicode.In(all[n-1], unicode.Han, unicode.Katakana, unicode.Hangul) {
			n--
		}
		if n < len(all) {
			s.found = append(s.found, string(all[n:])+suffix)
			return
		}
	}
}

// nounsAreCapital: in German every noun is; there only what is plainly said counts.
func (s *reader) nounsAreCapital() bool {
	inner, high := 0, 0
	for _, w := range s.words {
		if !w.first && utf8.RuneCountInString(w.text) > 1 {
			inner++
			if capital(w.text) {
				high++
			}
		}
	}
	return inner > 12 && high*100 > inner*18
}
