package infini

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// Books is everything the vendor knows, as GET /control/vendors/infini shows
// it. Amounts are decimal strings in the order's currency.
type Books struct {
	Name       string                     `json:"name"`
	Settled    map[string]decimal.Decimal `json:"settled"`    // confirmed money per order currency, less returned surplus
	Confirming map[string]decimal.Decimal `json:"confirming"` // seen, not final
	Unclaimed  map[string]decimal.Decimal `json:"unclaimed"`  // later than 24 h after expiry
	Fallen     map[string]decimal.Decimal `json:"fallen"`     // confirmed once, gone with a re-organised chain
	Returned   map[string]decimal.Decimal `json:"returned"`   // surplus that payers claimed back
	WebhookURL string                     `json:"webhook_url"`
	Orders     []OrderBook                `json:"orders"` // oldest first
	Webhooks   []kit.Delivery             `json:"webhooks"`

	Available     decimal.Decimal    `json:"available"`   // stablecoin that can be withdrawn
	Withdrawals   []WithdrawalBook   `json:"withdrawals"` // oldest first
	Subscriptions []SubscriptionBook `json:"subscriptions"`
}

// WithdrawalBook is one payout.
type WithdrawalBook struct {
	RequestID       string          `json:"request_id"`
	Status          string          `json:"status"`
	Chain           string          `json:"chain"`
	TokenType       string          `json:"token_type"`
	WalletAddress   string          `json:"wallet_address"`
	Note            string          `json:"note"`
	Amount          decimal.Decimal `json:"amount"`
	Fee             decimal.Decimal `json:"fee"`
	ActualAmount    decimal.Decimal `json:"actual_amount"` // amount - fee, whatever became of it
	Arrived         decimal.Decimal `json:"arrived"`       // at the address: nothing until completed
	TransactionHash string          `json:"transaction_hash"`
	CreatedAt       time.Time       `json:"created_at"`
	EndedAt         time.Time       `json:"ended_at,omitzero"`
}

// SubscriptionBook is one subscription.
type SubscriptionBook struct {
	SubscriptionID string          `json:"subscription_id"`
	MerchantSubID  string          `json:"merchant_sub_id"`
	PlanName       string          `json:"plan_name"`
	Status         string          `json:"status"`
	Currency       string          `json:"currency"`
	FirstAmount    decimal.Decimal `json:"first_amount"`
	Amount         decimal.Decimal `json:"amount"`
	PayerEmail     string          `json:"payer_email"`
	DueDays        int             `json:"invoice_due_days"`
	CanceledURL    string          `json:"canceled_url"`
	CancelReason   string          `json:"cancel_reason"`
	PeriodStart    time.Time       `json:"current_period_start,omitzero"`
	PeriodEnd      time.Time       `json:"current_period_end,omitzero"`
	CreatedAt      time.Time       `json:"created_at"`
}

// OrderBook is one order with the money received for it.
type OrderBook struct {
	OrderID          string          `json:"order_id"`
	RequestID        string          `json:"request_id"`
	ClientReference  string          `json:"client_reference"`
	Description      string          `json:"order_desc"`
	MerchantAlias    string          `json:"merchant_alias"`
	Status           string          `json:"status"`
	Amount           decimal.Decimal `json:"amount"`
	Currency         string          `json:"currency"`
	AmountConfirming decimal.Decimal `json:"amount_confirming"`
	AmountConfirmed  decimal.Decimal `json:"amount_confirmed"`
	Remaining        decimal.Decimal `json:"remaining"`        // negative when overpaid
	Returned         decimal.Decimal `json:"surplus_returned"` // claimed back by the payer, still in amount_confirmed
	ExceptionTags    []string        `json:"exception_tags"`
	PayMethods       []int           `json:"pay_methods"`
	CheckoutURL      string          `json:"checkout_url"`
	SuccessURL       string          `json:"success_url"`
	FailureURL       string          `json:"failure_url"`
	CreatedAt        time.Time       `json:"created_at"`
	ExpiresAt        time.Time       `json:"expires_at"`
	Payments         []PaymentBook   `json:"payments"`
}

// PaymentBook is one payment somebody made.
type PaymentBook struct {
	PaymentID string          `json:"payment_id"`
	Amount    decimal.Decimal `json:"amount"` // less what has fallen
	Fallen    decimal.Decimal `json:"fallen"`
	Currency  string          `json:"currency"`
	Method    int             `json:"method"`
	State     string          `json:"state"` // confirming, confirmed, unclaimed or fallen (all of it)
	At        time.Time       `json:"at"`
}

func (p *payment) book() PaymentBook {
	return PaymentBook{PaymentID: p.id, Amount: p.amount, Fallen: p.fallen, Currency: p.currency, Method: p.method, State: p.state, At: p.at}
}

func (w *withdrawal) book() WithdrawalBook {
	b := WithdrawalBook{
		RequestID: w.id, Status: w.status, Chain: w.chain, TokenType: w.token, WalletAddress: w.address, Note: w.note,
		Amount: w.amount, Fee: w.fee, ActualAmount: w.amount.Sub(w.fee), TransactionHash: w.hash,
		CreatedAt: w.createdAt, EndedAt: w.endedAt,
	}
	if w.status == outCompleted {
		b.Arrived = b.ActualAmount
	}
	return b
}

func (s *subscription) book() SubscriptionBook {
	return SubscriptionBook{
		SubscriptionID: s.id, MerchantSubID: s.merchantID, PlanName: s.plan, Status: s.status, Currency: s.currency,
		FirstAmount: s.firstAmount, Amount: s.amount, PayerEmail: s.email, DueDays: s.dueDays, CanceledURL: s.canceledURL,
		CancelReason: s.cancelReason, PeriodStart: s.periodStart, PeriodEnd: s.periodEnd, CreatedAt: s.createdAt,
	}
}

func (v *Vendor) book(o *order) OrderBook {
	b := OrderBook{
		OrderID: o.id, RequestID: o.requestID, ClientReference: o.reference,
		Description: o.description, MerchantAlias: o.alias, Status: o.status,
		Amount: o.amount, Currency: o.currency,
		AmountConfirming: o.sum(Confirming), AmountConfirmed: o.sum(Confirmed), Remaining: o.remaining(), Returned: o.returned,
		ExceptionTags: append([]string{}, o.tags...), PayMethods: slices.Clone(o.methods),
		CheckoutURL: v.checkoutURL(o), SuccessURL: o.successURL, FailureURL: o.failureURL,
		CreatedAt: o.createdAt, ExpiresAt: o.expiresAt, Payments: []PaymentBook{},
	}
	for _, p := range o.payments {
		b.Payments = append(b.Payments, p.book())
	}
	return b
}

// Order returns one order's book, brought up to the present; false if unknown.
func (v *Vendor) Order(id string) (OrderBook, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[id]
	if o == nil {
		return OrderBook{}, false
	}
	v.settle(o, v.nowLocked())
	return v.book(o), true
}

// Books returns a copy of everything, brought up to the present.
func (v *Vendor) Books() Books {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	b := Books{
		Name: "infini", WebhookURL: v.out.URL(), Orders: []OrderBook{}, Webhooks: v.out.Deliveries(),
		Available: v.balance(), Withdrawals: []WithdrawalBook{}, Subscriptions: []SubscriptionBook{},
		Settled: map[string]decimal.Decimal{}, Confirming: map[string]decimal.Decimal{}, Unclaimed: map[string]decimal.Decimal{},
		Fallen: map[string]decimal.Decimal{}, Returned: map[string]decimal.Decimal{},
	}
	for _, o := range v.orders {
		b.Orders = append(b.Orders, v.book(o))
		b.Settled[o.currency] = b.Settled[o.currency].Add(o.settled())
		b.Returned[o.currency] = b.Returned[o.currency].Add(o.returned)
		for _, p := range o.payments {
			b.Fallen[o.currency] = b.Fallen[o.currency].Add(p.fallen)
		}
		b.Confirming[o.currency] = b.Confirming[o.currency].Add(o.sum(Confirming))
		b.Unclaimed[o.currency] = b.Unclaimed[o.currency].Add(o.sum(Unclaimed))
	}
	for _, w := range v.withdrawals {
		b.Withdrawals = append(b.Withdrawals, w.book())
	}
	for _, s := range v.subs {
		b.Subscriptions = append(b.Subscriptions, s.book())
	}
	return b
}
