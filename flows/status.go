package flows

import (
	"slices"

	"giftbot/order"
)

// OrderView is the order's one status message at this moment (Env.Now): where
// it stands, what comes next, and the goods once there are any. page counts
// the pages of goods from 0; a page out of range is brought into it.
func OrderView(env Env, o order.Order, goods []order.Good, page int) View {
	shown := len(goods) > 0
	v := View{Blocks: []Text{header(o)}}
	if shown && showsCard(goods, page) {
		v.Blocks = []Text{t("order.title", "number", o.Number)} // a caption is short
	} else {
		v.Blocks = append(v.Blocks, statusBlocks(o, shown, env.Now)...)
	}
	v.Blocks = append(v.Blocks, creditBlocks(o)...)
	v.Blocks = append(v.Blocks, heldBlocks(o)...)
	if shown {
		addGoods(&v, o, goods, page)
	}
	v.Keyboard = append(v.Keyboard, orderKeys(env.Shop, o, shown, false)...)
	v.Keyboard = append(v.Keyboard, homeRow(ArgFresh, button(t("b.orders"), VerbOrders, "", ArgFresh, 0)))
	return v
}

// pageView is the order under My orders: the same, and how it went.
func pageView(env Env, o order.Order) View {
	v := View{Blocks: []Text{header(o)}}
	v.Blocks = append(v.Blocks, statusBlocks(o, false, env.Now)...)
	v.Blocks = append(v.Blocks, creditBlocks(o)...)
	v.Blocks = append(v.Blocks, heldBlocks(o)...)
	v.Blocks = append(v.Blocks, timeline(o))
	v.Keyboard = orderKeys(env.Shop, o, false, true)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.orders_back"), VerbOrders, "", "", 0)))
	return v
}

func header(o order.Order) Text {
	return lines(
		t("order.title", "number", o.Number),
		goodsOf(o),
		t("order.total", "total", o.Total),
	)
}

// statusBlocks says where the order stands. While a person looks at an order,
// heldBlocks speaks instead, unless there are goods. shown says that the goods
// stand below.
func statusBlocks(o order.Order, shown bool, now order.Stamp) []Text {
	if o.Held() && !hasGoods(o) {
		return nil
	}
	switch o.Status {
	case order.AwaitingPayment:
		return awaiting(o)
	case order.Confirming:
		return confirming(o)
	case order.Paid, order.Fulfilling:
		return buying(o, now)
	case order.Ready, order.Delivered:
		return []Text{readyText(o, shown)}
	case order.Expired:
		return []Text{t("status.expired"), t("status.expired_next")}
	case order.Cancelled:
		return []Text{t("status.cancelled"), t("status.cancelled_next")}
	case order.Refunding:
		return []Text{t("status.refunding", "received", o.Received())}
	case order.Refunded:
		if o.Credited() > 0 {
			return nil // creditBlocks says it
		}
		return []Text{t("status.refunded")}
	default:
		return []Text{t("status.other")}
	}
}

// confirming waits for what was sent to be final, or for the rest of a sum that
// came in parts.
func confirming(o order.Order) []Text {
	p, ok := openLink(o)
	if !ok || !inPart(p) {
		return []Text{t("status.confirming"), t("status.confirming_next")}
	}
	return []Text{
		t("status.part", "received", p.Seen, "total", p.Asked, "missing", p.Asked-p.Seen),
		t("status.part_next", "until", validUntil(o, p)),
	}
}

// inPart reports whether less than was asked has arrived, nothing more is on
// its way, and the link still takes the rest.
func inPart(p order.Payment) bool {
	return p.Seen > 0 && p.Seen < p.Asked && !p.Confirming && !p.Ended
}

// openLink is the payment whose link the buyer can use: the newest, or the one
// before it when a gateway refused to make another.
func openLink(o order.Order) (order.Payment, bool) {
	for _, p := range slices.Backward(o.Payments) {
		if !p.Twin && p.State != order.PaymentRefused {
			return p, p.State == order.PaymentOpen && p.URL != ""
		}
	}
	return order.Payment{}, false
}

func validUntil(o order.Order, p order.Payment) order.Stamp {
	if p.ExpiresAt > 0 && p.ExpiresAt < o.ExpiresAt {
		return p.ExpiresAt
	}
	return o.ExpiresAt
}

// pieces counts what arrived and what was ordered.
func pieces(o order.Order) (got, wanted int) {
	for _, l := range o.Lines {
		got += l.Got
		wanted += l.Quantity
	}
	return got, wanted
}

// hasGoods reports whether there is something to show to the buyer.
func hasGoods(o order.Order) bool {
	got, _ := pieces(o)
	return got > 0 && (o.Status == order.Ready || o.Status == order.Delivered)
}

// StateText is the state of an order in a few words.
func StateText(o order.Order) Text {
	if o.Held() {
		return t("state.held")
	}
	switch o.Status {
	case order.AwaitingPayment:
		return t("state.awaiting")
	case order.Confirming:
		return t("state.confirming")
	case order.Paid, order.Fulfilling:
		return workState(kindOf(o))
	case order.Ready:
		return t("state.ready")
	case order.Delivered:
		return t("state.delivered")
	case order.Expired:
		return t("state.expired")
	case order.Cancelled:
		return t("state.cancelled")
	case order.Refunding:
		return t("state.refunding")
	case order.Refunded:
		if o.Credited() > 0 {
			return t("state.credited")
		}
		return t("state.refunded")
	default:
		return t("state.other")
	}
}

func workState(kind order.Kind) Text {
	switch kind {
	case order.KindTopUp:
		return t("state.topping")
	case order.KindCard:
		return t("state.making")
	default:
		return t("state.buying")
	}
}

// orderKeys are the buttons an order offers in its state; onPage tells My
// orders from the status message.
func orderKeys(shop Shop, o order.Order, shown, onPage bool) [][]Button {
	var keys [][]Button
	id, arg := string(o.Number), argOf(onPage)
	switch {
	case hasGoods(o) && !shown:
		verb := VerbCodes // the status message is protected, the page is not
		if onPage {
			verb = VerbReveal
		}
		keys = append(keys, row(button(revealText(kindOf(o)), verb, id, "", 0)))
	case o.Held():
	case o.Status == order.AwaitingPayment:
		keys = append(keys, payKeys(shop, o, onPage)...)
	case o.Status == order.Confirming:
		if p, ok := openLink(o); ok && inPart(p) {
			keys = append(keys, row(Button{Label: t("b.pay", "amount", p.Asked-p.Seen), URL: p.URL}))
		}
		keys = append(keys, row(button(t("b.check"), VerbPaid, id, arg, 0)))
	case o.Status == order.Expired:
		keys = append(keys, row(button(t("b.check"), VerbPaid, id, arg, 0), againButton(o, onPage)))
	case o.Status == order.Cancelled || o.Status == order.Refunded:
		keys = append(keys, row(againButton(o, onPage)))
	}
	if (o.Held() || o.Credited() > 0) && shop.SupportURL != "" {
		keys = append(keys, row(Button{Label: t("b.support"), URL: shop.SupportURL}))
	}
	return keys
}

func revealText(kind order.Kind) Text {
	switch kind {
	case order.KindTopUp:
		return t("b.show_receipt")
	case order.KindCard:
		return t("b.show_card")
	default:
		return t("b.show_codes")
	}
}

// againButton leads to the same product, to order it anew.
func againButton(o order.Order, onPage bool) Button {
	arg := ArgFresh
	if onPage {
		arg = ""
	}
	if len(o.Lines) == 0 {
		return button(t("b.shop"), VerbShop, "", arg, 0)
	}
	return button(t("b.order_again"), VerbProduct, o.Lines[0].Product, arg, parcelsOf(o.Lines)[0].quantity)
}
