package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// foundFirst is a world in which Redis has forgotten a whole order, and a webhook
// about its paid link came before anybody noticed.
func foundFirst(t *testing.T, gateway, credit string) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	if credit != "0" {
		does(t, w, "", rich(credit))
	}
	before := w.Store.Backup()
	d := creditDraft(t, w, credit)
	d.Gateway = gateway
	if err := w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	p := linksAt(w, gateway).Links(d.Number)[0]
	linksAt(w, gateway).Pay(p.External, p.Asked)
	w.Store.Lose(before)
	h := order.Hint{Payment: 1, External: p.External, Gateway: gateway, Signed: true}
	if credit != "0" {
		h.Payment = 2
	}
	if err := w.Hint(d.Number, h); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	if o := w.Look(d.Number); !o.Found {
		t.Fatalf("not found: %+v", o)
	}
	return w, d.Number, p
}

// The journal knows the order that the money was found of: it takes the place of
// what was found, with its money, and is bought for.
func TestTheJournalsOrderReplacesFoundMoney(t *testing.T) {
	for _, gateway := range []string{ordertest.GatewayName, ordertest.TwinsName} {
		for _, credit := range []string{"0", "5"} {
			w, n, p := foundFirst(t, gateway, credit)
			w.Ice.Loses(order.DoubtBehind, "a")
			rest(t, w, 10*time.Minute)
			if h := healed(t, w, 1); h.Placed != 1 {
				t.Errorf("%s: healed %+v", gateway, h)
			}
			rest(t, w, 3*time.Hour)
			o := w.Look(n)
			if o.Found || o.Buyer != buyer || o.Status != order.Delivered || o.Held() || o.Received() != p.Asked+ordertest.Amount(credit) {
				t.Errorf("%s, credit %s: %s, received %s, held %v, %+v", gateway, credit, o.Status, o.Received(), o.Doubts, o.Payments)
			}
			if mine, total, err := w.Process().Engine.List(t.Context(), buyer, 0, 5); err != nil || mine[0].Number != n {
				t.Errorf("the buyer sees %d orders, %v", total, err)
			}
			audited(t, w)
		}
	}
}

// A person has decided about found money: it stays as they said.
func TestDecidedFoundMoneyIsNotReplaced(t *testing.T) {
	w, n, p := foundFirst(t, ordertest.GatewayName, "0")
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: p.Asked, Why: "1002 wrote to us"}
	if _, err := w.Process().Engine.Refund(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	w.Ice.Loses(order.DoubtBehind, "a")
	rest(t, w, time.Hour)
	if h := healed(t, w, 1); h.Placed != 0 {
		t.Errorf("healed %+v", h)
	}
	if o := w.Look(n); !o.Found || len(w.Supplier.Sales()) != 0 {
		t.Errorf("%s, %d sold", o.Status, len(w.Supplier.Sales()))
	}
}

// Somebody decides while it is replaced, or a call fails, or the process dies:
// either is whole, and the money is there once.
func TestReplacingFoundMoneySurvivesFaults(t *testing.T) {
	for _, fault := range everyFault() {
		for at := 1; at < 20; at++ {
			w, n, p := foundFirst(t, ordertest.GatewayName, "0")
			calls := 0
			plan := func(int, string) ordertest.Fault {
				if calls++; calls == at {
					return fault
				}
				return ordertest.OK
			}
			w.Plan, w.Process().Gate.Plan = plan, plan
			w.Ice.Loses(order.DoubtBehind, "a")
			rest(t, w, 3*time.Hour)
			if o := w.Look(n); o.Found || o.Status != order.Delivered || o.Received() != p.Asked || len(w.Supplier.Sales()) != 1 {
				t.Errorf("%v at %d: %s, %d sold", fault, at, o.Status, len(w.Supplier.Sales()))
			}
			if err := w.Audit(3); err != nil {
				t.Errorf("%v at %d: %v", fault, at, err)
			}
		}
	}
}
