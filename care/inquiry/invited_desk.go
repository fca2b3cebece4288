package inquiry

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// invitationsView is the list of who is invited to book.
type invitationsView struct {
	All   []Invited
	Only  string // the offering that the list is about; "" for all
	New   string // where somebody is invited
	House *time.Location
	Edit  bool
}

func (s *Service) invitationsDesk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := invitationsView{New: "/desk/invitations/new", House: st.Location(), Edit: access.Can(ctx, access.Write, access.Resource{Class: access.Calendar})}
	var offering db.ID
	if text := r.URL.Query().Get("offering"); text != "" {
		if offering, err = db.ParseID(text); err != nil {
			return fault.New(fault.NotFound, "There is no such appointment to book here.")
		}
		o, err := s.Calendar.Offering(ctx, offering)
		if err != nil {
			return err
		}
		v.Only, v.New = o.Name, v.New+"?offering="+o.ID.String()
	}
	if v.All, err = s.Invitations(ctx, offering); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Invitations")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, invitationsPage(p, settings.DeskNav(ctx), v))
}

// inviteView is the form that invites somebody. Looking for a client loses
// nothing typed.
type inviteView struct {
	Offering, Client, Query, Days, Times string
	Offerings, Clients                   []ui.Option
	More                                 bool
	Fields                               map[string]string
}

// invitedShown is how many clients stand in the form to choose from.
const invitedShown = 12

func (s *Service) inviteForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return s.showInvite(w, r, http.StatusOK, inviteView{Offering: q.Get("offering"), Client: q.Get("person"), Days: strconv.Itoa(InvitationDays[1]), Times: "1"})
}

// showInvite lists what there is to choose from.
func (s *Service) showInvite(w http.ResponseWriter, r *http.Request, status int, v inviteView) error {
	ctx := r.Context()
	all, err := s.Calendar.Offerings(ctx)
	if err != nil {
		return err
	}
	for _, o := range all {
		if invitable(o) {
			v.Offerings = append(v.Offerings, ui.Option{Value: o.ID.String(), Label: o.Called() + ", " + lengthWords(o)})
		}
	}
	if err := s.findClients(ctx, &v); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Invite somebody to book")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, invitePage(p, settings.DeskNav(ctx), v))
}

// findClients offers whoever the query finds, and whoever is chosen already.
func (s *Service) findClients(ctx context.Context, v *inviteView) error {
	found, err := s.People.Find(ctx, v.Query, 200)
	if err != nil {
		return err
	}
	found = people.Clients(ctx, found)
	if v.More = len(found) > invitedShown; v.More {
		found = found[:invitedShown]
	}
	if id, err := db.ParseID(v.Client); err == nil && !slices.ContainsFunc(found, func(c people.Card) bool { return c.ID == id }) {
		c, err := s.People.Card(ctx, id)
		if err != nil {
			return err
		}
		if len(people.Clients(ctx, []people.Card{c})) > 0 && !c.ID.IsZero() {
			found = append([]people.Card{c}, found...)
		}
	}
	for _, c := range found {
		v.Clients = append(v.Clients, ui.Option{Value: c.ID.String(), Label: c.Name})
	}
	return s.Trail.Listed(ctx, trail.PeopleList)
}

func (s *Service) inviteSend(w http.ResponseWriter, r *http.Request) error {
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := inviteView{Offering: in.Raw("offering"), Client: in.Raw("client"), Query: in.Raw("q"), Days: in.Raw("days"), Times: in.Raw("times")}
	if in.Raw("do") == "find" {
		return s.showInvite(w, r, http.StatusOK, v)
	}
	offering, person := formID(in, "offering"), formID(in, "client")
	if v.Offering == "" {
		in.Fail("offering", "Please choose what they may book.")
	}
	if v.Client == "" {
		in.Fail("client", "Please choose who is invited.")
	}
	days, times := in.Int("days", InvitationDays[0], InvitationDays[len(InvitationDays)-1]), in.Int("times", 1, MostInvited)
	if err = in.Err(); err == nil {
		_, err = s.Invite(r.Context(), person, offering, times, days)
	}
	if fields, status, ok := shown(err); ok {
		v.Fields = fields
		return s.showInvite(w, r, status, v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+person.String()+"?invited=booking")
}

func (s *Service) takeBack(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNoPage)
	if err != nil {
		return err
	}
	in, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if _, err := s.TakeBack(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, web.Local(in.Raw("back"), "/desk/invitations"))
}

// dayOptions are the choices of how long an invitation holds.
func dayOptions() []ui.Option {
	var out []ui.Option
	for _, d := range InvitationDays {
		out = append(out, ui.Option{Value: strconv.Itoa(d), Label: strconv.Itoa(d) + " days"})
	}
	return out
}

func (v inviteView) hint() string {
	switch {
	case v.More:
		return "There are more. A few letters of the working name find the others."
	case v.Query != "" && len(v.Clients) == 0:
		return "Nobody is called that here."
	}
	return ""
}

// UsedWords says how much of an invitation is used: "0 of 1".
func (i Invitation) UsedWords() string {
	return strconv.Itoa(i.Used) + " of " + strconv.Itoa(i.Allowed)
}
