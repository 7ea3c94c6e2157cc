package univoucher

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"giftbot/order"
)

// Token is one stablecoin on one chain, of which cards are sold (DESIGN §6,
// UNIVOUCHER_TOKENS). It counts 1:1 as USD.
type Token struct {
	Chain    int64
	Symbol   string // "USDC"
	Address  string
	Decimals int // not told by the vendor: configured, never guessed (univoucher sheet §9)
	Min, Max order.Money
	Presets  []order.Money // amounts offered as buttons
	GasUSD   order.Money   // what the gas of one creation costs us, estimated
}

// Item names the token in the catalogue and in orders: "8453-USDC".
func (t Token) Item() string { return strconv.FormatInt(t.Chain, 10) + "-" + t.Symbol }

// Purse names the account that pays for its cards: our wallet's tokens.
func (t Token) Purse() string { return Vendor + ":" + t.Item() }

// check refuses a token that cards must not be made of.
func (t Token) check() error {
	_, known := NetworkOf(t.Chain)
	switch {
	case !known:
		return errors.New("the vendor does not serve the chain")
	case !plainSymbol.MatchString(t.Symbol):
		return errors.New("the symbol is not 2 to 12 capital letters and digits")
	case !plainAddress.MatchString(t.Address) || t.Address == zeroAddress:
		return errors.New("the address is no token's")
	case t.Decimals < 0 || t.Decimals > maxDecimals:
		return errors.New("the decimals are out of range")
	case t.Min <= 0 || t.Max < t.Min || t.Max > order.MaxMoney/maxCards/10:
		return errors.New("min and max are out of order")
	case t.GasUSD < 0 || t.GasUSD > t.Max:
		return errors.New("the gas is out of range")
	}
	for _, amount := range append([]order.Money{t.Min, t.Max}, t.Presets...) {
		if _, err := unitsOf(int64(amount), t.Decimals); err != nil || amount < t.Min || amount > t.Max {
			return fmt.Errorf("%s is no amount between min and max", amount)
		}
	}
	return nil
}

// chainOf is the chain of an item, as text.
func chainOf(item string) string {
	chain, _, _ := strings.Cut(item, "-")
	return chain
}

// DefaultTokens returns USDC and USDT on the seven chains. Addresses are those
// of the issuers' own contracts; on BNB Chain they are the pegged ones with 18
// decimals, and USDT on Base and Avalanche is the one that holds the liquidity.
func DefaultTokens() []Token {
	var out []Token
	for _, row := range []struct {
		chain      int64
		decimals   int
		gas        order.Money
		usdc, usdt string
	}{
		{1, 6, 3_000_000, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "0xdAC17F958D2ee523a2206206994597C13D831ec7"},
		{8453, 6, 100_000, "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2"},
		{56, 18, 150_000, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", "0x55d398326f99059fF775485246999027B3197955"},
		{137, 6, 50_000, "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", "0xc2132D05D31c914a87C6611C10748AEb04B58e8F"},
		{42161, 6, 100_000, "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9"},
		{10, 6, 100_000, "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85", "0x94b008aA00579c1307B0EF2c499aD98a8ce58e58"},
		{43114, 6, 150_000, "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", "0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7"},
	} {
		token := Token{
			Chain: row.chain, Symbol: "USDC", Address: row.usdc, Decimals: row.decimals, GasUSD: row.gas,
			Min: 5_000_000, Max: 500_000_000, Presets: []order.Money{10_000_000, 25_000_000, 50_000_000},
		}
		out = append(out, token)
		token.Symbol, token.Address = "USDT", row.usdt
		out = append(out, token)
	}
	return out
}
