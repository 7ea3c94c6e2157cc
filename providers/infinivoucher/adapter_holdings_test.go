package infinivoucher

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest/resttest"
)

func TestHoldings(t *testing.T) {
	want := []order.Holding{{Account: "infinivoucher", Asset: "USDT", Amount: decimal.RequireFromString("1250.75")}}
	for reply, code := range map[string]order.Code{
		body(t, "wallet.json"): "",
		`{"success":true,"data":{"wallet":{"balance":1250.75,"currency":"USDT","status":"FROZEN"}}}`: order.CodeFrozen,
		`{"success":true,"data":{"wallet":{"balance":"1250.75","currency":"USDT"}}}`:                 order.CodeFrozen,
	} {
		got, err := adapter(t, resttest.Call{Method: "GET", Target: "/api/v1/wallet", Reply: reply}).Holdings(t.Context())
		if diff := cmp.Diff(want, got); codeOf(err) != code || diff != "" {
			t.Errorf("%s: %v %s", reply, err, diff)
		}
	}
}

func TestHoldingsErrors(t *testing.T) {
	for status, want := range map[int]order.Code{401: order.CodeDenied, 429: order.CodeLimited, 503: order.CodeUnclear, 200: order.CodeUnclear} {
		got, err := adapter(t, resttest.Call{Status: status, Reply: `{"data":{}}`}).Holdings(t.Context())
		if codeOf(err) != want || got != nil {
			t.Errorf("%d: %v %v, want %s", status, got, err, want)
		}
	}
}
