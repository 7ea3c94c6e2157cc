package inventpay

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Fall is a re-organised chain: that much of the confirmed coins is gone again,
// the newest transfers first. Base is in the currency of the price, converted at
// the locked rate; otherwise amount is in coin units. The status endpoint says
// less from now on and no event is sent; a final status stays, and what a
// completed payment brought into the balance goes with it. It is an error when
// less is confirmed.
func (v *Vendor) Fall(id, base, amount string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.byID[id]
	if p == nil {
		return ErrUnknownPayment
	}
	v.settle(p, v.cfg.Now())
	switch {
	case base == "" && amount == "":
		return errors.New("fall: how much?")
	case p.coin.Code == "":
		return errors.New("fall: nothing was paid")
	}
	rate, _ := p.rate(p.coin.Code)
	lost, err := PayOptions{Base: base, Amount: amount}.amount(p, rate)
	if err != nil {
		return fmt.Errorf("fall: %w", err)
	}
	if there := p.sum(Confirmed, Unclaimed); there.LessThan(lost) {
		return fmt.Errorf("fall: only %s %s is confirmed", there, p.coin.Code)
	}
	p.lose(lost)
	if p.status == statusCompleted {
		v.credit(p)
	}
	return nil
}

// lose takes coins away, from the newest transfer back.
func (p *payment) lose(left decimal.Decimal) {
	for _, t := range slices.Backward(p.transfers) {
		if t.state != Confirmed && t.state != Unclaimed {
			continue
		}
		part := decimal.Min(t.amount, left)
		t.amount, t.fallen, left = t.amount.Sub(part), t.fallen.Add(part), left.Sub(part)
		if t.amount.IsZero() {
			t.state = Fallen
		}
	}
}
