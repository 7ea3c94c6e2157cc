package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// stayed is an order of 20 in a payout that was sent and not answered, of which a
// person has said that it stayed; late is what its worker hears when it wakes.
func stayed(t *testing.T, w *ordertest.World, n order.Number) order.PaidOut {
	t.Helper()
	w.Payer.Plans(ordertest.Paying{Err: &order.Error{Code: order.CodeUnclear, Op: "pay out"}, Made: true})
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(minutes))
	if o := w.Look(n); o.Reason != order.ReasonPayoutUnclear {
		t.Fatalf("held %q", o.Reason)
	}
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Why: "not in the list"}
	if _, err := w.Process().Engine.SettlePayout(context.Background(), d, false); err != nil {
		t.Fatal(err)
	}
	return order.PaidOut{Receipt: order.PayoutReceipt{External: "out-1", Hash: "0xab", State: order.PayoutPending}, At: w.Clock.Stamp()}
}

// A payout that a person said had stayed gets the gateway's number after all:
// nothing is booked, and admins hear of it once, in its own words.
func TestAPayoutThatLeftAfterAll(t *testing.T) {
	w, n := outOfStock(t)
	late := stayed(t, w, n)
	before := w.Look(n)
	o, effects := run(t, before, late)
	p := o.Payouts[0]
	if p.State != order.PayoutDropped || p.External != "out-1" || p.Hash != "0xab" || o.Balance() != before.Balance() || o.Returned != before.Returned {
		t.Errorf("%+v, balance %s", p, o.Balance())
	}
	if count(effects, order.EffectAlert) != 1 || count(effects, order.EffectPost)+count(effects, order.EffectPing) != 0 {
		t.Errorf("effects %v", effects)
	}
	if left, is := o.LeftAfterAll(); !is || left.N != 1 {
		t.Error("nobody can tell which payout left")
	}
	if again, more := run(t, o, late); count(more, order.EffectAlert) != 0 || len(again.Timeline) != len(o.Timeline) {
		t.Errorf("told twice: %v", more)
	}
	late.Receipt.State = order.PayoutRejected
	if o, effects = run(t, before, late); o.Payouts[0].External != "out-1" || count(effects, order.EffectAlert) != 0 {
		t.Errorf("it stayed, as they said: %v", effects)
	}
}

// What of its money is still on the order waits for a person; what has gone to
// the buyer's credit holds nothing.
func TestWhatIsLeftOfAPayoutThatLeftWaits(t *testing.T) {
	w, n := outOfStock(t)
	late := stayed(t, w, n)
	settled := w.Look(n)
	for _, name := range []string{"gone", "here", "set aside"} {
		o := settled
		o.Payouts = append([]order.Payout(nil), settled.Payouts...)
		o.Doubts, o.Reason, o.Flags = nil, "", o.Flags.Without(order.FlagHeld)
		o.Returned = map[string]order.Money{"gone": o.Received(), "here": 0, "set aside": 0}[name]
		if name == "set aside" {
			o.Payouts = append(o.Payouts, order.Payout{N: 2, Gateway: ordertest.GatewayName, State: order.PayoutApproved, Amount: o.Left(), Approved: []int64{ordertest.Admin}})
		}
		o, effects := run(t, o, late)
		if want := name != "gone"; o.Held() != want || want && o.Reason != order.ReasonPayoutLeft || count(effects, order.EffectAlert) != 1 {
			t.Errorf("%s: held %v, %v", name, o.Doubts, effects)
		}
		if name != "set aside" {
			continue
		}
		if kind, _ := order.NextOf(o, late.At.Add(time.Hour), map[int]bool{0: true}); kind == order.EffectPayOut {
			t.Error("the second payout leaves")
		}
		if _, _, err := order.Apply(o, order.PayingOut{Payout: 1, Once: "x", At: late.At}); err == nil {
			t.Error("the second payout leaves")
		}
		o, _ = run(t, o, order.Close{Left: o.Left(), By: ordertest.Admin, Why: "it did not", At: late.At})
		if kind, _ := order.NextOf(o, late.At.Add(time.Hour), map[int]bool{0: true}); o.Held() || kind != order.EffectPayOut {
			t.Errorf("decided, and still held %v, next %s", o.Doubts, kind)
		}
		if _, is := o.LeftAfterAll(); is {
			t.Error("told of what is decided")
		}
	}
}

// The worker that sent it wakes when all is decided: the whole way, once.
func TestAWorkerThatWakesWithAPayoutsNumber(t *testing.T) {
	w, n := outOfStock(t)
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork))
	stalls := w.Join(&ordertest.Gate{}, w.Clock)
	other, slept := w.Join(&ordertest.Gate{}, w.Clock), false
	stalls.Gate.Seen = func(_ int, op string) {
		if op != "pay out" || slept {
			return
		}
		slept = true
		for range 20 { // nobody hears of it: it is unclear
			if w.Clock.Advance(time.Second); w.Look(n).Payouts[0].State == order.PayoutSent {
				w.Clock.Advance(time.Minute)
			}
			_, _ = other.Engine.Step(context.Background())
			_, _ = other.Engine.Step(context.Background())
		}
		d := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Why: "not in the list"}
		if _, err := other.Engine.SettlePayout(context.Background(), d, false); err != nil {
			t.Error(err)
		}
	}
	p := w.Look(n).Payouts[0]
	d := order.Decision{Number: n, Admin: ordertest.Admin, Amount: p.Amount, Fixed: p.FixedAt}
	if _, err := stalls.Engine.ApprovePayout(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, _ = stalls.Engine.Step(context.Background())
	}
	if !slept {
		t.Fatal("nothing was sent")
	}
	before := len(w.Chat.Alerts(n))
	rest(t, w, time.Minute)
	o := w.Look(n)
	if p := o.Payouts[0]; p.State != order.PayoutDropped || p.External == "" {
		t.Errorf("%+v", p)
	}
	if told := len(w.Chat.Alerts(n)); told <= before {
		t.Errorf("%d alerts, before %d", told, before)
	}
	if _, is := o.LeftAfterAll(); !is || len(w.Payer.Sendings()) != 1 {
		t.Errorf("left after all %v, %d sent", is, len(w.Payer.Sendings()))
	}
}
