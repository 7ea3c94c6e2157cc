package catalog

import (
	"cmp"
	"slices"
	"strings"

	"giftbot/order"
)

// Hidden is an item a supplier sells and the shop does not.
type Hidden struct {
	Supplier string
	Item     string
	Reason   string // "currency", "price", "name", "twice"
}

// snapshot is the catalogue at one moment. It never changes.
type snapshot struct {
	categories []Category
	byCategory map[string]Category
	products   map[string]Product
	hidden     []Hidden
	readAt     order.Stamp
}

var _ Snapshot = (*snapshot)(nil)

// Categories implements Snapshot.
func (s *snapshot) Categories() []Category { return s.categories }

// Category implements Snapshot.
func (s *snapshot) Category(id string) (Category, bool) {
	c, ok := s.byCategory[id]
	return c, ok
}

// Product implements Snapshot.
func (s *snapshot) Product(id string) (Product, bool) {
	p, ok := s.products[id]
	return p, ok
}

// ReadAt implements Snapshot: the oldest of the lists shown.
func (s *snapshot) ReadAt() order.Stamp { return s.readAt }

// builder puts the lists of several suppliers together.
type builder struct {
	markup Markup
	s      *snapshot
	order  []string // category ids as met
}

func newBuilder(m Markup) *builder {
	return &builder{markup: m, s: &snapshot{byCategory: map[string]Category{}, products: map[string]Product{}}}
}

// add takes one supplier's list, read at a moment.
func (b *builder) add(supplier string, list []Listing, readAt order.Stamp) {
	for _, l := range list {
		if reason := b.item(supplier, l); reason != "" {
			b.s.hidden = append(b.s.hidden, Hidden{Supplier: supplier, Item: l.Item, Reason: reason})
		}
	}
	if b.s.readAt == 0 || readAt < b.s.readAt {
		b.s.readAt = readAt
	}
}

// item adds one item, or says why it is hidden.
func (b *builder) item(supplier string, l Listing) string {
	if !inDollars(l.Currency) {
		return "currency"
	}
	name := oneLine(l.Name)
	if name == "" || l.Item == "" {
		return "name"
	}
	cost, price, err := b.markup.price(l.Price)
	if err != nil {
		return "price"
	}
	id := idOf(supplier, l.Item)
	if _, twice := b.s.products[id]; twice {
		return "twice"
	}
	category := b.category(supplier, l)
	b.s.products[id] = Product{
		ID: id, Supplier: supplier, Item: l.Item, Category: category, Name: name, Title: title(b.s.byCategory[category].Name, name),
		Cost: cost, Price: price, Stock: max(0, l.Stock),
	}
	c := b.s.byCategory[category]
	c.Products = append(c.Products, id)
	b.s.byCategory[category] = c
	return ""
}

func (b *builder) category(supplier string, l Listing) string {
	id := idOf(supplier, l.CategoryID)
	if _, known := b.s.byCategory[id]; !known {
		name := oneLine(l.CategoryName)
		if name == "" {
			name = noName
		}
		b.s.byCategory[id] = Category{ID: id, Name: name}
		b.order = append(b.order, id)
	}
	return id
}

// build finishes the snapshot; the builder must not be used afterwards.
func (b *builder) build() *snapshot {
	for _, id := range b.order {
		b.s.categories = append(b.s.categories, b.s.byCategory[id])
	}
	slices.SortStableFunc(b.s.categories, func(x, y Category) int {
		return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.ID, y.ID))
	})
	return b.s
}

// title is a product's name where its category is not in sight. Suppliers
// write the category into some names and not into others.
func title(category, name string) string {
	if category == noName || strings.HasPrefix(strings.ToLower(name), strings.ToLower(category)) {
		return name
	}
	return oneLine(category + " " + name)
}

// noName stands for a category that its supplier does not name.
const noName = "…"

// longestName is how many characters of a supplier's name are kept.
const longestName = 120

// oneLine cleans a name from outside: one line, bounded.
func oneLine(name string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " "))
	return string(runes[:min(len(runes), longestName)])
}
