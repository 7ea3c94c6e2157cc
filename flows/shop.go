package flows

import (
	"slices"

	"giftbot/catalog"
	"giftbot/order"
)

// shelf is a list of categories: all goods of one kind.
type shelf struct {
	kind   order.Kind
	screen Screen
	verb   Verb
	name   Text   // on a button that leads there
	words  []Text // above the list
	empty  Text
}

func shelfOf(kind order.Kind) shelf {
	switch kind {
	case order.KindTopUp:
		return shelf{kind, ScreenTopUps, VerbTopUps, t("b.topups"), []Text{t("topup.title"), t("topup.ask")}, t("topup.empty")}
	case order.KindCard:
		return shelf{kind, ScreenCards, VerbCards, t("b.cards"), []Text{t("giftcard.title"), t("giftcard.ask")}, t("giftcard.empty")}
	default:
		return shelf{kind, ScreenShop, VerbShop, t("b.shop"), []Text{t("shop.title"), t("shop.ask")}, t("shop.empty")}
	}
}

func listVerb(kind order.Kind) Verb { return shelfOf(kind).verb }

func listButton(kind order.Kind) Button {
	s := shelfOf(kind)
	return button(s.name, s.verb, "", "", 0)
}

// kinds lists what is sold, in the order shown. A shop without anything for
// sale is a shop of vouchers that are being read.
func (c *turn) kinds() []order.Kind {
	var all []order.Kind
	for _, kind := range []order.Kind{order.KindVoucher, order.KindTopUp, order.KindCard} {
		if len(c.env.Catalogue.Categories(kind)) > 0 {
			all = append(all, kind)
		}
	}
	if len(all) == 0 {
		all = append(all, order.KindVoucher)
	}
	return all
}

// shelves shows what is sold, with a word on top.
func (c *turn) shelves(saying Text) {
	if kinds := c.kinds(); len(kinds) == 1 || kinds[0] == order.KindVoucher {
		c.list(kinds[0], 0, saying)
		return
	}
	c.homeSaying(saying)
}

// list shows the categories of one kind, two in a row.
func (c *turn) list(kind order.Kind, page int, saying Text) {
	s, all := shelfOf(kind), c.env.Catalogue.Categories(kind)
	page = within(page, len(all), perPage)
	c.goTo(s.screen)
	c.s.Page = page
	v := View{Blocks: s.words}
	if len(all) == 0 {
		v.Blocks = []Text{s.empty}
	}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	for pair := range slices.Chunk(pageOf(all, page, perPage), 2) {
		var keys []Button
		for _, k := range pair {
			keys = append(keys, button(c.categoryLabel(k), VerbCategory, k.ID, "", 0))
		}
		v.Keyboard = append(v.Keyboard, keys)
	}
	v.Keyboard = append(v.Keyboard, pager(s.verb, "", page, len(all), perPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)))
	c.show(v)
}

// categoryLabel is a category on a button: how much there is, or what a
// network costs.
func (c *turn) categoryLabel(k catalog.Category) Text {
	name := clip(k.Name, buttonName)
	switch k.Kind {
	case order.KindCard:
		return withFee(t("thing.name", "name", name), c.feeIn(k))
	case order.KindTopUp:
		return t("thing.name", "name", name)
	default:
		return t("shop.category", "name", name, "number", len(k.Products))
	}
}

func withFee(name, fee Text) Text {
	if fee.Key == "" {
		return name
	}
	return t("giftcard.network", "name", name, "fee", fee)
}

func (c *turn) feeIn(k catalog.Category) Text {
	for _, id := range k.Products {
		if p, ok := c.env.Catalogue.Product(id); ok {
			return feeText(p.Fee)
		}
	}
	return Text{}
}

// category shows the products of one category. A top-up or a network with a
// single product shows that at once.
func (c *turn) category(id string, page int) {
	k, ok := c.env.Catalogue.Category(id)
	switch {
	case !ok:
		c.toast(t("toast.category_gone"))
		c.shelves(Text{})
		return
	case k.Kind != order.KindVoucher && len(k.Products) == 1:
		c.product(k.Products[0], 1)
		return
	}
	page = within(page, len(k.Products), perPage)
	c.goTo(ScreenCategory)
	c.s.Category, c.s.Page = k.ID, page
	v := View{Blocks: c.categoryWords(k)}
	for _, id := range pageOf(k.Products, page, perPage) {
		if p, ok := c.env.Catalogue.Product(id); ok {
			v.Keyboard = append(v.Keyboard, row(button(productLabel(p), VerbProduct, p.ID, "", 1)))
		}
	}
	v.Keyboard = append(v.Keyboard, pager(VerbCategory, k.ID, page, len(k.Products), perPage)...)
	back := t("b.categories")
	if k.Kind != order.KindVoucher {
		back = t("b.back")
	}
	v.Keyboard = append(v.Keyboard, homeRow("", button(back, listVerb(k.Kind), "", "", 0)))
	c.show(v)
}

func (c *turn) categoryWords(k catalog.Category) []Text {
	name := t("thing.name", "name", clip(k.Name, textName))
	switch k.Kind {
	case order.KindTopUp:
		return []Text{t("topup.what", "what", name), t("topup.choose")}
	case order.KindCard:
		return []Text{t("giftcard.chosen", "what", withFee(name, c.feeIn(k))), t("giftcard.token")}
	default:
		return []Text{t("category.title", "name", clip(k.Name, textName)), t("category.ask")}
	}
}

func productLabel(p catalog.Product) Text {
	if p.Stock < 1 {
		return t("category.product_out", "name", clip(p.Name, buttonName))
	}
	if p.Open() {
		return t("category.product_from", "name", clip(p.Name, buttonName), "price", p.Price)
	}
	return t("category.product", "name", clip(p.Name, buttonName), "price", p.Price)
}

// within brings a page number from a button into range.
func within(page, items, size int) int {
	last := max(0, (items-1)/size)
	return min(max(page, 0), last)
}

func pageOf[T any](items []T, page, size int) []T {
	from := min(page*size, len(items))
	return items[from:min(from+size, len(items))]
}

// pager is the row that turns pages, nothing when there is one page. The
// middle shows where one is.
func pager(verb Verb, id string, page, items, size int) [][]Button {
	pages := within(items, items, size) + 1
	if pages == 1 {
		return nil
	}
	keys := row(button(t("b.page", "page", page+1, "pages", pages), verb, id, "", page))
	if page > 0 {
		keys = slices.Insert(keys, 0, button(t("b.previous"), verb, id, "", page-1))
	}
	if page+1 < pages {
		keys = append(keys, button(t("b.next"), verb, id, "", page+1))
	}
	return [][]Button{keys}
}
