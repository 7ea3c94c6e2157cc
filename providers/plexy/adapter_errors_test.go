package plexy

import (
	"net/http"
	"testing"

	"giftbot/order"
	"giftbot/providers/rest"
)

// Sheet §2: no error body is shown for this API, so the forms are tried in its
// order.
func TestErrorBodies(t *testing.T) {
	tests := map[string]string{
		`{"error":"insufficient_balance"}`:                                                                                CodeBalance,
		`{"code":"insufficient_balance","message":"Balance too low"}`:                                                     CodeBalance,
		`{"error":{"type":"invalid_request","code":"insufficient_balance","message":"m","param":"p","request_id":"req"}}`: CodeBalance,
		`{"code":1,"message":"m","source":"gate","type":"apiError"}`:                                                      "1",
		`insufficient_balance`: CodeBalance,
		`  insufficient_balance
`: CodeBalance,
		`INSUFFICIENT_BALANCE`: CodeBalance,
		`{"statusCode":400,"error":"Bad Request","code":"insufficient_balance"}`: CodeBalance,
		`{"error":"invalid_amount","code":"insufficient_balance"}`:               "invalid_amount",
		`{"error":{"type":"invalid_request"}}`:                                   "invalid_request",
		`{"error":"Bad Request"}`:                                                codeOdd,
		`{"message":"m"}`:                                                        "",
		`{}`:                                                                     "",
		``:                                                                       "",
		`null`:                                                                   "",
		`[]`:                                                                     codeOdd,
		`Something went wrong`:                                                   codeOdd,
		`<html><body>502</body></html>`:                                          codeOdd,
		`{"error":"` + login + `"}`:                                              codeOdd,
		`{"code":"` + code + `"}`:                                                codeOdd,
		`{"code":123456789}`:                                                     codeOdd,
	}
	for reply, want := range tests {
		got := classify(rest.Response{Status: 400, Body: []byte(reply)})
		if got.Code != want || got.Kind != rest.KindRefused {
			t.Errorf("%s: %q %s, want %q", reply, got.Code, got.Kind, want)
		}
	}
}

// Sheet §11: a 400 that names a field of ours says so, and no more.
func TestErrorNamesOurFields(t *testing.T) {
	for reply, want := range map[string]string{
		`{"error":{"param":"currency_code","message":"is not allowed for ada"}}`: "about currency_code",
		`{"message":"quantity and test are unknown"}`:                            "about quantity test",
		`{"message":"the latest contest"}`:                                       "",
		`topup_request.amount: out of range`:                                     "about topup_request amount",
	} {
		if got := classify(rest.Response{Status: 400, Body: []byte(reply)}); got.Message != want {
			t.Errorf("%s: %q", reply, got.Message)
		}
	}
}

// Every row of sheet §5, as the client and as the engine see it.
func TestErrorTable(t *testing.T) {
	balance := `{"code":"insufficient_balance","message":"m"}`
	tests := []struct {
		status int
		reply  string
		kind   rest.Kind
		want   order.Code
	}{
		{400, balance, rest.KindRefused, order.CodeFunds},
		{400, `{"error":"validation_failed"}`, rest.KindRefused, order.CodeInvalid},
		{400, ``, rest.KindRefused, order.CodeInvalid},
		{400, `{"id":"x","product_id":1,"status":"pending"}`, rest.KindUnclear, order.CodeUnclear},
		{401, ``, rest.KindRefused, order.CodeDenied},
		{403, ``, rest.KindRefused, order.CodeDenied},
		{404, ``, rest.KindRefused, order.CodeUnknown},
		{408, ``, rest.KindUnclear, order.CodeUnclear},
		{422, ``, rest.KindRefused, order.CodeInvalid},
		{429, ``, rest.KindLimited, order.CodeLimited},
		{429, balance, rest.KindLimited, order.CodeLimited},
		{500, balance, rest.KindUnclear, order.CodeUnclear},
		{502, `<html>`, rest.KindUnclear, order.CodeUnclear},
		{503, ``, rest.KindUnclear, order.CodeUnclear},
		{504, ``, rest.KindUnclear, order.CodeUnclear},
		{302, ``, rest.KindUnclear, order.CodeUnclear},
		{200, `{}`, rest.KindUnclear, order.CodeUnclear},
		{200, balance, rest.KindUnclear, order.CodeUnclear},
		{201, ``, rest.KindUnclear, order.CodeUnclear},
		{201, `{"id":"x"`, rest.KindUnclear, order.CodeUnclear},
	}
	for _, tt := range tests {
		_, err := scripted(t, post(voucherBody, tt.status, tt.reply)).Create(t.Context(), voucher())
		if rest.As(err) == nil || rest.KindOf(err) != tt.kind {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.reply, err, tt.kind)
		}
		calls := append(shelfCalls(t, "500"), post(voucherBody, tt.status, tt.reply))
		if _, err := adapter(t, calls...).Buy(t.Context(), buyVoucher()); codeOf(err) != tt.want {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.reply, err, tt.want)
		}
	}
	if got := classify(rest.Response{Status: http.StatusConflict}); got.Kind != rest.KindUnclear {
		t.Errorf("a 409 is %s", got.Kind)
	}
}
