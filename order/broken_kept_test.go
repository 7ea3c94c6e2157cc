package order_test

import (
	"testing"

	"giftbot/order"
)

// Surplus that a gateway may give back pays for nothing: what credit had paid is
// asked for again, and nothing is bought before.
func TestKeptSurplusIsNoPayment(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Timeline = order.AwaitingPayment, nil
	o.Payments = []order.Payment{
		{N: 1, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: 15_000_000, Seen: 15_000_000},
		{N: 2, Gateway: "g", State: order.PaymentOpen, Asked: 5_000_000, External: "x", SentAt: 1000},
	}
	late := fact("x", "20")
	late.Asked, late.Status = 5_000_000, order.FactExpired
	o, _ = run(t, o, order.Expire{At: 3_600_000}, order.Read{Payment: 1, Fact: late, Keeps: true, At: 4_000_000})
	if o.Status != order.Confirming || o.Missing() != 15_000_000 || order.Look(o).Kept != 15_000_000 {
		t.Fatalf("%s, %s missing, %s kept", o.Status, o.Missing(), order.Look(o).Kept)
	}
	for name, word := range map[string]order.Event{
		"the gateway gave it back": order.Close{Left: o.Left(), By: 900, At: 4_100_000},
		"it did not":               order.GiveBack{Left: o.Left(), Amount: 15_000_000, By: 900, At: 4_100_000},
	} {
		next, _ := run(t, o, word)
		if kind, _ := order.NextOf(next, 4_100_001, map[int]bool{1: true}); kind != order.EffectCredit || next.Left() != 5_000_000 {
			t.Errorf("%s: %s left, next %q, want the credit again", name, next.Left(), kind)
		}
		next, _ = run(t, next, order.UseCredit{N: 3, Amount: 15_000_000, At: 4_200_000})
		if next.Status != order.Paid || next.Left() != 20_000_000 {
			t.Errorf("%s, credit taken: %s with %s", name, next.Status, next.Left())
		}
	}
}
