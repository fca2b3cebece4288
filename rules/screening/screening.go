// Package screening holds the rules of the screening as data, and lets them
// speak about somebody's answers, medicines and recorded values. It is pure. It
// flags and never clears: its best word is that nothing spoke and the
// prescriber decides. What is not answered stays not answered; it never counts
// as a no.
package screening

import (
	"bytes"
	_ "embed" // the data files
	"encoding/json"
	"fmt"
	"slices"
)

// The products that rules speak about.
const (
	Ketamine   = "ketamine"
	Esketamine = "esketamine"
)

// Products lists them.
var Products = []string{Ketamine, Esketamine}

// Answers that tell nothing. They were given, and are neither yes nor no.
const (
	DontKnow = "dont-know"
	InPerson = "in-person"
)

// Effect is what a rule asks for when it speaks.
type Effect string

// The effects, the weightiest first.
const (
	Block  Effect = "block"  // the default is not to go on
	Review Effect = "review" // the prescriber weighs it and signs for it
	Note   Effect = "note"   // to ask or to know
)

// Source is where a rule comes from. Mark: X, read as an excerpt; OK, general
// knowledge that nobody has verified; D, a default of this project.
type Source struct {
	ID    string `json:"id,omitempty"`
	Mark  string `json:"mark"`
	About string `json:"about,omitempty"`
}

// Weight is what a rule means for one product. Level: CI-label, AVOID, CAUTION,
// ASK, operational.
type Weight struct {
	Level  string `json:"level"`
	Effect Effect `json:"effect"`
	Note   string `json:"note,omitempty"`
}

// Rule is one rule, as its data file has it.
type Rule struct {
	ID        string            `json:"id"`
	Version   int               `json:"version"`
	Stage     string            `json:"stage,omitempty"` // "": the screening; "day": the day of a session
	Under     string            `json:"under,omitempty"` // the rule with which a protocol takes it out of force
	Condition string            `json:"condition"`
	Products  map[string]Weight `json:"products"`
	Action    string            `json:"action"`
	Sources   []Source          `json:"sources"`
	When      Term              `json:"when"`
}

// Stage of the day of a session; the screening itself is "".
const Day = "day"

// Set is a version of all rules.
type Set struct {
	Version string              `json:"version"`
	Items   map[string][]string `json:"items"` // what can be answered, where it is not yes or no
	Rules   []Rule              `json:"rules"`
}

var yesOrNo = []string{"yes", "no"}

// Codes are the answers to a question that the rules understand. Any other is
// to be looked at.
func (s Set) Codes(item string) []string {
	if of := s.Items[item]; of != nil {
		return of
	}
	return yesOrNo
}

//go:embed rules.json
var rulesFile []byte

var shipped = mustRules()

func mustRules() Set {
	var s Set
	if err := decode(rulesFile, &s); err != nil {
		panic("rules/screening: rules.json: " + err.Error())
	}
	for _, r := range s.Rules {
		if err := r.check(s); err != nil {
			panic("rules/screening: rules.json: " + r.ID + ": " + err.Error())
		}
	}
	return s
}

func decode(file []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (r Rule) check(s Set) error {
	if r.ID == "" || r.Version < 1 || r.Condition == "" || r.Action == "" || len(r.Sources) == 0 || len(r.Products) == 0 {
		return fmt.Errorf("something is missing")
	}
	for p, w := range r.Products {
		if !slices.Contains(Products, p) || w.Level == "" || !slices.Contains([]Effect{Block, Review, Note}, w.Effect) {
			return fmt.Errorf("product %q is not understood", p)
		}
	}
	return r.When.check(s)
}

// Shipped is the set that comes with the program. The slice is shared: read only.
func Shipped() Set { return shipped }

// Find gives one rule by its id.
func (s Set) Find(id string) (Rule, bool) {
	i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return s.Rules[i], true
}
