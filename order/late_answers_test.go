package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// Two workers have sent one purchase: the first one was told no and comes late
// with it, the second one was not answered. The no says nothing about that.
func TestARefusalOfAnotherSendDecidesNothing(t *testing.T) {
	o, _ := run(t, twoLineOrder(t),
		order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1000},
		order.Buying{Line: 0, Attempt: 1, Key: "k", At: 12_000},
		order.BuyFails{Line: 0, Attempt: 1, Sends: 2, Code: order.CodeUnclear, RetryAt: 14_000, At: 12_500})
	late := order.BuyFails{Line: 0, Attempt: 1, Sends: 1, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 13_000}
	o, _ = run(t, o, late)
	if l := o.Lines[0]; l.State != order.LineUnclear || l.Attempts[0].Outcome != order.OutcomeUnclear || l.Attempts[0].RetryAt != 14_000 || o.Held() {
		t.Fatalf("line %s, attempt %+v, held %q", l.State, l.Attempts[0], o.Reason)
	}
	late.Sends = 2
	if o, _ = run(t, o, late); o.Lines[0].State != order.LineFailed || o.Reason != order.ReasonFunds {
		t.Errorf("line %s, held %q: the newest send was refused", o.Lines[0].State, o.Reason)
	}
}

// refused is an order of two lines whose second one was refused.
func refused(t *testing.T, first ...order.Event) order.Order {
	t.Helper()
	o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1000}, order.Buying{Line: 1, Attempt: 1, Key: "l", At: 1000})
	o, _ = run(t, o, first...)
	o, _ = run(t, o, order.BuyFails{Line: 1, Attempt: 1, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 2000})
	return o
}

func got() order.Event {
	return order.Bought{Line: 0, Attempt: 1, External: "x", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 1500}
}

// The order was delivered without a line that turns out to be bought: its buyer
// sees it, and nobody waits for a decision about it any more.
func TestGoodsThatComeAfterTheOthersAreShown(t *testing.T) {
	o := refused(t, got())
	o, _ = run(t, o, order.Shown{Message: 7, Goods: true, At: 2500})
	if o.Status != order.Delivered || o.Reason != order.ReasonFunds {
		t.Fatalf("%s, held %q", o.Status, o.Reason)
	}
	o, effects := run(t, o, order.Bought{Line: 1, Attempt: 1, External: "y", Got: o.Lines[1].Quantity, Total: 9_000_000, Sealed: []byte("s"), At: 3000})
	if o.Lines[1].State != order.LineGot || o.Held() || count(effects, order.EffectNotify) == 0 || count(effects, order.EffectPing) != 1 {
		t.Errorf("line %s, held %q, effects %v", o.Lines[1].State, o.Reason, effects)
	}
}

// A supplier takes on what was believed to be refused: it is waited for.
func TestWhatIsTakenOnAfterARefusalIsWaitedFor(t *testing.T) {
	taken := order.Accepted{Line: 1, Attempt: 1, External: "y", RetryAt: 4000, At: 3000}
	o, _ := run(t, refused(t), taken)
	if l := o.Lines[1]; l.State != order.LineBuying || l.Attempts[0].Outcome != "" || l.Attempts[0].External != "y" || o.Held() {
		t.Errorf("line %s, attempt %+v, held %q", l.State, l.Attempts[0], o.Reason)
	}
	o = refused(t, got()) // the others are here
	if o, _ = run(t, o, taken); o.Status != order.Ready || o.Reason != order.ReasonGoodsTwice {
		t.Errorf("%s, held %q", o.Status, o.Reason)
	}
	o = refused(t, order.BuyFails{Line: 0, Attempt: 1, Code: order.CodeFunds, Final: true, Reason: order.ReasonFunds, At: 2000})
	o, _ = run(t, o, order.GiveBack{Left: o.Left(), By: 900, Why: "x", At: 2500}, taken)
	if o.Status != order.Refunded || o.Lines[1].State != order.LineFailed || o.Reason != order.ReasonGoodsTwice {
		t.Errorf("%s, line %s, held %q: the money went back", o.Status, o.Lines[1].State, o.Reason)
	}
}

// sleeper is randomness whose first draw takes long.
type sleeper struct {
	*ordertest.Random
	sleep func()
}

func (s *sleeper) Read(p []byte) (int, error) {
	if s.sleep != nil {
		sleep := s.sleep
		s.sleep = nil
		sleep()
	}
	return s.Random.Read(p)
}

// A worker stalled before its request for a link was stored, and the order
// expired meanwhile: nothing leaves.
func TestALinkOfAnOrderThatEndedIsNotAskedFor(t *testing.T) {
	w := ordertest.NewWorld(1)
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	if err = w.PlaceDraft(ordertest.Draft(n, 1001, 2)); err != nil {
		t.Fatal(err)
	}
	other, first := w.Join(&ordertest.Gate{}, w.Clock), w.Join(&ordertest.Gate{}, w.Clock)
	first.Engine.Random = &sleeper{ordertest.NewRandom(5), func() { // the name of the commit is drawn
		w.Clock.Advance(2 * time.Hour)
		for range 20 {
			_, _ = other.Engine.Step(context.Background())
		}
	}}
	for range 3 {
		_, _ = first.Engine.Step(context.Background())
	}
	if o := w.Look(n); o.Status != order.Expired || len(w.Gateway.Links(n)) != 0 {
		t.Errorf("%s with %d links", o.Status, len(w.Gateway.Links(n)))
	}
}

// A process slept between storing a purchase and sending it: somebody else may
// have concluded that nothing of it left.
func TestAPurchaseIsNotSentLongAfterItWasStored(t *testing.T) {
	w, n, p := placed(t)
	allowed, slept := false, false
	first := w.Join(&ordertest.Gate{Plan: func(_ int, op string) ordertest.Fault {
		if allowed = allowed || op == "acquire"; allowed && op == "commit" && !slept {
			slept = true
			w.Clock.Advance(2 * time.Hour)
		}
		return ordertest.OK
	}}, w.Clock)
	pay(t, w, n, p)
	for range 3 {
		_, _ = first.Engine.Step(context.Background())
	}
	if !slept || len(w.Supplier.Sales()) != 0 {
		t.Errorf("slept %v, %d purchases", slept, len(w.Supplier.Sales()))
	}
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

// A worker found the day's budget used up and comes late with it: another one
// has sent the purchase meanwhile.
func TestWhatWasNotTriedDoesNotEndWhatWasSent(t *testing.T) {
	o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1000},
		order.BuyFails{Line: 0, Code: order.CodeBudget, Final: true, Reason: order.ReasonBudget, At: 2000})
	if o.Lines[0].State != order.LineBuying || o.Held() {
		t.Errorf("line %s, held %q", o.Lines[0].State, o.Reason)
	}
	o, _ = run(t, o, order.BuyFails{Line: 1, Code: order.CodeBudget, Final: true, Reason: order.ReasonBudget, At: 2000})
	if o.Lines[1].State != order.LineFailed || o.Reason != order.ReasonBudget {
		t.Errorf("line %s, held %q", o.Lines[1].State, o.Reason)
	}
}

// Cards were taken back while their money was in doubt, and the doubt went away
// by itself: the money still waits for a person.
func TestRecalledInDoubtWaitsForAPerson(t *testing.T) {
	o := cardLine(t)
	o.Payments[0].State, o.Payments[0].Asked = order.PaymentOpen, 20_000_000
	o, _ = run(t, o, order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000},
		order.Read{Payment: 0, Fact: fact("x", "0"), At: 2500},
		order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 9_000_000, At: 3000},
		order.Read{Payment: 0, Fact: fact("x", "10"), At: 3500})
	if !o.Held() || o.Credited() != 0 {
		t.Fatalf("%s, held %q, credited %s", o.Status, o.Reason, o.Credited())
	}
	o, _ = run(t, o, order.GiveBack{Left: o.Left(), By: 900, Why: "x", At: 4000})
	if o.Status != order.Refunded || o.Held() || o.Credited() != 10_000_000 {
		t.Errorf("%s, held %q, credited %s", o.Status, o.Reason, o.Credited())
	}
}

// A webhook speaks of a link that is not watched any more, and the gateway does
// not answer just then: it is asked again.
func TestAHintAboutAClosedLinkIsNotForgotten(t *testing.T) {
	w, n, p := placed(t)
	rest(t, w, 80*time.Hour)
	if o := w.Look(n); o.Payments[0].State != order.PaymentClosed {
		t.Fatalf("the link is %s", o.Payments[0].State)
	}
	w.Gateway.Pay(p.External, p.Asked)
	w.Gateway.Fail("read", &order.Error{Code: order.CodeUnclear, Op: "read"})
	if err := w.Hint(n, order.Hint{Payment: 1, External: p.External}); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 5*time.Hour)
	if o := w.Look(n); o.Received() != p.Asked {
		t.Errorf("received %s, %s", o.Received(), o.Status)
	}
	if err := w.Audit(1); err != nil {
		t.Error(err)
	}
}

// A process died over a purchase, and a second send of it was refused: the first
// one may be on its way for a minute.
func TestARefusalIsBelievedOnceNothingCanBeOnItsWay(t *testing.T) {
	w, n, p := placed(t)
	died := false
	w.Plan = func(_ int, op string) ordertest.Fault {
		if op == "buy" && !died {
			died = true
			return ordertest.CrashBefore
		}
		return ordertest.OK
	}
	w.Boot()
	w.Supplier.Answers(answer(order.CodeFunds))
	pay(t, w, n, p)
	rest(t, w, 30*time.Second)
	if o := w.Look(n); !died || o.Lines[0].State != order.LineUnclear || o.Held() {
		t.Fatalf("died %v, line %s, held %q", died, o.Lines[0].State, o.Reason)
	}
	w.Supplier.Answers(answer(order.CodeFunds))
	rest(t, w, 2*time.Minute)
	if o := w.Look(n); o.Lines[0].State != order.LineFailed || o.Reason != order.ReasonFunds {
		t.Errorf("line %s, held %q", o.Lines[0].State, o.Reason)
	}
}

// A look that came late says that the purchase is under way, while another
// worker has its goods taken back: that goes on, and comes to its end.
func TestALateLookDoesNotKeepARecallFromItsEnd(t *testing.T) {
	o, _ := run(t, cardLine(t), order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000},
		order.Accepted{Line: 0, Attempt: 1, RetryAt: 9000, At: 2500},
		order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 8_900_000, At: 3000})
	if o.Status != order.Refunded || o.Credited() != 10_000_000 {
		t.Errorf("%s, line %s, credited %s", o.Status, o.Lines[0].State, o.Credited())
	}
}

// Redis went back to before an order was paid from credit, and the journal knows
// its purchase: it is paid again, and goes on where it was.
func TestCreditForAPurchaseThatIsUnderWay(t *testing.T) {
	for _, status := range []order.Status{order.AwaitingPayment, order.Confirming} {
		o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1000})
		o.Status, o.Payments = status, nil
		o, _ = run(t, o, order.UseCredit{N: 1, Amount: 20_000_000, At: 2000})
		if o.Status != order.Fulfilling {
			t.Errorf("from %s to %s", status, o.Status)
		}
	}
}

// An admin says that a purchase was not made while it may still be on its way.
func TestAPurchaseIsNotGivenUpWhileItIsOnItsWay(t *testing.T) {
	o, _ := run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 100_000},
		order.BuyFails{Line: 0, Attempt: 1, Sends: 1, Code: order.CodeUnclear, RetryAt: 120_000, At: 110_000})
	if _, _, err := order.Apply(o, order.GiveUp{Line: 0, Attempt: 1, By: 900, At: 159_000}); order.CodeOf(err) != order.CodeBusy || err == nil {
		t.Errorf("after 59 s: %v", err)
	}
	if _, _, err := order.Apply(o, order.GiveUp{Line: 0, Attempt: 1, By: 900, At: 160_000}); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// A part of the money is given back before the order is bought for: not what the
// gateway may give back by itself.
func TestAPartThatIsGivenBackLeavesWhatIsKept(t *testing.T) {
	o := twoLineOrder(t)
	o.Payments[0].State, o.Payments[0].Seen = order.PaymentOpen, 0
	o.Status = order.AwaitingPayment
	o, _ = run(t, o, order.Read{Payment: 0, Fact: fact("x", "25"), Keeps: true, At: 2000})
	if o.Status != order.Paid || o.Left() != 25_000_000 || order.Look(o).Kept != 5_000_000 {
		t.Fatalf("%s, holds %s, keeps %s", o.Status, o.Left(), order.Look(o).Kept)
	}
	if _, _, err := order.Apply(o, order.GiveBack{Left: o.Left(), Amount: 3_000_000, By: 900, At: 3000}); order.CodeOf(err) != order.CodeInvalid || err == nil {
		t.Errorf("3.00 of 25.00, of which 20.00 are needed and 5.00 kept: %v", err)
	}
	if _, _, err := order.Apply(o, order.GiveBack{Left: o.Left(), Amount: 5_000_000, By: 900, At: 3000}); err != nil {
		t.Errorf("the surplus: %v", err)
	}
}

// A request for cards was put off for hours, and left now: how long its cards may
// take counts from here, so that nobody concludes that they will not come.
func TestWhatWasPutOffIsNewWhenItLeaves(t *testing.T) {
	o, _ := run(t, cardLine(t),
		order.BuyFails{Line: 0, Attempt: 1, Sends: 1, Code: order.CodeNotSent, RetryAt: 2000, At: 1500},
		order.Buying{Line: 0, Attempt: 1, Key: "k", Once: "again", At: 9_000_000})
	if a := o.Lines[0].Attempts[0]; a.FirstSentAt != 9_000_000 || a.Sends != 2 {
		t.Errorf("%+v", a)
	}
	o, _ = run(t, twoLineOrder(t), order.Buying{Line: 0, Attempt: 1, Key: "k", At: 1000}, order.Buying{Line: 0, Attempt: 1, Key: "k", At: 9_000_000})
	if a := o.Lines[0].Attempts[0]; a.FirstSentAt != 1000 || a.SentAt != 9_000_000 {
		t.Errorf("a key is as old as its first send: %+v", a)
	}
}

// What the supplier says of a purchase with every look holds the order once: a
// person who has closed it is asked again only about something else.
func TestAMismatchIsAskedAboutOnce(t *testing.T) {
	looked := func(at order.Stamp, rules ...string) order.Event {
		return order.Accepted{Line: 0, Attempt: 1, External: "7", Mismatch: rules, RetryAt: at + 60_000, At: at}
	}
	o, _ := run(t, cardLine(t), looked(2000, "quantity"), looked(3000, "quantity"))
	if o.Reason != order.ReasonGoods {
		t.Fatalf("held for %q", o.Reason)
	}
	o, _ = run(t, o, order.Close{Left: o.Left(), By: 1, Why: "asked them", At: 4000}, looked(5000, "quantity"))
	if o.Held() {
		t.Errorf("held again for %v", o.Doubts)
	}
	if o, _ = run(t, o, looked(6000, "quantity", "total")); o.Reason != order.ReasonGoods {
		t.Errorf("something else is wrong, held for %q", o.Reason)
	}
}

// Redis went back to before a request for cards was refused, and the journal
// knows the one that followed: nobody waits for the first.
func TestARequestThatFollowedSaysThatTheOneBeforeIsOver(t *testing.T) {
	for _, letters := range []int{0, 1} {
		o := cardLine(t)
		for range letters {
			o, _ = run(t, o, order.Arrived{Line: 0, Attempt: 1, Sealed: []byte("secret"), At: 1500})
		}
		o, _ = run(t, o, order.Arrived{Line: 0, Attempt: 2, At: 2000})
		a := o.Lines[0].Attempts
		if over := a[0].Outcome == order.OutcomeRefused; len(a) != 2 || over != (letters == 0) || len(a[0].Letters) != letters || a[1].Outcome != order.OutcomeNone {
			t.Errorf("%d letters: %+v", letters, a)
		}
	}
}

// An update comes again after its process ended while it placed the order, and by
// now the order would be refused: it is placed, and who cannot see it does not say
// that nothing was ordered.
func TestAnOrderThatWouldBeRefusedByNowIsPlaced(t *testing.T) {
	ctx := context.Background()
	for name, down := range map[string]bool{"it is seen": false, "nobody can look": true} {
		w := ordertest.NewWorld(1)
		n, err := w.Draw(1001)
		if err != nil {
			t.Fatal(err)
		}
		d := ordertest.Draft(n, 1001, 1)
		if err = w.PlaceDraft(d); err != nil {
			t.Fatal(err)
		}
		w.Process().Gate.Plan = func(_ int, op string) ordertest.Fault {
			if down && op == "load" {
				return ordertest.FailBefore
			}
			return ordertest.OK
		}
		d.Gateway = "gone"
		switch o, err := w.Process().Engine.Place(ctx, d); {
		case down && order.CodeOf(err) != order.CodeUnclear:
			t.Errorf("%s: %s, %v", name, o.Number, err)
		case !down && (err != nil || o.Number != n):
			t.Errorf("%s: %s, %v", name, o.Number, err)
		}
	}
}

// The same of credit that is taken out: its network is closed by now.
func TestAPayoutThatWouldBeRefusedByNowIsAsked(t *testing.T) {
	ctx := context.Background()
	w, _ := withdrawer(t)
	n := takesOut(t, w, "20")
	d := order.PayoutDraft{Number: n, Buyer: buyer, Language: "en", Amount: ordertest.Amount("20"), Gateway: "gone", Network: "gone", Address: "0xbuyer"}
	if o, err := w.Process().Engine.AskPayout(ctx, d); err != nil || o.Number != n {
		t.Errorf("%s, %v", o.Number, err)
	}
	w.Process().Gate.Plan = func(_ int, op string) ordertest.Fault {
		if op == "load" {
			return ordertest.FailBefore
		}
		return ordertest.OK
	}
	if o, err := w.Process().Engine.AskPayout(ctx, d); order.CodeOf(err) != order.CodeUnclear {
		t.Errorf("nobody can look: %s, %v", o.Number, err)
	}
}
