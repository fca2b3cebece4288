package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

const bothRoles access.Role = "guide+client"

// both lets somebody come who is a guide here and a client too: with an
// appointment at the owner's, who so is on their care team.
func (k *knocker) both() (people.Person, calendar.Appointment) {
	k.t.Helper()
	ctx := k.h.as(k.t.Context(), access.Operator)
	p := people.Person{Name: "Quillon Both", Contact: "quillon@example.org", Zone: "Europe/Lisbon", Step: people.StepConsultation, Discretion: people.Silent,
		Roles: []access.Role{access.Guide, access.Client}}
	err := k.h.db.Write(ctx, func(tx *db.Tx) (err error) {
		p, err = k.h.people.Add(ctx, tx, p)
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	var a calendar.Appointment
	offerings, err := k.h.calendar.Offerings(ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	err = k.h.calendar.Write(k.h.system(k.t.Context()), func(tx *db.Tx) (err error) {
		ctx := k.h.system(k.t.Context())
		start := k.h.now().AddDate(0, 0, 40).Truncate(time.Hour)
		a, err = k.h.calendar.Book(ctx, tx, calendar.Booking{
			Offering: offerings[0].ID, Client: p.ID, Start: start, Zone: "Europe/Lisbon", Note: "The window open, please.", ByStaff: true,
		})
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	extra[bothRoles] = access.Guide // no persona of the demo's
	k.t.Cleanup(func() { delete(extra, bothRoles) })
	k.comes(bothRoles, p)
	return p, a
}

var asClient = regexp.MustCompile(`\bclient\b`)

// TestAColleagueIsAClientToTheirCareTeamAlone walks the desk as everybody who
// works there: the page of a colleague, lists, the calendar and the choices of
// forms say that they work here, and no more, but to their care team.
func TestAColleagueIsAClientToTheirCareTeamAlone(t *testing.T) {
	k := newKnocker(t)
	p, a := k.both()
	page := "/desk/people/" + p.ID.String()
	card, err := k.h.people.Card(k.h.system(t.Context()), p.ID)
	if err != nil || len(card.Team) == 0 {
		t.Fatalf("nobody cares for them: %+v, %v", card, err)
	}
	for _, as := range []access.Role{access.Attendant, access.Coordinator, access.Prescriber, access.Guide, access.Owner, teamGuide, glassGuide, bothRoles} {
		b := k.as(as)
		me := k.actors[as].Person
		team := me != p.ID && slices.ContainsFunc(card.Team, func(m people.Member) bool { return m.Person == me })
		body := b.page(page)
		for _, sign := range []string{"Care team", "Appointments", "Trail", "Consultation", "Invite them to book"} {
			if shown := strings.Contains(body, `>`+sign+`<`); shown && !team {
				t.Errorf("%s reads %q on a colleague's page", as, sign)
			}
		}
		if team != strings.Contains(body, "/desk/appointments/"+a.ID.String()) {
			t.Errorf("%s: on the team %v, and the appointment is shown otherwise", as, team)
		}
		list := regexp.MustCompile(`(?s)<tr>.{0,200}Quillon Both.*?</tr>`).FindString(b.page("/desk/people?q=Quillon"))
		if list == "" || !team && (asClient.MatchString(list) || strings.Contains(list, "onsultation")) {
			t.Errorf("%s reads in the list of people: %s", as, list)
		}
		if week := b.page("/desk/week?from=" + a.Start.Format("2006-01-02")); !team && regexp.MustCompile(`(?s)`+a.ID.String()+`.{0,400}Quillon`).MatchString(week) {
			t.Errorf("%s reads the name in the calendar", as)
		}
		own := strings.NewReplacer(`me="`+me.String()+`"`, "") // whose page it is stands on every page
		if body := own.Replace(b.get("/desk/appointments/" + a.ID.String()).body); !team && (strings.Contains(body, "Quillon") && as != bothRoles || strings.Contains(body, p.ID.String())) {
			t.Errorf("%s reads on the appointment whose it is", as)
		}
		if as == access.Coordinator && strings.Contains(b.page("/desk/week/book?q=Quillon"), p.ID.String()) {
			t.Error("the choice of clients offers a colleague")
		}
		for _, door := range []string{"/step", "/invite", "/identity", "/circle", "/team", "/team/leave", "/open"} {
			ans := b.post(page+door, "step", "screening", "why", "legal", "reason", "emergency", "words", "Trying the door.", "member", me.String()+":guide")
			if !team && ans.status != http.StatusNotFound && ans.status != http.StatusForbidden {
				t.Errorf("%s: POST %s answers %d", as, door, ans.status)
			}
		}
		if note := b.post("/desk/appointments/" + a.ID.String() + "/note"); !team && strings.Contains(note.body, "The window open") {
			t.Errorf("%s reads what was written when booking", as)
		}
	}
}

// TestWhoHoldsTwoRolesHasTwoViews: the desk for the one, the space for the
// other, a way between them, and nothing of the one in the other.
func TestWhoHoldsTwoRolesHasTwoViews(t *testing.T) {
	k := newKnocker(t)
	p, a := k.both()
	b := k.as(bothRoles)
	desk, space := b.page("/desk"), b.page("/space")
	for page, ways := range map[string][]string{desk: {`href="/space"`, `href="/desk"`}, space: {`href="/desk"`, `href="/space"`}} {
		for _, way := range ways {
			if !strings.Contains(page, way) {
				t.Errorf("a page has no %s", way)
			}
		}
	}
	// They are called at work, and not where they are a client.
	link := regexp.MustCompile(`/appointments/[A-Za-z0-9_-]{20,}`).FindString(space)
	for path, called := range map[string]bool{
		"/desk": true, "/desk/settings": true, "/account": true,
		"/space": false, "/space/journal": false, "/space/looks": false, link: false, "/": false, "/book": false, "/desks": false,
	} {
		body := b.get(path).body
		if strings.Contains(body, "<held-calling") != called || strings.Contains(body, "/calling-") != called {
			t.Errorf("on %s they are called: %v", path, !called)
		}
	}
	if strings.Contains(desk, "/desk/appointments/"+a.ID.String()) && strings.Contains(desk, "Quillon Both</a>") {
		t.Error("their own appointment stands at the desk under their name")
	}
	if strings.Contains(space, "desk-nav") || strings.Contains(space, "/desk/appointments/") {
		t.Error("the space shows the desk")
	}
	if !strings.Contains(space, "/appointments/") {
		t.Error("their own appointment is not in their space")
	}
	if looks := b.page("/space/looks"); !strings.Contains(looks, "appointment") {
		t.Error("their own trail is not in their space")
	}
	if text := b.page("/desk/people/" + p.ID.String()); strings.Contains(text, `id="trail"`) {
		t.Error("their own trail stands at the desk")
	}
	if ans := b.get("/desk/settings/people"); ans.status != http.StatusOK || asClient.MatchString(ans.body) {
		t.Errorf("%d", ans.status)
	}
	owner := k.as(access.Owner).page("/desk/settings/people/" + p.ID.String())
	if strings.Contains(owner, ">Client<") || strings.Contains(owner, "client") {
		t.Error("the owner reads among the roles that a colleague is a client")
	}
}

// TestARoleThatIsTakenAwayIsGoneWithTheNextRequest: the sessions end, the
// teams stand in the owner's list, and being a client stays.
func TestARoleThatIsTakenAwayIsGoneWithTheNextRequest(t *testing.T) {
	k := newKnocker(t)
	p, _ := k.both()
	ctx := k.h.as(t.Context(), access.Operator)
	client := k.actors[access.Client].Person
	if err := k.h.people.Assign(ctx, client, p.ID, access.Guide); err != nil {
		t.Fatal(err)
	}
	b, owner := k.as(bothRoles), k.as(access.Owner)
	b.page("/desk")
	if ans := owner.post("/desk/settings/people/" + p.ID.String()); ans.status != http.StatusSeeOther && ans.status != http.StatusOK {
		t.Fatalf("%d", ans.status)
	}
	if ans := b.get("/desk"); ans.status == http.StatusOK && strings.Contains(ans.body, "desk-nav") {
		t.Error("the desk still opens")
	}
	now, err := k.h.people.Get(ctx, k.h.db.Reader(), p.ID)
	if err != nil || !slices.Equal(now.Roles, []access.Role{access.Client}) {
		t.Errorf("%v, %v", now.Roles, err)
	}
	if list := owner.page("/desk/settings/people"); !strings.Contains(list, "Care teams to arrange anew") || !strings.Contains(list, "Quillon Both, as guide") {
		t.Error("the owner is not told which care teams to arrange anew")
	}
}
