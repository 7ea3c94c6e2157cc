package webhook

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics keeps counters and durations for /metrics. Names come from a fixed
// set in the code; labels are codes and route patterns, never identities.
type Metrics struct {
	registry  *prometheus.Registry
	mu        sync.Mutex
	counters  map[string]*prometheus.CounterVec
	durations map[string]*prometheus.HistogramVec
	gauges    map[string]*prometheus.GaugeVec
}

// NewMetrics makes an empty set with the runtime's own figures.
func NewMetrics() *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return &Metrics{
		registry: r, counters: make(map[string]*prometheus.CounterVec), durations: make(map[string]*prometheus.HistogramVec),
		gauges: make(map[string]*prometheus.GaugeVec),
	}
}

// Handler serves the figures in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Count adds one to giftbot_<name>_total{what=label}.
func (m *Metrics) Count(name, label string) {
	m.counter(name).WithLabelValues(label).Inc()
}

func (m *Metrics) counter(name string) *prometheus.CounterVec {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.counters[name]
	if !ok {
		c = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "giftbot_" + name + "_total", Help: "Events of kind " + name + "."}, []string{"what"})
		m.registry.MustRegister(c)
		m.counters[name] = c
	}
	return c
}

// Observe records how long something took in giftbot_<name>_seconds{what=label}.
func (m *Metrics) Observe(name, label string, took time.Duration) {
	m.mu.Lock()
	h, ok := m.durations[name]
	if !ok {
		h = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "giftbot_" + name + "_seconds", Help: "Duration of " + name + ".",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"what"})
		m.registry.MustRegister(h)
		m.durations[name] = h
	}
	m.mu.Unlock()
	h.WithLabelValues(label).Observe(took.Seconds())
}

// Set shows a figure: giftbot_<name>{what=label}.
func (m *Metrics) Set(name, label string, value float64) {
	m.mu.Lock()
	g, ok := m.gauges[name]
	if !ok {
		g = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "giftbot_" + name, Help: "Current " + name + "."}, []string{"what"})
		m.registry.MustRegister(g)
		m.gauges[name] = g
	}
	m.mu.Unlock()
	g.WithLabelValues(label).Set(value)
}
