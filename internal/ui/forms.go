package ui

import (
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Form is a form that posts. It checks nothing in the browser: the server's own
// sentences are kinder than the browser's and the same for everyone.
type Form struct {
	Action string
	Name   string // its accessible name
	ID     string
	Get    bool   // asks (search, choosing a zone) rather than changes
	Draft  string // key under which the browser keeps what was typed until it is sent; empty keeps nothing
	Upload bool   // carries files
	Once   bool   // adds something for good: sent twice, it is done once (practice/once)
}

// OnceName is the field by which a form that is sent twice is known again.
const OnceName = "form-once"

// onceText is a text that no other form has.
func onceText() string { return rand.Text() }

// Field is a line to fill in.
type Field struct {
	Label, Name, Value string
	Type               string // empty for "text"
	ID                 string // empty for "f-" + Name; give one when a name stands twice on a page
	Hint, Error        string
	Autocomplete       string // empty for "off"
	InputMode          string
	Min, Max, Step     string
	MaxLength          int
	Required           bool
	Short              bool // a narrow field: a code, a number, a time
}

// Area is several lines to fill in.
type Area struct {
	Label, Name, Value string
	ID                 string
	Hint, Error        string
	Rows               int // 0 for 6
	MaxLength          int
	Required           bool
	Plain              bool // figures and Markdown: the control typeface rather than the reading one
}

// Option is one of several to choose from.
type Option struct{ Value, Label, Hint string }

// Choice is a group of which one is chosen, all of them in sight.
type Choice struct {
	Legend, Name, Value string
	ID                  string
	Options             []Option
	Hint, Error         string
	Required            bool
}

// Checks is a group of which any number may be chosen.
type Checks struct {
	Legend, Name string
	ID           string
	Values       []string
	Options      []Option
	Hint, Error  string
}

// Select is a list of which one is chosen, folded away: for many options.
type Select struct {
	Label, Name, Value string
	ID                 string
	Options            []Option
	Hint, Error        string
	Autocomplete       string
	Required           bool
	Short              bool
}

// Check is a single yes.
type Check struct {
	Label, Name string
	Value       string // empty for "yes"
	ID          string
	Checked     bool
	Hint, Error string
	Required    bool
}

// Value is a name with what it carries, for hidden fields.
type Value struct{ Name, Value string }

// PostButton is a form of one button, for what changes something.
type PostButton struct {
	Action string
	Label  string
	About  string // added to the accessible name where the label alone is not enough: "of 3 December"
	Kind   string // "" main action, "quiet", "care", "text", "time"
	Hidden []Value
}

// Problem is one mistake in a form.
type Problem struct{ Name, Sentence, ID string }

// Problems orders the sentences of a refusal for ErrorSummary: first the named
// fields in the page's order, then the rest by name. Sentences under "" belong to
// the whole form.
func Problems(fields map[string]string, order ...string) []Problem {
	var rest []string
	for name := range fields {
		if !slices.Contains(order, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	var out []Problem
	for _, name := range append(order, rest...) {
		if s := fields[name]; s != "" {
			out = append(out, Problem{Name: name, Sentence: s})
		}
	}
	return out
}

// href leads to the field; Choice and Checks carry the id on their first control.
func (p Problem) href() string { return "#" + or(p.ID, fieldID("", p.Name)) }

func fieldID(id, name string) string {
	if id != "" {
		return id
	}
	return "f-" + idLetters.Replace(name)
}

var idLetters = strings.NewReplacer(" ", "-", "[", "-", "]", "")

// describedBy names the lines that belong to a field, for aria-describedby.
func describedBy(id, hint, problem string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	if problem != "" {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

// optionID is the id of one choice; the first carries the group's own, so that a
// link from the error summary lands on something that takes the focus.
func optionID(id string, i int) string {
	if i == 0 {
		return id
	}
	return id + "-" + itoa(i+1)
}

func buttonClass(kind string) string {
	switch kind {
	case "quiet":
		return "button button-quiet"
	case "care":
		return "button button-care"
	case "text":
		return "button-text"
	case "time":
		return "time"
	}
	return "button"
}

// Render makes Form a component; its children are the fields.
func (f Form) Render(ctx context.Context, w io.Writer) error { return form(f).Render(ctx, w) }

// Render makes Field a component.
func (f Field) Render(ctx context.Context, w io.Writer) error { return field(f).Render(ctx, w) }

// Render makes Area a component.
func (a Area) Render(ctx context.Context, w io.Writer) error { return area(a).Render(ctx, w) }

// Render makes Choice a component.
func (c Choice) Render(ctx context.Context, w io.Writer) error { return choice(c).Render(ctx, w) }

// Render makes Checks a component.
func (c Checks) Render(ctx context.Context, w io.Writer) error { return checks(c).Render(ctx, w) }

// Render makes Select a component.
func (s Select) Render(ctx context.Context, w io.Writer) error { return selectBox(s).Render(ctx, w) }

// Render makes Check a component.
func (c Check) Render(ctx context.Context, w io.Writer) error { return check(c).Render(ctx, w) }

// Render makes PostButton a component.
func (b PostButton) Render(ctx context.Context, w io.Writer) error {
	return postButton(b).Render(ctx, w)
}

var (
	_ templ.Component = Form{}
	_ templ.Component = Field{}
	_ templ.Component = PostButton{}
)
