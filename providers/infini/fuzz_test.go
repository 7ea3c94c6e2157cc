package infini

import (
	"slices"
	"testing"
	"time"
)

// golden are recorded bodies of every documented shape.
func golden(f *testing.F) []string {
	names := []string{
		"contradicts_amount.json", "contradicts_currency.json", "contradicts_status.json", "create_bare.json", "create_enveloped.json", "currencies.json",
		"currencies_names.json", "empty_envelope.json", "no_order_id.json", "order_aliases.json", "order_docs.json", "order_null_tags.json", "orders_array.json",
		"orders_enveloped_page.json", "orders_nested_page.json", "orders_page.json", "payment.json", "payment_full.json", "payments_array.json", "payments_page.json",
		"reissue.json", "subscription.json", "subscription_enveloped.json", "withdraw.json", "withdrawal_completed.json", "withdrawal_pending.json",
	}
	var all []string
	for _, name := range names {
		all = append(all, body(f, name))
	}
	return append(all, `{"code":0,"data":null}`, `{"code":"0","data":[]}`, `{"order_id":"x","status":"paid","amount":1e99,"amount_confirmed":"-1"}`, "null", "[null]", "[[]]", "\xff")
}

// FuzzDecode: whatever the vendor answers, nothing panics, what is read is
// complete, and what contradicts itself is not read.
func FuzzDecode(f *testing.F) {
	for _, text := range golden(f) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o, err := decodeOrder(raw); err == nil {
			checkOrder(t, o)
		}
		if page, err := decodeOrders(raw); err == nil {
			if page.Total < 0 {
				t.Fatalf("%d orders", page.Total)
			}
			for _, o := range page.Orders {
				checkOrder(t, o)
			}
		}
		if c, err := decodeCreated(raw); err == nil && c.OrderID == "" {
			t.Fatalf("created nothing: %+v", c)
		}
		if list, err := decodeCurrencies(raw); err == nil && slices.ContainsFunc(list, func(c Currency) bool { return c.Token == "" }) {
			t.Fatalf("a coin without a name: %+v", list)
		}
		if p, err := decodePayment(raw, "another"); err == nil && (p.ID == "" || p.OrderID != "" && p.OrderID != "another") {
			t.Fatalf("somebody else's payment: %+v", p)
		}
		if id, err := decodeWithdraw(raw); err == nil && id == "" {
			t.Fatal("a withdrawal without an id")
		}
		if w, err := decodeWithdrawal(raw, "mine"); err == nil {
			checkWithdrawal(t, w)
		}
		_, _ = decodeSubscription(raw)        // no order hangs on one
		_, _ = decodeCreatedSubscription(raw) // likewise
	})
}

func checkOrder(t *testing.T, o Order) {
	t.Helper()
	if o.ID == "" || o.Status == "" || !slices.IsSorted(o.Tags) || len(o.Tags) != len(slices.Compact(slices.Clone(o.Tags))) {
		t.Fatalf("read %+v", o)
	}
	for _, at := range []time.Time{o.ExpiresAt, o.CreatedAt, o.UpdatedAt} {
		if !at.IsZero() && at.Unix() < 0 {
			t.Fatalf("a time before all orders: %v", at)
		}
	}
}

// checkWithdrawal wants what is said to be done to add up.
func checkWithdrawal(t *testing.T, w Withdrawal) {
	t.Helper()
	if w.RequestID != "mine" || w.Chain == "" || w.Token == "" || w.Amount.IsNegative() || w.Fee.IsNegative() || w.Actual.IsNegative() {
		t.Fatalf("read %+v", w)
	}
	if w.Status == WithdrawalCompleted && !w.Actual.Add(w.Fee).Equal(w.Amount) {
		t.Fatalf("%s arrived and %s was the fee of %s", w.Actual, w.Fee, w.Amount)
	}
}
