package demo

import (
	"context"

	"time"

	"held/internal/db"
	"held/practice/calendar"
	"held/practice/people"
	"held/rules/timeline"
)

// spray is the medicine for which a programme asks for a form after each session.
const spray = "esketamine"

// spraySession: one client had a session with the nasal spray before they ended
// their work here, so that the fields of that form can be looked at. All of it
// is invented, the figures too.
func (wr *writer) spraySession() {
	const client = "k"
	wr.screensOne(client, -60, -57)
	wr.clears(client, -52, 90, spray)
	wr.on(wr.at(-60, 9, 45), func(ctx context.Context) error {
		return wr.Medicine.WriteAfterCare(wr.as(ctx, "leonor"), spray, "1", textOfTheHouse)
	})
	wr.on(wr.at(-23, 10, 40), func(ctx context.Context) error {
		by := wr.as(ctx, wr.w.House.Person[0].Key)
		o := wr.offerings["medicine"]
		o.ID, o.Slug, o.Name, o.Medicine, o.Position = db.ID{}, "spray-session", "Session with the nasal spray", spray, len(wr.offerings)
		o, err := wr.Calendar.SaveOffering(by, o)
		if err != nil {
			return err
		}
		wr.offerings[spray] = o
		start, err := wr.nearest(by, o, wr.at(-14, 10, 0))
		if err != nil {
			return err
		}
		p, err := wr.People.Get(ctx, wr.DB.Reader(), wr.clients[client])
		if err != nil {
			return err
		}
		return wr.arrives(by, p, o, start)
	})
}

func (wr *writer) arrives(by context.Context, p people.Person, o calendar.Offering, start time.Time) error {
	return wr.Calendar.Write(by, func(tx *db.Tx) error {
		a, err := wr.Calendar.Book(by, tx, calendar.Booking{Offering: o.ID, Client: p.ID, Start: start, Zone: p.Zone, ByStaff: true})
		if err == nil {
			wr.goesThrough(homecoming{writer: wr, id: a.ID, client: "k", start: start, of: prepared{"k", a.ID, wr.sprays, "56", "2"}})
		}
		return err
	})
}

// sprayed is that session: two devices, and two hours of being looked after.
func (r homecoming) sprayed() []moment {
	return []moment{
		{-2, r.reads([8]int{128, 80, 72, 98, 14, 5, 0, 0})},
		{4, r.taps(1, timeline.Dose, `{"medicine":"esketamine","route":"nasal","mg":56,"lot":"DEMO-S-208","checked_by":"Leonor"}`)},
		{9, r.taps(2, timeline.Music, `{"action":"start","words":"Rain, and a piano far away"}`)},
		{19, r.reads([8]int{142, 88, 80, 97, 14, 4, 2, 0})},
		{31, r.taps(3, timeline.Said, `{"words":"The chair has become very long."}`)},
		{44, r.reads([8]int{148, 90, 82, 97, 14, 4, 2, 1})},
		{64, r.reads([8]int{138, 86, 78, 98, 14, 5, 1, 0})},
		{84, r.reads([8]int{132, 84, 76, 98, 14, 5, 0, 0})},
	}
}
