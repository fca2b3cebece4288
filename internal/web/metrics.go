package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests by pattern, never by path.
type Metrics struct {
	reg  *prometheus.Registry
	took *prometheus.HistogramVec
	held prometheus.Histogram
}

// NewMetrics makes a registry of its own.
func NewMetrics() *Metrics {
	m := &Metrics{reg: prometheus.NewRegistry(), took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "held_http_request_seconds", Help: "Time to answer, by route pattern and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
	}, []string{"method", "pattern", "status"}), held: prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "held_http_kept_back_seconds", Help: "How long finished answers waited until what has to be kept before them was kept.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1},
	})}
	m.reg.MustRegister(m.took, m.held, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Register adds a collector of another part.
func (m *Metrics) Register(c ...prometheus.Collector) { m.reg.MustRegister(c...) }

func (m *Metrics) observe(method, pattern string, status int, took time.Duration) {
	if m == nil {
		return
	}
	switch method { // what a stranger types must not become a label
	case http.MethodGet, http.MethodPost, http.MethodHead:
	default:
		method = "other"
	}
	m.took.WithLabelValues(method, pattern, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *Metrics) waited(d time.Duration) {
	if m != nil {
		m.held.Observe(d.Seconds())
	}
}

// maxScrapes bounds those who read the figures at once.
const maxScrapes = 4

// Handler answers /metrics on its own listener.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dress(w.Header())
		mux.ServeHTTP(w, r)
	})
}
