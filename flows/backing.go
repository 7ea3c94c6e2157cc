package flows

import (
	"slices"
	"strings"

	"giftbot/order"
)

// creditBlocks name what became the buyer's credit, and what it is good for.
func creditBlocks(o order.Order) []Text {
	blocks := creditShort(o)
	if o.Returned > 0 {
		blocks = append(blocks, t("status.credited_next"))
	}
	return blocks
}

// creditShort names what became the buyer's credit, and why: what could not be
// delivered, and what was paid too much, twice or too late.
func creditShort(o order.Order) []Text {
	lost, counts := lostOf(o), lostIsCredit(o)
	var blocks []Text
	for _, p := range parcelsOf(o.Lines) {
		if p.credited > 0 {
			blocks = append(blocks, lostText(p, counts))
		}
	}
	extra := o.Returned
	if counts {
		extra -= lost
	}
	if extra > 0 {
		blocks = append(blocks, extraText(o, extra))
	}
	return blocks
}

// lostOf is the price of what was paid for and could not be delivered.
func lostOf(o order.Order) order.Money {
	var sum order.Money
	for _, l := range o.Lines {
		sum += l.Credited
	}
	return sum
}

// lostIsCredit reports whether the price of what could not be delivered went
// to the credit. It may have gone to a wallet instead, or still wait for a
// decision.
func lostIsCredit(o order.Order) bool {
	_, _, open := o.OpenPayout()
	return !open && o.PaidOut() == 0 && o.Returned >= lostOf(o)
}

func lostText(p parcel, counts bool) Text {
	switch {
	case p.got > 0 && counts:
		return t("status.fewer", "name", p.text(), "got", p.got, "wanted", p.quantity, "credited", p.credited)
	case p.got > 0:
		return t("status.fewer_only", "name", p.text(), "got", p.got, "wanted", p.quantity)
	case counts:
		return t("status.credited", "name", p.text(), "credited", p.credited)
	default:
		return t("status.undelivered", "name", p.text())
	}
}

// extraText says why money became credit that no missing goods explain. Where
// that is more than one thing, the sum alone is said.
func extraText(o order.Order, extra order.Money) Text {
	ended := o.Status == order.Cancelled || o.Status == order.Expired
	twice, over := o.Flags.Has(order.FlagTwice), o.Flags.Has(order.FlagOver)
	switch {
	case twice && !over && slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Seen == extra }):
		return t("status.twice", "credited", extra)
	case over && !twice && extra == o.Received()+o.Forgiven-o.Total:
		return t("status.over", "credited", extra)
	case twice || over:
		return t("status.on_credit", "credited", extra)
	case o.Flags.Has(order.FlagLate) && ended:
		return t("status.too_late", "credited", extra)
	case ended && extra <= o.CreditUsed():
		return t("status.credit_back", "credited", extra)
	default:
		return t("status.on_credit", "credited", extra)
	}
}

// creditedPing names what came to the credit just now, and all of it when it
// was not the first time.
func creditedPing(o order.Order) Text {
	newest := order.Money(0)
	for _, m := range o.Timeline {
		if m.What != "credited" {
			continue
		}
		text, _, _ := strings.Cut(m.Note, " ")
		if sum, err := order.ParseMoney(text); err == nil {
			newest = sum
		}
	}
	if newest == 0 || newest == o.Returned {
		return t("ping.credited", "number", o.Number, "amount", o.Returned)
	}
	return t("ping.credited_more", "number", o.Number, "amount", newest, "all", o.Returned)
}
