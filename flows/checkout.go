package flows

import (
	"slices"

	"giftbot/catalog"
	"giftbot/order"
)

// checkout is a press on "buy": of a product with a quantity, or of one whose
// steps are answered.
func (c *turn) checkout(id string, quantity int) {
	p, ok := c.env.Catalogue.Product(id)
	switch {
	case !ok:
		c.gone()
	case stepped(p):
		if p, ok = c.underway(id); ok {
			c.review(p)
		}
	default:
		c.choose(p)
		c.s.Quantity = quantity
		c.review(p)
	}
}

func (c *turn) review(p catalog.Product) { c.reviewSaying(p, Text{}) }

// reviewSaying starts a checkout: it takes the price as it is now and a number
// for the order, so that placing it twice is one order. What is missing or
// does not work any more is asked for again.
func (c *turn) reviewSaying(p catalog.Product, saying Text) {
	quantity := c.s.Quantity
	_, price, err := p.Quote(c.s.Face)
	switch {
	case err != nil:
		c.begin(p, Text{})
	case c.missing(p) < len(p.Fields):
		c.askField(p, c.missing(p), Text{})
	case quantity < 1 || quantity > mostOf(p):
		c.fewerLeft(p, quantity)
	case price.Times(quantity) < c.env.Shop.MinOrder:
		c.belowMinimum(p, price)
	default:
		c.offer(p, price, saying)
	}
}

// checkoutAgain shows the same checkout, same number, unless something about
// it changed meanwhile.
func (c *turn) checkoutAgain() {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	switch {
	case !ok:
		c.gone()
	case c.s.Draft == "" || !c.stands(p):
		c.review(p)
	default:
		c.show(c.checkoutView(p, Text{}))
	}
}

// stands reports whether the checkout is still what was shown.
func (c *turn) stands(p catalog.Product) bool {
	_, price, err := p.Quote(c.s.Face)
	return err == nil && price == c.s.Price && c.s.Quantity <= mostOf(p) && c.missing(p) == len(p.Fields)
}

func (c *turn) offer(p catalog.Product, price order.Money, saying Text) {
	c.step(ScreenCheckout)
	c.s.Price, c.s.Draft = price, c.env.Draft
	if saying.Key == "" {
		c.ask(ShowCredit{}) // it is shown with the credit there is
		return
	}
	c.show(c.checkoutView(p, saying))
}

func (c *turn) checkoutView(p catalog.Product, saying Text) View {
	v := View{Blocks: c.summary(p)}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	v.Blocks = append(v.Blocks, c.checkoutAsk()...)
	v.Keyboard = append(v.Keyboard, c.checkoutKeys()...)
	v.Keyboard = append(v.Keyboard, c.changeKeys(p)...)
	v.Keyboard = append(v.Keyboard, homeRow("", c.checkoutBack(p)))
	return v
}

// summary repeats what is about to be ordered.
func (c *turn) summary(p catalog.Product) []Text {
	quantity := c.s.Quantity
	what, total := thingOf(p, c.s.Face).text(), t("checkout.total", "total", c.s.Price.Times(quantity))
	each := t("checkout.each", "price", c.s.Price)
	line := t("checkout.line", "name", what, "quantity", quantity)
	switch p.Kind {
	case order.KindTopUp:
		return []Text{t("topup.check"), c.transfer(p, what), total, t("topup.final")}
	case order.KindCard:
		all := []Text{line, each, t("giftcard.fee", "fee", feeOf(p, c.s.Face, quantity)), total}
		blocks := []Text{t("checkout.title"), lines(all...)}
		if c.s.Note != "" {
			blocks = append(blocks, t("giftcard.message", "note", c.s.Note))
		}
		return blocks
	default:
		return []Text{t("checkout.title"), lines(c.withAccount(p, line), each, total)}
	}
}

// transfer is where a top-up goes, in full.
func (c *turn) transfer(p catalog.Product, what Text) Text {
	return c.withAccount(p, t("topup.what", "what", what))
}

func (c *turn) withAccount(p catalog.Product, what Text) Text {
	if len(p.Fields) == 0 {
		return what
	}
	return lines(what, accountText(p, c.s.Typed))
}

// changeKeys lead back to single answers.
func (c *turn) changeKeys(p catalog.Product) [][]Button {
	if p.Kind != order.KindTopUp {
		return nil
	}
	var keys []Button
	if p.Open() {
		keys = append(keys, button(t("b.change_amount"), VerbAmount, p.ID, "", 0))
	}
	if len(p.Fields) > 0 {
		keys = append(keys, button(t("b.change_account"), VerbField, p.ID, "", 0))
	}
	if len(keys) == 0 {
		return nil
	}
	return [][]Button{keys}
}

func (c *turn) checkoutBack(p catalog.Product) Button {
	if stepped(p) {
		return c.stepBefore(p, "")
	}
	return button(t("b.back"), VerbProduct, p.ID, "", c.s.Quantity)
}

// fewerLeft goes back to where the quantity is chosen: the wanted one is not
// there.
func (c *turn) fewerLeft(p catalog.Product, quantity int) {
	saying := t("product.sold_out")
	if most := mostOf(p); most > 0 {
		saying = n("product.most", most)
	}
	if stepped(p) && p.Stock > 0 {
		c.s.Quantity = mostOf(p)
		c.askField(p, c.missing(p), saying)
		return
	}
	c.productSaying(p.ID, quantity, saying)
}

// belowMinimum refuses an order smaller than the shop takes, with the
// smallest quantity that would do.
func (c *turn) belowMinimum(p catalog.Product, price order.Money) {
	quantity, minimum := c.s.Quantity, c.env.Shop.MinOrder
	back := c.checkoutBack(p)
	v := View{Blocks: []Text{t("minimum.text", "minimum", minimum, "total", price.Times(quantity))}}
	enough := enoughFor(p, price, minimum)
	more := button(n("b.take", enough, "total", price.Times(enough)), VerbCheckout, p.ID, "", enough)
	if stepped(p) {
		more.Do.Verb = VerbCount
	}
	switch {
	case enough > 0:
		v.Blocks = append(v.Blocks, t("minimum.more"))
		v.Keyboard = append(v.Keyboard, row(more))
	default:
		v.Blocks = append(v.Blocks, t("minimum.other"))
	}
	c.step(ScreenProduct)
	v.Keyboard = append(v.Keyboard, homeRow("", back))
	c.show(v)
}

// enoughFor is the smallest quantity that reaches the minimum, 0 if none that
// can be bought does.
func enoughFor(p catalog.Product, price, minimum order.Money) int {
	if price < 1 {
		return 0
	}
	enough := int((minimum + price - 1) / price)
	if enough > mostOf(p) {
		return 0
	}
	return enough
}

// place asks for the order the checkout showed. A button of another checkout
// never places this one: it shows the order it once placed. Neither does one
// that promised another use of credit: it is of an older screen, or what is known
// here is old, because another replica answered in between.
func (c *turn) place(draft order.Number, gateway string, mark int) {
	if c.s.Screen != ScreenCheckout || draft == "" || draft != c.s.Draft {
		c.formerCheckout(draft)
		return
	}
	p, ok := c.env.Catalogue.Product(c.s.Product)
	credit, payable := c.creditBy(gateway)
	switch {
	case !payable && gateway != order.CreditGateway:
		c.oldButton()
	case !ok || c.s.Quantity > mostOf(p) || !c.stands(p) || !payable || mark != creditMark(credit):
		c.ask(ShowOrder{Number: draft, Draft: true}) // see changed
	default:
		if gateway == order.CreditGateway {
			gateway = ""
		}
		c.ask(PlaceOrder{
			Credit: credit, Number: draft, Product: p.ID, Quantity: c.s.Quantity, Unit: c.s.Price, Gateway: gateway,
			Face: c.s.Face, Account: c.account(p), Note: c.s.Note,
		})
	}
}

func (c *turn) formerCheckout(draft order.Number) {
	number, err := order.ParseNumber(string(draft))
	if err != nil {
		c.oldButton()
		return
	}
	c.onOrder(ScreenPlaced, number)
	c.ask(ShowOrder{Number: number, Draft: true})
}

// creditMark ties a button that places an order to the credit it uses: 0 for
// none.
func creditMark(credit order.Money) int {
	if credit == 0 {
		return 0
	}
	return sumMark(credit)
}

// neverPlaced answers when a former checkout turned out not to be an order.
func (c *turn) neverPlaced() { c.shelves(t("hint.old_checkout")) }

// changed answers for a checkout that is not what was shown any more. It may have
// been placed as it was shown: the same update comes again, to another replica
// with another price, when a process ended before it answered.
func (c *turn) changed(r OrderResult) {
	switch p, ok := c.env.Catalogue.Product(c.s.Product); {
	case r.Code == "":
		c.onOrder(ScreenPlaced, c.s.Draft)
		c.show(placedView(c.s.Number))
	case r.Code != order.CodeMissing:
		c.show(TroubleView())
	case !ok:
		c.gone()
	case c.s.Quantity > mostOf(p):
		c.fewerLeft(p, c.s.Quantity)
	case c.stands(p): // another use of credit
		c.show(c.checkoutView(p, Text{}))
	default:
		c.priceChanged(p)
	}
}

// priceChanged offers the same at the price it has now. A price that fell
// below the minimum, an amount or an account that does not fit any more, or a
// product without stock, is answered as such.
func (c *turn) priceChanged(p catalog.Product) {
	before := c.s.Price
	_, now, err := p.Quote(c.s.Face)
	if err != nil {
		c.begin(p, Text{})
		return
	}
	saying := t("checkout.price_changed", "before", before, "now", now)
	if before == now {
		saying = t("checkout.price_moving")
	}
	c.reviewSaying(p, saying)
}

// placed answers for PlaceOrder.
func (c *turn) placed(want PlaceOrder, r OrderResult) {
	if r.Code == "" {
		c.goTo(ScreenPlaced)
		c.s.Number = want.Number
		c.recall(want)
		c.show(placedView(want.Number))
		return
	}
	p, ok := c.env.Catalogue.Product(want.Product)
	if !ok {
		c.gone()
		return
	}
	c.s.Product, c.s.Quantity, c.s.Price = p.ID, want.Quantity, want.Unit
	c.s.Face, c.s.Typed, c.s.Note = want.Face, valuesOf(want.Account), want.Note
	if c.creditRefused(p, want, r.Code) {
		return
	}
	c.notPlaced(p, want, r.Code)
}

// notPlaced says why there is no order, and what can be done.
func (c *turn) notPlaced(p catalog.Product, want PlaceOrder, code order.Code) {
	switch code {
	case order.CodePrice:
		c.priceChanged(p)
	case order.CodeStock:
		c.ranOut(p)
	case order.CodeSupply, order.CodeFunds, order.CodeFrozen:
		c.refused(p, t("checkout.supply"), t("checkout.nothing_taken"))
	case order.CodeClosed:
		c.refused(p, t("checkout.closed"), t("checkout.nothing"))
	case order.CodeLoss:
		c.refused(p, t("checkout.checking"), t("checkout.nothing"))
	case order.CodePaused:
		c.refused(p, t("checkout.paused"), t("checkout.nothing"))
	case order.CodeTooMany:
		c.refused(p, t("checkout.too_many"), t("checkout.nothing"))
	case order.CodeStale:
		c.reviewSaying(p, t("checkout.again"))
	case order.CodeUnknown:
		c.gone()
	case order.CodeTooSmall:
		c.belowMinimum(p, want.Unit)
	case order.CodeInvalid, order.CodeDenied, order.CodeEvent:
		c.refused(p, t("checkout.refused"), t("checkout.nothing"))
	default:
		c.uncertain(want)
	}
}

// recall keeps where a top-up went, to be offered again.
func (c *turn) recall(want PlaceOrder) {
	if values := valuesOf(want.Account); values != ([MaxFields]string{}) {
		c.s.Last = Account{Product: want.Product, Values: values}
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
	back := c.checkoutBack(p)
	c.step(ScreenProduct)
	c.show(View{Blocks: why, Keyboard: [][]Button{
		row(back, button(t("b.orders"), VerbOrders, "", "", 0)),
		homeRow("", listButton(p.Kind)),
	}})
}

// uncertain says that we do not know, and that pressing again is safe: the
// number stays, so it is one order.
func (c *turn) uncertain(want PlaceOrder) {
	c.s.Screen, c.s.Draft = ScreenCheckout, want.Number
	way := want.Gateway
	if way == "" {
		way = order.CreditGateway
	}
	c.show(View{Blocks: []Text{t("checkout.uncertain")}, Keyboard: [][]Button{
		row(button(t("b.again"), VerbPlace, string(want.Number), way, creditMark(want.Credit))),
		homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)),
	}})
}

func placedView(number order.Number) View {
	return View{Blocks: []Text{t("placed.text", "number", number)}, Keyboard: [][]Button{
		homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)),
	}}
}
