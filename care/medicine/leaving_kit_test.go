package medicine_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/care/preparation"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/alerts"
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

// home is a practice with one medicine session whose room is open: signed
// protocol, both keys, the day's vitals, an escort who has said yes.
type home struct {
	*Service
	*testing.T
	clock    *testkit.Clock
	ctx      context.Context
	who      map[string]people.Person
	talk     calendar.Offering
	session  db.ID
	device   db.ID
	seq      int64
	sent     []*mail.Message
	practice db.ID

	first, supersedes string // the device's first check; what the next entry corrects
}

func (h *home) Send(_ context.Context, m *mail.Message) error {
	h.sent = append(h.sent, m)
	return nil
}

func goingHome(t *testing.T, d *db.DB) *home {
	t.Helper()
	h := &home{T: t, clock: testkit.NewClock(testkit.Now), who: map[string]people.Person{}, device: db.NewID()}
	now := h.clock.Now
	v, practice := testkit.Vault(t, d, now)
	h.practice = practice
	tr := &trail.Service{DB: d, Vault: v, Now: now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: now, Base: "https://practice.example"}
	le := &letters.Service{DB: d, Vault: v, Now: now, Log: slog.New(slog.DiscardHandler), Sender: h, Host: "practice.example"}
	ca := &calendar.Service{DB: d, Vault: v, Trail: tr, Settings: st, Now: now}
	pr := &protocol.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Now: now, Opened: ca.Reopened}
	ca.Closed = pr.Closed
	al := &alerts.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: now}
	al.RegisterLetters()
	pp := &preparation.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Calendar: ca, Base: "https://practice.example", Now: now}
	pp.ByProtocols(pr)
	pp.Sources = []preparation.Source{func(context.Context, db.Q, preparation.Session) ([]readiness.Condition, error) {
		return []readiness.Condition{
			{Key: preparation.Clearance, State: readiness.Met, Basis: "clearance", Since: testkit.Now, Until: testkit.Now.AddDate(0, 1, 0)},
			{Key: preparation.Consent, State: readiness.Met, Basis: "consent", Since: testkit.Now},
		}, nil
	}}
	pp.RegisterLetters()
	h.Service = &Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Calendar: ca, Protocol: pr, Preparation: pp, Letters: le, Alerts: al, Now: now}
	h.RegisterLetters()
	pp.Arrived = h.EscortHere
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	h.found()
	h.must(h.Open(h.as("prescriber"), h.session))
	return h
}

func (h *home) found() {
	h.Helper()
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p := settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")
		p.Phone = "+351 21 555 0100"
		if err := h.Settings.Found(h.ctx, tx, h.practice, p); err != nil {
			return err
		}
		for name, roles := range map[string][]access.Role{
			"guide": {access.Guide}, "prescriber": {access.Prescriber}, "attendant": {access.Attendant}, "owner": {access.Owner}, "coordinator": {access.Coordinator},
			"other prescriber": {access.Prescriber}, "client": {access.Client}, "other client": {access.Client},
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
	h.signProtocol(nil)
	for _, name := range []string{"guide", "prescriber"} {
		var week [7]string
		for d := range week {
			week[d] = "08:00–20:00"
		}
		h.must(h.Calendar.SaveHours(h.ctx, calendar.Hours{Person: h.who[name].ID, Zone: "Europe/Lisbon", Week: week}))
	}
	room, err := h.Calendar.SaveRoom(h.ctx, calendar.Room{Name: "The quiet room"})
	h.must(err)
	offering := func(o calendar.Offering) calendar.Offering {
		o.Every, o.Where, o.Rooms, o.Hosts = time.Hour, calendar.InRoom, []db.ID{room.ID}, []db.ID{h.who["guide"].ID}
		o, err := h.Calendar.SaveOffering(h.ctx, o)
		h.must(err)
		return o
	}
	session := offering(calendar.Offering{Name: "Medicine session", Length: 3 * time.Hour, Who: calendar.Ready, Medicine: "ketamine_im"})
	h.talk = offering(calendar.Offering{Name: "Integration session", Length: time.Hour, Who: calendar.Known, Open: true, Integration: true, HorizonDays: 90})
	h.prepare(session)
}

// signProtocol signs the published examples, with some fields otherwise.
func (h *home) signProtocol(other map[string]string) {
	h.Helper()
	as := h.as("prescriber")
	id, err := h.Protocol.Begin(as, "ketamine_im")
	h.must(err)
	typed := map[string][]string{}
	for _, f := range rule.Fields() {
		if v := rule.ExampleOf("ketamine_im").Get(f); len(v) > 0 {
			typed[f.Path] = v
		}
	}
	for _, more := range []map[string]string{{"dose.boosters": "0", "validity.clearance_days": "90", "sessions.gap_days": "7", "sessions.most": "6"}, other} {
		for path, v := range more {
			typed[path] = []string{v}
		}
	}
	h.must(h.Protocol.Save(as, id, 1, typed))
	d, err := h.Protocol.Draft(as, id)
	h.must(err)
	for _, f := range d.Doc.Missing() {
		h.Log("missing: ", f.Path)
	}
	_, err = h.Protocol.Sign(as, id, d.Revision)
	h.must(err)
}

// prepare books the session and settles every condition of its gate.
func (h *home) prepare(o calendar.Offering) {
	h.Helper()
	start := testkit.Now.Truncate(24*time.Hour).AddDate(0, 0, 6).Add(10 * time.Hour)
	h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error {
		a, err := h.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: o.ID, Client: h.who["client"].ID, Start: start, Zone: "Europe/Lisbon", ByStaff: true})
		h.session = a.ID
		return err
	}))
	p := h.Preparation
	h.must(p.Hold(h.as("prescriber"), h.session, preparation.Hold{Kind: preparation.HoldNone}))
	h.must(p.NameEscort(h.as("client"), h.session, preparation.Escort{Name: "Juno", Contact: "juno@example.org", Known: "Wren"}))
	h.must(p.AnswerEscort(h.outside(), h.link(), true))
	h.clock.Add(start.Add(-time.Hour).Sub(h.clock.Now()))
	fine := map[string]string{"fasting": "yes", "holds": "yes", "medication": "no", "substances": "no", "ill": "no", "slept": "yes", "pregnant": "no", "thoughts": "no", "escort": "yes", "willing": "yes"}
	h.must(p.Answer(h.as("client"), h.session, preparation.Checkin{Kind: preparation.OnTheDay, Answers: fine}))
	h.must(p.Measure(h.as("attendant"), h.session, preparation.Vitals{Systolic: 124, Diastolic: 78, Pulse: 70, Oxygen: 98, Breaths: 14, Sedation: "5", Age: 44}, h.clock.Now()))
	for name, role := range map[string]string{"prescriber": readiness.Prescriber, "guide": readiness.Guide} {
		g, err := p.Gate(h.as(name), h.session)
		h.must(err)
		h.must(p.Attest(h.as(name), h.session, role, g.Digest()))
	}
}

func (h *home) link() string {
	h.Helper()
	x, err := h.Preparation.Session(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	e, err := h.Preparation.EscortOf(h.as("client"), x)
	h.must(err)
	return strings.TrimPrefix(h.Preparation.EscortLink(h.ctx, e.ID), "https://practice.example/escort/")
}

func (h *home) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *home) refused(what string, err error, k fault.Kind) {
	h.Helper()
	if !fault.Is(err, k) {
		h.Errorf("%s: %v", what, err)
	}
}

// as is somebody signed in who has just proved who they are.
func (h *home) as(name string) context.Context {
	p := h.who[name]
	a := access.Actor{Practice: h.practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
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

// stale is as, without the proof.
func (h *home) stale(name string) context.Context {
	a := access.From(h.as(name))
	a.Fresh = false
	return access.With(h.ctx, a)
}

func (h *home) outside() context.Context {
	return access.With(h.ctx, access.Actor{Practice: h.practice, Via: access.Public})
}

// sends is an entry from a device in the room.
func (h *home) sends(name string, kind timeline.Kind, body any) Kept {
	h.Helper()
	raw, err := json.Marshal(body)
	h.must(err)
	h.clock.Add(time.Second)
	h.seq++
	zero := int64(0)
	now := h.clock.Now()
	id := db.NewID().String()
	if kind == timeline.Check && h.first == "" {
		h.first = id
	}
	out, err := h.Add(h.as(name), h.session, Batch{Device: h.device.String(), Sent: now, Entries: []timeline.Entry{{
		ID: id, Session: h.session.String(), Device: h.device.String(), Seq: h.seq, Kind: kind, Taken: now, Entered: now, Offset: &zero, Supersedes: h.supersedes, Body: raw,
	}}})
	h.must(err)
	return out
}

// corrects is an entry in the place of the device's first check.
func (h *home) corrects(name string, kind timeline.Kind, body any) {
	h.Helper()
	h.supersedes = h.first
	h.sends(name, kind, body)
	h.supersedes = ""
}

func (h *home) after(minutes int) { h.clock.Add(time.Duration(minutes) * time.Minute) }

func (h *home) dose() {
	h.Helper()
	if got := h.sends("attendant", timeline.Dose, map[string]any{"medicine": "ketamine_im", "route": "im", "mg": 60}); len(got.Refused) > 0 {
		h.Fatal(got.Refused)
	}
}

func figure(v int) *int { return &v }

// steady is a reading within everything.
func steady() timeline.VitalsBody {
	return timeline.VitalsBody{Systolic: figure(126), Diastolic: figure(80), Pulse: figure(72), Oxygen: figure(98), Breaths: figure(14), MOAAS: figure(5), Dissociation: figure(0), Nausea: figure(0)}
}

var fullScore = map[string]int{"1": 2, "2": 2, "3": 1, "4": 2, "5": 2}

// recovers answers everything that must be true, after a dose.
func (h *home) recovers() {
	h.Helper()
	h.clock.Add(time.Second)
	as := h.as("attendant")
	h.must(h.Recover(as, h.session))
	h.must(h.Read(as, h.session, steady()))
	h.must(h.Score(as, h.session, fullScore))
	for item, value := range map[string]any{"walks": true, "fluids": true, "nausea_controlled": true, "oriented": 4, "intent": false, "instructions": true, "escort": "Juno"} {
		h.must(h.Answer(as, h.session, item, value, ""))
	}
}

func (h *home) stands() Leave {
	h.Helper()
	_, _, l, err := h.Leaving(h.as("guide"), h.DB.Reader(), h.session)
	h.must(err)
	return l
}

func (h *home) state(key string) rule.Standing {
	h.Helper()
	all := h.stands().Conditions
	i := slices.IndexFunc(all, func(c Stand) bool { return c.Key == key })
	if i < 0 {
		h.Fatalf("there is no condition %q", key)
	}
	return all[i].State
}

func (h *home) sign() error { return h.Discharge(h.as("prescriber"), h.session, h.stands().Digest()) }

func (h *home) left() Left {
	h.Helper()
	x, err := h.LeftOf(h.ctx, h.DB.Reader(), h.session)
	h.must(err)
	return x
}

func (h *home) post() []*mail.Message {
	h.Helper()
	h.sent = nil
	h.must(h.Letters.Send(h.ctx))
	return h.sent
}
