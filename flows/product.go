package flows

import (
	"slices"
	"strconv"
	"strings"

	"giftbot/catalog"
	"giftbot/order"
)

// mostOf is how many pieces of a product one order may have.
func mostOf(p catalog.Product) int {
	most := maxQuantity
	switch p.Kind {
	case order.KindTopUp:
		most = 1
	case order.KindCard:
		most = maxCards
	default:
	}
	return max(0, min(p.Stock, most))
}

// productPressed is a press on a product, or on − and + of its card.
func (c *turn) productPressed(a Action) {
	p, ok := c.env.Catalogue.Product(a.ID)
	switch most := mostOf(p); {
	case !ok || most < 1 || stepped(p):
	case a.Arg == ArgTyping:
		c.toast(n("toast.typing", most))
	case a.N < 1:
		c.toast(t("toast.least"))
	case a.N > most:
		c.toast(n("toast.most", most))
	}
	c.product(a.ID, a.N)
}

// product shows the card of one product with a quantity brought into range.
func (c *turn) product(id string, quantity int) { c.productSaying(id, quantity, Text{}) }

func (c *turn) productSaying(id string, quantity int, saying Text) {
	p, ok := c.env.Catalogue.Product(id)
	if !ok {
		c.gone()
		return
	}
	if stepped(p) {
		c.begin(p, saying)
		return
	}
	quantity = max(1, min(quantity, mostOf(p)))
	c.choose(p)
	c.s.Quantity = quantity
	v := View{Blocks: c.productBlocks(p, quantity), Keyboard: c.productKeys(p, quantity)}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	c.show(v)
}

// gone answers for a product that is not sold any more.
func (c *turn) gone() { c.shelves(t("product.gone")) }

func (c *turn) productBlocks(p catalog.Product, quantity int) []Text {
	title := t("product.title", "name", clip(p.Name, textName))
	if k, ok := c.env.Catalogue.Category(p.Category); ok {
		title = lines(title, t("product.category", "name", clip(k.Name, textName)))
	}
	blocks := append([]Text{title}, about(p)...)
	if p.Stock < 1 {
		return append(blocks, lines(t("product.price", "price", p.Price), t("product.out")), t("product.come_back"))
	}
	blocks = append(blocks, lines(t("product.price", "price", p.Price), stockText(p)), t("product.delivery"))
	if quantity > 1 {
		blocks = append(blocks, n("product.sum", quantity, "total", p.Price.Times(quantity)))
	}
	if mostOf(p) > 1 {
		blocks = append(blocks, n("product.ask", mostOf(p)))
	}
	return blocks
}

// stockText says how many there are, where the supplier counts them.
func stockText(p catalog.Product) Text {
	if !p.Counted {
		return t("product.in_stock")
	}
	return n("product.stock", p.Stock)
}

func (c *turn) productKeys(p catalog.Product, quantity int) [][]Button {
	back := homeRow("", button(t("b.back"), VerbCategory, p.Category, "", c.pageIn(p)))
	if p.Stock < 1 {
		return [][]Button{back}
	}
	keys := [][]Button{
		row(button(t("b.buy", "total", p.Price.Times(quantity)), VerbCheckout, p.ID, "", quantity)),
		back,
	}
	if most := mostOf(p); most > 1 {
		keys = slices.Insert(keys, 0, quantityRow(VerbProduct, p.ID, quantity, most))
	}
	return keys
}

// quantityRow is − and + around a quantity.
func quantityRow(verb Verb, id string, quantity, most int) []Button {
	return row(
		button(t("b.minus"), verb, id, "", quantity-1),
		button(n("b.quantity", quantity), verb, id, ArgTyping, quantity),
		button(t("b.plus"), verb, id, "", quantity+1),
		button(t("b.max", "most", most), verb, id, "", most),
	)
}

// readCount reads a quantity as people type it: "3", "x3".
func readCount(text string) (int, bool) {
	quantity, err := strconv.Atoi(strings.TrimSpace(strings.Trim(text, "+x×X")))
	return quantity, err == nil && quantity > 0
}

// pageIn is the page of its category a product stands on.
func (c *turn) pageIn(p catalog.Product) int {
	k, _ := c.env.Catalogue.Category(p.Category)
	return max(0, slices.Index(k.Products, p.ID)) / perPage
}

// typedQuantity takes a number sent while a product card is shown.
func (c *turn) typedQuantity(text string) {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	if !ok {
		c.gone()
		return
	}
	most := mostOf(p)
	if most < 1 {
		c.product(p.ID, 1)
		return
	}
	quantity, ok := readCount(text)
	switch {
	case !ok:
		c.productSaying(p.ID, c.s.Quantity, n("product.number", most))
	case quantity > most:
		c.productSaying(p.ID, most, n("product.most", most))
	default:
		c.product(p.ID, quantity)
	}
}
