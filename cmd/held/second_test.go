package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// withApp sets up an authenticator app for whoever has just signed in here, as
// they would.
func (b *browser) withApp(now time.Time) {
	b.t.Helper()
	page := b.must(b.send(b.t.Context(), "POST", "/account/app", url.Values{}, "")).body
	code, err := totp.GenerateCode(appSecret(b.t, page), now)
	if err != nil {
		b.t.Fatal(err)
	}
	if got := b.fillIn(page, "/account/app/confirm", "code", code); got.status != http.StatusOK {
		b.t.Fatalf("the app's code: %d\n%s", got.status, words(got.body))
	}
}

// appSecret is what the page tells an app.
func appSecret(t testing.TB, page string) string {
	t.Helper()
	for _, a := range elements(t, page, "a") {
		if u, err := url.Parse(attr(a, "href")); err == nil && strings.HasPrefix(u.Scheme, "otpauth") {
			return u.Query().Get("secret")
		}
	}
	t.Fatalf("nothing for an app on\n%s", words(page))
	return ""
}
