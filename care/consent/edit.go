package consent

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/care/invitation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// shelfView is the practice's documents.
type shelfView struct {
	Documents []Document
	Missing   []Content // of the checklist, in what is published
	Undecided int
	House     *time.Location
	Kind      string
	Fields    map[string]string
	Said      string
}

func (s *Service) shelf(w http.ResponseWriter, r *http.Request) error {
	v := shelfView{}
	if r.URL.Query().Has("saved") {
		v.Said = "Saved. It holds from now on."
	}
	return s.showShelf(w, r, http.StatusOK, v)
}

func (s *Service) showShelf(w http.ResponseWriter, r *http.Request, status int, v shelfView) error {
	ctx := r.Context()
	all, err := s.Library(ctx)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Documents, v.House, v.Missing = all, st.Location(), uncovered(all)
	for _, d := range all {
		if d.Current() != nil && d.Need == Undecided {
			v.Undecided++
		}
	}
	p, err := s.Settings.Page(r, "Consent")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, shelfPage(p, settings.DeskNav(ctx), v))
}

// uncovered is what no published document is said to speak of.
func uncovered(all []Document) (out []Content) {
	for _, c := range Contents {
		covered := false
		for _, d := range all {
			covered = covered || d.Current() != nil && d.Current().Text.covers(c)
		}
		if !covered {
			out = append(out, c)
		}
	}
	return out
}

func (t Text) covers(c Content) bool {
	for _, m := range t.Missing() {
		if m.Key == c.Key {
			return false
		}
	}
	return true
}

func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	kind := Kind(f.Raw("kind"))
	t := Text{Title: kind.Words()}
	if kindWords[kind] != "" && f.Raw("from") != "empty" {
		if t, err = Shipped(kind); err != nil {
			return err
		}
	}
	id := db.NewID()
	err = s.Begin(r.Context(), id, kind, t)
	if fault.Is(err, fault.Invalid) {
		return s.showShelf(w, r, fault.Invalid.Status(), shelfView{Fields: fault.Of(err).Fields, Kind: f.Raw("kind")})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/consent/"+id.String())
}

func (s *Service) needs(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	all, err := s.Library(r.Context())
	if err != nil {
		return err
	}
	needs := map[db.ID]Need{}
	for _, d := range all {
		if name := "need-" + d.ID.String(); f.Has(name) {
			needs[d.ID] = Need(f.Int(name, int(Undecided), int(NotAsked)))
		}
	}
	if err = f.Err(); err == nil {
		err = s.SetNeeds(r.Context(), needs)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/consent?saved=1")
}

// editView is a document under the pen.
type editView struct {
	ID       db.ID
	Kind     Kind
	Revision int64
	Text     Text
	Versions []Version
	Names    map[db.ID]string
	House    *time.Location
	What     string
	Again    string
	Fields   map[string]string
	Said     string
	Preview  bool
	Summary  string // cleaned HTML
	Full     string
	Theirs   *Text // what somebody else has saved meanwhile
}

func (v editView) href() string { return "/desk/consent/" + v.ID.String() }

// question gives the slots of the form: what is there, and empty ones.
func (v editView) question(i int) Question {
	if i < len(v.Text.Questions) {
		return v.Text.Questions[i]
	}
	return Question{}
}

func (v editView) headings() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Not in this document"}}
	for _, h := range v.Text.Headings() {
		out = append(out, ui.Option{Value: h, Label: h})
	}
	return out
}

func (s *Service) edit(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	d, err := s.Document(r.Context(), id)
	if err != nil {
		return err
	}
	v := editView{Text: d.Newest()}
	switch r.URL.Query().Get("saved") {
	case "draft":
		v.Said = "The draft is saved. Nobody is asked to sign it."
	case "published":
		v.Said = "Published. Say on the page of all documents whom it is asked of, if you have not yet."
	}
	return s.showEdit(w, r, http.StatusOK, d, v)
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request, status int, d Document, v editView) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.ID, v.Kind, v.Revision, v.Versions, v.House = d.ID, d.Kind, d.Revision, d.Versions, st.Location()
	ids := make([]db.ID, len(d.Versions))
	for i, x := range d.Versions {
		ids[i] = x.By
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, cmp.Or(v.Text.Title, "A document"))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, editPage(p, settings.DeskNav(ctx), v))
}

// typed reads the form: what was typed, for showing it again, and what it means.
func (s *Service) typed(r *http.Request) (Document, editView, *web.Form, error) {
	id, f, err := s.form(r)
	if err != nil {
		return Document{}, editView{}, nil, err
	}
	d, err := s.Document(r.Context(), id)
	if err != nil {
		return d, editView{}, nil, err
	}
	v := editView{What: f.Raw("what"), Again: f.Raw("again")}
	v.Revision, _ = strconv.ParseInt(f.Raw("revision"), 10, 64) // a missing one is nobody's, and so refused
	v.Text = Text{Title: f.Raw("title"), Summary: f.Raw("summary"), Full: f.Raw("full"), Legal: f.Checked("legal"), Covers: map[string]string{}}
	f.Line("title", MaxTitle)
	f.Text("summary", MaxSummary)
	f.Text("full", MaxFull)
	for _, c := range Contents {
		if h := f.Raw("covers-" + c.Key); h != "" {
			v.Text.Covers[c.Key] = h
		}
	}
	for i := range MaxQuestions {
		n := strconv.Itoa(i)
		q := Question{Ask: f.Line("ask"+n, MaxAsk), About: f.Text("about"+n, MaxAbout)}
		for line := range strings.Lines(f.Text("answers"+n, MaxAbout)) {
			if a := strings.TrimSpace(line); a != "" && len(q.Answers) < 6 {
				q.Answers = append(q.Answers, a)
			}
		}
		if q.Ask == "" && (len(q.Answers) > 0 || q.About != "") {
			f.Fail("ask"+n, "Please write the question, or leave its answers empty too.")
		}
		if q.Ask != "" || len(q.Answers) > 0 || q.About != "" {
			v.Text.Questions = append(v.Text.Questions, q)
		}
	}
	return d, v, f, nil
}

// meant is a text as it is kept: trimmed, its line ends alike.
func meant(t Text) Text {
	one := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	t.Title, t.Summary, t.Full = one(t.Title), one(t.Summary), one(t.Full)
	return t
}

func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	return s.submit(w, r, "draft", func(ctx context.Context, id db.ID, v editView) error {
		return s.SaveDraft(ctx, id, v.Revision, meant(v.Text))
	})
}

func (s *Service) publish(w http.ResponseWriter, r *http.Request) error {
	return s.submit(w, r, "published", func(ctx context.Context, id db.ID, v editView) error {
		what := strings.TrimSpace(strings.ReplaceAll(v.What, "\r\n", "\n"))
		d, err := s.Document(ctx, id)
		if err != nil {
			return err
		}
		if err := v.ready(d, what); err != nil {
			return err
		}
		return s.Publish(ctx, id, v.Revision, meant(v.Text), what, v.Again == "yes")
	})
}

// ready tells everything that keeps the document from being published at once.
func (v editView) ready(d Document, what string) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was published.")
	if err := meant(v.Text).ready(); err != nil {
		for field, words := range fault.Of(err).Fields {
			e.AddField(field, words)
		}
	}
	switch {
	case len([]rune(what)) > MaxWhat:
		e.AddField("what", "Please shorten this to at most "+strconv.Itoa(MaxWhat)+" characters.")
	case len(d.Versions) > 0 && what == "":
		e.AddField("what", "Please say what changed: whoever signed an earlier version reads it.")
	}
	if len(d.Versions) > 0 && v.Again != "yes" && v.Again != "no" {
		e.AddField("again", "Please say whether whoever signed an earlier version signs this one too.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (s *Service) submit(w http.ResponseWriter, r *http.Request, saved string, do func(context.Context, db.ID, editView) error) error {
	d, v, f, err := s.typed(r)
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		err = do(r.Context(), d.ID, v)
	}
	switch {
	case err == nil:
		return web.See(w, r, v2href(d.ID)+"?saved="+saved)
	case fault.Is(err, fault.Invalid):
		v.Fields = fault.Of(err).Fields
		if d.Revision != v.Revision { // it would be refused for that next
			theirs := d.Newest()
			v.Theirs = &theirs
		}
		return s.showEdit(w, r, fault.Invalid.Status(), d, v)
	case fault.Of(err) == errMoved:
		theirs := d.Newest()
		v.Theirs = &theirs
		return s.showEdit(w, r, fault.Taken.Status(), d, v)
	}
	return err
}

func v2href(id db.ID) string { return "/desk/consent/" + id.String() }

func (s *Service) preview(w http.ResponseWriter, r *http.Request) error {
	d, v, f, err := s.typed(r)
	if err != nil {
		return err
	}
	if err := f.Err(); err != nil {
		v.Fields = fault.Of(err).Fields
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	v.Preview = true
	if v.Summary, err = invitation.HTML(st.Fill(v.Text.Summary)); err != nil {
		return err
	}
	if v.Full, err = invitation.HTML(st.Fill(v.Text.Full)); err != nil {
		return err
	}
	return s.showEdit(w, r, http.StatusOK, d, v)
}

// versionView is one version as it was published.
type versionView struct {
	Version
	Sum           string
	Summary, Full string
	Who           string
	House         *time.Location
}

func (s *Service) version(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	d, err := s.Document(ctx, id)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.PathValue("n"), 10, 64) // what is no number is no version
	x := d.Version(n)
	if x == nil {
		return ErrNone
	}
	v := versionView{Version: *x, Sum: Sum(x.Canonical(""))}
	if v.Summary, err = invitation.HTML(x.Text.Summary); err != nil {
		return err
	}
	if v.Full, err = invitation.HTML(x.Text.Full); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	names, err := s.People.Names(ctx, x.By)
	if err != nil {
		return err
	}
	v.House, v.Who = st.Location(), names[x.By]
	p, err := s.Settings.Page(r, x.Text.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, versionPage(p, settings.DeskNav(ctx), v))
}

// mayEdit tells whether the viewer may change documents.
func mayEdit(ctx context.Context) bool {
	return access.Can(ctx, access.Write, access.Resource{Class: access.Papers})
}
