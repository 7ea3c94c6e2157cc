package flows

import (
	"giftbot/catalog"
	"giftbot/order"
)

// A checkout knows the person's credit: Session.Left. Session.Sum is what of it
// they want to use, all or nothing; how much that comes to depends on the way
// that pays the rest, because a link has a smallest sum.

// checkoutWith shows the checkout with the credit there is. When it became less
// than what was wanted, that is said.
func (c *turn) checkoutWith(r CreditResult) {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	if !ok {
		c.gone()
		return
	}
	saying := Text{}
	switch {
	case r.Code != "" && c.s.Sum > 0:
		saying = t("checkout.credit_unread")
	case r.Code == "" && r.Balance < c.s.Sum:
		saying = t("checkout.credit_changed", "balance", r.Balance)
	}
	c.s.Left = 0
	if r.Code == "" && r.Balance > 0 {
		c.s.Left = r.Balance
	}
	if c.s.Sum > 0 {
		c.s.Sum = c.s.Left
	}
	c.show(c.checkoutView(p, saying))
}

// spend turns the use of credit on and off.
func (c *turn) spend(draft order.Number, on bool) {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	switch {
	case c.s.Screen != ScreenCheckout || draft == "" || draft != c.s.Draft:
		c.formerCheckout(draft)
		return
	case !ok:
		c.gone()
		return
	case !c.stands(p):
		c.priceChanged(p)
		return
	}
	c.s.Sum = 0
	if on {
		c.s.Sum = c.s.Left
	}
	c.show(c.checkoutView(p, Text{}))
}

func (c *turn) toPay() order.Money { return c.s.Price.Times(c.s.Quantity) }

// allByCredit reports whether the credit pays for everything.
func (c *turn) allByCredit() bool { return c.s.Sum > 0 && c.s.Sum >= c.toPay() }

// creditBy is how much credit is used when a way pays the rest. ok is false
// when that way cannot be used.
func (c *turn) creditBy(gateway string) (credit order.Money, ok bool) {
	total := c.toPay()
	if gateway == order.CreditGateway {
		return total, c.allByCredit()
	}
	for _, g := range c.env.Shop.Gateways {
		if g.Name == gateway {
			return max(0, min(c.s.Sum, total-g.Least)), total >= g.Least
		}
	}
	return 0, false
}

// checkoutKeys are the buttons that place the order, each with what remains to
// be paid by it, and the switch of the credit.
func (c *turn) checkoutKeys() [][]Button {
	draft, total := string(c.s.Draft), c.toPay()
	var keys [][]Button
	if c.allByCredit() {
		keys = append(keys, row(button(t("b.pay_credit", "amount", total), VerbPlace, draft, order.CreditGateway, creditMark(total))))
	}
	for _, g := range c.env.Shop.Gateways {
		credit, ok := c.creditBy(g.Name)
		if !ok || c.allByCredit() {
			continue
		}
		label := t("b.pay_by", "way", g.Label)
		if c.s.Sum > 0 {
			label = t("b.pay_rest", "way", g.Label, "amount", total-credit)
		}
		keys = append(keys, row(button(label, VerbPlace, draft, g.Name, creditMark(credit))))
	}
	switch {
	case c.s.Sum > 0:
		keys = append(keys, row(button(t("b.keep_credit"), VerbSpend, draft, "", 0)))
	case c.s.Left > 0:
		keys = append(keys, row(button(t("b.use_credit", "amount", c.s.Left), VerbSpend, draft, "", 1)))
	}
	return keys
}

// checkoutAsk says what the credit pays, and asks how to pay the rest.
func (c *turn) checkoutAsk() []Text {
	if c.allByCredit() {
		return []Text{t("checkout.credit_all", "credit", c.toPay(), "left", c.s.Sum-c.toPay()), t("checkout.credit_ask")}
	}
	ways, least, most := 0, order.Money(0), order.Money(0)
	for _, g := range c.env.Shop.Gateways {
		credit, ok := c.creditBy(g.Name)
		if !ok {
			continue
		}
		ways++
		most = max(most, credit)
		if credit < c.s.Sum {
			least = max(least, g.Least)
		}
	}
	switch {
	case ways == 0:
		return []Text{t("checkout.no_way")}
	case c.s.Sum == 0:
		return []Text{t("checkout.ask")}
	case least > 0:
		return []Text{t("checkout.credit_least", "least", least), t("checkout.ask")}
	default:
		return []Text{t("checkout.credit", "credit", most, "rest", c.toPay()-most), t("checkout.ask")}
	}
}

// creditRefused answers when the engine did not take the order with the credit
// that was shown.
func (c *turn) creditRefused(p catalog.Product, want PlaceOrder, code order.Code) bool {
	switch {
	case code == order.CodeCredit:
		c.s.Screen, c.s.Draft = ScreenCheckout, want.Number
		c.toast(t("toast.credit_changed"))
		c.ask(ShowCredit{})
	case code == order.CodeTooSmall && want.Credit > 0 && want.Unit.Times(want.Quantity) >= c.env.Shop.MinOrder:
		c.s.Sum = 0
		c.reviewSaying(p, t("checkout.credit_small"))
	default:
		return false
	}
	return true
}
