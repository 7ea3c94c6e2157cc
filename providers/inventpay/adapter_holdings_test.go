package inventpay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/providers/rest/resttest"
)

// The three shapes of the balances read alike (inventpay sheet §3).
func TestHoldings(t *testing.T) {
	want := []order.Holding{
		{Account: "inventpay", Asset: "BTC", Chain: "Bitcoin", Amount: number("0.01000001")},
		{Account: "inventpay", Asset: "USDT", Chain: "BNB Smart Chain", Amount: number("504.87")},
	}
	for _, name := range []string{"balances_map.json", "balances_list.json", "balances_nested.json"} {
		call := resttest.Call{Method: "GET", Target: "/v1/merchant/balance", Reply: body(t, name), Header: map[string]string{"X-Withdrawal-Key": ""}}
		got, err := adapter(t, call).Holdings(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestHoldingsOfACoinNobodyKnows(t *testing.T) {
	reply := `{"success":true,"data":{"balances":{"DOGE":{"availableBalance":"7"},"ETH":{"availableBalance":0}}}}`
	got, err := adapter(t, resttest.Call{Reply: reply}).Holdings(t.Context())
	want := []order.Holding{
		{Account: "inventpay", Asset: "DOGE", Amount: number("7")},
		{Account: "inventpay", Asset: "ETH", Chain: "Ethereum", Amount: number("0")},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestHoldingsErrors(t *testing.T) {
	for status, want := range map[int]order.Code{401: order.CodeDenied, 429: order.CodeLimited, 503: order.CodeUnclear, 200: order.CodeUnclear} {
		got, err := adapter(t, resttest.Call{Status: status, Reply: `{}`}).Holdings(t.Context())
		if codeOf(err) != want || got != nil {
			t.Errorf("%d: %v %v, want %s", status, got, err, want)
		}
	}
}
