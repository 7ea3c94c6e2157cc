package infinivoucher

import (
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// Transaction is one movement of the wallet, in USDT.
type Transaction struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"` // PURCHASE, TOPUP, REFUND or ADJUSTMENT
	Amount       decimal.Decimal `json:"amount"`
	BalanceAfter decimal.Decimal `json:"balanceAfter"`
	OrderID      string          `json:"orderId,omitempty"`
	CreatedAt    string          `json:"createdAt"`
}

// book moves the wallet; the lock is held.
func (v *Vendor) book(kind string, amount decimal.Decimal, orderID string) {
	v.balance = v.balance.Add(amount)
	v.moves = append(v.moves, Transaction{
		ID: cuid(v.cfg.NewID()), Type: kind, Amount: amount, BalanceAfter: v.balance,
		OrderID: orderID, CreatedAt: stamp(v.cfg.Now()),
	})
}

// Books is everything the vendor knows, as GET /control/vendors/infinivoucher
// shows it. Money is in USDT, as decimal strings.
type Books struct {
	Name       string         `json:"name"`
	Wallet     WalletBook     `json:"wallet"`
	Totals     Totals         `json:"totals"`
	WebhookURL string         `json:"webhook_url"`
	Products   []Product      `json:"products"`
	Orders     []OrderBook    `json:"orders"` // oldest first
	Webhooks   []kit.Delivery `json:"webhooks"`
}

// WalletBook is the store's wallet.
type WalletBook struct {
	Balance      decimal.Decimal `json:"balance"`
	Currency     string          `json:"currency"`
	Status       string          `json:"status"` // ACTIVE or FROZEN
	Transactions []Transaction   `json:"transactions"`
}

// Totals sums up all orders.
type Totals struct {
	Orders int             `json:"orders"`
	Codes  int             `json:"codes"` // handed out
	Spent  decimal.Decimal `json:"spent"` // debited less refunded
}

// OrderBook is one order with the goods it handed out.
type OrderBook struct {
	ID             string          `json:"id"`
	IdempotencyKey string          `json:"idempotency_key"`
	ProductID      string          `json:"product_id"`
	ProductName    string          `json:"product_name"`
	Quantity       int             `json:"quantity"`
	UnitPrice      decimal.Decimal `json:"unit_price"`
	TotalAmount    decimal.Decimal `json:"total_amount"`
	Currency       string          `json:"currency"`
	Status         string          `json:"status"`
	Codes          []string        `json:"codes"`
	CreatedAt      time.Time       `json:"created_at"`
}

func (o *order) book() OrderBook {
	return OrderBook{
		ID: o.id, IdempotencyKey: o.key, ProductID: o.productID, ProductName: o.productName, Quantity: o.quantity,
		UnitPrice: o.unitPrice, TotalAmount: o.total, Currency: currency, Status: o.status,
		Codes: append([]string{}, o.codes...), CreatedAt: o.createdAt,
	}
}

// Books returns a copy of everything, brought up to the present.
func (v *Vendor) Books() Books {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	b := Books{
		Name: "infinivoucher", WebhookURL: v.out.URL(), Products: []Product{}, Orders: []OrderBook{}, Webhooks: v.out.Deliveries(),
		Wallet: WalletBook{Balance: v.balance, Currency: currency, Status: "ACTIVE", Transactions: append([]Transaction{}, v.moves...)},
	}
	if v.frozen {
		b.Wallet.Status = "FROZEN"
	}
	for _, p := range v.products {
		b.Products = append(b.Products, *p)
	}
	for _, o := range v.orders {
		b.Orders = append(b.Orders, o.book())
		b.Totals.Codes += len(o.codes)
	}
	b.Totals.Orders = len(v.orders)
	for _, m := range v.moves {
		if m.Type == "PURCHASE" || m.Type == "REFUND" {
			b.Totals.Spent = b.Totals.Spent.Sub(m.Amount)
		}
	}
	return b
}
