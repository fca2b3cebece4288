package calendar

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Pages is the calendar at the desk: the week, one appointment, and the
// settings that say what can be booked, when and where.
type Pages struct {
	DB       *db.DB
	Calendar *Service
	People   *people.Service
	Settings *settings.Service
	Trail    *trail.Service
	Circle   *circle.Service
	Now      func() time.Time
	// Also leads from an appointment to what else is kept about it; nil: nowhere.
	Also func(ctx context.Context, a Appointment) ([]ui.Link, error)
	// AlsoGroup leads from a group to what is done with all of it; nil: nowhere.
	AlsoGroup func(ctx context.Context, all []Appointment) ([]ui.Link, error)
}

// Routes is the calendar's pages.
func (s *Pages) Routes() []web.Route {
	read, write := access.To(access.Read, access.Calendar), access.To(access.Write, access.Calendar)
	see, set := access.To(access.Read, access.Settings), access.To(access.Write, access.Settings)
	hours, own := access.To(access.Read, access.Hours), access.To(access.Write, access.Hours)
	return []web.Route{
		{Pattern: "GET /desk/week", Access: read, Handle: s.showWeek},
		{Pattern: "POST /desk/week/move", Access: write, Handle: s.drop},
		{Pattern: "GET /desk/week/book", Access: write, Handle: s.showBook},
		{Pattern: "POST /desk/week/book", Access: write, Handle: s.book},

		{Pattern: "GET /desk/groups/{id}", Access: read, Handle: s.showGroup},

		{Pattern: "GET /desk/appointments/{id}", Access: read, Handle: s.showAppointment},
		{Pattern: "POST /desk/appointments/{id}/note", Access: access.To(access.Read, access.Notes), Handle: s.showNote},
		{Pattern: "POST /desk/appointments/{id}/circle", Access: write, Handle: s.decide},
		{Pattern: "POST /desk/appointments/{id}/attendant", Access: write, Handle: s.attend},
		{Pattern: "GET /desk/appointments/{id}/move", Access: write, Handle: s.showMove},
		{Pattern: "POST /desk/appointments/{id}/move", Access: write, Handle: s.move},
		{Pattern: "GET /desk/appointments/{id}/cancel", Access: write, Handle: s.showCancel},
		{Pattern: "POST /desk/appointments/{id}/cancel", Access: write, Handle: s.cancel},

		{Pattern: "GET /desk/settings/offerings", Access: see, Handle: s.listOfferings},
		{Pattern: "POST /desk/settings/offerings", Access: set, Handle: s.saveOffering},
		{Pattern: "GET /desk/settings/offerings/new", Access: set, Handle: s.newOffering},
		{Pattern: "GET /desk/settings/offerings/{id}", Access: see, Handle: s.showOffering},
		{Pattern: "POST /desk/settings/offerings/{id}", Access: set, Handle: s.saveOffering},

		{Pattern: "GET /desk/settings/hours", Access: hours, Handle: s.showHours},
		{Pattern: "POST /desk/settings/hours", Access: own, Handle: s.saveHours},
		{Pattern: "POST /desk/settings/hours/override", Access: own, Handle: s.saveOverride},
		{Pattern: "POST /desk/settings/hours/override/remove", Access: own, Handle: s.dropOverride},
		{Pattern: "POST /desk/settings/hours/away", Access: own, Handle: s.addAway},
		{Pattern: "POST /desk/settings/hours/away/remove", Access: own, Handle: s.dropAway},

		{Pattern: "GET /desk/settings/rooms", Access: see, Handle: s.showRooms},
		{Pattern: "POST /desk/settings/rooms", Access: set, Handle: s.saveRoom},
		{Pattern: "POST /desk/settings/rooms/{id}", Access: set, Handle: s.saveRoom},
	}
}

// deskChrome is what every page of the desk stands in.
type deskChrome struct {
	ui.Page
	Nav []ui.Link
}

func (s *Pages) chrome(r *http.Request, title string) (deskChrome, error) {
	p, err := s.Settings.Page(r, title)
	return deskChrome{p, settings.DeskNav(r.Context())}, err
}

// idInPath reads the {id} of an address. What cannot be an id names nothing.
func idInPath(r *http.Request, missing error) (db.ID, error) {
	id, err := db.ParseID(r.PathValue("id"))
	if err != nil {
		return id, missing
	}
	return id, nil
}

// idOf reads an id that a form carries; the zero id when it carries none.
func idOf(s string) db.ID {
	id, err := db.ParseID(s)
	if err != nil {
		return db.ID{}
	}
	return id
}

// colleagues lists who works here, by working name.
func (s *Pages) colleagues(ctx context.Context) ([]people.Card, error) {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	var out []people.Card
	for _, c := range all {
		if c.Staff() {
			out = append(out, *c)
		}
	}
	return out, nil
}

// colleague finds one of them.
func colleague(all []people.Card, id db.ID) (people.Card, bool) {
	i := slices.IndexFunc(all, func(c people.Card) bool { return c.ID == id })
	if i < 0 {
		return people.Card{}, false
	}
	return all[i], true
}

var errNobody = fault.New(fault.NotFound, "Nobody of this practice is at this address.")

// choiceLink is one of several views of a page, as nav.filters shows them.
type choiceLink struct {
	ui.Link
	Current bool
}

// address writes a path with a query, leaving out what is empty.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// nameOf is a working name, or what stands for somebody without one.
func nameOf(names map[db.ID]string, id db.ID) string {
	return cmp.Or(names[id], "Somebody")
}

// whereWords says where an appointment takes place.
func whereWords(w Where) string {
	switch w {
	case ByVideo:
		return "By video"
	case ByPhone:
		return "By phone"
	}
	return "In the room"
}

// refused splits a refusal that belongs on a form from any other error.
func refused(err error) (*fault.Error, bool) {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Taken) {
		return nil, false
	}
	return fault.Of(err), true
}
