package stock

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/settings"
	"held/rules/protocol"
)

// Place is where the ledger lies.
const Place = "/desk/stock"

// Routes is the ledger's pages at the desk.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Stock), access.To(access.Write, access.Stock)
	return []web.Route{
		{Pattern: "GET /desk/stock", Access: read, Handle: s.list},
		{Pattern: "POST /desk/stock", Access: write, Handle: s.begin},
		{Pattern: "POST /desk/stock/rule", Access: write, Handle: s.rule},
		{Pattern: "GET /desk/stock/file/{format}", Access: read, Handle: s.file},
		{Pattern: "GET /desk/stock/witness", Access: access.To(access.Read, access.Witness), Handle: s.toWitness},
		{Pattern: "GET /desk/stock/{id}", Access: read, Handle: s.book},
		{Pattern: "POST /desk/stock/{id}/receive", Access: write, Handle: s.receive},
		{Pattern: "POST /desk/stock/{id}/waste", Access: write, Handle: s.waste},
		{Pattern: "POST /desk/stock/{id}/count", Access: write, Handle: s.count},
		{Pattern: "POST /desk/stock/{id}/away", Access: write, Handle: s.away},
		{Pattern: "POST /desk/stock/entries/{id}/correct", Access: write, Handle: s.correct},
		{Pattern: "POST /desk/stock/entries/{id}/explain", Access: write, Handle: s.explain},
		{Pattern: "POST /desk/stock/entries/{id}/witness", Access: access.To(access.Write, access.Witness), Handle: s.witness},
	}
}

var saidWords = map[string]string{
	"began": "The lot is on the list. Enter what came in of it.", "kept": "Entered. It stays; a wrong entry gets a counter-entry.", "rule": "Kept. It holds from the next count on.",
	"witnessed": "Confirmed, under your name.",
}

func said(r *http.Request) string { return saidWords[r.URL.Query().Get("said")] }

func address(id db.ID) string { return Place + "/" + id.String() }

// form is what was typed into a form that was refused.
type form struct {
	at     string // which form of the page
	typed  *web.Form
	Fields map[string]string
}

func (f form) raw(at, name string) string {
	if f.typed == nil || f.at != at {
		return ""
	}
	return f.typed.Raw(name)
}

func (f form) fault(at, name string) string {
	if f.at != at {
		return ""
	}
	return f.Fields[name]
}

func (f form) problems() []ui.Problem { return ui.Problems(f.Fields) }

// ask tells whether a refusal can be shown where it was typed.
func (f *form) ask(at string, typed *web.Form, err error) (int, bool) {
	e := fault.Of(err)
	if e.Kind != fault.Invalid && e.Kind != fault.Taken {
		return 0, false
	}
	f.at, f.typed, f.Fields = at, typed, e.Fields
	if len(e.Fields) == 0 {
		f.Fields = map[string]string{"": e.Sentence}
	}
	return e.Kind.Status(), true
}

type listView struct {
	form
	Used     []Held
	Away     []Item
	Waits    []Waiting
	Names    map[string]string
	House    *time.Location
	MayWrite bool
	Two      bool
	Proof    *Proof
	Said     string
}

func (s *Service) house(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	return st.Location(), err
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	v := listView{Said: said(r)}
	if r.URL.Query().Has("check") {
		p, err := s.Verify(r.Context())
		if err != nil {
			return err
		}
		v.Proof = &p
	}
	return s.listPage(w, r, http.StatusOK, v)
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request, status int, v listView) (err error) {
	ctx := r.Context()
	if v.Used, v.Away, err = s.All(ctx); err != nil {
		return err
	}
	if v.Waits, err = s.Waits(ctx); err != nil {
		return err
	}
	if v.Names, err = s.namesOf(ctx, v.Waits); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	if v.Two, err = s.two(ctx, s.DB.Reader()); err != nil {
		return err
	}
	v.MayWrite = access.May(ctx, access.Write, access.Resource{Class: access.Stock})
	p, err := s.Settings.Page(r, "Controlled substances")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) namesOf(ctx context.Context, all []Waiting) (map[string]string, error) {
	var ids []db.ID
	for _, x := range all {
		ids = append(ids, x.By)
	}
	return s.colleagues(ctx, ids)
}

// amount reads a figure; what is none is a mistake of its field.
func amount(f *web.Form, name string) protocol.Decimal {
	d, err := protocol.ParseDecimal(f.Line(name, 20))
	if err != nil {
		f.Fail(name, "Please give a figure, as 10 or 0.7, with three places at most.")
	}
	return d
}

func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	i := Item{Substance: f.Raw("substance"), Label: Label{Form: f.Line("form", MaxLine), Unit: f.Raw("unit"), Strength: amount(f, "strength"), Lot: f.Line("lot", MaxLine), Expires: f.Line("expires", 10), Note: f.Text("note", MaxText)}}
	var id db.ID
	if err = f.Err(); err == nil {
		id, err = s.Begin(ctx, i)
	}
	if err != nil {
		v := listView{}
		if status, ok := v.ask("begin", f, err); ok {
			return s.listPage(w, r, status, v)
		}
		return err
	}
	return web.See(w, r, address(id)+"?said=began")
}

func (s *Service) rule(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := s.CountByTwo(r.Context(), f.Checked("two")); err != nil {
		return err
	}
	return web.See(w, r, Place+"?said=rule")
}

func (s *Service) file(w http.ResponseWriter, r *http.Request) error {
	as := r.PathValue("format")
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}[as]
	if kind == "" {
		return ErrNone
	}
	var out bytes.Buffer
	if err := s.Export(r.Context(), &out, as); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="controlled-substances-`+s.Now().UTC().Format(time.DateOnly)+"."+as+`"`)
	return web.Send(w, r, http.StatusOK, kind, out.Bytes())
}

type bookView struct {
	form
	Book
	Names    map[string]string
	Clients  map[string]string
	House    *time.Location
	MayWrite bool
	Me       db.ID
	Said     string
}

func (s *Service) book(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	return s.bookPage(w, r, http.StatusOK, id, bookView{Said: said(r)})
}

func (s *Service) bookPage(w http.ResponseWriter, r *http.Request, status int, id db.ID, v bookView) (err error) {
	ctx := r.Context()
	if v.Book, err = s.Book(ctx, id); err != nil {
		return err
	}
	var people, clients []db.ID
	for _, l := range v.Lines {
		people, clients = append(people, l.By, l.Witness), append(clients, l.Client)
	}
	if v.Names, err = s.colleagues(ctx, people); err != nil {
		return err
	}
	if v.Clients, err = s.clients(ctx, clients); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	v.Me, v.MayWrite = access.From(ctx).Person, access.May(ctx, access.Write, access.Resource{Class: access.Stock})
	if err := s.Trail.Saw(ctx, line("read", db.ID{}, id, "")); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, v.Name())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, bookPage(p, settings.DeskNav(ctx), v))
}

// do is one form of a lot's page; refused, the page comes back with what was typed.
func (s *Service) do(w http.ResponseWriter, r *http.Request, at string, fn func(ctx context.Context, f *web.Form, id db.ID) (item db.ID, err error)) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	item, err := fn(ctx, f, id)
	if err == nil {
		return web.See(w, r, address(item)+"?said=kept")
	}
	v := bookView{}
	if strings.HasPrefix(at, "entry") {
		at += id.String()
	}
	if status, ok := v.ask(at, f, err); ok && !item.IsZero() {
		return s.bookPage(w, r, status, item, v)
	}
	return err
}

func (s *Service) receive(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "receive", func(ctx context.Context, f *web.Form, id db.ID) (db.ID, error) {
		n, from, ref := amount(f, "amount"), f.Line("supplier", MaxLine), f.Line("reference", MaxLine)
		if err := f.Err(); err != nil {
			return id, err
		}
		return id, s.Receive(ctx, id, n, from, ref)
	})
}

func (s *Service) waste(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "waste", func(ctx context.Context, f *web.Form, id db.ID) (db.ID, error) {
		n, why := amount(f, "wasted"), f.Text("why", MaxText)
		var session db.ID
		if of := f.Raw("of"); of != "" {
			var err error
			if session, err = db.ParseID(of); err != nil {
				f.Fail("of", "Please choose what it was taken of.")
			}
		}
		if err := f.Err(); err != nil {
			return id, err
		}
		return id, renamed(s.Waste(ctx, id, session, n, why), "amount", "wasted")
	})
}

// renamed puts a sentence beside the field in which it was typed here.
func renamed(err error, from, to string) error {
	if e := fault.Of(err); err != nil && e.Fields[from] != "" {
		return fault.Field(to, e.Fields[from])
	}
	return err
}

func (s *Service) count(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "count", func(ctx context.Context, f *web.Form, id db.ID) (db.ID, error) {
		n, note := amount(f, "found"), f.Text("note", MaxText)
		if err := f.Err(); err != nil {
			return id, err
		}
		return id, s.Count(ctx, id, n, note)
	})
}

func (s *Service) away(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "away", func(ctx context.Context, _ *web.Form, id db.ID) (db.ID, error) {
		return id, s.PutAway(ctx, id)
	})
}

func (s *Service) correct(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "entry", func(ctx context.Context, f *web.Form, id db.ID) (db.ID, error) {
		of, err := s.entry(ctx, s.DB.Reader(), id)
		if err != nil {
			return db.ID{}, err
		}
		why := f.Text("why-"+id.String(), MaxText)
		if err := f.Err(); err != nil {
			return of.Item, err
		}
		return of.Item, s.Correct(ctx, id, why)
	})
}

func (s *Service) explain(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "entry", func(ctx context.Context, f *web.Form, id db.ID) (db.ID, error) {
		of, err := s.entry(ctx, s.DB.Reader(), id)
		if err != nil {
			return db.ID{}, err
		}
		why, ref := f.Text("explain", MaxText), f.Line("reference", MaxLine)
		if err := f.Err(); err != nil {
			return of.Item, err
		}
		return of.Item, s.Explain(ctx, id, why, ref)
	})
}

type witnessView struct {
	Waits    []Waiting
	Names    map[string]string
	House    *time.Location
	Me       db.ID
	Problems map[string]string
	Said     string
}

func (s *Service) toWitness(w http.ResponseWriter, r *http.Request) error {
	return s.witnessPage(w, r, http.StatusOK, witnessView{Said: said(r)})
}

func (s *Service) witnessPage(w http.ResponseWriter, r *http.Request, status int, v witnessView) (err error) {
	ctx := r.Context()
	all, err := s.Waits(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if waits(x.Kind) == ForWitness {
			v.Waits = append(v.Waits, x)
		}
	}
	if v.Names, err = s.namesOf(ctx, v.Waits); err != nil {
		return err
	}
	if v.House, err = s.house(ctx); err != nil {
		return err
	}
	v.Me = access.From(ctx).Person
	if err := s.Trail.Saw(ctx, line("read", db.ID{}, db.ID{}, ForWitness)); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Waiting for a witness")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, witnessPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) witness(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	err = s.Witness(r.Context(), id)
	switch e := fault.Of(err); {
	case err == nil:
		return web.See(w, r, Place+"/witness?said=witnessed")
	case e.Kind == fault.Taken || fault.Is(err, fault.Forbidden) && e.Sentence == errOwn.Sentence:
		return s.witnessPage(w, r, e.Kind.Status(), witnessView{Problems: map[string]string{"": e.Sentence}})
	}
	return err
}
