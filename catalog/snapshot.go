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
	Reason   string // "currency", "price", "name", "twice", "field"
}

// snapshot is the catalogue at one moment. It never changes.
type snapshot struct {
	categories map[order.Kind][]Category
	byCategory map[string]Category
	products   map[string]Product
	hidden     []Hidden
	readAt     order.Stamp
}

var _ Snapshot = (*snapshot)(nil)

// Categories implements Snapshot.
func (s *snapshot) Categories(kind order.Kind) []Category { return s.categories[kind] }

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
	named  map[kindName]string
}

func newBuilder(m Markup) *builder {
	return &builder{markup: m, named: map[kindName]string{}, s: &snapshot{
		categories: map[order.Kind][]Category{}, byCategory: map[string]Category{}, products: map[string]Product{},
	}}
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
	p := Product{
		ID: idOf(supplier, l.Item), Supplier: supplier, Item: l.Item, Kind: l.Kind, Name: name,
		About: oneLine(l.About), Region: oneLine(l.Region), Stock: max(0, l.Stock), Counted: l.Counted,
		Face: l.Face, Purse: l.Purse, Usual: l.Usual, Fee: l.Fee, Rate: l.Rate, Extra: l.Extra, Markup: b.markup,
	}
	if p.Purse == "" {
		p.Purse = supplier
	}
	if reason := b.valued(&p, l); reason != "" {
		return reason
	}
	id := p.ID
	if _, twice := b.s.products[id]; twice {
		return "twice"
	}
	p.Category = b.category(supplier, l)
	p.Title = name
	if !l.Whole {
		p.Title = title(b.s.byCategory[p.Category].Name, name)
	}
	b.s.products[id] = p
	category := p.Category
	c := b.s.byCategory[category]
	c.Products = append(c.Products, id)
	b.s.byCategory[category] = c
	return ""
}

// valued fills price and fields in, or says why they cannot be used.
func (b *builder) valued(p *Product, l Listing) string {
	var err error
	if p.Open() {
		p.Cost, p.Price, err = p.Quote(l.Face.Min)
	} else {
		p.Cost, p.Price, err = b.markup.price(l.Price)
	}
	if err != nil {
		return "price"
	}
	for _, rule := range l.Fields {
		f, err := NewField(rule)
		if err != nil {
			return "field"
		}
		p.Fields = append(p.Fields, f)
	}
	return ""
}

// category is where an item belongs: suppliers that name a category alike
// share it, under the id of the one that was met first.
func (b *builder) category(supplier string, l Listing) string {
	name := oneLine(l.CategoryName)
	id := idOf(supplier, string(l.Kind)+l.CategoryID)
	if name == "" {
		name = noName
	} else if same, known := b.named[kindName{l.Kind, strings.ToLower(name)}]; known {
		return same
	}
	if _, known := b.s.byCategory[id]; !known {
		b.s.byCategory[id] = Category{ID: id, Kind: l.Kind, Name: name}
		b.order = append(b.order, id)
		b.named[kindName{l.Kind, strings.ToLower(name)}] = id
	}
	return id
}

// kindName is what makes two suppliers' categories one.
type kindName struct {
	kind order.Kind
	name string
}

// build finishes the snapshot; the builder must not be used afterwards.
func (b *builder) build() *snapshot {
	for _, id := range b.order {
		k := b.s.byCategory[id]
		b.s.categories[k.Kind] = append(b.s.categories[k.Kind], k)
	}
	for _, list := range b.s.categories {
		slices.SortStableFunc(list, func(x, y Category) int {
			return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.ID, y.ID))
		})
	}
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
