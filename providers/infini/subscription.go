package infini

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	subscriptionPath  = "/v1/acquiring/subscription"
	subscriptionRoute = "POST /subscription"
	cancelRoute       = "POST /subscription/cancel"

	// EventSubscriptionUpdate says that a subscription became active or its
	// period moved on (infini sheet §12).
	EventSubscriptionUpdate = "subscription.update"
	// EventSubscriptionCancel says that a subscription was canceled.
	EventSubscriptionCancel = "subscription.cancel"
)

// SubscriptionStatus is where a subscription stands, or a word we do not know.
type SubscriptionStatus string

// The statuses of infini sheet §12.
const (
	SubscriptionPending  SubscriptionStatus = "pending"
	SubscriptionActive   SubscriptionStatus = "active"
	SubscriptionCanceled SubscriptionStatus = "canceled" // usable until PeriodEnd
)

// The units of a Plan's interval.
const (
	UnitDay   = "DAY"
	UnitMonth = "MONTH"
)

// CancelReason is why a subscription is canceled.
type CancelReason string

// The reasons of infini sheet §12.
const (
	CancelByUser      CancelReason = "user_request"
	CancelByMerchant  CancelReason = "by_merchant_api"
	CancelByOperation CancelReason = "by_operation"
)

// CreateSubscription is a plan and the order of its first payment.
type CreateSubscription struct {
	First CreateOrder // its Description is not sent: a plan has a name (infini sheet §12)
	Plan  Plan
}

// Plan is what is paid again and again, in the currency of the first payment.
type Plan struct {
	ID          string // ours, unique per merchant
	Name        string
	Amount      decimal.Decimal // major units of every later payment
	Unit        string          // UnitDay or UnitMonth
	Every       int             // so many units, at least 1
	PayerEmail  string          // personal: kept out of logs; the vendor mails its invoices there
	LeadDays    int             // an invoice is made so many days before the period ends
	DueDays     int             // and is due after so many, at least 1
	EndAt       time.Time       // zero: never
	CanceledURL string          // may be empty
}

type wirePlan struct {
	ID          string `json:"merchant_sub_id"`
	Name        string `json:"plan_name"`
	Amount      string `json:"amount"`
	Unit        string `json:"interval_unit"`
	Every       int    `json:"interval_count"`
	PayerEmail  string `json:"payer_email"`
	LeadDays    int    `json:"invoice_lead_days"`
	DueDays     int    `json:"invoice_due_days"`
	EndAt       int64  `json:"subscription_end_at,omitempty"`
	CanceledURL string `json:"canceled_url,omitempty"`
}

func (s CreateSubscription) encode() ([]byte, error) {
	if err := s.First.check(subscriptionRoute); err != nil {
		return nil, err
	}
	if problem := s.Plan.problem(s.First.Currency); problem != "" {
		return nil, refused(subscriptionRoute, CodeLocalInvalid, problem)
	}
	if s.Plan.Amount.LessThan(minimum()) {
		return nil, refused(subscriptionRoute, CodeLocalMinimum, "amount of the plan is below the minimum")
	}
	s.First.Description = ""
	return marshal(subscriptionRoute, struct {
		wireCreate
		Plan wirePlan `json:"subscription"`
	}{s.First.wire(), s.Plan.wire(s.First.Currency)})
}

// problem names the first field the vendor would refuse, "" if none.
func (p Plan) problem(currency string) string {
	switch {
	case p.ID == "" || p.Name == "" || !strings.Contains(p.PayerEmail, "@"):
		return "id, name and payer's e-mail are required"
	case amountProblem(p.Amount, currency) != "":
		return "plan: " + amountProblem(p.Amount, currency)
	case p.Unit != UnitDay && p.Unit != UnitMonth || p.Every < 1:
		return "interval is not so many days or months"
	case p.LeadDays < 0 || p.DueDays < 1:
		return "invoice days are too few"
	case !p.EndAt.IsZero() && p.EndAt.Unix() <= 0:
		return "end is not a time"
	case len(p.CanceledURL) > maxURL:
		return "return address is too long"
	default:
		return ""
	}
}

func (p Plan) wire(currency string) wirePlan {
	w := wirePlan{
		ID: p.ID, Name: p.Name, Amount: amountText(p.Amount, currency), Unit: p.Unit, Every: p.Every,
		PayerEmail: p.PayerEmail, LeadDays: p.LeadDays, DueDays: p.DueDays, CanceledURL: p.CanceledURL,
	}
	if !p.EndAt.IsZero() {
		w.EndAt = p.EndAt.Unix()
	}
	return w
}

// CreatedSubscription is the answer to CreateSubscription: the order of the
// first payment, whose CheckoutURL may be empty, and the subscription.
type CreatedSubscription struct {
	Created
	SubscriptionID string
	PlanID         string
	Status         SubscriptionStatus
}

// CreateSubscription makes a plan and the order of its first payment. It is
// sent once, as Create is, with the same errors.
func (c *Client) CreateSubscription(ctx context.Context, s CreateSubscription) (CreatedSubscription, error) {
	var out CreatedSubscription
	body, err := s.encode()
	if err != nil {
		return out, err
	}
	err = c.once(ctx, subscriptionRoute, subscriptionPath, body, into(&out, func(answer []byte) (made CreatedSubscription, err error) {
		made, err = decodeCreatedSubscription(answer)
		if err == nil && !made.answers(s) {
			err = &rest.FieldError{Field: "request_id, client_reference, merchant_sub_id", Rule: "is another"}
		}
		return made, err
	}))
	return out, err
}

// answers reports whether an answer is to this request.
func (c CreatedSubscription) answers(s CreateSubscription) bool {
	other := func(told, asked string) bool { return told != "" && told != asked }
	return !other(c.RequestID, s.First.RequestID) && !other(c.Reference, s.First.Reference) && !other(c.PlanID, s.Plan.ID)
}

func decodeCreatedSubscription(body []byte) (CreatedSubscription, error) {
	created, err := decodeCreated(body)
	if err != nil {
		return CreatedSubscription{}, err
	}
	data, err := unwrap(body)
	if err != nil {
		return CreatedSubscription{}, err
	}
	var w struct {
		Subscription wireSubscription `json:"subscription"`
	}
	if err = json.Unmarshal(data, &w); err != nil {
		return CreatedSubscription{}, err
	}
	s, err := w.Subscription.subscription()
	return CreatedSubscription{Created: created, SubscriptionID: s.ID, PlanID: s.PlanID, Status: s.Status}, err
}

// Subscription reads a subscription by its plan's id. CodeSubscriptionUnknown:
// there is none.
func (c *Client) Subscription(ctx context.Context, planID string) (Subscription, error) {
	var out Subscription
	err := c.read(ctx, "GET /subscription", subscriptionPath, url.Values{"merchant_sub_id": {planID}}, into(&out, subscriptionOf(planID)))
	return out, err
}

// CancelSubscription ends a subscription; it stays usable until the period's
// end. It is sent once: after an unclear answer CodeSubscriptionCanceled says
// that it had worked. Of the Subscription only ID, PlanID, Status, CanceledAt
// and CancelReason are told.
func (c *Client) CancelSubscription(ctx context.Context, planID string, reason CancelReason, note string) (Subscription, error) {
	var out Subscription
	if planID == "" || !slices.Contains([]CancelReason{CancelByUser, CancelByMerchant, CancelByOperation}, reason) {
		return out, refused(cancelRoute, CodeLocalInvalid, "id or reason")
	}
	body, err := marshal(cancelRoute, struct {
		ID     string       `json:"merchant_sub_id"`
		Reason CancelReason `json:"cancel_reason"`
		Note   string       `json:"note,omitempty"`
	}{planID, reason, note})
	if err != nil {
		return out, err
	}
	err = c.once(ctx, cancelRoute, subscriptionPath+"/cancel", body, into(&out, subscriptionOf(planID)))
	return out, err
}

// subscriptionOf decodes a subscription and refuses another's.
func subscriptionOf(planID string) func([]byte) (Subscription, error) {
	return func(body []byte) (Subscription, error) {
		data, err := unwrap(body)
		if err != nil {
			return Subscription{}, err
		}
		s, err := decodeSubscription(data)
		if err == nil && s.PlanID != planID {
			err = &rest.FieldError{Field: "merchant_sub_id", Rule: "is another"}
		}
		return s, err
	}
}
