package inventpay

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// Books is everything the vendor knows, as GET /control/vendors/inventpay shows
// it. Amounts are decimal strings.
type Books struct {
	Name        string                     `json:"name"`
	Balances    map[string]BalanceBook     `json:"balances"`  // by coin, coin units
	Unclaimed   map[string]decimal.Decimal `json:"unclaimed"` // by coin: on addresses of closed payments
	Fallen      map[string]decimal.Decimal `json:"fallen"`    // by coin: confirmed once, gone with a re-organised chain
	WebhookURL  string                     `json:"webhook_url"`
	Payments    []PaymentBook              `json:"payments"` // oldest first
	Withdrawals []WithdrawalBook           `json:"withdrawals"`
	Webhooks    []kit.Delivery             `json:"webhooks"`
}

// BalanceBook is the merchant's money in one coin.
type BalanceBook struct {
	Earned    decimal.Decimal `json:"earned"` // after fees
	Withdrawn decimal.Decimal `json:"withdrawn"`
	Locked    decimal.Decimal `json:"locked"` // by withdrawals under way
	Available decimal.Decimal `json:"available"`
	Fees      decimal.Decimal `json:"fees"` // kept by the vendor
}

// PaymentBook is one invoice or payment with the coins received for it. Base
// amounts are in BaseCurrency, all others in units of Coin.
type PaymentBook struct {
	PaymentID           string          `json:"payment_id"`
	OrderID             string          `json:"order_id"`
	Description         string          `json:"description"`
	Status              string          `json:"status"`
	BaseAmount          decimal.Decimal `json:"base_amount"`
	BaseCurrency        string          `json:"base_currency"`
	Choice              bool            `json:"choice"` // the buyer picks the coin
	Coin                string          `json:"coin"`   // empty until picked
	Address             string          `json:"address"`
	Required            decimal.Decimal `json:"required"`
	Confirming          decimal.Decimal `json:"confirming"`
	Confirmed           decimal.Decimal `json:"confirmed"`
	Unclaimed           decimal.Decimal `json:"unclaimed"`
	Remaining           decimal.Decimal `json:"remaining"` // negative when overpaid
	Fee                 decimal.Decimal `json:"fee"`
	Settled             decimal.Decimal `json:"settled"`
	Confirmations       int             `json:"confirmations"`
	ConfirmationsNeeded int             `json:"confirmations_needed"`
	WasUnderpaid        bool            `json:"was_underpaid"`
	CallbackURL         string          `json:"callback_url"`
	InvoiceURL          string          `json:"invoice_url"`
	CreatedAt           time.Time       `json:"created_at"`
	ExpiresAt           time.Time       `json:"expires_at"`
	CompletedAt         time.Time       `json:"completed_at,omitzero"`
	Rates               []Rate          `json:"rates"`
	Transfers           []TransferBook  `json:"transfers"`
}

// InBase converts an amount of the payment's coin at its locked rate, rounded
// to the cents of the price; zero until a coin is picked.
func (b PaymentBook) InBase(amount decimal.Decimal) decimal.Decimal {
	if !b.Required.IsPositive() {
		return decimal.Zero
	}
	return amount.Mul(b.BaseAmount).DivRound(b.Required, baseCurrencies()[b.BaseCurrency])
}

// TransferBook is one transfer of coins somebody made.
type TransferBook struct {
	Hash   string          `json:"hash"`
	Amount decimal.Decimal `json:"amount"` // coin units, less what has fallen
	Fallen decimal.Decimal `json:"fallen"`
	State  string          `json:"state"` // confirming, confirmed, unclaimed or fallen (all of it)
	At     time.Time       `json:"at"`
}

// WithdrawalBook is one payout.
type WithdrawalBook struct {
	WithdrawalID string          `json:"withdrawal_id"`
	Coin         string          `json:"coin"`
	Amount       decimal.Decimal `json:"amount"` // taken from the balance
	Fee          decimal.Decimal `json:"fee"`
	Net          decimal.Decimal `json:"net"`     // amount - fee, whatever became of it
	Arrived      decimal.Decimal `json:"arrived"` // at the address: nothing until completed
	Address      string          `json:"address"`
	Description  string          `json:"description"`
	Status       string          `json:"status"`
	Held         bool            `json:"held"` // waits for an approval
	Hash         string          `json:"hash"` // of the transaction, once completed
	Reason       string          `json:"reason"`
	CreatedAt    time.Time       `json:"created_at"`
	EndedAt      time.Time       `json:"ended_at,omitzero"`
}

func (t *transfer) book() TransferBook {
	return TransferBook{Hash: t.hash, Amount: t.amount, Fallen: t.fallen, State: t.state, At: t.at}
}

func (w *withdrawal) book() WithdrawalBook {
	b := WithdrawalBook{
		WithdrawalID: w.id, Coin: w.coin.Code, Amount: w.amount, Fee: w.fee, Net: w.amount.Sub(w.fee),
		Address: w.address, Description: w.description, Status: w.status, Held: w.held, CreatedAt: w.createdAt,
		Hash: w.hash, Reason: w.reason, EndedAt: w.processedAt,
	}
	if w.status == statusCompleted {
		b.Arrived = b.Net
	}
	return b
}

func (v *Vendor) book(p *payment) PaymentBook {
	now := v.cfg.Now()
	b := PaymentBook{
		PaymentID: p.id, OrderID: p.orderID, Description: p.description, Status: p.live(now),
		BaseAmount: p.base, BaseCurrency: p.baseCurrency, Choice: p.choice, Coin: p.coin.Code, Address: p.address, Required: p.required,
		Confirming: p.sum(Confirming), Confirmed: p.sum(Confirmed), Unclaimed: p.sum(Unclaimed), Remaining: p.remaining(),
		Fee: p.fee, Settled: p.settled, Confirmations: p.confirmations(now), ConfirmationsNeeded: p.coin.Confirmations,
		WasUnderpaid: p.underpaid, CallbackURL: p.callback, InvoiceURL: v.invoiceURL(p),
		CreatedAt: p.createdAt, ExpiresAt: p.expiresAt, CompletedAt: p.completedAt,
		Rates: slices.Clone(p.rates), Transfers: []TransferBook{},
	}
	for _, t := range p.transfers {
		b.Transfers = append(b.Transfers, t.book())
	}
	return b
}

// Payment returns one payment's book, brought up to the present; false if unknown.
func (v *Vendor) Payment(id string) (PaymentBook, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return PaymentBook{}, false
	}
	v.settle(p, v.cfg.Now())
	return v.book(p), true
}

// Books returns a copy of everything, brought up to the present.
func (v *Vendor) Books() Books {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	b := Books{
		Name: "inventpay", WebhookURL: v.out.URL(), Balances: map[string]BalanceBook{}, Unclaimed: map[string]decimal.Decimal{}, Fallen: map[string]decimal.Decimal{},
		Payments: []PaymentBook{}, Withdrawals: []WithdrawalBook{}, Webhooks: v.webhooksLocked(),
	}
	for _, p := range v.payments {
		b.Payments = append(b.Payments, v.book(p))
		if lost := p.sum(Unclaimed); lost.IsPositive() {
			b.Unclaimed[p.coin.Code] = b.Unclaimed[p.coin.Code].Add(lost)
		}
		for _, t := range p.transfers {
			b.Fallen[p.coin.Code] = b.Fallen[p.coin.Code].Add(t.fallen)
		}
	}
	for _, w := range v.withdrawals {
		b.Withdrawals = append(b.Withdrawals, w.book())
	}
	for code, a := range v.accounts {
		b.Balances[code] = BalanceBook{Earned: a.earned, Withdrawn: a.withdrawn, Locked: a.locked, Available: a.available(), Fees: a.fees}
	}
	return b
}

// webhooksLocked lists both outboxes by age, events under their plain names.
func (v *Vendor) webhooksLocked() []kit.Delivery {
	all := append(v.out.Deliveries(), v.direct.Deliveries()...)
	for i := range all {
		all[i].Event, _, _ = strings.Cut(all[i].Event, " ")
	}
	slices.SortStableFunc(all, func(a, b kit.Delivery) int { return a.QueuedAt.Compare(b.QueuedAt) })
	return all
}
