package kit

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func fixedClock() *Clock {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return NewClock(func() time.Time { return start })
}

func TestClock(t *testing.T) {
	c := fixedClock()
	start := c.Now()
	if c.Advance(time.Hour) != time.Hour || c.Advance(-time.Hour) != time.Hour || c.Now().Sub(start) != time.Hour {
		t.Errorf("clock at %v", c.Now())
	}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { c.Advance(time.Second); c.Now() })
	}
	wg.Wait()
	if c.Offset() != time.Hour+100*time.Second {
		t.Errorf("offset %v", c.Offset())
	}
	if d := time.Since(NewClock(nil).Now()); d > time.Minute || d < -time.Minute {
		t.Errorf("wall clock off by %v", d)
	}
}

func TestSeededIDs(t *testing.T) {
	a, b, c := SeededIDs(1), SeededIDs(1), SeededIDs(2)
	seen := map[string]bool{}
	for range 1000 {
		id := a()
		if id != b() || id == c() || seen[id] {
			t.Fatalf("id %s", id)
		}
		seen[id] = true
		if u, err := uuid.Parse(id); err != nil || u.Version() != 4 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("not a UUID v4: %s", id)
		}
	}
}

func TestDecodeStrict(t *testing.T) {
	var in struct {
		A int `json:"a"`
	}
	for _, bad := range []string{"", "{", `{"b":1}`, `{"a":1}{}`, `{"a":"x"}`} {
		if DecodeStrict([]byte(bad), &in) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if err := DecodeStrict([]byte(`{"a":2}`), &in); err != nil || in.A != 2 {
		t.Error(err)
	}
}

func TestReadBodyIsCapped(t *testing.T) {
	r, _ := http.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", maxRequestBody+1)))
	if _, err := ReadBody(r); err == nil {
		t.Error("1 MiB and one byte was accepted")
	}
}

func TestRequestsLog(t *testing.T) {
	l := NewRequests(fixedClock().Now)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/made":
			w.WriteHeader(201)
		}
	})
	rt := HandlerTransport(l.Wrap("a", h, func(p string) string { return strings.ReplaceAll(p, "secret", "***") }))
	for _, p := range []string{"/made", "/ok", "/cut", "/secret"} {
		req, _ := http.NewRequest(http.MethodGet, "http://x"+p+"?q=1", nil)
		_, _ = rt.RoundTrip(req)
	}
	var got []string
	for _, e := range l.List("a") {
		got = append(got, fmt.Sprintf("%d %s %d", e.Seq, e.Path, e.Status))
	}
	if strings.Join(got, ", ") != "1 /made 201, 2 /ok 200, 3 /cut 0, 4 /*** 200" {
		t.Errorf("log %v", got)
	}
	if len(l.List("b")) != 0 {
		t.Error("other target listed")
	}
	for range 3 * maxRequests {
		l.add(Request{})
	}
	if n := len(l.List("")); n != maxRequests {
		t.Errorf("%d remembered", n)
	}
	l.Clear()
	if len(l.List("")) != 0 {
		t.Error("not cleared")
	}
}

// sink counts webhooks by body and answers what it is told.
type sink struct {
	mu     sync.Mutex
	got    []string
	answer int
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(raw))
	w.WriteHeader(s.answer)
}

func newOutbox(s *sink) (*Outbox, *Clock, *Faults) {
	c, f := fixedClock(), NewFaults(func(context.Context, time.Duration) error { return nil })
	return NewOutbox(OutboxConfig{
		Target: "a-webhooks", Train: []time.Duration{0, 10 * time.Second, 50 * time.Second}, Now: c.Now, Faults: f,
		Client: &http.Client{Transport: HandlerTransport(s)}, URL: "http://shop.test/hook",
	}), c, f
}

func TestWebhookFaults(t *testing.T) {
	for kind, want := range map[string]struct {
		first, afterRetry int // sends at once, and 10 s later
		state             string
	}{
		ErrorBefore: {0, 1, Delivered},
		DropBefore:  {0, 1, Delivered},
		ErrorAfter:  {1, 2, Delivered},
		DropReply:   {1, 2, Delivered},
		Duplicate:   {2, 2, Delivered},
		Lost:        {0, 0, Dropped},
		Delay:       {0, 1, Delivered},
	} {
		t.Run(kind, func(t *testing.T) {
			s := &sink{answer: 200}
			o, c, f := newOutbox(s)
			f.Add(Fault{Target: "a-webhooks", Path: "order.", Kind: kind, DelayMS: 10_000})
			o.Send(Message{Key: "1", Event: "order.done", Body: []byte("x")})
			o.Tick(t.Context())
			if len(s.got) != want.first {
				t.Errorf("%d sends at once, want %d", len(s.got), want.first)
			}
			c.Advance(10 * time.Second)
			o.Tick(t.Context())
			d := o.Deliveries()
			if len(s.got) != want.afterRetry || len(d) != 1 || d[0].State != want.state || d[0].Sends != want.afterRetry {
				t.Errorf("%d sends, %+v", len(s.got), d)
			}
		})
	}
}

func TestOutboxOrderAndParallel(t *testing.T) {
	s := &sink{answer: 200}
	o, _, _ := newOutbox(s)
	for i := range 6 {
		o.Send(Message{Key: fmt.Sprint(i % 2), Event: "e", Body: fmt.Appendf(nil, "%d", i)})
	}
	if n := o.TickParallel(t.Context(), 4); n != 6 {
		t.Fatalf("%d tries", n)
	}
	even, odd := "", ""
	for _, b := range s.got {
		if b[0]%2 == 0 {
			even += b
		} else {
			odd += b
		}
	}
	if even != "024" || odd != "135" {
		t.Errorf("per order: %s %s", even, odd)
	}
	if o.Tick(t.Context()) != 0 {
		t.Error("delivered twice")
	}
}

func TestOutboxWithoutURLLoses(t *testing.T) {
	o, _, _ := newOutbox(&sink{answer: 200})
	o.SetURL("")
	o.Send(Message{Key: "1"})
	if d := o.Deliveries(); len(d) != 1 || d[0].State != Dropped {
		t.Errorf("%+v", d)
	}
	if _, ok := o.NextDue(); ok {
		t.Error("something waits")
	}
}

func TestOutboxForgetsOldDeliveries(t *testing.T) {
	o, _, _ := newOutbox(&sink{answer: 200})
	for range 3 * maxFinished {
		o.Send(Message{Key: "1"})
		o.Tick(t.Context())
	}
	if n := len(o.Deliveries()); n > 2*maxFinished {
		t.Errorf("%d deliveries kept", n)
	}
}
