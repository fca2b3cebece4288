package forms

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/rules/questionnaire"
)

func (s *Service) deskRoutes() []web.Route {
	read, write := access.To(access.Read, access.Forms), access.To(access.Write, access.Forms)
	return append([]web.Route{
		{Pattern: "GET /desk/forms", Access: read, Handle: s.library},
		{Pattern: "POST /desk/forms", Access: write, Handle: s.begin},
		{Pattern: "POST /desk/forms/import", Access: write, Handle: s.importForm},
		{Pattern: "GET /desk/forms/{key}", Access: read, Handle: s.shelf},
		{Pattern: "GET /desk/forms/{key}/{number}/questionnaire.json", Access: read, Handle: s.export},
		{Pattern: "GET /desk/forms/{key}/{number}/preview", Access: read, Handle: s.preview},
		{Pattern: "POST /desk/forms/{key}/replace", Access: write, Handle: s.replace},
		{Pattern: "POST /desk/forms/{key}/state", Access: write, Handle: s.state},
		{Pattern: "POST /desk/people/{id}/forms", Access: access.To(access.Write, access.Answers), Handle: s.giveForm},
		{Pattern: "POST /desk/answers/{id}/back", Access: access.To(access.Write, access.Answers), Handle: s.takeFormBack},
		{Pattern: "GET /desk/answers/{id}", Access: access.Desk(access.Read, access.Answers), Handle: s.showAnswers},
		{Pattern: "GET /desk/answers/{id}/response.json", Access: access.Desk(access.Read, access.Answers), Handle: s.exportAnswers},
		{Pattern: "GET /desk/answers/{id}/files/{file}", Access: access.Desk(access.Read, access.Answers), Handle: s.ownFile},
	}, s.editRoutes()...)
}

type libraryView struct {
	Shelves   []Shelf
	MayChange bool
	Title     string
	Fields    map[string]string
	Problems  []ui.Problem
}

func (s *Service) library(w http.ResponseWriter, r *http.Request) error {
	return s.libraryPage(w, r, http.StatusOK, libraryView{})
}

func (s *Service) libraryPage(w http.ResponseWriter, r *http.Request, status int, v libraryView) error {
	ctx := r.Context()
	var err error
	if v.Shelves, err = s.Library(ctx); err != nil {
		return err
	}
	v.MayChange = access.Can(ctx, access.Write, access.Resource{Class: access.Forms})
	p, nav, err := s.deskPage(r, "Forms")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, libraryPage(p, nav, v))
}

// faultsOf are the faults of a file, one beside the other, with their paths.
func faultsOf(err error) (out []ui.Problem) {
	for _, p := range ui.Problems(fault.Of(err).Fields) {
		out = append(out, ui.Problem{Sentence: p.Name + ": " + p.Sentence})
	}
	return out
}

func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f.Required("title", "Please give the form a title.")
	title := f.Line("title", questionnaire.MaxTitle)
	var key string
	if err = f.Err(); err == nil {
		key, err = s.New(r.Context(), title)
	}
	if fault.Is(err, fault.Invalid) {
		return s.libraryPage(w, r, fault.Invalid.Status(), libraryView{Title: f.Raw("title"), Fields: fault.Of(err).Fields, Problems: ui.Problems(fault.Of(err).Fields)})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/forms/"+key+"/edit")
}

func (s *Service) importForm(w http.ResponseWriter, r *http.Request) error {
	b, err := arrived(r)
	var key string
	if err == nil {
		key, err = s.Import(r.Context(), b)
	}
	if fault.Is(err, fault.Invalid) {
		return s.libraryPage(w, r, fault.Invalid.Status(), libraryView{Problems: faultsOf(err)})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/forms/"+key)
}

type shelfView struct {
	Shelf
	MayChange bool
	Fixed     bool
	Now       *Form // what would be given today
	House     *time.Location
	Problems  []ui.Problem
	Parts     []deskPart
}

// deskPart is a part of a form as the library shows it.
type deskPart struct {
	Title string
	Seen  questionnaire.Seen
	Asks  int
}

func (s *Service) shelf(w http.ResponseWriter, r *http.Request) error {
	return s.shelfPage(w, r, http.StatusOK, nil)
}

func (s *Service) shelfPage(w http.ResponseWriter, r *http.Request, status int, problems []ui.Problem) error {
	ctx := r.Context()
	all, err := s.Library(ctx)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(all, func(f Shelf) bool { return f.Key == r.PathValue("key") })
	if n < 0 {
		return errUnknown
	}
	v := shelfView{Shelf: all[n], Problems: problems, Fixed: s.fixed(all[n].Key), MayChange: access.Can(ctx, access.Write, access.Resource{Class: access.Forms})}
	if v.Now, err = s.Look(ctx, v.Key, -1); fault.Is(err, fault.NotFound) {
		v.Now, err = s.Look(ctx, v.Key, 0)
	}
	if err != nil {
		return err
	}
	for _, p := range partsOf(v.Now.Questionnaire) {
		v.Parts = append(v.Parts, deskPart{or(p.Title, v.Title), p.Seen, asks(p.Items)})
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, nav, err := s.deskPage(r, v.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, shelfPage(p, nav, v))
}

func asks(all []*questionnaire.Item) (n int) {
	for _, i := range all {
		if i.Asks() {
			n++
		}
		n += asks(i.Item)
	}
	return n
}

// numbered is the version that an address names: a number, "draft" or "newest".
func (s *Service) numbered(r *http.Request) (*Form, error) {
	n := -1
	switch at := r.PathValue("number"); at {
	case "newest":
	case "draft":
		n = 0
	default:
		var err error
		if n, err = strconv.Atoi(at); err != nil || n < 1 {
			return nil, errUnknown
		}
	}
	return s.Look(r.Context(), r.PathValue("key"), n)
}

func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	f, err := s.numbered(r)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(f.Questionnaire, "", "  ")
	if err != nil {
		return err
	}
	return asFile(w, r, f.Key+".json", fhirJSON, append(b, '\n'))
}

// preview shows a page of a form as it will look, with whatever it may ask.
func (s *Service) preview(w http.ResponseWriter, r *http.Request) error {
	f, err := s.numbered(r)
	if err != nil {
		return err
	}
	parts := partsOf(f.Questionnaire)
	if len(parts) == 0 {
		return errUnknown
	}
	n, err := strconv.Atoi(r.URL.Query().Get("part"))
	if err != nil || n < 1 || n > len(parts) {
		n = 1
	}
	here := "/desk/forms/" + f.Key + "/" + r.PathValue("number") + "/preview?part="
	v := fillView{Title: f.Title, About: f.Description, N: n, Count: len(parts), Action: here + itoa(n)}
	if n > 1 {
		v.Before = here + itoa(n-1)
	}
	if n < len(parts) {
		v.After = here + itoa(n+1)
	}
	d := newDrawer(f.Questionnaire, questionnaire.Answers{})
	d.all = true
	v.Sections, _ = d.sections(parts[n-1 : n])
	p, nav, err := s.deskPage(r, "Preview: "+f.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, previewPage(p, nav, f.Key, v))
}

func (s *Service) replace(w http.ResponseWriter, r *http.Request) error {
	b, err := arrived(r)
	if err == nil {
		err = s.Replace(r.Context(), r.PathValue("key"), b)
	}
	if fault.Is(err, fault.Invalid) {
		return s.shelfPage(w, r, fault.Invalid.Status(), faultsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/forms/"+r.PathValue("key"))
}

// state publishes, discards, retires or returns a form.
func (s *Service) state(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx, key := r.Context(), r.PathValue("key")
	to := "/desk/forms/" + key
	switch f.Raw("do") {
	case "publish":
		_, err = s.Publish(ctx, key)
	case "discard":
		if err = s.Discard(ctx, key); s.ours()[key] == nil {
			to = "/desk/forms"
		}
	case "retire":
		err = s.Retire(ctx, key)
	case "return":
		err = s.Return(ctx, key)
	default:
		err = fault.New(fault.BadRequest, "Please use one of the buttons. Nothing was changed.")
	}
	if err != nil {
		return err
	}
	return web.See(w, r, to)
}

// Panel is what a client's page at the desk shows of their forms; nothing for
// whoever may neither read nor give any.
type Panel struct {
	Person  db.ID
	Given   []deskGiven
	Options []ui.Option
	MayGive bool
	House   *time.Location
}

type deskGiven struct {
	Given
	Title string
	Reads bool
}

// PanelOf makes it.
func (s *Service) PanelOf(ctx context.Context, person db.ID) (*Panel, error) {
	v := &Panel{Person: person, MayGive: access.May(ctx, access.Write, answersOf(person)) && access.From(ctx).Person != person}
	if !s.readsAny(ctx, person) || access.From(ctx).Person == person {
		return nil, nil
	}
	all, err := s.given(ctx, s.DB.Reader(), person)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		title, err := s.Title(ctx, g)
		if err != nil {
			return nil, err
		}
		v.Given = append(v.Given, deskGiven{g, title, !g.SentAt.IsZero()})
	}
	st, err := s.Settings.Get(ctx)
	if err != nil || !v.MayGive {
		v.House = st.Location()
		return v, err
	}
	v.House = st.Location()
	shelves, err := s.Library(ctx)
	for _, f := range shelves {
		if !f.Retired && (f.Shipped || f.Newest != nil) {
			v.Options = append(v.Options, ui.Option{Value: f.Key, Label: f.Title})
		}
	}
	return v, err
}

func (s *Service) giveForm(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if knows, err := s.People.Knows(ctx, id); err != nil || !knows {
		return fault.New(fault.NotFound, "There is no client at this address.").With(err)
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Give(ctx, tx, Gift{Person: id, Form: f.Line("form", 100), Again: f.Checked("again"), Quiet: f.Checked("quiet")})
		return err
	})
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+id.String()+"#forms")
}

func (s *Service) takeFormBack(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	g, err := s.one(r.Context(), s.DB.Reader(), id)
	if err != nil {
		return err
	}
	if err := s.TakeBack(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+g.Person.String()+"#forms")
}

type answersView struct {
	Name, Title string
	ID          db.ID
	Person      db.ID
	Version     int
	Kept        bool
	At          time.Time
	Parts       []toldPart
	Before      []sentBefore
	House       *time.Location
}

func (s *Service) showAnswers(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	ctx := r.Context()
	all, err := s.Read(ctx, id)
	if err != nil {
		return err
	}
	last := all[len(all)-1]
	names, err := s.People.ClientNames(ctx, last.Person)
	if err != nil {
		return err
	}
	v := answersView{Name: names[last.Person], Title: last.Form.Title, ID: id, Person: last.Person, Version: last.Form.Number, Kept: last.Kept}
	for n, resp := range slices.Backward(all) {
		parts := tell(resp.Form.Questionnaire, resp.Answers, "/desk/answers/"+id.String()+"/files/", deskSeen, func(i *questionnaire.Item) bool { return May(ctx, last.Person, i) })
		if n == len(all)-1 {
			v.At, v.Parts = resp.Sent, parts
			continue
		}
		v.Before = append(v.Before, sentBefore{resp.Sent, parts})
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, nav, err := s.deskPage(r, v.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, answersPage(p, nav, v))
}

func (s *Service) exportAnswers(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errUnknown)
	if err != nil {
		return err
	}
	return s.lastResponse(w, r, id)
}
