package preparation

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/settings"
)

// Routes is preparation's pages: at the desk, in the space, and an escort's.
func (s *Service) Routes() []web.Route {
	see, turn, order := access.To(access.Read, access.Gate), access.AnyStaff, access.To(access.Write, access.Orders)
	own, change := access.To(access.Read, access.Own), access.To(access.Write, access.Own)
	plan, courses, write := access.To(access.Write, access.Calendar), access.To(access.Read, access.Courses), access.To(access.Write, access.Courses)
	return []web.Route{
		{Pattern: "GET /desk/appointments/{id}/readiness", Access: see, Handle: s.showReadiness},
		{Pattern: "POST /desk/appointments/{id}/readiness/attest", Access: turn, Handle: s.attest},
		{Pattern: "POST /desk/appointments/{id}/readiness/withdraw", Access: turn, Handle: s.withdraw},
		{Pattern: "POST /desk/appointments/{id}/readiness/pass", Access: order, Handle: s.pass},
		{Pattern: "POST /desk/appointments/{id}/readiness/hold", Access: order, Handle: s.writeHold},
		{Pattern: "POST /desk/appointments/{id}/readiness/hold/end", Access: order, Handle: s.dropHold},
		{Pattern: "POST /desk/appointments/{id}/readiness/change", Access: order, Handle: s.lookAt},
		{Pattern: "POST /desk/appointments/{id}/readiness/vitals", Access: access.To(access.Write, access.Vitals), Handle: s.measure},
		{Pattern: "POST /desk/appointments/{id}/readiness/bring", Access: access.To(access.Write, access.Clinical), Handle: s.writeBring},

		{Pattern: "GET /desk/appointments/{id}/escort", Access: access.To(access.Read, access.Contact), Handle: s.showNamed},

		{Pattern: "GET /desk/courses", Access: courses, Handle: s.listCourses},
		{Pattern: "GET /desk/courses/new", Access: write, Handle: s.newCourse},
		{Pattern: "POST /desk/courses/new", Access: write, Handle: s.saveCourse},
		{Pattern: "GET /desk/courses/{id}", Access: courses, Handle: s.showCourse},
		{Pattern: "POST /desk/courses/{id}", Access: write, Handle: s.saveCourse},
		{Pattern: "POST /desk/courses/{id}/remove", Access: write, Handle: s.removeCourse},
		{Pattern: "GET /desk/people/{id}/course", Access: plan, Handle: s.showLay},
		{Pattern: "POST /desk/people/{id}/course", Access: plan, Handle: s.lay},
		{Pattern: "GET /desk/laid/{id}", Access: access.To(access.Read, access.Calendar), Handle: s.showLaid},
		{Pattern: "POST /desk/laid/{id}", Access: plan, Handle: s.moveRest},

		{Pattern: "GET /space/appointments/{id}/preparation", Access: own, Handle: s.showPreparation},
		{Pattern: "GET /space/appointments/{id}/readiness", Access: own, Handle: s.showOwn},
		{Pattern: "POST /space/appointments/{id}/intention", Access: change, Handle: s.intend},
		{Pattern: "POST /space/appointments/{id}/escort", Access: change, Handle: s.nameEscort},
		{Pattern: "POST /space/appointments/{id}/escort/remove", Access: change, Handle: s.removeEscort},
		{Pattern: "POST /space/appointments/{id}/change", Access: change, Handle: s.tellChange},
		{Pattern: "GET /space/appointments/{id}/checkin/{kind}", Access: own, Handle: s.showCheckin},
		{Pattern: "POST /space/appointments/{id}/checkin/{kind}", Access: change, Handle: s.answer},

		{Pattern: "GET /escort/{token}", Access: access.ByLink, Handle: s.showEscort},
		{Pattern: "POST /escort/{token}", Access: access.ByLink, Handle: s.answerEscort},
		{Pattern: "POST /escort/{token}/here", Access: access.ByLink, Handle: s.arrive},
	}
}

// deskPage is what every page of this part stands in at the desk.
type deskPage struct {
	ui.Page
	Nav []ui.Link
}

func (s *Service) desk(r *http.Request, title string) (deskPage, error) {
	p, err := s.Settings.Page(r, title)
	return deskPage{p, settings.DeskNav(r.Context())}, err
}

// refused is a refusal that its page can show; false for what it cannot.
func refused(err error) (*fault.Error, bool) {
	e := fault.Of(err)
	switch e.Kind {
	case fault.Invalid, fault.Taken:
		return e, true
	}
	return e, false
}

// attempt does what a form about one session asks. A refusal that the form's
// page can show comes back by itself, with the form as it was typed.
func attempt(r *http.Request, fn func(ctx context.Context, f *web.Form, id db.ID) error) (f *web.Form, id db.ID, no *fault.Error, err error) {
	if f, err = web.ReadForm(r); err != nil {
		return nil, id, nil, err
	}
	if id, err = web.PathID(r, "id", errNoSession); err != nil {
		return f, id, nil, err
	}
	if err = fn(r.Context(), f, id); err == nil {
		return f, id, nil, nil
	}
	if e, ok := refused(err); ok {
		return f, id, e, nil
	}
	return f, id, nil, err
}

// fields are the sentences of a refusal; those of the whole form stand under "".
func fields(e *fault.Error) map[string]string {
	if len(e.Fields) > 0 {
		return e.Fields
	}
	return map[string]string{"": e.Sentence}
}

// civil reads an instant as a browser's field for date and time sends it.
func civil(f *web.Form, name string, zone *time.Location) time.Time {
	at, err := time.ParseInLocation("2006-01-02T15:04", f.Line(name, 20), zone)
	if err != nil {
		f.Fail(name, "Please give a date and a time, as in 2026-12-24T09:30.")
	}
	return at.UTC()
}

const civilForm = "2006-01-02T15:04"

// zoneOf is the zone of a client, the practice's where they have none.
func (s *Service) zoneOf(ctx context.Context, name string) (theirs, house *time.Location, err error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, nil, err
	}
	house = st.Location()
	if theirs, err = time.LoadLocation(name); err != nil || name == "" {
		return house, house, nil
	}
	return theirs, house, nil
}

// named are the names of some people of the practice, by their ids as text.
func (s *Service) named(ctx context.Context, ids ...db.ID) (map[string]string, error) {
	names, err := s.People.Names(ctx, ids...)
	out := map[string]string{}
	for id, name := range names {
		out[id.String()] = name
	}
	return out, err
}

// Links lead from an appointment at the desk to its readiness and its course.
func (s *Service) Links(ctx context.Context, a calendar.Appointment) (out []ui.Link, err error) {
	medicine, err := s.Of(ctx, a)
	if err != nil {
		return nil, err
	}
	if medicine && access.May(ctx, access.Read, access.Resource{Class: access.Gate, Subject: a.Client}) {
		out = append(out, ui.Link{Label: "Readiness", Href: "/desk/appointments/" + a.ID.String() + "/readiness"})
	}
	if medicine && access.May(ctx, access.Read, access.Resource{Class: access.Orders, Subject: a.Client}) {
		out = append(out, ui.Link{Label: "Order", Href: "/desk/appointments/" + a.ID.String() + "/order"})
	}
	if medicine && access.Can(ctx, access.Read, access.Resource{Class: access.Contact, Subject: a.Client}) {
		out = append(out, ui.Link{Label: "Who brings them home", Href: "/desk/appointments/" + a.ID.String() + "/escort"})
	}
	plan, err := s.PlanOf(ctx, s.DB.Reader(), a.ID)
	if err != nil || plan.IsZero() {
		return out, err
	}
	p, err := s.Plan(ctx, plan)
	if err != nil {
		return out, err
	}
	label := "Its course: " + p.Course.Name
	if !p.Look.IsZero() {
		label += ". One of its times has changed; move the rest?"
	}
	return append(out, ui.Link{Label: label, Href: "/desk/laid/" + plan.String()}), nil
}
