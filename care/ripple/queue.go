package ripple

import (
	"context"
	"fmt"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/measures"
	"held/practice/trail"
	"held/rules/scoring"
)

// wentBy is how long it is told that something asked was not answered.
const wentBy = 30 * 24 * time.Hour

// Look is a set of answers that nobody has looked at, with why it may matter.
type Look struct {
	Score
	Reasons []string
}

// Queue is what waits to be looked at for those whom the actor cares for: those
// with a reason first. Reading it is on the trail of whoever's answers it tells of.
func (s *Service) Queue(ctx context.Context) ([]Look, error) {
	unseen, err := s.Unseen(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	set, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	of := map[db.ID][]Score{}
	var out []Look
	for _, u := range unseen {
		scores, known := of[u.Person]
		if !known {
			if scores, err = s.scores(ctx, s.DB.Reader(), all, u.Person); err != nil {
				return nil, err
			}
			of[u.Person] = scores
		}
		l := Look{Score: u}
		in, _ := all.of(Prefix + u.Instrument)
		if i := slices.IndexFunc(scores, func(sc Score) bool { return sc.ID == u.ID }); i >= 0 {
			l.Reasons = reasons(in, scores[:i+1], set)
		}
		out = append(out, l)
	}
	for person, scores := range of {
		if len(scores) > 0 {
			if err := s.Trail.Saw(ctx, trail.Entry{Verb: "read", Subject: person, Kind: "check-in"}); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Look) int {
		return min(len(b.Reasons), 1) - min(len(a.Reasons), 1)
	})
	return out, nil
}

// WentBy are check-ins whose time went by of late without an answer, of those
// whom the actor cares for. Nobody has to answer one.
func (s *Service) WentBy(ctx context.Context) ([]Asked, error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanAsked, sqlWentBy, access.From(ctx).Practice, db.Micros(s.Now().Add(-wentBy)))
	return slices.DeleteFunc(rows, func(a Asked) bool { return !access.Can(ctx, access.Read, measuresOf(a.Person)) }), err
}

// reasons say why the last of several sets of answers may matter: in words, and
// from what was published or what the practice set alone.
func reasons(in scoring.Instrument, scores []Score, set own) (out []string) {
	is := scores[len(scores)-1]
	if len(is.Result.Safety) > 0 {
		out = append(out, "An answer may mean danger. Somebody was told at once; see that person's page.")
	}
	for _, sp := range scaled(in) {
		if t, there := thresholdOf(in, sp.Key, set); there && t.worse != "" {
			out = append(out, worsened(sp, t, scores)...)
		}
	}
	return out
}

// worsened compares a score with the time before and with the first one.
func worsened(sp scoring.Spec, t threshold, scores []Score) (out []string) {
	is := scores[len(scores)-1]
	now, shown, found := number(is.Result, sp.Key)
	if !found {
		return nil
	}
	var before []Score
	for _, sc := range scores[:len(scores)-1] {
		if _, _, found := number(sc.Result, sp.Key); found && sc.Instrument == is.Instrument {
			before = append(before, sc)
		}
	}
	if len(before) == 0 {
		return nil
	}
	against := []struct {
		name string
		Score
	}{{"the time before", before[len(before)-1]}, {"the first time", before[0]}}
	if len(before) == 1 {
		against = against[1:]
	}
	source := t.source
	if !t.published {
		source = "the practice's own value, source: " + sentence(t.source)
	}
	for _, a := range against {
		was, wasShown, _ := number(a.Result, sp.Key)
		by := now - was
		if t.worse == "lower" {
			by = -by
		}
		if by >= t.points {
			out = append(out, fmt.Sprintf("Worse than %s by %s points or more: %s, then %s (%s).", a.name, t.shown, wasShown, shown, source))
		}
	}
	return out
}

// baseline is somebody's last value beside their own first one and the one before.
type baseline struct{ Title, First, Before, Last, Since string }

// baselines compare each score of an instrument with where somebody began.
func (c Course) baselines(zone *time.Location) (out []baseline) {
	for _, sp := range scaled(c.Instrument) {
		type value struct {
			at    time.Time
			v     float64
			shown string
		}
		var all []value
		for _, sc := range c.Scores {
			if v, shown, found := number(sc.Result, sp.Key); found {
				all = append(all, value{sc.At, v, shown})
			}
		}
		if len(all) < 2 {
			continue
		}
		say := func(v value) string { return v.shown + ", " + ui.DateYear(v.at, zone) }
		first, last := all[0], all[len(all)-1]
		b := baseline{Title: sp.Title, First: say(first), Last: say(last), Before: "–", Since: signed(last.v - first.v)}
		if len(all) > 2 {
			b.Before = say(all[len(all)-2])
		}
		out = append(out, b)
	}
	return out
}

func signed(d float64) string {
	if d == 0 {
		return "the same"
	}
	return fmt.Sprintf("%+.4g", d)
}

// lastLine is what somebody wrote the last time as their own line below the same
// instrument, offered where they write the next one.
func (s *Service) lastLine(ctx context.Context, g forms.Given) (map[string]forms.Beside, error) {
	all, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	in, is := all.of(g.Key)
	if !is || access.From(ctx).Person != g.Person {
		return nil, nil
	}
	scores, err := s.scores(ctx, s.DB.Reader(), all, g.Person)
	if err != nil {
		return nil, err
	}
	zone, err := s.Settings.ClockOf(ctx, g.Person)
	if err != nil {
		return nil, err
	}
	for _, sc := range slices.Backward(scores) {
		if sc.Instrument == in.ID && sc.Line != "" && sc.Given != g.ID {
			return map[string]forms.Beside{measures.OwnLine: {On: ui.DateYear(sc.At, zone), Words: sc.Line}}, nil
		}
	}
	return nil, nil
}
