package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// does lets people act in a world without faults.
func does(t *testing.T, w *ordertest.World, n order.Number, list ...step) {
	t.Helper()
	if err := then(list...)(w, n, func(d time.Duration) { rest(t, w, d) }); err != nil {
		t.Fatal(err)
	}
}

// outOfStock is a world with an order that is paid and cannot be bought.
func outOfStock(t *testing.T) (*ordertest.World, order.Number) {
	t.Helper()
	w, n, _ := placed(t)
	does(t, w, n, sold(stock(1)))
	return w, n
}

// refuses checks that a decision is refused with a code and changes nothing.
func refuses(t *testing.T, w *ordertest.World, n order.Number, code order.Code, what string, act func(ctx context.Context, e *order.Engine) error) {
	t.Helper()
	before, credit, posted := w.Look(n), w.Credit(buyer), len(w.Store.Ledger())
	err := act(context.Background(), w.Process().Engine)
	if err == nil || order.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
	if after := w.Look(n); after.Version != before.Version || w.Credit(buyer) != credit || len(w.Store.Ledger()) != posted {
		t.Errorf("%s: refused, and something changed", what)
	}
}

func decision(w *ordertest.World, n order.Number, amount string) order.Decision {
	return order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left(), Amount: ordertest.Amount(amount), Why: "x"}
}

func TestRefundsThatAreRefused(t *testing.T) {
	w, n := outOfStock(t)
	refund := func(d order.Decision) func(context.Context, *order.Engine) error {
		return func(ctx context.Context, e *order.Engine) error {
			_, err := e.Refund(ctx, d)
			return err
		}
	}
	refuses(t, w, n, order.CodeInvalid, "more than there is", refund(decision(w, n, "20.000001")))
	old := decision(w, n, "0")
	old.Left--
	refuses(t, w, n, order.CodeEvent, "of another screen", refund(old))
	stranger := decision(w, n, "0")
	stranger.Admin = buyer
	refuses(t, w, n, order.CodeDenied, "by a stranger", refund(stranger))
	same := decision(w, n, "0")
	does(t, w, n, paysOut("0"))
	refuses(t, w, n, order.CodeEvent, "while another admin pays out", refund(same))
}

func TestNoRefundWhileItIsBought(t *testing.T) {
	w, n, _ := placed(t)
	does(t, w, n, sold(answers(ordertest.Answer{Pending: true})))
	noRefund(t, w, n)
	w, n, _ = placed(t)
	does(t, w, n, sold(unclearly(order.CodeUnclear)))
	if o := w.Look(n); o.Lines[0].State != order.LineUnclear {
		t.Fatalf("%s", o.Lines[0].State)
	}
	noRefund(t, w, n)
}

func noRefund(t *testing.T, w *ordertest.World, n order.Number) {
	t.Helper()
	refuses(t, w, n, order.CodeBusy, "refund", func(ctx context.Context, e *order.Engine) error {
		_, err := e.Refund(ctx, decision(w, n, "0"))
		return err
	})
	refuses(t, w, n, order.CodeBusy, "payout", func(ctx context.Context, e *order.Engine) error {
		_, err := e.PayOut(ctx, decision(w, n, "0"), ordertest.GatewayName)
		return err
	})
}

// A supplier is away: what the waiting lines need is not given away in part.
func TestNoPartOfWhatIsAboutToBeBoughtFor(t *testing.T) {
	w, n, _ := placed(t)
	does(t, w, n, change(func(w *ordertest.World) { w.Supplier.Away = true }), sold())
	refuses(t, w, n, order.CodeInvalid, "a part", func(ctx context.Context, e *order.Engine) error {
		_, err := e.Refund(ctx, decision(w, n, "5"))
		return err
	})
	does(t, w, n, refunds("0"), wait(time.Minute))
	if o := w.Look(n); o.Status != order.Refunded || w.Credit(buyer) != ordertest.Amount("20") {
		t.Errorf("%s, credit %s", o.Status, w.Credit(buyer))
	}
}

// Two checkouts want the same credit: one has it, the other is not placed.
func TestCreditIsSpentOnce(t *testing.T) {
	w := ordertest.NewWorld(1)
	does(t, w, "", rich("20"))
	var codes []order.Code
	for range 2 {
		n, err := w.Draw(buyer)
		if err != nil {
			t.Fatal(err)
		}
		d := ordertest.Draft(n, buyer, 2)
		d.Credit = ordertest.Amount("20")
		if err = w.PlaceDraft(d); err != nil {
			codes = append(codes, order.CodeOf(err))
			if _, err = w.Process().Engine.Find(context.Background(), n); order.CodeOf(err) != order.CodeMissing {
				t.Errorf("placed all the same: %v", err)
			}
		}
	}
	rest(t, w, time.Hour)
	if len(codes) != 1 || codes[0] != order.CodeCredit || w.Credit(buyer) != 0 {
		t.Errorf("refused %v, credit %s", codes, w.Credit(buyer))
	}
	if err := w.Audit(0); err != nil {
		t.Error(err)
	}
}

func TestNoCreditForAnOrderThatHasEnded(t *testing.T) {
	w := ordertest.NewWorld(1)
	does(t, w, "", rich("20"))
	n := w.Numbers()[0]
	for _, gone := range []order.Status{order.Cancelled, order.Refunded, order.Refunding, order.Expired, order.Delivered} {
		o := w.Look(n)
		o.Status = gone
		if after, effects, err := order.Apply(o, order.UseCredit{N: len(o.Payments) + 1, Amount: 1, At: 1}); err == nil || effects != nil {
			t.Errorf("credit into %s: %+v", gone, after.Payments)
		}
	}
	refuses(t, w, n, order.CodeEvent, "use credit", func(ctx context.Context, e *order.Engine) error {
		_, err := e.UseCredit(ctx, buyer, n)
		return err
	})
}

// A webhook that speaks of a payment no gateway has stops nothing.
func TestHintOfACreditPayment(t *testing.T) {
	w := ordertest.NewWorld(1)
	does(t, w, "", rich("20"))
	n, err := w.Draw(buyer)
	if err != nil {
		t.Fatal(err)
	}
	d := ordertest.Draft(n, buyer, 2)
	d.Credit = ordertest.Amount("5")
	if err = w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	for payment := range 3 {
		if err = w.Hint(n, order.Hint{Payment: payment, External: "pay-1", Signed: true}); err != nil {
			t.Fatal(err)
		}
	}
	does(t, w, n, wait(5*time.Minute), pays("15"), wait(time.Hour))
	if o := w.Look(n); o.Status != order.Delivered || o.Held() {
		t.Errorf("%s, held %q", o.Status, o.Reason)
	}
	if snap, _ := w.Store.Look(n); snap.Hints != 0 {
		t.Errorf("%d hints left", snap.Hints)
	}
}

// toWallet is an order whose payout is approved by nobody yet.
func toWallet(t *testing.T) order.Order {
	t.Helper()
	o := twoLineOrder(t)
	o.Lines = nil
	o, _ = run(t, o, order.PayOut{N: 1, Left: o.Left(), Gateway: "g", By: 900, At: 1},
		order.Addressed{Payout: 0, Network: "n", Coin: "USDT", Coins: order.Cent.Decimal(), Sealed: []byte("a"), At: 2})
	return o
}

// A worker that stalled comes back with what it knew of its own sending; another
// one has sent meanwhile.
func TestALateWorkerDoesNotOpenAPayout(t *testing.T) {
	o, _ := run(t, toWallet(t), order.Approved{Payout: 0, By: 900, At: 3}, order.PayingOut{Payout: 0, Once: "second", At: 5})
	for _, code := range []order.Code{order.CodeBudget, order.CodeNotSent, order.CodeLimited, order.CodeInvalid} {
		after, _ := run(t, o, order.PayOutFails{Payout: 0, Once: "first", Code: code, RetryAt: 6, At: 6})
		if p := after.Payouts[0]; p.State != order.PayoutSent || p.Once != "second" {
			t.Errorf("%s: %s", code, p.State)
		}
	}
	after, _ := run(t, o, order.PayOutFails{Payout: 0, Once: "second", Code: order.CodeNotSent, RetryAt: 6, At: 6})
	if after.Payouts[0].State != order.PayoutApproved {
		t.Errorf("%s", after.Payouts[0].State)
	}
}

// What fell is not paid out, and not given back, before a person has booked it.
func TestNothingLeavesOfWhatFell(t *testing.T) {
	o, _ := run(t, toWallet(t), order.Approved{Payout: 0, By: 900, At: 3}, order.Read{Payment: 0, Fact: fact("x", "5"), At: 4})
	if kind, _ := order.NextOf(o, 5, map[int]bool{0: true}); kind == order.EffectPayOut {
		t.Error("it is to be sent")
	}
	if _, _, err := order.Apply(o, order.PayingOut{Payout: 0, Once: "x", At: 5}); order.CodeOf(err) != order.CodeEvent {
		t.Errorf("sent: %v", err)
	}
	if _, _, err := order.Apply(o, order.Close{Left: o.Left(), By: 900, At: 5}); order.CodeOf(err) != order.CodeBusy {
		t.Errorf("closed with a payout open: %v", err)
	}
	o, _ = run(t, o, order.DropPayOut{Payout: 0, By: 900, At: 6})
	if _, _, err := order.Apply(o, order.GiveBack{Left: o.Left(), By: 900, At: 7}); order.CodeOf(err) != order.CodeInvalid {
		t.Errorf("given back: %v", err)
	}
	o, _ = run(t, o, order.Close{Left: o.Left(), By: 900, At: 8})
	if o.Left() != 0 || o.Returned != ordertest.Amount("5") {
		t.Errorf("left %s, returned %s", o.Left(), o.Returned)
	}
}

// The supplier sells twice under one key, and says so again and again.
func TestStockIsBookedOnce(t *testing.T) {
	o, _ := run(t, cardLine(t), boughtCard())
	twice := order.Bought{Line: 0, Attempt: 1, External: "8", Got: 1, Total: 9_000_000, At: 9500}
	if _, effects := run(t, o, twice, twice); count(effects, order.EffectPost) != 1 {
		t.Errorf("%d postings", count(effects, order.EffectPost))
	}
}

// A payout that nobody can tell of keeps its gateway from paying out anything
// else, until a person has said what became of it.
func TestAnUnclearPayoutKeepsItsGateway(t *testing.T) {
	w, n := outOfStock(t)
	w.Payer.Plans(ordertest.Paying{Err: &order.Error{Code: order.CodeUnclear, Op: "pay out"}})
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(minutes))
	heldFor := w.Look(n).Reason
	other, _, err := buy2(w, func(d time.Duration) { rest(t, w, d) })
	if err != nil {
		t.Fatal(err)
	}
	does(t, w, other, sold(), paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(time.Hour))
	if sent := len(w.Payer.Sendings()); sent != 0 || heldFor != order.ReasonPayoutUnclear {
		t.Errorf("sent %d times, the first held %q", sent, heldFor)
	}
	does(t, w, n, settles(), wait(time.Hour))
	if sent := len(w.Payer.Sendings()); sent != 1 || w.Look(other).Status != order.Refunded {
		t.Errorf("sent %d times, the other is %s", sent, w.Look(other).Status)
	}
}

// A twin with surplus that is kept turns out to be the payment itself.
func TestTwinWithSurplusThatIsKept(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Timeline = order.AwaitingPayment, nil
	o.Payments = []order.Payment{{N: 1, Gateway: "g", State: order.PaymentSent, Asked: 20_000_000, Lifetime: 3600}}
	o, _ = run(t, o, order.Twin{Payment: 0, External: "x", At: 1000}, order.Read{Payment: 1, Fact: fact("x", "25"), Keeps: true, At: 2000},
		order.Opened{Payment: 0, Link: order.Link{External: "x", URL: "u"}, Twins: true, At: 3000},
		order.Read{Payment: 0, Fact: fact("x", "19"), At: 4000})
	if in := order.Look(o); in.Kept != 5_000_000 || in.Fell != 6_000_000 || o.Payments[1].Kept != 0 {
		t.Errorf("kept %s, fell %s", in.Kept, in.Fell)
	}
	o, effects := run(t, o, order.Close{Left: o.Left(), By: 900, At: 5000})
	for _, e := range effects {
		if e.Kind == order.EffectPost && e.Posting.Amount <= 0 {
			t.Errorf("posted %+v", e.Posting)
		}
	}
	if in := order.Look(o); in.Kept != 0 || o.Left() != o.Balance() || o.Status != order.Refunded || o.Returned != 19_000_000 {
		t.Errorf("%s, kept %s, left %s, returned %s", o.Status, in.Kept, o.Left(), o.Returned)
	}
}
