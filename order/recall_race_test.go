package order_test

import (
	"testing"

	"giftbot/order"
)

// A worker looked for cards and came late: another one was having them taken
// back by then, so that it found nothing. That says nothing about the purchase.
func TestALateLookDoesNotEndARecall(t *testing.T) {
	o, _ := run(t, cardLine(t), order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000})
	o, effects := run(t, o, order.BuyFails{Line: 0, Attempt: 1, Code: order.CodeUnknown, Final: true, Reason: order.ReasonRefused, At: 2500})
	if o.Lines[0].State != order.LineUnclear || o.Held() || len(effects) != 0 {
		t.Errorf("line %s, held %q, effects %v", o.Lines[0].State, o.Reason, effects)
	}
	o, _ = run(t, o, order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 8_900_000, At: 3000})
	if o.Status != order.Refunded || o.Credited() != 10_000_000 {
		t.Errorf("%s, credited %s", o.Status, o.Credited())
	}
}
