package adverse

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/web"
	"held/practice/trail"
	"held/rules/terms"
)

// Row is an event without whose it is: no name, no id, no words that somebody
// wrote, and of its times the month and how long it took.
type Row struct {
	N          int      `json:"n"` // of this file, and of nothing else
	Month      string   `json:"month"`
	From       string   `json:"from"`
	Medicine   string   `json:"medicine"`
	Group      string   `json:"group"`
	Term       string   `json:"term"`
	Label      string   `json:"label"`
	HoursAfter string   `json:"hours_after_dose"`
	HoursLong  string   `json:"hours_until_over"`
	Serious    string   `json:"serious"`
	Criteria   []string `json:"criteria"`
	Severity   string   `json:"severity"`
	Related    string   `json:"related"`
	Action     string   `json:"action"`
	Outcome    string   `json:"outcome"`
	Versions   int      `json:"versions"`
	State      string   `json:"state"`
	DaysOpen   int      `json:"days_open"`
}

// File is the practice's events as a file: the rows that are open to the reader,
// and how many are not.
type File struct {
	About    string `json:"about"`
	Made     string `json:"made"`
	Terms    string `json:"terms"`
	Scale    string `json:"scale"`
	Total    int    `json:"total"`
	NotShown int    `json:"not_shown"`
	Rows     []Row  `json:"rows"`
}

const aboutFile = "Adverse events without names, ids and words. “not_said” and “not_judged” are no answer, and never a no. Events that are not open to whoever made the file are counted and not listed."

func orCode(value, none string) string {
	if value == "" {
		return none
	}
	return value
}

// hours are between two instants of a report; "not_said" where one is missing.
func hours(from, until string) string {
	a, err := time.Parse(clock, from)
	if err != nil {
		return "not_said"
	}
	b, err := time.Parse(clock, until)
	if err != nil {
		return "not_said"
	}
	return strconv.FormatFloat(b.Sub(a).Hours(), 'f', 1, 64)
}

func (c Case) row(n int, now time.Time) Row {
	r := c.Report()
	_, group, _ := terms.Find(r.Term)
	until := now
	if !c.Closed.IsZero() {
		until = c.Closed
	}
	month := c.Begun.Format("2006-01")
	if len(r.Onset) >= len(month) {
		month = r.Onset[:len(month)]
	}
	if r.Criteria == nil {
		r.Criteria = []string{}
	}
	return Row{
		N: n, Month: month, From: c.Origin, Medicine: orCode(r.Medicine, "not_said"), Group: group.Code, Term: r.Term, Label: terms.Label(r.Term),
		HoursAfter: hours(r.Given, r.Onset), HoursLong: hours(r.Onset, r.Ended), Serious: orCode(r.Serious, "not_judged"), Criteria: r.Criteria,
		Severity: orCode(r.Severity, "not_said"), Related: orCode(r.Related, "not_judged"), Action: orCode(r.Action, "not_said"), Outcome: orCode(r.Outcome, "not_said"),
		Versions: int(c.Number), State: c.State, DaysOpen: int(until.Sub(c.Begun).Hours() / 24),
	}
}

// File makes it, for the review that is asked for.
func (s *Service) File(ctx context.Context, f Filter) (File, error) {
	v, err := s.Review(ctx, f)
	if err != nil {
		return File{}, err
	}
	out := File{About: aboutFile, Made: s.Now().Format(time.DateOnly), Terms: terms.Version(), Scale: Scale, Total: len(v.Rows) + v.NotShown, NotShown: v.NotShown, Rows: []Row{}}
	for i, c := range v.Rows {
		out.Rows = append(out.Rows, c.row(i+1, s.Now()))
	}
	return out, nil
}

// CSV is the rows of a file as a table.
func (f File) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	all := [][]string{{"n", "month", "from", "medicine", "group", "term", "label", "hours_after_dose", "hours_until_over", "serious", "criteria", "severity", "related", "action", "outcome", "versions", "state", "days_open"}}
	for _, r := range f.Rows {
		all = append(all, []string{
			strconv.Itoa(r.N), r.Month, r.From, r.Medicine, r.Group, r.Term, r.Label, r.HoursAfter, r.HoursLong, r.Serious, strings.Join(r.Criteria, " "),
			r.Severity, r.Related, r.Action, r.Outcome, strconv.Itoa(r.Versions), r.State, strconv.Itoa(r.DaysOpen),
		})
	}
	err := w.WriteAll(all)
	return b.Bytes(), err
}

// taken puts a file on the trail of whoever took it, and gives it its name.
func (s *Service) taken(w http.ResponseWriter, r *http.Request, f File, end string) error {
	if err := s.Trail.Saw(r.Context(), trail.Entry{Verb: "took", Kind: "adverse file"}); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="adverse-events-`+f.Made+"."+end+`"`)
	return nil
}

func (s *Service) fileCSV(w http.ResponseWriter, r *http.Request) error {
	f, err := s.File(r.Context(), filter(r))
	if err != nil {
		return err
	}
	b, err := f.CSV()
	if err != nil {
		return err
	}
	if err := s.taken(w, r, f, "csv"); err != nil {
		return err
	}
	return web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", b)
}

func (s *Service) fileJSON(w http.ResponseWriter, r *http.Request) error {
	f, err := s.File(r.Context(), filter(r))
	if err != nil {
		return err
	}
	if err := s.taken(w, r, f, "json"); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, f)
}
