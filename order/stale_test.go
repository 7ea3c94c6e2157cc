package order_test

import (
	"testing"

	"giftbot/order"
)

// A worker that stalled decided to close an order; another one has seen money
// meanwhile. Applied again to what the order has become, the end must not
// happen: a full sum that is booked already would bring no news any more, and
// nobody would ever look at it again.
func TestNoOrderWithMoneyExpires(t *testing.T) {
	base := order.Order{
		Number: "0000000000", Buyer: 1001, Status: order.Confirming, Total: 10_000_000, CreatedAt: 1000, ExpiresAt: 3_600_000,
		Lines:    []order.Line{{Supplier: "s", Item: "a", Quantity: 1, UnitPrice: 10_000_000, UnitCost: 9_000_000, State: order.LineWaiting}},
		Payments: []order.Payment{{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: 10_000_000, External: "x"}},
	}
	for name, change := range map[string]func(o *order.Order){
		"confirmed":        func(o *order.Order) { o.Payments[0].Seen = 10_000_000 },
		"on its way":       func(o *order.Order) { o.Payments[0].Confirming = true },
		"before a person":  func(o *order.Order) { o.Flags = o.Flags.With(order.FlagHeld) },
		"seen while shown": func(o *order.Order) { o.Status = order.AwaitingPayment; o.Payments[0].Seen = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := base
			o.Payments = []order.Payment{base.Payments[0]}
			change(&o)
			after, _, err := order.Apply(o, order.Expire{At: 8_000_000})
			if order.CodeOf(err) != order.CodeEvent || err == nil {
				t.Errorf("%s became %s, error %v", o.Status, after.Status, err)
			}
		})
	}
}
