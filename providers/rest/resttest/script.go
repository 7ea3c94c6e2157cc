package resttest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// TB is what a script needs of a test.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Fault is a way to answer badly.
type Fault int

// The faults a step can have.
const (
	None    Fault = iota
	Cut           // the connection is closed without a byte of an answer
	CutBody       // the answer breaks off after half of Reply
	Hang          // nothing is answered until the client goes away
)

// Call is one expected call and its answer. Empty expectations are not
// checked, except Body: a call without Body and Check must have none.
type Call struct {
	Method string
	Target string                            // path and query, exactly as on the wire
	Header map[string]string                 // must be there with exactly this value; "" means: must be absent
	Body   string                            // exact bytes
	Check  func(*http.Request, []byte) error // anything else; its error fails the test

	Status int // 200 if zero
	Reply  string
	Send   map[string]string // answer headers
	Fault  Fault
	After  time.Duration // the answer waits this long
}

// Script is a vendor that follows its calls. Use it as the handler of a
// server (Serve) or directly as a transport.
type Script struct {
	tb    TB
	mu    sync.Mutex
	calls []Call
	done  int
	seen  []string
}

// New returns a script. At the end of the test every call must have come.
func New(tb TB, calls ...Call) *Script {
	s := &Script{tb: tb, calls: calls}
	tb.Cleanup(func() {
		tb.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, missing := range s.calls[min(s.done, len(s.calls)):] {
			tb.Errorf("call never came: %s %s", missing.Method, missing.Target)
		}
	})
	return s
}

// Serve starts a loopback server for the script and returns its base URL.
func Serve(tb TB, calls ...Call) (string, *Script) {
	s := New(tb, calls...)
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return server.URL, s
}

// Seen lists the calls that came: "GET /orders?page=1".
func (s *Script) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// ServeHTTP implements http.Handler.
func (s *Script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.tb.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.tb.Errorf("read request: %v", err)
	}
	call, ok := s.next(r)
	if !ok {
		s.tb.Errorf("extra call: %s %s", r.Method, r.URL.RequestURI())
		http.Error(w, "extra call", http.StatusTeapot)
		return
	}
	for _, problem := range call.problems(r, body) {
		s.tb.Errorf("%s %s: %s", r.Method, r.URL.RequestURI(), problem)
	}
	call.answer(w, r)
}

func (s *Script) next(r *http.Request) (Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
	s.done++
	if s.done > len(s.calls) {
		return Call{}, false
	}
	return s.calls[s.done-1], true
}

// problems compares a request with what was expected.
func (c Call) problems(r *http.Request, body []byte) []string {
	var out []string
	if c.Method != "" && r.Method != c.Method {
		out = append(out, "want method "+c.Method)
	}
	if target := r.URL.RequestURI(); c.Target != "" && target != c.Target {
		out = append(out, "want target "+c.Target)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		if got := r.Header.Values(name); !slices.Equal(got, values(c.Header[name])) {
			out = append(out, fmt.Sprintf("header %s = %q, want %q", name, got, c.Header[name]))
		}
	}
	if c.Body != string(body) && (c.Body != "" || c.Check == nil) {
		out = append(out, fmt.Sprintf("body %q, want %q", body, c.Body))
	}
	if c.Check != nil {
		if err := c.Check(r, body); err != nil {
			out = append(out, err.Error())
		}
	}
	return out
}

func values(want string) []string {
	if want == "" {
		return nil
	}
	return []string{want}
}

// answer plays the step's answer or fault.
func (c Call) answer(w http.ResponseWriter, r *http.Request) {
	if c.After > 0 {
		time.Sleep(c.After)
	}
	for name, value := range c.Send {
		w.Header().Set(name, value)
	}
	reply := []byte(c.Reply)
	switch c.Fault {
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Cut:
		panic(http.ErrAbortHandler)
	case CutBody:
		w.Header().Set("Content-Length", fmt.Sprint(len(reply)))
		reply = reply[:len(reply)/2]
	case None:
	}
	w.WriteHeader(max(c.Status, http.StatusOK))
	_, _ = w.Write(reply)
	if c.Fault == CutBody {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// RoundTrip implements http.RoundTripper without a socket, for tests in
// virtual time. Cut and CutBody are errors of the transport here, and Hang
// waits for the request's context.
func (s *Script) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(nil))
	}
	recorder := httptest.NewRecorder()
	if err := s.play(recorder, r); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (s *Script) play(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch recovered := recover(); recovered {
		case nil:
		case http.ErrAbortHandler:
			err = r.Context().Err()
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
		default:
			panic(recovered)
		}
	}()
	s.ServeHTTP(w, r)
	return nil
}
