package catalog

import (
	"context"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// Product is one thing for sale at a fixed price per piece.
type Product struct {
	ID       string // "<supplier>:<item>", stable, at most 40 bytes: it travels in buttons
	Supplier string
	Item     string      // the supplier's id
	Category string      // category id
	Name     string      // within its category: "60 UC"
	Title    string      // on its own: "PUBG Mobile 60 UC"
	Cost     order.Money // what the supplier asks for one piece, rounded up
	Price    order.Money // what the buyer pays for one piece
	Stock    int         // pieces the supplier had at the last look
}

// Category groups products. Products are sorted as the supplier lists them.
type Category struct {
	ID       string
	Name     string
	Products []string // product ids
}

// Snapshot is the whole catalogue at one moment, immutable and in memory.
type Snapshot interface {
	// Categories with at least one visible product, in display order.
	Categories() []Category
	Category(id string) (Category, bool)
	Product(id string) (Product, bool)
	// ReadAt is when the supplier was last read successfully, 0 if never.
	ReadAt() order.Stamp
}

// Source is a supplier's side of the catalogue.
type Source interface {
	// Name is the provider name: "infinivoucher".
	Name() string
	// Read returns everything the supplier sells at this moment. A currency
	// other than USD, USDT or USDC hides the item.
	Read(ctx context.Context) ([]Listing, error)
	// Balance returns what the shop can still spend there.
	Balance(ctx context.Context) (order.Money, error)
}

// Listing is one item as its supplier sells it.
type Listing struct {
	Item         string
	Name         string
	CategoryID   string
	CategoryName string
	Price        decimal.Decimal // major units
	Currency     string
	Stock        int // 0 when not sellable
}
