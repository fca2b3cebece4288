package care

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/care/adverse"
	"held/care/consent"
	"held/care/inquiry"
	"held/care/preparation"
	"held/care/screening"
	"held/care/space"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/notes"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/practice/welcome"
)

// Desk is the pages that look over the whole path: today, people, one person,
// and how the program itself is doing.
type Desk struct {
	DB          *db.DB
	People      *people.Service
	Calendar    *calendar.Service
	Inquiry     *inquiry.Service
	Settings    *settings.Service
	Trail       *trail.Service
	Circle      *circle.Service
	Letters     *letters.Service
	Space       *space.Service
	Notes       *notes.Service
	Consent     *consent.Service
	Forms       *forms.Service
	Welcome     *welcome.Service
	Alerts      *alerts.Service
	Screening   *screening.Service
	Adverse     *adverse.Service
	Preparation *preparation.Service
	Doctor      *Doctor
	Now         func() time.Time
}

// Routes is the desk's pages.
func (d *Desk) Routes() []web.Route {
	person := access.To(access.Read, access.People)
	return []web.Route{
		{Pattern: "GET /desk", Access: access.AnyStaff, Handle: d.today},
		{Pattern: "GET /desk/people", Access: person, Handle: d.people},
		{Pattern: "GET /desk/people/{id}", Access: person, Handle: d.person},
		{Pattern: "POST /desk/people/{id}/contact", Access: access.To(access.Read, access.Contact), Handle: d.contact},
		{Pattern: "POST /desk/people/{id}/identity", Access: access.AnyStaff, Handle: d.identity},
		{Pattern: "POST /desk/people/{id}/circle", Access: access.AnyStaff, Handle: d.shown},
		{Pattern: "POST /desk/people/{id}/step", Access: access.To(access.Write, access.People), Handle: d.step},
		{Pattern: "POST /desk/people/{id}/invite", Access: access.To(access.Write, access.People), Handle: d.invite},
		{Pattern: "POST /desk/people/{id}/team", Access: access.To(access.Write, access.Team), Handle: d.changeTeam(d.assign)},
		{Pattern: "POST /desk/people/{id}/team/leave", Access: access.To(access.Write, access.Team), Handle: d.changeTeam(d.unassign)},
		{Pattern: "POST /desk/people/{id}/open", Access: access.To(access.Write, access.Glass), Handle: d.open},
		{Pattern: "GET /desk/appointments/{id}/session", Access: access.To(access.Read, access.Clinical), Handle: d.session},
		{Pattern: "POST /desk/appointments/{id}/after", Access: access.To(access.Write, access.Clinical), Handle: d.leave},
		{Pattern: "POST /desk/appointments/{id}/process", Access: access.To(access.Write, access.Process), Handle: d.keepProcess},
		{Pattern: "GET /desk/trail", Access: access.To(access.Read, access.Ledger), Handle: d.ledger},
		{Pattern: "GET /desk/trail/file", Access: access.To(access.Read, access.Export), Handle: d.ledgerFile},
		{Pattern: "GET /desk/doctor", Access: access.To(access.Read, access.Letters), Handle: d.doctor},
	}
}

// page is a desk page's chrome.
func (d *Desk) page(r *http.Request, title string) (ui.Page, []ui.Link, error) {
	p, err := d.Settings.Page(r, title)
	return p, settings.DeskNav(r.Context()), err
}

// What the first page shows at most.
const (
	nextShown  = 8
	waitShown  = 8
	cardsShown = 50
)

type todayView struct {
	Alerts    []alerts.Line // nobody has acknowledged; on top of everything
	Unnamed   bool          // the practice has named nobody for alerts
	Unproven  bool          // the reader came by a link alone, and something stays closed for it
	Begin     bool          // nothing can be booked yet, and the reader can change that
	Now       time.Time
	House     *time.Location
	Next      []slot
	Waits     []inquiry.Item
	Questions []inquiry.Item
	Signs     []inquiry.Item // bridge notes that wait for the reader's signature
	Follows   []inquiry.Item // adverse events on which somebody is to look
	Lapses    []lapse        // what ends by itself before a session of the reader's clients
	Asks      []inquiry.Item // what clients ask about their trail; shown where something waits
	SeesNext  bool
	Undecided int  // published documents of which nobody has said whom they are asked of
	SeesAll   bool // every question, not only those in one's charge
}

// slot is an appointment with the names that a list shows.
type slot struct {
	calendar.Appointment
	Client, With string
	Talk         bool // talk first, and nobody has decided yet
}

func (d *Desk) today(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := d.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v := todayView{Now: d.Now(), House: st.Location(), Unproven: unproven(access.From(ctx))}
	if v.Begin, err = d.beginning(ctx); err != nil {
		return err
	}
	if v.SeesNext = access.Can(ctx, access.Read, access.Resource{Class: access.Calendar}); v.SeesNext {
		if v.Next, err = d.next(ctx); err != nil {
			return err
		}
	}
	if access.Can(ctx, access.Read, access.Resource{Class: access.Inquiries}) {
		if v.Waits, err = d.Inquiry.NewInquiries(ctx, waitShown); err != nil {
			return err
		}
	}
	if access.Possible(access.From(ctx), access.Read, access.Questions) == access.Allow {
		v.SeesAll = access.Can(ctx, access.Read, access.Resource{Class: access.Questions})
		if v.Questions, err = d.Inquiry.Waiting(ctx, waitShown); err != nil {
			return err
		}
	}
	if err := d.alerted(ctx, &v); err != nil {
		return err
	}
	if v.Signs, err = d.signs(ctx); err != nil {
		return err
	}
	if v.Follows, err = d.follows(ctx); err != nil {
		return err
	}
	if v.Lapses, err = d.lapses(ctx); err != nil {
		return err
	}
	if err := d.Trail.Listed(ctx, trail.TodayList); err != nil {
		return err
	}
	if access.Can(ctx, access.Read, access.Resource{Class: access.Ledger}) {
		if v.Asks, err = d.asks(ctx); err != nil {
			return err
		}
	}
	if access.Can(ctx, access.Write, access.Resource{Class: access.Papers}) {
		if v.Undecided, err = d.Consent.Undecided(ctx); err != nil {
			return err
		}
	}
	p, nav, err := d.page(r, "Today")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, todayPage(p, nav, v))
}

// alerted reads the alerts that wait for the reader, and whether anybody is
// named for them, where the reader would be told.
func (d *Desk) alerted(ctx context.Context, v *todayView) error {
	if access.Possible(access.From(ctx), access.Read, access.Alerts) != access.Allow {
		return nil
	}
	all, err := d.Alerts.Waiting(ctx)
	if err != nil {
		return err
	}
	if v.Alerts, err = d.Alerts.Lines(ctx, all); err != nil {
		return err
	}
	named, err := d.Alerts.Named(ctx)
	v.Unnamed = !named
	return err
}

// signs are the bridge notes that wait for the reader's signature.
func (d *Desk) signs(ctx context.Context) (out []inquiry.Item, err error) {
	all, err := d.Notes.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var whose []db.ID
	for _, n := range all {
		whose = append(whose, n.Client)
	}
	names, err := d.People.ClientNames(ctx, whose...)
	for _, n := range all {
		out = append(out, inquiry.Item{ID: n.ID, Title: names[n.Client], Words: "Bridge note", Since: n.Changed, Href: "/desk/notes/" + n.ID.String()})
	}
	return out, err
}

// follows are the adverse events on which the reader is to look, without what
// happened: it opens on its own page.
func (d *Desk) follows(ctx context.Context) (out []inquiry.Item, err error) {
	if access.Possible(access.From(ctx), access.Read, access.Adverse) != access.Allow {
		return nil, nil
	}
	all, err := d.Adverse.Due(ctx)
	if err != nil {
		return nil, err
	}
	var whose []db.ID
	for _, c := range all {
		whose = append(whose, c.Client)
	}
	names, err := d.People.ClientNames(ctx, whose...)
	for _, c := range all {
		out = append(out, inquiry.Item{ID: c.ID, Title: names[c.Client], Words: "A follow-up is due", Since: c.Due, Href: "/desk/adverse/" + c.ID.String()})
	}
	return out, err
}

func (d *Desk) next(ctx context.Context) ([]slot, error) {
	all, err := d.Calendar.Next(ctx, nextShown)
	if err != nil {
		return nil, err
	}
	out, err := d.named(ctx, all)
	if err != nil || !circle.May(ctx) {
		return out, err
	}
	return out, d.talk(ctx, all, out)
}

func (d *Desk) named(ctx context.Context, all []calendar.Appointment) ([]slot, error) {
	var ids, whose []db.ID
	for _, a := range all {
		ids, whose = append(append(ids, a.Host), a.Seconds...), append(whose, a.Client)
	}
	names, err := d.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	clients, err := d.People.ClientNames(ctx, whose...)
	if err != nil {
		return nil, err
	}
	out := make([]slot, len(all))
	for i, a := range all {
		out[i] = slot{Appointment: a, Client: clients[a.Client], With: names[a.Host]}
		for _, second := range a.Seconds {
			out[i].With += ", " + names[second]
		}
	}
	return out, nil
}

type peopleView struct {
	Query     string
	Cards     []people.Card
	More      bool
	MayInvite bool
	Step      string
}

func (d *Desk) people(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := peopleView{Query: f.Line("q", people.MaxName), MayInvite: access.Can(ctx, access.Write, access.Resource{Class: access.People})}
	if err := f.Err(); err != nil {
		return err
	}
	if v.Cards, err = d.People.Find(ctx, v.Query, cardsShown+1); err != nil {
		return err
	}
	if v.More = len(v.Cards) > cardsShown; v.More {
		v.Cards = v.Cards[:cardsShown]
	}
	for i, c := range v.Cards {
		v.Cards[i] = c.AsSeen(ctx)
	}
	if err := d.Trail.Listed(ctx, trail.PeopleList); err != nil {
		return err
	}
	p, nav, err := d.page(r, "People")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, peoplePage(p, nav, v))
}

type personView struct {
	Who          people.Person
	Colleague    bool // works here, and is nothing else to the reader
	House        *time.Location
	Appointments []slot
	Inquiry      *inquiry.Item
	Invitations  []inquiry.Invited
	MayInvite    bool
	Looks        []look
	Older        string // the trail goes on there
	SeesTrail    bool
	SeesContact  bool
	MayChange    bool
	Contact      string // opened by its button only
	Opened       bool
	Said         string
	Team         teamView
	Identity     identityView
	Circle       circleView
	Clearance    *screening.Panel // nil: not the reader's to see
	Forms        *forms.Panel     // nil: not this reader's
	Measures     bool             // the reader may see what their answers came to
}

type look struct {
	At        time.Time
	Who, What string
}

// trailShown is how many lines of the trail a person's page shows.
const trailShown = 40

func (d *Desk) person(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	return d.showPerson(w, r, id, asked{status: http.StatusOK})
}

// asked is what a person's page is to show beside the person: the contact, or
// a form that needs another look.
type asked struct {
	contact       bool
	identity      *people.Identity // opened for a reason
	circle        []circle.Entry   // shown by the client
	status        int
	fields        map[string]string
	reason, words string
	member        string
}

func (d *Desk) showPerson(w http.ResponseWriter, r *http.Request, id db.ID, ask asked) error {
	ctx := r.Context()
	before, err := db.ParseID(r.URL.Query().Get("before"))
	if r.URL.Query().Has("before") && err != nil {
		return fault.New(fault.BadRequest, "This address of an older page is incomplete.")
	}
	kind := "person"
	if ask.contact {
		if err := access.Check(ctx, access.Read, access.Resource{Class: access.Contact, Subject: id}); err != nil {
			return err
		}
		kind = "contact"
	}
	v, err := d.load(ctx, id, before, kind)
	if err != nil {
		return err
	}
	if ask.contact {
		v.Contact, v.Opened = v.Who.Contact, true
	}
	v.Who.Contact = "" // nothing on the page may show it unasked
	v.Team.Fields, v.Team.Reason, v.Team.Words, v.Team.Member = ask.fields, ask.reason, ask.words, ask.member
	v.Identity.Fields, v.Identity.Opened, v.Circle.List = ask.fields, ask.identity, ask.circle
	v.Said = invitedWords[r.URL.Query().Get("invited")]
	p, nav, err := d.page(r, v.Who.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, ask.status, personPage(p, nav, v))
}

// invitedWords are said after somebody was invited, by the code in the address.
var invitedWords = map[string]string{
	"1":       "The invitation is on its way. It stands in the list of invitations to a space until it is answered.",
	"booking": "The invitation is on its way. Until it is used, it can be taken back here.",
}

// load reads what the page shows and puts the look at it on the trail, early
// enough that the line is kept while the page is made.
func (d *Desk) load(ctx context.Context, id, before db.ID, kind string) (v personView, err error) {
	if err = access.Check(ctx, access.Read, access.Resource{Class: access.People, Subject: id}); err != nil {
		return v, err
	}
	if v.Who, err = d.People.Get(ctx, d.DB.Reader(), id); err != nil {
		return v, err
	}
	knows, err := d.People.Knows(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Colleague = !knows; v.Colleague {
		v.Who.Roles = slices.DeleteFunc(v.Who.Roles, func(r access.Role) bool { return r == access.Client })
		v.Who.Step, v.Who.Discretion = "", people.Neutral
	}
	this, err := d.Trail.Sees(ctx, trail.Entry{Subject: id, Kind: kind, Object: id, Why: v.Who.Step})
	if err != nil {
		return v, err
	}
	if before.IsZero() {
		before = this
	}
	st, err := d.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House = st.Location()
	v.SeesContact = access.Can(ctx, access.Read, access.Resource{Class: access.Contact, Subject: id})
	if v.Colleague {
		// Of their own work at the desk the owner reads here which lists they
		// looked at, and nothing that somebody did with what is theirs.
		if v.SeesTrail = access.From(ctx).Is(access.Owner); v.SeesTrail {
			v.Looks, v.Older, err = d.looks(ctx, id, before, func(e trail.Entry) bool { return e.Actor == id && trail.IsList(e.Kind) })
		}
		return v, err
	}
	return v, d.loadClient(ctx, &v, id, before)
}

// loadClient reads what the page shows of somebody whom the reader may know as
// a client.
func (d *Desk) loadClient(ctx context.Context, v *personView, id, before db.ID) error {
	all, err := d.Calendar.OfClient(ctx, id)
	if err != nil {
		return err
	}
	if v.Appointments, err = d.named(ctx, all); err != nil {
		return err
	}
	if v.Invitations, err = d.Inquiry.InvitationsOf(ctx, id); err != nil {
		return err
	}
	v.MayInvite = access.Can(ctx, access.Write, access.Resource{Class: access.Calendar, Subject: id})
	if access.Can(ctx, access.Read, access.Resource{Class: access.Inquiries, Subject: id}) {
		if v.Inquiry, err = d.Inquiry.Of(ctx, id); err != nil {
			return err
		}
	}
	v.MayChange = access.Can(ctx, access.Write, access.Resource{Class: access.People, Subject: id})
	if v.SeesTrail = access.Can(ctx, access.Read, access.Resource{Class: access.Trail, Subject: id}); v.SeesTrail {
		if v.Looks, v.Older, err = d.looks(ctx, id, before, func(trail.Entry) bool { return true }); err != nil {
			return err
		}
	}
	if v.Team, err = d.team(ctx, id); err != nil {
		return err
	}
	if v.Identity, err = d.identityOf(ctx, id); err != nil {
		return err
	}
	if panel, shown, err := d.Screening.Panel(ctx, id); err != nil {
		return err
	} else if shown {
		v.Clearance = &panel
	}
	v.Measures = id != access.From(ctx).Person && access.May(ctx, access.Read, access.Resource{Class: access.Measures, Subject: id})
	if v.Forms, err = d.Forms.PanelOf(ctx, id); err != nil {
		return err
	}
	v.Circle.Shown, err = d.showsMe(ctx, id)
	return err
}

// looks is one page of a person's trail, and where the page before it is.
func (d *Desk) looks(ctx context.Context, id, before db.ID, shown func(trail.Entry) bool) (out []look, older string, err error) {
	entries, err := d.Trail.Of(ctx, id, before, trailShown)
	if err != nil {
		return nil, "", err
	}
	var ids []db.ID
	for _, e := range entries {
		ids = append(ids, e.Actor)
	}
	names, err := d.People.Names(ctx, ids...)
	if err != nil {
		return nil, "", err
	}
	me := access.From(ctx).Person
	for _, e := range entries {
		if shown(e) {
			out = append(out, look{e.At, e.Who(names[e.Actor], e.Actor == me && e.Via == access.Session, false), e.Line(false)})
		}
	}
	if len(entries) == trailShown {
		older = "/desk/people/" + id.String() + "?before=" + entries[len(entries)-1].ID.String() + "#trail"
	}
	return out, older, nil
}

// contact shows how to reach somebody: a reading that is asked for by a button.
func (d *Desk) contact(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	return d.showPerson(w, r, id, asked{contact: true, status: http.StatusOK})
}

func (d *Desk) step(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	key := f.Raw("step")
	if _, ok := StepOf(key); !ok && key != "" || !f.Has("step") {
		return fault.Field("step", "Please choose one of the steps. Nothing was changed.")
	}
	ctx := r.Context()
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.People, Subject: id}); err != nil {
		return err
	}
	was, err := d.client(ctx, id)
	if err != nil {
		return err
	}
	if a := access.From(ctx); !maySetStep(a, was.Step) || !maySetStep(a, key) {
		return fault.New(fault.Forbidden, "From screening on, the guide says where somebody stands on the path. Nothing was changed.")
	}
	if err := d.DB.Write(ctx, func(tx *db.Tx) error { return d.People.SetStep(ctx, tx, id, key) }); err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+id.String())
}

// maySetStep: the front desk moves people up to their consultation; what
// follows on the path is said by those who answer for it.
func maySetStep(a access.Actor, key string) bool {
	return index(key) <= index(people.StepConsultation) || a.Is(access.Owner) || a.Is(access.Guide) || a.Is(access.Prescriber)
}

// invite invites somebody whom the practice knows to a space of their own. They
// sign in from when they have accepted.
func (d *Desk) invite(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.People, Subject: id}); err != nil {
		return err
	}
	c, err := d.client(ctx, id)
	if err != nil {
		return err
	}
	if len(c.Roles) > 0 {
		return fault.New(fault.Taken, "This person signs in here already: they ask for a link at "+d.Settings.Base+"/sign-in. Nothing was changed.")
	}
	i, err := d.Welcome.Invite(ctx, welcome.Draft{Kind: welcome.Space, Person: id, Days: welcome.DefaultDays})
	switch {
	case err != nil:
		return err
	case i.ByHand:
		return web.See(w, r, "/desk/welcome/space?said=hand")
	}
	return web.See(w, r, "/desk/people/"+id.String()+"?invited=1")
}

// client is somebody whom the reader may know as a client; nobody else is one.
func (d *Desk) client(ctx context.Context, id db.ID) (people.Card, error) {
	c, err := d.People.Card(ctx, id)
	if err != nil {
		return c, err
	}
	if knows, err := d.People.Knows(ctx, id); err != nil || c.ID.IsZero() || !knows {
		return c, errors.Join(err, fault.New(fault.NotFound, "There is no client at this address."))
	}
	return c, nil
}

var errNobody = fault.New(fault.NotFound, "There is nobody at this address.")

func roleWords(c []access.Role) string {
	out := make([]string, len(c))
	for i, r := range c {
		out[i] = string(r)
	}
	return strings.Join(out, ", ")
}

func stepWords(key string) string {
	s, ok := StepOf(key)
	if !ok {
		return ""
	}
	return s.Desk
}
