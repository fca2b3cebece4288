package identity_test

import (
	"fmt"
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
	"held/practice/identity"
	"held/practice/people"
)

// phone is an authenticator app.
type phone struct {
	o      *door
	secret string
}

func (p phone) code(t *testing.T) string {
	t.Helper()
	code, err := identity.CodeAt(p.secret, p.o.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

var (
	recoveryCode = regexp.MustCompile(`<code>([0-9a-z]{5}-[0-9a-z]{5})</code>`)
	secretShown  = regexp.MustCompile(`<output>([A-Z2-7 ]+)</output>`)
)

// setUp sets up an app in a browser, as a person does, and gives the recovery
// codes that are shown.
func (o *door) setUp(t *testing.T, b *browser) (phone, []string) {
	t.Helper()
	w := b.do("POST", "/account/app", url.Values{})
	m := secretShown.FindStringSubmatch(w.Body.String())
	if w.Code != 200 || m == nil {
		t.Fatalf("setting up: %d %s", w.Code, w.Body)
	}
	app := phone{o, strings.ReplaceAll(m[1], " ", "")}
	if w := b.do("POST", "/account/app/confirm", url.Values{"code": {"000000"}}); w.Code != 422 || !strings.Contains(w.Body.String(), m[1]) {
		t.Errorf("a wrong code: %d, want the same picture again", w.Code)
	}
	w = b.do("POST", "/account/app/confirm", url.Values{"code": {app.code(t)}})
	var codes []string
	for _, m := range recoveryCode.FindAllStringSubmatch(w.Body.String(), -1) {
		codes = append(codes, m[1])
	}
	if w.Code != 200 || len(codes) != 10 {
		t.Fatalf("confirming: %d %s", w.Code, w.Body)
	}
	return app, codes
}

func (o *door) factors(t *testing.T, p people.Person) identity.Factors {
	t.Helper()
	f, err := o.id.Factors(o.ctx, o.DB.Reader(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// half comes by a link and stands before the question for the code.
func (o *door) half(t *testing.T, p people.Person) *browser {
	t.Helper()
	b := o.browser()
	if w := b.do("POST", o.link(t, p), url.Values{"next": {"/who"}}); w.Header().Get("Location") != "/sign-in/code?next=%2Fwho" {
		t.Fatalf("by a link: %d to %s", w.Code, w.Header().Get("Location"))
	}
	return b
}

func (b *browser) code(code string) int {
	return b.do("POST", "/sign-in/code", url.Values{"code": {code}, "next": {"/who"}}).Code
}

func TestWhoHasAnAppIsAskedForItsCode(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.in(t, wren)
		app, _ := o.setUp(t, b)
		b.is(t, "session guide, strong, fresh")
		o.clock.Add(time.Minute)
		half := o.half(t, wren)
		half.is(t, "public") // nobody, until the code is given
		if w := half.do("GET", "/account", nil); w.Header().Get("Location") != "/sign-in?next=%2Faccount" {
			t.Errorf("half a session opens: %d", w.Code)
		}
		if w := half.do("GET", "/sign-in?next=%2Fwho", nil); w.Header().Get("Location") != "/sign-in/code?next=%2Fwho" {
			t.Errorf("sent to %s", w.Header().Get("Location"))
		}
		before := half.cookies["__Host-held"]
		if code := half.code("12 34 56"); code != 422 {
			t.Errorf("a wrong code: %d", code)
		}
		typed := app.code(t)
		if code := half.code(typed[:3] + " " + typed[3:]); code != 303 {
			t.Errorf("the right code: %d", code)
		}
		half.is(t, "session guide, strong, fresh")
		if half.cookies["__Host-held"] == before {
			t.Error("the token of half a session goes on")
		}
		half.cookies["__Host-held"] = before
		half.is(t, "public")
	})
}

func TestACodeOpensOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		app, _ := o.setUp(t, o.in(t, wren))
		if code := o.half(t, wren).code(app.code(t)); code != 422 {
			t.Errorf("the code that set it up opens: %d", code)
		}
		o.clock.Add(time.Minute)
		const racers = 4
		all := make([]*browser, racers)
		for i := range all {
			all[i] = o.half(t, wren)
		}
		codes, typed := make([]int, racers), app.code(t)
		var wait sync.WaitGroup
		for i := range racers {
			wait.Go(func() { codes[i] = all[i].code(typed) })
		}
		wait.Wait()
		if n := strings.Count(fmt.Sprint(codes), "303"); n != 1 {
			t.Errorf("%v: want one", codes)
		}
		o.clock.Add(30 * time.Second)
		later := app.code(t)
		o.clock.Add(-30 * time.Second) // the telephone's clock is ahead
		if code := o.half(t, wren).code(later); code != 303 {
			t.Errorf("a clock that is half a minute ahead: %d", code)
		}
		o.clock.Add(3 * time.Minute)
		old := app.code(t)
		o.clock.Add(90 * time.Second)
		if code := o.half(t, wren).code(old); code != 422 {
			t.Errorf("one of a minute and a half ago: %d", code)
		}
	})
}

// TestWrongCodesAreBoundedWhereTheyAreGiven: whoever reads somebody's mail uses
// up the tries by link, and neither those in a session nor the passkey.
func TestWrongCodesAreBoundedWhereTheyAreGiven(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		inside, key := o.withPasskey(t, wren)
		app, _ := o.setUp(t, inside)
		o.told(t, "wren@example.org", "A passkey was added", "An authenticator app was set up", "New recovery codes were made")
		o.clock.Add(time.Minute)
		thief := o.half(t, wren)
		for range 5 {
			thief.code("000000")
		}
		if code := thief.code(app.code(t)); code != 422 {
			t.Errorf("the sixth, though right: %d", code)
		}
		if code := o.half(t, wren).code(app.code(t)); code != 422 {
			t.Errorf("by another link: %d", code)
		}
		o.told(t, "wren@example.org", "Somebody gave several wrong codes")
		if w := inside.do("POST", "/account/confirm", url.Values{"code": {app.code(t)}}); w.Code != 303 {
			t.Errorf("in a session: %d %s", w.Code, w.Body)
		}
		if code := key.signIn(o.browser()); code != 303 {
			t.Errorf("with the passkey: %d", code)
		}
		o.clock.Add(5 * time.Minute)
		if code := o.half(t, wren).code(app.code(t)); code != 303 {
			t.Errorf("five minutes later: %d", code)
		}
		for range 8 {
			thief.code("000000")
		}
		o.told(t, "wren@example.org") // once a day is enough
	})
}

func TestARecoveryCodeOpensOnceInPlaceOfTheApp(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Guide)
		b := o.in(t, wren)
		_, codes := o.setUp(t, b)
		_, others := o.setUp(t, o.in(t, sam))
		o.told(t, "wren@example.org", "An authenticator app was set up", "New recovery codes were made")
		lost := o.half(t, wren)
		if code := lost.code(others[0]); code != 422 {
			t.Errorf("somebody else's: %d", code)
		}
		if code := lost.code(" " + strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))); code != 303 {
			t.Errorf("%d", code)
		}
		lost.is(t, "session guide, strong, fresh")
		if code := o.half(t, wren).code(codes[3]); code != 422 {
			t.Errorf("again: %d", code)
		}
		if f := o.factors(t, wren); f.Codes != 9 {
			t.Errorf("%d are left", f.Codes)
		}
		o.told(t, "wren@example.org", "A recovery code was used", "Somebody signed in as you in a browser")
		w := lost.do("POST", "/account/codes", url.Values{})
		if n := len(recoveryCode.FindAllString(w.Body.String(), -1)); w.Code != 200 || n != 10 {
			t.Errorf("new ones: %d, %d of them", w.Code, n)
		}
		if code := o.half(t, wren).code(codes[4]); code != 422 {
			t.Errorf("one of the old ones: %d", code)
		}
		if w := lost.do("GET", "/account", nil); strings.Contains(w.Body.String(), "<code>") {
			t.Error("codes are shown again")
		}
	})
}

func TestAnAppIsTakenOutByWhoHasJustProvedThemselves(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.in(t, wren)
		app, codes := o.setUp(t, b)
		o.clock.Add(11 * time.Minute)
		for _, path := range []string{"/account/app", "/account/app/remove", "/account/codes"} {
			if w := b.do("POST", path, url.Values{}); w.Code != http.StatusForbidden {
				t.Errorf("%s eleven minutes later: %d", path, w.Code)
			}
		}
		if w := b.do("POST", "/account/confirm", url.Values{"code": {app.code(t)}, "next": {"/account"}}); w.Header().Get("Location") != "/account" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := b.do("POST", "/account/app/remove", url.Values{}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		b.is(t, "session guide")
		if f := o.factors(t, wren); !f.None() || f.Codes != 0 {
			t.Errorf("left: %+v", f)
		}
		in := o.in(t, wren) // the link alone signs in again
		in.is(t, "session guide")
		if w := in.do("POST", "/account/confirm", url.Values{"code": {codes[0]}}); w.Code != 422 {
			t.Errorf("a code of what was taken out: %d", w.Code)
		}
		o.told(t, "wren@example.org", "An authenticator app was set up", "New recovery codes were made", "The authenticator app was taken out", "Somebody signed in as you in a browser")
	})
}

func TestAnotherAppTakesThePlaceOfTheFirst(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	wren := o.add(t, "Wren", "wren@example.org", access.Guide)
	b := o.in(t, wren)
	first, _ := o.setUp(t, b)
	o.clock.Add(time.Minute)
	if w := b.do("POST", "/account/app", url.Values{}); w.Code != 200 {
		t.Fatalf("%d", w.Code)
	}
	if code := o.half(t, wren).code(first.code(t)); code != 303 {
		t.Errorf("the first, while the second is being set up: %d", code)
	}
	second, _ := o.setUp(t, b)
	o.clock.Add(time.Minute)
	if code := o.half(t, wren).code(first.code(t)); code != 422 {
		t.Errorf("the first, afterwards: %d", code)
	}
	if code := o.half(t, wren).code(second.code(t)); code != 303 {
		t.Errorf("the second: %d", code)
	}
	if w := b.do("POST", "/account/app/confirm", url.Values{"code": {second.code(t)}}); w.Code != http.StatusGone {
		t.Errorf("sent again: %d", w.Code)
	}
}

// TestAClientWithNothingElseConfirmsByMail, and whoever has more does not.
func TestAClientWithNothingElseConfirmsByMail(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		sam, wren := o.add(t, "Sam", "sam@example.org", access.Client), o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.in(t, sam)
		b.is(t, "session client, fresh") // the letter was read a moment ago
		o.clock.Add(11 * time.Minute)
		b.is(t, "session client")
		if w := b.do("GET", "/account/confirm?next=/who", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "Send me a code") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.do("POST", "/account/confirm/mail", url.Values{})
		code := o.mailed(t, "sam@example.org")
		other := o.in(t, sam) // the code is of one session
		o.clock.Add(10 * time.Minute)
		if w := other.do("POST", "/account/confirm", url.Values{"code": {code}}); w.Code != 422 {
			t.Errorf("in another session: %d", w.Code)
		}
		if w := b.do("POST", "/account/confirm", url.Values{"code": {"000000"}}); w.Code != 422 {
			t.Errorf("a wrong one: %d", w.Code)
		}
		if w := b.do("POST", "/account/confirm", url.Values{"code": {code}, "next": {"/who"}}); w.Header().Get("Location") != "/who" {
			t.Errorf("%d", w.Code)
		}
		b.is(t, "session client, fresh")
		if w := b.do("POST", "/account/confirm", url.Values{"code": {code}}); w.Code != 422 {
			t.Errorf("again: %d", w.Code)
		}
		inside, _ := o.withPasskey(t, wren)
		if w := inside.do("POST", "/account/confirm/mail", url.Values{}); w.Code != http.StatusForbidden {
			t.Errorf("somebody with a passkey: %d", w.Code)
		}
	})
}

func TestAMailedCodeIsBounded(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.in(t, o.add(t, "Sam", "sam@example.org", access.Client))
	o.clock.Add(11 * time.Minute)
	b.do("POST", "/account/confirm/mail", url.Values{})
	code := o.mailed(t, "sam@example.org")
	for range 5 {
		b.do("POST", "/account/confirm", url.Values{"code": {"x"}})
	}
	if w := b.do("POST", "/account/confirm", url.Values{"code": {code}}); w.Code != 422 {
		t.Errorf("the sixth try: %d", w.Code)
	}
	b.do("POST", "/account/confirm/mail", url.Values{})
	code = o.mailed(t, "sam@example.org")
	o.clock.Add(15 * time.Minute)
	if w := b.do("POST", "/account/confirm", url.Values{"code": {code}}); w.Code != 422 {
		t.Errorf("too late: %d", w.Code)
	}
	for range 3 {
		b.do("POST", "/account/confirm/mail", url.Values{})
	}
	if w := b.do("POST", "/account/confirm/mail", url.Values{}); w.Code != http.StatusTooManyRequests {
		t.Errorf("letter after letter: %d", w.Code)
	}
}

func TestTheOperatorOpensTheWayAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b, key := o.withPasskey(t, wren)
		o.setUp(t, b)
		if n, err := o.id.Unproved(o.ctx); err != nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
		o.write(t, func(tx *db.Tx) error { return o.id.Reset(o.ctx, tx, wren) })
		b.is(t, "public")
		if code := key.signIn(o.browser()); code != 422 {
			t.Errorf("the lost passkey: %d", code)
		}
		wren, err := o.Get(o.ctx, d.Reader(), wren.ID)
		if err != nil {
			t.Fatal(err)
		}
		o.in(t, wren).is(t, "session guide")
		if n, err := o.id.Unproved(o.ctx); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		o.told(t, "wren@example.org", "A passkey was added", "An authenticator app was set up", "New recovery codes were made", "The operator of the practice's program", "Somebody signed in as you in a browser")
	})
}

func TestABrowserThatIsKnownIsNoNews(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Client)
		b := o.in(t, wren)
		again := func(p people.Person) {
			b.do("POST", "/sign-out", url.Values{})
			if w := b.do("POST", o.link(t, p), url.Values{}); w.Code != 303 {
				t.Fatalf("%d", w.Code)
			}
		}
		again(wren)
		again(sam) // a client's browsers are not remembered
		again(wren)
		if err := o.id.Letters.Send(o.ctx); err != nil || len(o.sent) > 0 {
			t.Errorf("%d letters, %v", len(o.sent), err)
		}
		if rows(t, o, "identity_devices") != 1 {
			t.Errorf("%d browsers are remembered", rows(t, o, "identity_devices"))
		}
		o.in(t, wren)
		o.told(t, "wren@example.org", "Somebody signed in as you in a browser")
		o.clock.Add(401 * 24 * time.Hour)
		if err := o.id.Sweep(o.ctx); err != nil || rows(t, o, "identity_devices") != 0 {
			t.Errorf("%d, %v", rows(t, o, "identity_devices"), err)
		}
	})
}
