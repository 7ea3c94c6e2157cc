package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"giftbot/order"
)

// gift is a posting that gives a buyer credit from an order, or with a negative
// amount takes it.
func gift(n order.Number, key string, to int64, amount order.Money) order.Posting {
	p := posting(string(n)+"/"+key, "order:"+string(n), string(order.CreditAccount(to)), amount)
	if amount < 0 {
		p.From, p.To, p.Amount = p.To, p.From, -amount
	}
	return p
}

// credited places an order of a buyer and gives them credit from it.
func (w *world) credited(of int64, seed byte, amounts ...order.Money) order.Order {
	w.t.Helper()
	n := number(w.t, of, seed)
	o := w.insert(placed(n, of))
	for _, m := range amounts {
		o = w.commit(order.Transition{Order: o, Op: "give " + m.String(), Postings: []order.Posting{gift(n, "credit/"+micros(m), of, m)}})
	}
	return o
}

func (w *world) balance(of int64, want order.Money) {
	w.t.Helper()
	got, err := w.s.Balance(w.t.Context(), of)
	w.ok(err)
	if got != want {
		w.t.Fatalf("%d has %d, want %d", of, got, want)
	}
}

func TestCreditIsABalanceWithItsMovements(t *testing.T) {
	both(t, func(w *world) {
		w.balance(buyer, 0)
		o := w.credited(buyer, 'a', 12_500_000, 5)
		n := string(o.Number)
		w.balance(buyer, 12_500_005)
		got := w.dump()
		if got[key("u:1001:c")] != "12500005" {
			t.Errorf("balance %q", got[key("u:1001:c")])
		}
		for i, want := range []string{"|" + n + "|credit/12500000|12500000|12500000", "|" + n + "|credit/5|5|12500005"} {
			line := w.raw.LIndex(t.Context(), key("u:1001:l"), int64(i)).Val()
			at, rest, _ := strings.Cut(line, "|")
			when, err := score(at)
			if err != nil || moment(when) != "now" || "|"+rest != want {
				t.Errorf("movement %q, want %q", line, want)
			}
		}
		list, total, err := w.s.Movements(t.Context(), buyer, 0, 1)
		w.ok(err)
		want := []order.Movement{{Number: o.Number, Key: "credit/5", Amount: 5, Balance: 12_500_005}}
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(order.Movement{}, "At")); diff != "" || total != 2 {
			t.Errorf("%d movements (-want +got):\n%s", total, diff)
		}
	})
}

// Several movements in one transition: one line each, one comparison; what
// comes in counts before what goes out.
func TestOneTransitionMovesCreditSeveralTimes(t *testing.T) {
	both(t, func(w *world) {
		o := w.credited(buyer, 'a', 10)
		n := o.Number
		w.commit(order.Transition{Order: o, Op: "x", Postings: []order.Posting{gift(n, "b", buyer, -25), gift(n, "c", buyer, 20), gift(n, "d", buyer, -5)}})
		w.balance(buyer, 0)
		list, _, err := w.s.Movements(t.Context(), buyer, 0, 3)
		w.ok(err)
		want := []order.Movement{
			{Number: n, Key: "d", Amount: -5, Balance: 0}, {Number: n, Key: "b", Amount: -25, Balance: 5}, {Number: n, Key: "c", Amount: 20, Balance: 30},
		}
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(order.Movement{}, "At")); diff != "" {
			t.Errorf("movements (-want +got):\n%s", diff)
		}
	})
}

// Two replicas, each with a balance of its own in mind: one gets the credit,
// the other is told so, and nobody's memory decides.
func TestReplicasShareOneBalance(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		second := w.open(func(*Options) {})
		o := w.credited(buyer, 'a', 100)
		if got, err := second.Balance(ctx, buyer); err != nil || got != 100 {
			t.Fatalf("%d %v", got, err)
		}
		spend := func(s *Store, seed byte, amount order.Money) error {
			tr := placed(number(t, buyer, seed), buyer)
			tr.Postings = []order.Posting{gift(tr.Order.Number, "hold", buyer, -amount)}
			_, err := s.Insert(ctx, tr)
			return err
		}
		w.ok(spend(w.s, 'b', 70))
		before := w.dump()
		w.code(spend(second, 'c', 70), order.CodeCredit)
		w.keys(before)
		w.ok(spend(second, 'd', 30))
		w.code(spend(w.s, 'e', 1), order.CodeCredit)
		n := o.Number
		w.commit(order.Transition{Order: o, Op: "more", Postings: []order.Posting{gift(n, "more", buyer, 1)}})
		w.ok(spend(second, 'f', 1))
		w.balance(buyer, 0)
	})
}

// A spend whose reply was lost is OK when it is sent again, although the credit
// does not cover it a second time.
func TestASpendWhoseReplyIsLost(t *testing.T) {
	both(t, func(w *world) {
		w.credited(buyer, 'a', 10)
		s := w.open(func(o *Options) { o.NoResend = true })
		w.ok(func() error { _, err := s.Balance(t.Context(), buyer); return err }())
		tr := placed(number(t, buyer, 'b'), buyer)
		tr.Postings = []order.Posting{gift(tr.Order.Number, "hold", buyer, -10)}
		w.cut.Cut(1)
		_, err := s.Insert(t.Context(), tr)
		w.code(err, order.CodeUnclear)
		once := w.dump()
		for _, again := range []*Store{s, w.open(func(*Options) {}), w.s} {
			o, err := again.Insert(t.Context(), tr)
			if err != nil || o.Version != 1 {
				t.Fatalf("again: %v", err)
			}
		}
		w.keys(once)
	})
}

func TestCreditThatCannotBe(t *testing.T) {
	both(t, func(w *world) {
		o := w.credited(buyer, 'a', 10)
		n, before := o.Number, w.dump()
		for name, tc := range map[string]struct {
			posting order.Posting
			want    order.Code
		}{
			"below zero":         {gift(n, "x", buyer, -11), order.CodeCredit},
			"beyond the most":    {gift(n, "x", buyer, order.MaxMoney), order.CodeInvalid},
			"of somebody else":   {gift(n, "x", other, -1), order.CodeInvalid},
			"of nobody":          {posting("x", "a", "credit:", 1), order.CodeInvalid},
			"of nobody readable": {posting("x", "credit:01", "a", 1), order.CodeInvalid},
			"into clearing":      {posting("x", "a", "clearing", 1), order.CodeInvalid},
			"out of clearing":    {posting("x", "clearing", "a", 1), order.CodeInvalid},
		} {
			_, err := w.s.Commit(t.Context(), order.Transition{Order: o, Op: name, Postings: []order.Posting{tc.posting}})
			if order.CodeOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", name, err, tc.want)
			}
		}
		w.keys(before)
		w.ok(w.raw.Set(t.Context(), key("u:1001:c"), "x", 0).Err())
		_, err := w.s.Commit(t.Context(), order.Transition{Order: o, Op: "y", Postings: []order.Posting{gift(n, "x", buyer, 1)}})
		w.code(err, order.CodeInvalid)
		if _, err = w.s.Balance(t.Context(), buyer); err == nil {
			t.Error("an unreadable balance was read")
		}
	})
}

// Credit costs a transition that has none nothing, and one that has it no more
// than one round trip beyond what its memory misses.
func TestRoundTripsOfCredit(t *testing.T) {
	both(t, func(w *world) {
		trips := new(Trips)
		s := w.open(func(o *Options) { o.Trips = trips })
		n := number(t, buyer, 'a')
		o, err := s.Insert(t.Context(), placed(n, buyer))
		w.ok(err)
		give := func(s *Store, key string, m order.Money, want int64) {
			t.Helper()
			trips.Reset()
			tr := order.Transition{Order: o, Op: key}
			if m != 0 {
				tr.Postings = []order.Posting{gift(n, key, buyer, m)}
			}
			o, err = s.Commit(t.Context(), tr)
			w.ok(err)
			if got := trips.Reset(); got != want {
				t.Errorf("%s: %d round trips, want %d", key, got, want)
			}
		}
		give(s, "none", 0, 1)
		give(s, "first", 5, 1)
		give(s, "known", -3, 1)
		give(w.s, "by another", 3, 0)
		give(s, "after another", -1, 2)
		give(w.open(func(o *Options) { o.Trips = trips }), "fresh", -1, 2)
	})
}

func TestTheMemoryOfBalancesIsBounded(t *testing.T) {
	b := newBalances()
	for i := range int64(5 * balancesKept) {
		b.keep(i, "7")
	}
	if len(b.seen) > balancesKept {
		t.Errorf("%d balances are remembered", len(b.seen))
	}
	if got := b.read(-1); got != "0" {
		t.Errorf("nobody has %q", got)
	}
}

func TestUnreadableMovements(t *testing.T) {
	for _, line := range []string{"", "1|n|k|1", "x|n|k|1|1", "1|n|k|x|1", "1|n|k|1|x", "1|n|k|1|-1", "1|n|k|1|9007199254740992", "1|n|k|1|1|1"} {
		if m, err := movement(line); err == nil {
			t.Errorf("%q was read as %+v", line, m)
		}
	}
}

// A commit that waits for replicas moves credit like any other.
func TestCreditOfACopiedTransition(t *testing.T) {
	both(t, func(w *world) {
		o := w.credited(buyer, 'a', 10)
		fresh := w.open(func(*Options) {})
		tr := order.Transition{Order: o, Op: "x", Copied: true, Postings: []order.Posting{gift(o.Number, "x", buyer, -10)}}
		_, err := fresh.Commit(t.Context(), tr)
		w.ok(err)
		w.balance(buyer, 0)
		_, err = fresh.Commit(t.Context(), tr)
		w.ok(err)
		w.balance(buyer, 0)
	})
}
