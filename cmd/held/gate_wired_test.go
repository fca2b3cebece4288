package main

import (
	"slices"
	"testing"

	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
	"held/practice/people"
	"held/rules/readiness"
)

// TestTheGateAsksTheWholeHouse: protocol, clearance, consent and preparation as
// they are wired answer for the demo's medicine sessions, each in words for all
// three, and none of them opens without its keys.
func TestTheGateAsksTheWholeHouse(t *testing.T) {
	h, _ := openDemo(t)
	ctx := h.system(t.Context())
	cards, err := h.people.Find(ctx, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, c := range people.Clients(ctx, cards) {
		next, err := h.preparation.Coming(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range next {
			looked++
			r, err := h.preparation.Open(ctx, h.db.Reader(), x.ID)
			if err != nil || r.Open != slices.Contains([]string{"Yael", "Odile"}, c.Name) { // whose keys are turned, for the room to be looked at
				t.Fatalf("%s: open %v, %v", c.Name, r.Open, err)
			}
			for _, key := range []string{preparation.Protocol, preparation.Clearance, preparation.Consent} {
				c, ok := r.Condition(key)
				if !ok || c.Why.Prescriber == "" || c.Why.Guide == "" || c.Why.Client == "" || c.Passable() {
					t.Errorf("%s: %+v", key, c)
				}
			}
			if c, _ := r.Condition(preparation.Protocol); c.State != readiness.Met {
				t.Errorf("the demo's protocol is signed, and reads %q", c.State)
			}
			if c, _ := r.Condition(preparation.Consent); c.State == readiness.Unknown {
				t.Error("the demo asks for consent, and the gate does not know")
			}
		}
	}
	if looked < 2 {
		t.Errorf("only %d medicine sessions lie ahead in the demo", looked)
	}
	as := access.With(ctx, access.Actor{Practice: h.practice, Via: access.Public})
	if _, err := h.preparation.Open(as, h.db.Reader(), db.NewID()); err == nil {
		t.Error("whoever is not known asks the gate")
	}
}
