package flows

import (
	"slices"

	"giftbot/order"
)

// looked reports whether a person looks at the order. A payout that waits for
// an admin's word is no trouble: payoutBlocks speaks of it.
func looked(o order.Order) bool { return o.Held() && doubtOf(o) != "" }

// doubtOf is the newest reason to look at an order that a buyer has to hear of.
func doubtOf(o order.Order) order.Reason {
	doubts := o.Doubts
	if len(doubts) == 0 {
		doubts = []order.Reason{o.Reason}
	}
	for _, r := range slices.Backward(doubts) {
		switch r {
		case order.ReasonPayout, order.ReasonPayoutCap, order.ReasonPayoutRefused, order.ReasonPayoutUnclear, order.ReasonPayoutLeft:
		default:
			return r
		}
	}
	return ""
}

// heldBlocks tells the buyer why a person looks at the order, what we hold for
// it, and that it ends with the goods or with the money.
func heldBlocks(o order.Order) []Text {
	switch {
	case !looked(o):
		return nil
	case doubtOf(o) == order.ReasonGoodsTwice && (complete(o) || settled(o)):
		return nil // what the supplier sold twice is the shop's to sort out
	}
	blocks := []Text{heldText(o)}
	switch left := o.Left(); {
	case hasGoods(o) && complete(o):
		blocks = append(blocks, byKind(o, t("held.extra"), t("held.extra_other")))
	case goesOn(o):
		blocks = append(blocks, t("held.surplus"))
	case hasGoods(o) && left <= 0 && o.Returned > 0 && lostIsCredit(o):
		blocks = append(blocks, t("held.settled"))
	case left > 0:
		blocks = append(blocks, t("held.promise", "received", left))
	case o.Reason == order.ReasonInvoice:
		blocks = append(blocks, t("held.not_charged"))
	default:
		blocks = append(blocks, t("held.looking"))
	}
	if takeable(o) {
		blocks = append(blocks, t("held.take", "amount", o.Left()))
	}
	return blocks
}

// goesOn reports whether the order is bought for while a person looks: they
// look at a surplus alone.
func goesOn(o order.Order) bool {
	others := slices.ContainsFunc(o.Doubts, func(r order.Reason) bool { return r != order.ReasonOver })
	return doubtOf(o) == order.ReasonOver && !others && (o.Status == order.Paid || o.Status == order.Fulfilling)
}

// settled reports whether nothing of the order's money is left to decide.
func settled(o order.Order) bool {
	return (o.Status == order.Refunded || o.Status == order.Refunding) && o.Left() <= 0
}

// byKind picks the words for codes or those for other goods.
func byKind(o order.Order, codes, other Text) Text {
	if kindOf(o) == order.KindVoucher {
		return codes
	}
	return other
}

func complete(o order.Order) bool {
	got, wanted := pieces(o)
	return got >= wanted
}

func heldText(o order.Order) Text {
	sums := []any{"received", o.Received(), "total", o.Total}
	switch doubtOf(o) {
	case order.ReasonShort:
		return t("held.short", sums...)
	case order.ReasonOver:
		return t("held.over", sums...)
	case order.ReasonLate:
		return t("held.late")
	case order.ReasonTwice:
		return t("held.twice")
	case order.ReasonCurrency:
		return t("held.currency")
	case order.ReasonLower, order.ReasonMismatch, order.ReasonUnread, order.ReasonStatus:
		return t("held.payment")
	case order.ReasonAfterEnd, order.ReasonFound:
		return t("held.after_end")
	case order.ReasonLoss:
		return t("held.price")
	case order.ReasonStock:
		return t("held.stock")
	case order.ReasonFunds, order.ReasonFrozen, order.ReasonBudget, order.ReasonSupplierDown, order.ReasonRefused, order.ReasonUnclear, order.ReasonSupplierGone:
		return t("held.supplier")
	case order.ReasonFewer:
		return byKind(o, t("held.fewer"), t("held.fewer_other"))
	case order.ReasonGoods, order.ReasonGoodsTwice:
		return t("held.goods")
	case order.ReasonSlow:
		return t("held.slow")
	case order.ReasonSecretLost:
		return t("held.secret")
	case order.ReasonInvoice:
		return t("held.invoice")
	default:
		return t("held.other")
	}
}

// PingView is the short message that rings beside a status message. It holds
// no secret: it may be read on a locked screen.
func PingView(o order.Order) View {
	open := button(t("b.open_order"), VerbOrder, string(o.Number), ArgFresh, 0)
	return View{Blocks: []Text{pingText(o)}, Keyboard: [][]Button{row(open)}}
}

func pingText(o order.Order) Text {
	last := ""
	if len(o.Timeline) > 0 {
		last = o.Timeline[len(o.Timeline)-1].What
	}
	ready := hasGoods(o)
	switch p, _, open := o.OpenPayout(); {
	case ready && (o.Status == order.Ready || last == string(order.Delivered) || o.Returned == 0 && len(o.Payouts) == 0):
		return readyPing(o)
	case open && p.State == order.PayoutWanted:
		return t("ping.payout", "number", o.Number)
	case !open && o.PaidOut() > 0:
		return t("ping.paid_out", "number", o.Number)
	case looked(o):
		return t("ping.held", "number", o.Number)
	case o.Returned > 0:
		return creditedPing(o)
	default:
		return statusPing(o)
	}
}

func statusPing(o order.Order) Text {
	switch {
	case short(o):
		return t("ping.short", "number", o.Number)
	case o.Status == order.Expired:
		return t("ping.expired", "number", o.Number)
	case o.Status == order.Paid || o.Status == order.Fulfilling:
		return t("ping.paid", "number", o.Number)
	default:
		return t("ping.news", "number", o.Number)
	}
}

func readyPing(o order.Order) Text {
	got, _ := pieces(o) // fewer than wanted when the supplier sent fewer
	switch kindOf(o) {
	case order.KindTopUp:
		return t("ping.topped", "number", o.Number)
	case order.KindCard:
		return n("ping.card", got, "number", o.Number)
	default:
		return n("ping.ready", got, "number", o.Number)
	}
}
