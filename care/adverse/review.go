package adverse

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// most is how many events a review looks at, the latest of them.
const most = 1000

// Filter is what a review shows of the practice's events.
type Filter struct {
	State    string // Open, Closed, or all
	Serious  bool
	Medicine string
}

func (f Filter) takes(c Case) bool {
	r := c.Report()
	return (f.State == "" || c.State == f.State) && (!f.Serious || r.Serious == Yes) && (f.Medicine == "" || r.Medicine == f.Medicine)
}

// Count is how many events there are of something.
type Count struct {
	Name string
	N    int
}

// Review is the practice's events: of each that the reader may open, how it
// stands; of the others, that they are there. The counts are of all.
type Review struct {
	Rows     []Case
	NotShown int // how many of what was asked for do not open to the reader
	Total    int
	Open     int
	Serious  int
	Unjudged int // nobody has said whether they are serious
	Overdue  int
	By       []Count // by medicine
}

// Review reads the practice's events.
func (s *Service) Review(ctx context.Context, f Filter) (v Review, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Review}); err != nil {
		return v, err
	}
	q := s.DB.Reader()
	events, err := db.All(ctx, q, scanEvent, sqlLatest, access.From(ctx).Practice, int64(most))
	if err != nil {
		return v, err
	}
	all, err := s.latestOf(ctx, q, events)
	if err != nil {
		return v, err
	}
	by := map[string]int{}
	for _, c := range all {
		v.count(c, s.Now())
		by[c.Report().Medicine]++
		switch {
		case !f.takes(c):
		case access.Can(ctx, access.Read, of(c.Client)):
			v.Rows = append(v.Rows, c)
		default:
			v.NotShown++
		}
	}
	for _, m := range protocol.Medicines {
		if n := by[m.Value]; n > 0 {
			v.By = append(v.By, Count{m.Label, n})
		}
	}
	if n := by[""]; n > 0 {
		v.By = append(v.By, Count{"No medicine said", n})
	}
	slices.SortStableFunc(v.Rows, func(a, b Case) int { return rank(a) - rank(b) })
	return v, nil
}

// rank puts what is open before what is closed.
func rank(c Case) int {
	if c.IsOpen() {
		return 0
	}
	return 1
}

func (v *Review) count(c Case, now time.Time) {
	v.Total++
	if c.IsOpen() {
		v.Open++
		if !c.Due.After(now) {
			v.Overdue++
		}
	}
	switch c.Report().Serious {
	case Yes:
		v.Serious++
	case "":
		v.Unjudged++
	}
}

type reviewView struct {
	Review
	Asked Filter
	Names map[db.ID]string
	House *time.Location
	Now   time.Time
}

// filter reads what is asked for; open events, where nothing is said.
func filter(r *http.Request) Filter {
	q := r.URL.Query()
	f := Filter{State: q.Get("state"), Serious: q.Get("serious") == Yes, Medicine: q.Get("medicine")}
	if !protocol.Medicine(f.Medicine).Known() {
		f.Medicine = ""
	}
	switch {
	case !q.Has("state"):
		f.State = Open
	case f.State != Open && f.State != Closed:
		f.State = ""
	}
	return f
}

func (s *Service) review(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := reviewView{Asked: filter(r), Now: s.Now()}
	var err error
	if v.Review, err = s.Review(ctx, v.Asked); err != nil {
		return err
	}
	if v.House, err = s.zone(ctx); err != nil {
		return err
	}
	var ids []db.ID
	for _, c := range v.Rows {
		ids = append(ids, c.Client)
	}
	if v.Names, err = s.People.ClientNames(ctx, ids...); err != nil {
		return err
	}
	if err := s.Trail.Listed(ctx, trail.AdverseList); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Adverse events")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reviewPage(p, settings.DeskNav(ctx), v))
}

var states = []ui.Option{{Value: Open, Label: "Open"}, {Value: Closed, Label: "Closed"}, {Value: "all", Label: "All"}}

func (v reviewView) state() string {
	if v.Asked.State == "" {
		return "all"
	}
	return v.Asked.State
}
