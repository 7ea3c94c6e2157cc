package sim

import (
	"cmp"
	"time"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	hosted "giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	coins "giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	minter "giftbot/sandbox/univoucher"
)

// dietNone is the whole world: people want everything, and pay both ways.
const dietNone = ""

// diet is a world in which one part of the shop is busy all the time. A bug that
// lives there shows within a few orders; a shop without one comes through it as
// through every other story.
type diet struct {
	wants    map[string]int // what people want, nil for everything
	shelf    int            // how many products there are of a kind, 0 for all: people meet at few
	gateways []string       // how they pay, nil for both
	moneyed  bool           // people are busy with their money, and the shop can send it out
	outMax   order.Money    // what a moneyed shop sends out in a day, 0 for plenty
	away     bool           // Redis is away whenever a callback comes
	careless bool           // admins refund while nobody knows what became of a purchase
	hasty    bool           // two admins decide about everything, at once
	often    func(*world)   // happens again and again, nil for nothing
}

// diets are all there are, by name.
func diets() map[string]diet {
	viaCoins := []string{inventpay.Vendor}
	vouchers := diet{wants: map[string]int{wantVoucher: 1}, gateways: []string{infini.Vendor}}
	few := vouchers
	few.shelf = 2
	cards := diet{wants: map[string]int{wantCard: 1}, gateways: viaCoins}
	gate := diet{wants: map[string]int{wantGate: 1, wantTopUp: 1}, gateways: viaCoins}
	money := diet{wants: map[string]int{wantVoucher: 3, wantTopUp: 1}, moneyed: true}
	return map[string]diet{
		"vouchers":                  vouchers,
		"vouchers, lost answers":    vouchers.with(losePurchases),
		"vouchers, long unclear":    few.with(losePurchasesForLong),
		"vouchers, refused later":   few.with(refusePurchases),
		"vouchers, forged webhooks": vouchers.with(func(w *world) { w.forgeHosted() }),
		"cards, lost answers":       cards.with(loseCreations),
		"cards, late callbacks":     cards.with(delayCallbacks),
		"cards, wrong ones":         cards.with(spoilCards),
		"cards, forged callbacks":   cards.with(func(w *world) { w.forgeCards() }),
		"cards, Redis away":         {wants: cards.wants, gateways: cards.gateways, away: true},
		"Plexy":                     gate,
		"Plexy, lost links":         gate.with(loseLinks),
		"Plexy, forged webhooks":    gate.with(func(w *world) { w.forgeCoins() }),
		"top-ups":                   {wants: map[string]int{wantTopUp: 1}, gateways: viaCoins},
		"money":                     money,
		"money, falls":              money.with(func(w *world) { w.fall() }),
		"money, nothing in stock":   money.with(emptyShelves),
		"money, two decide":         {wants: money.wants, moneyed: true, hasty: true, often: emptyShelves},
		"money, slow purchases":     {wants: money.wants, moneyed: true, careless: true, often: slowPurchases},
		"payouts, lost answers":     money.with(losePayouts),
		"payouts, a small sum":      {wants: money.wants, moneyed: true, outMax: 25_000_000},
	}
}

// with is the diet with something that happens in it again and again.
func (d diet) with(f func(*world)) diet {
	d.often = f
	return d
}

// moneyed reports whether the seed's people are busy with money.
func (w *world) moneyed() bool { return w.diet.moneyed }

// moneyPlans are those that a moneyed seed's people draw from.
func moneyPlans() []string {
	return []string{
		"pay", "pay", "pay over", "pay twice", "pay late", "pay late, a part", "pay short, take credit", "pay short", "pay in parts",
		"cancel and pay", "pay, give up while it confirms", "another way, pay both", "pay short, then the rest",
	}
}

// provoke plans what a diet has happen: while people shop, and while they mind
// their money.
func (w *world) provoke() {
	if w.diet.often == nil {
		return
	}
	for range 6 {
		w.after(w.span(time.Minute, 2*time.Hour), func() { w.diet.often(w) })
		w.after(w.span(time.Hour, 5*time.Hour), func() { w.diet.often(w) })
	}
}

func dropReply(target, path string, times int) kit.Fault {
	return kit.Fault{Target: target, Path: path, Kind: kit.DropReply, Times: times}
}

func losePurchases(w *world) { w.box.Faults.Add(dropReply("infinivoucher", "/orders/buy", 1)) }

// losePurchasesForLong has a purchase stay unclear while others want the same.
func losePurchasesForLong(w *world) {
	if w.rng.IntN(3) == 0 {
		w.box.Faults.Add(dropReply("infinivoucher", "/orders/buy", 7))
	}
}

// refusePurchases has a purchase fail so that nobody knows whether it was made,
// and then be refused: it is looked for among those of others.
func refusePurchases(w *world) {
	w.box.Faults.Add(kit.Fault{Target: "infinivoucher", Path: "/orders/buy", Kind: kit.ErrorBefore, Times: 1})
	w.change("refuses", infinivoucher.Change{NextPurchase: []infinivoucher.NextPurchase{{Mode: infinivoucher.ModeStockConflict, Times: 4}}})
}

func loseCreations(w *world) { w.box.Faults.Add(dropReply("univoucher", "/cards/create", 1)) }

func loseLinks(w *world) { w.box.Faults.Add(dropReply("inventpay", "create_invoice", 2)) }

func losePayouts(w *world) {
	w.box.Faults.Add(dropReply("infini", "/fund/withdraw", 1))
	w.box.Faults.Add(dropReply("inventpay", "withdrawal", 1))
}

// delayCallbacks has one of two callbacks come when all is delivered.
func delayCallbacks(w *world) {
	w.nextCreate(minter.ModeMintTwice)
	w.box.Faults.Add(kit.Fault{Target: minter.WebhookTarget, Kind: kit.Delay, Times: 1, DelayMS: (20 * time.Minute).Milliseconds()})
}

func spoilCards(w *world) {
	w.nextCreate([]string{minter.ModeWrongSecret, minter.ModeWrongAmount}[w.rng.IntN(2)])
}

func (w *world) nextCreate(mode string) {
	w.mishapped("univoucher", "create "+mode, w.box.UniVoucher.Apply(minter.Change{NextCreate: []minter.NextCreate{{Mode: mode, Times: 2}}}))
}

func slowPurchases(w *world) {
	w.change("purchase pending", infinivoucher.Change{
		NextPurchase: []infinivoucher.NextPurchase{{Mode: infinivoucher.ModePending, Times: 4}}, PendingFor: ptr("2h"),
	})
}

// emptyShelves has a supplier run out of something that was paid for, for a while.
func emptyShelves(w *world) {
	products := w.box.InfiniVoucher.Books().Products
	p := products[w.rng.IntN(len(products))]
	w.change("refuses", infinivoucher.Change{NextPurchase: []infinivoucher.NextPurchase{{Mode: infinivoucher.ModeStockConflict, Times: 30}}})
	w.after(10*time.Minute, func() {
		w.change("delivers again", infinivoucher.Change{NextPurchase: []infinivoucher.NextPurchase{}, Stock: map[string]int{p.ID: 100}})
	})
}

// endow gives a moneyed seed's shop all it needs to pay out.
func (w *world) endow() error {
	w.outMax = cmp.Or(w.diet.outMax, 400_000_000)
	if err := w.box.Infini.Apply(hosted.Change{Deposit: ptr("2000")}); err != nil {
		return err
	}
	return w.box.InventPay.Apply(coins.Change{Balances: map[string]string{"USDT_BEP20": "1000", "USDC_BEP20": "1000", "USDT_ERC20": "1000", "ETH": "10"}})
}
