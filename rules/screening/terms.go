package screening

import (
	"errors"
	"slices"
	"strconv"
)

// Term is a condition over answers, medicines and values: exactly one of its
// forms. It is yes, no, or neither.
type Term struct {
	Item  string   `json:"item,omitempty"` // a question of a form, by its linkId
	Is    []string `json:"is,omitempty"`   // the codes of its answer that make it so
	Class string   `json:"class,omitempty"`
	Value string   `json:"value,omitempty"` // a recorded value
	Over  *float64 `json:"over,omitempty"`
	Any   []Term   `json:"any,omitempty"`
	All   []Term   `json:"all,omitempty"`
}

func (t Term) check(s Set) error {
	forms := 0
	for _, there := range []bool{t.Item != "", t.Class != "", t.Value != "", t.Any != nil, t.All != nil} {
		if there {
			forms++
		}
	}
	switch {
	case forms != 1:
		return errors.New("a term has exactly one form")
	case t.Item != "" && len(t.Is) == 0, t.Value != "" && t.Over == nil:
		return errors.New("a term says nothing")
	case t.Class != "" && !slices.Contains(Classes(), t.Class):
		return errors.New("there is no class " + t.Class)
	case t.Item != "" && slices.ContainsFunc(t.Is, func(code string) bool { return !slices.Contains(s.Codes(t.Item), code) }):
		return errors.New("an answer to " + t.Item + " is not one that can be given")
	}
	for _, inner := range append(t.Any[:len(t.Any):len(t.Any)], t.All...) {
		if err := inner.check(s); err != nil {
			return err
		}
	}
	return nil
}

// truth is a value of three: no, neither, yes.
type truth int

const (
	no truth = iota - 1
	neither
	yes
)

// found is what a term comes to, and from what.
type found struct {
	truth
	from []Evidence // what made it so; or, of neither, what keeps it open
}

// Evidence is an answer, a medicine or a value that a rule has looked at.
type Evidence struct {
	Item     string // the question's linkId
	Class    string // the class of medicines that was looked for
	Value    string // the recorded value that was looked at
	Said     string // the code of the answer, the medicine's name, or the number; "" when there is none
	Answered bool   // something was given, even where it tells nothing
}

func (t Term) of(in Input) found {
	switch {
	case t.Item != "":
		return t.item(in)
	case t.Class != "":
		return t.class(in)
	case t.Value != "":
		return t.value(in)
	case t.Any != nil:
		return join(in, t.Any, yes)
	}
	return join(in, t.All, no)
}

func (t Term) item(in Input) found {
	given := in.Answers[t.Item]
	if len(given) == 0 {
		return found{neither, []Evidence{{Item: t.Item}}}
	}
	open := false
	for _, code := range given {
		if slices.Contains(t.Is, code) {
			return found{yes, []Evidence{{Item: t.Item, Said: code, Answered: true}}}
		}
		open = open || !slices.Contains(in.set.Codes(t.Item), code) // also "I don't know", and "rather in person"
	}
	e := []Evidence{{Item: t.Item, Said: given[0], Answered: true}}
	if open {
		return found{neither, e}
	}
	return found{no, e}
}

func (t Term) value(in Input) found {
	v, there := in.Values[t.Value]
	if !there {
		return found{neither, []Evidence{{Value: t.Value}}}
	}
	e := []Evidence{{Value: t.Value, Said: strconv.FormatFloat(v, 'g', -1, 64), Answered: true}}
	if v > *t.Over {
		return found{yes, e}
	}
	return found{no, e}
}

// class is yes where a listed medicine is of the class; no only where the list
// is whole and everything on it is recognised.
func (t Term) class(in Input) found {
	var is []Evidence
	open := false
	for _, m := range in.recognised {
		if slices.Contains(m.Classes, t.Class) {
			is = append(is, Evidence{Class: t.Class, Said: m.Name, Answered: true})
		}
		open = open || !m.Clear
	}
	takes := in.Answers[ItemTakes]
	switch {
	case len(is) > 0:
		return found{yes, is}
	case len(takes) == 0:
		return found{neither, []Evidence{{Item: ItemTakes, Class: t.Class}}}
	case slices.Equal(takes, []string{"no"}) && !open:
		return found{no, []Evidence{{Item: ItemTakes, Class: t.Class, Said: "no", Answered: true}}}
	case open || len(in.Medicines) == 0 || !slices.Equal(takes, []string{"yes"}):
		return found{neither, []Evidence{{Item: ItemTakes, Class: t.Class, Said: takes[0], Answered: true}}}
	}
	return found{no, []Evidence{{Item: ItemTakes, Class: t.Class, Said: "yes", Answered: true}}}
}

// ItemTakes is the question whether somebody takes any medicine.
const ItemTakes = "medicines-any"

// join is any (decides: yes) or all (decides: no): one term that decides is
// enough, and without one a term that is neither keeps it open.
func join(in Input, terms []Term, decides truth) found {
	var open, rest, deciding []Evidence
	for _, t := range terms {
		f := t.of(in)
		switch f.truth {
		case decides:
			deciding = append(deciding, f.from...)
		case neither:
			open = append(open, f.from...)
		default:
			rest = append(rest, f.from...)
		}
	}
	switch {
	case deciding != nil:
		return found{decides, deciding}
	case open != nil:
		return found{neither, open}
	}
	return found{-decides, rest}
}
