package web_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/web"
)

// serving runs a real server with its own limits, and gives its address.
func serving(t *testing.T, change func(*http.Server)) string {
	t.Helper()
	s := web.Server("", newRig(t, "https://held.example").Handler())
	change(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func talk(t *testing.T, addr, words string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, words); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("the line was not cut: %v", err)
	}
	return string(answer)
}

func TestWhoDawdlesIsCutOff(t *testing.T) {
	s := web.Server("", nil)
	for what, limit := range map[string]time.Duration{"headers": s.ReadHeaderTimeout, "body": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("%s may take %s", what, limit)
		}
	}
	addr := serving(t, func(s *http.Server) {
		s.ReadHeaderTimeout, s.ReadTimeout = s.ReadHeaderTimeout/100, s.ReadTimeout/300
	})
	if got := talk(t, addr, "GET /hello/x HTTP/1.1\r\nHost: held.example\r\nX-Slow: "); strings.Contains(got, "200") {
		t.Errorf("half a header was answered %q", got)
	}
	got := talk(t, addr, "POST /form HTTP/1.1\r\nHost: held.example\r\nContent-Type: "+formType+"\r\nContent-Length: 100\r\n\r\nname=")
	if !strings.HasPrefix(got, "HTTP/1.1 400") {
		t.Errorf("half a form was answered %q", got)
	}
}

func TestHeadersHaveAnEnd(t *testing.T) {
	addr := serving(t, func(*http.Server) {})
	got := talk(t, addr, "GET /hello/x HTTP/1.1\r\nHost: held.example\r\nX-Long: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 431") {
		t.Errorf("%.80q", got)
	}
	got = talk(t, addr, "GET /hello/x HTTP/1.1\r\nHost: held.example\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("%.80q", got)
	}
}

// What net/http refuses by itself never reaches us: it says nothing but that.
func TestWhatTheServerItselfRefusesSaysNothing(t *testing.T) {
	addr := serving(t, func(*http.Server) {})
	for words, status := range map[string]string{
		"GET /hello/x HTTP/1.1\r\nHost: held.example\r\nX-Long: " + strings.Repeat("x", 64<<10) + "\r\n\r\n": "431",
		"GET /hello/<script> HTTP/1.1\r\n\r\n":                                                              "400",
		"GET /hello/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n":                                               "400",
		"POST /form HTTP/1.1\r\nHost: held.example\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n": "501",
		"POST /form HTTP/1.1\r\nHost: held.example\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab":     "400",
		"GET /hello/x HTTP/1.1\r\nHost: held.example\r\nX-A: b\x00c\r\n\r\n":                                "400",
		"BREW\x01 / HTTP/1.1\r\nHost: held.example\r\n\r\n":                                                 "400",
		"GET /hello/x HTTP/9.9\r\nHost: held.example\r\n\r\n":                                               "505",
		"GET /hello/x HTTP/1.1\r\nHost: held.example\r\nX Y: z\r\n\r\n":                                     "400",
	} {
		got := talk(t, addr, words)
		if !strings.HasPrefix(got, "HTTP/1.1 "+status) {
			t.Errorf("%.60q: %.60q, want %s", words, got, status)
		}
		if head, body, _ := strings.Cut(got, "\r\n\r\n"); strings.Contains(body, "<") || !strings.Contains(head, "text/plain; charset=utf-8") || strings.Contains(head, "Server:") {
			t.Errorf("%.60q is answered %.200q", words, got)
		}
	}
}

// A connection of HTTP/2 carries many requests, so those that are answered at
// once have a bound of their own.
func TestTooManyAtOnceAreToldToComeBack(t *testing.T) {
	r := newRig(t, "https://held.example")
	in, out := make(chan struct{}), make(chan struct{})
	r.Mount([]web.Route{{Pattern: "GET /slow", Access: open{}, Handle: func(w http.ResponseWriter, req *http.Request) error {
		in <- struct{}{}
		<-out
		return web.See(w, req, "/")
	}}})
	h := r.Handler()
	var all sync.WaitGroup
	for range 2048 {
		all.Go(func() {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "https://held.example/slow", nil))
		})
	}
	for range 2048 {
		<-in
	}
	w := r.do("GET", "/hello/x", "")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "<h1>More people are here") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	wellDressed(t, "too many at once", w)
	close(out)
	all.Wait()
	if w := r.do("GET", "/hello/x", ""); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
}

// TestTheServerItselfWritesNoAddressDown: what net/http complains of names
// who called; only what stops the whole server is kept.
func TestTheServerItselfWritesNoAddressDown(t *testing.T) {
	var kept bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&kept, nil)))
	defer slog.SetDefault(was)
	s := web.Server("", nil)
	s.ErrorLog.Print("http: TLS handshake error from 203.0.113.7:4711: EOF")
	s.ErrorLog.Print("http: panic serving 203.0.113.7:4711: x")
	if kept.Len() > 0 {
		t.Errorf("kept %q", kept.String())
	}
	s.ErrorLog.Print("http: Accept error: too many open files; retrying in 5ms")
	if !strings.Contains(kept.String(), "too many open files") {
		t.Errorf("kept %q", kept.String())
	}
}
