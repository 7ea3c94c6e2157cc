package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// Redis forgot a request for cards and its permit, the journal knows the request,
// and another one holds the permit since. The cards of that other one, whose
// callback does not come either, are nobody else's.
func TestARecoveredPurchaseWaitsForItsPermit(t *testing.T) {
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	w.Cards.Recalls = true
	w.Cards.Mints(ordertest.Mint{Calls: -1})
	ctx, engine := context.Background(), w.Process().Engine
	forgotten, other := cardOf(t, w, 1001), cardOf(t, w, 1002)

	w.Ice.Waits = true // nothing leaves, so that only the journal speaks of a request
	paysLink(t, w, forgotten)
	rest(t, w, time.Minute)
	line := w.Look(forgotten).Lines[0]
	terms := engine.Suppliers[line.Supplier].Terms()
	third := order.Permit{Vendor: line.Supplier, Lock: terms.Lock(line.Item), Owner: order.PermitOwner("0DWW28NA4Z", 0, 1)}
	if err := engine.Permits.Acquire(ctx, third); err != nil {
		t.Fatal(err)
	}
	if err := engine.Recover(ctx, []order.Spent{{Owner: order.PermitOwner(forgotten, 0, 1), At: w.Look(forgotten).CreatedAt}}); err != nil {
		t.Fatal(err)
	}
	w.Ice.Waits = false
	paysLink(t, w, other)
	rest(t, w, 10*time.Minute)
	if len(w.Cards.Creations()) != 0 {
		t.Fatal("cards were asked for while somebody else's were under way")
	}
	if err := engine.Permits.Release(ctx, third, ""); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 5*time.Hour)
	for _, n := range []order.Number{forgotten, other} {
		a, tried := w.Look(n).Lines[0].Last()
		if len(w.Cards.Creations()) != 1 || !tried || (a.External != "") != (n == other) {
			t.Errorf("%s: %d creations, attempt %+v", n, len(w.Cards.Creations()), a)
		}
	}
	if err := w.Audit(3); err != nil {
		t.Error(err)
	}
}

// cardOf is an order of one gift card that has its link.
func cardOf(t *testing.T, w *ordertest.World, buyer int64) order.Number {
	t.Helper()
	n, err := w.Draw(buyer)
	if err == nil {
		err = w.PlaceDraft(ordertest.CardDraft(n, buyer, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	return n
}

// paysLink pays an order in full.
func paysLink(t *testing.T, w *ordertest.World, n order.Number) {
	t.Helper()
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
}
