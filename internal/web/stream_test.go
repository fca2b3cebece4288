package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"held/internal/web"
)

// streamed is what arrives of a stream over a real connection on which a whole
// answer has a fifth of a second.
func streamed(t *testing.T, r *rig, write func(io.Writer) error) (a *http.Response, body string, err error) {
	t.Helper()
	r.Mount([]web.Route{{Pattern: "GET /file", Access: open{}, Handle: func(w http.ResponseWriter, r *http.Request) error {
		return web.Stream(w, r, web.Body{Kind: "application/octet-stream", Name: "file.bin"}, write)
	}}})
	s := httptest.NewUnstartedServer(r.Handler())
	s.Config.WriteTimeout = 200 * time.Millisecond
	s.Start()
	defer s.Close() // when all that it has to say is in the log
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/file", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "held.example"
	if a, err = s.Client().Do(req); err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return a, string(b), err
}

func TestAStreamMayTakeLongerThanAnAnswer(t *testing.T) {
	piece := strings.Repeat("x", 70_000)
	begun, pieces := time.Now(), 0
	a, body, err := streamed(t, newRig(t, "http://held.example"), func(w io.Writer) error {
		for time.Since(begun) < 300*time.Millisecond || pieces < 2 {
			if _, err := io.WriteString(w, piece[:1000]); err != nil {
				return err
			}
			if pieces++; pieces > 2_000 { // enough; now only time
				select {
				case <-t.Context().Done():
				case <-time.Tick(time.Millisecond):
				}
			}
		}
		return nil
	})
	if err != nil || len(body) != pieces*1000 || a.Header.Get("Content-Disposition") != `attachment; filename="file.bin"` || a.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d of %d bytes, %v, %v", len(body), pieces*1000, a.Header, err)
	}
}

func TestAStreamThatFailsIsNeverTakenForWhole(t *testing.T) {
	torn := errors.New("torn")
	r := newRig(t, "http://held.example")
	_, body, err := streamed(t, r, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("x", 200_000))
		return errors.Join(err, torn)
	})
	if err == nil {
		t.Errorf("%d bytes arrived as if they were all", len(body))
	}
	if !strings.Contains(r.log.String(), "cut off") {
		t.Errorf("the log says %s", r.log)
	}
	a, body, err := streamed(t, newRig(t, "http://held.example"), func(io.Writer) error { return torn })
	if err != nil || a.StatusCode != http.StatusInternalServerError || a.Header.Get("Content-Disposition") != "" || !strings.Contains(body, "<h1>") {
		t.Errorf("before anything had gone: %d %v %q, %v", a.StatusCode, a.Header, body, err)
	}
}
