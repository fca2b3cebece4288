package invitation

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"held/assets"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// Routes is the site, and the desk's pages where it is written.
func (s *Service) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{$}", Access: access.Anyone, Handle: s.words("home")},
		{Pattern: "GET /how", Access: access.Anyone, Handle: s.words("how")},
		{Pattern: "GET /people", Access: access.Anyone, Handle: s.people},
		{Pattern: "GET /fees", Access: access.Anyone, Handle: s.fees},
		{Pattern: "GET /privacy", Access: access.Anyone, Handle: s.words("privacy")},
		{Pattern: "GET /support", Access: access.Anyone, Handle: s.support},
		{Pattern: "GET /articles", Access: access.Anyone, Handle: s.articles},
		{Pattern: "GET /articles/{slug}", Access: access.Anyone, Handle: s.article},
		{Pattern: "GET /articles.atom", Access: access.Anyone, Handle: s.atom},
		{Pattern: "GET /sitemap.xml", Access: access.Anyone, Handle: s.sitemap},
		{Pattern: "GET /robots.txt", Access: access.Anyone, Handle: s.robots},
		{Pattern: "GET /favicon.ico", Access: access.Anyone, Handle: favicon},

		{Pattern: "GET /desk/articles", Access: access.To(access.Read, access.Articles), Handle: s.deskArticles},
		{Pattern: "GET /desk/articles/new", Access: access.To(access.Write, access.Articles), Handle: s.newArticle},
		{Pattern: "GET /desk/articles/{id}", Access: access.To(access.Read, access.Articles), Handle: s.editArticle},
		{Pattern: "POST /desk/articles/{id}", Access: access.To(access.Write, access.Articles), Handle: s.saveArticle},
		{Pattern: "POST /desk/articles/{id}/preview", Access: access.To(access.Write, access.Articles), Handle: s.previewArticle},
		{Pattern: "POST /desk/articles/{id}/publish", Access: access.To(access.Write, access.Articles), Handle: s.publishArticle},
		{Pattern: "POST /desk/articles/{id}/take-down", Access: access.To(access.Write, access.Articles), Handle: s.takeDownArticle},
		{Pattern: "GET /desk/articles/{id}/delete", Access: access.To(access.Write, access.Articles), Handle: s.askDelete},
		{Pattern: "POST /desk/articles/{id}/delete", Access: access.To(access.Write, access.Articles), Handle: s.deleteArticle},

		{Pattern: "GET /desk/settings/pages", Access: access.To(access.Read, access.Settings), Handle: s.deskPages},
		{Pattern: "GET /desk/settings/pages/{page}", Access: access.To(access.Read, access.Settings), Handle: s.editPage},
		{Pattern: "POST /desk/settings/pages/{page}", Access: access.To(access.Write, access.Settings), Handle: s.savePage},
		{Pattern: "POST /desk/settings/pages/{page}/preview", Access: access.To(access.Write, access.Settings), Handle: s.previewPage},
		{Pattern: "GET /desk/settings/people/{id}/profile", Access: access.AnyStaff, Handle: s.editProfile},
		{Pattern: "POST /desk/settings/people/{id}/profile", Access: access.AnyStaff, Handle: s.saveProfile},
		{Pattern: "POST /desk/settings/people/{id}/profile/preview", Access: access.AnyStaff, Handle: s.previewProfile},
	}
}

// view is one public page before its chrome.
type view struct {
	Title, Description, Path string
	Article                  bool
	Body                     templ.Component
}

// The bounds of what is kept finished.
const (
	keptPages = 400
	keptBytes = 16 << 20
)

// send answers a public page. Visitors share one finished copy under key for
// as long as nothing it was made of has changed (depends names what the site's
// own generation does not know of); whoever is signed in gets their own.
func (s *Service) send(w http.ResponseWriter, r *http.Request, key, depends string, build func(context.Context) (view, error)) error {
	ctx := r.Context()
	if access.From(ctx).Via == access.Session {
		v, err := build(ctx)
		if err != nil {
			return err
		}
		p, err := s.Settings.Page(r, v.Title)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, sitePage(dressed(p, v), v.Body))
	}
	return s.finished(w, r, key, depends, "text/html; charset=utf-8", func() ([]byte, error) {
		v, err := build(ctx)
		if err != nil {
			return nil, err
		}
		p, err := s.Settings.PublicPage(ctx, v.Title, v.Path)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = sitePage(dressed(p, v), v.Body).Render(ctx, &b)
		return b.Bytes(), err
	})
}

func dressed(p ui.Page, v view) ui.Page {
	p.Description, p.Article = v.Description, v.Article
	p.Feed = "/articles.atom"
	return p
}

// finished answers from what is kept, or makes it.
func (s *Service) finished(w http.ResponseWriter, r *http.Request, key, depends, kind string, build func() ([]byte, error)) error {
	generation, err := s.Generation(r.Context())
	if err != nil {
		return err
	}
	s.once.Do(func() { s.cache = web.NewCache(keptPages, keptBytes) })
	e, err := s.cache.Entry(key, generation+depends, func() (*web.Entry, error) {
		body, err := build()
		if err != nil {
			return nil, err
		}
		return web.NewEntry(kind, body), nil
	})
	if err != nil {
		return err
	}
	return web.Cached(w, r, e)
}

// Generation changes with everything that the site's pages are made of: the
// settings, the words, and the hour at which an article comes out.
func (s *Service) Generation(ctx context.Context) (string, error) {
	set, err := s.Settings.Version(ctx)
	if err != nil {
		return "", err
	}
	here, err := s.site(ctx)
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, 48)
	b = append(strconv.AppendInt(b, set, 36), '.')
	b = append(strconv.AppendInt(b, here.version, 36), '.')
	b = append(strconv.AppendInt(b, int64(len(here.published(s.Now()))), 36), '.')
	return string(b), nil
}

// body is a page of words as it is read; the desk's preview is made by it too.
func (s *Service) body(ctx context.Context, key string, t Text) (templ.Component, error) {
	switch key {
	case "home":
		newest, err := s.entries(ctx, 0, 3, false)
		return homeBody(t, newest), err
	case "people":
		shown, _, err := s.present(ctx)
		return peopleBody(t, shown), err
	case "fees":
		fees, err := s.offerings(ctx)
		if err != nil {
			return nil, err
		}
		st, err := s.Settings.Get(ctx)
		return feesBody(t, fees, st.Statement), err
	case "support":
		st, err := s.Settings.Get(ctx)
		return supportBody(crisisOf(t, st, st.Country)), err
	}
	return wordsBody(t), nil
}

// words answers a page of words.
func (s *Service) words(key string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return s.sendWords(w, r, key, "") }
}

func (s *Service) sendWords(w http.ResponseWriter, r *http.Request, key, depends string) error {
	page, _ := settings.WordPage(key)
	return s.send(w, r, page.Path, depends, func(ctx context.Context) (view, error) {
		t, err := s.Text(ctx, key)
		if err != nil {
			return view{}, err
		}
		v := view{Title: t.Title, Description: t.Description, Path: page.Path}
		if key == "home" {
			v.Title = "" // the practice's name is title enough
		}
		v.Body, err = s.body(ctx, key, t)
		return v, err
	})
}

// portrait is somebody as the site shows them.
type portrait struct{ Name, Line, Words string }

func (s *Service) people(w http.ResponseWriter, r *http.Request) error {
	_, names, err := s.present(r.Context())
	if err != nil {
		return err
	}
	return s.sendWords(w, r, "people", names)
}

// present are the people who chose to be shown and still work here, and their
// names as one word, since these change without the site.
func (s *Service) present(ctx context.Context) (out []portrait, names string, err error) {
	here, err := s.site(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, p := range here.shown {
		c, err := s.People.Card(ctx, p.Person)
		if err != nil {
			return nil, "", err
		}
		if !c.Staff() {
			continue
		}
		t, err := read(p.Words, false)
		if err != nil {
			return nil, "", err
		}
		out = append(out, portrait{Name: c.Name, Line: p.Line, Words: t.Body})
		names += c.ID.String() + c.Name + "\x00"
	}
	return out, names, nil
}

func (s *Service) fees(w http.ResponseWriter, r *http.Request) error {
	fees, err := s.offerings(r.Context())
	if err != nil {
		return err
	}
	return s.sendWords(w, r, "fees", sum(fees))
}

func (s *Service) offerings(ctx context.Context) ([]Fee, error) {
	if s.Offerings == nil {
		return nil, nil
	}
	return s.Offerings(ctx)
}

// sum is a word for a list of fees that changes with any of them.
func sum(fees []Fee) string {
	var b strings.Builder
	for _, f := range fees {
		b.WriteString(strings.Join([]string{f.Name, f.Summary, strconv.Itoa(f.Minutes), f.price(), f.Href}, "\x00"))
		b.WriteByte('\n')
	}
	return b.String()
}

// price is what an offering costs, as it is to be read.
func (f Fee) price() string {
	if f.Price == "" {
		return "Free"
	}
	return f.Price
}

// entry is an article in a list.
type entry struct {
	Title, Href, Summary, Author string
	At                           time.Time
	Zone                         *time.Location
}

const perPage = 20

// entries lists published articles, the newest first.
func (s *Service) entries(ctx context.Context, from, n int, authors bool) ([]entry, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	here, err := s.site(ctx)
	if err != nil {
		return nil, err
	}
	all := here.published(s.Now())
	var out []entry
	for _, a := range all[min(from, len(all)):min(from+n, len(all))] {
		e := entry{Title: a.Public.Title, Href: "/articles/" + a.Public.Slug, Summary: a.Public.Summary, At: a.Public.At, Zone: st.Location()}
		if authors {
			if e.Author, err = s.author(ctx, a.Public.Author); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// author is the working name under an article; "" when nobody is named.
func (s *Service) author(ctx context.Context, id db.ID) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	c, err := s.People.Card(ctx, id)
	return c.Name, err
}

func (s *Service) articles(w http.ResponseWriter, r *http.Request) error {
	page, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("page"), "1"))
	if err != nil || page < 1 || page > 10_000 {
		return errNoPage
	}
	list, err := s.entries(r.Context(), (page-1)*perPage, perPage+1, true)
	if err != nil {
		return err
	}
	if page > 1 && len(list) == 0 {
		return errNoPage
	}
	var names string
	for _, e := range list {
		names += e.Author + "\x00"
	}
	path := "/articles"
	if page > 1 {
		path += "?page=" + strconv.Itoa(page)
	}
	return s.send(w, r, path, names, func(context.Context) (view, error) {
		v := listView{Entries: list[:min(perPage, len(list))], Page: page, More: len(list) > perPage}
		return view{Title: "Articles", Description: "What we write about the work, and what is known and not known about it.", Path: path, Body: articlesBody(v)}, nil
	})
}

var errNoPage = fault.New(fault.NotFound, "There is no page at this address. The link may be old or incomplete.")

// listView is one page of the list of articles.
type listView struct {
	Entries []entry
	Page    int
	More    bool
}

func (v listView) newer() ui.Link {
	switch v.Page {
	case 1:
		return ui.Link{}
	case 2:
		return ui.Link{Label: "Newer articles", Href: "/articles"}
	}
	return ui.Link{Label: "Newer articles", Href: "/articles?page=" + strconv.Itoa(v.Page-1)}
}

func (v listView) older() ui.Link {
	if !v.More {
		return ui.Link{}
	}
	return ui.Link{Label: "Older articles", Href: "/articles?page=" + strconv.Itoa(v.Page+1)}
}

// reading is an article as it is read; the preview is made of the same.
type reading struct {
	Title, Summary, Author, Body string
	At, Updated                  time.Time // At is zero in a preview without a date
	Zone                         *time.Location
}

func (s *Service) article(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	here, err := s.site(ctx)
	if err != nil {
		return err
	}
	a, there := here.articles[here.bySlug[r.PathValue("slug")]]
	if !there || a.State(s.Now()) != Published {
		return fault.New(fault.NotFound, "There is no article at this address. It may have been taken down, or the link is old or incomplete.")
	}
	name, err := s.author(ctx, a.Public.Author)
	if err != nil {
		return err
	}
	path := "/articles/" + a.Public.Slug
	return s.send(w, r, path, name, func(ctx context.Context) (view, error) {
		v, err := s.reading(ctx, *a.Public, a.updated())
		return view{Title: v.Title, Description: v.Summary, Path: path, Article: true, Body: articleBody(v)}, err
	})
}

func (s *Service) reading(ctx context.Context, w Words, updated time.Time) (reading, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return reading{}, err
	}
	t, err := read(w.Text, false)
	if err != nil {
		return reading{}, err
	}
	name, err := s.author(ctx, w.Author)
	return reading{Title: w.Title, Summary: cmp.Or(w.Summary, t.Description), Author: name, Body: t.Body, At: w.At, Updated: updated, Zone: st.Location()}, err
}

// favicon answers browsers that ask without having read the page.
func favicon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "max-age=86400")
	http.Redirect(w, r, assets.Path("favicon.svg"), http.StatusFound)
	return nil
}
