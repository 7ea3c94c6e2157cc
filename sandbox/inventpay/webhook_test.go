package inventpay

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func (b *bench) paths() string {
	var all []string
	for _, h := range b.hooks {
		all = append(all, h.path)
	}
	return strings.Join(all, " ")
}

func TestWebhooksAreSignedOverTheRawBody(t *testing.T) {
	b := newBench(t)
	b.pay(b.make("/create_invoice", `{"amount":12.5,"amountCurrency":"USD","orderId":"ord_1","callbackUrl":"`+callbackURL+`"}`), PayOptions{})
	b.tick()
	if len(b.hooks) != 8 {
		t.Fatalf("%d webhooks: %s", len(b.hooks), b.paths())
	}
	for _, h := range b.hooks {
		if h.header.Get("X-Webhook-Signature") != SignWebhook(testHook, h.raw) || h.header.Get("X-Webhook-Event") != h.body["event"] ||
			h.header.Get(toHeader) != "" || h.body["test"] != false || h.body["timestamp"] != "2026-03-01T12:00:00.000Z" {
			t.Errorf("%v %s", h.header, h.raw)
		}
	}
	if b.hooks[0].body["paymentId"] != nil || b.hooks[0].field("orderId") != "ord_1" {
		t.Errorf("not nested: %s", b.hooks[0].raw)
	}
}

func TestEventFields(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.pay(id, PayOptions{Amount: "5"})
	b.pay(id, PayOptions{Amount: "10"})
	short := b.invoice()
	b.pay(short, PayOptions{Coin: "LTC", Base: "5"})
	b.apply(Change{Fail: ptr(b.invoice())})
	b.tick()
	b.pass(time.Hour)
	seen := map[string]received{}
	for _, h := range b.hooks {
		seen[fmt.Sprint(h.body["event"])] = h
	}
	for event, want := range map[string]map[string]any{
		eventCreated:   {"baseAmount": 12.5, "baseCurrency": "USD", "orderId": "ord_1001", "expiresAt": "2026-03-01T13:00:00.000Z"},
		eventPending:   {"currencySelected": "LTC", "cryptoAmount": 0.14845606},
		eventCompleted: {"settlementAmount": 14.85, "feeAmount": 0.15, "feeRate": 0.01, "amount": 12.5, "baseAmount": 12.5, "currentBalance": 15.0, "confirmedAt": "2026-03-01T12:00:00.000Z"},
		eventUnderpaid: {"requiredAmount": 0.14845606, "currentBalance": 0.05938242, "remainingAmount": 0.08907364, "paidPercentage": 40.0, "remainingPercentage": 60.0},
		eventExpired:   {"wasUnderpaid": true, "currentBalance": 0.05938242, "paymentId": short},
		eventFailed:    {"error": "Blockchain error", "failureReason": "Blockchain error"},
	} {
		for name, value := range want {
			if got := seen[event].field(name); got != value {
				t.Errorf("%s: %s = %v, want %v", event, name, got, value)
			}
		}
	}
}

func TestReadingsOfAWebhook(t *testing.T) {
	for name, c := range map[string]struct {
		change Change
		paths  string
		events string
	}{
		"both":            {Change{}, "/hook /hook /hook /hook /callback /callback /callback /callback", "completed"},
		"merchant only":   {Change{DeliverTo: ptr("merchant")}, "/hook /hook /hook /hook", "completed"},
		"callback only":   {Change{DeliverTo: ptr("callback")}, "/callback /callback /callback /callback", "completed"},
		"no merchant URL": {Change{WebhookURL: ptr("")}, "/callback /callback /callback /callback", "completed"},
		"same URL":        {Change{WebhookURL: ptr(callbackURL)}, "/callback /callback /callback /callback", "completed"},
		"confirmed":       {Change{PaidEvent: ptr(eventConfirmed), DeliverTo: ptr("merchant")}, "/hook /hook /hook /hook", "confirmed"},
		"both names":      {Change{PaidEvent: ptr("both"), DeliverTo: ptr("merchant")}, "/hook /hook /hook /hook /hook", "confirmed=COMPLETED completed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.apply(c.change)
			b.pay(b.make("/create_invoice", `{"amount":1,"amountCurrency":"USD","callbackUrl":"`+callbackURL+`"}`), PayOptions{})
			b.tick()
			if b.paths() != c.paths || !strings.Contains(b.told(), " "+c.events+"=COMPLETED") {
				t.Errorf("%s: %s", b.paths(), b.told())
			}
		})
	}
}

func TestFlatWebhook(t *testing.T) {
	b := newBench(t)
	b.apply(Change{FlatWebhooks: ptr(true), Strings: ptr(true)})
	id := b.invoice()
	b.tick()
	if h := b.hooks[0]; h.body["data"] != nil || h.body["paymentId"] != id || h.body["event"] != eventCreated || h.body["baseAmount"] != "12.5" {
		t.Errorf("%s", h.raw)
	}
}

func TestWebhookIsRetriedWithTheSameBytes(t *testing.T) {
	b := newBench(t)
	b.answer = 204 // only 200 is an answer
	b.invoice()
	b.apply(Change{Limits: map[string]int{"other": 0}})
	start := b.clock.Now()
	for range 3 * 60 * 60 / 15 {
		b.tick()
		b.clock.Advance(15 * time.Second)
	}
	var at []int
	for _, h := range b.hooks {
		if h.body["event"] == eventCreated {
			at = append(at, int(h.at.Sub(start).Seconds()))
			if !bytes.Equal(h.raw, b.hooks[0].raw) {
				t.Error("a retry differs")
			}
		}
	}
	if fmt.Sprint(at) != "[0 15 60 300 1800 7200]" {
		t.Errorf("tries at %v", at)
	}
}

func TestConsoleOfWebhooks(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.tick()
	b.answer = 500
	b.invoice()
	b.tick()
	for path, part := range map[string]string{
		"/merchant/webhook-deliveries":                                 `"totalCount":2`,
		"/merchant/webhook-deliveries?success=true":                    `"attempts":1,`,
		"/merchant/webhook-deliveries?success=false":                   `"nextAttemptAt":"2026-03-01T12:00:15.000Z"`,
		"/merchant/webhook-deliveries?limit=1&page=2&paymentId=":       `"hasNext":false,"hasPrev":true,"limit":1,"page":2,"totalCount":2,"totalPages":2`,
		"/merchant/webhook-deliveries?paymentId=" + id + "&limit=1000": `"limit":100,"page":1,"totalCount":1`,
		"/merchant/webhook-stats?days=3":                               `"period":"3 days","summary":{"failed":1,"successRate":"50.00","successful":1,"total":2}`,
		"/merchant/webhook-config":                                     `"isConfigured":true,"lastUpdated":null,"secret":"` + testHook + `","url":"` + merchantURL + `"`,
	} {
		if got := b.call("GET", path, ""); !got.is(200, part) {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
	}
	if got := b.call("GET", "/merchant/webhook-deliveries?success=maybe", ""); got.status != 400 {
		t.Errorf("%d", got.status)
	}
}

func TestDeliveryIsSentAgain(t *testing.T) {
	b := newBench(t)
	b.invoice()
	b.tick()
	list := b.call("GET", "/merchant/webhook-deliveries", "").data["deliveries"].([]any)
	id := fmt.Sprint(list[0].(map[string]any)["id"])
	if got := b.call("GET", "/merchant/webhook-delivery/"+id, ""); got.data["success"] != true || got.data["httpStatus"] != 200.0 {
		t.Errorf("%s", got.raw)
	}
	if got := b.call("POST", "/merchant/webhook-delivery/"+id+"/retry", ""); got.data["success"] != false {
		t.Errorf("%s", got.raw)
	}
	b.tick()
	if len(b.hooks) != 2 || !bytes.Equal(b.hooks[0].raw, b.hooks[1].raw) {
		t.Errorf("%d webhooks", len(b.hooks))
	}
}

func TestWebhookURL(t *testing.T) {
	b := newBench(t)
	if got := b.call("PUT", "/merchant/webhook-url", `{"webhookUrl":"http://shop.test/new"}`); got.status != 200 || b.v.Books().WebhookURL != "http://shop.test/new" {
		t.Errorf("%d %s", got.status, got.raw)
	}
	if got := b.call("PUT", "/merchant/webhook-url", `{"webhookUrl":"nowhere"}`); got.status != 400 {
		t.Errorf("%d", got.status)
	}
	if got := b.call("POST", "/merchant/test-webhook", ""); got.status != 200 {
		t.Errorf("%d %s", got.status, got.raw)
	}
	b.tick()
	if h := b.hooks[0]; h.path != "/new" || h.body["event"] != eventTest || h.body["test"] != true || h.header.Get("X-Webhook-Signature") != SignWebhook(testHook, h.raw) {
		t.Errorf("%s", h.raw)
	}
	if got := b.call("DELETE", "/merchant/webhook-url", ""); got.status != 200 || b.v.Books().WebhookURL != "" {
		t.Errorf("%d", got.status)
	}
	if got := b.call("POST", "/merchant/test-webhook", ""); got.status != 400 {
		t.Errorf("test without a URL: %d", got.status)
	}
	b.call("POST", "/merchant/test-webhook", `{"webhookUrl":"http://shop.test/other"}`)
	if n := b.v.TickParallel(t.Context(), 4); n != 1 || b.hooks[1].path != "/other" {
		t.Errorf("%d tries, %s", n, b.paths())
	}
}

func TestFaultsHitBothWaysOfDelivery(t *testing.T) {
	b := newBench(t)
	b.faults.Add(kit.Fault{Target: WebhookTarget, Path: eventCreated, Kind: kit.Lost})
	b.faults.Add(kit.Fault{Target: WebhookTarget, Path: eventCreated, Kind: kit.Duplicate})
	b.make("/create_invoice", `{"amount":1,"amountCurrency":"USD","callbackUrl":"`+callbackURL+`"}`)
	b.tick()
	if b.paths() != "/callback /callback" {
		t.Error(b.paths())
	}
	if hooks := b.v.Books().Webhooks; len(hooks) != 2 || hooks[0].Event != eventCreated || hooks[0].State != kit.Dropped || hooks[1].Sends != 2 {
		t.Errorf("%+v", hooks)
	}
}

func TestForgedWebhook(t *testing.T) {
	b := newBench(t)
	b.v.Webhooks().Send(kit.Message{Key: "x", Event: eventCompleted, Header: http.Header{}, Body: []byte(`{"event":"payment.completed"}`)})
	b.tick()
	if len(b.hooks) != 1 || len(b.v.Books().Webhooks) != 1 {
		t.Error("not sent")
	}
}

func TestResend(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	b.apply(Change{Resend: &Resend{id, eventCompleted}})
	b.tick()
	if b.told() != "created=PENDING completed=PENDING" {
		t.Error(b.told())
	}
}

func TestChangesAreCheckedFirst(t *testing.T) {
	b := newBench(t)
	id := b.invoice()
	for _, c := range []Change{
		{PaidEvent: ptr("x")}, {DeliverTo: ptr("x")}, {Coins: []string{"DOGE"}}, {Prices: map[string]string{"BTC": "0"}}, {Prices: map[string]string{"X": "1"}},
		{Limits: map[string]int{"x": 1}}, {Limits: map[string]int{"other": -1}}, {FeeRate: ptr("2")}, {ConfirmAfter: ptr("-1s")}, {WithdrawAfter: ptr("x")},
		{Balances: map[string]string{"BTC": "-1"}}, {WebhookURL: ptr("x")}, {ShowStatus: map[string]string{"no": "X"}}, {Fail: ptr("no")}, {Cancel: ptr("no")},
		{Approve: ptr("no")}, {Resend: &Resend{"no", eventCreated}}, {Resend: &Resend{id, "x"}}, {Resend: &Resend{id, eventUnderpaid}}, {Fail: &id, Cancel: &id},
	} {
		c.Envelope = ptr(true)
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	if b.v.settings().Envelope || b.v.Books().Payments[0].Status != "PENDING" {
		t.Error("a refused change changed something")
	}
	b.apply(Change{ConfirmAfter: ptr("1m"), FeeRate: ptr("0")})
	b.pay(id, PayOptions{})
	b.wantLive(id, "PROCESSING 12.5/12.5 0")
	b.pass(time.Minute)
	if book, _ := b.v.Payment(id); book.Status != "COMPLETED" || book.Settled.String() != "12.5" {
		t.Errorf("%+v", book)
	}
}
