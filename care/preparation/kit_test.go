package preparation_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	. "held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/readiness"
)

// house is a practice with everybody who has to do with one medicine session,
// and with two conditions that are kept elsewhere.
type house struct {
	*Service
	*testing.T
	clock    *testkit.Clock
	ctx      context.Context
	who      map[string]people.Person
	medicine calendar.Offering
	talk     calendar.Offering
	room     db.ID
	session  db.ID
	sent     []*mail.Message

	clearance, consent readiness.Condition
	terms              Terms
}

func (h *house) Send(_ context.Context, m *mail.Message) error {
	h.sent = append(h.sent, m)
	return nil
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}}
	now := h.clock.Now
	v, practice := testkit.Vault(t, d, now)
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	le := &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Sender: h, Host: "practice.example"}
	ca := &calendar.Service{DB: d, Vault: v, Trail: tr, Settings: st, Now: now}
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Calendar: ca, Base: "https://practice.example", Now: now}
	h.RegisterLetters()
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	h.found(practice)
	h.terms = Terms{Medicine: true, What: "Ketamine, IM", Signed: true, Version: "3", Since: now().AddDate(0, -1, 0), Food: 6 * time.Hour, Fluids: 2 * time.Hour, Judge: judge}
	h.Terms = func(_ context.Context, _ db.Q, offering db.ID) (Terms, error) {
		if offering == h.medicine.ID {
			return h.terms, nil
		}
		return Terms{}, nil
	}
	h.clearance = readiness.Condition{Key: Clearance, State: readiness.Met, Basis: "clearance 1", Since: now(), Until: now().AddDate(0, 1, 0)}
	h.consent = readiness.Condition{Key: Consent, State: readiness.Met, Basis: "consent 1", Since: now()}
	h.Sources = []Source{func(context.Context, db.Q, Session) ([]readiness.Condition, error) {
		return []readiness.Condition{h.clearance, h.consent}, nil
	}}
	h.session = h.book(h.medicine, now().Truncate(24*time.Hour).AddDate(0, 0, 6).Add(14*time.Hour)).ID
	return h
}

// judge stands for the protocol's bands.
func judge(v Vitals) Verdict {
	switch {
	case v.Systolic == 0:
		return Verdict{State: readiness.Unknown, Why: "missing: blood pressure", Never: true}
	case v.Systolic >= 180:
		return Verdict{State: readiness.Closed, Why: "systolic 180 or more", Never: true}
	case v.Systolic >= 160:
		return Verdict{State: readiness.Closed, Why: "systolic 160 or more"}
	case v.Systolic >= 140:
		return Verdict{State: readiness.Open, Why: "systolic 140 or more"}
	}
	return Verdict{State: readiness.Met, Why: "In band."}
}

func (h *house) found(practice db.ID) {
	h.Helper()
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p := settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")
		p.Phone, p.Address = "+351 21 555 0100", "Rua da Maré 4, Lisbon"
		if err := h.Settings.Found(h.ctx, tx, practice, p); err != nil {
			return err
		}
		for name, roles := range map[string][]access.Role{
			"guide": {access.Guide, access.Owner}, "prescriber": {access.Prescriber}, "attendant": {access.Attendant}, "both": {access.Guide, access.Prescriber},
			"coordinator": {access.Coordinator}, "client": {access.Client}, "other client": {access.Client}, "other guide": {access.Guide}, "other prescriber": {access.Prescriber},
		} {
			who := people.Person{Name: "The " + name, Contact: strings.ReplaceAll(name, " ", "-") + "@example.org", Zone: "Europe/Lisbon", Discretion: people.Neutral, Roles: roles}
			if h.who[name], err = h.People.Add(h.ctx, tx, who); err != nil {
				return err
			}
		}
		return nil
	}))
	for name, role := range map[string]access.Role{"guide": access.Guide, "prescriber": access.Prescriber, "attendant": access.Attendant} {
		h.must(h.People.Assign(h.ctx, h.who["client"].ID, h.who[name].ID, role))
	}
	for _, role := range []access.Role{access.Guide, access.Prescriber} {
		h.must(h.People.Assign(h.ctx, h.who["client"].ID, h.who["both"].ID, role))
	}
	for _, name := range []string{"guide", "prescriber"} {
		var week [7]string
		for d := range week {
			week[d] = "09:00–18:00"
		}
		h.must(h.Calendar.SaveHours(h.ctx, calendar.Hours{Person: h.who[name].ID, Zone: "Europe/Lisbon", Week: week}))
	}
	room, err := h.Calendar.SaveRoom(h.ctx, calendar.Room{Name: "The quiet room"})
	h.must(err)
	h.room = room.ID
	h.medicine = h.offering("Medicine session", 3*time.Hour, func(o *calendar.Offering) { o.Seconds = []db.ID{h.who["prescriber"].ID} })
	h.talk = h.offering("Preparation", time.Hour, func(*calendar.Offering) {})
}

func (h *house) offering(name string, long time.Duration, fn func(*calendar.Offering)) calendar.Offering {
	h.Helper()
	o := calendar.Offering{Name: name, Length: long, Every: time.Hour, Where: calendar.InRoom, Rooms: []db.ID{h.room}, Hosts: []db.ID{h.who["guide"].ID}, Who: calendar.Invited}
	fn(&o)
	o, err := h.Calendar.SaveOffering(h.ctx, o)
	h.must(err)
	return o
}

func (h *house) book(o calendar.Offering, at time.Time) (a calendar.Appointment) {
	h.Helper()
	h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) (err error) {
		a, err = h.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: o.ID, Client: h.who["client"].ID, Start: at, Zone: "America/New_York", ByStaff: true})
		return err
	}))
	return a
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) refused(what string, err error, k fault.Kind) {
	h.Helper()
	if !fault.Is(err, k) {
		h.Errorf("%s: %v", what, err)
	}
}

// as is somebody signed in who has proved who they are.
func (h *house) as(name string) context.Context {
	p := h.who[name]
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) (c access.Care) {
		card, err := h.People.Card(h.ctx, client)
		h.must(err)
		for _, m := range card.Team {
			if m.Person == p.ID {
				c.As = append(c.As, m.Role)
			}
		}
		return c
	}
	return access.With(h.ctx, a)
}

// gate is the gate as the guide sees it.
func (h *house) gate() Gate {
	h.Helper()
	g, err := h.Gate(h.as("guide"), h.session)
	h.must(err)
	return g
}

func (h *house) state(key string) readiness.State {
	h.Helper()
	c, ok := h.gate().Condition(key)
	if !ok {
		h.Fatalf("there is no condition %q", key)
	}
	return c.State
}

// start is when the session begins.
func (h *house) start() time.Time {
	h.Helper()
	x, err := h.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	return x.Start
}

// walk is the clock put at an instant.
func (h *house) walk(to time.Time) { h.clock.Add(to.Sub(h.clock.Now())) }

// fine are the day's answers when nothing is wrong.
func fine() map[string]string {
	return map[string]string{"fasting": Yes, "holds": Yes, "medication": No, "substances": No, "ill": No, "slept": Yes, "pregnant": No, "thoughts": No, "escort": Yes, "willing": Yes}
}

func (h *house) escort() Escort {
	h.Helper()
	h.must(h.NameEscort(h.as("client"), h.session, Escort{Name: "Juno", Contact: "juno@example.org", Known: "Wren"}))
	x, err := h.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	e, err := h.EscortOf(h.as("client"), x)
	h.must(err)
	return e
}

func (h *house) token(e Escort) string {
	return strings.TrimPrefix(h.EscortLink(h.ctx, e.ID), "https://practice.example/escort/")
}

// outside is whoever opens a link without being known.
func (h *house) outside() context.Context {
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.Public})
}

// prepare settles every condition, up to the day itself.
func (h *house) prepare() {
	h.Helper()
	h.must(h.Hold(h.as("prescriber"), h.session, Hold{Kind: HoldNone}))
	h.must(h.AnswerEscort(h.outside(), h.token(h.escort()), true))
	h.walk(h.start().Add(-2 * time.Hour))
	h.must(h.Answer(h.as("client"), h.session, Checkin{Kind: OnTheDay, Answers: fine()}))
	h.must(h.Measure(h.as("attendant"), h.session, Vitals{Systolic: 124, Diastolic: 78, Pulse: 70}, h.clock.Now()))
}

func (h *house) turn(name, role string) error {
	h.Helper()
	return h.Attest(h.as(name), h.session, role, h.gate().Digest())
}

// ready is a session whose gate is open.
func ready(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := newHouse(t, d)
	h.prepare()
	h.must(h.turn("prescriber", readiness.Prescriber))
	h.must(h.turn("guide", readiness.Guide))
	if g := h.gate(); !g.Open {
		t.Fatalf("nothing is missing, and the gate is closed: %+v", g.Result)
	}
	return h
}

func (h *house) post() []*mail.Message {
	h.Helper()
	h.sent = nil
	h.must(h.Letters.Send(h.ctx))
	return h.sent
}
