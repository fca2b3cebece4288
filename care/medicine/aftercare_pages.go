package medicine

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/protocol"
)

// AfterCarePlace is where the texts are, among the settings.
const AfterCarePlace = "/desk/after-care"

func textHref(m rule.Medicine) string { return AfterCarePlace + "/" + string(m) }

// afterRoutes are the after-care texts at the desk, and what a person takes home
// in their space.
func (s *Service) afterRoutes() []web.Route {
	read, write := access.To(access.Read, access.Papers), access.To(access.Write, access.Papers)
	own, change := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	return []web.Route{
		{Pattern: "GET /desk/after-care", Access: read, Handle: s.listAfterCare},
		{Pattern: "GET /desk/after-care/{medicine}", Access: read, Handle: s.showAfterCare},
		{Pattern: "POST /desk/after-care/{medicine}", Access: write, Handle: s.saveAfterCare},
		{Pattern: "GET /space/appointments/{session}/after", Access: own, Handle: s.showAfter},
		{Pattern: "GET /space/appointments/{session}/after.pdf", Access: own, Handle: s.afterPDF},
		{Pattern: "POST /space/appointments/{session}/after/words", Access: change, Handle: s.ownAfterWords},
		{Pattern: "POST /space/appointments/{session}/after/book", Access: change, Handle: s.bookAfter},
	}
}

// textLine is one medicine in the list of texts.
type textLine struct {
	Medicine rule.Medicine
	Version  string    // of the protocol in force; "" none is
	Text     AfterCare // for this version
	Last     AfterCare // whichever
}

func (s *Service) listAfterCare(w http.ResponseWriter, r *http.Request) error {
	var lines []textLine
	for _, o := range rule.Medicines {
		l, err := s.textLine(r.Context(), rule.Medicine(o.Value))
		if err != nil {
			return err
		}
		if l.Version != "" || !l.Last.ID.IsZero() {
			lines = append(lines, l)
		}
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "After-care")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, textsPage(p, settings.DeskNav(r.Context()), lines, st.Location()))
}

func (s *Service) textLine(ctx context.Context, m rule.Medicine) (l textLine, err error) {
	l.Medicine = m
	v, there, err := s.Protocol.InForce(reckoning(ctx), s.DB.Reader(), m)
	if err != nil {
		return l, err
	}
	if there {
		l.Version = strconv.Itoa(v.Number)
		if l.Text, err = s.AfterCareOf(ctx, s.DB.Reader(), m, l.Version); err != nil {
			return l, err
		}
	}
	l.Last, err = s.LastAfterCare(ctx, s.DB.Reader(), m)
	return l, err
}

// textView is the text of one medicine.
type textView struct {
	textLine
	By       string
	House    *time.Location
	Edit     bool
	Words    string // as it stands in the form
	Examples []Example
	Said     string
	Fields   map[string]string
}

func (v textView) title() string { return v.Medicine.Name() + ", after-care" }

func (s *Service) textView(r *http.Request) (v textView, err error) {
	ctx := r.Context()
	m := rule.Medicine(r.PathValue("medicine"))
	if !m.Known() {
		return v, errNoMedicine
	}
	if v.textLine, err = s.textLine(ctx, m); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House, v.Examples = st.Location(), AfterCareExamples(m)
	v.Edit = access.Can(ctx, access.Write, access.Resource{Class: access.Papers})
	v.Words = v.Text.Words
	if v.Text.ID.IsZero() {
		v.Words = v.Last.Words // to look at again, and to keep for this version or change
	}
	names, err := s.People.Names(ctx, v.Last.By)
	v.By = names[v.Last.By]
	return v, err
}

func (s *Service) showAfterCare(w http.ResponseWriter, r *http.Request) error {
	v, err := s.textView(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("saved") {
		v.Said = "Saved. Sheets that are handed over from now on carry it; those that were given stay as they were given."
	}
	return s.textPage(w, r, http.StatusOK, v)
}

func (s *Service) textPage(w http.ResponseWriter, r *http.Request, status int, v textView) error {
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, textPage(p, settings.DeskNav(r.Context()), v))
}

func (s *Service) saveAfterCare(w http.ResponseWriter, r *http.Request) error {
	v, err := s.textView(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	words, version := f.Text("words", MaxAfterCare), f.Line("version", 20)
	if version != v.Version && f.Err() == nil {
		f.Fail("words", "Another version of the protocol came into force meanwhile. Nothing was kept; what you typed stands below. Please read it for this version, and save it again.")
	}
	if err = f.Err(); err == nil {
		if err = s.WriteAfterCare(r.Context(), v.Medicine, v.Version, words); err == nil {
			return web.See(w, r, textHref(v.Medicine)+"?saved=1")
		}
	}
	no := fault.Of(err)
	if no.Kind != fault.Invalid {
		return err
	}
	v.Fields, v.Words = no.Fields, f.Raw("words")
	return s.textPage(w, r, no.Kind.Status(), v)
}

// afterView is what a person takes home, in their space.
type afterView struct {
	Sheet
	Title       string // of the session
	Start       time.Time
	Zone, House *time.Location
	Ahead       Ahead
	Crisis      settings.Crisis
	Phone       string
	Hours       string
	Over        bool // the time of the session has come
	Said        string
	Fields      map[string]string
	Typed       map[string]string
}

func (v afterView) href() string { return "/space/appointments/" + v.Session.String() + "/after" }

func (v afterView) typed(name, kept string) string {
	if t, there := v.Typed[name]; there {
		return t
	}
	return kept
}

func (s *Service) afterView(r *http.Request) (v afterView, err error) {
	ctx := r.Context()
	id, err := web.PathID(r, "session", errNoSeat)
	if err != nil {
		return v, err
	}
	x, err := s.Preparation.Session(ctx, s.DB.Reader(), id)
	if err == nil {
		err = access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: x.Client})
	}
	if err != nil {
		return v, err
	}
	if v.Sheet, err = s.sheetOf(ctx, s.DB.Reader(), id, x.Client); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.Title, v.Start, v.Over = x.Appointment.Name, x.Start, !x.Start.After(s.Now())
	v.House, v.Phone, v.Hours = st.Location(), st.Phone, st.ReplyHours
	v.Crisis, _ = settings.CrisisFor(st.Country)
	if v.Zone, err = s.Settings.ClockOf(ctx, x.Client); err != nil {
		return v, err
	}
	v.Typed = map[string]string{}
	v.Ahead, err = s.Ahead(ctx, id)
	return v, err
}

var afterSaid = map[string]string{
	"kept":   "Kept.",
	"booked": "The time is kept for you.",
}

func (s *Service) showAfter(w http.ResponseWriter, r *http.Request) error {
	v, err := s.afterView(r)
	if err != nil {
		return err
	}
	v.Said = afterSaid[r.URL.Query().Get("said")]
	return s.afterPage(w, r, http.StatusOK, v)
}

func (s *Service) afterPage(w http.ResponseWriter, r *http.Request, status int, v afterView) error {
	p, err := s.Settings.Page(r, "Afterwards")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, afterPage(p, v))
}

// doAfter does what one of the page's forms asks.
func (s *Service) doAfter(w http.ResponseWriter, r *http.Request, said string, fn func(ctx context.Context, f *web.Form, id db.ID) error) error {
	v, err := s.afterView(r) // theirs, or nothing
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err = fn(r.Context(), f, v.Session); err == nil {
		return web.See(w, r, v.href()+"?said="+said)
	}
	no := fault.Of(err)
	if no.Kind != fault.Invalid && no.Kind != fault.Taken {
		return err
	}
	if v.Fields = no.Fields; len(v.Fields) == 0 {
		v.Fields = map[string]string{"": no.Sentence}
	}
	for _, name := range []string{"remind", "call"} {
		if f.Has(name) {
			v.Typed[name] = f.Raw(name)
		}
	}
	return s.afterPage(w, r, no.Kind.Status(), v)
}

func (s *Service) ownAfterWords(w http.ResponseWriter, r *http.Request) error {
	return s.doAfter(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		remind, call := f.Text("remind", MaxOwnWords), f.Text("call", MaxOwnWords)
		if err := f.Err(); err != nil {
			return err
		}
		return s.OwnWords(ctx, id, remind, call)
	})
}

func (s *Service) bookAfter(w http.ResponseWriter, r *http.Request) error {
	return s.doAfter(w, r, "booked", s.bookFrom)
}

// afterPDF is the sheet as it is taken along, under a name that says nothing.
func (s *Service) afterPDF(w http.ResponseWriter, r *http.Request) error {
	v, err := s.afterView(r)
	if err != nil {
		return err
	}
	if v.Given.IsZero() {
		return fault.New(fault.NotFound, "The sheet is not there yet: it is handed over before you leave.")
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	b, err := s.sheetPaper(v, st)
	if err != nil {
		return err
	}
	if err := s.Trail.Did(r.Context(), trail.Entry{Verb: "took a copy of", Subject: v.Client, Kind: "after-care sheet", Object: v.Session}); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="sheet.pdf"`)
	return web.Send(w, r, http.StatusOK, "application/pdf", b)
}
