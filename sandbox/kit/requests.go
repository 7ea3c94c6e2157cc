package kit

import (
	"net/http"
	"sync"
	"time"
)

const maxRequests = 5000

// Request is one line of the request log. It holds no body and no header.
type Request struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"` // sandbox clock
	Target string    `json:"target"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"` // 0 when the connection was cut
}

// Requests remembers the last 5000 requests. It is safe for concurrent use.
type Requests struct {
	now func() time.Time

	mu   sync.Mutex
	seq  int64
	ring []Request
}

// NewRequests returns an empty log that stamps entries with now.
func NewRequests(now func() time.Time) *Requests {
	return &Requests{now: now}
}

// Wrap records every request to h under target. clean, when not nil, turns the
// path into one that is safe to show.
func (l *Requests) Wrap(target string, h http.Handler, clean func(string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entry := Request{At: l.now(), Target: target, Method: r.Method, Path: r.URL.Path}
		if clean != nil {
			entry.Path = clean(entry.Path)
		}
		seen := &statusWriter{ResponseWriter: w}
		returned := false
		defer func() {
			if returned && seen.status == 0 {
				seen.status = http.StatusOK
			}
			entry.Status = seen.status
			l.add(entry)
		}()
		h.ServeHTTP(seen, r)
		returned = true
	})
}

func (l *Requests) add(e Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	if len(l.ring) >= 2*maxRequests {
		l.ring = append([]Request(nil), l.ring[maxRequests:]...)
	}
	l.ring = append(l.ring, e)
}

// List returns the remembered requests to target (empty = all), oldest first.
func (l *Requests) List(target string) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := l.ring[max(0, len(l.ring)-maxRequests):]
	out := make([]Request, 0, len(recent))
	for _, e := range recent {
		if target == "" || e.Target == target {
			out = append(out, e)
		}
	}
	return out
}

// Clear forgets all requests; numbering goes on.
func (l *Requests) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring = nil
}

// statusWriter notes the status that went out.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
