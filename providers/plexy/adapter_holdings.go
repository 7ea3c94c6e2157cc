package plexy

import (
	"cmp"
	"context"
	"slices"

	"giftbot/order"
)

var _ order.Holder = (*Adapter)(nil)

// Holdings implements order.Holder: what is left in each currency, also in
// those that nothing is bought with.
func (a *Adapter) Holdings(ctx context.Context) ([]order.Holding, error) {
	all, err := a.client.Balance(ctx)
	if err != nil {
		return nil, orderError("balance", err)
	}
	out := make([]order.Holding, len(all))
	for i, f := range all {
		out[i] = order.Holding{Account: Purse(f.Currency), Asset: f.Currency, Amount: f.Available}
	}
	slices.SortStableFunc(out, func(a, b order.Holding) int { return cmp.Compare(a.Asset, b.Asset) })
	return out, nil
}
