package flows

import (
	"slices"

	"giftbot/order"
)

// OrderView is the order's one status message at this moment (Env.Now): where
// it stands, what comes next, and the goods once there are any. page counts
// the pages of goods from 0; a page out of range is brought into it. Goods of an
// order that was refunded are not the buyer's, and are not shown.
func OrderView(env Env, o order.Order, goods []order.Good, page int) View {
	shown := len(goods) > 0 && ShowsGoods(o)
	v := View{Blocks: []Text{header(o)}}
	if shown && showsCard(goods, page) {
		v.Blocks = []Text{t("order.title", "number", o.Number)} // a caption is short
		v.Blocks = append(v.Blocks, creditShort(o)...)
	} else {
		v.Blocks = append(v.Blocks, statusBlocks(o, shown, env.Now)...)
		v.Blocks = append(v.Blocks, creditBlocks(o)...)
		v.Blocks = append(v.Blocks, payoutBlocks(o, env.Now)...)
	}
	v.Blocks = append(v.Blocks, heldBlocks(o)...)
	if shown {
		addGoods(&v, o, goods, page)
	}
	v.Keyboard = append(v.Keyboard, orderKeys(env, o, shown, false)...)
	v.Keyboard = append(v.Keyboard, homeRow(ArgFresh, button(t("b.orders"), VerbOrders, "", ArgFresh, 0)))
	return v
}

// pageView is the order under My orders: the same, and how it went.
func pageView(env Env, o order.Order) View {
	v := View{Blocks: []Text{header(o)}}
	v.Blocks = append(v.Blocks, statusBlocks(o, false, env.Now)...)
	v.Blocks = append(v.Blocks, creditBlocks(o)...)
	v.Blocks = append(v.Blocks, payoutBlocks(o, env.Now)...)
	v.Blocks = append(v.Blocks, heldBlocks(o)...)
	v.Blocks = append(v.Blocks, timeline(o))
	v.Keyboard = orderKeys(env, o, false, true)
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
	if looked(o) && !hasGoods(o) && !goesOn(o) {
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
	case order.Expired, order.Cancelled:
		return closedBlocks(o)
	case order.Refunding:
		if len(o.Payouts) > 0 {
			return nil // payoutBlocks says it
		}
		return []Text{t("status.refunding", "received", o.Received())}
	case order.Refunded:
		if o.Returned > 0 || len(o.Payouts) > 0 {
			return nil // creditBlocks and payoutBlocks say it
		}
		return []Text{t("status.refunded")}
	default:
		return []Text{t("status.other")}
	}
}

// closedBlocks says that an order ended unpaid, or that money for it is seen all
// the same. What came is named by creditBlocks and payoutBlocks.
func closedBlocks(o order.Order) []Text {
	came := o.Received() > 0
	coming := slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Confirming })
	switch {
	case o.Status == order.Expired && coming:
		return []Text{t("status.confirming"), t("status.confirming_late")}
	case coming:
		return []Text{t("status.cancelled_paid"), t("cancel.coming")}
	case o.Status == order.Expired && came:
		return []Text{t("status.expired_paid"), t("status.expired_next")}
	case o.Status == order.Expired:
		return []Text{t("status.expired"), t("status.expired_next")}
	case came:
		return []Text{t("status.cancelled_paid"), t("status.cancelled_next")}
	default:
		return []Text{t("status.cancelled"), t("status.cancelled_next")}
	}
}

// confirming waits for what was sent to be final, or for the buyer's choice
// when it is less than the order costs.
func confirming(o order.Order) []Text {
	switch {
	case short(o):
		return shortBlocks(o)
	case o.Flags.Has(order.FlagLate):
		return []Text{t("status.confirming"), t("status.confirming_late")}
	default:
		return []Text{t("status.confirming"), t("status.confirming_next")}
	}
}

// openLink is the payment whose link the buyer can use: the newest, or the one
// before it when a gateway refused to make another.
func openLink(o order.Order) (order.Payment, bool) {
	for _, p := range slices.Backward(o.Payments) {
		if isLink(p) && !p.Twin && p.State != order.PaymentRefused {
			return p, p.State == order.PaymentOpen && p.URL != ""
		}
	}
	return order.Payment{}, false
}

// isLink reports whether a payment is a checkout link, and no credit and no
// money that a person vouched for.
func isLink(p order.Payment) bool {
	return p.Gateway != order.CreditGateway && p.Gateway != order.HandGateway
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

// ShowsGoods reports whether an order's message shows what the buyer has: once it
// is there, and still while a person has the rest bought again.
func ShowsGoods(o order.Order) bool {
	got, _ := pieces(o)
	again := o.Status == order.Fulfilling && slices.ContainsFunc(o.Timeline, func(m order.Moment) bool {
		return m.What == string(order.Ready) || m.What == string(order.Delivered)
	})
	return hasGoods(o) || got > 0 && again
}

// StateText is the state of an order in a few words.
func StateText(o order.Order) Text {
	switch {
	case looked(o):
		return t("state.held")
	case short(o):
		return t("state.short")
	case len(o.Lines) == 0:
		return walletState(o)
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
		if o.Returned > 0 {
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
func orderKeys(env Env, o order.Order, shown, onPage bool) [][]Button {
	var keys [][]Button
	id, arg := string(o.Number), argOf(onPage)
	check := button(t("b.check"), VerbPaid, id, arg, 0)
	switch {
	case ShowsGoods(o) && !shown:
		verb := VerbCodes // the status message is protected, the page is not
		if onPage {
			verb = VerbReveal
		}
		keys = append(keys, row(button(revealText(kindOf(o)), verb, id, "", 0)))
	case looked(o):
	case o.Status == order.AwaitingPayment:
		keys = append(keys, payKeys(env.Shop, o, onPage)...)
	case short(o):
		keys = append(keys, shortKeys(o, onPage)...)
	case o.Status == order.Confirming:
		keys = append(keys, row(check, button(t("b.cancel"), VerbAsk, id, arg, 0)))
	case o.Status == order.Expired:
		keys = append(keys, row(check, againButton(o, onPage)))
	case o.Status == order.Cancelled || o.Status == order.Refunded:
		keys = append(keys, row(againButton(o, onPage)))
	}
	keys = append(keys, moneyKeys(env, o, onPage)...)
	if (looked(o) || o.Returned > 0 || len(o.Payouts) > 0) && env.Shop.SupportURL != "" {
		keys = append(keys, row(Button{Label: t("b.support"), URL: env.Shop.SupportURL}))
	}
	return keys
}

// moneyKeys are the choices about money an order holds, whatever its state.
func moneyKeys(env Env, o order.Order, onPage bool) [][]Button {
	keys := payoutKeys(o, env.Now, onPage)
	if takeable(o) {
		take := button(t("b.take_credit", "amount", o.Left()), VerbTake, string(o.Number), argOf(onPage), 0)
		keys = append(keys, row(take))
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
		return button(t("b.credit"), VerbCredit, "", arg, 0)
	}
	return button(t("b.order_again"), VerbProduct, o.Lines[0].Product, arg, parcelsOf(o.Lines)[0].quantity)
}
