package infini

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// codeOf is the code of an error, "" for none: order.CodeOf counts no error
// as unclear, and a test must see the difference.
func codeOf(err error) order.Code {
	if err == nil {
		return ""
	}
	return order.CodeOf(err)
}

func adapter(t *testing.T, calls ...resttest.Call) *Adapter {
	t.Helper()
	return NewAdapter(scripted(t, calls...), AdapterTerms{PayMethods: []int{1}, Tolerance: 10_000})
}

func openRequest() order.OpenRequest {
	return order.OpenRequest{
		Key: requestID, Reference: "3F7KQW2M9X-1", Amount: 12_500_000, Lifetime: time.Hour,
		Description: "3F7KQW2M9X", ReturnURL: "https://t.me/shop?start=o_1",
	}
}

const openBody = `{"request_id":"` + requestID + `","amount":"12.50","currency":"USD","client_reference":"3F7KQW2M9X-1",` +
	`"order_desc":"3F7KQW2M9X","expires_in":3600,"success_url":"https://t.me/shop?start=o_1","failure_url":"https://t.me/shop?start=o_1","pay_methods":[1]}`

func reissueCall(t *testing.T) resttest.Call {
	return resttest.Call{Target: "/v1/acquiring/order/token/reissue", Body: `{"order_id":"` + orderID + `"}`, Reply: body(t, "reissue.json")}
}

func TestOpen(t *testing.T) {
	create := func(reply string) resttest.Call {
		return resttest.Call{Target: "/v1/acquiring/order", Body: openBody, Reply: reply}
	}
	broken := reissueCall(t)
	broken.Status = 500
	evil := `{"order_id":"` + orderID + `","checkout_url":"http://checkout.infini.money/pay"}`
	script := `{"order_id":"` + orderID + `","checkout_url":"javascript:alert(1)"}`
	again := order.Link{External: orderID, URL: "https://checkout.infini.money/pay/again"}
	tests := map[string]struct {
		calls []resttest.Call
		want  order.Link
	}{
		"with its address":          {[]resttest.Call{create(body(t, "create_enveloped.json"))}, order.Link{External: orderID, URL: "https://checkout.infini.money/pay/10290d05"}},
		"address missing":           {[]resttest.Call{create(body(t, "create_no_url.json")), reissueCall(t)}, again},
		"address not https":         {[]resttest.Call{create(evil), reissueCall(t)}, again},
		"address is a script":       {[]resttest.Call{create(script), reissueCall(t)}, again},
		"address cannot be had now": {[]resttest.Call{create(body(t, "create_no_url.json")), broken}, order.Link{External: orderID}},
	}
	for name, tt := range tests {
		got, err := adapter(t, tt.calls...).Open(t.Context(), openRequest())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOpenErrorCodes(t *testing.T) {
	tests := []struct {
		status int
		reply  string
		want   order.Code
	}{
		{409, `{"code":40901,"message":"m"}`, order.CodeExists},
		{409, `{"code":40902,"message":"m"}`, order.CodeExists},
		{400, `{"code":40017,"message":"m"}`, order.CodeUnclear},
		{400, `{"code":40006,"message":"m"}`, order.CodeTooSmall},
		{400, `{"code":40005,"message":"m"}`, order.CodeInvalid},
		{401, `{"message":"client request can't be validated"}`, order.CodeDenied},
		{403, `{"message":"ip not in whitelist"}`, order.CodeDenied},
		{403, ``, order.CodeDenied},
		{404, ``, order.CodeUnknown},
		{429, ``, order.CodeLimited},
		{500, ``, order.CodeUnclear},
		{200, `{}`, order.CodeUnclear},
		{200, `{"order_id":"x","client_reference":"someone-1","checkout_url":"https://checkout.infini.money/pay/1"}`, order.CodeUnclear},
		{200, `{"order_id":"x","request_id":"other","checkout_url":"https://checkout.infini.money/pay/1"}`, order.CodeUnclear},
	}
	for _, tt := range tests {
		call := resttest.Call{Status: tt.status, Reply: tt.reply, Body: openBody, Send: map[string]string{"Retry-After": "7"}}
		link, err := adapter(t, call).Open(t.Context(), openRequest())
		if codeOf(err) != tt.want || link != (order.Link{}) {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.reply, err, tt.want)
		}
		if tt.status == 429 && order.RetryAfter(err) != 7*time.Second {
			t.Errorf("retry after %v", order.RetryAfter(err))
		}
	}
	r := openRequest()
	r.Amount = 999_999
	if _, err := adapter(t).Open(t.Context(), r); codeOf(err) != order.CodeTooSmall {
		t.Errorf("below the minimum: %v", err)
	}
	if got := codeOf(orderError("x", errors.New("nameless"))); got != order.CodeUnclear {
		t.Errorf("a nameless error is %s", got)
	}
	if got := codeOf(orderError("x", &rest.Error{Kind: rest.KindNotSent})); got != order.CodeNotSent {
		t.Errorf("not sent is %s", got)
	}
}

func TestLinkMustBeOfTheOrder(t *testing.T) {
	other := reissueCall(t)
	other.Reply = `{"order_id":"other","checkout_url":"https://checkout.infini.money/pay/1"}`
	bare := reissueCall(t)
	bare.Reply = `{"order_id":"` + orderID + `"}`
	for _, call := range []resttest.Call{other, bare} {
		if _, err := adapter(t, call).Link(t.Context(), orderID); codeOf(err) != order.CodeUnclear {
			t.Errorf("%s: %v", call.Reply, err)
		}
	}
}

func TestRead(t *testing.T) {
	read := func(reply string) (order.Fact, error) {
		return adapter(t, resttest.Call{Target: "/v1/acquiring/order?order_id=ord-123", Reply: reply}).Read(t.Context(), order.Watched{External: "ord-123"})
	}
	got, err := read(body(t, "order_aliases.json"))
	want := order.Fact{
		External: "ord-123", Reference: "ORDER-001", Status: order.FactOpen, Raw: "processing", Asked: 100_000_000, Currency: "USD",
		Confirmed: decimal.RequireFromString("0.5"), ExpiresAt: 1763512195000, Tags: []string{order.TagWrongCurrency},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for word, want := range map[string]order.FactStatus{
		"pending": order.FactOpen, "processing": order.FactOpen, "paid": order.FactPaid, "partial_paid": order.FactShort,
		"expired": order.FactExpired, "invented": order.FactOpen, "PAID": order.FactOpen,
	} {
		f, err := read(`{"order_id":"ord-123","status":"` + word + `","amount":"1","currency":"USD"}`)
		if err != nil || f.Status != want || f.Raw != word {
			t.Errorf("%s: %+v %v", word, f, err)
		}
	}
	if f, err := read(`{"order_id":"ord-123","status":"paid","amount":"12.5000001","currency":"USD"}`); err != nil || f.Asked != 0 {
		t.Errorf("a price that is no Money: %+v %v", f, err)
	}
	if _, err := read(`{"order_id":"ord-124","status":"paid","amount":"1","currency":"USD"}`); codeOf(err) != order.CodeUnclear {
		t.Errorf("another order's record: %v", err)
	}
}

func TestHint(t *testing.T) {
	n, err := order.ParseNumber("0000000000")
	if err != nil {
		t.Fatal(err)
	}
	e := Event{ID: "evt", Known: true, OrderID: "ext", Reference: n.Reference(2)}
	got, hint, ok := e.Hint()
	if !ok || got != n || hint != (order.Hint{Event: "evt", Payment: 2, External: "ext", Signed: true}) {
		t.Errorf("%v %+v %v", got, hint, ok)
	}
	for _, odd := range []Event{{ID: "evt", OrderID: "ext", Reference: n.Reference(2)}, {Known: true, Reference: "ord_1001"}, {Known: true}} {
		if _, _, ok := odd.Hint(); ok {
			t.Errorf("%+v is no order of ours", odd)
		}
	}
}

func TestTerms(t *testing.T) {
	if got := adapter(t).Terms(); got.Tolerance != 10_000 || got.Watch != 48*time.Hour {
		t.Errorf("%+v", got)
	}
}
