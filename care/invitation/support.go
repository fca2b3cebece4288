package invitation

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/ui"
	"held/practice/settings"
)

// crisis is the page of crisis support.
type crisis struct {
	Text
	ReplyHours string
	Country    settings.Crisis
	Known      bool
	Chosen     string // code, "" for another country
	Elsewhere  settings.CrisisFallback
}

func (s *Service) support(w http.ResponseWriter, r *http.Request) error {
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	code, key := st.Country, "/support"
	if q := r.URL.Query(); q.Has("country") {
		code = strings.ToUpper(strings.TrimSpace(q.Get("country")))
	}
	if code != st.Country {
		c, _ := settings.CrisisFor(code)
		key += "?country=" + c.Code // every unknown country shares one page
	}
	return s.send(w, r, key, "", func(ctx context.Context) (view, error) {
		t, err := s.Text(ctx, "support")
		return view{Title: "Crisis support", Description: t.Description, Path: "/support", Body: supportBody(crisisOf(t, st, code))}, err
	})
}

func crisisOf(t Text, st settings.Practice, code string) crisis {
	c, known := settings.CrisisFor(code)
	return crisis{Text: t, ReplyHours: st.ReplyHours, Country: c, Known: known, Chosen: c.Code, Elsewhere: settings.CrisisElsewhere()}
}

// countries are the countries to choose from.
func (c crisis) countries() []ui.Option {
	var out []ui.Option
	for _, k := range settings.CrisisCountries() {
		out = append(out, ui.Option{Value: k.Code, Label: k.Name})
	}
	slices.SortFunc(out, func(a, b ui.Option) int { return cmp.Compare(a.Label, b.Label) })
	return append(out, ui.Option{Value: "", Label: "Another country"})
}

// checked says when the numbers were looked at, and against what.
func (c crisis) checked() string {
	t, err := time.Parse("2006-01", c.Country.CheckedOn)
	if err != nil {
		return "Nobody has checked these numbers against a list of crisis lines yet."
	}
	return "Checked in " + t.Format("January 2006") + ", except where it says “not verified”."
}
