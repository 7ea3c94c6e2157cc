package order_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// A gateway that calls a booked payment open again has not lost it: it is not
// bought for meanwhile, and a person who closes the doubt books nothing back.
func TestUnconfirmedAgainIsNotGone(t *testing.T) {
	o := twoLineOrder(t)
	again := fact("x", "0")
	again.Confirming = decimal.NewFromInt(20)
	o, effects := run(t, o, order.Read{Payment: 0, Fact: again, At: 2000})
	if !o.Held() || o.Reason != order.ReasonLower || o.Payments[0].Fell || count(effects, order.EffectPost) != 0 {
		t.Fatalf("held for %q, fell %v", o.Reason, o.Payments[0].Fell)
	}
	if kind, _ := order.NextOf(o, 5000, nil); kind == order.EffectBuy {
		t.Error("buys with money that is unconfirmed")
	}
	closed, effects := run(t, o, order.Close{Left: o.Left(), By: 900, At: 3000}, order.Read{Payment: 0, Fact: again, At: 4000})
	if closed.Held() || closed.Received() != o.Received() || count(effects, order.EffectPost) != 0 {
		t.Errorf("closed: held for %q, received %s", closed.Reason, closed.Received())
	}
	back, _ := run(t, o, order.Read{Payment: 0, Fact: fact("x", "20"), At: 3000})
	if back.Held() || back.Received() != 20_000_000 {
		t.Errorf("confirmed again: held for %q, received %s", back.Reason, back.Received())
	}
}

// A part that is unconfirmed again and a part that is gone: only the second is
// booked back.
func TestPartOfAFallIsGone(t *testing.T) {
	less := fact("x", "5")
	less.Confirming = decimal.NewFromInt(10)
	o, _ := run(t, twoLineOrder(t), order.Read{Payment: 0, Fact: less, At: 2000})
	o, _ = run(t, o, order.Close{Left: o.Left(), By: 900, At: 3000})
	if o.Received() != 15_000_000 {
		t.Errorf("received %s after the fall was booked", o.Received())
	}
}

// Money that is seen after the order expired is shown before it is confirmed.
func TestMoneySeenLateIsShown(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Payments[0].Seen = order.Expired, 0
	seen := fact("x", "0")
	seen.Status, seen.Confirming = order.FactExpired, decimal.NewFromInt(20)
	o, effects := run(t, o, order.Read{Payment: 0, Fact: seen, At: 2000})
	if count(effects, order.EffectNotify) != 1 || o.Status != order.Expired {
		t.Errorf("%s, effects %v", o.Status, effects)
	}
	if _, effects = run(t, o, order.Read{Payment: 0, Fact: seen, At: 3000}); len(effects) != 0 {
		t.Errorf("the same again: %v", effects)
	}
}
