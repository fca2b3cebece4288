package web_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
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
