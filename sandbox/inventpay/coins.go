package inventpay

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Coin is one coin people can pay in, inventpay sheet §3.
type Coin struct {
	Code          string `json:"code"` // such as USDT_BEP20
	Name          string `json:"name"`
	Network       string `json:"network"`
	Decimals      int32  `json:"decimals"`
	Confirmations int    `json:"confirmations"` // blocks until a transfer counts
	Stable        bool   `json:"stable"`
	price, fee    string // USD for one coin; network fee of a withdrawal, in the coin
}

// coins are the eight of inventpay sheet §3, the dearest last. Confirmations
// are within the 3 to 15 of inventpay sheet §4; prices and fees are ours.
func coins() []Coin {
	return []Coin{
		{"USDT_BEP20", "Tether USD", "BNB Smart Chain", 6, 15, true, "1", "0.5"},
		{"USDT_ERC20", "Tether USD", "Ethereum", 6, 12, true, "1", "3"},
		{"USDC_BEP20", "USD Coin", "BNB Smart Chain", 6, 15, true, "1", "0.5"},
		{"USDC_SOL", "USD Coin", "Solana", 6, 15, true, "1", "0.5"},
		{"BTC", "Bitcoin", "Bitcoin", 8, 3, false, "64250.5", "0.0001"},
		{"ETH", "Ether", "Ethereum", 8, 12, false, "3120.4", "0.001"},
		{"LTC", "Litecoin", "Litecoin", 8, 6, false, "84.2", "0.001"},
		{"SOL", "Solana", "Solana", 8, 15, false, "148.75", "0.001"},
	}
}

func coinCodes() []string {
	codes := make([]string, 0, len(coins()))
	for _, c := range coins() {
		codes = append(codes, c.Code)
	}
	return codes
}

func findCoin(code string) (Coin, bool) {
	i := slices.IndexFunc(coins(), func(c Coin) bool { return c.Code == code })
	if i < 0 {
		return Coin{}, false
	}
	return coins()[i], true
}

// Rate is what one payment costs in one coin, locked when it was made.
type Rate struct {
	Coin
	Amount decimal.Decimal `json:"amount"` // coin units
	Price  decimal.Decimal `json:"price"`  // USD for one coin
}

// baseCurrencies are the currencies of a price with their decimals: the docs
// have USD and USDT, the SDK the others (inventpay sheet §3).
func baseCurrencies() map[string]int32 {
	return map[string]int32{"USD": 2, "USDT": 6, "BTC": 8, "LTC": 8, "ETH": 8, "SOL": 8}
}

func baseNames() []string { return slices.Sorted(maps.Keys(baseCurrencies())) }

// rates locks the price in every offered coin, rounded up to the coin's last
// digit so that nobody pays less than the price.
func (s settings) rates(base decimal.Decimal, currency string) []Rate {
	usd := base
	if c, ok := findCoin(currency); ok {
		usd = base.Mul(s.price(c))
	}
	var out []Rate
	for _, c := range coins() {
		if s.Coins != nil && !slices.Contains(s.Coins, c.Code) {
			continue
		}
		price := s.price(c)
		out = append(out, Rate{Coin: c, Price: price, Amount: usd.DivRound(price, c.Decimals+8).RoundCeil(c.Decimals)})
	}
	return out
}

// price is in USD for one coin; those of the settings were validated.
func (s settings) price(c Coin) decimal.Decimal {
	if d, ok := s.Prices[c.Code]; ok {
		return d
	}
	return decimal.RequireFromString(c.price)
}

// address makes a deposit address that looks right and is nobody's: it is drawn
// from a hash, and its checksum is wrong, so a wallet refuses it.
func (c Coin) address(seed string) string {
	sum := sha256.Sum256([]byte(c.Code + "|" + seed))
	digits := hex.EncodeToString(sum[:])
	switch c.Network {
	case "Bitcoin":
		return "bc1q" + digits[:38]
	case "Litecoin":
		return "ltc1q" + digits[:38]
	case "Solana":
		return "So" + strings.NewReplacer("0", "k", "l", "m").Replace(digits[:42])
	}
	mixed := []byte(digits[:40])
	for i := range mixed {
		if sum[i%len(sum)]&1 == 1 {
			mixed[i] = strings.ToUpper(string(mixed[i]))[0]
		}
	}
	return "0x" + string(mixed)
}
