package flows

import (
	"slices"
	"strconv"

	"giftbot/order"
)

// deskMoney is an order's money: where it came from, where it is.
func deskMoney(o order.Order) Text {
	texts := []Text{
		t("admin.money"),
		t("admin.asked", "total", o.Total, "received", o.Received()),
	}
	shown := o.Payments[max(0, len(o.Payments)-shownMoney):]
	if hidden := len(o.Payments) - len(shown); hidden > 0 {
		texts = append(texts, n("admin.earlier", hidden))
	}
	for _, p := range shown {
		texts = append(texts, t("admin.payment", "n", p.N, "way", adminGateway(p.Gateway),
			"asked", p.Asked, "received", p.Seen, "state", deskPayment(p)))
	}
	if used := o.CreditUsed(); used > 0 {
		texts = append(texts, t("admin.credit_used", "amount", used))
	}
	if o.Forgiven > 0 {
		texts = append(texts, t("admin.forgiven", "amount", o.Forgiven))
	}
	texts = append(texts,
		t("admin.gone", "delivered", o.Sold(), "credited", o.Returned, "paid", o.PaidOut()),
		t("admin.left", "left", o.Left()))
	if aside := asideFor(o); aside > 0 {
		texts = append(texts, t("admin.aside", "amount", aside))
	}
	cost := spent(o)
	return lines(append(texts, t("admin.profit", "cost", cost, "profit", o.Sold()-cost-o.Forgiven))...)
}

// spent is what the suppliers took for an order's goods.
func spent(o order.Order) order.Money {
	var sum order.Money
	for _, l := range o.Lines {
		sum += l.Paid
	}
	return sum
}

// asideFor is what is set aside for a payout that was not sent.
func asideFor(o order.Order) order.Money {
	var sum order.Money
	for _, p := range o.Payouts {
		switch p.State {
		case order.PayoutWanted, order.PayoutAddressed, order.PayoutApproved:
			sum += p.Amount
		default:
		}
	}
	return sum
}

func deskPayment(p order.Payment) Text {
	switch {
	case p.Fell:
		return t("admin.pay_fell", "now", p.Now)
	case p.Kept > 0:
		return t("admin.pay_kept", "kept", p.Kept)
	case p.Confirming:
		return t("admin.pay_confirming")
	}
	switch p.State {
	case order.PaymentPlanned:
		return t("admin.pay_planned")
	case order.PaymentSent:
		return t("admin.pay_sent")
	case order.PaymentOpen:
		if p.Ended {
			return t("admin.pay_ended")
		}
		return t("admin.pay_open")
	case order.PaymentLost:
		return t("admin.pay_lost")
	case order.PaymentClosed:
		return t("admin.pay_closed")
	case order.PaymentRefused:
		return t("admin.pay_refused")
	case order.PaymentGap:
		return t("admin.pay_gap")
	default:
		return t("admin.raw", "word", clip(string(p.State), buttonName))
	}
}

// deskPayouts lists what went, or is to go, to the buyer's own wallet.
func deskPayouts(o order.Order) Text {
	if len(o.Payouts) == 0 {
		return Text{}
	}
	texts := []Text{t("admin.payouts")}
	shown := o.Payouts[max(0, len(o.Payouts)-shownPayouts):]
	if hidden := len(o.Payouts) - len(shown); hidden > 0 {
		texts = append(texts, n("admin.earlier", hidden))
	}
	for _, p := range shown {
		text := t("admin.payout", "n", p.N, "way", adminGateway(p.Gateway), "amount", p.Amount, "state", deskPayout(p))
		if p.Network != "" {
			text = t("admin.payout_by", "payout", text, "network", clip(p.Network, shownWord))
		}
		if p.Hash != "" {
			text = t("admin.payout_hash", "payout", text, "hash", clip(p.Hash, noteShown))
		}
		texts = append(texts, text)
	}
	return lines(texts...)
}

func deskPayout(p order.Payout) Text {
	switch p.State {
	case order.PayoutWanted:
		return t("admin.out_wanted")
	case order.PayoutAddressed:
		return t("admin.out_addressed")
	case order.PayoutApproved:
		return t("admin.out_approved")
	case order.PayoutSent:
		return t("admin.out_sent")
	case order.PayoutUnclear:
		return t("admin.out_unclear")
	case order.PayoutDone:
		return t("admin.out_done")
	case order.PayoutDropped:
		return t("admin.out_dropped")
	default:
		return t("admin.raw", "word", clip(string(p.State), buttonName))
	}
}

// newestText is how the order went last, below its card.
func newestText(o order.Order) Text {
	texts := []Text{t("admin.history")}
	for _, m := range o.Timeline[max(0, len(o.Timeline)-shownMoments):] {
		texts = append(texts, deskMoment(o, m, buttonName))
	}
	if len(o.Timeline) == 0 {
		texts = []Text{t("admin.history_none")}
	}
	return lines(texts...)
}

// showHistory is a page of everything that happened to an order, oldest first.
// It opens on page 0, the newest: an admin asks what happened last.
func (c *turn) showHistory(o order.Order) {
	page := within(c.s.Page, len(o.Timeline), momentsPage)
	c.s.Page = page
	end := len(o.Timeline) - page*momentsPage
	texts := []Text{t("admin.history_of", "number", o.Number)}
	for _, m := range o.Timeline[max(0, end-momentsPage):end] {
		texts = append(texts, deskMoment(o, m, noteShown))
	}
	v := View{Blocks: []Text{lines(texts...)}}
	v.Keyboard = append(deskPager(string(o.Number), argHistory, page, len(o.Timeline), momentsPage),
		row(button(t("b.back"), verbAdmin, string(o.Number), "", 0)), deskRow())
	c.show(v)
}

// deskMoment is one event of an order's timeline, with its note and by whom.
func deskMoment(o order.Order, m order.Moment, room int) Text {
	what, note := momentWords(m.What), clip(m.Note, room)
	if reason := alertReason(order.Reason(m.Note)); m.What == "held" && reason.Key != otherReason {
		what, note = t("admin.m_held_for", "why", reason), ""
	}
	text := t("admin.moment", "at", m.At, "what", what)
	if note != "" {
		text = t("admin.moment_note", "moment", text, "note", note)
	}
	switch m.By {
	case 0:
		return text
	case o.Buyer:
		return t("admin.moment_buyer", "moment", text)
	default:
		return t("admin.moment_by", "moment", text, "who", strconv.FormatInt(m.By, 10))
	}
}

// momentWords names an event; one without words here shows its own name.
func momentWords(what string) Text {
	if key, ok := momentKeys()[what]; ok {
		return t(key)
	}
	return t("admin.raw", "word", clip(what, buttonName))
}

func momentKeys() map[string]string {
	return map[string]string{ //nolint:gosec // names of events and of their words
		"placed":                      "admin.m_placed",
		string(order.AwaitingPayment): "admin.m_awaiting",
		string(order.Confirming):      "admin.m_confirming",
		string(order.Paid):            "admin.m_paid",
		string(order.Fulfilling):      "admin.m_fulfilling",
		string(order.Ready):           "admin.m_ready",
		string(order.Delivered):       "admin.m_delivered",
		string(order.Expired):         "admin.m_expired",
		string(order.Cancelled):       "admin.m_cancelled",
		string(order.Refunding):       "admin.m_refunding",
		string(order.Refunded):        "admin.m_refunded",
		"received":                    "admin.m_received",
		"short":                       "admin.m_short",
		"over":                        "admin.m_over",
		"twice":                       "admin.m_twice",
		"fell":                        "admin.m_fell",
		"twin":                        "admin.m_twin",
		"found":                       "admin.m_found",
		"met":                         "admin.m_met",
		"aside":                       "admin.m_aside",
		"spent":                       "admin.m_spent",
		"held":                        "admin.m_held",
		string(order.ReasonLower):     "alert.lower",
		string(order.ReasonCurrency):  "alert.currency",
		string(order.ReasonMismatch):  "alert.mismatch",
		string(order.ReasonFound):     "alert.found",
		"credit_used":                 "admin.m_credit_used",
		"credited":                    "admin.m_credited",
		"by_hand":                     "admin.m_by_hand",
		"closed":                      "admin.m_closed",
		"bought":                      "admin.m_bought",
		"bought_twice":                "admin.m_bought_twice",
		"accepted":                    "admin.m_accepted",
		"failed":                      "admin.m_failed",
		"unclear":                     "admin.m_unclear",
		"mismatch":                    "admin.m_mismatch",
		"secret_lost":                 "admin.m_secret_lost",
		"recalled":                    "admin.m_recalled",
		"again":                       "admin.m_again",
		"given_up":                    "admin.m_given_up",
		"payout":                      "admin.m_payout",
		"payout_asked":                "admin.m_payout_asked",
		"address":                     "admin.m_address",
		"approved":                    "admin.m_approved",
		"paid_out":                    "admin.m_paid_out",
		"payout_refused":              "admin.m_payout_refused",
		"payout_left":                 "admin.m_payout_left",
		"payout_dropped":              "admin.m_payout_dropped",
	}
}

// gave reports whether an admin approved a payout.
func gave(p order.Payout, admin int64) bool { return slices.Contains(p.Approved, admin) }
