package calendar

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/trail"
)

// groupView is one group at the desk: who has a place, and how many are left.
type groupView struct {
	Group
	Offering Offering
	Members  []groupMember
	HostName string
	With     string // who comes along
	RoomName string
	House    *time.Location
	Edit     bool
	Also     []ui.Link // what else is done with all of them
}

// groupMember is an appointment in a group with its client's working name.
type groupMember struct {
	Appointment
	Name string
	Talk circle.Word // "" to whoever is told nothing
}

func (m groupMember) named() bool { return m.Name != people.Veiled }

func (v groupView) title() string { return v.Offering.Called() }

// bookHref leads to the form for one more, with everything chosen but whom.
func (v groupView) bookHref() string {
	return address("/desk/week/book", "offering", v.Group.Offering.String(), "host", v.Host.String(), "start", v.Start.Format(time.RFC3339))
}

func groupHref(id db.ID) string { return "/desk/groups/" + id.String() }

func (s *Pages) showGroup(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := idInPath(r, ErrNoGroup)
	if err != nil {
		return err
	}
	v, err := s.groupView(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range v.Members {
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: m.Client, Kind: "appointment", Object: m.ID}); err != nil {
			return err
		}
	}
	p, err := s.chrome(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, groupPage(p, v))
}

func (s *Pages) groupView(ctx context.Context, id db.ID) (v groupView, err error) {
	var all []Appointment
	if v.Group, all, err = s.Calendar.GroupOf(ctx, id); err != nil {
		return v, err
	}
	if v.Offering, err = s.Calendar.Offering(ctx, v.Group.Offering); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House, v.Edit = st.Location(), access.Can(ctx, access.Write, access.Resource{Class: access.Calendar})
	var clients []db.ID
	for _, a := range all {
		clients = append(clients, a.Client)
	}
	names, err := s.People.ClientNames(ctx, clients...)
	if err != nil {
		return v, err
	}
	for _, a := range all {
		v.Members = append(v.Members, groupMember{Appointment: a, Name: nameOf(names, a.Client)})
	}
	if v.HostName, err = s.nameList(ctx, []db.ID{v.Host}); err != nil {
		return v, err
	}
	if v.With, err = s.nameList(ctx, v.Seconds); err != nil {
		return v, err
	}
	rooms, err := s.Calendar.Rooms(ctx)
	if err != nil {
		return v, err
	}
	if i := slices.IndexFunc(rooms, func(r Room) bool { return r.ID == v.Room }); i >= 0 {
		v.RoomName = rooms[i].Name
	}
	if err := s.talkInGroup(ctx, all, v.Members); err != nil {
		return v, err
	}
	if s.AlsoGroup != nil {
		v.Also, err = s.AlsoGroup(ctx, all)
	}
	return v, err
}

// talkInGroup says of each member whether to talk first: never with whom.
func (s *Pages) talkInGroup(ctx context.Context, all []Appointment, members []groupMember) error {
	if !circle.May(ctx) || len(all) == 0 || !all[0].End.After(s.Now()) {
		return nil
	}
	meetings, err := s.Calendar.Meetings(ctx, all...)
	if err != nil {
		return err
	}
	answers, err := s.Circle.Ask(ctx, meetings...)
	for i, a := range answers {
		members[i].Talk = a.Word
	}
	return err
}

// place says where, with the room's name when it has one.
func (v groupView) place() string {
	if v.RoomName != "" {
		return whereWords(v.Offering.Where) + ": " + v.RoomName
	}
	return whereWords(v.Offering.Where)
}

// drawGroups draws each group of a week once, with everybody who has a place.
func (s *Pages) drawGroups(ctx context.Context, b *sheet, groups map[db.ID][]Appointment, staff, clients map[db.ID]string) error {
	left, err := s.leftIn(ctx, b.from(), b.until(), groups)
	if err != nil {
		return err
	}
	for id, all := range groups {
		var who []string
		for _, a := range all {
			who = append(who, nameOf(clients, a.Client))
		}
		a := all[0]
		sub := a.Called()
		if n, there := left[id]; there {
			sub += ", " + placesLeft(n)
		}
		sub += " · " + whereWords(a.Where)
		if with := withWords(staff, a, b.only.ID); with != "" {
			sub += " · with " + with
		}
		b.draw(ui.Slot{Kind: ui.Booked, Title: strings.Join(who, ", "), Sub: sub, Href: groupHref(id)}, a.Start, a.End)
	}
	return nil
}

// leftIn counts the places that are left in some groups of a week.
func (s *Pages) leftIn(ctx context.Context, from, to time.Time, groups map[db.ID][]Appointment) (map[db.ID]int, error) {
	out, asked := map[db.ID]int{}, map[db.ID]bool{}
	for _, all := range groups {
		offering := all[0].Offering
		if asked[offering] {
			continue
		}
		asked[offering] = true
		o, err := s.Calendar.Offering(ctx, offering)
		if err != nil {
			return nil, err
		}
		found, err := s.Calendar.GroupsOf(ctx, o, from.Add(-MaxLength), to)
		if err != nil {
			return nil, err
		}
		for _, g := range found {
			out[g.ID] = g.Left
		}
	}
	return out, nil
}

// sayGroups says at which of the times on a form others come already, and how
// many places they leave.
func (s *Pages) sayGroups(ctx context.Context, w *whenForm, o Offering, host db.ID) error {
	if o.Places < 2 {
		return nil
	}
	day, ok := w.date()
	if !ok {
		return nil
	}
	bounds := civilDays(day, 1, w.Zone)
	all, err := s.Calendar.GroupsOf(ctx, o, bounds[0], bounds[1])
	if err != nil {
		return err
	}
	for i, x := range w.Times {
		for _, g := range all {
			if g.Left > 0 && x.Value == g.Start.UTC().Format(time.RFC3339) && (host.IsZero() || host == g.Host) {
				w.Times[i].Hint = "A group with " + placesLeft(g.Left) + "."
			}
		}
	}
	return nil
}
