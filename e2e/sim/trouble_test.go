package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/kit"
)

// populate brings in the people of a seed.
func (w *world) populate(orders int) {
	w.goods = w.box.InfiniVoucher.Books().Products
	for _, admin := range w.admins {
		w.putPerson(map[string]any{"id": admin, "first_name": "Admin", "language_code": "en"})
		w.say(admin, "/start")
	}
	for id := int64(1001); orders > 0; id++ {
		b := &buyer{w: w, id: id, left: min(1+w.rng.IntN(3), orders)}
		orders -= b.left
		w.putPerson(map[string]any{"id": id, "first_name": fmt.Sprintf("Buyer %d", id), "language_code": "en"})
		w.buyers = append(w.buyers, b)
		b.choose()
		w.after(w.span(time.Second, 90*time.Minute), b.shop)
		if w.rng.IntN(20) == 0 {
			w.after(w.span(time.Minute, 2*time.Hour), func() { w.block(b.id) })
		}
	}
	if w.rng.IntN(6) == 0 { // the other admin always hears
		w.after(w.span(time.Minute, 30*time.Minute), func() { w.block(w.admins[1]) })
	}
}

// block has somebody block the bot, for a while or for good.
func (w *world) block(id int64) {
	w.tell("%d blocks the bot", id)
	w.tally.kind("people: block the bot")
	w.blocked[id] = true
	w.putPerson(map[string]any{"id": id, "blocked": true})
	w.deed()
	if w.rng.IntN(2) == 0 {
		w.after(w.span(time.Minute, 3*time.Hour), func() {
			w.tell("%d takes the bot back", id)
			w.blocked[id] = false
			w.putPerson(map[string]any{"id": id, "blocked": false})
			w.deed()
		})
	}
}

// trouble plans what goes wrong at the vendors.
func (w *world) trouble() {
	if w.rough <= 2 {
		return // a quiet seed: everything exact must be delivered
	}
	for range 6 + w.rng.IntN(14) {
		w.after(w.span(time.Minute, 3*time.Hour), w.mishap)
	}
	for range w.rng.IntN(40) {
		w.after(w.span(time.Minute, 3*time.Hour), w.hookMishap)
	}
}

func (w *world) mishap() {
	product := w.goods[w.rng.IntN(len(w.goods))]
	c := infinivoucher.Change{}
	var name string
	switch w.rng.IntN(9) {
	case 0:
		name, c.Stock = "out of stock", map[string]int{product.ID: 0}
	case 1:
		name, c.Prices = "price up", map[string]string{product.ID: product.Price.Mul(decimal.RequireFromString("1.4")).StringFixed(2)}
	case 2:
		name, c.WalletStatus = "wallet frozen", ptr("FROZEN")
		w.after(w.span(time.Minute, 20*time.Minute), func() { w.change("wallet thawed", infinivoucher.Change{WalletStatus: ptr("ACTIVE")}) })
	case 3:
		name, c.Hidden = "product gone", map[string]bool{product.ID: true}
	case 4:
		w.invoiceMishap()
		return
	case 5:
		w.topUps = w.topUps.Add(decimal.NewFromInt(100))
		name, c.TopUp = "wallet topped up", ptr("100")
	default:
		modes := []string{
			infinivoucher.ModeErrorBefore, infinivoucher.ModeErrorAfter, infinivoucher.ModeRateLimited, infinivoucher.ModeStockConflict,
			infinivoucher.ModeFewerCodes, infinivoucher.ModeSameCodeTwice, infinivoucher.ModePending,
		}
		mode := modes[w.rng.IntN(len(modes))]
		name, c.NextPurchase = "purchase "+mode, []infinivoucher.NextPurchase{{Mode: mode, Times: 1 + w.rng.IntN(3)}}
		c.PendingFor = ptr([]string{"20s", "10m", "2h"}[w.rng.IntN(3)])
		if w.rng.IntN(12) == 0 {
			c.PendingFor = ptr("0") // until somebody completes it
		}
	}
	w.change(name, c)
}

func (w *world) change(name string, c infinivoucher.Change) {
	w.tell("   supplier: %s", name)
	w.tally.kind("supplier: " + name)
	if err := w.box.InfiniVoucher.Apply(c); err != nil {
		w.tell("   refused: %v", err)
	}
}

// invoiceMishap changes how the gateway answers.
func (w *world) invoiceMishap() {
	on := w.rng.IntN(2) == 0
	name, c := "", infini.Change{}
	switch w.rng.IntN(6) {
	case 0:
		name, c.NoCheckoutURL = "no address in the answer", &on
	case 1:
		name, c.Bare = "bare answers", &on
	case 2:
		name, c.Aliases = "other field names", &on
	case 3:
		name, c.Numbers = "amounts as numbers", &on
	case 4:
		name, c.CreateErrors = "create refused", []infini.CreateError{{Status: 400, Code: 40006}}
	case 5:
		name, c.ErrorsAs200 = "errors under 200", &on
	}
	w.tell("   gateway: %s", name)
	w.tally.kind("gateway: " + name)
	if err := w.box.Infini.Apply(c); err != nil {
		w.tell("   refused: %v", err)
	}
}

// hookMishap spoils webhooks: lost, late by up to 25 h, twice, forged.
func (w *world) hookMishap() {
	target := []string{infini.WebhookTarget, infinivoucher.WebhookTarget}[w.rng.IntN(2)]
	f := kit.Fault{Target: target, Times: 1 + w.rng.IntN(3)}
	switch w.rng.IntN(6) {
	case 0, 1:
		f.Kind = kit.Lost
	case 2:
		f.Kind, f.DelayMS = kit.Delay, w.rng.Int64N(int64(25*time.Hour/time.Millisecond))
	case 3:
		f.Kind = kit.Duplicate
	default:
		w.forge()
		return
	}
	w.tell("   webhooks of %s: %s ×%d", target, f.Kind, f.Times)
	w.tally.kind("webhook: " + f.Kind)
	w.box.Faults.Add(f)
}

// forge sends the bot something that is not, or is no more, the truth.
func (w *world) forge() {
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
	body, err := json.Marshal(map[string]any{
		"event": "order.completed", "order_id": external, "client_reference": a.ClientReference, "amount": a.Amount.String(),
		"currency": a.Currency, "status": "paid", "amount_confirmed": confirmed, "amount_confirming": "0",
	})
	if err != nil {
		return
	}
	stamp, id := strconv.FormatInt(at.Unix(), 10), fmt.Sprintf("evt-forged-%d", w.rng.IntN(1e6))
	h := http.Header{}
	h.Set("X-Webhook-Timestamp", stamp)
	h.Set("X-Webhook-Event-Id", id)
	h.Set("X-Webhook-Signature", infini.SignWebhook(secret, stamp, id, body))
	w.tell("   webhook with %s about %s", kind, a.ClientReference)
	w.tally.kind("webhook: " + kind)
	w.box.Infini.Webhooks().Send(kit.Message{Key: a.OrderID, Event: "order.completed", Header: h, Body: body})
}

func ptr[T any](v T) *T { return &v }
