package order_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// A person vouches for a part while the link's whole sum is on its way, and that
// vanishes: the part is the buyer's to choose about, and never with nobody.
func TestWhatIsLeftOfAVanishedPaymentIsShort(t *testing.T) {
	for name, status := range map[string]order.FactStatus{"the link is open": order.FactOpen, "the link has ended": order.FactExpired} {
		o := unread(t)
		o.Flags, o.Doubts, o.Reason = nil, nil, ""
		coming, gone := fact("x", "0"), fact("x", "0")
		coming.Confirming, gone.Status = decimal.NewFromInt(20), status
		o, _ = run(t, o, order.Read{Payment: 0, Fact: coming, At: 2000}, order.ByHand{N: 2, Amount: 5_000_000, By: 900, At: 3000},
			order.Read{Payment: 0, Fact: coming, At: 4000})
		if o.Flags.Has(order.FlagShort) {
			t.Errorf("%s: short while the rest is coming", name)
		}
		o, effects := run(t, o, order.Read{Payment: 0, Fact: gone, At: 5000})
		if o.Status != order.Confirming || !o.Flags.Has(order.FlagShort) || count(effects, order.EffectPing) != 1 {
			t.Errorf("%s: %s, flags %v, told %v", name, o.Status, o.Flags, effects)
		}
		o, effects = run(t, o, order.Expire{At: order.At(o.ChooseUntil())})
		if got := creditOf(effects, 1001); o.Status != order.Expired || got != 5_000_000 || o.Left() != 0 {
			t.Errorf("%s: %s, %s credit, %s left", name, o.Status, got, o.Left())
		}
	}
}

// An order that expired and whose money a person gave back is refunded: nothing
// is left that it could be paid for, and what still comes is credit.
func TestGivenBackAfterTheEndIsRefunded(t *testing.T) {
	expired := twoLineOrder(t)
	expired.Status, expired.Timeline = order.Expired, []order.Moment{{At: 1000, What: "expired"}}
	expired.Payments[0].Seen, expired.Payments[0].Kept = 5_000_000, 2_000_000
	for name, row := range map[string]struct {
		amount order.Money
		status order.Status
	}{
		"all but the surplus": {0, order.Refunded},
		"all of it":           {3_000_000, order.Refunded},
		"a part":              {1_000_000, order.Expired},
		"the surplus alone":   {2_000_000, order.Expired},
	} {
		o, effects := run(t, expired, order.GiveBack{Left: 5_000_000, Amount: row.amount, By: 900, At: 2000})
		if o.Status != row.status || count(effects, order.EffectPing) == 0 {
			t.Errorf("%s: %s, told %v", name, o.Status, effects)
		}
	}
	o, _ := run(t, expired, order.GiveBack{Left: 5_000_000, By: 900, At: 2000})
	for name, ev := range map[string]order.Event{
		"by the link": order.Read{Payment: 0, Fact: fact("x", "25"), At: 3000},
		"by hand":     order.ByHand{N: 2, Amount: 20_000_000, By: 900, At: 3000},
	} {
		paid, effects := run(t, o, ev)
		if got := creditOf(effects, 1001); paid.Status != order.Refunded || got != 20_000_000 || count(effects, order.EffectPing) != 1 {
			t.Errorf("paid %s: %s, %s credit, told %v", name, paid.Status, got, effects)
		}
	}
}

// A link that confirmed what a person had vouched for falls below the price: who
// closes both has one sum too little for the goods, and they are not bought.
func TestClosedTwiceAndFallenIsNotBought(t *testing.T) {
	for _, falls := range []string{"19", "3"} {
		o, _ := run(t, unread(t), order.ByHand{N: 2, Amount: 5_000_000, By: 900, At: 2000}, order.Read{Payment: 0, Fact: fact("x", "20"), At: 3000})
		o, effects := run(t, o, order.Read{Payment: 0, Fact: fact("x", falls), At: 4000}, order.Close{Left: o.Left(), By: 900, At: 5000})
		if got := creditOf(effects, 1001); o.Status != order.Refunded || o.Held() || got.String() != falls+".00" || o.Balance() != 0 {
			t.Errorf("to %s: %s, held for %v, %s credit, %s left", falls, o.Status, o.Doubts, got, o.Balance())
		}
	}
	o, _ := run(t, unread(t), order.ByHand{N: 2, Amount: 5_000_000, By: 900, At: 2000}, order.Read{Payment: 0, Fact: fact("x", "20"), At: 3000},
		order.Read{Payment: 0, Fact: fact("x", "19"), At: 4000}, order.Read{Payment: 0, Fact: fact("x", "20"), At: 4500})
	o, effects := run(t, o, order.Close{Left: o.Left(), By: 900, At: 5000})
	if got := creditOf(effects, 1001); o.Status != order.Paid || o.Left() != 20_000_000 || got != 0 {
		t.Errorf("up again: %s, %s credit, %s left", o.Status, got, o.Left())
	}
}

// Goods come that nothing pays for any more: they are the shop's, and their line
// waits for a person. It is not looked for again and again.
func TestBoughtWithoutTheMoneyIsForAPerson(t *testing.T) {
	o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 2000})
	o.Payments[0].Seen = 9_000_000
	bought := order.Bought{Line: 0, Attempt: 1, External: "e", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 3000}
	o, effects := run(t, o, bought)
	if l := o.Lines[0]; l.State != order.LineFailed || l.Credited != 0 || o.Reason != order.ReasonGoodsTwice || count(effects, order.EffectAlert) != 1 {
		t.Fatalf("%s, held for %q, told %v", l.State, o.Reason, effects)
	}
	o.Lines[1].State = order.LineFailed
	if kind, _ := order.NextOf(o, 4000, map[int]bool{0: true}); kind != order.EffectNone {
		t.Errorf("next: %s", kind)
	}
	o, _ = run(t, o, bought, order.GiveBack{Left: o.Left(), By: 900, At: 5000}, order.Close{By: 900, At: 6000})
	if o.Status != order.Refunded || o.Held() || o.Returned != 9_000_000 {
		t.Errorf("%s, held for %v, returned %s", o.Status, o.Doubts, o.Returned)
	}
}

// A line that was left under way with a purchase that is settled: the next look
// puts it before a person. One that is bought anew meanwhile goes on.
func TestUnderWayWithNothingUnderWay(t *testing.T) {
	o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 2000})
	bought := order.Bought{Line: 0, Attempt: 1, External: "e", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 3000}
	o.Lines[0].Attempts[0].Outcome, o.Lines[0].Attempts[0].External = order.OutcomeDone, "e"
	seen, effects := run(t, o, bought, bought)
	if seen.Lines[0].State != order.LineFailed || !seen.Held() || count(effects, order.EffectAlert) != 1 {
		t.Errorf("%s, held for %q", seen.Lines[0].State, seen.Reason)
	}
	o.Lines[0].Attempts = append(o.Lines[0].Attempts, order.Attempt{N: 2, Key: "k2", FirstSentAt: 2500, Sends: 1})
	if seen, _ = run(t, o, bought); seen.Lines[0].State != order.LineBuying || seen.Held() {
		t.Errorf("another attempt: %s, held for %q", seen.Lines[0].State, seen.Reason)
	}
}

// forgottenPurchase is an order without its money that the journal knows a
// purchase of: Redis went back to before it was paid, and nobody looks for it.
func forgottenPurchase(t *testing.T, status order.Status) order.Order {
	t.Helper()
	o := twoLineOrder(t)
	o.Lines = o.Lines[:1]
	o.Status, o.Total, o.Payments[0].Seen, o.Timeline = status, 10_000_000, 0, []order.Moment{{At: 1000, What: string(status)}}
	o, _ = run(t, o, order.Arrived{Line: 0, Attempt: 1, Key: "k", At: 2000})
	return o
}

// A purchase that nobody looks for stays before a person until they say that it
// was not made, or is of no use. Then the order is as if it had never been.
func TestForgottenPurchaseIsNotClosed(t *testing.T) {
	for _, status := range []order.Status{order.Expired, order.Cancelled} {
		o := forgottenPurchase(t, status)
		if o.Lines[0].State != order.LineUnclear || o.Reason != order.ReasonGoodsTwice {
			t.Errorf("%s: the line is %s, held for %q", status, o.Lines[0].State, o.Reason)
		}
		if _, _, err := order.Apply(o, order.Close{By: 900, At: 90_000}); order.CodeOf(err) != order.CodeBusy {
			t.Errorf("%s: closed: %v", status, err)
		}
		if _, _, err := order.Apply(o, order.GiveUp{Line: 0, Attempt: 1, By: 900, At: 50_000}); order.CodeOf(err) != order.CodeBusy {
			t.Errorf("%s: given up while it may be on its way: %v", status, err)
		}
		o, _ = run(t, o, order.GiveUp{Line: 0, Attempt: 1, By: 900, Why: "x", At: 90_000}, order.Close{By: 900, At: 91_000})
		if o.Status != status || o.Held() || o.Lines[0].State != order.LineWaiting {
			t.Errorf("%s: %s, held for %v, the line is %s", status, o.Status, o.Doubts, o.Lines[0].State)
		}
	}
}

// Its payment comes back: it is looked for, and what was given up is bought anew.
func TestForgottenPurchaseIsPaidAfterAll(t *testing.T) {
	paid := order.Read{Payment: 0, Fact: fact("x", "20"), At: 95_000}
	o, _ := run(t, forgottenPurchase(t, order.Expired), paid)
	if kind, _ := order.NextOf(o, 96_000, map[int]bool{0: true}); o.Status != order.Fulfilling || kind != order.EffectResend {
		t.Errorf("%s, next %s", o.Status, kind)
	}
	o, _ = run(t, forgottenPurchase(t, order.Expired), order.GiveUp{Line: 0, Attempt: 1, By: 900, At: 90_000}, order.Close{By: 900, At: 91_000}, paid)
	if kind, _ := order.NextOf(o, 96_000, map[int]bool{0: true}); o.Status != order.Fulfilling || kind != order.EffectBuy {
		t.Errorf("given up: %s, next %s", o.Status, kind)
	}
}

// What a gateway may give back by itself pays for nothing: neither is a line
// bought again with it, nor does its return leave less than nothing.
func TestKeptMoneyPaysForNothing(t *testing.T) {
	o := twoLineOrder(t)
	o.Payments[0].State = order.PaymentOpen
	o, _ = run(t, o, order.BuyFails{Line: 0, Code: order.CodePrice, Final: true, Reason: order.ReasonLoss, At: 2000},
		order.Buying{Line: 1, Attempt: 1, Key: "k", At: 2000}, order.BuyFails{Line: 1, Attempt: 1, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 3000},
		order.GiveBack{Left: 20_000_000, Amount: 5_000_000, By: 900, At: 4000}, order.Read{Payment: 0, Fact: fact("x", "25"), Keeps: true, At: 5000})
	if o.Left() != 20_000_000 || order.Look(o).Kept != 5_000_000 {
		t.Fatalf("left %s, kept %s", o.Left(), order.Look(o).Kept)
	}
	if _, _, err := order.Apply(o, order.Again{By: 900, At: 6000}); order.CodeOf(err) != order.CodeInvalid {
		t.Errorf("bought again: %v", err)
	}
	for i := range o.Lines { // both come after all
		o.Lines[i].State, o.Lines[i].Got = order.LineGot, 1
	}
	o.Doubts, o.Reason = []order.Reason{order.ReasonOver}, order.ReasonOver
	o, effects := run(t, o, order.Close{Left: 0, By: 900, At: 7000})
	if o.Left() != 0 || o.Balance() != 0 || o.Forgiven != 5_000_000 || count(effects, order.EffectPost) != 2 {
		t.Errorf("closed: left %s, forgiven %s, %v", o.Left(), o.Forgiven, effects)
	}
}
