package flows

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// payoutsShown is how many payouts an order's message tells of, the newest.
const payoutsShown = 2

// payoutBlocks say where money is that leaves for the buyer's own wallet.
func payoutBlocks(o order.Order, now order.Stamp) []Text {
	var blocks []Text
	for _, p := range newestPayouts(o) {
		blocks = append(blocks, payoutWords(p, now)...)
	}
	return blocks
}

func newestPayouts(o order.Order) []order.Payout {
	return o.Payouts[max(0, len(o.Payouts)-payoutsShown):]
}

func payoutWords(p order.Payout, now order.Stamp) []Text {
	words := []any{"amount", p.Amount, "network", payoutNetwork(p)}
	switch p.State {
	case order.PayoutWanted:
		return []Text{t("payout.wanted", "amount", p.Amount)}
	case order.PayoutAddressed:
		return []Text{withFees(t("payout.addressed", words...), p), changeText(p, now)}
	case order.PayoutApproved, order.PayoutSent:
		return []Text{withFees(t("payout.sending", words...), p)}
	case order.PayoutUnclear:
		return []Text{withFees(t("payout.unclear", words...), p)}
	case order.PayoutDropped:
		return []Text{t("payout.dropped", "amount", p.Amount)}
	case order.PayoutDone:
		return doneWords(p, words)
	default:
		return []Text{t("payout.sending", words...)}
	}
}

// doneWords tell of a payout that left. One without a network was given back by
// the gateway itself.
func doneWords(p order.Payout, words []any) []Text {
	if p.Network == "" {
		return []Text{t("payout.by_service", "amount", p.Amount)}
	}
	done := withFees(t("payout.done", words...), p)
	if p.Hash != "" {
		done = lines(done, t("payout.hash", "hash", clip(p.Hash, textName)))
	}
	return []Text{done}
}

// changeText says when the address of a payout may be changed.
func changeText(p order.Payout, now order.Stamp) Text {
	if now >= p.AddressOpens() {
		return t("payout.changeable")
	}
	return t("payout.fixed", "until", p.AddressOpens())
}

// withFees adds what the network takes and what arrives, as far as it is known.
func withFees(what Text, p order.Payout) Text {
	if fees := feesText(p.Coins, p.Fee, p.Arrives, p.Coin); fees.Key != "" {
		return lines(what, fees)
	}
	return what
}

// feesText says in coin units what the fee is and what arrives. The coins, the
// fee and what arrives are plain decimals; the last two may be unknown.
func feesText(coins, fee, arrives, coin string) Text {
	sum, err := decimal.NewFromString(coins)
	if err != nil || coin == "" {
		return Text{}
	}
	taken, err := decimal.NewFromString(fee)
	if err != nil || !taken.IsPositive() {
		return t("payout.leaves", "sum", coinText(sum.String(), coin))
	}
	if _, err = decimal.NewFromString(arrives); err != nil {
		arrives = sum.Sub(taken).String()
	}
	return t("payout.fees", "fee", coinText(taken.String(), coin), "arrives", coinText(arrives, coin))
}

// coinText writes a plain decimal with its coin: "8.9 USDT".
func coinText(plain, coin string) Text {
	unit := clip(coin, buttonName/2)
	whole, part, broken := strings.Cut(clip(plain, buttonName), ".")
	if !broken {
		return t("amount.whole", "whole", whole, "unit", unit)
	}
	return t("amount.part", "whole", whole, "part", part, "unit", unit)
}

// payoutNetwork is a stored network in words: its coin and its chain.
func payoutNetwork(p order.Payout) Text {
	chain, _, _ := strings.Cut(p.Network, "-")
	return networkName(p.Coin, chainName(chain))
}

func networkName(coin, chain string) Text {
	return t("payout.network", "coin", clip(coin, buttonName/2), "chain", clip(chain, buttonName/2))
}

// chainName is a chain's name for people, the id itself for one without a name
// here. Payouts store the id alone ("bsc-usdt").
func chainName(id string) string {
	names := map[string]string{
		"arbitrum": "Arbitrum", "bitcoin": "Bitcoin", "bsc": "BNB Smart Chain", "ethereum": "Ethereum",
		"litecoin": "Litecoin", "solana": "Solana", "tron": "Tron", "ttron": "Tron (test)",
	}
	if name, ok := names[id]; ok {
		return name
	}
	return id
}

// walletState is the state of an order that sends credit out, in a few words.
func walletState(o order.Order) Text {
	switch _, _, open := o.OpenPayout(); {
	case open:
		return t("state.payout")
	case o.PaidOut() > 0:
		return t("state.paid_out")
	default:
		return t("state.credited")
	}
}

// payoutKeys are what a buyer can do about an order's payout.
func payoutKeys(o order.Order, now order.Stamp, onPage bool) [][]Button {
	var keys [][]Button
	id, fresh := string(o.Number), ArgFresh
	if onPage {
		fresh = ""
	}
	p, _, open := o.OpenPayout()
	switch {
	case open && p.State == order.PayoutWanted:
		keys = append(keys, row(button(t("b.wallet"), VerbWallet, id, fresh, 0)))
	case open && p.State == order.PayoutAddressed && now >= p.AddressOpens():
		keys = append(keys, row(button(t("b.change_address"), VerbWallet, id, fresh, 0)))
	}
	if droppable(o, now) {
		label := t("b.drop_payout")
		if !dropsToCredit(o, now) {
			label = t("b.drop_order")
		}
		keys = append(keys, row(button(label, VerbDrop, id, argOf(onPage), 0)))
	}
	for _, p := range newestPayouts(o) {
		if p.Hash != "" && len(p.Hash) <= copyLimit {
			keys = append(keys, row(Button{Label: t("b.copy_hash"), Copy: p.Hash}))
		}
	}
	return keys
}

// droppable reports whether the buyer may take the payout back: before there is
// an address, or once it may be changed (DESIGN §3).
func droppable(o order.Order, now order.Stamp) bool {
	p, _, open := o.OpenPayout()
	return open && (p.State == order.PayoutWanted || p.State == order.PayoutAddressed && now >= p.AddressOpens())
}

// dropsToCredit reports whether a payout that the buyer takes back becomes their
// credit. A part of what a person still decides about goes back to the order.
func dropsToCredit(o order.Order, now order.Stamp) bool {
	_, at, _ := o.OpenPayout()
	next, _, err := order.Apply(o, order.DropPayOut{Payout: at, By: o.Buyer, At: now})
	return err == nil && next.Returned > o.Returned
}

// dropPressed asks whether to take a payout back, or takes the answer.
func (c *turn) dropPressed(number order.Number, a Action) {
	asked := c.s.Screen == ScreenDrop && c.s.Number == number
	switch {
	case a.N == 0:
		c.order(ScreenDrop, number)
		c.s.Back = a.Arg == ArgPage
	case !asked:
		c.toast(t("toast.old"))
		c.order(pageOr(a.Arg), number)
	default:
		c.onOrder(pageOr(a.Arg), number)
		c.ask(DropPayout{Number: number})
	}
}

func dropView(o order.Order, now order.Stamp, onPage bool) View {
	p, _, _ := o.OpenPayout()
	ask, yes := t("drop.ask", "amount", p.Amount), t("b.drop_yes")
	if !dropsToCredit(o, now) {
		ask, yes = t("drop.ask_order", "amount", p.Amount), t("b.drop_order_yes")
	}
	return View{Blocks: []Text{ask}, Keyboard: [][]Button{
		row(button(yes, VerbDrop, string(o.Number), argOf(onPage), 1)),
		row(keepButton(t("b.back"), o.Number, onPage)),
	}}
}

// payoutDropped answers for DropPayout.
func (c *turn) payoutDropped(r OrderResult) {
	done := t("toast.dropped_order")
	for _, m := range slices.Backward(r.Order.Timeline) {
		if m.What == "credited" {
			done = t("toast.dropped")
		}
		if m.What == "credited" || m.What == "payout_dropped" {
			break
		}
	}
	c.tell(r, done, t("toast.later_do"), map[order.Code]Text{
		order.CodeTooSoon: t("toast.fixed"),
		order.CodeEvent:   t("toast.changed"),
		order.CodeBusy:    t("toast.busy"),
	})
}
