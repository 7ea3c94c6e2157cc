package order_test

import (
	"testing"

	"giftbot/order"
)

func TestCreditAccounts(t *testing.T) {
	for _, buyer := range []int64{1, 1001, 7_000_000_000} {
		if got, ok := order.CreditOf(order.CreditAccount(buyer)); !ok || got != buyer {
			t.Errorf("credit of %d is read as %d %v", buyer, got, ok)
		}
	}
	for _, a := range []order.Account{"", "credit", "credit:", "credit:x", "credit:01", "credit:+1", "credit:1 ", "sales", order.ClearingAccount, "order:3F7KQW2M9X"} {
		if buyer, ok := order.CreditOf(a); ok {
			t.Errorf("%q is the credit of %d", a, buyer)
		}
	}
}
