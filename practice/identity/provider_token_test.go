package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"held/internal/mail"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/identity"
)

// handmade is a provider whose every word is the test's.
type handmade struct {
	o      *door
	issuer string
	key    *ecdsa.PrivateKey
	claims map[string]any
	info   map[string]any
	says   map[string]any // beside what every provider says of itself
	sign   func(claims []byte) string
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, claims []byte) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	word, err := made.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return word
}

func newHandmade(t *testing.T, o *door) *handmade {
	t.Helper()
	h := &handmade{o: o, key: newKey(t)}
	h.sign = func(c []byte) string { return signed(t, jose.ES256, h.key, c) }
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		says := map[string]any{
			"issuer": h.issuer, "authorization_endpoint": h.issuer + "/auth", "token_endpoint": h.issuer + "/token", "jwks_uri": h.issuer + "/keys",
			"userinfo_endpoint": h.issuer + "/info", "id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
		}
		maps.Copy(says, h.says)
		answer(w, says)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: h.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.info) })
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if id, secret, ok := r.BasicAuth(); !ok || id != "held" || secret != url.QueryEscape(clientSecret) {
			t.Errorf("asked by %q, %q", id, secret)
		}
		c, err := json.Marshal(h.claims)
		if err != nil {
			t.Error(err)
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": h.sign(c)})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.issuer = server.URL
	h.renew()
	return h
}

// renew forgets what is known of the provider.
func (h *handmade) renew() {
	h.o.id.Provider = &identity.Provider{Issuer: h.issuer, Client: "held", Secret: clientSecret}
}

// through goes there and back with a token that is right but for what change
// does to it, and an answer that is but for more.
func (h *handmade) through(t *testing.T, b *browser, change, more map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.Parse(b.setOut(t, "?next=/desk/week"))
	if err != nil {
		t.Fatal(err)
	}
	now := h.o.clock.Now()
	h.claims = map[string]any{
		"iss": h.issuer, "sub": "u1", "aud": "held", "nonce": u.Query().Get("nonce"), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"email": "wren@example.org", "email_verified": true,
	}
	set(h.claims, change)
	q := map[string]any{"state": u.Query().Get("state"), "code": "c"}
	set(q, more)
	back := url.Values{}
	for name, value := range q {
		back.Set(name, value.(string))
	}
	return b.do("GET", "/sign-in/provider/back?"+back.Encode(), nil)
}

func set(in, change map[string]any) {
	for name, value := range change {
		if in[name] = value; value == nil {
			delete(in, name)
		}
	}
}

type are = map[string]any

func TestATokenThatDoesNotFitSignsNobodyIn(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	h := newHandmade(t, o)
	o.add(t, "Wren", "wren@example.org", access.Guide)
	b := o.browser()
	if w := h.through(t, b, nil, nil); w.Header().Get("Location") != "/desk/week" {
		t.Fatalf("the right one: %d %s %s", w.Code, w.Body, o.log)
	}
	b.is(t, "session guide")
	other := newKey(t)
	right := h.sign
	now := o.clock.Now()
	for what, c := range map[string]struct {
		token, answer are
		sign          func([]byte) string
	}{
		"another nonce":                {token: are{"nonce": "x"}},
		"no nonce":                     {token: are{"nonce": nil}},
		"for another program":          {token: are{"aud": "other"}},
		"for others as well":           {token: are{"aud": []string{"held", "other"}}},
		"asked for by another program": {token: are{"aud": []string{"held", "other"}, "azp": "other"}},
		"of another issuer":            {token: are{"iss": "https://login.example"}},
		"that has ended":               {token: are{"exp": now.Add(-time.Second).Unix()}},
		"that does not count yet":      {token: are{"nbf": now.Add(time.Hour).Unix()}},
		"about nobody":                 {token: are{"sub": nil}},
		"that belongs to another one":  {token: are{"at_hash": "x"}},
		"with claims of another kind":  {token: are{"email": 7}},
		"signed by somebody else":      {sign: func(c []byte) string { return signed(t, jose.ES256, other, c) }},
		"signed with the secret":       {sign: func(c []byte) string { return signed(t, jose.HS256, []byte(clientSecret+clientSecret), c) }},
		"signed by nobody": {sign: func(c []byte) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(c) + "."
		}},
		"none at all":           {sign: func([]byte) string { return "" }},
		"from another provider": {answer: are{"iss": "https://login.example"}},
		"an error":              {answer: are{"error": "server_error", "error_description": "wren@example.org"}},
		"no code":               {answer: are{"code": nil}},
		"info about another account, and no mail": {token: are{"email": nil}},
	} {
		h.info = are{"sub": "u2", "email": "wren@example.org", "email_verified": true}
		if h.sign = c.sign; c.sign == nil {
			h.sign = right
		}
		o.clock.Add(time.Minute) // so that nobody comes too often
		b := o.browser()
		w := h.through(t, b, c.token, c.answer)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Nobody was signed in") {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
		b.is(t, "public")
	}
	if strings.Contains(o.log.String(), "example.org") {
		t.Errorf("the log says %s", o.log)
	}
	h.sign = right
	b = o.browser()
	if w := h.through(t, b, nil, are{"error": "access_denied", "code": nil}); w.Code != 422 || !strings.Contains(w.Body.String(), "broken off") {
		t.Errorf("broken off: %d %s", w.Code, w.Body)
	}
	b.is(t, "public")
}

func TestAProviderThatNamesItselfMustDoSoEachTime(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	h := newHandmade(t, o)
	h.says = are{"authorization_response_iss_parameter_supported": true}
	o.add(t, "Wren", "wren@example.org", access.Guide)
	if w := h.through(t, o.browser(), nil, nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without its name: %d", w.Code)
	}
	if w := h.through(t, o.browser(), nil, are{"iss": h.issuer}); w.Code != 303 {
		t.Errorf("with its name: %d %s", w.Code, w.Body)
	}
}

func TestAProviderIsNotAskedInTheClear(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	h := newHandmade(t, o)
	o.add(t, "Wren", "wren@example.org", access.Guide)
	h.says = are{"token_endpoint": "http://login.example/token"}
	if w := h.through(t, o.browser(), nil, nil); w.Code != http.StatusServiceUnavailable || !strings.Contains(o.log.String(), "without https") {
		t.Errorf("%d %s", w.Code, o.log)
	}
	h.says = are{"authorization_endpoint": "javascript:alert(1)"}
	h.renew()
	if w := o.browser().do("GET", "/sign-in/provider", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	h.says = are{"issuer": "https://login.example"}
	h.renew()
	if w := o.browser().do("GET", "/sign-in/provider", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("another one answers in its name: %d", w.Code)
	}
}

// TestOnlyMoreThanOneFactorMakesASessionStrong, and only now makes it fresh.
func TestOnlyMoreThanOneFactorMakesASessionStrong(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	h := newHandmade(t, o)
	o.add(t, "Wren", "wren@example.org", access.Guide)
	for _, c := range []struct {
		methods any
		ago     time.Duration
		want    string
	}{
		{nil, 0, "session guide"},
		{[]string{"pwd"}, 0, "session guide"},
		{[]string{"otp"}, 0, "session guide"},
		{[]string{"pwd", "sms"}, 0, "session guide"},
		{[]string{"pwd", "pin"}, 0, "session guide"},
		{"mfa", 0, "session guide"},
		{[]string{"pwd", "otp"}, 0, "session guide, strong, fresh"},
		{[]string{"pin", "sc"}, 0, "session guide, strong, fresh"},
		{[]string{"mfa"}, 9 * time.Minute, "session guide, strong, fresh"},
		{[]string{"hwk"}, 0, "session guide, strong, fresh"},
		{[]string{"hwk"}, 10 * time.Minute, "session guide, strong"},
		{[]string{"hwk"}, -1, "session guide, strong"}, // it does not say when
	} {
		o.clock.Add(time.Minute)
		token := are{"amr": c.methods, "auth_time": o.clock.Now().Add(-c.ago).Unix()}
		if c.ago < 0 {
			token["auth_time"] = nil
		}
		b := o.browser()
		if w := h.through(t, b, token, nil); w.Code != 303 {
			t.Fatalf("%v: %d %s", c, w.Code, w.Body)
		}
		b.is(t, c.want)
	}
	// Who is strong by the provider alone, and not just now, is not sent in circles.
	o.clock.Add(time.Minute)
	b := o.browser()
	h.through(t, b, are{"amr": []string{"mfa"}}, nil)
	w := b.do("GET", "/account/confirm?next=/desk/week", nil)
	if w.Header().Get("Location") != "/account/second?next=%2Fdesk%2Fweek" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	w = b.do("GET", w.Header().Get("Location"), nil)
	if !strings.Contains(w.Body.String(), "Sign in again with 127.0.0.1") || !strings.Contains(w.Body.String(), "/sign-in/provider?again=1&amp;next=%2Fdesk%2Fweek") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if u, err := url.Parse(b.setOut(t, "?again=1&next=/desk/week")); err != nil || u.Query().Get("prompt") != "login" || u.Query().Get("max_age") != "0" {
		t.Errorf("%s, %v", u, err)
	}
}

func TestWhatIsLinkedCanBeTakenOut(t *testing.T) {
	o := newDoor(t, testkit.SQLite(t), "https://held.example")
	h := newHandmade(t, o)
	o.add(t, "Wren", "wren@example.org", access.Guide)
	b := o.browser()
	h.through(t, b, nil, nil)
	if page := b.do("GET", "/account", nil).Body.String(); !strings.Contains(page, "Identity provider") {
		t.Error(page)
	}
	if w := b.do("POST", "/account/provider/remove", url.Values{}); w.Code != http.StatusForbidden || rows(t, o, "identity_subjects") != 1 {
		t.Errorf("by whoever has not just proved who they are: %d", w.Code)
	}
	b = o.browser()
	h.through(t, b, are{"amr": []string{"mfa"}, "auth_time": o.clock.Now().Unix()}, nil)
	if w := b.do("POST", "/account/provider/remove", url.Values{}); w.Code != 303 || rows(t, o, "identity_subjects") != 0 {
		t.Errorf("%d", w.Code)
	}
	if err := o.id.Letters.Send(o.ctx); err != nil || !slices.ContainsFunc(o.sent, func(m *mail.Message) bool { return strings.Contains(m.Text, "was taken out") }) {
		t.Errorf("%d letters, %v", len(o.sent), err)
	}
	if w := h.through(t, o.browser(), are{"email_verified": "true"}, nil); w.Code != 303 || rows(t, o, "identity_subjects") != 1 {
		t.Errorf("linked again: %d", w.Code)
	}
	for range 20 {
		if w := o.browser().do("GET", "/sign-in/provider", nil); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			return
		}
	}
	t.Error("somebody may come as often as they like")
}
