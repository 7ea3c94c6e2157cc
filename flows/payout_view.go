package flows

import (
	"slices"

	"giftbot/order"
)

// nothingOut says why nothing can be sent, with a way on.
func nothingOut(why Text, back Button) View {
	return View{Blocks: []Text{why}, Keyboard: [][]Button{homeRow("", back)}}
}

// payoutBack leads out of a payout: to the order, or to the credit.
func (c *turn) payoutBack() Button {
	if c.s.Number != "" {
		return button(t("b.back"), VerbOrder, string(c.s.Number), "", 0)
	}
	return button(t("b.back"), VerbCredit, "", "", 0)
}

// sumOutView asks how much credit to send.
func (c *turn) sumOutView(saying Text) View {
	v := View{Blocks: []Text{t("wallet.title"), t("wallet.sum", "balance", c.s.Left, "least", c.s.Price)}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	v.Keyboard = [][]Button{
		row(button(t("b.send_all", "amount", c.s.Left), VerbSum, "", "", 1)),
		homeRow("", c.payoutBack()),
	}
	return v
}

// networkView asks by which network the sum shall go.
func (c *turn) networkView(networks []PayoutNetwork, saying Text) View {
	v := View{Blocks: []Text{t("wallet.network", "amount", c.s.Sum), t("wallet.network_next")}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	for _, n := range networks {
		label := t("b.network", "coin", clip(n.Coin, buttonName/2), "chain", clip(n.Chain, buttonName/2))
		if n.Known {
			label = t("b.network_fee", "coin", clip(n.Coin, buttonName/2), "chain", clip(n.Chain, buttonName/2), "fee", n.Fee.String())
		}
		v.Keyboard = append(v.Keyboard, row(button(label, VerbNetwork, wayOf(n), "", 0)))
	}
	back := c.payoutBack()
	if c.s.Number == "" {
		back = button(t("b.back"), VerbSum, "", "", 0)
	}
	v.Keyboard = append(v.Keyboard, homeRow("", back))
	return v
}

// networkFees says what a network takes of the session's sum and what arrives.
// A coin whose value moves is paid back as the share that was received of it.
func (c *turn) networkFees(n PayoutNetwork) Text {
	switch {
	case !n.Stable && n.Known:
		return t("wallet.share_fee", "coin", clip(n.Coin, buttonName/2), "fee", coinText(n.Fee.String(), n.Coin))
	case !n.Stable:
		return t("wallet.share", "coin", clip(n.Coin, buttonName/2))
	case !n.Known:
		return t("wallet.fee_later")
	case n.Fee.IsZero():
		return t("wallet.fee_none", "arrives", coinText(c.s.Sum.Decimal().String(), n.Coin))
	default:
		return feesText(c.s.Sum.Decimal().String(), n.Fee.String(), "", n.Coin)
	}
}

// addressView asks for the address on a network.
func (c *turn) addressView(n PayoutNetwork, saying Text) View {
	network := networkName(n.Coin, n.Chain)
	v := View{Blocks: []Text{
		lines(t("wallet.chosen", "amount", c.s.Sum, "network", network), c.networkFees(n)),
		t("address.ask", "network", network, "chain", clip(n.Chain, buttonName)),
	}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	v.Keyboard = [][]Button{homeRow("", button(t("b.back"), VerbNetwork, "", "", 0))}
	return v
}

// sureView repeats everything before it cannot be undone any more.
func (c *turn) sureView(n PayoutNetwork) View {
	v := View{Blocks: []Text{
		t("topup.check"),
		lines(t("wallet.chosen", "amount", c.s.Sum, "network", networkName(n.Coin, n.Chain)), c.networkFees(n)),
		t("wallet.to", "address", c.s.Address),
		t("wallet.final"),
	}}
	if c.s.Page == 1 {
		v.Blocks = slices.Insert(v.Blocks, 0, t("wallet.expired"))
	}
	v.Keyboard = [][]Button{
		row(button(t("b.send_yes"), VerbSend, c.payoutID(), "", payoutMark(c.s.Asked))),
		row(button(t("b.other_address"), VerbNetwork, c.s.Way, "", 0)),
		homeRow("", c.payoutBack()),
	}
	return v
}

// payoutAsked answers for AskPayout and SetAddress.
func (c *turn) payoutAsked(r OrderResult) {
	switch r.Code {
	case "":
		number := r.Order.Number
		c.onOrder(ScreenOrder, number)
		c.show(View{Blocks: []Text{t("wallet.done", "number", number)}, Keyboard: [][]Button{
			homeRow("", button(t("b.open_order"), VerbOrder, string(number), "", 0)),
		}})
	case order.CodeClosed:
		c.payoutOver(t("wallet.none"))
	case order.CodeCredit:
		c.payoutOver(t("wallet.spent"))
	case order.CodeTooSmall:
		c.payoutOver(t("wallet.fee_eats"))
	case order.CodeTooSoon:
		c.payoutOver(t("wallet.too_soon"))
	case order.CodeInvalid, order.CodeEvent, order.CodeUnknown, order.CodeDenied:
		c.payoutOver(t("wallet.refused"))
	default: // nobody knows: the number stays, so it is one payout
		again := button(t("b.again"), VerbSend, c.payoutID(), "", payoutMark(c.s.Asked))
		c.show(View{Blocks: []Text{t("wallet.uncertain")}, Keyboard: [][]Button{row(again), homeRow("", c.payoutBack())}})
	}
}

// payoutOver says why nothing was sent. What was typed is forgotten.
func (c *turn) payoutOver(why Text) {
	back := c.payoutBack()
	number := c.s.Number
	c.goTo(ScreenCredit)
	if number != "" {
		c.onOrder(ScreenOrder, number)
	}
	c.show(nothingOut(why, back))
}
