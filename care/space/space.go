// Package space is the client's own place: the next held time, the path as a
// quiet line, how much messages may say, who looked at what, and what the client
// asks about it.
package space

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/care/consent"
	"held/care/inquiry"
	"held/care/medicine"
	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/vault"
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
)

// Service is the space.
type Service struct {
	DB          *db.DB
	Vault       *vault.Vault
	People      *people.Service
	Calendar    *calendar.Service
	Inquiry     *inquiry.Service
	Settings    *settings.Service
	Trail       *trail.Service
	Circle      *circle.Service
	Letters     *letters.Service
	Notes       *notes.Service
	Alerts      *alerts.Service
	Consent     *consent.Service
	Preparation *preparation.Service
	Medicine    *medicine.Service
	Forms       *forms.Service
	Now         func() time.Time
	// Path is the path as a line with one place marked; the order is told by
	// package care, which this step must not know.
	Path func(step string) []ui.Step
	// Ripple is what a page of the journal begins with for somebody who answers
	// what has changed in their work to themselves alone.
	Ripple string

	kept db.Kept[waits, []Question] // for the desk's first page
}

// trailPage is how many lines of the trail one page shows.
const trailPage = 50

// Routes is the space's pages. All are the signed-in client's own.
func (s *Service) Routes() []web.Route {
	own, change := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	return append(slices.Concat(s.askingRoutes(), s.journalRoutes(), s.captureRoutes(), s.promptRoutes()), []web.Route{
		{Pattern: "GET /space", Access: own, Handle: s.home},
		{Pattern: "GET /space/cards", Access: own, Handle: s.cards},
		{Pattern: "GET /space/looks", Access: own, Handle: s.looks},
		{Pattern: "POST /space/stays/{id}/away", Access: change, Handle: s.putAway},
		{Pattern: "POST /space/discretion", Access: change, Handle: s.discretion},
		{Pattern: "GET /space/identity", Access: own, Handle: s.identity},
		{Pattern: "POST /space/identity", Access: change, Handle: s.saveIdentity},
		{Pattern: "GET /space/circle", Access: access.To(access.Write, access.Circle), Handle: s.circle},
		{Pattern: "POST /space/circle", Access: access.To(access.Write, access.Circle), Handle: s.addToCircle},
		{Pattern: "POST /space/circle/remove", Access: access.To(access.Write, access.Circle), Handle: s.removeFromCircle},
		{Pattern: "POST /space/circle/show", Access: access.To(access.Write, access.Circle), Handle: s.showCircle},
		{Pattern: "POST /space/circle/hide", Access: access.To(access.Write, access.Circle), Handle: s.hideCircle},
	}...)
}

// homeView is everything the first page shows.
type homeView struct {
	Me      people.Person
	Next    []appointment
	Path    []ui.Step
	Looks   []look
	House   *time.Location
	Zone    *time.Location
	Saved   bool
	Team    []carer
	News    []news
	Waits   []inquiry.OwnWait
	Asked   []inquiry.OwnQuestion
	Invited []invited
	Stays   notes.After
	Coming  []preparation.Session // medicine sessions to prepare for
	Sheets  []medicine.Sheet      // what they took home not long ago
	Spoke   bool                  // words of theirs were written down in a session
	Forms   []forms.Waits         // what waits to be filled in
	Prompt  string                // today's open invitation
	Hours   string
	Alerted bool               // they told of something that concerns their safety, not long ago
	Screens bool               // they are at a step at which a prescriber asks and decides
	Papers  []consent.Standing // documents that wait to be read and signed
	After   bool               // a medicine session is today, or was yesterday
}

// carer is somebody on the client's care team.
type carer struct{ Name, Role string }

type appointment struct {
	calendar.Appointment
	Link string
}

// invited is an open invitation to book, and its way in.
type invited struct {
	inquiry.Invited
	Link string
}

type look struct {
	ID        db.ID
	At        time.Time
	Who, What string
	Asked     bool // the client asked about it
	Answered  bool
}

func (s *Service) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	var v homeView
	var err error
	if v.Me, err = s.People.Get(ctx, s.DB.Reader(), me); err != nil {
		return err
	}
	if v.Next, v.News, err = s.appointments(ctx, me); err != nil {
		return err
	}
	if v.Waits, err = s.Inquiry.WaitsOf(ctx, me); err != nil {
		return err
	}
	if v.Asked, err = s.Inquiry.AskedBy(ctx, me); err != nil {
		return err
	}
	if v.Invited, err = s.invited(ctx, me); err != nil {
		return err
	}
	if v.Coming, err = s.Preparation.Coming(ctx, me); err != nil {
		return err
	}
	if v.Sheets, err = s.Medicine.Fresh(ctx, me); err != nil {
		return err
	}
	if v.Spoke, err = s.Medicine.Spoke(ctx); err != nil {
		return err
	}
	if v.Stays, err = s.Notes.Stays(ctx, me); err != nil {
		return err
	}
	if v.Forms, err = s.Forms.WaitsFor(ctx, me); err != nil {
		return err
	}
	if v.Looks, err = s.read(ctx, me, db.ID{}, 5); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.House, v.Zone = st.Location(), zone(v.Me.Zone, st.Location())
	session, err := s.after(ctx, me, v.Zone)
	if err != nil {
		return err
	}
	v.After = !session.IsZero()
	if v.Me.Step != "" {
		v.Path = s.Path(v.Me.Step)
	}
	if v.Team, err = s.team(ctx, me); err != nil {
		return err
	}
	if v.Prompt, err = s.Invitation(ctx, v.Me); err != nil {
		return err
	}
	if v.Alerted, err = s.Alerts.Near(ctx, me); err != nil {
		return err
	}
	v.Screens = v.Me.Step != "" && v.Me.Step != people.StepInquiry && v.Me.Step != people.StepConsultation
	if v.Papers, err = s.Consent.Waits(ctx); err != nil {
		return err
	}
	v.Saved, v.Hours = r.URL.Query().Has("saved"), st.ReplyHours
	p, err := s.Settings.Page(r, "Your space")
	if err != nil {
		return err
	}
	unseal(ctx, w, &p)
	return web.Render(w, r, http.StatusOK, homePage(p, v))
}

// newsFor is how long a change of an appointment is news.
const newsFor = 30 * 24 * time.Hour

// news is an appointment that was moved or cancelled not long ago.
type news struct {
	calendar.Appointment
	Cancelled bool
}

// appointments lists those that are still to come, soonest first, and what has
// changed of late, the latest first: what letters would tell stands here too.
func (s *Service) appointments(ctx context.Context, me db.ID) (next []appointment, changed []news, err error) {
	all, err := s.Calendar.OfClient(ctx, me)
	if err != nil {
		return nil, nil, err
	}
	now := s.Now()
	for _, a := range all {
		if a.State == calendar.Booked && a.End.After(now) {
			next = append(next, appointment{a, s.Inquiry.AppointmentLink(ctx, a.ID)})
		}
		if a.Sequence > 0 && now.Sub(a.Changed) < newsFor {
			changed = append(changed, news{a, a.State == calendar.Cancelled})
		}
	}
	slices.Reverse(next) // the list came latest first
	slices.SortFunc(changed, func(a, b news) int { return b.Changed.Compare(a.Changed) })
	return next, changed, nil
}

// team is who cares for the client, by name.
func (s *Service) team(ctx context.Context, me db.ID) ([]carer, error) {
	c, err := s.People.Card(ctx, me)
	if err != nil {
		return nil, err
	}
	var out []carer
	for _, m := range c.Team {
		who, err := s.People.Card(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		out = append(out, carer{who.Name, string(m.Role)})
	}
	return out, nil
}

// fromOutside lists who opened the client's record without being on their team.
func (s *Service) fromOutside(ctx context.Context, me db.ID) ([]opening, error) {
	all, err := s.People.Openings(ctx, me)
	if err != nil {
		return nil, err
	}
	out := make([]opening, len(all))
	for i, o := range all {
		who, err := s.People.Card(ctx, o.Person)
		if err != nil {
			return nil, err
		}
		out[i] = opening{o.At, who.Name, o.Words}
	}
	return out, nil
}

type opening struct {
	At         time.Time
	Who, Words string
}

// invited lists what the client may choose a time for.
func (s *Service) invited(ctx context.Context, me db.ID) (out []invited, err error) {
	all, err := s.Inquiry.InvitationsOf(ctx, me)
	for _, i := range all {
		if i.Open {
			out = append(out, invited{i, s.Inquiry.InvitationLink(ctx, i.ID)})
		}
	}
	return out, err
}

func zone(name string, otherwise *time.Location) *time.Location {
	if name == "" {
		return otherwise
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return otherwise
	}
	return loc
}

// read gives the newest lines of the client's own trail, in plain words.
func (s *Service) read(ctx context.Context, me, before db.ID, n int) ([]look, error) {
	entries, err := s.Trail.Of(ctx, me, before, n)
	if err != nil {
		return nil, err
	}
	return s.plain(ctx, me, entries)
}

// plain puts lines of the client's own trail into words.
func (s *Service) plain(ctx context.Context, me db.ID, entries []trail.Entry) ([]look, error) {
	asked, err := s.states(ctx, me, entries)
	if err != nil {
		return nil, err
	}
	var ids []db.ID
	for _, e := range entries {
		ids = append(ids, e.Actor)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]look, len(entries))
	for i, e := range entries {
		answered, there := asked[e.ID]
		out[i] = look{e.ID, e.At, e.Who(names[e.Actor], e.Actor == me, true), e.Line(true), there, answered}
	}
	return out, nil
}

type looksView struct {
	Looks []look
	Zone  *time.Location
	Older string
	Open  []opening
}

func (s *Service) looks(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	before, err := db.ParseID(r.URL.Query().Get("before"))
	if r.URL.Query().Has("before") && err != nil {
		return fault.New(fault.BadRequest, "This address of an older page is incomplete.")
	}
	v := looksView{}
	if v.Looks, err = s.read(ctx, me, before, trailPage); err != nil {
		return err
	}
	if len(v.Looks) == trailPage {
		v.Older = "/space/looks?before=" + v.Looks[trailPage-1].ID.String()
	}
	if v.Open, err = s.fromOutside(ctx, me); err != nil {
		return err
	}
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Who looked at what")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, looksPage(p, v))
}

// cards are small things for the time between sessions.
func (s *Service) cards(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Settings.Page(r, "For the time between")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, cardsPage(p))
}

// putAway puts away what stays with the client after a held time.
func (s *Service) putAway(w http.ResponseWriter, r *http.Request) error {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.NotFound, "There is nothing at this address.")
	}
	if err := s.Notes.PutAway(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/space")
}

func (s *Service) discretion(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d, ok := people.ParseDiscretion(f.Raw("discretion"))
	if !ok {
		return fault.Field("discretion", "Please choose one of the three.")
	}
	ctx := r.Context()
	me := access.From(ctx).Person
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Own, Subject: me}); err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.People.SetDiscretion(ctx, tx, me, d) })
	if err != nil {
		return err
	}
	return web.See(w, r, "/space?saved=1")
}
