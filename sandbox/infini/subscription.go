package infini

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Subscription statuses, infini sheet §12.
const (
	subPending  = "pending"
	subActive   = "active"
	subCanceled = "canceled"
)

// ErrUnknownSubscription is returned for a merchant_sub_id that was never used.
var ErrUnknownSubscription = errors.New("unknown subscription")

// subscription is one recurring payment. Its first order activates it when it
// is paid; a test renews it (infini sheet §12 does not say how invoices are paid).
type subscription struct {
	id, merchantID, plan, status, currency, email string
	cancelReason, canceledURL                     string
	firstAmount, amount                           decimal.Decimal
	unit                                          string
	count, leadDays, dueDays                      int
	periodStart, periodEnd, endAt                 time.Time // zero = not yet, never
	createdAt, updatedAt, canceledAt              time.Time
}

type planIn struct {
	MerchantSubID string      `json:"merchant_sub_id"`
	PlanName      string      `json:"plan_name"`
	Amount        amountIn    `json:"amount"`
	IntervalUnit  string      `json:"interval_unit"`
	IntervalCount int         `json:"interval_count"`
	PayerEmail    string      `json:"payer_email"`
	LeadDays      json.Number `json:"invoice_lead_days"`
	DueDays       json.Number `json:"invoice_due_days"`
	EndAt         int64       `json:"subscription_end_at"`
	CanceledURL   string      `json:"canceled_url"`
}

// createSubscription answers POST /subscription: an order for the first
// amount, and the plan behind it.
func (v *Vendor) createSubscription(w http.ResponseWriter, r *http.Request) {
	var in struct {
		createIn
		Subscription planIn `json:"subscription"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		v.fail(w, refuse(400, 40001, "invalid request"))
		return
	}
	if in.ExpiresIn == nil { // optional here (infini sheet §12)
		life := json.Number("86400")
		in.ExpiresIn = &life
	}
	o, refusal := v.newOrder(in.createIn)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	o.host = r.Host
	s, refusal := v.newSubscription(in.Subscription, o)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	answer, refusal := v.placeSubscription(s, o)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	v.ok(w, answer)
}

// newSubscription validates a plan; nothing is stored.
func (v *Vendor) newSubscription(in planIn, o *order) (*subscription, *apiError) {
	amount, refusal := v.checkAmount(in.Amount.text, o.currency)
	if refusal != nil {
		return nil, refusal
	}
	lead, noLead := in.LeadDays.Int64()
	due, noDue := in.DueDays.Int64()
	switch {
	case in.MerchantSubID == "" || in.PlanName == "" || !strings.Contains(in.PayerEmail, "@"):
		return nil, refuse(400, 400, "merchant_sub_id, plan_name and payer_email are required")
	case in.IntervalUnit != "DAY" && in.IntervalUnit != "MONTH" || in.IntervalCount < 1:
		return nil, refuse(400, 400, "interval_unit must be DAY or MONTH, interval_count at least 1")
	case noLead != nil || lead < 0 || noDue != nil || due < 1:
		return nil, refuse(400, 400, "invoice_lead_days must be at least 0, invoice_due_days at least 1")
	case in.EndAt < 0 || in.EndAt > 0 && !time.Unix(in.EndAt, 0).After(o.createdAt):
		return nil, refuse(400, 40002, "subscription_end_at is in the past")
	case !validURL(in.CanceledURL, false):
		return nil, refuse(400, 400, "invalid canceled_url")
	}
	s := &subscription{
		merchantID: in.MerchantSubID, plan: in.PlanName, status: subPending, currency: o.currency, email: in.PayerEmail,
		canceledURL: in.CanceledURL, firstAmount: o.amount, amount: amount, unit: in.IntervalUnit, count: in.IntervalCount,
		leadDays: int(lead), dueDays: int(due), createdAt: o.createdAt, updatedAt: o.createdAt,
	}
	if in.EndAt > 0 {
		s.endAt = time.Unix(in.EndAt, 0).UTC()
	}
	return s, nil
}

// placeSubscription stores the plan and its first order, or neither.
func (v *Vendor) placeSubscription(s *subscription, o *order) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.bySub[s.merchantID] != nil {
		return nil, refuse(409, 409, "merchant_sub_id already used") // no code in the sheet
	}
	answer, refusal := v.placeLocked(o)
	if refusal != nil {
		return nil, refusal
	}
	s.id = v.cfg.NewID()
	v.subs = append(v.subs, s)
	v.bySub[s.merchantID], v.subOfOrder[o.id] = s, s
	answer["subscription"] = fields{"subscription_id": s.id, "merchant_sub_id": s.merchantID, "status": s.status}
	return answer, nil
}

// movePeriod activates or renews a subscription and says so; the lock is held.
func (v *Vendor) movePeriod(s *subscription, now time.Time) {
	s.status, s.updatedAt = subActive, now
	s.periodStart = s.periodEnd
	if s.periodEnd.IsZero() {
		s.periodStart = now
	}
	if s.unit == "MONTH" {
		s.periodEnd = s.periodStart.AddDate(0, s.count, 0)
	} else {
		s.periodEnd = s.periodStart.AddDate(0, 0, s.count)
	}
	v.announceSubscription(s, "subscription.update")
}

// RenewSubscription is the payer paying the next invoice: the period moves on.
func (v *Vendor) RenewSubscription(merchantSubID string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.bySub[merchantSubID]
	switch {
	case s == nil:
		return ErrUnknownSubscription
	case s.status != subActive:
		return errors.New("the subscription is " + s.status)
	}
	v.movePeriod(s, v.nowLocked())
	return nil
}

// describe is a subscription as GET answers it (infini sheet §12).
func (s *subscription) describe(set settings) fields {
	f := fields{
		"subscription_id": s.id, "merchant_sub_id": s.merchantID, "plan_name": s.plan, "trigger_method": "invoice",
		"status": s.status, "currency": s.currency, "first_amount": set.money(s.firstAmount), "amount": set.money(s.amount),
		"interval_unit": s.unit, "interval_count": s.count, "current_period_start": unix(s.periodStart),
		"current_period_end": unix(s.periodEnd), "subscription_end_at": unix(s.endAt), "payer_email": s.email,
		"created_at": s.createdAt.Unix(), "updated_at": s.updatedAt.Unix(),
	}
	if at := s.nextInvoice(); !at.IsZero() {
		f["next_invoice_at"] = at.Unix()
	}
	return f
}

// nextInvoice is zero when none will come.
func (s *subscription) nextInvoice() time.Time {
	if s.status != subActive || !s.endAt.IsZero() && !s.periodEnd.Before(s.endAt) {
		return time.Time{}
	}
	return s.periodEnd.AddDate(0, 0, -s.leadDays)
}

// unix is 0 for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// announceSubscription queues a signed webhook; the lock is held.
func (v *Vendor) announceSubscription(s *subscription, event string) {
	f := s.describe(v.set)
	f["event"] = event
	if s.status == subCanceled {
		f["cancel_reason"], f["canceled_at"] = s.cancelReason, s.canceledAt.Unix()
	}
	body, err := json.Marshal(f)
	if err != nil {
		return // strings and integers always encode
	}
	v.out.Send(v.sign(s.id, event, body, v.nowLocked()))
}

func (v *Vendor) getSubscription(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	var data fields
	if s := v.bySub[r.URL.Query().Get("merchant_sub_id")]; s != nil {
		data = s.describe(v.set)
	}
	v.mu.Unlock()
	if data == nil {
		v.fail(w, refuse(404, 43000, "subscription not found"))
		return
	}
	v.ok(w, data)
}

type cancelIn struct {
	MerchantSubID string `json:"merchant_sub_id"`
	Reason        string `json:"cancel_reason"`
	Note          string `json:"note"`
}

func (v *Vendor) cancelSubscription(w http.ResponseWriter, r *http.Request) {
	var in cancelIn
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		v.fail(w, refuse(400, 40001, "invalid request"))
		return
	}
	if !slices.Contains([]string{"user_request", "by_merchant_api", "by_operation"}, in.Reason) {
		v.fail(w, refuse(400, 400, "cancel_reason must be user_request, by_merchant_api or by_operation"))
		return
	}
	data, refusal := v.cancel(in)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	v.ok(w, data)
}

// cancel ends a subscription; it stays usable until the period's end.
func (v *Vendor) cancel(in cancelIn) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	s := v.bySub[in.MerchantSubID]
	switch {
	case s == nil:
		return nil, refuse(404, 43000, "subscription not found")
	case s.status == subCanceled:
		return nil, refuse(400, 43002, "subscription already canceled")
	}
	now := v.nowLocked()
	s.status, s.cancelReason, s.canceledAt, s.updatedAt = subCanceled, in.Reason, now, now
	v.announceSubscription(s, "subscription.cancel")
	return fields{
		"subscription_id": s.id, "merchant_sub_id": s.merchantID, "status": s.status,
		"canceled_at": now.Unix(), "cancel_reason": s.cancelReason,
	}, nil
}
