package keeping

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// Routes is a client's leaving, and the practice's periods.
func (s *Service) Routes() []web.Route {
	set := access.To(access.Write, access.Settings)
	return []web.Route{
		{Pattern: "GET /space/leaving", Access: access.To(access.Read, access.Own), Handle: s.leaving},
		{Pattern: "POST /space/leaving/take", Access: access.To(access.Read, access.Leaving), Handle: s.take},
		{Pattern: "POST /space/leaving/erase", Access: access.To(access.Write, access.Leaving), Handle: s.eraseMine},
		{Pattern: "GET /desk/settings/keeping", Access: access.To(access.Read, access.Settings), Handle: s.showPeriods},
		{Pattern: "POST /desk/settings/keeping/longer", Access: set, Handle: s.keepLonger},
		{Pattern: "POST /desk/settings/keeping/{class}", Access: set, Handle: s.savePeriod},
	}
}

type leavingView struct {
	Fates  []Fate
	Zone   *time.Location
	Fields map[string]string
}

func (s *Service) leaving(w http.ResponseWriter, r *http.Request) error {
	return s.showLeaving(w, r, http.StatusOK, nil)
}

func (s *Service) showLeaving(w http.ResponseWriter, r *http.Request, status int, fields map[string]string) error {
	ctx := r.Context()
	fates, err := s.Fates(ctx, access.From(ctx).Person)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Take it along, or have it erased")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, leavingPage(p, leavingView{fates, st.Location(), fields}))
}

// take sends everything that is the client's, as one file.
func (s *Service) take(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	parts, err := s.All(ctx, access.From(ctx).Person)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	me := access.From(ctx).Person
	a := Along{Practice: st.Name, Made: s.Now(), Zone: st.Zone, Parts: parts}
	return web.Stream(w, r, web.Body{Kind: "application/zip", Name: "everything.zip"}, func(to io.Writer) error {
		return bundle(ctx, to, a, func(add adder) error { return s.files(ctx, me, add) })
	})
}

func (s *Service) eraseMine(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.Raw("sure") != "yes" {
		return s.showLeaving(w, r, http.StatusUnprocessableEntity, map[string]string{"sure": "Please say that you are sure. Nothing was erased."})
	}
	ctx := r.Context()
	fates, err := s.Ask(ctx, access.From(ctx).Person)
	if fault.Is(err, fault.Invalid) {
		return s.showLeaving(w, r, http.StatusUnprocessableEntity, map[string]string{"sure": fault.Of(err).Sentence})
	}
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	// Whoever asked may be nobody here any more: the page is anybody's.
	p, err := s.Settings.PublicPage(ctx, "It is erased", r.URL.Path)
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, http.StatusOK, goodbyePage(p, leavingView{Fates: fates, Zone: st.Location()}))
}

// periodView is one class on the page of periods.
type periodView struct {
	Period
	Words
	Months string // as typed
	Coming []coming
	More   bool
	Error  string
}

type coming struct {
	Person db.ID
	Name   string
	At     time.Time
	Asked  bool
}

// preview is how far ahead the page of periods looks.
const preview = 30 * 24 * time.Hour

func (s *Service) showPeriods(w http.ResponseWriter, r *http.Request) error {
	return s.periodsPage(w, r, http.StatusOK, "", nil)
}

// periodsPage shows the periods; typed is what was typed about one class, nil for what is kept.
func (s *Service) periodsPage(w http.ResponseWriter, r *http.Request, status int, problem string, typed *periodView) error {
	ctx := r.Context()
	periods, err := s.Periods(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	edit := access.Can(ctx, access.Write, access.Resource{Class: access.Settings})
	var views []periodView
	for _, p := range periods {
		v := periodView{Period: p, Words: Called(p.Class), Months: months(p.Months)}
		if typed != nil && typed.Class == p.Class {
			v.Months, v.Duty, v.Error = typed.Months, typed.Duty, problem
		}
		if edit {
			if err := s.ahead(ctx, &v, p); err != nil {
				return err
			}
		}
		views = append(views, v)
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	page, err := s.Settings.Page(r, "How long things are kept")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, periodsPage(page, settings.DeskNav(ctx), views, edit, st.Location()))
}

// ahead fills in whose records of a class would go soon.
func (s *Service) ahead(ctx context.Context, v *periodView, p Period) error {
	all, err := s.Coming(ctx, p, s.Now().Add(preview))
	if err != nil {
		return err
	}
	if v.More = len(all) > batch; v.More {
		all = all[:batch]
	}
	for _, d := range all {
		names, err := s.People.ClientNames(ctx, d.Person)
		if err != nil {
			return err
		}
		v.Coming = append(v.Coming, coming{d.Person, names[d.Person], d.At, !d.Asked.IsZero()})
	}
	return nil
}

func months(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (s *Service) savePeriod(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := periodView{Period: Period{Class: vault.Class(r.PathValue("class")), Duty: f.Raw("duty") == "yes"}, Months: f.Raw("months")}
	if strings.TrimSpace(v.Months) != "" {
		v.Period.Months = f.Int("months", 0, MaxMonths)
	}
	err = f.Err()
	if err == nil {
		err = s.Set(r.Context(), v.Period)
	}
	if e := fault.Of(err); err != nil && e.Kind == fault.Invalid {
		return s.periodsPage(w, r, e.Kind.Status(), e.Fields["months"], &v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/keeping#"+string(v.Class))
}

func (s *Service) keepLonger(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	person, err := db.ParseID(f.Raw("person"))
	if err != nil {
		return fault.New(fault.BadRequest, "This form arrived incomplete. Nothing was changed.")
	}
	if err := s.Longer(r.Context(), person, vault.Class(f.Raw("class"))); err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/keeping")
}
