package flows

import (
	"slices"
	"strconv"

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

// AlertView is one message to one admin about an order that needs a person:
// number, reason, sums and what to do. It holds no secret.
func AlertView(o order.Order) View {
	facts := []Text{
		t("alert.reason", "reason", alertReason(o.Reason)),
		t("alert.money", "received", o.Received(), "total", o.Total),
		t("alert.state", "state", string(o.Status)),
		t("alert.buyer", "buyer", strconv.FormatInt(o.Buyer, 10)),
	}
	facts = append(facts, alertDetails(o)...)
	facts = append(facts, goodsOf(o))
	return View{Blocks: []Text{t("alert.title", "number", o.Number), lines(facts...), alertAdvice(o.Reason)}}
}

// alertDetails are what the timeline noted about the reason: the number of a
// card without its secret, or what of an answer does not match.
func alertDetails(o order.Order) []Text {
	noted := func(what string) string {
		for _, m := range slices.Backward(o.Timeline) {
			if m.What == what {
				return clip(m.Note, textName)
			}
		}
		return ""
	}
	switch o.Reason {
	case order.ReasonSecretLost:
		return []Text{t("alert.card", "card", noted("secret_lost"))}
	case order.ReasonGoods:
		if rules := noted("mismatch"); rules != "" {
			return []Text{t("alert.rules", "rules", rules)}
		}
	default:
	}
	return nil
}

func alertReason(r order.Reason) Text {
	keys := map[order.Reason]string{
		order.ReasonShort:        "alert.short",
		order.ReasonOver:         "alert.over",
		order.ReasonLate:         "alert.late",
		order.ReasonTwice:        "alert.twice",
		order.ReasonCurrency:     "alert.currency",
		order.ReasonLower:        "alert.lower",
		order.ReasonMismatch:     "alert.mismatch",
		order.ReasonUnread:       "alert.unread",
		order.ReasonAfterEnd:     "alert.after_end",
		order.ReasonLoss:         "alert.loss",
		order.ReasonStock:        "alert.stock",
		order.ReasonFunds:        "alert.funds",
		order.ReasonFrozen:       "alert.frozen",
		order.ReasonBudget:       "alert.budget",
		order.ReasonSupplierDown: "alert.supplier_down",
		order.ReasonRefused:      "alert.refused",
		order.ReasonUnclear:      "alert.unclear",
		order.ReasonFewer:        "alert.fewer",
		order.ReasonGoods:        "alert.goods",
		order.ReasonInvoice:      "alert.invoice",
		order.ReasonGoodsTwice:   "alert.goods_twice",
		order.ReasonSupplierGone: "alert.gone",
		order.ReasonSlow:         "alert.slow",
		order.ReasonSecretLost:   "alert.secret_lost",
		order.ReasonStatus:       "alert.status",
	}
	if key, ok := keys[r]; ok {
		return t(key)
	}
	return t("alert.other")
}

func alertAdvice(r order.Reason) Text {
	switch r {
	case order.ReasonShort, order.ReasonOver, order.ReasonLate, order.ReasonTwice,
		order.ReasonCurrency, order.ReasonLower, order.ReasonMismatch, order.ReasonUnread, order.ReasonAfterEnd, order.ReasonStatus:
		return t("alert.do_payment")
	case order.ReasonFunds, order.ReasonFrozen:
		return t("alert.do_wallet")
	case order.ReasonBudget:
		return t("alert.do_budget")
	case order.ReasonSupplierDown:
		return t("alert.do_wait")
	case order.ReasonUnclear, order.ReasonGoodsTwice, order.ReasonGoods, order.ReasonFewer:
		return t("alert.do_supplier")
	case order.ReasonSlow:
		return t("alert.do_slow")
	case order.ReasonSecretLost:
		return t("alert.do_secret")
	case order.ReasonInvoice:
		return t("alert.do_invoice")
	default:
		return t("alert.do_goods")
	}
}
