package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// approvedPayout has the money of a paid order without goods approved for its
// buyer's wallet.
func approvedPayout(t *testing.T, w *ordertest.World, buyer int64) order.Number {
	t.Helper()
	n, err := w.Place(buyer, 2)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	w.Supplier.Stock = 0
	w.Gateway.Pay(w.Gateway.Links(n)[0].External, 20_000_000)
	rest(t, w, 10*time.Minute)
	e := w.Process().Engine
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Amount: 20_000_000}
	if _, err = e.PayOut(t.Context(), d, ordertest.GatewayName); err != nil {
		t.Fatal(err)
	}
	o, err := e.SetAddress(t.Context(), buyer, n, ordertest.StableNetwork, "0xabc")
	if err != nil {
		t.Fatal(err)
	}
	d.Fixed = o.Payouts[0].FixedAt
	if _, err = e.ApprovePayout(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return n
}

// A payout whose gateway took it on and cannot tell of it any more is a
// person's, and is followed all the same.
func TestPayoutThatIsNotToldOf(t *testing.T) {
	w := ordertest.NewWorld(1)
	w.Payer.Plans(ordertest.Paying{Takes: 1})
	w.Plan = func(_ int, op string) ordertest.Fault {
		if op == "follow" {
			return ordertest.FailBefore
		}
		return ordertest.OK
	}
	n := approvedPayout(t, w, 1001)
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Held() || o.Payouts[0].State != order.PayoutSent {
		t.Fatalf("after an hour: %s, held for %q", o.Payouts[0].State, o.Reason)
	}
	rest(t, w, 2*time.Hour)
	if o := w.Look(n); o.Reason != order.ReasonPayoutUnclear || o.Payouts[0].External == "" {
		t.Fatalf("after three hours: %s, held for %q", o.Payouts[0].State, o.Reason)
	}
	w.Process().Gate.Plan = nil
	rest(t, w, 12*time.Hour)
	if o := w.Look(n); o.Held() || o.Payouts[0].State != order.PayoutDone {
		t.Errorf("told again: %s, held for %q", o.Payouts[0].State, o.Reason)
	}
}

// A payout that is put off over midnight counts for the day it leaves.
func TestPayoutOverMidnight(t *testing.T) {
	w := ordertest.NewWorld(1)
	w.Policy.PayoutMax = 20_000_000
	midnight := w.Clock.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	w.Clock.Advance(midnight.Sub(w.Clock.Now()) - 11*time.Minute - 5*time.Second)
	w.Payer.Plans(ordertest.Paying{Err: &order.Error{Code: order.CodeLimited, Op: "pay out", RetryAfter: time.Minute}})
	approvedPayout(t, w, 1001)
	rest(t, w, 5*time.Minute)
	second := approvedPayout(t, w, 1002)
	rest(t, w, 5*time.Hour)
	list := w.Payer.Sendings()
	if len(list) != 1 || list[0].At < order.At(midnight) || w.Look(second).Reason != order.ReasonPayoutCap {
		t.Fatalf("%d left on a day for one, the second is held for %q", len(list), w.Look(second).Reason)
	}
	rest(t, w, 24*time.Hour)
	if err := w.Audit(0); err != nil || len(w.Payer.Sendings()) != 2 {
		t.Errorf("%d left in two days: %v", len(w.Payer.Sendings()), err)
	}
}
