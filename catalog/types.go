package catalog

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// Product is one thing for sale: at a fixed price per piece, or of any amount
// the buyer chooses (Open).
type Product struct {
	ID       string // "<supplier>:<item>", stable, at most 40 bytes: it travels in buttons
	Supplier string
	Item     string      // the supplier's id
	Category string      // category id
	Kind     order.Kind  // voucher, top-up or gift card
	Name     string      // within its category: "60 UC"
	Title    string      // on its own: "PUBG Mobile 60 UC"
	About    string      // what the supplier says about it, may be empty
	Region   string      // where it works, "" for everywhere
	Cost     order.Money // what the supplier asks for one piece, rounded up; of an open one, for its least amount
	Price    order.Money // what the buyer pays for one piece; of an open one, for its least amount
	Stock    int         // pieces that can be bought at this moment
	Counted  bool        // Stock is what the supplier has, not only what one order may hold
	Face     Face        // amounts of an open product
	Fields   []Field     // what the buyer has to type for it
	Purse    string      // the account at the supplier that pays
	Usual    time.Duration
	Fee      string // fee level of a network: low, medium, high; "" for others

	// What Quote goes by, of an open product.
	Rate   decimal.Decimal // cost per 1.00 of the amount
	Extra  order.Money     // cost per piece besides
	Markup Markup
}

// Face are the amounts an open product comes in, in USD per piece. All zero:
// the product has a fixed price.
type Face struct {
	Min, Max, Step order.Money
	Presets        []order.Money
}

// Field is something a buyer has to type for a product.
type Field struct {
	Key     string // the supplier's name for it
	Label   string // text, or a locale key
	Example string
	format  matcher
}

// Category groups products. Products are sorted as the supplier lists them.
type Category struct {
	ID       string
	Kind     order.Kind
	Name     string
	Products []string // product ids
}

// Snapshot is the whole catalogue at one moment, immutable and in memory.
type Snapshot interface {
	// Categories of one kind with at least one visible product, in display
	// order.
	Categories(kind order.Kind) []Category
	Category(id string) (Category, bool)
	Product(id string) (Product, bool)
	// ReadAt is when the supplier read least recently was read, 0 if none was.
	ReadAt() order.Stamp
}

// Source is a supplier's side of the catalogue.
type Source interface {
	// Name is the provider name: "infinivoucher".
	Name() string
	// Read returns everything the supplier sells at this moment. A currency
	// other than USD, USDT or USDC hides the item.
	Read(ctx context.Context) ([]Listing, error)
	// Balances returns what the shop can still spend there, by purse; with an
	// error, what could be read all the same.
	Balances(ctx context.Context) (map[string]order.Money, error)
}

// Listing is one item as its supplier sells it.
type Listing struct {
	Item         string
	Kind         order.Kind
	Name         string
	Whole        bool // the name says it all: it stands without its category
	About        string
	Region       string
	CategoryID   string
	CategoryName string
	Currency     string
	Stock        int // 0 when not sellable
	Counted      bool
	Price        decimal.Decimal // of one piece, major units; open products have Rate and Face
	Rate         decimal.Decimal // cost per 1.00 of an open product's amount
	Extra        order.Money     // cost per piece besides, of an open product
	Face         Face
	Fields       []FieldRule
	Purse        string // "" for the supplier's only account
	Usual        time.Duration
	Fee          string
}

// FieldRule is a field as settings name it. Format is a regular expression the
// whole value has to match, "" for any.
type FieldRule struct {
	Key, Label, Format, Example string
}
