package flows

import (
	"slices"
	"strconv"

	"giftbot/order"
)

// AlertView is one message to one admin about an order that needs a person:
// number, reason, sums and what to do. It holds no secret. Its buttons answer in
// a new message, so that it stays what it was. When the order was settled before
// it could be sent, it says so instead.
func AlertView(o order.Order) View {
	id := string(o.Number)
	keys := row(button(t("b.open_order"), verbAdmin, id, ArgFresh, 0))
	_, left := o.LeftAfterAll()
	if !o.Held() && !linkRefused(o) && !left {
		return View{Blocks: []Text{settledText(o)}, Keyboard: [][]Button{keys}}
	}
	if o.CanRefund() {
		keys = append(keys, button(t("admin.b_refund"), verbAdmin, id, argRefundFresh, 0))
	}
	return View{Blocks: alertBlocks(o), Keyboard: [][]Button{keys}}
}

// linkRefused reports an order that ended because no gateway made a link for it:
// there is nothing to decide about it, but admins have to know.
func linkRefused(o order.Order) bool {
	return o.Status == order.Cancelled && o.Reason == order.ReasonInvoice
}

// settledText tells an admin that an order needs nobody any more, and who saw
// to that.
func settledText(o order.Order) Text {
	state := momentWords(string(o.Status))
	for _, m := range slices.Backward(o.Timeline) {
		if m.What == "held" {
			break
		}
		if m.By != 0 && m.By != o.Buyer {
			return t("alert.settled_by", "number", o.Number, "who", strconv.FormatInt(m.By, 10), "state", state)
		}
	}
	return t("alert.settled", "number", o.Number, "state", state)
}

func alertBlocks(o order.Order) []Text {
	reason := o.Reason
	payout, left := o.LeftAfterAll()
	if left && newestDoubt(o) == order.ReasonPayoutLeft { // held for it or not: its money may be gone
		reason = order.ReasonPayoutLeft
	}
	facts := []Text{
		t("alert.reason", "reason", alertReason(reason)),
		t("alert.money", "received", o.Received(), "total", o.Total),
		t("alert.state", "state", momentWords(string(o.Status))),
		alertBuyer(o),
	}
	facts = append(facts, alertDetails(o)...)
	if left {
		facts = append(facts, t("alert.payout_id", "payout", payout.N, "id", clip(payout.External, textName)))
	}
	if left && reason != order.ReasonPayoutLeft {
		facts = append(facts, t("alert.reason", "reason", alertReason(order.ReasonPayoutLeft)))
	}
	if len(o.Lines) > 0 {
		facts = append(facts, goodsOf(o))
	}
	return []Text{t("alert.title", "number", o.Number), lines(facts...), adviceOn(o, reason)}
}

// newestDoubt is what admins were alerted about last.
func newestDoubt(o order.Order) order.Reason {
	for _, m := range slices.Backward(o.Timeline) {
		switch m.What {
		case "held":
			return order.Reason(m.Note)
		case string(order.ReasonPayoutLeft):
			return order.ReasonPayoutLeft
		default:
		}
	}
	return o.Reason
}

// alertBuyer says whose order it is, as far as anybody knows.
func alertBuyer(o order.Order) Text {
	if o.Found {
		return t("alert.nobody")
	}
	return t("alert.buyer", "buyer", strconv.FormatInt(o.Buyer, 10))
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
	case order.ReasonFound:
		if payment := noted("met"); payment != "" {
			return []Text{t("alert.payment", "payment", payment)}
		}
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
		order.ReasonFound:        "alert.found",

		order.ReasonPayout:        "alert.payout",
		order.ReasonPayoutCap:     "alert.payout_cap",
		order.ReasonPayoutUnclear: "alert.payout_unclear",
		order.ReasonPayoutRefused: "alert.payout_refused",
		order.ReasonPayoutLeft:    "alert.payout_left",
	}
	if key, ok := keys[r]; ok {
		return t(key)
	}
	return t(otherReason)
}

const (
	otherReason = "alert.other"      // of a reason without words
	payAdvice   = "alert.do_payment" // of every reason that is about money received
)

// adviceOn is what to do about an order: of one that nobody knows, only the
// journal's line is there.
func adviceOn(o order.Order, r order.Reason) Text {
	if o.Found && (r == order.ReasonPayoutUnclear || r == order.ReasonUnclear) {
		return t("alert.do_spent")
	}
	return alertAdvice(r)
}

func alertAdvice(r order.Reason) Text {
	switch r {
	case order.ReasonShort, order.ReasonOver, order.ReasonLate, order.ReasonTwice,
		order.ReasonCurrency, order.ReasonLower, order.ReasonMismatch, order.ReasonUnread, order.ReasonAfterEnd, order.ReasonStatus:
		return t(payAdvice)
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
	case order.ReasonPayout:
		return t("alert.do_payout")
	case order.ReasonPayoutCap:
		return t("alert.do_payout_cap")
	case order.ReasonPayoutUnclear:
		return t("alert.do_payout_unclear")
	case order.ReasonPayoutRefused:
		return t("alert.do_payout_refused")
	case order.ReasonPayoutLeft:
		return t("alert.do_payout_left")
	case order.ReasonFound:
		return t("alert.do_found")
	default:
		return t("alert.do_goods")
	}
}
