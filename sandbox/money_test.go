package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// step is one call to /control and a part of its answer.
type step struct {
	method, path, body string
	status             int
	want               string
}

func (w *testWorld) walk(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		if status, raw := w.call(s.method, s.path, s.body); status != s.status || !strings.Contains(raw, s.want) {
			w.t.Errorf("%s %s %s: %d %s\nwithout %s", s.method, s.path, s.body, status, raw, s.want)
		}
	}
}

func TestAFallThroughControl(t *testing.T) {
	w := newWorld(t)
	at, invoice := "/control/payments/infini/"+w.order(), "/control/payments/inventpay/"+w.invoice()
	w.walk([]step{
		{"POST", at, `{"fall":"1"}`, 400, "only 0 is confirmed"},
		{"POST", at, ``, 200, `"status":"paid"`},
		{"POST", at, `{"fall":"2.00"}`, 200, `"amount_confirmed":"10.5","remaining":"2","status":"paid"`},
		{"POST", at, `{"fall":"2.00","amount":"1"}`, 400, "stands alone"},
		{"POST", at, `{"coin_fall":"2.00"}`, 400, "inventpay"},
		{"POST", at, `{"fall":"10.51"}`, 400, "only 10.5 is confirmed"},
		{"POST", "/control/payments/infini/x", `{"fall":"1"}`, 404, "no such checkout"},
		{"GET", "/control/vendors/infini", ``, 200, `"settled":{"USD":"10.5"}`},
		{"POST", invoice, `{"fall":"1"}`, 400, "nothing was paid"},
		{"POST", invoice, `{"coin":"LTC"}`, 200, `"status":"paid"`},
		{"POST", invoice, `{"fall":"6.25"}`, 200, `"amount_confirmed":"6.25","remaining":"6.25","status":"paid"`},
		{"POST", invoice, `{"coin_fall":"0.00000001"}`, 200, `"status":"paid"`},
		{"POST", invoice, `{"coin_fall":"1","coin":"LTC"}`, 400, "stands alone"},
		{"POST", "/control/payments/inventpay/x", `{"fall":"1"}`, 404, "no such checkout"},
		{"GET", "/control/vendors/inventpay", ``, 200, `"fallen":{"LTC":"0.07`},
	})
}

// The controls of the money policy, as they are written down.
func TestMoneyThroughControl(t *testing.T) {
	w := newWorld(t)
	id := w.order()
	w.walk([]step{
		{"POST", "/control/vendors/infini", `{"tolerance":"0.50"}`, 200, ``},
		{"POST", "/control/payments/infini/" + id, `{"amount":"12"}`, 200, `"status":"paid","tags":["underpaid"]`},
		{"POST", "/control/payments/infini/" + id, `{"amount":"8"}`, 200, `"tags":["underpaid","overpaid"]`},
		{"POST", "/control/vendors/infini", `{"surplus_returned":"` + id + `"}`, 200, `"returned":{"USD":"7.5"}`},
		{"POST", "/control/vendors/infini", `{"surplus_returned":"x"}`, 404, "unknown order"},
		{"POST", "/control/vendors/infini", `{"next_withdrawal":[{"state":"failed","after":"30s"},{"refuse":400},{"state":"approval"},{"state":"stuck"}]}`, 200, `"withdrawals":[]`},
		{"POST", "/control/vendors/infini", `{"next_withdrawal":[{"state":"lost"}]}`, 400, "next_withdrawal"},
		{"POST", "/control/vendors/infini", `{"available":"3"}`, 200, `"available":"3"`},
		{"POST", "/control/vendors/infini", `{"approve_withdrawal":"x"}`, 404, "unknown withdrawal"},
		{"POST", "/control/vendors/inventpay", `{"next_withdrawal":[{"state":"cancelled"},{"refuse":403,"text":"closed"}]}`, 200, `"withdrawals":[]`},
		{"POST", "/control/vendors/inventpay", `{"finish_withdrawal":{"withdrawal_id":"x","status":"failed"}}`, 404, "unknown withdrawal"},
		{"POST", "/control/vendors/infinivoucher", `{"top_up":"25"}`, 200, `"type":"TOPUP","amount":"25","balanceAfter":"5025"`},
	})
}

func TestDepositsThroughControl(t *testing.T) {
	w := everything(t)
	w.walk([]step{
		{"POST", "/control/vendors/plexy", `{"deposit":{"currency":"USD","amount":"250.00","pending":true}}`, 200, `{"id":1203,"currency":"USD","amount":"250","status":"pending"}]`},
		{"POST", "/control/vendors/plexy", `{"post_deposit":1203}`, 200, `{"id":1203,"currency":"USD","amount":"250","status":"posted"}]`},
		{"POST", "/control/vendors/plexy", `{"deposit":{"currency":"USD","amount":"0"}}`, 400, "positive amount"},
	})
	for path, want := range map[string]string{
		"/plexy/agent/" + agentID + "/deposits": `"id":1203`,
		"/infinivoucher/api/v1/wallet":          `"transactions":[]`,
	} {
		r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:8088"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", map[bool]string{true: "g", false: "Bearer d"}[strings.HasPrefix(path, "/plexy")])
		if status, raw := w.do(r); status != 200 || !strings.Contains(raw, want) {
			t.Errorf("%s: %d %s", path, status, raw)
		}
	}
}

// A checkout that was paid in part shows what is missing, and once paid can be paid again.
func TestTheRestAndOnceMore(t *testing.T) {
	w := newWorld(t)
	at := "/control/payments/infini/" + w.order()
	w.walk([]step{
		{"POST", at, `{"amount":"5"}`, 200, `"remaining":"7.5","status":"processing"`},
		{"POST", "/control/clock", `{"advance":"61m"}`, 200, ``},
		{"GET", at, ``, 200, `"remaining":"7.5","status":"partial_paid"`},
		{"POST", at, ``, 200, `"remaining":"0","status":"partial_paid","tags":["underpaid","late"]`},
		{"POST", at, `{"amount":"12.5"}`, 200, `"amount_confirmed":"25"`},
	})
	if w.offset != 61*time.Minute {
		t.Errorf("the clock is %v ahead", w.offset)
	}
}
