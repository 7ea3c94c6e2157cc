package univoucher

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"giftbot/order"
)

func ten(quantity int) order.Wanted {
	return order.Wanted{Item: itemUSDC, Quantity: quantity, Face: 10_000_000}
}

func word(units int64) string { return "0x" + fmt.Sprintf("%064x", units) }

func TestCost(t *testing.T) {
	tests := map[string]struct {
		world  func(*world)
		wanted order.Wanted
		want   order.Code
		cost   order.Money
	}{
		"face, fee and gas":        {nil, ten(1), "", 10_200_000},
		"per card":                 {nil, ten(10), "", 10_200_000},
		"rounded up":               {nil, order.Wanted{Item: itemUSDC, Quantity: 1, Face: 10_000_001}, "", 10_200_002},
		"no fee":                   {func(w *world) { w.points = 0 }, ten(1), "", 10_100_000},
		"the cap":                  {func(w *world) { w.points = 200 }, ten(1), "", 10_300_000},
		"above the cap":            {func(w *world) { w.points = 201 }, ten(1), order.CodeUnknown, 0},
		"unknown item":             {nil, order.Wanted{Item: "x", Quantity: 1, Face: 1}, order.CodeUnknown, 0},
		"no wallet":                {nil, order.Wanted{Item: "42161-USDC", Quantity: 1, Face: 10_000_000}, order.CodeUnknown, 0},
		"no node":                  {nil, order.Wanted{Item: "137-USDC", Quantity: 1, Face: 10_000_000}, order.CodeUnknown, 0},
		"no face":                  {nil, order.Wanted{Item: itemUSDC, Quantity: 1}, order.CodeUnknown, 0},
		"no quantity":              {nil, order.Wanted{Item: itemUSDC, Face: 1}, order.CodeUnknown, 0},
		"more than one creation":   {nil, ten(101), order.CodeUnknown, 0},
		"exactly covered":          {func(w *world) { w.token = word(20_200_000) }, ten(2), "", 10_200_000},
		"one unit short":           {func(w *world) { w.token = word(20_199_999) }, ten(2), order.CodeFunds, 0},
		"no native coin":           {func(w *world) { w.native = "0x0" }, ten(1), order.CodeFunds, 0},
		"gas for one":              {func(w *world) { w.native = fmt.Sprintf("0x%x", 500_000*1_000_000_000) }, ten(1), "", 10_200_000},
		"not for two":              {func(w *world) { w.native = fmt.Sprintf("0x%x", 500_000*1_000_000_000) }, ten(2), order.CodeFunds, 0},
		"free gas, no coin at all": {func(w *world) { w.native, w.gas = "0x0", "0x0" }, ten(1), order.CodeFunds, 0},
		"gas too dear":             {func(w *world) { w.gas = fmt.Sprintf("0x%x", 2_000_000_001) }, ten(1), order.CodeBusy, 0},
		"node down":                {func(w *world) { w.fault["eth_getBalance"] = 500 }, ten(1), order.CodeUnclear, 0},
		"node says no":             {func(w *world) { w.fault["eth_call"] = 401 }, ten(1), order.CodeUnclear, 0},
		"node without gas price":   {func(w *world) { w.gas = "" }, ten(1), order.CodeUnclear, 0},
		"fee down":                 {func(w *world) { w.fault["/fees/history/8453"] = 500 }, ten(1), order.CodeUnclear, 0},
		"fee of no chain":          {func(w *world) { w.fault["/fees/history/8453"] = 404 }, ten(1), order.CodeUnclear, 0},
		"eighteen decimals":        {func(w *world) { w.token = word(1) }, order.Wanted{Item: "56-USDC", Quantity: 1, Face: 10_000_000}, order.CodeFunds, 0},
		"beyond money":             {func(w *world) { w.token = "0x" + strings.Repeat("f", 64) }, order.Wanted{Item: itemUSDC, Quantity: 1, Face: order.MaxMoney}, order.CodeUnknown, 0},
	}
	for name, tt := range tests {
		w := newWorld(t)
		if tt.world != nil {
			tt.world(w)
		}
		a := w.adapter(func(s *Settings) { s.MaxGas = map[int64]*big.Int{8453: big.NewInt(2_000_000_000)} })
		got, err := a.Cost(t.Context(), tt.wanted)
		codeIs(t, name, err, tt.want)
		if got != tt.cost {
			t.Errorf("%s: %s, want %s", name, got, tt.cost)
		}
	}
}

// Balances decide for a minute, fees for an hour, and a purchase forgets the
// balances of its wallet.
func TestHowLongReadsHold(t *testing.T) {
	w := newWorld(t)
	a := w.adapter()
	cost := func(balances, fees int) {
		t.Helper()
		must[order.Money](t)(a.Cost(t.Context(), ten(1)))
		if w.count("eth_getBalance") != balances || w.count("/fees/history/8453") != fees {
			t.Errorf("balances read %d times, fees %d times", w.count("eth_getBalance"), w.count("/fees/history/8453"))
		}
	}
	cost(1, 1)
	w.now = w.now.Add(59 * time.Second)
	cost(1, 1)
	w.now = w.now.Add(time.Second)
	cost(2, 1)
	w.create = w.accepted(1)
	must[order.Receipt](t)(a.Buy(t.Context(), w.purchase(1)))
	cost(3, 1)
	w.now = w.now.Add(time.Hour)
	cost(4, 2)
}

func TestListings(t *testing.T) {
	w := newWorld(t)
	got := must[[]Listing](t)(w.adapter().Listings(t.Context()))
	var items []string
	for _, l := range got {
		items = append(items, l.Item)
	}
	// 1 is not served, 137 has no node, 42161 no wallet.
	same(t, []string{"8453-USDC", "8453-USDT", "56-USDC", "56-USDT"}, items)
	first := got[0]
	first.Rate = dec("0")
	same(t, Listing{
		Item: itemUSDC, Name: "USDC", Chain: 8453, ChainName: "Base", FeeLevel: "low", Rate: dec("0"), Extra: 100_000, Min: 5_000_000, Max: 500_000_000,
		Step: 10_000, Presets: []order.Money{10_000_000, 25_000_000, 50_000_000}, Currency: "USDC", Stock: 10, Purse: "univoucher:8453-USDC", Usual: 15 * time.Second,
	}, first)
	if !got[0].Rate.Equal(dec("1.01")) || got[2].Extra != 150_000 || got[3].Currency != "USDT" {
		t.Errorf("%+v", got)
	}
}

func TestListingsInTrouble(t *testing.T) {
	stock := func(list []Listing) (out []int) {
		for _, l := range list {
			out = append(out, l.Stock)
		}
		return out
	}
	for name, tt := range map[string]struct {
		world func(*world)
		stock []int
		want  order.Code
	}{
		"no native coin":         {func(w *world) { w.native = "0x1" }, []int{0, 0, 0, 0}, ""},
		"gas too dear on one":    {func(w *world) { w.gas = "0x77359401" }, []int{0, 0, 10, 10}, ""},
		"nodes down":             {func(w *world) { w.fault["eth_gasPrice"] = 500 }, []int{0, 0, 0, 0}, ""},
		"no tokens, still there": {func(w *world) { w.token = word(0) }, []int{10, 10, 10, 10}, ""},
		"one fee not readable":   {func(w *world) { w.fault["/fees/history/56"] = 500 }, []int{10, 10}, ""},
		"no fee readable":        {func(w *world) { w.fault["/fees/history/56"], w.fault["/fees/history/8453"] = 500, 404 }, nil, order.CodeUnclear},
		"fees above the cap":     {func(w *world) { w.points = 300 }, nil, order.CodeUnknown},
		"no chains":              {func(w *world) { w.chains = `{"chains":[]}` }, nil, ""},
		"chains not readable":    {func(w *world) { w.chains = `{}` }, nil, order.CodeUnclear},
		"vendor down":            {func(w *world) { w.fault["/chains"] = 503 }, nil, order.CodeUnclear},
	} {
		w := newWorld(t)
		tt.world(w)
		got, err := w.adapter(func(s *Settings) { s.MaxGas = map[int64]*big.Int{8453: big.NewInt(2_000_000_000)} }).Listings(t.Context())
		codeIs(t, name, err, tt.want)
		same(t, tt.stock, stock(got))
	}
}

func TestWalletsAndBalances(t *testing.T) {
	w := newWorld(t)
	a := w.adapter()
	wallets := must[[]Wallet](t)(a.Wallets(t.Context()))
	if len(wallets) != 3 { // Ethereum, Base, BNB: a wallet and a node each
		t.Fatalf("%+v", wallets)
	}
	base := wallets[1]
	if base.Chain != 8453 || base.ChainName != "Base" || base.Coin != "ETH" || !strings.EqualFold(base.Address, owner) || !base.Native.Equal(dec("1")) || !base.GasPrice.Equal(dec("1")) {
		t.Errorf("%+v", base)
	}
	same(t, []WalletToken{{itemUSDC, "USDC", 1_000_000_000}, {"8453-USDT", "USDT", 1_000_000_000}}, base.Tokens)

	balances := must[map[string]order.Money](t)(a.Balances(t.Context()))
	same(t, map[string]order.Money{
		"univoucher:1-USDC": 1_000_000_000, "univoucher:1-USDT": 1_000_000_000, "univoucher:8453-USDC": 1_000_000_000, "univoucher:8453-USDT": 1_000_000_000,
		"univoucher:56-USDC": 0, "univoucher:56-USDT": 0, // a thousand million of 10^18: rounded down
	}, balances)
}

func TestBalancesInTrouble(t *testing.T) {
	w := newWorld(t)
	w.fault["eth_call"] = 500
	got, err := w.adapter().Balances(t.Context())
	codeIs(t, "no node answers", err, order.CodeUnclear)
	if len(got) != 0 {
		t.Errorf("%v", got)
	}
	w = newWorld(t)
	w.token = "0x" + strings.Repeat("f", 64) // a token that counts in other dimensions
	got, err = w.adapter().Balances(t.Context())
	codeIs(t, "beyond money", err, order.CodeInvalid)
	if len(got) != 0 {
		t.Errorf("%v", got)
	}
}
