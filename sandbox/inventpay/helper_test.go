package inventpay

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
	testKey      = "pk_live_test"
	testWithdraw = "wk_live_test"
	testHook     = "whsec_inv_0123456789"
	merchantURL  = "http://shop.test/hook"
	callbackURL  = "http://shop.test/callback"
)

// received is one webhook as the shop saw it.
type received struct {
	at     time.Time
	path   string
	header http.Header
	raw    []byte
	body   map[string]any
}

// bench is a vendor, its clock and a shop that collects webhooks.
type bench struct {
	t      *testing.T
	v      *Vendor
	clock  *kit.Clock
	faults *kit.Faults

	mu     sync.Mutex
	hooks  []received
	answer int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := &bench{t: t, clock: kit.NewClock(func() time.Time { return start }), faults: kit.NewFaults(nil), answer: 200}
	v, err := New(Config{
		APIKey: testKey, WithdrawalKey: testWithdraw, WebhookSecret: testHook, Now: b.clock.Now, NewID: kit.SeededIDs(1),
		PublicURL: "http://pay.test/", WebhookURL: merchantURL,
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
	got := received{at: b.clock.Now(), path: r.URL.Path, header: r.Header, raw: raw}
	if err := json.Unmarshal(raw, &got.body); err != nil {
		b.t.Errorf("webhook body: %v", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = append(b.hooks, got)
	w.WriteHeader(b.answer)
}

// field is a field of a webhook, nested or flat.
func (r received) field(name string) any {
	if data, ok := r.body["data"].(map[string]any); ok && data[name] != nil {
		return data[name]
	}
	return r.body[name]
}

// told lists the webhooks so far, without the common prefix.
func (b *bench) told() string {
	var names []string
	for _, h := range b.hooks {
		names = append(names, strings.TrimPrefix(fmt.Sprint(h.body["event"]), "payment.")+"="+fmt.Sprint(h.field("status")))
	}
	return strings.Join(names, " ")
}

func (b *bench) tick() { b.v.Tick(b.t.Context()) }

func (b *bench) pass(d time.Duration) {
	b.clock.Advance(d)
	b.tick()
}

type reply struct {
	status int
	raw    string
	root   map[string]any
	data   map[string]any
}

func (r reply) is(status int, part string) bool {
	return r.status == status && strings.Contains(r.raw, part)
}

func (b *bench) do(r *http.Request) reply {
	b.t.Helper()
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(res.Body)
	out := reply{status: res.StatusCode, raw: string(raw)}
	_ = json.Unmarshal(raw, &out.root)
	out.data, _ = out.root["data"].(map[string]any)
	return out
}

func (b *bench) request(method, path, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://gateway.test"+api+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// call makes a request with both keys.
func (b *bench) call(method, path, body string) reply {
	b.t.Helper()
	r := b.request(method, path, body)
	r.Header.Set("X-API-Key", testKey)
	r.Header.Set("X-Withdrawal-Key", testWithdraw)
	return b.do(r)
}

// invoice makes an invoice over 12.50 USD that lives an hour and returns its id.
func (b *bench) invoice() string {
	b.t.Helper()
	return b.make("/create_invoice", `{"amount":12.50,"amountCurrency":"USD","orderId":"ord_1001"}`)
}

func (b *bench) make(path, body string) string {
	b.t.Helper()
	got := b.call("POST", path, body)
	if got.status != 200 {
		b.t.Fatalf("create: %d %s", got.status, got.raw)
	}
	return got.data["paymentId"].(string)
}

func (b *bench) pay(id string, opts PayOptions) {
	b.t.Helper()
	if _, err := b.v.Pay(id, opts); err != nil {
		b.t.Fatal(err)
	}
}

// live is the public status as the shop would read it, without a key.
func (b *bench) live(id string) reply {
	b.t.Helper()
	return b.do(b.request("GET", "/invoice/"+id+"/status", ""))
}

// wantLive checks status, balance, required and confirmations.
func (b *bench) wantLive(id, want string) {
	b.t.Helper()
	r := b.live(id).root
	if got := fmt.Sprintf("%v %v/%v %v", r["status"], r["currentBalance"], r["requiredAmount"], r["confirmations"]); got != want {
		b.t.Errorf("payment is %q, want %q", got, want)
	}
}

func (b *bench) apply(c Change) {
	b.t.Helper()
	must(b.t, b.v.Apply(c))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }
