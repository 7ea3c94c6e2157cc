package flows

import (
	"slices"

	"giftbot/order"
)

// short reports whether less came than the order costs, and the buyer chooses
// what becomes of it.
func short(o order.Order) bool {
	return o.Status == order.Confirming && o.Flags.Has(order.FlagShort) && !o.Held()
}

// coming reports whether more money was seen that is not confirmed yet.
func coming(o order.Order) bool {
	return slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Confirming })
}

// takeable reports whether the buyer may take what the order holds as credit. A
// payout that waits is no reason to.
func takeable(o order.Order) bool {
	return o.MayTakeCredit() && (looked(o) || o.Flags.Has(order.FlagSupplierDown))
}

// shortBlocks names the sums and the choice, and until when it can be made.
func shortBlocks(o order.Order) []Text {
	sums := t("status.short", "received", o.Left(), "total", o.Total, "missing", o.Missing())
	if coming(o) {
		return []Text{sums, t("status.short_coming")}
	}
	next := t("status.short_next", "missing", o.Missing(), "received", o.Left(), "until", order.At(o.ChooseUntil()))
	if p, ok := restLink(o); ok && p.URL == "" {
		return []Text{sums, next, t("status.preparing")}
	}
	return []Text{sums, next}
}

// restLink is the link that takes exactly what is missing, shown or about to be.
func restLink(o order.Order) (order.Payment, bool) {
	p, open := openLink(o)
	made := p.State == order.PaymentPlanned || p.State == order.PaymentSent
	return p, (open || made) && !p.Ended && p.Asked-p.Seen == o.Missing()
}

// shortKeys offer the choice.
func shortKeys(o order.Order, onPage bool) [][]Button {
	id, arg := string(o.Number), argOf(onPage)
	check := button(t("b.check"), VerbPaid, id, arg, 0)
	if coming(o) {
		return [][]Button{row(check)}
	}
	var keys [][]Button
	rest := t("b.pay_the_rest", "amount", o.Missing())
	if p, ok := restLink(o); ok && p.URL != "" {
		keys = append(keys, row(Button{Label: t("b.pay", "amount", o.Missing()), URL: p.URL}))
		rest = t("b.other_way")
	}
	return append(keys,
		row(button(rest, VerbPayBy, id, "", atPage(onPage))),
		row(button(t("b.take_credit", "amount", o.Left()), VerbTake, id, arg, 0)),
		row(check))
}

// atPage is the N of VerbPayBy.
func atPage(onPage bool) int {
	if onPage {
		return 1
	}
	return 0
}

// restView asks how to pay what is missing.
func restView(shop Shop, o order.Order, onPage bool) View {
	missing := o.Missing()
	v := View{Blocks: []Text{t("rest.ask", "missing", missing, "number", o.Number)}}
	for _, g := range waysFor(shop, missing) {
		label := t("b.pay_rest", "way", g.Label, "amount", missing)
		v.Keyboard = append(v.Keyboard, row(button(label, VerbPayBy, string(o.Number), g.Name, atPage(onPage))))
	}
	if len(v.Keyboard) == 0 {
		v.Blocks = append(v.Blocks, t("rest.small"))
	}
	v.Keyboard = append(v.Keyboard,
		row(button(t("b.from_credit"), VerbPayBy, string(o.Number), order.CreditGateway, atPage(onPage))),
		row(keepButton(t("b.back"), o.Number, onPage)))
	return v
}

// waysFor are the gateways that take a payment of a sum.
func waysFor(shop Shop, sum order.Money) []Gateway {
	return slices.DeleteFunc(slices.Clone(shop.Gateways), func(g Gateway) bool { return sum < g.Least })
}

// creditUsed answers for UseCredit.
func (c *turn) creditUsed(r OrderResult) {
	c.tell(r, t("toast.credit_used"), t("toast.later_do"), map[order.Code]Text{
		order.CodeCredit: t("toast.no_credit"),
		order.CodeEvent:  t("toast.closed"),
	})
}

// takePressed asks whether to take what an order holds as credit, or takes the
// answer. Only the question on the screen is answered, with the sum it named.
func (c *turn) takePressed(number order.Number, a Action) {
	asked := c.s.Screen == ScreenTake && c.s.Number == number && a.N == sumMark(c.s.Left)
	left := c.s.Left
	switch {
	case a.N == 0:
		c.order(ScreenTake, number)
		c.s.Back = a.Arg == ArgPage
	case !asked:
		c.toast(t("toast.old"))
		c.order(pageOr(a.Arg), number)
	default:
		c.onOrder(pageOr(a.Arg), number)
		c.ask(TakeCredit{Number: number, Left: left})
	}
}

// sumMark ties an answer to the sum that was asked about. It is never 0.
func sumMark(sum order.Money) int { return int(sum%999_999_999) + 1 }

// takeView asks whether to take what the order holds as credit.
func (c *turn) takeView(o order.Order) View {
	c.s.Left = o.Left()
	yes := button(t("b.take_yes"), VerbTake, string(o.Number), argOf(c.s.Back), sumMark(c.s.Left))
	ask := t("take.ask", "amount", o.Left(), "number", o.Number)
	if short(o) {
		yes = button(t("b.take_yes"), VerbCancel, string(o.Number), argOf(c.s.Back), 1)
		ask = t("take.ask_short", "amount", o.Left(), "number", o.Number)
	}
	return View{Blocks: []Text{ask, t("take.next")}, Keyboard: [][]Button{
		row(yes), row(keepButton(t("b.back"), o.Number, c.s.Back)),
	}}
}

// taken answers for TakeCredit.
func (c *turn) taken(r OrderResult) {
	c.tell(r, t("toast.taken"), t("toast.later_do"), map[order.Code]Text{
		order.CodeBusy:  t("toast.busy"),
		order.CodeEvent: t("toast.changed"),
	})
}

// tell answers a press on an order: that it worked, or in the words for what
// refused it, and shows the order as it is now.
func (c *turn) tell(r OrderResult, done, other Text, refused map[order.Code]Text) {
	saying := done
	if r.Code != "" {
		saying = other
		if words, known := refused[r.Code]; known {
			saying = words
		}
	}
	c.toast(saying)
	c.showKnown(r)
}

// showKnown shows the order of a result, or that something went wrong.
func (c *turn) showKnown(r OrderResult) {
	if r.Order.Number == "" {
		c.trouble()
		return
	}
	c.showOrder(r.Order)
}
