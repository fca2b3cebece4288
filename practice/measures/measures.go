// Package measures keeps the instruments: what each asks, how it is scored, and
// under which licence. Each is one file of data in instruments/, with worked
// cases beside it; a new one needs no code.
package measures

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"held/rules/scoring"
)

//go:embed instruments/*.json
var files embed.FS

// Shipped are the instruments that come with Held, by id. Where the licence
// does not let the wording be passed on, an instrument has its structure and
// scoring only. The slice is the caller's own; what an instrument is made of is
// shared by everybody and is never written into.
func Shipped() ([]scoring.Instrument, error) {
	all, err := shippedOnce()
	return slices.Clone(all), err
}

// shippedOnce reads them once: they are asked for with every check-in.
var shippedOnce = sync.OnceValues(func() ([]scoring.Instrument, error) {
	names, err := fs.Glob(files, "instruments/*.json")
	if err != nil {
		return nil, err
	}
	var out []scoring.Instrument
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		in, err := scoring.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if want := strings.TrimSuffix(path.Base(name), ".json"); in.ID != want {
			return nil, fmt.Errorf("%s: its id is %q", name, in.ID)
		}
		out = append(out, in)
	}
	return out, nil
})

// Find finds a shipped instrument by its id or title, whichever way it is
// written: PHQ-9 is phq9.
func Find(id string) (scoring.Instrument, error) {
	all, err := Shipped()
	if err != nil {
		return scoring.Instrument{}, err
	}
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool {
		return plain(in.ID) == plain(id) || plain(in.Title) == plain(id)
	})
	if i < 0 {
		return scoring.Instrument{}, fmt.Errorf("there is no instrument %q. `held measures list` names them", id)
	}
	return all[i], nil
}

// plain is an id without what people write differently.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// Answered is what "held measures score" and others hand in: one number for
// each item, null where one is missing.
type Answered struct {
	Answers scoring.Answers `json:"answers"`
}

// Report is a result as JSON: every score under its key, the band, and how many
// answers are missing.
type Report struct {
	Scores  map[string]any `json:"scores"`
	Band    *string        `json:"band"`
	Missing int            `json:"missing"`
}

// ReportOf puts a result into the form in which it is told to programs.
func ReportOf(r scoring.Result) Report {
	out := Report{Scores: map[string]any{}, Missing: r.Missing}
	for _, v := range r.Scores {
		out.Scores[v.Key] = v.Value
	}
	if r.Band != "" {
		out.Band = &r.Band
	}
	return out
}

// Read reads answers as JSON, strictly.
func Read(data []byte) (Answered, error) {
	var a struct {
		Answers *[]*json.Number `json:"answers"`
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return Answered{}, fmt.Errorf("the answers could not be read as {\"answers\":[…]}: %w", err)
	}
	if a.Answers == nil {
		return Answered{}, fmt.Errorf("the answers could not be read: there is no \"answers\"")
	}
	var out Answered
	for i, n := range *a.Answers {
		if n == nil {
			out.Answers = append(out.Answers, nil)
			continue
		}
		v, err := n.Int64()
		if err != nil || v < -1000 || v > 1000 {
			return Answered{}, fmt.Errorf("answer %d is %s; a whole number or null is needed", i+1, n)
		}
		w := int(v)
		out.Answers = append(out.Answers, &w)
	}
	return out, nil
}
