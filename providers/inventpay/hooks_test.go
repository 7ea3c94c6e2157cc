package inventpay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const urlBody = `{"webhookUrl":"` + callbackURL + `"}`

func clock(minute int) time.Time { return time.Date(2025, 1, 21, 12, minute, 0, 0, time.UTC) }

func TestSetAndDeleteWebhook(t *testing.T) {
	done := `{"success":true,"message":"ok","data":{"webhookUrl":"x","secret":"planted"}}`
	key := map[string]string{"X-Api-Key": testKey}
	c := client(t,
		resttest.Call{Method: "PUT", Target: "/v1/merchant/webhook-url", Body: urlBody, Reply: done, Header: key},
		resttest.Call{Method: "DELETE", Target: "/v1/merchant/webhook-url", Reply: done, Header: key},
		resttest.Call{Method: "DELETE", Target: "/v1/merchant/webhook-url", Status: 204},
		resttest.Call{Method: "PUT", Target: "/v1/merchant/webhook-url", Body: urlBody, Reply: `{"success":false,"error":"no"}`})
	if err := c.SetWebhook(t.Context(), callbackURL); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := c.DeleteWebhook(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wantFault(t, "success: false", c.SetWebhook(t.Context(), callbackURL), rest.KindUnclear, CodeContradiction)
}

// HTTPS only (sheet §5), except beside a vendor on loopback.
func TestWebhookAddresses(t *testing.T) {
	for _, address := range []string{"", "shop.example", "http://shop.example/x", "http://127.0.0.1/x", "ftp://shop.example", "https://u:p@shop.example", "https://", "://"} {
		c := client(t)
		wantFault(t, address, c.SetWebhook(t.Context(), address), rest.KindRefused, CodeLocalInvalid)
		if address != "" {
			_, err := c.TestWebhook(t.Context(), address)
			wantFault(t, address, err, rest.KindRefused, CodeLocalInvalid)
		}
	}
	local := clientWith(t, Options{BaseURL: "http://127.0.0.1:9"}, resttest.Call{Body: `{"webhookUrl":"http://localhost:8080/x"}`, Reply: "{}"})
	if err := local.SetWebhook(t.Context(), "http://localhost:8080/x"); err != nil {
		t.Error(err)
	}
	wantFault(t, "not on loopback", local.SetWebhook(t.Context(), "http://shop.example/x"), rest.KindRefused, CodeLocalInvalid)
}

func TestWebhookConfig(t *testing.T) {
	call := resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-config", Reply: body(t, "webhook_config.json")}
	got, err := client(t, call).Webhook(t.Context())
	want := Webhook{URL: callbackURL, Configured: true, Events: []string{"payment.completed", "payment.test"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	got, err = client(t, resttest.Call{Reply: `{"success":true,"data":{"webhook":{"url":null,"isConfigured":false}}}`}).Webhook(t.Context())
	if diff := cmp.Diff(Webhook{}, got); err != nil || diff != "" {
		t.Errorf("none set: %v %s", err, diff)
	}
	for _, reply := range []string{"", "{}", `{"success":true,"data":{"webhook":null}}`} {
		_, err := client(t, resttest.Call{Reply: reply}).Webhook(t.Context())
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
}

func TestTestWebhook(t *testing.T) {
	call := resttest.Call{Method: "POST", Target: "/v1/merchant/test-webhook", Body: urlBody, Reply: body(t, "webhook_test.json")}
	registered := call
	registered.Body = "{}"
	c := client(t, call, registered)
	for _, address := range []string{callbackURL, ""} {
		got, err := c.TestWebhook(t.Context(), address)
		if diff := cmp.Diff(WebhookTest{URL: callbackURL, Status: 200}, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func firstDelivery() Delivery {
	return Delivery{
		ID: "del-1", PaymentID: paymentID, Status: 503, Attempts: 2, Error: "HTTP 503",
		CreatedAt: clock(0), LastAttempt: clock(1), NextAttempt: clock(6),
	}
}

func TestDeliveries(t *testing.T) {
	want := Deliveries{
		Page: 1, Total: 5, More: true,
		List: []Delivery{firstDelivery(), {ID: "del-2", PaymentID: paymentID, Attempts: 1, Success: true, CreatedAt: clock(2), LastAttempt: clock(2)}},
	}
	for target, filter := range map[string]DeliveryFilter{
		"/v1/merchant/webhook-deliveries?limit=2&page=1":                                 {Page: 1, Limit: 2},
		"/v1/merchant/webhook-deliveries?limit=1&page=1":                                 {},
		"/v1/merchant/webhook-deliveries?limit=100&page=7&success=false":                 {Page: 7, Limit: 5000, Failed: true},
		"/v1/merchant/webhook-deliveries?limit=10&page=1&paymentId=a%26b%3D" + paymentID: {Page: -1, Limit: 10, PaymentID: "a&b=" + paymentID},
	} {
		call := resttest.Call{Method: "GET", Target: target, Reply: body(t, "deliveries.json"), Header: map[string]string{"X-Api-Key": testKey}}
		got, err := client(t, call).Deliveries(t.Context(), filter)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", target, err, diff)
		}
	}
	got, err := client(t, resttest.Call{Reply: `{"success":true,"data":{"deliveries":[],"pagination":{}}}`}).Deliveries(t.Context(), DeliveryFilter{})
	if err != nil || len(got.List) != 0 || got.More {
		t.Errorf("none: %+v %v", got, err)
	}
	for _, reply := range []string{"", "{}", `{"success":true,"data":{"deliveries":null}}`, `{"success":true,"data":{"deliveries":[{}]}}`} {
		_, err := client(t, resttest.Call{Reply: reply}).Deliveries(t.Context(), DeliveryFilter{})
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
}

func TestDeliveryAndItsRetry(t *testing.T) {
	c := client(t,
		resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-delivery/del-1", Reply: body(t, "delivery.json")},
		resttest.Call{Method: "POST", Target: "/v1/merchant/webhook-delivery/del-1/retry", Reply: `{"success":true,"message":"queued"}`},
		resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-delivery/del-9", Status: 404, Reply: `{"success":false,"error":"Not found"}`},
		resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-delivery/del-8", Reply: "[]"})
	got, err := c.Delivery(t.Context(), "del-1")
	if diff := cmp.Diff(firstDelivery(), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if err = c.RetryDelivery(t.Context(), "del-1"); err != nil {
		t.Error(err)
	}
	_, err = c.Delivery(t.Context(), "del-9")
	wantFault(t, "unknown", err, rest.KindRefused, "")
	_, err = c.Delivery(t.Context(), "del-8")
	wantFault(t, "a list", err, rest.KindUnclear, rest.CodeUndecodable)
}

func TestWebhookStats(t *testing.T) {
	c := client(t,
		resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-stats?days=7", Reply: body(t, "stats.json")},
		resttest.Call{Method: "GET", Target: "/v1/merchant/webhook-stats?days=1", Reply: "{}"})
	got, err := c.WebhookStats(t.Context(), 7)
	if diff := cmp.Diff(WebhookStats{Total: 30, Successful: 28, Failed: 2, Configured: true}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	_, err = c.WebhookStats(t.Context(), -3)
	wantFault(t, "no summary", err, rest.KindUnclear, rest.CodeUndecodable)
}

// Times and counts no decision hangs on never make an answer unreadable.
func TestOrnamentsAreTolerated(t *testing.T) {
	for _, reply := range []string{
		`{"id":"d","httpStatus":"soon","attempts":{},"success":"yes","createdAt":17,"lastAttemptAt":"yesterday","nextAttemptAt":[]}`,
		`{"id":"d","httpStatus":null,"attempts":1.5,"success":null,"createdAt":null,"lastAttemptAt":"","nextAttemptAt":false}`,
	} {
		got, err := client(t, resttest.Call{Reply: `{"success":true,"data":` + reply + `}`}).Delivery(t.Context(), "d")
		if diff := cmp.Diff(Delivery{ID: "d"}, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", reply, err, diff)
		}
	}
}
