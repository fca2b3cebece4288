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
	"held/practice/measures"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/checkins"
	"held/rules/scoring"
)

func (s *Service) rateRoutes() []web.Route {
	read, write := access.Desk(access.Read, access.Measures), access.Desk(access.Write, access.Measures)
	return []web.Route{
		{Pattern: "GET /desk/people/{id}/measures/rate/{key}", Access: read, Handle: s.showRate},
		{Pattern: "POST /desk/people/{id}/measures/rate/{key}", Access: write, Handle: s.rate},
	}
}

// civilForm is an instant as a browser's field has it.
const civilForm = "2006-01-02T15:04"

// rateView is a scale to be filled in about somebody.
type rateView struct {
	Person   db.ID
	Name     string
	Of       scoring.Instrument
	Sessions []ui.Option
	Typed    map[string]string
	Fields   map[string]string
	Corrects bool
	Zone     *time.Location
}

func (v rateView) href() string {
	return "/desk/people/" + v.Person.String() + "/measures/rate/" + v.Of.ID
}

func (v rateView) back() string { return "/desk/people/" + v.Person.String() + "/measures" }

// order is the fields of the page, for the list of what is wrong.
func (v rateView) order() []string {
	out := []string{"taken", "session"}
	for _, it := range v.Of.Items {
		out = append(out, "item-"+it.Key)
	}
	return append(out, "line")
}

func (s *Service) showRate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	zone, err := s.house(ctx)
	if err != nil {
		return err
	}
	typed := map[string]string{"ref": db.NewID().String(), "taken": s.Now().In(zone).Format(civilForm)}
	if of := r.URL.Query().Get("corrects"); of != "" {
		if err := s.fillFrom(ctx, id, of, typed, zone); err != nil {
			return err
		}
	}
	return s.ratePage(w, r, http.StatusOK, id, typed, nil)
}

// fillFrom puts a rating that is to be corrected into the fields.
func (s *Service) fillFrom(ctx context.Context, client db.ID, ref string, typed map[string]string, zone *time.Location) error {
	all, err := s.Measures.Ratings(ctx, client)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x measures.Rating) bool { return x.Ref.String() == ref && !x.Corrected })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no rating here that could be corrected. It may have been corrected meanwhile.")
	}
	in, is, err := s.scaleOf(ctx, all[i].Instrument)
	if err != nil || !is {
		return errNothing
	}
	for n, it := range in.Items {
		if v := all[i].Answers[n]; v != nil {
			typed["item-"+it.Key] = strconv.Itoa(*v)
		}
	}
	typed["corrects"], typed["line"], typed["taken"] = ref, all[i].Line, all[i].Taken.In(zone).Format(civilForm)
	if !all[i].Session.IsZero() {
		typed["session"] = all[i].Session.String()
	}
	return nil
}

func (s *Service) scaleOf(ctx context.Context, id string) (scoring.Instrument, bool, error) {
	all, err := s.Measures.Scales(ctx, s.DB.Reader())
	if err != nil {
		return scoring.Instrument{}, false, err
	}
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == id })
	if i < 0 {
		return scoring.Instrument{}, false, nil
	}
	return all[i], true, nil
}

func (s *Service) ratePage(w http.ResponseWriter, r *http.Request, status int, id db.ID, typed, fields map[string]string) error {
	ctx := r.Context()
	if err := access.Check(ctx, access.Write, measuresOf(id)); err != nil {
		return err
	}
	in, is, err := s.scaleOf(ctx, r.PathValue("key"))
	if err != nil {
		return err
	}
	if !is {
		return fault.New(fault.NotFound, "There is no scale here that a clinician could fill in. Its wording may not be loaded.")
	}
	c, err := s.People.Card(ctx, id)
	if err != nil {
		return err
	}
	v := rateView{Person: id, Name: c.Name, Of: in, Typed: typed, Fields: fields, Corrects: typed["corrects"] != ""}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	sessions, err := s.begun(ctx, id)
	if err != nil {
		return err
	}
	v.Sessions = []ui.Option{{Label: "None"}}
	for _, x := range slices.Backward(sessions) {
		v.Sessions = append(v.Sessions, ui.Option{Value: x.ID, Label: ui.DateYear(x.At, v.Zone)})
	}
	p, err := s.Settings.Page(r, in.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, ratePage(p, settings.DeskNav(ctx), v))
}

// begun are somebody's medicine sessions that have begun, the one that goes on
// now too.
func (s *Service) begun(ctx context.Context, person db.ID) ([]checkins.Session, error) {
	if s.Begun == nil {
		return s.Sessions(ctx, s.DB.Reader(), person)
	}
	return s.Begun(ctx, s.DB.Reader(), person)
}

func (s *Service) rate(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	in, is, err := s.scaleOf(ctx, r.PathValue("key"))
	if err != nil || !is {
		return errNothing
	}
	zone, err := s.house(ctx)
	if err != nil {
		return err
	}
	typed := map[string]string{}
	for _, name := range append([]string{"ref", "corrects", "taken", "session", "line"}, (rateView{Of: in}).order()...) {
		typed[name] = f.Raw(name)
	}
	x, err := s.rated(ctx, f, id, in, zone)
	if err == nil {
		err = s.Measures.Rate(ctx, x)
	}
	if fault.Is(err, fault.Invalid) {
		return s.ratePage(w, r, fault.Invalid.Status(), id, typed, fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+id.String()+"/measures?rating="+x.Ref.String()+"#rating")
}

// rated reads what was sent.
func (s *Service) rated(ctx context.Context, f *web.Form, client db.ID, in scoring.Instrument, zone *time.Location) (measures.Rated, error) {
	x := measures.Rated{Client: client, Instrument: in.ID, Answers: map[string]int{}, Line: f.Text("line", measures.MaxLine)}
	if x.Ref.UnmarshalText([]byte(f.Raw("ref"))) != nil {
		x.Ref = db.NewID()
	}
	_ = x.Corrects.UnmarshalText([]byte(f.Raw("corrects"))) // zero where nothing is corrected
	if t, err := time.ParseInLocation(civilForm, f.Line("taken", 40), zone); err == nil {
		x.Taken = t.UTC()
	} else {
		f.Fail("taken", "Please give the date and the time at which it was rated.")
	}
	if id := f.Raw("session"); id != "" {
		sessions, err := s.begun(ctx, client)
		if err != nil {
			return x, err
		}
		if !slices.ContainsFunc(sessions, func(c checkins.Session) bool { return c.ID == id }) || x.Session.UnmarshalText([]byte(id)) != nil {
			f.Fail("session", "Please choose one of the sessions in the list.")
		}
	}
	for _, it := range in.Items {
		name := "item-" + it.Key
		if f.Raw(name) == "" {
			continue
		}
		n, err := strconv.Atoi(f.Line(name, 6))
		if err != nil {
			f.Fail(name, it.Text+": please choose one of its values.")
			continue
		}
		x.Answers[it.Key] = n
	}
	return x, f.Err()
}

// ratedView is what clinicians rated, beside the course of what somebody answers.
type ratedView struct {
	Courses []Course
	List    []measures.Rating // without those that were corrected
	One     *measures.Rating
	Before  []measures.Rating // what the one corrects, the newest first
	Of      scoring.Instrument
	Scales  []scoring.Instrument
	Titles  map[string]string
	Names   map[db.ID]string
}

// ratings gathers what clinicians rated of somebody.
func (s *Service) ratings(ctx context.Context, client db.ID, show string, marked []ui.ChartMark, zone *time.Location) (v ratedView, err error) {
	all, err := s.Measures.Ratings(ctx, client)
	if err != nil {
		return v, err
	}
	instruments, err := s.Measures.Instruments(ctx, s.DB.Reader())
	if err != nil {
		return v, err
	}
	if v.Scales, err = s.Measures.Scales(ctx, s.DB.Reader()); err != nil {
		return v, err
	}
	v.Titles = map[string]string{}
	for _, in := range instruments {
		v.Titles[in.ID] = in.Title
	}
	var who []db.ID
	var scores []Score
	base := "/desk/people/" + client.String() + "/measures?rating="
	for _, x := range all {
		who = append(who, x.By)
		if x.Ref.String() == show {
			v.One = &x
			v.Of = instruments[slices.IndexFunc(instruments, func(in scoring.Instrument) bool { return in.ID == x.Instrument })]
		}
		if x.Corrected || x.Void {
			continue
		}
		v.List = append(v.List, x)
		scores = append(scores, Score{ID: x.Ref, Person: client, Instrument: x.Instrument, Version: x.Version, Scoring: x.Scoring, At: x.Taken, Answers: x.Answers, Line: x.Line, Kept: x.Kept, Result: x.Result})
	}
	slices.Reverse(v.List)
	v.Courses = courses(instruments, scores, nil, marked, zone, true, func(sc Score) string { return base + sc.ID.String() + "#rating" })
	if v.One != nil {
		for next := v.One.Corrects; !next.IsZero(); {
			i := slices.IndexFunc(all, func(x measures.Rating) bool { return x.Ref == next })
			if i < 0 || len(v.Before) >= len(all) {
				break
			}
			v.Before, next = append(v.Before, all[i]), all[i].Corrects
		}
	}
	if len(all) > 0 {
		if err := s.Trail.Saw(ctx, trail.Entry{Verb: "read", Subject: client, Kind: "rating"}); err != nil {
			return v, err
		}
	}
	v.Names, err = s.People.Names(ctx, who...)
	return v, err
}

// ratedLines are the items of a rating, with their words.
func ratedLines(in scoring.Instrument, x measures.Rating) []Line {
	out := lines(in, Score{Answers: x.Answers})
	for i := range out {
		if out[i].Answer == "not answered" {
			out[i].Answer = "not rated"
		}
	}
	if x.Line != "" {
		out = append(out, Line{Question: "In their words", Answer: x.Line})
	}
	return out
}

// cameTo is a rating in a few words: its scores.
func cameTo(in scoring.Instrument, x measures.Rating) string {
	out := ""
	for _, l := range results(in, x.Result) {
		if out != "" {
			out += "; "
		}
		out += l.Question + ": " + l.Answer
	}
	return out
}

// instrumentOf finds an instrument of the view.
func (v ratedView) instrumentOf(id string) scoring.Instrument {
	for _, c := range v.Courses {
		if c.ID == id {
			return c.Instrument
		}
	}
	return scoring.Instrument{}
}
