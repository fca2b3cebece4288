package forms_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// house is a practice with one client, a guide and a prescriber of theirs.
type house struct {
	*forms.Service
	testing.TB
	ctx   context.Context
	clock *testkit.Clock

	wren, mara, piet, tome people.Person
	alarms                 []forms.Alarm
	sent                   []forms.Sent
}

func newHouse(t testing.TB, d *db.DB) *house {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	h := &house{TB: t, clock: clock, ctx: access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})}
	tr := &trail.Service{DB: d, Vault: v, Now: clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: clock.Now, Base: "https://held.example"}
	h.Service = &forms.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Letters: &letters.Service{DB: d, Vault: v, Now: clock.Now}, Now: clock.Now}
	h.RegisterLetters()
	h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
		return st.Found(h.ctx, tx, practice, settings.New("Slack Water", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	h.OnAlarm(func(_ context.Context, _ *db.Tx, a forms.Alarm) error { h.alarms = append(h.alarms, a); return nil })
	h.OnSent(func(_ context.Context, _ *db.Tx, s forms.Sent) error { h.sent = append(h.sent, s); return nil })
	h.wren, h.mara = h.add("Wren", access.Client), h.add("Mara", access.Guide)
	h.piet, h.tome = h.add("Piet", access.Prescriber), h.add("Tomé", access.Attendant)
	h.ok(d.Write(h.ctx, func(tx *db.Tx) error {
		return h.People.Join(h.ctx, tx, h.wren.ID, h.mara.ID, h.piet.ID, h.tome.ID)
	}))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err, fault.Of(err).Fields)
	}
}

func (h *house) add(name string, roles ...access.Role) (p people.Person) {
	h.Helper()
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) (err error) {
		p, err = h.People.Add(h.ctx, tx, people.Person{Name: name, Roles: roles})
		return err
	}))
	return p
}

// as is somebody signed in, who has proved who they are and cares for Wren in
// each of their roles, where they are on the team.
func (h *house) as(p people.Person) context.Context {
	a := access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true, Fresh: true}
	a.Cares = func(client db.ID) access.Care {
		c, err := h.People.Card(h.ctx, client)
		h.ok(err)
		var care access.Care
		for _, m := range c.Team {
			if m.Person == p.ID {
				care.As = append(care.As, m.Role)
			}
		}
		return care
	}
	return access.With(h.ctx, a)
}

func (h *house) give(form string) (id db.ID) {
	h.Helper()
	ctx := h.as(h.mara)
	h.ok(h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		id, err = h.Give(ctx, tx, forms.Gift{Person: h.wren.ID, Form: form, Occasion: "screening"})
		return err
	}))
	return id
}

func key(linkID string) questionnaire.Key { return questionnaire.Key{LinkID: linkID} }

func (h *house) save(id db.ID, linkID string, a ...questionnaire.Answer) *forms.Filling {
	h.Helper()
	f, err := h.Save(h.as(h.wren), id, forms.Changes{key(linkID): a})
	h.ok(err)
	return f
}

// published publishes a form out of its JSON and gives its key.
func (h *house) published(text string) string {
	h.Helper()
	key, err := h.Import(h.as(h.mara), []byte(text))
	h.ok(err)
	_, err = h.Publish(h.as(h.mara), key)
	h.ok(err)
	return key
}

const worries = `{"resourceType":"Questionnaire","status":"draft","title":"Worries","item":[
 {"linkId":"mood","type":"group","text":"Mood","item":[
  {"linkId":"low","type":"choice","text":"How often were you low?","required":true,"answerOption":[
   {"valueCoding":{"system":"urn:held:often","code":"never","display":"Never"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":0}]},
   {"valueCoding":{"system":"urn:held:often","code":"often","display":"Often"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":2}]}]},
  {"linkId":"why","type":"text","text":"What about?","enableWhen":[{"question":"low","operator":"=","answerCoding":{"system":"urn:held:often","code":"often"}}]},
  {"linkId":"dead","type":"choice","text":"Better off dead?","extension":[{"url":"urn:held:safety","valueInteger":1}],"answerOption":[
   {"valueCoding":{"code":"0","display":"Not at all"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":0}]},
   {"valueCoding":{"code":"1","display":"Some days"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":1}]}]},
  {"linkId":"sum","type":"decimal","text":"Sum","readOnly":true,"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression","valueExpression":{"language":"text/fhirpath","expression":"%resource.repeat(item).where(linkId='low' or linkId='dead').answer.weight().sum()"}}]}]},
 {"linkId":"body","type":"group","text":"Body","extension":[{"url":"urn:held:seen-by","valueCode":"prescriber"}],"item":[
  {"linkId":"weight","type":"decimal","text":"Weight","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unit","valueCoding":{"system":"http://unitsofmeasure.org","code":"kg","display":"kg"}}]},
  {"linkId":"meds","type":"group","text":"What you take","repeats":true,"item":[{"linkId":"med","type":"string","text":"Name"},{"linkId":"dose","type":"string","text":"How much"}]}]}]}`

var (
	often = questionnaire.Code("urn:held:often", "often", "Often")
	never = questionnaire.Code("urn:held:often", "never", "Never")
	some  = questionnaire.Code("", "1", "Some days")
)

func TestAFormIsFilledInSentAndReadByWhomItWasFor(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		form := h.published(worries)
		id := h.give(form)
		if again := h.give(form); again != id {
			t.Error("the same form waits twice")
		}
		h.save(id, "low", often)
		h.save(id, "why", questionnaire.Words("The rent"))
		f := h.save(id, "weight", questionnaire.Answer{Decimal: "80"})
		if n, ok := f.Answers.Number("sum"); n != 2 || !ok || f.State != forms.Begun {
			t.Errorf("the sum is %v, %v; %s", n, ok, f.State)
		}
		h.save(id, "low", never)
		h.ok(h.Complete(h.as(h.wren), id))
		if len(h.sent) != 1 || h.sent[0].Answers.Words("low") != "Never" || h.sent[0].Answers.Words("why") != "" {
			t.Errorf("sent: %+v", h.sent)
		}
		for _, c := range []struct {
			who         people.Person
			low, weight string
			kept        bool
		}{{h.mara, "Never", "", true}, {h.piet, "Never", "80", false}, {h.wren, "Never", "80", false}} {
			all, err := h.Read(h.as(c.who), id)
			h.ok(err)
			if r := all[0]; len(all) != 1 || r.Answers.Words("low") != c.low || r.Answers.Words("weight") != c.weight || r.Kept != c.kept {
				t.Errorf("%s reads %v, kept %v", c.who.Name, r.Answers, r.Kept)
			}
		}
		for _, p := range []people.Person{h.tome, h.add("Benedita", access.Coordinator), h.add("Leonor", access.Owner), h.add("Ilan", access.Client)} {
			if all, err := h.Read(h.as(p), id); !fault.Is(err, fault.Forbidden) || all != nil {
				t.Errorf("%s reads %v, %v", p.Name, all, err)
			}
		}
		r, err := h.Latest(access.Following(h.as(h.wren)), d.Reader(), h.wren.ID, form)
		if err != nil || r == nil || r.Answers.Words("weight") != "80" {
			t.Errorf("the program reads %+v, %v", r, err)
		}
	})
}

func TestWhatWasSentIsCorrectedBesideIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(worries))
		h.save(id, "low", often)
		h.ok(h.Complete(h.as(h.wren), id))
		if _, err := h.Save(h.as(h.wren), id, forms.Changes{key("low"): {never}}); !fault.Is(err, fault.Taken) {
			t.Errorf("changed after it was sent: %v", err)
		}
		h.clock.Add(time.Hour)
		h.ok(h.Correct(h.as(h.wren), id))
		h.save(id, "low", never)
		h.ok(h.Complete(h.as(h.wren), id))
		all, err := h.Read(h.as(h.mara), id)
		if err != nil || len(all) != 2 || all[0].Answers.Words("low") != "Often" || all[1].Answers.Words("low") != "Never" || !h.sent[1].Again {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestAnAnswerThatMayMeanDangerIsToldOnceWhenItIsSaved(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(worries))
		if f := h.save(id, "dead", some); !f.Alarmed || len(h.alarms) != 1 || h.alarms[0].LinkID != "dead" || h.alarms[0].Occasion != "screening" || h.alarms[0].Person != h.wren.ID {
			t.Errorf("%+v", h.alarms)
		}
		h.save(id, "low", often)
		h.save(id, "dead")
		h.save(id, "dead", some)
		h.ok(h.Complete(h.as(h.wren), id))
		if len(h.alarms) != 1 {
			t.Errorf("told %d times", len(h.alarms))
		}
	})
}

func TestTwoTabsDoNotUndoEachOther(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(worries))
		done := make(chan error, 6)
		for _, link := range []string{"why", "med", "dose"} {
			for _, row := range []int{0, 1} {
				k := questionnaire.Key{LinkID: link, Row: row}
				if link == "why" {
					k = questionnaire.Key{LinkID: "weight"}
				}
				go func() {
					a := questionnaire.Words(link)
					if k.LinkID == "weight" {
						a = questionnaire.Answer{Decimal: "70"}
					}
					_, err := h.Save(h.as(h.wren), id, forms.Changes{k: {a}})
					done <- err
				}()
			}
		}
		for range 6 {
			h.ok(<-done)
		}
		f, err := h.Fill(h.as(h.wren), id)
		if err != nil || len(f.Answers) != 5 {
			t.Errorf("%v, %v", f.Answers, err)
		}
	})
}

func TestOnlyWhoseFormItIsFillsItIn(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	id := h.give(h.published(worries))
	for _, p := range []people.Person{h.mara, h.piet, h.add("Ilan", access.Client)} {
		if _, err := h.Save(h.as(p), id, forms.Changes{key("low"): {often}}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s saves: %v", p.Name, err)
		}
		if _, err := h.Fill(h.as(p), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s opens it: %v", p.Name, err)
		}
	}
	if _, err := h.Save(h.as(h.wren), id, forms.Changes{key("sum"): {{Decimal: "9"}}, key("nothing"): nil, key("low"): {questionnaire.Words("x")}}); !fault.Is(err, fault.Invalid) || len(fault.Of(err).Fields) != 3 {
		t.Errorf("%v", err)
	}
	if slices.ContainsFunc(h.sent, func(forms.Sent) bool { return true }) {
		t.Error("something was sent")
	}
}
