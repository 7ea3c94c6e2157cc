package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// meter keeps what a client reports.
type meter struct {
	mu       sync.Mutex
	requests []string
	breaker  []string
	skew     []time.Duration
}

func (m *meter) Request(vendor, endpoint string, outcome rest.Outcome, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, fmt.Sprintf("%s %s %s", vendor, endpoint, outcome))
	if took < 0 {
		m.requests = append(m.requests, "negative duration")
	}
}

func (m *meter) Breaker(_, state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.breaker = append(m.breaker, state)
}

func (m *meter) Skew(_ string, ahead time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.skew = append(m.skew, ahead)
}

func newClient(t *testing.T, o rest.Options) *rest.Client {
	t.Helper()
	o.Vendor = "acme"
	if o.BaseURL == "" {
		o.BaseURL = "http://127.0.0.1:1"
	}
	c, err := rest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scripted returns a client whose transport is the script itself.
func scripted(t *testing.T, chain rest.Chain, calls ...resttest.Call) *rest.Client {
	t.Helper()
	chain.Transport = resttest.New(t, calls...)
	return newClient(t, rest.Options{Chain: chain})
}

func read(replay rest.Replay) rest.Request {
	return rest.Request{Method: "GET", Endpoint: "GET /things/{id}", Path: "/things/7", Replay: replay, Timeout: 10 * time.Second}
}

func wantError(t *testing.T, err error, kind rest.Kind, code string) *rest.Error {
	t.Helper()
	e := rest.As(err)
	if e == nil || e.Kind != kind || e.Code != code {
		t.Fatalf("error %v, want %s %s", err, kind, code)
	}
	return e
}

func TestSuccessIsDecoded(t *testing.T) {
	m := &meter{}
	c := scripted(t, rest.Chain{Observer: m}, resttest.Call{Method: "GET", Target: "/things/7", Reply: `{"n":1}`})
	r := read(rest.Safe)
	var got struct{ N int }
	r.Decode = func(res rest.Response) error { return json.Unmarshal(res.Body, &got) }
	if err := c.Do(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got.N != 1 {
		t.Errorf("decoded %d", got.N)
	}
	if diff := cmp.Diff([]string{"acme GET /things/{id} ok"}, m.requests); diff != "" {
		t.Error(diff)
	}
}

func TestKindsByStatus(t *testing.T) {
	tests := map[int]rest.Kind{
		200: "", 201: "", 204: "", 301: rest.KindUnclear, 307: rest.KindUnclear,
		400: rest.KindRefused, 401: rest.KindRefused, 402: rest.KindRefused, 403: rest.KindRefused, 404: rest.KindRefused,
		408: rest.KindUnclear, 409: rest.KindRefused, 422: rest.KindRefused, 429: rest.KindLimited,
		500: rest.KindUnclear, 502: rest.KindUnclear, 503: rest.KindUnclear, 504: rest.KindUnclear,
	}
	for status, want := range tests {
		c := scripted(t, rest.Chain{}, resttest.Call{Status: status})
		if got := rest.KindOf(c.Do(t.Context(), read(rest.Never))); got != want {
			t.Errorf("status %d: kind %q, want %q", status, got, want)
		}
	}
	if got := rest.KindOf(errors.New("anything")); got != rest.KindUnclear {
		t.Errorf("a nameless error is %q", got)
	}
}

func TestReplayOnlyWhereSafe(t *testing.T) {
	down := resttest.Call{Status: 503}
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, rest.Chain{}, down, down, resttest.Call{})
		if err := c.Do(t.Context(), read(rest.Safe)); err != nil {
			t.Errorf("the third attempt was good: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, rest.Chain{}, down, down, down)
		e := wantError(t, c.Do(t.Context(), read(rest.Safe)), rest.KindUnclear, "")
		if e.Status != 503 || e.Vendor != "acme" || e.Endpoint != "GET /things/{id}" {
			t.Errorf("error %+v", e)
		}
	})
	once := scripted(t, rest.Chain{}, down)
	wantError(t, once.Do(t.Context(), read(rest.Never)), rest.KindUnclear, "")
	refused := scripted(t, rest.Chain{}, resttest.Call{Status: 404})
	wantError(t, refused.Do(t.Context(), read(rest.Safe)), rest.KindRefused, "")
	bare := scripted(t, rest.Chain{Bare: true}, down)
	wantError(t, bare.Do(t.Context(), read(rest.Safe)), rest.KindUnclear, "")
}

func TestPausesAreBoundedJitteredAndHonourRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := rest.Chain{Jitter: func(p time.Duration) time.Duration { return p }}
		c := scripted(t, chain, resttest.Call{Status: 500}, resttest.Call{Status: 429, Send: map[string]string{"Retry-After": "3"}}, resttest.Call{})
		started := time.Now()
		if err := c.Do(t.Context(), read(rest.Safe)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(started); took != 200*time.Millisecond+3*time.Second {
			t.Errorf("waited %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, rest.Chain{}, resttest.Call{Status: 429, Send: map[string]string{"Retry-After": "60"}})
		started := time.Now()
		e := wantError(t, c.Do(t.Context(), read(rest.Safe)), rest.KindLimited, "")
		if time.Since(started) != 0 || e.RetryAfter != time.Minute {
			t.Errorf("a pause beyond the deadline was waited for: %v, retry after %v", time.Since(started), e.RetryAfter)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"7": 7 * time.Second, "-4": 0, "soon": 0, "": 0, "99999999999999999999": 0, "9999999": time.Hour,
		"Sun, 15 Mar 2026 12:00:30 GMT": 30 * time.Second, "Sun, 15 Mar 2026 11:00:00 GMT": 0,
	} {
		chain := rest.Chain{Now: func() time.Time { return now }}
		c := scripted(t, chain, resttest.Call{Status: 429, Send: map[string]string{"Retry-After": value}})
		if e := wantError(t, c.Do(t.Context(), read(rest.Never)), rest.KindLimited, ""); e.RetryAfter != want {
			t.Errorf("Retry-After %q: %v, want %v", value, e.RetryAfter, want)
		}
	}
}

func TestDeadlineCoversEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scripted(t, rest.Chain{}, resttest.Call{Fault: resttest.Hang})
		started := time.Now()
		wantError(t, c.Do(t.Context(), read(rest.Safe)), rest.KindUnclear, rest.CodeTimeout)
		if took := time.Since(started); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c := scripted(t, rest.Chain{}, resttest.Call{Status: 500, After: 900 * time.Millisecond})
		wantError(t, c.Do(ctx, read(rest.Safe)), rest.KindUnclear, "")
	})
}

func TestNothingIsSentAfterTheContextEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := scripted(t, rest.Chain{})
	wantError(t, c.Do(ctx, read(rest.Safe)), rest.KindNotSent, rest.CodeCancelled)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := scripted(t, rest.Chain{}, resttest.Call{Status: 500})
		time.AfterFunc(50*time.Millisecond, cancel) // during the first pause
		wantError(t, c.Do(ctx, read(rest.Safe)), rest.KindUnclear, "")
	})
}

// A call of which one attempt may have taken effect is never "not sent".
func TestDoubtOutlivesALaterRefusalToSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := rest.Chain{Breaker: rest.Breaker{Failures: 1, Delay: time.Minute}}
		c := scripted(t, chain, resttest.Call{Status: 500})
		e := wantError(t, c.Do(t.Context(), read(rest.Safe)), rest.KindUnclear, "")
		if e.Status != 500 {
			t.Errorf("status %d", e.Status)
		}
	})
}

func TestBreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{}
		chain := rest.Chain{Observer: m, Breaker: rest.Breaker{Failures: 2, Delay: time.Minute}}
		down := resttest.Call{Status: 500}
		c := scripted(t, chain, resttest.Call{Status: 404}, down, down, down, resttest.Call{}, resttest.Call{})
		do := func() error { return c.Do(t.Context(), read(rest.Never)) }
		wantError(t, do(), rest.KindRefused, "") // a refusal is an answer: it opens nothing
		_, _ = do(), do()
		e := wantError(t, do(), rest.KindNotSent, rest.CodeBreaker)
		if e.RetryAfter != time.Minute {
			t.Errorf("retry after %v", e.RetryAfter)
		}
		time.Sleep(time.Minute)
		wantError(t, do(), rest.KindUnclear, "") // the probe fails
		wantError(t, do(), rest.KindNotSent, rest.CodeBreaker)
		time.Sleep(time.Minute)
		if err := errors.Join(do(), do()); err != nil {
			t.Error(err)
		}
		want := []string{"open", "half-open", "open", "half-open", "closed"}
		if diff := cmp.Diff(want, m.breaker); diff != "" {
			t.Error(diff)
		}
	})
}

func TestACancelledProbeDoesNotHoldTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := rest.Chain{Breaker: rest.Breaker{Failures: 1, Delay: time.Minute}}
		c := scripted(t, chain, resttest.Call{Status: 500}, resttest.Call{Fault: resttest.Hang}, resttest.Call{})
		wantError(t, c.Do(t.Context(), read(rest.Never)), rest.KindUnclear, "")
		time.Sleep(time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		wantError(t, c.Do(ctx, read(rest.Never)), rest.KindUnclear, rest.CodeCancelled)
		time.Sleep(2 * time.Minute)
		if err := c.Do(t.Context(), read(rest.Never)); err != nil {
			t.Errorf("the breaker still waits for its probe: %v", err)
		}
	})
}

func TestLimiterWaitsRefusesAndIsPassedBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := rest.Limit{Calls: 1, Per: 10 * time.Second, MaxWait: 5 * time.Second}
		c := scripted(t, rest.Chain{Limit: limit}, resttest.Call{}, resttest.Call{}, resttest.Call{})
		r := read(rest.Never)
		if err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		e := wantError(t, c.Do(t.Context(), r), rest.KindNotSent, rest.CodeLocalLimit)
		if e.RetryAfter != 10*time.Second {
			t.Errorf("retry after %v", e.RetryAfter)
		}
		r.Unlimited = true
		if err := c.Do(t.Context(), r); err != nil {
			t.Errorf("with a permit of its own: %v", err)
		}
		r.Unlimited = false
		time.Sleep(6 * time.Second)
		started := time.Now()
		if err := c.Do(t.Context(), r); err != nil || time.Since(started) != 4*time.Second {
			t.Errorf("waited %v: %v", time.Since(started), err)
		}
	})
}

func TestAuthIsMadeAnewForEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := resttest.New(t,
			resttest.Call{Status: 500, Body: "{}", Header: map[string]string{"X-Try": "1", "Content-Type": "application/json"}},
			resttest.Call{Body: "{}", Header: map[string]string{"X-Try": "2"}})
		tries := 0
		c := newClient(t, rest.Options{
			Auth: func(req *http.Request, body []byte) error {
				tries++
				if string(body) != "{}" || req.GetBody != nil {
					return errors.New("body not as sent, or the transport could replay it")
				}
				req.Header.Set("X-Try", fmt.Sprint(tries))
				return nil
			},
			Chain: rest.Chain{Transport: script},
		})
		r := read(rest.Safe)
		r.Method, r.Body = "POST", []byte("{}")
		if err := c.Do(t.Context(), r); err != nil {
			t.Error(err)
		}
	})
	c := newClient(t, rest.Options{
		Auth:  func(*http.Request, []byte) error { return errors.New("no key") },
		Chain: rest.Chain{Transport: resttest.New(t)},
	})
	wantError(t, c.Do(t.Context(), read(rest.Safe)), rest.KindNotSent, rest.CodeAuth)
	free := newClient(t, rest.Options{
		Auth:  func(*http.Request, []byte) error { return errors.New("no key") },
		Chain: rest.Chain{Transport: resttest.New(t, resttest.Call{})},
	})
	r := read(rest.Safe)
	r.NoAuth = true
	if err := free.Do(t.Context(), r); err != nil {
		t.Error(err)
	}
}

func TestClockIsCompared(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 500, time.UTC)
	m := &meter{}
	chain := rest.Chain{Observer: m, Now: func() time.Time { return now }}
	c := scripted(t, chain, resttest.Call{Status: 401, Send: map[string]string{"Date": "Sun, 15 Mar 2026 12:05:00 GMT"}},
		resttest.Call{Send: map[string]string{"Date": "yesterday"}})
	_ = c.Do(t.Context(), read(rest.Never))
	_ = c.Do(t.Context(), read(rest.Never))
	want := rest.Skew{Ahead: 5 * time.Minute, At: now}
	if diff := cmp.Diff(want, c.Skew()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{5 * time.Minute}, m.skew); diff != "" {
		t.Error(diff)
	}
}

func TestNoSecretLeavesInLogsErrorsOrMetrics(t *testing.T) {
	const secret, code, id = "sk-PlantedSecret", "ABCD-EFGH-IJKL-MNOP", "cm7private9order"
	var log bytes.Buffer
	m := &meter{}
	message := "key " + secret + " may not read " + code + " of " + id + "\n\x1b[31mforged line " + strings.Repeat("x ", 300)
	script := resttest.New(t, resttest.Call{Status: 403, Reply: message, Send: map[string]string{"X-Code": code}},
		resttest.Call{Reply: `{"amount":"` + code + `"}`})
	c := newClient(t, rest.Options{
		Secrets: []string{secret, ""},
		Auth: func(r *http.Request, _ []byte) error {
			r.Header.Set("Authorization", "Bearer "+secret)
			return nil
		},
		Classify: func(r rest.Response) rest.Verdict {
			return rest.Verdict{Kind: rest.ByStatus(r.Status), Code: "BAD\nCODE " + secret, Message: string(r.Body)}
		},
		RequestID: func(rest.Response) string { return "req " + secret },
		Chain:     rest.Chain{Transport: script, Observer: m, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))},
	})
	r := read(rest.Never)
	r.Method, r.Path, r.Query = "POST", "/things/"+id, map[string][]string{"q": {code}}
	refused := c.Do(t.Context(), r)
	r.Decode = func(res rest.Response) error {
		var w struct{ Amount rest.Amount }
		return json.Unmarshal(res.Body, &w)
	}
	unreadable := c.Do(t.Context(), r)
	wantError(t, unreadable, rest.KindUnclear, rest.CodeUndecodable)
	all := refused.Error() + unreadable.Error() + fmt.Sprintf("%+v %v", rest.As(refused), m.requests) + log.String()
	for _, planted := range []string{secret, code, id, "ABCD", "\x1b", "forged line x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x"} {
		if strings.Contains(all, planted) {
			t.Errorf("%q leaves the process in:\n%s", planted, all)
		}
	}
	if !strings.Contains(refused.Error(), "may not read") || !strings.Contains(log.String(), "status=403") {
		t.Errorf("the readable part is lost: %v\n%s", refused, log.String())
	}
}

func TestRealConnectionFaults(t *testing.T) {
	tests := map[string]struct {
		call resttest.Call
		code string
	}{
		"cut before an answer": {resttest.Call{Fault: resttest.Cut}, rest.CodeCut},
		"cut in the answer":    {resttest.Call{Fault: resttest.CutBody, Reply: `{"success":true}`}, rest.CodeCut},
		"no answer in time":    {resttest.Call{Fault: resttest.Hang}, rest.CodeTimeout},
		"answer too large":     {resttest.Call{Reply: strings.Repeat("x", 101)}, rest.CodeTooLarge},
		"redirect":             {resttest.Call{Status: 307, Send: map[string]string{"Location": "https://elsewhere.example/"}}, rest.CodeRedirect},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			base, _ := resttest.Serve(t, tt.call)
			c := newClient(t, rest.Options{BaseURL: base, MaxBody: 100})
			r := read(rest.Never)
			r.Method, r.Timeout = "POST", 300*time.Millisecond
			wantError(t, c.Do(t.Context(), r), rest.KindUnclear, tt.code)
		})
	}
}

func TestUndialledIsNotSent(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, rest.Options{BaseURL: "http://" + address, Chain: rest.Chain{Bare: true}})
	e := wantError(t, c.Do(t.Context(), read(rest.Never)), rest.KindNotSent, rest.CodeDial)
	if strings.Contains(e.Error(), address) {
		t.Errorf("the address is in the error: %v", e)
	}
}

// A request with Idempotency-Key over a connection the server has closed is
// what net/http re-sends by itself; the chain must not let it.
func TestTheTransportDoesNotReplayBehindOurBack(t *testing.T) {
	base, script := resttest.Serve(t, resttest.Call{}, resttest.Call{Body: "{}", Fault: resttest.Cut})
	c := newClient(t, rest.Options{BaseURL: base, Chain: rest.Chain{Bare: true}})
	if err := c.Do(t.Context(), read(rest.Never)); err != nil {
		t.Fatal(err)
	}
	r := read(rest.Never)
	r.Method, r.Body, r.Header = "POST", []byte("{}"), http.Header{"Idempotency-Key": {"k"}}
	wantError(t, c.Do(t.Context(), r), rest.KindUnclear, rest.CodeCut)
	if n := len(script.Seen()); n != 2 {
		t.Errorf("%d calls came, want 2", n)
	}
}
