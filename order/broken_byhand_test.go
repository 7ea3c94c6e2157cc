package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// unread is an order of 20.00 whose gateway does not tell what came on its link.
func unread(t *testing.T) order.Order {
	t.Helper()
	o := twoLineOrder(t)
	o.Status, o.Timeline = order.AwaitingPayment, nil
	o.Payments = []order.Payment{{N: 1, Gateway: "g", State: order.PaymentOpen, Asked: 20_000_000, External: "x", SentAt: 1000}}
	o, _ = run(t, o, order.Unread{Payment: 0, At: 2000})
	return o
}

// creditOf is what a buyer gets by effects.
func creditOf(effects []order.Effect, buyer int64) (sum order.Money) {
	for _, e := range effects {
		if e.Posting.To == order.CreditAccount(buyer) {
			sum += e.Posting.Amount
		}
	}
	return sum
}

// What a person vouched for and what its link confirms later may be the very
// same money: it is no credit before a person says that it is not.
func TestVouchedForAndConfirmed(t *testing.T) {
	for name, row := range map[string]struct {
		by        order.Money
		confirmed string
		kept      order.Money
		credit    order.Money // without anybody's word
		given     order.Money // by the word that it is other money
		status    order.Status
	}{
		"the same":      {by: 20_000_000, confirmed: "20", kept: 20_000_000, given: 20_000_000, status: order.Paid},
		"less":          {by: 20_000_000, confirmed: "5", kept: 5_000_000, given: 5_000_000, status: order.Paid},
		"more":          {by: 20_000_000, confirmed: "23", kept: 20_000_000, credit: 3_000_000, given: 20_000_000, status: order.Paid},
		"a part before": {by: 12_000_000, confirmed: "20", kept: 12_000_000, given: 12_000_000, status: order.Paid},
	} {
		o, effects := run(t, unread(t), order.ByHand{N: 2, Amount: row.by, By: 900, At: 3000}, order.Read{Payment: 0, Fact: fact("x", row.confirmed), At: 4000})
		if got := creditOf(effects, 1001); got != row.credit || order.Look(o).Kept != row.kept || o.Reason != order.ReasonTwice {
			t.Errorf("%s: %s credit, %s kept, held for %q", name, got, order.Look(o).Kept, o.Reason)
		}
		same, effects := run(t, o, order.Close{Left: o.Left(), By: 900, At: 5000}, order.Read{Payment: 0, Fact: fact("x", row.confirmed), At: 6000})
		if got := creditOf(effects, 1001); got != 0 || same.Held() || same.Status != row.status || same.Left() != 20_000_000 || len(same.Payouts) > 0 {
			t.Errorf("%s, closed: %s credit, %s left, %s for %q", name, got, same.Left(), same.Status, same.Reason)
		}
		other, effects := run(t, o, order.GiveBack{Left: o.Left(), Amount: row.kept, By: 900, At: 5000})
		if got := creditOf(effects, 1001); got != row.given || other.Held() || other.Left() != 20_000_000 {
			t.Errorf("%s, other money: %s credit, %s left, held for %q", name, got, other.Left(), other.Reason)
		}
	}
}

// A link that was asked for after a person's word is paid with other money.
func TestVouchedForAndTheRest(t *testing.T) {
	o, _ := run(t, unread(t), order.ByHand{N: 2, Amount: 12_000_000, By: 900, At: 3000},
		order.Planned{N: 3, Gateway: "g", Asked: 8_000_000, Lifetime: time.Hour, At: 3500}, order.Opening{Payment: 2, Key: "k", At: 3600},
		order.Opened{Payment: 2, Link: order.Link{External: "y", URL: "u"}, At: 3700})
	rest := fact("y", "8")
	rest.Asked, rest.Status = 8_000_000, order.FactPaid
	o, effects := run(t, o, order.Read{Payment: 2, Fact: rest, At: 4000})
	if o.Status != order.Paid || o.Held() || creditOf(effects, 1001) != 0 {
		t.Errorf("%s, held for %q, %s credit", o.Status, o.Reason, creditOf(effects, 1001))
	}
}

// An order that has ended passes money on at once, and holds as much as before:
// two people who saw it arrive are refused all the same.
func TestTwoPeopleConfirmOnAnEndedOrder(t *testing.T) {
	w := ordertest.NewWorld(1)
	n, err := w.Place(1001, 2)
	if err != nil {
		t.Fatal(err)
	}
	rest(t, w, 3*time.Hour)
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Amount: 5_000_000}
	e := w.Process().Engine
	_, first := e.ConfirmByHand(t.Context(), d)
	_, second := e.ConfirmByHand(t.Context(), d)
	if first != nil || order.CodeOf(second) != order.CodeEvent || w.Credit(1001) != 5_000_000 {
		t.Errorf("%v, then %v; credit %s for 5 that came", first, second, w.Credit(1001))
	}
	d.Vouched = 1 // who has seen the first may confirm another
	if _, err := e.ConfirmByHand(t.Context(), d); err != nil || w.Credit(1001) != 10_000_000 {
		t.Errorf("another: %v, credit %s", err, w.Credit(1001))
	}
}
