package infinivoucher

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestBuyDebitsAndHandsOutCodes(t *testing.T) {
	b := newBench(t)
	p := b.product(0)
	got := b.buy(p.ID, 2, b.ids())
	codes := codesOf(got)
	if got.status != 200 || len(codes) != 2 || codes[0] == codes[1] {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	if !regexp.MustCompile(`^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`).MatchString(codes[0]) {
		t.Errorf("code looks like %s", codes[0])
	}
	order := got.data["order"].(map[string]any)
	if order["totalAmount"] != "1.7" || order["unitPrice"] != "0.85" || order["productName"] != "PUBG Mobile 60 UC" || order["status"] != "COMPLETED" {
		t.Errorf("order %v", order)
	}
	wallet := got.data["wallet"].(map[string]any)
	if fmt.Sprint(wallet["previousBalance"], wallet["deducted"], wallet["currentBalance"]) != "50001.74998.3" {
		t.Errorf("wallet %v", wallet)
	}
	b.wantBooks(1, 2, "4998.3")
	if b.product(0).Stock != p.Stock-2 {
		t.Error("stock did not go down")
	}
	again := b.get("/orders/" + order["id"].(string))
	if !slices.Equal(codesOf(again), codes) {
		t.Errorf("order call: %s", again.raw)
	}
	b.v.Tick(t.Context())
	if len(b.hooks) != 1 || !regexp.MustCompile(`"order_id":"`+order["id"].(string)).MatchString(b.hooks[0]) || regexp.MustCompile(codes[0]).MatchString(b.hooks[0]) {
		t.Errorf("webhooks %v", b.hooks)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := newBench(t)
	p, key := b.product(0).ID, b.ids()
	first := b.buy(p, 1, key)
	if again := b.buy(p, 1, key); again.raw != first.raw {
		t.Errorf("replay differs: %s", again.raw)
	}
	if other := b.buy(p, 2, key); other.status != 422 || other.errCode != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("other body: %d %s", other.status, other.raw)
	}
	b.clock.Advance(24*time.Hour - 10*time.Second)
	b.buy(p, 1, key)
	b.wantBooks(1, 1, "4999.15")
	b.clock.Advance(10 * time.Second)
	if later := b.buy(p, 1, key); later.raw == first.raw {
		t.Error("after 24 h the key should be forgotten")
	}
	b.wantBooks(2, 2, "4998.3")
}

func TestBuyRefusals(t *testing.T) {
	zero, frozen := "0", "FROZEN"
	for name, c := range map[string]struct {
		change   Change
		quantity int
		key      string
		status   int
		code     string
	}{
		"no key":       {Change{}, 1, "-", 400, "VALIDATION_ERROR"},
		"key not v4":   {Change{}, 1, "a759b99a-9d22-133d-bced-ab1d2e1bea1d", 400, "VALIDATION_ERROR"},
		"key in urn":   {Change{}, 1, "urn:uuid:a759b99a-9d22-433d-bced-ab1d2e1bea1d", 400, "VALIDATION_ERROR"},
		"quantity 0":   {Change{}, 0, "", 422, "VALIDATION_ERROR"},
		"quantity 101": {Change{}, 101, "", 422, "VALIDATION_ERROR"},
		"no funds":     {Change{Balance: &zero}, 1, "", 402, "INSUFFICIENT_FUNDS"},
		"frozen":       {Change{WalletStatus: &frozen}, 1, "", 403, "WALLET_FROZEN"},
		"no stock":     {Change{Stock: map[string]int{"P": 1}}, 2, "", 409, "OUT_OF_STOCK"},
		"hidden":       {Change{Hidden: map[string]bool{"P": true}}, 1, "", 404, "PRODUCT_NOT_FOUND"},
		"conflict":     {Change{NextPurchase: []NextPurchase{{Mode: ModeStockConflict}}}, 1, "", 409, "STOCK_CONFLICT"},
		"limited":      {Change{NextPurchase: []NextPurchase{{Mode: ModeRateLimited}}}, 1, "", 429, "RATE_LIMITED"},
		"server error": {Change{NextPurchase: []NextPurchase{{Mode: ModeErrorBefore}}}, 1, "", 503, "INTERNAL_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p := b.product(0).ID
			if n, ok := c.change.Stock["P"]; ok {
				c.change.Stock = map[string]int{p: n}
			}
			if c.change.Hidden["P"] {
				c.change.Hidden = map[string]bool{p: true}
			}
			b.apply(c.change)
			key := c.key
			if key == "" {
				key = b.ids()
			}
			if got := b.buy(p, c.quantity, key); got.status != c.status || got.errCode != c.code {
				t.Errorf("%d %s", got.status, got.raw)
			}
			if n := b.v.Books().Totals.Orders; n != 0 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

func TestMalformedBuyBody(t *testing.T) {
	b := newBench(t)
	for body, status := range map[string]int{`{`: 400, `{"product_id":1}`: 400, `{"product_id":"x","quantity":1}`: 404, `{"quantity":1}`: 422} {
		b.clock.Advance(3 * time.Second)
		if got := b.call("POST", "/orders/buy", testKey, body, b.ids()); got.status != status {
			t.Errorf("%s: %d %s", body, got.status, got.raw)
		}
	}
}

func TestErrorAfterThePurchase(t *testing.T) {
	b := newBench(t)
	p, key := b.product(0).ID, b.ids()
	b.next(ModeErrorAfter, 1)
	if got := b.buy(p, 2, key); got.status != 502 || len(codesOf(got)) != 0 {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	b.wantBooks(1, 2, "4998.3")
	if got := b.buy(p, 2, key); got.status != 200 || !slices.Equal(codesOf(got), b.v.Books().Orders[0].Codes) {
		t.Errorf("replay: %s", got.raw)
	}
	b.wantBooks(1, 2, "4998.3")
}

func TestAreErrorsCachedUnderTheKey(t *testing.T) {
	for setting, want := range map[string]int{"none": 200, "final": 409, "all": 409} {
		b := newBench(t)
		p, key := b.product(0), b.ids()
		b.apply(Change{CacheErrors: &setting, Stock: map[string]int{p.ID: 0}})
		b.buy(p.ID, 1, key)
		b.apply(Change{Stock: map[string]int{p.ID: 5}})
		if got := b.buy(p.ID, 1, key); got.status != want {
			t.Errorf("%s, out of stock: %d, want %d", setting, got.status, want)
		}
		b.next(ModeStockConflict, 1)
		key = b.ids()
		b.buy(p.ID, 1, key)
		if got := b.buy(p.ID, 1, key); (got.status == 409) != (setting == "all") {
			t.Errorf("%s, conflict: %d", setting, got.status)
		}
	}
}

func TestWrongGoods(t *testing.T) {
	b := newBench(t)
	p := b.product(0).ID
	b.next(ModeFewerCodes, 1)
	if got := codesOf(b.buy(p, 3, b.ids())); len(got) != 2 {
		t.Errorf("fewer codes: %v", got)
	}
	b.wantBooks(1, 2, "4997.45")
	b.next(ModeSameCodeTwice, 2)
	if got := codesOf(b.buy(p, 2, b.ids())); len(got) != 2 || got[0] != got[1] {
		t.Errorf("twice in one order: %v", got)
	}
	b.next(ModeNormal, 1)
	earlier := codesOf(b.buy(p, 1, b.ids()))
	b.next(ModeSameCodeTwice, 1)
	if got := codesOf(b.buy(p, 1, b.ids())); got[0] != earlier[0] {
		t.Errorf("code of an earlier order: %v, want %v", got, earlier)
	}
}

func TestPendingOrders(t *testing.T) {
	b := newBench(t)
	p, wait := b.product(0).ID, "1m"
	b.apply(Change{PendingFor: &wait, NextPurchase: []NextPurchase{{Mode: ModePending}}})
	got := b.buy(p, 1, b.ids())
	id := got.data["order"].(map[string]any)["id"].(string)
	if len(codesOf(got)) != 0 || b.get("/orders/" + id).data["order"].(map[string]any)["status"] != "PENDING" {
		t.Fatalf("pending: %s", got.raw)
	}
	b.wantBooks(1, 0, "4999.15")
	if at, ok := b.v.NextDue(); !ok || at.Sub(b.clock.Now()) != time.Minute {
		t.Errorf("next due %v %v", at, ok)
	}
	b.clock.Advance(time.Minute)
	b.v.Tick(t.Context())
	if done := b.get("/orders/" + id); len(codesOf(done)) != 1 || len(b.hooks) != 1 {
		t.Errorf("completed: %s, %d webhooks", done.raw, len(b.hooks))
	}

	never := "0s"
	b.apply(Change{PendingFor: &never, NextPurchase: []NextPurchase{{Mode: ModePending, Times: 2}}})
	b.buy(p, 1, b.ids())
	b.buy(p, 1, b.ids())
	orders := b.v.Books().Orders
	b.apply(Change{CompleteOrder: &orders[1].ID})
	b.apply(Change{FailOrder: &orders[2].ID, Refund: true})
	orders = b.v.Books().Orders
	if orders[1].Status != "COMPLETED" || orders[2].Status != "FAILED" || len(orders[2].Codes) != 0 {
		t.Errorf("orders %+v", orders)
	}
	b.wantBooks(3, 2, "4998.3")
	if err := b.v.Apply(Change{CompleteOrder: &orders[2].ID}); err == nil {
		t.Error("a failed order was completed")
	}
}

func TestEveryCodeIsUnique(t *testing.T) {
	b := newBench(t)
	p, none := b.product(0).ID, 0
	b.apply(Change{Stock: map[string]int{p: 1000}, CallsPerMinute: &none, PurchasesPer10s: &none})
	seen := map[string]bool{}
	for range 10 {
		for _, c := range codesOf(b.buy(p, 100, b.ids())) {
			if seen[c] {
				t.Fatalf("code %s handed out twice", c)
			}
			seen[c] = true
		}
	}
	if len(seen) != 1000 {
		t.Errorf("%d codes", len(seen))
	}
}

func TestWebhookIsTriedThreeTimes(t *testing.T) {
	b := newBench(t)
	b.answer = 500
	b.buy(b.product(0).ID, 1, b.ids())
	for range 120 {
		b.v.Tick(t.Context())
		b.clock.Advance(time.Second)
	}
	if len(b.hooks) != 3 {
		t.Errorf("%d tries", len(b.hooks))
	}
	id := b.v.Books().Orders[0].ID
	b.apply(Change{ResendOrder: &id})
	b.v.Tick(t.Context())
	if len(b.hooks) != 4 {
		t.Error("not resent")
	}
	no := "no"
	if err := b.v.Apply(Change{ResendOrder: &no}); !errors.Is(err, ErrUnknownOrder) {
		t.Error(err)
	}
}
