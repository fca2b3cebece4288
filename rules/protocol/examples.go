package protocol

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed examples.json
var examplesFile []byte

// Mark says how well an example is founded; it stands beside every one.
type Mark string

// The marks.
const (
	Excerpt        Mark = "excerpt"         // the source was read in an excerpt only
	General        Mark = "general"         // nobody has checked it against a source
	Default        Mark = "default"         // the project's own, for want of a standard
	DefaultGeneral Mark = "default-general" // both
)

// Words are the mark as people read it.
func (m Mark) Words() string {
	switch m {
	case Excerpt:
		return "the source was read in an excerpt only"
	case General:
		return "general knowledge, not checked against a source"
	case Default:
		return "project default, no published standard"
	case DefaultGeneral:
		return "project default, no published standard; from general knowledge, not checked against a source"
	}
	return ""
}

// Sentence is the mark standing by itself.
func (m Mark) Sentence() string {
	w := m.Words()
	if w == "" {
		return ""
	}
	return strings.ToUpper(w[:1]) + w[1:] + "."
}

// Example is what has been published, or is usual, about one field. It is
// offered beside the field and is never in it by itself.
type Example struct {
	Path    string     `json:"path"`
	For     []Medicine `json:"for,omitempty"`   // empty: for all
	Value   []string   `json:"value,omitempty"` // as it is typed; empty: only to be read
	Text    string     `json:"text"`
	Source  []string   `json:"source,omitempty"`
	Mark    Mark       `json:"mark"`
	Default bool       `json:"default,omitempty"` // stands in the example of a whole protocol
}

var (
	sources  map[string]string
	examples []Example
)

func init() {
	var file struct {
		Sources  map[string]string `json:"sources"`
		Examples []Example         `json:"examples"`
	}
	if err := json.Unmarshal(examplesFile, &file); err != nil {
		panic(fmt.Sprintf("protocol: examples.json: %v", err)) // it is part of the program
	}
	sources, examples = file.Sources, file.Examples
}

// Examples are what is known about a field for a medicine, in the file's order.
// Each keeps its place among them: it is named by it.
func Examples(m Medicine, path string) []Example {
	var out []Example
	for _, e := range examples {
		if e.Path == path && (len(e.For) == 0 || slices.Contains(e.For, m)) {
			out = append(out, e)
		}
	}
	return out
}

// From is where an example comes from, in words.
func (e Example) From() []string {
	var out []string
	for _, id := range e.Source {
		out = append(out, sources[id])
	}
	return out
}

// Shown is an example's value as it is read.
func (e Example) Shown() string {
	f, _ := FieldAt(e.Path)
	return f.Shown(e.Value)
}

// Shown is a value as it is read: codes in their words.
func (f Field) Shown(value []string) string {
	var out []string
	for _, v := range value {
		if l := label(f.Options, v); l != "" {
			v = l
		}
		out = append(out, v)
	}
	return strings.Join(out, "; ")
}

// ExampleOf is a document filled with published examples and the project's
// defaults: to look at, and to try things with. Where nothing is published the
// field stays empty. It is nobody's protocol.
func ExampleOf(m Medicine) *Document {
	d := &Document{Format: Format, Medicine: m}
	for _, f := range fields {
		for _, e := range Examples(m, f.Path) {
			if e.Default {
				if err := d.Set(f, e.Value...); err != nil {
					panic(fmt.Sprintf("protocol: examples.json: %s: %v", f.Path, err)) // it is part of the program
				}
				break
			}
		}
	}
	return d
}

// Change is one field in which two documents differ.
type Change struct {
	Field    Field
	Was, Now string // as they are read; empty: nothing
}

// Changes lists in which fields a document differs from an earlier one.
func Changes(was, now *Document) []Change {
	var out []Change
	for _, f := range fields {
		if a, b := was.Get(f), now.Get(f); !slices.Equal(a, b) {
			out = append(out, Change{f, f.Shown(a), f.Shown(b)})
		}
	}
	return out
}
