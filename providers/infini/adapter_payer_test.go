package infini

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

func payer(t *testing.T, calls ...resttest.Call) *Payer {
	t.Helper()
	return NewPayer(scripted(t, calls...), PayerTerms{})
}

// refund is the request that withdrawBody is made from.
func refund() order.PayoutRequest {
	return order.PayoutRequest{Reference: "refund", Network: "tron-usdt", Amount: decimal.NewFromInt(25), Address: tronWallet}
}

func TestNetworks(t *testing.T) {
	var got []string
	for _, n := range payer(t).Networks() {
		got = append(got, strings.Join([]string{n.ID, n.Coin, n.Chain, string(n.Kind), n.Fee.String(), n.Least.String()}, " "))
		if !n.Known || !n.Stable {
			t.Errorf("%s: fee known %v, stable %v", n.ID, n.Known, n.Stable)
		}
	}
	want := []string{
		"bsc-usdt USDT BNB Smart Chain evm 0.5 1.50", "bsc-usdc USDC BNB Smart Chain evm 0.5 1.50",
		"arbitrum-usdt USDT Arbitrum evm 0.5 1.50", "arbitrum-usdc USDC Arbitrum evm 0.5 1.50",
		"solana-usdt USDT Solana solana 1 2.00", "solana-usdc USDC Solana solana 1 2.00",
		"tron-usdt USDT Tron tron 3 4.00",
		"ethereum-usdt USDT Ethereum evm 5 6.00", "ethereum-usdc USDC Ethereum evm 5 6.00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The vendor's sandbox has one chain, whose fee nobody told (infini sheet §4).
func TestNetworksOfTheTestEnvironment(t *testing.T) {
	list := NewPayer(scripted(t), PayerTerms{Test: true}).Networks()
	if len(list) != 1 || list[0].ID != "ttron-usdt" || list[0].Kind != order.AddressTron || list[0].Known || list[0].Least != arrives {
		t.Errorf("%+v", list)
	}
	for _, n := range payer(t).Networks() {
		if n.ID == "ttron-usdt" {
			t.Error("test money is offered")
		}
	}
}

func TestNetworksAreACopy(t *testing.T) {
	p := payer(t)
	p.Networks()[0].ID = "other"
	if got := p.Networks()[0].ID; got != "bsc-usdt" {
		t.Errorf("%q", got)
	}
}

// What is offered can be paid out: each network makes a request of its chain
// and token, from its least sum on.
func TestPayOnEveryNetwork(t *testing.T) {
	wallets := map[order.AddressKind]string{order.AddressEVM: evmWallet, order.AddressTron: tronWallet, order.AddressSolana: solanaWallet}
	for _, test := range []bool{false, true} {
		for _, n := range NewPayer(scripted(t), PayerTerms{Test: test}).Networks() {
			chain, token, _ := strings.Cut(strings.ToUpper(n.ID), "-")
			call := resttest.Call{
				Method: "POST", Target: "/v1/acquiring/fund/withdraw", Reply: body(t, "withdraw.json"),
				Body: `{"chain":"` + chain + `","token_type":"` + token + `","amount":"` + n.Least.String() + `","wallet_address":"` +
					wallets[n.Kind] + `","note":"7F3K-P1"}`,
			}
			p := NewPayer(scripted(t, call), PayerTerms{Test: test})
			got, err := p.Pay(t.Context(), order.PayoutRequest{Reference: "7F3K-P1", Network: n.ID, Amount: n.Least.Decimal(), Address: wallets[n.Kind]})
			if diff := cmp.Diff(order.PayoutReceipt{External: "wd-7f0c", State: order.PayoutPending}, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", n.ID, err, diff)
			}
		}
	}
}

// Only a definite no is a refusal; the script fails the test if anything is
// sent twice (infini sheet §4, §8).
func TestPayOutcomes(t *testing.T) {
	tests := []struct {
		status int
		reply  string
		want   order.Code
	}{
		{400, `{"code":400,"message":"insufficient balance"}`, order.CodeInvalid},
		{400, `{"code":40007,"message":"chain"}`, order.CodeInvalid},
		{400, `{"code":40006,"message":"minimum"}`, order.CodeTooSmall},
		{200, `{"code":40003,"message":"amount"}`, order.CodeInvalid},
		{401, `{"message":"client request can't be validated"}`, order.CodeDenied},
		{403, `{"message":"ip not in whitelist"}`, order.CodeDenied},
		{404, `404 page not found`, order.CodeUnknown},
		{422, ``, order.CodeInvalid},
		{429, `{"message":"slow down"}`, order.CodeLimited},
		{409, `{"code":409,"message":"conflict"}`, order.CodeUnclear},
		{409, `{"code":40901,"message":"used"}`, order.CodeUnclear},
		{409, `{"code":40910}`, order.CodeUnclear},
		{200, `{"code":409,"message":"conflict"}`, order.CodeUnclear},
		{200, `{"code":40903,"message":"conflict"}`, order.CodeUnclear},
		{200, `{"code":40912}`, order.CodeUnclear},
		{400, `{"code":40905}`, order.CodeUnclear},
		{400, `{"code":40902,"message":"used"}`, order.CodeUnclear},
		{400, `{"code":40017,"message":"rate"}`, order.CodeUnclear},
		{400, `{"code":50000}`, order.CodeUnclear},
		{200, `{"code":50000}`, order.CodeUnclear},
		{200, ``, order.CodeUnclear},
		{200, `{}`, order.CodeUnclear},
		{200, `{"code":0,"data":{"request_id":""}}`, order.CodeUnclear},
		{302, ``, order.CodeUnclear},
		{408, ``, order.CodeUnclear},
		{500, `{"code":40003}`, order.CodeUnclear},
		{502, `<html>`, order.CodeUnclear},
		{504, ``, order.CodeUnclear},
	}
	for _, tt := range tests {
		got, err := payer(t, withdrawCall(tt.status, tt.reply)).Pay(t.Context(), refund())
		if codeOf(err) != tt.want || got != (order.PayoutReceipt{}) {
			t.Errorf("%d %s: %+v %v, want %s", tt.status, tt.reply, got, err, tt.want)
		}
		refusals := []order.Code{order.CodeInvalid, order.CodeTooSmall, order.CodeDenied, order.CodeUnknown}
		if tt.want.Refusal() != slices.Contains(refusals, tt.want) {
			t.Errorf("%s: is it a refusal?", tt.want)
		}
	}
}

func TestPayIsSentOnce(t *testing.T) {
	for name, fault := range map[string]resttest.Fault{"cut": resttest.Cut, "cut body": resttest.CutBody} {
		call := withdrawCall(200, body(t, "withdraw.json"))
		call.Fault = fault
		base, script := resttest.Serve(t, call)
		c, err := New(Options{BaseURL: base, KeyID: testKey, SecretKey: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewPayer(c, PayerTerms{}).Pay(t.Context(), refund())
		if codeOf(err) != order.CodeUnclear || len(script.Seen()) != 1 {
			t.Errorf("%s: %v, sent %d times", name, err, len(script.Seen()))
		}
	}
}

// Nobody listens there: nothing left, and it may be sent later.
func TestPayNotSent(t *testing.T) {
	c, err := New(Options{BaseURL: "http://127.0.0.1:1", KeyID: testKey, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = NewPayer(c, PayerTerms{}).Pay(t.Context(), refund()); codeOf(err) != order.CodeNotSent {
		t.Error(err)
	}
}

func TestWhatPaysNobodyIsRefusedHere(t *testing.T) {
	for name, change := range map[string]struct {
		change func(*order.PayoutRequest)
		want   order.Code
	}{
		"no network":            {func(r *order.PayoutRequest) { r.Network = "" }, order.CodeInvalid},
		"a network not offered": {func(r *order.PayoutRequest) { r.Network = "tron-usdc" }, order.CodeInvalid},
		"a test network":        {func(r *order.PayoutRequest) { r.Network = "ttron-usdt" }, order.CodeInvalid},
		"of another chain":      {func(r *order.PayoutRequest) { r.Address = evmWallet }, order.CodeInvalid},
		"too many decimals":     {func(r *order.PayoutRequest) { r.Amount = decimal.RequireFromString("25.0000001") }, order.CodeInvalid},
		"nothing":               {func(r *order.PayoutRequest) { r.Amount = decimal.Zero }, order.CodeInvalid},
		"all of it is fee":      {func(r *order.PayoutRequest) { r.Amount = decimal.NewFromInt(3) }, order.CodeTooSmall},
	} {
		r := refund()
		change.change(&r)
		if _, err := payer(t).Pay(t.Context(), r); codeOf(err) != change.want || !codeOf(err).Refusal() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func followCall(reply string) resttest.Call {
	return resttest.Call{Method: "GET", Target: "/v1/acquiring/fund/withdraw?request_id=wd-7f0c", Reply: reply}
}

func TestFollow(t *testing.T) {
	three, rest22, all := decimal.NewFromInt(3), decimal.NewFromInt(22), decimal.NewFromInt(25)
	for status, want := range map[WithdrawalStatus]order.PayoutReceipt{
		WithdrawalPending:    {State: order.PayoutPending, Fee: three, Arrives: rest22},
		WithdrawalProcessing: {State: order.PayoutPending},
		WithdrawalCompleted:  {State: order.PayoutCompleted, Fee: three, Arrives: rest22, Hash: "0f1e2d"},
		WithdrawalFailed:     {State: order.PayoutRejected, Fee: three},
		WithdrawalCancelled:  {State: order.PayoutRejected},
	} {
		want.External, want.Amount, want.Network, want.Raw = "wd-7f0c", all, "tron-usdt", string(status)
		got, err := payer(t, followCall(body(t, "withdrawal_"+string(status)+".json"))).Follow(t.Context(), "wd-7f0c")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", status, err, diff)
		}
	}
}

// A word that is not in the sheet ends nothing, however it is spelled.
func TestFollowUnknownWords(t *testing.T) {
	for _, word := range []string{"COMPLETED", "success", "refunded", "done", "canceled"} {
		reply := `{"status":"` + word + `","amount":"25","fee":"3","actual_amount":"22","chain":"TRON","token_type":"USDT"}`
		got, err := payer(t, followCall(reply)).Follow(t.Context(), "wd-7f0c")
		if err != nil || got.State != order.PayoutPending || got.Raw != word {
			t.Errorf("%s: %+v %v", word, got, err)
		}
	}
}

// A record of another network is told as one, also of a network nobody offers.
func TestFollowAnotherNetwork(t *testing.T) {
	for pair, want := range map[string]string{
		`"chain":"BSC","token_type":"USDT"`: "bsc-usdt", `"chain":"POLYGON","token_type":"DAI"`: "polygon-dai",
		`"chain":"TRON","token_type":"USDC"`: "tron-usdc",
	} {
		got, err := payer(t, followCall(`{"status":"pending","amount":"25",`+pair+`}`)).Follow(t.Context(), "wd-7f0c")
		if err != nil || got.Network != want {
			t.Errorf("%s: %+v %v", pair, got, err)
		}
	}
}

func TestFollowErrors(t *testing.T) {
	for _, tt := range []struct {
		status int
		reply  string
		want   order.Code
	}{
		{404, `{"code":404,"message":"not found"}`, order.CodeUnknown},
		{403, `{"message":"ip not in whitelist"}`, order.CodeDenied},
		{429, ``, order.CodeLimited},
		{500, ``, order.CodeUnclear},
		{200, `{"status":"completed","amount":"25","fee":"3","actual_amount":"25","chain":"TRON","token_type":"USDT"}`, order.CodeUnclear},
		{200, `{"status":"failed","amount":"25","chain":"TRON","token_type":"USDT","transaction_hash":"0f1e2d"}`, order.CodeUnclear},
		{200, `{"status":"cancelled","amount":"25","chain":"TRON","token_type":"USDT","transaction_hash":"0f1e2d"}`, order.CodeUnclear},
		{200, `{"request_id":"wd-other","status":"pending","amount":"25","chain":"TRON","token_type":"USDT"}`, order.CodeUnclear},
	} {
		call := followCall(tt.reply)
		call.Status = tt.status
		if got, err := payer(t, call).Follow(t.Context(), "wd-7f0c"); codeOf(err) != tt.want || got != (order.PayoutReceipt{}) {
			t.Errorf("%d %s: %+v %v, want %s", tt.status, tt.reply, got, err, tt.want)
		}
	}
	if _, err := payer(t).Follow(t.Context(), ""); codeOf(err) != order.CodeInvalid {
		t.Errorf("no id: %v", err)
	}
}

// What the vendor quotes back of an address does not reach an error.
func TestNoAddressInPayoutErrors(t *testing.T) {
	for network, address := range map[string]string{"tron-usdt": tronWallet, "bsc-usdt": evmWallet, "solana-usdc": solanaWallet} {
		r := refund()
		r.Network, r.Address = network, address
		for _, status := range []int{400, 500} {
			call := resttest.Call{Status: status, Reply: `{"code":400,"message":"cannot pay ` + address + ` today"}`, Check: func(*http.Request, []byte) error { return nil }}
			_, err := payer(t, call).Pay(t.Context(), r)
			if err == nil || strings.Contains(err.Error(), address[2:12]) || rest.As(err) == nil {
				t.Errorf("%s: %v", network, err)
			}
		}
	}
}
