package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"held/internal/web"
)

// A page elsewhere that lets its own name point at this machine reads nothing.
func TestTheSiteAnswersToItsOwnNameOnly(t *testing.T) {
	r := newRig(t, "https://held.example")
	for _, c := range []struct {
		host, peer string
		status     int
	}{
		{"held.example", "203.0.113.9:1", 200},
		{"HELD.example.:443", "203.0.113.9:1", 200},
		{"localhost:8080", "127.0.0.1:1", 200},
		{"practice.localhost:8080", "127.0.0.1:1", 200},
		{"127.0.0.1:8080", "127.0.0.1:1", 200},
		{"[::1]:8080", "[::1]:1", 200},
		{"10.0.0.7", "10.0.0.9:1", 200},
		{"", "203.0.113.9:1", 200}, // HTTP/1.0, which no browser speaks
		{"evil.example", "127.0.0.1:1", 421},
		{"evil.example:8080", "[::1]:1", 421},
		{"held.example.evil.example", "203.0.113.9:1", 421},
		{"evilheld.example", "203.0.113.9:1", 421},
		{"localhost.evil.example", "127.0.0.1:1", 421},
		{"127.0.0.1.evil.example", "127.0.0.1:1", 421},
		{"inside:8080", "192.0.2.1:1", 200},   // the proxy that the settings name calls us as it likes
		{"inside:8080", "203.0.113.9:1", 421}, // nobody else does
	} {
		for _, method := range []string{"GET", "POST"} {
			path, want := "/hello/x", c.status
			if method == "POST" {
				path, want = "/form", map[int]int{200: 303, 421: 421}[c.status]
			}
			req := httptest.NewRequest(method, "http://x"+path, strings.NewReader("name=you"))
			req.Host, req.RemoteAddr = c.host, c.peer
			req.Header.Set("Content-Type", formType)
			req.Header.Set("Sec-Fetch-Site", "same-origin") // as the browser sees it
			w := httptest.NewRecorder()
			r.Handler().ServeHTTP(w, req)
			if w.Code != want {
				t.Errorf("%s at %q from %s: %d, want %d", method, c.host, c.peer, w.Code, want)
			}
			if w.Code == 421 && !strings.Contains(w.Body.String(), "https://held.example") {
				t.Errorf("%q is not told where: %q", c.host, w.Body)
			}
			wellDressed(t, c.host, w)
		}
	}
	r.Names = nil
	req := httptest.NewRequest("GET", "http://anything.example/hello/x", nil)
	req.RemoteAddr = "203.0.113.9:1"
	w := httptest.NewRecorder()
	if r.Handler().ServeHTTP(w, req); w.Code != 200 {
		t.Errorf("without a name of its own: %d", w.Code)
	}
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{"held.example", "HELD.EXAMPLE.:1", "[::1]:8080", "evil.example", "localhost", "a:b:c", "[", "%zz", "held.example\x00.evil"} {
		f.Add(s, "203.0.113.9:1", "198.51.100.1")
	}
	r := newRig(f, "https://held.example")
	h := r.Handler()
	f.Fuzz(func(t *testing.T, host, peer, forwarded string) {
		req := httptest.NewRequest("GET", "http://x/hello/x", nil)
		req.Host, req.RemoteAddr = host, peer
		req.Header.Set("X-Forwarded-For", forwarded)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, req); w.Code != 200 && w.Code != 421 {
			t.Errorf("%q: %d", host, w.Code)
		}
		if strings.HasSuffix(host, "evil.example") && !strings.HasPrefix(peer, "192.0.2.1") && !strings.Contains(peer, "192.0.2.1") && w.Code == 200 {
			t.Errorf("%q from %q was answered", host, peer)
		}
		if addr, ok := web.Client(req); ok && peer != "" && addr == "" {
			t.Errorf("%q is counted as nobody", peer)
		}
	})
}

func FuzzParseProxies(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "10.0.0.0/8, ::1", "fe80::1%eth0", ",,", "0.0.0.0/0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		nets, ok := web.ParseProxies(list)
		for _, n := range nets {
			if !ok || !n.IsValid() || n.Bits() == 0 {
				t.Errorf("%q gave %v", list, n)
			}
		}
	})
}

// FuzzCached asks for a finished page with whatever a browser may say of it.
func FuzzCached(f *testing.F) {
	e := web.NewEntry("text/plain; charset=utf-8", []byte(strings.Repeat("words ", 1000)))
	f.Add("gzip, deflate;q=0.5", `W/"x", *`)
	f.Add("gzip;q=0", `"`)
	f.Add("GZIP ; q=1e999", ",")
	f.Fuzz(func(t *testing.T, accept, have string) {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept-Encoding", accept)
		req.Header.Set("If-None-Match", have)
		w := httptest.NewRecorder()
		if err := web.Cached(w, req, e); err != nil || w.Code != 200 && w.Code != 304 {
			t.Errorf("%q %q: %d %v", accept, have, w.Code, err)
		}
		if zipped := w.Header().Get("Content-Encoding") == "gzip"; zipped && !strings.Contains(strings.ToLower(accept), "gzip") {
			t.Errorf("%q was sent gzip", accept)
		}
	})
}
