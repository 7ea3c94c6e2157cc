package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counter is a handler that counts its effects and echoes the body.
func counter(n *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Effect", fmt.Sprint(n.Add(1)))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(raw)
	})
}

func post(t *testing.T, url string) (status int, header http.Header, body string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(raw), err
}

func TestFaultKinds(t *testing.T) {
	for name, c := range map[string]struct {
		fault   Fault
		status  int // 0 = the connection is cut
		body    string
		effects int32
	}{
		"none":         {Fault{Kind: ErrorBefore, Path: "/other"}, 201, "hello", 1},
		"other target": {Fault{Target: "b", Kind: ErrorBefore}, 201, "hello", 1},
		"other method": {Fault{Method: "GET", Kind: ErrorBefore}, 201, "hello", 1},
		"error before": {Fault{Kind: ErrorBefore}, 500, `{"error":"sandbox fault"}`, 0},
		"chosen code":  {Fault{Kind: ErrorBefore, Status: 503}, 503, `{"error":"sandbox fault"}`, 0},
		"error after":  {Fault{Kind: ErrorAfter, Status: 502}, 502, `{"error":"sandbox fault"}`, 1},
		"drop before":  {Fault{Kind: DropBefore}, 0, "", 0},
		"drop reply":   {Fault{Kind: DropReply}, 0, "", 1},
		"duplicate":    {Fault{Kind: Duplicate}, 201, "hello", 2},
		"delay":        {Fault{Kind: Delay, DelayMS: 1}, 201, "hello", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			f := NewFaults(nil)
			srv := httptest.NewServer(f.Wrap("a", counter(&n)))
			defer srv.Close()
			if c.fault.Target == "" {
				c.fault.Target = "a"
			}
			f.Add(c.fault)
			status, _, body, err := post(t, srv.URL+"/orders/buy")
			if (err != nil) != (c.status == 0) || status != c.status || body != c.body || n.Load() != c.effects {
				t.Errorf("status %d body %q effects %d err %v", status, body, n.Load(), err)
			}
			before := n.Load()
			if status, _, _, err := post(t, srv.URL+"/orders/sell"); err == nil && status != 201 {
				t.Errorf("fault hit twice: %d", status)
			} else if n.Load() != before+1 {
				t.Errorf("second request had %d effects", n.Load()-before)
			}
		})
	}
}

func TestDuplicateReturnsTheFirstAnswer(t *testing.T) {
	var n atomic.Int32
	f := NewFaults(nil)
	srv := httptest.NewServer(f.Wrap("a", counter(&n)))
	defer srv.Close()
	f.Add(Fault{Target: "a", Kind: Duplicate})
	if _, h, _, _ := post(t, srv.URL); h.Get("X-Effect") != "1" {
		t.Errorf("answer of effect %s", h.Get("X-Effect"))
	}
}

func TestRateLimitFaultTellsWhenToRetry(t *testing.T) {
	f := NewFaults(nil)
	srv := httptest.NewServer(f.Wrap("a", counter(new(atomic.Int32))))
	defer srv.Close()
	f.Add(Fault{Target: "a", Kind: ErrorBefore, Status: 429, DelayMS: 7000})
	if status, h, _, _ := post(t, srv.URL); status != 429 || h.Get("Retry-After") != "7" {
		t.Errorf("%d Retry-After %q", status, h.Get("Retry-After"))
	}
}

func waitHeld(t *testing.T, f *Faults, n int) {
	t.Helper()
	for range 500 {
		if l := f.List(); len(l) > 0 && l[0].Held == n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never %d held: %+v", n, f.List())
}

func TestHolds(t *testing.T) {
	for kind, atHold := range map[string]int32{HoldBefore: 0, HoldAfter: 1} {
		t.Run(kind, func(t *testing.T) {
			var n atomic.Int32
			f := NewFaults(nil)
			srv := httptest.NewServer(f.Wrap("a", counter(&n)))
			defer srv.Close()
			ft := f.Add(Fault{Target: "a", Kind: kind})
			done := make(chan int, 1)
			go func() {
				status, _, _, _ := post(t, srv.URL)
				done <- status
			}()
			waitHeld(t, f, 1)
			if n.Load() != atHold {
				t.Errorf("%d effects while held, want %d", n.Load(), atHold)
			}
			if !f.Release(ft.ID) || f.Release(99) {
				t.Error("release")
			}
			if got := <-done; got != 201 || n.Load() != 1 {
				t.Errorf("status %d, effects %d", got, n.Load())
			}
		})
	}
}

func TestHeldRequestWhoseClientDies(t *testing.T) {
	for kind, effects := range map[string]int32{HoldBefore: 0, HoldAfter: 1} {
		var n atomic.Int32
		f := NewFaults(nil)
		srv := httptest.NewServer(f.Wrap("a", counter(&n)))
		f.Add(Fault{Target: "a", Kind: kind})
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, strings.NewReader("x"))
		done := make(chan error, 1)
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				_ = res.Body.Close()
			}
			done <- err
		}()
		waitHeld(t, f, 1)
		cancel()
		if err := <-done; err == nil {
			t.Error("the client got an answer")
		}
		waitHeld(t, f, 0)
		if n.Load() != effects {
			t.Errorf("%s: %d effects, want %d", kind, n.Load(), effects)
		}
		srv.Close()
	}
}

func TestClearLetsHeldRequestsGo(t *testing.T) {
	f := NewFaults(nil)
	srv := httptest.NewServer(f.Wrap("a", counter(new(atomic.Int32))))
	defer srv.Close()
	f.Add(Fault{Target: "a", Kind: HoldBefore})
	done := make(chan int, 1)
	go func() {
		status, _, _, _ := post(t, srv.URL)
		done <- status
	}()
	waitHeld(t, f, 1)
	f.Clear()
	if got := <-done; got != 201 || len(f.List()) != 0 {
		t.Errorf("status %d, faults %v", got, f.List())
	}
}

func TestFaultListCountsAndForgets(t *testing.T) {
	f := NewFaults(nil)
	h := HandlerTransport(f.Wrap("a", counter(new(atomic.Int32))))
	client := &http.Client{Transport: h}
	ft := f.Add(Fault{Target: "a", Kind: ErrorBefore, Times: 2})
	for range 3 {
		res, err := client.Get("http://x/y")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if l := f.List(); len(l) != 1 || l[0].Hits != 2 {
		t.Errorf("list %+v", l)
	}
	if !f.Remove(ft.ID) || f.Remove(ft.ID) {
		t.Error("remove")
	}
	for range 2 * maxFaultHistory {
		f.Add(Fault{Target: "a", Kind: ErrorBefore})
		f.take("a", "GET", "/")
	}
	if n := len(f.List()); n > maxFaultHistory+1 {
		t.Errorf("%d used-up faults kept", n)
	}
}

func TestFaultValidation(t *testing.T) {
	targets := []string{"a", "a-webhooks"}
	for _, bad := range []Fault{
		{Target: "b", Kind: Delay}, {Target: "a", Kind: "explode"}, {Target: "a", Kind: Lost}, {Target: "a", Kind: Delay, Times: -1},
		{Target: "a", Kind: ErrorBefore, Status: 200}, {Target: "a", Kind: Delay, DelayMS: -1},
	} {
		if bad.Validate(targets) == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	for _, good := range []Fault{{Target: "a", Kind: HoldAfter}, {Target: "a-webhooks", Kind: Lost}} {
		if err := good.Validate(targets); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func TestHandlerTransport(t *testing.T) {
	var n atomic.Int32
	f := NewFaults(func(context.Context, time.Duration) error { return nil })
	rt := HandlerTransport(f.Wrap("a", counter(&n)))
	f.Add(Fault{Target: "a", Kind: DropReply})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/y?z=1", strings.NewReader("b"))
	if _, err := rt.RoundTrip(req); !errors.Is(err, io.ErrUnexpectedEOF) || n.Load() != 1 {
		t.Errorf("dropped reply: %v, effects %d", err, n.Load())
	}
	f.Add(Fault{Target: "a", Kind: Delay, DelayMS: 3_600_000})
	if res, err := rt.RoundTrip(req.Clone(t.Context())); err != nil || res.StatusCode != 201 {
		t.Errorf("delay of an hour without sleeping: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rt.RoundTrip(req.Clone(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended ctx: %v", err)
	}
}
