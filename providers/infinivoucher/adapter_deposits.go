package infinivoucher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"giftbot/order"
)

// ErrTransactions is the cause of a CodeUnclear of Deposits: the wallet's
// transactions have another shape than we read. Nothing may be booked by guess.
var ErrTransactions = errors.New("the wallet's transactions have a shape that we do not know")

var _ order.Depositor = (*Adapter)(nil)

// Deposits implements order.Depositor: what was paid into the wallet, among its
// last 50 transactions, which the vendor does not tell more of. CodeInvalid:
// the wallet is not in dollars. CodeUnclear with ErrTransactions: at least one
// of them cannot be read, so that none counts (infinivoucher sheet §3).
func (a *Adapter) Deposits(ctx context.Context) ([]order.Deposit, error) {
	w, list, err := a.client.Wallet(ctx, maxTransactions)
	switch {
	case err != nil:
		return nil, orderError("transactions", err)
	case !dollar(w.Currency):
		return nil, &order.Error{Code: order.CodeInvalid, Op: "infinivoucher transactions: currency"}
	case list == nil: // they were asked for, and are not there under the name we know
		return nil, unreadable()
	}
	var out []order.Deposit
	for _, raw := range list {
		d, booked, ok := deposit(raw)
		if !ok {
			return nil, unreadable()
		}
		if booked && !slices.ContainsFunc(out, func(known order.Deposit) bool { return known.ID == d.ID }) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b order.Deposit) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func unreadable() error {
	return &order.Error{Code: order.CodeUnclear, Op: "infinivoucher transactions", Err: ErrTransactions}
}

// deposit translates one transaction. booked is false for one that is no
// deposit, ok for one that can be told to be either.
func deposit(raw json.RawMessage) (d order.Deposit, booked, ok bool) {
	t, err := readTransaction(raw)
	if err != nil || t.Kind == TransactionUnknown {
		return order.Deposit{}, false, false
	}
	if t.Kind != TransactionDeposit {
		return order.Deposit{}, false, true
	}
	amount, err := order.MoneyRoundedDown(t.Amount.Decimal)
	if err != nil || t.ID == "" || amount <= 0 || t.Currency != "" && !dollar(t.Currency) {
		return order.Deposit{}, false, false
	}
	d = order.Deposit{ID: t.ID, Purse: Vendor, Amount: amount}
	if !t.CreatedAt.IsZero() {
		d.At = order.At(t.CreatedAt)
	}
	return d, true, true
}
