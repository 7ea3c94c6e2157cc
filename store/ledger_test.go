package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func posting(key, from, to string, amount order.Money) order.Posting {
	return order.Posting{Key: key, From: order.Account(from), To: order.Account(to), Amount: amount}
}

// unreadable are lines of a ledger that mean nothing.
func unreadable() []string {
	return []string{"N", "", "N\nk|a|b", "N\nk2|a|b|x", "N\nk|a|b|-1", "N\n|a|b|1", "N\nk|a|b|1|1"}
}

func TestUnreadableLedgers(t *testing.T) {
	for _, line := range unreadable() {
		if n, postings, err := decodePostings(line); err == nil {
			t.Errorf("%q was read: %s %v", line, n, postings)
		}
	}
}

func TestPostingsOfAnOrder(t *testing.T) {
	both(t, func(w *world) {
		a, b := placed(number(t, buyer, 'a'), buyer), placed(number(t, buyer, 'b'), buyer)
		own := "order:" + string(a.Order.Number)
		a.Postings = []order.Posting{
			posting(string(a.Order.Number)+"/1", "gateway:infini", own, 10),
			posting(string(a.Order.Number)+"/2", own, "sales", 3),
		}
		b.Postings = []order.Posting{posting("b1", "gateway:infini", "sales", order.MaxMoney)}
		w.insert(a)
		w.insert(b)
		got, err := w.s.Postings(t.Context(), a.Order.Number)
		w.ok(err)
		if diff := cmp.Diff(a.Postings, got); diff != "" {
			t.Fatalf("postings (-want +got):\n%s", diff)
		}
		w.ok(w.raw.RPush(t.Context(), key("ledger"), "N").Err())
		if _, err = w.s.Postings(t.Context(), a.Order.Number); err == nil {
			t.Error("an unreadable ledger was read")
		}
	})
}

func TestVendorsHaveALedgerOfTheirOwn(t *testing.T) {
	both(t, func(w *world) {
		ctx := t.Context()
		deposit := []order.Posting{posting("deposit/7", "bank", "supplier:plexy", 500), posting("deposit/7/fee", "fees", "supplier:plexy", 1)}
		for i, want := range []bool{true, false, false} {
			booked, err := w.s.BookVendor(ctx, "plexy", "7", deposit)
			if err != nil || booked != want {
				t.Fatalf("time %d: %v %v", i, booked, err)
			}
			deposit[0].Amount++
		}
		// another vendor may use the same names
		if booked, err := w.s.BookVendor(ctx, "infinivoucher", "7", []order.Posting{posting("deposit/7", "bank", "supplier:infinivoucher", 20)}); err != nil || !booked {
			t.Fatalf("%v %v", booked, err)
		}
		w.keys(map[string]string{
			"{v:plexy}:booked": "7", "{v:plexy}:ledger": "7\ndeposit/@|bank|supplier:plexy|500\ndeposit/@/fee|fees|supplier:plexy|1",
			"{v:infinivoucher}:booked": "7", "{v:infinivoucher}:ledger": "7\ndeposit/@|bank|supplier:infinivoucher|20",
		})
		w.trial(map[order.Account]order.Money{"bank": -520, "fees": -1, "supplier:plexy": 501, "supplier:infinivoucher": 20})
		before := w.dump()
		for name, bad := range map[string]func() (bool, error){
			"no id":         func() (bool, error) { return w.s.BookVendor(ctx, "plexy", "", deposit) },
			"id with marks": func() (bool, error) { return w.s.BookVendor(ctx, "plexy", "8@", deposit) },
			"nothing":       func() (bool, error) { return w.s.BookVendor(ctx, "plexy", "8", nil) },
			"credit": func() (bool, error) {
				return w.s.BookVendor(ctx, "plexy", "8", []order.Posting{posting("k", "bank", "credit:1001", 1)})
			},
			"clearing": func() (bool, error) {
				return w.s.BookVendor(ctx, "plexy", "8", []order.Posting{posting("k", "bank", "clearing", 1)})
			},
		} {
			_, err := bad()
			if order.CodeOf(err) != order.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.keys(before)
	})
}

func TestUnusablePostings(t *testing.T) {
	for _, p := range []order.Posting{
		posting("", "a", "b", 1), posting("k", "a", "b", -1), posting("k", "a", "b", order.MaxMoney+1),
		posting("k", "", "b", 1), posting("k", "a", "", 1),
		posting("k|", "a", "b", 1), posting("k", "a\n", "b", 1), posting("k", "a", "b@", 1),
	} {
		if _, err := encodePostings("N", []order.Posting{p}); err == nil {
			t.Errorf("%+v was written", p)
		}
	}
}
