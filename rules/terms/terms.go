// Package terms is the plain list of what can go wrong, as data: one word of it
// says what an adverse event was. The list was written for Held, beside the
// symptoms that protocols speak of; it is no copy of a licensed dictionary.
package terms

import (
	_ "embed" // the list
	"encoding/json"
)

//go:embed terms.json
var file []byte

// Term is one entry of the list.
type Term struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Group is what belongs together of the list.
type Group struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Terms []Term `json:"terms"`
}

// Other is what is chosen when nothing on the list fits.
const Other = "other"

type list struct {
	Version string  `json:"version"`
	Groups  []Group `json:"groups"`
}

var all = must()

func must() (l list) {
	if err := json.Unmarshal(file, &l); err != nil {
		panic("terms: " + err.Error()) // it is part of the program
	}
	return l
}

// Version says which list a term was chosen from.
func Version() string { return all.Version }

// Groups is the whole list, in its order.
func Groups() []Group { return all.Groups }

// Find gives a term and its group by the term's code.
func Find(code string) (t Term, g Group, known bool) {
	for _, g := range all.Groups {
		for _, t := range g.Terms {
			if t.Code == code {
				return t, g, true
			}
		}
	}
	return t, g, false
}

// Label is a term in words; the code itself where the list does not have it.
func Label(code string) string {
	if t, _, known := Find(code); known {
		return t.Label
	}
	return code
}
