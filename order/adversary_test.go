package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// cardLine is a paid order of one gift card that was asked for.
func cardLine(t *testing.T) order.Order {
	t.Helper()
	o := twoLineOrder(t)
	o.Lines, o.Total = o.Lines[:1], 10_000_000
	o.Payments[0].Asked, o.Payments[0].Seen = 10_000_000, 10_000_000
	o, _ = run(t, o, order.Buying{Line: 0, Attempt: 1, Key: "k", Once: "me", At: 1000})
	return o
}

func boughtCard() order.Event {
	return order.Bought{Line: 0, Attempt: 1, External: "7", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 9000}
}

// A letter comes while a worker has the card taken back: whoever got it now
// could not use it, or would be paid back as well.
func TestWhatIsTakenBackIsNeverDelivered(t *testing.T) {
	o, _ := run(t, cardLine(t), order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000})
	o, effects := run(t, o, boughtCard())
	if o.Status != order.Fulfilling || o.Lines[0].State != order.LineUnclear || len(effects) != 0 {
		t.Fatalf("%s, line %s, effects %v", o.Status, o.Lines[0].State, effects)
	}
	o, _ = run(t, o, order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 8_900_000, At: 3000})
	if o.Status != order.Refunded || o.Credited() != 10_000_000 {
		t.Fatalf("%s, credited %s", o.Status, o.Credited())
	}
	o, effects = run(t, o, boughtCard())
	if o.Status != order.Refunded || o.Lines[0].Got != 0 || len(effects) != 0 {
		t.Errorf("%s with %d pieces, effects %v", o.Status, o.Lines[0].Got, effects)
	}
}

// The gateway confirms less than before while goods are taken back: no credit
// is given for money that may be gone.
func TestNoCreditForMoneyInDoubt(t *testing.T) {
	o, _ := run(t, cardLine(t), order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000},
		order.Read{Payment: 0, Fact: fact("x", "15"), At: 2500})
	o, effects := run(t, o, order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 9_000_000, At: 3000})
	if o.Credited() != 0 || !o.Held() || o.Status != order.Fulfilling || count(effects, order.EffectPost) != 0 {
		t.Errorf("%s, credited %s, held %q, effects %v", o.Status, o.Credited(), o.Reason, effects)
	}
}

// Another purchase of a line that was paid back turns out to be done: stock.
func TestGoodsAfterARefundAreStock(t *testing.T) {
	o, _ := run(t, cardLine(t), order.Lost{Line: 0, Attempt: 1, External: "7", Recall: true, At: 2000},
		order.Recalled{Line: 0, Attempt: 1, Spent: 9_000_000, Back: 9_500_000, At: 3000},
		order.Arrived{Line: 0, Attempt: 2, Sealed: []byte("x"), Doubled: true, At: 4000})
	o, effects := run(t, o, order.Bought{Line: 0, Attempt: 2, External: "8", Got: 1, Total: 9_000_000, Sealed: []byte("s"), At: 5000})
	if o.Status != order.Refunded || o.Lines[0].State == order.LineGot || o.Reason != order.ReasonGoodsTwice {
		t.Errorf("%s, line %s, held %q", o.Status, o.Lines[0].State, o.Reason)
	}
	for _, e := range effects {
		if e.Kind == order.EffectPost && e.Posting.To != "stock" {
			t.Errorf("posted %+v", e.Posting)
		}
	}
}

// A twin was paid before it turned out to be the payment itself: the money is
// booked once.
func TestTwinThatIsThePaymentItself(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Timeline = order.AwaitingPayment, nil
	o.Payments = []order.Payment{{N: 1, Gateway: "g", State: order.PaymentSent, Asked: 20_000_000, Lifetime: 3600}}
	o, effects := run(t, o, order.Twin{Payment: 0, External: "x", At: 1000}, order.Read{Payment: 1, Fact: fact("x", "20"), At: 2000})
	if o.Status != order.Paid {
		t.Fatalf("%s", o.Status)
	}
	o, more := run(t, o, order.Opened{Payment: 0, Link: order.Link{External: "x", URL: "u"}, Twins: true, At: 3000},
		order.Read{Payment: 0, Fact: fact("x", "20"), At: 4000}, order.Read{Payment: 1, Fact: fact("x", "20"), At: 4000})
	if o.Received() != 20_000_000 || o.Held() {
		t.Errorf("received %s, held %q", o.Received(), o.Reason)
	}
	if posts := count(append(effects, more...), order.EffectPost); posts != 1 {
		t.Errorf("%d postings", posts)
	}
}

// A worker that stalled decided that the order is over; the buyer has another
// link meanwhile.
func TestAnotherLinkKeepsTheOrderOpen(t *testing.T) {
	o := twoLineOrder(t)
	o.Status, o.Timeline, o.ExpiresAt = order.AwaitingPayment, nil, 9_000_000
	o.Payments[0].Seen = 0
	if after, _, err := order.Apply(o, order.Expire{At: 8_000_000}); err == nil {
		t.Errorf("became %s before its end", after.Status)
	}
	o.Lines[0].Attempts = []order.Attempt{{N: 1}}
	o, _ = run(t, o, order.Expire{At: 9_000_000})
	if o.Status != order.AwaitingPayment || o.Reason != order.ReasonUnclear {
		t.Errorf("%s, held %q, with a purchase under way", o.Status, o.Reason)
	}
}

// side is a second process whose turn comes in the middle of a call of the
// first, after its lease ran out.
func side(w *ordertest.World, op string, stall time.Duration) *ordertest.Process {
	other := w.Join(&ordertest.Gate{}, w.Clock)
	done := false
	first := w.Join(&ordertest.Gate{Plan: func(_ int, now string) ordertest.Fault {
		if now == op && !done {
			done = true
			w.Clock.Advance(stall)
			for range 20 {
				_, _ = other.Engine.Step(context.Background()) // its errors are not what is looked at
			}
		}
		return ordertest.OK
	}}, w.Clock)
	return first
}

func TestTwoWorkersNeverBothAskForCards(t *testing.T) {
	for _, stall := range []time.Duration{11 * time.Second, 40 * time.Second, 2 * time.Hour} {
		for _, op := range []string{"cost", "journal"} {
			w, n, p := cardPlaced(t)
			first := side(w, op, stall)
			pay(t, w, n, p)
			for range 5 {
				_, _ = first.Engine.Step(context.Background())
			}
			rest(t, w, 5*time.Hour)
			if made := len(w.Cards.Creations()); made > 1 {
				t.Errorf("%s at %s: asked for %d times", stall, op, made)
			}
			if err := w.Audit(1); err != nil {
				t.Errorf("%s at %s: %v", stall, op, err)
			}
		}
	}
}

// A process slept over a request that is sent once; the order was given up and
// may have been paid back.
func TestWhatWasGivenUpIsNotSent(t *testing.T) {
	w, n, p := cardPlaced(t)
	first := side(w, "journal", 2*time.Hour)
	pay(t, w, n, p)
	for range 5 {
		_, _ = first.Engine.Step(context.Background())
	}
	if made := len(w.Cards.Creations()); made != 0 {
		t.Errorf("asked for %d times, %+v", made, w.Look(n).Lines[0].Attempts)
	}
}

// Two workers both ask for a link: the second one is a twin, and nothing for a
// person.
func TestTwoWorkersOpenTwins(t *testing.T) {
	w := ordertest.NewWorld(1)
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	if err = w.PlaceDraft(twinDraft(n, 1001, 2)); err != nil {
		t.Fatal(err)
	}
	first := side(w, "open", 11*time.Second)
	for range 3 {
		_, _ = first.Engine.Step(context.Background())
	}
	links := w.Twins.Links(n)
	if o := w.Look(n); len(links) != 2 || o.Held() || len(o.Payments) != 2 {
		t.Fatalf("%d links, held %q, %d payments", len(links), o.Reason, len(o.Payments))
	}
	for _, p := range links {
		w.Twins.Pay(p.External, p.Asked)
	}
	rest(t, w, time.Hour)
	credited(t, w, n, order.Delivered, "20", order.FlagTwice)
}

// The gateway stops answering once the order is paid. That is no reason to look
// for the goods an hour later.
func TestGatewayAwayDoesNotKeepGoodsWaiting(t *testing.T) {
	w, n, _ := placedAs(t, ordertest.TopUpDraft, 1)
	w.TopUps.Answers(ordertest.Answer{Takes: 2 * time.Minute})
	pay(t, w, n, w.Gateway.Links(n)[0])
	rest(t, w, time.Second)
	w.Gateway.Away = true
	rest(t, w, 5*time.Minute)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

// placedAs is a world with one order of a draft that has its link.
func placedAs(t *testing.T, draft func(order.Number, int64, int) order.Draft, quantity int) (*ordertest.World, order.Number, error) {
	t.Helper()
	w := ordertest.NewWorld(1)
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	if err = w.PlaceDraft(draft(n, 1001, quantity)); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 5*time.Minute)
	return w, n, nil
}

// One line's product is blocked by somebody else's purchase: the other line is
// bought all the same.
func TestABlockedLineKeepsNoOtherWaiting(t *testing.T) {
	w := ordertest.NewWorld(1)
	d, err := draw(w, ordertest.TopUpDraft("", 0, 1).Lines[0])
	if err != nil {
		t.Fatal(err)
	}
	if err = w.PlaceDraft(d); err != nil {
		t.Fatal(err)
	}
	blocker := order.Permit{Vendor: ordertest.SupplierName, Lock: "item-1", Owner: order.PermitOwner(d.Number, 0, 9)}
	if err = w.Store.View(nil).Acquire(context.Background(), blocker); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 10*time.Second)
	pay(t, w, d.Number, w.Gateway.Links(d.Number)[0])
	rest(t, w, time.Minute)
	if o := w.Look(d.Number); o.Lines[0].State != order.LineWaiting || o.Lines[1].State != order.LineGot {
		t.Errorf("lines %s and %s", o.Lines[0].State, o.Lines[1].State)
	}
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

// A top-up under way frees its currency: the next one need not wait for it.
func TestAcceptedTopUpKeepsNoOtherWaiting(t *testing.T) {
	w, n, _ := placedAs(t, ordertest.TopUpDraft, 2)
	w.TopUps.Answers(ordertest.Answer{Takes: 20 * time.Minute})
	pay(t, w, n, w.Gateway.Links(n)[0])
	rest(t, w, 2*time.Minute)
	if o := w.Look(n); o.Lines[0].State != order.LineBuying || o.Lines[1].State != order.LineGot {
		t.Errorf("lines %s and %s", o.Lines[0].State, o.Lines[1].State)
	}
	if locks := w.Store.Locks(ordertest.TopUpName); len(locks) != 0 {
		t.Errorf("locks %v", locks)
	}
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
}

// A crash after the supplier accepted and before the permit was free: the
// sweeper knows that the purchase is beyond doubt.
func TestSweeperFreesWhatWasAccepted(t *testing.T) {
	w, n, _ := placedAs(t, ordertest.TopUpDraft, 1)
	w.TopUps.Answers(ordertest.Answer{Takes: 3 * time.Hour})
	released := false
	w.Plan = func(_ int, op string) ordertest.Fault {
		if op == "release" && !released {
			released = true
			return ordertest.CrashBefore
		}
		return ordertest.OK
	}
	w.Boot()
	pay(t, w, n, w.Gateway.Links(n)[0])
	rest(t, w, 2*time.Minute)
	if locks := w.Store.Locks(ordertest.TopUpName); len(locks) != 0 || !released {
		t.Errorf("locks %v, released %v", locks, released)
	}
}

// Cards that nobody ordered are told about after the order was delivered, while
// the vendor's books cannot be read: the letter waits, and stops nothing.
func TestStrangeLetterWaitsForTheBooks(t *testing.T) {
	w, n, p := cardPlaced(t)
	w.Cards.Mints(ordertest.Mint{Twice: true, Calls: -1})
	pay(t, w, n, p)
	rest(t, w, time.Minute)
	c := w.Cards.Creations()[0]
	w.Cards.All()
	if err := w.Deliver(c.Reference, c.Letter(0)); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	if err := delivered(w); err != nil {
		t.Fatal(err)
	}
	unchecked(w)
	for i := range c.Sets {
		if err := w.Deliver(c.Reference, c.Letter(i)); err != nil {
			t.Fatal(err)
		}
	}
	rest(t, w, time.Minute)
	if snap, _ := w.Store.Look(n); snap.Hints != 2 || snap.Order.Held() {
		t.Errorf("%d letters kept, held %q", snap.Hints, snap.Order.Reason)
	}
	rest(t, w, 5*time.Hour)
	heldFor(t, w, n, order.ReasonGoodsTwice)
	if snap, _ := w.Store.Look(n); snap.Hints != 0 || len(snap.Order.Lines[0].Attempts[0].Letters) != 1 {
		t.Errorf("%d hints, %d letters for the person", snap.Hints, len(snap.Order.Lines[0].Attempts[0].Letters))
	}
}

// What nobody will ever be able to read is for a person, once the purchase is
// old.
func TestUnreadableLetterIsForAPersonInTheEnd(t *testing.T) {
	w, n, p := cardPlaced(t)
	pay(t, w, n, p)
	rest(t, w, time.Hour)
	if err := w.Deliver(order.PurchaseReference(n, 0, 1), []byte("{")); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 40*time.Hour)
	if o := w.Look(n); o.Held() {
		t.Errorf("held %q", o.Reason)
	}
	rest(t, w, 20*time.Hour)
	heldFor(t, w, n, order.ReasonGoodsTwice)
	for _, bad := range []string{order.PurchaseReference(n, 7, 1), order.PurchaseReference(n, 0, 0)} {
		if err := w.Deliver(bad, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	rest(t, w, time.Hour)
	if err := w.Audit(0); err != nil {
		t.Error(err)
	}
}

// A letter comes for an attempt that was thought to be open when it was read,
// and was settled meanwhile: whoever brought it looks at it again.
func TestLetterOfASettledPurchaseIsNotDropped(t *testing.T) {
	o, _ := run(t, cardLine(t), boughtCard())
	if _, _, err := order.Apply(o, order.Arrived{Line: 0, Attempt: 1, Sealed: []byte("x"), At: 9500}); order.CodeOf(err) != order.CodeEvent || err == nil {
		t.Errorf("%v", err)
	}
}

func TestPayBy(t *testing.T) {
	w, n, _ := placed(t)
	engine, ctx := w.Process().Engine, context.Background()
	if _, err := engine.PayBy(ctx, 1001, n, "nobody"); order.CodeOf(err) != order.CodeInvalid {
		t.Errorf("unknown gateway: %v", err)
	}
	if _, err := engine.PayBy(ctx, 1002, n, ordertest.TwinsName); order.CodeOf(err) != order.CodeMissing {
		t.Errorf("another buyer: %v", err)
	}
	for i := range 6 {
		gateway := []string{ordertest.TwinsName, ordertest.GatewayName}[i%2]
		o, err := engine.PayBy(ctx, 1001, n, gateway)
		if i == 5 {
			if order.CodeOf(err) != order.CodeTooMany {
				t.Errorf("the seventh link: %v", err)
			}
			break
		}
		if again, err2 := engine.PayBy(ctx, 1001, n, gateway); err != nil || err2 != nil || len(again.Payments) != len(o.Payments) {
			t.Errorf("%v, %v, %d and %d payments", err, err2, len(o.Payments), len(again.Payments))
		}
		rest(t, w, time.Minute)
	}
	o := w.Look(n)
	for _, p := range o.Payments {
		if p.State != order.PaymentOpen || p.URL == "" {
			t.Errorf("payment %d is %s", p.N, p.State)
		}
	}
	if p, ok := o.Shown(); !ok || p.N != 6 {
		t.Errorf("shows payment %d", p.N)
	}
	rest(t, w, 10*time.Hour)
	if _, err := engine.PayBy(ctx, 1001, n, ordertest.GatewayName); order.CodeOf(err) != order.CodeTooMany && order.CodeOf(err) != order.CodeEvent {
		t.Errorf("after its end: %v", err)
	}
}

// Whoever planned a link died right after it: the order is due by the same
// transition, and nobody has to press again.
func TestWhatIsDecidedIsDue(t *testing.T) {
	w, n, _ := placed(t)
	w.Plan = func(_ int, op string) ordertest.Fault {
		if op == "commit" {
			return ordertest.CrashAfter
		}
		return ordertest.OK
	}
	if _, err := w.Boot().Engine.PayBy(context.Background(), 1001, n, ordertest.TwinsName); err == nil {
		t.Fatal("no crash")
	}
	w.Plan = nil
	w.Boot()
	rest(t, w, 5*time.Second)
	if p, _ := w.Look(n).Shown(); p.Gateway != ordertest.TwinsName || p.URL == "" {
		t.Errorf("payment %d is %s", p.N, p.State)
	}
}
