package alerts_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice with a client, the guide and the prescriber who care for
// them, and another guide.
type house struct {
	*alerts.Service
	*testing.T
	ctx                              context.Context
	clock                            *testkit.Clock
	owner, guide, prescriber, deputy people.Person
	client                           people.Person
	sent                             []*mail.Message
}

func (h *house) Send(_ context.Context, m *mail.Message) error {
	h.sent = append(h.sent, m)
	return nil
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, h.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: h.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: h.clock.Now}
	le := &letters.Service{DB: d, Vault: v, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Sender: h, Host: "practice.example"}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: h.clock.Now, Base: "https://practice.example"}
	h.Service = &alerts.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: h.clock.Now}
	h.RegisterLetters()
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for _, p := range []struct {
			into *people.Person
			as   people.Person
		}{
			{&h.owner, people.Person{Name: "Rita", Contact: "rita@example.org", Roles: []access.Role{access.Owner}}},
			{&h.guide, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Guide}}},
			{&h.prescriber, people.Person{Name: "Tomás", Contact: "tomas@example.org", Discretion: people.Silent, Roles: []access.Role{access.Prescriber}}},
			{&h.deputy, people.Person{Name: "Inês", Contact: "ines@example.org", Roles: []access.Role{access.Guide}}},
			{&h.client, people.Person{Name: "Wren", Contact: "wren@example.org", Roles: []access.Role{access.Client}}},
		} {
			if *p.into, err = pe.Add(h.ctx, tx, p.as); err != nil {
				return err
			}
		}
		return nil
	}))
	h.ok(pe.Assign(h.ctx, h.client.ID, h.guide.ID, access.Guide))
	h.ok(pe.Assign(h.ctx, h.client.ID, h.prescriber.ID, access.Prescriber))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// as is somebody signed in who has proved who they are.
func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	if p.ID == h.guide.ID || p.ID == h.prescriber.ID {
		a.Cares = func(client db.ID) access.Care {
			if client != h.client.ID {
				return access.Care{}
			}
			return access.Care{As: p.Roles}
		}
	}
	return access.With(h.ctx, a)
}

func (h *house) system() context.Context {
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.System})
}

// post lets what is due be sent, and gives who it went to.
func (h *house) post() string {
	h.Helper()
	h.sent = nil
	h.ok(h.Letters.Send(h.system()))
	var to []string
	for _, m := range h.sent {
		to = append(to, m.ToName)
		if text := m.Subject + m.Text; strings.Contains(text, "Wren") || strings.Contains(text, "lake") {
			h.Errorf("the letter tells about whom it is: %s", text)
		}
	}
	return strings.Join(to, " ")
}

func (h *house) raise(ref db.ID) (id db.ID) {
	h.Helper()
	wren := h.as(h.client)
	h.ok(h.DB.Write(wren, func(tx *db.Tx) (err error) {
		id, err = h.Raise(wren, tx, alerts.Alert{Client: h.client.ID, Kind: "form", Ref: ref, Words: "Thoughts of the lake, with a plan."})
		return err
	}))
	return id
}

func (h *house) plan() {
	h.Helper()
	h.ok(h.SetPlan(h.as(h.owner), alerts.Plan{Named: h.guide.ID, Deputy: h.deputy.ID, Minutes: 30, Outside: "Call 112; we call back the next morning."}))
}

func (h *house) waiting(p people.Person) int {
	h.Helper()
	all, err := h.Waiting(h.as(p))
	h.ok(err)
	return len(all)
}

// line tells whether the client's own trail has a line.
func (h *house) line(words string) bool {
	h.Helper()
	all, err := h.Trail.Of(h.as(h.client), h.client.ID, db.ID{}, 50)
	h.ok(err)
	for _, e := range all {
		if strings.Contains(e.Line(true), words) {
			return true
		}
	}
	return false
}

func each(t *testing.T, test func(h *house)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}

func TestWhereNobodyIsNamedWhoeverCaresForThemIsTold(t *testing.T) {
	each(t, func(h *house) {
		if named, err := h.Named(h.ctx); err != nil || named {
			h.Errorf("somebody is named by itself: %v", err)
		}
		h.raise(db.NewID())
		if got := h.post(); got != "Leonor Tomás" && got != "Tomás Leonor" {
			h.Errorf("told %q", got)
		}
		if h.waiting(h.guide) != 1 || h.waiting(h.prescriber) != 1 || h.waiting(h.deputy) != 0 || h.waiting(h.owner) != 0 {
			h.Error("it stands with others than who cares for them")
		}
		h.clock.Add(48 * time.Hour)
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "" {
			h.Errorf("without a number of minutes it went on to %q", got)
		}
		h.plan() // now somebody is named, who knows of it already
		if got := h.post(); got != "" {
			h.Errorf("told %q again", got)
		}
		h.clock.Add(30 * time.Minute)
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "Inês" {
			h.Errorf("raised before anybody was named, it then went on to %q", got)
		}
	})
}

func TestTheNamedClinicianIsToldAtOnceAndAcknowledgesByName(t *testing.T) {
	each(t, func(h *house) {
		h.plan()
		ref := db.NewID()
		id := h.raise(ref)
		if got := h.post(); got != "Leonor" {
			h.Errorf("told %q", got)
		}
		if again := h.raise(ref); again != id {
			h.Error("the same answer raised a second alert while the first is open")
		}
		if got := h.post(); got != "" {
			h.Errorf("told %q again", got)
		}
		leonor := h.as(h.guide)
		a, err := h.One(leonor, id)
		h.ok(err)
		if a.Words != "Thoughts of the lake, with a plan." || !a.Open() {
			h.Errorf("read %+v", a)
		}
		if err := h.Acknowledge(leonor, id, ""); !fault.Is(err, fault.Invalid) {
			h.Errorf("without a word of what was done: %v", err)
		}
		h.ok(h.Acknowledge(leonor, id, "I called her; we see each other at six."))
		if err := h.Acknowledge(h.as(h.prescriber), id, "I called too."); !fault.Is(err, fault.Taken) {
			h.Errorf("a second acknowledgement: %v", err)
		}
		own, err := h.Of(h.as(h.client), h.client.ID)
		h.ok(err)
		if len(own) != 1 || own[0].DoneBy != h.guide.ID || own[0].Done == "" {
			h.Errorf("the client reads %+v", own)
		}
		for _, words := range []string{"told the practice", "told the named clinician", "has taken on"} {
			if !h.line(words) {
				h.Errorf("no line says %q", words)
			}
		}
		h.clock.Add(time.Hour)
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "" {
			h.Errorf("acknowledged, and told to %q", got)
		}
	})
}

func TestWhatNobodyAcknowledgesGoesToTheDeputyThenToAll(t *testing.T) {
	each(t, func(h *house) {
		h.plan()
		id := h.raise(db.NewID())
		h.post()
		h.clock.Add(29 * time.Minute)
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "" {
			h.Errorf("before its time it went to %q", got)
		}
		h.clock.Add(time.Minute)
		h.ok(h.Escalate(h.system()))
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "Inês" {
			h.Errorf("then it went to %q", got)
		}
		if _, err := h.One(h.as(h.deputy), id); err != nil {
			h.Errorf("who was told cannot read it: %v", err)
		}
		if n, err := h.Overdue(h.ctx); err != nil || n != 0 {
			h.Errorf("%d overdue %v", n, err)
		}
		h.clock.Add(30 * time.Minute)
		h.ok(h.Escalate(h.system()))
		if got := h.post(); got != "Tomás" {
			h.Errorf("and then to %q, who had not heard of it", got)
		}
		if n, err := h.Overdue(h.ctx); err != nil || n != 1 {
			h.Errorf("%d overdue %v", n, err)
		}
		if !h.line("told the deputy") || !h.line("told every clinician") {
			h.Error("the trail does not say who was told")
		}
	})
}

func TestAnAlertOpensToNobodyElse(t *testing.T) {
	each(t, func(h *house) {
		id := h.raise(db.NewID())
		for _, p := range []people.Person{h.owner, h.deputy, h.client} {
			if _, err := h.One(h.as(p), id); !fault.Is(err, fault.Forbidden) {
				h.Errorf("%s reads it: %v", p.Name, err)
			}
			if err := h.Acknowledge(h.as(p), id, "Mine."); !fault.Is(err, fault.Forbidden) {
				h.Errorf("%s acknowledges it: %v", p.Name, err)
			}
		}
		if _, err := h.Of(h.as(h.guide), h.client.ID); err == nil {
			h.Error("the client's own page opens to a guide")
		}
	})
}

func TestNothingOfTheProtocolIsSetByItself(t *testing.T) {
	each(t, func(h *house) {
		rita := h.as(h.owner)
		if err := h.SetPlan(h.as(h.guide), alerts.Plan{}); !fault.Is(err, fault.Forbidden) {
			h.Errorf("a guide sets it: %v", err)
		}
		err := h.SetPlan(rita, alerts.Plan{})
		if e := fault.Of(err); len(e.Fields) != 3 {
			h.Errorf("an empty one: %v", e.Fields)
		}
		if err := h.SetPlan(rita, alerts.Plan{Named: h.owner.ID, Minutes: 5, Outside: "Call 112."}); !fault.Is(err, fault.Invalid) {
			h.Errorf("an owner who is no clinician: %v", err)
		}
		h.plan()
		h.ok(h.People.DB.Write(h.ctx, func(tx *db.Tx) error { return h.People.Revoke(h.ctx, tx, h.guide.ID, access.Guide) }))
		h.clock.Add(time.Minute)
		h.raise(db.NewID())
		if got := h.post(); got != "Inês" {
			h.Errorf("the named clinician has left, and it went to %q", got)
		}
	})
}
