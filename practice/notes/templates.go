package notes

import (
	"context"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// Template is headings to begin a note from: headings and nothing else. There is
// no way from a note into a template.
type Template struct {
	ID       db.ID // zero: one that Held brings
	Owner    db.ID // whose own it is; zero: the practice's
	Lane     Lane
	Slug     string // the one of Held's that it stands for; "": none
	Title    string
	Headings []string
}

// Limits of templates. They are short because they are headings: a note's text
// does not fit into one.
const (
	MaxTitle    = 80
	MaxHeading  = 80
	MaxHeadings = 20
	maxOwn      = 50 // of one person, and of the practice
)

// Key names a template in a form.
func (t Template) Key() string {
	if t.ID.IsZero() {
		return t.Slug
	}
	return t.ID.String()
}

// Mine tells whether it is the reader's own.
func (t Template) Mine(ctx context.Context) bool {
	return !t.Owner.IsZero() && t.Owner == access.From(ctx).Person
}

// Text is the draft that begins from it.
func (t Template) Text() string {
	if len(t.Headings) == 0 {
		return ""
	}
	return headingMark + strings.Join(t.Headings, "\n\n"+headingMark) + "\n"
}

func templateField(practice, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "notes_templates." + column}
}

// TemplateLanes are the lanes whose templates the actor sees: those into which
// their roles write; an owner keeps the practice's of every lane.
func TemplateLanes(ctx context.Context) (out []Lane) {
	a := access.From(ctx)
	for _, l := range Lanes {
		if a.Is(access.Owner) || slices.ContainsFunc(l.writers(), a.Is) {
			out = append(out, l)
		}
	}
	return out
}

// Templates lists what the actor can begin from: their own, the practice's, and
// those of Held's that the practice has not changed.
func (s *Service) Templates(ctx context.Context) (out []Template, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Templates}); err != nil {
		return nil, err
	}
	a, q := access.From(ctx), s.DB.Reader()
	rows, err := db.All(ctx, q, scanTemplate, sqlTemplates, a.Practice)
	if err != nil {
		return nil, err
	}
	lanes := TemplateLanes(ctx)
	replaced := map[string]bool{}
	for _, r := range rows {
		replaced[r.Slug] = true
		if !r.Owner.IsZero() && r.Owner != a.Person || !slices.Contains(lanes, r.Lane) {
			continue
		}
		if r.Title, err = s.open(ctx, q, templateField(a.Practice, r.ID, "title"), r.title); err != nil {
			return nil, err
		}
		headings, err := s.open(ctx, q, templateField(a.Practice, r.ID, "headings"), r.headings)
		if err != nil {
			return nil, err
		}
		r.Headings = strings.Split(headings, "\n")
		out = append(out, r.Template)
	}
	for _, t := range shipped {
		if !replaced[t.Slug] && slices.Contains(lanes, t.Lane) {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b Template) int { return slices.Index(Lanes, a.Lane) - slices.Index(Lanes, b.Lane) })
	return out, nil
}

var errTemplate = fault.Field("template", "Please choose one of the headings of this kind of note, or none.")

// headings is the text with which a note begins.
func (s *Service) headings(ctx context.Context, b Start) (string, error) {
	if b.Template == "" {
		return "", nil
	}
	t, err := s.Template(ctx, b.Template)
	if err != nil || t.Lane != b.Lane || !b.Of.IsZero() {
		return "", errTemplate
	}
	return t.Text(), nil
}

// Template finds one that the actor can begin from.
func (s *Service) Template(ctx context.Context, key string) (Template, error) {
	all, err := s.Templates(ctx)
	if err != nil {
		return Template{}, err
	}
	i := slices.IndexFunc(all, func(t Template) bool { return t.Key() == key })
	if i < 0 {
		return Template{}, fault.New(fault.NotFound, "There are no such headings, or they are somebody else's.")
	}
	return all[i], nil
}

// SaveTemplate keeps a new template, or a changed one: key is the one that it
// takes the place of ("": none). Changed, one of Held's becomes the practice's.
func (s *Service) SaveTemplate(ctx context.Context, key string, t Template) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Templates}); err != nil {
		return err
	}
	was := Template{Lane: t.Lane, Owner: t.Owner}
	if key != "" {
		var err error
		if was, err = s.Template(ctx, key); err != nil {
			return err
		}
	}
	was.Title, was.Headings = t.Title, t.Headings
	if err := was.check(ctx); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.keepTemplate(ctx, tx, was) })
}

func (t Template) check(ctx context.Context) error {
	e := fault.New(fault.Invalid, "Something needs another look. What you typed is still here.")
	a := access.From(ctx)
	if !slices.Contains(TemplateLanes(ctx), t.Lane) || !t.Owner.IsZero() && !slices.ContainsFunc(t.Lane.writers(), a.Is) {
		e.AddField("lane", "Please choose a kind of note that you write.")
	}
	if t.Title == "" {
		e.AddField("title", "Please give it a name.")
	}
	switch {
	case len(t.Headings) == 0:
		e.AddField("headings", "Please write at least one heading.")
	case len(t.Headings) > MaxHeadings:
		e.AddField("headings", "Twenty headings are the most.")
	}
	for _, h := range t.Headings {
		if len([]rune(h)) > MaxHeading {
			e.AddField("headings", "A heading has at most 80 characters. Text of a note does not belong here.")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (s *Service) keepTemplate(ctx context.Context, tx *db.Tx, t Template) error {
	a := access.From(ctx)
	add := t.ID.IsZero()
	if add {
		rows, err := db.All(ctx, tx, scanTemplate, sqlTemplates, a.Practice)
		if err != nil {
			return err
		}
		same := 0
		for _, r := range rows {
			if r.Owner == t.Owner {
				same++
			}
		}
		if same >= maxOwn {
			return fault.New(fault.TooMany, "There are fifty of these already. Please take one away first; nothing was changed.")
		}
		t.ID = db.NewID()
	}
	title, err := s.Vault.Seal(ctx, tx, templateField(a.Practice, t.ID, "title"), t.Title)
	if err != nil {
		return err
	}
	headings, err := s.Vault.Seal(ctx, tx, templateField(a.Practice, t.ID, "headings"), strings.Join(t.Headings, "\n"))
	if err != nil {
		return err
	}
	if add {
		_, err = tx.Exec(ctx, sqlInsertTemplate, a.Practice, t.ID, t.Owner, string(t.Lane), t.Slug, title, headings)
	} else {
		_, err = tx.Exec(ctx, sqlUpdateTemplate, title, headings, a.Practice, t.ID)
	}
	if err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Kind: "note template", Object: t.ID})
}

// DropTemplate takes one away; where it stood for one of Held's, that one is
// there again.
func (s *Service) DropTemplate(ctx context.Context, id db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Templates}); err != nil {
		return err
	}
	if _, err := s.Template(ctx, id.String()); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropTemplate, access.From(ctx).Practice, id)
		if err != nil || n == 0 {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "note template", Object: id})
	})
}
