package ripple

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/settings"
	"held/rules/questionnaire"
)

// sideBySide is what somebody said of their own work, each time a column.
type sideBySide struct {
	Whose  string // empty: one's own
	Person db.ID
	When   []time.Time
	Groups []compared
	Zone   *time.Location
	Begin  string // the form that waits, where one does
	Kept   bool   // some answers are kept from this reader
}

type compared struct {
	Title string
	Rows  []row
}

type row struct {
	Question string
	Said     []string // one for each time; "" is not answered
}

// told gathers every response to the ripple's form, the last of each time.
func (s *Service) told(ctx context.Context, person db.ID) (v sideBySide, err error) {
	given, err := s.Forms.Of(ctx, person)
	if err != nil {
		return v, err
	}
	var all []*forms.Response
	for _, g := range given {
		if g.Key != Ripple {
			continue
		}
		if g.Open(s.Now()) && v.Begin == "" {
			v.Begin = "/space/forms/" + g.ID.String()
		}
		if g.SentAt.IsZero() {
			continue
		}
		got, err := s.Forms.Read(ctx, g.ID)
		if err != nil {
			return v, err
		}
		if len(got) > 0 {
			all = append(all, got[len(got)-1])
		}
	}
	slices.SortFunc(all, func(a, b *forms.Response) int { return a.Sent.Compare(b.Sent) })
	for _, r := range all {
		v.When = append(v.When, r.Sent)
		v.Kept = v.Kept || r.Kept
	}
	v.Groups = beside(all)
	return v, nil
}

// beside puts the answers of several responses beside each other, by question.
func beside(all []*forms.Response) []compared {
	var out []compared
	at := map[string][2]int{}
	for n, r := range all {
		for _, g := range r.Form.Item {
			for _, i := range g.Item {
				if !i.Asks() {
					continue
				}
				where, there := at[i.LinkID]
				if !there {
					k := slices.IndexFunc(out, func(c compared) bool { return c.Title == g.Text })
					if k < 0 {
						k, out = len(out), append(out, compared{Title: g.Text})
					}
					where = [2]int{k, len(out[k].Rows)}
					at[i.LinkID] = where
					out[k].Rows = append(out[k].Rows, row{Question: i.Text, Said: make([]string, len(all))})
				}
				out[where[0]].Rows[where[1]].Said[n] = said(r.Answers[questionnaire.Key{LinkID: i.LinkID}])
			}
		}
	}
	return out
}

// said is an answer in words.
func said(a []questionnaire.Answer) string {
	out := ""
	for _, one := range a {
		w := one.String
		if one.Coding != nil {
			w = one.Coding.Display
		}
		if w != "" && out != "" {
			out += ", "
		}
		out += w
	}
	return out
}

func (s *Service) ownRipple(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.told(ctx, access.From(ctx).Person)
	if err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, access.From(ctx).Person); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "What has changed in my work")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ripplePage(p, v))
}

func (s *Service) theirRipple(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNothing)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if access.From(ctx).Person == id {
		return web.See(w, r, "/space/ripple")
	}
	v, err := s.told(ctx, id)
	if err != nil {
		return err
	}
	c, err := s.People.Card(ctx, id)
	if err != nil {
		return err
	}
	v.Whose, v.Person = c.Name, id
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "What has changed in their work")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, theirRipplePage(p, settings.DeskNav(ctx), v))
}
