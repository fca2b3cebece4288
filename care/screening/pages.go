package screening

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// Routes is the pages of the screening.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Chart), access.To(access.Write, access.Chart)
	mine, change := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	return []web.Route{
		{Pattern: "GET /desk/screening", Access: read, Handle: s.worklist},
		{Pattern: "GET /desk/screening/{client}", Access: read, Handle: s.show},
		{Pattern: "POST /desk/screening/{client}/give", Access: access.To(access.Write, access.Answers), Handle: s.give},
		{Pattern: "POST /desk/screening/{client}/record", Access: write, Handle: s.record},
		{Pattern: "POST /desk/screening/{client}/ask", Access: write, Handle: s.ask},
		{Pattern: "POST /desk/screening/{client}/requests/{id}", Access: write, Handle: s.settle},
		{Pattern: "GET /desk/screening/{client}/decide", Access: read, Handle: s.deciding},
		{Pattern: "POST /desk/screening/{client}/decide", Access: access.To(access.Write, access.Clearance), Handle: s.decide},
		{Pattern: "POST /desk/screening/{client}/decisions/{id}", Access: write, Handle: s.letter},
		{Pattern: "GET /space/screening", Access: mine, Handle: s.mine},
		{Pattern: "POST /space/screening/{id}", Access: change, Handle: s.reply},
	}
}

type worklistView struct {
	All   []Waiting
	House *time.Location
}

func (s *Service) worklist(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := s.Worklist(ctx)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Screening")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, worklistPage(p, settings.DeskNav(ctx), worklistView{all, st.Location()}))
}

// chartView is the screening of one client, for the prescriber.
type chartView struct {
	Known
	Who       people.Card
	House     *time.Location
	Names     map[db.ID]string
	Decisions []Decision
	Today     string
	Said      string
	MayWrite  bool
	Given     bool // the forms were given already
	form      *web.Form
	at        string // the form of the page that needs another look
	Fields    map[string]string
	Verdict   Verdict
}

// raw is what was typed into a field of the form that needs another look.
func (v chartView) raw(at, name string) string {
	if v.form == nil || v.at != at {
		return ""
	}
	return v.form.Raw(name)
}

// fault is what is to be changed in a field of that form.
func (v chartView) fault(at, name string) string {
	if v.at != at {
		return ""
	}
	return v.Fields[name]
}

var errNobody = fault.New(fault.NotFound, "There is nobody at this address.")

// load reads what the pages show of one client, and puts the look on the trail.
func (s *Service) load(r *http.Request) (v chartView, err error) {
	ctx := r.Context()
	id, err := web.PathID(r, "client", errNobody)
	if err != nil {
		return v, err
	}
	if v.Who, err = s.People.Card(ctx, id); err != nil {
		return v, err
	}
	if v.Who.ID.IsZero() {
		return v, fault.New(fault.NotFound, "There is nobody at this address.")
	}
	if err := access.Check(ctx, access.Read, chart(id)); err != nil {
		return v, err
	}
	if v.Decisions, err = s.decisions(ctx, s.DB.Reader(), id); err != nil {
		return v, err
	}
	medicine, err := s.medicineOf(r, v.Decisions)
	if err != nil {
		return v, err
	}
	if v.Known, err = s.Known(ctx, s.DB.Reader(), id, medicine); err != nil {
		return v, err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: id, Kind: "chart", Object: id, Why: v.Who.Step}); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House = st.Location()
	v.Today = s.Now().In(v.House).Format(time.DateOnly)
	v.MayWrite = access.May(ctx, access.Write, clearance(id))
	v.Names, err = s.names(ctx, v)
	return v, err
}

func (s *Service) names(ctx context.Context, v chartView) (map[db.ID]string, error) {
	ids := []db.ID{v.Client}
	for _, f := range v.Facts {
		ids = append(ids, f.Author)
	}
	for _, r := range v.Requests {
		ids = append(ids, r.Author)
	}
	for _, d := range v.Decisions {
		ids = append(ids, d.By)
	}
	return s.People.Names(ctx, ids...)
}

// medicineOf is the medicine that a page is about: the one in the address, the
// one that was last decided about, the first for which a protocol is in force,
// or the first of the list.
func (s *Service) medicineOf(r *http.Request, all []Decision) (protocol.Medicine, error) {
	m := protocol.Medicine(r.FormValue("medicine"))
	switch {
	case m.Known():
		return m, nil
	case len(all) > 0:
		return all[0].Medicine, nil
	case s.Protocol != nil:
		for _, o := range protocol.Medicines {
			m := protocol.Medicine(o.Value)
			doc, _, err := s.Protocol(r.Context(), s.DB.Reader(), m)
			if err != nil || doc != nil {
				return m, err
			}
		}
	}
	return protocol.Medicine(protocol.Medicines[0].Value), nil
}

var said = map[string]string{
	"given": "The forms wait in their space; a letter says that something is there.", "recorded": "Recorded, under your name.", "asked": "Asked. It stands in their space.",
	"settled": "Kept.", "decided": "Signed. The letter below is still to be sent.", "letter": "The letter is kept as you wrote it.", "sent": "The letter is in their space; a discreet mail says that something is there.",
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	v.Said = said[r.URL.Query().Get("said")]
	return s.page(w, r, http.StatusOK, v)
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, v chartView) error {
	p, err := s.Settings.Page(r, "Screening of "+v.Who.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, chartPage(p, settings.DeskNav(r.Context()), v))
}

func (v chartView) href() string { return "/desk/screening/" + v.Client.String() }

// again shows the page with what was typed, where a form needs another look.
func (s *Service) again(w http.ResponseWriter, r *http.Request, at string, f *web.Form, refused error) error {
	e := fault.Of(refused)
	if e.Kind != fault.Invalid && e.Kind != fault.Taken {
		return refused
	}
	v, err := s.load(r)
	if err != nil {
		return err
	}
	v.form, v.at, v.Fields = f, at, e.Fields
	if len(e.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	if at == "decide" {
		v.Verdict = Verdict(f.Raw("verdict"))
		return s.decidePage(w, r, e.Kind.Status(), v)
	}
	return s.page(w, r, e.Kind.Status(), v)
}

func (s *Service) back(w http.ResponseWriter, r *http.Request, client db.ID, said, anchor string) error {
	q := ""
	if m := protocol.Medicine(r.FormValue("medicine")); m.Known() {
		q = "&medicine=" + string(m)
	}
	return web.See(w, r, "/desk/screening/"+client.String()+"?said="+said+q+anchor)
}

func (s *Service) give(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "client", errNobody)
	if err != nil {
		return err
	}
	if err := s.Give(r.Context(), id); err != nil {
		return err
	}
	if !access.May(r.Context(), access.Read, chart(id)) {
		return web.See(w, r, "/desk/people/"+id.String())
	}
	return s.back(w, r, id, "given", "")
}

func (s *Service) deciding(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	v.Verdict = Verdict(r.URL.Query().Get("verdict"))
	return s.decidePage(w, r, http.StatusOK, v)
}

func (s *Service) decidePage(w http.ResponseWriter, r *http.Request, status int, v chartView) error {
	p, err := s.Settings.Page(r, "Decide about "+v.Who.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, decidePage(p, settings.DeskNav(r.Context()), v))
}

// parts are what a laboratory value can belong to.
func parts() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Nothing of it"}}
	for _, p := range Parts {
		out = append(out, ui.Option{Value: p.Code, Label: p.Name})
	}
	return out
}

// medicines are those to choose from.
func medicines() []ui.Option {
	var out []ui.Option
	for _, m := range protocol.Medicines {
		out = append(out, ui.Option{Value: m.Value, Label: m.Label})
	}
	return out
}
