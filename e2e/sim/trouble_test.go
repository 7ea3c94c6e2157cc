package sim

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/univoucher"
)

// populate brings in the people of a seed.
func (w *world) populate(orders int) {
	w.openShelf()
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
		b.mind(w.minding())
		if w.rng.IntN(20) == 0 {
			w.after(w.span(time.Minute, 2*time.Hour), func() { w.block(b.id) })
		}
	}
	for _, admin := range w.admins {
		c := &clerk{w, admin}
		w.care(w.span(30*time.Minute, 90*time.Minute), c.work)
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
	if w.rng.IntN(4) == 0 {
		w.after(w.span(time.Minute, 2*time.Hour), w.stop)
	}
	for range 4 + w.rng.IntN(8) {
		w.after(w.span(time.Hour, 6*time.Hour), w.moneyMishap)
	}
	for range 8 + w.rng.IntN(18) {
		w.after(w.span(time.Minute, 3*time.Hour), w.mishap)
	}
	for range w.rng.IntN(60) {
		w.after(w.span(time.Minute, 3*time.Hour), w.hookMishap)
	}
}

// mishap happens at one of the vendors.
func (w *world) mishap() {
	kinds := []func(){w.voucherMishap, w.voucherMishap, w.invoiceMishap, w.coinMishap, w.gateMishap, w.gateMishap, w.cardMishap, w.cardMishap, w.outage}
	kinds[w.rng.IntN(len(kinds))]()
}

// outage takes Redis away from everybody for a while.
func (w *world) outage() { w.redisAway(w.span(time.Second, 40*time.Second)) }

func (w *world) redisAway(d time.Duration) {
	w.redisOff = time.Now().Add(d)
	w.tell("   Redis is away for %v", d.Round(time.Millisecond))
	w.tally.kind("redis: away")
}

func (w *world) voucherMishap() {
	products := w.box.InfiniVoucher.Books().Products
	product := products[w.rng.IntN(len(products))]
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
		w.topUps = w.topUps.Add(decimal.NewFromInt(100))
		name, c.TopUp = "wallet topped up", ptr("100")
	default:
		name = w.spoilPurchase(&c)
	}
	w.change(name, c)
}

func (w *world) spoilPurchase(c *infinivoucher.Change) string {
	modes := []string{
		infinivoucher.ModeErrorBefore, infinivoucher.ModeErrorAfter, infinivoucher.ModeRateLimited, infinivoucher.ModeStockConflict,
		infinivoucher.ModeFewerCodes, infinivoucher.ModeSameCodeTwice, infinivoucher.ModePending,
	}
	mode := modes[w.rng.IntN(len(modes))]
	c.NextPurchase = []infinivoucher.NextPurchase{{Mode: mode, Times: 1 + w.rng.IntN(3)}}
	c.PendingFor = ptr([]string{"20s", "10m", "2h"}[w.rng.IntN(3)])
	if w.rng.IntN(12) == 0 {
		c.PendingFor = ptr("0") // until somebody completes it
	}
	return "purchase " + mode
}

func (w *world) change(name string, c infinivoucher.Change) {
	w.mishapped("infinivoucher", name, w.box.InfiniVoucher.Apply(c))
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
	w.mishapped("infini", name, w.box.Infini.Apply(c))
}

// hookMishap spoils webhooks: lost, late by up to 25 h, twice, forged.
func (w *world) hookMishap() {
	targets := []string{infini.WebhookTarget, inventpay.WebhookTarget, infinivoucher.WebhookTarget, univoucher.WebhookTarget}
	target := targets[w.rng.IntN(len(targets))]
	f := kit.Fault{Target: target, Times: 1 + w.rng.IntN(3)}
	switch w.rng.IntN(6) {
	case 0, 1:
		f.Kind = kit.Lost
	case 2:
		f.Kind = kit.Delay
		late := w.span(time.Second, 25*time.Hour)
		if w.rng.IntN(2) == 0 {
			late = w.span(time.Second, time.Hour)
		}
		f.DelayMS = late.Milliseconds()
		if target == univoucher.WebhookTarget {
			w.until(time.Now().Add(late))
		}
	case 3:
		f.Kind = kit.Duplicate
	default:
		w.forge(target)
		return
	}
	w.tell("   webhooks of %s: %s ×%d", target, f.Kind, f.Times)
	w.tally.kind(target + ": " + f.Kind)
	w.box.Faults.Add(f)
}

func ptr[T any](v T) *T { return &v }
