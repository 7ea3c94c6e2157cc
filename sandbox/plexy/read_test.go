package plexy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAuth(t *testing.T) {
	b := newBench(t)
	agent := "/agent/" + testAgent
	for _, c := range []struct {
		name, path, key string
		status          int
	}{
		{"good", agent + "/balance", testKey, 200},
		{"no key", agent + "/balance", "", 401},
		{"wrong key", agent + "/balance", "other", 401},
		{"bearer", agent + "/balance", "Bearer " + testKey, 401},
		{"scheme", agent + "/balance", "ApiKey " + testKey, 401},
		{"longer", agent + "/balance", testKey + "x", 401},
		{"another agent", "/agent/00000000-0000-4000-8000-000000000000/balance", testKey, 401},
		{"not a UUID", "/agent/1/balance", testKey, 401},
		{"products", agent + "/products", "", 401},
		{"types", agent + "/product-types", "", 401},
		{"orders", agent + "/orders", "", 401},
		{"no route", agent + "/nothing", testKey, 404},
		{"no order", agent + "/orders/5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c", testKey, 404},
		{"no product", agent + "/products/1", testKey, 404},
		{"odd product", agent + "/products/steam", testKey, 404},
		{"health", "/health", "", 200},
		{"health elsewhere", agent + "/health", testKey, 404},
	} {
		header := map[string]string{}
		if c.key != "" {
			header["Authorization"] = c.key
		}
		if got := b.send("GET", c.path, "", header); got.status != c.status {
			t.Errorf("%s: %d %s", c.name, got.status, got.raw)
		}
	}
	if got := b.send("POST", agent+"/orders", `{"product_id":101}`, map[string]string{"Authorization": "Bearer " + testKey, "Idempotency-Key": "k"}); got.status != 401 {
		t.Errorf("order with Bearer: %d", got.status)
	}
	b.wantBooks(0, 0, 0, "2000")
}

func TestHealthElsewhere(t *testing.T) {
	b := newBench(t)
	key := map[string]string{"Authorization": testKey}
	for _, c := range []struct {
		where              string
		bare, keyed, agent int
	}{
		{HealthRoot, 200, 200, 404}, {HealthAgent, 404, 404, 200}, {HealthKey, 401, 200, 404},
	} {
		b.apply(Change{Health: &c.where})
		got := []int{b.send("GET", "/health", "", nil).status, b.send("GET", "/health", "", key).status, b.send("GET", "/agent/"+testAgent+"/health", "", nil).status}
		b.want(c.where, fmt.Sprint(got), fmt.Sprint([]int{c.bare, c.keyed, c.agent}))
	}
	b.apply(Change{Health: ptr(HealthRoot), Unhealthy: ptr(true)})
	b.want("sick", fmt.Sprint(b.send("GET", "/health", "", nil).status), "503")
}

func TestErrorShapes(t *testing.T) {
	for shape, want := range map[string]string{
		ErrorCode:    `{"code":"insufficient_balance","message":"agent balance is too low"}`,
		ErrorString:  `{"error":"insufficient_balance"}`,
		ErrorNested:  `{"error":{"code":"insufficient_balance","message":"agent balance is too low","param":null,"request_id":"req_0000000001","type":"invalid_request_error"}}`,
		ErrorNumeric: `{"code":1,"message":"insufficient_balance: agent balance is too low","source":"gate","type":"apiError"}`,
		ErrorPlain:   `insufficient_balance: agent balance is too low`,
		ErrorEmpty:   ``,
	} {
		b := newBench(t)
		b.apply(Change{ErrorShape: &shape, Balances: map[string]string{"USD": "0"}})
		got := b.buy(psn)
		b.want(shape, words(got.status, got.raw), strings.TrimSpace("400 "+want))
		wantType := map[bool]string{true: "application/json"}[strings.HasPrefix(want, "{")]
		if kind := got.header.Get("Content-Type"); wantType != "" && kind != wantType {
			t.Errorf("%s is sent as %s", shape, kind)
		}
	}
	b := newBench(t)
	b.apply(Change{ErrorShape: ptr(ErrorNested)})
	b.want("param", b.post(`{"product_id":101,"quantity":3}`, "k").at("error.param"), "quantity")
}

func TestFaultBody(t *testing.T) {
	if got := string(FaultBody(500)); got != `{"code":"internal_error","message":"sandbox fault"}` {
		t.Error(got)
	}
}

func TestProductTypesAndCategories(t *testing.T) {
	b := newBench(t)
	var types []struct {
		ID   int
		Code string
		Name string
	}
	if err := json.Unmarshal([]byte(b.get("/product-types").raw), &types); err != nil || fmt.Sprint(types) !=
		"[{1 redeem_card Redeem card} {2 direct_transfer Direct transfer} {3 direct_top_up Direct top-up}]" {
		t.Errorf("%v %v", types, err)
	}
	names := []string{}
	page := b.get("/product-categories")
	for _, c := range page.items() {
		names = append(names, c.all("id", "name"))
	}
	b.want("categories", strings.Join(names, ","), "11 Game cards,12 Shopping and media,13 Transfers,14 Mobile games,15 Phone,10 Wallets")
	b.want("page", page.all("page", "pageSize", "total"), "1 50 6")
}

func TestProductOnTheWire(t *testing.T) {
	b := newBench(t)
	got := b.get("/products/456")
	b.want("steam", got.all("id", "name", "slug", "category_id", "product_type_id", "region_code", "currency_code", "price", "min_amount", "max_amount", "step", "is_active"),
		"456 Steam Wallet Top Up steam-wallet-top-up 10 3 GLOBAL USD 10 5 100 1 true")
	for _, field := range []string{"price", "min_amount", "step", "id", "category_id"} {
		if _, ok := got.data[field].(json.Number); !ok {
			t.Errorf("%s is not a JSON number: %s", field, got.raw)
		}
	}
	if !strings.HasPrefix(got.at("logo"), "https://") || strings.Contains(got.raw, "steam_login") || strings.Contains(got.raw, "margin") {
		t.Errorf("tells too much or too little: %s", got.raw)
	}
	fixed := b.get("/products/101")
	if !strings.Contains(fixed.raw, `"min_amount":null`) || !strings.Contains(fixed.raw, `"step":null`) {
		t.Errorf("numbers of a voucher: %s", fixed.raw)
	}
	b.want("half step", b.get("/products/301").all("price", "step"), "null 0.5")
	b.apply(Change{AbsentNulls: ptr(true)})
	if raw := b.get("/products/101").raw; strings.Contains(raw, "null") || !strings.Contains(raw, `"price":10`) {
		t.Errorf("nulls stay: %s", raw)
	}
}

func TestDefaultCatalogue(t *testing.T) {
	b := newBench(t)
	types, inactive, currencies, slugs := map[string]int{}, 0, map[string]int{}, map[string]bool{}
	for _, p := range DefaultCatalogue() {
		types[p.Type]++
		currencies[p.Currency]++
		slugs[p.Slug] = true
		if p.Inactive {
			inactive++
		}
	}
	b.want("types", fmt.Sprint(types), "map[direct_top_up:4 direct_transfer:1 redeem_card:6]")
	b.want("currencies", fmt.Sprint(currencies), "map[EUR:1 USD:9 USDT:1]")
	b.want("slugs and inactive", fmt.Sprint(len(slugs), inactive), "11 1")
}

func TestProductPages(t *testing.T) {
	b := newBench(t)
	all := idsOf(b.get("/products"))
	b.want("all", strings.Join(all, " "), "101 102 103 104 105 106 201 301 302 303 456")
	var paged []string
	for page := 1; page <= 4; page++ {
		paged = append(paged, idsOf(b.get(fmt.Sprintf("/products?page=%d&pageSize=4", page)))...)
	}
	b.want("in pages", strings.Join(paged, " "), strings.Join(all, " "))
	b.apply(Change{MaxPageSize: ptr(3)})
	got := b.get("/products?pageSize=100")
	b.want("cut", words(got.all("page", "pageSize", "total"), len(got.items())), "1 3 11 3")
	b.want("inactive", b.get("/products/106").at("is_active"), "false")
	b.want("bad page", fmt.Sprint(b.get("/products?page=x").status, b.get("/product-categories?pageSize=0").status), "400 400")
}

func TestListsAsArrays(t *testing.T) {
	b := newBench(t)
	b.apply(Change{ListShape: ptr(ListArray)})
	for path, want := range map[string]int{"/products": 11, "/products?page=2&pageSize=4": 11, "/product-categories": 6} {
		var list []map[string]any
		if err := json.Unmarshal([]byte(b.get(path).raw), &list); err != nil || len(list) != want {
			t.Errorf("%s: %d elements, %v", path, len(list), err)
		}
	}
	b.want("orders stay a page", b.get("/orders").all("page", "total"), "1 0")
}

func TestBalance(t *testing.T) {
	b := newBench(t)
	b.clock.Advance(90 * time.Second)
	b.buy(psn)
	b.want("balance", strings.TrimSpace(b.get("/balance").raw),
		`{"items":[{"available":"1989.80","currency_code":"USD","updated_at":"2026-03-15T12:01:30Z"},`+
			`{"available":"500.00","currency_code":"USDT","updated_at":"2026-03-15T12:00:00Z"}]}`)
	b.apply(Change{Balances: map[string]string{"USDT": "1.123456"}})
	b.want("more decimals", b.get("/balance").items()[1].at("available"), "1.123456")
}

func TestDeposits(t *testing.T) {
	b := newBench(t)
	b.clock.Advance(time.Minute)
	b.apply(Change{Deposit: &Deposit{Currency: "USD", Amount: "250", Pending: true}})
	b.apply(Change{Deposit: &Deposit{Currency: "EUR", Amount: "5.5", Method: "manual"}})
	b.wantBooks(0, 0, 0, "2000")
	got := b.get("/deposits")
	lines := []string{}
	for _, d := range got.items() {
		lines = append(lines, d.all("id", "currency_code", "amount", "method", "status", "external_ref", "created_at", "posted_at"))
	}
	b.want("deposits", strings.Join(lines, "\n"), strings.Join([]string{
		"1204 EUR 5.50 manual posted WIRE-1204 2026-03-15T12:01:00Z 2026-03-15T12:01:00Z",
		"1203 USD 250.00 bank_wire pending WIRE-1203 2026-03-15T12:01:00Z null",
		"1202 USDT 500.00 bank_wire posted WIRE-1202 2026-03-15T12:00:00Z 2026-03-15T12:00:00Z",
		"1201 USD 2000.00 bank_wire posted WIRE-1201 2026-03-15T12:00:00Z 2026-03-15T12:00:00Z",
	}, "\n"))
	if _, ok := got.items()[0].data["id"].(json.Number); !ok {
		t.Errorf("the id is no number: %s", got.raw)
	}
	b.want("pending", strings.Join(idsOf(b.get("/deposits?status=pending")), " "), "1203")
	b.want("posted", strings.Join(idsOf(b.get("/deposits?status=posted&page=2&pageSize=2")), " "), "1201")
	b.apply(Change{PostDeposit: ptr(1203)})
	b.wantBooks(0, 0, 0, "2250")
	b.want("posted now", b.get("/deposits?status=pending").at("total"), "0")
	b.want("bad page", fmt.Sprint(b.get("/deposits?page=0").status), "400")
	statuses := []string{}
	for _, d := range b.v.Books().Deposits {
		statuses = append(statuses, words(d.ID, d.Status))
	}
	b.want("books", strings.Join(statuses, " "), "1201 posted 1202 posted 1203 posted 1204 posted")
}
