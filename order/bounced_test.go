package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

func answer(code order.Code) ordertest.Answer {
	return ordertest.Answer{Err: &order.Error{Code: code, Op: "buy"}}
}

func keys(w *ordertest.World) map[string]int {
	sent := make(map[string]int)
	for _, sale := range w.Supplier.Sales() {
		sent[sale.Key]++
	}
	return sent
}

func bought(t *testing.T, list ...ordertest.Answer) (*ordertest.World, order.Order) {
	t.Helper()
	w, n, p := placed(t)
	w.Supplier.Answers(list...)
	pay(t, w, n, p)
	rest(t, w, time.Hour)
	o := w.Look(n)
	return w, o
}

func TestThreeAnsweredConflictsLeadToANewKey(t *testing.T) {
	_, o := bought(t, answer(order.CodeConflict), answer(order.CodeConflict), answer(order.CodeConflict))
	if a := o.Lines[0].Attempts; len(a) != 2 || a[0].Key == a[1].Key || a[0].Outcome != order.OutcomeRefused || o.Status != order.Delivered {
		t.Errorf("%s after attempts %+v", o.Status, a)
	}
}

func TestTwoConflictsKeepTheKey(t *testing.T) {
	_, o := bought(t, answer(order.CodeConflict), answer(order.CodeLimited), answer(order.CodeConflict))
	if a := o.Lines[0].Attempts; len(a) != 1 || a[0].Sends != 4 || o.Status != order.Delivered {
		t.Errorf("%s after attempts %+v", o.Status, a)
	}
}

// The first send bought and its answer was lost; the supplier then answers
// conflicts, or that it is out of stock. Its books know better.
func TestRefusalAfterALostAnswerIsLookedInto(t *testing.T) {
	for _, code := range []order.Code{order.CodeConflict, order.CodeStock, order.CodeFunds} {
		w, o := bought(t, ordertest.Answer{Lost: true}, answer(code), answer(code), answer(code))
		if o.Status != order.Delivered || o.Held() || len(w.Supplier.Sales()) != 1 {
			t.Errorf("%s: %s, held %q, %d purchases", code, o.Status, o.Reason, len(w.Supplier.Sales()))
		}
	}
}

// As above, and the books cannot be read: no new key, no "failed".
func TestRefusalAfterALostAnswerWithoutBooksStaysUnclear(t *testing.T) {
	for _, code := range []order.Code{order.CodeConflict, order.CodeStock} {
		w, n, p := placed(t)
		w.Supplier.Answers(ordertest.Answer{Lost: true})
		for range 200 {
			w.Supplier.Answers(answer(code))
			w.Supplier.Fail("find", &order.Error{Code: order.CodeUnclear, Op: "find"})
		}
		pay(t, w, n, p)
		rest(t, w, time.Hour)
		heldFor(t, w, n, order.ReasonUnclear)
		o := w.Look(n)
		if o.Lines[0].State != order.LineUnclear || len(o.Lines[0].Attempts) != 1 || len(keys(w)) != 1 {
			t.Errorf("%s: line %s, attempts %+v", code, o.Lines[0].State, o.Lines[0].Attempts)
		}
		if len(w.Store.Locks(ordertest.SupplierName)) != 1 {
			t.Errorf("%s: the product is free while a purchase is unclear", code)
		}
	}
}

// A crash between send and answer counts as unanswered: three sends of which
// only two were conflicts are no reason for a new key.
func TestCrashedSendsAreNoConflicts(t *testing.T) {
	o := twoLineOrder(t)
	o, _ = run(t, o, order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1}, order.Buying{Line: 0, Attempt: 1, Key: "k", At: 2},
		order.BuyFails{Line: 0, Attempt: 1, Code: order.CodeConflict, RetryAt: 3, At: 2}, order.Buying{Line: 0, Attempt: 1, Key: "k", At: 3},
		order.BuyFails{Line: 0, Attempt: 1, Code: order.CodeConflict, RetryAt: 4, At: 3})
	if a := o.Lines[0].Attempts[0]; a.Sends != 3 || a.Known != 2 || a.Conflicts != 2 || a.Outcome != order.OutcomeNone {
		t.Errorf("%+v", a)
	}
}

func TestPendingPurchaseIsLookedAtEverMoreRarely(t *testing.T) {
	w, n, p := placed(t)
	w.Supplier.Answers(ordertest.Answer{Pending: true})
	pay(t, w, n, p)
	rest(t, w, time.Hour)
	before := w.Store.Writes()
	rest(t, w, 20*time.Hour)
	if writes := w.Store.Writes() - before; writes > 130 {
		t.Errorf("%d writes in 20 hours of waiting", writes)
	}
	heldFor(t, w, n, order.ReasonSlow)
	w.Supplier.Sales()[0].Pending = false
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

// After 23 hours the key is never sent again: the supplier has forgotten it at
// 24 and would sell once more.
func TestKeyIsNeverSentAfter23Hours(t *testing.T) {
	w := ordertest.NewWorld(1)
	var last, first time.Time
	w.Seen = func(_ int, op string) {
		if op == "buy" {
			if last = w.Clock.Now(); first.IsZero() {
				first = last
			}
		}
	}
	if err := unclearForEver(w, func(d time.Duration) { rest(t, w, d) }); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 70*time.Hour)
	if sent := last.Sub(first); sent >= 23*time.Hour || sent < 22*time.Hour {
		t.Errorf("the key was sent for %s", sent)
	}
	if len(w.Supplier.Sales()) != 1 {
		t.Errorf("%d purchases", len(w.Supplier.Sales()))
	}
	if edits := w.Chat.Edits(w.Numbers()[0]); edits > 10 {
		t.Errorf("the buyer's message was written %d times", edits)
	}
}
