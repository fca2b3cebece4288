package main

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/push"
	"held/practice/access"
	"held/practice/devices"
)

func TestTheAccountLeadsToTheDevicesOfWhoeverMayBeCalled(t *testing.T) {
	l := newLanes(t)
	for as, may := range map[access.Role]bool{teamGuide: true, teamPrescriber: true, teamAttendant: true, access.Coordinator: false, access.Client: false} {
		page := l.as(as).page("/account")
		if leads := strings.Contains(page, `href="/desk/devices"`); leads != may {
			t.Errorf("%s: it leads there: %v", as, leads)
		}
		if may && !strings.Contains(l.as(as).page("/desk/devices"), "<h1>") {
			t.Errorf("%s: what it leads to does not open", as)
		}
	}
}

// called lets a device of somebody's be called, as their browser would.
func (l *lanes) called(as access.Role, name string) {
	l.t.Helper()
	owner := access.With(l.ctx(teamGuide), access.Actor{Practice: l.h.practice, Person: l.actors[teamGuide].Person, Roles: []access.Role{access.Owner}, Via: access.Session, Strong: true, Fresh: true})
	l.ok(l.h.devices.SetPlan(owner, devices.Plan{Pushing: true}))
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	l.ok(err)
	raw := base64.RawURLEncoding
	sub := push.Subscription{Endpoint: "https://push.example/" + url.PathEscape(name), P256DH: raw.EncodeToString(k.PublicKey().Bytes()), Auth: raw.EncodeToString(make([]byte, 16))}
	l.ok(l.h.devices.Add(l.ctx(as), sub, name, devices.Kinds))
}

func (l *lanes) names(as access.Role) string {
	l.t.Helper()
	all, err := l.h.devices.Names(l.ctx(as))
	l.ok(err)
	return strings.Join(all, ", ")
}

// TestSigningOutEverywhereSaysWhatItEnds: somebody who is called reads that they
// would not be any more, and may choose otherwise.
func TestSigningOutEverywhereSaysWhatItEnds(t *testing.T) {
	l := newLanes(t)
	l.called(teamPrescriber, "the telephone")
	l.called(teamPrescriber, "the laptop")
	l.called(teamAttendant, "the tablet")
	page := l.as(teamPrescriber).page("/account")
	for _, want := range []string{"Devices of yours that are called: the telephone, the laptop.", "removes them too", "Go on calling them"} {
		if !strings.Contains(page, want) {
			t.Errorf("the account does not say %q", want)
		}
	}
	if other := l.as(teamGuide).page("/account"); strings.Contains(other, "Go on calling them") {
		t.Error("whoever has no device is asked about none")
	}
	l.as(teamAttendant).post("/sign-out/everywhere", "keep", "yes")
	if got := l.names(teamAttendant); got != "the tablet" {
		t.Errorf("who chose to stay within reach has %q", got)
	}
	l.as(teamPrescriber).post("/sign-out/everywhere")
	if got := l.names(teamPrescriber); got != "" {
		t.Errorf("still called: %s", got)
	}
	if a := l.as(teamPrescriber).get("/account"); word(a) != "sign-in" {
		t.Errorf("a session is left: %d", a.status)
	}
	back := newBrowser(t, l.base)
	l.signIn(back, l.actors[teamPrescriber])
	if own := back.page("/desk/devices"); !strings.Contains(own, "None of your devices is called now") {
		t.Errorf("their page does not say so: %s", own)
	}
}

// TestWhatEndsSomebodysWorkHereEndsTheirDevices: their roles taken at the desk,
// all they sign in with taken by the operator.
func TestWhatEndsSomebodysWorkHereEndsTheirDevices(t *testing.T) {
	l := newLanes(t)
	l.called(teamPrescriber, "the telephone")
	l.called(teamAttendant, "the tablet")
	l.called(teamGuide, "the old laptop")
	owner := l.as(access.Owner)
	if a := owner.post("/desk/settings/people/"+l.actors[teamAttendant].Person.String(), "roles", string(access.Coordinator)); a.status != 303 {
		t.Fatalf("the role could not be changed: %d %s", a.status, words(a.body))
	}
	if got := l.names(teamAttendant); got != "" {
		t.Errorf("who works in no room is called on %s", got)
	}
	ctx := l.h.as(t.Context(), access.Operator)
	p, err := l.h.people.Get(ctx, l.h.db.Reader(), l.actors[teamPrescriber].Person)
	l.ok(err)
	l.ok(l.h.db.Write(ctx, func(tx *db.Tx) error { return l.h.identity.Reset(ctx, tx, p) }))
	if got := l.names(teamPrescriber); got != "" {
		t.Errorf("after a reset: %s", got)
	}
	if got := l.names(teamGuide); got != "the old laptop" {
		t.Errorf("somebody else's are %q", got)
	}
}
