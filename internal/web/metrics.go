package web

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics counts requests by pattern, never by path.
type Metrics struct {
	set  *metrics.Set
	took sync.Map // answer → *metrics.PrometheusHistogram
	held *metrics.PrometheusHistogram
}

// answer is what answers are told apart by. All three are words of this
// program: there are as many as routes have patterns.
type answer struct {
	method, pattern string
	status          int
}

var (
	tookBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	heldBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1}
)

// NewMetrics makes a set of its own. Times are seconds: to answer, by route
// pattern and status; and how long finished answers waited until what has to
// be kept before them was kept.
func NewMetrics() *Metrics {
	set := metrics.NewSet()
	return &Metrics{set: set, held: set.NewPrometheusHistogramExt("held_http_kept_back_seconds", heldBuckets)}
}

func (m *Metrics) observe(method, pattern string, status int, took time.Duration) {
	if m == nil {
		return
	}
	switch method { // what a stranger types must not become a label
	case http.MethodGet, http.MethodPost, http.MethodHead:
	default:
		method = "other"
	}
	a := answer{method, pattern, status}
	h, known := m.took.Load(a)
	if !known {
		h, _ = m.took.LoadOrStore(a, m.set.GetOrCreatePrometheusHistogramExt(a.name(), tookBuckets))
	}
	h.(*metrics.PrometheusHistogram).Update(took.Seconds())
}

func (a answer) name() string {
	return fmt.Sprintf("held_http_request_seconds{method=%q,pattern=%q,status=%q}", a.method, a.pattern, strconv.Itoa(a.status))
}

func (m *Metrics) waited(d time.Duration) {
	if m != nil {
		m.held.Update(d.Seconds())
	}
}

// Handler answers /metrics on its own listener: what was counted, and what the
// program takes of its machine.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.set.WritePrometheus(w)
		metrics.WriteProcessMetrics(w)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dress(w.Header())
		mux.ServeHTTP(w, r)
	})
}
