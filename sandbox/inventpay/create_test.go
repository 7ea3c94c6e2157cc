package inventpay

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestCreateInvoice(t *testing.T) {
	b := newBench(t)
	got := b.call("POST", "/create_invoice", `{"amount":49.99,"amountCurrency":"USD","orderId":"ord_1","description":"x","callbackUrl":"https://shop.test/c","expirationMinutes":45,"extra":1}`)
	id, _ := got.data["paymentId"].(string)
	if got.status != 200 || len(id) != 25 || got.root["success"] != true || got.root["statusCode"] != 200.0 {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	for name, want := range map[string]any{
		"baseAmount": 49.99, "baseCurrency": "USD", "orderId": "ord_1", "description": "x", "allowCurrencySelection": true, "selectedCurrency": nil,
		"invoiceUrl": "http://pay.test/pay/inventpay/" + id, "createdAt": "2026-03-01T12:00:00.000Z", "expiresAt": "2026-03-01T12:45:00.000Z",
		"expiresAtTimestamp": float64(b.clock.Now().Add(45 * time.Minute).UnixMilli()),
	} {
		if got.data[name] != want {
			t.Errorf("%s = %v, want %v", name, got.data[name], want)
		}
	}
	if !strings.Contains(got.raw, `"BTC":{"cryptoAmount":0.00077805,"currency":"BTC","network":"Bitcoin","price":64250.5}`) {
		t.Errorf("rates: %s", got.raw)
	}
	if n := len(got.data["availableCurrencies"].([]any)); n != 8 {
		t.Errorf("%d coins", n)
	}
	if r := b.live(id).root; r["status"] != "PENDING" || r["currency"] != nil || r["address"] != nil || r["orderId"] != nil {
		t.Errorf("status of a fresh invoice: %v", r)
	}
}

func TestCreatePayment(t *testing.T) {
	b := newBench(t)
	got := b.call("POST", "/create_payment", `{"amount":29.99,"amountCurrency":"USD","currency":"USDT_BEP20"}`)
	addr := fmt.Sprint(got.data["address"])
	if got.status != 200 || got.data["amount"] != 29.99 || got.data["currency"] != "USDT_BEP20" || got.data["isStablecoin"] != true ||
		got.data["qrCode"] != "usdt_bep20:"+addr+"?amount=29.99" || got.data["conversionRates"] != nil || got.data["expiresAt"] != "2026-03-01T12:30:00.000Z" {
		t.Errorf("%d %s", got.status, got.raw)
	}
	if r := b.live(fmt.Sprint(got.data["paymentId"])).root; r["currency"] != "USDT_BEP20" || r["address"] != addr || r["requiredAmount"] != "29.99" {
		t.Errorf("status %v", r)
	}
}

func TestCreateRefusals(t *testing.T) {
	b := newBench(t)
	good := `"amountCurrency":"USD"`
	for body, field := range map[string]string{
		`{"amount":"12.50",` + good + `}`: "amount", `{` + good + `}`: "amount", `{"amount":0,` + good + `}`: "amount", `{"amount":-1,` + good + `}`: "amount",
		`{"amount":1e999999999,` + good + `}`: "amount", `{"amount":` + strings.Repeat("9", 41) + `,` + good + `}`: "amount", `{"amount":null,` + good + `}`: "amount",
		`{"amount":1.001,` + good + `}`: "amount", `{"amount":1}`: "amountCurrency", `{"amount":1,"amountCurrency":"EUR"}`: "amountCurrency",
		`{"amount":1,"expirationMinutes":4,` + good + `}`: "expirationMinutes", `{"amount":1,"expirationMinutes":1441,` + good + `}`: "expirationMinutes",
		`{"amount":1,"expirationMinutes":5.5,` + good + `}`:                          "expirationMinutes",
		`{"amount":1,"orderId":"` + strings.Repeat("x", 101) + `",` + good + `}`:     "orderId",
		`{"amount":1,"description":"` + strings.Repeat("é", 501) + `",` + good + `}`: "description",
		`{"amount":1,"callbackUrl":"ftp://x/y",` + good + `}`:                        "callbackUrl",
		`{"amount":1,"callbackUrl":"/relative",` + good + `}`:                        "callbackUrl",
	} {
		got := b.call("POST", "/create_invoice", body)
		details, _ := got.root["details"].(map[string]any)
		if got.status != 400 || got.root["success"] != false || details[field] == nil {
			t.Errorf("%s: %d %s", body, got.status, got.raw)
		}
	}
	for _, body := range []string{`{`, ``, `[]`, `{"amount":1,"amountCurrency":7}`} {
		if got := b.call("POST", "/create_invoice", body); got.status != 400 {
			t.Errorf("%q: %d", body, got.status)
		}
	}
	for _, currency := range []string{``, `,"currency":"DOGE"`, `,"currency":"MULTI"`} {
		if got := b.call("POST", "/create_payment", `{"amount":1,`+good+currency+`}`); !got.is(400, "currency") {
			t.Errorf("%s: %d %s", currency, got.status, got.raw)
		}
	}
	if n := len(b.v.Books().Payments); n != 0 {
		t.Errorf("%d payments made by refused calls", n)
	}
}

func TestLongestTextsAreTaken(t *testing.T) {
	b := newBench(t)
	b.make("/create_invoice", `{"amount":1,"amountCurrency":"USDT","orderId":"`+strings.Repeat("é", 100)+`","description":"`+strings.Repeat("é", 500)+`","expirationMinutes":1440}`)
}

// Sheet §6: nothing makes a create idempotent, and an orderId is not unique.
func TestTwoCreatesAreTwoPayments(t *testing.T) {
	b := newBench(t)
	ids := map[string]bool{}
	for range 2 {
		r := b.request("POST", "/create_invoice", `{"amount":5,"amountCurrency":"USD","orderId":"same"}`)
		r.Header.Set("X-API-Key", testKey)
		r.Header.Set("Idempotency-Key", "a759b99a-9d22-433d-bced-ab1d2e1bea1d")
		ids[fmt.Sprint(b.do(r).data["paymentId"])] = true
	}
	if books := b.v.Books(); len(ids) != 2 || len(books.Payments) != 2 || books.Payments[0].OrderID != books.Payments[1].OrderID {
		t.Errorf("ids %v, %d payments", ids, len(books.Payments))
	}
}

func TestKeys(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		key, withdraw, method, path string
		want                        int
	}{
		{"", "", "POST", "/create_invoice", 401}, {"pk_wrong", "", "POST", "/create_payment", 401}, {"", "", "GET", "/merchant/balance", 401},
		{testKey, "", "GET", "/merchant/balance", 200}, {testKey, "", "POST", "/merchant/withdrawal/create", 403},
		{testKey, "wk_wrong", "POST", "/merchant/withdrawal/create", 403}, {"", testWithdraw, "POST", "/merchant/withdrawal/create", 401},
		{testKey, testWithdraw, "POST", "/merchant/withdrawal/create", 400}, {"", "", "GET", "/invoice/none/status", 404},
		{testKey, "", "GET", "/withdrawal/none", 404}, {testKey, "", "GET", "/balance", 404}, {testKey, "", "GET", "/create_invoice", 404},
		{testKey, "", "GET", "/merchant/webhook-delivery/none", 404}, {testKey, "", "GET", "/merchant/balance/DOGE", 404},
	} {
		r := b.request(c.method, c.path, "")
		r.Header.Set("X-API-Key", c.key)
		r.Header.Set("X-Withdrawal-Key", c.withdraw)
		if got := b.do(r); got.status != c.want || (c.want != 200 && got.root["error"] == nil) {
			t.Errorf("%+v: %d %s", c, got.status, got.raw)
		}
	}
	b.apply(Change{Blocked: ptr(true), HTMLErrors: ptr(true)})
	if got := b.call("GET", "/merchant/balance", ""); got.status != 403 || got.root != nil || !strings.HasPrefix(got.raw, "<html>") {
		t.Errorf("blocked: %d %s", got.status, got.raw)
	}
}

func TestRateLimits(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	for class, c := range map[string]struct {
		call  func() reply
		limit int
	}{
		"status":   {func() reply { return b.live(id) }, 300},
		"other":    {func() reply { return b.call("GET", "/merchant/balance", "") }, 60},
		"withdraw": {func() reply { return b.call("GET", "/withdrawal/none", "") }, 10},
		"create":   {func() reply { return b.call("POST", "/create_invoice", `{}`) }, 99}, // one was used above
	} {
		for i := range c.limit {
			if got := c.call(); got.status == 429 {
				t.Fatalf("%s: refused call %d", class, i)
			}
		}
		if got := c.call(); !got.is(429, `"success":false`) {
			t.Errorf("%s: %d after the limit", class, got.status)
		}
	}
	b.clock.Advance(time.Minute)
	if got := b.live(id); got.status != 200 {
		t.Errorf("a minute later: %d", got.status)
	}
	b.apply(Change{Limits: map[string]int{"other": 0}})
	for range 100 {
		if got := b.call("GET", "/merchant/balance", ""); got.status != 200 {
			t.Fatalf("without a limit: %d", got.status)
		}
	}
}

func TestReadingsOfACreate(t *testing.T) {
	b := newBench(t)
	b.apply(Change{BaseAsUSDT: ptr(true), Created201: ptr(true), Strings: ptr(true), Coins: []string{"LTC"}, Prices: map[string]string{"LTC": "100"}, HTTPSOnly: ptr(true)})
	got := b.call("POST", "/create_invoice", `{"amount":12.50,"amountCurrency":"USD"}`)
	if !got.is(201, `"cryptoAmount":"0.125"`) || got.data["baseAmount"] != "12.5" || got.data["baseCurrency"] != "USDT" || len(got.data["conversionRates"].(map[string]any)) != 1 {
		t.Errorf("%d %s", got.status, got.raw)
	}
	if got = b.call("POST", "/create_invoice", `{"amount":1,"amountCurrency":"USD","callbackUrl":"http://shop.test/"}`); got.status != 400 {
		t.Errorf("plain HTTP: %d", got.status)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	now := time.Now
	for _, cfg := range []Config{
		{WebhookSecret: "s", Now: now}, {APIKey: "k", Now: now}, {APIKey: "k", WebhookSecret: "s"},
		{APIKey: "k", WebhookSecret: "s", Now: now, Balances: map[string]string{"DOGE": "1"}}, {APIKey: "k", WebhookSecret: "s", Now: now, Balances: map[string]string{"BTC": "x"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	v, err := New(Config{APIKey: "k", WebhookSecret: "s", Now: now})
	must(t, err)
	r, _ := http.NewRequest("POST", "http://x"+api+"/merchant/withdrawal/create", nil)
	r.Header.Set("X-API-Key", "k")
	r.Header.Set("X-Withdrawal-Key", "anything")
	if res, err := kit.HandlerTransport(v.Handler()).RoundTrip(r); err != nil || res.StatusCode != 403 {
		t.Errorf("withdrawal without a key configured: %v %v", res, err)
	}
	if raw := string(FaultBody(500)); raw != `{"error":"sandbox fault","success":false}` {
		t.Error(raw)
	}
}
