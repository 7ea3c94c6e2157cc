package infini

import (
	"encoding/json"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

// Subscription is the vendor's record of a subscription (infini sheet §12).
// Amounts are major units of Currency; times are zero where not told.
type Subscription struct {
	ID            string
	PlanID        string // ours: merchant_sub_id
	PlanName      string
	Trigger       string // "invoice"
	Status        SubscriptionStatus
	Currency      string
	FirstAmount   decimal.Decimal
	Amount        decimal.Decimal
	Unit          string
	Every         int
	PeriodStart   time.Time
	PeriodEnd     time.Time
	EndAt         time.Time // zero: never
	NextInvoiceAt time.Time
	PayerEmail    string // personal: kept out of logs
	CreatedAt     time.Time
	UpdatedAt     time.Time
	CanceledAt    time.Time
	CancelReason  CancelReason
}

type wireSubscription struct {
	ID            string      `json:"subscription_id"`
	PlanID        string      `json:"merchant_sub_id"`
	PlanName      string      `json:"plan_name"`
	Trigger       string      `json:"trigger_method"`
	Status        string      `json:"status"`
	Currency      string      `json:"currency"`
	FirstAmount   rest.Amount `json:"first_amount"`
	Amount        rest.Amount `json:"amount"`
	Unit          string      `json:"interval_unit"`
	Every         flexInt     `json:"interval_count"`
	PeriodStart   flexInt     `json:"current_period_start"`
	PeriodEnd     flexInt     `json:"current_period_end"`
	EndAt         flexInt     `json:"subscription_end_at"`
	NextInvoiceAt flexInt     `json:"next_invoice_at"`
	PayerEmail    string      `json:"payer_email"`
	CreatedAt     flexInt     `json:"created_at"`
	UpdatedAt     flexInt     `json:"updated_at"`
	CanceledAt    flexInt     `json:"canceled_at"`
	CancelReason  string      `json:"cancel_reason"`
}

func decodeSubscription(data []byte) (Subscription, error) {
	var w wireSubscription
	if err := json.Unmarshal(data, &w); err != nil {
		return Subscription{}, err
	}
	return w.subscription()
}

func (w wireSubscription) subscription() (Subscription, error) {
	if w.ID == "" || w.PlanID == "" || w.Status == "" {
		return Subscription{}, &rest.FieldError{Field: "subscription_id, merchant_sub_id, status", Rule: "is missing"}
	}
	return Subscription{
		ID: w.ID, PlanID: w.PlanID, PlanName: w.PlanName, Trigger: w.Trigger, Status: SubscriptionStatus(w.Status), Currency: w.Currency,
		FirstAmount: w.FirstAmount.Decimal, Amount: w.Amount.Decimal, Unit: w.Unit, Every: int(w.Every),
		PeriodStart: w.PeriodStart.time(), PeriodEnd: w.PeriodEnd.time(), EndAt: w.EndAt.time(), NextInvoiceAt: w.NextInvoiceAt.time(),
		PayerEmail: w.PayerEmail, CreatedAt: w.CreatedAt.time(), UpdatedAt: w.UpdatedAt.time(),
		CanceledAt: w.CanceledAt.time(), CancelReason: CancelReason(w.CancelReason),
	}, nil
}
