package push_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"held/internal/push"
	"held/internal/testkit"
)

func sender(p *testkit.PushService) *push.Sender {
	client := push.Client(&push.Allowed{Roots: p.Roots(), Address: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() }})
	return &push.Sender{Client: client, Now: p.Now, Contact: "https://practice.example"}
}

func of(b *testkit.Browser) push.Subscription {
	return push.Subscription{Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth}
}

func key(t *testing.T) push.Key {
	t.Helper()
	k, err := push.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAMessageIsReadByItsBrowserAlone(t *testing.T) {
	clock := testkit.NewClock(testkit.Now)
	p := testkit.NewPushService(t, clock.Now)
	b, k := p.Subscribe(t, "/one"), key(t)
	for _, words := range []string{"call", "test", strings.Repeat("x", 63)} {
		if err := sender(p).Send(t.Context(), k, of(b), push.Message{Plain: []byte(words), TTL: 90 * time.Second, Topic: "held"}); err != nil {
			t.Fatal(err)
		}
	}
	all := p.Arrived(b)
	public, err := k.Public()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[0].Plain != "call" || all[1].Plain != "test" || len(all[2].Plain) != 63 {
		t.Fatalf("%+v", all)
	}
	for _, a := range all {
		if a.TTL != "90" || a.Topic != "held" || a.Urgency != "high" || a.Key != base64.RawURLEncoding.EncodeToString(public) || a.Claims["sub"] != "https://practice.example" {
			t.Errorf("%+v", a)
		}
		if a.Length != all[0].Length {
			t.Error("how long it is tells what it is")
		}
	}
	for _, raw := range p.Raw() {
		if strings.Contains(string(raw), "call") || strings.Contains(string(raw), "test") {
			t.Error("it can be read on the way")
		}
	}
	other := p.Subscribe(t, "/other")
	odd := of(b)
	odd.Endpoint = other.Endpoint
	if err := sender(p).Send(t.Context(), k, odd, push.Message{Plain: []byte("call")}); !errors.Is(err, push.ErrRefused) {
		t.Errorf("another browser read it: %v", err)
	}
	if err := sender(p).Send(t.Context(), k, of(b), push.Message{Plain: make([]byte, 64)}); err == nil {
		t.Error("a message that is longer than all others went")
	}
}

func TestAKeyIsTheSameWhenItIsReadAgain(t *testing.T) {
	k := key(t)
	raw, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := push.ParseKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := k.Public()
	b, _ := again.Public()
	if string(a) != string(b) || len(a) != 65 {
		t.Error("another key came out")
	}
}

func TestWhatAServiceAnswersDecidesWhatIsDoneNext(t *testing.T) {
	p := testkit.NewPushService(t, testkit.NewClock(testkit.Now).Now)
	b, k := p.Subscribe(t, "/one"), key(t)
	send := func() error { return sender(p).Send(t.Context(), k, of(b), push.Message{Plain: []byte("call")}) }
	for status, want := range map[int]error{404: push.ErrGone, 410: push.ErrGone, 400: push.ErrRefused, 403: push.ErrRefused, 413: push.ErrRefused, 302: push.ErrRefused} {
		p.Answer(status, "Location", p.URL+"/elsewhere")
		if err := send(); !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if n := len(p.Raw()); n != 6 {
		t.Errorf("%d requests: a redirect was followed", n)
	}
	for _, status := range []int{429, 500, 503} {
		p.Answer(status, "Retry-After", "7")
		var later *push.Later
		if err := send(); !errors.As(err, &later) || later.After != 7*time.Second {
			t.Errorf("%d: %v", status, err)
		}
	}
	p.Close()
	var later *push.Later
	if err := send(); !errors.As(err, &later) {
		t.Errorf("nobody there: %v", err)
	} else if strings.Contains(err.Error(), "/one") {
		t.Errorf("the address of a browser stands in %q", err)
	}
}

// TestWhatMayHaveBeenTakenIsNotSentTwice hangs up after the request has come.
func TestWhatMayHaveBeenTakenIsNotSentTwice(t *testing.T) {
	p := testkit.NewPushService(t, testkit.NewClock(testkit.Now).Now)
	b := p.Subscribe(t, "/one")
	dead := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}))
	t.Cleanup(dead.Close)
	sub := of(b)
	sub.Endpoint = dead.URL + "/one"
	x := sender(p)
	x.Client = push.Client(&push.Allowed{Roots: dead.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Address: func(netip.AddrPort) bool { return true }})
	if err := x.Send(t.Context(), key(t), sub, push.Message{Plain: []byte("call")}); !errors.Is(err, push.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

func TestNothingIsSentToThisMachineOrANetworkOfItsOwn(t *testing.T) {
	p := testkit.NewPushService(t, testkit.NewClock(testkit.Now).Now)
	b := of(p.Subscribe(t, "/one"))
	x := &push.Sender{Client: push.Client(&push.Allowed{Roots: p.Roots()}), Now: p.Now}
	port := p.URL[strings.LastIndex(p.URL, ":"):]
	for _, endpoint := range []string{
		p.URL + "/one", "https://localhost" + port + "/one", "https://[::1]:443/x", "https://10.0.0.8/x", "https://192.168.1.1/x", "https://172.16.0.1/x", "https://169.254.169.254/latest/meta-data",
		"https://100.64.0.1/x", "https://0.0.0.0/x", "https://[fd00::1]/x", "https://[fe80::1]/x", "https://[::ffff:127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://[2002:7f00:1::]/x", "https://224.0.0.1/x",
		"https://255.255.255.255/x", "https://198.51.100.7/x", "https://8.8.8.8:22/x", "http://push.example/x", "ftp://push.example/x", "https://user:word@push.example/x", "https:///x", "push", "",
	} {
		b.Endpoint = endpoint
		if err := x.Send(t.Context(), key(t), b, push.Message{Plain: []byte("call")}); !errors.Is(err, push.ErrBad) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	if len(p.Raw()) != 0 {
		t.Error("something was sent")
	}
}

func TestOddSubscriptionsAreRefused(t *testing.T) {
	p := testkit.NewPushService(t, testkit.NewClock(testkit.Now).Now)
	good := of(p.Subscribe(t, "/one"))
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, odd := range map[string]func(*push.Subscription){
		"no key": func(s *push.Subscription) { s.P256DH = "" },
		"a point off the curve": func(s *push.Subscription) {
			s.P256DH = base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...))
		},
		"a short secret": func(s *push.Subscription) { s.Auth = "AAAA" },
		"a line end":     func(s *push.Subscription) { s.Endpoint += "\r\nHost: x" },
		"far too long":   func(s *push.Subscription) { s.Endpoint += strings.Repeat("x", 3000) },
	} {
		s := good
		odd(&s)
		if s.Check() == nil {
			t.Error(name + " was taken")
		}
	}
}
