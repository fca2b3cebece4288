package settings

import (
	"context"
	"net/http"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

// Routes is the desk's settings, as far as this package keeps them.
func (s *Service) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/settings", Access: access.AnyStaff, Handle: s.overview},
		{Pattern: "GET /desk/settings/practice", Access: access.To(access.Read, access.Settings), Handle: s.showPractice},
		{Pattern: "POST /desk/settings/practice/{part}", Access: access.To(access.Write, access.Settings), Handle: s.savePractice},
		{Pattern: "GET /desk/settings/names", Access: access.AnyStaff, Handle: s.showNames},
		{Pattern: "POST /desk/settings/names", Access: access.AnyStaff, Handle: s.saveNames},
		{Pattern: "GET /desk/settings/people", Access: access.AnyStaff, Handle: s.showStaff},
		{Pattern: "GET /desk/settings/people/{id}", Access: access.To(access.Read, access.Staff), Handle: s.showColleague},
		{Pattern: "POST /desk/settings/people/{id}", Access: access.To(access.Write, access.Staff), Handle: s.saveRoles},
	}
}

// Place is one kind of settings, wherever it is kept.
type Place struct {
	Title, About, Href string
	Verb               access.Verb  // what one must be able to do there;
	Class              access.Class // empty for everybody who works here
}

var places = []Place{
	{"The practice", "Name, city, country, zone, reply hours, where letters come from.", "/desk/settings/practice#practice", access.Read, access.Settings},
	{"Discreet messages", "What letters, calendars and bank statements say where little is to be said.", "/desk/settings/practice#discreet", access.Read, access.Settings},
	{"Words on the site", "What each page says.", "/desk/settings/pages", access.Read, access.Settings},
	{"Colours", "The colour of buttons and links.", "/desk/settings/practice#colours", access.Read, access.Settings},
	{"People and hours", "Who works here, how they stand on the site, what they may open.", "/desk/settings/people", "", ""},
	{"Weekly hours", "When each person can be booked, other hours on one date, time away.", "/desk/settings/hours", access.Read, access.Hours},
	{"Rooms", "The rooms that can be booked.", "/desk/settings/rooms", access.Read, access.Settings},
	{"Offerings", "What can be booked: length, price, who, where, how late and how far ahead.", "/desk/settings/offerings", access.Read, access.Settings},
	{"Holidays", "Days on which the whole house is closed.", "/desk/settings/practice#holidays", access.Read, access.Settings},
	{"Reminders", "When letters before an appointment go.", "/desk/settings/practice#reminders", access.Read, access.Settings},
	{"Policy for changes", "Until when a link can change or cancel, how long an open time is offered.", "/desk/settings/practice#policy", access.Read, access.Settings},
}

func (s *Service) overview(w http.ResponseWriter, r *http.Request) error {
	p, err := s.deskPage(r, "Settings")
	if err != nil {
		return err
	}
	var open []Place
	for _, pl := range append(places[:len(places):len(places)], s.Places...) {
		if pl.Class == "" || may(pl.Verb, pl.Class)(r.Context()) {
			open = append(open, pl)
		}
	}
	return web.Render(w, r, http.StatusOK, overviewPage(p, open))
}

// desk is the chrome of a settings page.
type desk struct {
	ui.Page
	Nav []ui.Link
}

func (s *Service) deskPage(r *http.Request, title string) (desk, error) {
	p, err := s.Page(r, title)
	return desk{p, DeskNav(r.Context())}, err
}

// practiceView is the page of the practice's own settings.
type practiceView struct {
	Typed    typed
	Effects  map[string]string
	Problems map[string]string
	Saved    string            // the part that was just kept
	Seen     map[string]string // what each part said when its form was made
	Edit     bool
	Base     string
}

func (s *Service) showPractice(w http.ResponseWriter, r *http.Request) error {
	st, err := s.Get(r.Context())
	if err != nil {
		return err
	}
	return s.practicePage(w, r, http.StatusOK, st, practiceView{Typed: typedOf(st), Saved: partTitles[r.URL.Query().Get("saved")]})
}

func (s *Service) practicePage(w http.ResponseWriter, r *http.Request, status int, st Practice, v practiceView) error {
	p, err := s.deskPage(r, "The practice")
	if err != nil {
		return err
	}
	v.Effects, v.Base, v.Seen = effects(st, s.Now()), s.Base, map[string]string{}
	for part := range partTitles {
		v.Seen[part] = seenOf(st, part)
	}
	v.Edit = access.Can(r.Context(), access.Write, access.Resource{Class: access.Settings})
	return web.Render(w, r, status, practicePage(p, v))
}

func (s *Service) savePractice(w http.ResponseWriter, r *http.Request) error {
	part := r.PathValue("part")
	if partTitles[part] == "" {
		return fault.New(fault.NotFound, "There is no such part of the settings.")
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	err = s.Change(r.Context(), alter(part, f))
	switch {
	case err == nil:
		return web.See(w, r, "/desk/settings/practice?saved="+part+"#"+part)
	case !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Taken):
		return err
	}
	st, gerr := s.Get(r.Context())
	if gerr != nil {
		return gerr
	}
	e := fault.Of(err)
	v := practiceView{Typed: typedOf(st), Problems: e.Fields}
	if e.Kind == fault.Taken {
		v.Problems = map[string]string{"": e.Sentence}
	}
	v.Typed.take(part, f)
	return s.practicePage(w, r, e.Kind.Status(), st, v)
}

// staffView is the page of everybody who works here.
type staffView struct {
	Me    db.ID
	List  bool // may see who works here
	Edit  bool // may add and change
	Staff []people.Card
	Apart []apart // care teams with somebody who does not hold the role any more
}

func (s *Service) showStaff(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), staffView{}
	p, err := s.deskPage(r, "People and hours")
	if err != nil {
		return err
	}
	v.Me = access.From(ctx).Person
	v.List = access.Can(ctx, access.Read, access.Resource{Class: access.Staff})
	v.Edit = access.May(ctx, access.Write, access.Resource{Class: access.Staff})
	if v.List {
		if v.Staff, err = s.Staff(ctx); err != nil {
			return err
		}
		if v.Apart, err = s.apart(ctx); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, staffPage(p, v))
}

func roles(f *web.Form) (out []access.Role) {
	for _, v := range f.All("role") {
		out = append(out, access.Role(v))
	}
	return out
}

// colleagueView is the page of one person who works here.
type colleagueView struct {
	Card     people.Card
	Edit     bool
	Chosen   []access.Role
	Problems map[string]string
	Saved    string
}

func (s *Service) showColleague(w http.ResponseWriter, r *http.Request) error {
	v := colleagueView{}
	if r.URL.Query().Get("saved") == "roles" {
		v.Saved = "The roles are changed. They hold from now on; where one was taken away, the person signs in anew."
	}
	return s.colleaguePage(w, r, http.StatusOK, v)
}

func (s *Service) colleaguePage(w http.ResponseWriter, r *http.Request, status int, v colleagueView) error {
	ctx := r.Context()
	c, err := s.colleague(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := s.deskPage(r, c.Name)
	if err != nil {
		return err
	}
	v.Card, v.Edit = c, access.May(ctx, access.Write, access.Resource{Class: access.Staff, Subject: c.ID})
	if v.Problems == nil {
		v.Chosen = c.Roles
	}
	return web.Render(w, r, status, colleaguePage(p, v))
}

func (s *Service) colleague(ctx context.Context, word string) (people.Card, error) {
	nobody := fault.New(fault.NotFound, "Nobody of this practice is at this address.")
	id, err := db.ParseID(word)
	if err != nil {
		return people.Card{}, nobody
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Staff, Subject: id}); err != nil {
		return people.Card{}, err
	}
	c, err := s.People.Card(ctx, id)
	if err == nil && !c.Staff() {
		err = nobody
	}
	return c, err
}

func (s *Service) saveRoles(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, err := s.colleague(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	chosen := roles(f)
	if err = s.SetRoles(r.Context(), c.ID, chosen); fault.Is(err, fault.Invalid) {
		return s.colleaguePage(w, r, fault.Invalid.Status(), colleagueView{Chosen: chosen, Problems: fault.Of(err).Fields})
	}
	switch {
	case err != nil:
		return err
	case len(chosen) == 0: // nobody's page any more
		return web.See(w, r, "/desk/settings/people")
	}
	return web.See(w, r, "/desk/settings/people/"+c.ID.String()+"?saved=roles")
}

// RoleOptions are the words of the roles, as they are chosen and as they are
// listed.
func RoleOptions() []ui.Option {
	return []ui.Option{
		{Value: string(access.Owner), Label: "Owner", Hint: "Runs the practice and may change its settings."},
		{Value: string(access.Guide), Label: "Guide", Hint: "Leads the work; answers questions, writes articles, looks after inquiries."},
		{Value: string(access.Prescriber), Label: "Prescriber", Hint: "Clears and orders; reads questions and inquiries."},
		{Value: string(access.Attendant), Label: "Attendant", Hint: "Sees the calendar and working names."},
		{Value: string(access.Coordinator), Label: "Coordinator", Hint: "The front desk: calendar, inquiries, waiting list; nothing clinical."},
	}
}

func roleValues(all []access.Role) (out []string) {
	for _, r := range all {
		out = append(out, string(r))
	}
	return out
}
