// Package questionnaire is the reckoning of forms: a FHIR R4 Questionnaire as
// far as Held understands it, what of it is asked given what was answered, what
// is missing, and the QuestionnaireResponse that comes of it. It reads and
// writes JSON and does nothing else.
package questionnaire

import (
	"encoding/json"
	"slices"
)

// Questionnaire is one version of a form.
type Questionnaire struct {
	ResourceID, URL, Version, Name, Title, Status, Description, Language string
	SubjectType                                                          []string
	Extension                                                            []Extension
	Item                                                                 []*Item

	more  map[string]json.RawMessage // what is kept and exported, and means nothing here
	index map[string]*Item
}

// Type is the kind of an item.
type Type string

// The types that Held asks.
const (
	Group      Type = "group"
	Display    Type = "display"
	Boolean    Type = "boolean"
	Decimal    Type = "decimal"
	Integer    Type = "integer"
	Date       Type = "date"
	Time       Type = "time"
	String     Type = "string"
	Text       Type = "text"
	URL        Type = "url"
	Choice     Type = "choice"
	OpenChoice Type = "open-choice"
	Attachment Type = "attachment"
	Quantity   Type = "quantity"
)

// Types lists them in the order in which the editor offers them.
var Types = []Type{Group, Display, Text, String, Choice, OpenChoice, Boolean, Integer, Decimal, Quantity, Date, Time, URL, Attachment}

// Item is a group, a question or a word in between.
type Item struct {
	LinkID, Prefix, Text        string
	Type                        Type
	EnableWhen                  []Condition
	Any                         bool // one condition is enough; otherwise all must hold
	Required, Repeats, ReadOnly bool
	MaxLength                   int
	Options                     []Option
	Extension                   []Extension
	Item                        []*Item

	more   map[string]json.RawMessage
	parent *Item
	rows   *Item // the repeating group that it stands in
}

// Condition is one reason for which an item is asked.
type Condition struct {
	Question string
	Operator string
	Exists   bool   // for "exists"
	Answer   Answer // for every other operator
}

// Option is one of the choices of a question.
type Option struct {
	Value     Answer // a coding, a text, a whole number or a day
	Extension []Extension
}

// Extension is kept as it came; what Held understands is read out of it.
type Extension struct {
	URL string
	Raw json.RawMessage // the whole of it
}

// Item finds a question by its linkId; nil where there is none.
func (q *Questionnaire) Of(linkID string) *Item { return q.index[linkID] }

// All walks through every item in reading order until f says no.
func (q *Questionnaire) All(f func(*Item) bool) { walk(q.Item, f) }

func walk(all []*Item, f func(*Item) bool) bool {
	for _, i := range all {
		if !f(i) || !walk(i.Item, f) {
			return false
		}
	}
	return true
}

// link makes the index and says of each item what it stands in.
func (q *Questionnaire) link() {
	q.index = map[string]*Item{}
	var into func(all []*Item, parent, rows *Item)
	into = func(all []*Item, parent, rows *Item) {
		for _, i := range all {
			i.parent, i.rows = parent, rows
			if q.index[i.LinkID] == nil {
				q.index[i.LinkID] = i
			}
			inner := rows
			if i.Type == Group && i.Repeats {
				inner = i
			}
			into(i.Item, i, inner)
		}
	}
	into(q.Item, nil, nil)
}

// Parent is what an item stands in; nil at the top.
func (i *Item) Parent() *Item { return i.parent }

// Rows is the repeating group that an item stands in; nil where it is asked once.
func (i *Item) Rows() *Item { return i.rows }

// Asks tells whether an item can have an answer.
func (i *Item) Asks() bool { return i.Type != Group && i.Type != Display }

// Fills tells whether a person answers it: it is neither reckoned nor fixed nor hidden.
func (i *Item) Fills() bool {
	return i.Asks() && !i.ReadOnly && i.Calculated() == "" && !i.Hidden()
}

// Help is what explains an item: the display items of that control below it.
func (i *Item) Help() string {
	for _, c := range i.Item {
		if c.Type == Display && c.Control() == "help" {
			return c.Text
		}
	}
	return ""
}

// IsHelp tells whether this item explains the one that it stands in.
func (i *Item) IsHelp() bool { return i.Type == Display && i.Control() == "help" && i.parent != nil }

// Chooses tells whether an item offers choices.
func (i *Item) Chooses() bool { return i.Type == Choice || i.Type == OpenChoice }

// Option finds the choice that an answer took.
func (i *Item) Option(a Answer) (Option, bool) {
	n := slices.IndexFunc(i.Options, func(o Option) bool { return o.Value.Same(a) })
	if n < 0 {
		return Option{}, false
	}
	return i.Options[n], true
}
