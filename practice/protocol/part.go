package protocol

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/settings"
	rule "held/rules/protocol"
)

// fieldView is one field with what stands in it and what is known about it.
type fieldView struct {
	rule.Field
	Typed    []string
	Error    string
	Examples []rule.Example
}

func (f fieldView) first() string { return strings.Join(f.Typed, " ") }

func (f fieldView) anchor() string { return "f-" + f.Path }

// options are the list to choose from, with nothing first.
func (f fieldView) options() []ui.Option {
	var out []ui.Option
	if f.Kind == rule.Choice {
		out = append(out, ui.Option{Value: "", Label: "Not set"})
	}
	for _, o := range f.Options {
		out = append(out, ui.Option{Value: o.Value, Label: o.Label})
	}
	return out
}

// label is what the field is called within its part.
func (f fieldView) label() string {
	words := f.Label
	if strings.HasPrefix(f.Path, "bands.older.") {
		words = f.Name()
	}
	if f.Optional {
		words += " (optional)"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func (f fieldView) hint() string {
	switch f.Kind {
	case rule.Bound:
		return "With its sign, as >140, ≥160, <90 or ≤3."
	case rule.Minutes:
		return "Minutes with commas between them, as 0, 20, 40."
	}
	return ""
}

// partView is the page of one part of a draft.
type partView struct {
	rule.Part
	Draft    Draft
	Fields   []fieldView
	Revision int64
	Edit     bool
	Filled   string // what an example was put into
	Problems map[string]string
	Before   ui.Link
	After    ui.Link
}

func (v partView) order() (out []string) {
	for _, f := range v.Fields {
		out = append(out, f.Path)
	}
	return out
}

// partOf makes the page of a part from what stands in the draft, or from what
// was typed.
func partOf(d Draft, part rule.Part, typed map[string][]string, problems map[string]string) partView {
	v := partView{Part: part, Draft: d, Revision: d.Revision, Problems: problems}
	for _, f := range rule.Fields() {
		if f.Part != part.Key {
			continue
		}
		x := fieldView{Field: f, Typed: d.Doc.Get(f), Error: problems[f.Path], Examples: rule.Examples(d.Medicine, f.Path)}
		if typed != nil {
			x.Typed = typed[f.Path]
		}
		v.Fields = append(v.Fields, x)
	}
	all := rule.Parts()
	i := slices.Index(all, part)
	if i > 0 {
		v.Before = ui.Link{Label: all[i-1].Title, Href: partAddress(d.ID, all[i-1].Key)}
	}
	if i+1 < len(all) {
		v.After = ui.Link{Label: all[i+1].Title, Href: partAddress(d.ID, all[i+1].Key)}
	}
	return v
}

// partIn finds the draft and the part that an address names.
func (s *Service) partIn(r *http.Request) (d Draft, part rule.Part, err error) {
	id, err := idIn(r)
	if err != nil {
		return d, part, err
	}
	part, ok := rule.PartAt(r.PathValue("section"))
	if !ok {
		return d, part, ErrNone
	}
	d, err = s.Draft(r.Context(), id)
	return d, part, err
}

func (s *Service) part(w http.ResponseWriter, r *http.Request) error {
	d, part, err := s.partIn(r)
	if err != nil {
		return err
	}
	return s.partPage(w, r, http.StatusOK, partOf(d, part, nil, nil))
}

func (s *Service) partPage(w http.ResponseWriter, r *http.Request, status int, v partView) error {
	v.Edit = mayWrite(r.Context())
	p, err := s.Settings.Page(r, v.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, partPage(p, settings.DeskNav(r.Context()), v))
}

// savePart keeps what was typed, or puts an example into a field of the form:
// it is kept with the rest, when somebody saves.
func (s *Service) savePart(w http.ResponseWriter, r *http.Request) error {
	d, part, err := s.partIn(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed := map[string][]string{}
	for _, x := range rule.Fields() {
		if x.Part == part.Key {
			typed[x.Path] = f.All(x.Path)
		}
	}
	revision := revisionIn(f)
	if use := f.Raw("use"); use != "" {
		return s.use(w, r, d, part, typed, revision, use)
	}
	err = s.Save(r.Context(), d.ID, revision, typed)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Taken) {
		e := fault.Of(err)
		problems := e.Fields
		if len(problems) == 0 {
			problems = map[string]string{"": e.Sentence}
		}
		return s.partPage(w, r, e.Kind.Status(), partOf(d, part, typed, problems))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, next(d.ID, part, f.Raw("then")))
}

// next is where somebody goes after saving.
func next(id db.ID, part rule.Part, then string) string {
	if _, ok := rule.PartAt(then); ok {
		return partAddress(id, then) + "?said=saved"
	}
	return address(id) + "?said=saved#part-" + part.Key
}

// use shows the form again with an example in its field. Everything that was
// typed stays typed; nothing is kept yet.
func (s *Service) use(w http.ResponseWriter, r *http.Request, d Draft, part rule.Part, typed map[string][]string, revision int64, use string) error {
	path, place, _ := strings.Cut(use, " ")
	x, ok := rule.FieldAt(path)
	n, err := strconv.Atoi(place)
	all := rule.Examples(d.Medicine, path)
	if !ok || x.Part != part.Key || err != nil || n < 0 || n >= len(all) || len(all[n].Value) == 0 {
		return fault.New(fault.BadRequest, "This example is not there any more. Nothing was changed; please open the page again.")
	}
	typed[path] = all[n].Value
	v := partOf(d, part, typed, nil)
	v.Revision, v.Filled = revision, x.Name()
	return s.partPage(w, r, http.StatusOK, v)
}
