package kit

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

const maxRequestBody = 1 << 20

// Wrap puts the faults planned for target in front of h, answering errors as
// {"error":"sandbox fault"}.
func (f *Faults) Wrap(target string, h http.Handler) http.Handler {
	return f.WrapWith(target, h, func(int) []byte { return []byte(`{"error":"sandbox fault"}`) })
}

// WrapWith is Wrap with the vendor's own shape of an error body.
//
// A dropped connection is http.ErrAbortHandler: a real server cuts the
// connection, HandlerTransport reports an unexpected EOF. A held request whose
// client goes away is cut; with hold_before it then never took effect.
func (f *Faults) WrapWith(target string, h http.Handler, body func(status int) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ft, hit := f.take(target, r.Method, r.URL.Path)
		if !hit {
			h.ServeHTTP(w, r)
			return
		}
		// Reading the whole body first lets the server notice a client that leaves.
		sent, err := ReadBody(r)
		if err != nil {
			WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "unreadable body"})
			return
		}
		run := play{f: f, p: p, ft: ft, h: h, body: sent, r: r}
		if reply := run.outcome(); reply != nil { //nolint:contextcheck // the request inside carries it
			reply.writeTo(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if ft.Status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", fmt.Sprint(max(1, int(ft.delay().Seconds()))))
		}
		w.WriteHeader(ft.status())
		_, _ = w.Write(body(ft.status()))
	})
}

// play is one request meeting one fault.
type play struct {
	f    *Faults
	p    *planned
	ft   Fault
	h    http.Handler
	body []byte
	r    *http.Request
}

// outcome performs the fault; nil means: answer the fault's error.
func (p play) outcome() *recorded {
	switch p.ft.Kind {
	case ErrorBefore:
		return nil
	case ErrorAfter:
		p.call()
		return nil
	case DropReply:
		p.call()
		panic(http.ErrAbortHandler)
	case Duplicate:
		first := p.call()
		p.call()
		return first
	case Delay:
		if p.f.sleep(p.r.Context(), p.ft.delay()) != nil {
			panic(http.ErrAbortHandler)
		}
		return p.call()
	case HoldBefore:
		p.wait()
		return p.call()
	case HoldAfter:
		reply := p.call()
		p.wait()
		return reply
	}
	panic(http.ErrAbortHandler)
}

func (p play) wait() {
	if !p.f.hold(p.r.Context(), p.p) {
		panic(http.ErrAbortHandler)
	}
}

// call runs the handler on a fresh copy of the request and keeps its answer.
func (p play) call() *recorded {
	again := p.r.Clone(p.r.Context())
	again.Body = io.NopCloser(bytes.NewReader(p.body))
	rec := &recorded{header: http.Header{}}
	p.h.ServeHTTP(rec, again)
	return rec
}

// recorded is a ResponseWriter that keeps the answer in memory.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorded) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorded) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorded) writeTo(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.WriteHeader(max(r.status, http.StatusOK))
	_, _ = w.Write(r.body.Bytes())
}
