package infini

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Fall is a re-organised chain: that much of the order's confirmed money, in
// the order's currency, is gone again, the newest payments first. The record
// says less from now on and no event is sent; a final status stays. It is an
// error when less is confirmed.
func (v *Vendor) Fall(orderID, amount string) error {
	lost, err := positive("fall", amount)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	if o == nil {
		return ErrUnknownOrder
	}
	now := v.nowLocked()
	v.settle(o, now)
	if confirmed := o.sum(Confirmed); confirmed.LessThan(lost) {
		return fmt.Errorf("fall: only %s is confirmed", confirmed)
	}
	o.updatedAt = now
	o.lose(lost)
	return nil
}

// lose takes confirmed money away, from the newest payment back.
func (o *order) lose(left decimal.Decimal) {
	for _, p := range slices.Backward(o.payments) {
		if p.state != Confirmed {
			continue
		}
		part := decimal.Min(p.amount, left)
		p.amount, p.fallen, left = p.amount.Sub(part), p.fallen.Add(part), left.Sub(part)
		if p.amount.IsZero() {
			p.state = Fallen
		}
	}
	if !o.sum(Confirmed).GreaterThan(o.amount) {
		o.tags = slices.DeleteFunc(o.tags, func(tag string) bool { return tag == "overpaid" })
	}
	if !o.final() && o.sum(Confirmed).Add(o.sum(Confirming)).IsZero() {
		o.status = statusPending // infini sheet §5: nothing confirming, nothing confirmed
	}
}

// surplus is confirmed money above the price that nobody claimed back.
func (o *order) surplus() decimal.Decimal {
	return decimal.Max(decimal.Zero, o.sum(Confirmed).Sub(o.amount).Sub(o.returned))
}

// settled is what the merchant has of the order.
func (o *order) settled() decimal.Decimal { return o.sum(Confirmed).Sub(o.returned) }

// ReturnSurplus is the payer using the claim link for what was paid above the
// price (infini sheet §7): the surplus leaves the merchant's balance. The
// order's record still says what was received, and no event is sent.
func (v *Vendor) ReturnSurplus(orderID string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.byID[orderID]
	if o == nil {
		return ErrUnknownOrder
	}
	v.settle(o, v.nowLocked())
	surplus := o.surplus()
	if !surplus.IsPositive() {
		return errors.New("surplus_returned: there is no surplus")
	}
	o.returned = o.returned.Add(surplus)
	return nil
}

// positive parses an amount of the control called name.
func positive(name, text string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(text)
	if err != nil || !d.IsPositive() {
		return decimal.Zero, errors.New(name + " must be a positive decimal")
	}
	return d, nil
}
