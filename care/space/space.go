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

type look struct {
	ID        db.ID
	At        time.Time
	Who, What string
	Asked     bool // the client asked about it
	Answered  bool
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
