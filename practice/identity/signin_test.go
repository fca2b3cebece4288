package identity_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

func TestTheWayIn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.browser()
		if w := b.do("POST", "/sign-in", url.Values{"email": {"Wren@example.ORG"}, "next": {"/desk/week"}}); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if err := o.id.Letters.Send(o.ctx); err != nil || len(o.sent) != 1 || o.sent[0].To != "wren@example.org" {
			t.Fatalf("%+v, %v", o.sent, err)
		}
		link := regexp.MustCompile(`https://held\.example(/sign-in/\S+)`).FindStringSubmatch(o.sent[0].Text)[1]
		for range 3 { // a mail scanner that follows links
			if w := o.browser().do("GET", link, nil); w.Code != 200 || len(w.Result().Cookies()) > 0 {
				t.Errorf("%d %v", w.Code, w.Result().Cookies())
			}
		}
		path, _, _ := strings.Cut(link, "?")
		w := b.do("POST", path, url.Values{"next": {"/desk/week"}})
		if w.Code != 303 || w.Header().Get("Location") != "/desk/week" {
			t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
		}
		b.is(t, "session guide")
		if w := o.browser().do("POST", path, url.Values{}); w.Code != http.StatusGone || len(w.Result().Cookies()) > 0 {
			t.Errorf("used twice: %d", w.Code)
		}
		if w := o.browser().do("GET", path, nil); w.Code != http.StatusGone {
			t.Errorf("looked at again: %d", w.Code)
		}
	})
}

// TestAnUnknownAddressIsAnsweredLikeAKnownOne, by the same work: one sealed
// letter each, and the look-up happens later, where nobody waits for it.
func TestAnUnknownAddressIsAnsweredLikeAKnownOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		o.add(t, "Wren", "wren@example.org", access.Guide)
		var answers []string
		for i, email := range []string{"wren@example.org", "nobody@example.org"} {
			w := o.browser().do("POST", "/sign-in", url.Values{"email": {email}})
			w.Header().Del("X-Request-Id")
			answers = append(answers, w.Body.String()+http.Header.Clone(w.Header()).Get("Content-Length"))
			if n := rows(t, o, "letters_outbox"); w.Code != 200 || n != int64(i+1) {
				t.Errorf("%d, %d letters", w.Code, n)
			}
		}
		if answers[0] != answers[1] {
			t.Error("the answers differ")
		}
		sizes, err := db.All(o.ctx, d.Reader(), db.Value[int64], "SELECT DISTINCT LENGTH(body) FROM letters_outbox")
		if err != nil || len(sizes) != 2 { // the addresses are of different length; nothing else is in it
			t.Errorf("%v, %v", sizes, err)
		}
		if err := o.id.Letters.Send(o.ctx); err != nil || len(o.sent) != 1 {
			t.Errorf("%d sent, %v", len(o.sent), err)
		}
		if rows(t, o, "people_links") != 1 {
			t.Error("a link for nobody")
		}
		if strings.Contains(o.log.String(), "@example") {
			t.Errorf("the log says %s", o.log)
		}
		for _, bad := range []string{"", "wren", "wren@example.org\r\nBcc: x@y.z", "a@b@c", strings.Repeat("x", 300) + "@example.org"} {
			if w := o.browser().do("POST", "/sign-in", url.Values{"email": {bad}}); w.Code != 422 {
				t.Errorf("%q: %d", bad, w.Code)
			}
		}
	})
}

func TestOneOfManyUsesALink(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		path := o.link(t, o.add(t, "Wren", "wren@example.org", access.Guide))
		const racers = 16
		codes := make([]int, racers)
		var all sync.WaitGroup
		for i := range racers {
			all.Go(func() { codes[i] = o.browser().do("POST", path, url.Values{}).Code })
		}
		all.Wait()
		counts := map[int]int{}
		for _, c := range codes {
			counts[c]++
		}
		if counts[303] != 1 || counts[410] != racers-1 {
			t.Errorf("%v", counts)
		}
	})
}

func TestALinkEnds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		p := o.add(t, "Wren", "wren@example.org", access.Guide)
		first, second := o.link(t, p), o.link(t, p)
		o.clock.Add(people.LinkLife - time.Microsecond)
		if w := o.browser().do("POST", first, url.Values{}); w.Code != 303 {
			t.Errorf("in time: %d", w.Code)
		}
		o.clock.Add(time.Microsecond)
		for _, method := range []string{"GET", "POST"} {
			if w := o.browser().do(method, second, nil); w.Code != 410 {
				t.Errorf("%s too late: %d", method, w.Code)
			}
		}
		for _, forged := range []string{"x", strings.Repeat("A", 32), second[len("/sign-in/"):] + "%0A", second[len("/sign-in/"):] + "A"} {
			if w := o.browser().do("POST", "/sign-in/"+forged, url.Values{}); w.Code != 410 {
				t.Errorf("%q: %d", forged, w.Code)
			}
		}
		o.clock.Add(25 * time.Hour)
		if err := o.Sweep(o.ctx); err != nil || rows(t, o, "people_links") != 0 {
			t.Errorf("%d links are left, %v", rows(t, o, "people_links"), err)
		}
	})
}

func TestALinkNeverLeadsElsewhere(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	guide, client := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Client)
	for next, want := range map[string]string{"//evil.example": "/desk", "https://evil.example": "/desk", "/\\evil.example": "/desk", "": "/desk", "/desk/week": "/desk/week"} {
		w := o.browser().do("POST", o.link(t, guide), url.Values{"next": {next}})
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
	if w := o.browser().do("POST", o.link(t, client), url.Values{}); w.Header().Get("Location") != "/space" {
		t.Errorf("a client lands at %q", w.Header().Get("Location"))
	}
	if w := o.in(t, guide).do("GET", "/sign-in?next=//evil.example", nil); w.Header().Get("Location") != "/desk" {
		t.Errorf("who is in already is sent to %q", w.Header().Get("Location"))
	}
}

func TestTheCookie(t *testing.T) {
	for base, want := range map[string]struct {
		name   string
		secure bool
	}{"https://held.example": {"__Host-held", true}, "http://localhost:8080": {"held", false}} {
		o := newDoor(t, testkit.SQLite(t), base)
		p := o.add(t, "Wren", "wren@example.org", access.Guide)
		w := o.browser().do("POST", o.link(t, p), url.Values{})
		all := w.Result().Cookies()
		if len(all) != 2 || all[1].Name != want.name+"-device" {
			t.Fatalf("%s: %v", base, all)
		}
		c := all[0]
		if c.Name != want.name || c.Secure != want.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: %s", base, c)
		}
		if w.Header().Get("Cache-Control") != "no-store" && !strings.Contains(w.Header().Get("Cache-Control"), "no-cache") {
			t.Errorf("%s: may be kept: %q", base, w.Header().Get("Cache-Control"))
		}
		stored, err := db.One(o.ctx, o.DB.Reader(), db.Value[[]byte], "SELECT token FROM people_sessions")
		sum := sha256.Sum256([]byte(c.Value))
		if err != nil || !bytes.Equal(stored, sum[:]) {
			t.Errorf("the cookie's hash is not what lies in the database: %x, %v", stored, err)
		}
	}
}

func TestAStrangerGetsNoCookieAndLeavesNoSession(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	for _, method := range []string{"GET", "POST", "HEAD"} {
		for _, path := range []string{"/who", "/sign-in", "/nowhere"} {
			if w := o.browser().do(method, path, nil); len(w.Result().Cookies()) > 0 {
				t.Errorf("%s %s sets %v", method, path, w.Result().Cookies())
			}
		}
	}
	if rows(t, o, "people_sessions") != 0 {
		t.Error("a session of nobody is kept")
	}
}

// TestASessionCannotBeHandedToSomebody: a token that was there before signing
// in is not the one after it, and one made up is nobody's.
func TestASessionCannotBeHandedToSomebody(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Client)
	b := o.browser()
	b.cookies["__Host-held"] = "made-up-by-somebody"
	b.is(t, "public")
	b.do("POST", o.link(t, wren), url.Values{})
	if b.cookies["__Host-held"] == "made-up-by-somebody" {
		t.Error("the token was taken over")
	}
	b.is(t, "session guide")
	old := b.cookies["__Host-held"]
	b.do("POST", o.link(t, sam), url.Values{}) // somebody else on the same browser
	b.is(t, "session client, fresh")
	thief := o.browser()
	thief.cookies["__Host-held"] = old
	thief.is(t, "public")
}

func TestSigningOut(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Guide)
		phone, laptop, tablet, sams := o.in(t, wren), o.in(t, wren), o.in(t, wren), o.in(t, sam)
		kept := phone.cookies["__Host-held"]
		if w := phone.do("POST", "/sign-out", url.Values{}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		phone.is(t, "public")
		phone.cookies["__Host-held"] = kept // a copy of the cookie is worth nothing
		phone.is(t, "public")
		laptop.is(t, "session guide")
		if w := laptop.do("POST", "/sign-out/everywhere", url.Values{}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		for _, b := range []*browser{phone, laptop, tablet} {
			b.is(t, "public")
		}
		sams.is(t, "session guide")
		o.in(t, wren).is(t, "session guide")
		if w := o.browser().do("POST", "/sign-out/everywhere", url.Values{}); w.Code != 401 {
			t.Errorf("a stranger: %d", w.Code)
		}
		if w := o.browser().do("POST", "/sign-out", url.Values{}); w.Code != 303 {
			t.Errorf("a stranger signs out: %d", w.Code)
		}
	})
}

func TestARoleThatIsTakenIsGoneAtTheNextRequest(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide, access.Owner)
		b := o.in(t, wren)
		b.is(t, "session guide owner")
		o.write(t, func(tx *db.Tx) error { return o.Grant(o.ctx, tx, wren, access.Coordinator) })
		b.is(t, "session coordinator guide owner")
		o.write(t, func(tx *db.Tx) error { return o.Revoke(o.ctx, tx, wren.ID, access.Owner) })
		b.is(t, "public")
		o.in(t, wren).is(t, "session coordinator guide")
	})
}

func TestHowLongASessionLasts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		staff, client := o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide)), o.in(t, o.add(t, "Sam", "sam@example.org", access.Client))
		both := o.in(t, o.add(t, "Robin", "robin@example.org", access.Client, access.Attendant))
		for range 6 {
			o.clock.Add(2*time.Hour - time.Second)
			staff.is(t, "session guide")
			both.is(t, "session attendant client")
		}
		o.clock.Add(6 * time.Second)
		staff.is(t, "public")
		both.is(t, "public")
		client.is(t, "session client")
		for range 4 {
			o.clock.Add(3 * 24 * time.Hour)
			client.is(t, "session client")
		}
		o.clock.Add(36*time.Hour + time.Second)
		client.is(t, "public")
		if err := o.Sweep(o.ctx); err != nil || rows(t, o, "people_sessions") != 0 {
			t.Errorf("%d sessions are left, %v", rows(t, o, "people_sessions"), err)
		}
	})
}

func TestASessionThatIsNotUsedEnds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		staff, client := o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide)), o.in(t, o.add(t, "Sam", "sam@example.org", access.Client))
		o.clock.Add(3 * time.Hour)
		staff.is(t, "session guide")
		o.clock.Add(3*time.Hour + time.Second)
		staff.is(t, "public")
		client.is(t, "session client")
		o.clock.Add(4*24*time.Hour + time.Second)
		client.is(t, "public")
	})
}

func TestWithoutADatabaseAPageSaysSo(t *testing.T) {
	d, err := db.Open(t.Context(), "", testkit.SQLitePath(t))
	if err != nil {
		t.Fatal(err)
	}
	o := newDoor(t, d, "https://held.example")
	b := o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	w := b.do("GET", "/who", nil)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "does not answer") || !strings.Contains(o.log.String(), "closed") {
		t.Errorf("%d %s\n%s", w.Code, w.Body, o.log)
	}
	if w := o.browser().do("GET", "/who", nil); w.Code != 200 {
		t.Errorf("a page that needs no database: %d", w.Code)
	}
}

func TestSigningInAndOutIsOnTheTrail(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	wren := o.add(t, "Wren", "wren@example.org", access.Guide)
	o.in(t, wren).do("POST", "/sign-out/everywhere", url.Values{})
	entries, err := o.Trail.Of(o.ctx, wren.ID, db.ID{}, 10)
	var verbs []string
	for _, e := range entries {
		verbs = append(verbs, e.Verb+" by "+e.Role)
	}
	if err != nil || strings.Join(verbs, ", ") != "signed out everywhere by guide, signed in by guide, granted by operator" {
		t.Errorf("%v, %v", verbs, err)
	}
}

func TestLettersAreBoundedAndNobodyIsLockedOut(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	wren := o.add(t, "Wren", "wren@example.org", access.Guide)
	ask := func(email string) int {
		return o.browser().do("POST", "/sign-in", url.Values{"email": {email}}).Code
	}
	for range 8 {
		if code := ask("wren@example.org"); code != 200 {
			t.Fatalf("%d, want the same answer however often", code)
		}
	}
	if n := rows(t, o, "letters_outbox"); n != 5 {
		t.Errorf("%d letters to one address, want 5", n)
	}
	ask("a@example.org")
	ask("b@example.org")
	if code := ask("c@example.org"); code != http.StatusTooManyRequests {
		t.Errorf("the eleventh of one caller: %d, want 429", code)
	}
	o.in(t, wren).is(t, "session guide") // a link that is there still opens the door
	o.clock.Add(time.Minute)
	if code := ask("c@example.org"); code != 200 {
		t.Errorf("a minute later: %d", code)
	}
}
