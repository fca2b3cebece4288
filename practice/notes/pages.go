package notes

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/settings"
)

// Routes is the notes' pages: at the desk for who cares for somebody, in the
// space for whom they are about.
func (s *Service) Routes() []web.Route {
	// The bridge opens to everybody who reads any lane; which one a note is in is
	// asked again where it is loaded.
	read, write := access.To(access.Read, access.Bridge), access.To(access.Write, access.Bridge)
	own := access.To(access.Read, access.Own)
	begin := access.To(access.Read, access.Templates)
	edit := access.To(access.Write, access.Templates)
	return []web.Route{
		{Pattern: "GET /desk/notes", Access: read, Handle: s.openPage},
		{Pattern: "GET /desk/people/{id}/notes", Access: read, Handle: s.listPage},
		{Pattern: "POST /desk/people/{id}/notes", Access: write, Handle: s.begin},
		{Pattern: "GET /desk/notes/{id}", Access: read, Handle: s.notePage},
		{Pattern: "POST /desk/notes/{id}", Access: write, Handle: s.save},
		{Pattern: "GET /desk/notes/{id}/sign", Access: write, Handle: s.signPage},
		{Pattern: "POST /desk/notes/{id}/sign", Access: access.To(access.Write, access.Signing), Handle: s.signNote},
		{Pattern: "POST /desk/notes/{id}/remove", Access: write, Handle: s.remove},
		{Pattern: "POST /desk/notes/{id}/take-back", Access: write, Handle: s.takeBack},
		{Pattern: "POST /desk/notes/{id}/addenda", Access: write, Handle: s.addendum},
		{Pattern: "POST /desk/notes/{id}/hold", Access: write, Handle: s.holdNote},
		{Pattern: "POST /desk/notes/{id}/release", Access: write, Handle: s.releaseNote},
		{Pattern: "GET /desk/notes/{id}/print", Access: read, Handle: s.printPage},
		{Pattern: "GET /desk/notes/templates", Access: begin, Handle: s.templatesPage},
		{Pattern: "POST /desk/notes/templates", Access: edit, Handle: s.saveTemplate},
		{Pattern: "POST /desk/notes/templates/{id}/remove", Access: edit, Handle: s.dropTemplate},
		{Pattern: "GET /space/notes", Access: own, Handle: s.ownPage},
		{Pattern: "GET /space/notes/{id}", Access: own, Handle: s.ownNote},
	}
}

// line is a note in a list.
type line struct {
	Note
	Who    string // the client's working name; "" where the page is theirs
	Author string
	State  string
	Piece  string
}

// href leads to the note; to the one under which an addendum stands, once it is signed.
func (l line) href() string {
	if l.Note.State == Signed && !l.Of.IsZero() {
		return "/desk/notes/" + l.Of.String()
	}
	return "/desk/notes/" + l.ID.String()
}

type listView struct {
	Client  db.ID
	Who     string
	House   *time.Location
	Lines   []line
	Older   string
	Query   string
	Found   []line
	Short   bool
	Begin   []ui.Option
	Start   string // what is chosen to begin with
	Times   []ui.Option
	Time    string
	Fields  map[string]string
	Waiting []line
}

func (s *Service) show(w http.ResponseWriter, r *http.Request, status int, title string, page func(ui.Page, []ui.Link) error) error {
	p, err := s.Settings.Page(r, title)
	if err != nil {
		return err
	}
	return page(p, settings.DeskNav(r.Context()))
}

func (s *Service) house(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return st.Location(), nil
}

// lines names who is in a list of notes.
func (s *Service) lines(ctx context.Context, all []Note, clients bool) ([]line, error) {
	var authors, whose []db.ID
	for _, n := range all {
		authors, whose = append(authors, n.Author), append(whose, n.Client)
	}
	names, err := s.People.Names(ctx, authors...)
	if err != nil {
		return nil, err
	}
	who := map[db.ID]string{}
	if clients {
		if who, err = s.People.ClientNames(ctx, whose...); err != nil {
			return nil, err
		}
	}
	out := make([]line, len(all))
	for i, n := range all {
		out[i] = line{Note: n, Who: who[n.Client], Author: names[n.Author], State: stateWords(ctx, n)}
	}
	return out, nil
}

// search fills in what a query finds.
func (s *Service) search(ctx context.Context, v *listView) error {
	if strings.TrimSpace(v.Query) == "" {
		return nil
	}
	f, err := s.Search(ctx, v.Client, v.Query)
	if err != nil {
		return err
	}
	v.Short = f.Short
	var all []Note
	for _, h := range f.Hits {
		all = append(all, h.Note)
	}
	if v.Found, err = s.lines(ctx, all, v.Client.IsZero()); err != nil {
		return err
	}
	for i, h := range f.Hits {
		v.Found[i].Piece = h.Piece
	}
	return nil
}

// openPage is one's own drafts, what waits for one's signature, and the search.
func (s *Service) openPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := listView{Query: f.Line("q", MaxQuery)}
	if err := f.Err(); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	drafts, waiting, err := s.Open(ctx)
	if err != nil {
		return err
	}
	if v.Lines, err = s.lines(ctx, drafts, true); err != nil {
		return err
	}
	if v.Waiting, err = s.lines(ctx, waiting, true); err != nil {
		return err
	}
	if err := s.search(ctx, &v); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "Notes", func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, http.StatusOK, openNotes(p, nav, v))
	})
}

// listPage is the notes about a client, and where one is begun.
func (s *Service) listPage(w http.ResponseWriter, r *http.Request) error {
	client, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := listView{Client: client, Query: f.Line("q", MaxQuery), Time: f.Raw("time")}
	if err := f.Err(); err != nil {
		return err
	}
	return s.showList(w, r, http.StatusOK, v)
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request, status int, v listView) (err error) {
	ctx := r.Context()
	before, err := db.ParseID(r.URL.Query().Get("before"))
	if err != nil && r.URL.Query().Has("before") {
		return fault.New(fault.BadRequest, "This address of an older page is incomplete.")
	}
	all, next, err := s.Of(ctx, v.Client, before)
	if err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	if v.Lines, err = s.lines(ctx, all, false); err != nil {
		return err
	}
	if !next.IsZero() {
		v.Older = v.href() + "?before=" + next.String()
	}
	names, err := s.People.ClientNames(ctx, v.Client)
	if err != nil {
		return err
	}
	v.Who = names[v.Client]
	if err := s.search(ctx, &v); err != nil {
		return err
	}
	if lanes := Writable(ctx, v.Client); len(lanes) > 0 {
		if err := s.beginnings(ctx, &v, lanes); err != nil {
			return err
		}
	}
	return s.show(w, r, status, "Notes, "+v.Who, func(p ui.Page, nav []ui.Link) error {
		return web.Render(w, r, status, clientNotes(p, nav, v))
	})
}

func (v listView) href() string { return "/desk/people/" + v.Client.String() + "/notes" }

// timesShown is how many of a client's times a note may be hung on.
const timesShown = 60

func (s *Service) beginnings(ctx context.Context, v *listView, lanes []Lane) error {
	all, err := s.Templates(ctx)
	if err != nil {
		return err
	}
	v.Begin = beginOptions(lanes, all)
	times, err := s.timesOf(ctx, v.Client)
	if err != nil {
		return err
	}
	v.Times = []ui.Option{{Value: "", Label: "No time in particular"}}
	for i, t := range times {
		if i < timesShown || t.Appointment.String() == v.Time {
			v.Times = append(v.Times, ui.Option{Value: t.Appointment.String(), Label: t.Name + ", " + ui.DateYear(t.End, v.House)})
		}
	}
	return nil
}

func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	client, err := web.PathID(r, "id", errNone)
	if err != nil {
		return err
	}
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	b := Start{Client: client}
	lane, template, _ := strings.Cut(f.Raw("begin"), "/")
	b.Lane, b.Template = Lane(lane), template
	if at := f.Raw("time"); at != "" {
		if b.Appointment, err = db.ParseID(at); err != nil {
			f.Fail("time", "Please choose one of their times.")
		}
	}
	if err = f.Err(); err == nil {
		var id db.ID
		if id, err = s.Begin(ctx, b); err == nil {
			return web.See(w, r, "/desk/notes/"+id.String())
		}
	}
	e := fault.Of(err)
	if e.Kind != fault.Invalid {
		return err
	}
	fields := map[string]string{}
	for name, sentence := range e.Fields {
		fields[map[string]string{"lane": "begin", "template": "begin", "appointment": "time"}[name]] = sentence
	}
	if len(e.Fields) == 0 {
		fields[""] = e.Sentence
	}
	return s.showList(w, r, e.Kind.Status(), listView{Client: client, Start: f.Raw("begin"), Time: f.Raw("time"), Fields: fields})
}

// revisionOf is the revision that a form changes.
func revisionOf(f *web.Form) (int64, error) {
	n, err := strconv.ParseInt(f.Raw("revision"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.BadRequest, "This form is incomplete. Nothing was changed; please open the page again.")
	}
	return n, nil
}
