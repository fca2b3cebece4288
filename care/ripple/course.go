package ripple

import (
	"fmt"
	"strings"
	"time"

	"held/internal/ui"
	"held/practice/measures"
	"held/rules/checkins"
	"held/rules/scoring"
)

// Course is one instrument over time.
type Course struct {
	scoring.Instrument
	Scores  []Score
	Charts  []ui.Chart
	Changes []string // what is to be said about the first and the last value
}

// courses puts somebody's scores in order, one instrument after the other, each
// score that has a scale as a chart. Bands are left out where nobody asked for
// them.
func courses(all shelf, scores []Score, set own, marks []ui.ChartMark, zone *time.Location, bands bool, href func(Score) string) []Course {
	var out []Course
	for _, in := range all {
		c := Course{Instrument: in}
		for _, sc := range scores {
			if sc.Instrument == in.ID {
				c.Scores = append(c.Scores, sc)
			}
		}
		if len(c.Scores) == 0 {
			continue
		}
		for _, sp := range in.Scores {
			if ch, ok := c.chart(sp, marks, zone, bands, href); ok {
				c.Charts = append(c.Charts, ch)
			}
		}
		c.Changes = c.changes(set, zone)
		out = append(out, c)
	}
	return out
}

// chart draws one score of the instrument, where it is a number on a scale.
func (c Course) chart(sp scoring.Spec, marks []ui.ChartMark, zone *time.Location, bands bool, href func(Score) string) (ui.Chart, bool) {
	if sp.Lowest == nil || sp.Highest == nil || sp.Title == "" {
		return ui.Chart{}, false
	}
	ch := ui.Chart{ID: c.ID + "-" + sp.Key, Title: c.Title + ": " + sp.Title, Lowest: float64(*sp.Lowest), Highest: float64(*sp.Highest), Zone: zone}
	for _, sc := range c.Scores {
		v, shown, found := number(sc.Result, sp.Key)
		if !found {
			continue
		}
		p := ui.ChartPoint{At: sc.At, Value: v, Shown: shown, Note: c.note(sc, sp.Key)}
		p.Open = sc.Result.Missing > 0
		if href != nil {
			p.Href = href(sc)
		}
		if bands {
			p.Band = spoken(sp, bandOf(sc.Result, sp.Key))
		}
		ch.Points = append(ch.Points, p)
	}
	ch.Marks = marks
	if bands {
		ch.Bands = bandsOf(sp)
		ch.About = sp.BandNote
	}
	return ch, len(ch.Points) > 0
}

// note says of a value what a reader must know.
func (c Course) note(sc Score, key string) string {
	n := ""
	if m := sc.Result.Missing; m == 1 {
		n = "1 answer missing"
	} else if m > 1 {
		n = fmt.Sprintf("%d answers missing", m)
	}
	if prorated(sc.Result, key) {
		n += ", prorated"
	}
	if sc.Changed(c.Instrument) {
		was := fmt.Sprint(sc.Kept.Scores[key])
		n += fmt.Sprintf(" (scoring version %s came to %s)", sc.Scoring, was)
	}
	return n
}

func value(r scoring.Result, key string) (scoring.Value, bool) {
	for _, v := range r.Scores {
		if v.Key == key {
			return v, true
		}
	}
	return scoring.Value{}, false
}

// number is a score as it is drawn and as it is written.
func number(r scoring.Result, key string) (float64, string, bool) {
	v, _ := value(r, key)
	n, is := v.Value.(scoring.Number)
	if !is {
		return 0, "", false
	}
	s := n.Rounded()
	return float64(s.Num) / float64(s.Den), n.String(), true
}

func prorated(r scoring.Result, key string) bool { v, _ := value(r, key); return v.Prorated }

func bandOf(r scoring.Result, key string) string { v, _ := value(r, key); return v.Band }

// spoken is a band in words.
func spoken(sp scoring.Spec, is string) string {
	for _, b := range sp.Bands {
		if b.Is == is {
			return b.Words()
		}
	}
	return is
}

// bandsOf are an instrument's published bands as stretches of its scale.
func bandsOf(sp scoring.Spec) []ui.ChartBand {
	var out []ui.ChartBand
	for i, b := range sp.Bands {
		to := float64(*sp.Highest)
		if i+1 < len(sp.Bands) {
			to = float64(sp.Bands[i+1].From.Num) / float64(sp.Bands[i+1].From.Den)
		}
		from := float64(b.From.Num) / float64(b.From.Den)
		if to > from {
			out = append(out, ui.ChartBand{From: from, To: to, Label: b.Words()})
		}
	}
	return out
}

// Line is one item as somebody answered it.
type Line struct{ Question, Answer string }

// lines are the items of a set of answers, with their words.
func lines(in scoring.Instrument, sc Score) []Line {
	var out []Line
	for i, it := range in.Items {
		l := Line{Question: it.Text, Answer: "not answered"}
		if i < len(sc.Answers) && sc.Answers[i] != nil {
			l.Answer = words(in, it, *sc.Answers[i])
		}
		out = append(out, l)
	}
	if sc.Line != "" {
		out = append(out, Line{Question: "A line of their own", Answer: sc.Line})
	}
	return out
}

func words(in scoring.Instrument, it scoring.Item, v int) string {
	for _, o := range in.Options[it.Options] {
		if o.Value == v && o.Text != "" {
			return fmt.Sprintf("%s (%d)", o.Text, v)
		}
	}
	return fmt.Sprint(v)
}

// results are the scores of a set of answers in words, for the item-level page.
func results(in scoring.Instrument, r scoring.Result) []Line {
	report := measures.ReportOf(r)
	var out []Line
	for _, sp := range in.Scores {
		if sp.Title == "" {
			continue
		}
		l := Line{Question: sp.Title, Answer: "cannot be reckoned from these answers"}
		if v := report.Scores[sp.Key]; v != nil {
			l.Answer = plain(v)
		}
		if b := bandOf(r, sp.Key); b != "" {
			l.Answer += ", published band: " + spoken(sp, b)
		}
		out = append(out, l)
	}
	return out
}

func plain(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []any:
		s := ""
		for i, e := range v {
			if i > 0 {
				s += ", "
			}
			s += plain(e)
		}
		return s
	case nil:
		return "–"
	}
	return fmt.Sprint(v)
}

// pointOf is a point that was asked, in words.
func pointOf(key string) string {
	p, _, _ := strings.Cut(key, ":")
	if p == outside {
		return "outside the plan"
	}
	return pointWords[checkins.Point(p)]
}
