package infini

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

const (
	testKey    = "merchant-001"
	testSecret = "sk_test_0123456789abcdef"
	testHook   = "whsec_test_0123456789"
)

// received is one webhook as the shop saw it.
type received struct {
	at     time.Time
	header http.Header
	raw    string
	body   webhookBody
}

// bench is a vendor, its clock and a shop that collects webhooks.
type bench struct {
	t      *testing.T
	v      *Vendor
	clock  *kit.Clock
	faults *kit.Faults
	ids    func() string

	mu     sync.Mutex
	hooks  []received
	answer int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := &bench{t: t, clock: kit.NewClock(func() time.Time { return start }), faults: kit.NewFaults(nil), ids: kit.SeededIDs(7), answer: 200}
	v, err := New(Config{
		KeyID: testKey, SecretKey: testSecret, WebhookSecret: testHook,
		Now: b.clock.Now, NewID: kit.SeededIDs(1), PublicURL: "http://pay.test/", WebhookURL: "http://shop.test/webhooks/infini",
		WebhookClient: &http.Client{Transport: kit.HandlerTransport(http.HandlerFunc(b.shop))}, Faults: b.faults,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.v = v
	return b
}

func (b *bench) shop(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	got := received{at: b.clock.Now(), header: r.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &got.body); err != nil {
		b.t.Errorf("webhook body: %v", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = append(b.hooks, got)
	w.WriteHeader(b.answer)
}

func (b *bench) events() string {
	var names []string
	for _, h := range b.hooks {
		names = append(names, h.body.Event+"="+h.body.Status)
	}
	return strings.Join(names, " ")
}

func (b *bench) pass(d time.Duration) {
	b.clock.Advance(d)
	b.v.Tick(b.t.Context())
}

type reply struct {
	status int
	raw    string
	code   int
	data   map[string]any
}

// signed makes a request as the sheet demands, for tests to spoil.
func (b *bench) signed(method, path, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://gateway.test"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	date := b.clock.Now().Format(http.TimeFormat)
	r.Header.Set("Date", date)
	r.Header.Set("Authorization", authHeader(testKey, SignRequest(testSecret, testKey, method, path, date)))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Digest", Digest([]byte(body)))
	}
	return r
}

func (b *bench) do(r *http.Request) reply {
	b.t.Helper()
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(res.Body)
	out := reply{status: res.StatusCode, raw: string(raw), code: -1}
	var env struct {
		Code *int            `json:"code"`
		Data json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(raw, &env)
	if env.Code != nil {
		out.code = *env.Code
	}
	_ = json.Unmarshal(env.Data, &out.data)
	return out
}

func (b *bench) call(method, path, body string) reply {
	b.t.Helper()
	return b.do(b.signed(method, path, body))
}

// create makes an order of 12.50 USD living an hour and returns its id.
func (b *bench) create() string {
	b.t.Helper()
	got := b.call("POST", api+"/order", b.body(""))
	if got.code != 0 {
		b.t.Fatalf("create: %s", got.raw)
	}
	return got.data["order_id"].(string)
}

// body is a good create, with extra fields overriding those before them.
func (b *bench) body(extra string) string {
	id := b.ids()
	return fmt.Sprintf(`{"request_id":%q,"amount":"12.50","currency":"USD","client_reference":"ref-%s","expires_in":3600%s}`, id, id[:8], extra)
}

func (b *bench) order(id string) reply {
	b.t.Helper()
	return b.call("GET", api+"/order?order_id="+id, "")
}

func (b *bench) pay(id string, opts PayOptions) {
	b.t.Helper()
	if _, err := b.v.Pay(id, opts); err != nil {
		b.t.Fatal(err)
	}
}

// wantOrder checks status, confirming, confirmed and tags as GET answers them.
func (b *bench) wantOrder(id, want string) {
	b.t.Helper()
	d := b.order(id).data
	got := fmt.Sprintf("%v %v/%v %v", d["status"], d["amount_confirming"], d["amount_confirmed"], d["exception_tags"])
	if got != want {
		b.t.Errorf("order is %q, want %q", got, want)
	}
}
