package ordertest_test

import (
	"context"
	"testing"

	"giftbot/order"
	"giftbot/order/ordertest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	ordertest.Contract(t, func(t *testing.T) ordertest.Subject {
		t.Helper()
		clock, random := ordertest.NewClock(), ordertest.NewRandom(1)
		view := ordertest.NewStore(clock).View(nil)
		return ordertest.Subject{
			Store: view, Index: view, Outbox: view, Permits: view, Credits: view, Desk: view, Switch: view, Clearing: view,
			Number: func(int64) order.Number {
				n, err := order.NewNumber(random, 0)
				if err != nil {
					t.Fatal(err)
				}
				return n
			},
			Pending: view.Pending, Take: view.Take, Later: view.Later, Advance: clock.Advance, Now: clock.Stamp,
		}
	})
}

func TestGateFailsAsPlanned(t *testing.T) {
	ctx := context.Background()
	for _, tc := range []struct {
		fault          ordertest.Fault
		stored, usable bool
	}{
		{ordertest.OK, true, true}, {ordertest.FailBefore, false, true}, {ordertest.FailAfter, true, true},
		{ordertest.CrashBefore, false, false}, {ordertest.CrashAfter, true, false},
	} {
		store := ordertest.NewStore(ordertest.NewClock())
		plan := func(call int, _ string) ordertest.Fault {
			if call == 1 {
				return tc.fault
			}
			return ordertest.OK
		}
		view := store.View(&ordertest.Gate{Plan: plan})
		_, err := view.Insert(ctx, order.Transition{Order: order.Order{Number: "0000000000", Buyer: 1}, Op: "a"})
		if (err == nil) != (tc.fault == ordertest.OK) {
			t.Errorf("fault %d: %v", tc.fault, err)
		}
		if _, found := store.Look("0000000000"); found != tc.stored {
			t.Errorf("fault %d: stored %v", tc.fault, found)
		}
		if _, err := view.Standing(ctx); (err == nil) != tc.usable {
			t.Errorf("fault %d: afterwards %v", tc.fault, err)
		}
	}
}
