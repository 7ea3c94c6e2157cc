package order_test

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// An edit does not ring. A buyer whose money is held hears of it once; one who
// has the goods already is not rung again.
func TestAHoldRingsOnceWhileGoodsAreAwaited(t *testing.T) {
	for _, tt := range []struct {
		status order.Status
		rings  bool
	}{
		{order.AwaitingPayment, true}, {order.Confirming, true}, {order.Paid, true}, {order.Fulfilling, true},
		{order.Expired, true}, {order.Cancelled, true}, {order.Ready, false}, {order.Delivered, false},
	} {
		o := order.Order{
			Number: "3F7KQW2M9X", Status: tt.status, Total: 1_000_000,
			Payments: []order.Payment{{N: 1, Gateway: "infini", State: order.PaymentOpen, Asked: 1_000_000, External: "x"}},
		}
		other := order.Read{At: 1, Fact: order.Fact{
			External: "x", Status: order.FactOpen, Asked: 1_000_000, Currency: "EUR", Confirmed: decimal.NewFromInt(1),
		}}
		held, effects, err := order.Apply(o, other)
		if err != nil || !held.Held() {
			t.Fatalf("%s: %v, held %v", tt.status, err, held.Held())
		}
		if got := rings(effects); got != tt.rings {
			t.Errorf("%s: rings %v, want %v", tt.status, got, tt.rings)
		}
		if _, effects, err = order.Apply(held, other); err != nil || len(effects) != 0 {
			t.Errorf("%s: the same record again: %v, %v", tt.status, effects, err)
		}
	}
}

func rings(effects []order.Effect) bool {
	return slices.ContainsFunc(effects, func(e order.Effect) bool { return e.Kind == order.EffectPing })
}
