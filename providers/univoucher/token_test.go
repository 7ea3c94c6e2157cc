package univoucher

import (
	"math/big"
	"testing"
)

func TestUnitsAreExact(t *testing.T) {
	for _, tt := range []struct {
		micros   int64
		decimals int
		want     string // "" for refused
	}{
		{10_000_000, 6, "10000000"}, {10_000_000, 18, "10000000000000000000"}, {1, 18, "1000000000000"}, {5_000_000, 0, "5"}, {120_000, 2, "12"},
		{125_000, 2, ""}, {1, 5, ""}, {500_000, 0, ""}, {0, 6, ""}, {-1, 6, ""}, {1, -1, ""}, {1, 31, ""}, {9_007_199_254_740_991, 30, "9007199254740991000000000000000000000000"},
	} {
		got, err := unitsOf(tt.micros, tt.decimals)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || got.String() != tt.want) {
			t.Errorf("%d with %d decimals: %v %v", tt.micros, tt.decimals, got, err)
		}
	}
}

func TestWithFee(t *testing.T) {
	for _, tt := range []struct {
		amount, points int64
		quantity       int
		want           int64
	}{{1_000_000, 100, 1, 1_010_000}, {1_000_000, 100, 3, 3_030_000}, {1_000_000, 0, 2, 2_000_000}, {101, 100, 1, 103}, {1, 1, 10, 20}} {
		amount := big.NewInt(tt.amount)
		if got := withFee(amount, tt.points, tt.quantity); got.Int64() != tt.want || amount.Int64() != tt.amount {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestNetworks(t *testing.T) {
	levels := map[string]int{}
	for _, n := range Networks() {
		levels[n.FeeLevel]++
		if got, ok := NetworkOf(n.ID); !ok || got != n || n.Name == "" || n.Coin == "" || n.Usual <= 0 {
			t.Errorf("%+v", n)
		}
	}
	if len(Networks()) != 7 || levels[FeeHigh] != 1 || levels[FeeLow]+levels[FeeMedium] != 6 {
		t.Errorf("%v", levels)
	}
	if _, ok := NetworkOf(5); ok {
		t.Error("an unknown chain")
	}
}

func TestSameAddress(t *testing.T) {
	if !sameAddress(baseUSDC, "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913") || sameAddress("", "") || sameAddress("x", "X") || sameAddress(baseUSDC, owner) {
		t.Error("addresses")
	}
	if equal(nil, nil) || equal(big.NewInt(1), nil) || !equal(big.NewInt(1), big.NewInt(1)) {
		t.Error("amounts")
	}
}
