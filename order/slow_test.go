package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// pay pays an order exactly and sends the webhook.
func pay(t *testing.T, w *ordertest.World, n order.Number, p *ordertest.Payable) {
	t.Helper()
	if err := exact(w, n, p, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSupplierAwayIsToldAndRecovers(t *testing.T) {
	w, n, p := placed(t)
	w.Supplier.Away = true
	pay(t, w, n, p)
	rest(t, w, time.Minute)
	if o := w.Look(n); o.Held() || !o.Flags.Has(order.FlagSupplierDown) {
		t.Errorf("after a minute: %s, held %q, flags %v", o.Status, o.Reason, o.Flags)
	}
	rest(t, w, 20*time.Minute)
	heldFor(t, w, n, order.ReasonSupplierDown)
	before := w.Store.Writes()
	rest(t, w, 5*time.Hour)
	if writes := w.Store.Writes() - before; writes != 0 {
		t.Errorf("%d writes while nothing changes", writes)
	}
	w.Supplier.Away = false
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

func TestBlockedProductIsToldAndRecovers(t *testing.T) {
	w := ordertest.NewWorld(1)
	settle := func(d time.Duration) { rest(t, w, d) }
	if err := blocked(w, settle); err != nil {
		t.Fatal(err)
	}
	steps, err := w.RestFor(30 * time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if steps > 3000 {
		t.Errorf("%d steps in half an hour of waiting for a permit", steps)
	}
	n := w.Numbers()[1]
	if w.Look(n).Buyer != 3001 {
		n = w.Numbers()[0]
	}
	heldFor(t, w, n, order.ReasonSupplierDown)
	w.Supplier.Forget()
	rest(t, w, 2*time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
	if sales := len(w.Supplier.Sales()); sales != 2 {
		t.Errorf("%d purchases for two orders", sales)
	}
}
