package ripple

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/checkins"
	"held/rules/scoring"
)

// Routes are the pages of check-ins and of what they come to.
func (s *Service) Routes() []web.Route {
	own, write := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	read, ask := access.Desk(access.Read, access.Measures), access.Desk(access.Write, access.Measures)
	library, plan := access.To(access.Read, access.Forms), access.To(access.Write, access.Forms)
	return slices.Concat(s.outcomeRoutes(), s.instrumentRoutes(), s.rateRoutes(), s.changeRoutes(), []web.Route{
		{Pattern: "GET /space/check-ins", Access: own, Handle: s.mine},
		{Pattern: "POST /space/check-ins/{id}/skip", Access: write, Handle: s.skip},
		{Pattern: "GET /space/ripple", Access: own, Handle: s.ownRipple},
		{Pattern: "GET /desk/people/{id}/ripple", Access: read, Handle: s.theirRipple},
		{Pattern: "GET /desk/measures", Access: read, Handle: s.queue},
		{Pattern: "POST /desk/measures/{id}/seen", Access: ask, Handle: s.see},
		{Pattern: "GET /desk/people/{id}/measures", Access: read, Handle: s.course},
		{Pattern: "POST /desk/people/{id}/measures", Access: ask, Handle: s.askNow},
		{Pattern: "GET /desk/settings/check-ins", Access: library, Handle: s.showPlan},
		{Pattern: "POST /desk/settings/check-ins", Access: plan, Handle: s.savePlan},
		{Pattern: "POST /space/check-ins/happened", Access: write, Handle: s.noteMine},
		{Pattern: "POST /space/check-ins/happened/{id}/remove", Access: write, Handle: s.takeOut},
		{Pattern: "POST /desk/people/{id}/measures/happened", Access: ask, Handle: s.noteTheirs},
		{Pattern: "POST /desk/measures/happened/{id}/remove", Access: ask, Handle: s.takeOut},
	})
}

var errNothing = fault.New(fault.NotFound, "There is nothing at this address. The link may be incomplete.")

func (s *Service) house(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	return st.Location(), err
}

// mineView is what a client sees of their own check-ins.
type mineView struct {
	Waiting []Asked
	Titles  map[string]string
	Courses []Course
	Events  []Event
	Typed   happened
	Bands   bool
	Rated   []ratedOf
	Zone    *time.Location
}

func (s *Service) mine(w http.ResponseWriter, r *http.Request) error {
	return s.minePage(w, r, http.StatusOK, happened{})
}

// minePage shows a client's own check-ins; typed is what was refused.
func (s *Service) minePage(w http.ResponseWriter, r *http.Request, status int, typed happened) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	v := mineView{Bands: r.URL.Query().Has("bands"), Typed: typed}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	v.Titles = all.titles()
	if v.Waiting, err = s.waiting(ctx, me); err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	scores, err := s.Scores(ctx, me)
	if err != nil {
		return err
	}
	sessions, err := s.Sessions(ctx, s.DB.Reader(), me)
	if err != nil {
		return err
	}
	if v.Events, err = s.Events(ctx, me); err != nil {
		return err
	}
	v.Courses = courses(all, scores, nil, marks(sessions, v.Events), v.Zone, v.Bands, nil)
	if v.Rated, err = s.ratedOf(ctx, me); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Check-ins")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, minePage(p, v))
}

func (s *Service) skip(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	if err := s.PutAway(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/space/check-ins")
}

// courseView is what guide and prescriber see of somebody's measures.
type courseView struct {
	Person  db.ID
	Name    string
	Courses []Course
	Events  []Event
	Typed   happened
	Me      db.ID
	Asked   []Asked
	Unasked []checkins.Missed
	Titles  map[string]string
	MayAsk  bool
	Rated   ratedView
	What    []ui.Option
	Zone    *time.Location
	One     *Score // whose items are shown
	Of      scoring.Instrument
}

func (s *Service) course(w http.ResponseWriter, r *http.Request) error {
	return s.coursePage(w, r, http.StatusOK, happened{})
}

// coursePage shows somebody's measures; typed is what was refused.
func (s *Service) coursePage(w http.ResponseWriter, r *http.Request, status int, typed happened) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	scores, err := s.Scores(ctx, id)
	if err != nil {
		return err
	}
	if access.From(ctx).Person == id {
		return web.See(w, r, "/space/check-ins")
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	v := courseView{Person: id, Me: access.From(ctx).Person, Typed: typed, Titles: all.titles(), MayAsk: access.Can(ctx, access.Write, measuresOf(id))}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	c, err := s.People.Card(ctx, id)
	if err != nil {
		return err
	}
	v.Name = c.Name
	sessions, err := s.Sessions(ctx, s.DB.Reader(), id)
	if err != nil {
		return err
	}
	if v.Events, err = s.Events(ctx, id); err != nil {
		return err
	}
	if v.Asked, err = db.All(ctx, s.DB.Reader(), scanAsked, sqlAskedOf, access.From(ctx).Practice, id); err != nil {
		return err
	}
	if v.Unasked, err = s.unasked(ctx, id, sessions, v.Asked, v.Zone); err != nil {
		return err
	}
	base := "/desk/people/" + id.String() + "/measures"
	set, err := s.own(ctx)
	if err != nil {
		return err
	}
	marked := marks(sessions, v.Events)
	if v.Rated, err = s.ratings(ctx, id, r.URL.Query().Get("rating"), marked, v.Zone); err != nil {
		return err
	}
	v.Courses = courses(all, scores, set, marked, v.Zone, true, func(sc Score) string { return base + "?answers=" + sc.ID.String() + "#answers" })
	for _, sc := range scores {
		if sc.ID.String() == r.URL.Query().Get("answers") {
			v.One = &sc
			v.Of, _ = all.of(Prefix + sc.Instrument)
		}
	}
	for _, in := range all {
		v.What = append(v.What, ui.Option{Value: in.ID, Label: in.Title})
	}
	v.What = append(v.What, ui.Option{Value: Ripple, Label: v.Titles[Ripple]})
	if err := s.Trail.Saw(ctx, trail.Entry{Verb: "read", Subject: id, Kind: "check-in"}); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Measures")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, coursePage(p, settings.DeskNav(ctx), v))
}

func (s *Service) askNow(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(f.Line("days", 4))
	err = s.AskNow(r.Context(), id, f.Text("what", 60), days)
	if fault.Is(err, fault.Invalid) {
		return s.coursePage(w, r, fault.Invalid.Status(), happened{Ask: f.Raw("what"), Days: f.Raw("days"), Fields: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+id.String()+"/measures#asked")
}

// queueView is what nobody of the care team has looked at yet, and what was not
// answered.
type queueView struct {
	Looks  []Look
	WentBy []Asked
	Names  map[db.ID]string
	Titles map[string]string
	Zone   *time.Location
}

func (s *Service) queue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	v := queueView{Titles: all.titles()}
	if v.Looks, err = s.Queue(ctx); err != nil {
		return err
	}
	if v.WentBy, err = s.WentBy(ctx); err != nil {
		return err
	}
	var ids []db.ID
	for _, l := range v.Looks {
		ids = append(ids, l.Person)
	}
	for _, a := range v.WentBy {
		ids = append(ids, a.Person)
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil {
		return err
	}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Answers to look at")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, queuePage(p, settings.DeskNav(ctx), v))
}

func (s *Service) see(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	person, err := s.See(r.Context(), id)
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+person.String()+"/measures?answers="+id.String()+"#answers")
}

// planView is the practice's plan, one line for each set of questions.
type planView struct {
	Lines  []planLine
	May    bool
	Saved  bool
	Fields map[string]string
	Wrong  string // of which line the fields are
}

// problems lead to the fields of one line.
func (v planView) problems(l planLine) []ui.Problem {
	all := ui.Problems(v.Fields, "at", "open", "begin", "remind")
	for i := range all {
		all[i].ID = all[i].Name + "-" + l.What
	}
	return all
}

type planLine struct {
	checkins.Asking
	Title, About, Suggested string
	Open, Begin, Remind     string
	Points                  []ui.Option
	Chosen                  []string
}

// pointWords are the points of a course as the desk calls them.
var pointWords = map[checkins.Point]string{
	checkins.Start: "at the beginning", checkins.Day1: "the day after each medicine session", checkins.Day7: "a week after each medicine session",
	checkins.Monthly: "each month from the first medicine session", checkins.Month1: "a month after the last", checkins.Month3: "three months after the last", checkins.Month6: "six months after the last",
}

// suggested is when some services ask what; this project's own reading, for a
// practice to weigh: no standard says so.
var suggested = map[string]string{
	"phq9": "at the beginning, a week after each session, each month", "gad7": "at the beginning, a week after each session, each month",
	"who5": "at the beginning, a week after each session, each month", "pcl5": "at the beginning, each month", "auditc": "at the beginning",
	"cbi": "at the beginning, every four to six weeks", "proqol5": "at the beginning, every four to six weeks", "scssf": "at the beginning",
	"edi": "the day after each session", Ripple: "one, three and six months after the last session",
}

func (s *Service) showPlan(w http.ResponseWriter, r *http.Request) error {
	return s.planPage(w, r, http.StatusOK, checkins.Asking{}, nil)
}

// planPage shows the plan; typed is a line as somebody tried to save it.
func (s *Service) planPage(w http.ResponseWriter, r *http.Request, status int, typed checkins.Asking, fields map[string]string) error {
	ctx := r.Context()
	plan, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	v := planView{May: access.Can(ctx, access.Write, access.Resource{Class: access.Forms}), Saved: r.URL.Query().Has("saved"), Fields: fields, Wrong: typed.What}
	add := func(what, title, about string) {
		l := planLine{Asking: checkins.Asking{What: what}, Title: title, About: about, Suggested: suggested[what]}
		for _, a := range append(plan, typed) {
			if a.What == what {
				l.Asking = a
			}
		}
		if l.Asking.Open > 0 {
			l.Open = strconv.Itoa(l.Asking.Open)
		}
		if l.Asking.Remind > 0 {
			l.Remind = strconv.Itoa(l.Asking.Remind)
		}
		if len(l.At) > 0 {
			l.Begin = strconv.Itoa(l.Asking.Begin)
		}
		for _, p := range checkins.Points {
			l.Points = append(l.Points, ui.Option{Value: string(p), Label: pointWords[p]})
			if slices.Contains(l.At, p) {
				l.Chosen = append(l.Chosen, string(p))
			}
		}
		v.Lines = append(v.Lines, l)
	}
	for _, in := range all {
		add(in.ID, in.Title, in.About)
	}
	add(Ripple, all.titles()[Ripple], "Presence, spaciousness, compassion, and being with what is unusual, in their own words.")
	p, err := s.Settings.Page(r, "Check-ins")
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
	a := checkins.Asking{What: f.Text("what", 60)}
	for _, p := range f.All("at") {
		a.At = append(a.At, checkins.Point(p))
	}
	a.Open, _ = strconv.Atoi(f.Text("open", 4))
	if typed := f.Line("remind", 4); typed != "" {
		if a.Remind, err = strconv.Atoi(typed); err != nil {
			a.Remind = -1
		}
	}
	a.Begin = -1
	if n, err := strconv.Atoi(f.Text("begin", 4)); err == nil || len(a.At) == 0 {
		a.Begin = n
	}
	err = s.KeepPlan(r.Context(), a)
	if fault.Is(err, fault.Invalid) {
		return s.planPage(w, r, fault.Invalid.Status(), a, fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/check-ins?saved=1")
}
