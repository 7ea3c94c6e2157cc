package flows

import (
	"slices"

	"giftbot/order"
)

// queue asks for the orders that wait for a person.
func (c *turn) queue(page int) {
	c.goTo(screenQueue)
	c.s.Page = min(max(page, 0), farthestPage)
	c.ask(AdminQueue{Offset: c.s.Page * ordersPerPage, Limit: ordersPerPage})
}

// showQueue lists them, the one that waits longest first.
func (c *turn) showQueue(r QueueResult) {
	switch {
	case r.Code == order.CodeDenied:
		c.show(deskHint("", t("admin.denied")))
		return
	case r.Code != "":
		c.show(deskHint("", t("admin.not_read")))
		return
	case len(r.Orders) == 0 && r.Total > 0 && r.Offset > 0:
		c.queue(0) // the page went away meanwhile
		return
	case len(r.Orders) == 0:
		c.show(View{Blocks: []Text{t("admin.queue_none")}, Keyboard: [][]Button{deskRow()}})
		return
	}
	v := View{Blocks: []Text{n("admin.queue_title", r.Total)}}
	for pair := range slices.Chunk(r.Orders, 2) {
		var keys []Button
		for _, o := range pair {
			v.Blocks = append(v.Blocks, c.waits(o))
			keys = append(keys, button(t("orders.open", "number", o.Number), verbAdmin, string(o.Number), "", 0))
		}
		v.Keyboard = append(v.Keyboard, keys)
	}
	v.Keyboard = append(v.Keyboard, deskPager(pageQueue, "", r.Offset/ordersPerPage, r.Total, ordersPerPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("admin.b_refresh"), verbAdmin, pageQueue, "", r.Offset/ordersPerPage)))
	c.show(v)
}

// waits is one order of the queue.
func (c *turn) waits(o order.Order) Text {
	entry := t("admin.queue_entry", "number", o.Number, "left", o.Left())
	if since := heldSince(o); since > 0 {
		entry = t("admin.queue_since", "number", o.Number, "left", o.Left(), "span", longText(c.env.Now.Since(since)))
	}
	all := []Text{entry}
	for _, r := range doubtsOf(o) {
		all = append(all, t("admin.point", "what", alertReason(r)))
	}
	return lines(all[:min(len(all), 1+shownDoubts)]...)
}

// doubtsOf is everything an order waits for a person for.
func doubtsOf(o order.Order) []order.Reason {
	if len(o.Doubts) == 0 && o.Reason != "" {
		return []order.Reason{o.Reason}
	}
	return o.Doubts
}

// heldSince is when the oldest doubt that still stands came up, 0 when the
// timeline does not say.
func heldSince(o order.Order) order.Stamp {
	var since order.Stamp
	for _, why := range doubtsOf(o) {
		for _, m := range slices.Backward(o.Timeline) {
			if m.What != "held" || m.Note != string(why) {
				continue
			}
			if since == 0 || m.At < since {
				since = m.At
			}
			break
		}
	}
	return since
}
