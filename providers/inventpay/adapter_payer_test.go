package inventpay

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/order/address"
	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	refundBody = `{"amount":9.5,"currency":"USDT_BEP20","destinationAddress":"` + evmWallet + `","description":"7F3K-P1"}`
	evmWallet  = "0x52908400098527886E0F7030069857D2E4169EE7"
	solWallet  = "7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV"
	btcWallet  = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	ltcWallet  = "LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9"
)

// refund is the request that refundBody is made from, and withdrawal.json answers.
func refund() order.PayoutRequest {
	return order.PayoutRequest{Reference: "7F3K-P1", Network: "bsc-usdt", Amount: number("9.5"), Address: evmWallet}
}

func payer(t *testing.T, calls ...resttest.Call) *Payer {
	t.Helper()
	p, ok := NewPayer(client(t, calls...))
	if !ok {
		t.Fatal("no payouts with a key")
	}
	return p
}

// refundCall wants the key of refund, whoever sends it.
func refundCall(status int, reply string) resttest.Call {
	return resttest.Call{
		Method: "POST", Target: "/v1/merchant/withdrawal/create", Body: refundBody, Status: status, Reply: reply,
		Header: map[string]string{"X-Withdrawal-Key": testPayKey, "X-Api-Key": testKey, "Idempotency-Key": payoutKey(refund())},
	}
}

func TestNoPayoutsWithoutTheKey(t *testing.T) {
	c := clientWith(t, Options{})
	if p, ok := NewPayer(c); ok || p != nil {
		t.Error("payouts without a withdrawal key")
	}
	// Should somebody make one all the same, nothing is sent.
	if _, err := (&Payer{client: c}).Pay(t.Context(), refund()); codeOf(err) != order.CodeDenied {
		t.Error(err)
	}
}

func TestNetworks(t *testing.T) {
	var got []string
	for _, n := range payer(t).Networks() {
		kind := string(n.Kind)
		if !n.Stable {
			kind += " share"
		}
		got = append(got, strings.Join([]string{n.ID, n.Coin, n.Chain, kind, n.Least.String()}, " "))
		if n.Known || !n.Fee.IsZero() {
			t.Errorf("%s: a fee that nobody told", n.ID)
		}
	}
	want := []string{
		"bsc-usdt USDT BNB Smart Chain evm 1.00", "bsc-usdc USDC BNB Smart Chain evm 1.00", "solana-usdc USDC Solana solana 1.00",
		"ethereum-usdt USDT Ethereum evm 1.00", "solana-sol SOL Solana solana share 1.00", "litecoin-ltc LTC Litecoin litecoin share 1.00",
		"ethereum-eth ETH Ethereum evm share 1.00", "bitcoin-btc BTC Bitcoin bitcoin share 1.00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every coin of the vendor is a network; one that is no stable coin has the
// name under which its arrival is told, because it is paid back as a share of it.
func TestEveryCoinIsANetwork(t *testing.T) {
	var coins []string
	for _, l := range lanes() {
		coins = append(coins, l.coin)
		if !l.Stable && l.Coin != l.coin {
			t.Errorf("%s is told as %s", l.Coin, l.coin)
		}
	}
	want := Coins()
	slices.Sort(coins)
	slices.Sort(want)
	if diff := cmp.Diff(want, coins); diff != "" {
		t.Error(diff)
	}
}

func TestPayOnEveryNetwork(t *testing.T) {
	wallets := map[order.AddressKind]string{
		order.AddressEVM: evmWallet, order.AddressSolana: solWallet, order.AddressBitcoin: btcWallet, order.AddressLitecoin: ltcWallet,
	}
	for _, l := range lanes() {
		call := resttest.Call{
			Body:  `{"amount":0.00012345,"currency":"` + l.coin + `","destinationAddress":"` + wallets[l.Kind] + `","description":"7F3K-P1"}`,
			Reply: `{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","currency":"` + l.coin + `"}}`,
		}
		got, err := payer(t, call).Pay(t.Context(), order.PayoutRequest{
			Reference: "7F3K-P1", Network: l.ID, Amount: number("0.00012345"), Address: wallets[l.Kind],
		})
		want := order.PayoutReceipt{External: "wd-1", State: order.PayoutPending, Raw: "PENDING", Network: l.ID}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", l.ID, err, diff)
		}
	}
}

func TestPay(t *testing.T) {
	got, err := payer(t, refundCall(201, body(t, "withdrawal.json"))).Pay(t.Context(), refund())
	want := order.PayoutReceipt{
		External: "wd-1", State: order.PayoutPending, Raw: "PENDING", Network: "bsc-usdt", Address: evmWallet,
		Amount: number("9.5"), Fee: number("0.3"), Arrives: number("9.2"),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// The key is one for one payout, and another for another.
func TestPayoutKey(t *testing.T) {
	key := payoutKey(refund())
	if again := payoutKey(refund()); again != key || !isUUID(key) || key[14] != '4' {
		t.Errorf("%s, then %s", key, again)
	}
	for name, change := range map[string]func(*order.PayoutRequest){
		"reference": func(r *order.PayoutRequest) { r.Reference = "7F3K-P2" },
		"network":   func(r *order.PayoutRequest) { r.Network = "bsc-usdc" },
		"amount":    func(r *order.PayoutRequest) { r.Amount = number("9.51") },
		"address":   func(r *order.PayoutRequest) { r.Address = solWallet },
	} {
		r := refund()
		if change(&r); payoutKey(r) == key {
			t.Errorf("%s: the same key", name)
		}
	}
	if strings.Contains(key, evmWallet[2:8]) {
		t.Error("the key quotes the address")
	}
}

// Only a definite no is a refusal (inventpay sheet §2); the script fails the
// test if anything is sent twice.
func TestPayOutcomes(t *testing.T) {
	for _, tt := range []struct {
		status int
		reply  string
		want   order.Code
	}{
		{400, `{"success":false,"error":"Insufficient balance"}`, order.CodeInvalid},
		{400, `<html>`, order.CodeInvalid},
		{401, `{"success":false,"error":"Invalid API key"}`, order.CodeDenied},
		{403, `{"success":false,"error":"Withdrawal key required"}`, order.CodeDenied},
		{404, `not found`, order.CodeUnknown},
		{422, `{"success":false,"error":"no"}`, order.CodeInvalid},
		{429, `{"success":false,"error":"Too many requests"}`, order.CodeLimited},
		{408, ``, order.CodeUnclear},
		{409, `{"success":false,"error":"in progress"}`, order.CodeUnclear},
		{500, `{"success":false,"error":"Internal"}`, order.CodeUnclear},
		{502, `<html>`, order.CodeUnclear},
		{504, ``, order.CodeUnclear},
		{302, ``, order.CodeUnclear},
		{200, ``, order.CodeUnclear},
		{200, `{"success":false,"error":"no","statusCode":400}`, order.CodeUnclear},
		{400, `{"success":true,"data":{"withdrawalId":"wd-1"}}`, order.CodeUnclear},
		{200, `{"success":true,"data":{}}`, order.CodeUnclear},
		{200, `{"success":true,"data":{"withdrawalId":"wd-1"}}`, order.CodeUnclear},
		{200, `{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING","currency":"BTC"}}`, order.CodeUnclear},
	} {
		got, err := payer(t, refundCall(tt.status, tt.reply)).Pay(t.Context(), refund())
		if codeOf(err) != tt.want || got != (order.PayoutReceipt{}) {
			t.Errorf("%d %s: %+v %v, want %s", tt.status, tt.reply, got, err, tt.want)
		}
	}
}

func TestPayIsSentOnceOrNotAtAll(t *testing.T) {
	for name, fault := range map[string]resttest.Fault{"cut": resttest.Cut, "cut body": resttest.CutBody} {
		call := refundCall(200, body(t, "withdrawal.json"))
		call.Fault = fault
		base, script := resttest.Serve(t, call)
		c, err := New(Options{BaseURL: base, APIKey: testKey, WithdrawalKey: testPayKey})
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&Payer{client: c}).Pay(t.Context(), refund())
		if codeOf(err) != order.CodeUnclear || len(script.Seen()) != 1 {
			t.Errorf("%s: %v, sent %d times", name, err, len(script.Seen()))
		}
	}
	c, err := New(Options{BaseURL: "http://127.0.0.1:1", APIKey: testKey, WithdrawalKey: testPayKey})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (&Payer{client: c}).Pay(t.Context(), refund()); codeOf(err) != order.CodeNotSent {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestWhatPaysNobodyIsRefusedHere(t *testing.T) {
	for name, change := range map[string]func(*order.PayoutRequest){
		"no network":            func(r *order.PayoutRequest) { r.Network = "" },
		"a network not offered": func(r *order.PayoutRequest) { r.Network = "tron-usdt" },
		"the vendor's own name": func(r *order.PayoutRequest) { r.Network = "USDT_BEP20" },
		"no address":            func(r *order.PayoutRequest) { r.Address = "" },
		"of another chain":      func(r *order.PayoutRequest) { r.Address = solWallet },
		"mistyped":              func(r *order.PayoutRequest) { r.Address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD" },
		"of nobody":             func(r *order.PayoutRequest) { r.Address = "0x000000000000000000000000000000000000dEaD" },
		"nothing":               func(r *order.PayoutRequest) { r.Amount = decimal.Zero },
		"less than nothing":     func(r *order.PayoutRequest) { r.Amount = number("-1") },
	} {
		r := refund()
		change(&r)
		_, err := payer(t).Pay(t.Context(), r)
		if codeOf(err) != order.CodeInvalid || r.Address != "" && strings.Contains(err.Error(), r.Address) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func followCall(reply string) resttest.Call {
	return resttest.Call{Method: "GET", Target: "/v1/withdrawal/wd-1", Reply: reply, Header: map[string]string{"X-Withdrawal-Key": testPayKey}}
}

// A payout that failed at once, with a transaction all the same, is not given up.
func TestPayThatFailedOnTheChain(t *testing.T) {
	for fields, want := range map[string]order.PayoutAnswer{
		`"status":"FAILED"`:                            order.PayoutRejected,
		`"status":"FAILED","transactionHash":"0xfeed"`: order.PayoutPending,
	} {
		got, err := payer(t, refundCall(201, `{"success":true,"data":{"withdrawalId":"wd-1",`+fields+`}}`)).Pay(t.Context(), refund())
		if err != nil || got.State != want || got.External != "wd-1" {
			t.Errorf("%s: %+v %v", fields, got, err)
		}
	}
}

func TestFollow(t *testing.T) {
	want := order.PayoutReceipt{
		External: "wd-1", State: order.PayoutCompleted, Raw: "COMPLETED", Network: "bsc-usdt", Address: evmWallet,
		Amount: number("9.5"), Fee: number("0.3"), Arrives: number("9.2"), Hash: "0xfeed",
	}
	got, err := payer(t, followCall(body(t, "withdrawal_done.json"))).Follow(t.Context(), "wd-1")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	want.State, want.Raw, want.Hash = order.PayoutPending, "PENDING", ""
	got, err = payer(t, followCall(body(t, "withdrawal.json"))).Follow(t.Context(), "wd-1")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// Only the known ends end a payout; one that waits for approval has not left.
func TestPayoutWords(t *testing.T) {
	for fields, want := range map[string]order.PayoutAnswer{
		`"status":"PENDING"`:                                                      order.PayoutPending,
		`"status":"PROCESSING"`:                                                   order.PayoutPending,
		`"status":"COMPLETED"`:                                                    order.PayoutCompleted,
		`"status":"COMPLETED","requiresApproval":false`:                           order.PayoutCompleted,
		`"status":"COMPLETED","requiresApproval":true`:                            order.PayoutPending,
		`"status":"COMPLETED","requiresApproval":true,"transactionHash":"0xfeed"`: order.PayoutCompleted,
		`"status":"PENDING_APPROVAL","requiresApproval":true`:                     order.PayoutPending,
		`"status":"FAILED","errorMessage":"no gas"`:                               order.PayoutRejected,
		`"status":"CANCELLED"`:                                                    order.PayoutRejected,
		`"status":"REJECTED"`:                                                     order.PayoutPending,
		`"status":"completed"`:                                                    order.PayoutPending,
		`"status":"SETTLED","transactionHash":"0xfeed"`:                           order.PayoutPending,
		`"status":"invented"`:                                                     order.PayoutPending,
	} {
		got, err := payer(t, followCall(`{"success":true,"data":{"withdrawalId":"wd-1",`+fields+`}}`)).Follow(t.Context(), "wd-1")
		if err != nil || got.State != want || got.Network != "" || got.Address != "" || !strings.Contains(fields, `"`+got.Raw+`"`) {
			t.Errorf("%s: %+v %v, want %s", fields, got, err, want)
		}
	}
}

// The same address in other letters is ours; another one, and one of another
// coin, are told as they stand there.
func TestFollowNamesWhereItWent(t *testing.T) {
	for fields, want := range map[string][2]string{
		`"currency":"USDT_BEP20","destinationAddress":"` + strings.ToLower(evmWallet) + `"`: {"bsc-usdt", evmWallet},
		`"currency":"BTC","destinationAddress":"` + strings.ToUpper(btcWallet) + `"`:        {"bitcoin-btc", btcWallet},
		`"currency":"USDC_SOL","destinationAddress":"` + solWallet + `"`:                    {"solana-usdc", solWallet},
		`"currency":"USDC_SOL","destinationAddress":"` + evmWallet + `"`:                    {"solana-usdc", evmWallet},
		`"currency":"DOGE","destinationAddress":"D…"`:                                       {"DOGE", "D…"},
		`"destinationAddress":"` + evmWallet + `"`:                                          {"", evmWallet},
	} {
		got, err := payer(t, followCall(`{"success":true,"data":{"withdrawalId":"wd-1","status":"PENDING",`+fields+`}}`)).Follow(t.Context(), "wd-1")
		if err != nil || got.Network != want[0] || got.Address != want[1] {
			t.Errorf("%s: %+v %v", fields, got, err)
		}
	}
}

func TestFollowErrors(t *testing.T) {
	for status, want := range map[int]order.Code{
		401: order.CodeDenied, 403: order.CodeDenied, 404: order.CodeUnknown, 429: order.CodeLimited, 500: order.CodeUnclear,
	} {
		call := followCall(``)
		call.Status = status
		if got, err := payer(t, call).Follow(t.Context(), "wd-1"); codeOf(err) != want || got != (order.PayoutReceipt{}) {
			t.Errorf("%d: %+v %v, want %s", status, got, err, want)
		}
	}
	for _, reply := range []string{
		`{"success":true,"data":{"withdrawalId":"wd-2","status":"COMPLETED"}}`, `{}`, ``,
		// Something of it is on the chain: whether it arrived, a person sees there.
		`{"success":true,"data":{"withdrawalId":"wd-1","status":"FAILED","transactionHash":"0xfeed"}}`,
		`{"success":true,"data":{"withdrawalId":"wd-1","status":"CANCELLED","transactionHash":"0xfeed"}}`,
	} {
		if _, err := payer(t, followCall(reply)).Follow(t.Context(), "wd-1"); codeOf(err) != order.CodeUnclear {
			t.Errorf("%s: %v", reply, err)
		}
	}
	if _, err := payer(t).Follow(t.Context(), ""); codeOf(err) != order.CodeInvalid {
		t.Errorf("no id: %v", err)
	}
}

// What the vendor quotes back of an address does not reach an error.
func TestNoAddressInPayoutErrors(t *testing.T) {
	for network, wallet := range map[string]string{"bsc-usdt": evmWallet, "solana-usdc": solWallet, "bitcoin-btc": btcWallet, "litecoin-ltc": ltcWallet} {
		r := refund()
		r.Network, r.Address = network, wallet
		for _, status := range []int{400, 500} {
			reply := `{"success":false,"error":"cannot pay ` + wallet + ` today","details":{"to":"` + wallet + `"}}`
			_, err := payer(t, resttest.Call{Status: status, Reply: reply, Check: func(*http.Request, []byte) error { return nil }}).Pay(t.Context(), r)
			if err == nil || strings.Contains(err.Error(), wallet[2:12]) || rest.As(err) == nil {
				t.Errorf("%s: %v", network, err)
			}
		}
	}
}

// The addresses of these tests are good ones.
func TestTestWallets(t *testing.T) {
	for kind, wallet := range map[order.AddressKind]string{
		order.AddressEVM: evmWallet, order.AddressSolana: solWallet, order.AddressBitcoin: btcWallet, order.AddressLitecoin: ltcWallet,
	} {
		if got, err := address.Check(kind, wallet); err != nil || got != wallet {
			t.Errorf("%s: %q %v", wallet, got, err)
		}
	}
}

// The coin that arrived is told with how much of it did, whatever the status;
// a coin that we cannot pay back in is not (DESIGN §3).
func TestReadTellsTheCoin(t *testing.T) {
	for fields, want := range map[string]struct{ coin, coins string }{
		`"status":"COMPLETED","currency":"BTC","currentBalance":"0.0012","requiredAmount":"0.0012"`: {"BTC", "0.0012"},
		`"status":"UNDERPAID","currency":"ETH","currentBalance":0.0006,"requiredAmount":0.0012`:     {"ETH", "0.0006"},
		`"status":"EXPIRED","currency":"USDC_SOL","currentBalance":"3.5","requiredAmount":"12.5"`:   {"USDC_SOL", "3.5"},
		`"status":"COMPLETED","currency":"LTC","currentBalance":"0.3","requiredAmount":"0.2"`:       {"LTC", "0.3"}, // more than asked
		`"status":"PENDING","currency":"SOL","currentBalance":"0","requiredAmount":"0.1"`:           {"SOL", "0"},
		`"status":"PENDING","currentBalance":"0"`:                                                   {"", "0"},
		`"status":"COMPLETED","currency":"DOGE","currentBalance":"5","requiredAmount":"5"`:          {"", "0"},
		`"status":"COMPLETED","currency":"btc","currentBalance":"5","requiredAmount":"5"`:           {"", "0"},
	} {
		fact, err := read(t, `{"paymentId":"`+paymentID+`",`+fields+`}`, 12_500_000)
		if err != nil || fact.Coin != want.coin || !fact.Coins.Equal(number(want.coins)) {
			t.Errorf("%s: %q %s %v", fields, fact.Coin, fact.Coins, err)
		}
	}
}
