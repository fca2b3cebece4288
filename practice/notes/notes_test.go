package notes_test

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
	"held/practice/letters"
	"held/practice/notes"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice with a client, the guide who cares for them, and a time
// of theirs that ended just now.
type house struct {
	*notes.Service
	*testing.T
	ctx           context.Context
	clock         *testkit.Clock
	guide, client people.Person
	time          notes.Time
	sent          []*mail.Message
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
	h.Service = &notes.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: h.clock.Now}
	h.RegisterLetters()
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		if h.guide, err = pe.Add(h.ctx, tx, people.Person{Name: "Leonor", Roles: []access.Role{access.Guide}}); err != nil {
			return err
		}
		h.client, err = pe.Add(h.ctx, tx, people.Person{Name: "Wren", Contact: "wren@example.org", Discretion: people.Neutral, Roles: []access.Role{access.Client}})
		return err
	}))
	h.time = notes.Time{Appointment: db.NewID(), Client: h.client.ID, End: h.clock.Now()}
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// as is somebody signed in who has proved who they are; cares says whether
// they are on the client's team.
func (h *house) as(p people.Person, cares bool) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	if cares {
		a.Cares = func(db.ID) access.Care { return access.Care{As: p.Roles} }
	}
	return access.With(h.ctx, a)
}

func (h *house) refused(what string, err error, k fault.Kind) {
	h.Helper()
	if !fault.Is(err, k) {
		h.Errorf("%s: %v", what, err)
	}
}

// post lets what is due be sent.
func (h *house) post() []*mail.Message {
	h.Helper()
	h.sent = nil
	h.ok(h.Letters.Send(access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.System})))
	return h.sent
}

func each(t *testing.T, test func(h *house)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}

func TestAGuidesOwnNoteOpensToThemAlone(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		h.ok(h.KeepProcess(leonor, h.time, "She went quiet when we spoke of the lake.", time.Time{}))
		p, err := h.Process(leonor, h.time)
		h.ok(err)
		if p.Text != "She went quiet when we spoke of the lake." {
			h.Errorf("read %q", p.Text)
		}
		other := h.guide
		other.ID = db.NewID()
		if p, err := h.Process(h.as(other, true), h.time); err != nil || p.Text != "" {
			h.Errorf("a colleague on the team reads %q, %v", p.Text, err)
		}
		_, err = h.Process(h.as(h.guide, false), h.time)
		h.refused("a guide who is not on the team", err, fault.Forbidden)
		_, err = h.Process(h.as(h.client, false), h.time)
		h.refused("the client", err, fault.Forbidden)
		_, err = h.Process(h.ctx, h.time)
		h.refused("a command on the machine", err, fault.Forbidden)

		h.refused("over what was written meanwhile", h.KeepProcess(leonor, h.time, "Other words", time.Time{}), fault.Taken)
		h.clock.Add(time.Minute)
		h.ok(h.KeepProcess(leonor, h.time, "", p.Changed))
		if p, err := h.Process(leonor, h.time); err != nil || !p.Changed.IsZero() {
			h.Errorf("after it was taken away: %q, %v", p.Text, err)
		}
	})
}

func TestAQuestionStaysAtOnceAndWordsComeWhenTheyAreDue(t *testing.T) {
	each(t, func(h *house) {
		leonor, wren := h.as(h.guide, true), h.as(h.client, false)
		a := notes.After{Question: "What did the lake want?", Invitation: "Begin with the water.", Words: "Be slow with yourself.", Hours: 48}
		h.ok(h.Leave(leonor, h.time, a))
		got, err := h.Stays(wren, h.client.ID)
		h.ok(err)
		if got.Question != a.Question || got.Invitation != a.Invitation || got.Words != "" {
			h.Errorf("at once: %+v", got)
		}
		if sent := h.post(); len(sent) != 0 {
			h.Errorf("%d letters too early", len(sent))
		}
		h.clock.Add(48 * time.Hour)
		if got, err = h.Stays(wren, h.client.ID); err != nil || got.Words != a.Words {
			h.Errorf("when they are due: %+v, %v", got, err)
		}
		sent := h.post()
		if len(sent) != 1 || sent[0].To != "wren@example.org" || strings.Contains(sent[0].Subject+sent[0].Text, "slow") || strings.Contains(sent[0].Text, "lake") {
			h.Fatalf("the letter: %+v", sent)
		}
		next := notes.Time{Appointment: db.NewID(), Client: h.client.ID, End: h.clock.Now().Add(time.Hour)}
		if got, err = h.Carried(leonor, next, h.clock.Now()); err != nil || got.Question != a.Question {
			h.Errorf("carried to the next time: %+v, %v", got, err)
		}
		h.ok(h.PutAway(wren, h.time.Appointment))
		if got, err = h.Stays(wren, h.client.ID); err != nil || !got.Empty() {
			h.Errorf("put away: %+v, %v", got, err)
		}
		if got, err = h.Carried(leonor, next, h.clock.Now()); err != nil || !got.Empty() {
			h.Errorf("put away, the guide still carries %+v, %v", got, err)
		}
	})
}

func TestALetterIsCalledBackWithWhatItTellsOf(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		a := notes.After{Words: "Be slow with yourself.", Hours: 24}
		h.ok(h.Leave(leonor, h.time, a))
		got, err := h.After(leonor, h.time)
		h.ok(err)
		h.clock.Add(time.Hour)
		h.ok(h.Leave(leonor, h.time, notes.After{Hours: 0, Changed: got.Changed}))
		h.clock.Add(72 * time.Hour)
		if sent := h.post(); len(sent) != 0 {
			h.Errorf("%d letters of what was taken away", len(sent))
		}

		h.ok(h.Leave(leonor, h.time, notes.After{Words: "Now.", Hours: 72}))
		h.ok(h.PutAway(h.as(h.client, false), h.time.Appointment))
		h.clock.Add(72 * time.Hour)
		if sent := h.post(); len(sent) != 0 {
			h.Errorf("%d letters of what was put away", len(sent))
		}
	})
}

func TestWhoWantsNoLettersGetsNone(t *testing.T) {
	each(t, func(h *house) {
		h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error { return h.People.SetDiscretion(h.ctx, tx, h.client.ID, people.Silent) }))
		h.ok(h.Leave(h.as(h.guide, true), h.time, notes.After{Words: "Be slow.", Hours: 24}))
		h.clock.Add(24 * time.Hour)
		if sent := h.post(); len(sent) != 0 {
			h.Errorf("%d letters", len(sent))
		}
		if got, err := h.Stays(h.as(h.client, false), h.client.ID); err != nil || got.Words != "Be slow." {
			h.Errorf("in their space: %+v, %v", got, err)
		}
	})
}

func TestWhatMayNotStay(t *testing.T) {
	each(t, func(h *house) {
		leonor := h.as(h.guide, true)
		coming := h.time
		coming.End = h.clock.Now().Add(time.Minute)
		h.refused("before the time is over", h.Leave(leonor, coming, notes.After{Question: "?"}), fault.Invalid)
		h.refused("at another hour", h.Leave(leonor, h.time, notes.After{Words: "Hm", Hours: 12}), fault.Invalid)
		h.refused("later, without words", h.Leave(leonor, h.time, notes.After{Question: "?", Hours: 24}), fault.Invalid)
		h.refused("by a guide who is not on the team", h.Leave(h.as(h.guide, false), h.time, notes.After{Question: "?"}), fault.Forbidden)
		h.refused("by the client", h.Leave(h.as(h.client, false), h.time, notes.After{Question: "?"}), fault.Forbidden)
		stranger := h.client
		stranger.ID = db.NewID()
		h.ok(h.Leave(leonor, h.time, notes.After{Question: "Whose is it?"}))
		_, err := h.Stays(h.as(stranger, false), h.client.ID)
		h.refused("read by another client", err, fault.Forbidden)
		h.ok(h.PutAway(h.as(stranger, false), h.time.Appointment))
		if got, err := h.Stays(h.as(h.client, false), h.client.ID); err != nil || got.Question != "Whose is it?" {
			h.Errorf("another client put it away: %+v, %v", got, err)
		}
		h.refused("over what was written meanwhile", h.Leave(leonor, h.time, notes.After{Question: "Another?"}), fault.Taken)
	})
}
