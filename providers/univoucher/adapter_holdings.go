package univoucher

import (
	"context"
	"strconv"

	"giftbot/order"
)

var _ order.Holder = (*Adapter)(nil)

// Holdings implements order.Holder: of each chain on which something is sold,
// the native coin that pays the gas, and the tokens. It is what Wallets tells,
// at most a minute old; a chain that cannot be read is missing and part of the
// error.
func (a *Adapter) Holdings(ctx context.Context) ([]order.Holding, error) {
	wallets, err := a.Wallets(ctx)
	var out []order.Holding
	for _, w := range wallets {
		out = append(out, order.Holding{
			Account: Vendor + ":" + strconv.FormatInt(w.Chain, 10) + "-" + w.Coin, Asset: w.Coin, Chain: w.ChainName, Amount: w.Native,
		})
		for _, t := range w.Tokens {
			out = append(out, order.Holding{Account: Vendor + ":" + t.Item, Asset: t.Symbol, Chain: w.ChainName, Amount: t.Balance.Decimal()})
		}
	}
	return out, err
}
