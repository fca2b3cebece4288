package medicine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/protocol"
	"held/rules/readiness"
	"held/rules/timeline"
)

// house is a practice with several clients who have a medicine session at the
// same hour, each in a room and with a guide of their own.
type house struct {
	*Service
	testing.TB
	clock    *testkit.Clock
	ctx      context.Context
	who      map[string]people.Person
	sessions []db.ID
	prep     *preparation.Service
	dev      map[string]db.ID // a device of each colleague's
	seq      map[string]int64
}

const im = rule.Medicine("ketamine_im")

func newHouse(t testing.TB, d *db.DB, clients int) *house {
	t.Helper()
	h := &house{TB: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}, dev: map[string]db.ID{}, seq: map[string]int64{}}
	now := h.clock.Now
	v, practice := testkit.Vault(t, d, now)
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	le := &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Host: "practice.example"}
	ca := &calendar.Service{DB: d, Vault: v, Trail: tr, Settings: st, Now: now}
	pr := &protocol.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Now: now, Opened: ca.Reopened}
	ca.Closed = pr.Closed
	h.prep = &preparation.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Calendar: ca, Base: "https://practice.example", Now: now}
	h.prep.ByProtocols(pr)
	h.prep.RegisterLetters()
	h.prep.Sources = []preparation.Source{func(context.Context, db.Q, preparation.Session) ([]readiness.Condition, error) {
		return []readiness.Condition{
			{Key: preparation.Clearance, State: readiness.Met, Basis: "clearance", Since: testkit.Now, Until: testkit.Now.AddDate(0, 1, 0)},
			{Key: preparation.Consent, State: readiness.Met, Basis: "consent", Since: testkit.Now},
		}, nil
	}}
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Calendar: ca, Protocol: pr, Preparation: h.prep, Now: now}
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	h.found(practice, clients)
	return h
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

func (h *house) add(name string, roles ...access.Role) {
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		h.who[name], err = h.People.Add(h.ctx, tx, people.Person{Name: name, Contact: strings.ReplaceAll(name, " ", "-") + "@example.org", Zone: "Europe/Lisbon", Discretion: people.Neutral, Roles: roles})
		return err
	}))
	h.dev[name] = db.RandomID()
}

func (h *house) found(practice db.ID, clients int) {
	h.Helper()
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error {
		p := settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")
		p.Phone, p.Address = "+351 21 555 0100", "Rua da Maré 4, Lisbon"
		return h.Settings.Found(h.ctx, tx, practice, p)
	}))
	h.add("prescriber", access.Prescriber)
	h.add("attendant", access.Attendant)
	h.add("stranger", access.Guide)
	h.sign()
	for i := range clients {
		h.seat(i)
	}
	start := h.start(0)
	h.clock.Add(start.Add(-time.Hour).Sub(h.clock.Now()))
}

// sign signs a protocol made of the published examples.
func (h *house) sign() {
	h.Helper()
	ctx := h.as("prescriber")
	id, err := h.Protocol.Begin(ctx, im)
	h.must(err)
	typed := map[string][]string{"dose.boosters": {"0"}, "validity.clearance_days": {"90"}, "sessions.gap_days": {"7"}, "sessions.most": {"6"}}
	for _, f := range rule.Fields() {
		if v := rule.ExampleOf(im).Get(f); len(v) > 0 && typed[f.Path] == nil {
			typed[f.Path] = v
		}
	}
	h.must(h.Protocol.Save(ctx, id, 1, typed))
	d, err := h.Protocol.Draft(ctx, id)
	h.must(err)
	_, err = h.Protocol.Sign(ctx, id, d.Revision)
	h.must(err)
}

// seat makes a client with a guide, a room and a session.
func (h *house) seat(i int) {
	h.Helper()
	client, guide := fmt.Sprintf("client %d", i), fmt.Sprintf("guide %d", i)
	h.add(client, access.Client)
	h.add(guide, access.Guide, access.Owner)
	for name, role := range map[string]access.Role{guide: access.Guide, "prescriber": access.Prescriber, "attendant": access.Attendant} {
		h.must(h.People.Assign(h.ctx, h.who[client].ID, h.who[name].ID, role))
	}
	var week [7]string
	for d := range week {
		week[d] = "09:00–18:00"
	}
	h.must(h.Calendar.SaveHours(h.ctx, calendar.Hours{Person: h.who[guide].ID, Zone: "Europe/Lisbon", Week: week}))
	room, err := h.Calendar.SaveRoom(h.ctx, calendar.Room{Name: fmt.Sprintf("Room %d", i)})
	h.must(err)
	o, err := h.Calendar.SaveOffering(h.ctx, calendar.Offering{
		Name: fmt.Sprintf("Medicine session %d", i), Length: 3 * time.Hour, Every: time.Hour, Where: calendar.InRoom, Rooms: []db.ID{room.ID}, Hosts: []db.ID{h.who[guide].ID}, Who: calendar.Invited, Medicine: im,
	})
	h.must(err)
	var a calendar.Appointment
	h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) (err error) {
		at := testkit.Now.Truncate(24*time.Hour).AddDate(0, 0, 6).Add(12 * time.Hour)
		a, err = h.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: o.ID, Client: h.who[client].ID, Start: at, Zone: "Europe/Lisbon", ByStaff: true})
		return err
	}))
	h.sessions = append(h.sessions, a.ID)
}

func (h *house) start(i int) time.Time {
	h.Helper()
	x, err := h.prep.Session(h.ctx, h.DB.Reader(), h.sessions[i])
	h.must(err)
	return x.Start
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

// measured is a reading of the day, as the protocol wants it whole.
func measured(systolic, diastolic int) preparation.Vitals {
	return preparation.Vitals{Systolic: systolic, Diastolic: diastolic, Pulse: 72, Oxygen: 98, Breaths: 14, Sedation: "5", Age: 44}
}

// prepare settles every condition of a session but the keys.
func (h *house) prepare(i int, v preparation.Vitals) {
	h.Helper()
	id, client := h.sessions[i], fmt.Sprintf("client %d", i)
	self := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: h.who[client].ID, Roles: []access.Role{access.Client}, Via: access.Session})
	h.must(h.prep.Hold(h.as("prescriber"), id, preparation.Hold{Kind: preparation.HoldNone}))
	h.must(h.prep.NameEscort(self, id, preparation.Escort{Name: "Juno", Contact: "juno@example.org", Known: "Wren"}))
	x, err := h.prep.Session(h.ctx, h.DB.Reader(), id)
	h.must(err)
	e, err := h.prep.EscortOf(self, x)
	h.must(err)
	out := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.Public})
	link := h.prep.EscortLink(h.ctx, e.ID)
	h.must(h.prep.AnswerEscort(out, link[strings.LastIndex(link, "/")+1:], true))
	h.must(h.prep.Answer(self, id, preparation.Checkin{Kind: preparation.OnTheDay, Answers: map[string]string{
		"fasting": preparation.Yes, "holds": preparation.Yes, "medication": preparation.No, "substances": preparation.No, "ill": preparation.No,
		"slept": preparation.Yes, "pregnant": preparation.No, "thoughts": preparation.No, "escort": preparation.Yes, "willing": preparation.Yes,
	}}))
	h.must(h.prep.Measure(h.as("attendant"), id, v, h.clock.Now()))
}

// keys turns both keys of a session.
func (h *house) keys(i int) {
	h.Helper()
	for name, role := range map[string]string{"prescriber": readiness.Prescriber, fmt.Sprintf("guide %d", i): readiness.Guide} {
		g, err := h.prep.Gate(h.as(name), h.sessions[i])
		h.must(err)
		if err := h.prep.Attest(h.as(name), h.sessions[i], role, g.Digest()); err != nil {
			for _, c := range g.Conditions {
				h.Logf("%s: %s, %s", c.Key, c.State, c.Why.Prescriber)
			}
			h.Fatal(err)
		}
	}
}

// opened is a house whose rooms are open.
func opened(t testing.TB, d *db.DB, clients int) *house {
	t.Helper()
	h := newHouse(t, d, clients)
	for i := range clients {
		h.prepare(i, measured(124, 78))
		h.keys(i)
		h.must(h.Open(h.as("attendant"), h.sessions[i]))
	}
	h.clock.Add(time.Hour)
	return h
}

// entry is what a colleague's device makes of something now.
func (h *house) entry(name string, i int, kind timeline.Kind, body any, more ...func(*timeline.Entry)) timeline.Entry {
	h.Helper()
	raw, err := json.Marshal(body)
	h.must(err)
	key := fmt.Sprintf("%s %d", name, i)
	h.seq[key]++
	none := int64(0)
	e := timeline.Entry{
		ID: db.RandomID().String(), Session: h.sessions[i].String(), Device: h.dev[name].String(), Seq: h.seq[key], Kind: kind,
		Taken: h.clock.Now().Truncate(time.Millisecond), Entered: h.clock.Now().Truncate(time.Millisecond), Offset: &none, Body: raw,
	}
	for _, f := range more {
		f(&e)
	}
	return e
}

// send sends entries from a colleague's device to the room of the first one.
func (h *house) send(name string, entries ...timeline.Entry) Kept {
	h.Helper()
	session, err := db.ParseID(entries[0].Session)
	h.must(err)
	kept, err := h.Add(h.as(name), session, Batch{Device: h.dev[name].String(), Sent: h.clock.Now(), Entries: entries})
	h.must(err)
	return kept
}

// keeps is send where everything is to be kept.
func (h *house) keeps(name string, entries ...timeline.Entry) {
	h.Helper()
	if k := h.send(name, entries...); len(k.Refused) > 0 || len(k.IDs) != len(entries) {
		h.Fatalf("%+v", k)
	}
}

func (h *house) timeline(i int) timeline.Timeline {
	h.Helper()
	t, err := h.Timeline(h.as("attendant"), h.DB.Reader(), h.sessions[i])
	h.must(err)
	return t
}

func n(v int) *int { return &v }

func calm() timeline.VitalsBody {
	return timeline.VitalsBody{Systolic: n(124), Diastolic: n(78), Pulse: n(72), Oxygen: n(98), Breaths: n(14), MOAAS: n(5)}
}
