package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/sandbox/infini"
)

// signed is a webhook as the gateway would send it.
func signed(shop *kit.Shop, at time.Time, body []byte) http.Header {
	timestamp, event := strconv.FormatInt(at.Unix(), 10), fmt.Sprintf("evt-%d", time.Now().UnixNano())
	h := http.Header{"Content-Type": {"application/json"}}
	h.Set("X-Webhook-Timestamp", timestamp)
	h.Set("X-Webhook-Event-Id", event)
	h.Set("X-Webhook-Signature", infini.SignWebhook(shop.Secrets().InfiniHook, timestamp, event, body))
	return h
}

func paidBody(id, reference string) []byte {
	return fmt.Appendf(nil, `{"event":"order.completed","order_id":%q,"client_reference":%q,"amount":"1.88","currency":"USD",`+
		`"status":"paid","amount_confirmed":"1.88","amount_confirming":"0"}`, id, reference)
}

// TestInfiniWebhook: only what the gateway itself confirms counts.
func TestInfiniWebhook(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	reference := shop.GatewayBooks().Orders[0].ClientReference
	body := paidBody(order.ID, reference)
	address := "http://" + shop.Bot().Addr + "/webhooks/infini"
	now := time.Now()

	flipped := bytes.Clone(body)
	flipped[len(flipped)-3] ^= 1
	twoSignatures := signed(shop, now, body)
	twoSignatures.Add("X-Webhook-Signature", "00")
	unsigned := signed(shop, now, body)
	unsigned.Del("X-Webhook-Signature")
	other := signed(shop, now, body)
	other.Set("X-Webhook-Signature", infini.SignWebhook("another secret", other.Get("X-Webhook-Timestamp"), other.Get("X-Webhook-Event-Id"), body))
	large := bytes.Repeat([]byte(" "), 65<<10)
	unknown := paidBody("00000000-0000-4000-8000-000000000000", "2AAAA-AAAAA-1")

	for _, c := range []struct {
		name   string
		method string
		header http.Header
		body   []byte
		want   int
	}{
		{"without a signature", "POST", unsigned, body, 401},
		{"signed with another secret", "POST", other, body, 401},
		{"one bit of the body flipped", "POST", signed(shop, now, body), flipped, 401},
		{"re-serialised", "POST", signed(shop, now, body), bytes.ReplaceAll(body, []byte(`,"`), []byte(`, "`)), 401},
		{"two signatures", "POST", twoSignatures, body, 401},
		{"an hour old", "POST", signed(shop, now.Add(-time.Hour), body), body, 401},
		{"from the future", "POST", signed(shop, now.Add(time.Hour), body), body, 401},
		{"too large", "POST", signed(shop, now, large), large, 413},
		{"not posted", "GET", signed(shop, now, nil), nil, 405},
		{"no JSON", "POST", signed(shop, now, []byte("paid")), []byte("paid"), 400},
		{"an unknown order", "POST", signed(shop, now, unknown), unknown, 200},
		{"says paid, the query says unpaid", "POST", signed(shop, now, body), body, 200},
	} {
		if got := kit.Status(t, c.method, address, c.header, c.body); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	settled(t, shop)
	if m := ada.At(order.Message); !contains(m.Text, "Waiting for your payment of $1.88") || len(shop.SupplierBooks().Orders) != 0 {
		t.Fatalf("bought on a webhook's word: %s", m.Text)
	}
	shop.Pay(order.ID, nil)
	boughtOnce(t, shop.Control, ada.AwaitCodes(order, 2))
}

// TestWebhookOrder: twice, too late and in the wrong order, a webhook changes
// nothing that was already so.
func TestWebhookOrder(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	for _, event := range []string{"order.completed", "order.expired", "order.late_payment"} {
		shop.Infini(map[string]any{"resend": map[string]any{"order_id": order.ID, "event": event}})
	}
	settled(t, shop)
	shop.Pay(order.ID, nil)
	codes := ada.AwaitCodes(order, 2)
	for _, event := range []string{"order.completed", "order.processing", "order.create", "order.expired", "order.completed"} {
		shop.Infini(map[string]any{"resend": map[string]any{"order_id": order.ID, "event": event}})
	}
	settled(t, shop)
	boughtOnce(t, shop.Control, codes)
	if again := ada.AwaitCodes(order, 2); again[0] != codes[0] || again[1] != codes[1] {
		t.Error("the codes changed")
	}
}

// TestSupplierWebhook: it is unsigned, so it may only make us look.
func TestSupplierWebhook(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	order := ada.Order(kit.Cheap())
	base := "http://" + shop.Bot().Addr + "/webhooks/infinivoucher/"
	body := []byte(`{"event":"order.completed","data":{"order_id":"clforged000000000000000","quantity":2,"status":"COMPLETED"}}`)
	json := http.Header{"Content-Type": {"application/json"}}
	if got := kit.Status(t, "POST", base+"guess", json, body); got != 404 {
		t.Errorf("a guessed path: %d", got)
	}
	if got := kit.Status(t, "POST", base+shop.Secrets().VoucherPath, json, body); got != 200 {
		t.Errorf("a forged order: %d", got)
	}
	if got := kit.Status(t, "POST", base+shop.Secrets().VoucherPath, json, bytes.Repeat(body, 1000)); got != 413 {
		t.Errorf("an oversized body: %d", got)
	}
	shop.Pay(order.ID, nil)
	boughtOnce(t, shop.Control, ada.AwaitCodes(order, 2))
}

// TestTelegramWebhook: only Telegram's own updates are read.
func TestTelegramWebhook(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	address := "http://" + shop.Bot().Addr + "/webhooks/telegram"
	update := []byte(`{"update_id":7,"message":{"message_id":1,"date":1,"text":"/start","chat":{"id":1001,"type":"private","first_name":"Ada"},` +
		`"from":{"id":1001,"is_bot":false,"first_name":"Ada","language_code":"en"}}}`)
	const secret = "X-Telegram-Bot-Api-Secret-Token"
	header := func(value string) http.Header {
		h := http.Header{"Content-Type": {"application/json"}}
		if value != "" {
			h.Set(secret, value)
		}
		return h
	}
	right := shop.Secrets().Telegram
	for _, c := range []struct {
		name   string
		method string
		header http.Header
		body   []byte
		want   int
	}{
		{"no secret", "POST", header(""), update, 401},
		{"wrong secret", "POST", header("wrong"), update, 401},
		{"secret and more", "POST", header(right + "x"), update, 401},
		{"not posted", "GET", header(right), nil, 405},
		{"too large", "POST", header(right), bytes.Repeat([]byte(" "), 2<<20), 413},
		{"no JSON", "POST", header(right), []byte("{"), 200},
	} {
		if got := kit.Status(t, c.method, address, c.header, c.body); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	if n := len(ada.Messages()); n != 0 {
		t.Errorf("a forged update was answered: %d messages", n)
	}
	ada.Say("/start")
	ada.WaitFor("Aurora Gifts")
}
