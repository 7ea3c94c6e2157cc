package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// A worker sleeps over its lease while it reads a payment, and learns nothing.
// Another one has seen the money meanwhile, and a third has the order now: the
// first one's end takes nothing from it, and is no error.
func TestALateParkTakesNothing(t *testing.T) {
	w, n, _ := placedAs(t, ordertest.Draft, 1)
	link := w.Gateway.Links(n)[0]
	other := w.Join(&ordertest.Gate{}, w.Clock)
	var taken ordertest.Snapshot
	first := w.Join(&ordertest.Gate{Plan: func(_ int, op string) ordertest.Fault {
		if op != "read" || taken.Leased {
			return ordertest.OK
		}
		w.Gateway.Pay(link.External, link.Asked)
		w.Clock.Advance(11 * time.Second)
		for range 20 {
			_, _ = other.Engine.Step(context.Background()) // its errors are not what is looked at
		}
		if _, err := other.View.Claim(context.Background(), n); err != nil {
			t.Error(err)
		}
		taken, _ = w.Store.Look(n)
		return ordertest.FailBefore
	}}, w.Clock)
	w.Clock.Advance(10 * time.Minute)
	for range 5 {
		if _, err := first.Engine.Step(context.Background()); err != nil {
			t.Errorf("a late park is an error: %v", err)
		}
	}
	if after, _ := w.Store.Look(n); !taken.Leased || taken.Order.Status != order.Ready || !cmp.Equal(taken, after) {
		t.Errorf("changed by a late park:\n%s", cmp.Diff(taken, after))
	}
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}
