package calendar

import (
	"context"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
)

// ErrNoGroup: nobody has a place in it any more, or nobody ever had.
var ErrNoGroup = fault.New(fault.NotFound, "This group is not here. Nobody has a place in it any more.")

// Group is one time of an offering with several places, as the desk sees it.
type Group struct {
	ID       db.ID
	Offering db.ID
	Host     db.ID
	Room     db.ID
	Seconds  []db.ID
	Start    time.Time
	End      time.Time
	Places   int // as many as the offering has now, or as are booked where it had more
	Left     int // neither booked nor held; none where the offering has become another since
}

func (g group) shown(o Offering, now time.Time) Group {
	return Group{ID: g.id, Offering: g.offering, Host: g.host, Room: g.room, Seconds: g.seconds, Start: g.start, End: g.end, Places: max(o.Places, g.booked(), 1), Left: g.open(o, now, db.ID{})}
}

// booked is how many places are somebody's for good.
func (g group) booked() (n int) {
	for _, x := range g.taken {
		if x.expires.IsZero() {
			n++
		}
	}
	return n
}

// GroupsOf lists the groups of an offering that begin in [from, to) and whose
// time is still claimed.
func (s *Service) GroupsOf(ctx context.Context, o Offering, from, to time.Time) ([]Group, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	if o.Places < 2 {
		return nil, nil
	}
	all, err := s.groups(ctx, s.DB.Reader(), o.ID, from, to)
	var out []Group
	for _, g := range all {
		if now := s.Now(); g.lives(now) {
			out = append(out, g.shown(o, now))
		}
	}
	return out, err
}

// GroupOf reads one group with the appointments in it, by when they were made.
func (s *Service) GroupOf(ctx context.Context, id db.ID) (Group, []Appointment, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Calendar}); err != nil {
		return Group{}, nil, err
	}
	q := s.DB.Reader()
	g, there, err := s.group(ctx, q, id)
	if err != nil || !there {
		if err == nil {
			err = ErrNoGroup
		}
		return Group{}, nil, err
	}
	p, err := s.plannedIn(ctx, q)
	if err != nil {
		return Group{}, nil, err
	}
	o, _ := p.offering(g.offering)
	var members []Appointment
	for _, x := range g.taken {
		if !x.expires.IsZero() {
			continue
		}
		a, err := s.load(ctx, q, x.holder)
		if err != nil {
			return Group{}, nil, err
		}
		members = append(members, a)
	}
	return g.shown(o, s.Now()), members, nil
}

// InGroup says that a time is for several people, and never who: "in a group of
// up to 3". "" for a time that one has to oneself.
func (o Offering) InGroup() string { return inGroup(o.Places) }

// InGroup is that of what was booked. A group stays one where its offering has
// one place now, and must still be told.
func (a Appointment) InGroup() string {
	if !a.Group.IsZero() && a.Places < 2 {
		return "in a group"
	}
	return inGroup(a.Places)
}

// size says for how many a group is.
func (a Appointment) size() string {
	if a.Places < 2 {
		return "Several people"
	}
	return "Up to " + strconv.Itoa(a.Places) + " people"
}

// Called is an offering's name, with whether it is for a group.
func (o Offering) Called() string { return called(o.Name, o.InGroup()) }

// Called is that of what was booked.
func (a Appointment) Called() string { return called(a.Name, a.InGroup()) }

func called(name, in string) string {
	if name == "" || in == "" {
		return name
	}
	return name + ", " + in
}

func inGroup(places int) string {
	if places < 2 {
		return ""
	}
	return "in a group of up to " + strconv.Itoa(places)
}

// placesLeft says how many places of a group are free.
func placesLeft(n int) string {
	switch n {
	case 0:
		return "no place left"
	case 1:
		return "1 place left"
	}
	return strconv.Itoa(n) + " places left"
}
