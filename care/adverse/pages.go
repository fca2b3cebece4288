package adverse

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Routes is the pages of adverse events.
func (s *Service) Routes() []web.Route {
	read, write, review := access.To(access.Read, access.Adverse), access.To(access.Write, access.Adverse), access.To(access.Read, access.Review)
	return []web.Route{
		{Pattern: "GET /desk/adverse", Access: review, Handle: s.review},
		{Pattern: "GET /desk/adverse/list.csv", Access: review, Handle: s.fileCSV},
		{Pattern: "GET /desk/adverse/list.json", Access: review, Handle: s.fileJSON},
		{Pattern: "GET /desk/people/{id}/adverse", Access: read, Handle: s.theirs},
		{Pattern: "POST /desk/people/{id}/adverse", Access: write, Handle: s.write},
		{Pattern: "GET /desk/adverse/{id}", Access: read, Handle: s.show},
		{Pattern: "GET /desk/adverse/{id}/correct", Access: write, Handle: s.correcting},
		{Pattern: "POST /desk/adverse/{id}/correct", Access: write, Handle: s.correct},
		{Pattern: "POST /desk/adverse/{id}/follow", Access: write, Handle: s.follow},
		{Pattern: "POST /desk/adverse/{id}/judge", Access: access.To(access.Write, access.Judging), Handle: s.judge},
		{Pattern: "POST /desk/adverse/{id}/close", Access: access.To(access.Write, access.Closing), Handle: s.close},
		{Pattern: "POST /desk/adverse/{id}/reopen", Access: write, Handle: s.reopen},
		{Pattern: "GET /desk/adverse/{id}/report", Access: read, Handle: s.report},
		{Pattern: "GET /desk/adverse/{id}/report.pdf", Access: read, Handle: s.reportPDF},
	}
}

// formView is a report being written: a new one, or a correction.
type formView struct {
	Who      people.Card
	Typed    Report
	Session  string
	Why      string
	Sessions []ui.Option
	Fields   map[string]string
	Today    string
}

// order is the fields of the form, for the summary of what needs another look.
func (formView) order() []string {
	return []string{"term", "words", "source", "session", "onset", "ended", "serious", "criteria", "severity", "outcome", "next", "medicine", "dose", "given", "lot", "changed", "done", "others", "history", "tests", "reported", "why"}
}

// listView is what there is of one client.
type listView struct {
	formView
	All      []Case
	House    *time.Location
	MayWrite bool
}

var errNobody = fault.New(fault.NotFound, "There is nobody at this address.")

func (s *Service) client(r *http.Request) (people.Card, error) {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return people.Card{}, err
	}
	c, err := s.People.Card(r.Context(), id)
	if err == nil && c.ID.IsZero() {
		err = errNobody
	}
	return c, err
}

func (s *Service) theirs(w http.ResponseWriter, r *http.Request) error {
	v := formView{}
	if r.URL.Query().Get("from") == CheckIn {
		v.Typed.Source = CheckIn
	}
	return s.list(w, r, http.StatusOK, v)
}

func (s *Service) list(w http.ResponseWriter, r *http.Request, status int, form formView) error {
	ctx := r.Context()
	who, err := s.client(r)
	if err != nil {
		return err
	}
	v := listView{formView: form}
	if v.All, err = s.Of(ctx, who.ID); err != nil {
		return err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Verb: "read", Subject: who.ID, Kind: "adverse events", Object: who.ID, Why: who.Step}); err != nil {
		return err
	}
	v.Who, v.MayWrite = who, access.Can(ctx, access.Write, of(who.ID))
	if v.House, err = s.zone(ctx); err != nil {
		return err
	}
	if v.Sessions, err = s.sessions(ctx, who.ID, v.House); err != nil {
		return err
	}
	v.Today = s.Now().In(v.House).Format(time.DateOnly)
	p, err := s.Settings.Page(r, "Adverse events of "+who.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(p, settings.DeskNav(ctx), v))
}

// sessions are a client's medicine sessions whose time has come, the latest first.
func (s *Service) sessions(ctx context.Context, client db.ID, zone *time.Location) ([]ui.Option, error) {
	out := []ui.Option{{Value: "", Label: "None, or another time"}}
	system := access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System}) // whoever asks was asked about the client
	offerings, err := s.Calendar.Offerings(system)
	if err != nil {
		return nil, err
	}
	all, err := s.Calendar.OfClient(system, client)
	for _, a := range slices.Backward(all) {
		i := slices.IndexFunc(offerings, func(o calendar.Offering) bool { return o.ID == a.Offering })
		if i >= 0 && offerings[i].Medicine != "" && a.State != calendar.Cancelled && !a.Start.After(s.Now()) {
			out = append(out, ui.Option{Value: a.ID.String(), Label: a.Name + ", " + ui.DateYear(a.Start, zone)})
		}
	}
	return out, err
}

// eventView is the page of one event.
type eventView struct {
	Case
	Who      people.Card
	House    *time.Location
	Names    map[db.ID]string
	Session  string // in words
	MayWrite bool
	MayJudge bool
	MayClose bool
	Overdue  bool
	Today    string
	Said     string
	made     time.Time // when a report of it is made
	at       string    // the form that needs another look
	form     *web.Form
	Fields   map[string]string
}

// raw is what was typed into a field of the form that needs another look; what
// stands there otherwise.
func (v eventView) raw(at, name, otherwise string) string {
	if v.form == nil || v.at != at {
		return otherwise
	}
	return v.form.Raw(name)
}

func (v eventView) fault(at, name string) string {
	if v.at != at {
		return ""
	}
	return v.Fields[name]
}

// problems leads each sentence to its field, which has its form's name before it.
func (v eventView) problems() []ui.Problem {
	out := ui.Problems(v.Fields)
	for i, p := range out {
		switch {
		case v.at == "close": // what is still to be said stands beside its one field
			out[i].ID = "close-words"
		case p.Name != "":
			out[i].ID = v.at + "-" + p.Name
		}
	}
	return out
}

var said = map[string]string{
	"written": "Kept. It is followed up until a prescriber has closed it.", "followed": "Kept, under your name.", "corrected": "Kept as a version of its own; the older one stays below.",
	"judged": "Kept as your judgement.", "closed": "Closed and signed. It stands as it is now.", "reopened": "It is open again; what was signed stays.",
}

func (s *Service) standing(r *http.Request) (v eventView, err error) {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNone)
	if err != nil {
		return v, err
	}
	if v.Case, err = s.One(ctx, id); err != nil {
		return v, err
	}
	if v.Who, err = s.People.Card(ctx, v.Client); err != nil {
		return v, err
	}
	if v.House, err = s.zone(ctx); err != nil {
		return v, err
	}
	v.MayWrite = access.Can(ctx, access.Write, of(v.Client))
	v.MayJudge = access.May(ctx, access.Write, judging(v.Client))
	v.MayClose = access.May(ctx, access.Write, closing(v.Client))
	v.Overdue = v.IsOpen() && !v.Due.After(s.Now())
	v.Today = s.Now().In(v.House).Format(time.DateOnly)
	var ids []db.ID
	for _, one := range v.Versions {
		ids = append(ids, one.By, one.Report.RelatedBy)
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil || v.Event.Session.IsZero() {
		return v, err
	}
	a, _, err := s.session(ctx, s.DB.Reader(), v.Event.Session)
	v.Session = a.Name + ", " + ui.DateYear(a.Start, v.House)
	return v, err
}

// seen puts the look on the trail.
func (s *Service) seen(ctx context.Context, v eventView, kind string) error {
	return s.Trail.Saw(ctx, trail.Entry{Verb: "read", Subject: v.Client, Kind: kind, Object: v.ID, Why: v.Who.Step})
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.standing(r)
	if err != nil {
		return err
	}
	v.Said = said[r.URL.Query().Get("said")]
	return s.page(w, r, http.StatusOK, v)
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, v eventView) error {
	if err := s.seen(r.Context(), v, "adverse event"); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Adverse event of "+v.Who.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, eventPage(p, settings.DeskNav(r.Context()), v))
}

func (s *Service) correcting(w http.ResponseWriter, r *http.Request) error {
	v, err := s.standing(r)
	if err != nil {
		return err
	}
	return s.correctPage(w, r, http.StatusOK, v, formView{Typed: v.Report()})
}

func (s *Service) correctPage(w http.ResponseWriter, r *http.Request, status int, v eventView, form formView) error {
	if err := access.Check(r.Context(), access.Write, of(v.Client)); err != nil {
		return err
	}
	if !v.IsOpen() {
		return fault.New(fault.Taken, "This was closed and signed. Open it again first, with the reason why.")
	}
	if err := s.seen(r.Context(), v, "adverse event"); err != nil {
		return err
	}
	form.Who, form.Today = v.Who, v.Today
	p, err := s.Settings.Page(r, "Correct the report")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, correctingPage(p, settings.DeskNav(r.Context()), v, form))
}
