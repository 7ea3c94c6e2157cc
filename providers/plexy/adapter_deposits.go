package plexy

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"giftbot/order"
)

// posted is the status of a deposit that is in our balance (plexy sheet §3).
const posted = "posted"

var _ order.Depositor = (*Adapter)(nil)

// Deposits implements order.Depositor: the posted ones in dollar currencies,
// rounded down. CodeInvalid: one of them has no amount that can be booked, and
// is left out.
func (a *Adapter) Deposits(ctx context.Context) ([]order.Deposit, error) {
	all, err := a.client.Deposits(ctx, posted)
	if err != nil {
		return nil, orderError("deposits", err)
	}
	var out []order.Deposit
	var failed []error
	for _, d := range all {
		if d.Status != posted || currencyCode.MatchString(d.Currency) && !dollar(d.Currency) {
			continue
		}
		one, err := deposit(d)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b order.Deposit) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return out, errors.Join(failed...)
}

// deposit translates one. Its time may be missing.
func deposit(d Deposit) (order.Deposit, error) {
	amount, err := order.MoneyRoundedDown(d.Amount)
	if err != nil || amount <= 0 || !dollar(d.Currency) {
		return order.Deposit{}, &order.Error{Code: order.CodeInvalid, Op: "plexy deposit " + d.ID, Err: err}
	}
	out := order.Deposit{ID: d.ID, Purse: Purse(d.Currency), Amount: amount}
	if !d.PostedAt.IsZero() {
		out.At = order.At(d.PostedAt)
	}
	return out, nil
}
