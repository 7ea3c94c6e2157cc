package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/order"
)

const testNumber = order.Number("3F7KQW2M9X")

type counts struct {
	mu sync.Mutex
	of map[string]int
}

func (c *counts) Count(name, label string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = make(map[string]int)
	}
	c.of[name+"/"+label]++
}

func (c *counts) get(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[key]
}

type hints struct {
	err      error
	got      []Notice
	external []string
}

func (h *hints) Hint(_ context.Context, n order.Number, hint order.Hint) error {
	if h.err == nil {
		h.got = append(h.got, Notice{Number: n, Hint: hint})
	}
	return h.err
}

func (h *hints) HintSupplier(_ context.Context, _, external string) error {
	if h.err == nil {
		h.external = append(h.external, external)
	}
	return h.err
}

var errSignature = errors.New("signature")

// verifyByHeader stands for a vendor's verifier: those have their own tests.
func verifyByHeader(header http.Header, body []byte, _ time.Time) (Notice, error) {
	switch {
	case header.Get("X-Sig") != "good":
		return Notice{}, errSignature
	case bytes.Equal(body, []byte("garbage")):
		return Notice{}, ErrMalformed
	case bytes.Equal(body, []byte("other")):
		return Notice{}, nil
	case bytes.Equal(body, []byte("panic")):
		panic("planted")
	}
	return Notice{Number: testNumber, Hint: order.Hint{Event: string(body), Payment: 1}}, nil
}

type edge struct {
	http.Handler
	hints *hints
	meter *counts
	now   time.Time
	ready error
	log   *bytes.Buffer
}

func newEdge() *edge {
	e := &edge{hints: &hints{}, meter: &counts{}, now: time.Unix(1_763_512_573, 0), log: &bytes.Buffer{}}
	e.Handler = NewHandler(Config{
		Telegram: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
		Payments: map[string]Verifier{"infini": verifyByHeader},
		Hints:    e.hints, Supply: e.hints, Meter: e.meter,
		Suppliers: []Supplier{{Name: "infinivoucher", Secrets: []string{"current-segment", "", "previous-segment"}, External: externalOf}},
		Ready:     func(context.Context) error { return e.ready },
		Log:       slog.New(slog.NewTextHandler(e.log, nil)), Now: func() time.Time { return e.now },
	})
	return e
}

func externalOf(body []byte) (string, error) {
	if bytes.Equal(body, []byte("garbage")) {
		return "", ErrMalformed
	}
	return string(body), nil
}

func (e *edge) send(method, path, body, sig string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Sig", sig)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Result()
}

func TestPaymentWebhook(t *testing.T) {
	tests := []struct {
		name, method, body, sig string
		fails                   error
		status                  int
		counted                 string
		stored                  int
	}{
		{"stored before it is answered", "POST", "evt-1", "good", nil, 200, "stored", 1},
		{"bad signature", "POST", "evt-1", "bad", nil, 401, "bad_signature", 0},
		{"no signature", "POST", "evt-1", "", nil, 401, "bad_signature", 0},
		{"signed but unreadable", "POST", "garbage", "good", nil, 400, "malformed", 0},
		{"event of no order", "POST", "other", "good", nil, 200, "ignored", 0},
		{"unknown order", "POST", "evt-1", "good", &order.Error{Code: order.CodeMissing, Op: "wake"}, 200, "unknown_order", 0},
		{"store away", "POST", "evt-1", "good", &order.Error{Code: order.CodeNotSent, Op: "wake"}, 503, "not_stored", 0},
		{"store unclear", "POST", "evt-1", "good", errors.New("i/o timeout"), 503, "not_stored", 0},
		{"too large", "POST", strings.Repeat("x", paymentBodyMax+1), "good", nil, 413, "too_large", 0},
		{"largest", "POST", strings.Repeat("x", paymentBodyMax), "good", nil, 200, "stored", 1},
		{"wrong method", "GET", "", "good", nil, 405, "not_posted", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEdge()
			e.hints.err = tt.fails
			res := e.send(tt.method, "/webhooks/infini", tt.body, tt.sig)
			if res.StatusCode != tt.status {
				t.Errorf("status %d, want %d", res.StatusCode, tt.status)
			}
			if len(e.hints.got) != tt.stored {
				t.Errorf("%d hints stored, want %d", len(e.hints.got), tt.stored)
			}
			if tt.counted != "" && e.meter.get("webhooks/infini:"+tt.counted) != 1 {
				t.Errorf("not counted as %s: %v", tt.counted, e.meter.of)
			}
		})
	}
}

func TestHintCarriesNumberEventAndPayment(t *testing.T) {
	e := newEdge()
	e.send("POST", "/webhooks/infini", "evt-9", "good")
	want := Notice{Number: testNumber, Hint: order.Hint{Event: "evt-9", Payment: 1}}
	if len(e.hints.got) != 1 || e.hints.got[0] != want {
		t.Errorf("got %+v, want %+v", e.hints.got, want)
	}
}

func TestSupplierWebhook(t *testing.T) {
	tests := []struct {
		name, path, body string
		status, looked   int
	}{
		{"known path", "/webhooks/infinivoucher/current-segment", "clx1", 200, 1},
		{"previous path during rotation", "/webhooks/infinivoucher/previous-segment", "clx1", 200, 1},
		{"wrong path", "/webhooks/infinivoucher/guess", "clx1", 404, 0},
		{"empty path", "/webhooks/infinivoucher/", "clx1", 404, 0},
		{"nothing of ours", "/webhooks/infinivoucher/current-segment", "", 200, 0},
		{"unreadable", "/webhooks/infinivoucher/current-segment", "garbage", 400, 0},
		{"too large", "/webhooks/infinivoucher/current-segment", strings.Repeat("x", supplierBodyMax+1), 413, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEdge()
			res := e.send("POST", tt.path, tt.body, "")
			if res.StatusCode != tt.status || len(e.hints.external) != tt.looked {
				t.Errorf("status %d, %d looks; want %d, %d", res.StatusCode, len(e.hints.external), tt.status, tt.looked)
			}
		})
	}
}

func TestSupplierHintOncePerMinute(t *testing.T) {
	e := newEdge()
	const path = "/webhooks/infinivoucher/current-segment"
	for range 5 {
		e.send("POST", path, "clx1", "")
	}
	e.send("POST", path, "clx2", "")
	if got := len(e.hints.external); got != 2 {
		t.Errorf("%d looks for two orders within a minute, want 2", got)
	}
	e.now = e.now.Add(time.Minute)
	e.send("POST", path, "clx1", "")
	if got := len(e.hints.external); got != 3 {
		t.Errorf("%d looks after the minute, want 3", got)
	}
}

func TestSupplierHintIsAnsweredWhenTheStoreIsAway(t *testing.T) {
	e := newEdge()
	e.hints.err = errors.New("down")
	if res := e.send("POST", "/webhooks/infinivoucher/current-segment", "clx1", ""); res.StatusCode != http.StatusOK {
		t.Errorf("status %d: a lost shortcut is no reason to be sent again", res.StatusCode)
	}
}

func TestOncePerForgetsWhenFull(t *testing.T) {
	o := newOncePer(time.Minute)
	now := time.Unix(1000, 0)
	for i := range oncePerMax {
		o.allow(string(rune(i))+"x", now)
	}
	if o.allow("one more", now) {
		t.Error("let through although the memory is full of fresh ids")
	}
	if !o.allow("one more", now.Add(2*time.Minute)) || len(o.seen) != 1 {
		t.Errorf("%d remembered after all grew old", len(o.seen))
	}
}

func TestHealthAndReadiness(t *testing.T) {
	e := newEdge()
	if res := e.send("GET", "/healthz", "", ""); res.StatusCode != http.StatusOK {
		t.Errorf("healthz %d", res.StatusCode)
	}
	if res := e.send("GET", "/readyz", "", ""); res.StatusCode != http.StatusOK {
		t.Errorf("readyz %d", res.StatusCode)
	}
	e.ready = errors.New("dial tcp 10.0.0.7:6379: refused")
	res := e.send("GET", "/readyz", "", "")
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusServiceUnavailable || strings.TrimSpace(string(body)) != "no" {
		t.Errorf("readyz %d %q: yes or no, nothing more", res.StatusCode, body)
	}
}

func TestTelegramIsMounted(t *testing.T) {
	if res := newEdge().send("POST", "/webhooks/telegram", "{}", ""); res.StatusCode != http.StatusTeapot {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestPanicIsCountedAndAnswered(t *testing.T) {
	e := newEdge()
	if res := e.send("POST", "/webhooks/infini", "panic", "good"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", res.StatusCode)
	}
	if e.meter.get("http_panics//webhooks/infini") != 1 {
		t.Errorf("not counted: %v", e.meter.of)
	}
}

func TestPathSecretsStayOutOfTheLog(t *testing.T) {
	e := newEdge()
	e.hints.err = errors.New("down")
	e.send("POST", "/webhooks/infinivoucher/current-segment", "clx-secret-order", "")
	e.send("POST", "/webhooks/infini", "evt-1", "good")
	if log := e.log.String(); strings.Contains(log, "current-segment") || !strings.Contains(log, "not stored") {
		t.Errorf("log: %s", log)
	}
}

func TestServeFinishesRunningRequests(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		plain(w, http.StatusOK, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, h, 5*time.Second) }()
	answered := make(chan int, 1)
	go func() {
		req, _ := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "http://"+l.Addr().String(), nil)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			answered <- 0
			return
		}
		defer func() { _ = res.Body.Close() }()
		answered <- res.StatusCode
	}()
	<-begun
	stop()
	close(finish)
	if got := <-answered; got != http.StatusOK {
		t.Errorf("a request under way got %d at shutdown", got)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	m.Count("webhooks", "infini:stored")
	m.Count("webhooks", "infini:stored")
	m.Observe("vendor", "infini", 30*time.Millisecond)
	m.Set("catalog_age_seconds", "all", 7)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`giftbot_webhooks_total{what="infini:stored"} 2`, `giftbot_vendor_seconds_count{what="infini"} 1`,
		`giftbot_catalog_age_seconds{what="all"} 7`, "go_goroutines",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}
