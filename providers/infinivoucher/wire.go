package infinivoucher

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

// The status words (infinivoucher sheet §4). Any other word counts as
// StatusPending and raises MismatchStatus.
const (
	StatusCompleted = "COMPLETED"
	StatusPending   = "PENDING"
	StatusFailed    = "FAILED"

	inStock     = "IN_STOCK"
	buyRoute    = "POST /orders/buy"
	maxQuantity = 100
	maxItem     = 100 // bytes of a product id
)

// Health is the vendor's own word on itself.
type Health struct {
	Status    string    `json:"status"` // "healthy"
	Version   string    `json:"version"`
	Timestamp time.Time `json:"timestamp"`
}

// Category groups products.
type Category struct {
	ID       string
	Name     string
	Products []Product
}

// Product is one voucher for sale. Stock is 0 unless it says IN_STOCK.
type Product struct {
	ID       string
	Name     string
	Price    decimal.Decimal // major units of Currency
	Currency string
	Stock    int
}

// Wallet is the shop's balance at the vendor.
type Wallet struct {
	Balance  decimal.Decimal // major units of Currency
	Currency string
	Status   string // ACTIVE
}

// Purchase is everything a purchase is made from. The same fields always
// encode to the same bytes.
type Purchase struct {
	Key       string // UUID, Idempotency-Key
	ProductID string
	Quantity  int // 1 to 100
}

// encode checks the fields and returns the body.
func (p Purchase) encode() ([]byte, error) {
	switch {
	case len(p.Key) != 36 || uuid.Validate(p.Key) != nil:
		return nil, refused(buyRoute, "key is not a UUID")
	case p.ProductID == "" || len(p.ProductID) > maxItem:
		return nil, refused(buyRoute, "product id is missing or too long")
	case p.Quantity < 1 || p.Quantity > maxQuantity:
		return nil, refused(buyRoute, "quantity is not 1 to 100")
	}
	body, err := json.Marshal(struct {
		ProductID string `json:"product_id"`
		Quantity  int    `json:"quantity"`
	}{p.ProductID, p.Quantity})
	if err != nil {
		return nil, refused(buyRoute, "cannot be encoded")
	}
	return body, nil
}

// Order is one purchase as the vendor keeps it. Amounts are major units.
type Order struct {
	ID          string
	ProductID   string
	ProductName string
	Quantity    int
	UnitPrice   decimal.Decimal
	Total       decimal.Decimal
	Told        bool // Total was told
	Currency    string
	Status      string
	CreatedAt   time.Time // zero in the answer to Buy
}

// Receipt is an order with its codes, and what it did to the wallet if the
// answer says so.
type Receipt struct {
	Order    Order
	Codes    []Secret // by index
	Deducted decimal.Decimal
	Wallet   bool // Deducted was told
}

type wirePagination struct {
	TotalPages int `json:"totalPages"`
}

type wireProduct struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Price    rest.Amount `json:"price"`
	Currency string      `json:"currency"`
	Status   string      `json:"stockStatus"`
	Quantity int         `json:"availableQuantity"`
}

type wireCategory struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Products []wireProduct `json:"products"`
}

type wireProducts struct {
	Categories *[]wireCategory `json:"categories"`
	Pagination wirePagination  `json:"pagination"`
}

// valid keeps an unexpected answer from reading as an empty shop.
func (w wireProducts) valid() error {
	if w.Categories == nil {
		return &rest.FieldError{Field: "categories", Rule: "is missing"}
	}
	return nil
}

func (p wireProduct) product() Product {
	out := Product{ID: p.ID, Name: p.Name, Price: p.Price.Decimal, Currency: p.Currency}
	if p.Status == inStock && p.Price.Set && p.Price.IsPositive() {
		out.Stock = max(0, p.Quantity)
	}
	return out
}

// catalogue merges pages: a category may be split over several (sheet §3),
// and a product may be seen twice when stock moves between two pages.
type catalogue struct{ categories []Category }

func (all *catalogue) merge(page []wireCategory) {
	for _, c := range page {
		i := slices.IndexFunc(all.categories, func(known Category) bool { return known.ID == c.ID })
		if i < 0 {
			i = len(all.categories)
			all.categories = append(all.categories, Category{ID: c.ID, Name: c.Name})
		}
		for _, p := range c.Products {
			all.categories[i].put(p.product())
		}
	}
}

// put adds a product, or replaces what an earlier page said about it.
func (c *Category) put(p Product) {
	if p.ID == "" {
		return
	}
	if i := slices.IndexFunc(c.Products, func(known Product) bool { return known.ID == p.ID }); i >= 0 {
		c.Products[i] = p
		return
	}
	c.Products = append(c.Products, p)
}

type wireWallet struct {
	Wallet struct {
		Balance  rest.Amount `json:"balance"`
		Currency string      `json:"currency"`
		Status   string      `json:"status"`
	} `json:"wallet"`
	Transactions []json.RawMessage `json:"transactions"`
}

func (w wireWallet) valid() error {
	if !w.Wallet.Balance.Set || w.Wallet.Currency == "" {
		return &rest.FieldError{Field: "wallet", Rule: "has no balance or currency"}
	}
	return nil
}

func (w wireWallet) wallet() Wallet {
	return Wallet{Balance: w.Wallet.Balance.Decimal, Currency: w.Wallet.Currency, Status: w.Wallet.Status}
}

type wireOrder struct {
	ID          string      `json:"id"`
	ProductID   string      `json:"productId"`
	ProductName string      `json:"productName"`
	Quantity    int         `json:"quantity"`
	UnitPrice   rest.Amount `json:"unitPrice"`
	Total       rest.Amount `json:"totalAmount"`
	Currency    string      `json:"currency"`
	Status      string      `json:"status"`
	CreatedAt   string      `json:"createdAt"`
}

// order translates. A time that cannot be read is no time: it only sorts.
func (o wireOrder) order() Order {
	created, _ := time.Parse(time.RFC3339, o.CreatedAt)
	return Order{
		ID: o.ID, ProductID: o.ProductID, ProductName: o.ProductName, Quantity: o.Quantity,
		UnitPrice: o.UnitPrice.Decimal, Total: o.Total.Decimal, Told: o.Total.Set, Currency: o.Currency, Status: o.Status, CreatedAt: created,
	}
}

// wireOrders accepts both usual names of the list: the sheet shows its items
// only. An answer with neither must not read as "no orders", and one that does
// not say how many pages there are not as all of them.
type wireOrders struct {
	Orders     *[]wireOrder   `json:"orders"`
	Items      *[]wireOrder   `json:"items"`
	Pagination wirePagination `json:"pagination"`
}

func (w wireOrders) valid() error {
	if w.Orders == nil && w.Items == nil {
		return &rest.FieldError{Field: "orders", Rule: "is missing"}
	}
	if len(w.all()) > 0 && w.Pagination.TotalPages < 1 {
		return &rest.FieldError{Field: "pagination.totalPages", Rule: "is missing"}
	}
	return nil
}

func (w wireOrders) all() []wireOrder {
	if w.Orders != nil {
		return *w.Orders
	}
	return *w.Items
}

type wireCode struct {
	Index int    `json:"index"`
	Code  Secret `json:"code"`
}

type wireReceipt struct {
	Order  wireOrder  `json:"order"`
	Codes  []wireCode `json:"codes"`
	Wallet struct {
		Deducted rest.Amount `json:"deducted"`
	} `json:"wallet"`
}

func (w wireReceipt) valid() error {
	if w.Order.ID == "" {
		return &rest.FieldError{Field: "order.id", Rule: "is missing"}
	}
	return nil
}

func (w wireReceipt) receipt() Receipt {
	codes := slices.Clone(w.Codes)
	slices.SortStableFunc(codes, func(a, b wireCode) int { return cmp.Compare(a.Index, b.Index) })
	out := Receipt{Order: w.Order.order(), Deducted: w.Wallet.Deducted.Decimal, Wallet: w.Wallet.Deducted.Set}
	for _, c := range codes {
		out.Codes = append(out.Codes, c.Code)
	}
	return out
}

// data decodes the envelope of a success (sheet §2) into a shape. Unknown
// fields are accepted; a missing "success" or "data" is not.
func data(into any) func(rest.Response) error {
	return func(r rest.Response) error {
		var envelope struct {
			Success bool            `json:"success"`
			Data    json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(r.Body, &envelope); err != nil {
			return err
		}
		if !envelope.Success || len(envelope.Data) == 0 || bytes.Equal(envelope.Data, []byte("null")) {
			return &rest.FieldError{Field: "success, data", Rule: "missing"}
		}
		if err := json.Unmarshal(envelope.Data, into); err != nil {
			return err
		}
		if v, ok := into.(interface{ valid() error }); ok {
			return v.valid()
		}
		return nil
	}
}
