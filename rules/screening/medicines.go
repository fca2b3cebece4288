package screening

import (
	_ "embed" // the data file
	"slices"
	"strings"
	"unicode"
)

//go:embed medicines.json
var medicinesFile []byte

// NoRule is the class of medicines that are known here and of which no rule speaks.
const NoRule = "no rule"

type medicinesData struct {
	Version string              `json:"version"`
	About   string              `json:"about"`
	Classes map[string][]string `json:"classes"`
	Beside  []string            `json:"beside"` // words beside a name that change nothing
}

type names struct {
	classes []string
	of      map[string][]string // folded name -> classes
	longest int                 // words of the longest name
	beside  map[string]bool
}

var known = mustMedicines()

func mustMedicines() names {
	var d medicinesData
	if err := decode(medicinesFile, &d); err != nil {
		panic("rules/screening: medicines.json: " + err.Error())
	}
	n := names{of: map[string][]string{}, beside: map[string]bool{}}
	for class, all := range d.Classes {
		n.classes = append(n.classes, class)
		for _, name := range all {
			w := words(name)
			n.longest = max(n.longest, len(w))
			key := strings.Join(w, " ")
			n.of[key] = append(n.of[key], class)
		}
	}
	for _, w := range d.Beside {
		n.beside[w] = true
	}
	slices.Sort(n.classes)
	return n
}

// Classes lists the classes of medicines by name.
func Classes() []string { return known.classes }

// Recognise gives the classes of a medicine as somebody wrote it. It knows
// generic names and common brands whatever their case and marks, and guesses
// nothing: clear is false where a word is left that it does not know.
func Recognise(written string) (classes []string, clear bool) {
	w := words(written)
	clear = false
	left := false
	for i := 0; i < len(w); {
		n, of := known.longestAt(w[i:])
		switch {
		case n > 0:
			for _, c := range of {
				if !slices.Contains(classes, c) {
					classes = append(classes, c)
				}
			}
			clear = true
			i += n
		default:
			left = left || !known.beside[w[i]] && !isNumber(w[i])
			i++
		}
	}
	slices.Sort(classes)
	return classes, clear && !left
}

func (n names) longestAt(w []string) (int, []string) {
	for k := min(n.longest, len(w)); k > 0; k-- {
		if of := n.of[strings.Join(w[:k], " ")]; of != nil {
			return k, of
		}
	}
	return 0, nil
}

// isNumber tells of a strength, with or without its unit: 50, 0.5mg.
func isNumber(w string) bool {
	unit := strings.TrimLeft(w, "0123456789")
	return unit != w && (unit == "" || known.beside[unit])
}

// marks are the letters with marks that names of medicines are written with.
var marks = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "ì", "i", "î", "i", "ï", "i",
	"ó", "o", "ò", "o", "ô", "o", "õ", "o", "ö", "o", "ú", "u", "ù", "u", "û", "u", "ü", "u", "ç", "c", "ñ", "n", "ß", "ss", "ø", "o", "æ", "ae", "œ", "oe",
)

// words takes a text apart at everything that is neither letter nor figure,
// without case and marks.
func words(s string) []string {
	low := strings.ToLower(s)
	low = marks.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, low))
	return strings.FieldsFunc(low, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
