package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// lostLink is a world in which the answer with the link was lost and the
// gateway does not give it again.
func lostLink(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Gateway.Replays, w.Gateway.LoseOpen = false, 1
	n, err := w.Place(1001, 2)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, 30*time.Second)
	return w, n, w.Gateway.Links(n)[0]
}

func TestHintOfAnotherOrderIsNotAdopted(t *testing.T) {
	w, n, p := lostLink(t)
	other, err := w.Place(1002, 2) // the same sum: only the reference tells them apart
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	theirs := w.Gateway.Links(other)[0]
	if err := w.Hint(n, order.Hint{Payment: 1, External: theirs.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	if got := w.Look(n).Payments[0]; got.External != "" || got.URL != "" {
		t.Errorf("took %q and would show %q, the link of another order", got.External, got.URL)
	}
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	if got := w.Look(n).Payments[0]; got.External != p.External || got.URL == "" {
		t.Errorf("did not take its own link: %+v", got)
	}
}

func TestHintStaysWhileTheGatewayIsAway(t *testing.T) {
	w, n, p := lostLink(t)
	w.Gateway.Away = true
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 2*time.Minute)
	w.Gateway.Away = false
	rest(t, w, 5*time.Minute)
	if got := w.Look(n).Payments[0]; got.External != p.External {
		t.Error("the hint was forgotten: nobody watches a link that can be paid")
	}
}

// A cancel that comes before the hint is worked off must not swallow it.
func TestCancelLearnsTheHintBeforeItClearsIt(t *testing.T) {
	w, n, p := lostLink(t)
	view := w.Process().View
	if err := view.Wake(context.Background(), n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Process().Engine.Cancel(context.Background(), 1001, n, false); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	w.Gateway.Pay(p.External, p.Asked)
	rest(t, w, 3*time.Hour)
	credited(t, w, n, order.Cancelled, "20", order.FlagLate)
}

func TestPermitThatCannotBeFreedKeepsNoOther(t *testing.T) {
	w, n, _ := placed(t)
	view := w.Store.View(nil)
	ctx := context.Background()
	for i, owner := range []string{"nonsense", order.PermitOwner(n, -1, 1), order.PermitOwner(n, 0, 4)} {
		if err := view.Acquire(ctx, order.Permit{Vendor: ordertest.SupplierName, Lock: string(rune('a' + i)), Owner: owner}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Second)
	}
	rest(t, w, time.Minute)
	if locks := w.Store.Locks(ordertest.SupplierName); len(locks) != 3 {
		t.Errorf("%d permits after a minute: a worker may be about to store its attempt", len(locks))
	}
	rest(t, w, 10*time.Minute)
	if locks := w.Store.Locks(ordertest.SupplierName); len(locks) != 1 {
		t.Errorf("permits left: %v", locks)
	}
}

// The supplier hands the same order to two of ours: both know it, a person is told.
func TestPurchaseOfAnotherOrderIsHeld(t *testing.T) {
	w, n, p := placed(t)
	view := w.Store.View(nil)
	taken := order.Permit{Vendor: ordertest.SupplierName, Lock: "x", Owner: order.PermitOwner("0000000000", 0, 1)}
	if err := view.Release(context.Background(), taken, "inf-1"); err != nil {
		t.Fatal(err)
	}
	pay(t, w, n, p)
	rest(t, w, time.Hour)
	heldFor(t, w, n, order.ReasonGoods)
	w.Clock.Advance(time.Hour)
	rest(t, w, time.Hour)
	if alerts := w.Chat.Alerts(n); len(alerts) != 1 {
		t.Errorf("alerts %v", alerts)
	}
	if locks := w.Store.Locks(ordertest.SupplierName); len(locks) != 0 {
		t.Errorf("the product stays blocked: %v", locks)
	}
}
