package inventpay

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// ErrUnknownPayment is returned for a payment id that was never made.
var ErrUnknownPayment = errors.New("unknown payment")

const defaultCoin = "USDT_BEP20"

// PayOptions says how a person pays. At most one of Amount and Base is set;
// with neither, exactly what is missing is paid (the whole price once it is).
type PayOptions struct {
	Amount       string        // coin units
	Base         string        // in the currency of the price, converted at the locked rate
	Coin         string        // picks the coin if none is picked; empty = the picked one, else USDT_BEP20
	Confirming   bool          // seen, stays unconfirmed until Confirm
	ConfirmAfter time.Duration // seen now, confirmed then; 0 = the setting confirm_after, at first instantly
}

// Select lets the buyer pick or change the coin, as long as nothing was sent.
func (v *Vendor) Select(id, code string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return ErrUnknownPayment
	}
	v.settle(p, v.cfg.Now())
	if p.final() {
		return errors.New("payment is closed")
	}
	return v.choose(p, code)
}

func (v *Vendor) choose(p *payment, code string) error {
	_, known := p.rate(code)
	switch {
	case p.coin.Code == code && code != "":
		return nil
	case !known:
		return fmt.Errorf("coin %q is not offered", code)
	case !p.choice, len(p.transfers) > 0:
		return errors.New("this payment takes " + p.coin.Code)
	}
	p.take(code)
	if !p.final() { // a closed invoice takes late coins in silence
		v.announce(p, eventPending)
	}
	return nil
}

// Pay lets somebody send coins to a payment: in time, late, short, over, twice.
func (v *Vendor) Pay(id string, opts PayOptions) (TransferBook, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return TransferBook{}, ErrUnknownPayment
	}
	now := v.cfg.Now()
	v.settle(p, now)
	code := opts.coin(p)
	rate, known := p.rate(code)
	if !known {
		return TransferBook{}, fmt.Errorf("coin %q is not offered", code)
	}
	amount, err := opts.amount(p, rate)
	if err == nil {
		err = v.choose(p, code)
	}
	if err != nil {
		return TransferBook{}, err
	}
	t := &transfer{hash: v.hash(), amount: amount, at: now, state: Confirming}
	if !opts.Confirming {
		t.confirmAt = now.Add(cmp.Or(opts.ConfirmAfter, v.set.ConfirmAfter))
	}
	v.receive(p, t, now)
	return t.book(), nil
}

func (o PayOptions) coin(p *payment) string {
	switch {
	case o.Coin != "":
		return o.Coin
	case p.coin.Code != "":
		return p.coin.Code
	}
	return defaultCoin
}

func (o PayOptions) amount(p *payment, rate Rate) (decimal.Decimal, error) {
	if o.ConfirmAfter < 0 || (o.Amount != "" && o.Base != "") {
		return decimal.Zero, errors.New("confirm_after must not be negative; amount or base, not both")
	}
	if o.Amount == "" && o.Base == "" {
		if p.coin.Code != "" && p.remaining().IsPositive() {
			return p.remaining(), nil
		}
		return rate.Amount, nil
	}
	amount, err := decimal.NewFromString(o.Amount + o.Base)
	if err != nil {
		return decimal.Zero, errors.New("amount must be a positive decimal")
	}
	if o.Base != "" {
		amount = rate.Amount.Mul(amount).DivRound(p.base, rate.Decimals+8)
	}
	amount = amount.Truncate(rate.Decimals)
	if !amount.IsPositive() {
		return decimal.Zero, errors.New("amount must be a positive decimal")
	}
	return amount, nil
}

// receive books a transfer. To a closed payment it is unclaimed, unless the
// setting late_completes gives the payment another chance.
func (v *Vendor) receive(p *payment, t *transfer, now time.Time) {
	p.transfers = append(p.transfers, t)
	if p.final() && p.status != statusCompleted {
		if p.status != statusExpired || !v.set.LateCompletes {
			t.state = Unclaimed
			return
		}
		for _, old := range p.transfers[:len(p.transfers)-1] {
			if old.state != Fallen {
				old.state = Confirmed
			}
		}
	}
	if !p.final() {
		v.announce(p, eventPending)
	} else if !slices.Contains(v.open, p) {
		v.open = append(v.open, p)
	}
	v.settle(p, now)
}

// Confirm makes every confirming transfer of a payment final and returns how
// many there were.
func (v *Vendor) Confirm(id string) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return 0, ErrUnknownPayment
	}
	now := v.cfg.Now()
	v.settle(p, now)
	var due []*transfer
	for _, t := range p.transfers {
		if t.state == Confirming {
			due = append(due, t)
		}
	}
	if len(due) > 0 {
		v.confirm(p, due, now)
	}
	return len(due), nil
}

// Fail ends an open payment as FAILED, with an event, or as CANCELLED, without
// one: the sheet names no event for it.
func (v *Vendor) Fail(id, status, reason string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return ErrUnknownPayment
	}
	v.settle(p, v.cfg.Now())
	if p.final() {
		return errors.New("payment is closed")
	}
	p.reason = reason
	v.close(p, status)
	if status == statusFailed {
		v.announce(p, eventFailed)
	}
	return nil
}

// hash makes a transaction hash.
func (v *Vendor) hash() string {
	return "0x" + strings.ReplaceAll(v.cfg.NewID()+v.cfg.NewID(), "-", "")
}
