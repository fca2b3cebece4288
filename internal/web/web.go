// Package web is the way in and out over HTTP: routes with their access
// rules, headers, forms, errors and pages. It knows no domain.
package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
)

// Handler answers a request or says why not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Rule decides whether a request may come in. Every route has one; there is no default.
type Rule interface {
	Check(r *http.Request) error
	String() string
}

// Route is one line of a package's route table.
type Route struct {
	Pattern string // "GET /book/{offering}"
	Access  Rule
	Handle  Handler
	Body    int64 // how many bytes may be sent, where it is not MaxBody: a file
}

// App holds what every request passes through.
type App struct {
	mux     *http.ServeMux
	routes  []Route
	Log     *slog.Logger
	Base    *url.URL
	Now     func() time.Time
	Metrics *Metrics
	// Person puts whoever is signed in into the request's context.
	Person func(next http.Handler) http.Handler
	// Fault renders the page for a refusal; it must not fail.
	Fault func(r *http.Request, e *fault.Error) templ.Component
	// Callers, when set, watches whether requests tell where they come from.
	Callers *Callers
	// Limit, when set, may refuse a request before anything is read.
	Limit func(r *http.Request) error
	// Names are the host names that this site answers to; none for any.
	Names []string
	// Proxies may say, beside those on this machine, whom they speak for.
	Proxies []netip.Prefix

	busy atomic.Int64 // requests being answered
}

// Mount adds a route table. A route without a rule stops the program: what
// nobody decided about must not be reachable.
func (a *App) Mount(tables ...[]Route) {
	if a.mux == nil {
		a.mux = http.NewServeMux()
	}
	for _, t := range tables {
		for _, r := range t {
			if r.Access == nil || r.Handle == nil || r.Pattern == "" {
				panic("web: route " + r.Pattern + " has no access rule or no handler")
			}
			a.routes = append(a.routes, r)
			a.mux.Handle(r.Pattern, a.serve(r))
		}
	}
}

// Routes lists what is mounted.
func (a *App) Routes() []Route { return a.routes }

// Handle mounts a plain handler that needs no person and no page (assets, health).
func (a *App) Handle(pattern string, h http.Handler) {
	if a.mux == nil {
		a.mux = http.NewServeMux()
	}
	a.mux.Handle(pattern, h)
}

func (a *App) serve(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := seenOf(r.Context())
		if seen != nil {
			seen.pattern = rt.Pattern
		}
		if !a.ours(r) {
			a.elsewhere(w, r)
			return
		}
		a.Callers.note(r)
		err := rt.Access.Check(r)
		if err == nil {
			widen(w, r, rt)
			err = rt.Handle(w, r)
		}
		if err != nil {
			a.refuse(w, r, err)
		}
	})
}

// slow is how long a larger body may take to arrive, over a slow line.
const slow = 3 * time.Minute

// widen lets a route that takes more than a form take as much, once it is known
// who sends it.
func widen(w http.ResponseWriter, r *http.Request, rt Route) {
	s := seenOf(r.Context())
	if rt.Body == 0 || s == nil || s.body == nil {
		return
	}
	r.Body = http.MaxBytesReader(w, s.body, rt.Body)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(slow)) // where it cannot be set, that of every form holds
}

// refuse is the one adapter from an error to an answer.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if s := seenOf(r.Context()); s != nil {
		s.holds = nil // a refusal shows nothing that has to be kept first
	}
	e := fault.Of(err)
	if e.Kind == fault.Internal && db.Down(err) {
		e = fault.New(fault.Unavailable, "The practice's database cannot answer at the moment. Please keep what you typed and try again in a minute; if it was a booking, look first whether it arrived.").With(err)
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		gone(w) // nobody is there any more
		return
	}
	if e.Kind == fault.Internal || e.Unwrap() != nil {
		a.Log.Error("request failed", "request", RequestID(r.Context()), "kind", int(e.Kind), "cause", causeOf(e))
	}
	if WantsJSON(r) {
		_ = JSON(w, r, e.Kind.Status(), errorBody{Error: e.Sentence, Fields: e.Fields})
		return
	}
	if door := doors[e.Kind]; door != "" && r.Method == http.MethodGet {
		_ = See(w, r, door+"?next="+url.QueryEscape(r.URL.RequestURI()))
		return
	}
	if err := Render(w, r, e.Kind.Status(), a.Fault(r, e)); err != nil {
		http.Error(w, e.Sentence, e.Kind.Status())
	}
}

// doors are where somebody who only has to prove more is sent on to.
var doors = map[fault.Kind]string{
	fault.SignIn:  "/sign-in",
	fault.Second:  "/account/second",
	fault.Confirm: "/account/confirm",
}

// statusGone is what the log says of a caller who did not wait for the answer.
const statusGone = 499

func gone(w http.ResponseWriter) {
	for w != nil {
		if rec, ok := w.(*recorder); ok && !rec.wrote {
			rec.status = statusGone
			return
		}
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return
		}
		w = inner.Unwrap()
	}
}

// Refuse answers with a refusal from outside a route, as a middleware must.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if s := seenOf(r.Context()); s != nil {
		s.app.refuse(w, r, err)
		return
	}
	e := fault.Of(err)
	http.Error(w, e.Sentence, e.Kind.Status())
}

func causeOf(e *fault.Error) string {
	if c := e.Unwrap(); c != nil {
		return c.Error()
	}
	return e.Sentence
}

type errorBody struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render builds the page in memory and then sends it, so that a page is whole
// or not there.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	return Send(w, r, status, "text/html; charset=utf-8", b.Bytes())
}

// Send writes a finished body, once what it is held for is kept.
func Send(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte) error {
	if err := settle(r.Context()); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = w.Write(body) // the other side may be gone; nothing to mend here
	return nil
}

// JSON answers with a JSON document.
func JSON(w http.ResponseWriter, r *http.Request, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return Send(w, r, status, "application/json; charset=utf-8", append(b, '\n'))
}

// See sends the browser on to another page (303).
func See(w http.ResponseWriter, r *http.Request, to string) error {
	if err := settle(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Forget asks the browser, on the answer to a sign-out, to drop what it keeps
// of this site. Not its cookies: that would reach the practice's other sites.
func Forget(w http.ResponseWriter) { w.Header().Set("Clear-Site-Data", `"cache", "storage"`) }

// WantsJSON tells whether the caller asked for JSON rather than a page.
func WantsJSON(r *http.Request) bool {
	a := r.Header.Get("Accept")
	return strings.Contains(a, "application/json") && !strings.Contains(a, "text/html")
}

// Local gives back a path of this site, or fallback when next leads elsewhere.
func Local(next, fallback string) string {
	if len(next) > 2048 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return fallback
	}
	if u, err := url.Parse(next); err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return next
}
