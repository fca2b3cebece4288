package identity

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"held/internal/fault"
)

// Provider is the practice's own identity provider, by OpenID Connect. It is
// looked up when it is first needed, so that the program starts without it.
type Provider struct {
	Issuer string // as the provider writes it into its tokens
	Client string // what this practice's program is called there
	Secret string

	mu     sync.Mutex
	found  *found
	failed time.Time // when it was last looked for in vain
}

// found is what the provider says of itself.
type found struct {
	*oidc.Provider
	endpoint oauth2.Endpoint
	names    bool // it says on every answer who it is
}

// How long the provider is waited for, how much of an answer is read, and how
// soon it is looked for again after it did not answer.
const (
	providerWaits  = 8 * time.Second
	providerAnswer = 1 << 20
	providerAgain  = 15 * time.Second
)

// GoodIssuer tells whether an address can be an identity provider's: https, or
// this machine.
func GoodIssuer(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil && private(u)
}

// private tells whether what is sent to an address can be read by nobody on the way.
func private(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Host is what people know the provider by.
func (p *Provider) Host() string {
	u, err := url.Parse(p.Issuer)
	if err != nil {
		return p.Issuer
	}
	return u.Host
}

// guardedTransport asks nobody in the clear, and reads no answer without end.
type guardedTransport struct{}

func (guardedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !private(r.URL) {
		return nil, errors.New("the identity provider names an address without https")
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	a.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(a.Body, providerAnswer), a.Body}
	return a, nil
}

// providerClient follows nobody elsewhere.
var providerClient = &http.Client{
	Transport: guardedTransport{}, Timeout: providerWaits,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// look finds out where the provider wants to be asked. Whoever comes while it
// does not answer is told so, and does not wait for it in a row.
func (p *Provider) look(ctx context.Context, now time.Time) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if since := now.Sub(p.failed); since >= 0 && since < providerAgain {
		return nil, p.away(errors.New("it did not answer a moment ago"))
	}
	f, err := p.discover(context.WithoutCancel(ctx)) // whoever leaves the page breaks nothing off
	if err != nil {
		p.failed = now
		return nil, p.away(err)
	}
	p.found = f
	return f, nil
}

func (p *Provider) discover(ctx context.Context) (*found, error) {
	at, err := oidc.NewProvider(oidc.ClientContext(ctx, providerClient), p.Issuer)
	if err != nil {
		return nil, bounded(err)
	}
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Names   bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := at.Claims(&says); err != nil {
		return nil, bounded(err)
	}
	f := &found{Provider: at, endpoint: at.Endpoint(), names: says.Names}
	// A code counts once: the way to show the secret is not found by trying.
	f.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		f.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	if u, err := url.Parse(f.endpoint.AuthURL); err != nil || !private(u) {
		return nil, errors.New("the identity provider's sign-in page has no https address")
	}
	return f, nil
}

// bounded keeps a foreign answer from filling the log.
func bounded(err error) error {
	const most = 300
	if text := err.Error(); len(text) > most {
		return errors.New(text[:most] + "…")
	}
	return err
}

func (p *Provider) away(err error) error {
	return fault.New(fault.Unavailable, p.Host()+" does not answer as it should at the moment. Nobody was signed in. Please use a passkey or the link by mail, or try again shortly.").With(err)
}

func (p *Provider) config(f *found, base string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: f.endpoint, RedirectURL: base + "/sign-in/provider/back", Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// account is whom the provider vouches for.
type account struct {
	subject  string
	email    string // empty unless the provider has made sure of it
	methods  []string
	signedIn time.Time // at the provider; zero where it does not say
}

// ask redeems a code and checks the token that comes for it: by whom, for
// whom, for which question, until when.
func (p *Provider) ask(ctx context.Context, f *found, base string, t trip, code string, now func() time.Time) (a account, err error) {
	ctx = oidc.ClientContext(ctx, providerClient)
	got, err := p.config(f, base).Exchange(ctx, code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return a, p.unproved(withoutBody(err))
	}
	raw, _ := got.Extra("id_token").(string)
	token, err := f.Verifier(&oidc.Config{ClientID: p.Client, Now: now}).Verify(ctx, raw)
	if err != nil {
		return a, p.unproved(bounded(err))
	}
	if !hmac.Equal([]byte(token.Nonce), []byte(t.Nonce)) {
		return a, p.unproved(errors.New("the token answers another question"))
	}
	if token.Subject == "" {
		return a, p.unproved(errors.New("the token is about nobody"))
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(got.AccessToken) != nil {
		return a, p.unproved(errors.New("the token belongs to another one"))
	}
	c, err := readClaims(token)
	if err != nil {
		return a, p.unproved(bounded(err))
	}
	if c.Party != "" && c.Party != p.Client || len(token.Audience) > 1 && c.Party == "" {
		return a, p.unproved(errors.New("the token was made for somebody else as well"))
	}
	a = account{subject: token.Subject, email: c.sure(), methods: c.Methods}
	if c.SignedIn > 0 {
		a.signedIn = time.Unix(c.SignedIn, 0)
	}
	if c.Email == "" && f.UserInfoEndpoint() != "" {
		a.email, err = p.mailOf(ctx, f, got, token.Subject)
	}
	return a, err
}

// mailOf asks for what the token does not say.
func (p *Provider) mailOf(ctx context.Context, f *found, t *oauth2.Token, subject string) (string, error) {
	u, err := f.UserInfo(ctx, oauth2.StaticTokenSource(t))
	if err != nil {
		return "", p.unproved(errors.New("the provider does not say more about the account"))
	}
	if u.Subject != subject {
		return "", p.unproved(errors.New("the provider tells about another account"))
	}
	if !u.EmailVerified {
		return "", nil
	}
	return u.Email, nil
}

// withoutBody keeps what a provider answers out of the log.
func withoutBody(err error) error {
	if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok && r.Response != nil {
		return fmt.Errorf("the code was not redeemed: %s %.60q", r.Response.Status, r.ErrorCode)
	}
	return bounded(err)
}

func (p *Provider) unproved(err error) error {
	return fault.New(fault.Unavailable, p.Host()+" did not show who you are in a way that counts here. Nobody was signed in. Please begin again; a passkey and the link by mail work as always.").With(err)
}

// claims are the parts of a token that are looked at beside those that the
// library checks.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some write "true"
	Party    string `json:"azp"`
	Methods  []string
	SignedIn int64
}

func readClaims(t *oidc.IDToken) (c claims, err error) {
	if err := t.Claims(&c); err != nil {
		return c, err
	}
	// Where these are missing, or written in another way, they prove nothing.
	var how struct {
		Methods []string `json:"amr"`
	}
	if t.Claims(&how) == nil {
		c.Methods = how.Methods
	}
	var when struct {
		SignedIn int64 `json:"auth_time"`
	}
	if t.Claims(&when) == nil {
		c.SignedIn = when.SignedIn
	}
	return c, nil
}

// sure is the address, where the provider has made sure whose it is.
func (c claims) sure() string {
	if c.Verified == true || c.Verified == "true" {
		return c.Email
	}
	return ""
}

// What somebody knows, and what they have or are, among the ways of signing in
// that RFC 8176 names. Messages by telephone are not among them: they are read
// by whoever takes over a number.
var (
	knows = []string{"pwd", "pin"}
	shows = []string{"otp", "swk", "sc", "fpt", "face", "iris", "retina", "vbm"}
)

// strong tells whether more than one factor, or hardware, was used.
func strong(methods []string) bool {
	has := func(ways ...string) bool {
		return slices.ContainsFunc(methods, func(m string) bool { return slices.Contains(ways, m) })
	}
	return has("mfa", "hwk") || has(knows...) && has(shows...)
}
