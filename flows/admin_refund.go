package flows

import (
	"slices"
	"strings"

	"giftbot/order"
)

// refundCommand reads "number", "number amount" or nothing, and shows how the
// order's money can go back.
func (c *turn) refundCommand(argument string) {
	words := strings.Fields(argument)
	if len(words) == 0 {
		c.askOrder(argRefund, Text{})
		return
	}
	number, rest, ok := leadingNumber(words)
	switch {
	case !ok:
		c.askOrder(argRefund, t("admin.number_wrong"))
	case len(rest) == 0:
		c.load(screenRefund, number)
	case len(rest) > 1:
		c.askOrder(argRefund, t("admin.refund_usage"))
	default:
		sum, read := readSum(rest[0])
		if !read {
			c.askOrder(argRefund, t("admin.sum_wrong"))
			return
		}
		c.load(screenRefund, number)
		c.s.Sum = sum
	}
}

// leadingNumber takes the order number from the first words: people write it in
// groups.
func leadingNumber(words []string) (number order.Number, rest []string, ok bool) {
	for i := range words {
		if number, err := order.ParseNumber(strings.Join(words[:i+1], "")); err == nil {
			return number, words[i+1:], true
		}
	}
	return "", nil, false
}

// showRefund says what can go back of an order's money, why not the rest, and
// offers the ways.
func (c *turn) showRefund(r AdminOrderResult) {
	o := r.Order
	c.s.Screen, c.s.Way, c.s.Why, c.s.Asked = screenRefund, "", "", 0
	c.facts(o)
	saying, most := Text{}, max(o.Refundable(), 0) // surplus that is kept is a decision of its own
	if c.s.Sum > most {
		saying = t("admin.sum_large", "sum", c.s.Sum, "left", most)
		if most < o.Left() {
			saying = t("admin.sum_kept", "sum", c.s.Sum, "most", most, "kept", o.Left()-most)
		}
		c.s.Sum = 0
	}
	if c.s.Sum == 0 {
		c.s.Sum = most
	}
	v := View{Blocks: []Text{lines(t("admin.refund_title", "number", o.Number), refundSums(o))}}
	v.Keyboard = c.refundKeys(r)
	if len(v.Keyboard) == 0 {
		v.Blocks = append(v.Blocks, refundNot(o))
	} else {
		v.Blocks = append(v.Blocks, t("admin.refund_ask", "sum", c.s.Sum))
	}
	if whyNot := c.walletNot(r); len(v.Keyboard) > 0 && whyNot.Key != "" {
		v.Blocks = append(v.Blocks, whyNot)
	}
	v.Keyboard = append(v.Keyboard, row(button(t("b.back"), verbAdmin, string(o.Number), "", 0)), deskRow())
	c.show(topped(v, saying))
}

// refundSums is where an order's money went: what of it cannot go back, and what can.
func refundSums(o order.Order) Text {
	texts := []Text{t("admin.refund_received", "received", o.Received())}
	for _, part := range []struct {
		sum  order.Money
		text Text
	}{
		{o.Sold(), t("admin.refund_delivered", "sum", o.Sold())},
		{o.Returned, t("admin.refund_credited", "sum", o.Returned)},
		{o.PaidOut(), t("admin.refund_paid", "sum", o.PaidOut())},
		{asideFor(o), t("admin.refund_aside", "sum", asideFor(o))},
	} {
		if part.sum > 0 {
			texts = append(texts, part.text)
		}
	}
	return lines(append(texts, t("admin.left", "left", o.Left()))...)
}

// refundKeys are the ways money can go back now, none when none can.
func (c *turn) refundKeys(r AdminOrderResult) [][]Button {
	id := string(r.Order.Number)
	var keys [][]Button
	if c.allows(r.Order, AdminRefund) {
		keys = append(keys, row(button(t("admin.b_to_credit", "sum", c.s.Sum), verbAdmin, id, argToCredit, 0)))
	}
	if c.allows(r.Order, AdminPayOut) {
		for _, gateway := range r.Payers {
			label := t("admin.b_to_wallet", "way", adminGateway(gateway), "sum", c.s.Sum)
			keys = append(keys, row(button(label, verbAdmin, id, argToWallet+":"+gateway, 0)))
		}
	}
	if c.refundable(r.Order) {
		keys = append(keys, row(button(t("admin.b_other_sum"), verbAdmin, id, argOtherSum, 0)))
	}
	return keys
}

// allows reports whether the sum on the screen can go back in a way.
func (c *turn) allows(o order.Order, verb AdminVerb) bool {
	ev, ok := c.trial(o, verb)
	switch e := ev.(type) {
	case order.GiveBack:
		e.Amount, ev = c.s.Sum, e
	case order.PayOut:
		e.Amount, ev = c.s.Sum, e
	}
	if !ok || c.s.Sum <= 0 {
		return false
	}
	_, _, err := order.Apply(o, ev)
	return err == nil
}

// refundNot says why nothing can go back now.
func refundNot(o order.Order) Text {
	switch {
	case o.Left() <= 0:
		return t("admin.refund_nothing")
	case slices.ContainsFunc(o.Lines, deskBusy):
		return t("admin.refund_busy")
	case o.Status == order.AwaitingPayment:
		return t("admin.refund_unpaid")
	default:
		return t("admin.refund_not")
	}
}

// deskBusy reports whether a line is being bought, or may have been.
func deskBusy(l order.Line) bool {
	return l.State == order.LineBuying || l.State == order.LineUnclear
}

// walletNot says why money cannot go to the buyer's wallet, nothing when it can.
func (c *turn) walletNot(r AdminOrderResult) Text {
	_, _, open := r.Order.OpenPayout()
	switch {
	case open:
		return t("admin.refund_open")
	case len(r.Payers) == 0:
		return t("admin.refund_no_payer")
	default:
		return Text{}
	}
}

// refundBy takes the way an order's money goes back, and asks for a reason.
func (c *turn) refundBy(number order.Number, how, gateway string) {
	if c.s.Screen != screenRefund || c.s.Number != number || c.s.Sum <= 0 {
		c.toast(t("toast.old"))
		c.load(screenRefund, number)
		return
	}
	c.s.Way = string(AdminRefund)
	if how == argToWallet {
		c.s.Way = string(AdminPayOut) + ":" + gateway
	}
	c.askWhy(Text{})
}
