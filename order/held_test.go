package order_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
)

// twoLineOrder is an order of two lines that was paid and is being bought.
func twoLineOrder(t *testing.T) order.Order {
	t.Helper()
	o := order.Order{
		Number: "0000000000", Buyer: 1001, Status: order.Paid, Total: 20_000_000, CreatedAt: 1000, ExpiresAt: 3_600_000,
		Lines: []order.Line{
			{Supplier: "s", Item: "a", Quantity: 1, UnitPrice: 10_000_000, UnitCost: 9_000_000, State: order.LineWaiting},
			{Supplier: "s", Item: "b", Quantity: 1, UnitPrice: 10_000_000, UnitCost: 9_000_000, State: order.LineWaiting},
		},
		Payments: []order.Payment{{N: 1, Gateway: "g", State: order.PaymentClosed, Asked: 20_000_000, External: "x", Seen: 20_000_000}},
		Timeline: []order.Moment{{At: 1000, What: "paid"}},
	}
	return o
}

// run applies events that all have to be accepted.
func run(t *testing.T, o order.Order, events ...order.Event) (order.Order, []order.Effect) {
	t.Helper()
	var all []order.Effect
	for _, ev := range events {
		next, effects, err := order.Apply(o, ev)
		if err != nil {
			t.Fatalf("%s in %s: %v", ev.Kind(), o.Status, err)
		}
		o, all = next, append(all, effects...)
	}
	return o, all
}

func count(effects []order.Effect, kind order.EffectKind) int {
	n := 0
	for _, e := range effects {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// One line out of stock, the other unclear and then bought: the price of the one
// that failed is the buyer's credit, and nobody has to look any more.
func TestLineBesideGoodsIsCredited(t *testing.T) {
	o, effects := run(t, twoLineOrder(t),
		order.BuyFails{Line: 0, Code: order.CodeStock, Final: true, Reason: order.ReasonStock, At: 2000},
		order.Buying{Line: 1, Attempt: 1, Key: "k", At: 3000},
		order.BuyFails{Line: 1, Attempt: 1, Code: order.CodeUnclear, Final: true, Reason: order.ReasonUnclear, RetryAt: 4000, At: 200_000},
		order.Bought{Line: 1, Attempt: 1, External: "e", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 300_000},
	)
	if o.Status != order.Ready || o.Held() || o.Returned != 10_000_000 {
		t.Errorf("status %s, held %v for %q, credited %s; want ready, with the price of the first credited", o.Status, o.Held(), o.Reason, o.Returned)
	}
	if n := count(effects, order.EffectAlert); n != 2 {
		t.Errorf("%d alerts, want one per reason", n)
	}
}

// Two odd payments that are read in turn must not alert at every reading.
func TestTwoOddPaymentsAlertOnceEach(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Timeline = order.AwaitingPayment, nil
	o.Payments = []order.Payment{
		{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "x"},
		{N: 2, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "y"},
	}
	alerts := 0
	for i := range 20 {
		var effects []order.Effect
		o, effects = run(t, o,
			order.Read{Payment: 0, Fact: order.Fact{External: "x", Asked: 1, Currency: "USD"}, At: order.Stamp(i)},
			order.Read{Payment: 1, Fact: order.Fact{External: "y", Asked: 20_000_000, Currency: "EUR"}, At: order.Stamp(i)},
		)
		alerts += count(effects, order.EffectAlert)
	}
	if alerts != 2 {
		t.Errorf("%d alerts for two reasons", alerts)
	}
	if diff := cmp.Diff([]order.Reason{order.ReasonMismatch, order.ReasonCurrency}, o.Doubts); diff != "" {
		t.Error(diff)
	}
}

// A doubt about the money stops purchases even when a later doubt would not.
func TestMoneyDoubtStopsPurchasesBehindAnother(t *testing.T) {
	o := twoLineOrder(t)
	o, _ = run(t, o,
		order.Read{Payment: 0, Fact: fact("x", "15"), At: 2000}, // less than before
		order.BuyFails{Line: 1, Code: order.CodeStock, Final: true, Reason: order.ReasonStock, At: 3000},
	)
	if !o.Held() || o.Reason != order.ReasonStock {
		t.Fatalf("held for %q", o.Reason)
	}
	kind, _ := order.NextOf(o, 5000, nil)
	if kind == order.EffectBuy {
		t.Error("buys while the money is in doubt")
	}
	o, _ = run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 2000},
		order.Read{Payment: 0, Fact: fact("x", "15"), At: 3000})
	if kind, _ := order.NextOf(o, order.At(time.UnixMilli(5000)), nil); kind != order.EffectFind {
		t.Errorf("an attempt under way leads to %q, want a look", kind)
	}
}

// Two payments are read in turn, and the record of one is odd for as long as it
// takes: the other's record neither ends the doubt nor has it told again.
func TestTheOtherPaymentEndsNoDoubt(t *testing.T) {
	strange, open := fact("x", "20"), fact("x", "0")
	strange.Tags = []string{order.TagUnknownStatus}
	open.Confirming, open.Status = decimal.NewFromInt(20), order.FactOpen
	for reason, odd := range map[order.Reason]order.Fact{order.ReasonStatus: strange, order.ReasonLower: open} {
		o := twoLineOrder(t)
		o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "y"})
		other := fact("y", "0")
		other.Status = order.FactExpired
		alerts := 0
		for i := range 10 {
			var effects []order.Effect
			o, effects = run(t, o,
				order.Read{Payment: 0, Fact: odd, At: order.Stamp(2000 + i)}, order.Read{Payment: 1, Fact: other, At: order.Stamp(2000 + i)})
			alerts += count(effects, order.EffectAlert)
		}
		if alerts != 1 || !o.Held() || o.Reason != reason {
			t.Errorf("%s: %d alerts, held for %q", reason, alerts, o.Reason)
		}
		if o, _ = run(t, o, order.Read{Payment: 0, Fact: fact("x", "20"), At: 3000}); o.Held() {
			t.Errorf("%s: held for %q after all is well", reason, o.Reason)
		}
	}
}

// A person who has dealt with an unknown word is not asked again about it.
func TestClosedWordStaysClosed(t *testing.T) {
	strange := fact("x", "20")
	strange.Tags = []string{order.TagUnknownStatus}
	o, _ := run(t, twoLineOrder(t), order.Read{Payment: 0, Fact: strange, At: 2000})
	o, _ = run(t, o, order.Close{Left: o.Left(), By: 900, At: 3000}, order.Read{Payment: 0, Fact: strange, At: 4000})
	if o.Held() {
		t.Errorf("held again for %q", o.Reason)
	}
}
