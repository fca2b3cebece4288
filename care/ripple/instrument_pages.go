package ripple

import (
	"context"
	"maps"
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

func (s *Service) instrumentRoutes() []web.Route {
	library, load := access.To(access.Read, access.Forms), access.To(access.Write, access.Forms)
	return []web.Route{
		{Pattern: "GET /desk/measures/instruments", Access: library, Handle: s.showInstruments},
		{Pattern: "POST /desk/measures/instruments", Access: load, Handle: s.loadOwn},
		{Pattern: "GET /desk/measures/instruments/{key}/wording", Access: library, Handle: s.showWording},
		{Pattern: "POST /desk/measures/instruments/{key}/wording", Access: load, Handle: s.loadWording},
	}
}

// instrumentLine is one instrument in the list.
type instrumentLine struct {
	scoring.Instrument
	Asked     string // whether it can be asked here, in words
	Wanted    bool   // its wording is to be loaded
	Loaded    Loaded
	By        string
	Statement string
}

type instrumentsView struct {
	Lines    []instrumentLine
	May      bool
	Saved    string
	Typed    string
	Problems []ui.Problem
	Zone     *time.Location
}

func (s *Service) showInstruments(w http.ResponseWriter, r *http.Request) error {
	return s.instrumentsPage(w, r, http.StatusOK, "", nil)
}

func (s *Service) instrumentsPage(w http.ResponseWriter, r *http.Request, status int, typed string, problems []ui.Problem) error {
	ctx := r.Context()
	v := instrumentsView{May: access.Can(ctx, access.Write, access.Resource{Class: access.Forms}), Typed: typed, Problems: problems}
	var err error
	if v.Lines, err = s.lines(ctx); err != nil {
		return err
	}
	for _, l := range v.Lines {
		if l.ID == r.URL.Query().Get("loaded") {
			v.Saved = l.Title
		}
	}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Instruments")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, instrumentsPage(p, settings.DeskNav(ctx), v))
}

// lines are all instruments that a practice has: those of Held, some with a
// wording that it loaded, and its own.
func (s *Service) lines(ctx context.Context) ([]instrumentLine, error) {
	all, err := measures.Shipped()
	if err != nil {
		return nil, err
	}
	loaded, err := s.loaded(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	var ids []db.ID
	has := map[string]loadedOne{}
	for _, l := range loaded {
		has[l.ID] = l
		ids = append(ids, l.Loaded.By)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var out []instrumentLine
	for _, in := range all {
		l := instrumentLine{Instrument: in, Wanted: !in.Wording()}
		if got, is := has[in.ID]; is {
			l.Instrument, l.Loaded, l.By, l.Statement = got.Instrument, got.Loaded, names[got.Loaded.By], got.Statement
			delete(has, in.ID)
		}
		out = append(out, l.said())
	}
	for _, id := range slices.Sorted(maps.Keys(has)) {
		got := has[id]
		out = append(out, instrumentLine{Instrument: got.Instrument, Loaded: got.Loaded, By: names[got.Loaded.By], Statement: got.Statement}.said())
	}
	return out, nil
}

func (l instrumentLine) said() instrumentLine {
	switch {
	case !l.Wording():
		l.Asked = measures.Filled(l.Instrument) + " Its wording is not loaded, so it cannot be asked."
	case l.Rater == "clinician":
		l.Asked = measures.Filled(l.Instrument) + " On a client's page, under Measures, it can be rated at any time."
	default:
		l.Asked = measures.Filled(l.Instrument) + " Clients can be asked it."
	}
	return l
}

// wordingWords say where an instrument's words come from.
func (l instrumentLine) wordingWords() string {
	switch {
	case l.Loaded.Kind == OwnInstrument:
		return "the practice's own"
	case l.Loaded.Kind == LicensedWording:
		return "loaded by the practice"
	case l.Wording():
		return "comes with Held"
	}
	return "not included"
}

// problemsOf are the faults of what was pasted or sent as a file, each with its
// path; what is wrong with the sending itself leads to its field.
func problemsOf(err error) (out []ui.Problem) {
	fields := fault.Of(err).Fields
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		switch path {
		case "wording", "upload", "signed":
			out = append(out, ui.Problem{Name: path, Sentence: fields[path]})
		default:
			out = append(out, ui.Problem{Name: "wording", Sentence: path + ": " + fields[path]})
		}
	}
	if f := fault.Of(err); f.Kind == fault.TooLarge {
		out = append(out, ui.Problem{Name: "upload", Sentence: tooLarge})
	}
	return out
}

// refusedHere tells whether the page itself says what is wrong.
func refusedHere(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge)
}

func (s *Service) loadOwn(w http.ResponseWriter, r *http.Request) error {
	text, err := loadedText(r)
	var in scoring.Instrument
	if err == nil {
		in, err = s.LoadOwn(r.Context(), []byte(text))
	}
	if refusedHere(err) {
		return s.instrumentsPage(w, r, fault.Of(err).Kind.Status(), text, problemsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/measures/instruments?loaded="+in.ID)
}

type wordingView struct {
	instrumentLine
	Empty    string // to fill in
	May      bool
	Typed    string
	Problems []ui.Problem
	Zone     *time.Location
}

func (s *Service) showWording(w http.ResponseWriter, r *http.Request) error {
	return s.wordingPage(w, r, http.StatusOK, "", nil)
}

func (s *Service) wordingPage(w http.ResponseWriter, r *http.Request, status int, typed string, problems []ui.Problem) error {
	ctx := r.Context()
	all, err := s.lines(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(l instrumentLine) bool { return l.ID == r.PathValue("key") && l.Wanted })
	if i < 0 {
		return fault.New(fault.NotFound, "There is no instrument here whose wording could be loaded.")
	}
	shipped, err := measures.Find(all[i].ID)
	if err != nil {
		return err
	}
	empty, err := measures.Empty(shipped)
	if err != nil {
		return err
	}
	v := wordingView{instrumentLine: all[i], Empty: string(empty), May: access.Can(ctx, access.Write, access.Resource{Class: access.Forms}), Typed: typed, Problems: problems}
	if v.Zone, err = s.house(ctx); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Load the wording")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, wordingPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) loadWording(w http.ResponseWriter, r *http.Request) error {
	text, err := loadedText(r)
	var in scoring.Instrument
	if err == nil {
		in, err = s.LoadWording(r.Context(), r.PathValue("key"), []byte(text))
	}
	if refusedHere(err) {
		return s.wordingPage(w, r, fault.Of(err).Kind.Status(), text, problemsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/measures/instruments?loaded="+in.ID)
}

// labelled tells whether Held has short labels for the items.
func labelled(items []scoring.Item) bool {
	return slices.ContainsFunc(items, func(it scoring.Item) bool { return it.Label != "" })
}
