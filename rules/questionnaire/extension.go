package questionnaire

import (
	"encoding/json"
	"strconv"
)

// The extensions that Held understands.
const (
	hl7 = "http://hl7.org/fhir/StructureDefinition/"

	ExtUnit       = hl7 + "questionnaire-unit"
	ExtControl    = hl7 + "questionnaire-itemControl"
	ExtHidden     = hl7 + "questionnaire-hidden"
	ExtExclusive  = hl7 + "questionnaire-optionExclusive"
	ExtMin        = hl7 + "minValue"
	ExtMax        = hl7 + "maxValue"
	ExtOrdinal    = hl7 + "ordinalValue"
	ExtWeight     = hl7 + "itemWeight"
	ExtCalculated = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"

	// ExtSeen says who reads the answers of a group: a code of Seen.
	ExtSeen = "urn:held:seen-by"
	// ExtSafety marks answers that may mean that somebody is in danger. On a
	// question: valueBoolean is the answer that does, valueInteger the score or
	// number from which on it does. On a choice: valueBoolean true.
	ExtSafety = "urn:held:safety"
)

// Seen is who reads what was answered, beside whoever answered it.
type Seen string

// The readers.
const (
	Team       Seen = "team" // guide and prescriber of the care team
	Guide      Seen = "guide"
	Prescriber Seen = "prescriber"
)

// SeenBy lists them.
var SeenBy = []Seen{Team, Guide, Prescriber}

type value struct {
	Code     string      `json:"valueCode"`
	Boolean  *bool       `json:"valueBoolean"`
	Integer  *int64      `json:"valueInteger"`
	Decimal  json.Number `json:"valueDecimal"`
	Date     string      `json:"valueDate"`
	String   string      `json:"valueString"`
	Coding   *Coding     `json:"valueCoding"`
	Quantity *struct {
		Value json.Number `json:"value"`
	} `json:"valueQuantity"`
	Concept *struct {
		Coding []Coding `json:"coding"`
	} `json:"valueCodeableConcept"`
	Expression *struct {
		Language   string `json:"language"`
		Expression string `json:"expression"`
	} `json:"valueExpression"`
}

// find reads the first extension of an address; false where there is none.
func find(all []Extension, url string) (v value, ok bool) {
	for _, e := range all {
		if e.URL == url {
			return v, json.Unmarshal(e.Raw, &v) == nil
		}
	}
	return v, false
}

// number is a value as a number, however it was written.
func (v value) number() (float64, bool) {
	switch {
	case v.Integer != nil:
		return float64(*v.Integer), true
	case v.Decimal != "":
		n, err := v.Decimal.Float64()
		return n, err == nil
	case v.Quantity != nil:
		n, err := v.Quantity.Value.Float64()
		return n, err == nil
	}
	return 0, false
}

// Unit is the unit of a number.
func (i *Item) Unit() Coding {
	v, _ := find(i.Extension, ExtUnit)
	if v.Coding == nil {
		return Coding{}
	}
	return *v.Coding
}

// Control is how an item would like to be shown: "help", "radio-button", "drop-down" …
func (i *Item) Control() string {
	v, _ := find(i.Extension, ExtControl)
	if v.Concept == nil || len(v.Concept.Coding) == 0 {
		return ""
	}
	return v.Concept.Coding[0].Code
}

// Hidden tells whether an item, or what it stands in, is never shown.
func (i *Item) Hidden() bool {
	for ; i != nil; i = i.parent {
		if v, _ := find(i.Extension, ExtHidden); v.Boolean != nil && *v.Boolean {
			return true
		}
	}
	return false
}

// Calculated is the expression by which an item is reckoned; empty where it is asked.
func (i *Item) Calculated() string {
	v, _ := find(i.Extension, ExtCalculated)
	if v.Expression == nil {
		return ""
	}
	return v.Expression.Expression
}

// Seen is who reads an item's answer: what it, or the nearest group around it, says.
func (i *Item) Seen() Seen {
	for ; i != nil; i = i.parent {
		if v, ok := find(i.Extension, ExtSeen); ok {
			return Seen(v.Code)
		}
	}
	return Team
}

// OwnSeen is what the item itself says; empty where it says nothing.
func (i *Item) OwnSeen() Seen {
	v, _ := find(i.Extension, ExtSeen)
	return Seen(v.Code)
}

// Bounds are the least and the greatest number or day, as written; empty where
// there is none.
func (i *Item) Bounds() (least, most string) { return bound(i, ExtMin), bound(i, ExtMax) }

func bound(i *Item, url string) string {
	v, _ := find(i.Extension, url)
	if v.Date != "" {
		return v.Date
	}
	if n, ok := v.number(); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return ""
}

// Exclusive tells whether a choice stands alone: "none of these".
func (o Option) Exclusive() bool {
	v, _ := find(o.Extension, ExtExclusive)
	return v.Boolean != nil && *v.Boolean
}

// Weight is the score of a choice.
func (o Option) Weight() (float64, bool) {
	all := o.Extension
	if o.Value.Coding != nil {
		all = append(append([]Extension{}, all...), o.Value.Coding.Extension...)
	}
	for _, url := range []string{ExtOrdinal, ExtWeight} {
		if v, ok := find(all, url); ok {
			return v.number()
		}
	}
	return 0, false
}

// Weight is the score of an answer to an item: of the choice that it took.
func (i *Item) Weight(a Answer) (float64, bool) {
	o, ok := i.Option(a)
	if !ok {
		return 0, false
	}
	return o.Weight()
}

// Safety tells whether an answer is one of those that may mean danger.
func (i *Item) Safety(a Answer) bool {
	if o, ok := i.Option(a); ok {
		if v, _ := find(o.Extension, ExtSafety); v.Boolean != nil && *v.Boolean {
			return true
		}
	}
	v, ok := find(i.Extension, ExtSafety)
	switch {
	case !ok:
		return false
	case v.Boolean != nil:
		return a.Boolean != nil && *a.Boolean == *v.Boolean
	}
	from, ok := v.number()
	if !ok {
		return false
	}
	n, ok := i.Weight(a)
	if !ok {
		n, ok = a.Number()
	}
	return ok && n >= from
}

// Watched tells whether any answer to an item may mean danger.
func (i *Item) Watched() bool {
	if _, ok := find(i.Extension, ExtSafety); ok {
		return true
	}
	for _, o := range i.Options {
		if _, ok := find(o.Extension, ExtSafety); ok {
			return true
		}
	}
	return false
}

// Extend writes an extension with one value: Extend(ExtSeen, "valueCode", "guide").
func Extend(url, kind string, v any) Extension {
	raw, err := json.Marshal(map[string]any{"url": url, kind: v})
	if err != nil {
		panic("questionnaire: an extension that cannot be written: " + err.Error())
	}
	return Extension{URL: url, Raw: raw}
}

// With sets an extension in the place of any of the same address.
func With(all []Extension, e Extension) []Extension { return append(Without(all, e.URL), e) }

// Without leaves out every extension of an address.
func Without(all []Extension, url string) []Extension {
	var out []Extension
	for _, e := range all {
		if e.URL != url {
			out = append(out, e)
		}
	}
	return out
}
