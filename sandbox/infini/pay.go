package infini

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// ErrUnknownOrder is returned for an order id that was never made.
var ErrUnknownOrder = errors.New("unknown order")

// PayOptions says how a person pays.
type PayOptions struct {
	Amount       string        // in the order's currency; empty = exactly what is still missing (all of it once paid)
	Confirming   bool          // seen but not final: stays so until Confirm or ConfirmAfter
	ConfirmAfter time.Duration // with a positive value the payment confirms by itself, by the sandbox clock
	Currency     string        // what is sent; empty = USDT. Anything but USDT or USDC tags wrong_currency
	Method       int           // 1 crypto (default), 2 card, 3 Binance Pay, 5 Apple Pay, 6 Google Pay
}

// Pay lets somebody pay an order: in time, late, short, over, twice. Money that
// comes more than 24 h after expiry moves nothing but the unclaimed books.
func (v *Vendor) Pay(orderID string, opts PayOptions) (PaymentBook, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	if o == nil {
		return PaymentBook{}, ErrUnknownOrder
	}
	now := v.nowLocked()
	v.settle(o, now)
	p, err := v.newPayment(o, opts, now)
	if err != nil {
		return PaymentBook{}, err
	}
	o.payments = append(o.payments, p)
	if p.state == Unclaimed {
		return p.book(), nil
	}
	if p.method == 1 && p.currency != "USDT" && p.currency != "USDC" {
		o.tag("wrong_currency")
	}
	if p.state == Confirming && o.final() {
		v.open = append(v.open, o)
	}
	v.moneyMoved(o, now)
	return p.book(), nil
}

func (v *Vendor) newPayment(o *order, opts PayOptions, now time.Time) (*payment, error) {
	amount, err := payAmount(o, opts.Amount)
	if err != nil {
		return nil, err
	}
	p := &payment{amount: amount, currency: opts.Currency, method: opts.Method, at: now, state: Confirmed}
	if p.currency == "" {
		p.currency = "USDT"
	}
	if p.method == 0 {
		p.method = 1
	}
	if !slices.Contains(o.methods, p.method) {
		return nil, fmt.Errorf("pay method %d is not offered for this order", p.method)
	}
	if opts.ConfirmAfter < 0 {
		return nil, errors.New("confirm_after must not be negative")
	}
	switch {
	case now.After(o.expiresAt.Add(lateWindow)):
		p.state = Unclaimed
	case opts.Confirming || opts.ConfirmAfter > 0:
		p.state = Confirming
		if opts.ConfirmAfter > 0 {
			p.confirmAt = now.Add(opts.ConfirmAfter)
		}
	}
	if p.request = o.openRequest(p.method, p.currency, now); p.request != nil {
		p.request.paid, p.id = true, p.request.id
		return p, nil
	}
	p.id = v.cfg.NewID()
	return p, nil
}

func payAmount(o *order, text string) (decimal.Decimal, error) {
	if text == "" {
		if rest := o.remaining(); rest.IsPositive() {
			return rest, nil
		}
		return o.amount, nil
	}
	amount, err := decimal.NewFromString(text)
	if err != nil || !amount.IsPositive() {
		return decimal.Zero, errors.New("amount must be a positive decimal")
	}
	return amount, nil
}

// Confirm settles every confirming payment of an order and returns how many.
func (v *Vendor) Confirm(orderID string) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	if o == nil {
		return 0, ErrUnknownOrder
	}
	now := v.nowLocked()
	v.settle(o, now)
	n := 0
	for _, p := range o.payments {
		if p.state == Confirming {
			p.state = Confirmed
			n++
		}
	}
	if n > 0 {
		v.moneyMoved(o, now)
	}
	return n, nil
}

// ConfirmByHand is the merchant accepting a short order in the console: it
// becomes paid and order.completed goes out, even after expiry (infini sheet §5).
func (v *Vendor) ConfirmByHand(orderID string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	switch {
	case o == nil:
		return ErrUnknownOrder
	case o.sum(Confirmed).IsZero():
		return errors.New("no confirmed money on this order")
	case o.status == statusPaid:
		return errors.New("order is paid already")
	}
	o.updatedAt = v.nowLocked()
	v.markPaid(o)
	return nil
}
