package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/identity"
)

// A printed link is not enough for whoever has an app; the operator opens the
// way for somebody who has lost it, and that leaves its traces.
func TestTheOperatorOpensTheWayForWhoHasLostTheirApp(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		h := p.founded().house(wall, t.Output())
		ctx := h.as(t.Context(), access.Operator)
		owner, err := h.people.ByEmail(ctx, ownerEmail)
		if err == nil {
			err = h.db.Write(ctx, func(tx *db.Tx) error { return h.identity.KeepApp(ctx, tx, owner.ID, identity.NewSecret()) })
		}
		if err != nil {
			t.Fatal(err)
		}
		b := site(t, h)
		enter := func(said string) string {
			link, err := url.Parse(strings.TrimSpace(said))
			if err != nil {
				t.Fatal(err)
			}
			return b.done(link.Path)
		}
		o := p.held("sign-in-link", ownerEmail)
		if o.code != 0 || !strings.Contains(o.err, "asks for its code") {
			t.Errorf("it does not say that a code is asked: %s", o)
		}
		if at := enter(o.out); at != "/sign-in/code" {
			t.Errorf("by the link alone one lands at %s", at)
		}
		if a := b.get("/desk"); a.status != http.StatusSeeOther {
			t.Errorf("half a session opens the desk: %d", a.status)
		}
		p.cannot(2, []string{"person", "reset-second", "nobody"}, "e-mail address")
		p.cannot(1, []string{"person", "reset-second", "nobody@practice.example"}, "Nobody signs in with this address.")
		if said := p.can("person", "reset-second", ownerEmail); !strings.Contains(said, "held sign-in-link "+ownerEmail) {
			t.Errorf("said %q", said)
		}
		if at := enter(p.can("sign-in-link", ownerEmail)); at != "/desk" {
			t.Errorf("afterwards one lands at %s", at)
		}
		entries, err := h.trail.Of(ctx, owner.ID, db.ID{}, 1000)
		var lines []string
		for _, e := range entries {
			lines = append(lines, e.Who("", false, false)+" "+e.Line(false))
		}
		if said := strings.Join(lines, "; "); err != nil || !strings.Contains(said, "The operator reset the sign-in") {
			t.Errorf("the trail says %s, %v", said, err)
		}
	})
}

// The demo's people have apps, and its page shows what these show.
func TestTheDemosPageTellsTheCodes(t *testing.T) {
	h, _ := openDemo(t)
	b := site(t, h)
	ctx := h.as(t.Context(), access.Operator)
	page := b.page("/demo")
	codes := regexp.MustCompile(`The code of their app now: (\d{6})\.`).FindAllStringSubmatch(page, -1)
	if len(codes) != 4 {
		t.Fatalf("%d codes on\n%s", len(codes), words(page))
	}
	for i, as := range []string{"owner", "prescriber", "coordinator", "attendant"} {
		p, err := h.persona(ctx, as)
		if err != nil {
			t.Fatal(err)
		}
		link, err := h.identity.Link(ctx, p, "")
		if err != nil {
			t.Fatal(err)
		}
		mine := newBrowser(t, b.base)
		if at := mine.done(strings.TrimPrefix(link, h.base)); at != "/sign-in/code" {
			t.Errorf("the %s lands at %s", as, at)
		}
		if at := mine.done("/sign-in/code", "code", codes[i][1]); at != "/desk" {
			t.Errorf("the %s lands at %s", as, at)
		}
	}
}
