package inquiry

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// bookingRoutes is booking, appointments and the waiting list.
func (s *Service) bookingRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /book", Access: access.Anyone, Handle: s.bookList},
		{Pattern: "GET /book/{offering}", Access: access.Anyone, Handle: s.byInvitation(s.bookPage)},
		{Pattern: "GET /book/{offering}/times", Access: access.Anyone, Handle: s.bookTimes},
		{Pattern: "POST /book/{offering}/hold", Access: access.Anyone, Handle: s.byInvitation(s.bookHold)},
		{Pattern: "GET /book/{offering}/form", Access: access.Anyone, Handle: s.byInvitation(s.bookForm)},
		{Pattern: "POST /book/{offering}/release", Access: access.Anyone, Handle: s.bookRelease},
		{Pattern: "POST /book/{offering}", Access: access.Anyone, Handle: s.byInvitation(s.bookSend)},
		{Pattern: "GET /book/{offering}/wait", Access: access.Anyone, Handle: s.waitForm},
		{Pattern: "POST /book/{offering}/wait", Access: access.Anyone, Handle: s.waitSend},

		{Pattern: "GET /invitations/{token}", Access: access.ByLink, Handle: s.openInvitation},

		{Pattern: "GET /appointments/{token}", Access: access.ByLink, Handle: s.appointmentPage},
		{Pattern: "GET /appointments/{token}/appointment.ics", Access: access.ByLink, Handle: s.appointmentFile},
		{Pattern: "GET /appointments/{token}/move", Access: access.ByLink, Handle: s.movePage},
		{Pattern: "POST /appointments/{token}/move", Access: access.ByLink, Handle: s.moveSend},
		{Pattern: "GET /appointments/{token}/cancel", Access: access.ByLink, Handle: s.cancelPage},
		{Pattern: "POST /appointments/{token}/cancel", Access: access.ByLink, Handle: s.cancelSend},

		{Pattern: "GET /wait/{token}", Access: access.ByLink, Handle: s.waitPage},
		{Pattern: "POST /wait/{token}/leave", Access: access.ByLink, Handle: s.waitLeave},
		{Pattern: "GET /offers/{token}", Access: access.ByLink, Handle: s.offerPage},
		{Pattern: "POST /offers/{token}/take", Access: access.ByLink, Handle: s.offerTake},
		{Pattern: "POST /offers/{token}/pass", Access: access.ByLink, Handle: s.offerPass},

		{Pattern: "GET /desk/invitations", Access: access.To(access.Read, access.Calendar), Handle: s.invitationsDesk},
		{Pattern: "GET /desk/invitations/new", Access: access.To(access.Write, access.Calendar), Handle: s.inviteForm},
		{Pattern: "POST /desk/invitations", Access: access.To(access.Write, access.Calendar), Handle: s.inviteSend},
		{Pattern: "POST /desk/invitations/{id}/take-back", Access: access.To(access.Write, access.Calendar), Handle: s.takeBack},

		{Pattern: "GET /space/questions/{id}", Access: access.To(access.Read, access.Own), Handle: s.ownQuestion},
		{Pattern: "GET /desk/waiting", Access: access.To(access.Read, access.Inquiries), Handle: s.waitDesk},
		{Pattern: "POST /desk/waiting/{id}/remove", Access: access.To(access.Write, access.Inquiries), Handle: s.waitRemove},
	}
}

// kept shows a visitor the page that was made for the last one a moment ago,
// and everybody else a page of their own.
func (s *Service) kept(w http.ResponseWriter, r *http.Request, key string, make func(ctx context.Context) (templ.Component, error)) error {
	ctx := r.Context()
	if access.From(ctx).Via != access.Public {
		c, err := make(ctx)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, c)
	}
	version, err := s.Settings.Version(ctx)
	if err != nil {
		return err
	}
	e, err := s.counters().pages.Entry(key, s.generation(version), func() (*web.Entry, error) {
		c, err := make(ctx)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := c.Render(ctx, &b); err != nil {
			return nil, err
		}
		return web.NewEntry("text/html; charset=utf-8", b.Bytes()), nil
	})
	if err != nil {
		return err
	}
	return web.Cached(w, r, e)
}

// generation names what a page of free times was made from.
func (s *Service) generation(settings int64) string {
	b := strconv.AppendInt(make([]byte, 0, 48), settings, 36)
	b = strconv.AppendInt(append(b, '.'), s.Calendar.Generation(), 36)
	return string(strconv.AppendInt(append(b, '.'), s.Now().UnixNano()/int64(pageFresh), 36))
}

type listView struct {
	Offerings []calendar.Offering
	Hosts     map[db.ID]string
}

func (s *Service) bookList(w http.ResponseWriter, r *http.Request) error {
	return s.kept(w, r, r.URL.Path, func(ctx context.Context) (templ.Component, error) {
		all, err := s.Calendar.Offerings(ctx)
		if err != nil {
			return nil, err
		}
		var v listView
		var hosts []db.ID
		for _, o := range all {
			if o.Open && s.mayBook(ctx, o) {
				v.Offerings = append(v.Offerings, o)
				hosts = append(append(hosts, o.Hosts...), o.Seconds...)
			}
		}
		if v.Hosts, err = s.People.Names(ctx, hosts...); err != nil {
			return nil, err
		}
		p, err := s.Settings.Page(r, "Book a time")
		p.Description = "Free times at " + p.Site.Practice + ", shown in your own time zone."
		return bookListPage(p, v), err
	})
}

type timesView struct {
	Offering       calendar.Offering
	Hosts          string
	Zone           string
	Chosen         bool   // the visitor chose the zone
	Unknown        bool   // the zone that was asked for is not known
	Closed         string // why nobody can book it now
	Visitor, House *time.Location
	From           time.Time
	Days           []freeDay
	First          time.Time // the first free time after these days, when there is none in them
	Earlier, Later string    // addresses
	Taken          bool      // a time was wanted that somebody else has
	Wanted         time.Time // in the visitor's zone
	Problem        string    // why another time was refused
	Invitation     string    // its token, for whoever comes by one
	Reach          string    // whom to turn to where there is no waiting list
	Listed         bool      // somebody who holds it is on the client's own list
}

func (v timesView) path() string { return "/book/" + v.Offering.Slug }

// at is the address of this page from another date on.
func (v timesView) at(day time.Time) string {
	q := url.Values{"from": {day.Format(time.DateOnly)}}
	if v.Chosen {
		q.Set("zone", v.Zone)
	}
	if v.Invitation != "" {
		q.Set("invitation", v.Invitation)
	}
	return v.path() + "?" + q.Encode()
}

// hidden is what the zone's form carries besides the zone.
func (v timesView) hidden(now time.Time) (all []ui.Value) {
	if !midnight(now.In(v.Visitor), 0).Equal(v.From) {
		all = append(all, ui.Value{Name: "from", Value: v.From.Format(time.DateOnly)})
	}
	if v.Invitation != "" {
		all = append(all, ui.Value{Name: "invitation", Value: v.Invitation})
	}
	return all
}

func (s *Service) bookPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	zone, from := q.Get("zone"), q.Get("from")
	if zone != "" {
		if _, ok := zoneOf(zone); !ok {
			return s.unknownZone(w, r)
		}
	}
	return s.kept(w, r, r.URL.Path+"|"+zone+"|"+from, func(ctx context.Context) (templ.Component, error) {
		v, err := s.times(ctx, r.PathValue("offering"), zone, from)
		if err != nil {
			return nil, err
		}
		return s.timesPage(r, v)
	})
}

// unknownZone shows the practice's own zone instead: a browser may know a name
// that this house does not, and its owner cannot help it.
func (s *Service) unknownZone(w http.ResponseWriter, r *http.Request) error {
	v, err := s.times(r.Context(), r.PathValue("offering"), "", r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	v.Unknown, v.Chosen = true, true // detecting again would go in circles
	c, err := s.timesPage(r, v)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusBadRequest, c)
}

func (s *Service) timesPage(r *http.Request, v timesView) (templ.Component, error) {
	p, err := s.chrome(r, v.Offering.Name)
	p.Path = v.path()
	p.Description = "Free times for " + v.Offering.Name + " at " + p.Site.Practice + ", shown in your own time zone."
	return chooseTimePage(p, v, s.Now()), err
}

// times gathers a page of free times.
func (s *Service) times(ctx context.Context, slug, zone, from string) (v timesView, err error) {
	if v.Offering, err = s.offeringAt(ctx, slug); err != nil {
		return v, err
	}
	if g, invited := guestIn(ctx); invited {
		v.Invitation = g.token
	}
	v.Chosen = zone != ""
	if v.Zone, v.Visitor, err = s.zoneAsked(ctx, zone); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.Reach = reach(st)
	v.House = st.Location()
	var ok bool
	if v.From, ok = dateOf(from, s.Now(), v.Visitor); !ok {
		return v, fault.New(fault.BadRequest, "This address carries a date that cannot be read. Please begin again with the first free days.")
	}
	if v.Hosts, err = s.hostNames(ctx, v.Offering); err != nil {
		return v, err
	}
	if v.Listed, err = s.listed(ctx, v.Offering); err != nil {
		return v, err
	}
	return v, s.fill(ctx, &v)
}

func (s *Service) fill(ctx context.Context, v *timesView) error {
	until := midnight(v.From, daysShown)
	var err error
	if v.Closed, err = s.Calendar.WhyClosed(ctx, v.Offering); err != nil || v.Closed != "" {
		return err
	}
	free, err := s.Calendar.Times(ctx, v.Offering, v.From, until)
	if err != nil {
		return err
	}
	v.Days = byDay(free, v.Visitor, v.House)
	today := midnight(s.Now().In(v.Visitor), 0)
	if v.From.After(today) {
		earlier := midnight(v.From, -daysShown)
		if earlier.Before(today) {
			earlier = today
		}
		v.Earlier = v.at(earlier)
	}
	if !until.After(midnight(today, horizon(v.Offering))) {
		v.Later = v.at(until)
	}
	if len(free) == 0 {
		v.First, err = s.firstFree(ctx, v.Offering, until)
		if err == nil && v.First.IsZero() && v.From.After(today) {
			v.First, err = s.firstFree(ctx, v.Offering, today)
		}
	}
	return err
}

func (s *Service) hostNames(ctx context.Context, o calendar.Offering) (string, error) {
	names, err := s.People.Names(ctx, slices.Concat(o.Hosts, o.Seconds)...)
	return hostsOf(o, names), err
}

// hostsOf names who an appointment is with: any one of those who hold it, and
// everybody who comes along.
func hostsOf(o calendar.Offering, names map[db.ID]string) string {
	hosts := strings.Join(known(o.Hosts, names), " or ")
	with := known(o.Seconds, names)
	if o.Attended {
		with = append(with, "one of our attendants")
	}
	along := strings.Join(with, " and ")
	switch {
	case hosts == "" || along == "":
		return hosts + along
	case len(o.Hosts) > 1:
		return hosts + ", and " + along
	}
	return hosts + " and " + along
}

func known(ids []db.ID, names map[db.ID]string) (out []string) {
	for _, id := range ids {
		if names[id] != "" {
			out = append(out, names[id])
		}
	}
	return out
}

// discretions are the choices of how much a message may say, to somebody with a
// space or without one.
func discretions(space bool) []ui.Option {
	out := []ui.Option{
		{Value: string(people.Full), Label: "Say what it is", Hint: "Messages name the practice and the appointment."},
		{Value: string(people.Neutral), Label: "Say little", Hint: "A time and a link; nothing about the practice's work."},
		{Value: string(people.Silent), Label: people.NotMuch, Hint: "One confirmation, and changes; no reminders. Without a space of your own there is nowhere else to tell you."},
	}
	if space {
		out[2].Label, out[2].Hint = people.Nothing, people.NothingAbout
	}
	return out
}

func whereWords(w calendar.Where) string {
	switch w {
	case calendar.ByVideo:
		return "By video"
	case calendar.ByPhone:
		return "By phone"
	}
	return "In the room"
}

func priceWords(price string) string {
	if price == "" {
		return "free"
	}
	return price
}

func lengthWords(o calendar.Offering) string { return ui.Minutes(int(o.Length / time.Minute)) }

func (v timesView) waitPath() string {
	if v.Chosen && !v.Unknown {
		return v.path() + "/wait?" + url.Values{"zone": {v.Zone}}.Encode()
	}
	return v.path() + "/wait"
}

// pagerLink is a link, or none without an address.
func pagerLink(label, href string) ui.Link {
	if href == "" {
		return ui.Link{}
	}
	return ui.Link{Label: label, Href: href}
}

// untilWords is an hour of today's on both clocks, the visitor's first.
func untilWords(t time.Time, visitor, house *time.Location) string {
	if offset(t, visitor) == offset(t, house) {
		return ui.Clock(t, visitor)
	}
	return ui.Clock(t, visitor) + " in " + ui.ZoneCity(visitor.String()) + " (" + ui.Clock(t, house) + " in " + ui.ZoneCity(house.String()) + ")"
}
