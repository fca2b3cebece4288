package preparation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// courseView is one template with the form that changes it.
type courseView struct {
	Course
	Offerings []ui.Option
	Edit      bool
	Fields    map[string]string
	Typed     map[string]string // distances as they were typed
	Empty     int               // rows that wait to be filled
	Done      bool
}

// emptyRows is how many more sessions a form has room for.
const emptyRows = 3

func (v courseView) action() string {
	if v.ID.IsZero() {
		return "/desk/courses/new"
	}
	return "/desk/courses/" + v.ID.String()
}

func (v courseView) title() string {
	if v.ID.IsZero() {
		return "A new course"
	}
	if strings.TrimSpace(v.Course.Name) == "" { // as it was sent
		return "A course"
	}
	return v.Course.Name
}

// rows are the steps of the form, those that wait to be filled at its end.
func (v courseView) rows() []Step {
	out := slices.Clone(v.Steps)
	for range min(emptyRows, MaxSteps-len(v.Steps)) {
		out = append(out, Step{After: len(out) - 1, Min: unset, Max: unset})
	}
	return out
}

func days(n int) string {
	if n == unset {
		return ""
	}
	return strconv.Itoa(n)
}

func (v courseView) days(name string, i, n int) string {
	if t, ok := v.Typed[stepField(name, i)]; ok {
		return t
	}
	return days(n)
}

// called is what a step is called: by its own label, else by what is booked.
func (v courseView) called(i int) string {
	if l := v.Steps[i].Label; l != "" {
		return l
	}
	return v.offering(v.Steps[i].Offering)
}

func (v courseView) offering(id db.ID) string {
	for _, o := range v.Offerings {
		if o.Value == id.String() {
			return o.Label
		}
	}
	return "Not chosen yet"
}

// before are the steps that one may follow.
func (v courseView) before(i int) []ui.Option {
	out := []ui.Option{}
	for k := range min(i, len(v.Steps)) {
		out = append(out, ui.Option{Value: strconv.Itoa(k), Label: fmt.Sprintf("%d. %s", k+1, v.called(k))})
	}
	for k := len(v.Steps); k < i; k++ {
		out = append(out, ui.Option{Value: strconv.Itoa(k), Label: fmt.Sprintf("%d.", k+1)})
	}
	return out
}

func (st Step) needs() []string {
	out := make([]string, len(st.Needs))
	for i, n := range st.Needs {
		out[i] = string(n)
	}
	return out
}

var needOptions = []ui.Option{{Value: Clearance, Label: "Clearance"}, {Value: Consent, Label: "Consent"}}

func (s *Service) offerings(ctx context.Context) ([]ui.Option, error) {
	all, err := s.Calendar.Offerings(ctx)
	out := []ui.Option{{Value: "", Label: "Choose what is booked"}}
	for _, o := range all {
		out = append(out, ui.Option{Value: o.ID.String(), Label: o.Name})
	}
	return out, err
}

func (s *Service) listCourses(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Courses(r.Context())
	if err != nil {
		return err
	}
	p, err := s.desk(r, "Courses")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, coursesPage(p, all, access.Can(r.Context(), access.Write, access.Resource{Class: access.Courses})))
}

func (s *Service) newCourse(w http.ResponseWriter, r *http.Request) error {
	v := courseView{}
	if r.URL.Query().Has("example") {
		v.Course = Example()
	}
	return s.coursePage(w, r, http.StatusOK, v)
}

func (s *Service) showCourse(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoCourse)
	if err != nil {
		return err
	}
	v := courseView{Done: r.URL.Query().Has("done")}
	if v.Course, err = s.Course(r.Context(), id); err != nil {
		return err
	}
	return s.coursePage(w, r, http.StatusOK, v)
}

func (s *Service) coursePage(w http.ResponseWriter, r *http.Request, status int, v courseView) (err error) {
	if v.Offerings, err = s.offerings(r.Context()); err != nil {
		return err
	}
	v.Edit = access.Can(r.Context(), access.Write, access.Resource{Class: access.Courses})
	p, err := s.desk(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, coursePage(p, v))
}

// saveCourse keeps a template, or makes room for more sessions with everything
// typed kept.
func (s *Service) saveCourse(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := courseView{Typed: map[string]string{}}
	if r.PathValue("id") != "" {
		if v.ID, err = web.PathID(r, "id", errNoCourse); err != nil {
			return err
		}
		if _, err := s.Course(r.Context(), v.ID); err != nil {
			return err
		}
	}
	v.read(f)
	if err = f.Err(); err == nil && f.Raw("do") != "more" {
		var c Course
		if c, err = s.SaveCourse(r.Context(), v.Course); err == nil {
			return web.See(w, r, "/desk/courses/"+c.ID.String()+"?done=1")
		}
	}
	if err == nil {
		return s.coursePage(w, r, http.StatusOK, v)
	}
	e, ok := refused(err)
	if !ok {
		return err
	}
	v.Fields = fields(e)
	return s.coursePage(w, r, e.Kind.Status(), v)
}

// read takes the form. A row in which nothing is chosen or written is no session.
func (v *courseView) read(f *web.Form) {
	v.Course.Name, v.About = f.Line("name", MaxLine), f.Text("about", MaxText)
	place := map[int]int{} // of a row, as it stood in the form
	for row := range MaxSteps {
		at := func(name string) string { return stepField(name, row) }
		if !f.Has(at("offering")) {
			break
		}
		offering, _ := db.ParseID(f.Raw(at("offering")))
		st := Step{Label: f.Line(at("label"), MaxLine), Offering: offering, Holds: f.Text(at("holds"), MaxText), Bring: f.Text(at("bring"), MaxText), After: -1, Min: unset, Max: unset}
		if st.Label == "" && offering.IsZero() {
			continue
		}
		i := len(v.Steps)
		place[row] = i
		for _, n := range f.All(at("needs")) {
			if n == Clearance || n == Consent {
				st.Needs = append(st.Needs, Need(n))
			}
		}
		if i == 0 {
			st.Min, st.Max = 0, 0
		} else {
			if after, err := strconv.Atoi(f.Raw(at("after"))); err == nil {
				if to, there := place[after]; there {
					st.After = to
				}
			}
			for name, into := range map[string]*int{"min": &st.Min, "max": &st.Max} {
				text := strings.TrimSpace(f.Raw(at(name)))
				v.Typed[stepField(name, i)] = text
				if n, err := strconv.Atoi(text); err == nil {
					*into = n
				}
			}
		}
		v.Steps = append(v.Steps, st)
	}
}

func (s *Service) removeCourse(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoCourse)
	if err != nil {
		return err
	}
	if err := s.DropCourse(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/courses")
}

// layView is a course that is being laid over the calendar for one client.
type layView struct {
	Who      string
	Client   db.ID
	Courses  []Course
	Course   Course
	From     string // a day, as typed
	Plan     db.ID
	Proposed []Proposed
	House    *time.Location
	Missing  []string // what steps need, and does not stand yet
	Talk     []int    // steps about which somebody is to talk first,
	Circle   string   // and what was decided about them
	Plans    []Plan
	Fields   map[string]string
	Taken    bool
}

func (v layView) href() string { return "/desk/people/" + v.Client.String() + "/course" }

// whole tells whether every step has a time.
func (v layView) whole() bool {
	return len(v.Proposed) > 0 && !slices.ContainsFunc(v.Proposed, func(p Proposed) bool { return p.Start.IsZero() })
}

func (s *Service) layFor(r *http.Request) (v layView, err error) {
	ctx := r.Context()
	if v.Client, err = web.PathID(r, "id", errNobody); err != nil {
		return v, err
	}
	p, err := s.People.Card(ctx, v.Client)
	if err != nil {
		return v, err
	}
	knows, err := s.People.Knows(ctx, v.Client)
	if err != nil {
		return v, err
	}
	if p.ID.IsZero() || !knows || !slices.Contains(p.Roles, access.Client) && p.Step == "" {
		return v, errNobody
	}
	v.Who = p.Name
	if v.Courses, err = s.Courses(ctx); err != nil {
		return v, err
	}
	if v.Plans, err = s.PlansOf(ctx, v.Client); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	v.House = st.Location()
	return v, err
}

var errNobody = fault.New(fault.NotFound, "There is no client at this address.")

func (s *Service) showLay(w http.ResponseWriter, r *http.Request) error {
	v, err := s.layFor(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v.From = f.Line("from", 10)
	if f.Has("course") {
		if err := s.proposeFor(r.Context(), &v, f); err != nil {
			e, ok := refused(err)
			if !ok {
				return err
			}
			v.Fields = fields(e)
			return s.layPage(w, r, e.Kind.Status(), v)
		}
	}
	return s.layPage(w, r, http.StatusOK, v)
}

// proposeFor works the times out for what the form asks.
func (s *Service) proposeFor(ctx context.Context, v *layView, f *web.Form) error {
	i := slices.IndexFunc(v.Courses, func(c Course) bool { return c.ID.String() == f.Raw("course") })
	if i < 0 {
		return fault.Field("course", "Please choose a course.")
	}
	v.Course = v.Courses[i]
	from, err := time.ParseInLocation(time.DateOnly, v.From, v.House)
	if err != nil {
		return fault.Field("from", "Please write the date as 2026-12-24.")
	}
	fixed, err := fixedIn(f, len(v.Course.Steps))
	if err != nil {
		return err
	}
	if v.Plan, err = db.ParseID(f.Raw("plan")); err != nil {
		v.Plan = db.NewID()
	}
	if v.Proposed, err = s.Propose(ctx, v.Course, from, fixed); err != nil {
		return err
	}
	if v.Talk, err = s.TalkFirst(ctx, v.Client, v.Proposed); err != nil {
		return err
	}
	return s.missing(ctx, v)
}

// missing says what the steps need and what does not stand yet. It holds nobody
// up: the gate does, on the day.
func (s *Service) missing(ctx context.Context, v *layView) error {
	if !access.Can(ctx, access.Read, access.Resource{Class: access.Gate, Subject: v.Client}) {
		return nil // whether they stand is told to whoever cares for the client
	}
	for _, p := range v.Proposed {
		if len(p.Needs) == 0 {
			continue
		}
		yes, err := s.Standing(ctx, s.DB.Reader(), v.Client, p.Offering)
		if err != nil {
			return err
		}
		if !yes {
			v.Missing = append(v.Missing, fmt.Sprintf("%d. %s", p.Number+1, p.Label))
		}
	}
	return nil
}

// fixedIn are the times that a form has chosen, by step. Those after the one
// that was changed last are worked out anew.
func fixedIn(f *web.Form, n int) (map[int]time.Time, error) {
	out := map[int]time.Time{}
	until := n
	if after, ok := strings.CutPrefix(f.Raw("do"), "from:"); ok {
		k, err := strconv.Atoi(after)
		if err != nil {
			return nil, fault.New(fault.BadRequest, "This form is incomplete. Nothing was changed; please open the page again.")
		}
		until = k + 1
	}
	for i := range until {
		text := f.Raw(stepField("start", i))
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fault.Field(stepField("start", i), "Please choose one of the times.")
		}
		out[i] = at
	}
	return out, nil
}

func (s *Service) lay(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.layFor(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v.From = f.Line("from", 10)
	err = s.proposeFor(ctx, &v, f)
	if err == nil && f.Raw("do") == "book" {
		starts := make([]time.Time, len(v.Proposed))
		for i, p := range v.Proposed {
			starts[i] = p.Start
		}
		if err = v.talked(f); err == nil {
			err = s.Lay(ctx, v.Plan, v.Client, v.Course, starts)
		}
		if err == nil {
			err = s.decideLaid(ctx, v)
		}
		if err == nil {
			return web.See(w, r, "/desk/laid/"+v.Plan.String()+"?said=laid")
		}
	}
	status := http.StatusOK
	if err != nil {
		e, ok := refused(err)
		if !ok {
			return err
		}
		status, v.Fields, v.Taken = e.Kind.Status(), missedFields(err, e), true
	}
	return s.layPage(w, r, status, v)
}

// missedFields says at which step it could not be done.
func missedFields(err error, e *fault.Error) map[string]string {
	var m missed
	if !errors.As(err, &m) {
		return fields(e)
	}
	sentence := e.Sentence
	if e.Fields["start"] != "" {
		sentence = e.Fields["start"]
	}
	if e.Kind == fault.Taken {
		sentence = "This time has just been taken, so nothing of the course was booked or moved. Please choose another."
	}
	return map[string]string{stepField("start", m.number): sentence}
}

func (s *Service) layPage(w http.ResponseWriter, r *http.Request, status int, v layView) error {
	if v.From == "" {
		v.From = s.Now().In(v.House).Format(time.DateOnly)
	}
	if err := s.Trail.Saw(r.Context(), trail.Entry{Subject: v.Client, Kind: "course", Object: v.Client}); err != nil {
		return err
	}
	p, err := s.desk(r, v.Who+", a course")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, layPage(p, v))
}

// options are the times of one step to choose from.
func (p Proposed) options(zone *time.Location) (out []ui.Option) {
	for _, t := range p.Times {
		out = append(out, ui.Option{Value: t.UTC().Format(time.RFC3339), Label: ui.When(t, zone)})
	}
	return out
}

func (p Proposed) value() string {
	if p.Start.IsZero() {
		return ""
	}
	return p.Start.UTC().Format(time.RFC3339)
}

func (p Proposed) distance(zone *time.Location) string {
	return "Begins between " + ui.Date(p.From, zone) + " and " + ui.Date(p.To.Add(-time.Second), zone)
}

func courseOptions(all []Course) []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose a course"}}
	for _, c := range all {
		out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
	}
	return out
}

// laidView is a course as it was laid, and what is proposed for the rest of it.
type laidView struct {
	Plan
	Who    string
	House  *time.Location
	Rest   []Proposed
	Edit   bool
	Said   string
	Fields map[string]string
}

var laidWords = map[string]string{
	"laid":  "Every session is booked, and the messages about them are on their way.",
	"moved": "The rest is moved, and the messages about it are on their way.",
	"left":  "The rest stays where it is.",
}

func (s *Service) laidFor(r *http.Request) (v laidView, err error) {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoCourse)
	if err != nil {
		return v, err
	}
	if v.Plan, err = s.Plan(ctx, id); err != nil {
		return v, err
	}
	names, err := s.People.ClientNames(ctx, v.Client)
	if err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	v.Who, v.House = names[v.Client], st.Location()
	v.Edit = access.Can(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: v.Client})
	return v, err
}

func (s *Service) showLaid(w http.ResponseWriter, r *http.Request) error {
	v, err := s.laidFor(r)
	if err != nil {
		return err
	}
	v.Said = laidWords[r.URL.Query().Get("said")]
	if v.Edit {
		if v.Rest, err = s.Rest(r.Context(), v.Plan, nil); err != nil {
			return err
		}
	}
	return s.laidPage(w, r, http.StatusOK, v)
}

func (s *Service) laidPage(w http.ResponseWriter, r *http.Request, status int, v laidView) error {
	if err := s.Trail.Saw(r.Context(), trail.Entry{Subject: v.Client, Kind: "course", Object: v.ID}); err != nil {
		return err
	}
	p, err := s.desk(r, v.Who+", "+v.Plan.Course.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, laidPage(p, v))
}

func (s *Service) moveRest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.laidFor(r)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Raw("do") == "leave" {
		if err := s.Leave(ctx, v.ID); err != nil {
			return err
		}
		return web.See(w, r, "/desk/laid/"+v.ID.String()+"?said=left")
	}
	fixed, err := fixedIn(f, len(v.Plan.Course.Steps))
	if err == nil && f.Raw("do") == "move" {
		if err = s.MoveRest(ctx, v.ID, fixed); err == nil {
			return web.See(w, r, "/desk/laid/"+v.ID.String()+"?said=moved")
		}
	}
	status := http.StatusOK
	if err != nil {
		e, ok := refused(err)
		if !ok {
			return err
		}
		status, v.Fields = e.Kind.Status(), missedFields(err, e)
	}
	if v.Rest, err = s.Rest(ctx, v.Plan, fixed); err != nil {
		return err
	}
	return s.laidPage(w, r, status, v)
}

func laidState(l Laid) string {
	switch {
	case l.State == calendar.Cancelled:
		return "Cancelled"
	case !l.Fits():
		return "Not at its distance any more"
	}
	return "Kept"
}
