package flows

import (
	"strconv"

	"giftbot/order"
)

// timeline is how an order went, oldest first, in a buyer's words. Moments
// that mean nothing to a buyer are left out.
func timeline(o order.Order) Text {
	all := []Text{t("timeline.entry", "at", o.CreatedAt, "what", t("timeline.placed"))}
	for _, m := range o.Timeline {
		if m.What == string(order.Refunded) && o.Credited() > 0 {
			continue // it went to the credit, which says so itself
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
		return t("timeline.held"), true
	default:
	}
	if text, ok := slowMoment(m); ok {
		return text, true
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
	case "credited":
		if amount, err := order.ParseMoney(m.Note); err == nil {
			return t("timeline.credited", "amount", amount), true
		}
	}
	return Text{}, false
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
