package invitation

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// wordsView is the words of one page under the pen.
type wordsView struct {
	Page     settings.Words
	Version  int64
	Text     string
	Came     string // the words that came with Held
	Own      bool   // the practice has words of its own
	Edit     bool
	Saved    bool
	Problems map[string]string
	Theirs   *theirs
	Preview  templ.Component
}

// pageLine is a page in the list of pages.
type pageLine struct {
	settings.Words
	State string
}

func (s *Service) deskPages(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var lines []pageLine
	for _, page := range settings.WordPages {
		now, err := s.Page(ctx, page.Key)
		if err != nil {
			return err
		}
		line := pageLine{page, "The words that came with Held"}
		if now.Text != "" {
			name, when, err := s.who(ctx, now.Mark)
			if err != nil {
				return err
			}
			line.State = "Changed by " + name + " on " + when
		}
		lines = append(lines, line)
	}
	p, err := s.desk(r, "Words on the site")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pagesPage(p, lines))
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request) error {
	v, now, err := s.wordsAt(r)
	if err != nil {
		return err
	}
	v.Version, v.Text, v.Saved = now.Version, now.Markdown(), r.URL.Query().Get("saved") != ""
	return s.wordsPage(w, r, http.StatusOK, v)
}

func (s *Service) wordsAt(r *http.Request) (wordsView, Page, error) {
	now, err := s.Page(r.Context(), r.PathValue("page"))
	page, _ := settings.WordPage(now.Key)
	return wordsView{Page: page, Came: page.Default(), Own: now.Text != ""}, now, err
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, status int, v wordsView) error {
	title := v.Page.Title
	if v.Preview != nil {
		title = "Preview"
	}
	p, err := s.desk(r, title)
	if err != nil {
		return err
	}
	v.Edit = access.Can(r.Context(), access.Write, access.Resource{Class: access.Settings})
	return web.Render(w, r, status, wordsPage(p, v))
}

// typedWords reads the form of a page.
func (s *Service) typedWords(r *http.Request) (wordsView, string, error) {
	v, _, err := s.wordsAt(r)
	if err != nil {
		return v, "", err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return v, "", err
	}
	v.Version, _ = strconv.ParseInt(f.Raw("version"), 10, 64)
	v.Text = f.Raw("text")
	text := f.Text("text", maxText)
	return v, text, f.Err()
}

func (s *Service) savePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, text, err := s.typedWords(r)
	if err == nil {
		err = s.SavePage(ctx, v.Page.Key, v.Version, text)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/desk/settings/pages/"+v.Page.Key+"?saved=yes")
	case e.Kind == fault.Invalid:
		v.Problems = e.Fields
	case e == errMoved:
		now, err := s.Page(ctx, v.Page.Key)
		if err != nil {
			return err
		}
		t := &theirs{Text: now.Markdown()}
		if t.Name, t.When, err = s.who(ctx, now.Mark); err != nil {
			return err
		}
		v.Theirs, v.Version = t, now.Version
	default:
		return err
	}
	return s.wordsPage(w, r, e.Kind.Status(), v)
}

func (s *Service) previewPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, text, err := s.typedWords(r)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	if v.Problems = fieldsOf(err); err == nil {
		if text == "" {
			text = v.Came
		}
		t, err := s.textOf(ctx, v.Page.Key, text)
		if err != nil {
			return err
		}
		if v.Preview, err = s.body(ctx, v.Page.Key, t); err != nil {
			return err
		}
	}
	return s.wordsPage(w, r, http.StatusOK, v)
}

// profileView is a profile under the pen.
type profileView struct {
	Person             db.ID
	Name               string
	Own                bool
	Version            int64
	Shown              bool
	Place, Line, Words string
	Problems           map[string]string
	Saved              bool
	Theirs             *theirs
	Preview            *portrait
}

func (s *Service) editProfile(w http.ResponseWriter, r *http.Request) error {
	v, now, err := s.profileAt(r)
	if err != nil {
		return err
	}
	v.Version, v.Shown, v.Line, v.Words, v.Place = now.Version, now.Shown, now.Line, now.Words, strconv.Itoa(now.Place)
	v.Saved = r.URL.Query().Get("saved") != ""
	return s.profilePage(w, r, http.StatusOK, v)
}

func (s *Service) profileAt(r *http.Request) (v profileView, now Profile, err error) {
	ctx := r.Context()
	if v.Person, err = db.ParseID(r.PathValue("id")); err != nil {
		return v, now, errNobody
	}
	if now, err = s.Profile(ctx, v.Person); err != nil {
		return v, now, err
	}
	c, err := s.People.Card(ctx, v.Person)
	if err == nil && !c.Staff() {
		err = errNobody
	}
	v.Name, v.Own = c.Name, access.From(ctx).Person == v.Person
	return v, now, err
}

func (v profileView) title() string {
	if v.Own {
		return "How you stand on the site"
	}
	return "How " + v.Name + " stands on the site"
}

func (s *Service) profilePage(w http.ResponseWriter, r *http.Request, status int, v profileView) error {
	p, err := s.desk(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, profilePage(p, v))
}

func (s *Service) typedProfile(r *http.Request) (profileView, Profile, error) {
	v, _, err := s.profileAt(r)
	if err != nil {
		return v, Profile{}, err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return v, Profile{}, err
	}
	v.Version, _ = strconv.ParseInt(f.Raw("version"), 10, 64)
	v.Shown, v.Place, v.Line, v.Words = f.Checked("shown"), f.Raw("place"), f.Raw("line"), f.Raw("words")
	p := Profile{Person: v.Person, Shown: v.Shown, Line: f.Line("line", maxLine), Words: f.Text("words", maxWords)}
	if v.Place != "" {
		p.Place = f.Int("place", 0, 999)
	}
	return v, p, f.Err()
}

func (s *Service) saveProfile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, p, err := s.typedProfile(r)
	if err == nil {
		err = s.SaveProfile(ctx, v.Version, p)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/desk/settings/people/"+v.Person.String()+"/profile?saved=yes")
	case e.Kind == fault.Invalid:
		v.Problems = e.Fields
	case e == errMoved:
		now, err := s.Profile(ctx, v.Person)
		if err != nil {
			return err
		}
		t := &theirs{Summary: now.Line, Text: now.Words}
		if t.Name, t.When, err = s.who(ctx, now.Mark); err != nil {
			return err
		}
		v.Theirs, v.Version = t, now.Version
	default:
		return err
	}
	return s.profilePage(w, r, e.Kind.Status(), v)
}

func (s *Service) previewProfile(w http.ResponseWriter, r *http.Request) error {
	v, p, err := s.typedProfile(r)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	if v.Problems = fieldsOf(err); err == nil {
		t, err := read(p.Words, false)
		if err != nil {
			return err
		}
		v.Preview = &portrait{Name: v.Name, Line: p.Line, Words: t.Body}
	}
	return s.profilePage(w, r, http.StatusOK, v)
}

// placeholders are what stands for the practice's values in its words.
func placeholders() []ui.Option {
	return []ui.Option{
		{Value: "{{practice}}", Label: "the practice's name"}, {Value: "{{city}}", Label: "its city"}, {Value: "{{reply_hours}}", Label: "its reply hours"},
	}
}
