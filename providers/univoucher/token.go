package univoucher

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

const (
	zeroAddress = "0x0000000000000000000000000000000000000000" // the native coin (univoucher sheet §4)
	microDigits = 6                                            // our amounts are micro-units
	maxDecimals = 30
)

var (
	plainAddress = regexp.MustCompile(`^0x[0-9a-fA-F]{40}$`)
	plainSymbol  = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)
)

// How dear the gas of a chain usually is.
const (
	FeeLow    = "low"
	FeeMedium = "medium"
	FeeHigh   = "high"
)

// Network is what we know about a chain ourselves.
type Network struct {
	ID       int64
	Name     string        // for buyers: "Base"
	Coin     string        // native coin, which pays the gas: "ETH", 18 decimals on all of them
	FeeLevel string        // low, medium, high
	Usual    time.Duration // how long a creation usually takes
}

// Networks returns the seven chains of the vendor (univoucher sheet §1).
func Networks() []Network {
	return []Network{
		{1, "Ethereum", "ETH", FeeHigh, 3 * time.Minute},
		{8453, "Base", "ETH", FeeLow, 15 * time.Second},
		{56, "BNB Chain", "BNB", FeeMedium, 20 * time.Second},
		{137, "Polygon", "POL", FeeLow, 30 * time.Second},
		{42161, "Arbitrum", "ETH", FeeLow, 15 * time.Second},
		{10, "Optimism", "ETH", FeeLow, 15 * time.Second},
		{43114, "Avalanche", "AVAX", FeeMedium, 15 * time.Second},
	}
}

// NetworkOf finds a chain by its id.
func NetworkOf(id int64) (Network, bool) {
	for _, n := range Networks() {
		if n.ID == id {
			return n, true
		}
	}
	return Network{}, false
}

// sameAddress compares two addresses, whatever the case of their checksum.
func sameAddress(a, b string) bool {
	return plainAddress.MatchString(a) && strings.EqualFold(a, b)
}

// unitsOf converts micro-units to the smallest unit of a token, exactly. An
// amount that the token cannot hold is an error.
func unitsOf(micros int64, decimals int) (*big.Int, error) {
	if micros <= 0 || decimals < 0 || decimals > maxDecimals {
		return nil, fmt.Errorf("univoucher: %d micro-units with %d decimals are no amount of a card", micros, decimals)
	}
	units := big.NewInt(micros)
	if decimals >= microDigits {
		return units.Mul(units, tenTo(decimals-microDigits)), nil
	}
	units, rest := units.QuoRem(units, tenTo(microDigits-decimals), new(big.Int))
	if rest.Sign() != 0 {
		return nil, fmt.Errorf("univoucher: %d micro-units need more than %d decimals", micros, decimals)
	}
	return units, nil
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// basis is a whole in basis points.
const basis = 10_000

// withFee returns what cards of one amount cost, without gas.
func withFee(amount *big.Int, points int64, quantity int) *big.Int {
	fee := new(big.Int).Mul(amount, big.NewInt(points))
	fee.Quo(fee.Add(fee, big.NewInt(basis-1)), big.NewInt(basis))
	return fee.Mul(fee.Add(fee, amount), big.NewInt(int64(quantity)))
}

// equal compares two amounts; an absent one equals nothing.
func equal(a, b *big.Int) bool { return a != nil && b != nil && a.Cmp(b) == 0 }
