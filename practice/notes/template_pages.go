package notes

import (
	"net/http"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
)

type templatesView struct {
	All      []Template
	Lanes    []Lane
	Key      string // the one that is changed; "": a new one
	Lane     string
	Title    string
	Headings string
	Own      string
	Fields   map[string]string
}

func (s *Service) templatesPage(w http.ResponseWriter, r *http.Request) error {
	var v templatesView
	if key := r.URL.Query().Get("change"); key != "" {
		t, err := s.Template(r.Context(), key)
		if err != nil {
			return err
		}
		v = templatesView{Key: key, Lane: string(t.Lane), Title: t.Title, Headings: strings.Join(t.Headings, "\n")}
	}
	return s.showTemplates(w, r, http.StatusOK, v)
}

func (s *Service) showTemplates(w http.ResponseWriter, r *http.Request, status int, v templatesView) (err error) {
	if v.All, err = s.Templates(r.Context()); err != nil {
		return err
	}
	v.Lanes = TemplateLanes(r.Context())
	return s.show(w, r, status, "Headings for notes", func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, templates(p, nav, v))
	})
}

func (s *Service) saveTemplate(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := templatesView{Key: f.Raw("key"), Lane: f.Raw("lane"), Title: f.Raw("title"), Headings: f.Raw("headings"), Own: f.Raw("whose")}
	t := Template{Lane: Lane(v.Lane), Title: f.Line("title", MaxTitle)}
	for heading := range strings.Lines(f.Text("headings", MaxHeadings*(MaxHeading+1))) {
		if heading = strings.TrimSpace(heading); heading != "" {
			t.Headings = append(t.Headings, heading)
		}
	}
	if f.Choice("whose", "own", "practice") == "own" {
		t.Owner = access.From(r.Context()).Person
	}
	if err = f.Err(); err == nil {
		err = s.SaveTemplate(r.Context(), v.Key, t)
	}
	switch e := fault.Of(err); {
	case err == nil:
		return web.See(w, r, "/desk/notes/templates")
	case e.Kind == fault.Invalid:
		v.Fields = e.Fields
		return s.showTemplates(w, r, e.Kind.Status(), v)
	}
	return err
}

func (s *Service) dropTemplate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	if err := s.DropTemplate(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/notes/templates")
}

// ownView is a client's record in their space.
type ownView struct {
	Record
	One   Note
	Names map[db.ID]string
	Zone  *time.Location
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request) (err error) {
	ctx := r.Context()
	var v ownView
	if v.Record, err = s.Released(ctx, access.From(ctx).Person); err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(r.Context(), access.From(r.Context()).Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Your record")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownList(p, v))
}

func (s *Service) ownNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	var v ownView
	if v.One, err = s.ReleasedOne(r.Context(), id); err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(r.Context(), access.From(r.Context()).Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, v.One.Lane.spaceTitle())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownOne(p, v))
}
