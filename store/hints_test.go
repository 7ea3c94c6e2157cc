package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func hint(i int) order.Hint {
	return order.Hint{Event: fmt.Sprintf("ev%d\n", i), Payment: i, External: "ext"}
}

func (w *world) wake(n order.Number, h order.Hint) {
	w.t.Helper()
	w.ok(w.s.Wake(w.t.Context(), n, h))
}

func (w *world) hints(c order.Claim, want ...order.Hint) {
	w.t.Helper()
	if diff := cmp.Diff(want, c.Hints); diff != "" {
		w.t.Fatalf("hints (-want +got):\n%s", diff)
	}
}

// sleeping is an order that waits for later and is not under lease.
func (w *world) sleeping() order.Number {
	w.t.Helper()
	tr := placed(number(w.t, buyer, 'a'), buyer)
	tr.Due = later
	return w.insert(tr).Number
}

func TestWakeMakesDueAndKeepsTheHint(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		w.wake(n, hint(1)) // the same news, still unread
		w.wake(n, hint(2))
		got := w.dump()
		if got[key("due")] != string(n)+"=now" {
			t.Fatalf("due %q", got[key("due")])
		}
		if want := string(n) + "=0\n" + `[1,"ext","ev1\n","0",null]` + "\n" + `[2,"ext","ev2\n","0",null]`; got[key("hints")] != want {
			t.Fatalf("hints %q", got[key("hints")])
		}
		c := w.claim(n)
		w.hints(c, hint(1), hint(2))
		w.commit(order.Transition{Order: c.Order, Op: "x", Due: later, ClearHint: true})
		got = w.dump()
		if got[key("hints")] != "" || got[key("due")] != string(n)+"=4000000000000" {
			t.Fatalf("after the commit: %v", got)
		}
	})
}

func TestWakeLeavesAnEarlierDueAlone(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		w.insert(placed(n, buyer)) // due at 1
		w.wake(n, hint(1))
		if got := w.dump()[key("due")]; got != string(n)+"=1" {
			t.Fatalf("due %q", got)
		}
	})
}

func TestNewsDuringAClaimSurvivesTheCommit(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		c := w.claim(n)
		w.wake(n, hint(2))
		w.wake(n, hint(1)) // read already, so this is news
		w.commit(order.Transition{Order: c.Order, Op: "x", Due: later, ClearHint: true})
		if got := w.dump()[key("due")]; got != string(n)+"=now" {
			t.Fatalf("due %q", got)
		}
		w.hints(w.claim(n), hint(2), hint(1))
	})
}

func TestHintsStayUntilDealtWith(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		c := w.claim(n)
		w.commit(order.Transition{Order: c.Order, Op: "x", Due: later})
		if got := w.dump()[key("due")]; got != string(n)+"=4000000000000" {
			t.Fatalf("read news alone must not make it due: %q", got)
		}
		c = w.claim(n)
		w.hints(c, hint(1))
		w.ok(w.s.Park(t.Context(), n, c.Order.Version, later))
		c = w.claim(n)
		w.hints(c, hint(1))
		w.wake(n, hint(2))
		w.ok(w.s.Park(t.Context(), n, c.Order.Version, later))
		if got := w.dump()[key("due")]; got != string(n)+"=now" {
			t.Fatalf("parked over news: %q", got)
		}
	})
}

func TestKeepLeavesClaimedHintsClaimed(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		c := w.claim(n)
		o := w.commit(order.Transition{Order: c.Order, Op: "x", Due: later, Keep: true})
		o = w.commit(order.Transition{Order: o, Op: "y", Due: later, Keep: true, ClearHint: true})
		w.wake(n, hint(2))
		w.commit(order.Transition{Order: o, Op: "z", Due: later, ClearHint: true})
		got := w.dump()
		if got[key("due")] != string(n)+"=now" {
			t.Fatalf("due %q", got[key("due")])
		}
		w.hints(w.claim(n), hint(2))
	})
}

func TestALateCommitClearsOnlyWhatItsClaimReturned(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		quick := w.open(func(o *Options) { o.Lease = 20 * time.Millisecond })
		first, err := quick.Claim(t.Context(), n)
		w.ok(err)
		w.wake(n, hint(2))
		time.Sleep(50 * time.Millisecond)
		second := w.claim(n)
		w.hints(second, hint(1), hint(2))
		w.commit(order.Transition{Order: first.Order, Op: "late", Due: later, ClearHint: true})
		_, err = w.s.Commit(t.Context(), order.Transition{Order: second.Order, Op: "stale", Due: later, ClearHint: true})
		w.code(err, order.CodeStale)
		w.hints(w.claim(n), hint(2))
	})
}

func TestAnAsideCommitLeavesTheClaimAlone(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		w.wake(n, hint(1))
		c := w.claim(n)
		before := w.dump()
		aside := order.Transition{Order: c.Order, Op: "shown", Open: true, Reserve: placed(n, buyer).Reserve, Aside: true, ClearHint: true}
		w.commit(aside)
		w.commit(aside)
		before[key("o:"+string(n))] = "v2 awaiting_payment"
		before[key("seq")] = "2"
		w.keys(before)
		_, err := w.s.Commit(t.Context(), order.Transition{Order: c.Order, Op: "x", Due: later, ClearHint: true})
		w.code(err, order.CodeStale)
		w.wake(n, hint(2))
		o, err := w.s.Load(t.Context(), n)
		w.ok(err)
		w.commit(order.Transition{Order: o, Op: "y", Due: later, ClearHint: true})
		w.hints(w.claim(n), hint(2))
	})
}

func TestTooManyHintsAreNotKept(t *testing.T) {
	both(t, func(w *world) {
		n := w.sleeping()
		for i := range unreadHints + 10 {
			w.wake(n, hint(i))
		}
		c := w.claim(n)
		if len(c.Hints) != unreadHints {
			t.Fatalf("%d hints", len(c.Hints))
		}
		w.wake(n, hint(100))
		w.commit(order.Transition{Order: c.Order, Op: "x", Due: later, ClearHint: true})
		w.hints(w.claim(n), hint(100))
	})
}
