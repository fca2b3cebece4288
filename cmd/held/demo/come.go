package demo

import (
	"context"
	"slices"
	"time"

	"held/care/inquiry"
	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/trail"
)

// visit is a session that was arranged for a client: when, counted from
// today, and what.
type visit struct {
	days     int
	offering string
}

// visits by the step on which a client stands: what lies behind them this
// month, and what is arranged.
var visits = map[string][]visit{
	people.StepScreening:   {{-24, "consultation"}, {9, "consultation-with-prescriber"}},
	people.StepPreparation: {{-27, "consultation"}, {-13, "preparation"}, {5, "preparation"}},
	people.StepIntegration: {{-28, "integration"}, {-20, "integration"}, {-12, "integration"}, {-5, "integration"}, {3, "integration"}, {10, "integration"}},
	people.StepRipple:      {{-26, "integration"}, {-8, "integration"}, {17, "integration"}},
	people.StepClosing:     {{-22, "integration"}, {-3, "integration"}},
}

// comeAll lets the clients arrive, each at their day and by their own way.
func (wr *writer) comeAll() {
	wr.on(wr.at(-4, 16, 10), wr.waits)
	for i, c := range wr.w.Clients {
		arrives := wr.at(-c.SinceDays, 10+i%8, i*7%60)
		switch c.Step {
		case "inquiry":
			wr.on(arrives, func(ctx context.Context) error { return wr.writesFirst(ctx, c) })
		case "consultation-booked":
			wr.on(arrives, func(ctx context.Context) error { return wr.books(ctx, c, 2) })
		case "consultation-held":
			wr.on(arrives, func(ctx context.Context) error { return wr.books(ctx, c, 7-c.SinceDays) })
		default:
			wr.on(arrives, func(ctx context.Context) error { return wr.enters(ctx, c) })
			wr.on(arrives.Add(30*time.Minute), func(ctx context.Context) error { return wr.tells(ctx, c) })
			if followedOnly(c.Key) {
				continue // their months are in measured.go
			}
			if slices.Contains(together, c.Key) {
				continue // theirs is the evening in room.go
			}
			wr.attends(c, arrives)
			wr.fillsIn(c, arrives)
			wr.checksIn(c, arrives)
			if c.Asks != "" {
				wr.on(wr.at(-3, 19, 40), func(ctx context.Context) error { return wr.asksAboutALook(ctx, c) })
			}
		}
		if c.InvitedTo != "" {
			wr.on(wr.at(-1, 17, 20+i), func(ctx context.Context) error { return wr.invites(ctx, c) })
		}
	}
}

// asksAboutALook: whoever is in charge opened the client's page, and the client
// would like to know why.
func (wr *writer) asksAboutALook(ctx context.Context, c clientWords) error {
	id := wr.clients[c.Key]
	if err := wr.Trail.Saw(wr.as(ctx, c.InCharge), trail.Entry{Subject: id, Kind: "person", Object: id, Why: c.Step}); err != nil {
		return err
	}
	self := access.With(ctx, access.Actor{Practice: wr.practice, Person: id, Roles: []access.Role{access.Client}, Via: access.Session})
	last, err := wr.Trail.Of(self, id, db.ID{}, 1)
	if err != nil {
		return err
	}
	return wr.Space.Ask(self, last[0].ID, c.Asks)
}

// writesFirst: the front desk took the inquiry up.
func (wr *writer) writesFirst(ctx context.Context, c clientWords) error {
	by := wr.as(ctx, c.InCharge)
	id, err := wr.Inquiry.Take(by, inquiry.Caller{Name: c.Name, Contact: c.Contact, Note: c.Note})
	if err != nil {
		return err
	}
	wr.clients[c.Key] = id
	return wr.Inquiry.TakeCharge(by, id, wr.staff[c.InCharge].ID)
}

// books: somebody who was not known took a consultation, some days from today.
func (wr *writer) books(ctx context.Context, c clientWords, days int) error {
	o := wr.offerings["consultation"]
	start, err := wr.nearest(ctx, o, wr.at(days, 11, 0))
	if err != nil {
		return err
	}
	a, err := wr.Inquiry.Book(wr.visitor(ctx), o, inquiry.Wish{
		Visitor: inquiry.Visitor{Name: c.Name, Contact: c.Contact, Discretion: people.Discretion(c.Discretion), Zone: c.Zone},
		Start:   start, Note: trimmed(c.Note),
	})
	if err != nil {
		return err
	}
	wr.clients[c.Key] = a.Client
	return wr.Inquiry.TakeCharge(wr.as(ctx, c.InCharge), a.Client, wr.staff[c.InCharge].ID)
}

// enters: a client who has been here for a while.
func (wr *writer) enters(ctx context.Context, c clientWords) error {
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	p := people.Person{Name: c.Name, Contact: c.Contact, Zone: c.Zone, Discretion: people.Discretion(c.Discretion), Step: people.StepInquiry, Roles: []access.Role{access.Client}}
	err := wr.DB.Write(by, func(tx *db.Tx) error {
		p, err := wr.People.Add(by, tx, p)
		wr.clients[c.Key] = p.ID
		if err != nil {
			return err
		}
		return wr.People.SetStep(by, tx, p.ID, c.Step)
	})
	if err != nil {
		return err
	}
	// Forms and check-ins are given before the first appointment, by whoever cares.
	return wr.People.Assign(wr.caring(ctx, wr.w.House.Person[0].Key), wr.clients[c.Key], wr.staff[c.InCharge].ID, wr.roleOf(c.InCharge))
}

// tells: what a client fills in themselves, in their space.
func (wr *writer) tells(ctx context.Context, c clientWords) error {
	me := access.With(ctx, access.Actor{Practice: wr.practice, Person: wr.clients[c.Key], Roles: []access.Role{access.Client}, Via: access.Session})
	if l := c.Law; l.Name != "" {
		i := people.Identity{
			Name: l.Name, Born: l.Born, Address: l.Address, Pronoun: l.Pronoun,
			Licence: people.Licence{Number: l.LicenceNumber, Kind: l.LicenceKind, State: l.LicenceState}, Works: l.Works,
		}
		if err := wr.People.SaveIdentity(me, i); err != nil {
			return err
		}
	}
	for _, e := range c.Avoid {
		if err := wr.Circle.Add(me, circle.Entry{Kind: circle.Kind(e.Kind), Name: e.Name, Why: e.Why}); err != nil {
			return err
		}
	}
	return nil
}

// attends: the guide arranged sessions, each some days ahead of it.
func (wr *writer) attends(c clientWords, arrives time.Time) {
	for i, v := range visits[c.Step] {
		want := wr.at(v.days, 10+(i*2+wr.dice.IntN(3))%7, 0)
		arranged := wr.at(v.days-6-i, 10+wr.dice.IntN(6), wr.dice.IntN(60))
		if arranged.After(wr.now) {
			arranged = wr.at(0, 9, 10*i)
		}
		if arranged.Before(arrives) {
			arranged = arrives.Add(time.Duration(1+i) * time.Hour)
		}
		wr.on(arranged, func(ctx context.Context) error { return wr.arrange(ctx, c, v.offering, want) })
	}
}

func (wr *writer) arrange(ctx context.Context, c clientWords, offering string, want time.Time) error {
	by := wr.as(ctx, wr.w.House.Person[0].Key)
	o := wr.offerings[offering]
	start, err := wr.nearest(by, o, want)
	if err != nil {
		return err
	}
	return wr.Calendar.Write(by, func(tx *db.Tx) error {
		_, err := wr.Calendar.Book(by, tx, calendar.Booking{Offering: o.ID, Client: wr.clients[c.Key], Start: start, Zone: c.Zone, ByStaff: true})
		return err
	})
}

// invites: the guide lets a client choose the time of a session by themselves.
func (wr *writer) invites(ctx context.Context, c clientWords) error {
	_, err := wr.Inquiry.Invite(wr.as(ctx, c.InCharge), wr.clients[c.Key], wr.offerings[c.InvitedTo].ID, 1, 14)
	return err
}

// waits: somebody would like an earlier time than there is.
func (wr *writer) waits(ctx context.Context) error {
	_, err := wr.Inquiry.Wait(wr.visitor(ctx), wr.offerings["consultation-with-prescriber"], inquiry.Visitor{
		Name: "Auden", Contact: "auden@example.org", Discretion: people.Neutral, Zone: "Europe/London",
	}, "Thursdays, before noon if there is a choice.")
	return err
}
