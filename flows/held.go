package flows

import (
	"giftbot/order"
)

// heldBlocks tells the buyer why a person looks at the order, what we have
// received, and that it ends with the goods or with the money.
func heldBlocks(o order.Order) []Text {
	if !o.Held() || o.Reason == order.ReasonGoodsTwice && complete(o) {
		return nil // what the supplier sold twice is the shop's to sort out
	}
	blocks := []Text{heldText(o)}
	switch {
	case hasGoods(o) && complete(o):
		return append(blocks, byKind(o, t("held.extra"), t("held.extra_other")))
	case o.Received() > 0:
		return append(blocks, t("held.promise", "received", o.Received()))
	case o.Reason == order.ReasonInvoice:
		return append(blocks, t("held.not_charged"))
	default:
		return append(blocks, t("held.looking"))
	}
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
	switch o.Reason {
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
	case order.ReasonAfterEnd:
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
	saying := t("ping.news", "number", o.Number)
	switch {
	case hasGoods(o):
		saying = readyPing(o)
	case o.Held():
		saying = t("ping.held", "number", o.Number)
	case o.Status == order.Refunded && o.Credited() > 0:
		saying = t("ping.credited", "number", o.Number)
	case o.Status == order.Expired:
		saying = t("ping.expired", "number", o.Number)
	case o.Status == order.Paid || o.Status == order.Fulfilling:
		saying = t("ping.paid", "number", o.Number)
	}
	open := button(t("b.open_order"), VerbOrder, string(o.Number), ArgFresh, 0)
	return View{Blocks: []Text{saying}, Keyboard: [][]Button{row(open)}}
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
