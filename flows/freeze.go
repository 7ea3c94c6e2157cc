package flows

import "giftbot/order"

// FrozenView tells an admin that spending stops because Redis may have lost
// something: why, since when, and what is being done.
func FrozenView(f order.Freeze) View {
	return View{Blocks: []Text{
		t("freeze.title"),
		lines(doubtText(f.Why), t("freeze.since", "at", f.At)),
		t("freeze.now"),
	}}
}

// ResumedView tells an admin that spending goes on, and what was found.
func ResumedView(f order.Freeze, h order.Healed) View {
	found := []Text{
		n("freeze.orders", h.Orders), n("freeze.spends", h.Spends), n("freeze.placed", h.Placed), n("freeze.found", h.Found),
	}
	if h.Left > 0 {
		found = append(found, n("freeze.left", h.Left))
	}
	if h.Unheard > 0 {
		found = append(found, n("freeze.unheard", h.Unheard))
	}
	if h.Broken > 0 {
		found = append(found, n("freeze.broken", h.Broken))
	}
	v := View{Blocks: []Text{t("freeze.over"), doubtText(f.Why), lines(found...), t("freeze.next")}}
	v.Keyboard = [][]Button{row(button(t("admin.b_queue"), verbAdmin, pageQueue, "", 0))}
	return v
}

// doubtText says why Redis is believed to have lost something.
func doubtText(d order.Doubt) Text {
	switch d {
	case order.DoubtBehind:
		return t("freeze.behind")
	case order.DoubtOffset:
		return t("freeze.offset")
	case order.DoubtEmpty:
		return t("freeze.empty")
	case order.DoubtAbsent:
		return t("freeze.absent")
	default:
		return t("freeze.other")
	}
}
