package care

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
)

// teamView is who cares for a client, on their page at the desk.
type teamView struct {
	Members   []member
	Choices   []ui.Option // colleagues who may be added, as "person:role"
	MayChange bool
	On        bool      // the viewer is on the team
	Shared    bool      // the client can share entries of their journal with the viewer
	Until     time.Time // the record is open to the viewer until then, for a reason they stated
	MayOpen   bool      // the viewer may open the record for a stated reason
	Openings  []opening
	Fields    map[string]string
	Reason    string // as typed
	Words     string
	Member    string
}

type member struct {
	Name  string
	Role  access.Role
	Since time.Time
	Value string
	Talk  string // what there is to say about their meeting; "" when it is clear
}

type opening struct {
	people.Opening
	Name string
}

// openReasons are the reasons for opening a record from outside its team.
var openReasons = []ui.Option{
	{Value: string(access.Emergency), Label: "An emergency"},
	{Value: string(access.Safety), Label: "Somebody may be in danger"},
	{Value: string(access.Covering), Label: "I stand in for a colleague who is away"},
	{Value: string(access.Legal), Label: "The law asks for it"},
}

// team is who cares for a client, as far as the viewer may know.
func (d *Desk) team(ctx context.Context, client db.ID) (v teamView, err error) {
	card, err := d.People.Card(ctx, client)
	if err != nil {
		return v, err
	}
	a := access.From(ctx)
	care := access.Care{}
	if a.Cares != nil {
		care = a.Cares(client)
	}
	v.On = len(care.As) > 0
	resource := access.Resource{Class: access.Team, Subject: client}
	v.MayChange = access.May(ctx, access.Write, resource)
	v.Shared = access.May(ctx, access.Read, access.Resource{Class: access.Shared, Subject: client})
	v.MayOpen = !v.On && !care.Glass && access.Possible(a, access.Write, access.Glass) != access.Deny
	all, err := d.People.Cards(ctx)
	if err != nil {
		return v, err
	}
	for _, c := range all {
		if v.MayChange && c.ID != client { // nobody cares for themselves
			v.Choices = append(v.Choices, choicesOf(*c, card.Team)...)
		}
	}
	var on []db.ID
	for _, m := range card.Team {
		on = append(on, m.Person)
	}
	names, err := d.People.Names(ctx, on...)
	if err != nil {
		return v, err
	}
	talk, err := d.talkOf(ctx, client, card.Team)
	if err != nil {
		return v, err
	}
	for _, m := range card.Team {
		v.Members = append(v.Members, member{names[m.Person], m.Role, m.Since, memberValue(m.Person, m.Role), talk[m.Person]})
	}
	if !access.Can(ctx, access.Read, access.Resource{Class: access.Glass, Subject: client}) && !v.On && !care.Glass {
		return v, nil
	}
	return v, d.openings(ctx, &v, client)
}

// openings lists who opened the record from outside: to the owner, to the
// team, and to whoever did it.
func (d *Desk) openings(ctx context.Context, v *teamView, client db.ID) error {
	all, err := d.People.Openings(ctx, client)
	if err != nil {
		return err
	}
	var by []db.ID
	for _, o := range all {
		by = append(by, o.Person)
	}
	names, err := d.People.Names(ctx, by...)
	if err != nil {
		return err
	}
	me := access.From(ctx).Person
	for _, o := range all {
		v.Openings = append(v.Openings, opening{o, names[o.Person]})
		if o.Person == me && o.Ends.After(d.Now()) && o.Ends.After(v.Until) {
			v.Until = o.Ends
		}
	}
	return nil
}

// choicesOf are the roles in which a colleague can be added to a team.
func choicesOf(c people.Card, team []people.Member) []ui.Option {
	var out []ui.Option
	for _, r := range people.TeamRoles {
		on := slices.ContainsFunc(team, func(m people.Member) bool { return m.Person == c.ID && m.Role == r })
		if slices.Contains(c.Roles, r) && !on {
			out = append(out, ui.Option{Value: memberValue(c.ID, r), Label: c.Name + ", as " + string(r)})
		}
	}
	return out
}

func memberValue(id db.ID, r access.Role) string { return id.String() + ":" + string(r) }

func parseMember(s string) (id db.ID, r access.Role, err error) {
	word, role, _ := strings.Cut(s, ":")
	if id, err = db.ParseID(word); err != nil {
		return id, "", fault.Field("member", "Please choose a colleague from the list. Nothing was changed.")
	}
	return id, access.Role(role), nil
}

// changeTeam puts somebody on a client's team, or takes them off it.
func (d *Desk) changeTeam(do func(ctx context.Context, f *web.Form, client, colleague db.ID, r access.Role) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return d.aboutTeam(w, r, func(f *web.Form, client db.ID) error {
			colleague, role, err := parseMember(f.Raw("member"))
			if err != nil {
				return err
			}
			return do(r.Context(), f, client, colleague, role)
		})
	}
}

// unassign takes somebody off a client's team.
func (d *Desk) unassign(ctx context.Context, _ *web.Form, client, colleague db.ID, r access.Role) error {
	return d.People.Unassign(ctx, client, colleague, r)
}

// open opens a record to somebody who is not on its team, for a stated reason.
func (d *Desk) open(w http.ResponseWriter, r *http.Request) error {
	return d.aboutTeam(w, r, func(f *web.Form, client db.ID) error {
		words := f.Text("words", people.MaxWhy)
		if err := f.Err(); err != nil {
			return err
		}
		return d.People.Break(r.Context(), client, access.Reason(f.Raw("reason")), words)
	})
}

// aboutTeam is a small form on a client's page that changes something.
func (d *Desk) aboutTeam(w http.ResponseWriter, r *http.Request, do func(f *web.Form, client db.ID) error) error {
	return d.aboutClient(w, r, func(f *web.Form, client db.ID) (asked, error) { return asked{}, do(f, client) })
}

// aboutClient is a small form on a client's page. It changes something, or
// asks to be shown something, which the page then does once; what was typed is
// shown again when something in it needs another look.
func (d *Desk) aboutClient(w http.ResponseWriter, r *http.Request, do func(f *web.Form, client db.ID) (asked, error)) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if _, err := d.client(r.Context(), id); err != nil {
		return err
	}
	show, err := do(f, id)
	switch e := fault.Of(err); {
	case err == nil && show.status == 0:
		return web.See(w, r, "/desk/people/"+id.String()+"#team")
	case err == nil:
		return d.showPerson(w, r, id, show)
	case e.Kind != fault.Invalid:
		return err
	default:
		return d.showPerson(w, r, id, asked{status: e.Kind.Status(), fields: e.Fields, reason: f.Raw("reason"), words: f.Raw("words"), member: f.Raw("member")})
	}
}
