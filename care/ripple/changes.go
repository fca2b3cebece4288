package ripple

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/measures"
	"held/practice/settings"
	"held/rules/scoring"
)

// own are the practice's own values for a change, by instrument and score.
type own map[[2]string]measures.Own

func (s *Service) own(ctx context.Context) (own, error) {
	return s.Measures.Own(ctx, s.DB.Reader())
}

// threshold is the difference of a score that counts as a change, and says who
// says so.
type threshold struct {
	points    float64
	shown     string
	worse     string
	source    string
	published bool
	since     time.Time
}

// thresholdOf is what was published of a score, where that is certain, or else
// what the practice set. Without either there is none: no number is assumed.
func thresholdOf(in scoring.Instrument, score string, set own) (threshold, bool) {
	if !measures.Settable(in, score) {
		ch := in.Change
		if ch == nil || ch.Of != score || ch.Reliable == nil {
			return threshold{}, false
		}
		return threshold{points: float64(ch.Reliable.Num) / float64(ch.Reliable.Den), shown: ch.Reliable.String(), worse: ch.Worse, source: ch.Source, published: true}, true
	}
	o, there := set[[2]string{in.ID, score}]
	v, is := o.Value()
	if !there || !is {
		return threshold{}, false
	}
	return threshold{points: v, shown: o.Points, worse: o.Worse, source: o.Source, since: o.At}, true
}

// changes say of each score how the last value differs from the first, beside
// what was published, or what the practice set, about when a difference is a
// change; or that there is nothing.
func (c Course) changes(set own, zone *time.Location) (out []string) {
	all := scaled(c.Instrument)
	for _, sp := range all {
		name := ""
		if len(all) > 1 {
			name = sp.Title + ": "
		}
		t, there := thresholdOf(c.Instrument, sp.Key, set)
		if !there {
			if ch := c.Instrument.Change; ch != nil && ch.Of == sp.Key {
				out = append(out, name+noValue(*ch))
			}
			continue
		}
		said := fmt.Sprintf("Published reliable change: %s points or more (%s).", t.shown, t.source)
		if !t.published {
			said = fmt.Sprintf("The practice's own value for a change: %s points or more, source: %s. Set on %s; it is not a published reliable change.", t.shown, sentence(t.source), ui.DateYear(t.since, zone))
		}
		out = append(out, name+said+c.moved(sp.Key, t))
	}
	if len(out) == 0 {
		out = append(out, "There is no published value for a reliable change, and the practice has set none.")
	}
	return out
}

// sentence is a source without the full stop that follows it anyway.
func sentence(s string) string {
	for len(s) > 0 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// noValue says why there is no value to go by.
func noValue(ch scoring.Change) string {
	if ch.Reliable == nil {
		return "There is no published value that sources agree on. " + ch.Source + " It has set none."
	}
	return fmt.Sprintf("There is no published value that was checked: %s points (%s). It is not used; the practice has set none of its own.", ch.Reliable, ch.Source)
}

// moved compares the last value with the first.
func (c Course) moved(key string, t threshold) string {
	var known []float64
	for _, sc := range c.Scores {
		if v, _, found := number(sc.Result, key); found {
			known = append(known, v)
		}
	}
	if len(known) < 2 {
		return ""
	}
	d := known[len(known)-1] - known[0]
	as := "less"
	if max(d, -d) >= t.points {
		as = "as much or more"
	}
	return fmt.Sprintf(" From the first to the last value: %+g. That is %s.", d, as)
}

// changesView is what the practice calls a change, score by score.
type changesView struct {
	Lines  []changeLine
	May    bool
	Saved  bool
	Typed  measures.Own
	Fields map[string]string
	Zone   *time.Location
}

// changeLine is one score.
type changeLine struct {
	Instrument, Score, Title string
	Published                string // what was published and is uncertain, or that nothing was
	Now                      measures.Own
	Set                      bool
	Before                   []measures.Own
	Names                    map[db.ID]string
}

func (l changeLine) id() string { return l.Instrument + "-" + l.Score }

func (s *Service) changeRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/measures/changes", Access: access.To(access.Read, access.Forms), Handle: s.showChanges},
		{Pattern: "POST /desk/measures/changes", Access: access.To(access.Write, access.Protocol), Handle: s.saveChange},
	}
}

func (s *Service) showChanges(w http.ResponseWriter, r *http.Request) error {
	return s.changesPage(w, r, http.StatusOK, measures.Own{}, nil)
}

func (s *Service) changesPage(w http.ResponseWriter, r *http.Request, status int, typed measures.Own, fields map[string]string) error {
	ctx := r.Context()
	all, err := s.Measures.Instruments(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	history, err := s.Measures.History(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	var who []db.ID
	for _, o := range history {
		who = append(who, o.By)
	}
	names, err := s.People.Names(ctx, who...)
	if err != nil {
		return err
	}
	v := changesView{May: access.Can(ctx, access.Write, access.Resource{Class: access.Protocol}), Saved: r.URL.Query().Has("saved"), Typed: typed, Fields: fields}
	for _, in := range all {
		if in.Rater != "self" || !in.Wording() {
			continue
		}
		for _, sp := range in.Scores {
			if measures.Settable(in, sp.Key) {
				v.Lines = append(v.Lines, lineOf(in, sp, history, names))
			}
		}
	}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "What counts as a change")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, changesPage(p, settings.DeskNav(ctx), v))
}

func lineOf(in scoring.Instrument, sp scoring.Spec, history []measures.Own, names map[db.ID]string) changeLine {
	l := changeLine{Instrument: in.ID, Score: sp.Key, Title: in.Title + ": " + sp.Title, Published: "No published value.", Names: names}
	if ch := in.Change; ch != nil && ch.Of == sp.Key {
		l.Published = "No published value that sources agree on. " + ch.Source
		if ch.Reliable != nil {
			l.Published = fmt.Sprintf("No published value that was checked: %s points (%s).", ch.Reliable, ch.Source)
		}
		l.Now.Worse = ch.Worse
	}
	for _, o := range slices.Backward(history) {
		if o.Instrument != in.ID || o.Score != sp.Key {
			continue
		}
		if !l.Set && len(l.Before) == 0 {
			if _, is := o.Value(); is {
				l.Now, l.Set = o, true
				continue
			}
		}
		l.Before = append(l.Before, o)
	}
	return l
}

func (s *Service) saveChange(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	o := measures.Own{Instrument: f.Line("instrument", 60), Score: f.Line("score", 60), Points: f.Raw("points"), Worse: f.Raw("worse"), Source: f.Raw("source")}
	f.Line("source", measures.MaxSource)
	if err = f.Err(); err == nil {
		err = s.Measures.SetOwn(r.Context(), o)
	}
	if fault.Is(err, fault.Invalid) {
		return s.changesPage(w, r, fault.Invalid.Status(), o, fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/measures/changes?saved=1#change-"+o.Instrument+"-"+o.Score)
}
