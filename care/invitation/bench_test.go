package invitation

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/testkit"
	"held/internal/web"
	"held/practice/people"
)

// BenchmarkHomePage asks for pages over real connections through the whole
// way in (guard, origin, session, access, cache), and for the same bytes from
// a bare handler in the same run: ratio is the one to the other in requests a
// second.
func BenchmarkHomePage(b *testing.B) {
	w := newWorld(b, testkit.SQLite(b))
	w.written(b, Words{Title: "One", Summary: "A summary.", Text: strings.Repeat("Some words of an article, as they are read.\n\n", 60), Author: w.owner})
	base, err := url.Parse(w.Settings.Base)
	if err != nil {
		b.Fatal(err)
	}
	// As in the program: real sessions, metrics, a log line for each request.
	app := &web.App{Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Base: base, Now: w.clock.Now, Fault: faultPage,
		Metrics: web.NewMetrics(), Person: people.NewSessions(w.People, w.practice, false).Middleware}
	app.Mount(w.Routes())
	w.Now = time.Now
	whole := app.Handler()
	for _, path := range []string{"/", "/articles/one"} {
		rec := httptest.NewRecorder()
		whole.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		body := rec.Body.Bytes()
		if rec.Code != http.StatusOK || len(body) < 1000 {
			b.Fatalf("%s answers %d with %d bytes", path, rec.Code, len(body))
		}
		bare := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = rw.Write(body)
		})
		b.Run(strings.ReplaceAll(path, "/", "_"), func(b *testing.B) {
			reference, page := serveOver(b, bare), serveOver(b, whole)
			var spent [2]time.Duration
			b.ResetTimer()
			// In turns, so that both meet the machine in the same mood.
			for done := 0; done < b.N; done += turn {
				spent[0] += ask(b, reference, path, min(turn, b.N-done))
				spent[1] += ask(b, page, path, min(turn, b.N-done))
			}
			b.ReportMetric(float64(b.N)/spent[1].Seconds(), "req/s")
			b.ReportMetric(float64(b.N)/spent[0].Seconds(), "bare-req/s")
			b.ReportMetric(spent[0].Seconds()/spent[1].Seconds(), "ratio")
		})
	}
}

const (
	turn    = 4000
	callers = 8
)

func serveOver(b *testing.B, h http.Handler) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := web.Server("", h)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	b.Cleanup(func() {
		if err := srv.Close(); err != nil {
			b.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

// ask sends n requests over a few kept connections. The caller does as little
// as it can, so that what is measured is the server.
func ask(b *testing.B, addr, path string, n int) time.Duration {
	b.Helper()
	request := "GET " + path + " HTTP/1.1\r\nHost: practice.example\r\n\r\n"
	began := time.Now()
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			if err := caller(addr, request, share(n, i)); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// share is how many of n requests fall to the i-th caller.
func share(n, i int) int {
	if i < n%callers {
		return n/callers + 1
	}
	return n / callers
}

func caller(addr, request string, n int) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	in := bufio.NewReaderSize(c, 64<<10)
	for range n {
		if _, err := io.WriteString(c, request); err != nil {
			return err
		}
		if err := skipAnswer(in); err != nil {
			return err
		}
	}
	return nil
}

// skipAnswer reads one answer away, its body by its length.
func skipAnswer(in *bufio.Reader) error {
	length := -1
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if n, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(n)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without a length")
	}
	_, err := in.Discard(length)
	return err
}
