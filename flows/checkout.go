package flows

import (
	"slices"

	"giftbot/catalog"
	"giftbot/order"
)

// checkout starts a purchase: it takes the price as it is now and a number
// for the order, so that placing it twice is one order.
func (c *turn) checkout(id string, quantity int) {
	p, ok := c.env.Catalogue.Product(id)
	switch {
	case !ok:
		c.gone()
	case quantity < 1 || quantity > mostOf(p):
		c.fewerLeft(p, quantity)
	case p.Price.Times(quantity) < c.env.Shop.MinOrder:
		c.belowMinimum(p, quantity)
	default:
		c.offer(p, quantity, Text{})
	}
}

// checkoutAgain shows the same checkout, same number, unless something about
// it changed meanwhile.
func (c *turn) checkoutAgain() {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	if !ok || p.Price != c.s.Price || c.s.Quantity > mostOf(p) || c.s.Draft == "" {
		c.checkout(c.s.Product, c.s.Quantity)
		return
	}
	c.show(c.checkoutView(p, c.s.Quantity, Text{}))
}

func (c *turn) offer(p catalog.Product, quantity int, saying Text) {
	c.goTo(ScreenCheckout)
	c.s.Product, c.s.Quantity, c.s.Price, c.s.Draft = p.ID, quantity, p.Price, c.env.Draft
	c.show(c.checkoutView(p, quantity, saying))
}

func (c *turn) checkoutView(p catalog.Product, quantity int, saying Text) View {
	total := p.Price.Times(quantity)
	what := lines(
		t("checkout.line", "name", clip(p.Title, textName), "quantity", quantity),
		t("checkout.each", "price", p.Price),
		t("checkout.total", "total", total))
	v := View{Blocks: []Text{t("checkout.title"), what, t("checkout.ask")}}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	if len(c.env.Shop.Gateways) == 0 {
		v.Blocks[len(v.Blocks)-1] = t("checkout.no_way")
	}
	for _, g := range c.env.Shop.Gateways {
		v.Keyboard = append(v.Keyboard, row(button(t("b.pay_by", "way", g.Label), VerbPlace, string(c.s.Draft), g.Name, 0)))
	}
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.back"), VerbProduct, p.ID, "", quantity)))
	return v
}

// fewerLeft goes back to the card: the wanted quantity is not there.
func (c *turn) fewerLeft(p catalog.Product, quantity int) {
	saying := t("product.sold_out")
	if most := mostOf(p); most > 0 {
		saying = n("product.most", most)
	}
	c.productSaying(p.ID, quantity, saying)
}

// belowMinimum refuses an order smaller than the shop takes, with the
// smallest quantity that would do.
func (c *turn) belowMinimum(p catalog.Product, quantity int) {
	c.goTo(ScreenProduct)
	c.s.Product, c.s.Quantity = p.ID, quantity
	minimum := c.env.Shop.MinOrder
	v := View{Blocks: []Text{t("minimum.text", "minimum", minimum, "total", p.Price.Times(quantity))}}
	enough := enoughFor(p, minimum)
	if enough > 0 {
		v.Blocks = append(v.Blocks, t("minimum.more"))
		v.Keyboard = append(v.Keyboard, row(button(n("b.take", enough, "total", p.Price.Times(enough)), VerbCheckout, p.ID, "", enough)))
	} else {
		v.Blocks = append(v.Blocks, t("minimum.other"))
	}
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.back"), VerbProduct, p.ID, "", quantity)))
	c.show(v)
}

// enoughFor is the smallest quantity that reaches the minimum, 0 if none that
// can be bought does.
func enoughFor(p catalog.Product, minimum order.Money) int {
	if p.Price < 1 {
		return 0
	}
	enough := int((minimum + p.Price - 1) / p.Price)
	if enough > mostOf(p) {
		return 0
	}
	return enough
}

// place asks for the order the checkout showed. A button of another checkout
// never places this one: it shows the order it once placed.
func (c *turn) place(draft order.Number, gateway string) {
	if c.s.Screen != ScreenCheckout || draft == "" || draft != c.s.Draft {
		c.formerCheckout(draft)
		return
	}
	p, ok := c.env.Catalogue.Product(c.s.Product)
	switch {
	case !slices.ContainsFunc(c.env.Shop.Gateways, func(g Gateway) bool { return g.Name == gateway }):
		c.oldButton()
	case !ok:
		c.gone()
	case c.s.Quantity > mostOf(p):
		c.fewerLeft(p, c.s.Quantity)
	case p.Price != c.s.Price:
		c.priceChanged(p)
	default:
		c.ask(PlaceOrder{
			Number: draft, Product: p.ID, Quantity: c.s.Quantity, Unit: c.s.Price, Gateway: gateway,
		})
	}
}

func (c *turn) formerCheckout(draft order.Number) {
	number, err := order.ParseNumber(string(draft))
	if err != nil {
		c.oldButton()
		return
	}
	c.order(ScreenPlaced, number)
}

// neverPlaced answers when a former checkout turned out not to be an order.
func (c *turn) neverPlaced() { c.shopSaying(0, t("hint.old_checkout")) }

// priceChanged offers the same at the price it has now. A price that fell
// below the minimum, or a product without stock, is answered as such.
func (c *turn) priceChanged(p catalog.Product) {
	quantity, before := c.s.Quantity, c.s.Price
	if quantity < 1 || quantity > mostOf(p) || p.Price.Times(quantity) < c.env.Shop.MinOrder {
		c.checkout(p.ID, quantity)
		return
	}
	saying := t("checkout.price_changed", "before", before, "now", p.Price)
	if before == p.Price {
		saying = t("checkout.price_moving")
	}
	c.offer(p, quantity, saying)
}

// placed answers for PlaceOrder.
func (c *turn) placed(want PlaceOrder, r OrderResult) {
	if r.Code == "" {
		c.goTo(ScreenPlaced)
		c.s.Number = want.Number
		c.show(placedView(want.Number))
		return
	}
	p, ok := c.env.Catalogue.Product(want.Product)
	if !ok {
		c.gone()
		return
	}
	c.s.Product, c.s.Quantity, c.s.Price = p.ID, want.Quantity, want.Unit
	switch r.Code {
	case order.CodePrice:
		c.priceChanged(p)
	case order.CodeStock:
		c.ranOut(p)
	case order.CodeSupply, order.CodeFunds, order.CodeFrozen:
		c.refused(p, t("checkout.supply"), t("checkout.nothing_taken"))
	case order.CodeTooMany:
		c.refused(p, t("checkout.too_many"), t("checkout.nothing"))
	case order.CodeStale:
		c.offer(p, want.Quantity, t("checkout.again"))
	case order.CodeUnknown:
		c.gone()
	case order.CodeTooSmall:
		c.belowMinimum(p, want.Quantity)
	case order.CodeInvalid, order.CodeDenied, order.CodeEvent:
		c.refused(p, t("checkout.refused"), t("checkout.nothing"))
	default:
		c.uncertain(want)
	}
}

// ranOut believes the supplier's word over the catalogue's older look.
func (c *turn) ranOut(p catalog.Product) {
	if mostOf(p) < c.s.Quantity {
		c.fewerLeft(p, c.s.Quantity)
		return
	}
	c.refused(p, t("checkout.stock"), t("checkout.nothing_taken"))
}

// refused says why nothing was ordered, and what can be done.
func (c *turn) refused(p catalog.Product, why ...Text) {
	quantity := c.s.Quantity
	c.goTo(ScreenProduct)
	c.s.Product, c.s.Quantity = p.ID, quantity
	c.show(View{Blocks: why, Keyboard: [][]Button{
		row(button(t("b.back"), VerbProduct, p.ID, "", quantity), button(t("b.orders"), VerbOrders, "", "", 0)),
		homeRow("", button(t("b.shop"), VerbShop, "", "", 0)),
	}})
}

// uncertain says that we do not know, and that pressing again is safe: the
// number stays, so it is one order.
func (c *turn) uncertain(want PlaceOrder) {
	c.s.Screen, c.s.Draft = ScreenCheckout, want.Number
	c.show(View{Blocks: []Text{t("checkout.uncertain")}, Keyboard: [][]Button{
		row(button(t("b.again"), VerbPlace, string(want.Number), want.Gateway, 0)),
		homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)),
	}})
}

func placedView(number order.Number) View {
	return View{Blocks: []Text{t("placed.text", "number", number)}, Keyboard: [][]Button{
		homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)),
	}}
}
