package flows

import (
	"slices"

	"giftbot/catalog"
	"giftbot/order"
)

// shop shows the categories, two in a row.
func (c *turn) shop(page int) { c.shopSaying(page, Text{}) }

func (c *turn) shopSaying(page int, saying Text) {
	all := c.env.Catalogue.Categories(order.KindVoucher)
	page = within(page, len(all), perPage)
	c.goTo(ScreenShop)
	c.s.Page = page
	v := View{Blocks: []Text{t("shop.title"), t("shop.ask")}}
	if len(all) == 0 {
		v.Blocks = []Text{t("shop.empty")}
	}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	for pair := range slices.Chunk(pageOf(all, page, perPage), 2) {
		var keys []Button
		for _, k := range pair {
			label := t("shop.category", "name", clip(k.Name, buttonName), "number", len(k.Products))
			keys = append(keys, button(label, VerbCategory, k.ID, "", 0))
		}
		v.Keyboard = append(v.Keyboard, keys)
	}
	v.Keyboard = append(v.Keyboard, pager(VerbShop, "", page, len(all), perPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.orders"), VerbOrders, "", "", 0)))
	c.show(v)
}

// category shows the products of one category.
func (c *turn) category(id string, page int) {
	k, ok := c.env.Catalogue.Category(id)
	if !ok {
		c.toast(t("toast.category_gone"))
		c.shop(0)
		return
	}
	page = within(page, len(k.Products), perPage)
	c.goTo(ScreenCategory)
	c.s.Category, c.s.Page = k.ID, page
	v := View{Blocks: []Text{t("category.title", "name", clip(k.Name, textName)), t("category.ask")}}
	for _, id := range pageOf(k.Products, page, perPage) {
		if p, ok := c.env.Catalogue.Product(id); ok {
			v.Keyboard = append(v.Keyboard, row(button(productLabel(p), VerbProduct, p.ID, "", 1)))
		}
	}
	v.Keyboard = append(v.Keyboard, pager(VerbCategory, k.ID, page, len(k.Products), perPage)...)
	v.Keyboard = append(v.Keyboard, homeRow("", button(t("b.categories"), VerbShop, "", "", 0)))
	c.show(v)
}

func productLabel(p catalog.Product) Text {
	if p.Stock < 1 {
		return t("category.product_out", "name", clip(p.Name, buttonName))
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
