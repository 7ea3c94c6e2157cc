package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// withdrawer is a world whose one replica notices losses, with a buyer who has 20
// of credit, and what its Redis will go back to.
func withdrawer(t *testing.T) (*ordertest.World, ordertest.Backup) {
	t.Helper()
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	does(t, w, "", rich("20"))
	return w, w.Store.Backup()
}

// takesOut asks for credit to be sent to the buyer's wallet.
func takesOut(t *testing.T, w *ordertest.World, sum string) order.Number {
	t.Helper()
	n, err := w.Draw(buyer)
	if err != nil {
		t.Fatal(err)
	}
	d := order.PayoutDraft{Number: n, Buyer: buyer, Language: "en", Amount: ordertest.Amount(sum), Gateway: ordertest.GatewayName, Network: ordertest.StableNetwork, Address: "0xbuyer"}
	if err := w.AskPayout(d); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	return n
}

// sentOut is takesOut, approved and sent.
func sentOut(t *testing.T, w *ordertest.World, sum string) order.Number {
	t.Helper()
	n := takesOut(t, w, sum)
	does(t, w, n, approves(ordertest.Admin), wait(10*time.Minute))
	if out := w.Payer.Out(n); out != ordertest.Amount(sum) || len(w.Journal.Spent) != 1 {
		t.Fatalf("%s left, journal %+v", out, w.Journal.Spent)
	}
	return n
}

// Redis forgets a withdrawal that was sent: its credit is taken again, and a
// person says what became of it. Whoever sent it knows all of it, too: the disk of
// who took the wish may be gone.
func TestAForgottenWithdrawalIsNotPaidTwice(t *testing.T) {
	for _, knows := range []string{"who took the wish", "who sent it"} {
		w, before := withdrawer(t)
		n := takesOut(t, w, "20")
		if knows == "who sent it" {
			w.Journal.Orders = nil
		}
		does(t, w, n, approves(ordertest.Admin), wait(10*time.Minute))
		redisFalls(w, before)
		rest(t, w, time.Hour)
		if h := healed(t, w, 1); h.Placed != 1 {
			t.Errorf("%s knows: healed %+v", knows, h)
		}
		o := w.Look(n)
		if o.Status != order.Refunding || o.Reason != order.ReasonPayoutUnclear || w.Credit(buyer) != 0 {
			t.Fatalf("%s knows: %s, held %v, credit %s", knows, o.Status, o.Doubts, w.Credit(buyer))
		}
		does(t, w, n, settles(), wait(time.Hour))
		if o = w.Look(n); o.Status != order.Refunded || o.Held() || w.Credit(buyer) != 0 || len(w.Payer.Sendings()) != 1 {
			t.Errorf("%s knows: ended %s, held %v, sent %d times", knows, o.Status, o.Doubts, len(w.Payer.Sendings()))
		}
		audited(t, w)
		if h, err := w.Process().Engine.Replay(context.Background()); err != nil || h != (order.Healed{}) {
			t.Errorf("replayed twice: %+v, %v", h, err)
		}
	}
}

// One that waits for an admin's word waits again, and admins are told.
func TestAForgottenWithdrawalWaitsAgain(t *testing.T) {
	w, before := withdrawer(t)
	n := takesOut(t, w, "20")
	redisFalls(w, before)
	rest(t, w, time.Hour)
	healed(t, w, 1)
	if o := w.Look(n); o.Reason != order.ReasonPayout || w.Credit(buyer) != 0 || len(w.Chat.Alerts(n)) != 2 {
		t.Fatalf("%s, held %v, alerts %v", o.Status, o.Doubts, w.Chat.Alerts(n))
	}
	does(t, w, n, approves(ordertest.Admin), wait(time.Hour))
	if o := w.Look(n); o.Status != order.Refunded || len(w.Payer.Sendings()) != 1 {
		t.Errorf("ended %s, sent %d times", o.Status, len(w.Payer.Sendings()))
	}
	audited(t, w)
}

// Its credit was spent between the loss and its notice: what there is of it is
// taken, and nothing waits for money. If it left, the rest is the shop's loss.
func TestAForgottenWithdrawalWhoseCreditIsSpent(t *testing.T) {
	for _, tc := range []struct {
		spent, after string // the buyer's credit in the end
		left         bool
	}{{"20", "0", true}, {"15", "0", true}, {"20", "0", false}, {"15", "5", false}} {
		w, before := withdrawer(t)
		w.Bears = ordertest.Amount("20")
		var n order.Number
		if tc.left {
			n = sentOut(t, w, "20")
		} else {
			n = takesOut(t, w, "20")
		}
		w.Store.Lose(before)
		if err := w.PlaceDraft(creditDraft(t, w, tc.spent)); err != nil {
			t.Fatal(err)
		}
		w.Ice.Loses(order.DoubtBehind, "a")
		rest(t, w, 5*time.Minute)
		healed(t, w, 1)
		if o := w.Look(n); o.Status != order.Refunding || o.Reason != order.ReasonPayoutUnclear || w.Credit(buyer) != 0 {
			t.Fatalf("%+v: %s, held %v, credit %s", tc, o.Status, o.Doubts, w.Credit(buyer))
		}
		does(t, w, n, settles(), wait(time.Minute), closes(), wait(time.Minute))
		o := w.Look(n)
		if o.Status != order.Refunded || o.Held() || o.Left() != 0 || w.Credit(buyer) != ordertest.Amount(tc.after) {
			t.Errorf("%+v: ended %s, held %v, left %s, credit %s", tc, o.Status, o.Doubts, o.Left(), w.Credit(buyer))
		}
		if lost := o.Forgiven > 0; lost != tc.left {
			t.Errorf("%+v: the shop lost %s", tc, o.Forgiven)
		}
		rest(t, w, 100*time.Hour)
		audited(t, w)
	}
}

// Only the line of what left is in a journal: a person hears of the order, once,
// and closes it.
func TestASpendOfAnOrderThatNobodyKnows(t *testing.T) {
	for name, tc := range map[string]struct {
		spend  func(n order.Number) order.Spent
		reason order.Reason
	}{
		"payout":   {func(n order.Number) order.Spent { return order.Spent{Owner: order.PayoutOwner(n, 0)} }, order.ReasonPayoutUnclear},
		"mint":     {func(n order.Number) order.Spent { return order.Spent{Owner: order.PermitOwner(n, 0, 1)} }, order.ReasonUnclear},
		"purchase": {func(n order.Number) order.Spent { return order.Spent{Owner: order.PermitOwner(n, 1, 2), Keyed: true} }, order.ReasonUnclear},
	} {
		w, before, n := aboutToForget(t)
		w.Journal.Spent = []order.Spent{tc.spend(n)}
		redisFalls(w, before)
		rest(t, w, time.Hour)
		healed(t, w, 1)
		if o := w.Look(n); !o.Found || o.Reason != tc.reason || len(w.Chat.Alerts(n)) != 1 {
			t.Fatalf("%s: %s, held %v, alerts %v", name, o.Status, o.Doubts, w.Chat.Alerts(n))
		}
		does(t, w, n, closes(), wait(time.Minute))
		w.Boot()
		rest(t, w, time.Hour)
		if o := w.Look(n); o.Held() || len(w.Chat.Alerts(n)) != 1 {
			t.Errorf("%s: held %v, alerts %v", name, o.Doubts, w.Chat.Alerts(n))
		}
	}
}

// Likewise where nobody watches for losses.
func TestASpendOfAnOrderThatNobodyKnowsAtTheStart(t *testing.T) {
	w := ordertest.NewWorld(1)
	n, err := w.Draw(buyer)
	if err != nil {
		t.Fatal(err)
	}
	w.Journal.Spent = []order.Spent{{Owner: order.PayoutOwner(n, 0)}, {Owner: order.PayoutOwner("0000000000", 0)}}
	w.Boot()
	rest(t, w, time.Minute)
	if o := w.Look(n); !o.Found || o.Reason != order.ReasonPayoutUnclear {
		t.Errorf("%+v", o)
	}
}

// The journal that has the order comes late: what another journal knows to have
// left for it does not leave again.
func TestASpendThatIsKnownBeforeItsOrder(t *testing.T) {
	w, before := withdrawer(t)
	n := sentOut(t, w, "20")
	orders := w.Journal.Orders
	w.Journal.Orders = nil
	redisFalls(w, before)
	rest(t, w, time.Hour)
	if o := w.Look(n); !o.Found || !o.Held() || w.Credit(buyer) != ordertest.Amount("20") {
		t.Fatalf("%+v", o)
	}
	w.Journal.Orders, w.Journal.Spent = orders, nil
	w.Boot()
	rest(t, w, time.Hour)
	o := w.Look(n)
	p, _, open := o.OpenPayout()
	if o.Found || !open || p.State != order.PayoutUnclear || o.Reason != order.ReasonPayoutUnclear || w.Credit(buyer) != 0 {
		t.Fatalf("%s, held %v, payouts %+v, credit %s", o.Status, o.Doubts, o.Payouts, w.Credit(buyer))
	}
	does(t, w, n, approves(ordertest.Admin), settles(), wait(time.Hour))
	if o = w.Look(n); o.Status != order.Refunded || o.Held() || len(w.Payer.Sendings()) != 1 {
		t.Errorf("ended %s, held %v, sent %d times", o.Status, o.Doubts, len(w.Payer.Sendings()))
	}
	audited(t, w)
}

// Redis goes back to before an order was paid of which the money was sent back: it
// is not given again, and a shop that starts with this starts.
func TestAPayoutOfAnOrderThatIsUnpaidAgain(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		w, empty, n := aboutToForget(t)
		if err := w.PlaceDraft(ordertest.Draft(n, buyer, 2)); err != nil {
			t.Fatal(err)
		}
		rest(t, w, time.Minute)
		before := map[bool]ordertest.Backup{false: w.Store.Backup(), true: empty}[forgotten]
		does(t, w, n, stock(1), pays("20"), wait(5*time.Minute), paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(10*time.Minute))
		if len(w.Payer.Sendings()) != 1 {
			t.Fatalf("%+v", w.Look(n))
		}
		w.Store.Lose(before)
		if _, err := w.Boot().Engine.Replay(context.Background()); err != nil {
			t.Fatalf("forgotten %v: the shop does not start: %v", forgotten, err)
		}
		w.Ice.Loses(order.DoubtBehind, "a")
		rest(t, w, time.Hour)
		healed(t, w, 1)
		if o := w.Look(n); !slices.Contains(o.Doubts, order.ReasonPayoutUnclear) || w.Credit(buyer) != 0 {
			t.Fatalf("forgotten %v: %s, held %v, credit %s", forgotten, o.Status, o.Doubts, w.Credit(buyer))
		}
		does(t, w, n, paysOut("0"), wait(time.Minute), settles(), wait(time.Hour), closes(), wait(100*time.Hour))
		if o := w.Look(n); o.Held() || len(w.Payer.Sendings()) != 1 || w.Credit(buyer) != 0 {
			t.Errorf("forgotten %v: %s, held %v, sent %d times, credit %s", forgotten, o.Status, o.Doubts, len(w.Payer.Sendings()), w.Credit(buyer))
		}
		audited(t, w)
	}
}

// A person who cannot take another order may have their own money.
func TestCreditLeavesBesideOpenOrders(t *testing.T) {
	w, _ := withdrawer(t)
	w.Policy.MaxOpen = 1
	w.Boot()
	if _, err := w.Place(buyer, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Place(buyer, 1); order.CodeOf(err) != order.CodeTooMany {
		t.Fatalf("a second order: %v", err)
	}
	n := sentOut(t, w, "20")
	if o := w.Look(n); o.Status != order.Refunded {
		t.Errorf("ended %s", o.Status)
	}
}
