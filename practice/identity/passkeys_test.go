package identity_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

// authenticator is somebody's device with one passkey on it.
type authenticator struct {
	t    *testing.T
	o    *door
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

func (o *door) authenticator(t *testing.T, p people.Person) *authenticator {
	t.Helper()
	u, err := url.Parse(o.base)
	if err != nil {
		t.Fatal(err)
	}
	return &authenticator{t: t, o: o,
		rp:   virtualwebauthn.RelyingParty{ID: u.Hostname(), Name: "Appointments", Origin: o.base},
		auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: p.ID[:], BackupEligible: true, BackupState: true}),
		cred: newCredential(),
	}
}

// newCredential draws until the key's numbers are of full length: this library
// writes shorter ones without their leading noughts, which no device does.
func newCredential() virtualwebauthn.Credential {
	const full = 77
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == full {
			return c
		}
	}
}

// asked gets a challenge in a browser.
func (a *authenticator) asked(b *browser, path string) (handle, public string) {
	a.t.Helper()
	w := b.do("POST", path, url.Values{})
	var o struct {
		Handle    string
		PublicKey json.RawMessage
	}
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || w.Code != 200 || o.Handle == "" {
		a.t.Fatalf("%s: %d %s, %v", path, w.Code, w.Body, err)
	}
	return o.Handle, string(o.PublicKey)
}

// register adds the passkey in a browser and gives the answer.
func (a *authenticator) register(b *browser, more ...string) int {
	a.t.Helper()
	handle, public := a.asked(b, "/account/passkeys/options")
	options, err := virtualwebauthn.ParseAttestationOptions(public)
	if err != nil {
		a.t.Fatal(err)
	}
	f := url.Values{"handle": {handle}, "credential": {virtualwebauthn.CreateAttestationResponse(a.rp, a.auth, a.cred, *options)}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return b.do("POST", "/account/passkeys", f).Code
}

// answer is what the device says to a challenge.
func (a *authenticator) answer(public string) string {
	a.t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(public)
	if err != nil {
		a.t.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(a.rp, a.auth, a.cred, *options)
}

// give answers the challenge of one address at another.
func (a *authenticator) give(b *browser, options, to string, more ...string) int {
	a.t.Helper()
	handle, public := a.asked(b, options)
	f := url.Values{"handle": {handle}, "credential": {a.answer(public)}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return b.do("POST", to, f).Code
}

func (a *authenticator) signIn(b *browser, more ...string) int {
	a.t.Helper()
	return a.give(b, "/sign-in/options", "/sign-in/passkey", more...)
}

// withPasskey signs somebody in by a link and adds a passkey.
func (o *door) withPasskey(t *testing.T, p people.Person) (*browser, *authenticator) {
	t.Helper()
	b, a := o.in(t, p), o.authenticator(t, p)
	if code := a.register(b, "name", "my key"); code != http.StatusSeeOther {
		t.Fatalf("registering: %d", code)
	}
	return b, a
}

func TestAPasskeySignsInWithoutAnAddress(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b, key := o.withPasskey(t, wren)
		b.is(t, "session guide, strong, fresh") // it has just been given
		all, err := o.id.Passkeys(o.ctx, wren.ID)
		if err != nil || len(all) != 1 || all[0].Name != "my key" || !all[0].Made.Equal(testkit.Now) {
			t.Errorf("%+v, %v", all, err)
		}
		o.clock.Add(time.Hour)
		other := o.browser()
		if code := key.signIn(other, "next", "/desk/week"); code != http.StatusSeeOther {
			t.Fatalf("%d", code)
		}
		other.is(t, "session guide, strong, fresh")
		if all, err = o.id.Passkeys(o.ctx, wren.ID); err != nil || !all[0].Used.Equal(o.clock.Now()) {
			t.Errorf("last used %v, %v", all[0].Used, err)
		}
		o.clock.Add(10 * time.Minute)
		other.is(t, "session guide, strong")
		o.in(t, wren).is(t, "session guide") // by a link: in, and not strong
	})
}

func TestAChallengeIsAnsweredOnceAndInTime(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		_, key := o.withPasskey(t, o.add(t, "Wren", "wren@example.org", access.Guide))
		handle, public := key.asked(o.browser(), "/sign-in/options")
		f := url.Values{"handle": {handle}, "credential": {key.answer(public)}}
		if w := o.browser().do("POST", "/sign-in/passkey", f); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		if w := o.browser().do("POST", "/sign-in/passkey", f); w.Code != http.StatusGone {
			t.Errorf("the same answer again: %d", w.Code)
		}
		handle, public = key.asked(o.browser(), "/sign-in/options")
		o.clock.Add(10 * time.Minute)
		if w := o.browser().do("POST", "/sign-in/passkey", url.Values{"handle": {handle}, "credential": {key.answer(public)}}); w.Code != http.StatusGone {
			t.Errorf("too late: %d", w.Code)
		}
		o.clock.Add(time.Minute)
		if err := o.id.Sweep(o.ctx); err != nil || rows(t, o, "identity_ceremonies") != 0 {
			t.Errorf("%d challenges are left, %v", rows(t, o, "identity_ceremonies"), err)
		}
	})
}

func TestAChallengeOpensNothingButWhatItWasMadeFor(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b, key := o.withPasskey(t, wren)
		if code := key.give(b, "/account/confirm/options", "/sign-in/passkey"); code != http.StatusGone {
			t.Errorf("a confirmation signs in: %d", code)
		}
		if code := key.give(b, "/sign-in/options", "/account/confirm/passkey"); code != http.StatusGone {
			t.Errorf("a sign-in confirms: %d", code)
		}
		other := o.in(t, wren) // another session of the same person
		handle, public := key.asked(b, "/account/confirm/options")
		if w := other.do("POST", "/account/confirm/passkey", url.Values{"handle": {handle}, "credential": {key.answer(public)}}); w.Code != http.StatusGone {
			t.Errorf("in another session: %d", w.Code)
		}
		other.is(t, "session guide")
		if code := key.give(other, "/account/confirm/options", "/account/confirm/passkey"); code != http.StatusSeeOther {
			t.Errorf("in its own: %d", code)
		}
		other.is(t, "session guide, strong, fresh")
	})
}

// TestWhateverIsWrongWithAPasskeyTheAnswerIsTheSame: nothing tells a key that
// is not known from one that was forged, or whose owner works here no more.
func TestWhateverIsWrongWithAPasskeyTheAnswerIsTheSame(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam, gone := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Client), o.add(t, "Tern", "tern@example.org", access.Client)
		_, known := o.withPasskey(t, wren)
		_, former := o.withPasskey(t, gone)
		o.write(t, func(tx *db.Tx) error { return o.Revoke(o.ctx, tx, gone.ID, access.Client) })
		another := o.authenticator(t, wren)                                          // never registered
		nobody := o.authenticator(t, people.Person{ID: db.NewID()})                  // of nobody
		elsewhere, as, unseen, short := *known, *known, *known, *known               // Wren's key in other hands
		elsewhere.rp.Origin = "https://held.example.evil.example"                    // made on another site
		as.auth.Options.UserHandle = sam.ID[:]                                       // as somebody else
		unseen.auth.Options.UserNotVerified = true                                   // nobody showed finger or PIN
		short.auth.Options.UserHandle = []byte("short")                              //
		torn := func(s string) string { return s[:len(s)/2] }                        //
		more := func(s string) string { return `{"prf":{"first":"x"},` + s[1:] }     // what must never arrive
		flip := func(s string) string { return strings.Replace(s, "MEU", "MEQ", 1) } //
		var first string
		for name, c := range map[string]struct {
			a      *authenticator
			change func(string) string
		}{
			"unknown": {another, nil}, "of nobody": {nobody, nil}, "former": {former, nil}, "elsewhere": {&elsewhere, nil}, "as another": {&as, nil},
			"not verified": {&unseen, nil}, "short": {&short, nil}, "torn": {known, torn}, "more": {known, more}, "forged": {known, flip},
		} {
			b := o.browser()
			handle, public := c.a.asked(b, "/sign-in/options")
			answer := c.a.answer(public)
			if c.change != nil {
				if changed := c.change(answer); changed == answer {
					continue // this signature has no such letters
				} else {
					answer = changed
				}
			}
			w := b.do("POST", "/sign-in/passkey", url.Values{"handle": {handle}, "credential": {answer}})
			if w.Code != 422 || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s: %d %v", name, w.Code, w.Result().Cookies())
			}
			if first == "" {
				first = w.Body.String()
			}
			if w.Body.String() != first {
				t.Errorf("%s is answered otherwise", name)
			}
		}
		if w := o.browser().do("POST", "/sign-in/passkey", url.Values{"next": {"/desk"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "needs scripts") {
			t.Errorf("without scripts: %d %s", w.Code, w.Body)
		}
	})
}

// TestAPasskeyThatMayHaveBeenCopiedIsSetAside, its owner is told and has the
// link; one that never counts is not suspected.
func TestAPasskeyThatMayHaveBeenCopiedIsSetAside(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		_, key := o.withPasskey(t, wren)
		for range 2 {
			if code := key.signIn(o.browser()); code != 303 {
				t.Errorf("one that does not count: %d", code)
			}
		}
		key.cred.Counter = 8
		if code := key.signIn(o.browser()); code != 303 {
			t.Errorf("%d", code)
		}
		key.cred.Counter = 7
		if code := key.signIn(o.browser()); code != 422 {
			t.Errorf("the counter went back: %d", code)
		}
		key.cred.Counter = 20
		if code := key.signIn(o.browser()); code != 422 {
			t.Errorf("set aside: %d", code)
		}
		o.told(t, "wren@example.org", "A passkey was added", "A passkey was set aside")
		o.in(t, wren).is(t, "session guide")
	})
}

// told finds the letters about somebody's sign-in: one for each sentence.
func (o *door) told(t *testing.T, to string, sentences ...string) {
	t.Helper()
	if err := o.id.Letters.Send(o.ctx); err != nil {
		t.Fatal(err)
	}
	var mine []string
	for _, m := range o.sent {
		if m.To != to || m.Subject != "Your sign-in" {
			continue
		}
		if strings.HasPrefix(m.Text, "Somebody signed in") && !slices.ContainsFunc(sentences, func(s string) bool { return strings.HasPrefix(s, "Somebody signed in") }) {
			continue // every browser of these tests is a new one
		}
		mine = append(mine, m.Text)
		if strings.Contains(m.Text, "House") || strings.Contains(m.Text, "Wren") {
			t.Errorf("a letter that says too much: %s", m.Text)
		}
	}
	for _, s := range sentences {
		found := 0
		for _, text := range mine {
			if strings.HasPrefix(text, s) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d letters say %q, among %q", found, s, mine)
		}
	}
	if len(mine) != len(sentences) {
		t.Errorf("%d letters, want %d: %q", len(mine), len(sentences), mine)
	}
	o.sent = nil
}

func TestAPasskeyIsNamedAndRemoved(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren, sam := o.add(t, "Wren", "wren@example.org", access.Guide), o.add(t, "Sam", "sam@example.org", access.Guide)
		b, key := o.withPasskey(t, wren)
		all, err := o.id.Passkeys(o.ctx, wren.ID)
		if err != nil {
			t.Fatal(err)
		}
		id := all[0].ID.String()
		path := "/account/passkeys/" + id
		thief, _ := o.withPasskey(t, sam)
		if w := thief.do("POST", path+"/name", url.Values{"name-" + id: {"Mine"}}); w.Code != 404 {
			t.Errorf("somebody else names it: %d", w.Code)
		}
		thief.do("POST", path+"/remove", url.Values{})
		if w := b.do("POST", path+"/name", url.Values{"name-" + id: {"  "}}); w.Code != 422 {
			t.Errorf("no name: %d", w.Code)
		}
		if w := b.do("POST", path+"/name", url.Values{"name-" + id: {"The blue one"}}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		if all, err = o.id.Passkeys(o.ctx, wren.ID); err != nil || len(all) != 1 || all[0].Name != "The blue one" {
			t.Errorf("%+v, %v", all, err)
		}
		o.clock.Add(11 * time.Minute)
		if w := b.do("POST", path+"/remove", url.Values{}); w.Code != 403 {
			t.Errorf("without proving it again: %d", w.Code)
		}
		if code := key.give(b, "/account/confirm/options", "/account/confirm/passkey"); code != 303 {
			t.Fatalf("%d", code)
		}
		if w := b.do("POST", path+"/remove", url.Values{}); w.Code != 303 {
			t.Errorf("%d", w.Code)
		}
		b.is(t, "session guide") // with nothing left to prove it by, it is not strong
		if code := key.signIn(o.browser()); code != 422 {
			t.Errorf("a removed one opens: %d", code)
		}
		o.told(t, "wren@example.org", "A passkey was added", "A passkey was taken out")
		entries, err := o.Trail.Of(o.ctx, wren.ID, db.ID{}, 20)
		var lines []string
		for _, e := range entries {
			lines = append(lines, e.Line(true))
		}
		if err != nil || !strings.Contains(strings.Join(lines, "; "), "removed a passkey of yours; added a passkey of yours; signed in") {
			t.Errorf("the trail says %q, %v", lines, err)
		}
	})
}

func TestOnlyWhoHasJustProvedThemselvesAddsAPasskey(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b, key := o.withPasskey(t, wren)
		mail := o.in(t, wren) // somebody who reads their mail
		if w := mail.do("POST", "/account/passkeys/options", url.Values{}); w.Code != 403 {
			t.Errorf("by a link alone: %d", w.Code)
		}
		o.clock.Add(11 * time.Minute)
		if w := b.do("POST", "/account/passkeys/options", url.Values{}); w.Code != 403 {
			t.Errorf("eleven minutes later: %d", w.Code)
		}
		if code := key.give(b, "/account/confirm/options", "/account/confirm/passkey"); code != 303 {
			t.Fatalf("%d", code)
		}
		second := o.authenticator(t, wren)
		if code := second.register(b); code != 303 {
			t.Errorf("a second one: %d", code)
		}
		if code := second.register(b); code != http.StatusConflict {
			t.Errorf("the same again: %d", code)
		}
		for _, a := range []*authenticator{key, second} {
			if code := a.signIn(o.browser()); code != 303 {
				t.Errorf("one of two: %d", code)
			}
		}
		all, err := o.id.Passkeys(o.ctx, wren.ID)
		if err != nil || len(all) != 2 || all[1].Name != "A browser" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestTheFirstPasskeyNeedsMailThatWasShownLately: whoever finds a browser open
// cannot make themselves at home in it.
func TestTheFirstPasskeyNeedsMailThatWasShownLately(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		o := newDoor(t, d, "https://held.example")
		wren := o.add(t, "Wren", "wren@example.org", access.Guide)
		b := o.in(t, wren)
		o.clock.Add(31 * time.Minute)
		if w := b.do("POST", "/account/passkeys/options", url.Values{}); w.Code != 403 {
			t.Errorf("%d", w.Code)
		}
		if w := b.do("POST", "/account/confirm/mail", url.Values{"next": {"/account/second"}}); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		code := o.mailed(t, "wren@example.org")
		if w := b.do("POST", "/account/confirm", url.Values{"code": {code}, "next": {"/account/second"}}); w.Header().Get("Location") != "/account/second" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		b.is(t, "session guide") // their mail alone makes nobody who works here fresh
		if code := o.authenticator(t, wren).register(b); code != 303 {
			t.Errorf("%d", code)
		}
		b.is(t, "session guide, strong, fresh")
	})
}

// mailed is the code in the newest letter to somebody.
func (o *door) mailed(t *testing.T, to string) string {
	t.Helper()
	if err := o.id.Letters.Send(o.ctx); err != nil {
		t.Fatal(err)
	}
	for i := len(o.sent) - 1; i >= 0; i-- {
		if m := o.sent[i]; m.To == to && m.Subject == "Your code" {
			return regexp.MustCompile(`\b\d{6}\b`).FindString(m.Text)
		}
	}
	t.Fatalf("no code for %s", to)
	return ""
}
