package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"held/care/space"
	"held/internal/db"
	"held/practice/access"
)

// leave sends something that was sealed, in parts of a size.
func (w *writer) leave(at string, id db.ID, body []byte, size int) (a answer) {
	w.t.Helper()
	of := (len(body) + size - 1) / size
	for n := range of {
		part := body[n*size : min(len(body), (n+1)*size)]
		if a = w.send(http.MethodPost, fmt.Sprintf("%s/%s?part=%d&of=%d", at, id, n, of), "application/octet-stream", part); a.status != http.StatusOK {
			return a
		}
	}
	return a
}

func (w *writer) left() (all []space.Deposit) {
	w.t.Helper()
	var list struct{ Left []space.Deposit }
	w.ask("/space/journal/left", &list)
	return list.Left
}

func TestWhatIsLeftOnThePracticesTabletIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	g := newGateTest(t)
	g.bring(bare)
	wren := newWriter(g.as(access.Client))
	if got := wren.get("/space"); !strings.Contains(got.body, `href="/space/capture"`) {
		t.Error("on the day of a session the space does not lead to the page for right after it")
	}
	room := "/room/" + g.session.String() + "/capture"
	staff := g.as(teamPrescriber)

	page := staff.get(room)
	if page.status != http.StatusOK || !strings.Contains(page.body, "has no journal here yet") || strings.Contains(page.body, "Lock, and hand it over") {
		t.Fatalf("without keys nothing is handed over: %d %s", page.status, words(page.body))
	}
	if got := staff.post(room); got.status != http.StatusConflict {
		t.Errorf("opened without keys: %d", got.status)
	}
	wren.keyring(0)
	if page = staff.get(room); !strings.Contains(page.body, wren.identity.Recipient().String()) {
		t.Errorf("the client's key is not shown: %s", words(page.body))
	}
	for as, want := range map[access.Role]int{access.Prescriber: http.StatusForbidden, access.Coordinator: http.StatusForbidden, access.Client: http.StatusForbidden} {
		if got := g.as(as).post(room); got.status != want {
			t.Errorf("opened by %s, who does not care for them: %d", as, got.status)
		}
	}

	opened := staff.post(room)
	address := opened.location()
	if opened.status != http.StatusSeeOther || !strings.HasPrefix(address, "/capture/") {
		t.Fatalf("opened: %d to %s", opened.status, address)
	}
	if got := staff.get("/desk"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location(), "/sign-in") {
		t.Errorf("whoever handed it over is not locked out of the tablet: %d %s", got.status, got.location())
	}
	tablet := newWriter(newBrowser(t, g.base)) // nobody is signed in
	page = tablet.get(address)
	card, err := g.h.people.Card(g.h.system(t.Context()), g.actors[access.Client].Person)
	g.must(err)
	if page.status != http.StatusOK || strings.Contains(page.body, card.Name) || strings.Contains(page.body, `href="/desk`) || strings.Contains(page.body, `href="/space`) {
		t.Errorf("the page names somebody or leads somewhere: %d %s", page.status, page.body)
	}

	sealed := wren.seal(strings.Repeat("a river of light ", 60))
	id := db.RandomID()
	if got := tablet.leave(address, id, []byte("in the clear"), 400); got.status == http.StatusOK {
		t.Error("something in the clear was taken")
	}
	for range 2 { // an answer was lost on the way
		if got := tablet.leave(address, id, sealed, 400); got.status != http.StatusOK {
			t.Fatalf("left: %d %s", got.status, got.body)
		}
	}
	all := wren.left()
	if len(all) != 1 || all[0].ID != id || all[0].Place != "tablet" || all[0].Session != g.session || all[0].Size != int64(len(sealed)) {
		t.Fatalf("what waits: %+v", all)
	}
	got := wren.get("/space/journal/left/" + id.String())
	if got.body != string(sealed) {
		t.Errorf("it came back as %d bytes of %d", len(got.body), len(sealed))
	}
	plain, err := age.Decrypt(strings.NewReader(got.body), wren.identity)
	g.must(err)
	if b, err := io.ReadAll(plain); err != nil || !bytes.HasPrefix(b, []byte("a river of light")) {
		t.Error("its owner does not open it", err)
	}
	for _, as := range []access.Role{teamGuide, access.Owner, anotherClient} {
		if got := g.as(as).get("/space/journal/left/" + id.String()); got.status == http.StatusOK {
			t.Errorf("%s has it", as)
		}
	}
	trail := g.as(access.Client).get("/space/looks").body
	if !strings.Contains(trail, "opened capture for you on the practice&#39;s tablet") {
		t.Errorf("the trail does not say that it was opened: %s", words(trail))
	}

	if got := wren.send(http.MethodPost, "/space/journal/left/"+id.String()+"/remove", "", nil); got.status != http.StatusOK {
		t.Errorf("removed: %d", got.status)
	}
	if got := tablet.leave(address, id, sealed, 400); got.status != http.StatusOK || len(wren.left()) != 0 {
		t.Errorf("sent late it is back: %d", got.status)
	}
	if got := tablet.send(http.MethodPost, address+"/end", "", nil); got.status != http.StatusOK {
		t.Errorf("ended: %d %s", got.status, got.body)
	}
	if got := tablet.get(address); got.status != http.StatusGone {
		t.Errorf("it opens after it was given back: %d", got.status)
	}
	if got := tablet.leave(address, db.RandomID(), sealed, 4000); got.status != http.StatusOK || len(wren.left()) != 1 {
		t.Errorf("what was sealed before is not taken after the end: %d %s", got.status, got.body)
	}
	if got := tablet.leave("/capture/"+strings.Repeat("A", 60), db.RandomID(), sealed, 4000); got.status != http.StatusNotFound {
		t.Errorf("a forged address took something: %d", got.status)
	}
}

func TestWhatIsLeftWhileTheJournalIsLockedWaitsForItAndGoesWithIt(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		wren := newWriter(a.wren)
		sealed := wren.seal(strings.Repeat("a word ", 100))
		if got := wren.leave("/space/capture", db.RandomID(), sealed, 4000); got.status != http.StatusNotFound {
			t.Errorf("left without keys: %d", got.status)
		}
		wren.keyring(0)
		whole, begun := db.RandomID(), db.RandomID()
		if got := wren.leave("/space/capture", whole, sealed, firstPart); got.status != http.StatusOK {
			t.Fatalf("left: %d %s", got.status, got.body)
		}
		if got := wren.send(http.MethodPost, fmt.Sprintf("/space/capture/%s?part=0&of=2", begun), "application/octet-stream", sealed[:firstPart]); got.status != http.StatusOK {
			t.Fatalf("a part: %d %s", got.status, got.body)
		}
		if all := wren.left(); len(all) != 1 || all[0].ID != whole || all[0].Place != "own" {
			t.Fatalf("what waits: %+v", all)
		}
		later := &space.Service{DB: a.h.db, Vault: a.h.vault, Now: func() time.Time { return a.h.now().AddDate(0, 0, 8) }}
		if err := later.Sweep(a.h.system(t.Context())); err != nil {
			t.Fatal(err)
		}
		count := func(table string) int {
			n, err := db.One(t.Context(), a.h.db.Reader(), db.Value[int], "SELECT COUNT(*) FROM "+table+" WHERE person_id = $1", a.wrenID)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		parts := (len(sealed) + firstPart - 1) / firstPart
		if count("space_deposits") != 1 || count("space_deposit_parts") != parts {
			t.Errorf("a week later what never came whole is still there: %d of %d", count("space_deposits"), count("space_deposit_parts"))
		}
		full := func(status int) bool { return status == http.StatusRequestEntityTooLarge }
		status := http.StatusOK
		for n := 0; n < 70 && status == http.StatusOK; n++ {
			status = wren.leave("/space/capture", db.RandomID(), sealed, 4000).status
		}
		if !full(status) {
			t.Errorf("there is no end to what can be left: %d", status)
		}
		if got := wren.json("/space/journal/destroy", map[string]any{}); got.status != http.StatusOK {
			t.Fatalf("destroyed: %d %s", got.status, got.body)
		}
		if count("space_deposits") != 0 || count("space_deposit_parts") != 0 {
			t.Error("what was left is there after the journal was destroyed")
		}
	})
}
