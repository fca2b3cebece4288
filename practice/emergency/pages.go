package emergency

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/once"
	"held/practice/settings"
)

// Place is where the card stands among the settings.
const Place = "/desk/settings/emergency"

// Routes is the pages of the card.
func (s *Service) Routes() []web.Route {
	read, write := access.To(access.Read, access.Help), access.To(access.Write, access.Help)
	return []web.Route{
		{Pattern: "GET " + Place, Access: read, Handle: s.show},
		{Pattern: "POST " + Place, Access: write, Handle: s.save},
		{Pattern: "POST " + Place + "/duty", Access: write, Handle: s.saveDuty},
		{Pattern: "GET " + Place + "/wall", Access: read, Handle: s.wall},
		{Pattern: "GET " + Place + "/versions/{number}", Access: read, Handle: s.version},
	}
}

// cardView is the page of the card.
type cardView struct {
	Card
	Versions []Version
	Names    map[db.ID]string
	House    *time.Location
	Practice settings.Practice
	Typed    Words
	Rows     int // how many people the form has room for
	Seen     string
	DutyName string
	DutyNum  string
	Said     string
	Edit     bool
	Fields   map[string]string
}

// row is one person of the form; empty where nobody stands there yet.
func (v cardView) row(i int) Call {
	if i < len(v.Typed.Calls) {
		return v.Typed.Calls[i]
	}
	return Call{}
}

// order is the fields of the page, for the summary of what needs another look.
func (v cardView) order() []string {
	out := []string{"duty-name", "duty-number", "address", "door", "entrance", "say"}
	for i := range v.Rows {
		n := strconv.Itoa(i + 1)
		out = append(out, "name-"+n, "number-"+n, "from-"+n, "to-"+n)
	}
	return append(out, "number", "oxygen", "aed", "medicines")
}

func (s *Service) view(r *http.Request) (v cardView, err error) {
	ctx := r.Context()
	if v.Card, err = s.Card(ctx, s.DB.Reader()); err != nil {
		return v, err
	}
	if v.Versions, err = s.Versions(ctx); err != nil {
		return v, err
	}
	if v.Practice, err = s.Settings.Get(ctx); err != nil {
		return v, err
	}
	v.House, v.Edit = v.Practice.Location(), access.Can(ctx, access.Write, access.Resource{Class: access.Help})
	v.Typed, v.Seen = v.Version.Words, strconv.FormatInt(v.Version.Number, 10)
	v.DutyName, v.DutyNum = v.Duty.Name, v.Duty.Number
	if !v.There {
		v.Typed.Address = v.Practice.Address // to be looked at before it is saved
	}
	var ids []db.ID
	for _, one := range v.Versions {
		ids = append(ids, one.By)
	}
	v.Names, err = s.People.Names(ctx, ids...)
	return v, err
}

var said = map[string]string{"card": "Saved, as a version of its own. Print it anew for the wall.", "duty": "Kept. It holds until the end of today."}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.view(r)
	if err != nil {
		return err
	}
	v.Said = said[r.URL.Query().Get("saved")]
	return s.page(w, r, http.StatusOK, v)
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, status int, v cardView) error {
	v.Rows = min(max(len(v.Typed.Calls)+1, 3), MaxCalls)
	p, err := s.Settings.Page(r, "Emergency card")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, cardPage(p, settings.DeskNav(r.Context()), v))
}

// typed reads the card as somebody filled it in. Rows in which nothing stands
// are left out.
func typed(f *web.Form) Words {
	w := Words{
		Address: f.Text("address", maxLine), Door: f.Text("door", maxText), Entrance: f.Text("entrance", maxText), Say: f.Text("say", maxText),
		Oxygen: f.Line("oxygen", maxLine), AED: f.Line("aed", maxLine), Medicines: f.Line("medicines", maxLine), Number: f.Line("number", 40),
	}
	for i := range MaxCalls {
		n := strconv.Itoa(i + 1)
		c := Call{Name: f.Line("name-"+n, maxLine), Number: f.Line("number-"+n, 40), From: f.Line("from-"+n, 5), To: f.Line("to-"+n, 5)}
		if c.Name == "" && c.Number == "" {
			continue
		}
		for _, d := range Days {
			for _, chosen := range f.All("days-" + n) {
				if chosen == string(d.Day) {
					c.Days = append(c.Days, d.Day)
				}
			}
		}
		w.Calls = append(w.Calls, c)
	}
	return w
}

func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	words := typed(f)
	seen, err := strconv.ParseInt(f.Raw("seen"), 10, 64)
	if err != nil {
		return fault.New(fault.BadRequest, "The form arrived damaged, so nothing was changed. Please send it again.")
	}
	if err = f.Err(); err == nil {
		err = s.Save(ctx, words, seen)
	}
	if err == nil {
		return web.See(w, r, Place+"?saved=card")
	}
	return s.again(w, r, err, func(v *cardView) { v.Typed = words })
}

func (s *Service) saveDuty(w http.ResponseWriter, r *http.Request) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	name, number := f.Line("duty-name", maxLine), f.Line("duty-number", 40)
	if err = f.Err(); err == nil {
		err = s.SetDuty(ctx, name, number)
	}
	if err == nil {
		return web.See(w, r, Place+"?saved=duty")
	}
	return s.again(w, r, err, func(v *cardView) { v.DutyName, v.DutyNum = f.Raw("duty-name"), f.Raw("duty-number") })
}

// again shows the page with what was typed, where something needs another look.
func (s *Service) again(w http.ResponseWriter, r *http.Request, refused error, put func(*cardView)) error {
	e := fault.Of(refused)
	if e.Kind != fault.Invalid && e.Kind != fault.Taken {
		return refused
	}
	v, err := s.view(r)
	if err != nil {
		return err
	}
	put(&v)
	if v.Fields = e.Fields; len(e.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	return s.page(w, r, e.Kind.Status(), v)
}

func (s *Service) wall(w http.ResponseWriter, r *http.Request) error {
	v, err := s.view(r)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "In an emergency")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, wallPage(p, settings.DeskNav(r.Context()), v))
}

func (s *Service) version(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return errNoVersion
	}
	one, err := s.Version(r.Context(), n)
	if err != nil {
		return err
	}
	v, err := s.view(r)
	if err != nil {
		return err
	}
	v.Version = one
	p, err := s.Settings.Page(r, "Version "+strconv.FormatInt(n, 10)+" of the emergency card")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, versionPage(p, settings.DeskNav(r.Context()), v))
}

func dayOptions() (out []ui.Option) {
	for _, d := range Days {
		out = append(out, ui.Option{Value: string(d.Day), Label: d.Name})
	}
	return out
}

func dayValues(all []Day) (out []string) {
	for _, d := range all {
		out = append(out, string(d))
	}
	return out
}

// paragraphs are the lines of a text.
func paragraphs(text string) []string { return strings.Split(text, "\n") }
