package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// cardPlaced is a world with one order of a gift card that has its link.
func cardPlaced(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w := ordertest.NewWorld(1)
	n, err := w.Draw(1001)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.PlaceDraft(ordertest.CardDraft(n, 1001, 1)); err != nil {
		t.Fatal(err)
	}
	rest(t, w, 5*time.Minute)
	return w, n, w.Gateway.Links(n)[0]
}

// TestRedisGoesBack loses what Redis was told between any two calls around a
// request for cards, and kills the bot. The journal knows what was sent: cards
// are made once, and the callback's are delivered.
func TestRedisGoesBack(t *testing.T) {
	t.Parallel()
	lossAt := func(kept, lost int) (calls int, err error) {
		w := ordertest.NewWorld(1)
		var backup *ordertest.Backup
		dead := false
		w.Plan = func(int, string) ordertest.Fault {
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
		s := calm("", ordertest.CardDraft, 1, "", "", func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
			calls = 0
			w.Cards.Mints(ordertest.Mint{Err: &order.Error{Code: order.CodeNotSent, Op: "create"}}, ordertest.Mint{Late: time.Hour})
			return paidWhen(untouched)(w, n, rest)
		})
		if failed := s.play(w, settle); failed != nil {
			return 0, failed
		}
		settle(45 * time.Minute)
		total := calls
		settle(100 * time.Hour)
		if err != nil {
			return total, err
		}
		return total, w.Audit(3)
	}
	total, err := lossAt(-1, -1)
	if err != nil || total < 20 {
		t.Fatalf("%d calls, %v", total, err)
	}
	for kept := 1; kept < min(total, 60); kept++ {
		for lost := kept + 1; lost < kept+16; lost += stride() {
			if _, err := lossAt(kept, lost); err != nil {
				t.Fatalf("back to call %d at call %d: %v", kept, lost, err)
			}
		}
	}
}

// forgets takes a world back to a moment and starts the bot anew.
func forgets(w *ordertest.World, b ordertest.Backup) *ordertest.Process {
	w.Store.Restore(b)
	return w.Boot()
}

func TestPurchaseOfAnOrderThatIsNotPaidAnyMore(t *testing.T) {
	w, n, p := cardPlaced(t)
	before := w.Store.Backup()
	pay(t, w, n, p)
	rest(t, w, 10*time.Second)
	forgets(w, before)
	if o := w.Look(n); o.Status != order.AwaitingPayment || len(o.Lines[0].Attempts) != 1 {
		t.Fatalf("%s, attempts %v", o.Status, o.Lines[0].Attempts)
	}
	if _, err := w.Process().Engine.Cancel(context.Background(), 1001, n, false); err == nil {
		t.Error("cancelled with a purchase under way")
	}
	rest(t, w, time.Hour)
	if err := delivered(w); err != nil {
		t.Error(err)
	}
	if made := len(w.Cards.Creations()); made != 1 {
		t.Errorf("asked for %d times", made)
	}
}

func TestPurchaseOfAnOrderThatNobodyPaid(t *testing.T) {
	w, n, _ := cardPlaced(t)
	w.Journal.Spent = append(w.Journal.Spent, order.Spent{Owner: order.PermitOwner(n, 0, 1), At: w.Clock.Stamp()})
	w.Boot()
	rest(t, w, 3*time.Hour)
	heldFor(t, w, n, order.ReasonUnclear)
	if o := w.Look(n); o.Status != order.AwaitingPayment {
		t.Errorf("%s", o.Status)
	}
}

func TestPurchaseOfAnOrderThatHasEnded(t *testing.T) {
	w, n, _ := cardPlaced(t)
	rest(t, w, 3*time.Hour)
	w.Journal.Spent = append(w.Journal.Spent, order.Spent{Owner: order.PermitOwner(n, 0, 1), At: w.Clock.Stamp()})
	w.Boot()
	rest(t, w, time.Minute)
	heldFor(t, w, n, order.ReasonGoodsTwice)
}

func TestRecover(t *testing.T) {
	w, n, p := cardPlaced(t)
	pay(t, w, n, p)
	rest(t, w, time.Hour)
	before := w.Look(n)
	engine, ctx := w.Process().Engine, context.Background()
	for name, tc := range map[string]struct {
		owner string
		fails bool
	}{
		"known":             {order.PermitOwner(n, 0, 1), false},
		"no such line":      {order.PermitOwner(n, 7, 1), false},
		"no such order":     {order.PermitOwner("0000000000", 0, 1), false},
		"not a permit":      {"nonsense", true},
		"several, all fine": {order.PermitOwner(n, 0, 1), false},
	} {
		if err := engine.Recover(ctx, []order.Spent{{Owner: tc.owner, At: 1}}); (err != nil) != tc.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := w.Look(n); after.Version != before.Version {
		t.Errorf("an order was changed: %+v", after.Lines[0].Attempts)
	}
}

// A worker has the order: what the journal knows must not wait for it.
func TestRecoverBesideAClaim(t *testing.T) {
	w, n, p := cardPlaced(t)
	pay(t, w, n, p)
	before := w.Store.Backup()
	rest(t, w, 10*time.Second)
	w.Store.Restore(before)
	if _, err := w.Store.View(nil).Claim(context.Background(), n); err != nil {
		t.Fatal(err)
	}
	if err := w.Process().Engine.Recover(context.Background(), w.Journal.Spent); err != nil {
		t.Fatal(err)
	}
	if got := len(w.Look(n).Lines[0].Attempts); got != 1 {
		t.Errorf("%d attempts", got)
	}
}

// The attempt was put off, then sent; Redis went back to between the two.
func TestSecondSendingThatRedisForgotIsNoThird(t *testing.T) {
	w, n, p := cardPlaced(t)
	w.Cards.Mints(ordertest.Mint{Err: &order.Error{Code: order.CodeNotSent, Op: "create"}})
	pay(t, w, n, p)
	rest(t, w, 10*time.Second)
	before := w.Store.Backup()
	rest(t, w, time.Minute)
	if made := len(w.Cards.Creations()); made != 1 {
		t.Fatalf("asked for %d times", made)
	}
	forgets(w, before)
	rest(t, w, 5*time.Hour)
	if made := len(w.Cards.Creations()); made != 1 {
		t.Errorf("asked for %d times", made)
	}
}
