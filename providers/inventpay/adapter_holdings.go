package inventpay

import (
	"context"

	"giftbot/order"
)

var _ order.Holder = (*Adapter)(nil)

// Holdings implements order.Holder: what can be paid out of each coin. What is
// locked in a payout under way is not counted.
func (a *Adapter) Holdings(ctx context.Context) ([]order.Holding, error) {
	list, err := a.client.Balances(ctx)
	if err != nil {
		return nil, orderError("balance", err)
	}
	out := make([]order.Holding, len(list))
	for i, b := range list {
		out[i] = order.Holding{Account: Vendor, Asset: b.Coin, Amount: b.Available}
		for _, l := range lanes() {
			if l.coin == b.Coin {
				out[i].Asset, out[i].Chain = l.Coin, l.Chain
			}
		}
	}
	return out, nil
}
