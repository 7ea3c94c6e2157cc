package kit

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// HandlerTransport is an http.RoundTripper that calls h directly, without a
// socket or a goroutine: the simulator's network. A handler that aborts
// (http.ErrAbortHandler) is seen by the client as io.ErrUnexpectedEOF, like a
// connection that was cut. The deadline of the request's context is only
// looked at before the call.
func HandlerTransport(h http.Handler) http.RoundTripper {
	return handlerTransport{h}
}

type handlerTransport struct{ h http.Handler }

// RoundTrip implements http.RoundTripper.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in, err := serverSide(r)
	if err != nil {
		return nil, err
	}
	rec := &recorded{header: http.Header{}}
	if aborted(func() { t.h.ServeHTTP(rec, in) }) {
		return nil, io.ErrUnexpectedEOF
	}
	status := max(rec.status, http.StatusOK)
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(&rec.body),
		ContentLength: int64(rec.body.Len()), Request: r,
	}, nil
}

// serverSide makes the request look as a server would see it.
func serverSide(r *http.Request) (*http.Request, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:1"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.Body = http.NoBody
	if r.Body == nil {
		return in, nil
	}
	raw, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	in.Body = io.NopCloser(bytes.NewReader(raw))
	return in, nil
}

// aborted runs f and reports whether it ended in http.ErrAbortHandler; every
// other panic goes on.
func aborted(f func()) (cut bool) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			cut = true
			return
		}
		panic(v)
	}()
	f()
	return false
}
