package ripple

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/checkins"
	"held/rules/outcomes"
	"held/rules/scoring"
)

// Outcome is one score of one instrument over everybody.
type Outcome struct {
	Instrument string             `json:"instrument"`
	Version    string             `json:"version"`
	Scoring    string             `json:"scoring"`
	Score      string             `json:"score"`
	Title      string             `json:"title"`
	Lowest     int                `json:"lowest"`
	Highest    int                `json:"highest"`
	Points     []outcomes.Summary `json:"points"`
}

// Report is what everybody's answers say together. There is one, the same for
// whoever may read it: nothing in it can be filtered, so that nobody can be
// found by asking twice.
type Report struct {
	Made     time.Time `json:"made"`
	Least    int       `json:"least"` // people in the smallest group shown
	Outcomes []Outcome `json:"outcomes"`
}

var outcomesOf = access.Resource{Class: access.Outcomes}

// outcomesEvery is how often they are reckoned. More often, and one person's
// answer could be told from the difference between two reports.
const outcomesEvery = 7 * 24 * time.Hour

// Sum reckons the report anew once it is old. The program does it.
func (s *Service) Sum(ctx context.Context) error {
	practice := access.From(ctx).Practice
	was, err := db.One(ctx, s.DB.Reader(), scanOutcomes, sqlOutcomes, practice)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	if s.Now().Sub(was.made) < outcomesEvery {
		return nil
	}
	rep := Report{Made: s.Now(), Least: max(was.least, outcomes.Least)}
	values := map[[2]string][]outcomes.Value{}
	instruments, err := s.shelf(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	all, err := s.People.Cards(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if slices.Contains(c.Roles, access.Client) {
			if err := s.gather(ctx, instruments, c.ID, values); err != nil {
				return err
			}
		}
	}
	before, err := s.keptOutcomes(ctx, s.DB.Reader(), was)
	if err != nil {
		return err
	}
	kept := keptReport{Report: rep}
	kept.Outcomes, kept.Said = reckoned(instruments, before, values, rep.Least)
	plain, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, outcomesField(practice), string(plain))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlKeepOutcomes, practice, rep.Least, sealed, db.Micros(rep.Made))
		return err
	})
}

// gather adds what one person was asked by the plan, and what it came to.
func (s *Service) gather(ctx context.Context, all shelf, person db.ID, values map[[2]string][]outcomes.Value) error {
	q := s.DB.Reader()
	asked, err := db.All(ctx, q, scanAsked, sqlAskedOf, access.From(ctx).Practice, person)
	if err != nil || len(asked) == 0 {
		return err
	}
	scores, err := s.scores(ctx, q, all, person)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(asked) { // the oldest first: of several the last counts
		in, is := all.of(Prefix + a.What)
		if !is || a.State == Waiting {
			continue
		}
		point, _, _ := strings.Cut(a.Point, ":")
		if !slices.Contains(checkins.Points, checkins.Point(point)) {
			continue // asked outside the plan: of no point of a course
		}
		i := slices.IndexFunc(scores, func(sc Score) bool { return sc.Given == a.Given })
		for _, sp := range scaled(in) {
			v := outcomes.Value{Person: person.String(), Point: checkins.Point(point)}
			if i >= 0 {
				if n, _, found := number(scores[i].Result, sp.Key); found {
					v.Score = &n
				}
			}
			key := [2]string{in.ID, sp.Key}
			values[key] = append(values[key], v)
		}
	}
	return nil
}

// scaled are an instrument's scores that are numbers on a scale.
func scaled(in scoring.Instrument) []scoring.Spec {
	return slices.DeleteFunc(slices.Clone(in.Scores), func(sp scoring.Spec) bool {
		return sp.Lowest == nil || sp.Highest == nil || sp.Title == ""
	})
}

// keptReport is the report as it lies sealed: with those behind each figure, so
// that the next report changes none for a single person.
type keptReport struct {
	Report
	Said map[string][]outcomes.Said `json:"said,omitempty"` // by saidKey
}

func saidKey(in scoring.Instrument, sp scoring.Spec) string {
	return in.ID + " " + in.Version + " " + in.Scoring + " " + sp.Key
}

// keptOutcomes opens the last report; an empty one where there is none.
func (s *Service) keptOutcomes(ctx context.Context, q db.Q, r outcomesRow) (k keptReport, err error) {
	if len(r.body) == 0 {
		return k, nil
	}
	plain, err := s.Vault.Open(ctx, q, outcomesField(access.From(ctx).Practice), r.body)
	if errors.Is(err, vault.ErrErased) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(plain), &k)
	}
	return k, err
}

// reckoned makes the report's figures anew, each where enough people are behind
// the change.
func reckoned(all shelf, before keptReport, values map[[2]string][]outcomes.Value, least int) (out []Outcome, kept map[string][]outcomes.Said) {
	kept = map[string][]outcomes.Said{}
	for _, in := range all {
		for _, sp := range scaled(in) {
			key := saidKey(in, sp)
			said := outcomes.Renew(before.Said[key], values[[2]string{in.ID, sp.Key}], least)
			if len(said) == 0 {
				continue
			}
			o := Outcome{in.ID, in.Version, in.Scoring, sp.Key, in.Title + ": " + sp.Title, *sp.Lowest, *sp.Highest, nil}
			for _, p := range said {
				o.Points = append(o.Points, p.Summary)
			}
			out, kept[key] = append(out, o), said
		}
	}
	return out, kept
}

// forgetOutcomes takes somebody out of what the figures were made of. The figures
// themselves are of a group, and stay until enough has changed.
func (s *Service) forgetOutcomes(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, tx, scanOutcomes, sqlOutcomes, practice)
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	k, err := s.keptOutcomes(ctx, tx, r)
	if err != nil {
		return err
	}
	for _, said := range k.Said {
		for i := range said {
			said[i].Forget(person.String())
		}
	}
	plain, err := json.Marshal(k)
	if err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, tx, outcomesField(practice), string(plain))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepOutcomes, practice, r.least, sealed, db.Micros(r.made))
	return err
}

// Outcomes is the last report; an empty one before there is any.
func (s *Service) Outcomes(ctx context.Context) (rep Report, err error) {
	if err := access.Check(ctx, access.Read, outcomesOf); err != nil {
		return rep, err
	}
	practice := access.From(ctx).Practice
	rep.Least = outcomes.Least
	r, err := db.One(ctx, s.DB.Reader(), scanOutcomes, sqlOutcomes, practice)
	if errors.Is(err, db.ErrNone) {
		return rep, nil
	}
	if err != nil {
		return rep, err
	}
	k, err := s.keptOutcomes(ctx, s.DB.Reader(), r)
	if err != nil || k.Made.IsZero() {
		return rep, err
	}
	return k.Report, nil
}

// SetLeast sets the smallest group that is shown, from the next report on.
func (s *Service) SetLeast(ctx context.Context, least int) error {
	if err := access.Check(ctx, access.Write, outcomesOf); err != nil {
		return err
	}
	if least < outcomes.Least || least > 1000 {
		return fault.Field("least", fmt.Sprintf("Please choose a number from %d to 1000.", outcomes.Least))
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlLeast, least, access.From(ctx).Practice)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Unavailable, "There is no report yet. The first one is made within the hour; please set this then.")
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "outcomes"})
	})
}

// WriteCSV writes the report as a table, a line for each score and point.
func (rep Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	lines := [][]string{{"instrument", "version", "scoring", "score", "lowest", "highest", "point", "hidden", "asked", "answered", "mean", "sd", "lower_quartile", "median", "upper_quartile", "change_n", "change_mean", "change_low", "change_high"}}
	for _, o := range rep.Outcomes {
		for _, p := range o.Points {
			l := []string{o.Instrument, o.Version, o.Scoring, o.Score, strconv.Itoa(o.Lowest), strconv.Itoa(o.Highest), string(p.Point), strconv.FormatBool(p.Hidden)}
			lines = append(lines, append(l, cells(p)...))
		}
	}
	return c.WriteAll(lines)
}

// cells are a point's figures; empty where it is hidden or nothing is known.
func cells(p outcomes.Summary) []string {
	n, m, lo, hi := "", "", "", ""
	if c := p.Change; c != nil {
		n, m, lo, hi = strconv.Itoa(c.N), decimals(c.Mean), decimals(c.Low), decimals(c.High)
	}
	if p.Hidden {
		return make([]string, 11)
	}
	return []string{
		strconv.Itoa(p.Asked), strconv.Itoa(p.Answered),
		decimals(p.Mean), decimals(p.SD), decimals(p.Lower), decimals(p.Median), decimals(p.Upper), n, m, lo, hi,
	}
}

func decimals(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// Codebook says what every column of the report is.
const Codebook = `instrument, version, scoring: which questions, in which wording, reckoned by which version of the rules
score: which of the instrument's scores; lowest and highest: its scale
point: where in a course it was asked: start; day1 and day7 after a medicine session; monthly from the first one; month1, month3, month6 after the last
hidden: fewer people answered than the practice shows; nothing else is said then
asked, answered: people, each counted once; of several answers of one person at one point the last one counts
mean, sd, lower_quartile, median, upper_quartile: of those who answered; sd is the sample standard deviation
change_n, change_mean, change_low, change_high: differences from the start in those who answered both, with a 95 % confidence interval by Student's t
`
