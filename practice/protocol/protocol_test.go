package protocol_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/trail"
	rule "held/rules/protocol"
)

// place is a practice with its prescriber.
type place struct {
	t        *testing.T
	s        *protocol.Service
	practice db.ID
	who      people.Person
	clock    *testkit.Clock
	opened   int
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	p := &place{t: t, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, p.clock.Now)
	p.practice = practice
	tr := &trail.Service{DB: d, Vault: v, Now: p.clock.Now}
	pp := &people.Service{DB: d, Vault: v, Trail: tr, Now: p.clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pp, Now: p.clock.Now}
	p.s = &protocol.Service{DB: d, Vault: v, Trail: tr, People: pp, Settings: st, Now: p.clock.Now, Opened: func() { p.opened++ }}
	ctx := access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	err := d.Write(ctx, func(tx *db.Tx) (err error) {
		p.who, err = pp.Add(ctx, tx, people.Person{Name: "Amadeu", Roles: []access.Role{access.Prescriber}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// as is a context in which somebody with a role acts.
func (p *place) as(r access.Role, fresh bool) context.Context {
	return access.With(p.t.Context(), access.Actor{Practice: p.practice, Person: p.who.ID, Roles: []access.Role{r}, Via: access.Session, Strong: true, Fresh: fresh})
}

const im = rule.Medicine("ketamine_im")

// more is what nothing is published for.
var more = map[string]string{"dose.boosters": "0", "validity.clearance_days": "90", "sessions.gap_days": "7", "sessions.most": "6"}

func filled(m rule.Medicine, other map[string]string) map[string][]string {
	typed := map[string][]string{}
	for _, f := range rule.Fields() {
		if v := rule.ExampleOf(m).Get(f); len(v) > 0 {
			typed[f.Path] = v
		}
	}
	for _, add := range []map[string]string{more, other} {
		for path, v := range add {
			typed[path] = []string{v}
		}
	}
	return typed
}

// sign drafts, fills and signs a version.
func (p *place) sign(other map[string]string) protocol.Signed {
	p.t.Helper()
	ctx := p.as(access.Prescriber, true)
	id, err := p.s.Begin(ctx, im)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.s.Save(ctx, id, 1, filled(im, other)); err != nil {
		p.t.Fatal(err)
	}
	d, err := p.s.Draft(ctx, id)
	if err != nil {
		p.t.Fatal(err)
	}
	v, err := p.s.Sign(ctx, id, d.Revision)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

func (p *place) inForce() (protocol.Signed, bool) {
	p.t.Helper()
	v, ok, err := p.s.InForce(access.With(p.t.Context(), access.Actor{Practice: p.practice, Via: access.Public}), p.s.DB.Reader(), im)
	if err != nil {
		p.t.Fatal(err)
	}
	return v, ok
}

func (p *place) closed() string {
	p.t.Helper()
	why, err := p.s.Closed(access.With(p.t.Context(), access.Actor{Practice: p.practice, Via: access.Public}), p.s.DB.Reader(), im)
	if err != nil {
		p.t.Fatal(err)
	}
	return why
}

func TestAMedicineIsClosedUntilItsProtocolIsSigned(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		if why := p.closed(); !strings.HasPrefix(why, "No signed protocol for Ketamine, IM.") || !strings.Contains(why, "/desk/protocol") {
			t.Errorf("without any: %q", why)
		}
		ctx := p.as(access.Prescriber, true)
		id, err := p.s.Begin(ctx, im)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.s.Begin(ctx, im); err != nil || again != id {
			t.Errorf("begun twice, there are two drafts: %v", err)
		}
		_, err = p.s.Sign(ctx, id, 1)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Of(err).Fields[""], "still to be set") {
			t.Errorf("an empty draft was signed: %v", err)
		}
		if p.closed() == "" {
			t.Error("a draft opens a medicine")
		}
		if err := p.s.Save(ctx, id, 1, filled(im, map[string]string{"bands.systolic.hold_high": ">120"})); err != nil {
			t.Fatal(err)
		}
		if _, err := p.s.Sign(ctx, id, 2); !fault.Is(err, fault.Invalid) || fault.Of(err).Fields["bands.systolic.hold_high"] == "" {
			t.Errorf("what contradicts itself was signed: %v", err)
		}
		if err := p.s.Save(ctx, id, 2, map[string][]string{"bands.systolic.hold_high": {"≥160"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.s.Sign(ctx, id, 2); !fault.Is(err, fault.Taken) {
			t.Errorf("it was signed as it was before: %v", err)
		}
		v, err := p.s.Sign(ctx, id, 3)
		if err != nil || v.Number != 1 || v.Name != "Amadeu" {
			t.Fatalf("%+v, %v", v, err)
		}
		if p.closed() != "" || p.opened != 1 {
			t.Errorf("signed, and it is closed: %q, %d", p.closed(), p.opened)
		}
		now, ok := p.inForce()
		if !ok || now.ID != id || now.Doc.Bands.Systolic.HoldHigh.String() != "≥160" || len(now.SHA256) != 64 {
			t.Errorf("in force: %+v", now)
		}
		if _, err := p.s.Draft(ctx, id); !errors.Is(err, protocol.ErrNone) {
			t.Errorf("the draft is still there: %v", err)
		}
	})
}

func TestASignedVersionIsNeverEditedAndTheNextBeginsFromIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d)
		first := p.sign(nil)
		ctx := p.as(access.Prescriber, true)
		if err := p.s.Save(ctx, first.ID, 1, map[string][]string{"dose.to": {"9"}}); !errors.Is(err, protocol.ErrNone) {
			t.Errorf("a signed version was edited: %v", err)
		}
		if err := p.s.Discard(ctx, first.ID, 1); !fault.Is(err, fault.Taken) {
			t.Errorf("a signed version was thrown away: %v", err)
		}
		p.clock.Add(24 * time.Hour)
		second := p.sign(map[string]string{"sessions.gap_days": "14"})
		if second.Number != 2 {
			t.Errorf("number %d", second.Number)
		}
		was, err := p.s.Version(ctx, first.ID)
		if err != nil || was.InUse() || was.Ended != protocol.Superseded || !was.EndedAt.Equal(p.clock.Now()) {
			t.Errorf("%+v, %v", was, err)
		}
		if changes := rule.Changes(was.Doc, second.Doc); len(changes) != 1 || changes[0].Field.Path != "sessions.gap_days" {
			t.Errorf("%+v", changes)
		}
		if before, err := p.s.Before(ctx, second); err != nil || before.ID != first.ID {
			t.Errorf("before the second: %v", err)
		}
		if now, ok := p.inForce(); !ok || now.ID != second.ID {
			t.Error("the second is not in force")
		}

		if err := p.s.Withdraw(ctx, first.ID); err != nil {
			t.Fatal(err)
		}
		if again, _ := p.s.Version(ctx, first.ID); again.Ended != protocol.Superseded {
			t.Error("what had ended ended again")
		}
		if err := p.s.Withdraw(ctx, second.ID); err != nil {
			t.Fatal(err)
		}
		if _, ok := p.inForce(); ok || !strings.Contains(p.closed(), "taken out of use") {
			t.Errorf("withdrawn, and in force: %q", p.closed())
		}
		all, err := p.s.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(l protocol.Listed) bool { return l.Medicine == im })
		if len(all[i].Versions) != 2 || all[i].Versions[0].ID != second.ID {
			t.Errorf("%+v", all[i])
		}
		if third := p.sign(nil); third.Number != 3 || p.closed() != "" {
			t.Errorf("after a withdrawal: %+v", third)
		}
	})
}

func TestOnlyAPrescriberWritesAndSignsWithAFreshProof(t *testing.T) {
	p := newPlace(t, testkit.SQLite(t))
	ctx := p.as(access.Prescriber, false)
	id, err := p.s.Begin(ctx, im)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.s.Save(ctx, id, 1, filled(im, nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.Sign(ctx, id, 2); !fault.Is(err, fault.Confirm) {
		t.Errorf("signed without a fresh proof: %v", err)
	}
	others := []context.Context{
		access.With(t.Context(), access.Actor{Practice: p.practice, Via: access.System}), access.With(t.Context(), access.Actor{Practice: p.practice, Via: access.Operator}),
	}
	for _, r := range access.Roles {
		if r != access.Prescriber {
			others = append(others, p.as(r, true))
		}
	}
	for _, other := range others {
		a := access.From(other)
		for name, do := range map[string]func() error{
			"begin":    func() error { _, err := p.s.Begin(other, "ketamine_sl"); return err },
			"import":   func() error { _, err := p.s.Import(other, []byte(`{}`)); return err },
			"save":     func() error { return p.s.Save(other, id, 2, map[string][]string{"dose.to": {"9"}}) },
			"sign":     func() error { _, err := p.s.Sign(other, id, 2); return err },
			"discard":  func() error { return p.s.Discard(other, id, 2) },
			"withdraw": func() error { return p.s.Withdraw(other, id) },
		} {
			if err := do(); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%v, %s: %s: %v", a.Roles, a.Via, name, err)
			}
		}
	}
	for r, want := range map[access.Role]bool{access.Owner: true, access.Guide: true, access.Attendant: true, access.Coordinator: false, access.Client: false} {
		if _, err := p.s.Draft(p.as(r, false), id); (err == nil) != want {
			t.Errorf("%s reads a draft: %v", r, err)
		}
	}
}

func TestADraftThatIsChangedElsewhereIsNotOverwritten(t *testing.T) {
	p := newPlace(t, testkit.SQLite(t))
	ctx := p.as(access.Prescriber, true)
	id, err := p.s.Begin(ctx, im)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.s.Save(ctx, id, 1, map[string][]string{"dose.unit": {"mg"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Save(ctx, id, 1, map[string][]string{"dose.unit": {"mg/kg"}}); !errors.Is(err, protocol.ErrChanged) {
		t.Errorf("%v", err)
	}
	err = p.s.Save(ctx, id, 2, map[string][]string{"dose.to": {"much"}, "dose.from": {"1"}})
	if !fault.Is(err, fault.Invalid) || fault.Of(err).Fields["dose.to"] == "" {
		t.Errorf("%v", err)
	}
	if d, _ := p.s.Draft(ctx, id); d.Doc.Dose.From != nil || d.Revision != 2 {
		t.Errorf("half of it was kept: %+v", d.Doc.Dose)
	}
	if err := p.s.Discard(ctx, id, 2); err != nil {
		t.Error(err)
	}
	if _, err := p.s.Draft(ctx, id); !errors.Is(err, protocol.ErrNone) {
		t.Errorf("thrown away, and there: %v", err)
	}
}

func TestAnExportComesBackAsADraft(t *testing.T) {
	p := newPlace(t, testkit.SQLite(t))
	v := p.sign(nil)
	ctx := p.as(access.Prescriber, true)
	var out bytes.Buffer
	file := rule.File{Status: "signed", Signature: &rule.Signature{By: v.Name, Version: v.Number, SHA256: v.SHA256}, Document: *v.Doc}
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	id, err := p.s.Import(ctx, out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.s.Draft(ctx, id)
	if err != nil || len(rule.Changes(v.Doc, d.Doc)) != 0 {
		t.Errorf("it is another: %v", err)
	}
	if now, _ := p.inForce(); now.ID != v.ID {
		t.Error("an import is in force")
	}
	if _, err := p.s.Import(ctx, out.Bytes()); !fault.Is(err, fault.Taken) {
		t.Errorf("over a draft: %v", err)
	}
	_, err = p.s.Import(ctx, []byte(strings.Replace(out.String(), `"from": 0.5`, `"form": 0.5`, 1)))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Of(err).Fields["file"], "dose.form: ") {
		t.Errorf("%v", err)
	}
}
