package infini

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	tronWallet   = "TXYZabcdefghijkmnpqrstuvwxyz123456"
	evmWallet    = "0x52908400098527886E0F7030069857D2E4169EE7"
	solanaWallet = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"
	withdrawBody = `{"chain":"TRON","token_type":"USDT","amount":"25.00","wallet_address":"` + tronWallet + `","note":"refund"}`
)

func payout() CreateWithdrawal {
	return CreateWithdrawal{Chain: ChainTron, Token: "USDT", Amount: decimal.NewFromInt(25), Address: tronWallet, Note: "refund"}
}

func withdrawCall(status int, reply string) resttest.Call {
	return resttest.Call{Method: "POST", Target: "/v1/acquiring/fund/withdraw", Body: withdrawBody, Status: status, Reply: reply}
}

func TestWithdrawOnTheWire(t *testing.T) {
	call := withdrawCall(200, body(t, "withdraw.json"))
	call.Header = map[string]string{"Date": testDate, "Digest": digest([]byte(withdrawBody)), "Content-Type": "application/json"}
	if id, err := scripted(t, call).Withdraw(t.Context(), payout()); err != nil || id != "wd-7f0c" {
		t.Errorf("%q %v", id, err)
	}
	bare := withdrawCall(200, `{"request_id":70}`)
	if id, err := scripted(t, bare).Withdraw(t.Context(), payout()); err != nil || id != "70" {
		t.Errorf("%q %v", id, err)
	}
}

// A definite refusal paid nothing; everything else may have (infini sheet §4, §8).
// The script fails the test if anything is sent twice.
func TestWithdrawOutcomes(t *testing.T) {
	tests := []struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
	}{
		{400, `{"code":400,"message":"insufficient balance"}`, rest.KindRefused, CodeInvalid},
		{400, `{"code":40007,"message":"chain"}`, rest.KindRefused, CodeChainOrToken},
		{200, `{"code":40003,"message":"amount"}`, rest.KindRefused, CodeAmount},
		{401, `{"message":"client request can't be validated"}`, rest.KindRefused, CodeSignature},
		{403, `{"message":"ip not in whitelist"}`, rest.KindRefused, CodeAddress},
		{404, `404 page not found`, rest.KindRefused, ""},
		{409, `{"code":409,"message":"conflict"}`, rest.KindRefused, "409"},
		{429, `{"message":"slow down"}`, rest.KindLimited, ""},
		{408, ``, rest.KindUnclear, ""},
		{500, `{"code":50000,"message":"oops"}`, rest.KindUnclear, "50000"},
		{500, `{"code":40003,"message":"oops"}`, rest.KindUnclear, CodeAmount},
		{502, `<html>`, rest.KindUnclear, ""},
		{504, ``, rest.KindUnclear, ""},
		{400, `{"code":50000}`, rest.KindUnclear, "50000"},
		{200, `{"code":50000}`, rest.KindUnclear, "50000"},
		{302, ``, rest.KindUnclear, rest.CodeRedirect},
		{200, ``, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"code":0,"data":null}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"code":0,"data":{"request_id":""}}`, rest.KindUnclear, rest.CodeUndecodable},
		{200, `{"code":0,"data":{"request_id":{}}}`, rest.KindUnclear, rest.CodeUndecodable},
	}
	for _, tt := range tests {
		id, err := scripted(t, withdrawCall(tt.status, tt.reply)).Withdraw(t.Context(), payout())
		e := rest.As(err)
		if id != "" || e == nil || e.Kind != tt.kind || e.Code != tt.code {
			t.Errorf("%d %s: %q %v, want %s %q", tt.status, tt.reply, id, err, tt.kind, tt.code)
		}
	}
}

// A timeout and a cut connection are unclear, and the chain does not send again.
func TestWithdrawIsSentOnce(t *testing.T) {
	for name, fault := range map[string]resttest.Fault{"cut": resttest.Cut, "cut body": resttest.CutBody, "timeout": resttest.Hang} {
		call := withdrawCall(200, body(t, "withdraw.json"))
		call.Fault = fault
		base, script := resttest.Serve(t, call)
		c, err := New(Options{BaseURL: base, KeyID: testKey, SecretKey: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err = c.Withdraw(ctx, payout())
		cancel()
		if rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(script.Seen()); n != 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
}

func TestWhatWouldPayNobodyIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*CreateWithdrawal){
		"no chain":         func(w *CreateWithdrawal) { w.Chain = "" },
		"unknown chain":    func(w *CreateWithdrawal) { w.Chain = "tron" },
		"no token":         func(w *CreateWithdrawal) { w.Token = "" },
		"USDC on TTRON":    func(w *CreateWithdrawal) { w.Chain, w.Token = ChainTestTron, "USDC" },
		"zero":             func(w *CreateWithdrawal) { w.Amount = decimal.Zero },
		"negative":         func(w *CreateWithdrawal) { w.Amount = decimal.NewFromInt(-25) },
		"seven decimals":   func(w *CreateWithdrawal) { w.Amount = decimal.RequireFromString("25.0000001") },
		"no address":       func(w *CreateWithdrawal) { w.Address = "" },
		"of another chain": func(w *CreateWithdrawal) { w.Address = evmWallet },
		"TRON on BSC":      func(w *CreateWithdrawal) { w.Chain = ChainBSC },
		"TRON on Solana":   func(w *CreateWithdrawal) { w.Chain, w.Address = ChainSolana, evmWallet },
		"a space":          func(w *CreateWithdrawal) { w.Address += " " },
	} {
		w := payout()
		change(&w)
		_, err := scripted(t).Withdraw(t.Context(), w)
		if e := rest.As(err); e == nil || e.Kind != rest.KindRefused || e.Code != CodeLocalInvalid || e.Status != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := payout()
	w.Amount = decimal.NewFromInt(3)
	if _, err := scripted(t).Withdraw(t.Context(), w); rest.As(err) == nil || rest.As(err).Code != CodeLocalMinimum {
		t.Errorf("all of it is fee: %v", err)
	}
}

func TestEveryChain(t *testing.T) {
	for chain, want := range map[string]struct{ address, fee string }{
		ChainEthereum: {evmWallet, "5"}, ChainBSC: {evmWallet, "0.5"}, ChainArbitrum: {evmWallet, "0.5"},
		ChainSolana: {solanaWallet, "1"}, ChainTron: {tronWallet, "3"}, ChainTestTron: {tronWallet, ""},
	} {
		w := CreateWithdrawal{Chain: chain, Token: "USDT", Amount: decimal.RequireFromString("5.000001"), Address: want.address}
		raw, err := w.encode()
		if err != nil || !strings.Contains(string(raw), `"amount":"5.000001"`) || strings.Contains(string(raw), "note") {
			t.Errorf("%s: %s %v", chain, raw, err)
		}
		if fee, ok := NetworkFee(chain); ok != (want.fee != "") || ok && fee.String() != want.fee {
			t.Errorf("%s: fee %v %v", chain, fee, ok)
		}
	}
}

func readWithdrawal(t *testing.T, reply string) (Withdrawal, error) {
	t.Helper()
	return scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/fund/withdraw?request_id=wd-7f0c", Reply: reply}).
		Withdrawal(t.Context(), "wd-7f0c")
}

func TestEveryWithdrawalStatus(t *testing.T) {
	for status, want := range map[WithdrawalStatus]Withdrawal{
		WithdrawalPending:    {Fee: decimal.NewFromInt(3), Actual: decimal.NewFromInt(22)},
		WithdrawalProcessing: {},
		WithdrawalCompleted:  {Fee: decimal.NewFromInt(3), Actual: decimal.NewFromInt(22), Transaction: "0f1e2d"},
		WithdrawalFailed:     {Fee: decimal.NewFromInt(3)},
		WithdrawalCancelled:  {},
	} {
		want.RequestID, want.Status, want.Chain, want.Token, want.Amount = "wd-7f0c", status, "TRON", "USDT", decimal.NewFromInt(25)
		got, err := readWithdrawal(t, body(t, "withdrawal_"+string(status)+".json"))
		if err != nil {
			t.Errorf("%s: %v", status, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", status, diff)
		}
		if final := status != WithdrawalPending && status != WithdrawalProcessing; status.Final() != final || !got.Fits(payout()) {
			t.Errorf("%s: final %v, fits %v", status, status.Final(), got.Fits(payout()))
		}
	}
	if WithdrawalStatus("COMPLETED").Final() || WithdrawalStatus("").Final() {
		t.Error("a word we do not know ends a withdrawal")
	}
}

func TestAnotherWithdrawalDoesNotFit(t *testing.T) {
	for _, change := range []func(*Withdrawal){
		func(w *Withdrawal) { w.Chain = ChainBSC }, func(w *Withdrawal) { w.Token = "USDC" },
		func(w *Withdrawal) { w.Amount = decimal.NewFromInt(24) },
	} {
		w := Withdrawal{Chain: ChainTron, Token: "USDT", Amount: decimal.RequireFromString("25.00")}
		if !w.Fits(payout()) {
			t.Fatal("the same does not fit")
		}
		if change(&w); w.Fits(payout()) {
			t.Errorf("%+v fits", w)
		}
	}
}

func TestContradictoryWithdrawals(t *testing.T) {
	const rest0 = `"chain":"TRON","token_type":"USDT"`
	for _, reply := range []string{
		`{"status":"completed","amount":"25","fee":"3","actual_amount":"25",` + rest0 + `}`,
		`{"status":"completed","amount":"25","fee":"3",` + rest0 + `}`,
		`{"status":"completed","amount":"25","actual_amount":"25",` + rest0 + `}`,
		`{"status":"completed","amount":"25","fee":"","actual_amount":"25",` + rest0 + `}`,
		`{"status":"completed","amount":"25","fee":"25","actual_amount":"",` + rest0 + `}`,
		`{"status":"completed","amount":"2","fee":"3","actual_amount":"-1",` + rest0 + `}`,
		`{"status":"completed","amount":"25","fee":"-3","actual_amount":"28",` + rest0 + `}`,
		`{"status":"pending","amount":"25","fee":"3","actual_amount":"21",` + rest0 + `}`,
		`{"status":"pending","fee":"3","actual_amount":"22",` + rest0 + `}`,
		`{"amount":"25","fee":"3","actual_amount":"22",` + rest0 + `}`,
		`{"status":"pending","amount":"25","fee":"3","actual_amount":"22"}`,
		`{"request_id":"wd-other","status":"pending","amount":"25",` + rest0 + `}`,
		`{"code":0,"data":null}`, `[]`, ``, `{"status":7}`,
	} {
		if got, err := readWithdrawal(t, reply); rest.KindOf(err) != rest.KindUnclear || got != (Withdrawal{}) {
			t.Errorf("%s: %+v %v", reply, got, err)
		}
	}
	if _, err := scripted(t).Withdrawal(t.Context(), ""); rest.KindOf(err) != rest.KindRefused {
		t.Errorf("no id: %v", err)
	}
	unknown := resttest.Call{Status: 404, Reply: `{"code":404,"message":"not found"}`}
	if _, err := scripted(t, unknown).Withdrawal(t.Context(), "wd-1"); rest.As(err) == nil || rest.As(err).Status != 404 {
		t.Errorf("unknown: %v", err)
	}
}

// What a vendor quotes back of a payout or a payer stays out of logs and errors.
func TestNoWalletAndNoMailInLogsAndErrors(t *testing.T) {
	var log bytes.Buffer
	echo := `{"code":400,"message":"cannot pay ` + tronWallet + ` or <ann@example.org>, key ` + testSecret + `","detail":"wd-7f0c7f0c7f0c7f0c"}`
	c, err := New(Options{
		BaseURL: "https://openapi.infini.money", KeyID: testKey, SecretKey: testSecret,
		Chain: rest.Chain{
			Transport: resttest.New(t, withdrawCall(400, echo), withdrawCall(200, body(t, "withdraw.json"))),
			Now:       testNow, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, refusal := c.Withdraw(t.Context(), payout())
	if _, err := c.Withdraw(t.Context(), payout()); err != nil {
		t.Fatal(err)
	}
	all := log.String() + refusal.Error()
	for _, planted := range []string{testSecret, testKey, tronWallet, "example.org", "wd-7f0c", "signature="} {
		if strings.Contains(all, planted) {
			t.Errorf("%q is in %s", planted, all)
		}
	}
	if !strings.Contains(refusal.Error(), "cannot pay") {
		t.Errorf("the reason is lost: %v", refusal)
	}
}
