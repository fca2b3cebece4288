package welcome

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
)

// Routes is the desk's two lists, and the pages behind a link.
func (s *Service) Routes() []web.Route {
	staff, front := access.To(access.Write, access.Staff), access.To(access.Write, access.People)
	return []web.Route{
		{Pattern: "GET /desk/welcome/work", Access: access.To(access.Read, access.Staff), Handle: s.list(Work)},
		{Pattern: "POST /desk/welcome/work", Access: staff, Handle: s.invite(Work)},
		{Pattern: "POST /desk/welcome/work/{id}/again", Access: staff, Handle: s.again(Work)},
		{Pattern: "POST /desk/welcome/work/{id}/withdraw", Access: staff, Handle: s.withdraw(Work)},
		{Pattern: "GET /desk/welcome/space", Access: front, Handle: s.list(Space)},
		{Pattern: "POST /desk/welcome/space", Access: front, Handle: s.invite(Space)},
		{Pattern: "POST /desk/welcome/space/{id}/again", Access: front, Handle: s.again(Space)},
		{Pattern: "POST /desk/welcome/space/{id}/withdraw", Access: front, Handle: s.withdraw(Space)},
		{Pattern: "POST /desk/welcome/space/{id}/link", Access: front, Handle: s.showLink},
		// A mail program follows links: opening one changes nothing.
		{Pattern: "GET /welcome/{token}", Access: access.ByLink, Handle: s.arrive},
		{Pattern: "POST /welcome/{token}/accept", Access: access.ByLink, Handle: s.accept},
		{Pattern: "POST /welcome/{token}/decline", Access: access.ByLink, Handle: s.decline},
	}
}

// listView is one of the two lists, with the form that adds to it.
type listView struct {
	Kind    Kind
	All     []Listed
	House   *time.Location
	Edit    bool
	Form    Draft
	Fields  map[string]string
	Said    string
	Link    string // shown once, to be handed over
	LinkFor string
}

func (v listView) title() string { return titles[v.Kind] }
func (v listView) path() string  { return "/desk/welcome/" + string(v.Kind) }

var titles = map[Kind]string{Work: "Invitations to work here", Space: "Invitations to a space"}

// saidWords are what is said after something was done, by the code in the address.
var saidWords = map[string]string{
	"sent":      "The invitation is on its way.",
	"hand":      "The invitation is made. No letter goes: show its link below, and hand it over in person.",
	"again":     "There is a new link. The old one opens nothing any more.",
	"withdrawn": "The invitation is taken back. Its link opens nothing any more.",
}

func (s *Service) list(k Kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.listPage(w, r, http.StatusOK, listView{Kind: k, Said: saidWords[r.URL.Query().Get("said")]})
	}
}

func (s *Service) listPage(w http.ResponseWriter, r *http.Request, status int, v listView) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	if v.All, err = s.List(ctx, v.Kind); err != nil {
		return err
	}
	v.House, v.Form.Kind = st.Location(), v.Kind
	v.Form.Days = cmp.Or(v.Form.Days, DefaultDays)
	v.Form.Discretion = cmp.Or(v.Form.Discretion, people.Neutral)
	c := access.People
	if v.Kind == Work {
		c = access.Staff
	}
	v.Edit = access.May(ctx, access.Write, access.Resource{Class: c})
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, listPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) invite(k Kind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		d := Draft{Kind: k, Body: Body{
			Name: f.Line("name", people.MaxName), Email: f.Line("email", people.MaxContact), Words: f.Text("words", MaxWords), Discretion: people.Discretion(f.Raw("discretion")),
		}}
		d.Days, _ = strconv.Atoi(f.Raw("days"))
		for _, role := range f.All("role") {
			d.Roles = append(d.Roles, access.Role(role))
		}
		var i Invitation
		if err = f.Err(); err == nil {
			i, err = s.Invite(r.Context(), d)
		}
		if fault.Is(err, fault.Invalid) {
			d.Name, d.Email, d.Words = f.Raw("name"), f.Raw("email"), f.Raw("words")
			return s.listPage(w, r, fault.Invalid.Status(), listView{Kind: k, Form: d, Fields: fault.Of(err).Fields})
		}
		if err != nil {
			return err
		}
		said := "sent"
		if i.ByHand {
			said = "hand"
		}
		return web.See(w, r, "/desk/welcome/"+string(k)+"?said="+said)
	}
}

func (s *Service) again(k Kind) web.Handler {
	return s.change(k, "again", func(r *http.Request, id db.ID) error { return s.Again(r.Context(), k, id) })
}

func (s *Service) withdraw(k Kind) web.Handler {
	return s.change(k, "withdrawn", func(r *http.Request, id db.ID) error { return s.Withdraw(r.Context(), k, id) })
}

// change is one button of a list.
func (s *Service) change(k Kind, said string, do func(*http.Request, db.ID) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := web.ReadForm(r); err != nil {
			return err
		}
		id, err := web.PathID(r, "id", errNobody)
		if err != nil {
			return err
		}
		if err := do(r, id); err != nil {
			return err
		}
		return web.See(w, r, "/desk/welcome/"+string(k)+"?said="+said)
	}
}

// showLink shows the link of an invitation that no letter carries.
func (s *Service) showLink(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	link, i, err := s.Show(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.listPage(w, r, http.StatusOK, listView{Kind: Space, Link: link, LinkFor: i.Name})
}

// arriveView is the page behind a link.
type arriveView struct {
	Invitation
	Token    string
	From     string // who invites
	Practice string
	House    *time.Location
	SignedIn bool
	Typed    string
	Fields   map[string]string
}

func (s *Service) arrive(w http.ResponseWriter, r *http.Request) error {
	i, err := s.Peek(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.arrivePage(w, r, http.StatusOK, i, i.Name, nil)
}

func (s *Service) arrivePage(w http.ResponseWriter, r *http.Request, status int, i Invitation, typed string, fields map[string]string) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	names, err := s.People.Names(ctx, i.By)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "An invitation")
	if err != nil {
		return err
	}
	p.NoIndex = true
	v := arriveView{Invitation: i, Token: r.PathValue("token"), From: cmp.Or(names[i.By], "Somebody"), Practice: st.Name, House: st.Location(),
		SignedIn: access.From(ctx).Via == access.Session, Typed: typed, Fields: fields}
	return web.Render(w, r, status, arrivePage(p, v))
}

func (s *Service) accept(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	name := f.Line("name", people.MaxName)
	var out Answer
	if err = f.Err(); err == nil {
		out, err = s.Accept(r.Context(), r, r.PathValue("token"), name)
	}
	if fault.Is(err, fault.Invalid) {
		i, perr := s.Peek(r.Context(), r.PathValue("token"))
		if perr != nil {
			return perr
		}
		return s.arrivePage(w, r, fault.Invalid.Status(), i, f.Raw("name"), fault.Of(err).Fields)
	}
	if err != nil {
		return err
	}
	if out.Begun {
		s.Sessions.Hand(w, out.Ticket)
	}
	p, err := s.Settings.Page(r, "You are welcome here")
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, http.StatusOK, acceptedPage(p, out))
}

func (s *Service) decline(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := s.Decline(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Thank you for the answer")
	if err != nil {
		return err
	}
	p.NoIndex = true
	return web.Render(w, r, http.StatusOK, declinedPage(p))
}

func dayOptions() (out []ui.Option) {
	for _, n := range DayChoices {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n) + " days"})
	}
	return out
}

func discretionOptions() []ui.Option {
	return []ui.Option{
		{Value: string(people.Neutral), Label: "Say little", Hint: "The letter names neither the practice nor the reason."},
		{Value: string(people.Full), Label: "Say what it is", Hint: "The letter names the practice."},
		{Value: string(people.Silent), Label: "No letter", Hint: "You hand the link over in person. Later only what concerns their own sign-in is sent."},
	}
}

func roleValues(all []access.Role) (out []string) {
	for _, r := range all {
		out = append(out, string(r))
	}
	return out
}

// rolesWords are the roles as one reads them: "guide and owner".
func rolesWords(all []access.Role) string {
	w := roleValues(all)
	if len(w) < 2 {
		return strings.Join(w, "")
	}
	return strings.Join(w[:len(w)-1], ", ") + " and " + w[len(w)-1]
}

// stateWords say where an invitation stands.
func (l Listed) stateWords(house *time.Location) string {
	switch l.State {
	case Accepted:
		return "Accepted, " + ui.Date(l.Settled, house)
	case Declined:
		return "“No, thank you”, " + ui.Date(l.Settled, house)
	case Withdrawn:
		return "Taken back, " + ui.Date(l.Settled, house)
	case Expired:
		return "Expired, " + ui.Date(l.Expires, house)
	}
	return "Open until " + ui.When(l.Expires, house)
}

// renewable tells whether a new link can be made.
func (l Listed) renewable() bool { return l.State == Open || l.State == Expired }
