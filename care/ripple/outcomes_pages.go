package ripple

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/outcomes"
)

func (s *Service) outcomeRoutes() []web.Route {
	read, write := access.To(access.Read, access.Outcomes), access.To(access.Write, access.Outcomes)
	return []web.Route{
		{Pattern: "GET /desk/outcomes", Access: read, Handle: s.showOutcomes},
		{Pattern: "POST /desk/outcomes", Access: write, Handle: s.saveLeast},
		{Pattern: "GET /desk/outcomes/report", Access: read, Handle: s.showReport},
		{Pattern: "GET /desk/outcomes.csv", Access: read, Handle: s.outcomesFile},
		{Pattern: "GET /desk/outcomes.json", Access: read, Handle: s.outcomesFile},
	}
}

type outcomesView struct {
	Report
	May    bool
	Typed  string
	Fields map[string]string
	Zone   *time.Location
}

func (s *Service) showOutcomes(w http.ResponseWriter, r *http.Request) error {
	return s.outcomesPage(w, r, http.StatusOK, "", nil)
}

func (s *Service) outcomesPage(w http.ResponseWriter, r *http.Request, status int, typed string, fields map[string]string) error {
	ctx := r.Context()
	rep, err := s.Outcomes(ctx)
	if err != nil {
		return err
	}
	v := outcomesView{Report: rep, May: access.Can(ctx, access.Write, outcomesOf), Typed: typed, Fields: fields}
	if typed == "" {
		v.Typed = strconv.Itoa(rep.Least)
	}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Outcomes")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, outcomesPage(p, settings.DeskNav(ctx), v))
}

// reportView is the report as it can be printed and published from.
type reportView struct {
	Report
	Practice string
	From     []instrumentLine // the instruments that are spoken of, with their licences
	Zone     *time.Location
}

func (s *Service) showReport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rep, err := s.Outcomes(ctx)
	if err != nil {
		return err
	}
	v := reportView{Report: rep}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Practice, v.Zone = st.Name, st.Location()
	all, err := s.lines(ctx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if slices.ContainsFunc(rep.Outcomes, func(o Outcome) bool { return o.Instrument == l.ID }) {
			v.From = append(v.From, l)
		}
	}
	p, err := s.Settings.Page(r, "Outcomes report")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reportPage(p, settings.DeskNav(ctx), v))
}

// complete is how many of those who were asked answered, in words; nothing where
// the group is too small to be spoken of.
func complete(p outcomes.Summary) string {
	if p.Hidden || p.Asked == 0 {
		return "–"
	}
	return strconv.Itoa(int(math.Round(100*float64(p.Answered)/float64(p.Asked)))) + " %"
}

func (s *Service) saveLeast(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	n := f.Int("least", outcomes.Least, 1000)
	if err = f.Err(); err == nil {
		err = s.SetLeast(r.Context(), n)
	}
	if fault.Is(err, fault.Invalid) {
		return s.outcomesPage(w, r, fault.Invalid.Status(), f.Raw("least"), fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/outcomes")
}

// outcomesFile gives the report as a file.
func (s *Service) outcomesFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rep, err := s.Outcomes(ctx)
	if err != nil {
		return err
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Verb: "exported", Kind: "outcomes"}); err != nil {
		return err
	}
	if r.URL.Path == "/desk/outcomes.csv" {
		return web.Stream(w, r, web.Body{Kind: "text/csv; charset=utf-8", Name: "outcomes.csv"}, rep.WriteCSV)
	}
	return web.Stream(w, r, web.Body{Kind: "application/json", Name: "outcomes.json"}, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(struct {
			Report
			Codebook string `json:"codebook"`
		}{rep, Codebook})
	})
}

// figures are a point's figures in one line of the page's table.
func figures(p outcomes.Summary, least int) []string {
	if p.Hidden {
		return []string{"fewer than " + strconv.Itoa(least), "–", "–", "–", "–"}
	}
	c := "–"
	if p.Change != nil {
		c = decimals(p.Change.Mean) + " (" + decimals(p.Change.Low) + " to " + decimals(p.Change.High) + "), n = " + strconv.Itoa(p.Change.N)
	}
	return []string{strconv.Itoa(p.Answered) + " of " + strconv.Itoa(p.Asked), complete(p), decimals(p.Mean) + " (" + decimals(p.SD) + ")", decimals(p.Median) + " (" + decimals(p.Lower) + " to " + decimals(p.Upper) + ")", c}
}
