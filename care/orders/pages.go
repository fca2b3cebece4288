package orders

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/settings"
	"held/practice/stock"
	"held/rules/dosing"
	"held/rules/protocol"
)

// Routes is the orders' pages at the desk.
func (s *Service) Routes() []web.Route {
	read, write, sign := access.To(access.Read, access.Orders), access.To(access.Write, access.Orders), access.To(access.Write, access.Ordering)
	return []web.Route{
		{Pattern: "GET /desk/orders", Access: read, Handle: s.list},
		{Pattern: "GET /desk/appointments/{id}/order", Access: read, Handle: s.show},
		{Pattern: "GET /desk/appointments/{id}/order/{number}", Access: read, Handle: s.one},
		{Pattern: "POST /desk/appointments/{id}/order/look", Access: write, Handle: s.look},
		{Pattern: "POST /desk/appointments/{id}/order", Access: sign, Handle: s.sign},
		{Pattern: "POST /desk/appointments/{id}/order/end", Access: sign, Handle: s.endOrder},
		{Pattern: "POST /desk/appointments/{id}/order/draw", Access: access.To(access.Write, access.Drawing), Handle: s.draw},
		{Pattern: "POST /desk/appointments/{id}/order/confirm", Access: access.To(access.Write, access.Second), Handle: s.confirm},
		{Pattern: "POST /desk/appointments/{id}/order/waive", Access: sign, Handle: s.waive},
		{Pattern: "POST /desk/appointments/{id}/order/given", Access: write, Handle: s.lookAt},
	}
}

// Limits of what is typed, in characters.
const (
	maxText = 2000
	maxLine = 20
)

var errNobody = fault.New(fault.NotFound, "There is no order at this address.")

// view is the page of a session's order.
type view struct {
	Known
	Who      string
	House    *time.Location
	Names    map[db.ID]string
	Drawn    Drawn
	Given    []Given
	Lots     []stock.Held
	Stops    []string
	Notes    []string
	Write    bool // orders
	Draws    bool
	Second   bool
	Me       db.ID
	Said     string
	form     *web.Form
	Fields   map[string]string
	Result   *dosing.Result // of what was typed
	Worked   Draft
	Seal     string
	Opened   bool // the form for a new version
	Sums     dosing.Sums
	StockToo bool
}

func (v view) href() string  { return "/desk/appointments/" + v.ID.String() + "/order" }
func (v view) title() string { return v.Who + ", order" }

// raw is what was typed into a field, else what stands in the order that holds.
func (v view) raw(name string) string {
	if v.form != nil {
		return v.form.Raw(name)
	}
	o := v.Standing()
	if o == nil {
		return ""
	}
	switch name {
	case "dose":
		return o.Dose.Value.String()
	case "unit":
		return o.Dose.Unit
	case "boosters":
		return strconv.Itoa(o.Boosters)
	case "booster":
		if o.Boosters > 0 {
			return o.Booster.Value.String()
		}
	case "words":
		return o.Words
	}
	return ""
}

var saidWords = map[string]string{
	"signed": "Signed. It is the order for this session from now on.", "ended": "The order has ended. Nothing is given by it.", "drawn": "Entered, here and in the ledger. A second person confirms it.",
	"confirmed": "Confirmed, under your name.", "waived": "Kept, with your reason.", "looked": "Kept, beside the dose.",
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	v.Said = saidWords[r.URL.Query().Get("said")]
	return s.page(w, r, http.StatusOK, v)
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, orderPage(p, settings.DeskNav(r.Context()), v))
}

// load reads what the page shows, and puts the look on the trail.
func (s *Service) load(r *http.Request) (v view, err error) {
	ctx, q := r.Context(), s.DB.Reader()
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return v, err
	}
	x, err := s.session(ctx, q, id, access.Read, access.Orders)
	if err != nil {
		return v, err
	}
	if v.Known, err = s.known(ctx, q, x); err != nil {
		return v, err
	}
	if err := s.Trail.Saw(ctx, line("read", "order", x.Client, x.ID, "")); err != nil {
		return v, err
	}
	if err := s.around(ctx, q, &v, x); err != nil {
		return v, err
	}
	return v, s.nameAll(ctx, &v)
}

// around reads what stands around the order.
func (s *Service) around(ctx context.Context, q db.Q, v *view, x preparation.Session) (err error) {
	if v.Drawn, err = s.drawn(ctx, q, x.ID, v.Standing()); err != nil {
		return err
	}
	if v.Given, err = s.givenAt(ctx, q, x.ID); err != nil {
		return err
	}
	if o := v.Standing(); o != nil {
		v.Stops, v.Notes = v.again(o)
	}
	v.Sums = v.Check(Draft{}).Sums
	v.Write = access.May(ctx, access.Write, of(access.Orders, x.Client))
	v.Draws = access.May(ctx, access.Write, of(access.Drawing, x.Client))
	v.Second = access.May(ctx, access.Write, of(access.Second, x.Client))
	v.StockToo = access.May(ctx, access.Read, access.Resource{Class: access.Stock})
	v.Me = access.From(ctx).Person
	if v.Draws && v.Standing() != nil {
		v.Lots, err = s.Stock.InStock(ctx, q, stock.SubstanceOf(x.Terms.Product))
	}
	return err
}

func (s *Service) nameAll(ctx context.Context, v *view) error {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	var ids []db.ID
	for _, o := range v.Versions {
		ids = append(ids, o.By, o.EndedBy)
	}
	for _, d := range v.Drawn.All {
		ids = append(ids, d.By)
		if d.Check != nil {
			ids = append(ids, d.Check.By)
		}
	}
	for _, g := range v.Given {
		ids = append(ids, g.By, g.LookedBy)
	}
	if v.Drawn.Waived != nil {
		ids = append(ids, v.Drawn.Waived.By)
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil {
		return err
	}
	clients, err := s.People.ClientNames(ctx, v.Client)
	v.Who = clients[v.Client]
	return err
}

// typed reads a draft from the form. What cannot be read is a mistake of its field.
func typed(f *web.Form) Draft {
	d := Draft{Words: f.Text("words", maxText), Reasons: map[string]string{}, Seen: f.Line("seen", 64)}
	unit := f.Raw("unit")
	figure := func(name string) dosing.Amount {
		text := f.Line(name, maxLine)
		if text == "" {
			return dosing.Amount{Unit: unit}
		}
		n, err := protocol.ParseDecimal(text)
		if err != nil {
			f.Fail(name, "Please give a figure, as 35 or 0.5, with three places at most.")
		}
		return dosing.Amount{Value: n, Unit: unit}
	}
	d.Dose, d.Booster = figure("dose"), figure("booster")
	if text := f.Line("boosters", maxLine); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			f.Fail("boosters", "Please give a whole number; 0 is none.")
		}
		d.Boosters = &n
	}
	if unit != dosing.Milligrams && unit != dosing.PerKilo {
		f.Fail("unit", "Please choose in what the dose is written.")
	}
	for _, key := range []string{"dose", "whole", "gap", "week", "days", "most"} {
		if f.Has("reason-" + key) {
			d.Reasons[key] = f.Text("reason-"+key, maxText)
		}
	}
	return d
}

// look works out what was typed and keeps nothing.
func (s *Service) look(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := s.load(r)
	if err != nil {
		return err
	}
	if err := access.Check(r.Context(), access.Write, of(access.Orders, v.Client)); err != nil {
		return err
	}
	d := typed(f)
	return s.worked(w, r, v, f, d, f.Err())
}

// worked shows the form again with what follows from what was typed.
func (s *Service) worked(w http.ResponseWriter, r *http.Request, v view, f *web.Form, d Draft, no error) error {
	v.form, v.Opened, v.Worked = f, true, d
	status := http.StatusOK
	if no == nil || f.Err() == nil {
		res := v.Check(d)
		v.Result, v.Seal = &res, v.Known.Seal(d)
		if no == nil && res.Worst() == dosing.Stop {
			no = refusal(dosing.Result{Findings: res.Of(dosing.Stop)}, nil)
		}
	}
	if no != nil {
		e := fault.Of(no)
		status, v.Fields = e.Kind.Status(), e.Fields
		if len(e.Fields) == 0 {
			v.Fields = map[string]string{"": e.Sentence}
		}
	}
	return s.page(w, r, status, v)
}

func (s *Service) sign(w http.ResponseWriter, r *http.Request) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	d := typed(f)
	if err = f.Err(); err == nil {
		_, err = s.Sign(ctx, id, d)
	}
	if err == nil {
		return web.See(w, r, "/desk/appointments/"+id.String()+"/order?said=signed")
	}
	if e := fault.Of(err); e.Kind != fault.Invalid && e.Kind != fault.Taken {
		return err
	}
	v, no := s.load(r)
	if no != nil {
		return no
	}
	return s.worked(w, r, v, f, d, err)
}

// do is one of the page's other forms; refused, the page comes back with what
// was typed.
func (s *Service) do(w http.ResponseWriter, r *http.Request, said string, fn func(ctx context.Context, f *web.Form, id db.ID) error) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	if err = fn(ctx, f, id); err == nil {
		return web.See(w, r, "/desk/appointments/"+id.String()+"/order?said="+said)
	}
	e := fault.Of(err)
	if e.Kind != fault.Invalid && e.Kind != fault.Taken && e.Sentence != errSelf.Sentence {
		return err
	}
	v, no := s.load(r)
	if no != nil {
		return no
	}
	v.form, v.Fields = f, e.Fields
	if len(e.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	return s.page(w, r, e.Kind.Status(), v)
}

func (s *Service) endOrder(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "ended", func(ctx context.Context, f *web.Form, id db.ID) error {
		why := f.Text("end", maxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Withdraw(ctx, id, why)
	})
}

func (s *Service) draw(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "drawn", func(ctx context.Context, f *web.Form, id db.ID) error {
		item, err := db.ParseID(f.Raw("item"))
		if err != nil {
			f.Fail("item", "Please choose the lot.")
		}
		n, err := protocol.ParseDecimal(f.Line("amount", maxLine))
		if err != nil {
			f.Fail("amount", "Please give a figure, as 10 or 0.7, with three places at most.")
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Draw(ctx, id, item, n)
	})
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "confirmed", func(ctx context.Context, f *web.Form, id db.ID) error {
		drawn, err := db.ParseID(f.Raw("drawn"))
		if err != nil {
			return errNone
		}
		return s.Confirm(ctx, id, drawn)
	})
}

func (s *Service) waive(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, "waived", func(ctx context.Context, f *web.Form, id db.ID) error {
		why := f.Text("waive", maxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Waive(ctx, id, why)
	})
}

// one is a single version, to read and to print.
func (s *Service) one(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	for _, o := range v.Versions {
		if strconv.Itoa(o.Number) == r.PathValue("number") {
			p, err := s.Settings.Page(r, fmt.Sprintf("%s, order, version %d", v.Who, o.Number))
			if err != nil {
				return err
			}
			return web.Render(w, r, http.StatusOK, versionPage(p, settings.DeskNav(r.Context()), v, o))
		}
	}
	return errNobody
}

// hashWords break a hash where a line may end.
func hashWords(sum string) string {
	var out []string
	for len(sum) > 8 {
		out, sum = append(out, sum[:8]), sum[8:]
	}
	return strings.Join(append(out, sum), " ")
}
