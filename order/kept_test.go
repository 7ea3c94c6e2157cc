package order_test

import (
	"testing"

	"giftbot/order"
)

// Surplus that the gateway may give back is a decision of its own: giving back
// what the goods cost leaves it where it is.
func TestKeptSurplusIsDecidedByItself(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Payments[0].Seen = order.AwaitingPayment, 0
	o.Payments[0].State = order.PaymentOpen
	o, _ = run(t, o, order.Read{Payment: 0, Fact: fact("x", "27"), Keeps: true, At: 2000},
		order.BuyFails{Line: 0, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 3000},
		order.BuyFails{Line: 1, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 3000})
	if o.Left() != 27_000_000 || o.Refundable() != 20_000_000 {
		t.Fatalf("%s held, %s can be given back", o.Left(), o.Refundable())
	}
	if _, _, err := order.Apply(o, order.GiveBack{Left: o.Left(), Amount: 27_000_000, By: 900, At: 4000}); order.CodeOf(err) != order.CodeInvalid {
		t.Errorf("the surplus went with it: %v", err)
	}
	o, _ = run(t, o, order.GiveBack{Left: o.Left(), By: 900, At: 4000})
	if o.Returned != 20_000_000 || o.Status != order.Refunded || !o.Held() || o.Reason != order.ReasonOver || o.Refundable() != 7_000_000 {
		t.Errorf("%s returned, %s, held for %q", o.Returned, o.Status, o.Reason)
	}
	fetched, _ := run(t, o, order.Close{Left: o.Left(), By: 900, At: 5000})
	given, _ := run(t, o, order.GiveBack{Left: o.Left(), By: 900, At: 5000})
	if fetched.Held() || fetched.Returned != 20_000_000 || given.Held() || given.Returned != 27_000_000 || fetched.Left()+given.Left() != 0 {
		t.Errorf("fetched: %s, held %v; given: %s, held %v", fetched.Returned, fetched.Held(), given.Returned, given.Held())
	}
}

// A choice that comes up long after the link's end lasts as long as any other.
func TestLateChoiceLasts(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Payments[0].Seen = order.Expired, 0
	part := fact("x", "5")
	part.Status = order.FactExpired
	const late = 100_000_000 // more than a day after it was placed
	o, _ = run(t, o, order.Read{Payment: 0, Fact: part, At: late})
	if !o.Flags.Has(order.FlagShort) || o.ChooseUntil().UnixMilli() < late+11*3_600_000 {
		t.Errorf("flags %v, until %s", o.Flags, o.ChooseUntil())
	}
	if !o.Unpaid() {
		t.Error("a payment that is short does not count as an open order")
	}
}

// A surplus is told with the goods: it does not ring by itself beforehand. After
// the delivery it does.
func TestSurplusRingsWithTheGoods(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Payments[0].Seen = order.AwaitingPayment, 0
	o.Payments[0].State = order.PaymentOpen
	over, again := fact("x", "25"), fact("x", "30")
	o, effects := run(t, o, order.Read{Payment: 0, Fact: over, At: 2000})
	if o.Returned != 5_000_000 || count(effects, order.EffectPing) != 0 || count(effects, order.EffectNotify) == 0 {
		t.Errorf("%s returned, %d rings", o.Returned, count(effects, order.EffectPing))
	}
	for i := range o.Lines {
		o, _ = run(t, o, order.Buying{Line: i, Attempt: 1, Key: "k", At: 3000},
			order.Bought{Line: i, Attempt: 1, External: string(rune('a' + i)), Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 4000})
	}
	o, effects = run(t, o, order.Shown{Message: 7, Goods: true, At: 5000}, order.Read{Payment: 0, Fact: again, At: 6000})
	if o.Returned != 10_000_000 || count(effects, order.EffectPing) != 2 {
		t.Errorf("%s returned, %d rings for goods and a second surplus", o.Returned, count(effects, order.EffectPing))
	}
}
