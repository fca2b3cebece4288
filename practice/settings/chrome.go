package settings

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
)

// siteNav is the site's landmark, the same for everybody.
var siteNav = []ui.Link{
	{Label: "Home", Href: "/"}, {Label: "How it works", Href: "/how"}, {Label: "People", Href: "/people"},
	{Label: "Articles", Href: "/articles"}, {Label: "Fees", Href: "/fees"}, {Label: "Questions", Href: "/questions"},
}

// deskNav is the desk's landmark; each sees what their roles may open.
var deskNav = []struct {
	ui.Link
	rule func(context.Context) bool
}{
	{ui.Link{Label: "Today", Href: "/desk"}, anyStaff},
	{ui.Link{Label: "Calendar", Href: "/desk/week"}, may(access.Read, access.Calendar)},
	{ui.Link{Label: "Open rooms", Href: "/room/calls"}, may(access.Read, access.Room)},
	{ui.Link{Label: "Questions", Href: "/desk/questions"}, may(access.Read, access.Questions)},
	{ui.Link{Label: "Inquiries", Href: "/desk/inquiries"}, may(access.Read, access.Inquiries)},
	{ui.Link{Label: "People", Href: "/desk/people"}, may(access.Read, access.People)},
	{ui.Link{Label: "Notes", Href: "/desk/notes"}, may(access.Read, access.Bridge)},
	{ui.Link{Label: "Screening", Href: "/desk/screening"}, may(access.Read, access.Chart)},
	{ui.Link{Label: "Alerts", Href: "/desk/alerts"}, may(access.Read, access.Alerts)},
	{ui.Link{Label: "Adverse events", Href: "/desk/adverse"}, may(access.Read, access.Review)},
	{ui.Link{Label: "Forms", Href: "/desk/forms"}, may(access.Read, access.Forms)},
	{ui.Link{Label: "Answers", Href: "/desk/measures"}, may(access.Read, access.Measures)},
	{ui.Link{Label: "Articles", Href: "/desk/articles"}, may(access.Read, access.Articles)},
	{ui.Link{Label: "Waiting list", Href: "/desk/waiting"}, may(access.Read, access.Inquiries)},
	{ui.Link{Label: "Settings", Href: "/desk/settings"}, anyStaff},
}

func anyStaff(ctx context.Context) bool { return access.From(ctx).Staff() }

func may(v access.Verb, c access.Class) func(context.Context) bool {
	return func(ctx context.Context) bool { return access.Possible(access.From(ctx), v, c) == access.Allow }
}

// DeskNav is what the signed-in colleague can open.
func DeskNav(ctx context.Context) []ui.Link {
	var out []ui.Link
	for _, n := range deskNav {
		if n.rule(ctx) {
			out = append(out, n.Link)
		}
	}
	return out
}

// Page is the chrome of a page: the practice and who looks. Public pages that
// are kept for everybody use PublicPage instead.
func (s *Service) Page(r *http.Request, title string) (ui.Page, error) {
	ctx := r.Context()
	p, err := s.PublicPage(ctx, title, r.URL.Path)
	if err != nil {
		return p, err
	}
	a := access.From(ctx)
	if a.Via != access.Session {
		return p, nil
	}
	c, err := s.People.Card(ctx, a.Person)
	if err != nil {
		return p, err
	}
	p.Viewer.Name = c.Name
	if a.Is(access.Client) {
		p.Viewer.Links = append(p.Viewer.Links, ui.Link{Label: "Your space", Href: "/space"})
	}
	if a.Staff() {
		p.Viewer.Links = append(p.Viewer.Links, ui.Link{Label: "Desk", Href: "/desk"})
	}
	p.Viewer.Links = append(p.Viewer.Links, ui.Link{Label: "Your sign-in", Href: "/account"})
	p.NoIndex = true
	if s.Calling != nil && may(access.Read, access.Room)(ctx) && atWork(a, r.URL.Path) {
		p.Calling = s.Calling(ctx)
	}
	if in, ok := people.SessionOf(ctx); ok && in.LockAfter > 0 {
		p.Lock = ui.Lock{After: in.LockAfter}
	}
	return p, nil
}

// atWork tells whether somebody is on a page that they may be called on: whoever
// is a client here as well is not called where they are one, in their space, on
// their appointments, on the site.
func atWork(a access.Actor, path string) bool {
	if !a.Is(access.Client) {
		return true
	}
	for _, place := range []string{"/desk", "/room", "/account"} {
		if path == place || strings.HasPrefix(path, place+"/") {
			return true
		}
	}
	return false
}

// PublicPage is the chrome for somebody who is not known.
func (s *Service) PublicPage(ctx context.Context, title, path string) (ui.Page, error) {
	st, err := s.Get(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	crisis := ui.Crisis{}
	if c, ok := CrisisFor(st.Country); ok && len(c.Emergency) > 0 {
		crisis.Emergency = c.Emergency[0]
		crisis.Unverified = slices.Contains(c.EmergencyUnverified, c.Emergency[0])
	}
	return ui.Page{Title: title, Path: path, Site: ui.Site{
		Practice: st.Name, Tagline: st.Tagline, Lang: st.Lang, BaseURL: s.Base, Zone: st.Zone, Nav: siteNav,
		Crisis: crisis, Hours: st.ReplyHours, Accent: st.Accent, Demo: s.Demo,
	}}, nil
}
