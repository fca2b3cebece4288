package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"held/internal/fault"
)

// MaxBody bounds every form that does not say otherwise.
const MaxBody = 256 << 10

// policy is the same on every page: nothing from elsewhere, nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// powers are what a page may ask of the machine that shows it: nothing.
const powers = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), serial=(), usb=(), browsing-topics=()"

// maxBusy bounds the requests that are answered at once. A connection of
// HTTP/2 carries many, so the bound on connections is none on these.
const maxBusy = 2048

type seenKey struct{}

// seen is what the log line says of a request: never the path (it may carry a
// token), only the pattern that answered.
type seen struct {
	id, pattern string
	json        bool // what was asked for, rather than a page
	app         *App
	body        io.ReadCloser  // what was sent, before any limit
	holds       []func() error // what the answer waits for
}

func seenOf(ctx context.Context) *seen { s, _ := ctx.Value(seenKey{}).(*seen); return s }

// RequestID names a request in the log and on its error page.
func RequestID(ctx context.Context) string {
	if s := seenOf(ctx); s != nil {
		return s.id
	}
	return ""
}

// AskedJSON tells whether a request in this context asks for JSON.
func AskedJSON(ctx context.Context) bool { s := seenOf(ctx); return s != nil && s.json }

// Hold keeps the answer to the request of this context back until wait has
// returned, so that a page can be made while what it needs to have kept is being
// kept; when wait fails, the refusal is the answer. False where there is no
// request: then the caller waits by itself.
func Hold(ctx context.Context, wait func() error) bool {
	s := seenOf(ctx)
	if s == nil {
		return false
	}
	s.holds = append(s.holds, wait)
	return true
}

// settle waits for everything that the answer was held for.
func settle(ctx context.Context) error {
	s := seenOf(ctx)
	if s == nil || len(s.holds) == 0 {
		return nil
	}
	began := time.Now()
	var errs []error
	for _, wait := range s.holds {
		errs = append(errs, wait())
	}
	s.holds = nil
	s.app.Metrics.waited(time.Since(began))
	return errors.Join(errs...)
}

func newRequestID() string {
	var b [9]byte
	rand.Read(b[:]) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Handler is the whole way in: guard, headers, origin, person, route.
func (a *App) Handler() http.Handler {
	origin := http.NewCrossOriginProtection()
	if a.Base != nil && a.Base.Host != "" {
		// Behind a proxy the Host may differ; the configured address is trusted.
		_ = origin.AddTrustedOrigin(a.Base.Scheme + "://" + a.Base.Host)
	}
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, fault.New(fault.Forbidden, "This form came from another site, so nothing was done with it. Please open the page here and try again."))
	}))
	inner := http.Handler(http.HandlerFunc(a.route))
	if a.Person != nil {
		inner = a.Person(inner)
	}
	return a.guard(origin.Handler(inner))
}

// route sends unknown addresses and wrong methods through our own pages.
func (a *App) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	probe := &probe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.header.Get("Allow"))
		a.refuseAs(w, r, http.StatusMethodNotAllowed, fault.New(fault.BadRequest, "This address does not take that kind of request."))
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		http.Redirect(w, r, probe.header.Get("Location"), probe.status)
	default:
		a.refuse(w, r, fault.New(fault.NotFound, "There is no page at this address. The link may be old or incomplete."))
	}
}

func (a *App) refuseAs(w http.ResponseWriter, r *http.Request, status int, e *fault.Error) {
	a.refuse(&restatus{ResponseWriter: w, status: status}, r, e)
}

type restatus struct {
	http.ResponseWriter
	status int
}

func (s *restatus) WriteHeader(int) { s.ResponseWriter.WriteHeader(s.status) }

type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(s int)           { p.status = s }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// guard is the outermost ring: request id, headers, body limit, panic guard, log line, metrics.
func (a *App) guard(next http.Handler) http.Handler {
	secure := a.Base != nil && a.Base.Scheme == "https"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s := &seen{id: newRequestID(), pattern: "none", json: WantsJSON(r), app: a}
		rec := &recorder{ResponseWriter: w, status: http.StatusOK, seen: s}
		h := rec.Header()
		dress(h)
		h.Set("X-Request-Id", s.id)
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		r = r.WithContext(context.WithValue(r.Context(), seenKey{}, s))
		if r.Body != nil && r.Body != http.NoBody {
			s.body = r.Body
			r.Body = http.MaxBytesReader(rec, r.Body, MaxBody)
		}
		defer func() {
			if p := recover(); p != nil {
				a.Log.Error("panic", "request", s.id, "pattern", s.pattern, "what", what(p), "at", string(debug.Stack()))
				if !rec.wrote {
					a.refuse(rec, r, fault.New(fault.Internal, "Something went wrong on our side. Please try again in a moment."))
				}
			}
			took := time.Since(began)
			a.Metrics.observe(r.Method, s.pattern, rec.status, took)
			a.Log.Info("request", "request", s.id, "method", r.Method, "pattern", s.pattern, "status", rec.status, "took", took)
		}()
		defer a.busy.Add(-1)
		if a.busy.Add(1) > maxBusy {
			RetryAfter(rec, time.Second)
			a.refuse(rec, r, fault.New(fault.Unavailable, "More people are here at once than can be answered. Nothing was done; please try again in a moment."))
			return
		}
		if a.Limit != nil {
			if err := a.Limit(r); err != nil {
				a.refuse(rec, r, err)
				return
			}
		}
		next.ServeHTTP(rec, r)
	})
}

// attire is what every answer wears, whoever asked for whatever. Nobody
// changes it, so all share it.
var attire = []struct {
	name  string
	value []string
}{
	{"Content-Security-Policy", []string{policy}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Embedder-Policy", []string{"require-corp"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Origin-Agent-Cluster", []string{"?1"}},
	{"Permissions-Policy", []string{powers}},
	{"Cache-Control", []string{"no-store"}}, // unless the handler says otherwise
}

func dress(h http.Header) {
	for _, a := range attire {
		h[a.name] = a.value
	}
}

// what names a panic without its words, which may be somebody's: only what
// the Go runtime itself says is safe to write down.
func what(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", p)
}

type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
	seen   *seen
}

func (w *recorder) WriteHeader(s int) {
	if !w.wrote {
		w.ready()
		w.status, w.wrote = s, true
	}
	w.ResponseWriter.WriteHeader(s)
}

func (w *recorder) Write(b []byte) (int, error) {
	if !w.wrote {
		w.ready()
		w.wrote = true
	}
	return w.ResponseWriter.Write(b)
}

// ready stops an answer that goes out by another way than Send, and so before
// what it is held for.
func (w *recorder) ready() {
	if len(w.seen.holds) > 0 {
		panic("web: an answer was written past what it is held for")
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// MaxConnections bounds the connections that are held open at once.
const MaxConnections = 8192

// Server is an http.Server with every time-out set. Its listener belongs into
// netutil.LimitListener, with MaxConnections.
func Server(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 100, MaxReadFrameSize: 16 << 10,
			MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: MaxBody,
			SendPingTimeout: time.Minute, PingTimeout: 15 * time.Second, WriteByteTimeout: 30 * time.Second,
		},
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10,
		ErrorLog:       log.New(complaints{}, "", 0),
	}
}

// complaints takes what net/http has to say. Most of it names the address of
// whoever called, and that is not written down; what keeps the server from
// answering at all is.
type complaints struct{}

func (complaints) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("http: Accept error")) {
		slog.Error("the server cannot take connections", "cause", string(bytes.TrimSpace(b)))
	}
	return len(b), nil
}

// RetryAfter tells a caller how long to wait before trying again.
func RetryAfter(w http.ResponseWriter, d time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(d.Seconds())+1))
}
