package flows

import (
	"slices"

	"giftbot/order"
)

// farthestPage keeps a forged page number from becoming a huge offset.
const farthestPage = 10_000

func (c *turn) orders(page int) {
	c.goTo(ScreenOrders)
	c.s.Page = min(max(page, 0), farthestPage)
	c.ask(ListOrders{Offset: c.s.Page * ordersPerPage, Limit: ordersPerPage})
}

// order asks for one order, to be shown as the screen says.
func (c *turn) order(screen Screen, number order.Number) {
	c.onOrder(screen, number)
	c.ask(ShowOrder{Number: number})
}

func (c *turn) onOrder(screen Screen, number order.Number) {
	c.goTo(screen)
	c.s.Number = number
}

func (c *turn) askCancel(number order.Number, arg string) {
	c.order(ScreenCancel, number)
	c.s.Back = arg == ArgPage
}

// reveal asks for codes: into a new protected message, or the next page in
// the message that shows them.
func (c *turn) reveal(number order.Number, page int, fresh bool) {
	c.onOrder(ScreenStatus, number)
	c.s.Page = min(max(page, 0), farthestPage)
	c.s.Send = fresh
	c.ask(RevealGoods{Number: number})
}

func (c *turn) result(r Result) {
	switch r := r.(type) {
	case OrdersResult:
		c.listed(r)
	case OrderResult:
		c.answered(r)
	case CreditResult:
		c.credited(r)
	case NetworksResult:
		c.networks(r)
	default:
		c.show(TroubleView())
	}
}

func (c *turn) answered(r OrderResult) {
	if want, ok := r.Intent.(PlaceOrder); ok {
		c.placed(want, r)
		return
	}
	if _, ok := r.Intent.(ShowOrder); ok && c.s.Screen == ScreenCheckout {
		c.changed(r)
		return
	}
	if r.Code == order.CodeMissing && c.s.Screen == ScreenPlaced {
		c.neverPlaced()
		return
	}
	if r.Code == order.CodeMissing {
		c.goTo(ScreenHome)
		c.show(hintView(t("order.missing")))
		return
	}
	switch r.Intent.(type) {
	case Recheck:
		c.rechecked(r)
	case CancelOrder:
		c.cancelled(r)
	case RevealGoods:
		c.revealed(r)
	case PayBy:
		c.rerouted(r)
	case UseCredit:
		c.creditUsed(r)
	case TakeCredit:
		c.taken(r)
	case AskPayout, SetAddress:
		c.payoutAsked(r)
	case DropPayout:
		c.payoutDropped(r)
	default:
		c.shown(r)
	}
}

// known reports whether there is an order to show, and answers if not.
func (c *turn) known(r OrderResult) bool {
	if r.Code == "" && r.Order.Number != "" {
		return true
	}
	if c.s.Screen == ScreenPlaced { // it is not known whether that order was placed
		c.goTo(ScreenHome)
		c.show(TroubleView())
		return false
	}
	c.trouble()
	return false
}

// trouble says that an order could not be looked at. The pressed message stays
// as it is: it may be the order's own, with goods in it.
func (c *turn) trouble() {
	if c.s.Send {
		c.show(TroubleView())
		return
	}
	if c.out.Toast.Key == "" {
		c.toast(t("trouble.text"))
	}
}

func (c *turn) shown(r OrderResult) {
	if !c.known(r) {
		return
	}
	if v, ok := c.asking(r.Order); ok {
		c.show(v)
		return
	}
	switch c.s.Screen {
	case ScreenCancel, ScreenWays, ScreenTake, ScreenDrop:
		c.s.Screen = pageOr(argOf(c.s.Back))
	case ScreenStatus:
	default:
		c.s.Screen = ScreenOrder
	}
	c.showOrder(r.Order)
}

// asking is what was to be asked about an order, unless it has answered
// itself meanwhile.
func (c *turn) asking(o order.Order) (View, bool) {
	ended := o.Status == order.Cancelled || o.Status == order.Expired
	switch c.s.Screen {
	case ScreenCancel:
		return cancelView(o, c.s.Back), !ended
	case ScreenWays:
		if short(o) && !coming(o) {
			return restView(c.env.Shop, o, c.s.Back), true
		}
		return waysView(c.env.Shop, o, c.s.Back), len(otherWays(c.env.Shop, o)) > 0
	case ScreenTake:
		if !takeable(o) && (!short(o) || coming(o)) {
			return View{}, false
		}
		return c.takeView(o), true
	case ScreenDrop:
		return dropView(o, c.env.Now, c.s.Back), droppable(o, c.env.Now)
	default:
		return View{}, false
	}
}

// showOrder shows an order where the person looked at it.
func (c *turn) showOrder(o order.Order) {
	if c.s.Screen == ScreenStatus {
		c.show(OrderView(c.env, o, nil, 0))
		return
	}
	c.show(pageView(c.env, o))
}

func (c *turn) rechecked(r OrderResult) {
	switch {
	case r.Code == order.CodeTooSoon:
		c.toast(t("toast.soon"))
	case r.Code != "":
		c.toast(t("toast.later"))
	case r.Order.Status == order.AwaitingPayment:
		c.toast(t("toast.not_seen"))
	default:
		c.toast(t("toast.seen"))
	}
	c.s.Send = false
	if r.Order.Number != "" {
		c.showOrder(r.Order)
	}
}

// cancelledToast says what became of the order's money, where there was any.
func cancelledToast(o order.Order) Text {
	if o.Returned > 0 {
		return t("toast.cancelled_credit", "amount", o.Returned)
	}
	return t("toast.cancelled")
}

func (c *turn) cancelled(r OrderResult) {
	switch {
	case r.Code == order.CodeBusy:
		c.toast(t("toast.busy"))
		if r.Order.Number != "" {
			c.showOrder(r.Order)
		}
	case r.Code == "" && r.Order.Status == order.Cancelled:
		c.toast(cancelledToast(r.Order))
		c.showOrder(r.Order)
	case r.Code == order.CodeEvent && cancellable(r.Order) && moneySeen(r.Order):
		back := c.s.Screen == ScreenOrder // the money came after the question was asked
		c.onOrder(ScreenCancel, r.Order.Number)
		c.s.Back = back
		c.show(cancelView(r.Order, back))
	case r.Order.Number != "":
		c.toast(t("toast.not_cancelled"))
		c.showOrder(r.Order)
	case r.Code == order.CodeEvent || r.Code == order.CodeStale:
		c.show(tooLateView(c.s.Number, c.s.Screen == ScreenOrder))
	default:
		c.trouble()
	}
}

func (c *turn) revealed(r OrderResult) {
	if !c.known(r) {
		return
	}
	if len(r.Goods) == 0 || !ShowsGoods(r.Order) { // after a refund they are not the buyer's
		c.s.Screen = ScreenOrder
		c.show(pageView(c.env, r.Order))
		return
	}
	c.s.Page = within(c.s.Page, len(sheetsOf(r.Goods)), 1)
	c.show(OrderView(c.env, r.Order, r.Goods, c.s.Page))
	last := len(c.out.Replies) - 1
	c.out.Replies[last].Protect = true
}

// listed shows a page of My orders.
func (c *turn) listed(r OrdersResult) {
	if len(r.Orders) == 0 && r.Total > 0 && r.Offset > 0 {
		c.orders(0) // the page went away meanwhile
		return
	}
	if len(r.Orders) == 0 {
		c.show(View{Blocks: []Text{t("orders.none")}, Keyboard: [][]Button{
			homeRow("", listButton(c.kinds()[0])),
		}})
		return
	}
	v := View{Blocks: []Text{n("orders.title", r.Total)}}
	for pair := range slices.Chunk(r.Orders, 2) {
		var keys []Button
		for _, o := range pair {
			v.Blocks = append(v.Blocks, entry(o))
			keys = append(keys, button(t("orders.open", "number", o.Number), VerbOrder, string(o.Number), "", 0))
		}
		v.Keyboard = append(v.Keyboard, keys)
	}
	v.Keyboard = append(v.Keyboard, pager(VerbOrders, "", r.Offset/ordersPerPage, r.Total, ordersPerPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.shop"), VerbShop, "", "", 0)))
	c.show(v)
}

func entry(o order.Order) Text {
	return lines(
		t("orders.entry", "number", o.Number, "total", o.Total),
		t("orders.when", "state", StateText(o), "at", o.CreatedAt),
		goodsOf(o),
	)
}

// cancellable reports whether the engine still takes a buyer's word to cancel.
func cancellable(o order.Order) bool {
	return !o.Held() && (o.Status == order.AwaitingPayment || o.Status == order.Confirming)
}

// cancelView asks whether to cancel, and says what becomes of money that was
// paid; or says why it is too late.
func cancelView(o order.Order, onPage bool) View {
	if !cancellable(o) {
		return tooLateView(o.Number, onPage)
	}
	next, knowing := t("cancel.paid"), 0
	switch used := o.CreditUsed(); {
	case moneySeen(o) && o.Left() > 0:
		next, knowing = t("cancel.money", "received", o.Left()), 1
	case moneySeen(o):
		next, knowing = t("cancel.coming"), 1
	case used > 0:
		next = lines(t("cancel.credit", "credit", used), next)
	}
	return View{Blocks: []Text{t("cancel.ask", "number", o.Number), next}, Keyboard: [][]Button{
		row(button(t("b.cancel_yes"), VerbCancel, string(o.Number), argOf(onPage), knowing)),
		row(keepButton(t("b.keep"), o.Number, onPage)),
	}}
}

func tooLateView(number order.Number, onPage bool) View {
	return View{Blocks: []Text{t("cancel.too_late", "number", number)}, Keyboard: [][]Button{
		row(keepButton(t("b.back"), number, onPage)),
	}}
}

func keepButton(label Text, number order.Number, onPage bool) Button {
	if onPage {
		return button(label, VerbOrder, string(number), "", 0)
	}
	return button(label, VerbStatus, string(number), "", 0)
}

func argOf(onPage bool) string {
	if onPage {
		return ArgPage
	}
	return ""
}

// moneySeen reports whether any money but credit was booked or is on its way.
func moneySeen(o order.Order) bool {
	return slices.ContainsFunc(o.Payments, func(p order.Payment) bool {
		return p.Gateway != order.CreditGateway && (p.Seen > 0 || p.Confirming)
	})
}
