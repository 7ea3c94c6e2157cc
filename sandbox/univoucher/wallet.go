package univoucher

import (
	"errors"
	"fmt"
	"math/big"
)

// Token is an ERC-20 token the world knows by name.
type Token struct {
	Chain    int64  `json:"chain"`
	Symbol   string `json:"symbol"`
	Address  string `json:"address"`
	Decimals int    `json:"decimals"`
}

// DefaultTokens are USDC and USDT at their real addresses on the seven chains;
// 6 decimals, 18 on BNB Chain (univoucher sheet §9).
func DefaultTokens() []Token {
	return []Token{
		{1, "USDC", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 6},
		{1, "USDT", "0xdAC17F958D2ee523a2206206994597C13D831ec7", 6},
		{8453, "USDC", "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", 6},
		{8453, "USDT", "0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2", 6},
		{56, "USDC", "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18},
		{56, "USDT", "0x55d398326f99059fF775485246999027B3197955", 18},
		{137, "USDC", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", 6},
		{137, "USDT", "0xc2132D05D31c914a87C6611C10748AEb04B58e8F", 6},
		{42161, "USDC", "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", 6},
		{42161, "USDT", "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9", 6},
		{10, "USDC", "0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85", 6},
		{10, "USDT", "0x94b008aA00579c1307B0EF2c499aD98a8ce58e58", 6},
		{43114, "USDC", "0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", 6},
		{43114, "USDT", "0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7", 6},
	}
}

// Wallet is a funded hot wallet on one chain.
type Wallet struct {
	PrivateKey string            // hex, with or without 0x; only its address is kept
	Native     string            // wei
	Tokens     map[string]string // token address → balance in the token's smallest units
}

// DefaultWallets gives one key on all seven chains: 10 native coins, and
// 10 000 of every token of DefaultTokens.
func DefaultWallets(privateKey string) map[int64]Wallet {
	out := map[int64]Wallet{}
	for _, c := range newChains() {
		out[c.id] = Wallet{PrivateKey: privateKey, Native: units(10, 18).String(), Tokens: map[string]string{}}
	}
	for _, t := range DefaultTokens() {
		out[t.Chain].Tokens[t.Address] = units(10_000, t.Decimals).String()
	}
	return out
}

// units is whole coins in smallest units.
func units(whole int64, decimals int) *big.Int {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	return ten.Mul(ten, big.NewInt(whole))
}

// parseBalance reads an integer that may be 0; empty is 0.
func parseBalance(text string) (*big.Int, error) {
	if text == "" || text == "0" {
		return new(big.Int), nil
	}
	n, ok := parseAmount(text)
	if !ok {
		return nil, errors.New("a balance is an integer in smallest units, not negative")
	}
	return n, nil
}

// deploy puts the known tokens on their chains.
func (v *Vendor) deploy(tokens []Token) error {
	for _, t := range tokens {
		address, ok := parseAddress(t.Address)
		c := v.byChain[t.Chain]
		if c == nil || !ok || address == zeroAddress || t.Symbol == "" || t.Decimals < 0 {
			return fmt.Errorf("univoucher sandbox: bad token %q", t.Symbol)
		}
		c.tokens[address] = t
	}
	return nil
}

// open puts the configured money on the chains.
func (v *Vendor) open(wallets map[int64]Wallet) error {
	for id, wallet := range wallets {
		c := v.byChain[id]
		if c == nil {
			return fmt.Errorf("univoucher sandbox: unknown chain %d", id)
		}
		if err := c.open(wallet); err != nil {
			return fmt.Errorf("univoucher sandbox: wallet of chain %d: %w", id, err)
		}
	}
	return nil
}

func (c *chain) open(wallet Wallet) error {
	key, err := parseKey(wallet.PrivateKey)
	if err != nil {
		return err
	}
	c.wallet = addressOf(key)
	a := c.account(c.wallet)
	native, err := parseBalance(wallet.Native)
	if err != nil {
		return err
	}
	a.fund(zeroAddress, native)
	for text, balance := range wallet.Tokens {
		token, n, err := c.readBalance(text, balance)
		if err != nil {
			return err
		}
		a.fund(token, n)
	}
	return nil
}

// readBalance reads a token known on the chain (or the zero address, the
// native coin) and a balance of it.
func (c *chain) readBalance(address, amount string) (token string, n *big.Int, err error) {
	token, ok := parseAddress(address)
	if _, known := c.tokens[token]; !ok || (!known && token != zeroAddress) {
		return "", nil, errors.New("unknown token")
	}
	n, err = parseBalance(amount)
	return token, n, err
}
