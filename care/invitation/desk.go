package invitation

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// desk is the chrome of a desk page.
type desk struct {
	ui.Page
	Nav []ui.Link
}

func (s *Service) desk(r *http.Request, title string) (desk, error) {
	p, err := s.Settings.Page(r, title)
	return desk{p, settings.DeskNav(r.Context())}, err
}

// shelf is the desk's list of articles.
type shelf struct {
	Drafts, Scheduled, Published []card
	Edit                         bool
	Deleted                      bool
}

// card is an article in the desk's list.
type card struct {
	ID                  db.ID
	Title, Author, When string
	Changes             bool // there are words that are not public yet
}

func (s *Service) deskArticles(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := s.Articles(ctx)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := shelf{Edit: access.Can(ctx, access.Write, access.Resource{Class: access.Articles}), Deleted: r.URL.Query().Get("deleted") != ""}
	slices.SortFunc(all, func(a, b Article) int {
		return cmp.Or(b.Newest().At.Compare(a.Newest().At), b.At.Compare(a.At), slices.Compare(b.ID[:], a.ID[:]))
	})
	for _, a := range all {
		n := a.Newest()
		c := card{ID: a.ID, Title: n.Title, Changes: a.Public != nil && a.Draft != nil}
		if c.Author, err = s.author(ctx, n.Author); err != nil {
			return err
		}
		switch a.State(s.Now()) {
		case Draft:
			c.When = "Last written on " + ui.When(a.At, st.Location())
			v.Drafts = append(v.Drafts, c)
		case Scheduled:
			c.When = "Comes out on " + ui.When(a.Public.At, st.Location())
			v.Scheduled = append(v.Scheduled, c)
		case Published:
			c.When = ui.DateYear(a.Public.At, st.Location())
			v.Published = append(v.Published, c)
		}
	}
	p, err := s.desk(r, "Articles")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, shelfPage(p, v))
}

// editing is an article under the pen: what is kept, or what was typed.
type editing struct {
	ID                                     db.ID
	Version                                int64
	State                                  State
	Changes                                bool // a draft waits behind what is public
	Title, Slug, Summary, Text, Author, At string
	Authors                                []ui.Option
	City, Address                          string
	Problems                               map[string]string
	Notice                                 string
	Theirs                                 *theirs
	Preview                                *reading
}

// theirs is what somebody else has saved in the meantime.
type theirs struct {
	Name, When           string
	Title, Summary, Text string
	Deleted              bool
}

func (s *Service) newArticle(w http.ResponseWriter, r *http.Request) error {
	// The id is made now, so that a form sent twice makes one article.
	v := editing{ID: db.NewID(), State: Draft, Author: access.From(r.Context()).Person.String()}
	return s.editPageOf(w, r, http.StatusOK, "Write an article", v)
}

func (s *Service) editArticle(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := s.articleAt(r)
	if err != nil {
		return err
	}
	if !access.Can(ctx, access.Write, access.Resource{Class: access.Articles}) {
		return s.readOnly(w, r, a)
	}
	v, err := s.editingOf(ctx, a)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("saved") {
	case "draft":
		v.Notice = "The draft is saved. Nobody outside sees it."
	case "published":
		v.Notice = "Published."
		if v.State == Scheduled {
			v.Notice = "It comes out by itself at its time."
		}
	case "down":
		v.Notice = "It is taken down, and a draft again."
	}
	return s.editPageOf(w, r, http.StatusOK, v.Title, v)
}

func (s *Service) articleAt(r *http.Request) (Article, error) {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return Article{}, errNoArticle
	}
	return s.Article(r.Context(), id)
}

// readOnly shows an article to those who may read drafts and not write.
func (s *Service) readOnly(w http.ResponseWriter, r *http.Request, a Article) error {
	v, err := s.reading(r.Context(), a.Newest(), time.Time{})
	if err != nil {
		return err
	}
	p, err := s.desk(r, v.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, readPage(p, v))
}

const civil = "2006-01-02T15:04"

func (s *Service) editingOf(ctx context.Context, a Article) (editing, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return editing{}, err
	}
	n := a.Newest()
	v := editing{
		ID: a.ID, Version: a.Version, State: a.State(s.Now()), Changes: a.Public != nil && a.Draft != nil,
		Title: n.Title, Slug: n.Slug, Summary: n.Summary, Text: n.Text, Author: n.Author.String(),
	}
	at := n.At
	if at.IsZero() && a.Public != nil {
		at = a.Public.At
	}
	if !at.IsZero() {
		v.At = at.In(st.Location()).Format(civil)
	}
	if a.Public != nil {
		v.Address = "/articles/" + a.Public.Slug
	}
	return v, nil
}

func (s *Service) editPageOf(w http.ResponseWriter, r *http.Request, status int, title string, v editing) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.City = ui.ZoneCity(st.Zone)
	if v.Authors, err = s.authors(ctx, v.Author); err != nil {
		return err
	}
	p, err := s.desk(r, cmp.Or(title, "An article"))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, editArticlePage(p, v))
}

// authors are the colleagues under whose name an article can stand, and
// whoever is named already.
func (s *Service) authors(ctx context.Context, now string) ([]ui.Option, error) {
	out := []ui.Option{{Value: "", Label: "Nobody in particular"}}
	all, err := s.People.Cards(ctx)
	for _, c := range all {
		if c.Staff() || c.ID.String() == now {
			out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
		}
	}
	return out, err
}

// typedArticle reads the form: what was typed, for showing it again, and what
// it means.
func (s *Service) typedArticle(r *http.Request) (editing, Words, error) {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return editing{}, Words{}, err
	}
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil || id.IsZero() {
		return editing{}, Words{}, errNoArticle
	}
	version, _ := strconv.ParseInt(f.Raw("version"), 10, 64) // a missing version is nobody's, and so refused
	v := editing{ID: id, Version: version, State: Draft, Title: f.Raw("title"), Slug: f.Raw("slug"), Summary: f.Raw("summary"), Text: f.Raw("text"), Author: f.Raw("author"), At: f.Raw("at")}
	if a, err := s.Article(ctx, id); err == nil {
		now, err := s.editingOf(ctx, a)
		if err != nil {
			return v, Words{}, err
		}
		v.State, v.Changes, v.Address = now.State, now.Changes, now.Address
	}
	w := Words{Title: f.Line("title", maxTitle), Slug: f.Line("slug", maxSlug), Summary: f.Line("summary", maxSummary), Text: f.Text("text", maxText)}
	if err := s.readAuthor(ctx, f, &w); err != nil {
		return v, w, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, w, err
	}
	w.At = readTime(f, "at", st.Location())
	return v, w, f.Err()
}

func (s *Service) readAuthor(ctx context.Context, f *web.Form, w *Words) error {
	word := f.Raw("author")
	if word == "" {
		return nil
	}
	all, err := s.authors(ctx, word)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(all, func(o ui.Option) bool { return o.Value == word })
	if w.Author, err = db.ParseID(word); err != nil || !known {
		f.Fail("author", "Please choose one of the people.")
	}
	return nil
}

// readTime reads a civil time of the practice's zone; nothing is the zero
// time. A time that the clocks jump over is refused, not moved.
func readTime(f *web.Form, name string, loc *time.Location) time.Time {
	word := f.Line(name, 32)
	if word == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(civil, word, loc)
	if err != nil {
		t, err = time.ParseInLocation(civil+":05", word, loc) // some browsers send seconds
	}
	switch {
	case err != nil:
		f.Fail(name, "Please write the date and time as 2026-12-03T16:00.")
	case t.Format(civil) != word[:len(civil)]:
		f.Fail(name, "The clocks are put forward over this time; it does not exist on that day.")
	case t.Year() < 1990 || t.Year() > 2200:
		f.Fail(name, "Please check the year.")
	}
	return t.UTC()
}

func (s *Service) saveArticle(w http.ResponseWriter, r *http.Request) error {
	return s.submit(w, r, s.SaveDraft, "draft")
}

func (s *Service) publishArticle(w http.ResponseWriter, r *http.Request) error {
	return s.submit(w, r, s.Publish, "published")
}

func (s *Service) submit(w http.ResponseWriter, r *http.Request, do func(context.Context, db.ID, int64, Words) error, saved string) error {
	v, words, err := s.typedArticle(r)
	if err == nil {
		err = do(r.Context(), v.ID, v.Version, words)
	}
	if err == nil {
		return web.See(w, r, "/desk/articles/"+v.ID.String()+"?saved="+saved)
	}
	return s.again(w, r, v, err)
}

// again shows a refused form with all that was typed; and where somebody else
// was faster, their words beside it.
func (s *Service) again(w http.ResponseWriter, r *http.Request, v editing, err error) error {
	e := fault.Of(err)
	switch {
	case e.Kind == fault.Invalid:
		v.Problems = e.Fields
	case e == errMoved:
		if err := s.meet(r.Context(), &v); err != nil {
			return err
		}
	default:
		return err
	}
	return s.editPageOf(w, r, e.Kind.Status(), v.Title, v)
}

// meet puts what is kept now beside what was typed.
func (s *Service) meet(ctx context.Context, v *editing) error {
	a, err := s.Article(ctx, v.ID)
	if fault.Is(err, fault.NotFound) {
		v.Theirs = &theirs{Deleted: true}
		v.ID, v.Version, v.State, v.Changes, v.Address = db.NewID(), 0, Draft, false, "" // saving makes it anew
		return nil
	}
	if err != nil {
		return err
	}
	n := a.Newest()
	t := &theirs{Title: n.Title, Summary: n.Summary, Text: n.Text}
	t.Name, t.When, err = s.who(ctx, a.Mark)
	v.Theirs, v.Version = t, a.Version
	return err
}

// who says who changed something, and when.
func (s *Service) who(ctx context.Context, m Mark) (name, when string, err error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return "", "", err
	}
	name, err = s.author(ctx, m.By)
	return cmp.Or(name, "Somebody"), ui.When(m.At, st.Location()), err
}

func (s *Service) previewArticle(w http.ResponseWriter, r *http.Request) error {
	v, words, err := s.typedArticle(r)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	v.Problems = fieldsOf(err)
	words.Title = cmp.Or(words.Title, "No title yet")
	if words.At.IsZero() {
		words.At = s.Now()
		if a, err := s.Article(r.Context(), v.ID); err == nil && a.Public != nil {
			words.At = a.Public.At
		}
	}
	seen, err := s.reading(r.Context(), words, words.At)
	if err != nil {
		return err
	}
	v.Preview = &seen
	return s.editPageOf(w, r, http.StatusOK, "Preview", v)
}

func fieldsOf(err error) map[string]string {
	if err == nil {
		return nil
	}
	return fault.Of(err).Fields
}

func (s *Service) takeDownArticle(w http.ResponseWriter, r *http.Request) error {
	return s.press(w, r, s.TakeDown, func(id db.ID) string { return "/desk/articles/" + id.String() + "?saved=down" })
}

func (s *Service) deleteArticle(w http.ResponseWriter, r *http.Request) error {
	return s.press(w, r, s.Delete, func(db.ID) string { return "/desk/articles?deleted=yes" })
}

// press is a button without a form: it holds for the article as it was seen.
func (s *Service) press(w http.ResponseWriter, r *http.Request, do func(context.Context, db.ID, int64) error, to func(db.ID) string) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	a, err := s.articleAt(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(f.Raw("version"), 10, 64)
	err = do(r.Context(), a.ID, version)
	if err == nil {
		return web.See(w, r, to(a.ID))
	}
	if fault.Of(err) != errMoved {
		return err
	}
	v, verr := s.editingOf(r.Context(), a)
	if verr != nil {
		return verr
	}
	v.Problems = map[string]string{"": "Somebody else changed this article in the meantime, so nothing was done. Below is how it stands now."}
	return s.editPageOf(w, r, fault.Taken.Status(), v.Title, v)
}

func (s *Service) askDelete(w http.ResponseWriter, r *http.Request) error {
	a, err := s.articleAt(r)
	if err != nil {
		return err
	}
	v, err := s.editingOf(r.Context(), a)
	if err != nil {
		return err
	}
	p, err := s.desk(r, "Delete this article?")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, askDeletePage(p, v))
}
