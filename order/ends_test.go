package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// placed is a world with one order of 20.00 that has its link.
func placed(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	n, p, err := buy2(w, func(d time.Duration) { rest(t, w, d) })
	if err != nil {
		t.Fatal(err)
	}
	return w, n, p
}

func rest(t *testing.T, w *ordertest.World, d time.Duration) {
	t.Helper()
	if _, err := w.RestFor(d); err != nil {
		t.Fatal(err)
	}
}

// heldFor checks that an order is held, that admins were alerted once and
// that the buyer was told.
func heldFor(t *testing.T, w *ordertest.World, n order.Number, reason order.Reason) {
	t.Helper()
	o := w.Look(n)
	if !o.Held() || o.Reason != reason {
		t.Errorf("%s, held %v for %q; want held for %q", o.Status, o.Held(), o.Reason, reason)
	}
	if alerts := w.Chat.Alerts(n); len(alerts) != 1 {
		t.Errorf("alerts %v, want one", alerts)
	}
	if !w.Chat.ToldHeld(n) {
		t.Error("the buyer was not told")
	}
}

func TestMoneyOnItsWayNeverExpires(t *testing.T) {
	w, n, p := placed(t)
	w.Clock.Advance(54 * time.Minute)
	p.Coming = p.Asked // seen in the last minute, after the last reading
	rest(t, w, 2*time.Hour)
	if o := w.Look(n); o.Status != order.Confirming || o.Held() {
		t.Fatalf("%s, held %q, with money on its way", o.Status, o.Reason)
	}
	p.Coming = 0
	w.Gateway.Pay(p.External, p.Asked)
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Held() || !o.Flags.Has(order.FlagLate) {
		t.Errorf("%s, held %q, flags %v; what comes late in full is bought", o.Status, o.Reason, o.Flags)
	}
}

// credited checks that an order ended in a status, before nobody, and that a
// sum of it is its buyer's credit.
func credited(t *testing.T, w *ordertest.World, n order.Number, status order.Status, sum string, flag order.Flag) {
	t.Helper()
	o := w.Look(n)
	if o.Status != status || o.Held() || !o.Flags.Has(flag) {
		t.Errorf("%s, held %q, flags %v; want %s with %s", o.Status, o.Reason, o.Flags, status, flag)
	}
	if got := w.Credit(o.Buyer); o.Returned != ordertest.Amount(sum) || got != o.Returned-o.CreditUsed() {
		t.Errorf("%s to credit, which is %s; want %s", o.Returned, got, sum)
	}
}

func TestMoneyThatVanishedLetsTheOrderExpire(t *testing.T) {
	w, n, p := placed(t)
	p.Coming = p.Asked
	rest(t, w, 20*time.Minute)
	p.Coming = 0
	rest(t, w, 2*time.Hour)
	if o := w.Look(n); o.Status != order.Expired || o.Held() {
		t.Errorf("%s, held %q", o.Status, o.Reason)
	}
}

func TestMoneyUndecidedForHoursIsHeld(t *testing.T) {
	w, n, p := placed(t)
	p.Coming = p.Asked
	rest(t, w, 8*time.Hour)
	heldFor(t, w, n, order.ReasonLate)
}

func TestUnreadableGatewayIsHeldAndRecovers(t *testing.T) {
	w, n, p := placed(t)
	w.Gateway.Away = true
	rest(t, w, 3*time.Hour)
	heldFor(t, w, n, order.ReasonUnread)
	before := w.Store.Writes()
	rest(t, w, 6*time.Hour)
	if writes := w.Store.Writes() - before; writes != 0 {
		t.Errorf("%d writes while nothing changes", writes)
	}
	w.Gateway.Away = false
	p.InTime = p.Asked
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || o.Held() {
		t.Errorf("%s, held %q, once the gateway answers", o.Status, o.Reason)
	}
}

// Money that hangs for hours at a gateway that answers only sometimes: one
// alert for each reason, not one for each failure.
func TestGatewayThatAnswersSometimesAlertsOnce(t *testing.T) {
	w, n, p := placed(t)
	p.Coming = p.Asked
	for range 40 {
		w.Gateway.Away = !w.Gateway.Away
		rest(t, w, 15*time.Minute)
	}
	if alerts := w.Chat.Alerts(n); len(alerts) != 2 {
		t.Errorf("alerts %v", alerts)
	}
}

func TestCancelIsRefusedWithMoneyInDoubt(t *testing.T) {
	w, n, p := placed(t)
	p.Tags = []string{order.TagWrongCurrency}
	w.Gateway.Pay(p.External, p.Asked)
	o, err := w.Process().Engine.Cancel(context.Background(), 1001, n, false)
	if order.CodeOf(err) != order.CodeEvent || o.Status == order.Cancelled {
		t.Errorf("cancel gave %v, status %s", err, o.Status)
	}
	rest(t, w, time.Minute)
	heldFor(t, w, n, order.ReasonCurrency)
}

// The gateway calls a link expired while money for it is being confirmed.
func TestExpiredLinkWithMoneyComing(t *testing.T) {
	o := twoLineOrder(t)
	o.Status = order.AwaitingPayment
	o.Payments = []order.Payment{{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "x", ExpiresAt: 3_600_000}}
	f := fact("x", "0")
	f.Status, f.Confirming = order.FactExpired, decimal.NewFromInt(20)
	o, _ = run(t, o, order.Read{Payment: 0, Fact: f, At: 3_700_000})
	if kind, _ := order.NextOf(o, 4_000_000, map[int]bool{0: true}); kind == order.EffectExpire || o.Status != order.Confirming {
		t.Errorf("%s, next %q", o.Status, kind)
	}
}
