package infini

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
)

const (
	paymentPath  = "/v1/acquiring/payment"
	paymentRoute = "POST /payment"
)

// CreatePayment asks for an address to pay an order at, for a checkout of our
// own (infini sheet §4).
type CreatePayment struct {
	OrderID string
	Chain   string
	TokenID string // from Currencies
	Method  int    // 1 crypto; 0: not sent, which is 1
}

type wirePay struct {
	OrderID string `json:"order_id"`
	Chain   string `json:"chain"`
	TokenID string `json:"token_id"`
	Method  int    `json:"payment_method,omitempty"`
}

// Payment is one payment of an order: an address that waits for money, or
// money. Only ID is sure to be told by Payment and Payments, whose form is not
// documented; CreatePayment tells ID, Address, Amount and ExpiresAt.
type Payment struct {
	ID        string
	OrderID   string
	Status    string // the vendor's word: the sheet has no list
	Chain     string
	Token     string
	TokenID   string
	Method    int
	Address   string
	Amount    decimal.Decimal // as told, which may be major units or units of the token
	ExpiresAt time.Time       // zero if not told
	CreatedAt time.Time
}

// CreatePayment is sent once. Errors are *rest.Error; CodeOrderExpired and the
// codes beside it mean that this order takes no such payment.
func (c *Client) CreatePayment(ctx context.Context, p CreatePayment) (Payment, error) {
	var out Payment
	if p.OrderID == "" || p.Chain == "" || p.TokenID == "" || p.Method < 0 {
		return out, refused(paymentRoute, CodeLocalInvalid, "order, chain and token are required")
	}
	body, err := marshal(paymentRoute, wirePay(p))
	if err != nil {
		return out, err
	}
	err = c.once(ctx, paymentRoute, paymentPath, body, into(&out, func(answer []byte) (made Payment, err error) {
		made, err = decodePayment(answer, p.OrderID)
		if err == nil && (made.Address == "" || !made.Amount.IsPositive() || made.ExpiresAt.IsZero()) {
			err = &rest.FieldError{Field: "address, amount, expires_at", Rule: "is missing"}
		}
		return made, err
	}))
	return out, err
}

// Payment reads one payment. CodePaymentUnknown: there is none of this id.
func (c *Client) Payment(ctx context.Context, paymentID string) (Payment, error) {
	var out Payment
	err := c.read(ctx, "GET /payment", paymentPath, url.Values{"payment_id": {paymentID}}, into(&out, func(body []byte) (Payment, error) {
		p, err := decodePayment(body, "")
		if err == nil && p.ID != paymentID {
			err = &rest.FieldError{Field: "payment_id", Rule: "is another"}
		}
		return p, err
	}))
	return out, err
}

// Payments lists the payments of an order.
func (c *Client) Payments(ctx context.Context, orderID string) ([]Payment, error) {
	var out []Payment
	err := c.read(ctx, "GET /payment/list", paymentPath+"/list", url.Values{"order_id": {orderID}}, into(&out, func(body []byte) ([]Payment, error) {
		list, err := decodeList(body)
		if err != nil {
			return nil, err
		}
		return each(list.items, func(raw json.RawMessage) (Payment, error) { return readPayment(raw, orderID) })
	}))
	return out, err
}

type wirePayment struct {
	ID        flexText    `json:"payment_id"`
	OrderID   string      `json:"order_id"`
	Status    string      `json:"status"`
	Chain     string      `json:"chain"`
	Token     string      `json:"token_type"`
	TokenID   flexText    `json:"token_id"`
	Method    flexInt     `json:"payment_method"`
	Address   string      `json:"address"`
	Amount    rest.Amount `json:"amount"`
	ExpiresAt flexInt     `json:"expires_at"`
	CreatedAt flexInt     `json:"created_at"`
}

func decodePayment(body []byte, orderID string) (Payment, error) {
	data, err := unwrap(body)
	if err != nil {
		return Payment{}, err
	}
	return readPayment(data, orderID)
}

// readPayment reads one payment; one of another order than asked is refused.
func readPayment(data []byte, orderID string) (Payment, error) {
	var w wirePayment
	if err := json.Unmarshal(data, &w); err != nil {
		return Payment{}, err
	}
	switch {
	case w.ID == "":
		return Payment{}, &rest.FieldError{Field: "payment_id", Rule: "is missing"}
	case w.OrderID != "" && orderID != "" && w.OrderID != orderID:
		return Payment{}, &rest.FieldError{Field: "order_id", Rule: "is another"}
	}
	return Payment{
		ID: string(w.ID), OrderID: w.OrderID, Status: w.Status, Chain: w.Chain, Token: w.Token, TokenID: string(w.TokenID),
		Method: int(w.Method), Address: w.Address, Amount: w.Amount.Decimal,
		ExpiresAt: w.ExpiresAt.time(), CreatedAt: w.CreatedAt.time(),
	}, nil
}
