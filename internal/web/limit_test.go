package web_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"held/internal/testkit"
	"held/internal/web"
)

func TestALimiterGivesTurnsBackWithTime(t *testing.T) {
	clock := testkit.NewClock(testkit.Now)
	l := &web.Limiter{Now: clock.Now, Every: time.Minute, Burst: 3}
	for i := range 3 {
		if ok, _ := l.Take("a"); !ok {
			t.Fatalf("turn %d of 3 was refused", i+1)
		}
	}
	ok, wait := l.Take("a")
	if ok || wait != time.Minute {
		t.Fatalf("the fourth turn: got %v after %v, want a wait of a minute", ok, wait)
	}
	if l.Wait("a") != time.Minute {
		t.Errorf("asking how long took something: %v", l.Wait("a"))
	}
	if ok, _ := l.Take("b"); !ok {
		t.Error("another key had to wait for the first")
	}
	clock.Add(59 * time.Second)
	if ok, _ := l.Take("a"); ok {
		t.Error("a turn came back too early")
	}
	clock.Add(time.Second)
	if ok, _ := l.Take("a"); !ok {
		t.Error("no turn came back after a minute")
	}
	clock.Add(time.Hour)
	for i := range 3 {
		if ok, _ := l.Take("a"); !ok {
			t.Errorf("after an hour only %d turns were back", i)
		}
	}
	if ok, _ := l.Take("a"); ok {
		t.Error("an hour gave more turns than the burst")
	}
}

func TestALimiterKeepsAtMostMaxKeys(t *testing.T) {
	clock := testkit.NewClock(testkit.Now)
	l := &web.Limiter{Now: clock.Now, Every: time.Minute, Burst: 1, Max: 16}
	for i := range 1000 {
		if ok, _ := l.Take(strconv.Itoa(i)); !ok {
			t.Fatalf("key %d, seen for the first time, was refused", i)
		}
		if n := l.Len(); n > 16 {
			t.Fatalf("%d keys are remembered after %d, want at most 16", n, i+1)
		}
	}
}

func TestWhoARequestComesFrom(t *testing.T) {
	for _, c := range []struct {
		name, peer, forwarded, want string
		ok                          bool
	}{
		{"a visitor on the open network", "203.0.113.9:4711", "", "203.0.113.9", true},
		{"a visitor who writes the header themselves", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9", true},
		{"this machine", "127.0.0.1:4711", "", "", false},
		{"this machine, IPv6", "[::1]:4711", "", "", false},
		{"behind a proxy on this machine", "127.0.0.1:4711", "198.51.100.1", "198.51.100.1", true},
		{"only the proxy's own word counts", "127.0.0.1:4711", "10.9.9.9, 198.51.100.1", "198.51.100.1", true},
		{"a proxy that says nonsense", "127.0.0.1:4711", "somebody", "", false},
		{"somebody in a private network who writes the header", "172.17.0.2:4711", "198.51.100.1", "172.17.0.2", true},
		{"somebody in a private network", "192.168.1.20:4711", "", "192.168.1.20", true},
		{"a household of IPv6", "[2001:db8:1:2:aaaa:bbbb:cccc:dddd]:4711", "", "2001:db8:1:2::/64", true},
		{"IPv4 inside IPv6", "[::ffff:203.0.113.9]:4711", "", "203.0.113.9", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			if got, ok := web.Client(r); got != c.want || ok != c.ok {
				t.Errorf("got %q %v, want %q %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// A proxy elsewhere is believed when the settings name it, and nobody beside it.
func TestANamedProxyIsBelieved(t *testing.T) {
	r := newRig(t, "https://held.example")
	var ok bool
	if r.Proxies, ok = web.ParseProxies("172.17.0.2, 2001:db8::/32"); !ok {
		t.Fatal("the list was refused")
	}
	var got string
	r.Limit = func(req *http.Request) error { got, _ = web.Client(req); return nil }
	for peer, want := range map[string]string{
		"172.17.0.2:4711": "198.51.100.1", "172.17.0.3:4711": "172.17.0.3", "[2001:db8::7]:4711": "198.51.100.1", "[::ffff:172.17.0.2]:1": "198.51.100.1",
	} {
		req := httptest.NewRequest("GET", "https://held.example/hello/x", nil)
		req.RemoteAddr = peer
		req.Header.Set("X-Forwarded-For", "203.0.113.5, 198.51.100.1")
		r.Handler().ServeHTTP(httptest.NewRecorder(), req)
		if got != want {
			t.Errorf("%s: %q, want %q", peer, got, want)
		}
	}
	for _, list := range []string{"everybody", "10.0.0.0/8, x", "0.0.0.0/0", "::/0", "10.0.0.1/40"} {
		if _, ok := web.ParseProxies(list); ok {
			t.Errorf("%q was taken", list)
		}
	}
}
