package univoucher

import (
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

const (
	baseUSDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
	authText = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	hookURL  = "https://shop.example/webhooks/univoucher/x"
)

func body(t testing.TB, name string) string { t.Helper(); return resttest.File(t, name) }

func chained(t *testing.T, chain rest.Chain, calls ...resttest.Call) *Client {
	t.Helper()
	chain.Transport = resttest.New(t, calls...)
	c, err := New(Options{BaseURL: "https://api.univoucher.com/v1", Keys: []PrivateKey{key(t, walletKey), {}}, Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func scripted(t *testing.T, calls ...resttest.Call) *Client {
	t.Helper()
	return chained(t, rest.Chain{Bare: true}, calls...)
}

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func bigs() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b *big.Int) bool { return a == nil && b == nil || equal(a, b) }),
		cmp.Comparer(func(a, b Secret) bool { return a == b }),
	}
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, bigs()); diff != "" {
		t.Error(diff)
	}
}

func request(t *testing.T) CreateRequest {
	return CreateRequest{
		Chain: 8453, Token: baseUSDC, Amount: big.NewInt(1_000_000), Quantity: 1, Key: key(t, walletKey), OrderID: "order_12345",
		CallbackURL: hookURL, AuthToken: NewSecret(authText), Message: "Happy <birthday>",
	}
}

const createBody = `{"network":8453,"tokenAddress":"` + baseUSDC + `","amount":"1000000","quantity":1,"privateKey":"` + walletKey +
	`","orderId":"order_12345","callbackUrl":"` + hookURL + `","authToken":"` + authText + `","message":"Happy \u003cbirthday\u003e"}`

func createCall(status int, reply string) resttest.Call {
	return resttest.Call{Method: "POST", Target: "/v1/cards/create", Body: createBody, Status: status, Reply: reply, Header: map[string]string{"Content-Type": "application/json", "Authorization": ""}}
}

func TestHealthAndSelfDescription(t *testing.T) {
	c := scripted(t,
		resttest.Call{Target: "/v1/health", Header: map[string]string{"Authorization": ""}, Reply: `{"status":"ok","message":"m"}`},
		resttest.Call{Target: "/v1/health", Status: 503, Reply: `{"status":"error","message":"db"}`},
		resttest.Call{Target: "/v1/", Reply: `{"name":"UniVoucher"}`},
		resttest.Call{Target: "/v1/callbacks", Reply: `["x"]`})
	h, err := c.Health(t.Context())
	same(t, Health{Status: "ok", Message: "m"}, h)
	if err != nil {
		t.Error(err)
	}
	if _, err = c.Health(t.Context()); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("503: %v", err)
	}
	about, err := c.About(t.Context())
	if err != nil || string(about) != `{"name":"UniVoucher"}` {
		t.Errorf("%s %v", about, err)
	}
	hooks, err := c.Callbacks(t.Context())
	if err != nil || string(hooks) != `["x"]` {
		t.Errorf("%s %v", hooks, err)
	}
}

func cardWanted() Card {
	return Card{
		ID: "102123456", Slot: "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A", Chain: 8453, ChainName: "Base", Active: true, Status: StatusActive,
		Token: strings.ToLower(baseUSDC), Amount: big.NewInt(10_000_000), Creator: "0xAbCdefabcdefabcdefabcdefabcdefabcdefabcd", Message: "hi",
		Locked: `{"salt":"00"}`, FeePaid: big.NewInt(100_000), CreatedAt: time.Date(2026, 3, 15, 12, 6, 0, 0, time.UTC), CreationHash: "0xaaa",
	}
}

func TestOneCard(t *testing.T) {
	reply := body(t, "card.json")
	asText := strings.Replace(reply, `102123456`, `"102123456"`, 1)
	object := strings.Replace(reply, `"{\"salt\":\"00\"}"`, `{"salt":"00"}`, 1)
	c := scripted(t,
		resttest.Call{Method: "GET", Target: "/v1/cards/single?id=102123456", Reply: reply},
		resttest.Call{Target: "/v1/cards/single?id=102123456", Reply: asText},
		resttest.Call{Target: "/v1/cards/single?id=102123456", Reply: object},
		resttest.Call{Target: "/v1/cards/single?slotId=" + vectorSlot, Reply: reply})
	for range 3 {
		got, err := c.Card(t.Context(), "102123456")
		if err != nil {
			t.Error(err)
		}
		same(t, cardWanted(), got)
	}
	got, err := c.CardBySlot(t.Context(), vectorSlot)
	if err != nil {
		t.Error(err)
	}
	same(t, cardWanted(), got)
}

func TestAnotherOrNoCard(t *testing.T) {
	reply := body(t, "card.json")
	for name, odd := range map[string]string{
		"another id": strings.Replace(reply, "102123456", "102123457", 1), "exponent": strings.Replace(reply, "102123456", "1e9", 1),
		"fraction": strings.Replace(reply, "102123456", "1.5", 1), "no id": strings.Replace(reply, "cardId", "x", 1), "no status": strings.Replace(reply, `"status"`, `"x"`, 1),
		"no slot": strings.Replace(reply, "slotId", "x", 1), "amount in exponents": strings.Replace(reply, `"10000000"`, `"1e7"`, 1),
		"negative": strings.Replace(reply, `"10000000"`, `"-1"`, 1), "huge": strings.Replace(reply, `10000000`, strings.Repeat("9", 200), 1),
		"empty": `{}`, "null": `null`, "cut": reply[:40], "an error under 200": `{"error":"Card not found"}`,
	} {
		c := scripted(t, resttest.Call{Reply: odd})
		if _, err := c.Card(t.Context(), "102123456"); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "x", "1/2", "-1", strings.Repeat("1", 79)} {
		if _, err := scripted(t).Card(t.Context(), id); rest.KindOf(err) != rest.KindRefused {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if _, err := scripted(t).CardBySlot(t.Context(), "0x12"); rest.KindOf(err) != rest.KindRefused {
		t.Errorf("slot: %v", err)
	}
	c := scripted(t, resttest.Call{Reply: reply})
	if _, err := c.CardBySlot(t.Context(), "0x"+strings.Repeat("1", 40)); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("another slot: %v", err)
	}
}

func TestCardListWithEveryFilter(t *testing.T) {
	page := `{"total":1,"active":1,"redeemed":0,"cancelled":0,"page":2,"limit":20,"totalPages":2,"cards":[` + body(t, "card.json") + `]}`
	c := scripted(t,
		resttest.Call{Target: "/v1/cards/all?belongTo=0xb&chain=8453&creator=0xc&limit=20&page=2&partner=0xp&redeemedBy=0xr&sortDirection=asc&status=active&tokenAddress=0xt", Reply: page},
		resttest.Call{Target: "/v1/cards/all?limit=100&page=1&sortDirection=desc", Reply: `{"total":0,"cards":[]}`},
		resttest.Call{Target: "/v1/cards/all?limit=100&page=1&sortDirection=desc", Reply: `{"total":0,"cards":[]}`},
		resttest.Call{Target: "/v1/cards/all?creator=0xc&limit=0&page=1&sortDirection=desc", Reply: `{"total":7,"active":4,"redeemed":2,"cancelled":1}`})
	got, err := c.Cards(t.Context(), CardFilter{
		BelongsTo: "0xb", Creator: "0xc", RedeemedBy: "0xr", Partner: "0xp", Token: "0xt", Chain: 8453, Status: StatusActive, Oldest: true, Page: 2, Limit: 20,
	})
	if err != nil {
		t.Error(err)
	}
	same(t, CardPage{Total: 1, Active: 1, Page: 2, Limit: 20, TotalPages: 2, Cards: []Card{cardWanted()}}, got)
	for _, f := range []CardFilter{{}, {Limit: 5000}} {
		if empty, emptyErr := c.Cards(t.Context(), f); emptyErr != nil || len(empty.Cards) != 0 {
			t.Errorf("%v %v", empty, emptyErr)
		}
	}
	counts, err := c.Cards(t.Context(), CardFilter{Creator: "0xc", Counts: true})
	if err != nil {
		t.Error(err)
	}
	same(t, CardPage{Total: 7, Active: 4, Redeemed: 2, Cancelled: 1}, counts)
}

// A list that is not one must not read as "no cards": that would be the proof
// that nothing was bought.
func TestAnUnexpectedListIsNotEmpty(t *testing.T) {
	for _, reply := range []string{
		`{}`, `[]`, `null`, `{"cards":[]}`, `{"total":0}`, `{"total":-1,"cards":[]}`, `{"total":3,"cards":[]}`, `{"total":1,"cards":[{}]}`, `{"error":"x"}`, `{"total":0,"cards":null}`, ``,
	} {
		if got, err := scripted(t, resttest.Call{Reply: reply}).Cards(t.Context(), CardFilter{}); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v %v", reply, got, err)
		}
	}
}

func TestFees(t *testing.T) {
	c := scripted(t,
		resttest.Call{Target: "/v1/fees/current", Reply: `{"1":0.01,"8453":0.02,"x":1}`},
		resttest.Call{Target: "/v1/fees/current?chainId=8453", Reply: `{"feePercentage":0.01}`},
		resttest.Call{Target: "/v1/fees/current?chainId=7", Reply: `{}`},
		resttest.Call{Target: "/v1/fees/history/8453", Reply: `{"chainId":8453,"chainName":"Base","currentFeePercentage":0.01,"currentFeeBasisPoints":100,"history":[
			{"oldFeePercentage":0,"newFeePercentage":0.01,"oldFeeBasisPoints":0,"newFeeBasisPoints":100,"timestamp":1736937000,"transactionHash":"0x1"},
			{"oldFeeBasisPoints":100,"newFeeBasisPoints":100,"timestamp":"2025-01-15T10:30:00Z","transactionHash":"0x2"}]}`})
	all, err := c.Fees(t.Context())
	if err != nil || len(all) != 2 || !all[1].Equal(dec("0.01")) || !all[8453].Equal(dec("0.02")) {
		t.Errorf("%v %v", all, err)
	}
	one, err := c.Fee(t.Context(), 8453)
	if err != nil || !one.Equal(dec("0.01")) {
		t.Errorf("%v %v", one, err)
	}
	if _, err = c.Fee(t.Context(), 7); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("no fee: %v", err)
	}
	at := time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC)
	history, err := c.FeeHistory(t.Context(), 8453)
	if err != nil {
		t.Error(err)
	}
	same(t, FeeHistory{Chain: 8453, ChainName: "Base", Points: 100, Changes: []FeeChange{{0, 100, at, "0x1"}, {100, 100, at, "0x2"}}}, history)
	for _, reply := range []string{`{}`, `{"currentFeePercentage":0.01}`, `{"currentFeeBasisPoints":-1}`, `{"currentFeeBasisPoints":10001}`, `{"currentFeeBasisPoints":1.5}`} {
		if _, err := scripted(t, resttest.Call{Reply: reply}).FeeHistory(t.Context(), 1); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

func TestChains(t *testing.T) {
	base := `{"id":8453,"name":"Base","chainPrefix":"02","contractAddress":"0x51553818203e38ce0E78e4dA05C07ac779ec5b58","deploymentBlock":1,"explorerUrl":"https://basescan.org",
		"feePercentage":0.01,"nativeCurrencyName":"Ether","nativeCurrencySymbol":"ETH","nativeCurrencyDecimals":18,"rpcUrl":"https://evil.example","rpcUrl2":null}`
	want := Chain{ID: 8453, Name: "Base", Prefix: "02", Coin: "ETH", Decimals: 18, Contract: "0x51553818203e38ce0E78e4dA05C07ac779ec5b58", Explorer: "https://basescan.org", Fee: dec("0.01")}
	c := scripted(t,
		resttest.Call{Target: "/v1/chains", Reply: `{"chains":[` + base + `]}`},
		resttest.Call{Target: "/v1/chains?chain=8453", Reply: base},
		resttest.Call{Target: "/v1/chains?chain=5", Status: 404, Reply: `{"error":"Chain not found or inactive"}`},
		resttest.Call{Target: "/v1/chains", Reply: `{}`}, resttest.Call{Target: "/v1/chains?chain=1", Reply: `{}`})
	all, err := c.Chains(t.Context())
	if err != nil {
		t.Error(err)
	}
	same(t, []Chain{want}, all)
	one, err := c.Chain(t.Context(), 8453)
	if err != nil {
		t.Error(err)
	}
	same(t, want, one)
	if _, err := c.Chain(t.Context(), 5); rest.As(err) == nil || rest.As(err).Code != CodeNoChain {
		t.Errorf("%v", err)
	}
	if _, err := c.Chains(t.Context()); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("no chains: %v", err)
	}
	if _, err := c.Chain(t.Context(), 1); rest.KindOf(err) != rest.KindUnclear {
		t.Errorf("no chain: %v", err)
	}
}

func TestReadsAreTwoPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := resttest.Call{Reply: `{"status":"ok"}`}
		c := chained(t, rest.Chain{}, call, call, call, call, call)
		start := time.Now()
		for range 5 {
			if _, err := c.Health(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took < 2*time.Second {
			t.Errorf("five reads within %s", took)
		}
	})
}

func TestUnusableBaseURL(t *testing.T) {
	for _, base := range []string{"", "http://api.univoucher.com/v1", "https://u:p@api.univoucher.com", "api"} {
		if _, err := New(Options{BaseURL: base}); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
}

func TestUnknownJSONIsAccepted(t *testing.T) {
	var w wireMoney
	if err := json.Unmarshal([]byte(`{"network":"8453","quantity":"2","totalAmount":5,"feePerCard":"1%","amountPerCard":null}`), &w); err != nil {
		t.Fatal(err)
	}
	got := w.created()
	if got.Chain != 8453 || got.Quantity != 2 || !equal(got.All, big.NewInt(5)) || got.Fee != nil || got.Amount != nil {
		t.Errorf("%+v", got)
	}
}

func TestClassifyBySheet(t *testing.T) {
	tests := []struct {
		status int
		reply  string
		kind   rest.Kind
		code   string
	}{
		{400, `{"error":"Missing required parameters","required":["network"]}`, rest.KindRefused, CodeMissing},
		{400, `{"error":"Invalid private key format"}`, rest.KindRefused, CodePrivateKey},
		{400, `{"error":"Invalid network","supportedNetworks":[1]}`, rest.KindRefused, CodeNetwork},
		{400, `{"error":"Invalid token address"}`, rest.KindRefused, CodeToken},
		{400, `{"error":"Invalid amount format"}`, rest.KindRefused, CodeAmount},
		{400, `{"error":"Quantity must be between 1 and 100"}`, rest.KindRefused, CodeQuantity},
		{400, `{"error":"Invalid callback URL"}`, rest.KindRefused, CodeCallback},
		{400, `{"error":"Insufficient balance","required":"5","available":"1","breakdown":{"gasCost":"1"},"tokenAddress":"0x0"}`, rest.KindRefused, CodeBalance},
		{400, `{"error":"Insufficient token balance","required":"5","available":"1"}`, rest.KindRefused, CodeTokenBalance},
		{400, `{"error":"Insufficient native balance for gas fees"}`, rest.KindRefused, CodeGas},
		{400, `{"error":"Insufficient allowance"}`, rest.KindRefused, CodeInsufficient},
		{400, `{"error":"Either id or slotId parameter is required"}`, rest.KindRefused, CodeNoID},
		{404, `{"error":"Card not found"}`, rest.KindRefused, CodeNoCard},
		{404, `{"error":"Chain not found"}`, rest.KindRefused, CodeNoChain},
		{404, `{"error":"Chain not found or inactive"}`, rest.KindRefused, CodeNoChain},
		{400, `{"error":"insufficient balance"}`, rest.KindRefused, ""}, {400, `<html>`, rest.KindRefused, ""},
		{400, `{"success":true}`, rest.KindUnclear, ""}, {202, `{"success":false}`, rest.KindUnclear, ""}, {200, `{"error":{"a":1}}`, rest.KindUnclear, ""},
		{408, ``, rest.KindUnclear, ""}, {425, ``, rest.KindUnclear, ""}, {409, ``, rest.KindUnclear, ""}, {429, ``, rest.KindLimited, ""},
		{500, `{"error":"Internal server error","message":"x"}`, rest.KindUnclear, ""}, {503, ``, rest.KindUnclear, ""}, {302, ``, rest.KindUnclear, ""},
		{200, `{"error":null}`, "", ""},
	}
	for _, tt := range tests {
		got := classify(rest.Response{Status: tt.status, Header: http.Header{}, Body: []byte(tt.reply)})
		if got.Kind == "" {
			got.Kind = rest.ByStatus(tt.status)
		}
		if got.Kind != tt.kind || got.Code != tt.code {
			t.Errorf("%d %s: %s %s", tt.status, tt.reply, got.Kind, got.Code)
		}
	}
}
