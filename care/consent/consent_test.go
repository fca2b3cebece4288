package consent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"held/care/consent"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/consent"
)

// house is a practice with a client, the guide and the prescriber who care for
// them, and a published document that every client is asked for.
type house struct {
	*consent.Service
	*testing.T
	d                         *db.DB
	ctx                       context.Context
	clock                     *testkit.Clock
	guide, prescriber, client people.Person
	front, other              people.Person
	paper                     db.ID
	dosed                     time.Time
	changed                   int
	sent                      []*mail.Message
}

func (h *house) Send(_ context.Context, m *mail.Message) error {
	h.sent = append(h.sent, m)
	return nil
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, d: d, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, h.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: h.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: h.clock.Now}
	le := &letters.Service{DB: d, Vault: v, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Sender: h, Host: "practice.example"}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: h.clock.Now, Base: "https://practice.example"}
	h.Service = &consent.Service{DB: d, Vault: v, Trail: tr, People: pe, Letters: le, Settings: st, Now: h.clock.Now}
	h.Dosed = func(context.Context, db.Q, db.ID) (time.Time, bool, error) { return h.dosed, !h.dosed.IsZero(), nil }
	h.Changed = func(context.Context, *db.Tx, db.ID) error { h.changed++; return nil }
	h.RegisterLetters()
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for _, p := range []struct {
			into *people.Person
			who  people.Person
		}{
			{&h.guide, people.Person{Name: "Leonor", Contact: "leonor@example.org", Roles: []access.Role{access.Guide}}},
			{&h.prescriber, people.Person{Name: "Amadou", Roles: []access.Role{access.Prescriber}}},
			{&h.front, people.Person{Name: "Benedita", Roles: []access.Role{access.Coordinator}}},
			{&h.client, people.Person{Name: "Wren", Contact: "wren@example.org", Zone: "Asia/Kolkata", Discretion: people.Neutral, Roles: []access.Role{access.Client}}},
			{&h.other, people.Person{Name: "Oriel", Roles: []access.Role{access.Client}}},
		} {
			if *p.into, err = pe.Add(h.ctx, tx, p.who); err != nil {
				return err
			}
		}
		return nil
	}))
	h.ok(pe.Assign(h.ctx, h.client.ID, h.guide.ID, access.Guide))
	h.paper = h.published(consent.Treatment, consent.Required, consent.Text{Title: "Treatment", Summary: "You take **ketamine**.", Full: "## The full text\n\nAll of it.", Questions: []consent.Question{{Ask: "And if you want to stop?", Answers: []string{"I say so", "I do not know"}, About: "You can at any time."}}})
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

func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	if a.Staff() && p.ID != h.front.ID {
		a.Cares = func(c db.ID) access.Care {
			if c != h.client.ID {
				return access.Care{}
			}
			return access.Care{As: p.Roles}
		}
	}
	return access.With(h.ctx, a)
}

func (h *house) published(k consent.Kind, need consent.Need, t consent.Text) db.ID {
	h.Helper()
	id, by := db.NewID(), h.as(h.guide)
	h.ok(h.Begin(by, id, k, t))
	h.ok(h.Publish(by, id, 1, t, "", false))
	if need != consent.Undecided {
		h.ok(h.SetNeeds(by, map[db.ID]consent.Need{id: need}))
	}
	h.clock.Add(time.Hour)
	return id
}

func (h *house) document(id db.ID) consent.Document {
	h.Helper()
	d, err := h.Document(h.as(h.guide), id)
	h.ok(err)
	return d
}

// standing is how the document stands with the client.
func (h *house) standing(id db.ID) consent.Standing {
	h.Helper()
	all, err := h.Stands(h.as(h.guide), h.d.Reader(), h.client.ID)
	h.ok(err)
	for _, st := range all {
		if st.ID == id {
			return st
		}
	}
	h.Fatalf("nothing stands for %s", id)
	return consent.Standing{}
}

func (h *house) signature(id db.ID) consent.Signature {
	st := h.standing(id)
	return consent.Signature{Text: consent.Sum(h.document(st.Document).Current().Canonical(st.Party.Name)), Name: "Wren", Mean: true}
}

func (h *house) signs(id db.ID) {
	h.Helper()
	me := h.as(h.client)
	h.ok(h.Agree(me, "Wren"))
	h.clock.Add(time.Minute)
	h.ok(h.Sign(me, id, h.signature(id)))
	h.clock.Add(time.Minute)
}

func (h *house) talks(id db.ID) {
	h.Helper()
	h.ok(h.HoldTalk(h.as(h.guide), h.client.ID, id, consent.Talk{Held: h.clock.Now().Add(-time.Minute), With: "an interpreter", Points: "How long it lasts."}))
	h.clock.Add(time.Minute)
}

func (h *house) both(id db.ID) {
	h.Helper()
	h.signs(id)
	h.talks(id)
	h.ok(h.Countersign(h.as(h.guide), h.client.ID, id, true))
	h.clock.Add(time.Minute)
}

func (h *house) state(id db.ID, want rule.State) {
	h.Helper()
	if got := h.standing(id); got.State != want {
		h.Errorf("it stands %q, want %q", got.State, want)
	}
}

// proof verifies everything.
func (h *house) proof() consent.Proof {
	h.Helper()
	p, err := h.Verify(h.ctx, db.ID{})
	h.ok(err)
	return p
}

func TestADocumentIsSignedByBothAfterATalkAndCanBeProved(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		me, by := h.as(h.client), h.as(h.guide)
		h.state(h.paper, rule.NotYet)
		h.refused("signed before agreeing to sign electronically", h.Sign(me, h.paper, h.signature(h.paper)), fault.Invalid)
		h.ok(h.Agree(me, "Wren"))
		h.ok(h.Answer(me, h.paper, 1, []consent.Answer{{Talk: true}}))
		if st := h.standing(h.paper); st.Open != 1 {
			t.Errorf("%d points wait for the talk, want 1", st.Open)
		}
		h.refused("without meaning to", h.Sign(me, h.paper, consent.Signature{Text: h.signature(h.paper).Text, Name: "Wren"}), fault.Invalid)
		h.refused("another text", h.Sign(me, h.paper, consent.Signature{Text: consent.Sum("another"), Name: "Wren", Mean: true}), fault.Taken)
		h.clock.Add(time.Minute)
		h.ok(h.Sign(me, h.paper, h.signature(h.paper)))
		h.state(h.paper, rule.ByClient)
		h.refused("twice", h.Sign(me, h.paper, h.signature(h.paper)), fault.Taken)
		h.clock.Add(time.Minute)
		h.refused("second signature before the talk", h.Countersign(by, h.client.ID, h.paper, true), fault.Invalid)
		h.talks(h.paper)
		if st := h.standing(h.paper); st.Open != 0 || st.Talk == nil || st.Talk.Said.Points != "How long it lasts." {
			t.Errorf("after the talk: %+v", st)
		}
		h.refused("by somebody who did not hold it", h.Countersign(h.as(h.prescriber), h.client.ID, h.paper, true), fault.Invalid)
		h.ok(h.Countersign(by, h.client.ID, h.paper, true))
		h.state(h.paper, rule.Signed)
		if !h.standing(h.paper).Holds() {
			t.Error("it does not hold")
		}
		if p := h.proof(); len(p.Broken) > 0 || p.Signed != 1 || p.Second != 1 || p.Records != 5 || p.Versions != 1 {
			t.Errorf("%+v", p)
		}
		if h.changed != 2 {
			t.Errorf("the gate was told %d times, want 2", h.changed)
		}
	})
}

func TestWithdrawingHoldsAtOnceAndSigningAgainUndoesIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.both(h.paper)
		h.dosed = h.clock.Now()
		told := h.changed
		h.ok(h.Withdraw(h.as(h.client), h.paper, "Not now."))
		h.state(h.paper, rule.Withdrawn)
		if h.changed != told+1 {
			t.Error("the gate was not told")
		}
		h.ok(h.Withdraw(h.as(h.client), h.paper, "")) // a button that is pressed twice
		h.refused("signing on the day of a dose", h.Sign(h.as(h.client), h.paper, h.signature(h.paper)), fault.Invalid)
		h.clock.Add(30 * time.Hour)
		h.ok(h.Sign(h.as(h.client), h.paper, h.signature(h.paper)))
		h.state(h.paper, rule.ByClient)
		if p := h.proof(); len(p.Broken) > 0 {
			t.Errorf("%q", p.Broken)
		}
	})
}

func TestANewVersionAsksAgainWhereItsAuthorSaysSo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.both(h.paper)
		by := h.as(h.guide)
		gone := h.published(consent.Touch, consent.Optional, consent.Text{Title: "Touch", Summary: "A hand.", Full: "A hand."})
		h.ok(h.Sign(h.as(h.client), gone, h.signature(gone)))
		h.ok(h.Withdraw(h.as(h.client), gone, ""))
		h.ok(h.Letters.Send(h.ctx))
		h.sent = nil
		h.ok(h.Publish(by, gone, 2, consent.Text{Title: "Touch", Summary: "A hand.", Full: "No hand."}, "Less.", true))
		h.ok(h.Letters.Send(h.ctx))
		if len(h.sent) > 0 {
			t.Error("whoever has withdrawn is asked to sign again")
		}
		for _, again := range []bool{false, true} {
			doc := h.document(h.paper)
			text := doc.Newest()
			text.Full += "\n\nOne thing more."
			h.refused("without saying what changed", h.Publish(by, h.paper, doc.Revision, text, "", again), fault.Invalid)
			h.ok(h.Publish(by, h.paper, doc.Revision, text, "One thing more.", again))
			h.clock.Add(time.Minute)
			want := map[bool]rule.State{false: rule.Signed, true: rule.Earlier}[again]
			h.state(h.paper, want)
		}
		if st := h.standing(h.paper); st.Holds() || st.Version != 1 || st.Current != 3 || !strings.Contains(st.Changes, "One thing more.") {
			t.Errorf("%+v", st)
		}
		h.sent = nil
		h.ok(h.Letters.Send(h.ctx))
		var told bool
		for _, m := range h.sent {
			if m.To == "wren@example.org" {
				told = true
				if strings.Contains(m.Subject+m.Text, "consent to") || strings.Contains(m.Text, "Treatment") || strings.Contains(m.Subject, "document") {
					t.Errorf("the letter says too much: %q %q", m.Subject, m.Text)
				}
			}
		}
		if !told {
			t.Error("the client was not told that something is there")
		}
		h.refused("a talk before the version", h.HoldTalk(by, h.client.ID, h.paper, consent.Talk{Held: h.clock.Now().Add(-time.Hour)}), fault.Invalid)
		h.ok(h.Sign(h.as(h.client), h.paper, h.signature(h.paper)))
		h.refused("the second signature with a talk about an earlier one", h.Countersign(by, h.client.ID, h.paper, true), fault.Invalid)
		h.clock.Add(2 * time.Minute)
		h.talks(h.paper)
		h.ok(h.Countersign(by, h.client.ID, h.paper, true))
		h.state(h.paper, rule.Signed)
	})
}

func TestADraftFromHeldIsNotPublishedAsItIs(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		by := h.as(h.guide)
		for _, k := range consent.Kinds {
			text, err := consent.Shipped(k)
			h.ok(err)
			if !strings.Contains(text.Full, consent.DraftMark) {
				t.Errorf("%s does not say that it is a draft", k)
			}
			id := db.NewID()
			h.ok(h.Begin(by, id, k, text))
			h.refused(string(k)+" as it came", h.Publish(by, id, 1, text, "", false), fault.Invalid)
			there := text.Headings()
			for key, heading := range text.Covers {
				if !strings.Contains(strings.Join(there, "\n"), heading) {
					t.Errorf("%s: %s is said to stand under %q, which is no heading", k, key, heading)
				}
			}
			if k == consent.Treatment && len(text.Missing()) > 0 {
				t.Errorf("the draft of treatment lacks %v", text.Missing())
			}
		}
	})
}

func TestUntilThePracticeHasDecidedNothingHolds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.both(h.paper)
		touch := h.published(consent.Touch, consent.Undecided, consent.Text{Title: "Touch", Summary: "A hand.", Full: "A hand."})
		if h.standing(touch).Holds() {
			t.Error("a document that nobody has decided about lets a session take place")
		}
		if settled, err := h.Settled(h.ctx, d.Reader()); err != nil || settled {
			t.Errorf("settled: %v %v", settled, err)
		}
		waits, err := h.Waits(h.as(h.client))
		if err != nil || len(waits) > 0 {
			t.Errorf("the client is shown %v (%v)", waits, err)
		}
		h.ok(h.SetNeeds(h.as(h.guide), map[db.ID]consent.Need{touch: consent.Optional}))
		if !h.standing(touch).Holds() {
			t.Error("an optional document keeps a session from taking place")
		}
		if settled, err := h.Settled(h.ctx, d.Reader()); err != nil || !settled {
			t.Errorf("settled: %v %v", settled, err)
		}
	})
}

func TestInformationIsReleasedForEachPartyByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		release := h.published(consent.Release, consent.Optional, consent.Text{Title: "Speaking with somebody", Summary: "One person.", Full: "One person.", Legal: true})
		mother, err := h.NameParty(h.as(h.client), h.client.ID, release, "My mother")
		h.ok(err)
		doctor, err := h.NameParty(h.as(h.guide), h.client.ID, release, "Dr Lima")
		h.ok(err)
		_, err = h.NameParty(h.as(h.other), h.client.ID, release, "Somebody else's")
		h.refused("by another client", err, fault.Forbidden)
		h.ok(h.Agree(h.as(h.client), "Wren"))
		h.refused("without a legal name", h.Sign(h.as(h.client), mother, h.signature(mother)), fault.Invalid)
		h.ok(h.People.SaveIdentity(h.as(h.client), people.Identity{Name: "Wrenna Lowe"}))
		h.ok(h.Sign(h.as(h.client), mother, h.signature(mother)))
		h.state(mother, rule.ByClient)
		h.state(doctor, rule.NotYet)
		if p := h.proof(); len(p.Broken) > 0 {
			t.Errorf("%q", p.Broken)
		}
		b, err := h.Exported(h.as(h.client), mother)
		h.ok(err)
		if !bytes.Contains(b, []byte("Wrenna Lowe")) || bytes.Contains(b, []byte("Dr Lima")) {
			t.Error("the record should hold the legal name and the one party")
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.both(h.paper)
		for name, ctx := range map[string]context.Context{"the front desk": h.as(h.front), "another client": h.as(h.other)} {
			_, err := h.Stands(ctx, d.Reader(), h.client.ID)
			h.refused(name+" reads how it stands", err, fault.Forbidden)
			_, err = h.Library(ctx)
			h.refused(name+" reads the documents", err, fault.Forbidden)
			h.refused(name+" writes a talk", h.HoldTalk(ctx, h.client.ID, h.paper, consent.Talk{Held: h.clock.Now()}), fault.Forbidden)
			h.refused(name+" signs", h.Countersign(ctx, h.client.ID, h.paper, true), fault.Forbidden)
		}
		h.refused("another client's copy", func() error { _, err := h.Copy(h.as(h.other), h.paper); return err }(), fault.NotFound)
		_, err := h.Verify(h.as(h.guide), db.ID{})
		h.refused("a guide verifies", err, fault.Forbidden)
	})
}

func TestTheCopyIsATaggedPDFMadeOfTheSameText(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		_, err := h.Copy(h.as(h.client), h.paper)
		h.refused("before anything is signed", err, fault.NotFound)
		h.both(h.paper)
		b, err := h.Copy(h.as(h.client), h.paper)
		h.ok(err)
		h.ok(api.Validate(bytes.NewReader(b), nil))
		again, err := h.Copy(h.as(h.client), h.paper)
		h.ok(err)
		if !bytes.Equal(b, again) {
			t.Error("the copy that was kept is not the one that is given")
		}
		sealed, err := db.One(h.ctx, d.Reader(), db.Value[[]byte], `SELECT body FROM consent_copies`)
		h.ok(err)
		if bytes.Contains(sealed, []byte("%PDF")) {
			t.Error("the copy lies in the clear")
		}
		h.ok(h.Letters.Send(h.ctx))
		for _, m := range h.sent {
			if len(m.Attachments) > 0 {
				t.Error("a letter carries a file")
			}
		}
	})
}

// alter changes what lies in the database as somebody would who can write to it.
func (h *house) alter(statement string, args ...any) {
	h.Helper()
	h.ok(h.d.Write(h.ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(h.ctx, statement, args...)
		if err == nil && n == 0 {
			h.Errorf("%s changed nothing", statement)
		}
		return err
	}))
}

func TestWhatWasAlteredIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(h *house)
		want string
	}{
		"a time": {func(h *house) { h.alter(`UPDATE consent_records SET version = 2 WHERE act = 'signed'`) }, "version"},
		"who signed": {func(h *house) {
			h.alter(`UPDATE consent_records SET by_id = $1 WHERE act = 'countersigned'`, h.prescriber.ID)
		}, "another by"},
		"a signature": {func(h *house) {
			h.alter(`UPDATE consent_records SET signature = hash WHERE act = 'signed'`)
		}, "signature does not hold"},
		"the hash of a text": {func(h *house) { h.alter(`UPDATE consent_versions SET hash = $1`, make([]byte, 32)) }, "not the text that was published"},
		"a record taken out of the end": {func(h *house) {
			h.alter(`DELETE FROM consent_records WHERE act = 'countersigned'`)
		}, "stands on the trail and is not here"},
		"a record taken out of the middle": {func(h *house) { h.alter(`DELETE FROM consent_records WHERE act = 'talked'`) }, "one was taken out or put in"},
		"a sealed text moved elsewhere": {func(h *house) {
			h.alter(`UPDATE consent_records SET body = (SELECT r.body FROM consent_records r WHERE r.act = 'talked') WHERE act = 'signed'`)
		}, "cannot be opened"},
		"a withdrawal called a signature": {func(h *house) {
			h.ok(h.Withdraw(h.as(h.client), h.paper, ""))
			h.alter(`UPDATE consent_records SET act = 'signed' WHERE act = 'withdrew'`)
		}, "the trail says"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Each(t, func(t *testing.T, d *db.DB) {
				h := newHouse(t, d)
				h.both(h.paper)
				c.do(h)
				p := h.proof()
				if !strings.Contains(strings.Join(p.Broken, "\n"), c.want) {
					t.Errorf("%q does not say %q", p.Broken, c.want)
				}
			})
		})
	}
}

func TestAFileOfRecordsIsProvedWithoutTheDatabase(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	h.both(h.paper)
	b, err := h.Exported(h.as(h.client), h.paper)
	h.ok(err)
	key := h.Trail.PublicKey(access.From(h.ctx).Practice)
	p, err := consent.VerifyFile(b, key)
	if err != nil || len(p.Broken) > 0 || p.Signed != 1 || p.Second != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := consent.VerifyFile([]byte(`{"format":"something"}`)); err == nil {
		t.Error("any file is taken for records")
	}
	for name, alter := range map[string]func(*consent.File){
		"a word of the text": func(f *consent.File) {
			f.Records[1].Said = strings.Replace(f.Records[1].Said, "All of it", "None of it", 1)
		},
		"a time": func(f *consent.File) {
			f.Records[1].Statement = strings.Replace(f.Records[1].Statement, "\nat 2", "\nat 1", 1)
		},
		"a record left out": func(f *consent.File) { f.Records = append(f.Records[:1], f.Records[2:]...) },
		"another order":     func(f *consent.File) { f.Records[0], f.Records[1] = f.Records[1], f.Records[0] },
		"another key":       func(f *consent.File) { f.Records[0].Key = "AAAA" },
	} {
		var f consent.File
		h.ok(json.Unmarshal(b, &f))
		alter(&f)
		changed, err := json.Marshal(f)
		h.ok(err)
		if p, err := consent.VerifyFile(changed, key); err == nil && len(p.Broken) == 0 {
			t.Errorf("%s: it is said to hold", name)
		}
	}
}

func TestErasingTakesItAwayAndTheProofSaysWhy(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.both(h.paper)
		kept := h.Kept()[0]
		items, err := kept.Of(h.as(h.client), h.client.ID)
		h.ok(err)
		if len(items) != 4 { // agreed, signed, talked, countersigned
			t.Errorf("%d things are taken along, want 4", len(items))
		}
		h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
			if err := kept.Erase(h.ctx, tx, h.client.ID); err != nil {
				return err
			}
			return h.Trail.Record(h.ctx, tx, trail.Entry{Verb: "erased", Subject: h.client.ID, Kind: "clinical", Object: h.client.ID})
		}))
		if p := h.proof(); len(p.Broken) > 0 || p.Records != 0 {
			t.Errorf("%+v", p)
		}
	})
}
