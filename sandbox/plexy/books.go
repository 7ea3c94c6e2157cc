package plexy

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Books is everything the vendor knows, as GET /control/vendors/plexy shows it.
// Money is in major units of the currency beside it, as decimal strings.
type Books struct {
	Name      string                     `json:"name"`
	Balances  map[string]decimal.Decimal `json:"balances"` // available, by currency
	Totals    Totals                     `json:"totals"`
	Products  []Product                  `json:"products"`
	Orders    []OrderBook                `json:"orders"`   // oldest first
	TopUps    []TopUp                    `json:"top_ups"`  // oldest first
	Accounts  []AccountBook              `json:"accounts"` // by product, then account
	Deposits  []DepositBook              `json:"deposits"` // oldest first
	Movements []Movement                 `json:"movements"`
}

// Totals sums up all orders; test orders count in TestOrders alone.
type Totals struct {
	Orders     int                        `json:"orders"`
	TestOrders int                        `json:"test_orders"`
	Pending    int                        `json:"pending"`
	Codes      int                        `json:"codes"`   // vouchers completed with content
	TopUps     int                        `json:"top_ups"` // accounts paid into, every time counts
	Spent      map[string]decimal.Decimal `json:"spent"`   // reserved less returned, by currency
}

// OrderBook is one order with the goods it handed out.
type OrderBook struct {
	ID             string            `json:"id"`
	IdempotencyKey string            `json:"idempotency_key"`
	ExternalRef    string            `json:"external_ref"`
	ProductID      int64             `json:"product_id"`
	ProductName    string            `json:"product_name"`
	Type           string            `json:"type"`
	Account        map[string]string `json:"account"` // of a top-up
	Amount         decimal.Decimal   `json:"amount"`  // face value
	Charged        decimal.Decimal   `json:"charged"` // with Plexy's margin; 0 for a test order
	Returned       bool              `json:"returned"`
	Currency       string            `json:"currency"`
	Status         string            `json:"status"` // as the answers show it
	Test           bool              `json:"test"`
	Content        map[string]string `json:"content"` // order_content: the codes of a completed voucher
	CreatedAt      time.Time         `json:"created_at"`
}

// TopUp is one payment into an account. A completed order makes exactly one.
type TopUp struct {
	OrderID   string            `json:"order_id"`
	ProductID int64             `json:"product_id"`
	Account   map[string]string `json:"account"`
	Amount    decimal.Decimal   `json:"amount"`
	Currency  string            `json:"currency"`
	At        time.Time         `json:"at"`
}

// AccountBook is what one account received for one product.
type AccountBook struct {
	ProductID int64             `json:"product_id"`
	Account   map[string]string `json:"account"`
	Times     int               `json:"times"`
	Amount    decimal.Decimal   `json:"amount"`
	Currency  string            `json:"currency"`
}

// DepositBook is one deposit.
type DepositBook struct {
	ID       int             `json:"id"`
	Currency string          `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
	Status   string          `json:"status"` // posted or pending
}

func (v *Vendor) bookOf(o *order) OrderBook {
	b := OrderBook{
		ID: o.id, IdempotencyKey: o.key, ProductID: o.product.ID, ProductName: o.product.Name, Type: o.product.Type,
		Account: maps.Clone(o.account), Amount: o.face, Charged: o.charged, Returned: o.returned, Currency: o.product.Currency,
		Status: v.shown(o), Test: o.test, Content: maps.Clone(o.content), CreatedAt: o.createdAt,
	}
	if o.ref != nil {
		b.ExternalRef = *o.ref
	}
	return b
}

// add counts one order.
func (t *Totals) add(o *order) {
	if o.test {
		t.TestOrders++
		return
	}
	t.Orders++
	switch {
	case o.status == statusPending:
		t.Pending++
	case o.status == statusCompleted && o.product.Type == RedeemCard && len(o.content) > 0:
		t.Codes++
	}
	if !o.returned {
		t.Spent[o.product.Currency] = t.Spent[o.product.Currency].Add(o.charged)
	}
}

// Books returns a copy of everything, brought up to the present.
func (v *Vendor) Books() Books {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	b := Books{
		Name: "plexy", Balances: map[string]decimal.Decimal{}, Products: []Product{}, Orders: []OrderBook{}, Deposits: []DepositBook{},
		TopUps: []TopUp{}, Accounts: accounts(v.topUps), Movements: append([]Movement{}, v.moves...),
		Totals: Totals{TopUps: len(v.topUps), Spent: map[string]decimal.Decimal{}},
	}
	for currency, w := range v.wallets {
		b.Balances[currency] = w.available
	}
	for _, p := range v.products {
		b.Products = append(b.Products, *p)
	}
	for _, o := range v.orders {
		b.Orders = append(b.Orders, v.bookOf(o))
		b.Totals.add(o)
	}
	for _, t := range v.topUps {
		t.Account = maps.Clone(t.Account)
		b.TopUps = append(b.TopUps, t)
	}
	for _, d := range v.deposits {
		b.Deposits = append(b.Deposits, DepositBook{ID: d.id, Currency: d.currency, Amount: d.amount, Status: d.status()})
	}
	return b
}

// accounts sums the top-ups up, by product and account.
func accounts(topUps []TopUp) []AccountBook {
	sums := map[string]*AccountBook{}
	for _, t := range topUps {
		var name strings.Builder
		fmt.Fprintf(&name, "%012d", t.ProductID)
		for _, field := range sortedKeys(t.Account) {
			fmt.Fprintf(&name, " %q=%q", field, t.Account[field])
		}
		sum := sums[name.String()]
		if sum == nil {
			sum = &AccountBook{ProductID: t.ProductID, Account: maps.Clone(t.Account), Currency: t.Currency}
			sums[name.String()] = sum
		}
		sum.Times, sum.Amount = sum.Times+1, sum.Amount.Add(t.Amount)
	}
	out := []AccountBook{}
	for _, name := range sortedKeys(sums) {
		out = append(out, *sums[name])
	}
	return out
}
