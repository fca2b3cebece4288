package space

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/care/consent"
	"held/care/inquiry"
	"held/care/medicine"
	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/forms"
	"held/practice/notes"
	"held/practice/people"
)

// homeView is everything the first page shows: what is for today first, and the
// rest in groups that open.
type homeView struct {
	Me      people.Person
	Next    []appointment
	Path    []ui.Step
	Looks   []look
	House   *time.Location
	Zone    *time.Location
	Saved   bool
	Team    []carer
	News    []news            // changes of times that are still ahead
	Before  []news            // changes of times that have passed
	Offered []inquiry.OwnWait // times that have opened and are kept for them
	Waits   []inquiry.OwnWait // where they stand on the waiting list
	Asked   []inquiry.OwnQuestion
	Invited []invited
	Stays   notes.After
	Sheets  []medicine.Sheet // what they took home not long ago
	Spoke   bool             // words of theirs were written down in a session
	Forms   []forms.Waits    // what waits to be filled in
	Prompt  string           // today's open invitation
	Hours   string
	Alerted bool               // they told of something that concerns their safety, not long ago
	Screens bool               // they are at a step at which a prescriber asks and decides
	Papers  []consent.Standing // documents that wait to be read and signed
	After   db.ID              // the medicine session that is today, or was yesterday
	Now     time.Time
}

// carer is somebody on the client's care team.
type carer struct{ Name, Role string }

type appointment struct {
	calendar.Appointment
	Link    string
	Prepare string // where they prepare for it, if it is a medicine session
}

// invited is an open invitation to book, and its way in.
type invited struct {
	inquiry.Invited
	Link string
}

func (s *Service) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := access.From(ctx).Person
	var v homeView
	var err error
	if v.Me, err = s.People.Get(ctx, s.DB.Reader(), me); err != nil {
		return err
	}
	if err := s.times(ctx, me, &v); err != nil {
		return err
	}
	if v.Asked, err = s.Inquiry.AskedBy(ctx, me); err != nil {
		return err
	}
	if v.Invited, err = s.invited(ctx, me); err != nil {
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
	v.Now = s.Now()
	if v.After, err = s.after(ctx, me, v.Zone); err != nil {
		return err
	}
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

// times fills in the held times that are to come, soonest first, and what has
// changed of late, the latest first: what letters would tell stands here too.
func (s *Service) times(ctx context.Context, me db.ID, v *homeView) error {
	all, err := s.Calendar.OfClient(ctx, me)
	if err != nil {
		return err
	}
	coming, err := s.Preparation.Coming(ctx, me)
	if err != nil {
		return err
	}
	prepare := map[db.ID]string{}
	for _, x := range coming {
		prepare[x.ID] = "/space/appointments/" + x.ID.String() + "/preparation"
	}
	now := s.Now()
	for _, a := range all {
		if a.State == calendar.Booked && a.End.After(now) {
			v.Next = append(v.Next, appointment{a, s.Inquiry.AppointmentLink(ctx, a.ID), prepare[a.ID]})
		}
		if a.Sequence == 0 || now.Sub(a.Changed) >= newsFor {
			continue
		}
		if n := (news{a, a.State == calendar.Cancelled}); a.End.After(now) {
			v.News = append(v.News, n)
		} else {
			v.Before = append(v.Before, n)
		}
	}
	slices.Reverse(v.Next) // the list came latest first
	for _, list := range [][]news{v.News, v.Before} {
		slices.SortFunc(list, func(a, b news) int { return b.Changed.Compare(a.Changed) })
	}
	waits, err := s.Inquiry.WaitsOf(ctx, me)
	for _, w := range waits {
		if w.Offered.IsZero() {
			v.Waits = append(v.Waits, w)
		} else {
			v.Offered = append(v.Offered, w)
		}
	}
	return err
}

// Prepares is the soonest medicine session to prepare for; nil while there is none.
func (v homeView) Prepares() *appointment {
	for i := range v.Next {
		if v.Next[i].Prepare != "" {
			return &v.Next[i]
		}
	}
	return nil
}

// Asks tells that they are where a prescriber asks for their story: then it waits.
func (v homeView) Asks() bool {
	return v.Me.Step == people.StepScreening || v.Me.Step == people.StepClearance
}

// Quiet tells that nothing waits for them.
func (v homeView) Quiet() bool {
	return v.Prepares() == nil && !v.Asks() && len(v.Offered)+len(v.Papers)+len(v.Forms)+len(v.Invited)+len(v.News) == 0 && len(v.sheets(true)) == 0
}

// WritesFirst tells that a medicine session has begun, today or yesterday: then
// writing or speaking comes before anything that is asked.
func (v homeView) WritesFirst() bool {
	ahead := slices.ContainsFunc(v.Next, func(a appointment) bool { return a.ID == v.After && a.Start.After(v.Now) })
	return !v.After.IsZero() && !ahead
}

// sheets are what they took home: of the session of today or yesterday, or of others.
func (v homeView) sheets(now bool) (out []medicine.Sheet) {
	for _, x := range v.Sheets {
		if (x.Session == v.After) == now {
			out = append(out, x)
		}
	}
	return out
}

// Where is the path as one line: the step where they are, and the next.
func (v homeView) Where() string {
	for i, step := range v.Path {
		if step.State != ui.Now {
			continue
		}
		if i+1 == len(v.Path) {
			return step.Label
		}
		return step.Label + "; next: " + v.Path[i+1].Label
	}
	return ""
}

// With is who cares for them, in one line.
func (v homeView) With() string {
	if len(v.Team) == 0 {
		return "Nobody yet"
	}
	var names []string
	for _, c := range v.Team {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
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
