package address

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
)

// nobody reports whether 20 bytes are a hash to which there is no key: all
// zeros or all ones, the small numbers under which chains keep contracts of
// their own (0x…dEaD is among them), and what people burn coins with.
func nobody(hash []byte) bool {
	small := len(bytes.TrimLeft(hash[:hashSize-2], "\x00")) == 0
	return small || slices.Contains([]string{
		"ffffffffffffffffffffffffffffffffffffffff",
		"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", // stands for a chain's own coin
		"dead000000000000000000000000000000000000",
		"dead000000000000000042069420694206942069",
		"deaddeaddeaddeaddeaddeaddeaddeaddeaddead",
	}, hex.EncodeToString(hash))
}

// graves are addresses in base58 that no person has a key to.
func graves() []string {
	return []string{
		"1BitcoinEaterAddressDontSendf59kuE",
		"1CounterpartyXXXXXXXXXXXXXXXUWLpVr",
		"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",  // Solana's token program
		"TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",  // and its successor
		"ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", // finds token accounts
		"MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
		"Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
	}
}

// tokens are the contracts of the coins that are paid out, on every chain that
// people know them from: what a block explorer shows first when somebody looks
// for "their USDT address". An address of one chain is often typed for another.
func tokens() []string {
	return []string{
		"0xdAC17F958D2ee523a2206206994597C13D831ec7",   // USDT, Ethereum
		"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",   // USDC, Ethereum
		"0x55d398326f99059fF775485246999027B3197955",   // USDT, BNB Smart Chain
		"0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d",   // USDC, BNB Smart Chain
		"0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9",   // USDT, Arbitrum
		"0xaf88d065e77c8cC2239327C5EDb3A432268e5831",   // USDC, Arbitrum
		"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",   // USDC, Base
		"0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2",   // USDT, Base
		"0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",   // USDC, Polygon
		"0xc2132D05D31c914a87C6611C10748AEb04B58e8F",   // USDT, Polygon
		"0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85",   // USDC, Optimism
		"0x94b008aA00579c1307B0EF2c499aD98a8ce58e58",   // USDT, Optimism
		"0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E",   // USDC, Avalanche
		"0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7",   // USDT, Avalanche
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",           // USDT, Tron
		"TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8",           // USDC, Tron
		"Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", // USDT, Solana
		"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", // USDC, Solana
		"So11111111111111111111111111111111111111112",  // SOL as a token
	}
}

// listed compares canonical addresses, whatever their case: two that differ in
// nothing else do not occur.
func listed(text string, list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, text) })
}
