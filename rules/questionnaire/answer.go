package questionnaire

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Coding is a code with its words.
type Coding struct {
	System    string      `json:"system,omitempty"`
	Version   string      `json:"version,omitempty"`
	Code      string      `json:"code,omitempty"`
	Display   string      `json:"display,omitempty"`
	Extension []Extension `json:"extension,omitempty"`
}

// Amount is a number with its unit.
type Amount struct {
	Value  json.Number `json:"value"`
	Unit   string      `json:"unit,omitempty"`
	System string      `json:"system,omitempty"`
	Code   string      `json:"code,omitempty"`
}

// File is an attachment: what it is called and where it lies, never its bytes.
type File struct {
	ContentType string `json:"contentType,omitempty"`
	URL         string `json:"url,omitempty"`
	Size        int64  `json:"size,omitempty"`
	Title       string `json:"title,omitempty"`
}

// Answer is one answer, or a value that answers are compared with. One field is set.
type Answer struct {
	Boolean  *bool       `json:"valueBoolean,omitempty"`
	Decimal  json.Number `json:"valueDecimal,omitempty"`
	Integer  *int64      `json:"valueInteger,omitempty"`
	Date     string      `json:"valueDate,omitempty"`
	Time     string      `json:"valueTime,omitempty"`
	String   string      `json:"valueString,omitempty"`
	URI      string      `json:"valueUri,omitempty"`
	Coding   *Coding     `json:"valueCoding,omitempty"`
	Quantity *Amount     `json:"valueQuantity,omitempty"`
	File     *File       `json:"valueAttachment,omitempty"`
}

// Yes, Whole, Number and the like make answers.
func Yes(v bool) Answer { return Answer{Boolean: &v} }

// Whole is a whole number.
func Whole(n int64) Answer { return Answer{Integer: &n} }

// Code is a choice by its code.
func Code(system, code, display string) Answer {
	return Answer{Coding: &Coding{System: system, Code: code, Display: display}}
}

// Words is a text.
func Words(s string) Answer { return Answer{String: s} }

// Empty tells whether nothing is answered.
func (a Answer) Empty() bool { return a == Answer{} }

// Same tells whether two answers mean the same.
func (a Answer) Same(b Answer) bool {
	switch {
	case a.Coding != nil && b.Coding != nil:
		x, y := a.Coding, b.Coding
		if x.Code == "" && y.Code == "" {
			return x.Display == y.Display
		}
		return x.Code == y.Code && (x.System == y.System || x.System == "" || y.System == "")
	case a.Boolean != nil && b.Boolean != nil:
		return *a.Boolean == *b.Boolean
	case a.File != nil && b.File != nil:
		return a.File.URL == b.File.URL
	}
	if x, ok := a.Number(); ok {
		y, also := b.Number()
		return also && x == y
	}
	x, y := a.plain(), b.plain()
	return x != "" && x == y
}

// Number is an answer as a number.
func (a Answer) Number() (float64, bool) {
	switch {
	case a.Integer != nil:
		return float64(*a.Integer), true
	case a.Decimal != "":
		n, err := a.Decimal.Float64()
		return n, err == nil
	case a.Quantity != nil:
		n, err := a.Quantity.Value.Float64()
		return n, err == nil
	}
	return 0, false
}

func (a Answer) plain() string { return a.Date + a.Time + a.String + a.URI }

// Words are an answer for people.
func (a Answer) Words() string {
	switch {
	case a.Boolean != nil:
		if *a.Boolean {
			return "Yes"
		}
		return "No"
	case a.Integer != nil:
		return strconv.FormatInt(*a.Integer, 10)
	case a.Decimal != "":
		return a.Decimal.String()
	case a.Quantity != nil:
		return strings.TrimSpace(a.Quantity.Value.String() + " " + a.Quantity.Unit)
	case a.Coding != nil:
		if a.Coding.Display != "" {
			return a.Coding.Display
		}
		return a.Coding.Code
	case a.File != nil:
		return a.File.Title
	}
	return a.plain()
}

// Key is a question in a response: its linkId, and, in a repeating group, which
// of its rows, counted from 0.
type Key struct {
	LinkID string
	Row    int
}

// String writes a key as the name of a field: the linkId, and "#2" for the second
// row beside the first.
func (k Key) String() string {
	if k.Row == 0 && !strings.Contains(k.LinkID, "#") {
		return k.LinkID
	}
	return k.LinkID + "#" + strconv.Itoa(k.Row)
}

// ParseKey reads what String wrote.
func ParseKey(s string) (Key, bool) {
	at := strings.LastIndexByte(s, '#')
	if at < 0 {
		return Key{LinkID: s}, s != ""
	}
	n, err := strconv.Atoi(s[at+1:])
	return Key{s[:at], n}, err == nil && n >= 0 && n < MaxRows && at > 0
}

// Answers are what was answered, by question.
type Answers map[Key][]Answer

// First is the first answer to a question that is asked once.
func (a Answers) First(linkID string) (Answer, bool) {
	all := a[Key{LinkID: linkID}]
	if len(all) == 0 {
		return Answer{}, false
	}
	return all[0], true
}

// Bool is a yes or no; known is false where it was not answered.
func (a Answers) Bool(linkID string) (yes, known bool) {
	v, ok := a.First(linkID)
	if !ok || v.Boolean == nil {
		return false, false
	}
	return *v.Boolean, true
}

// Codes are the codes of the choices that were taken, in the order of the form.
func (a Answers) Codes(linkID string) (out []string) {
	for _, v := range a[Key{LinkID: linkID}] {
		if v.Coding != nil {
			out = append(out, v.Coding.Code)
		}
	}
	return out
}

// Number is a number; known is false where it was not answered.
func (a Answers) Number(linkID string) (n float64, known bool) {
	v, ok := a.First(linkID)
	if !ok {
		return 0, false
	}
	return v.Number()
}

// Words are the answers for people, one beside the other; empty where none was given.
func (a Answers) Words(linkID string) string { return JoinWords(a[Key{LinkID: linkID}]) }

// JoinWords are several answers to one question for people.
func JoinWords(all []Answer) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.Words()
	}
	return strings.Join(out, "; ")
}

// Clone copies the map, not what stands in it.
func (a Answers) Clone() Answers {
	out := make(Answers, len(a))
	for k, v := range a {
		out[k] = v
	}
	return out
}

// Equal tells whether two lists of answers are the same, in their order.
func Equal(a, b []Answer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Same(b[i]) {
			return false
		}
	}
	return true
}
