package preparation

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
)

// ownView is a client's page of one session.
type ownView struct {
	Session
	Zone, House *time.Location
	Fast        Fast
	Holds       []Hold
	Escort      Escort
	Link        string // to hand to the escort
	Written     Written
	Changes     []Change
	Checkins    []Checkin
	Phone       string
	Fields      map[string]string
	Typed       map[string]string
	Said        string
	Kept        bool
}

func (v ownView) href() string { return "/space/appointments/" + v.ID.String() }

var ownWords = map[string]string{
	"intention": "Kept. Who cares for you can read it.",
	"escort":    "Kept. If we can write to them, a message is on its way; otherwise please give them the link below.",
	"removed":   "They are not asked any more, and their link has ended.",
	"change":    "Thank you for telling us. Your prescriber looks at it before anything goes on.",
	"heard":     "Your answers have reached who cares for you. You need not wait for us: crisis support stands at the top of this page, at any hour.",
	"answered":  "Your answers have reached who cares for you.",
}

// ownSession is the client's own one in the address.
func (s *Service) ownSession(r *http.Request) (Session, error) {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoSession)
	if err != nil {
		return Session{}, err
	}
	x, err := s.Session(ctx, s.DB.Reader(), id)
	if err == nil {
		err = own(ctx, access.Read, x.Client)
	}
	return x, err
}

func (s *Service) ownView(r *http.Request) (v ownView, err error) {
	ctx := r.Context()
	if v.Session, err = s.ownSession(r); err != nil {
		return v, err
	}
	v.Typed = map[string]string{}
	if v.Zone, v.House, err = s.zoneOf(ctx, v.Session.Zone); err != nil {
		return v, err
	}
	v.Fast, v.Kept = v.Session.Fast(), v.Session.Kept(s.Now())
	if v.Holds, err = s.HoldsOf(ctx, v.Session); err != nil {
		return v, err
	}
	v.Holds = standing(v.Holds)
	if v.Escort, err = s.EscortOf(ctx, v.Session); err != nil {
		return v, err
	}
	if !v.Escort.ID.IsZero() {
		v.Link = s.EscortLink(ctx, v.Escort.ID)
	}
	if v.Written, err = s.WrittenFor(ctx, v.Session); err != nil {
		return v, err
	}
	if v.Changes, err = s.ChangesOf(ctx, v.Client); err != nil {
		return v, err
	}
	v.Checkins, err = s.Checkins(ctx, v.Session)
	if err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	v.Phone = st.Phone
	return v, err
}

func (s *Service) showPreparation(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ownView(r)
	if err != nil {
		return err
	}
	v.Said = ownWords[r.URL.Query().Get("said")]
	return s.ownPage(w, r, http.StatusOK, v)
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, status int, v ownView) error {
	p, err := s.Settings.Page(r, "Preparing")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, preparationPage(p, v))
}

// ask does what one of the client's forms asks; refused, the page comes back
// with what was typed.
func (s *Service) ask(w http.ResponseWriter, r *http.Request, said string, fn func(ctx context.Context, f *web.Form, id db.ID) error, typed ...string) error {
	f, id, no, err := attempt(r, fn)
	if err != nil {
		return err
	}
	if no == nil {
		return web.See(w, r, "/space/appointments/"+id.String()+"/preparation?said="+said)
	}
	v, err := s.ownView(r)
	if err != nil {
		return err
	}
	v.Fields = fields(no)
	for _, name := range typed {
		v.Typed[name] = f.Raw(name)
	}
	return s.ownPage(w, r, no.Kind.Status(), v)
}

func (s *Service) intend(w http.ResponseWriter, r *http.Request) error {
	return s.ask(w, r, "intention", func(ctx context.Context, f *web.Form, id db.ID) error {
		text := f.Text("intention", MaxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Intend(ctx, id, text)
	}, "intention")
}

func (s *Service) nameEscort(w http.ResponseWriter, r *http.Request) error {
	return s.ask(w, r, "escort", func(ctx context.Context, f *web.Form, id db.ID) error {
		e := Escort{Name: f.Line("name", MaxLine), Contact: f.Line("contact", MaxLine), Known: f.Line("known", MaxLine)}
		if !f.Checked("adult") {
			f.Fail("adult", "Please confirm that they are an adult who knows that they are to bring you home.")
		}
		if err := e.check(); err != nil {
			for name, sentence := range fault.Of(err).Fields {
				f.Fail(name, sentence)
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.NameEscort(ctx, id, e)
	}, "name", "contact", "known", "adult")
}

func (s *Service) removeEscort(w http.ResponseWriter, r *http.Request) error {
	return s.ask(w, r, "removed", func(ctx context.Context, _ *web.Form, id db.ID) error { return s.DropEscort(ctx, id) })
}

func (s *Service) tellChange(w http.ResponseWriter, r *http.Request) error {
	return s.ask(w, r, "change", func(ctx context.Context, f *web.Form, _ db.ID) error {
		if _, err := s.ownSession(r); err != nil {
			return err
		}
		text := f.Text("change", MaxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Tell(ctx, text)
	}, "change")
}

// gateView is a session's readiness in the client's words.
type gateView struct {
	Gate
	Zone, House *time.Location
	Names       map[string]string
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	x, err := s.ownSession(r)
	if err != nil {
		return err
	}
	var v gateView
	if v.Gate, err = s.gate(ctx, s.DB.Reader(), x); err != nil {
		return err
	}
	if v.Zone, v.House, err = s.zoneOf(ctx, x.Zone); err != nil {
		return err
	}
	var ids []db.ID
	for _, k := range v.Keys {
		if id, err := db.ParseID(k.By); err == nil {
			ids = append(ids, id)
		}
	}
	for _, o := range v.Overrides {
		if id, err := db.ParseID(o.By); err == nil {
			ids = append(ids, id)
		}
	}
	if v.Names, err = s.named(ctx, ids...); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "What still has to be settled")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownGatePage(p, v))
}

// checkinView is the few questions.
type checkinView struct {
	Session
	Kind      string
	Questions []question
	Answers   map[string]string
	Changed   string
	Words     string
	Zone      *time.Location
	House     *time.Location
	Early     bool
	Fields    map[string]string
}

func (v checkinView) href() string {
	return "/space/appointments/" + v.ID.String() + "/checkin/" + v.Kind
}

func (v checkinView) title() string {
	if v.Kind == OnTheDay {
		return "A few questions for today"
	}
	return "A few questions before the day"
}

var yesNo = []ui.Option{{Value: Yes, Label: "Yes"}, {Value: No, Label: "No"}, {Value: "", Label: "I leave this open"}}

func (s *Service) checkinView(r *http.Request) (v checkinView, err error) {
	ctx := r.Context()
	if v.Session, err = s.ownSession(r); err != nil {
		return v, err
	}
	v.Kind = r.PathValue("kind")
	if v.Kind != DayBefore && v.Kind != OnTheDay {
		return v, fault.New(fault.NotFound, "There is nothing to answer at this address.")
	}
	holds, err := s.HoldsOf(ctx, v.Session)
	if err != nil {
		return v, err
	}
	holding := false
	for _, h := range standing(holds) {
		holding = holding || h.Kind == HoldPause
	}
	v.Questions, v.Answers, v.Early = asked(v.Kind, holding), map[string]string{}, s.Now().Before(v.opens(v.Kind))
	v.Zone, v.House, err = s.zoneOf(ctx, v.Session.Zone)
	return v, err
}

func (s *Service) showCheckin(w http.ResponseWriter, r *http.Request) error {
	v, err := s.checkinView(r)
	if err != nil {
		return err
	}
	return s.checkinPage(w, r, http.StatusOK, v)
}

func (s *Service) checkinPage(w http.ResponseWriter, r *http.Request, status int, v checkinView) error {
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, checkinPage(p, v))
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) error {
	v, err := s.checkinView(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	for _, q := range v.Questions {
		switch a := f.Raw(q.key); a {
		case Yes, No:
			v.Answers[q.key] = a
		case "":
		default:
			f.Fail(q.key, "Please choose one of these, or leave it open.")
		}
	}
	v.Changed, v.Words = f.Raw("changed"), f.Raw("words")
	c := Checkin{Kind: v.Kind, Answers: v.Answers, Changed: f.Text("changed", MaxText), Words: f.Text("words", MaxText)}
	if err = f.Err(); err == nil {
		if err = s.Answer(r.Context(), v.ID, c); err == nil {
			said := "answered"
			if c.Answers[askThoughts] == Yes {
				said = "heard"
			}
			return web.See(w, r, "/space/appointments/"+v.ID.String()+"/preparation?said="+said)
		}
	}
	e, ok := refused(err)
	if !ok {
		return err
	}
	v.Fields = fields(e)
	return s.checkinPage(w, r, e.Kind.Status(), v)
}

// ownKey says how a key stands, to the client.
func (v gateView) ownKey(role string) string {
	who := "Your " + role
	switch k := v.Key(role); {
	case k.Turned:
		return v.Names[k.By] + " has said yes to it as it stands."
	case k.Lapsed:
		return v.Names[k.By] + " had said yes. Something has changed since, so they look again: " + titles(k.Changed, "client") + "."
	}
	return who + " has not said yes yet."
}

func ownKind(kind string) string {
	if kind == OnTheDay {
		return "On the day"
	}
	return "The day before"
}

// lastSent is when a kind of check-in was answered last.
func lastSent(all []Checkin, kind string) (at time.Time) {
	for _, c := range all {
		if c.Kind == kind && c.Sent.After(at) {
			at = c.Sent
		}
	}
	return at
}
