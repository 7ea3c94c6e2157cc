package infini

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

const maxExpiry = 365 * 24 * time.Hour

// createIn is the body of POST /v1/acquiring/order, infini sheet §4.
type createIn struct {
	RequestID       string       `json:"request_id"`
	Amount          amountIn     `json:"amount"`
	Currency        string       `json:"currency"`
	ClientReference string       `json:"client_reference"`
	OrderDesc       string       `json:"order_desc"`
	ExpiresIn       *json.Number `json:"expires_in"`
	MerchantAlias   string       `json:"merchant_alias"`
	SuccessURL      string       `json:"success_url"`
	FailureURL      string       `json:"failure_url"`
	PayMethods      []int        `json:"pay_methods"`
	Email           string       `json:"email"`
}

func (v *Vendor) createOrder(w http.ResponseWriter, r *http.Request) {
	var in createIn
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		v.fail(w, refuse(400, 40001, "invalid request"))
		return
	}
	o, refusal := v.newOrder(in)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	o.host = r.Host
	answer, refusal := v.place(o)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	v.ok(w, answer)
}

// newOrder validates in and builds the order; nothing is stored.
func (v *Vendor) newOrder(in createIn) (*order, *apiError) {
	set := v.settings()
	if _, err := uuid.Parse(in.RequestID); err != nil || len(in.RequestID) != 36 {
		return nil, refuse(400, 40001, "request_id must be a valid UUID")
	}
	if in.Currency == "" {
		in.Currency = "USD"
	}
	amount, refusal := v.checkAmount(in.Amount.text, in.Currency)
	if refusal != nil {
		return nil, refusal
	}
	life, refusal := checkExpiry(in.ExpiresIn, set.ExpiresInOptional)
	if refusal != nil {
		return nil, refusal
	}
	if refusal = checkURLs(in); refusal != nil {
		return nil, refusal
	}
	methods, refusal := checkMethods(in.PayMethods, set.PayMethods)
	if refusal != nil {
		return nil, refusal
	}
	now := v.now()
	return &order{
		requestID: in.RequestID, reference: in.ClientReference, description: in.OrderDesc, alias: in.MerchantAlias,
		amount: amount, currency: in.Currency, successURL: in.SuccessURL, failureURL: in.FailureURL,
		email: strings.ToLower(in.Email), methods: methods, status: statusPending,
		createdAt: now, updatedAt: now, expiresAt: now.Add(life),
	}, nil
}

func (v *Vendor) checkAmount(text, currency string) (decimal.Decimal, *apiError) {
	var zero decimal.Decimal
	if !slices.Contains(currencies(), currency) {
		return zero, refuse(400, 40016, "unsupported currency")
	}
	amount, err := decimal.NewFromString(text)
	if err != nil || strings.ContainsAny(text, "eE+") {
		return zero, refuse(400, 400, "amount must be a decimal")
	}
	switch {
	case !amount.IsPositive():
		return zero, refuse(400, 40003, "amount must be positive")
	case amount.Exponent() < -6 && !amount.Equal(amount.Truncate(6)):
		return zero, refuse(400, 40004, "amount has more than 6 decimals")
	case (currency == "JPY" || currency == "KRW") && !amount.IsInteger():
		return zero, refuse(400, 40012, "amount must be a whole number in this currency")
	case amount.LessThan(v.minimum):
		return zero, refuse(400, 40006, "amount is below the minimum")
	}
	return amount, nil
}

// currencies is the list of infini sheet §4.
func currencies() []string {
	return []string{"USD", "EUR", "KRW", "GBP", "SGD", "JPY", "AUD", "HKD"}
}

func checkExpiry(in *json.Number, optional bool) (time.Duration, *apiError) {
	if in == nil {
		if optional {
			return defaultTTL, nil
		}
		return 0, refuse(400, 40005, "expires_in is required")
	}
	seconds, err := in.Int64()
	if err != nil {
		return 0, refuse(400, 400, "expires_in must be whole seconds")
	}
	if seconds <= 0 {
		return 0, refuse(400, 40002, "expiry is in the past")
	}
	if seconds > int64(maxExpiry/time.Second) {
		return 0, refuse(400, 400, "expires_in is too long")
	}
	return time.Duration(seconds) * time.Second, nil
}

// checkURLs refuses a bad success_url (40008) or failure_url (40009), and with
// Binance Pay (method 3) also one of 256 characters or more, infini sheet §4.
func checkURLs(in createIn) *apiError {
	binance := slices.Contains(in.PayMethods, 3)
	if !validURL(in.SuccessURL, binance) {
		return refuse(400, 40008, "invalid success_url")
	}
	if !validURL(in.FailureURL, binance) {
		return refuse(400, 40009, "invalid failure_url")
	}
	return nil
}

func validURL(text string, short bool) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return false
	}
	return !short || len(text) < 256
}

func checkMethods(wanted, enabled []int) ([]int, *apiError) {
	if len(wanted) == 0 {
		return slices.Clone(enabled), nil
	}
	var usable []int
	for _, m := range wanted {
		if !slices.Contains(knownMethods(), m) {
			return nil, refuse(400, 40013, "unknown pay method")
		}
		if slices.Contains(enabled, m) {
			usable = append(usable, m)
		}
	}
	if len(usable) == 0 {
		return nil, refuse(400, 40013, "no enabled pay method")
	}
	return usable, nil
}

// knownMethods: 1 crypto, 2 card, 3 Binance Pay, 5 Apple Pay, 6 Google Pay.
func knownMethods() []int { return []int{1, 2, 3, 5, 6} }

// place stores the order unless its request_id or client_reference is taken,
// and announces it.
func (v *Vendor) place(o *order) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.placeLocked(o)
}

// placeLocked is place with the lock held.
func (v *Vendor) placeLocked(o *order) (fields, *apiError) {
	if e := v.set.takeCreateError(); e != nil {
		return nil, e
	}
	if old := v.requests[o.requestID]; old != nil {
		if v.set.ReplayRequestID && old.sameAs(o) {
			return v.created(old), nil
		}
		return nil, refuse(409, 40901, "request_id already used")
	}
	if o.reference != "" && v.refs[o.reference] != nil {
		return nil, refuse(409, 40902, "client_reference already used")
	}
	o.id, o.token = v.cfg.NewID(), v.cfg.NewID()
	v.orders = append(v.orders, o)
	v.open = append(v.open, o)
	v.byID[o.id], v.requests[o.requestID] = o, o
	if o.reference != "" {
		v.refs[o.reference] = o
	}
	v.announce(o, "order.create")
	return v.created(o), nil
}

// created is the data of a successful create; the lock is held.
func (v *Vendor) created(o *order) fields {
	answer := fields{"order_id": o.id, "request_id": o.requestID, "client_reference": o.reference, "token": o.token}
	if !v.set.NoCheckoutURL {
		answer["checkout_url"] = v.checkoutURL(o)
	}
	return answer
}
