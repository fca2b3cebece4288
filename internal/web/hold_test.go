package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"held/internal/fault"
	"held/internal/web"
)

// TestAnAnswerIsHeldBackUntilWhatItWaitsForIsKept: a page whose line cannot be
// kept is not shown, by whichever way it would have gone out.
func TestAnAnswerIsHeldBackUntilWhatItWaitsForIsKept(t *testing.T) {
	const secret = "what somebody wrote"
	down := fault.New(fault.Unavailable, "It cannot be kept now.")
	for what, send := range map[string]web.Handler{
		"a page": say(secret),
		"json":   func(w http.ResponseWriter, r *http.Request) error { return web.JSON(w, r, http.StatusOK, secret) },
		"a way on": func(w http.ResponseWriter, r *http.Request) error {
			return web.See(w, r, "/?to="+strings.ReplaceAll(secret, " ", "+"))
		},
		"past all of them": func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write([]byte(secret)); return err },
	} {
		for _, kept := range []error{nil, down} {
			r := newRig(t, "http://practice.example")
			waited := 0
			r.Mount([]web.Route{{Pattern: "GET /held", Access: open{}, Handle: func(w http.ResponseWriter, q *http.Request) error {
				for range 2 {
					if !web.Hold(q.Context(), func() error { waited++; return kept }) {
						t.Error("there is a request, and it was not held")
					}
				}
				return send(w, q)
			}}})
			w := httptest.NewRecorder()
			r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/held", nil))
			past := what == "past all of them"
			shown := strings.Contains(w.Body.String(), "somebody") || strings.Contains(w.Header().Get("Location"), "somebody")
			if want := kept == nil && !past; shown != want || !past && waited != 2 {
				t.Errorf("%s, %v: shown %v, waited %d", what, kept, shown, waited)
			}
			if kept != nil && !past && w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: %d", what, w.Code)
			}
			if past && w.Code != http.StatusInternalServerError {
				t.Errorf("written past what it is held for: %d", w.Code)
			}
		}
	}
}

// TestARefusalWaitsForNothing: it shows nothing that would have to be kept first.
func TestARefusalWaitsForNothing(t *testing.T) {
	r := newRig(t, "http://practice.example")
	r.Mount([]web.Route{{Pattern: "GET /held", Access: open{}, Handle: func(_ http.ResponseWriter, q *http.Request) error {
		web.Hold(q.Context(), func() error { return errors.New("never asked") })
		return fault.New(fault.NotFound, "It is not here.")
	}}})
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/held", nil))
	if w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestNothingIsHeldWithoutARequest(t *testing.T) {
	if web.Hold(context.Background(), func() error { return nil }) {
		t.Error("held")
	}
	if web.AskedJSON(context.Background()) {
		t.Error("asked")
	}
}

// TestAStreamWaitsForWhatItsFeedLooksAt: each part is sent once what it is held
// for is kept; where that fails, nothing of it is sent.
func TestAStreamWaitsForWhatItsFeedLooksAt(t *testing.T) {
	for _, kept := range []error{nil, errors.New("the database is down")} {
		r := newRig(t, "http://practice.example")
		waited := 0
		r.Mount([]web.Route{{Pattern: "GET /held", Access: open{}, Handle: func(w http.ResponseWriter, q *http.Request) error {
			return web.StreamEvents(w, q, func(out *web.Events) error {
				for range 2 {
					web.Hold(q.Context(), func() error { waited++; return kept })
					out.Event("seen", "", []byte(`"somebody"`))
					if out.Flush() != nil {
						return nil
					}
				}
				return nil
			})
		}}})
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/held", nil))
		n, want := strings.Count(w.Body.String(), "somebody"), 2
		if kept != nil {
			want = 0
		}
		if n != want || waited == 0 || w.Code == http.StatusInternalServerError {
			t.Errorf("%v: sent %d, waited %d, %d", kept, n, waited, w.Code)
		}
	}
}
