package identity_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
)

const pin = "480615"

// shared is a browser on a device that locks.
func (o *door) shared(t *testing.T, b *browser) *browser {
	t.Helper()
	if w := b.do("POST", "/account/shared", url.Values{"minutes": {"5"}, "pin": {pin}}); w.Code != 303 {
		t.Fatalf("sharing: %d %s", w.Code, w.Body)
	}
	return b
}

func TestASharedDeviceLocksByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		b := o.shared(t, o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide)))
		for range 4 {
			o.clock.Add(4 * time.Minute)
			b.is(t, "session guide")
		}
		o.clock.Add(5*time.Minute + time.Second)
		b.is(t, "public")
		b.is(t, "public") // asking again does not wake it
		if w := b.do("GET", "/guarded?x=1", nil); w.Header().Get("Location") != "/sign-in?next=%2Fguarded%3Fx%3D1" {
			t.Errorf("a page: %d to %s", w.Code, w.Header().Get("Location"))
		}
		if w := b.do("GET", "/sign-in?next=%2Fguarded%3Fx%3D1", nil); w.Header().Get("Location") != "/locked?next=%2Fguarded%3Fx%3D1" {
			t.Errorf("sent to %s", w.Header().Get("Location"))
		}
		if w := b.do("GET", "/locked?next=%2Fguarded", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "This device is locked") || strings.Contains(w.Body.String(), "Wren") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := b.do("POST", "/locked/pin", url.Values{"pin": {"111222"}}); w.Code != 422 {
			t.Errorf("a wrong PIN: %d", w.Code)
		}
		if w := b.do("POST", "/locked/pin", url.Values{"pin": {pin}, "next": {"/guarded?x=1"}}); w.Header().Get("Location") != "/guarded?x=1" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.is(t, "session guide")
	})
}

func TestALockIsLockedAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		ordinary := o.in(t, wren)
		if w := ordinary.do("POST", "/account/lock", url.Values{}); w.Header().Get("Location") != "/account" {
			t.Errorf("one that nothing could open: %s", w.Header().Get("Location"))
		}
		ordinary.is(t, "session guide")
		b := o.shared(t, ordinary)
		if w := b.do("POST", "/account/lock", url.Values{"next": {"/who"}}); w.Header().Get("Location") != "/locked?next=%2Fwho" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		b.is(t, "public")
		o.in(t, wren).is(t, "session guide") // others of theirs are not
		b.do("POST", "/locked/pin", url.Values{"pin": {pin}})
		b.is(t, "session guide")
		b.do("POST", "/account/shared/stop", url.Values{})
		o.clock.Add(time.Hour)
		b.is(t, "session guide")
	})
}

func TestAPINOpensNothingAfterFiveWrongOnes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		in, key := o.withPasskey(t, wren)
		b := o.shared(t, in)
		b.do("POST", "/account/lock", url.Values{})
		for range 4 {
			b.do("POST", "/locked/pin", url.Values{"pin": {"999000"}})
		}
		if w := b.do("POST", "/locked/pin", url.Values{"pin": {"999000"}}); strings.Contains(w.Body.String(), `name="pin"`) || !strings.Contains(w.Body.String(), "too many wrong PINs") || strings.Contains(w.Body.String(), "Wren") {
			t.Errorf("the fifth: %d %s", w.Code, w.Body)
		}
		if w := b.do("POST", "/locked/pin", url.Values{"pin": {pin}}); w.Code != 422 {
			t.Errorf("the right one after that: %d", w.Code)
		}
		if w := b.do("GET", "/locked", nil); strings.Contains(w.Body.String(), `name="pin"`) || !strings.Contains(w.Body.String(), "Use a passkey") {
			t.Errorf("the page goes on asking: %s", w.Body)
		}
		b.is(t, "public")
		o.told(t, "wren@example.org", "A passkey was added", "Somebody gave several wrong codes")
		stranger := o.authenticator(t, wren)
		if code := stranger.give(b, "/locked/options", "/locked/passkey"); code != 422 {
			t.Errorf("a passkey that is not theirs: %d", code)
		}
		if code := key.give(b, "/locked/options", "/locked/passkey", "next", "/who"); code != 303 {
			t.Errorf("their passkey: %d", code)
		}
		b.is(t, "session guide, strong, fresh")
		b.do("POST", "/account/lock", url.Values{})
		if w := b.do("POST", "/locked/pin", url.Values{"pin": {pin}}); w.Code != 303 {
			t.Errorf("the PIN, once it was opened otherwise: %d", w.Code)
		}
	})
}

func TestACodeOpensALockWhosePINIsLost(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide))
	app, _ := o.setUp(t, b)
	o.shared(t, b).do("POST", "/account/lock", url.Values{})
	for range 5 {
		b.do("POST", "/locked/pin", url.Values{"pin": {"999000"}})
	}
	o.clock.Add(time.Minute)
	if w := b.do("POST", "/locked/code", url.Values{"code": {app.code(t)}, "next": {"/who"}}); w.Header().Get("Location") != "/who" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.is(t, "session guide, strong, fresh")
	if w := b.do("POST", "/locked/code", url.Values{"code": {app.code(t)}}); w.Code != http.StatusGone {
		t.Errorf("where nothing is locked: %d", w.Code)
	}
}

func TestAPINIsNotOneOfTheFirstThatAnybodyTries(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide))
	for _, bad := range []string{"", "12345", "123456", "987654", "000000", "48061a", "4806151234567"} {
		if w := b.do("POST", "/account/shared", url.Values{"minutes": {"5"}, "pin": {bad}}); w.Code != 422 {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
}

// script asks as a page's script does.
func (b *browser) script(path string, f url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.o.app.ServeHTTP(w, r)
	return w
}

func TestAPageUnderTheCoverUnlocksInItsPlace(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.shared(t, o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide)))
	if w := b.script("/account/awake", url.Values{}); w.Code != 204 {
		t.Errorf("%d", w.Code)
	}
	o.clock.Add(6 * time.Minute)
	if w := b.script("/account/awake", url.Values{}); w.Code != 401 {
		t.Errorf("typing wakes what has locked: %d", w.Code)
	}
	if w := b.script("/locked/pin", url.Values{"pin": {"111222"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "not the PIN") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.script("/locked/pin", url.Values{"pin": {pin}}); w.Code != 200 || w.Body.String() != "{}\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.is(t, "session guide")
}

// hidden are the hidden fields of a page's form that goes to an address.
func hidden(t *testing.T, page, action string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(page, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form goes to %s on\n%s", action, page)
	}
	form, _, _ := strings.Cut(rest, "</form>")
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
		v.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return v
}

// wrote is a form that somebody sent too early.
var wrote = url.Values{"text": {"Ünïcode & <b>\r\nlines \"quoted\" 👋"}, "many": {"one", "two"}, "empty": {""}}

func needsFresh(a access.Actor) error {
	if !a.Fresh {
		return fault.New(fault.Confirm, "Please show once more that it is you.")
	}
	return nil
}

func needsStrong(a access.Actor) error {
	if !a.Strong {
		return fault.New(fault.Second, "Please show more than a link.")
	}
	return nil
}

// again sends what a page offers to be sent again, and looks whether it is
// what was written.
func (b *browser) again(t *testing.T, page string) {
	t.Helper()
	b.o.took = nil
	if w := b.do("POST", "/guarded?part=2", hidden(t, page, "/guarded?part=2")); w.Code != 200 || b.o.took.Encode() != wrote.Encode() {
		t.Errorf("%d, sent %v\nagain  %v", w.Code, wrote, b.o.took)
	}
}

func TestNothingThatWasTypedIsLostWhenItMustBeConfirmed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		b, key := o.withPasskey(t, o.add(t, "Wren", "wren@example.org", access.Guide))
		app, _ := o.setUp(t, b)
		o.wants = needsFresh
		o.clock.Add(11 * time.Minute)
		w := b.do("POST", "/guarded?part=2", wrote)
		if w.Code != http.StatusForbidden || o.took != nil {
			t.Fatalf("%d %v", w.Code, o.took)
		}
		f := hidden(t, w.Body.String(), "/account/confirm")
		f.Set("code", "000000")
		w = b.do("POST", "/account/confirm", f)
		if w.Code != 422 {
			t.Errorf("a wrong code: %d", w.Code)
		}
		f = hidden(t, w.Body.String(), "/account/confirm") // it goes along through mistakes
		f.Set("code", app.code(t))
		w = b.do("POST", "/account/confirm", f)
		if w.Code != 200 || o.took != nil {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		b.again(t, w.Body.String())

		o.clock.Add(11 * time.Minute)
		w = b.do("POST", "/guarded?part=2", wrote)
		f = hidden(t, w.Body.String(), "/account/confirm/passkey")
		handle, public := key.asked(b, "/account/confirm/options")
		f.Set("handle", handle)
		f.Set("credential", key.answer(public))
		b.again(t, b.do("POST", "/account/confirm/passkey", f).Body.String())
	})
}

func TestNothingThatWasTypedIsLostWhileASecondProofIsSetUp(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		o.wants = needsStrong
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Guide)
		b := o.in(t, wren)
		w := b.do("POST", "/guarded?part=2", wrote)
		f := hidden(t, w.Body.String(), "/account/app")
		w = b.do("POST", "/account/app", f)
		app := phone{o, strings.ReplaceAll(secretShown.FindStringSubmatch(w.Body.String())[1], " ", "")}
		f = hidden(t, w.Body.String(), "/account/app/confirm")
		f.Set("code", app.code(t))
		w = b.do("POST", "/account/app/confirm", f)
		if !strings.Contains(w.Body.String(), "Your recovery codes") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		b.again(t, w.Body.String())

		b = o.in(t, sam)
		w = b.do("POST", "/guarded?part=2", wrote)
		f = hidden(t, w.Body.String(), "/account/passkeys")
		if code := o.authenticator(t, sam).register(b, "carry-to", f.Get("carry-to"), "carry", f.Get("carry")); code != 200 {
			t.Errorf("%d", code)
		}
	})
}

func TestNothingThatWasTypedIsLostUnderALock(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		b := o.shared(t, o.in(t, o.add(t, "Wren", "wren@example.org", access.Guide)))
		o.clock.Add(6 * time.Minute)
		w := b.do("POST", "/guarded?part=2", wrote)
		if w.Code != http.StatusUnauthorized || o.took != nil {
			t.Fatalf("%d %v", w.Code, o.took)
		}
		f := hidden(t, w.Body.String(), "/locked/pin")
		f.Set("pin", "111222")
		f = hidden(t, b.do("POST", "/locked/pin", f).Body.String(), "/locked/pin")
		f.Set("pin", pin)
		b.again(t, b.do("POST", "/locked/pin", f).Body.String())
	})
}

func TestNothingThatWasTypedIsLostWhenTheSessionHasEnded(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.in(t, wren)
		o.clock.Add(13 * time.Hour)
		w := b.do("POST", "/guarded?part=2", wrote)
		if body := w.Body.String(); w.Code != http.StatusUnauthorized || o.took != nil || !strings.Contains(body, "<h1>Please sign in</h1>") || !strings.Contains(body, `href="/sign-in" target="_blank"`) {
			t.Fatalf("%d %v %s", w.Code, o.took, body)
		}
		waits := w.Body.String()
		if w := b.do("POST", o.link(t, wren), url.Values{}); w.Code != http.StatusSeeOther { // in the other tab
			t.Fatalf("signing in: %d", w.Code)
		}
		b.again(t, waits)

		b.do("POST", "/sign-out", url.Values{})
		w = b.do("POST", "/guarded?part=2", url.Values{"text": {"a"}, "pin": {"480615"}})
		if body := w.Body.String(); w.Code != http.StatusUnauthorized || strings.Contains(body, "480615") || !strings.Contains(body, "too large to wait here") {
			t.Errorf("%d %s", w.Code, body)
		}
	})
}

func TestWhatIsTooLargeOrSecretDoesNotGoAlong(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.in(t, o.add(t, "Sam", "sam@example.org", access.Client))
	o.clock.Add(11 * time.Minute)
	o.wants = needsFresh
	for name, f := range map[string]url.Values{"large": {"text": {strings.Repeat("x", 181<<10)}}, "secret": {"pin": {"480615"}}} {
		w := b.do("POST", "/guarded?part=2", f)
		if body := w.Body.String(); w.Code != 403 || strings.Contains(body, "carry") || strings.Contains(body, "480615") || !strings.Contains(body, "too large to wait here") {
			t.Errorf("%s: %d %.300s", name, w.Code, body)
		}
	}
	w := b.do("POST", "/guarded?part=2", url.Values{"text": {strings.Repeat("\x01é", 20<<10-1)}}) // the longest as it is encoded
	f := hidden(t, w.Body.String(), "/account/confirm/mail")
	if w := b.do("POST", "/account/confirm/mail", f); w.Code != 200 || !strings.Contains(w.Body.String(), "carry") {
		t.Errorf("what may go along is too large on its way: %d", w.Code)
	}
}

// TestAFormGoesNowhereElse: what goes along is sent to this site alone.
func TestAFormGoesNowhereElse(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	b := o.in(t, o.add(t, "Sam", "sam@example.org", access.Client))
	o.clock.Add(11 * time.Minute)
	b.do("POST", "/account/confirm/mail", url.Values{})
	code := o.mailed(t, "sam@example.org")
	w := b.do("POST", "/account/confirm", url.Values{"code": {code}, "carry-to": {"//evil.example/take"}, "carry": {"eD15"}})
	if w.Header().Get("Location") != "/account" || strings.Contains(w.Body.String(), "evil") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Guide)
		here, there, sams := o.in(t, wren), o.in(t, wren), o.in(t, sam)
		o.clock.Add(4 * time.Minute)
		there.is(t, "session guide") // not written: it was written lately
		all, err := o.SessionsOf(o.ctx, wren)
		if err != nil || len(all) != 2 || !all[0].Seen.Equal(testkit.Now) || all[0].Device != "A browser" {
			t.Fatalf("%+v, %v", all, err)
		}
		o.clock.Add(2 * time.Minute)
		there.is(t, "session guide")
		if all, err = o.SessionsOf(o.ctx, wren); err != nil || !all[0].Seen.Equal(o.clock.Now()) {
			t.Errorf("%+v, %v", all, err)
		}
		page := here.do("GET", "/account", nil).Body.String()
		if strings.Count(page, "/account/sessions/") != 2 || strings.Count(page, "this one") < 1 {
			t.Errorf("the page lists %d", strings.Count(page, "/account/sessions/"))
		}
		end := "/account/sessions/" + all[0].ID.String() + "/end"
		sams.do("POST", end, url.Values{})
		there.is(t, "session guide") // nobody else ends it
		if w := here.do("POST", end, url.Values{}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		there.is(t, "public")
		here.is(t, "session guide")
		o.clock.Add(3*time.Hour + time.Second)
		if all, err = o.SessionsOf(o.ctx, wren); err != nil || len(all) != 0 {
			t.Errorf("one that has run out is listed: %+v, %v", all, err)
		}
	})
}
