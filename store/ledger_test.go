package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func posting(key, from, to string, amount order.Money) order.Posting {
	return order.Posting{Key: key, From: order.Account(from), To: order.Account(to), Amount: amount}
}

func TestTrialSumsAllShards(t *testing.T) {
	both(t, func(w *world) {
		a, b := placed(number(t, buyer, 'a'), buyer), placed(number(t, other, 'b'), other)
		own := "order:" + string(a.Order.Number)
		a.Postings = []order.Posting{
			posting(string(a.Order.Number)+"/1", "gateway:infini", own, 10),
			posting(string(a.Order.Number)+"/2", own, "supplier:infinivoucher", 7),
			posting(string(a.Order.Number)+"/3", own, "sales", 3),
		}
		b.Postings = []order.Posting{posting("b1", "gateway:infini", "sales", order.MaxMoney)}
		w.insert(a)
		w.insert(b)
		sums, err := w.s.Trial(t.Context())
		w.ok(err)
		want := map[order.Account]order.Money{
			"gateway:infini": -10 - order.MaxMoney, order.Account(own): 0, "supplier:infinivoucher": 7, "sales": 3 + order.MaxMoney,
		}
		if diff := cmp.Diff(want, sums); diff != "" {
			t.Fatalf("sums (-want +got):\n%s", diff)
		}
		got, err := w.s.Postings(t.Context(), a.Order.Number)
		w.ok(err)
		if diff := cmp.Diff(a.Postings, got); diff != "" {
			t.Fatalf("postings (-want +got):\n%s", diff)
		}
	})
}

func TestTrialNoticesDamage(t *testing.T) {
	both(t, func(w *world) {
		tr := placed(number(t, buyer, 'a'), buyer)
		tr.Postings = []order.Posting{posting("k", "a", "b", 1)}
		w.insert(tr)
		line := w.raw.LIndex(t.Context(), key("ledger"), 0).Val()
		for _, bad := range []string{line, "N\nk|a|b", "N\nk2|a|b|x"} {
			w.ok(w.raw.RPush(t.Context(), key("ledger"), bad).Err())
			if _, err := w.s.Trial(t.Context()); err == nil {
				t.Errorf("line %q passed", bad)
			}
			w.ok(w.raw.RPop(t.Context(), key("ledger")).Err())
		}
		_, err := w.s.Trial(t.Context())
		w.ok(err)
	})
}

func TestLedgerIsReadInPages(t *testing.T) {
	both(t, func(w *world) {
		n := number(t, buyer, 'a')
		var lines []any
		for i := range 2*ledgerPage + 1 {
			line, err := encodePostings(n, []order.Posting{posting(fmt.Sprint("k", i), "a", "b", 1)})
			w.ok(err)
			lines = append(lines, line)
		}
		w.ok(w.raw.RPush(t.Context(), key("ledger"), lines...).Err())
		sums, err := w.s.Trial(t.Context())
		w.ok(err)
		if sums["b"] != 2*ledgerPage+1 {
			t.Fatalf("sum %d", sums["b"])
		}
	})
}

func TestUnusablePostings(t *testing.T) {
	for _, p := range []order.Posting{
		posting("", "a", "b", 1), posting("k", "a", "b", -1), posting("k", "a", "b", order.MaxMoney+1),
		posting("k|", "a", "b", 1), posting("k", "a\n", "b", 1), posting("k", "a", "b@", 1),
	} {
		if _, err := encodePostings("N", []order.Posting{p}); err == nil {
			t.Errorf("%+v was written", p)
		}
	}
}
