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
		if what, ok := momentText(m); ok {
			all = append(all, t("timeline.entry", "at", m.At, "what", what))
		}
	}
	if len(all) > timelineMax {
		all = append(all[:1:1], all[len(all)-timelineMax+1:]...)
	}
	return lines(append([]Text{t("timeline.title")}, all...)...)
}

func momentText(m order.Moment) (Text, bool) {
	switch m.What {
	case "received":
		if amount, err := order.ParseMoney(m.Note); err == nil {
			return t("timeline.received", "amount", amount), true
		}
		return t("timeline.received_some"), true
	case "bought":
		if got, err := strconv.Atoi(m.Note); err == nil {
			return n("timeline.bought", got), true
		}
		return Text{}, false
	case "held":
		return t("timeline.held"), true
	default:
		return statusMoment(order.Status(m.What))
	}
}

func statusMoment(s order.Status) (Text, bool) {
	switch s {
	case order.Confirming:
		return t("timeline.confirming"), true
	case order.Paid:
		return t("timeline.paid"), true
	case order.Fulfilling:
		return t("timeline.buying"), true
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
