package infinivoucher

import (
	"context"

	"giftbot/order"
)

const active = "ACTIVE" // of a wallet that can be spent from (infinivoucher sheet §3)

var _ order.Holder = (*Adapter)(nil)

// Holdings implements order.Holder: the wallet. CodeFrozen: it is not active;
// what is in it is told all the same.
func (a *Adapter) Holdings(ctx context.Context) ([]order.Holding, error) {
	w, _, err := a.client.Wallet(ctx, 0)
	if err != nil {
		return nil, orderError("wallet", err)
	}
	out := []order.Holding{{Account: Vendor, Asset: w.Currency, Amount: w.Balance}}
	if w.Status != active {
		return out, &order.Error{Code: order.CodeFrozen, Op: "infinivoucher wallet"}
	}
	return out, nil
}
