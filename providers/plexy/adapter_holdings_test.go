package plexy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func TestHoldings(t *testing.T) {
	want := []order.Holding{
		{Account: "plexy:EUR", Asset: "EUR", Amount: dec("900.00")},
		{Account: "plexy:USD", Asset: "USD", Amount: dec("87.50")},
		{Account: "plexy:USDT", Asset: "USDT", Amount: dec("5.0000009")},
	}
	got, err := adapter(t, get("/balance", body(t, "balance.json"))).Holdings(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestHoldingsErrors(t *testing.T) {
	for status, want := range map[int]order.Code{401: order.CodeDenied, 429: order.CodeLimited, 500: order.CodeUnclear, 200: order.CodeUnclear} {
		got, err := adapter(t, with(get("/balance", `{"items":[{"currency_code":"USD"}]}`), status)).Holdings(t.Context())
		if codeOf(err) != want || got != nil {
			t.Errorf("%d: %v %v, want %s", status, got, err, want)
		}
	}
}
