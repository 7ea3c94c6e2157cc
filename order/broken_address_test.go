package order_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// A payout is given up for want of an address. That, applied again to an order
// whose buyer has typed one meanwhile, says nothing.
func TestPayoutIsNotGivenUpWithItsAddress(t *testing.T) {
	o, _ := run(t, twoLineOrder(t), order.PayOut{N: 1, Left: 20_000_000, Gateway: "g", By: 900, At: 2000})
	giveUp := order.DropPayOut{Payout: 0, Why: "no address", At: 5000}
	if dropped, _ := run(t, o, giveUp); dropped.Status != order.Refunded {
		t.Fatalf("without an address: %s", dropped.Status)
	}
	for _, ev := range []order.Event{
		order.Addressed{Payout: 0, Network: "n", Coin: "USDT", Coins: decimal.NewFromInt(20), Sealed: []byte("sealed"), At: 3000},
		order.Approved{Payout: 0, Needs: 1, By: 900, At: 4000},
	} {
		o, _ = run(t, o, ev)
		if _, _, err := order.Apply(o, giveUp); order.CodeOf(err) != order.CodeEvent {
			t.Errorf("after %s it is given up: %v", ev.Kind(), err)
		}
	}
}
