package scoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Instrument is a questionnaire with its scoring, as data.
type Instrument struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version string `json:"version"` // of items and wording
	Scoring string `json:"scoring"` // version of the rules below
	About   string `json:"about"`   // what it asks about, in Held's words
	Rater   string `json:"rater"`   // "self" or "clinician"

	Conversation bool `json:"conversation,omitempty"` // asked to begin a conversation from, no more

	Recall      string  `json:"recall,omitempty"`      // "last 2 weeks"
	Instruction string  `json:"instruction,omitempty"` // as published
	Licence     Licence `json:"licence"`

	Codes   Codes               `json:"codes,omitzero"`
	Options map[string][]Option `json:"options"`
	Items   []Item              `json:"items"`
	Implied []Implied           `json:"implied,omitempty"`
	Scores  []Spec              `json:"scores"`
	BandOf  string              `json:"band_of,omitempty"`
	Change  *Change             `json:"change,omitempty"`
	Notes   []Note              `json:"notes,omitempty"` // what is uncertain, and says so
}

// Licence says whether the wording may be passed on.
type Licence struct {
	Name            string `json:"name"`
	Redistributable string `json:"redistributable"` // yes, credit, noncommercial, no
	Notice          string `json:"notice,omitempty"`
	Credit          string `json:"credit,omitempty"`
	Source          string `json:"source,omitempty"`
	Confidence      string `json:"confidence"` // how sure that is
}

// Codes are LOINC's, where they were verified.
type Codes struct {
	Panel string `json:"panel,omitempty"`
	Total string `json:"total,omitempty"`
}

// Option is one value an item can be answered with.
type Option struct {
	Value int    `json:"value"`
	Text  string `json:"text,omitempty"` // "" where the wording is not shipped
	Code  string `json:"code,omitempty"`
}

// Item is one question. Its text is empty where the wording is not shipped.
type Item struct {
	Key      string     `json:"key"`
	Label    string     `json:"label,omitempty"` // Held's own short name, never the wording
	Text     string     `json:"text,omitempty"`
	Options  string     `json:"options,omitempty"` // a list of Instrument.Options
	Range    *[2]int    `json:"range,omitempty"`   // or a whole number between two
	Ends     *[2]string `json:"ends,omitempty"`    // what the ends of the range are called
	Reverse  *int       `json:"reverse,omitempty"` // points are this minus the answer
	Symptom  *int       `json:"symptom,omitempty"` // counts as a symptom from these points on
	Safety   *int       `json:"safety,omitempty"`  // somebody must look from these points on
	Unscored bool       `json:"unscored,omitempty"`
	Code     string     `json:"code,omitempty"`
}

// Implied says what follows from an answer.
type Implied struct {
	When  string   `json:"when"`
	Is    int      `json:"is"`
	Then  []string `json:"then"`
	Value int      `json:"value"`
}

// Spec is how one score is made.
type Spec struct {
	Key      string            `json:"key"`
	Title    string            `json:"title,omitempty"`
	Method   string            `json:"method"`
	Items    []string          `json:"items,omitempty"`
	Of       []string          `json:"of,omitempty"` // scores above it
	MayMiss  int               `json:"may_miss,omitempty"`
	Times    int               `json:"times,omitempty"`
	Decimals int               `json:"decimals,omitempty"`
	AtLeast  *Number           `json:"at_least,omitempty"`
	Groups   [][]string        `json:"groups,omitempty"`
	Table    map[string]Number `json:"table,omitempty"`
	Classes  []Class           `json:"classes,omitempty"`
	Else     string            `json:"else,omitempty"`
	Unsure   string            `json:"unsure,omitempty"`
	Gates    []Gate            `json:"gates,omitempty"`
	Bands    []Band            `json:"bands,omitempty"`
	Exact    bool              `json:"exact,omitempty"`    // bands are read before rounding
	BandKey  string            `json:"band_key,omitempty"` // the band as a score of its own
	BandNote string            `json:"band_note,omitempty"`
	Lowest   *int              `json:"lowest,omitempty"`
	Highest  *int              `json:"highest,omitempty"`
}

// Band is a name for scores from a value on; Above leaves the value itself out.
type Band struct {
	From  Number `json:"from"`
	Above bool   `json:"above,omitempty"`
	Is    string `json:"is"`
	Says  string `json:"says,omitempty"` // for people, where Is is a code
}

// Words is what the band is called.
func (b Band) Words() string {
	if b.Says != "" {
		return b.Says
	}
	return b.Is
}

// Change is what a difference between two scores must reach to be more than
// chance, as published.
type Change struct {
	Of        string  `json:"of"`
	Reliable  *Number `json:"reliable,omitempty"`
	Setting   bool    `json:"setting,omitempty"`   // sources disagree: the practice decides
	Uncertain bool    `json:"uncertain,omitempty"` // not checked against its source: the practice may decide
	Worse     string  `json:"worse,omitempty"`     // "higher" or "lower" values are worse; "" is neither
	Source    string  `json:"source"`
}

// Note is a sentence about where a fact comes from.
type Note struct {
	Text string `json:"text"`
	Mark string `json:"mark,omitempty"` // "unverified", "project rule"
}

// Wording tells whether the instrument's questions can be asked as it stands.
func (in Instrument) Wording() bool {
	return !slices.ContainsFunc(in.Items, func(it Item) bool { return it.Text == "" })
}

func (sp Spec) times() int {
	if sp.Times == 0 {
		return 1
	}
	return sp.Times
}

func (it Item) symptomFrom() int {
	if it.Symptom == nil {
		return 1
	}
	return *it.Symptom
}

func (sp Spec) band(o outcome) string {
	n := o.shown
	if sp.Exact {
		n = o.exact
	}
	if n == nil {
		return ""
	}
	is := ""
	for _, b := range sp.Bands {
		if c := n.Cmp(b.From); c > 0 || c == 0 && !b.Above {
			is = b.Is
		}
	}
	return is
}

// Allows tells whether an item can be answered with a value.
func (in Instrument) Allows(it Item, v int) bool {
	if it.Range != nil {
		return v >= it.Range[0] && v <= it.Range[1]
	}
	return slices.ContainsFunc(in.Options[it.Options], func(o Option) bool { return o.Value == v })
}

func (in Instrument) values(it Item) string {
	if it.Range != nil {
		return fmt.Sprintf("%d to %d", it.Range[0], it.Range[1])
	}
	var out []string
	for _, o := range in.Options[it.Options] {
		out = append(out, fmt.Sprint(o.Value))
	}
	return strings.Join(out, ", ")
}

// Parse reads an instrument, refuses what it does not know, and holds it
// against itself. The error joins one line for each fault, beginning with its
// path.
func Parse(data []byte) (Instrument, error) {
	var in Instrument
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, fmt.Errorf("the instrument could not be read: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("something follows the instrument")
	}
	return in, errors.Join(in.faults()...)
}
