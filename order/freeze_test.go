package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// sends counts what left for vendors: purchases, mints, payouts.
func sends(w *ordertest.World) int {
	count := len(w.Payer.Sendings()) + len(w.Cards.Creations())
	return count + len(w.Supplier.Sales()) + len(w.TopUps.Sales())
}

// Whatever stands against spending, at whatever moment it comes: nothing leaves
// while it stands, and everything goes on when it is over.
func TestNothingLeavesUnderAFreeze(t *testing.T) {
	stops := map[string]func(w *ordertest.World){
		"a freeze": func(w *ordertest.World) {
			w.Ice.Replicas = []string{"a", "b"} // the other does not answer for half a minute
			w.Ice.Loses(order.DoubtBehind, "a")
		},
		"a doubt that cannot be stored": func(w *ordertest.World) {
			w.Ice.Loses(order.DoubtBehind, "a")
			w.Process().Gate.Plan = func(_ int, op string) ordertest.Fault {
				return map[bool]ordertest.Fault{true: ordertest.FailBefore}[op == "freeze"]
			}
		},
		"a restart that is not compared": func(w *ordertest.World) { w.Ice.Waits = true },
	}
	for why, stop := range stops {
		for name, draft := range map[string]func(order.Number, int64, int) order.Draft{"code": ordertest.Draft, "card": ordertest.CardDraft, "top-up": ordertest.TopUpDraft} {
			for at := range 12 {
				w, n, p := icy(t, draft)
				calls := 0
				w.Process().Gate.Plan = func(int, string) ordertest.Fault {
					if calls++; calls == at {
						w.Process().Gate.Plan = nil
						stop(w)
					}
					return ordertest.OK
				}
				if at == 0 {
					stop(w)
				}
				w.Gateway.Pay(p.External, p.Asked)
				_ = w.Hint(n, order.Hint{Payment: 1, External: p.External})
				w.Process().Gate.Seen = func(_ int, op string) {
					if slices.Contains([]string{"buy", "create", "pay out"}, op) && (w.Ice.Stands() || w.Ice.Waits) {
						t.Errorf("%s at %d: %s of a %s left", why, at, op, name)
					}
				}
				rest(t, w, 20*time.Second)
				before := sends(w)
				w.Process().Gate.Plan, w.Ice.Waits = nil, false
				rest(t, w, 5*time.Minute)
				if w.Ice.Stands() || sends(w) < before {
					t.Fatalf("%s at %d: it does not end", why, at)
				}
				rest(t, w, 100*time.Hour)
				if o := w.Look(n); o.Status != order.Delivered && !o.Held() {
					t.Errorf("%s at %d: the %s ended %s", why, at, name, o.Status)
				}
				if err := w.Audit(3); err != nil {
					t.Errorf("%s at %d, %s: %v", why, at, name, err)
				}
			}
		}
	}
}

// A payout that an admin approved waits for the freeze to end.
func TestNoPayoutLeavesUnderAFreeze(t *testing.T) {
	w := ordertest.NewWorld(1)
	w.Freezes("a")
	n := stockless(t, w)
	does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork))
	w.Ice.Waits = true
	does(t, w, n, approves(ordertest.Admin), wait(minutes))
	if len(w.Payer.Sendings()) != 0 {
		t.Fatal("a payout left")
	}
	w.Ice.Waits = false
	rest(t, w, time.Hour)
	if len(w.Payer.Sendings()) != 1 || w.Ice.Kept == 0 {
		t.Errorf("%d payouts, marks kept %d times", len(w.Payer.Sendings()), w.Ice.Kept)
	}
}

// stockless is a paid order whose supplier has nothing, in a world as it is.
func stockless(t *testing.T, w *ordertest.World) order.Number {
	t.Helper()
	n, err := w.Draw(buyer)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.PlaceDraft(ordertest.Draft(n, buyer, 2)); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	w.Supplier.Stock = 0
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	rest(t, w, time.Hour)
	return n
}

// Nothing new is sold under a freeze; what is placed goes on.
func TestNoSaleUnderAFreeze(t *testing.T) {
	w, n, _ := icy(t, ordertest.Draft)
	d := ordertest.Draft(n, 1001, 1)
	w.Ice.Loses(order.DoubtEmpty, "a")
	ctx := context.Background()
	if o, err := w.Process().Engine.Place(ctx, d); err != nil || o.Number != n {
		t.Errorf("the same again: %v", err)
	}
	var err error
	if d.Number, err = w.Draw(1002); err != nil {
		t.Fatal(err)
	}
	d.Buyer = 1002
	_, err = w.Process().Engine.Place(ctx, d)
	if order.CodeOf(err) != order.CodeLoss || err == nil {
		t.Errorf("sold: %v", err)
	}
	rest(t, w, time.Minute)
	if _, err = w.Process().Engine.Place(ctx, d); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The process dies at any call of the healing, or the call fails: whoever starts
// next heals, and nothing is done twice.
func TestACrashInTheMiddleOfHealing(t *testing.T) {
	for _, fault := range everyFault() {
		for at := 1; at < 60; at += 1 + stride()/4 {
			w, n, p := icy(t, ordertest.CardDraft)
			before := w.Store.Backup()
			pay(t, w, n, p)
			rest(t, w, 10*time.Second)
			redisFalls(w, before)
			calls := 0
			plan := func(int, string) ordertest.Fault {
				if calls++; calls == at {
					return fault
				}
				return ordertest.OK
			}
			w.Plan, w.Process().Gate.Plan = plan, plan
			rest(t, w, 10*time.Minute)
			healed(t, w, 1)
			rest(t, w, 5*time.Hour)
			if made := len(w.Cards.Creations()); made != 1 {
				t.Fatalf("%v at %d: minted %d times", fault, at, made)
			}
			if err := w.Audit(3); err != nil {
				t.Fatalf("%v at %d: %v", fault, at, err)
			}
		}
	}
}

// Redis loses something again while it is healed: everything is done once more.
func TestASecondLossWhileHealing(t *testing.T) {
	for at := 1; at < 40; at += 1 + stride()/4 {
		w, n, p := icy(t, ordertest.CardDraft)
		before := w.Store.Backup()
		pay(t, w, n, p)
		rest(t, w, 10*time.Second)
		redisFalls(w, before)
		calls := 0
		w.Process().Gate.Plan = func(int, string) ordertest.Fault {
			if calls++; calls == at {
				return ordertest.FailBefore
			}
			return ordertest.OK
		}
		for range 200 {
			if calls >= at || !w.Ice.Stands() {
				break
			}
			_, _ = w.RestFor(time.Second)
		}
		w.Process().Gate.Plan = nil
		redisFalls(w, before)
		rest(t, w, 10*time.Minute)
		if w.Ice.Stands() {
			t.Fatalf("at %d: it does not end", at)
		}
		rest(t, w, 5*time.Hour)
		if made := len(w.Cards.Creations()); made != 1 {
			t.Fatalf("at %d: minted %d times", at, made)
		}
		if err := w.Audit(3); err != nil {
			t.Fatalf("at %d: %v", at, err)
		}
	}
}

// The replica that minted is gone with its disk, and Redis has forgotten the
// mint: nobody mints again; the callback still brings the card.
func TestAMissingJournalMintsNothingAgain(t *testing.T) {
	for _, letter := range []bool{true, false} {
		w, n, p := icy(t, ordertest.CardDraft)
		w.Cards.Mints(ordertest.Mint{Late: map[bool]time.Duration{true: 10 * time.Minute, false: 500 * time.Hour}[letter]})
		paid := paidFor(t, w, n, p)
		rest(t, w, 10*time.Second)
		if len(w.Cards.Creations()) != 1 {
			t.Fatal("nothing was minted")
		}
		w.Ice.Replicas = []string{"a", "gone"}
		w.Journal.Spent = nil
		redisFalls(w, paid)
		rest(t, w, 5*time.Minute)
		healed(t, w, 1)
		if slices.Contains(w.Ice.Replicas, "gone") {
			t.Error("it is waited for again")
		}
		rest(t, w, 100*time.Hour)
		if made := len(w.Cards.Creations()); made != 1 {
			t.Errorf("minted %d times", made)
		}
		if o := w.Look(n); letter && o.Status != order.Delivered {
			t.Errorf("%s, held %v", o.Status, o.Doubts)
		}
	}
}

// paidFor is the store when the order is paid and nothing is bought so far.
func paidFor(t *testing.T, w *ordertest.World, n order.Number, p *ordertest.Payable) ordertest.Backup {
	t.Helper()
	w.Ice.Waits = true
	pay(t, w, n, p)
	rest(t, w, 5*time.Second)
	if o := w.Look(n); o.Status != order.Paid {
		t.Fatalf("%s", o.Status)
	}
	w.Ice.Waits = false
	return w.Store.Backup()
}

// An approved payout, or one that waits for an admin, counts as sent when the
// journal that would know is missing: a person says what became of it.
func TestAMissingJournalPaysNothingOutAgain(t *testing.T) {
	for _, approved := range []bool{true, false} {
		w := ordertest.NewWorld(1)
		w.Freezes("a")
		n := stockless(t, w)
		does(t, w, n, paysOut("0"), addresses(ordertest.StableNetwork))
		before := w.Store.Backup()
		if approved {
			w.Ice.Waits = true
			does(t, w, n, approves(ordertest.Admin))
			before = w.Store.Backup()
			w.Ice.Waits = false
		} else {
			does(t, w, n, approves(ordertest.Admin))
		}
		rest(t, w, 10*time.Minute)
		w.Ice.Replicas, w.Journal.Spent = []string{"a", "gone"}, nil
		redisFalls(w, before)
		rest(t, w, 10*time.Minute)
		healed(t, w, 1)
		if o := w.Look(n); len(w.Payer.Sendings()) != 1 || o.Reason != order.ReasonPayoutUnclear {
			t.Errorf("approved %v: sent %d times, held %q", approved, len(w.Payer.Sendings()), o.Reason)
		}
	}
}

// A refusal and the purchase that followed it are forgotten together: the journal
// knows that the second was sent, and the first is not sent again.
func TestARefusalAndWhatFollowedAreForgotten(t *testing.T) {
	w, n, p := icy(t, ordertest.Draft)
	w.Supplier.Answers(ordertest.Answer{Err: &order.Error{Code: order.CodeConflict, Op: "buy"}}, ordertest.Answer{Err: &order.Error{Code: order.CodeConflict, Op: "buy"}}, ordertest.Answer{Err: &order.Error{Code: order.CodeConflict, Op: "buy"}})
	paid := paidFor(t, w, n, p)
	rest(t, w, time.Hour)
	if o := w.Look(n); o.Status != order.Delivered || len(o.Lines[0].Attempts) != 2 {
		t.Fatalf("%s after %d attempts", o.Status, len(o.Lines[0].Attempts))
	}
	redisFalls(w, paid)
	rest(t, w, time.Hour)
	if h := healed(t, w, 1); h.Spends != 2 {
		t.Errorf("healed %+v", h)
	}
	if sold := len(w.Supplier.Sales()); sold != 1 || w.Look(n).Status != order.Delivered {
		t.Errorf("bought %d times, %s", sold, w.Look(n).Status)
	}
	audited(t, w)
}
