package screening_test

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"held/care/screening"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
	"held/rules/questionnaire"
)

// house is a practice with a client at screening, and who cares for them.
type house struct {
	*screening.Service
	*testing.T
	ctx                       context.Context
	clock                     *testkit.Clock
	guide, prescriber, client people.Person
	sent                      []*mail.Message
	doc                       *protocol.Document // in force; nil: none
	changes                   int
}

const medicine protocol.Medicine = "ketamine_im"

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
	fo := &forms.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: h.clock.Now}
	al := &alerts.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: h.clock.Now}
	h.Service = &screening.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Forms: fo, Alerts: al, Now: h.clock.Now}
	h.Protocol = func(context.Context, db.Q, protocol.Medicine) (*protocol.Document, string, error) {
		return h.doc, "1", nil
	}
	h.OnChange(func(context.Context, *db.Tx, db.ID) error { h.changes++; return nil })
	fo.RegisterLetters()
	al.RegisterLetters()
	h.RegisterLetters()
	h.Listen()
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		if h.guide, err = pe.Add(h.ctx, tx, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Guide}}); err != nil {
			return err
		}
		if h.prescriber, err = pe.Add(h.ctx, tx, people.Person{Name: "Tomás", Contact: "tomas@example.org", Roles: []access.Role{access.Prescriber}}); err != nil {
			return err
		}
		if h.client, err = pe.Add(h.ctx, tx, people.Person{Name: "Wren", Contact: "wren@example.org", Step: people.StepInquiry, Roles: []access.Role{access.Client}}); err != nil {
			return err
		}
		return pe.SetStep(h.ctx, tx, h.client.ID, people.StepScreening)
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

func (h *house) refused(what string, err error, k fault.Kind) {
	h.Helper()
	if !fault.Is(err, k) {
		h.Errorf("%s: %v", what, err)
	}
}

// as is somebody signed in who has proved who they are.
func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	if p.ID != h.client.ID {
		a.Cares = func(db.ID) access.Care { return access.Care{As: p.Roles} }
	}
	return access.With(h.ctx, a)
}

func (h *house) post() (to []string) {
	h.Helper()
	h.sent = nil
	h.ok(h.Letters.Send(access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.System})))
	for _, m := range h.sent {
		to = append(to, m.ToName)
	}
	return to
}

// shipped reads a form of the screening as it comes with Held.
func shipped(t *testing.T, key string) *questionnaire.Questionnaire {
	t.Helper()
	b, err := os.ReadFile("../../practice/forms/shipped/" + key + ".json")
	if err != nil {
		t.Fatal(err)
	}
	q, faults := forms.Parse(b)
	if len(faults) > 0 {
		t.Fatal(key, faults)
	}
	return q
}

// sends lets the client answer every question of the four forms: as given, or
// what speaks for nothing.
func (h *house) sends(answers map[string]string) {
	h.Helper()
	h.ok(h.Give(h.as(h.prescriber), h.client.ID))
	wren := h.as(h.client)
	all, err := h.Forms.Of(wren, h.client.ID)
	h.ok(err)
	for _, g := range all {
		if g.State != forms.Waiting {
			continue
		}
		f, err := h.Forms.Fill(wren, g.ID)
		h.ok(err)
		set := forms.Changes{}
		f.Form.All(func(i *questionnaire.Item) bool {
			if i.Type == questionnaire.Choice {
				code, there := answers[i.LinkID]
				if !there {
					code = quiet(i)
				}
				if code != "" {
					set[questionnaire.Key{LinkID: i.LinkID}] = []questionnaire.Answer{choice(i, code)}
				}
			}
			return true
		})
		if name := answers["medicine-name"]; name != "" && g.Key == "medical-history" {
			set[questionnaire.Key{LinkID: "medicine-name"}] = []questionnaire.Answer{questionnaire.Words(name)}
		}
		_, err = h.Forms.Save(wren, g.ID, set)
		h.ok(err)
		h.ok(h.Forms.Complete(wren, g.ID))
	}
}

func quiet(i *questionnaire.Item) string {
	switch i.LinkID {
	case "age":
		return "18-64"
	case "escort", "evening":
		return "yes"
	case "mood-stabiliser":
		return ""
	}
	return "no"
}

func choice(i *questionnaire.Item, code string) questionnaire.Answer {
	n := slices.IndexFunc(i.Options, func(o questionnaire.Option) bool { return o.Value.Coding.Code == code })
	if n < 0 {
		panic(i.LinkID + " has no answer " + code)
	}
	return i.Options[n].Value
}

func (h *house) pressure() {
	h.Helper()
	_, err := h.Record(h.as(h.prescriber), screening.Fact{Client: h.client.ID, Kind: screening.Pressure, Taken: h.clock.Now(), Body: screening.Body{Systolic: 124, Diastolic: 78}})
	h.ok(err)
}

// protocolFor puts a protocol in force that lets a clearance hold for some days.
func (h *house) protocolFor(days int) {
	h.doc = &protocol.Document{Medicine: medicine, Screening: map[string]string{}, Validity: protocol.Validity{ClearanceDays: &days}}
}

func (h *house) known() screening.Known {
	h.Helper()
	k, err := h.Known(h.as(h.prescriber), h.DB.Reader(), h.client.ID, medicine)
	h.ok(err)
	return k
}

func (h *house) draft(v screening.Verdict) screening.Draft {
	k := h.known()
	return screening.Draft{Client: h.client.ID, Medicine: medicine, Verdict: v, Why: "Reasons for the chart.", Until: h.clock.Now().AddDate(0, 0, 20).Format(time.DateOnly), Conditions: "Somebody brings you home.", Letter: "Dear Wren", Seen: k.Seal()}
}

func each(t *testing.T, test func(h *house)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) { test(newHouse(t, d)) })
}
