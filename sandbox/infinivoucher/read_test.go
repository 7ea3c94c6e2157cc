package infinivoucher

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestAuth(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		path, key string
		status    int
		code      string
	}{
		{"/health", "", 200, ""}, {"/products", "", 401, "UNAUTHORIZED"}, {"/products", "wrong", 401, "UNAUTHORIZED"},
		{"/products", "reader", 200, ""}, {"/wallet", "reader", 403, "FORBIDDEN"}, {"/orders", "reader", 403, "FORBIDDEN"},
		{"/orders/x", testKey, 404, "ORDER_NOT_FOUND"}, {"/nothing", testKey, 404, "NOT_FOUND"},
	} {
		if got := b.call("GET", c.path, c.key, "", ""); got.status != c.status || got.errCode != c.code {
			t.Errorf("%+v: %d %s", c, got.status, got.raw)
		}
	}
	yes := true
	b.apply(Change{IPBlocked: &yes, Unhealthy: &yes})
	if got := b.get("/products"); got.status != 403 {
		t.Errorf("blocked: %d", got.status)
	}
	if got := b.call("GET", "/health", "", "", ""); got.status != 503 {
		t.Errorf("unhealthy: %d", got.status)
	}
	no := false
	b.apply(Change{IPBlocked: &no, Scopes: []string{ScopeWallet}})
	if got := b.get("/products"); got.status != 403 || b.get("/wallet").status != 200 {
		t.Errorf("narrowed scopes: %d", got.status)
	}
}

func TestCatalogueIsWorthLookingAt(t *testing.T) {
	categories, sold := map[string]bool{}, 0
	for _, p := range DefaultCatalogue() {
		categories[p.Category] = true
		if p.Stock == 0 {
			sold++
		}
	}
	if len(categories) != 10 || len(DefaultCatalogue()) < 45 || sold != 1 {
		t.Errorf("%d categories, %d products, %d sold out", len(categories), len(DefaultCatalogue()), sold)
	}
}

func TestProductPagesSplitACategory(t *testing.T) {
	b := newBench(t)
	seen, pages, parts := map[string]bool{}, 0, 0
	for page := 1; ; page++ {
		d := b.get(fmt.Sprintf("/products?limit=4&page=%d", page)).data
		for _, c := range d["categories"].([]any) {
			cat := c.(map[string]any)
			if cat["name"] == "PUBG Mobile" {
				parts++
			}
			for _, p := range cat["products"].([]any) {
				seen[p.(map[string]any)["id"].(string)] = true
			}
		}
		pages++
		if float64(page) >= d["pagination"].(map[string]any)["totalPages"].(float64) {
			break
		}
	}
	if len(seen) != len(DefaultCatalogue()) || pages != (len(seen)+3)/4 || parts != 2 {
		t.Errorf("%d products on %d pages, first category in %d parts", len(seen), pages, parts)
	}
}

func TestProductFilters(t *testing.T) {
	b := newBench(t)
	all := len(DefaultCatalogue())
	category := b.get("/products").data["categories"].([]any)[0].(map[string]any)["id"].(string)
	for path, total := range map[string]int{
		"/products": all, "/products?in_stock=true": all - 1, "/products?in_stock=false": all, "/products?category_id=" + category: 6, "/products?category_id=x": 0,
	} {
		if got := b.get(path).data["pagination"].(map[string]any)["total"]; got != float64(total) {
			t.Errorf("%s: %v, want %d", path, got, total)
		}
	}
	for _, bad := range []string{"?page=0", "?limit=101", "?limit=x", "?in_stock=maybe"} {
		if got := b.get("/products" + bad); got.status != 400 {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
	p := b.product(0)
	b.apply(Change{Prices: map[string]string{p.ID: "0.99"}, Stock: map[string]int{p.ID: 0}})
	first := b.get("/products?limit=1").data["categories"].([]any)[0].(map[string]any)["products"].([]any)[0].(map[string]any)
	if first["price"] != "0.99" || first["stockStatus"] != "OUT_OF_STOCK" || first["availableQuantity"] != 0.0 {
		t.Errorf("changed product: %v", first)
	}
}

func TestWallet(t *testing.T) {
	b := newBench(t)
	b.buy(b.product(0).ID, 1, b.ids())
	up := "10"
	b.apply(Change{TopUp: &up})
	d := b.get("/wallet?include_transactions=true&transactions_limit=1").data
	if d["wallet"].(map[string]any)["balance"] != "5009.15" || len(d["transactions"].([]any)) != 1 {
		t.Errorf("%v", d)
	}
	top := d["transactions"].([]any)[0].(map[string]any)
	if top["type"] != "TOPUP" || top["amount"] != "10" || top["balanceAfter"] != "5009.15" || top["createdAt"] != stamp(b.clock.Now()) || len(top) != 5 {
		t.Errorf("top-up: %v", top)
	}
	all := b.get("/wallet?include_transactions=true").data["transactions"].([]any)
	if bought := all[1].(map[string]any); len(all) != 2 || bought["type"] != "PURCHASE" || bought["amount"] != "-0.85" || bought["orderId"] == nil || bought["id"] == top["id"] {
		t.Errorf("transactions: %v", all)
	}
	if got := b.get("/wallet"); len(got.data["transactions"].([]any)) != 0 {
		t.Error("transactions without asking")
	}
	if got := b.get("/wallet?transactions_limit=51"); got.status != 400 {
		t.Errorf("limit 51: %d", got.status)
	}
}

func TestOrderList(t *testing.T) {
	b := newBench(t)
	p := b.product(0).ID
	b.buy(p, 1, b.ids())
	cut := b.clock.Now().Add(time.Minute)
	b.clock.Advance(2 * time.Minute)
	b.next(ModePending, 1)
	b.buy(p, 2, b.ids())
	for query, want := range map[string]int{
		"": 2, "?status=PENDING": 1, "?status=FAILED": 0, "?from=" + stamp(cut): 1, "?to=" + stamp(cut): 1, "?limit=1": 1, "?limit=1&page=3": 0,
	} {
		got := b.get("/orders" + query)
		if list, _ := got.data["orders"].([]any); got.status != 200 || len(list) != want {
			t.Errorf("%s: %s", query, got.raw)
		}
	}
	first := b.get("/orders").data["orders"].([]any)[0].(map[string]any)
	if first["status"] != "PENDING" || first["type"] != "AUTO" || first["codes"] != nil || first["createdAt"] != "2026-03-15T12:02:06.000Z" {
		t.Errorf("newest: %v", first)
	}
	for _, bad := range []string{"?status=DONE", "?from=yesterday", "?limit=0"} {
		if got := b.get("/orders" + bad); got.status != 400 {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
}

func TestRateLimits(t *testing.T) {
	b := newBench(t)
	for i := range 60 {
		if got := b.get("/wallet"); got.status != 200 {
			t.Fatalf("call %d: %d", i+1, got.status)
		}
	}
	if got := b.get("/wallet"); got.status != 429 || got.header.Get("Retry-After") != "60" {
		t.Errorf("61st: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	b.clock.Advance(time.Minute)
	body := fmt.Sprintf(`{"product_id":%q,"quantity":1}`, b.product(0).ID)
	for i := range 6 {
		got := b.call("POST", "/orders/buy", testKey, body, b.ids())
		if want := map[bool]int{true: 200, false: 429}[i < 5]; got.status != want {
			t.Errorf("purchase %d: %d", i+1, got.status)
		}
	}
	b.clock.Advance(10 * time.Second)
	if got := b.call("POST", "/orders/buy", testKey, body, b.ids()); got.status != 200 {
		t.Errorf("10 s later: %d", got.status)
	}
}

func TestControlsAreAllOrNothing(t *testing.T) {
	b := newBench(t)
	one, bad, less := "1", "x", -1
	for name, c := range map[string]Change{
		"top up": {Balance: &one, TopUp: &bad}, "status": {Balance: &one, WalletStatus: &bad}, "stock": {Balance: &one, Stock: map[string]int{"x": 1}},
		"negative": {Balance: &one, Stock: map[string]int{b.product(0).ID: -1}}, "price": {Balance: &one, Prices: map[string]string{b.product(0).ID: "0"}},
		"hidden": {Balance: &one, Hidden: map[string]bool{"x": true}}, "mode": {Balance: &one, NextPurchase: []NextPurchase{{Mode: "x"}}},
		"order": {Balance: &one, CompleteOrder: &bad}, "cache": {Balance: &one, CacheErrors: &bad}, "limit": {Balance: &one, CallsPerMinute: &less},
		"pending": {Balance: &one, PendingFor: &bad}, "scope": {Balance: &one, Scopes: []string{"x"}}, "url": {Balance: &one, WebhookURL: &bad},
	} {
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	b.wantBooks(0, 0, "5000")
}

func TestNewRefusesBadProducts(t *testing.T) {
	keys := map[string][]string{"k": AllScopes()}
	one := decimal.NewFromInt(1)
	good := Product{ID: "a", Name: "n", Category: "c", Price: one}
	for _, products := range [][]Product{{{ID: "a"}}, {good, good}, {{ID: "a", Name: "n", Category: "c", Price: one, Stock: -1}}} {
		if _, err := New(Config{Keys: keys, Now: time.Now, Products: products}); err == nil {
			t.Errorf("%v was accepted", products)
		}
	}
	for _, c := range []Config{{Now: time.Now}, {Keys: keys}, {Keys: keys, Now: time.Now, Balance: "x"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
