package infinivoucher

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

const testKey = "infi_sk_test"

type bench struct {
	t      *testing.T
	v      *Vendor
	clock  *kit.Clock
	ids    func() string
	hooks  []string
	answer int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	start := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	b := &bench{t: t, clock: kit.NewClock(func() time.Time { return start }), ids: kit.SeededIDs(9), answer: 200}
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		b.hooks = append(b.hooks, string(raw))
		w.WriteHeader(b.answer)
	})
	v, err := New(Config{
		Keys: map[string][]string{testKey: AllScopes(), "reader": {ScopeProducts}}, Now: b.clock.Now, NewID: kit.SeededIDs(1),
		WebhookURL: "http://shop.test/hook", WebhookClient: &http.Client{Transport: kit.HandlerTransport(shop)},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.v = v
	return b
}

type reply struct {
	status  int
	header  http.Header
	raw     string
	errCode string
	data    map[string]any
}

func (b *bench) call(method, path, key, body, idem string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://v.test"+api+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if idem != "" {
		r.Header.Set("Idempotency-Key", idem)
	}
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(res.Body)
	var env struct {
		Success bool           `json:"success"`
		Data    map[string]any `json:"data"`
		Error   struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(raw, &env); err != nil || env.Success == (env.Error.Code != "") {
		b.t.Fatalf("envelope of %s: %s", path, raw)
	}
	return reply{res.StatusCode, res.Header, string(raw), env.Error.Code, env.Data}
}

func (b *bench) get(path string) reply { b.t.Helper(); return b.call("GET", path, testKey, "", "") }

// buy purchases and lets enough time pass that no rate limit interferes.
func (b *bench) buy(product string, quantity int, idem string) reply {
	b.t.Helper()
	b.clock.Advance(3 * time.Second)
	return b.call("POST", "/orders/buy", testKey, fmt.Sprintf(`{"product_id":%q,"quantity":%d}`, product, quantity), idem)
}

func (b *bench) apply(c Change) {
	b.t.Helper()
	if err := b.v.Apply(c); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) next(mode string, times int) {
	b.t.Helper()
	b.apply(Change{NextPurchase: []NextPurchase{{mode, times}}})
}

func (b *bench) product(i int) Product { return b.v.Books().Products[i] }

// wantBooks checks orders, codes handed out and the wallet's balance.
func (b *bench) wantBooks(orders, codes int, balance string) {
	b.t.Helper()
	k := b.v.Books()
	if k.Totals.Orders != orders || k.Totals.Codes != codes || k.Wallet.Balance.String() != balance {
		b.t.Errorf("books: %+v, balance %s; want %d orders, %d codes, balance %s", k.Totals, k.Wallet.Balance, orders, codes, balance)
	}
}

func codesOf(r reply) []string {
	var out []string
	list, _ := r.data["codes"].([]any)
	for _, c := range list {
		out = append(out, c.(map[string]any)["code"].(string))
	}
	return out
}
