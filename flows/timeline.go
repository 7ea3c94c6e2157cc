package flows

import (
	"strconv"
	"strings"

	"giftbot/order"
)

// timeline is how an order went, oldest first, in a buyer's words. Moments
// that mean nothing to a buyer are left out.
func timeline(o order.Order) Text {
	var all []Text
	if len(o.Lines) > 0 {
		all = append(all, t("timeline.entry", "at", o.CreatedAt, "what", t("timeline.placed")))
	}
	for _, m := range o.Timeline {
		if m.What == string(order.Refunded) && (o.Returned > 0 || len(o.Payouts) > 0) {
			continue // it went to the credit or to a wallet, which says so itself
		}
		if what, ok := momentText(m, kindOf(o)); ok {
			all = append(all, t("timeline.entry", "at", m.At, "what", what))
		}
	}
	if len(all) > timelineMax {
		all = append(all[:1:1], all[len(all)-timelineMax+1:]...)
	}
	return lines(append([]Text{t("timeline.title")}, all...)...)
}

func momentText(m order.Moment, kind order.Kind) (Text, bool) {
	switch m.What {
	case "received":
		if amount, err := order.ParseMoney(m.Note); err == nil {
			return t("timeline.received", "amount", amount), true
		}
		return t("timeline.received_some"), true
	case "bought":
		return boughtText(m, kind)
	case "held":
		return t("timeline.held"), !strings.HasPrefix(m.Note, "payout_") // a payout has words of its own
	default:
	}
	for _, words := range []func(order.Moment) (Text, bool){slowMoment, moneyMoment, payoutMoment} {
		if text, ok := words(m); ok {
			return text, true
		}
	}
	return statusMoment(order.Status(m.What), kind)
}

func boughtText(m order.Moment, kind order.Kind) (Text, bool) {
	got, err := strconv.Atoi(m.Note)
	switch {
	case err != nil:
		return Text{}, false
	case kind == order.KindTopUp:
		return t("timeline.topped"), true
	case kind == order.KindCard:
		return n("timeline.made", got), true
	default:
		return n("timeline.bought", got), true
	}
}

// slowMoment has words for what suppliers and gateways do that take their time.
func slowMoment(m order.Moment) (Text, bool) {
	switch m.What {
	case "accepted":
		return t("timeline.accepted"), true
	case "twin":
		return t("timeline.twin"), true
	case "secret_lost":
		return t("timeline.secret_lost", "card", clip(m.Note, buttonName)), true
	case "recalled":
		return t("timeline.recalled"), true
	case "mismatch":
		return t("timeline.mismatch"), true
	}
	return Text{}, false
}

// momentSum is the sum a moment names. What a person wrote behind it is not
// for the buyer.
func momentSum(m order.Moment) (order.Money, bool) {
	plain, _, _ := strings.Cut(m.Note, " · ")
	amount, err := order.ParseMoney(plain)
	return amount, err == nil
}

// moneyMoment has words for what became of money. Who decided it, and why, is
// not for the buyer.
func moneyMoment(m order.Moment) (Text, bool) {
	keys := map[string]string{
		"credited": "timeline.credited", "credit_used": "timeline.credit_used", "short": "timeline.short", "over": "timeline.over",
		"twice": "timeline.twice", "by_hand": "timeline.by_hand", "fell": "timeline.fell", "payout": "timeline.payout",
		"approved": "timeline.approved", "paid_out": "timeline.paid_out",
	}
	key, known := keys[m.What]
	if !known {
		return Text{}, false
	}
	amount, ok := momentSum(m)
	return t(key, "amount", amount), ok
}

// payoutMoment has words for decisions and for payouts.
func payoutMoment(m order.Moment) (Text, bool) {
	switch m.What {
	case "again":
		return t("timeline.again"), true
	case "given_up":
		return t("timeline.given_up"), true
	case "closed":
		return t("timeline.settled"), true
	case "payout_asked":
		return t("timeline.payout_asked"), true
	case "address":
		return t("timeline.address"), true
	case "payout_refused":
		return t("timeline.payout_refused"), true
	case "payout_dropped":
		return t("timeline.payout_dropped"), true
	default:
		return Text{}, false
	}
}

func statusMoment(s order.Status, kind order.Kind) (Text, bool) {
	switch s {
	case order.Confirming:
		return t("timeline.confirming"), true
	case order.Paid:
		return t("timeline.paid"), true
	case order.Fulfilling:
		switch kind {
		case order.KindTopUp:
			return t("timeline.topping"), true
		case order.KindCard:
			return t("timeline.making"), true
		default:
			return t("timeline.buying"), true
		}
	case order.Ready:
		return t("timeline.ready"), true
	case order.Delivered:
		return t("timeline.delivered"), true
	case order.Expired:
		return t("timeline.expired"), true
	case order.Cancelled:
		return t("timeline.cancelled"), true
	case order.Refunding:
		return t("timeline.refunding"), true
	case order.Refunded:
		return t("timeline.refunded"), true
	default:
		return Text{}, false
	}
}
