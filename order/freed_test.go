package order_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// An order that expires twice gives back its credit twice. Late money takes as
// much of it again as was given back the last time, and not what links brought.
func TestExpiredTwice(t *testing.T) {
	h := func(n int) order.Stamp { return order.Stamp((time.Duration(n) * time.Hour).Milliseconds()) }
	paid := func(sum int64, at order.Stamp) order.Read {
		return order.Read{Payment: 1, At: at, Fact: order.Fact{
			External: "x", Asked: 6_000_000, Currency: "USD", Status: order.FactExpired, Confirmed: decimal.NewFromInt(sum),
		}}
	}
	o := order.Order{
		Number: "0000000000", Buyer: buyer, Status: order.AwaitingPayment, Total: 10_000_000, ExpiresAt: h(1),
		Lines:    []order.Line{{Quantity: 1, UnitPrice: 10_000_000, UnitCost: 9_000_000, State: order.LineWaiting}},
		Timeline: []order.Moment{{At: 1, What: "placed"}},
	}
	o, _ = run(t, o, order.UseCredit{N: 1, Amount: 4_000_000, At: 1}, order.Planned{N: 2, Gateway: "g", Asked: 6_000_000, Lifetime: time.Hour, At: 1},
		order.Opening{Payment: 1, Key: "k", At: 2}, order.Opened{Payment: 1, Link: order.Link{External: "x", URL: "u"}, At: 3}, order.Expire{At: h(3)})
	if o.Freed != 4_000_000 || o.Returned != 4_000_000 {
		t.Fatalf("expired: %s given back, of which %s may be taken again", o.Returned, o.Freed)
	}
	o, _ = run(t, o, paid(2, h(4)), order.UseCredit{N: 3, Amount: 3_000_000, At: h(5)})
	if o.Freed != 1_000_000 {
		t.Fatalf("%s may be taken again, want what the buyer did not use", o.Freed)
	}
	o, _ = run(t, o, order.Expire{At: h(40)})
	if o.Freed != 4_000_000 || o.Left() != 0 {
		t.Fatalf("expired again: holds %s, %s may be taken again; want the buyer's 3 and the 1 from before", o.Left(), o.Freed)
	}
	o, _ = run(t, o, paid(5, h(41)))
	if kind, _ := order.NextOf(o, h(41), map[int]bool{0: true, 1: true}); kind == order.EffectCredit {
		t.Errorf("%s of the buyer's credit is taken, and the buyer did not choose that", min(o.Freed, o.Missing()))
	}
}
