package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// TestRedisForgetsAPayout loses what Redis was told between any two calls around
// a payout, and kills the bot. What the journal knows is never sent again, and
// ends before a person.
func TestRedisForgetsAPayout(t *testing.T) {
	t.Parallel()
	for _, plan := range [][]ordertest.Paying{nil, {{Err: &order.Error{Code: order.CodeNotSent, Op: "pay out"}}}} {
		total, err := payoutLoss(-1, -1, plan)
		if err != nil || total < 20 {
			t.Fatalf("%d calls, %v", total, err)
		}
		for kept := 1; kept < min(total, 60); kept += 2 {
			for lost := kept + 1; lost < kept+24; lost += stride() {
				if _, err := payoutLoss(kept, lost, plan); err != nil {
					t.Fatalf("back to call %d at call %d: %v", kept, lost, err)
				}
			}
		}
	}
}

// payoutLoss plays a payout in which Redis goes back to the one call at the
// other, both counted from the address on.
func payoutLoss(kept, lost int, plan []ordertest.Paying) (calls int, err error) {
	w := ordertest.NewWorld(1)
	var backup *ordertest.Backup
	counting, dead := false, false
	w.Plan = func(int, string) ordertest.Fault {
		if !counting {
			return ordertest.OK
		}
		calls++
		switch calls {
		case kept:
			b := w.Store.Backup()
			backup = &b
		case lost:
			dead = true
			return ordertest.CrashBefore
		}
		return ordertest.OK
	}
	w.Booting = func() {
		if dead && backup != nil {
			w.Store.Restore(*backup)
			backup = nil
		}
	}
	settle := func(d time.Duration) {
		if _, failed := w.RestFor(d); err == nil {
			err = failed
		}
	}
	begin := acting(func(*ordertest.World, order.Number, func(time.Duration)) error {
		counting = true
		w.Payer.Plans(plan...)
		return nil
	})
	s := calm("", ordertest.Draft, 2, "", "", then(sold(stock(1)), begin, paysOut("0"), addresses(ordertest.StableNetwork),
		approves(ordertest.Admin), wait(minutes), approves(ordertest.Admin), wait(minutes)))
	if failed := s.play(w, settle); failed != nil {
		return 0, failed
	}
	total := calls
	settle(2 * time.Hour)
	n := w.Numbers()[0]
	again := then(settles(), wait(time.Hour), refunds("0"), paysOut("0"), wait(time.Minute), settles(), wait(time.Hour), closes(), wait(time.Hour))
	if failed := again(w, n, settle); err == nil {
		err = failed
	}
	if err != nil {
		return total, err
	}
	return total, w.Audit(3)
}

// Redis went back to before the payout was wanted: nobody knows how much is
// still there. It is not given back, and a person says what left.
func TestAPayoutTheOrderDoesNotKnow(t *testing.T) {
	for _, left := range []bool{true, false} {
		w, n := outOfStock(t)
		before := w.Store.Backup()
		if left {
			does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(minutes))
		} else {
			w.Journal.Spent = append(w.Journal.Spent, order.Spent{Owner: order.PayoutOwner(n, 0), At: w.Clock.Stamp()})
		}
		forgets(w, before)
		rest(t, w, time.Minute)
		if o := w.Look(n); o.Reason != order.ReasonPayoutUnclear || o.MayTakeCredit() {
			t.Fatalf("held %q, credit may be taken: %v", o.Reason, o.MayTakeCredit())
		}
		does(t, w, n, refunds("0"), triesAgain(true), closes(), wait(time.Hour))
		if w.Credit(buyer) != 0 || w.Look(n).Left() != ordertest.Amount("20") {
			t.Fatalf("credit %s, left %s", w.Credit(buyer), w.Look(n).Left())
		}
		does(t, w, n, paysOut("0"), wait(time.Hour), settles(), wait(time.Hour), closes(), wait(days))
		want := map[bool]string{true: "0", false: "20"}[left]
		if got := w.Credit(buyer); got != ordertest.Amount(want) || w.Look(n).Held() {
			t.Errorf("credit %s, want %s; held %v", got, want, w.Look(n).Doubts)
		}
		if sent := len(w.Payer.Sendings()); sent > 1 {
			t.Errorf("sent %d times", sent)
		}
		if err := w.Audit(1); err != nil {
			t.Error(err)
		}
	}
}

// The payout was put off, then sent; Redis went back to between the two.
func TestSecondPayoutThatRedisForgotIsNoThird(t *testing.T) {
	w, n := outOfStock(t)
	w.Payer.Plans(ordertest.Paying{Err: &order.Error{Code: order.CodeNotSent, Op: "pay out"}})
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(10*time.Second))
	before := w.Store.Backup()
	rest(t, w, 10*time.Minute)
	if sent := len(w.Payer.Sendings()); sent != 1 {
		t.Fatalf("sent %d times", sent)
	}
	forgets(w, before)
	rest(t, w, time.Hour)
	heldOnly := w.Look(n)
	if sent := len(w.Payer.Sendings()); sent != 1 || heldOnly.Reason != order.ReasonPayoutUnclear {
		t.Errorf("sent %d times, held %q", sent, heldOnly.Reason)
	}
}
