package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/kit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testWorld is a world without sockets, called through its handler.
type testWorld struct {
	*World
	t      *testing.T
	hooks  atomic.Int32
	offset time.Duration
}

func newWorld(t *testing.T) *testWorld {
	t.Helper()
	tw := &testWorld{t: t}
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	shop := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { tw.hooks.Add(1) })
	w, err := New(Config{
		Clock: kit.NewClock(func() time.Time { return start }), NewID: kit.SeededIDs(1),
		WebhookClient: &http.Client{Transport: kit.HandlerTransport(shop)},
		InfiniKeyID:   "kid", InfiniSecretKey: "sec", InfiniWebhookSecret: "whs", InfiniWebhookURL: "http://shop.test/i",
		InfiniVoucherKey: "infi_sk", InfiniVoucherWebhookURL: "http://shop.test/v",
		InventPayKey: "pk_live", InventPayWithdrawalKey: "wk_live", InventPayWebhookSecret: "whs", InventPayWebhookURL: "http://shop.test/p",
		Telegram: named("telegram"), Chat: named("chat"),
		OnAdvance: func(d time.Duration) { tw.offset = d },
	})
	if err != nil {
		t.Fatal(err)
	}
	tw.World = w
	return tw
}

func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

func (w *testWorld) do(r *http.Request) (int, string) {
	w.t.Helper()
	res, err := kit.HandlerTransport(w.Handler()).RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(raw)
}

func (w *testWorld) call(method, path, body string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequest(method, "http://127.0.0.1:8088"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(r)
}

// order places an Infini order of 12.50 USD as the bot would.
func (w *testWorld) order() string {
	w.t.Helper()
	body := `{"request_id":"a759b99a-9d22-433d-bced-ab1d2e1bea1d","amount":"12.50","currency":"USD","client_reference":"ref-1","expires_in":3600,"merchant_alias":"Ada's <shop>","success_url":"https://t.me/bot?start=o_1"}`
	r, _ := http.NewRequest("POST", "http://127.0.0.1:8088/infini/v1/acquiring/order", strings.NewReader(body))
	date := w.Clock.Now().Format(http.TimeFormat)
	r.Header.Set("Date", date)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Digest", infini.Digest([]byte(body)))
	r.Header.Set("Authorization", fmt.Sprintf(`Signature keyId="kid",algorithm="hmac-sha256",headers="@request-target date",signature="%s"`,
		infini.SignRequest("sec", "kid", "POST", r.URL.RequestURI(), date)))
	status, raw := w.do(r)
	var out struct {
		Data struct {
			OrderID     string `json:"order_id"`
			CheckoutURL string `json:"checkout_url"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(raw), &out); err != nil || status != 200 {
		w.t.Fatalf("create: %d %s", status, raw)
	}
	if want := "http://127.0.0.1:8088/pay/infini/" + out.Data.OrderID; out.Data.CheckoutURL != want {
		w.t.Errorf("checkout_url %s, want %s", out.Data.CheckoutURL, want)
	}
	return out.Data.OrderID
}

// invoice makes an InventPay invoice over 12.50 USD as the bot would.
func (w *testWorld) invoice() string {
	w.t.Helper()
	r, _ := http.NewRequest("POST", "http://127.0.0.1:8088/inventpay/v1/create_invoice", strings.NewReader(`{"amount":12.50,"amountCurrency":"USD","orderId":"ref-2"}`))
	r.Header.Set("X-API-Key", "pk_live")
	r.Header.Set("Content-Type", "application/json")
	status, raw := w.do(r)
	var out struct {
		Data struct {
			PaymentID  string `json:"paymentId"`
			InvoiceURL string `json:"invoiceUrl"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(raw), &out); err != nil || status != 200 || out.Data.InvoiceURL != "http://127.0.0.1:8088/pay/inventpay/"+out.Data.PaymentID {
		w.t.Fatalf("create: %d %s", status, raw)
	}
	return out.Data.PaymentID
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/": "chat", "/app.js": "chat", "/control/people": "chat", "/control/chats/1/messages": "chat", "/control/events": "chat",
		"/telegram/bot1:x/getMe": "telegram", "/infinivoucher/api/v1/health": `"healthy"`, "/control/clock": `"offset":"0s"`,
		"/pay/assets/pay.css": ".sandbox", "/control/vendors/infini": `"orders":[]`,
		"/pay/assets/coins.js": "coinPage", "/control/vendors/inventpay": `"payments":[]`,
	} {
		if status, raw := w.call("GET", path, ""); status != 200 || !strings.Contains(raw, want) {
			t.Errorf("%s: %d %.80s", path, status, raw)
		}
	}
	if status, _ := w.call("GET", "/infini/v1/acquiring/order", ""); status != 401 {
		t.Errorf("unsigned call to infini: %d", status)
	}
}

func TestGuard(t *testing.T) {
	w := newWorld(t)
	w.cfg.Hosts = []string{"sandbox"}
	for _, c := range []struct {
		host, origin, site string
		want               int
	}{
		{"127.0.0.1:8088", "", "", 200}, {"localhost:8088", "", "", 200}, {"[::1]:8088", "", "", 200}, {"sandbox:80", "", "", 200}, {"LOCALHOST", "", "", 200},
		{"127.0.0.1:8088", "http://127.0.0.1:8088", "same-origin", 200},
		{"evil.test", "", "", 403}, {"127.0.0.1.evil.test", "", "", 403}, {"10.0.0.1", "", "", 403}, {"", "", "", 403},
		{"127.0.0.1:8088", "http://evil.test", "", 403}, {"127.0.0.1:8088", "http://127.0.0.1:9999", "", 403}, {"127.0.0.1:8088", "null", "", 403},
		{"127.0.0.1:8088", "", "cross-site", 403},
	} {
		for _, path := range []string{"/control/clock", "/control/people"} {
			r, _ := http.NewRequest("POST", "http://x"+path, strings.NewReader(`{"advance":"1s"}`))
			rec := httptest.NewRecorder()
			r.Host = c.host
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			w.Handler().ServeHTTP(rec, r)
			if rec.Code != c.want {
				t.Errorf("%s %+v: %d", path, c, rec.Code)
			}
		}
	}
}

func TestControlRefusesNonsense(t *testing.T) {
	w := newWorld(t)
	id, invoice := w.order(), w.invoice()
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/control/clock", `{"advance":"-1h"}`, 400}, {"POST", "/control/clock", `{"advance":"soon"}`, 400}, {"POST", "/control/clock", `{"set":"1h"}`, 400},
		{"POST", "/control/clock", ``, 400}, {"POST", "/control/clock", `{"advance":"9000h"}`, 400}, {"DELETE", "/control/clock", ``, 404},
		{"POST", "/control/faults", `{"target":"x","kind":"delay"}`, 400}, {"POST", "/control/faults", `{"target":"infini","kind":"x"}`, 400},
		{"DELETE", "/control/faults?id=7", ``, 404}, {"POST", "/control/faults/release", `{"id":7}`, 404},
		{"GET", "/control/vendors/plexy", ``, 404}, {"POST", "/control/vendors/plexy", `{}`, 404},
		{"POST", "/control/vendors/infini", `{"balance":"1"}`, 400}, {"POST", "/control/vendors/infinivoucher", `{"balance":"-1"}`, 400},
		{"POST", "/control/vendors/infinivoucher", `{"complete_order":"x"}`, 404},
		{"GET", "/control/payments/infini/x", ``, 404}, {"POST", "/control/payments/infini/x", ``, 404}, {"POST", "/control/payments/other/" + id, ``, 404},
		{"POST", "/control/payments/infini/" + id, `{"amount":"-1"}`, 400}, {"POST", "/control/payments/infini/" + id, `{"amount":12}`, 400},
		{"POST", "/control/payments/infini/" + id, `{"confirm":true}`, 400}, {"POST", "/control/payments/infini/" + id, `{"confirm":true,"amount":"1"}`, 400},
		{"POST", "/control/payments/infini/" + id, `{"coin":"BTC"}`, 400}, {"POST", "/control/payments/infini/" + id, `{"select":"BTC"}`, 400},
		{"POST", "/control/vendors/inventpay", `{"deliver_to":"x"}`, 400}, {"POST", "/control/vendors/inventpay", `{"fail":"x"}`, 404}, {"POST", "/control/vendors/inventpay", `{"approve_withdrawal":"x"}`, 404},
		{"GET", "/control/payments/inventpay/x", ``, 404}, {"POST", "/control/payments/inventpay/x", ``, 404}, {"POST", "/control/payments/inventpay/x", `{"confirm":true}`, 404},
		{"POST", "/control/payments/inventpay/" + invoice, `{"amount":"0"}`, 400}, {"POST", "/control/payments/inventpay/" + invoice, `{"coin":"DOGE"}`, 400},
		{"POST", "/control/payments/inventpay/" + invoice, `{"method":2}`, 400}, {"POST", "/control/payments/inventpay/" + invoice, `{"currency":"BTC"}`, 400},
		{"POST", "/control/payments/inventpay/" + invoice, `{"select":"BTC","amount":"1"}`, 400}, {"POST", "/control/payments/inventpay/" + invoice, `{"confirm":true}`, 400},
		{"POST", "/control/payments/inventpay/" + invoice, `{"amount":"1","coin_amount":"1"}`, 400}, {"POST", "/control/payments/inventpay/" + invoice, `{"confirm_after":"-1s"}`, 400},
		{"POST", "/control/payments/infini/" + id, `{"confirm_after":"x"}`, 400}, {"GET", "/control/nothing", ``, 404},
	} {
		status, raw := w.call(c.method, c.path, c.body)
		var out struct {
			Error string `json:"error"`
		}
		if err := json.Unmarshal([]byte(raw), &out); err != nil || status != c.want || out.Error == "" {
			t.Errorf("%+v: %d %s", c, status, raw)
		}
	}
	if b := w.Infini.Books(); len(b.Orders[0].Payments) != 0 || w.Clock.Offset() != 0 {
		t.Error("a refused control changed something")
	}
}

func TestPaymentThroughControl(t *testing.T) {
	w := newWorld(t)
	id := w.order()
	path := "/control/payments/infini/" + id
	status, raw := w.call("POST", path, `{"amount":"4.50","confirming":true}`)
	if status != 200 || !strings.Contains(raw, `"amount_confirming":"4.5"`) || !strings.Contains(raw, `"remaining":"8"`) {
		t.Errorf("part: %d %s", status, raw)
	}
	if _, raw = w.call("POST", path, `{"confirm":true}`); !strings.Contains(raw, `"status":"processing"`) || !strings.Contains(raw, `"amount_confirmed":"4.5"`) {
		t.Errorf("confirm: %s", raw)
	}
	if _, raw = w.call("POST", path, ``); !strings.Contains(raw, `"status":"paid"`) {
		t.Errorf("rest: %s", raw)
	}
	if n := w.Tick(t.Context()); n != 4 || w.hooks.Load() != 4 {
		t.Errorf("%d webhooks, %d arrived", n, w.hooks.Load())
	}
}

func TestInvoiceThroughControl(t *testing.T) {
	w := newWorld(t)
	path := "/control/payments/inventpay/" + w.invoice()
	for _, step := range []struct{ body, want string }{
		{`{"select":"BTC"}`, `"coin":"BTC","address":"bc1q`},
		{`{"select":"USDT_BEP20"}`, `"required":"12.5","confirming":"0","confirmed":"0","remaining":"12.5","confirmations":0,"confirmations_needed":15,"fixed":false`},
		{`{"amount":"4.50","confirming":true}`, `"amount_confirming":"4.5","amount_confirmed":"0","remaining":"8","status":"processing"`},
		{`{"confirm":true}`, `"amount_confirming":"0","amount_confirmed":"4.5","remaining":"8","status":"processing","tags":["underpaid"]`},
		{`{"coin_amount":"10"}`, `"amount_confirmed":"14.5","remaining":"0","status":"paid","tags":["overpaid"]`},
	} {
		if status, raw := w.call("POST", path, step.body); status != 200 || !strings.Contains(raw, step.want) {
			t.Errorf("%s: %d %s", step.body, status, raw)
		}
	}
	if n := w.Tick(t.Context()); n != 7 || w.hooks.Load() != 7 {
		t.Errorf("%d webhooks, %d arrived", n, w.hooks.Load())
	}
}

func TestInvoicesThatEndBadly(t *testing.T) {
	w := newWorld(t)
	late, short, failed := w.invoice(), w.invoice(), w.invoice()
	w.call("POST", "/control/payments/inventpay/"+short, `{"coin":"LTC","amount":"5"}`)
	w.call("POST", "/control/vendors/inventpay", `{"fail":"`+failed+`"}`)
	w.call("POST", "/control/clock", `{"advance":"1h"}`)
	w.call("POST", "/control/payments/inventpay/"+late, ``)
	for id, want := range map[string]string{
		late: `"status":"expired","tags":["late"]`, short: `"status":"partial_paid","tags":["underpaid"]`, failed: `"status":"failed","tags":[]`,
	} {
		if status, raw := w.call("GET", "/control/payments/inventpay/"+id, ""); status != 200 || !strings.Contains(raw, want) {
			t.Errorf("%d %s without %s", status, raw, want)
		}
	}
}

func TestVendorsAreOptional(t *testing.T) {
	w, err := New(Config{InfiniKeyID: "a", InfiniSecretKey: "b", InfiniWebhookSecret: "c", InfiniVoucherKey: "d"})
	if err != nil || w.InventPay != nil || len(w.vendors()) != 2 {
		t.Fatal(err)
	}
	tw := &testWorld{World: w, t: t}
	for _, path := range []string{"/inventpay/v1/merchant/balance", "/control/vendors/inventpay", "/control/payments/inventpay/x", "/pay/inventpay/x"} {
		if status, _ := tw.call("GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, raw := tw.call("POST", "/control/faults", `{"target":"inventpay","kind":"delay"}`); status != 400 {
		t.Errorf("fault at a vendor that is not there: %d %s", status, raw)
	}
	if _, err := New(Config{InfiniKeyID: "a", InfiniSecretKey: "b", InfiniWebhookSecret: "c", InfiniVoucherKey: "d", InventPayKey: "e"}); err == nil {
		t.Error("InventPay without a webhook secret")
	}
}

func TestCheckoutPage(t *testing.T) {
	w := newWorld(t)
	id := w.order()
	status, raw := w.call("GET", "/pay/infini/"+id, "")
	for _, want := range []string{"Pay 12.50 USD", "no real money", "Ada&#39;s &lt;shop&gt;", `id="pay-exact"`, `id="pay-card"`, `id="pay-less"`, `id="pay-more"`, `id="expire"`, `id="pay-again"`, "ref-1"} {
		if status != 200 || !strings.Contains(raw, want) {
			t.Errorf("%d, without %q", status, want)
		}
	}
	status, raw = w.call("GET", "/pay/inventpay/"+w.invoice(), "")
	for _, want := range []string{"Pay 12.50 USD", `id="coin-list"`, `id="coin-address"`, `id="confirming-bar"`, "/pay/assets/coins.js", "ref-2"} {
		if status != 200 || !strings.Contains(raw, want) {
			t.Errorf("invoice: %d, without %q", status, want)
		}
	}
	for _, path := range []string{"/pay/infini/none", "/pay/other/" + id} {
		if status, raw := w.call("GET", path, ""); status != 404 || !strings.Contains(raw, "No such checkout") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestClockControlMovesEverything(t *testing.T) {
	w := newWorld(t)
	id := w.order()
	if at, ok := w.NextDue(); !ok || !at.Equal(w.Clock.Now()) {
		t.Errorf("next due %v %v", at, ok)
	}
	status, raw := w.call("POST", "/control/clock", `{"advance":"25h"}`)
	if status != 200 || raw != `{"now":"2026-03-02T13:00:00Z","offset":"25h0m0s"}`+"\n" || w.offset != 25*time.Hour {
		t.Errorf("%d %s, told %v", status, raw, w.offset)
	}
	if o, _ := w.Infini.Order(id); o.Status != "expired" {
		t.Errorf("order is %s", o.Status)
	}
}

func TestFaultsAndRequestLog(t *testing.T) {
	w := newWorld(t)
	if status, raw := w.call("POST", "/control/faults", `{"target":"infinivoucher","path":"/health","kind":"error_before","status":503}`); status != 200 || !strings.Contains(raw, `"id":1`) {
		t.Fatalf("%d %s", status, raw)
	}
	w.call("POST", "/control/faults", `{"target":"infinivoucher","path":"/health","kind":"drop_reply"}`)
	w.call("POST", "/control/faults", `{"target":"telegram","kind":"error_before","status":429}`)
	health := "/infinivoucher/api/v1/health"
	if status, raw := w.call("GET", health, ""); status != 503 || !strings.Contains(raw, `"success":false`) {
		t.Errorf("error before: %d %s", status, raw)
	}
	if status, _ := w.call("GET", health, ""); status != 0 {
		t.Errorf("drop reply: %d", status)
	}
	w.call("GET", health, "")
	if status, raw := w.call("POST", "/telegram/bot1:secret/sendMessage", ""); status != 429 || !strings.Contains(raw, `"retry_after":1`) {
		t.Errorf("telegram: %d %s", status, raw)
	}
	_, raw := w.call("GET", "/control/requests?target=infinivoucher", "")
	var log []kit.Request
	if err := json.Unmarshal([]byte(raw), &log); err != nil || len(log) != 3 || log[0].Status != 503 || log[1].Status != 0 || log[2].Status != 200 {
		t.Errorf("log %s", raw)
	}
	if _, raw := w.call("GET", "/control/requests", ""); strings.Contains(raw, "secret") || !strings.Contains(raw, "/telegram/bot***/sendMessage") {
		t.Errorf("log %s", raw)
	}
	if _, raw := w.call("DELETE", "/control/faults?id=1", ""); strings.Contains(raw, `"id":1,`) || !strings.Contains(raw, `"id":2,`) {
		t.Errorf("faults %s", raw)
	}
	if _, raw := w.call("DELETE", "/control/faults", ""); raw != "[]\n" {
		t.Errorf("faults %s", raw)
	}
	if _, raw := w.call("DELETE", "/control/requests", ""); raw != "[]\n" {
		t.Errorf("requests %s", raw)
	}
}

func TestVendorControl(t *testing.T) {
	w := newWorld(t)
	id := infinivoucher.DefaultCatalogue()[0].ID
	status, raw := w.call("POST", "/control/vendors/infinivoucher", `{"balance":"12.5","stock":{"`+id+`":3},"wallet_status":"FROZEN"}`)
	for _, want := range []string{`"balance":"12.5"`, `"status":"FROZEN"`, `"stock":3`} {
		if status != 200 || !strings.Contains(raw, want) {
			t.Errorf("%d without %s", status, want)
		}
	}
	if status, raw := w.call("POST", "/control/vendors/infini", `{"webhook_url":"http://127.0.0.1:1/x"}`); status != 200 || !strings.Contains(raw, `"webhook_url":"http://127.0.0.1:1/x"`) {
		t.Errorf("%d %s", status, raw)
	}
}

func TestRunTicksAndStops(t *testing.T) {
	w := newWorld(t)
	w.order()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	for range 500 {
		if w.hooks.Load() > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil || w.hooks.Load() != 1 {
		t.Errorf("%v, %d webhooks", err, w.hooks.Load())
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := New(Config{InfiniKeyID: "a", InfiniSecretKey: "b", InfiniWebhookSecret: "c"}); err == nil || !strings.Contains(err.Error(), "InfiniVoucherKey") {
		t.Error(err)
	}
	if _, err := New(Config{InfiniVoucherKey: "a"}); err == nil || !strings.Contains(err.Error(), "KeyID") {
		t.Error(err)
	}
}
