package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/univoucher"
)

// forgery marks what a vendor never sent: nothing in the shop knows of it, and
// nothing of it may be answered as if it were taken.
const forgery = "X-Simulated-Forgery"

// forge sends the bot, in a vendor's name, something that is not, or is no
// more, the truth.
func (w *world) forge(target string) {
	switch target {
	case inventpay.WebhookTarget:
		w.forgeCoins()
	case univoucher.WebhookTarget:
		w.forgeCards()
	default:
		w.forgeHosted()
	}
}

func encode(v map[string]any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // texts and numbers always encode
	}
	return raw
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func (w *world) forgeHosted() {
	orders := w.box.Infini.Books().Orders
	if len(orders) == 0 {
		return
	}
	a, b := orders[w.rng.IntN(len(orders))], orders[w.rng.IntN(len(orders))]
	at, secret, external, confirmed := time.Now(), infiniHook, a.OrderID, a.Amount.String()
	kind := ""
	switch w.rng.IntN(4) {
	case 0:
		kind, secret = "forged signature", "not the secret"
	case 1:
		kind, at = "stale signature", at.Add(-2*time.Hour)
	case 2:
		kind, external = "another order's id", b.OrderID
	case 3:
		kind, confirmed = "other amount than the truth", "0.01"
	}
	body := encode(map[string]any{
		"event": "order.completed", "order_id": external, "client_reference": a.ClientReference, "amount": a.Amount.String(),
		"currency": a.Currency, "status": "paid", "amount_confirmed": confirmed, "amount_confirming": "0",
	})
	stamp, id := strconv.FormatInt(at.Unix(), 10), fmt.Sprintf("evt-forged-%d", w.rng.IntN(1e6))
	h := header("X-Webhook-Timestamp", stamp, "X-Webhook-Event-Id", id, "X-Webhook-Signature", infini.SignWebhook(secret, stamp, id, body))
	if strings.HasSuffix(kind, " signature") {
		h.Set(forgery, kind)
	}
	w.mishapped("infini-webhooks", kind, nil)
	w.box.Infini.Webhooks().Send(kit.Message{Key: a.OrderID, Event: "order.completed", Header: h, Body: body})
}

// forgeCoins sends a webhook in InventPay's name: the secret is missing, or
// the truth.
func (w *world) forgeCoins() {
	payments := w.box.InventPay.Books().Payments
	if len(payments) == 0 {
		return
	}
	a, b := payments[w.rng.IntN(len(payments))], payments[w.rng.IntN(len(payments))]
	secret, id, got, kind := inventHook, a.PaymentID, a.Required, ""
	switch w.rng.IntN(5) {
	case 0:
		kind, secret = "forged signature", "not the secret"
	case 1:
		kind, id, secret = "another order's id", b.PaymentID, "not the secret"
	case 2:
		kind, got = "other amount than the truth", decimal.New(1, -2)
	case 3:
		kind = "paid, which is not the truth"
	case 4:
		event := []string{"payment.pending", "payment.created", "payment.expired"}[w.rng.IntN(3)]
		w.mishapped(inventpay.WebhookTarget, "a former one again", w.box.InventPay.Apply(inventpay.Change{Resend: &inventpay.Resend{PaymentID: id, Event: event}}))
		return
	}
	data := map[string]any{
		"paymentId": id, "orderId": a.OrderID, "status": "COMPLETED", "currentBalance": got.String(), "baseAmount": a.BaseAmount.String(),
		"baseCurrency": a.BaseCurrency, "amount": a.Required.String(), "currency": "USDT_BEP20",
	}
	root := map[string]any{"data": data}
	if w.rng.IntN(2) == 0 {
		root = data
	}
	root["event"], root["timestamp"], root["test"] = "payment.completed", time.Now().UTC().Format(time.RFC3339), false
	body := encode(root)
	h := header("X-Webhook-Signature", inventpay.SignWebhook(secret, body), "X-Webhook-Event", "payment.completed")
	if secret != inventHook {
		h.Set(forgery, kind)
	}
	w.mishapped(inventpay.WebhookTarget, kind, nil)
	w.box.InventPay.Webhooks().Send(kit.Message{Key: "forged " + id, Event: "payment.completed", Header: h, Body: body})
}

// forgeCards calls back in UniVoucher's name.
func (w *world) forgeCards() {
	requests := w.box.UniVoucher.Books().Requests
	if len(requests) == 0 {
		return
	}
	r := requests[w.rng.IntN(len(requests))]
	url, kind := r.CallbackURL, ""
	mac := fmt.Sprintf("%016x%016x%016x%016x", w.rng.Uint64(), w.rng.Uint64(), w.rng.Uint64(), w.rng.Uint64())
	switch w.rng.IntN(3) {
	case 0:
		kind, url = "wrong path", url[:strings.LastIndex(url, ".")+1]+mac
	case 1:
		kind = "wrong token"
	case 2:
		w.mishapped(univoucher.WebhookTarget, "a former one again", w.box.UniVoucher.Apply(univoucher.Change{Resend: &r.Number}))
		return
	}
	body := encode(map[string]any{
		"orderId": r.OrderID, "status": "success", "authToken": mac, "network": r.Chain,
		"cards": []map[string]any{{"cardId": 1010000001, "cardSecret": "FORGE-DFORG-EDFOR-GEDFO", "orderId": r.OrderID}},
	})
	w.mishapped(univoucher.WebhookTarget, kind, nil)
	h := header("X-UniVoucher-Timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10), forgery, kind)
	w.box.UniVoucher.Send(url, kit.Message{Key: r.OrderID, Event: univoucher.EventSuccess, Header: h, Body: body})
}
