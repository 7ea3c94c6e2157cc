package flows

import (
	"slices"

	"giftbot/order"
)

// payBy asks which other way to pay, or takes the answer. Only the question
// that is on the screen is answered: an old one never makes a second link.
func (c *turn) payBy(number order.Number, a Action) {
	asked := c.s.Screen == ScreenWays && c.s.Number == number
	switch onPage := a.N != 0; {
	case a.Arg == "":
		c.order(ScreenWays, number)
		c.s.Back = onPage
	case asked && a.Arg == order.CreditGateway:
		c.onOrder(pageOr(argOf(onPage)), number)
		c.ask(UseCredit{Number: number})
	case !asked || !offered(c.env.Shop, a.Arg):
		c.toast(t("toast.old"))
		c.order(pageOr(argOf(onPage)), number)
	default:
		c.onOrder(pageOr(argOf(onPage)), number)
		c.ask(PayBy{Number: number, Gateway: a.Arg})
	}
}

// offered reports whether one can pay by a gateway.
func offered(shop Shop, gateway string) bool {
	return slices.ContainsFunc(shop.Gateways, func(g Gateway) bool { return g.Name == gateway })
}

// otherWays are the gateways an order could be paid by instead.
func otherWays(shop Shop, o order.Order) []Gateway {
	if o.Status != order.AwaitingPayment || moneySeen(o) || o.Held() {
		return nil
	}
	p, open := openLink(o)
	if !open && p.Sends < 2 && (p.State == order.PaymentPlanned || p.State == order.PaymentSent) {
		return nil // the link is on its way
	}
	if !open && p.N == 0 {
		p, _ = o.Shown() // refused: any other may work
	}
	return slices.DeleteFunc(waysFor(shop, o.Missing()), func(g Gateway) bool { return g.Name == p.Gateway })
}

// waysView asks how else to pay. What was sent to the link before is not lost.
func waysView(shop Shop, o order.Order, onPage bool) View {
	v := View{Blocks: []Text{t("ways.ask", "number", o.Number)}}
	if hasOtherLink(o, 0) {
		v.Blocks = append(v.Blocks, t("ways.earlier"))
	}
	for _, g := range otherWays(shop, o) {
		v.Keyboard = append(v.Keyboard, row(button(t("b.pay_by", "way", g.Label), VerbPayBy, string(o.Number), g.Name, atPage(onPage))))
	}
	v.Keyboard = append(v.Keyboard, row(keepButton(t("b.back"), o.Number, onPage)))
	return v
}

// rerouted answers for PayBy.
func (c *turn) rerouted(r OrderResult) {
	c.tell(r, t("toast.new_link"), t("toast.same_link"), map[order.Code]Text{
		order.CodeTooMany:  t("toast.many_links"),
		order.CodeTooSmall: t("toast.small_way"),
		order.CodeEvent:    t("toast.closed"),
	})
}

// awaiting says how the order can be paid.
func awaiting(o order.Order) []Text {
	p, ok := openLink(o)
	shown, _ := o.Shown()
	switch {
	case ok && shown.State == order.PaymentRefused:
		return append([]Text{t("status.way_back")}, linkBlocks(o, p)...)
	case ok:
		return linkBlocks(o, p)
	case shown.State == order.PaymentRefused:
		return []Text{t("status.way_refused")}
	default:
		return []Text{t("status.preparing")}
	}
}

func linkBlocks(o order.Order, p order.Payment) []Text {
	pay := t("status.pay", "amount", p.Asked)
	if used := o.CreditUsed(); used > 0 {
		pay = lines(t("status.credit_used", "credit", used), pay)
	}
	blocks := []Text{
		pay,
		t("status.until", "until", validUntil(o, p)),
		t("status.pay_next"),
	}
	if hasOtherLink(o, p.N) {
		blocks = append(blocks, t("status.earlier"))
	}
	return blocks
}

// hasOtherLink reports whether the buyer may have a link at hand that is not
// payment n.
func hasOtherLink(o order.Order, n int) bool {
	return slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.N != n && !p.Twin && p.URL != "" })
}

// payKeys are the buttons of an order that waits for its payment.
func payKeys(shop Shop, o order.Order, onPage bool) [][]Button {
	id, arg := string(o.Number), argOf(onPage)
	cancel := button(t("b.cancel"), VerbAsk, id, arg, 0)
	var keys [][]Button
	if p, ok := openLink(o); ok {
		keys = append(keys,
			row(Button{Label: t("b.pay", "amount", p.Asked), URL: p.URL}),
			row(button(t("b.paid"), VerbPaid, id, arg, 0), cancel))
	} else {
		keys = append(keys, row(cancel))
	}
	if len(otherWays(shop, o)) > 0 {
		keys = append(keys, row(button(t("b.other_way"), VerbPayBy, id, "", atPage(onPage))))
	}
	return keys
}
