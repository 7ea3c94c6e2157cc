package infini

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// The shape of lists is not documented (infini sheet §4).
func TestOrdersInEveryShape(t *testing.T) {
	for name, total := range map[string]int{
		"orders_array.json": 0, "orders_enveloped.json": 0, "orders_page.json": 2, "orders_enveloped_page.json": 2, "orders_nested_page.json": 2,
	} {
		got, err := scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/order/list", Reply: body(t, name)}).Orders(t.Context(), OrderList{})
		if err != nil || len(got.Orders) != 2 || got.Total != total {
			t.Fatalf("%s: %+v %v", name, got, err)
		}
		if a, b := got.Orders[0], got.Orders[1]; a.ID != "ord-123" || a.Status != "processing" || b.Reference != "ORDER-002" || b.Status != "paid" || b.Amount.String() != "3" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestOrdersEmptyAndUnreadable(t *testing.T) {
	for _, reply := range []string{`[]`, `{"code":0,"data":[]}`, `{"list":[],"total":0}`, `{"code":0,"data":{"list":null,"total":"odd"}}`} {
		if got, err := scripted(t, resttest.Call{Reply: reply}).Orders(t.Context(), OrderList{}); err != nil || len(got.Orders) != 0 || got.Total != 0 {
			t.Errorf("%s: %+v %v", reply, got, err)
		}
	}
	for _, reply := range []string{
		``, `null`, `7`, `"x"`, `{}`, `{"code":0,"data":null}`, `{"code":0,"data":{}}`, `{"code":0,"data":"x"}`, `{"list":{}}`,
		`{"list":[],"items":[]}`, `{"data":{"data":{"list":[]}}}`, `[{"status":"paid"}]`, `[7]`, `[{"order_id":"o","status":"paid","pay_status":"pending"}]`,
	} {
		if got, err := scripted(t, resttest.Call{Reply: reply}).Orders(t.Context(), OrderList{}); rest.KindOf(err) != rest.KindUnclear || got.Orders != nil {
			t.Errorf("%q: %+v %v", reply, got, err)
		}
	}
}

// No filter is documented: only what is asked for is sent.
func TestOrderListQuery(t *testing.T) {
	for target, list := range map[string]OrderList{
		"/v1/acquiring/order/list": {Page: -1}, "/v1/acquiring/order/list?page=2": {Page: 2},
		"/v1/acquiring/order/list?limit=50": {Limit: 50}, "/v1/acquiring/order/list?limit=50&page=1": {Page: 1, Limit: 50},
	} {
		if _, err := scripted(t, resttest.Call{Target: target, Reply: `[]`}).Orders(t.Context(), list); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestCurrencies(t *testing.T) {
	for name, want := range map[string][]Currency{
		"currencies.json":       {{Token: "USDT", TokenID: "101", Chain: "TRON"}, {Token: "USDC", TokenID: "7", Chain: "BSC"}},
		"currencies_names.json": {{Token: "USDT"}, {Token: "USDC"}},
	} {
		got, err := scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/currency", Reply: body(t, name)}).Currencies(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, reply := range []string{`[{"chain":"TRON"}]`, `[""]`, `[{"token":[]}]`, `{"USDT":{}}`} {
		if _, err := scripted(t, resttest.Call{Reply: reply}).Currencies(t.Context()); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", reply, err)
		}
	}
}
