package measures

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"held/rules/scoring"
)

// Limits of what a practice loads.
const (
	maxWords = 1000 // runes of one question
	maxItems = 200
)

// Wording is the licensed text of an instrument whose structure is Held's.
type Wording struct {
	Instrument  string                       `json:"instrument"`
	Edition     string                       `json:"edition"` // which edition or translation it is
	Instruction string                       `json:"instruction,omitempty"`
	Items       map[string]string            `json:"items"`             // by the item's key
	Options     map[string]map[string]string `json:"options,omitempty"` // by the list's name and the value
}

// Fault is one thing that does not fit, with its path.
type Fault struct{ Path, Text string }

// faults gathers.
type faults []Fault

func (f *faults) add(bad bool, path, format string, args ...any) {
	if bad {
		*f = append(*f, Fault{path, fmt.Sprintf(format, args...)})
	}
}

// strict reads JSON that may hold nothing that is not known, and nothing after it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return nil
}

// Fit puts a licensed wording into the structure it belongs to. Every text that
// the structure lacks must be there, and none that it does not know.
func Fit(in scoring.Instrument, data []byte) (scoring.Instrument, []Fault) {
	var w Wording
	if err := strict(data, &w); err != nil {
		return in, []Fault{{"file", "This could not be read as JSON of a wording: " + err.Error() + "."}}
	}
	var f faults
	f.add(w.Instrument != in.ID, "instrument", "is %q; this is for %q", w.Instrument, in.ID)
	f.add(strings.TrimSpace(w.Edition) == "" || utf8.RuneCountInString(w.Edition) > 60, "edition", "says which edition this is, in at most 60 characters")
	f.add(utf8.RuneCountInString(w.Instruction) > 2*maxWords, "instruction", "is longer than %d characters", 2*maxWords)
	in.Items, in.Options = slices.Clone(in.Items), maps.Clone(in.Options)
	fitItems(&f, &in, w)
	fitOptions(&f, &in, w)
	if w.Instruction != "" {
		in.Instruction = w.Instruction
	}
	in.Version += ", " + strings.TrimSpace(w.Edition)
	return in, f
}

func fitItems(f *faults, in *scoring.Instrument, w Wording) {
	known := map[string]bool{}
	for i, it := range in.Items {
		path, text := "items."+it.Key, strings.TrimSpace(w.Items[it.Key])
		known[it.Key] = true
		f.add(text == "" && it.Text == "", path, "is missing")
		f.add(text != "" && it.Text != "" && text != it.Text, path, "Held has this wording already, and another one")
		f.add(utf8.RuneCountInString(text) > maxWords, path, "is longer than %d characters", maxWords)
		if text != "" {
			in.Items[i].Text = text
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.Items)) {
		f.add(!known[key], "items."+key, "there is no such item")
	}
}

func fitOptions(f *faults, in *scoring.Instrument, w Wording) {
	for _, list := range slices.Sorted(maps.Keys(in.Options)) {
		given, seen := w.Options[list], map[string]bool{}
		options := slices.Clone(in.Options[list])
		for i, o := range options {
			v := strconv.Itoa(o.Value)
			path, text := "options."+list+"."+v, strings.TrimSpace(given[v])
			seen[v] = true
			f.add(text == "" && o.Text == "", path, "is missing")
			f.add(utf8.RuneCountInString(text) > maxWords, path, "is longer than %d characters", maxWords)
			if text != "" {
				options[i].Text = text
			}
		}
		for _, v := range slices.Sorted(maps.Keys(given)) {
			f.add(!seen[v], "options."+list+"."+v, "there is no such value")
		}
		in.Options[list] = options
	}
	for _, list := range slices.Sorted(maps.Keys(w.Options)) {
		f.add(in.Options[list] == nil, "options."+list, "there is no such list")
	}
}

// ids are what a practice may call an instrument.
var ids = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)

// OwnInstrument reads a practice's own instrument: the same data as the shipped ones, with
// its wording, under a name that none of Held's has.
func OwnInstrument(data []byte) (scoring.Instrument, []Fault) {
	in, err := scoring.Parse(data)
	var f faults
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			path, text, cut := strings.Cut(line, ": ")
			if !cut || strings.Contains(path, " ") {
				path, text = "file", line
			}
			f = append(f, Fault{path, text})
		}
		return in, f
	}
	f.add(!ids.MatchString(in.ID), "id", "is 2 to 40 small letters, digits and hyphens")
	if _, err := Find(in.ID); err == nil {
		f.add(true, "id", "Held has an instrument of this name; please choose another")
	}
	for path, s := range map[string]string{"title": in.Title, "version": in.Version, "scoring": in.Scoring} {
		f.add(utf8.RuneCountInString(s) > 100, path, "is longer than 100 characters")
	}
	f.add(utf8.RuneCountInString(in.About) > maxWords, "about", "is longer than %d characters", maxWords)
	f.add(len(in.Items) > maxItems, "items", "are more than %d", maxItems)
	for i, it := range in.Items {
		path := fmt.Sprintf("items[%d]", i)
		f.add(strings.TrimSpace(it.Text) == "" || utf8.RuneCountInString(it.Text) > maxWords, path+".text", "is 1 to %d characters", maxWords)
		f.add(it.Key == OwnLine || it.Key == "instruction", path+".key", "%q is a name that Held uses", it.Key)
	}
	for _, list := range slices.Sorted(maps.Keys(in.Options)) {
		had := map[int]bool{}
		for i, o := range in.Options[list] {
			path := fmt.Sprintf("options.%s[%d]", list, i)
			f.add(had[o.Value], path+".value", "%d is there twice", o.Value)
			f.add(strings.TrimSpace(o.Text) == "" || utf8.RuneCountInString(o.Text) > maxWords, path+".text", "is 1 to %d characters", maxWords)
			had[o.Value] = true
		}
	}
	return in, f
}

// SameStructure tells whether answers to one fit the other: the same items with
// the same values, in the same order.
func SameStructure(a, b scoring.Instrument) bool {
	return slices.EqualFunc(a.Items, b.Items, func(x, y scoring.Item) bool {
		return x.Key == y.Key && slices.Equal(valuesOf(a, x), valuesOf(b, y))
	})
}

func valuesOf(in scoring.Instrument, it scoring.Item) (out []int) {
	if it.Range != nil {
		return []int{it.Range[0], it.Range[1], -1}
	}
	for _, o := range in.Options[it.Options] {
		out = append(out, o.Value)
	}
	slices.Sort(out)
	return out
}

// Empty is a wording to fill in: what the structure lacks, with nothing in it.
func Empty(in scoring.Instrument) ([]byte, error) {
	w := Wording{Instrument: in.ID, Items: map[string]string{}, Options: map[string]map[string]string{}}
	for _, it := range in.Items {
		if it.Text == "" {
			w.Items[it.Key] = ""
		}
	}
	for list, options := range in.Options {
		for _, o := range options {
			if o.Text != "" {
				continue
			}
			if w.Options[list] == nil {
				w.Options[list] = map[string]string{}
			}
			w.Options[list][strconv.Itoa(o.Value)] = ""
		}
	}
	return json.MarshalIndent(w, "", " ")
}
