package plexy

import (
	"context"
	"maps"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// stock is what a product that is sold has: the vendor tells no number.
const stock = 10

// Why a product is not sold (Listing.Hidden).
const (
	HiddenInactive = "inactive"        // the vendor does not sell it
	HiddenPaused   = "paused"          // it was charged too high
	HiddenFields   = "fields"          // nobody said what a top-up needs
	HiddenTransfer = "direct_transfer" // never sold (plexy sheet, head)
	HiddenType     = "type"            // a type that nobody knows
	HiddenCurrency = "currency"        // not priced in dollars
	HiddenPrice    = "price"           // neither a price nor usable amounts
)

// Listing is one product as it is sold at this moment.
type Listing struct {
	Item         string
	Name         string
	CategoryID   string
	CategoryName string // "" if the vendor did not tell
	Region       string
	Description  string
	Kind         order.Kind      // KindVoucher or KindTopUp
	Price        decimal.Decimal // of a fixed amount: what one piece costs us, major units; else zero
	Rate         decimal.Decimal // of open amount: what 1.00 of it costs us; else zero
	Min          order.Money     // of open amount, both multiples of Step; else zero
	Max          order.Money
	Step         order.Money
	Currency     string
	Purse        string
	Stock        int // 0 when not sellable
	Fields       []Field
	Hidden       string // why it is not sellable, "" if it is
}

// open reports whether the buyer chooses the amount.
func (l Listing) open() bool { return l.Max > 0 }

// fits reports whether an amount is one the product comes in.
func (l Listing) fits(face order.Money) bool {
	return face >= l.Min && face <= l.Max && face > 0 && face%l.Step == 0
}

// shelf is everything that was read about products. It is never changed, only
// replaced.
type shelf struct {
	types      map[string]string // code by type id
	categories map[string]string // name by category id
	products   map[string]shelved
}

// shelved is one product as it was read.
type shelved struct {
	Product
	at time.Time
}

// Listings reads everything the vendor has at this moment, for the catalogue;
// what is not sold comes with the reason. What it read also answers Cost for
// the next minute.
func (a *Adapter) Listings(ctx context.Context) ([]Listing, error) {
	known, err := a.notes.read(ctx)
	if err != nil {
		return nil, err
	}
	types, err := a.types(ctx)
	if err != nil {
		return nil, err
	}
	next := &shelf{types: types, categories: a.categories(ctx), products: make(map[string]shelved)}
	at := a.now() // before the call: what it returns is at least this old
	products, err := a.client.Products(ctx)
	if err != nil {
		return nil, orderError("products", err)
	}
	out := make([]Listing, 0, len(products))
	for _, p := range products {
		next.products[p.ID] = shelved{Product: p, at: at}
		out = append(out, a.listing(next, p, known))
	}
	a.shelf.Store(next)
	return out, nil
}

func (a *Adapter) types(ctx context.Context) (map[string]string, error) {
	all, err := a.client.ProductTypes(ctx)
	if err != nil {
		return nil, orderError("product types", err)
	}
	types := make(map[string]string)
	for _, t := range all {
		types[t.ID] = t.Code
	}
	return types, nil
}

// categories reads the names of categories. They are words only, and their
// shape is not documented: without them everything else still works.
func (a *Adapter) categories(ctx context.Context) map[string]string {
	names := make(map[string]string)
	if last := a.shelf.Load(); last != nil {
		maps.Copy(names, last.categories)
	}
	all, err := a.client.Categories(ctx)
	if err != nil {
		return names
	}
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names
}

// listing is how a product is sold.
func (a *Adapter) listing(s *shelf, p Product, known notes) Listing {
	l := Listing{
		Item: Item(p.ID, p.Currency), Name: p.Name, CategoryID: p.CategoryID, CategoryName: s.categories[p.CategoryID],
		Region: p.Region, Description: p.Description, Currency: p.Currency, Purse: Purse(p.Currency),
	}
	priced := true
	switch s.types[p.TypeID] {
	case TypeTopUp:
		l.Kind, l.Fields = order.KindTopUp, a.fieldsOf(p)
		priced = l.amounts(p, true)
	case TypeVoucher:
		priced = l.amounts(p, false)
	}
	percent := known.percent(p.ID, a.settings.CostPercent)
	switch {
	case l.open():
		l.Rate = percent.Shift(-2)
	case priced:
		l.Price = p.Price.Mul(percent).Shift(-2)
	}
	l.Hidden = hidden(s.types[p.TypeID], p, l, priced, known)
	if l.Hidden == "" {
		l.Stock = stock
	}
	return l
}

// hidden says why a product is not sold.
func hidden(typeCode string, p Product, l Listing, priced bool, known notes) string {
	switch {
	case typeCode == TypeTransfer:
		return HiddenTransfer
	case typeCode != TypeVoucher && typeCode != TypeTopUp:
		return HiddenType
	case !p.Active:
		return HiddenInactive
	case !dollar(p.Currency):
		return HiddenCurrency
	case l.Kind == order.KindTopUp && len(l.Fields) == 0:
		return HiddenFields
	case !priced:
		return HiddenPrice
	case known.paused(p.ID) != "":
		return HiddenPaused
	default:
		return ""
	}
}

// amounts decides whether a product is of open amount, and of which; it
// reports whether the product can be priced. A top-up always says its amount,
// so one of a fixed price has that single amount.
func (l *Listing) amounts(p Product, topUp bool) bool {
	lowest, highest, step := p.Min, p.Max, p.Step
	ranged := highest.IsPositive() && lowest.LessThan(highest)
	switch {
	case ranged:
	case p.Price.IsPositive() && !topUp:
		return true
	case p.Price.IsPositive():
		lowest, highest, step = p.Price, p.Price, p.Price
	case !highest.IsPositive() || !lowest.Equal(highest):
		return false
	}
	if !step.IsPositive() {
		step = order.Cent.Decimal()
	}
	least, err1 := order.MoneyRoundedUp(lowest)
	most, err2 := order.MoneyRoundedDown(highest)
	each, err3 := order.MoneyFromDecimal(step)
	if err1 != nil || err2 != nil || err3 != nil {
		return false
	}
	least = max((least+each-1)/each*each, each)
	most = most / each * each
	if least > most {
		return false
	}
	l.Min, l.Max, l.Step = least, most, each
	return true
}

// fieldsOf are what a top-up of a product has to say, the product's own first.
func (a *Adapter) fieldsOf(p Product) []Field {
	var out []Field
	for _, f := range a.compiled(p) {
		out = append(out, f.Field)
	}
	return out
}

func (a *Adapter) compiled(p Product) []field {
	if own, ok := a.fields[p.ID]; ok {
		return own
	}
	return a.fields["category:"+p.CategoryID]
}

// Cost returns what one piece costs, rounded up, from a product and a balance
// read at most a minute ago. CodeUnknown: not sold, or not at this amount.
// CodeStock: paused, or more than stock. CodeFunds: the balance is too low.
func (a *Adapter) Cost(ctx context.Context, w order.Wanted) (order.Money, error) {
	known, err := a.notes.read(ctx)
	if err != nil {
		return 0, err
	}
	l, err := a.look(ctx, w.Item, fresh, known)
	switch {
	case err != nil:
		return 0, err
	case l.Hidden == HiddenPaused || l.Hidden == "" && w.Quantity > l.Stock:
		return 0, &order.Error{Code: order.CodeStock, Op: "plexy cost"}
	case l.Hidden != "" || l.open() && !l.fits(w.Face) || !l.open() && w.Face != 0:
		return 0, &order.Error{Code: order.CodeUnknown, Op: "plexy cost"}
	}
	price := l.Price
	if l.open() {
		price = w.Face.Decimal().Mul(l.Rate)
	}
	cost, err := order.MoneyRoundedUp(price)
	if err != nil {
		return 0, &order.Error{Code: order.CodeUnknown, Op: "plexy cost", Err: err}
	}
	left, err := a.available(ctx, l.Currency)
	if err == nil && left < cost.Times(w.Quantity) {
		err = &order.Error{Code: order.CodeFunds, Op: "plexy cost"}
	}
	if err != nil {
		return 0, err
	}
	return cost, nil
}

// look returns an item as it is sold, from a reading not older than maxAge.
// CodeUnknown: no such item, or the product is in another currency now.
func (a *Adapter) look(ctx context.Context, item string, maxAge time.Duration, known notes) (Listing, error) {
	product, _, ok := splitItem(item)
	if !ok {
		return Listing{}, &order.Error{Code: order.CodeUnknown, Op: "plexy item"}
	}
	s, err := a.shelve(ctx, product, maxAge)
	if err != nil {
		return Listing{}, err
	}
	l := a.listing(s, s.products[product].Product, known)
	if l.Item != item {
		return Listing{}, &order.Error{Code: order.CodeUnknown, Op: "plexy item: currency"}
	}
	return l, nil
}

// shelve returns a shelf with a product on it, read not longer than maxAge
// ago. One caller reads at a time; the others wait for what it brings.
func (a *Adapter) shelve(ctx context.Context, product string, maxAge time.Duration) (*shelf, error) {
	if s := a.shelf.Load(); s != nil && s.has(product, a.now(), maxAge) {
		return s, nil
	}
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, &order.Error{Code: order.CodeNotSent, Op: "plexy product", Err: ctx.Err()}
	}
	s := a.shelf.Load()
	if s != nil && s.has(product, a.now(), maxAge) {
		return s, nil
	}
	if s == nil {
		types, err := a.types(ctx)
		if err != nil {
			return nil, err
		}
		s = &shelf{types: types}
	}
	at := a.now()
	p, err := a.client.Product(ctx, product)
	if err != nil {
		return nil, orderError("product", err)
	}
	if newer := a.shelf.Load(); newer != nil {
		s = newer
	}
	s = s.with(shelved{Product: p, at: at})
	a.shelf.Store(s)
	return s, nil
}

func (s *shelf) has(product string, now time.Time, maxAge time.Duration) bool {
	p, ok := s.products[product]
	return ok && now.Sub(p.at).Abs() < maxAge
}

// with returns a shelf that has one product anew.
func (s *shelf) with(p shelved) *shelf {
	next := &shelf{types: s.types, categories: s.categories, products: maps.Clone(s.products)}
	if next.products == nil {
		next.products = make(map[string]shelved)
	}
	next.products[p.ID] = p
	return next
}
