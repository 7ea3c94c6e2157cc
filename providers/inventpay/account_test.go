package inventpay

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const destination = "0x52908400098527886E0F7030069857D2E4169EE7"

func payout() CreateWithdrawal {
	return CreateWithdrawal{Key: requestID, Amount: number("9.5"), Coin: "USDT_BEP20", Destination: destination, Description: "refund"}
}

const payoutBody = `{"amount":9.5,"currency":"USDT_BEP20","destinationAddress":"` + destination + `","description":"refund"}`

// The shapes of sheet §3.
func TestEveryBalanceShape(t *testing.T) {
	want := []Balance{
		{Coin: "BTC", Available: number("0.01000001"), Pending: number("0.0005")},
		{Coin: "USDT_BEP20", Available: number("504.87"), Locked: number("265.1")},
	}
	for _, name := range []string{"balances_map.json", "balances_list.json", "balances_nested.json"} {
		got, err := client(t, resttest.Call{
			Method: "GET", Target: "/v1/merchant/balance", Reply: body(t, name),
			Header: map[string]string{"X-Api-Key": testKey, "X-Withdrawal-Key": "", "Idempotency-Key": ""},
		}).Balances(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for _, reply := range []string{`{"success":true,"data":{"balances":{}}}`, `{"success":true,"data":{"balances":[]}}`, `{"balances":{"balances":[]}}`} {
		if got, err := client(t, resttest.Call{Reply: reply}).Balances(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("an empty account, %s: %+v %v", reply, got, err)
		}
	}
}

func TestOddBalancesAreUnclear(t *testing.T) {
	for _, reply := range []string{
		"", "[]", "{}", `{"success":true,"data":{}}`, `{"success":true,"data":{"balances":null}}`, `{"success":true,"data":{"balances":7}}`,
		`{"success":true,"data":{"balances":"none"}}`,
		`{"success":true,"data":{"balances":[7]}}`, `{"success":true,"data":{"balances":[{"availableBalance":1}]}}`,
		`{"success":true,"data":{"balances":[{"currency":"BTC"}]}}`, `{"success":true,"data":{"balances":{"BTC":{}}}}`,
		`{"success":true,"data":{"balances":{"BTC":7}}}`, `{"success":true,"data":{"balances":{"BTC":{"availableBalance":"1e9999999"}}}}`,
		`{"success":true,"data":{"balances":{"BTC":{"currency":"LTC","availableBalance":"1"}}}}`,
		`{"success":true,"data":{"balances":[{"currency":"BTC","availableBalance":1},{"currency":"BTC","availableBalance":2}]}}`,
		`{"success":true,"data":{"balances":{"balances":{}}}}`,
	} {
		_, err := client(t, resttest.Call{Reply: reply}).Balances(t.Context())
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
}

func TestBalance(t *testing.T) {
	want := Balance{Coin: "BTC", Available: number("0.01000001"), Pending: number("0.0005")}
	for _, reply := range []string{
		body(t, "balance.json"),
		`{"success":true,"data":{"currency":"BTC","availableBalance":"0.01000001","pendingBalance":0.0005}}`,
		`{"success":true,"data":{"balance":{"currency":"BTC","availableBalance":"0.01000001","pendingBalance":0.0005}}}`,
	} {
		got, err := client(t, resttest.Call{Method: "GET", Target: "/v1/merchant/balance/BTC", Reply: reply}).Balance(t.Context(), "BTC")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", reply, err, diff)
		}
	}
	for _, reply := range []string{
		"", "{}", `{"success":true,"data":{"currency":"LTC","balance":{"availableBalance":1}}}`, `{"success":true,"data":{"currency":"BTC","balance":{}}}`,
	} {
		_, err := client(t, resttest.Call{Reply: reply}).Balance(t.Context(), "BTC")
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
	_, err := client(t).Balance(t.Context(), "DOGE")
	wantFault(t, "no such coin", err, rest.KindRefused, CodeLocalInvalid)
}

func TestCreateWithdrawalOnTheWire(t *testing.T) {
	call := resttest.Call{
		Method: "POST", Target: "/v1/merchant/withdrawal/create", Body: payoutBody, Reply: body(t, "withdrawal.json"),
		Header: map[string]string{"X-Api-Key": testKey, "X-Withdrawal-Key": testPayKey, "Idempotency-Key": requestID},
	}
	got, err := client(t, call).CreateWithdrawal(t.Context(), payout())
	want := Withdrawal{
		ID: "wd-1", Status: "PENDING", Coin: "USDT_BEP20", Destination: destination, Amount: number("9.5"), Fee: number("0.3"), Net: number("9.2"),
		NeedsApproval: true, CreatedAt: time.Date(2025, 1, 21, 12, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestWithdrawalOnTheWire(t *testing.T) {
	call := resttest.Call{
		Method: "GET", Target: "/v1/withdrawal/wd-1", Reply: body(t, "withdrawal_done.json"),
		Header: map[string]string{"X-Api-Key": testKey, "X-Withdrawal-Key": testPayKey, "Idempotency-Key": ""},
	}
	want := Withdrawal{
		ID: "wd-1", Status: "COMPLETED", Coin: "USDT_BEP20", Destination: destination, Amount: number("9.5"), Fee: number("0.3"), Net: number("9.2"),
		Transaction: "0xfeed", CreatedAt: time.Date(2025, 1, 21, 12, 0, 0, 0, time.UTC), ProcessedAt: time.Date(2025, 1, 21, 12, 5, 0, 0, time.UTC),
	}
	got, err := client(t, call).Withdrawal(t.Context(), "wd-1")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	other := call
	other.Target = "/v1/withdrawal/wd-2"
	_, err = client(t, other).Withdrawal(t.Context(), "wd-2")
	wantFault(t, "another payout's record", err, rest.KindUnclear, rest.CodeUndecodable)
}

// Without its key nothing is paid out, and what is under way can be followed.
func TestWithdrawalKeyIsOptional(t *testing.T) {
	_, err := clientWith(t, Options{}).CreateWithdrawal(t.Context(), payout())
	wantFault(t, "create", err, rest.KindRefused, CodeNoWithdrawalKey)
	call := resttest.Call{Reply: body(t, "withdrawal_done.json"), Header: map[string]string{"X-Withdrawal-Key": ""}}
	if _, err := clientWith(t, Options{}, call).Withdrawal(t.Context(), "wd-1"); err != nil {
		t.Error(err)
	}
}

func TestWhatMustNotBePaidOut(t *testing.T) {
	for name, change := range map[string]func(*CreateWithdrawal){
		"no key":         func(w *CreateWithdrawal) { w.Key = "" },
		"nothing":        func(w *CreateWithdrawal) { w.Amount = decimal.Zero },
		"negative":       func(w *CreateWithdrawal) { w.Amount = number("-1") },
		"monstrous":      func(w *CreateWithdrawal) { w.Amount = decimal.New(1, 1_000_000_000) },
		"no coin":        func(w *CreateWithdrawal) { w.Coin = "" },
		"unknown coin":   func(w *CreateWithdrawal) { w.Coin = "USD" },
		"nowhere":        func(w *CreateWithdrawal) { w.Destination = "" },
		"two addresses":  func(w *CreateWithdrawal) { w.Destination = destination + " " + destination },
		"an essay to it": func(w *CreateWithdrawal) { w.Description = string(make([]byte, 501)) },
	} {
		w := payout()
		change(&w)
		_, err := client(t).CreateWithdrawal(t.Context(), w)
		wantFault(t, name, err, rest.KindRefused, CodeLocalInvalid)
	}
}

// A chain does not tell hexadecimal addresses apart by their case.
func TestAddressInAnotherCase(t *testing.T) {
	reply := `{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","destinationAddress":"` + strings.ToLower(destination) + `"}}`
	w, err := client(t, resttest.Call{Reply: reply, Check: func(*http.Request, []byte) error { return nil }}).CreateWithdrawal(t.Context(), payout())
	if err != nil || w.ID != "wd-1" {
		t.Errorf("%+v, %v", w, err)
	}
}

// Whatever cannot be read may have been paid out: an admin decides (sheet §3).
func TestUnclearWithdrawals(t *testing.T) {
	unseen := func(*http.Request, []byte) error { return nil }
	for _, reply := range []string{
		"", "{}", `{"success":true,"data":{}}`, `{"success":true,"data":{"withdrawalId":"wd-1"}}`, `{"success":true,"data":{"status":"PENDING"}}`,
		`{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","currency":"BTC"}}`,
		`{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","destinationAddress":"0xother"}}`,
		`{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","amount":"1e999999999"}}`,
	} {
		_, err := client(t, resttest.Call{Reply: reply, Check: unseen}).CreateWithdrawal(t.Context(), payout())
		wantFault(t, reply, err, rest.KindUnclear, rest.CodeUndecodable)
	}
	for _, fault := range []resttest.Fault{resttest.Cut, resttest.CutBody} {
		_, err := client(t, resttest.Call{Fault: fault, Reply: "{}", Check: unseen}).CreateWithdrawal(t.Context(), payout())
		if rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("cut: %v", err)
		}
	}
	for status, kind := range map[int]rest.Kind{400: rest.KindRefused, 401: rest.KindRefused, 403: rest.KindRefused, 409: rest.KindUnclear, 429: rest.KindLimited, 500: rest.KindUnclear} {
		_, err := client(t, resttest.Call{Status: status, Reply: `{"success":false,"error":"no"}`, Check: unseen}).CreateWithdrawal(t.Context(), payout())
		if rest.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
	}
}
