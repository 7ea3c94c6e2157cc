package infini

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

func docPayment() Payment {
	return Payment{
		ID: "pay-1", Address: "TPayHereAddress", Amount: decimal.RequireFromString("12.5"), ExpiresAt: time.Unix(1763515795, 0).UTC(),
	}
}

func TestCreatePaymentOnTheWire(t *testing.T) {
	for method, sent := range map[int]string{
		0: `{"order_id":"ord-123","chain":"TRON","token_id":"101"}`,
		1: `{"order_id":"ord-123","chain":"TRON","token_id":"101","payment_method":1}`,
	} {
		call := resttest.Call{Method: "POST", Target: "/v1/acquiring/payment", Body: sent, Reply: body(t, "payment_created.json")}
		got, err := scripted(t, call).CreatePayment(t.Context(), CreatePayment{OrderID: "ord-123", Chain: "TRON", TokenID: "101", Method: method})
		if diff := cmp.Diff(docPayment(), got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestCreatePaymentErrors(t *testing.T) {
	good := CreatePayment{OrderID: "ord-123", Chain: "TRON", TokenID: "101"}
	const sent = `{"order_id":"ord-123","chain":"TRON","token_id":"101"}`
	for _, tt := range []struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
	}{
		{409, `{"code":40906,"message":"order expired"}`, rest.KindRefused, CodeOrderExpired},
		{409, `{"code":40907,"message":"token"}`, rest.KindRefused, CodeTokenNotAllowed},
		{404, `{"code":40401,"message":"order"}`, rest.KindRefused, CodeOrderUnknown},
		{503, ``, rest.KindUnclear, ""},
		{200, `{"payment_id":"pay-1"}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"amount":"1","address":"T","expires_at":1}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"payment_id":"pay-1","amount":"0","address":"T","expires_at":1}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"payment_id":"pay-1","order_id":"other","amount":"1","address":"T","expires_at":1}`, rest.KindUnclear, rest.CodeUndecodable},
	} {
		_, err := scripted(t, resttest.Call{Body: sent, Status: tt.status, Reply: tt.reply}).CreatePayment(t.Context(), good)
		if e := rest.As(err); e == nil || e.Kind != tt.kind || e.Code != tt.code {
			t.Errorf("%d %s: %v", tt.status, tt.reply, err)
		}
	}
	for _, bad := range []CreatePayment{{Chain: "TRON", TokenID: "1"}, {OrderID: "o", TokenID: "1"}, {OrderID: "o", Chain: "TRON"}, {OrderID: "o", Chain: "TRON", TokenID: "1", Method: -1}} {
		if _, err := scripted(t).CreatePayment(t.Context(), bad); rest.As(err) == nil || rest.As(err).Code != CodeLocalInvalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestPayment(t *testing.T) {
	read := func(id, reply string) (Payment, error) {
		return scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/payment?payment_id=" + id, Reply: reply}).Payment(t.Context(), id)
	}
	got, err := read("pay-1", body(t, "payment.json"))
	if diff := cmp.Diff(docPayment(), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	full := docPayment()
	full.ID, full.OrderID, full.Status, full.Chain, full.Token, full.TokenID, full.Method = "1", "ord-123", "confirmed", "TRON", "USDT", "101", 1
	full.CreatedAt = time.Unix(1763512195, 0).UTC()
	got, err = read("1", body(t, "payment_full.json"))
	if diff := cmp.Diff(full, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := read("pay-2", body(t, "payment.json")); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("another payment: %v", err)
	}
	unknown := resttest.Call{Status: 404, Reply: `{"code":40402,"message":"payment not found"}`}
	if _, err := scripted(t, unknown).Payment(t.Context(), "x"); rest.As(err) == nil || rest.As(err).Code != CodePaymentUnknown {
		t.Errorf("unknown: %v", err)
	}
}

func TestPaymentsInEveryShape(t *testing.T) {
	list := func(reply string) ([]Payment, error) {
		return scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/payment/list?order_id=ord-123", Reply: reply}).Payments(t.Context(), "ord-123")
	}
	for _, name := range []string{"payments_array.json", "payments_enveloped.json", "payments_page.json"} {
		got, err := list(body(t, name))
		if diff := cmp.Diff([]Payment{docPayment()}, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, reply := range []string{`[{"payment_id":"p","order_id":"ord-9"}]`, `[{}]`, `[7]`, `{"code":0}`} {
		if got, err := list(reply); rest.KindOf(err) != rest.KindUnclear || got != nil {
			t.Errorf("%s: %v %v", reply, got, err)
		}
	}
}
