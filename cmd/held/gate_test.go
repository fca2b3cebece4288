package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/readiness"
)

// gateTest is one medicine session of today, in the demo's house, brought into
// any state by the ordinary operations.
type gateTest struct {
	*knocker
	session            db.ID
	clearance, consent readiness.State
}

// The states into which a session is brought.
const (
	bare      = "nothing settled"
	settled   = "everything settled"
	oneKey    = "the guide's key turned"
	bothKeys  = "both keys turned"
	cancelled = "cancelled"
)

var gateStates = []string{bare, settled, oneKey, bothKeys, cancelled}

func newGateTest(t *testing.T) *gateTest {
	t.Helper()
	g := &gateTest{knocker: newKnocker(t)}
	// Clearance and consent are other steps'; here they are as the test says.
	g.h.preparation.Sources = []preparation.Source{func(context.Context, db.Q, preparation.Session) ([]readiness.Condition, error) {
		return []readiness.Condition{
			{Key: preparation.Clearance, State: g.clearance, Basis: "a clearance", Until: g.h.now().AddDate(0, 1, 0)},
			{Key: preparation.Consent, State: g.consent, Basis: "a consent"},
		}, nil
	}}
	// What the demo's client has told before is looked at.
	as := g.acting(teamPrescriber)
	client := g.actors[access.Client].Person
	all, err := g.h.preparation.ChangesOf(as, client)
	g.must(err)
	for _, c := range all {
		if c.Looked.IsZero() {
			g.must(g.h.preparation.Look(as, client, c.ID, "Looked at."))
		}
	}
	return g
}

func (g *gateTest) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// acting is a context in which a caller acts, with what they are to the client.
func (g *gateTest) acting(as access.Role) context.Context {
	a := g.actors[as]
	a.Cares = func(client db.ID) (c access.Care) {
		if card, err := g.h.people.Card(g.h.system(g.t.Context()), client); err == nil {
			for _, m := range card.Team {
				if m.Person == a.Person {
					c.As = append(c.As, m.Role)
				}
			}
		}
		return c
	}
	return access.With(g.h.system(g.t.Context()), a)
}

// bring makes a new session and brings it into a state.
func (g *gateTest) bring(state string) {
	g.t.Helper()
	g.clear()
	system := g.h.system(g.t.Context())
	offerings, err := g.h.calendar.Offerings(system)
	g.must(err)
	o := offerings[slices.IndexFunc(offerings, func(o calendar.Offering) bool { return o.Medicine != "" })]
	var a calendar.Appointment
	g.must(g.h.calendar.Write(system, func(tx *db.Tx) (err error) {
		a, err = g.h.calendar.Book(system, tx, calendar.Booking{Offering: o.ID, Client: g.actors[access.Client].Person, Start: g.h.now().Truncate(time.Hour).Add(7 * time.Hour), Zone: "America/St_Johns", ByStaff: true})
		return err
	}))
	g.session = a.ID
	g.clearance, g.consent = readiness.Met, readiness.Met
	if state == bare {
		g.consent = readiness.Unknown
		return
	}
	g.settle()
	switch state {
	case oneKey:
		g.attest(teamGuide, readiness.Guide)
	case bothKeys:
		g.attest(teamGuide, readiness.Guide)
		g.attest(teamPrescriber, readiness.Prescriber)
		if !g.open() {
			g.t.Fatalf("both keys are turned, and the gate is closed: %+v", g.gate().Result)
		}
	case cancelled:
		g.clear()
	}
}

// clear cancels the session, so that its time is free for the next.
func (g *gateTest) clear() {
	g.t.Helper()
	if g.session.IsZero() {
		return
	}
	system := g.h.system(g.t.Context())
	g.must(g.h.calendar.Write(system, func(tx *db.Tx) error {
		_, err := g.h.calendar.Cancel(system, tx, g.session, "practice")
		return err
	}))
}

func (g *gateTest) settle() {
	g.t.Helper()
	p, client := g.h.preparation, g.acting(access.Client)
	g.must(p.Hold(g.acting(teamPrescriber), g.session, preparation.Hold{Kind: preparation.HoldNone}))
	g.must(p.NameEscort(client, g.session, preparation.Escort{Name: "Juno", Contact: "+351 21 555 0177", Known: "Ilan"}))
	link := g.escort()
	g.must(p.AnswerEscort(access.With(client, access.Actor{Practice: g.h.practice, Via: access.Public}), link, true))
	g.must(p.Answer(client, g.session, preparation.Checkin{Kind: preparation.OnTheDay, Answers: dayAnswers()}))
	g.must(p.Measure(g.acting(teamAttendant), g.session, preparation.Vitals{Systolic: 121, Diastolic: 76, Pulse: 68, Oxygen: 98, Breaths: 14, Sedation: "5", Age: 44}, g.h.now().Add(-time.Hour)))
}

// escort is the word in the link of the session's escort.
func (g *gateTest) escort() string {
	g.t.Helper()
	client := g.acting(access.Client)
	x, err := g.h.preparation.Session(client, g.h.db.Reader(), g.session)
	g.must(err)
	e, err := g.h.preparation.EscortOf(client, x)
	g.must(err)
	link := g.h.preparation.EscortLink(client, e.ID)
	return link[strings.LastIndex(link, "/")+1:]
}

func dayAnswers() map[string]string {
	return map[string]string{"fasting": "yes", "medication": "no", "substances": "no", "ill": "no", "slept": "yes", "pregnant": "no", "thoughts": "no", "escort": "yes", "willing": "yes"}
}

func (g *gateTest) gate() preparation.Gate {
	g.t.Helper()
	gate, err := g.h.preparation.Gate(g.acting(access.Client), g.session)
	g.must(err)
	return gate
}

func (g *gateTest) open() bool { return g.gate().Open }

func (g *gateTest) attest(as access.Role, role string) {
	g.t.Helper()
	g.must(g.h.preparation.Attest(g.acting(as), g.session, role, g.gate().Digest()))
}

// deed is one way to change a session, over HTTP.
type deed struct {
	name   string
	path   string
	form   func(g *gateTest) url.Values
	may    []access.Role
	status map[string]int // to those who may, by state; 303 where it is not named
	keeps  bool           // an open gate stays open
}

func values(pairs ...string) func(*gateTest) url.Values {
	return func(*gateTest) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
}

func attesting(role string) func(*gateTest) url.Values {
	return func(g *gateTest) url.Values {
		return url.Values{"role": {role}, "seen": {g.gate().Digest()}}
	}
}

var (
	prescribes = []access.Role{teamPrescriber}
	guides     = []access.Role{teamGuide, access.Owner} // the owner of the demo is the client's guide
	gone       = map[string]int{cancelled: http.StatusGone}
)

func deeds() []deed {
	const desk, space = "/desk/appointments/{id}/readiness", "/space/appointments/{id}"
	checkin := url.Values{}
	for q, a := range dayAnswers() {
		checkin.Set(q, a)
	}
	return []deed{
		{name: "attest as prescriber", path: desk + "/attest", form: attesting(readiness.Prescriber), may: prescribes, status: map[string]int{bare: http.StatusConflict, cancelled: http.StatusGone}, keeps: true},
		{name: "attest as guide", path: desk + "/attest", form: attesting(readiness.Guide), may: guides, status: map[string]int{bare: http.StatusConflict, cancelled: http.StatusGone}, keeps: true},
		{name: "attest over another list", path: desk + "/attest", form: values("role", readiness.Guide, "seen", "yesterday's"), may: guides,
			status: map[string]int{bare: http.StatusConflict, settled: http.StatusConflict, oneKey: http.StatusConflict, bothKeys: http.StatusConflict, cancelled: http.StatusGone}, keeps: true},
		{name: "withdraw as prescriber", path: desk + "/withdraw", form: values("role", readiness.Prescriber), may: prescribes},
		{name: "withdraw as guide", path: desk + "/withdraw", form: values("role", readiness.Guide), may: guides},
		{name: "pass fasting", path: desk + "/pass", form: values("rule", preparation.Fasting, "why", "One biscuit."), may: prescribes,
			status: map[string]int{settled: http.StatusConflict, oneKey: http.StatusConflict, bothKeys: http.StatusConflict, cancelled: http.StatusGone}, keeps: true},
		{name: "pass consent", path: desk + "/pass", form: values("rule", preparation.Consent, "why", "They said so."), may: prescribes,
			status: map[string]int{bare: http.StatusForbidden, settled: http.StatusConflict, oneKey: http.StatusConflict, bothKeys: http.StatusConflict, cancelled: http.StatusGone}, keeps: true},
		{name: "write a hold", path: desk + "/hold", form: values("kind", preparation.HoldPause, "medication", "Tramadol", "words", "Not this morning.", "until", "2026-06-05T09:00"), may: prescribes, status: gone},
		{name: "say that none is needed", path: desk + "/hold", form: values("kind", preparation.HoldNone), may: prescribes, status: gone},
		{name: "measure", path: desk + "/vitals", form: values("systolic", "118", "diastolic", "74", "pulse", "70", "oxygen", "97", "breaths", "15", "sedation", "5", "age", "44", "taken", "2026-06-03T10:00"),
			may: []access.Role{teamPrescriber, teamAttendant}, status: gone},
		{name: "write what to bring", path: desk + "/bring", form: values("bring", "A blanket."), may: append(slices.Clone(guides), teamPrescriber), status: gone, keeps: true},
		{name: "share an intention", path: space + "/intention", form: values("intention", "To stay."), may: []access.Role{access.Client}, status: gone, keeps: true},
		{name: "name an escort", path: space + "/escort", form: values("name", "Ada", "contact", "+351 21 555 0188", "known", "Ilan", "adult", "yes"), may: []access.Role{access.Client}, status: gone},
		{name: "ask the escort no more", path: space + "/escort/remove", form: values(), may: []access.Role{access.Client}, status: gone},
		{name: "answer the day's questions", path: space + "/checkin/day", form: func(*gateTest) url.Values { return checkin }, may: []access.Role{access.Client}, status: gone},
	}
}

// TestTheGateInEveryStateByEverybody tries every way to change a medicine
// session, in every state, as everybody, over HTTP. Who may not changes nothing
// and is told no; who may changes what is theirs, and no more.
func TestTheGateInEveryStateByEverybody(t *testing.T) {
	g := newGateTest(t)
	for _, state := range gateStates {
		for _, d := range deeds() {
			g.bring(state)
			before, seen, lines := g.open(), g.gate().Digest(), g.lines()
			for _, as := range callers {
				if slices.Contains(d.may, as) {
					continue
				}
				a := g.try(as, d)
				if a.status != http.StatusForbidden && a.status != http.StatusNotFound && a.status != http.StatusUnauthorized {
					t.Errorf("%s, %s: to %s it answers %d", state, d.name, as, a.status)
				}
				if g.open() != before || g.gate().Digest() != seen {
					t.Fatalf("%s, %s: %s has changed the gate", state, d.name, as)
				}
			}
			if g.lines() != lines {
				t.Errorf("%s, %s: a refusal has written something", state, d.name)
			}
			for i, as := range d.may {
				if i > 0 {
					g.bring(state)
				}
				g.allowed(state, d, as)
			}
		}
	}
}

// lines counts the client's conditions' facts: attestations, and what was passed.
func (g *gateTest) lines() int {
	gate := g.gate()
	return len(gate.History) + len(gate.Overrides)
}

func (g *gateTest) try(as access.Role, d deed) answer {
	g.t.Helper()
	b := g.as(as)
	a, err := b.send(g.t.Context(), http.MethodPost, strings.Replace(d.path, "{id}", g.session.String(), 1), d.form(g), "text/html")
	return b.must(a, err)
}

func (g *gateTest) allowed(state string, d deed, as access.Role) {
	g.t.Helper()
	want := d.status[state]
	if want == 0 {
		want = http.StatusSeeOther
	}
	before := g.open()
	a := g.try(as, d)
	if a.status != want || a.status == http.StatusSeeOther && strings.HasPrefix(a.location(), "/account") {
		g.t.Errorf("%s, %s: to %s it answers %d %s, want %d", state, d.name, as, a.status, a.location(), want)
	}
	after := g.open()
	switch mine := as != access.Owner; { // the owner's own key was not turned
	case state == oneKey && d.name == "attest as prescriber":
		if !after {
			g.t.Errorf("%s, %s: the second key does not open it", state, d.name)
		}
	case !before && after:
		g.t.Errorf("%s, %s: it opens the gate", state, d.name)
	case before && after != (d.keeps || strings.HasPrefix(d.name, "withdraw") && !mine):
		g.t.Errorf("%s, %s by %s: the gate is open %v afterwards", state, d.name, as, after)
	}
}

// TestANewMedicationIsSeenByEverybodyOverHTTP walks the sentence of the issue:
// both keys; then a new medication closes the gate, and everybody sees why.
func TestANewMedicationIsSeenByEverybodyOverHTTP(t *testing.T) {
	g := newGateTest(t)
	g.bring(bothKeys)
	desk, space := "/desk/appointments/"+g.session.String()+"/readiness", "/space/appointments/"+g.session.String()
	for _, as := range []access.Role{teamPrescriber, teamGuide} {
		if body := g.as(as).page(desk); !strings.Contains(body, "The session may begin") {
			t.Errorf("%s does not read that it may begin", as)
		}
	}
	client := g.as(access.Client)
	if a := client.post(space+"/change", "change", "Since yesterday a tablet for my blood pressure."); a.status != http.StatusSeeOther {
		t.Fatalf("the client cannot say so: %d %s", a.status, a.body)
	}
	for as, why := range map[access.Role]string{teamPrescriber: "waits for your review", teamGuide: "The prescriber has not looked at it yet", teamAttendant: "The prescriber has not looked at it yet"} {
		body := g.as(as).page(desk)
		for _, words := range []string{"The session may not begin", why, "Since yesterday a tablet for my blood pressure.", "It counts no more, because of"} {
			if !strings.Contains(body, words) {
				t.Errorf("%s does not read %q", as, words)
			}
		}
	}
	own := client.page(space + "/readiness")
	for _, words := range []string{"You told us of a change", "Something has changed since, so they look again: What you told us has changed"} {
		if !strings.Contains(own, words) {
			t.Errorf("the client does not read %q", words)
		}
	}
	if body := g.as(access.Coordinator).get(desk); body.status != http.StatusForbidden {
		t.Errorf("the front desk reads a gate: %d", body.status)
	}
}

// TestAnEscortReadsNothingOfThePractice: one link, no account, no diagnosis.
func TestAnEscortReadsNothingOfThePractice(t *testing.T) {
	g := newGateTest(t)
	g.bring(settled)
	b := newBrowser(t, g.base)
	link := "/escort/" + g.escort()
	body := b.page(link)
	for _, no := range []string{"Slack Water", "etamine", "medicine", "Medicine", "session", "Leonor", "Amadeu", "therap"} {
		if strings.Contains(body, no) {
			t.Errorf("an escort reads %q", no)
		}
	}
	for _, yes := range []string{"Juno", "Ilan", "(Lisbon)", "Crisis support", "You said yes"} {
		if !strings.Contains(body, yes) {
			t.Errorf("an escort does not read %q", yes)
		}
	}
	if a := b.post(link, "answer", "no"); a.status != http.StatusSeeOther {
		t.Errorf("an escort cannot say no: %d", a.status)
	}
	if g.gate().Ready() {
		t.Error("the escort said no, and the gate does not know")
	}
	for _, path := range []string{"/space/appointments/" + g.session.String() + "/preparation", "/desk/appointments/" + g.session.String() + "/readiness"} {
		if a := b.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/sign-in") {
			t.Errorf("%s opens to an escort: %d", path, a.status)
		}
	}
}
