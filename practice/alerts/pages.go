package alerts

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
	"held/practice/settings"
)

// Routes is the pages of alerts.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Alerts), access.To(access.Write, access.Alerts)
	return []web.Route{
		{Pattern: "GET /desk/alerts", Access: read, Handle: s.list},
		{Pattern: "GET /desk/alerts/{id}", Access: read, Handle: s.show},
		{Pattern: "POST /desk/alerts/{id}", Access: write, Handle: s.acknowledge},
		{Pattern: "GET /desk/settings/alerts", Access: access.To(access.Read, access.Settings), Handle: s.showPlan},
		{Pattern: "POST /desk/settings/alerts", Access: access.To(access.Write, access.Settings), Handle: s.savePlan},
		{Pattern: "GET /space/safety", Access: access.To(access.Read, access.Own), Handle: s.own},
	}
}

// Line is an alert as lists show it, without what was said.
type Line struct {
	Alert
	Who   string
	Names map[db.ID]string
}

// Lines gives alerts the names that lists show.
func (s *Service) Lines(ctx context.Context, all []Alert) ([]Line, error) {
	out := make([]Line, len(all))
	for i, a := range all {
		ids := []db.ID{a.Client, a.DoneBy}
		for _, t := range a.Told {
			ids = append(ids, t.Person)
		}
		names, err := s.People.Names(ctx, ids...)
		if err != nil {
			return nil, err
		}
		out[i] = Line{a, names[a.Client], names}
	}
	return out, nil
}

// lately is how many acknowledged alerts the list shows.
const lately = 30

type listView struct {
	Waiting, Done []Line
	House         *time.Location
	Named         bool
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var v listView
	for _, part := range []struct {
		into *[]Line
		of   func() ([]Alert, error)
	}{{&v.Waiting, func() ([]Alert, error) { return s.Waiting(ctx) }}, {&v.Done, func() ([]Alert, error) { return s.Lately(ctx, lately) }}} {
		all, err := part.of()
		if err != nil {
			return err
		}
		if *part.into, err = s.Lines(ctx, all); err != nil {
			return err
		}
	}
	var err error
	if v.Named, err = s.Named(ctx); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Alerts")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) house(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	return st.Location(), err
}

type alertView struct {
	Line
	House    *time.Location
	MayWrite bool
	Typed    string
	Fields   map[string]string
	Kept     bool
}

var errNoAlert = fault.New(fault.NotFound, "There is no alert at this address.")

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoAlert)
	if err != nil {
		return err
	}
	return s.showAlert(w, r, http.StatusOK, id, alertView{Kept: r.URL.Query().Has("kept")})
}

func (s *Service) showAlert(w http.ResponseWriter, r *http.Request, status int, id db.ID, v alertView) error {
	ctx := r.Context()
	a, err := s.One(ctx, id)
	if err != nil {
		return err
	}
	lines, err := s.Lines(ctx, []Alert{a})
	if err != nil {
		return err
	}
	v.Line, v.MayWrite = lines[0], access.Can(ctx, access.Write, a.resource(ctx))
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Alert")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, alertPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) acknowledge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoAlert)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	done := f.Text("done", MaxDone)
	if err = f.Err(); err == nil {
		err = s.Acknowledge(r.Context(), id, done)
	}
	e := fault.Of(err)
	switch {
	case err == nil:
		return web.See(w, r, "/desk/alerts/"+id.String()+"?kept=1")
	case e.Kind == fault.Invalid:
		return s.showAlert(w, r, e.Kind.Status(), id, alertView{Typed: f.Raw("done"), Fields: e.Fields})
	case e.Kind == fault.Taken:
		return s.showAlert(w, r, e.Kind.Status(), id, alertView{Typed: f.Raw("done"), Fields: map[string]string{"": e.Sentence}})
	}
	return err
}

type planView struct {
	Named, Deputy, Minutes, Outside string
	People                          []ui.Option
	Set, Saved, Edit                bool
	Fields                          map[string]string
}

func (s *Service) showPlan(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Plan(r.Context())
	if err != nil {
		return err
	}
	v := planView{Named: p.Named.String(), Deputy: p.Deputy.String(), Outside: p.Outside, Saved: r.URL.Query().Has("saved")}
	if !p.Set() {
		v.Named = ""
	}
	if p.Deputy.IsZero() {
		v.Deputy = ""
	}
	if p.Minutes > 0 {
		v.Minutes = strconv.Itoa(p.Minutes)
	}
	return s.planPage(w, r, http.StatusOK, v)
}

func (s *Service) planPage(w http.ResponseWriter, r *http.Request, status int, v planView) error {
	ctx := r.Context()
	all, err := s.People.Cards(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if Clinician(*c) {
			v.People = append(v.People, ui.Option{Value: c.ID.String(), Label: c.Name})
		}
	}
	if v.Set, err = s.Named(ctx); err != nil {
		return err
	}
	v.Edit = access.Can(ctx, access.Write, access.Resource{Class: access.Settings})
	p, err := s.Settings.Page(r, "Alerts")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, planPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) savePlan(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p := Plan{Outside: f.Text("outside", MaxOutside)}
	p.Named, p.Deputy = chosen(f, "named"), chosen(f, "deputy")
	p.Minutes, _ = strconv.Atoi(f.Line("minutes", 6)) // refused below where it is no number
	if err = f.Err(); err == nil {
		err = s.SetPlan(r.Context(), p)
	}
	switch {
	case err == nil:
		return web.See(w, r, "/desk/settings/alerts?saved=1")
	case fault.Is(err, fault.Invalid):
		v := planView{Named: f.Raw("named"), Deputy: f.Raw("deputy"), Minutes: f.Raw("minutes"), Outside: f.Raw("outside"), Fields: fault.Of(err).Fields}
		return s.planPage(w, r, fault.Invalid.Status(), v)
	}
	return err
}

func chosen(f *web.Form, name string) db.ID {
	id, err := db.ParseID(f.Raw(name))
	if err != nil && f.Raw(name) != "" {
		f.Fail(name, "Please choose one of these.")
	}
	return id
}

// ownView is what a client sees of their alerts: where help is now, who was
// told and what happens next.
type ownView struct {
	Alerts []Line
	Plan   Plan
	Deputy string
	Named  string
	Set    bool
	Hours  string
	Zone   *time.Location
	Crisis settings.Crisis
	Known  bool
	Other  settings.CrisisFallback
}

func (s *Service) own(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	all, err := s.Of(ctx, me)
	if err != nil {
		return err
	}
	var v ownView
	if v.Alerts, err = s.Lines(ctx, all); err != nil {
		return err
	}
	if v.Plan, err = s.Plan(ctx); err != nil {
		return err
	}
	if v.Set, err = s.Named(ctx); err != nil {
		return err
	}
	names, err := s.People.Names(ctx, v.Plan.Named, v.Plan.Deputy)
	if err != nil {
		return err
	}
	v.Named, v.Deputy = names[v.Plan.Named], names[v.Plan.Deputy]
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Hours, v.Other = st.ReplyHours, settings.CrisisElsewhere()
	v.Crisis, v.Known = settings.CrisisFor(st.Country)
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Support, and what happens next")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownPage(p, v))
}

// Near tells whether a client has an alert of the last days, so that their
// space leads to what happens next.
func (s *Service) Near(ctx context.Context, client db.ID) (bool, error) {
	all, err := s.Of(ctx, client)
	return err == nil && len(all) > 0 && s.Now().Sub(all[0].Raised) < nearFor, err
}

const nearFor = 14 * 24 * time.Hour

// toldNames are who was told, without those who are not known any more.
func (l Line) toldNames() []string {
	var out []string
	for _, t := range l.Told {
		if n := l.Names[t.Person]; n != "" {
			out = append(out, n)
		}
	}
	return out
}

func (v planView) options() []ui.Option {
	return append([]ui.Option{{Value: "", Label: "Nobody yet"}}, v.People...)
}

// Next says what happens after an answer that may mean danger, in words for
// whoever gave it.
func (s *Service) Next(ctx context.Context, client db.ID) (string, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return "", err
	}
	plan, err := s.Plan(ctx)
	if err != nil {
		return "", err
	}
	_, told, err := s.first(ctx, plan, client)
	if err != nil {
		return "", err
	}
	names, err := s.People.Names(ctx, told...)
	if err != nil {
		return "", err
	}
	who := make([]string, len(told))
	for i, id := range told {
		who[i] = names[id]
	}
	words := ""
	if len(who) > 0 {
		words = "What you said is told at once, by a letter, to " + strings.Join(who, " and ") + ". "
	}
	return words + "Nobody here keeps a watch round the clock; we read and answer " + st.ReplyHours + ". Who has seen it stands in your space under “Support, and what happens next”.", nil
}
