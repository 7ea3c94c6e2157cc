package infini

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	maxURL      = 255 // one payment method refuses longer ones (infini sheet §4)
	maxDecimals = 6
	createRoute = "POST /order"
)

// minimum is our own smallest order in major units: the vendor's is told two
// ways (infini sheet §11).
func minimum() decimal.Decimal { return decimal.NewFromInt(1) }

// CreateOrder is everything an order is made from (infini sheet §4). The same
// fields always encode to the same bytes.
type CreateOrder struct {
	RequestID   string          // UUID, the vendor's idempotency key
	Amount      decimal.Decimal // major units, at most 6 decimals, at least 1.00
	Currency    string          // always sent
	Reference   string          // our order number and attempt, unique per merchant
	Description string
	Alias       string        // the merchant's name on the checkout; empty: the console's
	ExpiresIn   time.Duration // whole seconds, always sent
	SuccessURL  string        // at most 255 characters, may be empty
	FailureURL  string
	PayMethods  []int // 1 crypto, 2 card, 3 Binance Pay, 5 Apple Pay, 6 Google Pay; empty: the console's
}

type wireCreate struct {
	RequestID   string `json:"request_id"`
	Amount      string `json:"amount"`
	Currency    string `json:"currency"`
	Reference   string `json:"client_reference,omitempty"`
	Description string `json:"order_desc,omitempty"`
	ExpiresIn   int64  `json:"expires_in"`
	Alias       string `json:"merchant_alias,omitempty"`
	SuccessURL  string `json:"success_url,omitempty"`
	FailureURL  string `json:"failure_url,omitempty"`
	PayMethods  []int  `json:"pay_methods,omitempty"`
}

// encode checks the fields and returns the body. The payer's e-mail is never
// sent: the vendor mails claim links to it (infini sheet §7).
func (o CreateOrder) encode() ([]byte, error) {
	if err := o.check(createRoute); err != nil {
		return nil, err
	}
	return marshal(createRoute, o.wire())
}

// check is the error of an order that need not be sent, nil if it may be.
func (o CreateOrder) check(endpoint string) error {
	if problem := o.problem(); problem != "" {
		return refused(endpoint, CodeLocalInvalid, problem)
	}
	if o.Amount.LessThan(minimum()) {
		return refused(endpoint, CodeLocalMinimum, "amount is below the minimum")
	}
	return nil
}

func (o CreateOrder) wire() wireCreate {
	return wireCreate{
		RequestID: o.RequestID, Amount: amountText(o.Amount, o.Currency), Currency: o.Currency, Reference: o.Reference,
		Description: o.Description, Alias: o.Alias, ExpiresIn: int64(o.ExpiresIn / time.Second),
		SuccessURL: o.SuccessURL, FailureURL: o.FailureURL, PayMethods: o.PayMethods,
	}
}

// problem names the first field the vendor would refuse, "" if none.
func (o CreateOrder) problem() string {
	switch {
	case uuid.Validate(o.RequestID) != nil || len(o.RequestID) != 36:
		return "request id is not a UUID"
	case !slices.Contains([]string{"USD", "EUR", "KRW", "GBP", "SGD", "JPY", "AUD", "HKD"}, o.Currency):
		return "currency is not supported"
	case amountProblem(o.Amount, o.Currency) != "":
		return amountProblem(o.Amount, o.Currency)
	case o.ExpiresIn < time.Second:
		return "lifetime is missing"
	case len(o.SuccessURL) > maxURL || len(o.FailureURL) > maxURL:
		return "return address is too long"
	default:
		return ""
	}
}

// whole reports whether a currency has no decimals (sheet §4).
func whole(currency string) bool { return currency == "JPY" || currency == "KRW" }

// amountProblem says what the vendor would refuse about an amount, "" if nothing.
func amountProblem(d decimal.Decimal, currency string) string {
	switch {
	case !d.IsPositive() || !d.Truncate(maxDecimals).Equal(d):
		return "amount is not positive with at most 6 decimals"
	case whole(currency) && !d.IsInteger():
		return "amount must be whole in this currency"
	default:
		return ""
	}
}

// amountText writes major units with two decimals or as many as needed, and
// without any where the currency has none: "12.50", "0.000001", "500".
func amountText(d decimal.Decimal, currency string) string {
	if whole(currency) {
		return d.StringFixed(0)
	}
	if d.Truncate(2).Equal(d) {
		return d.StringFixed(2)
	}
	return d.String()
}

// Created is the answer to Create and Reissue. CheckoutURL may be empty after
// Create.
type Created struct {
	OrderID     string `json:"order_id"`
	RequestID   string `json:"request_id"`
	Reference   string `json:"client_reference"`
	CheckoutURL string `json:"checkout_url"`
}

// Order is the vendor's record of an order. Amounts are major units.
type Order struct {
	ID         string
	RequestID  string
	Reference  string
	Status     string          // pending, processing, paid, partial_paid, expired, or a word we do not know
	Amount     decimal.Decimal // the price asked
	Currency   string
	Confirming decimal.Decimal // seen, not yet confirmed
	Confirmed  decimal.Decimal // money received
	ExpiresAt  time.Time       // zero if not told
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Tags       []string // underpaid, overpaid, late, wrong_currency, …
}

// wireOrder holds every name an order's fields were seen under (sheet §4).
type wireOrder struct {
	ID         string      `json:"order_id"`
	RequestID  string      `json:"request_id"`
	Reference  string      `json:"client_reference"`
	Status     string      `json:"status"`
	PayStatus  string      `json:"pay_status"`
	Amount     rest.Amount `json:"amount"`
	Amount2    rest.Amount `json:"order_amount"`
	Currency   string      `json:"currency"`
	Currency2  string      `json:"order_currency"`
	Confirming rest.Amount `json:"amount_confirming"`
	Confirmed  rest.Amount `json:"amount_confirmed"`
	ExpiresAt  flexInt     `json:"expires_at"`
	CreatedAt  flexInt     `json:"created_at"`
	UpdatedAt  flexInt     `json:"updated_at"`
	Tags       tags        `json:"exception_tags"`
	Tags2      tags        `json:"exception_tag"`
}

// unwrap returns the bare object of an answer that may be in an envelope
// (sheet §3). "data" is only an envelope next to a code.
func unwrap(body []byte) ([]byte, error) {
	var envelope struct {
		Code *flexInt        `json:"code"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	if envelope.Code == nil {
		return body, nil
	}
	if len(envelope.Data) == 0 || bytes.Equal(envelope.Data, []byte("null")) {
		return nil, &rest.FieldError{Field: "data", Rule: "is missing"}
	}
	return envelope.Data, nil
}

func decodeCreated(body []byte) (Created, error) {
	data, err := unwrap(body)
	if err != nil {
		return Created{}, err
	}
	var out Created
	if err := json.Unmarshal(data, &out); err != nil {
		return Created{}, err
	}
	if out.OrderID == "" {
		return Created{}, &rest.FieldError{Field: "order_id", Rule: "is missing"}
	}
	return out, nil
}

func decodeOrder(body []byte) (Order, error) {
	data, err := unwrap(body)
	if err != nil {
		return Order{}, err
	}
	return readOrder(data)
}

// readOrder reads one order without an envelope.
func readOrder(data json.RawMessage) (Order, error) {
	var w wireOrder
	if err := json.Unmarshal(data, &w); err != nil {
		return Order{}, err
	}
	return w.order()
}

// order merges the aliases. Two names with two different values are a
// contradiction nobody may resolve by guessing.
func (w wireOrder) order() (Order, error) {
	status, ok := oneText(w.Status, w.PayStatus)
	if !ok || status == "" || w.ID == "" {
		return Order{}, &rest.FieldError{Field: "order_id, status", Rule: "missing or contradictory"}
	}
	currency, ok := oneText(w.Currency, w.Currency2)
	if !ok {
		return Order{}, &rest.FieldError{Field: "currency", Rule: "is contradictory"}
	}
	amount, ok := oneAmount(w.Amount, w.Amount2)
	if !ok {
		return Order{}, &rest.FieldError{Field: "amount", Rule: "is contradictory"}
	}
	all := slices.Concat(w.Tags, w.Tags2)
	slices.Sort(all)
	return Order{
		ID: w.ID, RequestID: w.RequestID, Reference: w.Reference, Status: status, Currency: currency,
		Amount: amount, Confirming: w.Confirming.Decimal, Confirmed: w.Confirmed.Decimal,
		ExpiresAt: w.ExpiresAt.time(), CreatedAt: w.CreatedAt.time(), UpdatedAt: w.UpdatedAt.time(),
		Tags: slices.Compact(all),
	}, nil
}

func oneText(a, b string) (string, bool) {
	if a == "" {
		return b, true
	}
	return a, b == "" || a == b
}

// oneAmount is oneText for amounts: 12.5 and "12.50" are the same, zero is not absent.
func oneAmount(a, b rest.Amount) (decimal.Decimal, bool) {
	if !a.Set {
		return b.Decimal, true
	}
	return a.Decimal, !b.Set || a.Equal(b.Decimal)
}

// flexInt is an integer sent as a number or as a string; "" and null are 0.
type flexInt int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *flexInt) UnmarshalJSON(raw []byte) error {
	text := string(bytes.Trim(raw, `"`))
	if text == "" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return &rest.FieldError{Field: "number", Rule: "is not whole"}
	}
	*n = flexInt(v)
	return nil
}

// time reads Unix seconds, or milliseconds if the number is too large for
// seconds. 0 is the zero time.
func (n flexInt) time() time.Time {
	switch {
	case n <= 0:
		return time.Time{}
	case n >= milliFrom:
		return time.UnixMilli(int64(n)).UTC()
	default:
		return time.Unix(int64(n), 0).UTC()
	}
}

// milliFrom is the year 5138 in seconds and 1973 in milliseconds.
const milliFrom = 100_000_000_000

// tags is a list of words, or one word.
type tags []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *tags) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		if one != "" {
			*t = tags{one}
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}
