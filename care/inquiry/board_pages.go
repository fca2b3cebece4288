package inquiry

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
	"held/practice/circle"
	"held/practice/people"
	"held/practice/settings"
)

func (s *Service) boardRoutes() []web.Route {
	read, write := access.To(access.Read, access.Inquiries), access.To(access.Write, access.Inquiries)
	return []web.Route{
		{Pattern: "GET /desk/inquiries", Access: read, Handle: s.board},
		{Pattern: "POST /desk/inquiries", Access: write, Handle: s.addInquiry},
		{Pattern: "GET /desk/inquiries/new", Access: write, Handle: s.newInquiry},
		{Pattern: "GET /desk/inquiries/{id}", Access: read, Handle: s.inquiryCard},
		{Pattern: "POST /desk/inquiries/{id}/move", Access: write, Handle: s.moveInquiry},
		{Pattern: "POST /desk/inquiries/{id}/charge", Access: write, Handle: s.chargeInquiry},
		{Pattern: "POST /desk/inquiries/{id}/note", Access: write, Handle: s.noteInquiry},
	}
}

// cardView is one card with the names and the time that it shows.
type cardView struct {
	Inquiry
	Name   string
	Charge string
	Next   time.Time // of its appointment; zero when there is none

	Was, Cancelled time.Time // for when that appointment was, and when it was cancelled; zero unless it was
}

// timesShown is how many appointments stand on the page of an inquiry; the
// person's own page has all.
const timesShown = 5

type columnView struct {
	Place Place
	Cards []cardView
	More  string // address of the rest
}

type boardView struct {
	House    *time.Location
	Columns  []columnView
	One      bool // a single column, paged
	MayWrite bool
}

func (s *Service) board(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := boardView{MayWrite: access.Can(ctx, access.Write, inquiries(db.ID{})), One: f.Has("column")}
	cards := map[Place][]Inquiry{}
	places := Places
	if v.One {
		p := Place(f.Raw("column"))
		if p.Word() == "" {
			return fault.New(fault.NotFound, "There is no such column on the board.")
		}
		places = []Place{p}
		cards[p], err = s.Column(ctx, p, parseMark(f.Raw("after"), mark{}), pageSize+1)
	} else {
		cards, err = s.Board(ctx, pageSize+1)
	}
	if err != nil {
		return err
	}
	for _, p := range places {
		c, err := s.columnView(ctx, p, cards[p])
		if err != nil {
			return err
		}
		v.Columns = append(v.Columns, c)
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House = st.Location()
	p, err := s.Settings.Page(r, "Inquiries")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, boardPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) columnView(ctx context.Context, p Place, cards []Inquiry) (columnView, error) {
	c := columnView{Place: p}
	if len(cards) > pageSize {
		cards = cards[:pageSize]
		last := cards[pageSize-1]
		c.More = "/desk/inquiries?column=" + string(p) + "&after=" + mark{last.Moved, last.Person}.String()
	}
	for _, i := range cards {
		v, err := s.cardView(ctx, i)
		if err != nil {
			return c, err
		}
		c.Cards = append(c.Cards, v)
	}
	return c, nil
}

func (s *Service) cardView(ctx context.Context, i Inquiry) (cardView, error) {
	names, err := s.People.Names(ctx, i.Person, i.Charge)
	if err != nil {
		return cardView{}, err
	}
	v := cardView{Inquiry: i, Name: names[i.Person], Charge: names[i.Charge]}
	if i.Appointment.IsZero() || s.Calendar == nil {
		return v, nil
	}
	a, err := s.Calendar.Get(ctx, s.DB.Reader(), i.Appointment)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Forbidden): // the card stands without its time
		return v, nil
	case err == nil && a.State == calendar.Booked:
		v.Next = a.Start
	case err == nil && a.State == calendar.Cancelled:
		v.Was, v.Cancelled = a.Start, a.Changed
	}
	return v, err
}

// next is the column that usually follows; the others stand behind it.
func (v cardView) next() Place {
	i := slices.Index(Places, v.Place)
	if i+1 < len(Places) {
		return Places[i+1]
	}
	return PlaceTalking
}

func (v cardView) elsewhere() []Place {
	var out []Place
	for _, p := range Places {
		if p != v.Place && p != v.next() {
			out = append(out, p)
		}
	}
	return out
}

func (v cardView) href(what string) string { return "/desk/inquiries/" + v.Person.String() + what }

// callerView is the form for somebody who called or wrote elsewhere.
type callerView struct {
	Caller
	Fields map[string]string
}

func (s *Service) newInquiry(w http.ResponseWriter, r *http.Request) error {
	return s.showNew(w, r, http.StatusOK, callerView{})
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request, status int, v callerView) error {
	p, err := s.Settings.Page(r, "New inquiry")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, newInquiryPage(p, settings.DeskNav(r.Context()), v))
}

func (s *Service) addInquiry(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := Caller{Name: f.Line("name", people.MaxName), Contact: f.Line("contact", people.MaxContact), Note: f.Text("note", MaxNote)}
	var person db.ID
	if err = f.Err(); err == nil {
		person, err = s.Take(r.Context(), c)
	}
	if fields, status, ok := shown(err); ok {
		typed := Caller{Name: f.Raw("name"), Contact: f.Raw("contact"), Note: f.Raw("note")}
		return s.showNew(w, r, status, callerView{Caller: typed, Fields: fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/inquiries/"+person.String())
}

// inquiryView is one card with everything on it.
type inquiryView struct {
	Card       cardView
	House      *time.Location
	Colleagues []ui.Option
	Questions  []Item
	Times      []calendar.Appointment // the latest first
	MayTimes   bool
	Note       string
	Fields     map[string]string
	Self       db.ID
	MayWrite   bool
	Talk       circle.Answer
	Typed      string // the colleague who was chosen and not put in charge yet
}

func (s *Service) inquiryCard(w http.ResponseWriter, r *http.Request) error {
	return s.showInquiry(w, r, http.StatusOK, nil, nil)
}

// showInquiry shows a card; typed is the form that was refused, nil for what is kept.
func (s *Service) showInquiry(w http.ResponseWriter, r *http.Request, status int, fields map[string]string, typed *web.Form) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	i, err := s.Inquiry(ctx, id)
	if err != nil {
		return err
	}
	v := inquiryView{Fields: fields, Note: i.Note, Self: access.From(ctx).Person, MayWrite: access.Can(ctx, access.Write, inquiries(id))}
	if typed != nil {
		v.Typed = typed.Raw("charge")
		if typed.Has("note") {
			v.Note = typed.Raw("note")
		}
	}
	if err := s.fillInquiry(ctx, &v, i); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, v.Card.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, inquiryPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) fillInquiry(ctx context.Context, v *inquiryView, i Inquiry) (err error) {
	if v.Card, err = s.cardView(ctx, i); err != nil {
		return err
	}
	if v.Talk, err = s.talk(ctx, i); err != nil {
		return err
	}
	if v.Questions, err = s.QuestionsOf(ctx, i.Person); err != nil {
		return err
	}
	if v.MayTimes = s.Calendar != nil && access.Can(ctx, access.Read, access.Resource{Class: access.Calendar, Subject: i.Person}); v.MayTimes {
		if v.Times, err = s.Calendar.OfClient(ctx, i.Person); err != nil {
			return err
		}
		v.Times = v.Times[:min(len(v.Times), timesShown)]
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	all, err := s.colleagues(ctx)
	v.House, v.Colleagues = st.Location(), chargeOptions(all)
	return err
}

// changeInquiry is a small form about one card.
func (s *Service) changeInquiry(w http.ResponseWriter, r *http.Request, do func(f *web.Form, id db.ID) error) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err = do(f, id); err == nil {
		return web.See(w, r, web.Local(f.Raw("back"), "/desk/inquiries/"+id.String()))
	}
	if fields, status, ok := shown(err); ok {
		return s.showInquiry(w, r, status, fields, f)
	}
	return err
}

func (s *Service) moveInquiry(w http.ResponseWriter, r *http.Request) error {
	return s.changeInquiry(w, r, func(f *web.Form, id db.ID) error {
		return s.Move(r.Context(), id, Place(f.Raw("to")))
	})
}

func (s *Service) chargeInquiry(w http.ResponseWriter, r *http.Request) error {
	return s.changeInquiry(w, r, func(f *web.Form, id db.ID) error {
		colleague := formID(f, "charge")
		if err := f.Err(); err != nil {
			return err
		}
		return s.giveCharge(r.Context(), f, id, colleague)
	})
}

func (s *Service) noteInquiry(w http.ResponseWriter, r *http.Request) error {
	return s.changeInquiry(w, r, func(f *web.Form, id db.ID) error {
		note := f.Text("note", MaxNote)
		if err := f.Err(); err != nil {
			return err
		}
		return s.WriteNote(r.Context(), id, note)
	})
}
