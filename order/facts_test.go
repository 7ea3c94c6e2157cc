package order_test

import (
	"github.com/shopspring/decimal"

	"giftbot/order"
)

// fact is a gateway's record of an order of 20.00 with so much confirmed. It
// is paid, short or open by the amount.
func fact(external, confirmed string) order.Fact {
	f := order.Fact{External: external, Asked: 20_000_000, Currency: order.Currency, Confirmed: decimal.RequireFromString(confirmed), Status: order.FactOpen}
	if f.Confirmed.GreaterThanOrEqual(decimal.NewFromInt(20)) {
		f.Status = order.FactPaid
	}
	return f
}
