package adverse_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"held/care/adverse"
	"held/internal/db"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
)

// world is a practice with a client, who cares for them, a medicine session that
// was held, and somebody else's client.
type world struct {
	*adverse.Service
	*testing.T
	ctx                                 context.Context
	clock                               *testkit.Clock
	people                              *people.Service
	trail                               *trail.Service
	letters                             *letters.Service
	owner, guide, prescriber, attendant people.Person
	stranger                            people.Person // a prescriber who cares for nobody here
	client, other                       people.Person
	session                             calendar.Appointment
	sent                                []*mail.Message
}

func (w *world) Send(_ context.Context, m *mail.Message) error {
	w.sent = append(w.sent, m)
	return nil
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{T: t, clock: testkit.NewClock(testkit.Now)}
	now := w.clock.Now
	v, practice := testkit.Vault(t, d, now)
	w.trail = &trail.Service{DB: d, Vault: v, Now: now}
	w.people = &people.Service{DB: d, Vault: v, Trail: w.trail, Now: now}
	w.letters = &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Sender: w, Host: "practice.example"}
	st := &settings.Service{DB: d, Vault: v, Trail: w.trail, People: w.people, Now: now, Base: "https://practice.example"}
	cal := &calendar.Service{DB: d, Vault: v, Trail: w.trail, Settings: st, Now: now}
	cal.Closed = func(context.Context, db.Q, protocol.Medicine) (string, error) { return "", nil } // a protocol is in force
	w.Service = &adverse.Service{DB: d, Vault: v, Trail: w.trail, People: w.people, Letters: w.letters, Settings: st, Calendar: cal, Now: now}
	w.RegisterLetters()
	w.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	w.ok(d.Write(w.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(w.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for _, p := range []struct {
			into *people.Person
			as   people.Person
		}{
			{&w.owner, people.Person{Name: "Rita", Contact: "rita@example.org", Roles: []access.Role{access.Owner}}},
			{&w.guide, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Guide}}},
			{&w.prescriber, people.Person{Name: "Tomás", Contact: "tomas@example.org", Discretion: people.Silent, Roles: []access.Role{access.Prescriber}}},
			{&w.attendant, people.Person{Name: "Jonas", Contact: "jonas@example.org", Roles: []access.Role{access.Attendant}}},
			{&w.stranger, people.Person{Name: "Pia", Contact: "pia@example.org", Roles: []access.Role{access.Prescriber}}},
			{&w.client, people.Person{Name: "Wren", Contact: "wren@example.org", Roles: []access.Role{access.Client}}},
			{&w.other, people.Person{Name: "Ash", Contact: "ash@example.org", Roles: []access.Role{access.Client}}},
		} {
			if *p.into, err = w.people.Add(w.ctx, tx, p.as); err != nil {
				return err
			}
		}
		return nil
	}))
	for who, as := range map[db.ID]access.Role{w.guide.ID: access.Guide, w.prescriber.ID: access.Prescriber, w.attendant.ID: access.Attendant} {
		w.ok(w.people.Assign(w.ctx, w.client.ID, who, as))
	}
	w.session = w.held(cal)
	return w
}

// held is a medicine session of the client's that has just ended.
func (w *world) held(cal *calendar.Service) calendar.Appointment {
	w.Helper()
	room, err := cal.SaveRoom(w.ctx, calendar.Room{Name: "The quiet room"})
	w.ok(err)
	hours := calendar.Hours{Person: w.guide.ID, Zone: "Europe/Lisbon"}
	for i := range hours.Week {
		hours.Week[i] = "08:00–20:00"
	}
	w.ok(cal.SaveHours(w.ctx, hours))
	o, err := cal.SaveOffering(w.ctx, calendar.Offering{
		Name: "Medicine session", Length: 3 * time.Hour, Medicine: "ketamine_im", Where: calendar.InRoom, Hosts: []db.ID{w.guide.ID}, Rooms: []db.ID{room.ID}, Who: calendar.Invited, Open: true,
	})
	w.ok(err)
	var a calendar.Appointment
	start := w.clock.Now().Add(24 * time.Hour).Truncate(time.Hour)
	w.ok(cal.Write(w.ctx, func(tx *db.Tx) (err error) {
		a, err = cal.Book(w.ctx, tx, calendar.Booking{Offering: o.ID, Client: w.client.ID, Start: start, Zone: "Europe/Lisbon", ByStaff: true})
		return err
	}))
	w.clock.Add(start.Add(3 * time.Hour).Sub(w.clock.Now()))
	return a
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// as is somebody signed in who has proved who they are.
func (w *world) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(w.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) access.Care {
		if client != w.client.ID || !slices.Contains([]db.ID{w.guide.ID, w.prescriber.ID, w.attendant.ID}, p.ID) {
			return access.Care{}
		}
		return access.Care{As: p.Roles}
	}
	return access.With(w.ctx, a)
}

// day is a day from now on, as a form sends it.
func (w *world) day(n int) string { return w.clock.Now().AddDate(0, 0, n).Format(time.DateOnly) }

func (w *world) report() adverse.Report {
	return adverse.Report{Term: "vomiting", Words: "Vomited twice on the way home.", Source: "client", Onset: w.clock.Now().Add(-time.Hour).Format("2006-01-02T15:04"), Next: w.day(1)}
}

// written is an event that the guide wrote down.
func (w *world) written() db.ID {
	w.Helper()
	id, err := w.Write(w.as(w.guide), adverse.New{Client: w.client.ID, Session: w.session.ID, Report: w.report()})
	w.ok(err)
	return id
}

func (w *world) one(id db.ID) adverse.Case {
	w.Helper()
	c, err := w.One(w.as(w.prescriber), id)
	w.ok(err)
	return c
}

// told runs the worker and the post, and gives back what went out.
func (w *world) told() []*mail.Message {
	w.Helper()
	w.sent = nil
	system := access.With(w.ctx, access.Actor{Practice: access.From(w.ctx).Practice, Via: access.System})
	w.ok(w.Remind(system))
	w.ok(w.letters.Send(system))
	return w.sent
}
