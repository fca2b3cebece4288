package emergency_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/emergency"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// house is a practice in a country, with somebody of each role that matters here.
type house struct {
	*emergency.Service
	*testing.T
	ctx                          context.Context
	clock                        *testkit.Clock
	owner, attendant, prescriber people.Person
}

func newHouse(t *testing.T, d *db.DB, country string) *house {
	t.Helper()
	h := &house{T: t, clock: testkit.NewClock(testkit.Now)}
	v, practice := testkit.Vault(t, d, h.clock.Now)
	tr := &trail.Service{DB: d, Vault: v, Now: h.clock.Now}
	pe := &people.Service{DB: d, Vault: v, Trail: tr, Now: h.clock.Now}
	st := &settings.Service{DB: d, Vault: v, Trail: tr, People: pe, Now: h.clock.Now}
	h.Service = &emergency.Service{DB: d, Vault: v, Trail: tr, People: pe, Settings: st, Now: h.clock.Now}
	h.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	h.ok(d.Write(h.ctx, func(tx *db.Tx) (err error) {
		if err := st.Found(h.ctx, tx, practice, settings.New("Slack Water", country, "Europe/Lisbon", "house@example.org")); err != nil {
			return err
		}
		for into, as := range map[*people.Person]people.Person{
			&h.owner:      {Name: "Rita", Contact: "rita@example.org", Roles: []access.Role{access.Owner}},
			&h.attendant:  {Name: "Jonas", Contact: "jonas@example.org", Roles: []access.Role{access.Attendant}},
			&h.prescriber: {Name: "Tomás", Contact: "tomas@example.org", Roles: []access.Role{access.Prescriber}},
		} {
			if *into, err = pe.Add(h.ctx, tx, as); err != nil {
				return err
			}
		}
		return nil
	}))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) as(p people.Person) context.Context {
	return access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true})
}

func (h *house) card(p people.Person) emergency.Card {
	h.Helper()
	c, err := h.Card(h.as(p), h.DB.Reader())
	h.ok(err)
	return c
}

func words() emergency.Words {
	return emergency.Words{Address: "12 Quay Street", Say: "An adult was given ketamine by us.", Calls: []emergency.Call{
		{Name: "Tomás", Number: "+351 210 000 000", Days: []emergency.Day{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "18:00"},
		{Name: "Rita", Number: "+351 210 000 001", From: "18:00", To: "09:00"},
	}}
}

func TestAPracticeWithoutACardIsToldSo(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "PT")
		c := h.card(h.attendant)
		if c.There || len(c.OnCall) != 0 {
			t.Errorf("%+v", c)
		}
		if len(c.Emergency) == 0 || c.Emergency[0].Number != "112" {
			t.Errorf("the country's number is missing: %+v", c.Emergency)
		}
		if there, err := h.Written(h.ctx, d.Reader()); err != nil || there {
			t.Errorf("%v %v", there, err)
		}
	})
}

func TestEachChangeOfTheCardIsAVersionThatStays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "PT")
		h.ok(h.Save(h.as(h.owner), words(), 0))
		next := words()
		next.AED = "In the hall"
		h.ok(h.Save(h.as(h.prescriber), next, 1))
		if err := h.Save(h.as(h.owner), words(), 1); !fault.Is(err, fault.Taken) {
			t.Errorf("somebody who had not seen the second version wrote over it: %v", err)
		}
		c := h.card(h.attendant)
		if !c.There || c.Version.Number != 2 || c.Version.AED != "In the hall" || c.Author != "Tomás" {
			t.Errorf("%+v", c)
		}
		all, err := h.Versions(h.as(h.attendant))
		h.ok(err)
		if len(all) != 2 || all[1].AED != "" || all[1].By != h.owner.ID {
			t.Errorf("%+v", all)
		}
		if v, err := h.Version(h.as(h.owner), 1); err != nil || v.AED != "" {
			t.Errorf("%+v %v", v, err)
		}
	})
}

func TestTheCardSaysWhatIsMissing(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t), "PT")
	err := h.Save(h.as(h.owner), emergency.Words{Calls: []emergency.Call{{Name: "Rita", Number: "the usual"}, {Number: "+351 210 000 000", From: "9"}}}, 0)
	got := fault.Of(err).Fields
	for _, f := range []string{"address", "say", "number-1", "name-2", "from-2"} {
		if got[f] == "" {
			t.Errorf("nothing is said of %s: %v", f, got)
		}
	}
	if h.card(h.owner).There {
		t.Error("it was kept all the same")
	}
	if err := h.Save(h.as(h.attendant), words(), 0); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an attendant changed the card: %v", err)
	}
}

func TestWhoIsOnCallFollowsTheClockAndTheDesk(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "PT")
		h.ok(h.Save(h.as(h.owner), words(), 0))
		lisbon, err := time.LoadLocation("Europe/Lisbon")
		h.ok(err)
		at := func(day, hour int) string {
			h.clock.Add(time.Date(2026, 12, day, hour, 0, 0, 0, lisbon).Sub(h.clock.Now())) // the 3rd is a Thursday
			var out []string
			for _, c := range h.card(h.attendant).OnCall {
				if c.Now {
					out = append(out, c.Name)
				}
			}
			return strings.Join(out, ", ")
		}
		for _, c := range []struct {
			day, hour int
			want      string
		}{{3, 10, "Tomás"}, {3, 19, "Rita"}, {4, 3, "Rita"}, {5, 10, ""}, {5, 19, "Rita"}} {
			if got := at(c.day, c.hour); got != c.want {
				t.Errorf("on the %d at %d: %q, want %q", c.day, c.hour, got, c.want)
			}
		}
		at(3, 10)
		h.ok(h.SetDuty(h.as(h.owner), "Inês", "+351 210 000 002"))
		if c := h.card(h.attendant); c.OnCall[0].Name != "Inês" || !c.OnCall[0].Today || c.DutyBy != "Rita" || len(c.OnCall) != 3 {
			t.Errorf("%+v", c.OnCall)
		}
		if got := at(4, 10); got != "Tomás" {
			t.Errorf("on the next day it is %q", got)
		}
		at(3, 11)
		h.ok(h.SetDuty(h.as(h.owner), "", ""))
		if c := h.card(h.attendant); c.OnCall[0].Today {
			t.Errorf("what was taken back stands: %+v", c.OnCall)
		}
		if err := h.SetDuty(h.as(h.owner), "Inês", ""); fault.Of(err).Fields["duty-number"] == "" {
			t.Errorf("a name without a number was kept: %v", err)
		}
	})
}

func TestNumbersThatNobodyHasCheckedSayIt(t *testing.T) {
	marked := 0
	for _, c := range settings.CrisisCountries() {
		if len(c.EmergencyUnverified) == 0 {
			continue
		}
		h := newHouse(t, testkit.SQLite(t), c.Code)
		for _, n := range h.card(h.attendant).Emergency {
			if !n.Verified {
				marked++
			}
			if n.Verified == c.Unchecked(n.Number) {
				t.Errorf("%s: %s is shown as verified: %v", c.Name, n.Number, n.Verified)
			}
		}
	}
	if marked == 0 {
		t.Error("no number of any country is marked; the list has some that nobody has checked")
	}
}

func TestACountryWithoutANumberHasThePracticesOwn(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t), "ZZ")
	if c := h.card(h.owner); len(c.Emergency) != 0 || c.Country != "" {
		t.Errorf("%+v", c.Emergency)
	}
	w := words()
	w.Number = "555"
	h.ok(h.Save(h.as(h.owner), w, 0))
	if c := h.card(h.owner); len(c.Emergency) != 1 || c.Emergency[0].Number != "555" {
		t.Errorf("%+v", c.Emergency)
	}
}

func TestDaysAndHoursAreSaidInWords(t *testing.T) {
	for want, c := range map[string]emergency.Call{
		"every day, at any hour":                           {},
		"Monday to Friday, 09:00 to 18:00":                 {Days: []emergency.Day{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "18:00"},
		"Monday, Tuesday, Friday to Sunday, at any hour":   {Days: []emergency.Day{"mon", "tue", "fri", "sat", "sun"}},
		"Saturday, Sunday, 20:00 to 08:00 of the next day": {Days: []emergency.Day{"sat", "sun"}, From: "20:00", To: "08:00"},
	} {
		if got := c.When(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
